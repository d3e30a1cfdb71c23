"""The lines of a sealing that is not finished yet: what was asked, and each item as measured (register.md, G8).

Each line begins with a check over itself and all lines before it. Nothing here is signed and nothing of it is
evidence of anything: it says only that the lines are the ones that were written, whole and in order.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from hashing.items import Item, Outcome
from manifests import strict
from manifests.errors import RefutedError
from manifests.names import ChainId
from manifests.records import Tool
from manifests.shapes import Closed, Text
from manifests.times import Time

FORMAT = "custody/unfinished/1"
MAX_LINE = 64 << 20
"""A file of a terabyte has eight million bytes of piece digests."""
_CHECK = 16
"""Hexadecimal digits before each line."""


class SealingRequest(Closed, frozen=True, kw_only=True):
    """What was to be measured, and with what: only the same may go on."""

    chain: ChainId
    paths: tuple[bytes, ...]
    """Absolute."""
    algorithms: tuple[Text, ...]
    describe: bool
    scope: Text
    tool: Tool


class SealingHead(Closed, frozen=True, kw_only=True):
    """The first line."""

    format: Text
    asked: SealingRequest
    started_at: Time
    resumed_at: tuple[Time, ...] = ()


class Printer:
    """Prints line after line, each under its check."""

    def __init__(self) -> None:
        self._check = b""

    def line(self, value: Any) -> bytes:
        """A head, or what follows it; of an item its fields one after another, bytes in base64."""
        body = strict.compact(value)
        self._check = _check(self._check, body)
        return b"%b %b\n" % (self._check, body)


def read(lines: Iterable[bytes]) -> Iterator[SealingHead | Item]:
    """The head, if there is one, and the items; a torn last line is none. Raises RefutedError for any other damage."""
    last = None
    for number, body in enumerate(bodies(lines), start=1):
        if number == 1:
            yield _head(body)
            continue
        item = strict.decode(body, Item)
        here = item.name.split(b"/")
        if item.outcome is not Outcome.MEASURED or not item.marks or (last is not None and here <= last):
            raise RefutedError(f"line {number} does not belong where it stands")
        last = here
        yield item


def bodies(lines: Iterable[bytes]) -> Iterator[bytes]:
    """What stands in each line behind its check; a torn last line is none. Raises RefutedError for other damage."""
    before = b""
    for number, line in enumerate(lines, start=1):
        if not line.endswith(b"\n"):
            return  # only the last can lack its end
        body = line[_CHECK + 1 : -1]
        before = _check(before, body)
        if line[: _CHECK + 1] != before + b" ":
            raise RefutedError(f"line {number} is damaged")
        yield body


def _head(body: bytes) -> SealingHead:
    head = strict.decode(body, SealingHead)
    if head.format != FORMAT:
        raise RefutedError(f"not of the format {FORMAT}")
    return head


def _check(before: bytes, body: bytes) -> bytes:
    return hashlib.sha256(before + body).hexdigest()[:_CHECK].encode()
