"""Wrong clocks, and how an honest chain answers for them (docs/spec/record.md, R4).

A finding that a wrong clock can cause carries `signed_at`, the time that was signed. It becomes the note
`clock-explained` where the signer said why, or a later correction of the same chain says what the time was, and a later
record has sound times that fit: what is signed behind a record was signed after it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from manifests import bodies
from manifests.findings import Finding
from manifests.records import file_name
from manifests.report import VerifiedRecord
from manifests.times import parse

SIGNED_AT, VALID = "signed_at", ("valid_from", "valid_to")


@dataclass(frozen=True, kw_only=True)
class _Reason:
    """Why a record's time is not right."""

    text: str
    said_by: int
    """The position of the record that says so."""
    really: datetime | None = None


def settle(done: list[VerifiedRecord], found: list[Finding]) -> list[Finding]:
    """The findings of a chain, those of wrong clocks answered where the chain answers them."""
    reasons = _reasons(done)
    if not reasons:
        return found
    named = {f"{v.record.chain} {file_name(v.record).removesuffix('.json')}": v for v in done}
    found = [each for each in found if not _is_step_from(each, named, reasons)]
    bad = {named[each.subject].record.position for each in found if SIGNED_AT in each.facts and each.subject in named}
    sound = [v for v in done if v.record.position not in bad]
    kept = []
    for each in found:
        opened = named.get(each.subject) if SIGNED_AT in each.facts else None
        reason = reasons.get(opened.record.position) if opened else None
        if opened is None or reason is None or not _fits(opened, each, reason, sound):
            kept.append(each)
    return kept + list(_notes(done, reasons))


def _reasons(done: list[VerifiedRecord]) -> dict[int, _Reason]:
    """Why which record's time is wrong; a later word counts for more."""
    found = {}
    for opened in done:
        record, body = opened.record, opened.record.body
        if record.envelope.clock is not None:
            found[record.position] = _Reason(text=record.envelope.clock, said_by=record.position)
        if isinstance(body, bodies.Correction) and body.clock is not None:
            text = f"record {record.position} says that it was {body.clock}: {body.statement}"
            found[body.position] = _Reason(text=text, said_by=record.position, really=parse(body.clock))
    return found


def _is_step_from(finding: Finding, named: dict[str, VerifiedRecord], reasons: dict[int, _Reason]) -> bool:
    """Whether a record only seems to be early, because the one before it has been corrected."""
    opened = named.get(finding.subject)
    before = reasons.get(opened.record.position - 1) if opened and "before" in finding.facts else None
    return opened is not None and before is not None and before.really is not None and (
        before.really <= parse(opened.record.envelope.recorded_at)
    )  # fmt: skip


def _fits(opened: VerifiedRecord, finding: Finding, reason: _Reason, sound: list[VerifiedRecord]) -> bool:
    """Whether a later record with sound times shows that it was signed within the certificate's time."""
    here = opened.record.position
    start, end = (parse(finding.facts[name]) if name in finding.facts else None for name in VALID)
    earlier = [v.signing_time for v in sound if v.record.position < here]
    later = [
        v.signing_time for v in sound
        if v.record.position > here and (start is None or v.signing_time >= start)
        and (end is None or v.signing_time <= end) and all(v.signing_time >= each for each in earlier)
    ]  # fmt: skip
    if not later:
        return False
    return reason.really is None or max(earlier, default=reason.really) <= reason.really <= max(later)


def _notes(done: list[VerifiedRecord], reasons: dict[int, _Reason]) -> Iterator[Finding]:
    """What corrections say of the time of others; what a record says of its own is noted where it is opened."""
    for opened in done:
        record = opened.record
        reason = reasons.get(record.position)
        if reason is not None and reason.said_by != record.position:
            about = f"{record.chain} {file_name(record).removesuffix('.json')}"
            yield Finding(code="clock-explained", subject=about, text=reason.text)
