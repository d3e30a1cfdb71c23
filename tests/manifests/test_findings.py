"""Codes, severities and verdicts (findings.md)."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.findings import NEVER_DESPITE, TABLE, Area, Finding, Severity, verdict
from manifests.report import Report, sort_findings
from manifests.verdict import Verdict, worse

SPEC = Path(__file__).parents[2] / "docs" / "spec"
HEADINGS = [
    found
    for page in sorted(SPEC.glob("*.md"))
    for found in re.findall(r"^## ([A-Z][0-9]+) ", page.read_text(encoding="utf-8"), re.MULTILINE)
]
FINDINGS = st.lists(st.builds(Finding, code=st.sampled_from(sorted(TABLE)), subject=st.sampled_from("ab")), max_size=6)


@pytest.mark.parametrize("code", TABLE)
def test_every_code_has_a_clause_that_is_a_heading_of_the_specification(code: str) -> None:
    assert HEADINGS.count(TABLE[code].clause) == 1


def test_no_two_clauses_have_one_number() -> None:
    assert sorted(HEADINGS) == sorted(set(HEADINGS))


@pytest.mark.parametrize("code", TABLE)
def test_every_code_says_in_one_plain_sentence_what_it_means(code: str) -> None:
    text = TABLE[code].text
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert 10 < len(text) < 100
    assert text[0].islower()
    assert not text.endswith(".")


def test_what_refutes_the_records_can_never_be_overridden() -> None:
    """All of it, but a paper code that was mistyped; and contents may differ, on the record (chain.md, C10)."""
    refuting = {code for code, meaning in TABLE.items() if meaning.severity is Severity.REFUTES}
    of_records = {code for code in refuting if TABLE[code].area is Area.RECORDS}
    assert of_records - NEVER_DESPITE == {"code-mismatch"}
    assert NEVER_DESPITE - refuting == {"hand-over-contested"}
    assert refuting - of_records == {"content-changed", "content-missing", "media-changed"}


@given(FINDINGS)
def test_the_verdict_follows_from_the_gravest_finding(findings: list[Finding]) -> None:
    severities = [finding.severity for finding in findings]
    expected = Verdict.CONFIRMED
    if "undecided" in severities:
        expected = Verdict.UNDETERMINED
    if "refutes" in severities:
        expected = Verdict.REFUTED
    assert verdict(findings) is expected


@given(FINDINGS, FINDINGS)
def test_more_findings_never_make_a_verdict_better(some: list[Finding], more: list[Finding]) -> None:
    together = verdict([*some, *more])
    assert together is worse(verdict(some), verdict(more))
    assert together is worse(together, verdict(some))


@given(FINDINGS)
def test_findings_are_told_once_and_the_gravest_first(findings: list[Finding]) -> None:
    told = sort_findings(findings)
    order = ["refutes", "undecided", "note"]
    assert [order.index(f.severity) for f in told] == sorted(order.index(f.severity) for f in told)
    assert {(f.code, f.subject) for f in told} == {(f.code, f.subject) for f in findings}
    assert len({(f.code, f.subject, f.text) for f in told}) == len(told)


@given(FINDINGS, st.booleans())
def test_a_report_without_records_is_never_confirmed(findings: list[Finding], records_only: bool) -> None:
    report = Report(
        target="x", made_at="2026-12-01T09:00:00Z", chains=(), findings=tuple(findings), rests_on=(),
        records_only=records_only,
    )  # fmt: skip
    assert report.verdict is not Verdict.CONFIRMED
    if any(f.severity is Severity.REFUTES and f.meaning.area is Area.RECORDS for f in findings):
        assert report.verdict is Verdict.REFUTED
