"""The sender's end of an answer: receipts taken back into the register, refusals checked (docs/spec/chain.md, C5)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from custody.acts import importing
from custody.acts.anchors import keep_lists
from custody.acts.desk import Desk, Written
from custody.acts.importing import Copied, Joined
from custody.acts.mending import record_parts
from custody.acts.quarantine import SetApart, keep_rivals
from custody.edges import files
from custody.edges.commit import workspace
from manifests import bodies, cards, records, verify
from manifests.digest import identity
from manifests.errors import NotAllowedError, RefutedError, UndeterminedError, UsageError
from manifests.records import Record
from manifests.report import ChainReport
from manifests.statements import check_refusal
from manifests.verify import RecordFiles

Refused = tuple[Record, bodies.Refusal]


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """What an answer said: receipts taken in (new or not), refusals, and what contradicted us."""

    receipts: tuple[Written, ...]
    refusals: tuple[Refused, ...]
    apart: tuple[SetApart, ...] = ()

    @property
    def contested(self) -> tuple[str, ...]:
        """The chains that something contradicts which is kept."""
        return tuple(each.chain for each in self.apart if each.kept)


def acknowledge(desk: Desk, data: bytes, agreed: Callable[[Refused], None] | None = None) -> Acknowledged:
    """Take receipts back into the register; refusals are returned, to be answered by a recall.

    All of the reply is checked, and `agreed` is asked about each refusal, before anything is written.
    """
    reply = cards.read_reply(data)
    with importing.copied_reply(desk, reply) as copied:
        joined = importing.join(desk, copied)
        against = list(joined.contradictions.values())
        sound = [_checked(desk, copied, joined, c) for c in copied.chains if c not in joined.contradictions]
        refusals = [_refusal_from(desk, reply, name) for name in sorted(reply) if _is_refusal(name)]
        if not copied.chains and not refusals:
            raise UsageError(
                "there is no receipt and no refusal in this reply", "see what it holds: custody inspect FILE"
            )
        for refused in refusals:
            if agreed is not None and desk.state(refused[1].exhibit).release is not None:
                agreed(refused)
        apart = [keep_rivals(desk, each) for each in against]
        keep_lists(desk, copied.revocation_lists)
        receipts = [written for report in sound for written in _acknowledge_one(desk, copied, report)]
    return Acknowledged(receipts=tuple(receipts), refusals=tuple(refusals), apart=tuple(apart))


def _checked(desk: Desk, copied: Copied, joined: Joined, chain: str) -> ChainReport:
    """A receipt joined to our chain; raises where it cannot be taken in."""
    if not desk.register.has(chain):
        raise NotAllowedError(f"{chain} was never here", "is this reply meant for another register?")
    examined = importing.examine(desk, copied, joined, [chain])
    if (bad := examined.refuting) is not None:
        text = f"{bad.code}: {bad.meaning.text} ({bad.subject}: {bad.text})"
        raise RefutedError(f"the reply cannot be taken in: {text}", code=bad.code)
    _must_be_known(examined.chains[0])
    return examined.chains[0]


def _must_be_known(report: ChainReport) -> None:
    unknown = next((f for f in report.findings if f.code == "signer-unknown"), None)
    if unknown is not None:
        raise UndeterminedError(
            f"the reply is signed under a root that is not trusted here ({unknown.subject})",
            "get the agency's card, compare its fingerprint, then: custody trust add CARD",
            code="signer-unknown",
        )


def _acknowledge_one(desk: Desk, copied: Copied, report: ChainReport) -> list[Written]:
    incoming = copied.chains[report.id]
    with desk.writing() as writer:
        new = importing.take_in(desk, writer, incoming, report)
        desk.committed(new)
    came = {identity(each.record) for each in incoming.files.records}
    answers = [
        v.record for v in report.records if v.record.digest in came and not isinstance(v.record.body, bodies.Release)
    ]
    return [Written(record=record, already=not new) for record in answers]


def _is_refusal(name: str) -> bool:
    return name.startswith("journal/") and name.endswith("-refusal.json")


def _refusal_from(desk: Desk, reply: dict[str, bytes], name: str) -> Refused:
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
    if release is not None:
        check_refusal(body, release)
    return opened.record, body


@contextmanager
def enclosing(desk: Desk, suffix: str, each: RecordFiles) -> Iterator[dict[str, Path]]:
    """A record and its signatures as files to lie beside the record that answers it, by suffix."""
    with workspace(desk.register) as work:
        found = {}
        for name, content in record_parts(each).items():
            beside = suffix + name.removeprefix(each.name)
            files.write_new(work / beside.lstrip("."), content)
            found[beside] = work / beside.lstrip(".")
        yield found


@contextmanager
def refusal_sidecars(desk: Desk, data: bytes, record: Record) -> Iterator[dict[str, Path]]:
    """The refusal in a reply, to lie beside the recall that answers it."""
    reply = cards.read_reply(data)
    name = next(n for n, content in reply.items() if content == record.data)
    with enclosing(desk, ".refusal.json", importing.record_from(reply, name)) as found:
        yield found
