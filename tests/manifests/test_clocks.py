"""Wrong clocks: what explains one, and what no reason explains (docs/spec/record.md, R4)."""

from datetime import UTC, datetime, timedelta

import pytest

from manifests import bodies
from manifests.times import text
from manifests.verify import verify_chain
from tests.manifests.telling import judge
from tests.vectors.pen import NOW, START, Pen, trusted
from tests.vectors.people import JANE, JOSEPH, KIBRA, Officer, Wanted, officer
from tests.vectors.put_right import FAR, FLAT, at_another_time, corrected

EVENT = bodies.Event(word="incident", description="fell down")
REASON = "the battery was flat"


def ruth(end: datetime) -> Officer:
    return officer(KIBRA, "Ruth Wambui", "CPL", "550055", 5500, wanted=Wanted(end=end))


def test_a_reason_and_a_later_record_explain_a_time_before_the_certificate() -> None:
    pen = at_another_time(seized(), FLAT, clock=REASON)
    assert sorted(judge(pen)) == [("certificate-expired", "0002-event"), ("clock-explained", "0002-event")]
    pen.write(JANE, EVENT)
    assert judge(pen) == [("clock-explained", "0002-event")]


def seized() -> Pen:
    pen = Pen()
    pen.seize(JANE)
    return pen


def test_a_later_record_without_a_reason_explains_nothing() -> None:
    pen = at_another_time(seized(), FLAT)
    pen.write(JANE, EVENT)
    assert ("certificate-expired", "0002-event") in judge(pen)
    assert ("time-contradictory", "0002-event") in judge(pen)


def test_a_later_record_whose_own_clock_is_wrong_explains_nothing() -> None:
    pen = at_another_time(seized(), FLAT, clock=REASON)
    at_another_time(pen, FAR, clock=REASON)
    assert ("certificate-expired", "0002-event") in judge(pen)
    pen.write(JANE, EVENT, clock="set right")
    assert {code for code, _ in judge(pen)} == {"clock-explained"}


@pytest.mark.parametrize(("days", "left"), [(20, set()), (1, {"certificate-expired"})])
def test_what_follows_was_signed_within_the_same_certificate(days: int, left: set[str]) -> None:
    """A key that has ended blames the clock: what follows is after its end too."""
    signer = ruth(end=(START + timedelta(days=days)).astimezone(UTC))
    pen = at_another_time(seized(), FAR - timedelta(days=900), signer, clock=REASON)
    pen.now = START + timedelta(days=2)
    pen.write(JANE, EVENT, clock="set right")
    assert {code for code, _ in judge(pen)} - {"clock-explained"} == left


def test_a_witness_is_judged_by_the_same_clock() -> None:
    pen = seized()
    right, pen.now = pen.now, FLAT
    pen.write(JANE, EVENT, (JOSEPH,), clock=REASON)
    pen.now = right + timedelta(hours=1)
    assert [code for code, _ in judge(pen)].count("certificate-expired") == 2
    pen.write(JANE, EVENT)
    assert {code for code, _ in judge(pen)} == {"clock-explained"}


@pytest.mark.parametrize("really", ["2026-01-02T09:00:00+03:00", "2026-11-20T08:59:59+03:00"])
def test_the_time_that_is_stated_is_not_before_what_came_before(really: str) -> None:
    pen = corrected(at_another_time(seized(), FAR), clock=really)
    assert ("time-contradictory", "0002-event") in judge(pen)


def test_a_correction_explains_the_step_back_of_what_follows() -> None:
    """The record after a clock that was ahead seems early, and carries no reason of its own."""
    pen = at_another_time(seized(), FAR)
    bad = pen.head
    pen.write(JANE, EVENT)
    assert ("time-contradictory", "0003-event") in judge(pen)
    body = bodies.Correction(
        corrects=bad.digest, position=2, statement="the year was wrong", clock=text(START + timedelta(minutes=5))
    )
    pen.write(JOSEPH, body)
    assert {code for code, _ in judge(pen)} == {"clock-explained", "corrected"}


def test_no_correction_says_a_time_to_come() -> None:
    pen = corrected(at_another_time(seized(), FAR), clock="2026-12-24T09:00:00+03:00")
    assert ("order-violated", "0003-correction") in judge(pen)


def test_the_last_word_on_a_time_counts() -> None:
    pen = at_another_time(seized(), FAR)
    bad = pen.head
    for really in ("2026-01-02T09:00:00+03:00", text(START + timedelta(minutes=5))):
        body = bodies.Correction(corrects=bad.digest, position=2, statement="x", clock=really)
        pen.write(JANE, body, clock="set right")
    assert {code for code, _ in judge(pen)} == {"clock-explained", "corrected"}


def test_judged_after_the_end_of_the_certificate_no_reason_helps() -> None:
    pen = at_another_time(seized(), FLAT, clock=REASON)
    pen.write(JANE, EVENT)
    later = NOW + timedelta(days=4000)
    found = {f.code for f in verify_chain(pen.chain_files(), trusted(now=later)).findings}
    assert "certificate-expired" in found


def test_a_signature_far_from_its_record_is_no_matter_of_the_clock() -> None:
    pen = seized()
    pen.write(JANE, EVENT, signing_time=pen.now + timedelta(hours=2), clock=REASON)
    pen.write(JANE, EVENT)
    assert ("time-contradictory", "0002-event") in judge(pen)
