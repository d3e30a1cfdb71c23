"""When records were signed, as far as others show it, and what that settles about their signers (S6, S7).

A signing time is the signer's claim. Another person's later record in the same chain contains the digest of the
earlier one, so it bounds it from above; a register's ledger does the same for its own records.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from manifests import certificates
from manifests.cms import Signed
from manifests.findings import Finding
from manifests.journal import JournalState
from manifests.records import file_name
from manifests.report import VerifiedRecord
from manifests.revocation import NOTHING_SHOWN, Shown
from manifests.shapes import Person
from manifests.trust import Trust, doubts

ShownBefore = Callable[[VerifiedRecord, str], datetime | None]
"""A moment before which a ledger shows that a record was signed with a certificate; None where it shows none."""
_BY_TIME = ("certificate-revoked", "certificate-expired")


def find_doubts(
    person: Person, signed: Signed, trust: Trust, about: str, shown: Shown = NOTHING_SHOWN
) -> Iterator[Finding]:
    """What keeps a signer from being good."""
    for doubt in doubts(trust, signed.certificate, signed.signing_time, shown):
        yield Finding(code=doubt.code, subject=about, text=doubt.text, facts={"signer": person.name} | doubt.facts)


def settle_doubts(
    records: Sequence[VerifiedRecord], trust: Trust, by_ledger: ShownBefore
) -> tuple[VerifiedRecord, ...]:
    """The records of a chain, with the doubts that its later records and the ledger leave."""
    return tuple(
        _settle(records, place, trust, by_ledger) if any(f.code in _BY_TIME for f in each.findings) else each
        for place, each in enumerate(records)
    )


def _settle(records: Sequence[VerifiedRecord], place: int, trust: Trust, by_ledger: ShownBefore) -> VerifiedRecord:
    opened = records[place]
    envelope = opened.record.envelope
    about = f"{opened.record.chain} {file_name(opened.record).removesuffix('.json')}"
    earlier = [v.signing_time for v in records[:place] if v.actor.known and v.actor.root != opened.actor.root]
    found = [each for each in opened.findings if "signer" not in each.facts]
    for person, signed in zip((envelope.by, *envelope.witnesses), opened.signed, strict=True):
        later = [v.signing_time for v in records[place + 1 :] if _vouches(v, signed.certificate, trust)]
        ledger = by_ledger(opened, person.certificate)
        before = min([*later, *([ledger] if ledger else [])], default=None)
        found += find_doubts(person, signed, trust, about, Shown(before=before, after=max(earlier, default=None)))
    return replace(opened, findings=tuple(found))


def _vouches(later: VerifiedRecord, certificate: bytes, trust: Trust) -> bool:
    """Whether a later record is by somebody else than this certificate names, whose own is on no list."""
    anchor, known = trust.anchor_of(certificate), trust.lists.get(later.actor.root)
    person = (anchor.fingerprint if anchor else "", certificates.read_officer(certificate).service_no)
    if not later.actor.known or later.actor.person == person or known is None:
        return False
    return certificates.serial_number(later.signed[0].certificate) not in known.revoked


def by_journal(state: JournalState) -> ShownBefore:
    """What a journal's own order shows of its records: whatever is not behind the end of a key was signed before it."""

    def shown(opened: VerifiedRecord, certificate: str) -> datetime | None:
        enrolment = state.enrolment(certificate)
        ending = enrolment.ending if enrolment else None
        return ending.at if ending and opened.record.position <= ending.position else None

    return shown


def nothing_shown(opened: VerifiedRecord, certificate: str) -> datetime | None:
    """What is shown where there is no ledger."""
    return None
