"""Records of a kind that this version does not know: undecided wherever they stand (record.md, R2)."""

from dataclasses import replace
from typing import Any

import pytest

from custody.edges.commit import writing
from custody.render import json, text
from manifests import bodies, records
from manifests.cards import b64
from manifests.digest import identity
from manifests.errors import NotAllowedError
from manifests.names import chain_type
from manifests.records import Record
from manifests.report import ChainReport
from manifests.verify import ChainFiles, verify_chain
from tests.manifests.telling import judge
from tests.manifests.touching import CONFIRMED, PHONE, UNDETERMINED, continued, judged, officer_of, prepared, put
from tests.scene import CASE, House
from tests.vectors.pen import EXHIBIT, Pen, signed, trusted
from tests.vectors.people import GRACE, JANE, JOSEPH, KIBRA, LAB, PETER, Officer
from tests.vectors.vector import enrolled

JOURNAL, NEW_CASE = "KIBRA/desk", f"KIBRA:{CASE}"
FIRST: dict[str, bodies.Body] = {
    "journal": bodies.RegisterOpened(
        agency=KIBRA.agency, code="KIBRA", register="desk", root_certificate=b64(KIBRA.certificate)
    ),
    "case": bodies.CaseOpened(title="x"),
    "exhibit": bodies.Seizure(how="seized", description="x"),
}


def unknown(pen: Pen, who: Officer, kind: bytes = b"merger", **changed: Any) -> Record:
    """The next record, as a later version might write it."""
    draft = pen.draft(who, FIRST[chain_type(pen.chain)], **changed)
    record = records.read(draft.data.replace(f'"kind": "{draft.kind}"'.encode(), b'"kind": "%b"' % kind))
    return pen.add(record, signed(record, who, moment=pen.now))


def begun(chain: str = EXHIBIT, who: Officer = JANE) -> Pen:
    pen = Pen(chain=chain)
    unknown(pen, who)
    return pen


def report(pen: Pen) -> ChainReport:
    return verify_chain(ChainFiles(id=pen.chain, records=pen.files), trusted())


UNKNOWN = ("format-unknown", "0001-merger")


def test_an_exhibit_that_begins_with_it_has_no_holder_and_its_order_is_left_open() -> None:
    """Whatever follows: a release by another person, a seal by another agency."""
    pen = begun()
    pen.release(JOSEPH, LAB)
    pen.write(PETER, bodies.Seal(number="S-1"))
    assert judge(pen) == [UNKNOWN]
    assert report(pen).state is None
    assert [v.record.kind for v in report(pen).records] == ["merger", "release", "seal"]


@pytest.mark.parametrize(("chain", "who"), [(JOURNAL, JOSEPH), (NEW_CASE, JOSEPH), (JOURNAL, JANE)])
def test_so_has_a_journal_or_a_case(chain: str, who: Officer) -> None:
    pen = begun(chain, who)
    pen.write(who, bodies.CaseReferred(ob_number="OB 1"))
    pen.write(who, FIRST[chain_type(chain)])
    assert [f.code for f in report(pen).findings] == ["format-unknown"]
    assert len(report(pen).records) == 3


def test_another_format_at_the_beginning_is_the_same() -> None:
    pen = Pen()
    draft = pen.draft(JANE, FIRST["exhibit"])
    record = records.read(draft.data.replace(b"custody/record/1", b"custody/record/2"))
    pen.add(record, signed(record, JANE))
    assert judge(pen) == [("format-unknown", "0001-seizure")]
    assert report(pen).state is None


@pytest.mark.parametrize("chain", [EXHIBIT, JOURNAL, NEW_CASE])
def test_signature_and_link_are_checked_all_the_same(chain: str) -> None:
    pen = begun(chain)
    pen.write(JANE, bodies.CaseReferred(ob_number="OB 1"))
    pen.write(JANE, bodies.CaseReferred(ob_number="OB 2"))

    def codes(*files: Any) -> list[str]:
        return [f.code for f in verify_chain(ChainFiles(id=chain, records=files), trusted()).findings]

    one, two, three = pen.files
    other = begun(chain, GRACE)
    other.write(JANE, bodies.CaseReferred(ob_number="OB 1"))
    assert codes(replace(one, signature=None)) == ["signature-missing"]
    assert codes(replace(one, record=one.record.replace(b"merger", b"murder"))) == ["file-misnamed"]
    assert codes(one, replace(two, signature=three.signature), three) == ["format-unknown", "signature-broken"]
    assert codes(one, three) == ["format-unknown", "chain-broken"]
    assert codes(one, other.files[1]) == ["format-unknown", "chain-broken"]


def test_it_names_the_root_of_who_opened_the_chain() -> None:
    pen = Pen(root=LAB.fingerprint)
    unknown(pen, JANE)
    assert judge(pen) == [("signer-mismatch", "0001-merger")]


def test_later_in_a_journal_no_role_is_asked_for_but_the_agency() -> None:
    """Whose role a kind needs is not known; that all who sign are of the agency holds for every kind (C11)."""
    pen = Pen(chain=JOURNAL)
    pen.write(JANE, FIRST["journal"])
    pen.write(JANE, enrolled(JANE))
    pen.write(JANE, enrolled(JOSEPH))
    unknown(pen, JOSEPH)
    assert [f.code for f in report(pen).findings] == ["format-unknown"]
    unknown(pen, PETER)
    assert [f.code for f in report(pen).findings] == ["format-unknown", "order-violated"]


def test_a_kind_that_is_known_elsewhere_is_no_unknown_kind() -> None:
    pen = Pen(chain=JOURNAL)
    pen.write(JANE, FIRST["exhibit"])
    assert [f.code for f in report(pen).findings] == ["order-violated"]


# --- in a register -----------------------------------------------------------


def put_in(house: House, chain: str) -> Pen:
    """An exhibit or a case that begins with a record of a later version, committed as it would be."""
    pen = Pen(chain=chain, root=identity(house.desk().own_root), now=house.scene.now)
    unknown(pen, officer_of(house))
    with writing(house.register) as writer:
        writer.commit(prepared(house, pen.files[-1], chain))
    return pen


def test_an_exhibit_in_a_register_is_undetermined_and_no_holder_is_named(station: House) -> None:
    put_in(station, f"KIBRA:{CASE}/EX-9")
    said = station.verify("EX-9")
    assert (said.verdict, {f.code for f in said.findings}) == (UNDETERMINED, {"format-unknown", "time-unproven"})
    assert "=>" not in text.verify(said)
    assert "held by" not in text.verify(said)
    assert all(exhibit["standing"] is None for exhibit in json.report(said)["checked"]["chains"])


def test_nobody_goes_on_with_a_chain_whose_beginning_is_not_understood(station: House) -> None:
    put_in(station, f"KIBRA:{CASE}/EX-9")
    put_in(station, "KIBRA:NEW")
    with pytest.raises(NotAllowedError, match="begins with a record of a later version"):
        station.bag("EX-9", "S-9")
    with pytest.raises(NotAllowedError, match="begins with a record of a later version"):
        station.seize("EX-9")
    with pytest.raises(NotAllowedError, match="begins with a record of a later version"):
        station.write("KIBRA:NEW", bodies.CaseReferred(ob_number="OB 1"))


def test_what_was_not_checked_for_that_is_said(station: House) -> None:
    pen = put_in(station, f"KIBRA:{CASE}/EX-9")
    pen.measure(officer_of(station))
    put(station.files("EX-9"), pen.files[-1])
    (station.files("EX-9") / "0002-manifest.entries.jsonl").write_bytes(pen.sidecars["0002-manifest.entries.jsonl"])
    said = station.verify("EX-9")
    assert said.verdict is UNDETERMINED
    assert [each for each in said.not_checked if "EX-9" in each and "who holds it, and contents" in each]


def test_a_register_that_a_later_version_opened_is_undetermined(station: House) -> None:
    journal = continued(station, JOURNAL, station.desk().own_root, upto=0)
    unknown(journal, officer_of(station))
    for each in (station.path / "journal").iterdir():
        each.unlink()
    put(station.path / "journal", journal.files[0])
    assert judged(station) == (UNDETERMINED, {"format-unknown"})


def test_a_record_in_the_journal_that_is_not_understood_leaves_open_whatever_it_decides(station: House) -> None:
    """It may take trust away: from an agency, from an officer."""
    desk = station.desk()
    assert judged(station, PHONE) == (CONFIRMED, set())
    journal = continued(station, JOURNAL, desk.own_root)
    draft = journal.draft(officer_of(station), bodies.AnchorRemoved(code="LAB", root=identity(b"x")))
    record = records.read(draft.data.replace(b'"kind": "anchor-removed"', b'"kind": "anchor-suspended"'))
    journal.add(record, signed(record, officer_of(station), moment=journal.now))
    with writing(station.register) as writer:
        writer.commit(prepared(station, journal.files[-1], JOURNAL))
    assert judged(station, PHONE) == (UNDETERMINED, {"format-unknown"})
