"""Whole entry lists: root, redaction, pieces (entries.md, E4 and E7)."""

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashing.items import Item, Pieces
from manifests import pieces
from manifests.bodies import Bound, BoundTree
from manifests.entries import check_list, print_line
from manifests.errors import RefutedError
from manifests.pieces import check_pieces
from tests.manifests.listing import ITEMS, SALT, THREE, changed, item, listing
from tests.vectors.pen import Listing, redact

# --- whole lists -------------------------------------------------------------


def merkle(leaves: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, written down as it stands there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + merkle(leaves[:k]) + merkle(leaves[k:])).digest()


@settings(max_examples=40)
@given(st.lists(ITEMS, max_size=9))
def test_every_list_is_the_one_its_manifest_binds(items: list[Item]) -> None:
    lines, bound = listing(*items)
    read = list(check_list(lines, bound))
    assert [each.path for each in read] == [each.name for each in items]
    assert bound.root == merkle([each.leaf for each in read]).hex()
    assert bound.sha256 == "sha256:" + hashlib.sha256(b"".join(lines)).hexdigest()
    assert bound.count == len(items)


@settings(max_examples=40)
@given(st.lists(ITEMS, min_size=1, max_size=6), st.data())
def test_every_redaction_has_the_same_root(items: list[Item], data: st.DataObject) -> None:
    lines, bound = listing(*items)
    how = data.draw(st.lists(st.sampled_from(["whole", "no name", "leaf"]), min_size=len(lines), max_size=len(lines)))
    shown = [
        line if each == "whole" else redact(line, leaf_only=each == "leaf")
        for line, each in zip(lines, how, strict=True)
    ]
    read = list(check_list(shown, bound))
    for entry, each, original in zip(read, how, items, strict=True):
        assert entry.path == (original.name if each == "whole" else None)
        assert (entry.public is None) == (each == "leaf")


def test_a_redacted_line_shows_no_name() -> None:
    line, _ = print_line(item("Mary Njeri.jpg"), 1, SALT)
    for hidden in (redact(line), redact(line, leaf_only=True)):
        assert b"Njeri" not in hidden
        assert SALT.hex().encode() not in hidden
    assert b"5" in redact(line)


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda lines: lines[1:], id="the first line taken away"),
        pytest.param(lambda lines: lines[:1] + lines[2:], id="a line in the middle taken away"),
        pytest.param(lambda lines: lines[:-1], id="the last line taken away"),
        pytest.param(lambda lines: [], id="nothing left"),
        pytest.param(lambda lines: [lines[1], lines[0], lines[2]], id="reordered"),
        pytest.param(lambda lines: [*lines, lines[0]], id="a line doubled"),
        pytest.param(lambda lines: [*lines, b"\n"], id="an empty line more"),
        pytest.param(lambda lines: [*lines[:-1], lines[-1][:-1]], id="no last line feed"),
        pytest.param(lambda lines: [*lines[:-1], lines[-1][:-10]], id="cut off in a line"),
        pytest.param(lambda lines: [b"".join(lines)], id="one line of them all"),
        pytest.param(lambda lines: [line.replace(b"\n", b"\r\n") for line in lines], id="CRLF"),
        pytest.param(lambda lines: [line.replace(b'"item":2', b'"item":3') for line in lines], id="a number changed"),
        pytest.param(lambda lines: [line.replace(b"a.txt", b"A.txt") for line in lines], id="a name changed"),
        pytest.param(lambda lines: [line.replace(b'"size":5', b'"size":6') for line in lines], id="a size changed"),
        pytest.param(lambda lines: [redact(line).replace(b'"size":5', b'"size":6') for line in lines],
                     id="a size changed under withheld names"),
        pytest.param(lambda lines: [lines[0], redact(lines[1]).replace(b'"item":2', b'"item":9'), lines[2]],
                     id="a number changed under a withheld name"),
        pytest.param(lambda lines: [redact(line, leaf_only=True) for line in lines[:2]], id="a leaf taken away"),
        pytest.param(lambda lines: [redact(line, leaf_only=True) for line in [*lines, lines[0]]], id="a leaf doubled"),
        pytest.param(lambda lines: [redact(lines[1], leaf_only=True), redact(lines[0], leaf_only=True), lines[2]],
                     id="leaves exchanged"),
    ],
)  # fmt: skip
def test_every_other_list_is_refused(edit: Any) -> None:
    lines, bound = listing(*THREE)
    assert edit(lines) != lines
    changed(edit(lines), bound)


def test_a_whole_list_must_have_the_very_digest() -> None:
    """Root and count would fit; but nothing is withheld, so the bytes must be the ones that were signed."""
    lines, bound = listing(*THREE)
    other = BoundTree(sha256="sha256:" + "0" * 64, count=bound.count, root=bound.root)
    changed(lines, other)
    assert len(list(check_list([redact(line) for line in lines], other))) == 3


def test_another_root_or_count_is_refused() -> None:
    lines, bound = listing(*THREE)
    changed(lines, BoundTree(sha256=bound.sha256, count=bound.count, root="0" * 64))
    changed(lines, BoundTree(sha256=bound.sha256, count=4, root=bound.root))
    changed([redact(line) for line in lines], BoundTree(sha256=bound.sha256, count=2, root=bound.root))


def test_items_must_be_numbered_by_their_place() -> None:
    """Even if the manifest binds a list with other numbers."""
    line, leaf = print_line(item(), 2, SALT)
    digest = "sha256:" + hashlib.sha256(line + b"\n").hexdigest()
    assert "not numbered in order" in changed([line + b"\n"], BoundTree(sha256=digest, count=1, root=leaf.hex()))


def test_every_byte_of_a_list_changed_is_refused() -> None:
    lines, bound = listing(*THREE)
    data = b"".join(lines)
    for place in range(len(data)):
        for byte in {data[place] ^ 1, 0x0A, 0x22} - {data[place]}:
            other = data[:place] + bytes([byte]) + data[place + 1 :]
            changed(other.splitlines(keepends=True) if b"\r" not in other else [other], bound)


def test_every_byte_of_a_redacted_list_changed_is_refused() -> None:
    lines, bound = listing(*THREE)
    data = lines[0] + redact(lines[1]) + redact(lines[2], leaf_only=True)
    assert len(list(check_list(data.splitlines(keepends=True), bound))) == 3
    for place in range(len(data)):
        for byte in {data[place] ^ 1, 0x0A} - {data[place]}:
            changed((data[:place] + bytes([byte]) + data[place + 1 :]).splitlines(keepends=True), bound)


def test_a_writer_counts_what_it_writes() -> None:
    made = Listing(1)
    for each in THREE:
        made.writer.add(each)
    writer = made.writer
    assert (writer.items, writer.measured, writer.bytes, writer.pieces()) == (3, 2, 5, None)
    assert [(n.outcome, n.count) for n in writer.not_measured()] == [("link", 1)]


# --- pieces ------------------------------------------------------------------


def large(size: int = 10, piece: int = 4, damaged: int | None = None) -> Item:
    """An item with pieces of `piece` bytes, the last one shorter; one of them may be damaged."""
    count = -(-size // piece)
    digests = [hashlib.sha256(bytes([n + 100 * (n == damaged)])).digest() for n in range(count)]
    return item("large", size=size, pieces=Pieces(size=piece, digests=b"".join(digests)))


def test_pieces_are_written_without_a_gap_and_read_back() -> None:
    made = Listing(1)
    for each in (item("a"), large()):
        made.writer.add(each)
    bound = made.writer.pieces()
    assert bound is not None
    read = list(check_pieces(bytes(made.pieces).splitlines(keepends=True), bound))
    assert [(p.item, p.offset, p.length) for p in read] == [(2, 0, 4), (2, 4, 4), (2, 8, 2)]
    assert bytes(made.pieces).startswith(b'{"item":2,"offset":0,"length":4,"blake3":"')


def test_every_byte_of_the_pieces_changed_is_refused() -> None:
    made = Listing(1)
    made.writer.add(large())
    bound, data = made.writer.pieces(), bytes(made.pieces)
    assert isinstance(bound, Bound)
    cases = [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(len(data))]
    for other in [*cases, b"", data[:-1], data + b"\n", data * 2]:
        with pytest.raises(RefutedError):
            list(check_pieces(other.splitlines(keepends=True), bound))


@pytest.mark.parametrize(
    ("damaged", "size", "ranges"),
    [(None, 10, []), (0, 10, [(0, 4)]), (1, 10, [(4, 4)]), (2, 10, [(8, 2)]), (None, 9, [(8, 2)]), (None, 4, [(4, 6)])],
)
def test_pieces_say_where_the_damage_is(damaged: int | None, size: int, ranges: list[tuple[int, int]]) -> None:
    sealed = list(pieces.pieces_of(large(), 1))
    now = large(size=size, damaged=damaged)
    assert pieces.damaged(sealed, now.pieces, size) == ranges


def test_neighbouring_damage_is_one_range() -> None:
    sealed = list(pieces.pieces_of(large(size=20), 1))
    assert pieces.damaged(sealed, None, 20) == [(0, 20)]


def bound_pieces(*pieces: tuple[int, int, int]) -> tuple[list[bytes], Bound]:
    """A list of pieces (item, offset, length) as somebody with a key may have bound it."""
    line = '{"item":%d,"offset":%d,"length":%d,"blake3":"' + "0" * 64 + '"}\n'
    lines = [(line % piece).encode() for piece in pieces]
    return lines, Bound(sha256="sha256:" + hashlib.sha256(b"".join(lines)).hexdigest(), count=len(lines))


WHOLE = 4 << 20


def test_pieces_of_several_items_may_be_as_long_as_a_piece_is() -> None:
    lines, bound = bound_pieces((1, 0, WHOLE), (1, WHOLE, 5), (3, 0, WHOLE))
    assert len(list(check_pieces(lines, bound))) == 3


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([(1, 0, WHOLE + 1)], id="one piece for more than is read of it"),
        pytest.param([(1, 0, 1 << 40)], id="one piece for the whole disk"),
        pytest.param([(1, 0, 0), (1, 0, 4)], id="an empty piece"),
        pytest.param([(1, 4, 4)], id="nothing at the beginning"),
        pytest.param([(1, 0, 4), (1, 8, 4)], id="a gap"),
        pytest.param([(1, 0, 4), (1, 2, 4)], id="overlapping"),
        pytest.param([(1, 0, 4), (1, 0, 4)], id="a piece twice"),
        pytest.param([(2, 0, 4), (1, 0, 4)], id="items in another order"),
        pytest.param([(1, 0, 4), (2, 4, 4)], id="nothing at the beginning of the next"),
    ],
)
def test_pieces_that_leave_something_out_are_refused(pieces: list[tuple[int, int, int]]) -> None:
    """Whoever bound them: else a quick check would vouch for bytes that no piece covers (E7)."""
    lines, bound = bound_pieces(*pieces)
    with pytest.raises(RefutedError) as caught:
        list(check_pieces(lines, bound))
    assert caught.value.code == "entries-changed"
