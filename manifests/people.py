"""Whether those who signed in a register were its people when they signed (docs/spec/chain.md, C11).

The journal itself is judged record by record in `manifests.journal`. Here it judges every other record of the agency's
registers, signers and witnesses alike: by the order of the ledger where that has both lines, by time elsewhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from manifests.findings import Finding
from manifests.journal import Ending, Enrolment, JournalState
from manifests.names import chain_type
from manifests.records import Record, file_name
from manifests.report import ChainReport, VerifiedRecord
from manifests.shapes import Person
from manifests.times import parse


@dataclass(frozen=True, kw_only=True)
class SigningOrder:
    """Where records stand in a register's ledger: the number of the line, by a record's identity."""

    lines: dict[str, int]
    records: tuple[Record, ...] = ()
    """Records of the register at hand, which may show that another was there before them."""

    def is_after(self, one: str, other: str) -> bool | None:
        """Whether one record stands behind another; None where the ledger does not have both."""
        here, there = self.lines.get(one), self.lines.get(other)
        return None if here is None or there is None else here > there

    def shows_before(self, record: Record, certificate: str, moment: datetime) -> bool:
        """Whether somebody else signed a later record of this register, no later than `moment`."""
        return any(
            self.is_after(each.digest, record.digest)
            and each.envelope.by.certificate != certificate
            and parse(each.envelope.recorded_at) <= moment
            for each in self.records
        )


def judge_people(state: JournalState, chains: Iterable[ChainReport], order: SigningOrder) -> Iterator[Finding]:
    """What the journal has against the signers and witnesses of some chains."""
    for chain in chains:
        if chain_type(chain.id) == "journal":
            continue
        for opened in chain.records:
            people = (opened.record.envelope.by, *opened.record.envelope.witnesses)
            for person in people:
                if person.agency == state.code:
                    yield from _judge(state, opened, person, order)


def _judge(state: JournalState, opened: VerifiedRecord, person: Person, order: SigningOrder) -> Iterator[Finding]:
    record = opened.record
    about = f"{record.chain} {file_name(record).removesuffix('.json')}"
    own = person.register_id == state.id
    if own and person.register != state.chain:
        text = f"{person.register} is not the name of the register with that id"
        yield Finding(code="statement-contradicted", subject=about, text=text)
    enrolment = state.enrolment(person.certificate)
    if enrolment is None:
        if own:
            yield Finding(code="signer-not-enrolled", subject=about, text=person.name)
        return
    if own and _is_before_enrolment(opened, enrolment, order):
        text = f"{person.name} was enrolled only later, in journal record {enrolment.position}"
        yield Finding(code="signer-not-enrolled", subject=about, text=text)
    if enrolment.ending is not None and _is_behind(opened, person, enrolment.ending, order):
        text = f"{person.name}: the key ended with journal record {enrolment.ending.position}"
        yield Finding(code="certificate-revoked", subject=about, text=text)


def _is_before_enrolment(opened: VerifiedRecord, enrolment: Enrolment, order: SigningOrder) -> bool:
    after = order.is_after(opened.record.digest, enrolment.record)
    return opened.signing_time < enrolment.at if after is None else not after


def _is_behind(opened: VerifiedRecord, person: Person, ending: Ending, order: SigningOrder) -> bool:
    """Whether a key had ended, or may have, when it signed this."""
    after = order.is_after(opened.record.digest, ending.record)
    if after is None:
        return opened.signing_time >= ending.since
    if after:
        return True
    return ending.since < ending.at and not order.shows_before(opened.record, person.certificate, ending.since)
