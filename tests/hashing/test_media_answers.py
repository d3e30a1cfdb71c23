"""What a decoder answers is taken apart without trust: a lie costs that medium only, and can always be recorded."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing.media.asking import Found, ImageReaderProcess, ReadOrder, checked
from hashing.media.decoding import item_of
from hashing.media.kinds import EWF
from hashing.media.process import CLAIMS, FACTS
from hashing.media.speaking import RANGES, READY, ROW
from hashing.reading import Reading, Recipe
from hashing.sandbox import process as sandbox_process
from hashing.sandbox.framing import COUNT
from hashing.sandbox.spawn import SpawnedProcess
from hashing.wire import Form, row_of
from manifests.entries import print_line, read_line
from tests.hashing.media_liars import ANSWERS

PLAIN = Recipe(("sha256",), pieces=True, quick=False, cores=1)


def answered_by(monkeypatch: pytest.MonkeyPatch, what: str, patience: float = 20) -> Found:
    """What is made of a liar's answer."""

    def started(module: str, arguments: list[str], own_group: bool) -> SpawnedProcess:
        return SpawnedProcess("tests.hashing.media_liars", [arguments[0], what], own_group=own_group)

    monkeypatch.setattr(sandbox_process, "SpawnedProcess", started)
    with open(os.devnull, "rb") as nothing:
        asked = ImageReaderProcess(ReadOrder(kind=EWF, descriptors=[nothing.fileno()], recipe=PLAIN, patience=patience))
        return asked.found(lambda _: None)


@pytest.mark.parametrize("what", [*ANSWERS, "reports without end", "progress without end"])
def test_a_lie_costs_that_medium_only(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    found = answered_by(monkeypatch, what)
    assert found.row == row_of(Reading("unreadable", "the process that read it sent an invalid response"))
    assert (found.claims, found.facts, found.unreadable) == ({}, {}, ())


def test_silence_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    found = answered_by(monkeypatch, "silence", patience=0.5)
    assert found.row[4] == "the process that read it gave no answer in 0.5 s"


def test_the_liars_could_have_told_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered_by(monkeypatch, "honest").row[:2] == ("measured", 1000)


ROWS = st.tuples(
    st.sampled_from(["measured", "unreadable", "partial", "lost", "changed-while-read"]),
    st.sampled_from([-1, 0, 3, 1000, 1 << 53, 1 << 62]) | st.integers(-(1 << 62), 1 << 62),
    st.none() | st.integers(-(1 << 70), 1 << 70),
    st.sampled_from([b"", bytes(32)]),
    st.sampled_from(["", "in words", "x" * 4001, "\x1b[2J", "\0"]),
    st.sampled_from([b"", bytes(32), bytes(64)]),
    st.none() | st.binary(max_size=20),
    st.just(b""),
)
NUMBERS = st.sampled_from([0, 3, 1000, (1 << 53) - 1, 1 << 53, (1 << 64) - 1]).map(COUNT.pack)


@given(
    ROWS,
    st.fixed_dictionaries(
        {},
        optional={
            READY: NUMBERS | st.binary(max_size=9),
            RANGES: st.lists(NUMBERS, max_size=4).map(b"".join),
            CLAIMS: st.binary(max_size=60),
            FACTS: st.binary(max_size=60),
        },
    ),
)
def test_whatever_is_believed_can_be_recorded_and_read_again(row: object, told: dict[bytes, bytes]) -> None:
    try:
        found = checked({**told, ROW: Form(PLAIN).pack([row])}, PLAIN)  # type: ignore[list-item]
    except ValueError:
        return
    item = item_of(b"a.E01/[media]", found, PLAIN, kind=EWF, segments=(1,))
    entry = read_line(print_line(item, 2, bytes(32))[0])
    assert entry.public is not None
    assert entry.public.outcome == item.outcome.value
