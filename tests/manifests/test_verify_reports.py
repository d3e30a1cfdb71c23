"""Journals under their own root, and the verdicts of reports (chain.md, C11; findings.md, F1)."""

from typing import Any

import pytest

from manifests import bodies
from manifests.cards import b64
from manifests.report import Report
from manifests.shapes import MediaCheck
from manifests.verdict import Verdict
from manifests.verify import ChainFiles, verify_chain
from tests.manifests.telling import long_chain, with_record
from tests.vectors.pen import (
    NOT_MEASURED,
    Pen,
    trusted,
)
from tests.vectors.people import EVE, JANE, JOSEPH, KIBRA, LAB, PETER
from tests.vectors.vector import enrolled

# --- journals (C11) --------------------------------------------------------


def journal() -> Pen:
    pen = Pen(chain="KIBRA/desk")
    root = b64(KIBRA.certificate)
    pen.write(JANE, bodies.RegisterOpened(agency=KIBRA.agency, code="KIBRA", register="desk", root_certificate=root))
    pen.write(JANE, enrolled(JANE))
    pen.write(JANE, enrolled(JOSEPH))
    return pen


ANCHOR = bodies.AnchorTrusted(
    agency=LAB.agency, code="LAB", root=LAB.fingerprint, root_certificate=b64(LAB.certificate), compared="typed"
)  # fmt: skip


@pytest.mark.parametrize("who", [EVE, JOSEPH, PETER], ids=["a stranger", "no administrator", "another agency"])
def test_nobody_plants_an_anchor_in_a_journal(who: Any) -> None:
    """Under the register's own root alone, as a register reads its journal: the record is not taken."""
    pen = journal()
    pen.write(who, ANCHOR)
    report = verify_chain(ChainFiles(id="KIBRA/desk", records=pen.files), trusted(KIBRA))
    assert [f.code for f in report.findings if f.code != "signer-unknown"] == ["order-violated"]
    assert [v.record.kind for v in report.records] == ["register-opened", "person-enrolled", "person-enrolled"]


def test_an_administrator_does() -> None:
    pen = journal()
    pen.write(JANE, ANCHOR)
    report = verify_chain(ChainFiles(id="KIBRA/desk", records=pen.files), trusted(KIBRA))
    assert (report.findings, len(report.records)) == ((), 4)


# --- verdicts of reports ---------------------------------------------------


def report_of(*pens: Pen, **changed: Any) -> Report:
    chains = tuple(verify_chain(pen.chain_files(**changed), trusted()) for pen in pens)
    findings = tuple(f for chain in chains for f in chain.findings)
    return Report(target="x", made_at="2026-12-01T09:00:00Z", chains=chains, findings=findings, rests_on=())


def test_a_sound_chain_is_confirmed() -> None:
    report = report_of(long_chain())
    assert (report.records_verdict, report.media_verdict, report.verdict) == (
        Verdict.CONFIRMED,
        None,
        Verdict.CONFIRMED,
    )


def test_a_broken_only_record_is_refuted_though_none_is_sound() -> None:
    pen = Pen()
    pen.seize(JANE)
    report = report_of(pen, records=with_record(pen, 1, signature=None))
    assert (report.record_count, report.verdict) == (0, Verdict.REFUTED)


def test_no_record_at_all_is_undetermined() -> None:
    assert report_of().verdict is Verdict.UNDETERMINED
    assert report_of(Pen()).verdict is Verdict.UNDETERMINED


def test_a_promise_about_contents_is_never_confirmed() -> None:
    """Even where the exhibit has no manifest: an undecided finding is an undecided verdict."""
    pen = Pen()
    pen.seize(JANE)
    pen.release(JANE, LAB)
    pen.receive(PETER, media=MediaCheck(how="later"))
    report = report_of(pen)
    assert (report.media_verdict, report.verdict) == (Verdict.UNDETERMINED, Verdict.UNDETERMINED)


def test_a_receipt_that_looked_at_nothing_is_enough_for_a_bag() -> None:
    pen = Pen()
    pen.seize(JANE)
    pen.release(JANE, LAB)
    pen.receive(PETER, media=NOT_MEASURED)
    assert report_of(pen).verdict is Verdict.CONFIRMED
