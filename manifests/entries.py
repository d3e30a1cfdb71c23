"""Entry lists: what was measured, one line an item, under salted leaves (docs/spec/entries.md).

Lists are streamed both ways: a million items need no more memory than ten.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from hashing.items import Item, Outcome
from hashing.media.naming import FORMATS
from hashing.merkle import Tree
from manifests import strict
from manifests.bodies import Bound, BoundTree, Decoded, NotMeasured
from manifests.digest import PREFIX, Hex32
from manifests.entry import READ, Entry, Private, Public
from manifests.errors import RefutedError
from manifests.images import ImageRules
from manifests.pieces import pieces_of, root_of_item
from manifests.shapes import MOST_LETTERS, inert
from manifests.times import check_dates, of_nanoseconds


def commitment(salt: bytes, private: bytes) -> bytes:
    """C of E3."""
    return hashlib.sha256(b"custody/entry-private/1\0" + salt + private).digest()


def leaf(commit: bytes, public: bytes) -> bytes:
    """The leaf of E3."""
    return hashlib.sha256(b"\0custody/entry/1\0" + commit + public).digest()


def print_line(item: Item, number: int, salt: bytes) -> tuple[bytes, bytes]:
    """The line of a measured item, without its line feed, and its leaf."""
    public, private = strict.compact(_public(item, number)), strict.compact(_private(item))
    line = b'{"public":%b,"private":%b,"salt":"%b"}' % (public, private, salt.hex().encode())
    return line, leaf(commitment(salt, private), public)


def _public(item: Item, number: int) -> Public:
    described = item.description
    return Public(
        item=number,
        outcome=item.outcome.value,
        reason=_as_text(item.reason),
        size=item.size,
        digests=dict(item.digests) if item.outcome.value in READ else {},
        media_type=_as_text(described.media_type) if described else None,
        not_examined=_as_text(described.not_examined) if described else None,
        decoded=item.decoded,
        segments=item.segments,
        claimed=dict(item.claimed),
        unreadable=item.unreadable,
        gaps=item.gaps,
        pieces=root_of_item(item) if item.outcome.value in READ else None,
    )


def _as_text(words: str | None) -> str | None:
    """Words of a process that has parsed evidence, as a record may hold them."""
    return inert(words)[:MOST_LETTERS] if words else None


def _private(item: Item) -> Private:
    metadata = dict(item.description.metadata) if item.description else {}
    modified = of_nanoseconds(item.modified) if item.modified is not None else None
    try:
        return Private(path=item.name.decode(), modified=modified, target=item.target, metadata=metadata)
    except UnicodeDecodeError:
        encoded = base64.b64encode(item.name).decode("ascii")
        return Private(path_b64=encoded, modified=modified, target=item.target, metadata=metadata)


def read_line(line: bytes) -> Entry:
    """Read one line in any of its three shapes (E1); raises RefutedError."""
    parts = {name: bytes(value) for name, value in strict.read_compact(line, dict[str, msgspec.Raw]).items()}
    shape = tuple(parts)
    if shape == ("leaf",):
        return Entry(leaf=_bytes32(parts["leaf"]), public=None, private=None)
    if shape == ("public", "commitment"):
        private, commit = None, _bytes32(parts["commitment"])
    elif shape == ("public", "private", "salt"):
        private = strict.read_compact(parts["private"], Private)
        commit = commitment(_bytes32(parts["salt"]), parts["private"])
    else:
        raise RefutedError("a line of the list has none of the three shapes allowed")
    public = strict.read_compact(parts["public"], Public)
    _check_public(public)
    if private is not None:
        _check_private(private, public)
    return Entry(leaf=leaf(commit, parts["public"]), public=public, private=private)


def _check_public(public: Public) -> None:
    """What was measured has a size and a SHA-256, what was not has no digest (E2); what is partial says where (M3)."""
    if (public.outcome == Outcome.PARTIAL.value) != bool(public.unreadable):
        raise RefutedError("an item is partial exactly where it has ranges that could not be read")
    if any(number >= public.item for number in public.segments) or bool(public.segments) != bool(public.decoded):
        raise RefutedError("decoded media name the items before them that hold them")
    if public.decoded is None and (public.claimed or public.gaps):
        raise RefutedError("only the media inside an image have what a container states of them")
    if public.decoded is not None and public.decoded not in FORMATS:
        raise RefutedError("media are decoded from no format that is known")
    _check_ranges(public.gaps, public.size)
    if public.outcome not in READ:
        if public.digests or public.pieces is not None:
            raise RefutedError("an item that was not read has digests")
        return
    if public.size is None or len(public.digests.get("sha256", "")) != 64:
        raise RefutedError("an item called measured has no size or no SHA-256")
    _check_ranges(public.unreadable, public.size)


def _check_ranges(ranges: Iterable[tuple[int, int]], size: int | None) -> None:
    at = -1
    for offset, length in ranges:
        if offset <= at or not length or (size is not None and offset + length > size):
            raise RefutedError("the ranges of an item are not in order, apart and inside it")
        at = offset + length


def _bytes32(text: bytes) -> bytes:
    return bytes.fromhex(strict.read_compact(text, Hex32))


def _check_private(private: Private, public: Public) -> None:
    check_dates(private)
    if (private.target is not None) != (public.outcome == Outcome.LINK.value):
        raise RefutedError("a link, and nothing else, says where it points to")
    if (private.path is None) == (private.path_b64 is None):
        raise RefutedError("an item has exactly one of path and path_b64")
    if private.path_b64 is not None:
        _check_base64(private.path_b64)


def _check_base64(written: str) -> None:
    """A name that is not UTF-8, in its one spelling."""
    try:
        name = base64.b64decode(written, validate=True)
    except ValueError as err:
        raise RefutedError("path_b64 is not base64") from err
    if base64.b64encode(name).decode("ascii") != written:
        raise RefutedError("path_b64 is not spelled as base64 spells it")
    try:
        name.decode()
    except UnicodeDecodeError:
        return
    raise RefutedError("a name that is UTF-8 stands in path")


class EntryWriter:
    """Writes a list and its pieces as items come, and knows at the end what a manifest binds."""

    def __init__(
        self, write: Callable[[bytes], Any], write_piece: Callable[[bytes], Any], salt: Callable[[], bytes]
    ) -> None:
        """`write` and `write_piece` take whole lines; `salt` gives 32 fresh random bytes at each call."""
        self._write, self._write_piece, self._salt = write, write_piece, salt
        self._list, self._pieces, self._tree = hashlib.sha256(), hashlib.sha256(), Tree()
        self._outcomes: Counter[str] = Counter()
        self.bytes = self.piece_count = self._images = self._image_bytes = 0

    def add(self, item: Item) -> None:
        """Write one item's line, and its pieces' lines."""
        number = self._tree.size + 1
        line, leaf_ = print_line(item, number, self._salt())
        self._list.update(line + b"\n")
        self._write(line + b"\n")
        self._tree.add(leaf_)
        self._outcomes[item.outcome.value] += 1
        if item.outcome.value in READ:
            self._add_pieces(item, number)
            self._count(item)

    def _count(self, item: Item) -> None:
        if item.decoded:
            self._images += 1
            self._image_bytes += item.size or 0
        else:
            self.bytes += item.size or 0

    def _add_pieces(self, item: Item, number: int) -> None:
        for piece in pieces_of(item, number):
            line = strict.compact(piece) + b"\n"
            self._pieces.update(line)
            self._write_piece(line)
            self.piece_count += 1

    @property
    def items(self) -> int:
        return self._tree.size

    @property
    def measured(self) -> int:
        return self._outcomes[Outcome.MEASURED.value]

    def not_measured(self) -> tuple[NotMeasured, ...]:
        """How many items have each other outcome."""
        others = {k: n for k, n in sorted(self._outcomes.items()) if k != Outcome.MEASURED.value}
        return tuple(NotMeasured(outcome=outcome, count=count) for outcome, count in others.items())

    def entries(self) -> BoundTree:
        """What the manifest binds of the list."""
        return BoundTree(sha256=PREFIX + self._list.hexdigest(), count=self.items, root=self._tree.root().hex())

    def decoded(self) -> Decoded | None:
        """How many images' media were measured too; None where there are none."""
        return Decoded(images=self._images, bytes=self._image_bytes) if self._images else None

    def pieces(self) -> Bound | None:
        """What the manifest binds of the pieces; None where no item is large."""
        if not self.piece_count:
            return None
        return Bound(sha256=PREFIX + self._pieces.hexdigest(), count=self.piece_count)


def check_list(lines: Iterable[bytes], bound: BoundTree) -> Iterator[Entry]:
    """The entries of a list, in order; raises RefutedError at its end, or before, if it is not the one bound.

    A list in which something is withheld cannot have the bound digest: it must have root and count (E4).
    """
    digest, tree, whole, images = hashlib.sha256(), Tree(), True, ImageRules(READ)
    for line in lines:
        digest.update(line)
        if not line.endswith(b"\n"):
            raise RefutedError("the list ends in the middle of a line", code="entries-changed")
        entry = read_line(line[:-1])
        tree.add(entry.leaf)
        whole = whole and entry.private is not None
        if entry.public is not None and entry.public.item != tree.size:
            raise RefutedError("the items are not numbered in order", code="entries-changed")
        images.check(entry)
        yield entry
    same = tree.size == bound.count and tree.root().hex() == bound.root
    if not same or (whole and PREFIX + digest.hexdigest() != bound.sha256):
        raise RefutedError("the list is not the one that the manifest binds", code="entries-changed")
