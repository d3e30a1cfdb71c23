"""What a record says, held against its chain and against itself (docs/spec/statements.md).

`manifests.chain` asks it of every record of an exhibit: a writer before signing, a verifier while reading. What may
follow what, and by whom, is decided there; what is only implausible about times, in `manifests.moments`.
"""

from collections.abc import Callable, Iterator

from manifests import bodies
from manifests.chain_state import Actor, ChainState, OrderViolated, contradicted
from manifests.digest import identity
from manifests.findings import NEVER_DESPITE, Severity
from manifests.media_statements import (
    check_manifest,
    check_media,
    check_relied_on,
    check_verification,
    known_findings,
)
from manifests.names import chain_type
from manifests.records import Record
from manifests.shapes import LedgerHead, Paper, SealReading

_EMPTY = identity(b"")
_FIRST_LINES = 2
"""Lines in every ledger before any other: the register's opening and the enrolment of whoever opened it (G5)."""


def check_statements(state: ChainState | None, record: Record, actor: Actor) -> None:
    """Raise OrderViolated where a record says what its chain or the record itself contradicts; `state` is before it."""
    _check_register_names(state, record)
    _check_papers(state, record)
    if (rule := _FIRST.get(type(record.body))) is not None:
        rule(record)
    if state is not None and (check := _RULES.get(type(record.body))) is not None:
        check(state, record, actor)


# --- what every record says --------------------------------------------------------


def _check_register_names(state: ChainState | None, record: Record) -> None:
    """One register has one name: signer, witnesses and those who signed before agree on it."""
    envelope = record.envelope
    people = [envelope.by, *envelope.witnesses]
    # Whoever writes in the register with the pen is compared with its holder; a register that comes new, with all.
    known = [(state.pen, state.register)] if state else []
    if state and isinstance(record.body, bodies.Receipt):
        known = [(each.envelope.by.register_id, each.envelope.by.register) for each in state.records]
    names = {register_id: name for register_id, name in known if register_id is not None}
    for person in people:
        name = names.setdefault(person.register_id or "", person.register)
        if name != person.register:
            raise contradicted(f"{person.register} and {name} are said to be one register")


def _check_papers(state: ChainState | None, record: Record) -> None:
    """A paper has something on it, and one size."""
    for paper in _papers(record.body):
        if paper.size == 0 or paper.sha256 == _EMPTY:
            raise contradicted(f"the paper {paper.name} is empty", "scan it again")
        others = (each for before in (state.records if state else ()) for each in _papers(before.body))
        if any(other.sha256 == paper.sha256 and other.size != paper.size for other in others):
            raise contradicted(f"the paper {paper.name} has another size than in a record before")


def _papers(body: bodies.Body | None) -> Iterator[Paper]:
    for name in body.__struct_fields__ if body is not None else ():
        value = getattr(body, name)
        yield from (each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, Paper))


def _check_ledger(state: ChainState, record: Record, actor: Actor, told: LedgerHead) -> None:
    """A head has a line for each record that its register wrote in this chain, and for its journal's first two."""
    own = sum(each.envelope.by.register_id == actor.register_id for each in state.records)
    if told.size < own + _FIRST_LINES or told.root == _EMPTY:
        raise contradicted(f"a ledger of {told.size} lines cannot have those of {own} records here and of its journal")


# --- hand-overs --------------------------------------------------------------------


def _release(state: ChainState, record: Record, actor: Actor) -> None:
    body: bodies.Release = record.body  # type: ignore[assignment]
    to = body.to
    if to.service_no is not None:
        if to.agency != actor.agency or (actor.known and to.root != actor.root):
            raise contradicted("one officer is named only of the releaser's own register", code="order-violated")
        if to.service_no == actor.service_no:
            raise contradicted(f"{actor} releases to {actor}", "name another person", code="same-person")
    _check_seals("seals", body.seals, state.seals)
    check_relied_on(state, record, body.media)
    check_media(state, record, body.media)
    _check_ledger(state, record, actor, body.ledger)
    if state.id in body.act_exhibits or len(set(body.act_exhibits)) != len(body.act_exhibits):
        raise contradicted("the other exhibits of the hand-over are others, and each is named once")
    never = sorted({each.code for each in body.despite} & NEVER_DESPITE)
    if never:
        raise contradicted(f"no release is made in spite of {never[0]}", code="order-violated")
    named = {each.code for each in body.despite}
    for each in known_findings(body.media.findings):
        if each.severity is not Severity.NOTE and each.code not in named:
            raise contradicted(f"{each.code} was found, and the release does not say that it is made in spite of it")


def _check_seals(what: str, told: tuple[str, ...], on: tuple[str, ...]) -> None:
    if sorted(told) != sorted(on):
        raise contradicted(f"{what}: {', '.join(told) or 'none'}; the chain has {', '.join(on) or 'none'}")


def _receipt(state: ChainState, record: Record, actor: Actor) -> None:
    body: bodies.Receipt = record.body  # type: ignore[assignment]
    release = state.release.body if state.release else None
    assert isinstance(release, bodies.Release)
    _check_reading(body.seal, release.seals)
    check_relied_on(state, record, body.media)
    check_media(state, record, body.media)
    _check_ledger(state, record, actor, body.ledger)


def _check_reading(seal: SealReading | None, told: tuple[str, ...]) -> None:
    """A seal is read against those that the hand-over names; which were expected may be left out."""
    if seal is not None and seal.expected:
        _check_seals("seals expected", seal.expected, told)


def _recall(state: ChainState, record: Record, actor: Actor) -> None:
    body: bodies.Recall = record.body  # type: ignore[assignment]
    if body.refusal is not None and body.because != "refused":
        raise contradicted(f"a refusal is named, and the reason is `{body.because}`")


def _handed_outside(state: ChainState, record: Record, actor: Actor) -> None:
    body: bodies.HandedOutside = record.body  # type: ignore[assignment]
    _check_seals("seals", body.seals, state.seals)


def _taken_back(state: ChainState, record: Record, actor: Actor) -> None:
    body: bodies.TakenBack = record.body  # type: ignore[assignment]
    handed = state.outside.body if state.outside else None
    if isinstance(handed, bodies.HandedOutside):
        _check_reading(body.seal, handed.seals)


def _takeover(state: ChainState, record: Record, actor: Actor) -> None:
    """Whoever is dead or absent signs nothing, least of all this."""
    body: bodies.Takeover = record.body  # type: ignore[assignment]
    holder = state.holder
    for person in record.envelope.witnesses:
        is_holder = (person.agency, person.service_no) == (holder.agency, holder.service_no)
        if is_holder and body.because in ("dead", "absent"):
            raise contradicted(f"{holder} is called {body.because}, and is the witness", "name another witness")


# --- other kinds -------------------------------------------------------------------


def _derived(state: ChainState, record: Record, actor: Actor) -> None:
    body: bodies.Derived = record.body  # type: ignore[assignment]
    if chain_type(body.child) != "exhibit":
        raise contradicted(f"{body.child} is no exhibit")
    if any(isinstance(each.body, bodies.Derived) and each.body.child == body.child for each in state.records):
        raise contradicted(f"{body.child} was derived from {state.id} before", code="order-violated")


def _derivation(record: Record) -> None:
    body: bodies.Derivation = record.body  # type: ignore[assignment]
    if chain_type(body.parent) != "exhibit" or body.parent == record.chain:
        raise contradicted(f"{record.chain} cannot be derived from {body.parent}", code="order-violated")


def _disposal(state: ChainState, record: Record, actor: Actor) -> None:
    body: bodies.Disposal = record.body  # type: ignore[assignment]
    if body.last_verification is None:
        return
    done = [each.digest for each in state.records if isinstance(each.body, bodies.Verification)]
    if body.last_verification not in [each.digest for each in state.records]:
        raise OrderViolated("this disposal relies on a verification that is not in the chain")
    if done[-1:] != [body.last_verification]:
        raise contradicted("what it calls the last verification is not the last verification of the chain")


_FIRST: dict[type, Callable[[Record], None]] = {
    bodies.Manifest: check_manifest,
    bodies.Derivation: _derivation,
}
"""What needs no chain to be judged."""
_RULES: dict[type, Callable[[ChainState, Record, Actor], None]] = {
    bodies.Derived: _derived,
    bodies.Verification: check_verification,
    bodies.Release: _release,
    bodies.Receipt: _receipt,
    bodies.Recall: _recall,
    bodies.HandedOutside: _handed_outside,
    bodies.TakenBack: _taken_back,
    bodies.Takeover: _takeover,
    bodies.Disposal: _disposal,
}


def check_refusal(refusal: bodies.Refusal, release: Record) -> None:
    """Raise OrderViolated where a refusal says of a release at hand what is not so."""
    said = (refusal.exhibit, refusal.release, refusal.position)
    if said != (release.chain, release.digest, release.position):
        raise contradicted(f"it refuses record {refusal.position} of {refusal.exhibit}, which is not that release")
