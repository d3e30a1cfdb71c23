"""Strict JSON: what is decoded must encode to the same bytes, or it is refused (docs/spec/record.md, R1 and R2)."""

import re
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from manifests.errors import RefutedError

MAX_BYTES = 1 << 20
MAX_DEPTH = 16
# Possessive, and content with a string that never ends: linear whatever the bytes are.
_OUTSIDE_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)

T = TypeVar("T")


def pretty(value: Any) -> bytes:
    """The bytes of a record or card: two spaces, a final line feed."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def compact(value: Any) -> bytes:
    """The bytes of one line of a list, without its line feed."""
    return msgspec.json.encode(value)


def check_bounds(data: bytes, limit: int = MAX_BYTES) -> None:
    """Refuse what is too long or too deep before any parser sees it; raises RefutedError."""
    if len(data) > limit:
        raise RefutedError(f"longer than {limit} bytes")
    if data.count(b"{") + data.count(b"[") <= MAX_DEPTH:
        return
    depth = 0
    for token in _OUTSIDE_STRINGS.finditer(data):
        first = token[0][0]
        if first in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise RefutedError(f"nested deeper than {MAX_DEPTH} levels")
        elif first in b"]}":
            depth -= 1


@lru_cache(maxsize=64)
def _decoder(shape: Any) -> Any:
    return msgspec.json.Decoder(shape, strict=True, float_hook=_no_fraction)


def _no_fraction(written: str) -> Any:
    raise ValueError(f"not a whole number: {written[:40]}")


def decode(data: bytes, shape: type[T]) -> T:
    """Decode without the encode-again rule; every parser's error becomes RefutedError."""
    try:
        found: T = _decoder(shape).decode(data)  # type: ignore[arg-type]  # a type is hashable
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ValueError) as err:
        raise RefutedError(f"not of the form it should have: {str(err)[:200]}") from err
    return found


def read_compact(data: bytes, shape: type[T]) -> T:
    """Decode one line of a list under the encode-again rule."""
    check_bounds(data)
    value = decode(data, shape)
    if compact(value) != data:
        raise RefutedError("does not read back to the same bytes")
    return value


def read_pretty(data: bytes, shape: type[T], limit: int = MAX_BYTES) -> T:
    """Decode a whole document under the encode-again rule."""
    check_bounds(data, limit)
    value = decode(data, shape)
    if pretty(value) != data:
        raise RefutedError("does not read back to the same bytes")
    return value
