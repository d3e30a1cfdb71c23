"""Pieces: the BLAKE3 digests of the parts of large items, and how an entry binds them (docs/spec/entries.md, E7).

The list of pieces lies beside the list of entries; each entry names the root over its own.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hashing.items import Item, Pieces
from hashing.merkle import leaf_hash, root_of
from hashing.sizes import PIECE_SIZE
from manifests import strict
from manifests.bound import Bound
from manifests.digest import PREFIX, Hex32
from manifests.errors import RefutedError
from manifests.shapes import Closed, Count

if TYPE_CHECKING:
    from manifests.entry import Public


class Piece(Closed, frozen=True, kw_only=True):
    """One line of a list of pieces (E7); offset and length in bytes."""

    item: Count
    offset: Count
    length: Count
    blake3: Hex32


def root_of_pieces(digests: Iterable[bytes]) -> str:
    """The root over the digests of an item's pieces, in order: the tree hash of RFC 9162, each digest a leaf's data."""
    return root_of(map(leaf_hash, digests)).hex()


def root_of_item(item: Item) -> str | None:
    """The root over a measured item's pieces; None where it has none."""
    if item.pieces is None:
        return None
    digests = item.pieces.digests
    return root_of_pieces(digests[at : at + 32] for at in range(0, len(digests), 32))


def pieces_of(item: Item, number: int) -> Iterator[Piece]:
    """The pieces of a large item, in order."""
    if item.pieces is None or item.size is None:
        return
    for index in range(len(item.pieces.digests) // 32):
        offset = index * item.pieces.size
        yield Piece(
            item=number,
            offset=offset,
            length=min(item.pieces.size, item.size - offset),
            blake3=item.pieces.digests[index * 32 : index * 32 + 32].hex(),
        )


def check_pieces(lines: Iterable[bytes], bound: Bound) -> Iterator[Piece]:
    """The pieces of a list of pieces; raises RefutedError if it is not the one bound.

    Whether they are those that the entries name is for `PiecesOf` to say.
    """
    digest, count = hashlib.sha256(), 0
    item = end = 0
    for line in lines:
        digest.update(line)
        count += 1
        piece = strict.read_compact(line.removesuffix(b"\n"), Piece)
        if piece.item < item or piece.offset != (end if piece.item == item else 0):
            raise RefutedError("the pieces do not follow one another without a gap", code="entries-changed")
        if not 0 < piece.length <= PIECE_SIZE:
            raise RefutedError(f"a piece has more than {PIECE_SIZE} bytes, or none", code="entries-changed")
        item, end = piece.item, piece.offset + piece.length
        yield piece
    if PREFIX + digest.hexdigest() != bound.sha256 or count != bound.count:
        raise RefutedError("the list of pieces is not the one that the manifest binds", code="entries-changed")


@dataclass(kw_only=True)
class PiecesOf:
    """The pieces of one item after another, each held against its entry (E7); raises RefutedError.

    Without a list of pieces there are none, and nothing is held against anything.
    """

    pieces: Iterator[Piece] | None
    _next: list[Piece] = field(default_factory=list)

    def of(self, public: "Public") -> list[Piece]:
        """The pieces of an item; call with ascending numbers only."""
        if self.pieces is None:
            return []
        self._skip(public.item)
        found: list[Piece] = []
        while (piece := self._peek()) is not None and piece.item == public.item:
            found.append(piece)
            self._next.clear()
        if (public.pieces is None) == bool(found):
            raise _other_pieces(public.item)
        if found and (_covered(found) != public.size or _root_of(found) != public.pieces):
            raise _other_pieces(public.item)
        return found

    def end(self, last: int) -> None:
        """Read what is left behind the last item."""
        self._skip(last + 1)
        if self._peek() is not None:
            raise RefutedError(f"there is no item {self._next[0].item} with pieces", code="entries-changed")

    def _skip(self, number: int) -> None:
        """Pass over the pieces of items that were not asked for."""
        while (piece := self._peek()) is not None and piece.item < number:
            self._next.clear()

    def _peek(self) -> Piece | None:
        if not self._next and self.pieces is not None and (piece := next(self.pieces, None)) is not None:
            self._next.append(piece)
        return self._next[0] if self._next else None


def _other_pieces(number: int) -> RefutedError:
    return RefutedError(f"the pieces of item {number} are not those that its entry names", code="entries-changed")


def _covered(pieces: Sequence[Piece]) -> int:
    """How many bytes pieces cover, which are all of one length but for a shorter last one; -1 where they are not."""
    first, last = pieces[0].length, pieces[-1].length
    whole = all(piece.length == first for piece in pieces[:-1]) and last <= first
    return pieces[-1].offset + pieces[-1].length if whole else -1


def _root_of(pieces: Sequence[Piece]) -> str:
    return root_of_pieces(bytes.fromhex(piece.blake3) for piece in pieces)


def damaged(
    sealed: list[Piece], found: Pieces | None, size: int, unread: Sequence[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """Ranges (offset, length in bytes) of an item whose pieces differ from the sealed ones, neighbours joined.

    Pieces that hold a part of what is `unread` (ranges, in order) are left out: they may differ for that.
    """
    ranges: list[tuple[int, int]] = []
    ends = [sum(each) for each in unread]
    for index, piece in enumerate(sealed):
        after = bisect_right(ends, piece.offset)
        if after < len(ends) and unread[after][0] < piece.offset + piece.length:
            continue
        now = found.digests[index * 32 : index * 32 + 32].hex() if found else ""
        if now == piece.blake3 and min(piece.offset + piece.length, size) == piece.offset + piece.length:
            continue
        if ranges and sum(ranges[-1]) == piece.offset:
            ranges[-1] = (ranges[-1][0], ranges[-1][1] + piece.length)
        else:
            ranges.append((piece.offset, piece.length))
    return ranges
