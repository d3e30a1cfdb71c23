"""What a describer says about one file, as bytes: a row of texts, each with its length before it.

Taken apart without trust: the process that made it has parsed hostile files. Anything out of bounds is
refused whole.
"""

from collections.abc import Mapping

from hashing.sandbox.fields import pack_texts, read_texts

MOST_BYTES = 128 * 1024
"""Bytes of one answer."""
MOST_TAGS = 64
MOST_LETTERS = 1000
"""Characters of one text; what is cut off is marked by an ellipsis. A record holds no text of 4,000."""

Answer = tuple[str | None, str | None, dict[str, str]]
"""Media type, why it was not or not fully examined, metadata."""


def pack(media_type: str | None, not_examined: str | None, metadata: Mapping[str, str]) -> bytes:
    """An answer as it is sent; values are cut to size and made valid Unicode."""
    texts = [media_type or "", not_examined or ""]
    for tag, value in list(metadata.items())[:MOST_TAGS]:
        texts += [tag, value]
    return pack_texts([_cut(text) for text in texts])


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


def unpack(packed: bytes) -> Answer:
    """The inverse of pack; an answer that makes no sense becomes one that says so."""
    try:
        media_type, not_examined, *rest = read_texts(packed, MOST_LETTERS) if len(packed) <= MOST_BYTES else []
    except ValueError:
        return None, "the describer's answer made no sense", {}
    if len(rest) % 2 or len(rest) > 2 * MOST_TAGS:
        return None, "the describer's answer made no sense", {}
    return media_type or None, not_examined or None, dict(zip(rest[::2], rest[1::2], strict=True))
