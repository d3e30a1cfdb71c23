"""Whatever the bytes are, and whatever somebody with a key signs: an answer, never an exception, never a false one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifests import bodies
from manifests.bodies import BODIES, EXHIBIT, BoundTree
from manifests.derivations import check_derivations
from manifests.findings import verdict
from manifests.report import ChainReport
from manifests.verdict import Verdict
from manifests.verify import RecordFiles, verify_chain
from tests.manifests.drawing import values
from tests.vectors.pen import Pen, signed, trusted
from tests.vectors.people import GRACE, JANE, JOSEPH, LAB, PETER, Officer

PEOPLE = (JANE, JOSEPH, GRACE, PETER)


def judged(pen: Pen) -> tuple[ChainReport, Verdict]:
    report = verify_chain(pen.chain_files(), trusted())
    list(check_derivations((report,)))
    return report, verdict(report.findings)


@given(st.binary(max_size=200), st.none() | st.binary(max_size=200), st.lists(st.binary(max_size=50), max_size=2))
def test_any_bytes_for_a_record_and_its_signatures(record: bytes, signature: bytes | None, more: list[bytes]) -> None:
    pen = Pen()
    first = pen.seize(JANE)
    for data in (record, first.data):
        files = RecordFiles(name="0001-seizure.json", record=data, signature=signature, witnesses=tuple(more))
        pen.written[0] = (first, files)
        assert judged(pen)[1] is Verdict.REFUTED


@pytest.mark.parametrize("name", ["0001-seizure.json", "", "x", "0001-seizure", "../0001-seizure.json", "\udcff.json"])
def test_any_name_of_a_file(name: str) -> None:
    pen = Pen()
    first = pen.seize(JANE)
    files = pen.files[0]
    pen.written[0] = (first, RecordFiles(name=name, record=files.record, signature=files.signature))
    assert (judged(pen)[1] is Verdict.CONFIRMED) == (name == "0001-seizure.json")


@pytest.mark.parametrize("start", ["held", "released"])
@pytest.mark.parametrize("kind", BODIES)
@settings(max_examples=6)
@given(data=st.data())
def test_any_body_that_an_officer_signs(kind: str, start: str, data: st.DataObject) -> None:
    """It follows by the rules and is read back, or it is refuted; what it says is never taken for an act it is not."""
    pen = Pen()
    pen.seize(JANE)
    if start == "released":
        pen.release(JANE, LAB)
    who: Officer = data.draw(st.sampled_from(PEOPLE))
    record = pen.draft(who, data.draw(values(BODIES[kind])))
    pen.add(record, signed(record, who, moment=pen.now))
    report, said = judged(pen)
    taken = len(report.records) == len(pen.written)
    assert taken or said is Verdict.REFUTED
    assert not taken or kind in EXHIBIT
    assert not taken or start == "held" or kind in ("receipt", "recall")
    assert not taken or kind in ("receipt", "recall") or who is not PETER


@pytest.mark.parametrize("kind", BODIES)
@settings(max_examples=4)
@given(data=st.data())
def test_any_body_that_stands_first(kind: str, data: st.DataObject) -> None:
    pen = Pen()
    record = pen.draft(JANE, data.draw(values(BODIES[kind])))
    pen.add(record, signed(record, JANE))
    report, said = judged(pen)
    """A seizure or a derivation may, unless it says what cannot be; nothing else."""
    may = kind in ("seizure", "derivation")
    assert may or not report.records
    untrue = {"statement-contradicted"} | ({"order-violated"} if kind == "derivation" else set())
    assert report.records or not may or {f.code for f in report.findings} & untrue
    assert report.records or said is Verdict.REFUTED


@settings(max_examples=30)
@given(st.binary(max_size=300), st.binary(max_size=100))
def test_any_bytes_for_the_lists_beside_a_manifest(entries: bytes, pieces: bytes) -> None:
    pen = Pen()
    pen.seize(JANE)
    bound = BoundTree(sha256="sha256:" + "0" * 64, count=1, root="0" * 64)
    body = bodies.Manifest(
        scope="files", algorithms=("sha256",), items=1, measured=1, bytes=1, started_at="2026-11-20T09:01:00+03:00",
        finished_at="2026-11-20T09:02:00+03:00", entries=bound, pieces=bodies.Bound(sha256=bound.sha256, count=1),
    )  # fmt: skip
    pen.write(JANE, body)
    pen.sidecars = {"0002-manifest.entries.jsonl": entries, "0002-manifest.pieces.jsonl": pieces}
    report, said = judged(pen)
    assert said is Verdict.REFUTED
    assert [f.code for f in report.findings] == ["entries-changed"] * 2  # one for each list
