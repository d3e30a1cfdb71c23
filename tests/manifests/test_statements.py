"""The page of statements names every kind, and the neighbours of what the vectors show (docs/spec/statements.md)."""

from pathlib import Path

import msgspec
import pytest

from manifests import bodies
from manifests.chain import OrderViolated
from manifests.moments import implausible_times
from manifests.remarks import is_imei
from manifests.shapes import MediaCheck
from manifests.statements import check_refusal
from tests.manifests.acting import MANIFEST, OUTSIDE, WITNESSED, after, answer, record, released, seized, violates
from tests.vectors.pen import EXHIBIT, release_to, verification
from tests.vectors.people import GRACE, JANE, JOSEPH, KIBRA, LAB, PETER

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "statements.md").read_text(encoding="utf-8")
EVENT = bodies.Event(word="incident", description="x")


@pytest.mark.parametrize("kind", bodies.BODIES)
def test_every_kind_is_on_the_page(kind: str) -> None:
    assert f"`{kind}" in PAGE


@pytest.mark.parametrize("shape", [MediaCheck, bodies.Release, bodies.Receipt, bodies.Verification, bodies.Manifest])
def test_every_field_of_what_says_most_is_on_the_page(shape: type[msgspec.Struct]) -> None:
    assert [name for name in shape.__struct_fields__ if name not in PAGE] == []


def test_the_others_of_an_act_are_others_and_each_once() -> None:
    state, other = seized(), EXHIBIT.replace("EX-1", "EX-2")
    after(state, release_to(LAB, act_exhibits=(other,)), JANE)
    for named in ((EXHIBIT,), (other, EXHIBIT), (other, other)):
        violates(state, release_to(LAB, act_exhibits=named), JANE, "statement-contradicted")


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("490154203237518", True), ("49 015420 323751 8", True), ("490154203237519", False), ("4901542032375180", True),
        ("49015420323751", True), ("4901542032375", False), ("49015420323751x", False), ("", False),
        ("\u0664\u0669\u0660\u0661\u0665\u0664\u0662\u0660\u0663\u0662\u0663\u0667\u0665\u0661\u0668", False),
    ],
)  # fmt: skip
def test_an_imei_has_the_form_of_one(written: str, right: bool) -> None:
    assert is_imei(written) is right


def test_a_refusal_is_of_the_release_that_it_names() -> None:
    release = released().head
    said = bodies.Refusal(exhibit=EXHIBIT, release=release.digest, position=2)
    check_refusal(said, release)
    for changed in ({"position": 3}, {"exhibit": EXHIBIT + "-2"}, {"release": seized().head.digest}):
        with pytest.raises(OrderViolated) as caught:
            check_refusal(msgspec.structs.replace(said, **changed), release)
        assert caught.value.code == "statement-contradicted"


@pytest.mark.parametrize(("minutes", "doubted"), [(0, False), (4, False), (5, False), (6, True)])
def test_a_clock_on_the_wall_may_be_five_minutes_behind(minutes: int, doubted: bool) -> None:
    at = f"2026-11-20T08:{60 - minutes:02d}:00+03:00" if minutes else "2026-11-20T09:00:00+03:00"
    later = record(seized(), EVENT, JANE, occurred_at=at, recorded_at="2026-11-20T12:00:00+03:00")
    assert bool(list(implausible_times(seized(), later))) is doubted


def test_a_moment_is_one_in_every_zone() -> None:
    """11:00 in Dubai is 10:00 in Nairobi, after the seizure at 09:00."""
    times = {"occurred_at": "2026-11-20T11:00:00+04:00", "recorded_at": "2026-11-20T12:00:00+03:00"}
    assert list(implausible_times(seized(), record(seized(), EVENT, JANE, **times))) == []
    times["occurred_at"] = "2026-11-20T09:30:00+04:00"
    assert list(implausible_times(seized(), record(seized(), EVENT, JANE, **times))) != []


def test_a_register_that_gets_it_back_has_it_since_then() -> None:
    """Between its own release and its own receipt the station did nothing to it."""
    in_lab = after(released(), answer(released()), PETER, occurred_at="2026-11-21T09:00:00+03:00")
    back = after(in_lab, release_to(KIBRA), PETER)
    home = after(back, answer(back), JANE, occurred_at="2026-11-25T09:00:00+03:00")
    assert (in_lab.since, home.since) == ("2026-11-21T09:00:00+03:00", "2026-11-25T09:00:00+03:00")
    times = {"occurred_at": "2026-11-20T11:00:00+03:00", "recorded_at": "2026-11-26T12:00:00+03:00"}
    assert list(implausible_times(home, record(home, EVENT, JANE, **times))) != []


def test_a_colleague_who_receives_it_does_not_change_since_when_the_register_has_it() -> None:
    state = released(JOSEPH)
    assert after(state, answer(state), JOSEPH, occurred_at="2026-11-25T09:00:00+03:00").since == seized().since


def test_an_exhibit_that_was_sealed_is_not_called_never_measured_by_anybody() -> None:
    state = after(seized(), MANIFEST, JANE)
    none = MediaCheck(how="none")
    told = violates(state, release_to(LAB, media=none), JANE, "statement-contradicted")
    assert "never measured; record 2 measured them" in told
    violates(state, verification(manifests=(), media=none), JANE, "statement-contradicted")
    gone = after(state, release_to(LAB, media=MediaCheck(how="measured", items=0, bytes=0)), JANE)
    violates(gone, answer(gone), PETER, "statement-contradicted")


def test_what_is_left_out_says_nothing_but_of_seals_at_a_hand_over() -> None:
    state = after(seized(), bodies.Seal(number="S-1"), JANE)
    violates(state, release_to(LAB), JANE, "statement-contradicted")
    violates(state, OUTSIDE, JANE, "statement-contradicted")
    after(state, bodies.Disposal(method="shredded"), JANE, **WITNESSED)
    gone = after(state, release_to(LAB, seals=("S-1",)), JANE)
    after(gone, answer(gone), PETER)


def test_a_supervisor_of_another_number_may_be_the_witness_of_a_death() -> None:
    takeover = bodies.Takeover(holder="Jane Wanjiku", service_no="112233", because="dead")
    after(seized(), takeover, GRACE, witnesses=(JOSEPH.person(),))
    violates(seized(), takeover, GRACE, "statement-contradicted", witnesses=(JANE.person(),))
