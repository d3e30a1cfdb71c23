"""What contradicts a chain: who could have stood there, who could not, and what each means (chain.md, C1 to C6)."""

from dataclasses import replace
from typing import Any

import pytest

from manifests import bodies
from manifests.digest import identity
from manifests.findings import verdict
from manifests.records import Record
from manifests.verdict import Verdict
from manifests.verify import verify_chain
from tests.manifests.telling import judge
from tests.vectors.pen import NOT_MEASURED, Pen, signed, trusted
from tests.vectors.people import AMINA, COURT, GRACE, JANE, JOSEPH, KIBRA, LAB, LUCY, PETER, Officer

INCIDENT = bodies.Event(word="incident", description="another story")
NOBODY = trusted(COURT, LAB)


def seized() -> Pen:
    pen = Pen()
    pen.seize(JANE)
    return pen


def released() -> Pen:
    pen = seized()
    pen.release(JANE, LAB)
    return pen


def contested() -> tuple[Pen, Pen]:
    """One release, received by the laboratory and recalled by the station."""
    one, other = released(), released()
    one.receive(PETER)
    other.recall(JANE)
    return one, other


def two() -> Pen:
    pen = seized()
    pen.write(JANE, bodies.Seal(number="S-1"))
    return pen


def at(pen: Pen, who: Officer, body: bodies.Body) -> Any:
    """A record of somebody as the next of a chain that stands at `pen`."""
    pen = pen.copy()
    pen.write(who, body)
    return pen.files[-1]


# --- who could have stood there --------------------------------------------


@pytest.mark.parametrize("who", [AMINA, PETER, replace(JOSEPH, register="KIBRA/field")])
def test_a_record_by_a_register_without_the_pen_is_booked_on_nobody_else(who: Officer) -> None:
    """The clerk of the court, the laboratory, and another register of the same agency."""
    rival = at(seized(), who, INCIDENT)
    report = verify_chain(two().chain_files(rivals=(rival,)), trusted())
    (stray,) = [f for f in report.findings if f.code == "stray-record"]
    assert verdict(report.findings) is Verdict.CONFIRMED
    assert who.name in stray.text


def test_a_kind_that_is_not_known_here_does_not_help_who_has_no_pen() -> None:
    pen = seized()
    later = {"kind": "inspection"}
    for who, code in ((AMINA, "stray-record"), (JANE, "fork")):
        record = pen.draft(who, INCIDENT)
        data = record.data.replace(b'"kind": "event"', b'"kind": "inspection"')
        from manifests import records

        unknown = records.read(data)
        assert (unknown.kind, unknown.body) == (later["kind"], None)
        assert judge(two(), rivals=(signed(unknown, who, moment=pen.now),)) == [(code, "0002")]


def test_whoever_has_the_pen_makes_a_fork() -> None:
    for who in (JANE, JOSEPH):
        assert judge(two(), rivals=(at(seized(), who, INCIDENT),)) == [("fork", "0002")]


def test_a_release_by_somebody_who_is_not_the_holder_is_a_stray() -> None:
    pen = seized()
    pen.release(JOSEPH, COURT)
    assert judge(two(), rivals=pen.files[1:]) == [("stray-record", "0002")]


def test_a_receipt_by_another_agency_than_the_addressee_is_a_stray() -> None:
    _, recalled = contested()
    pen = released()
    pen.receive(AMINA)
    assert judge(recalled, rivals=pen.files[2:]) == [("stray-record", "0003")]


def test_a_receipt_and_a_recall_are_contested_even_when_both_went_on() -> None:
    one, other = contested()
    one.write(PETER, INCIDENT)
    other.release(JANE, COURT)
    assert judge(one, rivals=other.files[2:]) == [("hand-over-contested", "0003")]
    assert judge(other, rivals=one.files[2:]) == [("hand-over-contested", "0003"), ("in-transit", "")]


def test_what_is_deeper_in_a_branch_is_judged_by_that_branch() -> None:
    """After the laboratory's receipt the station has no pen there any more, and the laboratory has."""
    one, other = contested()
    sound, stray = one.copy(), one.copy()
    sound.write(PETER, INCIDENT)
    stray.write(JANE, INCIDENT)
    assert judge(other, rivals=sound.files[2:]) == [("hand-over-contested", "0003")]
    assert judge(other, rivals=stray.files[2:]) == [("stray-record", "0004"), ("hand-over-contested", "0003")]


def test_a_rival_that_follows_another_signature_of_the_same_record_follows_nothing_here() -> None:
    pen = seized()
    record, files = pen.written[0]
    pen.written[0] = (record, signed(record, JANE, moment=NOW_LATER))
    pen.write(JANE, INCIDENT)
    assert judge(two(), rivals=pen.files[1:]) == [("stray-record", "0002")]
    assert files != pen.files[0]


NOW_LATER = Pen().now.replace(minute=1)


def test_a_revoked_signer_leaves_it_open_until_a_supervisor_explains() -> None:
    lists = [KIBRA.revocations(JOSEPH, number=2), LAB.revocations(), COURT.revocations()]
    rival, main = at(seized(), JOSEPH, INCIDENT), two()
    under = trusted(lists=lists)
    assert judge(main, under, rivals=(rival,)) == [("stray-record", "0002"), ("certificate-revoked", "0002")]
    explained(main, rival, found="stray-record")
    assert judge(main, under, rivals=(rival,)) == [("stray-record", "0003-stray-explained"), ("stray-record", "0002")]


def test_a_record_that_extends_the_chain_contradicts_nothing() -> None:
    assert judge(two(), rivals=(at(two(), JANE, INCIDENT),)) == []


# --- a fork that is explained ------------------------------------------------


def explained(pen: Pen, rival: Any, who: Officer = GRACE, **changed: Any) -> Record:
    facts = {"record": identity(rival.record), "position": 2, "found": "fork", "what": "second-copy", "statement": "x"}
    return pen.write(who, bodies.StrayExplained(**{**facts, **changed}))


def test_a_fork_that_a_supervisor_explains_is_undecided_here_and_elsewhere() -> None:
    pen, rival = two(), at(seized(), JANE, INCIDENT)
    explained(pen, rival)
    report = verify_chain(pen.chain_files(rivals=(rival,)), trusted())
    assert verdict(report.findings) is Verdict.UNDETERMINED
    assert judge(pen, rivals=(rival,)) == [("fork-explained", "0003-stray-explained"), ("fork-explained", "0002")]
    assert judge(pen) == [("fork-explained", "0003-stray-explained")]


def test_nobody_explains_his_own_fork() -> None:
    pen, rival = two(), at(seized(), GRACE, INCIDENT)
    explained(pen, rival, who=GRACE)
    assert ("fork", "0002") in judge(pen, rivals=(rival,))


def test_an_explanation_of_another_record_explains_nothing() -> None:
    pen, rival = two(), at(seized(), JANE, INCIDENT)
    explained(pen, rival, record=identity(b"another"))
    assert ("fork", "0002") in judge(pen, rivals=(rival,))


@pytest.mark.parametrize("who", [JOSEPH, AMINA])
def test_only_a_supervisor_with_the_pen_explains(who: Officer) -> None:
    pen = two()
    explained(pen, at(seized(), JANE, INCIDENT), who=who)
    assert judge(pen) == [("order-violated", "0003-stray-explained")]


def test_what_is_in_the_chain_is_not_explained_away() -> None:
    pen = two()
    pen.write(GRACE, bodies.StrayExplained(record=pen.head.digest, position=2, found="fork", what="mistake",
                                           statement="x"))  # fmt: skip
    assert judge(pen) == [("order-violated", "0003-stray-explained")]


# --- one name, two registers (C2) --------------------------------------------


def test_two_registers_of_one_agency_that_open_one_exhibit_collide() -> None:
    field = replace(JOSEPH, register="KIBRA/field")
    other = Pen()
    other.seize(field, place="elsewhere")
    other.write(field, INCIDENT)
    assert judge(two(), rivals=other.files) == [("name-collision", "0001")]
    assert judge(other, rivals=two().files) == [("name-collision", "0001")]


def test_one_register_that_opens_an_exhibit_twice_is_a_fork() -> None:
    other = Pen()
    other.seize(JOSEPH, place="elsewhere")
    assert judge(two(), rivals=other.files) == [("fork", "0001")]


def test_another_agency_cannot_open_an_exhibit_of_that_name() -> None:
    other = Pen()
    other.seize(AMINA)
    assert judge(two(), rivals=other.files) == [("stray-record", "0001")]


# --- settled (C6) ------------------------------------------------------------


def agreement(pen: Pen, who: Officer, which: str, one: Pen, other: Pen, **changed: Any) -> Pen:
    """A journal in which one side agrees; only its record counts here."""
    facts = {
        "exhibit": pen.chain, "release": pen.written[1][0].digest, "position": 2, "stands": which,
        "receipt": one.written[2][0].digest, "recall": other.written[2][0].digest,
    }  # fmt: skip
    journal = Pen(chain=who.register, written=list(pen.written[:1]), now=pen.now)
    journal.write(who, bodies.SettlementAgreed(**{**facts, **changed}))
    return journal


def settled(which: str, agrees: Officer, signs: Officer, **changed: Any) -> tuple[Pen, Pen]:
    """The branch that stands, settled, and the other."""
    one, other = contested()
    pen, rival = (one, other) if which == "receipt" else (other, one)
    journal = agreement(pen, agrees, which, one, other, **changed)
    said = journal.head.body
    assert isinstance(said, bodies.SettlementAgreed)
    facts: dict[str, Any] = {"release": said.release, "position": said.position}
    facts |= {"stands": which, "receipt": one.written[2][0].digest, "recall": other.written[2][0].digest}
    pen.write(signs, bodies.Settlement(**facts, agreement=journal.head.digest))
    pen.sidecars["0004-settlement.agreement.json"] = journal.files[-1].record
    pen.sidecars["0004-settlement.agreement.json.p7s"] = journal.files[-1].signature or b""
    return pen, rival


def test_a_settlement_by_both_ends_what_is_contested() -> None:
    for stands, agrees, signs in (("receipt", GRACE, PETER), ("recall", PETER, GRACE)):
        pen, rival = settled(stands, agrees, signs)
        assert judge(pen, rivals=rival.files[2:]) == [("settled", "0004-settlement")]
        report = verify_chain(pen.chain_files(rivals=rival.files[2:]), trusted())
        assert [v.record.digest for v in report.set_aside] == [rival.written[2][0].digest]


def test_a_settlement_without_its_agreement_leaves_it_contested() -> None:
    pen, _ = settled("receipt", GRACE, PETER)
    for lost in ("", ".p7s"):
        kept = {name: data for name, data in pen.sidecars.items() if not name.endswith(f"agreement.json{lost}")}
        one = pen.copy()
        one.sidecars = kept | {"x": b""}
        assert judge(one) == [("hand-over-contested", "0004-settlement")]


@pytest.mark.parametrize(
    ("agrees", "changed", "code"),
    [
        (JOSEPH, {}, "statement-contradicted"),  # no supervisor
        (AMINA, {}, "statement-contradicted"),  # of neither side
        (LUCY, {}, "statement-contradicted"),  # of the side that wins
        (GRACE, {"stands": "recall"}, "statement-contradicted"),
        (GRACE, {"exhibit": "KIBRA:KBR-2026-0042/EX-2"}, "statement-contradicted"),
        (GRACE, {"receipt": identity(b"another")}, "statement-contradicted"),
    ],
)  # fmt: skip
def test_an_agreement_that_does_not_fit(agrees: Officer, changed: dict[str, Any], code: str) -> None:
    pen, _ = settled("receipt", agrees, PETER, **changed)
    assert judge(pen) == [(code, "0004-settlement")]


def test_an_agreement_whose_bytes_are_others() -> None:
    pen, _ = settled("receipt", GRACE, PETER)
    name = "0004-settlement.agreement.json"
    pen.sidecars[name] = pen.sidecars[name].replace(b"EX-1", b"EX-7")
    assert judge(pen) == [("entries-changed", "0004-settlement")]


def test_a_settlement_in_a_branch_that_is_not_carried_out_is_unfinished() -> None:
    pen, rival = settled("receipt", GRACE, PETER)
    assert judge(rival, rivals=pen.files[2:]) == [("commit-unfinished", "")]
    cut = released()
    found = judge(cut, rivals=(*pen.files[2:], *rival.files[2:]))
    assert found == [("commit-unfinished", ""), ("in-transit", "")]


@pytest.mark.parametrize(("signs", "changed"), [(LUCY, {}), (GRACE, {})])
def test_who_may_not_settle(signs: Officer, changed: dict[str, Any]) -> None:
    """An officer who is no supervisor; a supervisor of the register without the pen."""
    pen, _ = settled("receipt", GRACE, signs, **changed)
    assert judge(pen) == [("order-violated", "0004-settlement")]


# --- recalls (C5) --------------------------------------------------------------


def refused(signer: Officer = PETER, **changed: Any) -> Pen:
    """Released, refused and recalled, with the refusal beside the recall."""
    pen = released()
    journal = Pen(chain=signer.register, written=list(pen.written[:1]), now=pen.now)
    facts = {"exhibit": pen.chain, "release": pen.head.digest, "position": 2}
    journal.write(signer, bodies.Refusal(**{**facts, **changed}))
    pen.write(JANE, bodies.Recall(release=pen.head.digest, because="refused", refusal=journal.head.digest))
    pen.sidecars["0003-recall.refusal.json"] = journal.files[-1].record
    pen.sidecars["0003-recall.refusal.json.p7s"] = journal.files[-1].signature or b""
    return pen


def test_a_recall_that_says_refused_has_the_refusal_beside_it() -> None:
    assert judge(refused()) == [("refused", "0003-recall")]
    pen = refused()
    del pen.sidecars["0003-recall.refusal.json"]
    assert judge(pen) == [("refusal-missing", "0003-recall")]
    pen = released()
    pen.recall(JANE, "refused")
    assert judge(pen) == [("refusal-missing", "0003-recall")]


@pytest.mark.parametrize(
    ("signer", "changed"),
    [(AMINA, {}), (JANE, {}), (PETER, {"release": identity(b"x")}), (PETER, {"position": 1}),
     (PETER, {"exhibit": "KIBRA:KBR-2026-0042/EX-2"})],
)  # fmt: skip
def test_a_refusal_by_another_or_of_another_release(signer: Officer, changed: dict[str, Any]) -> None:
    assert judge(refused(signer, **changed)) == [("statement-contradicted", "0003-recall")]


def test_a_refusal_with_another_signature() -> None:
    pen = refused()
    pen.sidecars["0003-recall.refusal.json.p7s"] = pen.files[0].signature or b""
    assert judge(pen) == [("signature-broken", "0003-recall")]


def test_a_refusal_of_an_agency_that_is_not_known_is_undecided() -> None:
    found = judge(refused(), trusted(KIBRA))
    assert ("signer-unknown", "0003-recall") in found


def test_expired_only_after_the_time_for_the_answer() -> None:
    pen = released()
    pen.recall(JANE, "expired")
    assert judge(pen) == [("time-contradictory", "0003-recall")]
    later = released()
    later.now = later.now.replace(day=30, month=12)
    later.recall(JANE, "expired")
    assert judge(later, trusted(now=later.now)) == []


def test_a_recall_for_another_reason_names_no_refusal() -> None:
    pen = released()
    pen.write(JANE, bodies.Recall(release=pen.head.digest, because="lost", refusal=identity(b"x")))
    assert judge(pen) == [("statement-contradicted", "0003-recall"), ("in-transit", "")]


def test_what_is_kept_apart_needs_nothing_measured() -> None:
    assert NOT_MEASURED.how == "none"
    assert judge(two(), NOBODY)[0][0] == "signer-unknown"
