"""Times as records carry them (docs/spec/record.md, R4)."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, get_args

import msgspec

from manifests.errors import RefutedError

# `$` alone would let a last line feed pass.
_HOUR, _SIXTY = "([01][0-9]|2[0-3])", "[0-5][0-9]"
PATTERN = rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_HOUR}:{_SIXTY}:{_SIXTY}(Z|[+-]{_HOUR}:{_SIXTY})$(?!\n)"
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


def check_dates(value: msgspec.Struct) -> None:
    """Raise RefutedError for any time or day in a structure, or in one inside it, that no calendar has."""
    for name, kind in _dated(type(value)):
        held = getattr(value, name)
        if held is None:
            continue
        if kind is Time:
            for each in held if isinstance(held, tuple) else (held,):
                parse(each)
        elif kind is Day:
            _parse_day(held)
        else:
            for inner in held if isinstance(held, tuple) else (held,):
                check_dates(inner)


@lru_cache(maxsize=64)
def _dated(shape: type) -> tuple[tuple[str, Any], ...]:
    """The fields of a shape that are a time, a day, or a shape in their turn."""
    found: list[tuple[str, Any]] = []
    for field in msgspec.structs.fields(shape):
        kinds = (field.type, *get_args(field.type))
        held = next((kind for kind in (Time, Day) if kind in kinds), None)
        inner = next((k for k in kinds if isinstance(k, type) and issubclass(k, msgspec.Struct)), None)
        if held is not None or inner is not None:
            found.append((field.name, held or inner))
    return tuple(found)


def _parse_day(written: str) -> None:
    try:
        date.fromisoformat(written)
    except ValueError as err:
        raise RefutedError(f"no such day: {written}") from err


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
