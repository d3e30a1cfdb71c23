"""Verification of the line: order, forks, times, later versions (chain.md, record.md)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from manifests import bodies
from manifests.digest import identity
from manifests.verify import verify_chain
from tests.manifests.telling import judge, long_chain, with_record
from tests.vectors.pen import (
    NOW,
    SEIZURE,
    START,
    Pen,
    sign,
    signed,
    trusted,
)
from tests.vectors.people import COURT, EVE, JANE, JOSEPH, KIBRA, LAB, LUCY, PETER

# --- the line --------------------------------------------------------------


@pytest.mark.parametrize("place", [2, 3, 4, 5])
def test_a_record_taken_out_of_the_middle(place: int) -> None:
    files = long_chain().files
    found = judge(long_chain(), records=files[: place - 1] + files[place:])
    assert found[0] == ("chain-broken", files[place].name.removesuffix(".json"))


def test_the_first_record_taken_away() -> None:
    assert judge(long_chain(), records=long_chain().files[1:]) == [("chain-broken", "0002-seal")]


def test_a_record_taken_from_the_end_is_not_seen_in_the_chain_alone() -> None:
    """That is what heads are for (G5, G7): the report says up to where it goes."""
    assert judge(long_chain(), records=long_chain().files[:-1]) == [("in-transit", "")]


def test_two_records_exchanged() -> None:
    files = long_chain().files
    found = judge(long_chain(), records=(files[0], files[2], files[1], *files[3:]))
    assert found == [("chain-broken", "0003-release")]


def test_a_record_twice() -> None:
    files = long_chain().files
    found = judge(long_chain(), records=(*files[:2], files[1], *files[2:]))
    assert found == [("fork", "0002-seal")]


def test_two_records_with_one_number() -> None:
    pen, other = long_chain(), Pen()
    other.seize(JANE)
    other.write(JOSEPH, bodies.Event(word="incident", description="another"))
    files = pen.files
    found = judge(pen, records=(*files[:2], other.files[1], *files[2:]))
    assert found == [("fork", "0002-event")]


def test_a_record_renumbered() -> None:
    """Number and file name changed: the signature no longer fits."""
    files = long_chain().files
    data = files[1].record.replace(b'"position": 2', b'"position": 3')
    other = replace(files[1], name="0003-seal.json", record=data)
    found = judge(long_chain(), records=(files[0], other, *files[2:]))
    assert found == [("signature-broken", "0003-seal")]


def test_a_record_signed_again_breaks_the_link_to_it() -> None:
    """The same bytes under a second signature of the same officer: the next record names the first one."""
    pen = long_chain()
    again = sign(pen.files[1].record, JOSEPH, pen.now)
    found = judge(pen, records=with_record(pen, 2, signature=again))
    assert ("chain-broken", "0003-release") in found


def test_a_record_of_another_story_with_the_same_beginning() -> None:
    one, other = Pen(), Pen()
    for pen, number in ((one, "S-1"), (other, "S-2")):
        pen.seize(JANE)
        pen.write(JANE, bodies.Seal(number=number))
        pen.write(JANE, bodies.Event(word="incident", description="x"))
    found = judge(one, records=(*one.files[:2], other.files[2]))
    assert found == [("chain-broken", "0003-event")]


def test_the_root_of_the_chain_cannot_change_on_the_way() -> None:
    pen = Pen()
    pen.seize(JANE)
    pen.root = LAB.fingerprint
    pen.write(JANE, bodies.Seal(number="S-1"))
    assert judge(pen) == [("chain-broken", "0002-seal")]


def test_an_act_that_may_not_follow() -> None:
    pen = Pen()
    pen.seize(JANE)
    pen.release(JOSEPH, LAB)
    assert judge(pen) == [("order-violated", "0002-release")]


def test_one_person_on_both_sides() -> None:
    pen = Pen()
    pen.seize(JANE)
    pen.release(JANE, KIBRA)
    pen.receive(JANE)
    assert judge(pen) == [("same-person", "0003-receipt"), ("in-transit", "")]


def test_nothing_after_a_defect_is_vouched_for() -> None:
    report = verify_chain(long_chain().chain_files(records=with_record(long_chain(), 3, signature=None)), trusted())
    assert [v.record.position for v in report.records] == [1, 2]
    assert report.state is not None
    assert report.state.position == 2


# --- what contradicts a chain (C1, C6) -------------------------------------


def contested() -> tuple[Pen, Pen]:
    """One release, received by the laboratory and recalled by the station."""
    one = Pen()
    one.seize(JANE)
    one.release(JANE, LAB)
    other = one.copy()
    one.receive(PETER)
    other.recall(JANE)
    return one, other


def test_a_receipt_and_a_recall_of_one_release_are_contested() -> None:
    one, other = contested()
    assert judge(one, rivals=other.files[2:]) == [("hand-over-contested", "0003")]
    assert judge(other, rivals=one.files[2:]) == [("hand-over-contested", "0003")]


def test_any_other_two_records_at_one_position_are_a_fork() -> None:
    one, _ = contested()
    other = Pen()
    other.seize(JANE)
    other.release(JANE, COURT)
    assert judge(one, rivals=other.files[1:]) == [("fork", "0002")]


def test_a_receipt_and_a_recall_of_two_releases_are_a_fork() -> None:
    one, _ = contested()
    other = Pen()
    other.seize(JANE)
    other.release(JANE, COURT)
    other.recall(JANE)
    assert judge(one, rivals=other.files[1:]) == [("fork", "0002")]
    assert judge(one, rivals=other.files[2:]) == [("stray-record", "0003")]  # what it follows is not here


def test_two_receipts_are_a_fork() -> None:
    one, _ = contested()
    other = Pen()
    other.seize(JANE)
    other.release(JANE, LAB)
    other.receive(LUCY)
    assert judge(one, rivals=other.files[2:]) == [("fork", "0003")]


def test_a_rival_counts_only_with_a_sound_signature_under_a_trusted_root() -> None:
    one, other = contested()
    unsigned = replace(other.files[2], signature=None)
    foreign = Pen()
    foreign.write(EVE, SEIZURE, place="elsewhere")
    for rival in (unsigned, replace(other.files[2], record=b"x"), one.files[2]):
        assert judge(one, rivals=(rival,)) == []
    assert judge(one, rivals=foreign.files) == [("stray-record", "0001")]


# --- times (R4) ------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "codes"), [(0, []), (120, []), (-120, []), (121, ["time-contradictory"]),
                                                (-121, ["time-contradictory"])])  # fmt: skip
def test_the_signatures_time_is_near_the_records(seconds: int, codes: list[str]) -> None:
    pen = Pen()
    pen.write(JANE, SEIZURE, signing_time=pen.now + timedelta(seconds=seconds))
    assert [code for code, _ in judge(pen)] == codes


@pytest.mark.parametrize(("seconds", "codes"), [(0, []), (120, []), (121, ["time-contradictory"]),
                                                (-86_400 * 300, ["time-contradictory"])])  # fmt: skip
def test_a_witness_signs_when_the_record_is_written(seconds: int, codes: list[str]) -> None:
    pen = Pen()
    pen.write(JANE, SEIZURE, (JOSEPH,))
    record, files = pen.written[0]
    later = sign(record.data, JOSEPH, START + timedelta(seconds=seconds))
    pen.written[0] = (record, replace(files, witnesses=(later,)))
    assert [code for code, _ in judge(pen)] == codes


@pytest.mark.parametrize(("ahead", "codes"), [(timedelta(0), []), (timedelta(days=1), []),
                                              (timedelta(days=1, seconds=1), ["time-contradictory"]),
                                              (timedelta(days=3000), ["time-contradictory"])])  # fmt: skip
def test_nothing_is_signed_after_it_is_checked(ahead: timedelta, codes: list[str]) -> None:
    """More than a day ahead of the clock that it is checked by: one of the two clocks is wrong."""
    pen = Pen(now=NOW + ahead)
    pen.seize(JANE)
    assert [code for code, _ in judge(pen)] == codes


@pytest.mark.parametrize(
    ("who", "back", "changed", "code"),
    [
        (JANE, 0, {}, None),
        (JANE, 1, {}, "time-contradictory"),
        (JANE, 1, {"clock": "the battery was dead"}, "clock-explained"),
        (JOSEPH, 300, {}, "time-contradictory"),
    ],
    ids=["the same second", "a second back", "a second back, explained", "five minutes back"],
)
def test_time_goes_forward_inside_an_agency(who: Any, back: int, changed: dict[str, Any], code: str | None) -> None:
    pen = Pen()
    start = pen.now
    pen.seize(JANE)
    pen.now = start - timedelta(seconds=back)
    pen.write(who, bodies.Seal(number="S-1"), **changed)
    assert judge(pen) == ([(code, "0002-seal")] if code else [])


@pytest.mark.parametrize(("back", "code"), [(300, "clock-differs"), (301, "time-contradictory")])
def test_two_agencies_clocks_may_differ_by_five_minutes(back: int, code: str) -> None:
    pen = Pen()
    pen.seize(JANE)
    released = pen.now
    pen.release(JANE, LAB)
    pen.now = released - timedelta(seconds=back)
    pen.receive(PETER)
    assert judge(pen) == [(code, "0003-receipt")]


def test_a_clock_in_another_zone_is_the_same_clock() -> None:
    from datetime import UTC

    pen = Pen()
    pen.seize(JANE)
    pen.now = pen.now.astimezone(UTC)
    pen.write(JANE, bodies.Seal(number="S-1"))
    assert judge(pen) == []


# --- later versions --------------------------------------------------------


def of_a_later_version(pen: Pen, old: bytes, new: bytes, who: Any) -> None:
    """Write and sign an event, changed as a later version might write it."""
    from manifests import records

    draft = pen.draft(who, bodies.Event(word="incident", description="x"))
    record = records.read(draft.data.replace(old, new))
    pen.add(record, signed(record, who, moment=pen.now))


def test_a_kind_of_a_later_version_is_undecided_and_the_chain_goes_on() -> None:
    pen = Pen()
    pen.seize(JANE)
    of_a_later_version(pen, b'"kind": "event"', b'"kind": "time-renewal"', JANE)
    pen.release(JANE, LAB)
    assert judge(pen) == [("format-unknown", "0002-time-renewal"), ("in-transit", "")]


def test_a_kind_of_a_later_version_cannot_change_the_holder() -> None:
    pen = Pen()
    pen.seize(JANE)
    of_a_later_version(pen, b'"kind": "event"', b'"kind": "gift"', PETER)
    pen.write(PETER, bodies.Seal(number="S-1"))
    assert judge(pen) == [("format-unknown", "0002-gift"), ("order-violated", "0003-seal")]


@pytest.mark.parametrize(
    "changed",
    [{"after": identity(b"a token")}, {"by": JANE.person(second_certificate=identity(b"x"))}],
    ids=["after", "second_certificate"],
)
def test_a_reserved_field_is_undecided(changed: dict[str, Any]) -> None:
    pen = Pen()
    pen.write(JANE, SEIZURE, **changed)
    assert judge(pen) == [("format-unknown", "0001-seizure")]
