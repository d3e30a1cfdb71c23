"""The record of another chain that a record answers and has beside it: a refusal, an agreement (chain.md, C5, C6).

`manifests.verify` opens what lies beside; here it is held against the record that names it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from manifests import bodies, records
from manifests.errors import RefutedError
from manifests.findings import Finding, Severity
from manifests.records import Record
from manifests.report import VerifiedRecord

WITNESSES = 9
"""How many witnesses' signatures are looked for beside an enclosed record."""


@dataclass(frozen=True, kw_only=True)
class Enclosed:
    """What a record says lies beside it."""

    name: str
    digest: str
    missing: str
    """The finding where it is not at hand."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the record and its signatures, as far as they may be there."""
        return (self.name, f"{self.name}.p7s", *(f"{self.name}.w{n}.p7s" for n in range(1, WITNESSES + 1)))


def enclosed_in(record: Record) -> Enclosed | None:
    """What a record encloses; None for one that encloses nothing."""
    body, stem = record.body, records.file_name(record).removesuffix(".json")
    if isinstance(body, bodies.Recall) and body.refusal is not None:
        return Enclosed(name=f"{stem}.refusal.json", digest=body.refusal, missing="refusal-missing")
    if isinstance(body, bodies.Settlement):
        return Enclosed(name=f"{stem}.agreement.json", digest=body.agreement, missing="hand-over-contested")
    return None


def check_enclosed(
    record: Record, beside: VerifiedRecord | None, chain: tuple[VerifiedRecord, ...], about: str
) -> Iterator[Finding]:
    """Whether what lies beside a record is what it says; `chain` are the records before it."""
    body = record.body
    if beside is not None and beside.record.chain != beside.actor.register:
        _contradict(f"the {beside.record.kind} beside it is not of the journal of whoever signed it")
    if isinstance(body, bodies.Recall) and body.because == "refused":
        if body.refusal is None:
            yield Finding(code="refusal-missing", subject=about, text="the releaser says so, and names no refusal")
        elif beside is not None:
            _check_refusal(body, beside, chain[-1])
            yield Finding(code="refused", subject=about)
    if isinstance(body, bodies.Settlement) and beside is not None:
        _check_agreement(record, body, beside, chain[body.position - 1])
        yield Finding(code="settled", subject=about, text=f"the {body.stands} stands; {beside.actor} agreed")
    for finding in beside.findings if beside is not None else ():
        if finding.severity is not Severity.NOTE:
            yield Finding(code=finding.code, subject=about, text=f"{beside.record.kind}: {finding.text}")  # type: ignore[union-attr]


def _check_refusal(recall: bodies.Recall, beside: VerifiedRecord, release: VerifiedRecord) -> None:
    """Raise where a refusal is not the addressee's, or of another release."""
    refusal, handed = beside.record.body, release.record.body
    assert isinstance(handed, bodies.Release)
    if not isinstance(refusal, bodies.Refusal):
        _contradict("the refusal beside it is none")
    if (refusal.exhibit, refusal.release, refusal.position) != (
        release.record.chain, recall.release, release.record.position,
    ):  # fmt: skip
        _contradict("the refusal beside it is of another release")
    _check_agency(beside, handed.to)


def _check_agency(beside: VerifiedRecord, to: bodies.Addressee) -> None:
    """Raise where something is not signed by the addressee of a release."""
    actor = beside.actor
    if actor.agency != to.agency or (actor.known and actor.root != to.root):
        _contradict(f"the {beside.record.kind} beside it is {actor.agency}'s, the release was to {to.agency}")


def _check_agreement(record: Record, body: bodies.Settlement, beside: VerifiedRecord, release: VerifiedRecord) -> None:
    """Raise where an agreement is to another settlement, or not by a supervisor of the other side."""
    agreed, handed = beside.record.body, release.record.body
    if not isinstance(agreed, bodies.SettlementAgreed):
        _contradict("the agreement beside it is none")
    said = (body.release, body.position, body.receipt, body.recall, body.stands)
    if (agreed.exhibit, said) != (
        record.chain, (agreed.release, agreed.position, agreed.receipt, agreed.recall, agreed.stands),
    ):  # fmt: skip
        _contradict("the agreement beside it is to another settlement")
    if "supervisor" not in beside.actor.roles:
        _contradict(f"{beside.actor}, who agreed, is no supervisor")
    if body.stands == "recall" and isinstance(handed, bodies.Release):
        _check_agency(beside, handed.to)
    elif body.stands == "receipt" and beside.actor.register_id != release.actor.register_id:
        _contradict("the agreement beside it is not the releaser's")
    if beside.record.envelope.by.certificate == record.envelope.by.certificate:
        raise RefutedError("the same person signs for both sides of a settlement", code="same-person")


def _contradict(text: str) -> NoReturn:
    raise RefutedError(text, code="statement-contradicted")
