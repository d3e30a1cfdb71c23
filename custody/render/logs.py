"""What became of the claims of other tools' logs: one line a log."""

from collections.abc import Iterator
from typing import Any

import msgspec

from custody.render.safe import safe
from custody.render.story import count
from manifests import bodies
from manifests.records import Record

_MOST_NAME = 32
"""Letters of a tool and its version; the words of a log are as long as it likes."""


def lines(record: Record) -> Iterator[str]:
    """What a manifest says of each log, in lines of at most 80 columns; nothing for any other record."""
    body = record.body
    for number, log in enumerate(body.logs if isinstance(body, bodies.Manifest) else (), start=1):
        yield line(number, log)


def line(number: int, log: bodies.BoundLog) -> str:
    """One log: tool, claims, and how many of them are the same, differ, or were not checked."""
    tool = safe(f"{log.tool} {log.version}" if log.version else log.tool)
    tool = tool if len(tool) <= _MOST_NAME else tool[: _MOST_NAME - 1] + "\u2026"
    results = [(log.same, "the same"), (log.differs, "DIFFER"), (log.not_checked, "not checked")]
    told = ", ".join(f"{many} {words}" for many, words in results if many)
    unread = "; some not read" if log.unread else ""
    return f"log {number}, {tool}: {count(log.claims, 'claim')}" + (f": {told}" if told else "") + unread


def plain(record: Record) -> list[dict[str, Any]]:
    """The same for a program: as in the manifest, each with its number."""
    body = record.body
    logs = body.logs if isinstance(body, bodies.Manifest) else ()
    return [{"log": number, **msgspec.to_builtins(log)} for number, log in enumerate(logs, start=1)]
