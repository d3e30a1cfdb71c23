"""Judging chains that were written in memory: code and record of each finding."""

from dataclasses import replace
from typing import Any

from manifests import bodies
from manifests.report import ChainReport
from manifests.shapes import SealReading
from manifests.trust import Trust
from manifests.verify import RecordFiles, verify_chain
from tests.vectors.pen import (
    EXHIBIT,
    Pen,
    trusted,
)
from tests.vectors.people import AMINA, COURT, JANE, JOSEPH, LAB, PETER


def told(report: ChainReport) -> list[tuple[str, str]]:
    """Code and record of each finding, without what is said of every bag."""
    return [(f.code, f.subject.removeprefix(EXHIBIT).strip()) for f in report.findings if f.code != "physical-exhibit"]


def judge(pen: Pen, under: Trust | None = None, **changed: Any) -> list[tuple[str, str]]:
    return told(verify_chain(pen.chain_files(**changed), under or trusted()))


def long_chain() -> Pen:
    """From the station to the laboratory to the court: six records, three agencies."""
    pen = Pen()
    pen.seize(JANE)
    pen.write(JOSEPH, bodies.Seal(number="S-1"))
    pen.release(JANE, LAB, seals=("S-1",))
    pen.receive(PETER, seal=SealReading(observed="S-1", expected=("S-1",)))
    pen.release(PETER, COURT, seals=("S-1",))
    pen.receive(AMINA, seal=SealReading(observed="S-1", expected=("S-1",)))
    return pen


def with_record(pen: Pen, place: int, **changed: Any) -> tuple[RecordFiles, ...]:
    """The chain's files with one record's file changed."""
    return tuple(replace(each, **changed) if at == place else each for at, each in enumerate(pen.files, start=1))
