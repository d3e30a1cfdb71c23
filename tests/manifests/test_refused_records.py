"""What still counts when a record is refused, and what is said once (docs/spec/findings.md, F4 to F6)."""

from manifests import bodies
from manifests.findings import Finding
from manifests.report import sort_findings
from manifests.shapes import MediaCheck
from manifests.verify import verify_chain
from tests.manifests.telling import judge
from tests.vectors.confirming import ORDER, seized
from tests.vectors.pen import OWNER, SIGNED_PAPER, Pen, trusted
from tests.vectors.people import GRACE, JANE, JOSEPH, KIBRA, LAB, PETER
from tests.vectors.stating import handed, last, received, released, relying
from tests.vectors.things import logged, measured

LATE = "2019-01-01T09:00:00+03:00"


def test_of_a_refused_record_only_what_refused_it_is_said() -> None:
    """Not that its signer is unknown, nor its time, nor a note that it would have had."""
    pen = seized()
    body = bodies.Takeover(holder="Somebody Else", service_no="1", because="absent")
    pen.write(GRACE, body, (JOSEPH,), occurred_at=LATE)
    assert judge(pen) == [("order-violated", "0002-takeover")]
    pen = released(seized())
    pen.receive(PETER, ledger=bodies.LedgerHead(size=0, root=JANE.person().certificate))
    assert judge(pen, trusted(KIBRA)) == [("statement-contradicted", "0003-receipt"), ("in-transit", "")]


def test_nothing_behind_a_refused_record_is_read() -> None:
    pen = released(seized(), seals=("S-1",))
    pen.receive(PETER)
    pen.write(PETER, bodies.Event(word="coffee-break"))
    assert judge(pen) == [("statement-contradicted", "0002-release")]
    assert len(verify_chain(pen.chain_files(), trusted()).records) == 1


def test_what_was_found_before_a_refused_record_stays() -> None:
    pen = seized()
    pen.write(GRACE, bodies.Takeover(holder="Jane Wanjiku", service_no="112233", because="absent"), (JOSEPH,))
    pen.write(JANE, bodies.Event(word="incident", description="x"), occurred_at=LATE)
    pen.write(JANE, bodies.Event(word="coffee-break"))
    found = [("taken-over", "0002-takeover"), ("time-contradictory", "0003-event"), ("order-violated", "0004-event")]
    assert judge(pen) == found


def test_where_it_stands_is_said_as_of_the_record_before() -> None:
    bad = bodies.Event(word="coffee-break")
    ended = last(seized(), JANE, bodies.Return(to=OWNER, paper=SIGNED_PAPER), JOSEPH, authority=ORDER)
    owed = received(released(measured(), media=MediaCheck(how="measured", items=3, bytes=32)),
                    media=MediaCheck(how="later"))  # fmt: skip
    stands = {
        "in-transit": released(seized()), "held-outside": handed(seized()), "ended": ended, "contents-owed": owed
    }  # fmt: skip
    for code, pen in stands.items():
        pen.write(PETER if code == "contents-owed" else JANE, bad)
        found = [each for each, _ in judge(pen)]
        assert "order-violated" in found and code in found
    unmeasured = measured(items=4)
    assert [f.code for f in verify_chain(unmeasured.chain_files(), trusted()).findings] == [
        "statement-contradicted", "physical-exhibit",
    ]  # fmt: skip


def test_a_chain_whose_first_record_is_refused_stands_nowhere() -> None:
    pen = Pen()
    pen.write(PETER, bodies.Seizure(how="seized", description="x"))
    assert [f.code for f in verify_chain(pen.chain_files(), trusted()).findings] == ["signer-mismatch"]


def test_the_same_finding_is_said_once_and_another_text_again() -> None:
    one = Finding(code="content-changed", subject="x", text="a")
    other = Finding(code="content-changed", subject="x", text="b")
    note = Finding(code="ended", subject="x")
    assert sort_findings([note, one, other, one]) == (one, other, note)


def test_a_log_without_claims_is_an_altered_list_whatever_is_at_hand() -> None:
    pen = measured(logged=logged(), claims=None)
    found = ("entries-changed", "0002-manifest")
    assert found in judge(pen)
    pen.sidecars = {name: data for name, data in pen.sidecars.items() if name.endswith("entries.jsonl")}
    assert found in judge(pen)


def test_a_release_relies_on_what_was_read_and_not_on_its_own_word() -> None:
    assert judge(relying(measured(), 2)) == [("statement-contradicted", "0003-release")]


def test_an_agency_without_a_key_here_releases_to_nobody_by_name() -> None:
    """Where no anchor is known for the releaser, only the agency's code can be asked."""
    pen = seized()
    pen.release(JANE, JOSEPH)
    assert "order-violated" not in [code for code, _ in judge(pen, trusted(LAB))]
