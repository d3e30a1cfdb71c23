"""Turns the bytes of a log into what it says, whatever tool wrote it. Pure: pieces of bytes in, values out.

Raises nothing: what cannot be read is among what is said, with its reason. Memory does not grow with the log.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from hashing.claims import dfxml
from hashing.claims.kinds import reader_of
from hashing.claims.lines import Lines, like_a_digest, plain
from hashing.claims.saying import Broken, LeftOut, Said, Why

_HEAD = 64 * 1024
"""Bytes by which a log is judged."""


def read(chunks: Iterable[bytes]) -> Iterator[Said]:
    """What a log says, in order."""
    pieces = plain(chunks)
    head = b""
    while len(head) < _HEAD and (piece := next(pieces, None)) is not None:
        head += piece
    whole = chain([head], pieces)
    if head.lstrip().startswith(b"<"):
        yield from dfxml.read(whole)
        return
    lines = Lines(whole)
    if reader := reader_of(head[:_HEAD]):
        yield from reader(lines)
    else:
        yield Broken(_why_not(head))
        yield from (LeftOut(Why.NOT_UNDERSTOOD) for line in lines if like_a_digest(line))
    if lines.too_long:
        yield LeftOut(Why.TOO_LONG, lines.too_long)


def _why_not(head: bytes) -> str:
    """Why nothing reads a log that begins like this."""
    if not head.strip():
        return "it is empty"
    if b"\0" in head:
        return "it is not a text file"
    return "it is not the log of a tool that is known here"
