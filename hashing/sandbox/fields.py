"""Takes untrusted answers apart: numbers and texts within bounds, and JSON into the shape it must have.

Everything here raises ValueError for what is not as it should be.
"""

import json
import struct
from collections.abc import Collection
from typing import Any

from hashing.sandbox.framing import COUNT

_LENGTH = struct.Struct("!H")


def read_counts(body: bytes, number: int | None = None) -> tuple[int, ...]:
    """Numbers as they are sent; `number` of them, where that is known."""
    if len(body) % COUNT.size or (number is not None and len(body) != number * COUNT.size):
        raise ValueError("not numbers")
    return tuple(each for (each,) in COUNT.iter_unpack(body))


def read_count(body: bytes) -> int:
    """One number as it is sent."""
    return read_counts(body, 1)[0]


def pack_texts(texts: Collection[str]) -> bytes:
    """A row of texts, each with its length before it."""
    encoded = [text.encode("utf-8", "replace") for text in texts]
    return b"".join(_LENGTH.pack(len(text)) + text for text in encoded)


def read_texts(body: bytes, most_letters: int) -> list[str]:
    """The inverse of `pack_texts`, each text of at most so many characters."""
    found, at = [], 0
    while at < len(body):
        start = at + _LENGTH.size
        if start > len(body):
            raise ValueError("cut off")
        at = start + _LENGTH.unpack_from(body, start - _LENGTH.size)[0]
        if at > len(body):
            raise ValueError("cut off")
        found.append(check_text(body[start:at].decode(), most_letters))
    return found


def check_text(value: Any, most: int) -> str:
    """A text of valid Unicode, of at most so many characters."""
    if not isinstance(value, str) or len(value) > most:
        raise ValueError("not a text, or a longer one")
    value.encode()
    return value


def check_number(value: Any, most: int) -> int:
    """A whole number from 0 to `most`."""
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError("not a number in its bounds")
    return value


def check_list(value: Any, most: int) -> list[Any]:
    """A list of at most so many values, which are untrusted."""
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("not a list, or a longer one")
    return value


def read_json(body: bytes) -> Any:
    """A JSON value, untrusted."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("too deep") from error


def read_object(body: bytes, keys: Collection[str]) -> dict[str, Any]:
    """A JSON object with exactly these keys; its values are untrusted."""
    return check_object(read_json(body), keys)


def check_object(value: Any, keys: Collection[str]) -> dict[str, Any]:
    """A value that must be an object with exactly these keys."""
    if not isinstance(value, dict) or value.keys() != set(keys):
        raise ValueError("other fields")
    return value
