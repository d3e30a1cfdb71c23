"""A register's journal as a state that refuses what may not follow: people, roots, restorations (C11, C12).

Each record is judged by the state before it. Writers ask before they sign, verifiers while they read.

1. record 1 opens the register, record 2 enrols whoever signed record 1;
2. from then on signers and witnesses are people of this register, enrolled before and not ended;
3. records about people, roots and the register itself need an administrator, an agreement to a settlement a
   supervisor, a refusal any officer;
4. what a record says of a person or a root is what the certificate in it says;
5. one live root a code, and none but its own for the register's own code.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from manifests import bodies
from manifests.cards import unb64
from manifests.certificates import read_agency, read_officer
from manifests.chain_state import Actor, OrderViolated, contradicted
from manifests.digest import identity, identity_of_base64
from manifests.errors import RefutedError
from manifests.names import chain_type
from manifests.records import Record
from manifests.shapes import Person
from manifests.times import parse


@dataclass(frozen=True, kw_only=True)
class Ending:
    """The journal record after which a certificate signs nothing, and from when on it was not good."""

    position: int
    record: str
    at: datetime
    """When that was recorded."""
    since: datetime
    revoked: bool
    """Whether it was revoked; else replaced by another certificate of the same person."""


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """A person with one certificate, from one journal record on."""

    body: bodies.PersonEnrolled
    position: int
    record: str
    at: datetime
    ending: Ending | None = None

    @property
    def certificate(self) -> str:
        return self.body.certificate

    @property
    def is_administrator(self) -> bool:
        return "administrator" in self.body.roles


@dataclass(frozen=True, kw_only=True)
class TrustedRoot:
    """Another agency's root, from one journal record on; `until` ends it for new signatures."""

    body: bodies.AnchorTrusted
    position: int
    until: datetime | None = None

    @property
    def root(self) -> str:
        return self.body.root


@dataclass(frozen=True, kw_only=True)
class JournalState:
    """Where a register stands after its journal's last record."""

    chain: str
    id: str
    """Identity of record 1."""
    code: str
    root: str
    head: Record
    opener: str
    """The certificate that signed record 1."""
    opener_root: str
    """The root under which it did, as far as it is known."""
    enrolments: tuple[Enrolment, ...] = ()
    roots: tuple[TrustedRoot, ...] = ()
    restorations: tuple[Record, ...] = ()

    @property
    def position(self) -> int:
        return self.head.position

    def enrolment(self, certificate: str) -> Enrolment | None:
        """The enrolment of a certificate, ended or not."""
        return next((each for each in self.enrolments if each.certificate == certificate), None)

    @property
    def people(self) -> dict[str, Enrolment]:
        """Who may sign now, by service number."""
        return {each.body.service_no: each for each in self.enrolments if each.ending is None}

    def live_root(self, code: str) -> TrustedRoot | None:
        """The root that signs for an agency now."""
        return next((each for each in self.roots if each.body.code == code and each.until is None), None)


def begin(record: Record, actor: Actor) -> JournalState:
    """The state after a journal's first record; raises OrderViolated."""
    check_administrative(record, actor)
    body = record.body
    assert isinstance(body, bodies.RegisterOpened)
    if record.chain != f"{body.code}/{body.register}" or body.code != actor.agency:
        raise OrderViolated(f"{record.chain} is not the register that it says it is", code="statement-contradicted")
    root = record.envelope.chain.root
    if identity_of_base64(body.root_certificate) != root or (actor.known and actor.root != root):
        raise OrderViolated("the root that it holds is not the journal's", code="statement-contradicted")
    _check_root_names(body)
    return JournalState(
        chain=record.chain, id=record.digest, code=body.code, root=root, head=record,
        opener=record.envelope.by.certificate, opener_root=actor.root,
    )  # fmt: skip


def follow(state: JournalState, record: Record, actor: Actor) -> JournalState:
    """The state after one more journal record; raises OrderViolated where it may not follow."""
    check_administrative(record, actor, state.opener_root)
    if record.position != state.position + 1:
        raise OrderViolated(f"record {record.position} does not follow record {state.position}", code="chain-broken")
    for person in (record.envelope.by, *record.envelope.witnesses):
        _check_person(state, record, person)
    change = _CHANGES.get(type(record.body))
    changed = change(state, record) if change else {}
    return replace(state, **changed, head=record)


def _check_person(state: JournalState, record: Record, person: Person) -> None:
    """Raise where a signer or witness is not somebody of this register at this point."""
    if person.register != state.chain or person.register_id != state.id:
        raise OrderViolated(f"{person.name} signs in another register than {state.chain}")
    if not state.enrolments and record.position == 2:
        body = record.body
        if isinstance(body, bodies.PersonEnrolled) and body.certificate == person.certificate == state.opener:
            return
        raise OrderViolated("a journal goes on with the enrolment of whoever opened it")
    enrolment = state.enrolment(person.certificate)
    if enrolment is None:
        raise OrderViolated(f"{person.name} is not enrolled in {state.chain}", "see: custody people list")
    if enrolment.ending is not None:
        raise OrderViolated(f"the key of {person.name} ended with journal record {enrolment.ending.position}")


def _enrol(state: JournalState, record: Record) -> dict[str, Any]:
    body: bodies.PersonEnrolled = record.body  # type: ignore[assignment]
    _check_enrolment(body, state.code)
    if state.enrolment(body.certificate) is not None:
        raise OrderViolated(f"the certificate of {body.name} is enrolled already")
    now = state.people.get(body.service_no)
    if (now.certificate if now else None) != body.replaces:
        raise OrderViolated(f"{body.service_no} is enrolled already", "a new certificate: custody people renew")
    at = parse(record.envelope.recorded_at)
    ending = Ending(position=record.position, record=record.digest, at=at, since=at, revoked=False)
    kept = _ended(state, body.replaces, ending) if body.replaces else state.enrolments
    new = Enrolment(body=body, position=record.position, record=record.digest, at=at)
    return {"enrolments": (*kept, new)}


def _check_enrolment(body: bodies.PersonEnrolled, code: str) -> None:
    """Raise where an enrolment says other than the certificate that it holds (rule 4)."""
    try:
        der = unb64(body.certificate_der)
        subject = read_officer(der)
    except RefutedError as err:
        raise OrderViolated("the certificate in the enrolment cannot be read", code="statement-contradicted") from err
    stated = (body.certificate, body.name, body.rank, body.service_no, body.roles, code)
    shown = (identity(der), subject.name, subject.rank, subject.service_no, subject.roles, subject.code)
    if stated != shown:
        text = f"it enrols {body.rank} {body.name}, the certificate names {subject.rank} {subject.name}"
        raise OrderViolated(text, code="statement-contradicted")


def _revoke(state: JournalState, record: Record) -> dict[str, Any]:
    """A certificate that was replaced may be revoked too: its key turns out to be in other hands."""
    body: bodies.PersonRevoked = record.body  # type: ignore[assignment]
    enrolment = state.enrolment(body.certificate)
    before = enrolment.ending if enrolment else None
    if enrolment is None or enrolment.body.service_no != body.service_no or (before and before.revoked):
        raise OrderViolated(f"{body.service_no} has no such key here", "see: custody people list")
    others = [each for each in state.people.values() if each.is_administrator and each is not enrolment]
    if before is None and not others:
        raise OrderViolated(
            f"{body.service_no} is the last administrator: nobody could enrol anybody any more",
            "enrol another administrator first, or renew this one: custody people renew",
        )
    at = parse(record.envelope.recorded_at)
    ending = before or Ending(position=record.position, record=record.digest, at=at, since=at, revoked=True)
    since = min(parse(body.since), ending.since) if body.since else ending.since
    return {"enrolments": _ended(state, body.certificate, replace(ending, since=since, revoked=True))}


def _ended(state: JournalState, certificate: str, ending: Ending) -> tuple[Enrolment, ...]:
    return tuple(replace(each, ending=ending) if each.certificate == certificate else each for each in state.enrolments)


def _trust(state: JournalState, record: Record) -> dict[str, Any]:
    body: bodies.AnchorTrusted = record.body  # type: ignore[assignment]
    if identity_of_base64(body.root_certificate) != body.root:
        raise OrderViolated("the root that is named is not the certificate that is held", code="record-malformed")
    _check_root_names(body)
    if body.code == state.code:
        raise OrderViolated(f"{state.code} is this register's own agency: it has one root, the one it was opened with")
    live = state.live_root(body.code)
    if live is not None and live.root != body.root and body.replaces != live.root:
        raise OrderViolated(
            f"another root is trusted for {body.code} already: {live.root}",
            "where the agency renewed its root: custody trust replace CARD",
        )
    if body.replaces is not None and (live is None or live.root != body.replaces or body.root == body.replaces):
        raise OrderViolated(f"the root that it replaces is not the one trusted for {body.code}")
    kept = [each for each in state.roots if each.root != body.root]
    until = parse(record.envelope.recorded_at)
    kept = [replace(each, until=until) if each.root == body.replaces else each for each in kept]
    return {"roots": (*kept, TrustedRoot(body=body, position=record.position))}


def _check_root_names(body: bodies.RegisterOpened | bodies.AnchorTrusted) -> None:
    """Raise where a record names another agency than the root that it holds (rule 4)."""
    try:
        named = read_agency(unb64(body.root_certificate))
    except RefutedError as err:
        raise contradicted("the root in the record cannot be read") from err
    if (named.name, named.code) != (body.agency, body.code):
        raise contradicted(f"it names {body.agency} ({body.code}), the root that it holds {named.name} ({named.code})")


def _distrust(state: JournalState, record: Record) -> dict[str, Any]:
    body: bodies.AnchorRemoved = record.body  # type: ignore[assignment]
    if all((each.body.code, each.root) != (body.code, body.root) for each in state.roots):
        raise OrderViolated(f"no such root is trusted for {body.code}", "see: custody trust list")
    return {"roots": tuple(each for each in state.roots if each.root != body.root)}


def _restore(state: JournalState, record: Record) -> dict[str, Any]:
    body: bodies.RegisterRestored = record.body  # type: ignore[assignment]
    if not record.envelope.witnesses:
        raise OrderViolated("putting a register back is signed with a witness")
    if body.lost == body.now and body.lost_journal is None:
        raise contradicted("it says that the register was put back, and that nothing was lost")
    return {"restorations": (*state.restorations, record)}


Change = Callable[[JournalState, Record], dict[str, Any]]
_CHANGES: dict[type, Change] = {
    bodies.PersonEnrolled: _enrol,
    bodies.PersonRevoked: _revoke,
    bodies.AnchorTrusted: _trust,
    bodies.AnchorRemoved: _distrust,
    bodies.RegisterRestored: _restore,
}
_ROLES = {"refusal": None, "settlement-agreed": "supervisor"}
"""The role that a record needs, where that is not an administrator's."""


def check_administrative(record: Record, actor: Actor, root: str | None = None) -> None:
    """Who may write in a journal or a case chain at all (C11, C12); `root` is that of its first record.

    Raises OrderViolated.
    """
    if not record.chain.startswith((f"{actor.agency}/", f"{actor.agency}:")):
        raise OrderViolated(f"{actor.agency} cannot write in {record.chain}")
    if root is not None and actor.root != root:
        raise OrderViolated(f"only the agency that opened {record.chain} writes in it")
    if record.body is None:  # where a kind of a later version stands, and whose role it needs, is not known here
        return
    kind = chain_type(record.chain)
    table = bodies.JOURNAL if kind == "journal" else bodies.CASE
    if table.get(record.kind) is not type(record.body):
        raise OrderViolated(f"a {record.kind} does not stand in this chain")
    if (record.position == 1) != (record.kind in ("register-opened", "case-opened")):
        raise OrderViolated(f"a {record.kind} does not stand at position {record.position}")
    role = _ROLES.get(record.kind, "administrator") if kind == "journal" else None
    if role == "administrator" and role not in actor.roles:
        raise OrderViolated("records about people and roots need an administrator")
    if role is not None and role not in actor.roles:
        raise OrderViolated(f"a {record.kind} needs a {role}")
