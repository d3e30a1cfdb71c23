"""What a describer says about one file, as bytes: a row of texts, each with its length before it.

Taken apart without trust: the process that made it has parsed hostile files. Anything out of bounds is
refused whole.
"""

import struct
from collections.abc import Mapping

MOST_BYTES = 128 * 1024
"""Bytes of one answer."""
MOST_TAGS = 64
MOST_LETTERS = 1000
"""Characters of one text; what is cut off is marked by an ellipsis. A record holds no text of 4,000."""

Answer = tuple[str | None, str | None, dict[str, str]]
"""Media type, why it was not or not fully examined, metadata."""

_LENGTH = struct.Struct("!H")


def pack(media_type: str | None, not_examined: str | None, metadata: Mapping[str, str]) -> bytes:
    """An answer as it is sent; values are cut to size and made valid Unicode."""
    texts = [media_type or "", not_examined or ""]
    for tag, value in list(metadata.items())[:MOST_TAGS]:
        texts += [tag, value]
    encoded = [_cut(text).encode("utf-8", "replace") for text in texts]
    return b"".join(_LENGTH.pack(len(text)) + text for text in encoded)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


def unpack(packed: bytes) -> Answer:
    """The inverse of pack; an answer that makes no sense becomes one that says so."""
    try:
        texts = _texts(packed)
        media_type, not_examined, *rest = texts
    except (struct.error, ValueError):
        return None, "the describer's answer made no sense", {}
    if len(rest) % 2 or len(rest) > 2 * MOST_TAGS or any(len(text) > MOST_LETTERS for text in texts):
        return None, "the describer's answer made no sense", {}
    return media_type or None, not_examined or None, dict(zip(rest[::2], rest[1::2], strict=True))


def _texts(packed: bytes) -> list[str]:
    """The row of texts; raises struct.error or ValueError (UnicodeDecodeError is one)."""
    if len(packed) > MOST_BYTES:
        raise ValueError
    texts, at = [], 0
    while at < len(packed):
        (length,) = _LENGTH.unpack_from(packed, at)
        at += _LENGTH.size
        if at + length > len(packed):
            raise ValueError
        texts.append(packed[at : at + length].decode())
        at += length
    return texts
