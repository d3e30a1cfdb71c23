"""Records without signatures, and the states they lead to: for tests of the rules of a chain."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from manifests import bodies, chain
from manifests.chain import Actor, ChainState, OrderViolated
from manifests.digest import identity
from manifests.records import KIND_OF, ChainPlace, Envelope, Previous, Record
from manifests.shapes import Authority
from tests.vectors.pen import A_LEDGER, EXHIBIT, NOT_MEASURED, OWNER, SEIZURE, SIGNED_PAPER, TOOL, release_to
from tests.vectors.people import COURT, EVE, GRACE, JANE, JOSEPH, KIBRA, LAB, Officer, Root, register_id

WARRANT = Authority(kind="order", number="E7/2027")
ROLES = {JANE: ("officer", "supervisor", "administrator"), GRACE: ("officer", "supervisor")}


def actor(officer: Officer, **other: Any) -> Actor:
    """Whom a checked certificate names."""
    root = {"KIBRA": KIBRA, "LAB": LAB, "COURT": COURT}[officer.code].fingerprint
    facts: dict[str, Any] = {
        "root": "?KIBRA" if officer is EVE else root, "service_no": officer.service_no, "name": officer.name,
        "rank": officer.rank, "agency": officer.code, "register": officer.register,
        "register_id": register_id(other.get("register", officer.register)),
        "key": identity(officer.certificate), "roles": ROLES.get(officer, ("officer",)),
    }  # fmt: skip
    return Actor(**{**facts, **other})


def record(state: ChainState | None, body: bodies.Body, who: Officer, **other: Any) -> Record:
    """The next record, without a signature: these rules know nothing of signatures."""
    position = state.position + 1 if state else 1
    before = Previous(record=state.head.digest, signature=identity(b"")) if state else None
    facts: dict[str, Any] = {
        "format": "custody/record/1", "kind": KIND_OF[type(body)], "previous": before, "nonce": "0" * 32,
        "chain": ChainPlace(id=EXHIBIT, position=position, root=KIBRA.fingerprint), "body": msgspec.Raw(b"{}"),
        "occurred_at": "2026-11-20T09:00:00+03:00", "recorded_at": "2026-11-20T09:00:00+03:00",
        "by": who.person(), "tool": TOOL,
    }  # fmt: skip
    digest = identity(f"{position} {before} {body} {who.name}".encode())
    return Record(envelope=Envelope(**{**facts, **other}), body=body, data=b"", digest=digest)


def after(state: ChainState, body: bodies.Body, who: Officer, **other: Any) -> ChainState:
    return chain.follow(state, record(state, body, who, **other), actor(who))


def seized(who: Officer = JANE) -> ChainState:
    return chain.begin(record(None, SEIZURE, who), actor(who))


def released(to: Root | Officer = LAB) -> ChainState:
    return after(seized(), release_to(to), JANE)


def answer(state: ChainState, **other: Any) -> bodies.Receipt:
    return bodies.Receipt(**{"release": state.head.digest, "media": NOT_MEASURED, "ledger": A_LEDGER, **other})


def recall(state: ChainState) -> bodies.Recall:
    return bodies.Recall(release=state.head.digest, because="never-sent")


OUTSIDE = bodies.HandedOutside(
    to=OWNER, purpose="repair", paper=SIGNED_PAPER, answer_by="2026-12-04T09:00:00+03:00"
)  # fmt: skip
TAKEOVER = bodies.Takeover(holder="Jane Wanjiku", service_no="112233", because="dead")
EVENT = bodies.Event(word="incident", description="the bag was wet")
WITNESSED: dict[str, Any] = {"authority": WARRANT, "witnesses": (JOSEPH.person(),)}


def violates(state: ChainState, body: bodies.Body, who: Officer, code: str = "order-violated", **other: Any) -> str:
    before = replace(state)
    with pytest.raises(OrderViolated) as caught:
        after(state, body, who, **other)
    assert state == before
    assert caught.value.code == code
    return caught.value.message


MANIFEST = bodies.Manifest(
    scope="files", algorithms=("sha256",), items=0, measured=0, bytes=0, started_at="2026-11-20T09:00:00Z",
    finished_at="2026-11-20T09:00:00Z", entries=bodies.BoundTree(sha256=identity(b""), count=0, root="0" * 64),
)  # fmt: skip
