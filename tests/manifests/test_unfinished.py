"""The working file of a sealing reads back as it was written, whole or cut, and nothing else is believed."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing.items import PIECE_SIZE, Description, Item, Outcome, Pieces
from manifests.compare import key
from manifests.errors import RefutedError
from manifests.records import Tool
from manifests.unfinished import FORMAT, Printer, SealingHead, SealingRequest, read

TOOL = Tool(name="custody", version="0.1.0", python="3.11.7", libraries="sha256:" + "0" * 64)
ASKED = SealingRequest(
    chain="KIBRA:K-1/EX-1", paths=(b"/media/\xff card",), algorithms=("sha256", "md5"), describe=True, scope="files",
    tool=TOOL,
)  # fmt: skip
HEAD = SealingHead(
    format=FORMAT, asked=ASKED, started_at="2026-11-20T14:05:00+03:00", resumed_at=("2026-11-20T15:00:00Z",)
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAME = st.lists(st.binary(min_size=1, max_size=4).filter(lambda b: b"/" not in b), min_size=1, max_size=3)
DESCRIPTION = st.builds(
    Description, media_type=st.none() | TEXT, metadata=st.dictionaries(TEXT, TEXT, max_size=3),
    not_examined=st.none() | TEXT,
)  # fmt: skip
PIECES = st.builds(Pieces, size=st.just(PIECE_SIZE), digests=st.binary(min_size=32, max_size=64))
ITEM = st.builds(
    Item,
    name=NAME.map(b"/".join),
    outcome=st.just(Outcome.MEASURED),
    reason=st.none(),
    size=st.integers(0, 2**62),
    digests=st.dictionaries(st.sampled_from(["sha256", "md5"]), TEXT),
    modified=st.none() | st.integers(-(10**9) * 10**9, 2**63),
    pieces=st.none() | PIECES,
    description=st.none() | DESCRIPTION,
    marks=st.binary(min_size=48, max_size=48),
    decoded=st.none(),  # media inside images are never kept: they are decoded anew
    segments=st.just(()),
    claimed=st.just({}),
    unreadable=st.just(()),
)
ITEMS = st.lists(ITEM, max_size=5, unique_by=lambda item: item.name).map(
    lambda items: sorted(items, key=lambda item: key(item.name))
)


def printed(items: list[Item], head: SealingHead = HEAD) -> bytes:
    printer = Printer()
    return b"".join(printer.line(value) for value in (head, *items))


def parsed(data: bytes) -> list[SealingHead | Item]:
    return list(read(io.BytesIO(data)))


@given(ITEMS)
def test_it_reads_back(items: list[Item]) -> None:
    assert parsed(printed(items)) == [HEAD, *items]


@given(ITEMS, st.data())
def test_cut_anywhere_it_gives_the_whole_lines(items: list[Item], data: st.DataObject) -> None:
    whole = printed(items)
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert parsed(whole[:cut]) == [HEAD, *items][: whole[:cut].count(b"\n")]


@given(ITEMS.filter(bool), st.data())
def test_any_other_byte_is_noticed(items: list[Item], data: st.DataObject) -> None:
    """What is given out before the damage is as it was written; the damaged line and those after it never are."""
    whole = bytearray(printed(items))
    place = data.draw(st.integers(0, len(whole) - 2))
    whole[place] ^= data.draw(st.integers(1, 255))
    seen = []
    with contextlib.suppress(RefutedError):
        seen += read(io.BytesIO(whole))
    assert seen == [HEAD, *items][: printed(items)[:place].count(b"\n")]


def item(name: bytes, **other: object) -> Item:
    facts = {
        "name": name, "outcome": Outcome.MEASURED, "reason": None, "size": 1, "digests": {"sha256": "0" * 64},
        "modified": None, "pieces": None, "description": None, "marks": bytes(48),
    }  # fmt: skip
    return Item(**{**facts, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "items",
    [
        [item(b"b"), item(b"a")],
        [item(b"a"), item(b"a")],
        [item(b"a!"), item(b"a/b")],  # a folder's names come before its neighbour's
        [item(b"a", outcome=Outcome.UNREADABLE)],
        [item(b"a", outcome=Outcome.CHANGED)],
        [item(b"a", marks=None)],
        [item(b"a", marks=b"")],
    ],
)
def test_what_does_not_belong_there(items: list[Item]) -> None:
    with pytest.raises(RefutedError, match="does not belong"):
        parsed(printed(items))


def test_another_format_is_refused() -> None:
    with pytest.raises(RefutedError, match="not of the format"):
        parsed(printed([], SealingHead(format="custody/unfinished/2", asked=ASKED, started_at=HEAD.started_at)))


@given(st.binary(max_size=300))
def test_anything_else_is_refused(data: bytes) -> None:
    with contextlib.suppress(RefutedError):
        assert not parsed(data)
