"""The sender's end of an answer: receipts taken back into the register, refusals checked (docs/spec/chain.md, C5)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from custody.acts import importing
from custody.acts.desk import Desk, Written
from custody.acts.importing import Contradiction, Incoming
from custody.edges import files
from custody.edges.commit import workspace
from manifests import bodies, cards, records, verify
from manifests.errors import NotAllowedError, RefutedError, UndeterminedError
from manifests.records import Record
from manifests.report import ChainReport
from manifests.verify import RecordFiles


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """What an answer said: receipts taken in (new or not), refusals, and what contradicted us."""

    receipts: tuple[Written, ...]
    refusals: tuple[tuple[Record, bodies.Refusal], ...]
    contested: tuple[str, ...] = ()


def acknowledge(desk: Desk, data: bytes) -> Acknowledged:
    """Take receipts back into the register; refusals are checked and returned, to be answered by a recall."""
    reply = cards.read_reply(data)
    came = importing.cards_from(reply)
    receipts, contested = [], []
    for chain in importing.chains_from(reply):
        if not desk.register.has(chain.id):
            raise NotAllowedError(f"{chain.id} was never here", "is this reply meant for another register?")
        try:
            report = importing.check(desk, chain, came)
        except Contradiction as err:
            importing.keep_rival(desk, err)
            contested.append(chain.id)
            continue
        if (bad := importing.refuting(report)) is not None:
            raise RefutedError(f"the reply cannot be taken in: {bad}", code=bad.split(":")[0])
        _must_be_known(report)
        receipts += _acknowledge_one(desk, chain, report)
    refusals = [_refusal_from(desk, reply, name) for name in sorted(reply) if _is_refusal(name)]
    return Acknowledged(receipts=tuple(receipts), refusals=tuple(refusals), contested=tuple(contested))


def _must_be_known(report: ChainReport) -> None:
    unknown = next((f for f in report.findings if f.code == "signer-unknown"), None)
    if unknown is not None:
        raise UndeterminedError(
            f"the reply is signed under a root that is not trusted here ({unknown.subject})",
            "get the agency's card, compare its fingerprint, then: custody trust add CARD",
            code="signer-unknown",
        )


def _acknowledge_one(desk: Desk, chain: verify.ChainFiles, report: ChainReport) -> list[Written]:
    work = workspace(desk.register)
    try:
        with desk.writing() as writer:
            new = importing.take_in(desk, writer, Incoming(files=chain), work)
            desk.committed([v.record for v in report.records[-new:]] if new else [])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return [Written(record=report.records[-1].record, already=not new)]


def _is_refusal(name: str) -> bool:
    return name.startswith("journal/") and name.endswith("-refusal.json")


def _refusal_from(desk: Desk, reply: dict[str, bytes], name: str) -> tuple[Record, bodies.Refusal]:
    """A refusal with a sound signature of the addressee of a release of ours."""
    each: RecordFiles = importing.record_from(reply, name)
    opened = verify.open_record(each, records.read(each.record).chain, desk.trust)
    body = opened.record.body
    if not isinstance(body, bodies.Refusal):
        raise RefutedError("the reply calls something a refusal that is none")
    if any(f.code == "signer-unknown" for f in opened.findings):
        raise UndeterminedError("the refusal is signed under a root that is not trusted here", code="signer-unknown")
    state = desk.state(body.exhibit)
    if isinstance(state.head.body, bodies.Recall) and state.head.body.refusal == opened.record.digest:
        return opened.record, body  # answered before: the recall will say so
    release = state.release
    mine = release.body if release is not None and release.digest == body.release else None
    if not isinstance(mine, bodies.Release):
        done = isinstance(state.head.body, bodies.Recall)
        raise NotAllowedError(
            f"{body.exhibit} is not waiting for this answer" + (": it was recalled" if done else ""),
            f"see: custody log {body.exhibit}",
        )
    if (mine.to.agency, mine.to.root) != (opened.actor.agency, opened.actor.root):
        raise RefutedError("the refusal is not the addressee's", code="signer-mismatch")
    return opened.record, body


@contextmanager
def refusal_sidecars(desk: Desk, data: bytes, record: Record) -> Iterator[dict[str, Path]]:
    """The refusal and its signature as files to lie beside the recall that answers it."""
    reply = cards.read_reply(data)
    name = next(n for n, content in reply.items() if content == record.data)
    work = workspace(desk.register)
    try:
        found = {}
        for suffix, content in ((".refusal.json", reply[name]), (".refusal.json.p7s", reply[f"{name}.p7s"])):
            files.write_new(work / suffix.lstrip("."), content)
            found[suffix] = work / suffix.lstrip(".")
        yield found
    finally:
        shutil.rmtree(work, ignore_errors=True)
