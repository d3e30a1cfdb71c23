"""Times as records carry them (docs/spec/record.md, R4)."""

import re
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from manifests.errors import RefutedError

PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$"
Time = Annotated[str, msgspec.Meta(pattern=PATTERN, max_length=25)]
Day = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", max_length=10)]


def parse(text: str) -> datetime:
    """The moment a record's time names; raises RefutedError where the calendar or the form has none."""
    if len(text) > 25 or not re.match(PATTERN, text):
        raise RefutedError(f"not a time of the form 2026-11-20T14:05:00+03:00: {text[:40]!r}")
    try:
        return datetime.fromisoformat(text)
    except ValueError as err:
        raise RefutedError(f"no such time: {text}") from err


def text(moment: datetime) -> str:
    """A moment as records write it: whole seconds, with its offset, `Z` for UTC."""
    written = moment.replace(microsecond=0).isoformat()
    return written[:-6] + "Z" if moment.utcoffset() == UTC.utcoffset(None) else written


def of_nanoseconds(stamp: int) -> str | None:
    """A file system's time stamp (nanoseconds since 1970) in UTC, or nothing where no year can hold it."""
    try:
        return text(datetime.fromtimestamp(stamp // 1_000_000_000, UTC))
    except (OverflowError, ValueError, OSError):
        return None
