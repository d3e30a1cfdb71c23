"""The lines of a sealing that is not finished yet: what was asked, and each item as measured (register.md, G8).

Each line begins with a check over itself and all lines before it. Nothing here is signed and nothing of it is
evidence of anything: it says only that the lines are the ones that were written, whole and in order.
"""

import hashlib
from collections.abc import Iterable, Iterator

from hashing.items import PIECE_SIZE, Description, Item, Outcome, Pieces
from manifests import strict
from manifests.errors import RefutedError
from manifests.names import ChainId
from manifests.records import Tool
from manifests.shapes import Closed, Count, Text
from manifests.times import Time

FORMAT = "custody/unfinished/1"
MAX_LINE = 64 << 20
"""A file of a terabyte has eight million bytes of piece digests."""
_CHECK = 16
"""Hexadecimal digits before each line."""


class Asked(Closed, frozen=True, kw_only=True):
    """What was to be measured, and with what: only the same may go on."""

    chain: ChainId
    paths: tuple[bytes, ...]
    """Absolute."""
    algorithms: tuple[Text, ...]
    describe: bool
    scope: Text
    tool: Tool


class Head(Closed, frozen=True, kw_only=True):
    """The first line."""

    format: Text
    asked: Asked
    started_at: Time
    resumed_at: tuple[Time, ...] = ()


class Described(Closed, frozen=True, kw_only=True):
    media_type: str | None = None
    metadata: dict[str, str] = {}
    not_examined: str | None = None


class Kept(Closed, frozen=True, kw_only=True):
    """One measured item; names and digests of pieces in base64."""

    name: bytes
    size: Count
    modified: str | None = None
    """Nanoseconds since 1970: a number that may have more than 64 bits."""
    digests: dict[str, str]
    pieces: bytes | None = None
    described: Described | None = None
    marks: bytes


class Printer:
    """Prints line after line, each under its check."""

    def __init__(self) -> None:
        self._check = b""

    def line(self, value: Head | Kept) -> bytes:
        body = strict.compact(value)
        self._check = _check(self._check, body)
        return b"%b %b\n" % (self._check, body)


def read(lines: Iterable[bytes]) -> Iterator[Head | Kept]:
    """The head, if there is one, and the items; a torn last line is none. Raises RefutedError for any other damage."""
    before, last = b"", None
    for number, line in enumerate(lines, start=1):
        if not line.endswith(b"\n"):
            return  # only the last can lack its end
        body = line[_CHECK + 1 : -1]
        before = _check(before, body)
        if line[: _CHECK + 1] != before + b" ":
            raise RefutedError(f"line {number} is damaged")
        if number == 1:
            yield _head(body)
            continue
        kept = strict.decode(body, Kept)
        here = kept.name.split(b"/")
        if last is not None and here <= last:
            raise RefutedError(f"line {number} is out of order")
        last = here
        yield kept


def _head(body: bytes) -> Head:
    head = strict.decode(body, Head)
    if head.format != FORMAT:
        raise RefutedError(f"not of the format {FORMAT}")
    return head


def _check(before: bytes, body: bytes) -> bytes:
    return hashlib.sha256(before + body).hexdigest()[:_CHECK].encode()


def kept(item: Item) -> Kept:
    """A measured item that bears marks, as a line has it."""
    said = item.description
    return Kept(
        name=item.name,
        size=item.size or 0,
        modified=None if item.modified is None else str(item.modified),
        digests=dict(item.digests),
        pieces=item.pieces.digests if item.pieces else None,
        described=None if said is None else _described(said),
        marks=item.marks or b"",
    )


def _described(said: Description) -> Described:
    return Described(media_type=said.media_type, metadata=dict(said.metadata), not_examined=said.not_examined)


def item(line: Kept) -> Item:
    """The inverse of kept."""
    said = line.described
    described = None
    if said is not None:
        described = Description(media_type=said.media_type, metadata=said.metadata, not_examined=said.not_examined)
    return Item(
        name=line.name,
        outcome=Outcome.MEASURED,
        reason=None,
        size=line.size,
        digests=line.digests,
        modified=None if line.modified is None else int(line.modified),
        pieces=None if line.pieces is None else Pieces(size=PIECE_SIZE, digests=line.pieces),
        description=described,
        marks=line.marks,
    )
