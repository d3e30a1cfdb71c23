"""Entry lists: lines, salted leaves, root, redaction, pieces (entries.md)."""

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashing.items import Description, Item, Outcome, Pieces
from manifests import entries
from manifests.bodies import Bound, BoundTree
from manifests.entries import Entry, check_list, check_pieces, print_line, read_line
from manifests.errors import RefutedError
from tests.vectors.pen import Listing, redact

SALT = bytes(range(32))


def item(name: str | bytes = "DCIM/IMG_0007.JPG", **other: Any) -> Item:
    facts: dict[str, Any] = {
        "name": name.encode() if isinstance(name, str) else name, "outcome": Outcome.MEASURED, "reason": None,
        "size": 5,
        "digests": {"sha256": hashlib.sha256(b"hello").hexdigest()}, "modified": 1_790_000_000_000_000_000,
        "pieces": None, "description": None,
    }  # fmt: skip
    return Item(**{**facts, **other})


def listing(*items: Item) -> tuple[list[bytes], BoundTree]:
    """The lines of a list, and what a manifest binds of it."""
    made = Listing(1)
    for each in items:
        made.writer.add(each)
    return bytes(made.entries).splitlines(keepends=True), made.writer.entries()


def changed(lines: Iterable[bytes], bound: BoundTree) -> str:
    with pytest.raises(RefutedError) as caught:
        list(check_list(lines, bound))
    return caught.value.message


THREE = [
    item("a.txt"),
    item("b/c.txt", size=0),
    item("b/d", outcome=Outcome.LINK, reason="a link", size=None, digests={}),
]

NAMES = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(str.encode), st.binary(min_size=1))
DESCRIPTIONS = st.none() | st.builds(
    Description, media_type=st.sampled_from([None, "image/jpeg"]),
    metadata=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
    not_examined=st.sampled_from([None, "exiftool not installed"]),
)  # fmt: skip
ITEMS = st.builds(item, name=NAMES, size=st.integers(0, 2**53 - 1), description=DESCRIPTIONS,
                  modified=st.integers(-(10**18), 4 * 10**18)) | st.builds(
    item, name=NAMES, outcome=st.sampled_from([o for o in Outcome if o is not Outcome.MEASURED]), size=st.none(),
    digests=st.just({}), reason=st.just("in words"))  # fmt: skip


# --- one line ----------------------------------------------------------------


@given(ITEMS, st.integers(1, 10**9))
def test_every_item_reads_back(each: Item, number: int) -> None:
    line, leaf = print_line(each, number, SALT)
    entry = read_line(line)
    assert (entry.leaf, entry.path) == (leaf, each.name)
    assert entry.public is not None
    assert entry.private is not None
    assert (entry.public.item, entry.public.outcome, entry.public.size) == (number, each.outcome.value, each.size)
    assert dict(entry.private.metadata) == dict(each.description.metadata if each.description else {})


@given(ITEMS)
def test_the_leaf_is_the_formula_of_the_specification(each: Item) -> None:
    """E3 computed here from the text of the line alone, with nothing of ours."""
    line, leaf = print_line(each, 17, SALT)
    inner = line[len(b'{"public":') : line.rindex(b',"salt":"')]
    public, private = _split(inner)
    salt = bytes.fromhex(line[-66:-2].decode())
    commitment = hashlib.sha256(b"custody/entry-private/1" + b"\0" + salt + private).digest()
    assert hashlib.sha256(b"\0" + b"custody/entry/1" + b"\0" + commitment + public).digest() == leaf


def _split(inner: bytes) -> tuple[bytes, bytes]:
    """The bytes of `public` and `private`, cut where both halves are JSON."""
    middle = b',"private":'
    at = -1
    while True:
        at = inner.index(middle, at + 1)
        public, private = inner[:at], inner[at + len(middle) :]
        try:
            json.loads(public), json.loads(private)
        except ValueError:
            continue
        return public, private


def test_a_line_is_as_the_specification_shows_it() -> None:
    jpeg = item(description=Description(media_type="image/jpeg", metadata={"EXIF:Make": "x"}, not_examined=None))
    line, _ = print_line(jpeg, 17, SALT)
    shown = json.loads(line)
    assert list(shown) == ["public", "private", "salt"]
    assert list(shown["public"]) == ["item", "outcome", "size", "digests", "media_type"]
    assert list(shown["private"]) == ["path", "modified", "metadata"]
    assert b" " not in line
    assert shown["salt"] == SALT.hex()


def test_a_name_that_is_not_utf8_is_base64() -> None:
    line, _ = print_line(item(b"caf\xe9.txt"), 1, SALT)
    assert json.loads(line)["private"]["path_b64"] == base64.b64encode(b"caf\xe9.txt").decode()
    assert read_line(line).path == b"caf\xe9.txt"


GOOD = print_line(item(), 1, SALT)[0]
HEX = b"ab" * 32


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(GOOD + b" ", id="a blank after"),
        pytest.param(GOOD.replace(b'":5', b'": 5'), id="a blank inside"),
        pytest.param(GOOD.replace(b'"size":5', b'"size":5,"size":5'), id="a key twice in public"),
        pytest.param(GOOD[:-1] + b',"salt":"' + HEX + b'"}', id="a salt twice"),
        pytest.param(GOOD.replace(b'"path":"DCIM', b'"path":"\\u0044CIM'), id="an escape that is not needed"),
        pytest.param(GOOD.replace(b'"item":1', b'"item":1.0'), id="a fraction"),
        pytest.param(GOOD.replace(b'"item":1', b'"item":-1'), id="a negative number"),
        pytest.param(GOOD.replace(b'"item":1', b'"item":1,"added":1'), id="an unknown field in public"),
        pytest.param(GOOD.replace(b'"path"', b'"added":"","path"'), id="an unknown field in private"),
        pytest.param(GOOD[:-1] + b',"added":1}', id="an unknown field beside"),
        pytest.param(GOOD.replace(b'"private"', b'"Private"'), id="another shape"),
        pytest.param(b'{"public":{},"leaf":"' + HEX + b'"}', id="a mixture of shapes"),
        pytest.param(b'{"commitment":"' + HEX + b'","public":' + GOOD[10 : GOOD.index(b',"private"')] + b"}",
                     id="another order"),
        pytest.param(b'{"leaf":"' + HEX.upper() + b'"}', id="a leaf in capitals"),
        pytest.param(b'{"leaf":"' + HEX[:-2] + b'"}', id="a leaf too short"),
        pytest.param(b'{"leaf":"' + HEX + b'\\n"}', id="a leaf with a line feed"),
        pytest.param(b'{"leaf":null}', id="no leaf"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"", id="an empty line"),
        pytest.param(b"[]", id="a list"),
        pytest.param(GOOD.replace(b'"path":"DCIM/IMG_0007.JPG",', b""), id="no path"),
        pytest.param(GOOD.replace(b'"path":"', b'"path_b64":"eA==","path":"'), id="both kinds of path"),
        pytest.param(GOOD.replace(b'"path":"DCIM/IMG_0007.JPG"', b'"path_b64":"eA=="'), id="UTF-8 in base64"),
        pytest.param(GOOD.replace(b'"path":"DCIM/IMG_0007.JPG"', b'"path_b64":"/w"'), id="base64 cut off"),
        pytest.param(GOOD.replace(b'"path":"DCIM/IMG_0007.JPG"', b'"path_b64":"/x=="'), id="base64 spelled otherwise"),
        pytest.param(GOOD.replace(b'2026-', b'2026-02-30T00:00:00Z","x":"'), id="a field too many in time"),
        pytest.param(GOOD.replace(b"2026-09-21T", b"2026-02-30T"), id="a day that is not"),
        pytest.param(GOOD.replace(b'"size":5,', b""), id="measured without a size"),
        pytest.param(GOOD.replace(b'"sha256"', b'"md5"'), id="measured without a SHA-256"),
        pytest.param(GOOD.replace(GOOD[GOOD.index(b'sha256":"') + 9 :][:64], b"ab" * 16), id="a SHA-256 of 16 bytes"),
    ],
)  # fmt: skip
def test_every_other_line_is_refused(line: bytes) -> None:
    assert line != GOOD
    with pytest.raises(RefutedError):
        read_line(line)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_our_own_error(line: bytes) -> None:
    for each in (line, b'{"leaf":"' + line + b'"}', b'{"public":' + line + b',"commitment":"' + HEX + b'"}'):
        try:
            assert isinstance(read_line(each), Entry)
        except RefutedError:
            continue


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
    sealed = list(entries.pieces_of(large(), 1))
    now = large(size=size, damaged=damaged)
    assert entries.damaged(sealed, now.pieces, size) == ranges


def test_neighbouring_damage_is_one_range() -> None:
    sealed = list(entries.pieces_of(large(size=20), 1))
    assert entries.damaged(sealed, None, 20) == [(0, 20)]
