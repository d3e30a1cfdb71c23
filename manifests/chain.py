"""The rules of an exhibit's chain as a type that refuses what may not follow (docs/spec/chain.md).

It knows nothing of signatures: an `Actor` is whoever a checked certificate names. Writers ask it before
they sign, verifiers while they read; there is one set of rules.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from manifests import bodies, seals
from manifests.actors import Actor as Actor
from manifests.chain_state import ChainState as ChainState
from manifests.chain_state import RecordsSoFar
from manifests.errors import OrderViolated as OrderViolated
from manifests.records import Record
from manifests.seals import written_as
from manifests.statements import check_statements
from manifests.verdict import Verdict, worse


def begin(record: Record, actor: Actor) -> ChainState:
    """The state after a first record (C2); raises OrderViolated."""
    if record.position != 1 or not isinstance(record.body, bodies.Seizure | bodies.Derivation):
        raise OrderViolated("an exhibit begins with its seizure or derivation")
    if not record.chain.startswith(actor.agency + ":"):
        raise OrderViolated(f"{actor.agency} cannot open an exhibit named {record.chain}")
    check_statements(None, record, actor)
    return ChainState(
        id=record.chain, root=record.envelope.chain.root, head=record, holder=actor,
        since=record.envelope.occurred_at, records=RecordsSoFar([record]),
    )  # fmt: skip


def follow(state: ChainState, record: Record, actor: Actor) -> ChainState:
    """The state after one more record (C3 to C9); raises OrderViolated where it may not follow."""
    _check_place(state, record)
    if record.body is None:
        return _advanced(state, record)
    rule = _RULES.get(type(record.body))
    if rule is None:
        raise OrderViolated(f"a {record.kind} does not stand in an exhibit's chain")
    situations, check, change = rule
    if state.situation not in situations:
        raise OrderViolated(f"{state.id} is {_WORDS[state.situation]}: no {record.kind} may follow")
    check(state, record, actor)
    check_statements(state, record, actor)
    seals.check_unread(state.bags, state.measured_at if state.manifests else None, record)
    return _advanced(replace(state, **change(state, record, actor)), record)


def _advanced(state: ChainState, record: Record) -> ChainState:
    return replace(state, head=record, records=state.records.followed_by(record))


def _check_place(state: ChainState, record: Record) -> None:
    place, before = record.envelope.chain, record.envelope.previous
    if place.position != state.position + 1 or before is None or before.record != state.head.digest:
        raise OrderViolated(f"record {place.position} does not follow record {state.position}", code="chain-broken")
    if place.root != state.root:
        raise OrderViolated("the chain's root changes on the way", code="chain-broken")


_WORDS = {
    "held": "held",
    "released": "released and not yet answered",
    "outside": "held outside, on paper",
    "returned": "returned",
    "disposed": "disposed of",
    "void": "void",
}
_HELD, _RELEASED, _OUTSIDE = ("held",), ("released",), ("outside",)
_ANY_TIME = ("held", "returned", "disposed", "void")

Check = Callable[[ChainState, Record, Actor], None]
Change = Callable[[ChainState, Record, Actor], dict[str, Any]]


def _with_the_pen(state: ChainState, record: Record, actor: Actor) -> None:
    if actor.register_id != state.pen:
        other = "another register of that name" if actor.register == state.register else actor.register
        raise OrderViolated(
            f"{state.id} is written in {state.register}, not in {other}",
            "only the register that holds the exhibit writes its chain",
        )


def _by_holder(state: ChainState, record: Record, actor: Actor) -> None:
    _with_the_pen(state, record, actor)
    if actor.person != state.holder.person:
        raise OrderViolated(
            f"{actor} is not the holder of {state.id}: {state.holder} is",
            "let the holder do it, or receive the exhibit from the holder first",
        )


def _with_witness(state: ChainState, record: Record, actor: Actor) -> None:
    _by_holder(state, record, actor)
    if record.envelope.authority is None or not record.envelope.witnesses:
        raise OrderViolated(f"a {record.kind} needs an authority and a witness")


def _by_supervisor(state: ChainState, record: Record, actor: Actor) -> None:
    _with_the_pen(state, record, actor)
    if "supervisor" not in actor.roles or not record.envelope.witnesses:
        raise OrderViolated("a takeover is signed by a supervisor, with a witness")
    if actor.person == state.holder.person:
        raise OrderViolated(f"{actor} already holds {state.id}")
    body: bodies.Takeover = record.body  # type: ignore[assignment]
    if (body.holder, body.service_no) != (state.holder.name, state.holder.service_no):
        raise OrderViolated(f"{state.holder} holds {state.id}, not {body.holder}")


def _known_record(state: ChainState, record: Record, actor: Actor) -> None:
    _with_the_pen(state, record, actor)
    seals.check_correction(record, state.digests, state.bags)


def _may_withdraw(state: ChainState, record: Record, actor: Actor) -> None:
    """Only who sealed it withdraws it, before a witness: else one person alone could change what is compared (C16)."""
    _with_the_pen(state, record, actor)
    seals.check_withdrawal(state.manifests, record)
    if actor.person != state.holder.person and "supervisor" not in actor.roles:
        raise OrderViolated(f"only {state.holder} or a supervisor withdraws a manifest of {state.id}")


def _settles(state: ChainState, record: Record, actor: Actor) -> None:
    """A settlement names the release and, right behind it in this chain, the answer that stands (C6)."""
    _with_supervisor(state, record, actor)
    body: bodies.Settlement = record.body  # type: ignore[assignment]
    stands, falls = (body.receipt, body.recall) if body.stands == "receipt" else (body.recall, body.receipt)
    if state.digests[body.position - 1 : body.position + 1] != (body.release, stands) or falls in state.digests:
        raise OrderViolated("a settlement names a release of the chain and the answer to it that stands")


def _explains_a_rival(state: ChainState, record: Record, actor: Actor) -> None:
    _with_supervisor(state, record, actor)
    body: bodies.StrayExplained = record.body  # type: ignore[assignment]
    if body.record in state.digests or not 1 <= body.position <= state.position:
        raise OrderViolated("what is explained is a record that is not in the chain, and claims a place in it")


def _with_supervisor(state: ChainState, record: Record, actor: Actor) -> None:
    _with_the_pen(state, record, actor)
    if "supervisor" not in actor.roles:
        raise OrderViolated(f"a {record.kind} is signed by a supervisor", "let a supervisor of this register do it")


def _known_manifests(state: ChainState, record: Record, actor: Actor) -> None:
    _with_the_pen(state, record, actor)
    body: bodies.Verification = record.body  # type: ignore[assignment]
    if not set(body.manifests) <= {manifest.digest for manifest in state.manifests}:
        raise OrderViolated("a verification names manifests of the same chain")
    if body.verdict != worse(Verdict(body.records_verdict), Verdict(body.media_verdict or Verdict.CONFIRMED)):
        raise OrderViolated("its verdict is not the worse of its two", code="statement-contradicted")


def _names_another(state: ChainState, record: Record, actor: Actor) -> None:
    _with_the_pen(state, record, actor)
    if isinstance(record.body, bodies.Derived) and record.body.child == state.id:
        raise OrderViolated("an exhibit cannot be derived from itself")


def _fits_the_seals(state: ChainState, record: Record, actor: Actor) -> None:
    """A seal is put on once, and takes the place only of one that is on (C9)."""
    _with_the_pen(state, record, actor)
    seal: bodies.Seal = record.body  # type: ignore[assignment]
    if written_as(seal.number, state.seals) is not None:
        raise OrderViolated(f"the seal {seal.number} is on {state.id} already")
    if seal.replaces is not None and written_as(seal.replaces, state.seals) is None:
        raise OrderViolated(f"{state.id} has no seal {seal.replaces}")


def _known_word(state: ChainState, record: Record, actor: Actor) -> None:
    """An event has a word of the table and says what that word needs; only a seal that is on can be broken."""
    _with_the_pen(state, record, actor)
    event: bodies.Event = record.body  # type: ignore[assignment]
    if event.word not in bodies.EVENT_WORDS:
        raise OrderViolated(f"no such event: {event.word}")
    missing = [name for name in bodies.EVENT_WORDS[event.word] if getattr(event, name) is None]
    if missing:
        raise OrderViolated(f"{event.word} does not say its {', '.join(missing)}")
    if event.word == "seal-broken" and written_as(event.seal or "", state.seals) is None:
        raise OrderViolated(f"{state.id} has no seal {event.seal}")


def _names_release(state: ChainState, record: Record) -> Record:
    release = state.release
    if release is None or getattr(record.body, "release", None) != release.digest:
        raise OrderViolated(f"this {record.kind} answers another release")
    return release


def _by_addressee(state: ChainState, record: Record, actor: Actor) -> None:
    release = _names_release(state, record).body
    assert isinstance(release, bodies.Release)
    to = release.to
    if actor.person == state.holder.person or actor.key == state.holder.key:
        raise OrderViolated(
            f"{actor} cannot receive what the same person or key released",
            "a hand-over has two different persons",
            code="same-person",
        )
    # Where no anchor is known for the signer that is undecided, which is said elsewhere (S5).
    if actor.agency != to.agency or (actor.known and actor.root != to.root):
        raise OrderViolated(f"{state.id} was released to {to.agency}, not to {actor.agency}")
    if to.service_no is not None and actor.service_no != to.service_no:
        raise OrderViolated(f"{state.id} was released to officer {to.service_no}")
    seals.check_same_seal(release, record.body)  # type: ignore[arg-type]


def _by_releaser(state: ChainState, record: Record, actor: Actor) -> None:
    _names_release(state, record)
    _with_the_pen(state, record, actor)
    if actor.person != state.holder.person and "supervisor" not in actor.roles:
        raise OrderViolated(f"only {state.holder} or a supervisor can recall {state.id}")


def _takes_back(state: ChainState, record: Record, actor: Actor) -> None:
    _with_the_pen(state, record, actor)
    if state.outside is None or getattr(record.body, "handed", None) != state.outside.digest:
        raise OrderViolated("this answers another hand-over on paper")


def _nothing(state: ChainState, record: Record, actor: Actor) -> dict[str, Any]:
    return {}


def _sealed(state: ChainState, record: Record, actor: Actor) -> dict[str, Any]:
    return {"bags": seals.put_on(state.bags, record)}


def _corrected(state: ChainState, record: Record, actor: Actor) -> dict[str, Any]:
    return {"bags": seals.correct(state.bags, record)}


def _measured(state: ChainState, record: Record, actor: Actor) -> dict[str, Any]:
    return {"manifests": (*state.manifests, record), "measured_at": record.position}


def _withdrawn(state: ChainState, record: Record, actor: Actor) -> dict[str, Any]:
    body: bodies.ManifestWithdrawal = record.body  # type: ignore[assignment]
    left = tuple(m for m in state.manifests if m.digest != body.manifest)
    gone = tuple(m for m in state.manifests if m.digest == body.manifest)
    return {"manifests": left, "withdrawn": (*state.withdrawn, *gone), "owed": state.owed and bool(left)}


def _checked(state: ChainState, record: Record, actor: Actor) -> dict[str, Any]:
    verification: bodies.Verification = record.body  # type: ignore[assignment]
    media, whole = verification.media, {m.digest for m in state.manifests} <= set(verification.manifests)
    owed = state.owed and not (whole and media.how == "measured" and not media.findings)
    return {"owed": owed} | ({"measured_at": record.position} if media.how == "measured" else {})


def _happened(state: ChainState, record: Record, actor: Actor) -> dict[str, Any]:
    event: bodies.Event = record.body  # type: ignore[assignment]
    return {"bags": seals.take_off(state.bags, event.seal)} if event.word == "seal-broken" else {}


def _received(state: ChainState, record: Record, actor: Actor) -> dict[str, Any]:
    receipt: bodies.Receipt = record.body  # type: ignore[assignment]
    how, observed = receipt.media.how, receipt.seal.observed if receipt.seal else None
    unread = how == "later" or (bool(state.manifests) and how not in ("measured", "seal-intact"))
    came = actor.register_id != state.pen
    since = record.envelope.occurred_at if came else state.since
    changes: dict[str, Any] = {"release": None, "holder": actor, "since": since, "owed": state.owed or unread}
    changes |= {"measured_at": record.position} if how == "measured" else {}
    return changes | {"bags": seals.read_as(state.bags, observed)}


def _taken_back(state: ChainState, record: Record, actor: Actor) -> dict[str, Any]:
    body: bodies.TakenBack = record.body  # type: ignore[assignment]
    bags = seals.read_as(state.bags, body.seal.observed if body.seal else None)
    return {"outside": None, "holder": actor, "bags": bags}


def _ended(word: str) -> Change:
    return lambda state, record, actor: {"ended": word}


# kind: (situations in which it may follow, who may sign it, what it changes)
_RULES: dict[type, tuple[tuple[str, ...], Check, Change]] = {
    bodies.Manifest: (_HELD, _with_the_pen, _measured),
    bodies.ManifestWithdrawal: (_HELD, _may_withdraw, _withdrawn),
    bodies.Seal: (_HELD, _fits_the_seals, _sealed),
    bodies.Derived: (_HELD, _names_another, _nothing),
    bodies.Event: (_HELD, _known_word, _happened),
    bodies.Verification: (_HELD, _known_manifests, _checked),
    bodies.Correction: (_ANY_TIME, _known_record, _corrected),
    bodies.Settlement: (_ANY_TIME, _settles, _nothing),
    bodies.StrayExplained: (_ANY_TIME, _explains_a_rival, _nothing),
    bodies.Release: (_HELD, _by_holder, lambda s, r, a: {"release": r}),
    bodies.Receipt: (_RELEASED, _by_addressee, _received),
    bodies.Recall: (_RELEASED, _by_releaser, lambda s, r, a: {"release": None}),
    bodies.HandedOutside: (_HELD, _by_holder, lambda s, r, a: {"outside": r}),
    bodies.TakenBack: (_OUTSIDE, _takes_back, _taken_back),
    bodies.Takeover: (
        ("held", "outside"),
        _by_supervisor,
        lambda s, r, a: {"holder": a, "outside": None, "taken_over": True},
    ),
    bodies.Return: (_HELD, _with_witness, _ended("returned")),
    bodies.Disposal: (_HELD, _with_witness, _ended("disposed")),
    bodies.Void: (_HELD, _by_holder, _ended("void")),
}
