"""The rules of a chain: the first records, the line, and what may follow (chain.md, C1 to C3)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from manifests import bodies, chain
from manifests.chain import OrderViolated
from manifests.digest import identity
from manifests.records import ChainPlace, Previous
from manifests.shapes import MediaCheck
from tests.manifests.acting import (
    EVENT,
    MANIFEST,
    OUTSIDE,
    TAKEOVER,
    WITNESSED,
    actor,
    after,
    answer,
    recall,
    record,
    released,
    seized,
    violates,
)
from tests.vectors.pen import EXHIBIT, NOT_MEASURED, OWNER, SEIZURE, SIGNED_PAPER, release_to, verification
from tests.vectors.people import AMINA, EVE, GRACE, JANE, JOSEPH, KIBRA, LAB, PETER

# --- C2: first records -----------------------------------------------------


def test_who_seizes_is_the_holder_and_has_the_pen() -> None:
    state = seized()
    assert (state.holder, state.register, state.situation) == (actor(JANE), "KIBRA/desk", "held")


def test_a_chain_is_opened_by_the_agency_it_is_named_after() -> None:
    for who in (PETER, AMINA):
        with pytest.raises(OrderViolated, match="cannot open an exhibit"):
            chain.begin(record(None, SEIZURE, who), actor(who))


@pytest.mark.parametrize("body", [EVENT, release_to(LAB), bodies.Void(because="x"), bodies.CaseOpened(title="x")])
def test_a_chain_begins_with_seizure_or_derivation(body: bodies.Body) -> None:
    with pytest.raises(OrderViolated, match="begins with"):
        chain.begin(record(None, body, JANE), actor(JANE))


def test_nothing_is_seized_twice() -> None:
    violates(seized(), SEIZURE, JANE)
    violates(
        seized(), bodies.Derivation(how="image", parent=EXHIBIT, parent_record=identity(b""), description="x"), JANE
    )


def test_records_of_journals_and_cases_do_not_stand_in_an_exhibits_chain() -> None:
    assert "does not stand" in violates(seized(), bodies.CaseOpened(title="x"), JANE)
    refusal = bodies.Refusal(exhibit=EXHIBIT, release=identity(b""), position=2)
    assert "does not stand" in violates(seized(), refusal, JANE)


# --- C1: the line ----------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        {"chain": ChainPlace(id=EXHIBIT, position=3, root=KIBRA.fingerprint)},
        {"chain": ChainPlace(id=EXHIBIT, position=1, root=KIBRA.fingerprint)},
        {"chain": ChainPlace(id=EXHIBIT, position=2, root=LAB.fingerprint)},
        {"previous": Previous(record=identity(b"other"), signature=identity(b""))},
        {"previous": None},
    ],
    ids=["a gap", "the same number", "another root", "another record before", "nothing before"],
)
def test_a_record_follows_the_one_before_it(other: dict[str, Any]) -> None:
    violates(seized(), EVENT, JANE, "chain-broken", **other)


def test_two_records_may_be_tried_behind_one_state() -> None:
    """What may follow is asked before it is signed: one that was tried leaves nothing behind."""
    state = seized()
    one, other = (record(state, bodies.Event(word="incident", description=text), JANE) for text in ("a", "b"))
    tried, taken = chain.follow(state, one, actor(JANE)), chain.follow(state, other, actor(JANE))
    assert list(state.records) == [state.head]
    assert (list(tried.records), list(taken.records)) == ([state.head, one], [state.head, other])
    assert (tried.records[-1], taken.records[1:], len(taken.records)) == (one, [other], 2)
    assert tried.record(other.digest) is None
    assert taken.record(other.digest) is other
    with pytest.raises(IndexError):
        state.records[1]
    longer = chain.follow(taken, record(taken, EVENT, JANE), actor(JANE))
    assert len(taken.records) == 2 != len(longer.records)
    assert taken.records != longer.records


def test_an_unknown_kind_changes_nothing_but_the_head() -> None:
    for state in (seized(), released()):
        later = replace(record(state, EVENT, EVE), body=None)
        then = chain.follow(state, later, actor(EVE))
        assert then == replace(state, head=later, records=state.records.followed_by(later))


# --- C3: what may follow ---------------------------------------------------


ORDINARY: dict[str, bodies.Body] = {
    "manifest": MANIFEST,
    "seal": bodies.Seal(number="S-1"),
    "derived": bodies.Derived(child=EXHIBIT + "-COPY", how="image", description="x"),
    "event": EVENT,
    "verification": verification(manifests=(), verdict="CONFIRMED", media=NOT_MEASURED),
    "correction": bodies.Correction(corrects=seized().head.digest, position=1, statement="it was blue"),
}
BY_HOLDER: dict[str, bodies.Body] = {
    "release": release_to(LAB),
    "handed-outside": OUTSIDE,
    "return": bodies.Return(to=OWNER),
    "disposal": bodies.Disposal(method="shredded"),
    "void": bodies.Void(because="opened by mistake"),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_anyone_of_the_register_with_the_pen_may_write_what_is_ordinary(kind: str) -> None:
    for who in (JANE, JOSEPH, GRACE):
        assert after(seized(), ORDINARY[kind], who).holder == actor(JANE)
    for who in (PETER, AMINA):
        assert "is written in KIBRA/desk" in violates(seized(), ORDINARY[kind], who)


@pytest.mark.parametrize("kind", ORDINARY)
def test_the_other_register_of_the_same_agency_has_no_pen(kind: str) -> None:
    away = actor(JANE, register="KIBRA/field-2")
    with pytest.raises(OrderViolated, match="is written in KIBRA/desk"):
        chain.follow(seized(), record(seized(), ORDINARY[kind], JANE), away)


@pytest.mark.parametrize("kind", BY_HOLDER)
def test_only_the_holder_gives_it_away_or_ends_it(kind: str) -> None:
    after(seized(), BY_HOLDER[kind], JANE, **WITNESSED)
    for who in (JOSEPH, GRACE):
        assert "is not the holder" in violates(seized(), BY_HOLDER[kind], who, **WITNESSED)
    assert "is written in" in violates(seized(), BY_HOLDER[kind], PETER, **WITNESSED)


@pytest.mark.parametrize("kind", ["return", "disposal"])
def test_return_and_disposal_need_an_authority_and_a_witness(kind: str) -> None:
    for missing in WITNESSED:
        kept = {name: value for name, value in WITNESSED.items() if name != missing}
        assert "needs an authority and a witness" in violates(seized(), BY_HOLDER[kind], JANE, **kept)


@pytest.mark.parametrize(("kind", "word"), [("return", "returned"), ("disposal", "disposed"), ("void", "void")])
def test_nothing_but_a_correction_follows_an_end(kind: str, word: str) -> None:
    state = after(seized(), BY_HOLDER[kind], JANE, **WITNESSED)
    assert state.situation == word
    after(state, ORDINARY["correction"], JOSEPH)
    for body in (*ORDINARY.values(), *BY_HOLDER.values(), TAKEOVER, answer(state), recall(state)):
        if not isinstance(body, bodies.Correction):
            violates(state, body, JANE, **WITNESSED)


@pytest.mark.parametrize("kind", [*ORDINARY, *BY_HOLDER])
def test_while_released_only_an_answer_follows(kind: str) -> None:
    assert "no " + kind in violates(released(), {**ORDINARY, **BY_HOLDER}[kind], JANE, **WITNESSED)
    violates(released(), TAKEOVER, GRACE, **WITNESSED)


@pytest.mark.parametrize("kind", [*ORDINARY, *BY_HOLDER])
def test_while_held_outside_only_the_way_back_follows(kind: str) -> None:
    state = after(seized(), OUTSIDE, JANE)
    assert "held outside" in violates(state, {**ORDINARY, **BY_HOLDER}[kind], JANE, **WITNESSED)


def test_a_correction_names_a_record_of_the_same_chain() -> None:
    other = bodies.Correction(corrects=identity(b"another chain"), position=1, statement="x")
    assert "of the same chain" in violates(seized(), other, JANE)


@pytest.mark.parametrize("position", [0, 1, 3, 4])
def test_a_correction_names_it_by_its_number_too(position: int) -> None:
    """The number is what a person reads."""
    state = after(seized(), EVENT, JANE)
    after(state, bodies.Correction(corrects=state.head.digest, position=2, statement="x"), JANE)
    other = bodies.Correction(corrects=state.head.digest, position=position, statement="x")
    assert "by number and identity" in violates(state, other, JANE)


def test_a_verification_names_manifests_of_the_same_chain() -> None:
    state = after(seized(), MANIFEST, JANE)
    for named in (state.records[0].digest, identity(b"a manifest of another exhibit")):
        manifests = (state.head.digest, named)
        checked = verification(manifests=manifests, verdict="CONFIRMED", media=MediaCheck(how="measured"))
        assert "names manifests of the same chain" in violates(state, checked, JANE)


RELYING: dict[str, Callable[[str | None], bodies.Body]] = {
    "release": lambda named: release_to(LAB, media=MediaCheck(how="relied-on", items=0, bytes=0, verification=named)),
    "disposal": lambda named: bodies.Disposal(method="shredded", last_verification=named),
}


@pytest.mark.parametrize("kind", RELYING)
def test_a_check_that_is_relied_on_is_in_the_same_chain(kind: str) -> None:
    measured = after(seized(), MANIFEST, JANE)
    read = MediaCheck(how="measured", items=0, bytes=0)
    checked = verification(manifests=(measured.head.digest,), media=read)
    state = after(measured, checked, JANE)
    after(state, RELYING[kind](state.head.digest), JANE, **WITNESSED)
    assert "relies on" in violates(state, RELYING[kind](identity(b"elsewhere")), JANE, **WITNESSED)
    if kind != "disposal":
        assert "relies on" in violates(state, RELYING[kind](None), JANE)


def test_a_receipt_relies_on_nothing_from_elsewhere() -> None:
    relied = MediaCheck(how="relied-on", items=0, bytes=0, verification=identity(b"elsewhere"))
    assert "relies on" in violates(released(), answer(released(), media=relied), PETER)


def test_no_exhibit_is_derived_from_itself() -> None:
    derived = bodies.Derived(child=EXHIBIT, how="copy", description="x")
    assert "from itself" in violates(seized(), derived, JANE)


def test_an_event_has_a_word_of_the_table() -> None:
    assert "no such event" in violates(seized(), bodies.Event(word="coffee-break"), JANE)


FILLED: dict[str, Any] = {
    name: "x" for name in ("store", "register_no", "purpose", "condition", "seal", "court", "case_no", "exhibit_mark")
} | {"description": "x", "due": "2026-12-01", "counterparty": OWNER, "document": SIGNED_PAPER, "seal": "S-1"}


@pytest.mark.parametrize(("word", "needed"), bodies.EVENT_WORDS.items())
def test_an_event_says_what_its_word_needs(word: str, needed: tuple[str, ...]) -> None:
    state = after(seized(), bodies.Seal(number="S-1"), JANE)
    whole = {name: FILLED[name] for name in needed}
    after(state, bodies.Event(word=word, **whole), JANE)
    for name in needed:
        lacking = bodies.Event(word=word, **{each: value for each, value in whole.items() if each != name})
        assert f"does not say its {name}" in violates(state, lacking, JANE)


def test_a_chain_does_not_begin_later() -> None:
    late = record(None, SEIZURE, JANE, chain=ChainPlace(id=EXHIBIT, position=2, root=KIBRA.fingerprint))
    with pytest.raises(OrderViolated, match="begins with"):
        chain.begin(late, actor(JANE))
