"""Ending a contested hand-over by two signatures, one of each side (docs/spec/chain.md, C6).

1. `agree`: the side whose answer falls signs that in its journal, and makes a reply.
2. `settle`: the side whose answer stands signs the settlement into the exhibit's chain, and makes a reply.
3. `conclude`: the first side sets its own answer aside and takes in the chain that stands. Killed anywhere, doing it
   again completes it: the settlement lies in quarantine before anything is moved.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from custody.acts import exhibits, importing
from custody.acts.acknowledge import enclosing
from custody.acts.anchors import agency_card
from custody.acts.desk import Desk, Draft, Written
from custody.acts.exhibits import Circumstances, draft
from custody.acts.importing import Contradiction
from custody.acts.mending import record_parts
from custody.acts.quarantine import keep_own, keep_rivals
from custody.edges import files
from custody.edges.commit import Prepared, Writer
from custody.edges.register import read_record
from manifests import bodies, cards, records, rivals, strict, verify
from manifests.errors import NotAllowedError, RefutedError, UndeterminedError
from manifests.findings import NEVER_DESPITE, Severity
from manifests.records import Record
from manifests.report import ChainReport, VerifiedRecord
from manifests.verify import ChainFiles, RecordFiles

_AGREEMENT = "-settlement-agreed.json"


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What was written, and the reply for the other side; none where nothing is left to do there."""

    written: tuple[Written, ...]
    reply: bytes | None


def is_agreement(data: bytes) -> bool:
    """Whether a reply brings the other side's agreement; else it brings the settlement."""
    return any(name.startswith("journal/") and name.endswith(_AGREEMENT) for name in cards.read_reply(data))


def agree(desk: Desk, chain: str, how: Circumstances) -> Settled:
    """Sign that this register's own answer to a release falls; the same twice is written once."""
    before = _agreed_before(desk, chain)
    if before is not None:
        return Settled(written=(Written(record=before.record, already=True),), reply=_agreement_reply(desk, before))
    report = desk.examine([chain]).chains[0]
    body = _agreement(report)
    _check_only_ours(desk, report, body.position)
    ready = Draft(chain=desk.name, body=body, reason=how.reason, clock=how.clock)
    opened = exhibits.hands(desk, how)
    written = desk.write([ready], opened.signer, opened.witnesses)[0]
    desk.forget()
    done = next(v for v in desk.journal.records if v.record.digest == written.record.digest)
    return Settled(written=(written,), reply=_agreement_reply(desk, done))


def _agreement(report: ChainReport) -> bodies.SettlementAgreed:
    """What is agreed to: of the two answers that contest each other, the one kept apart stands."""
    here, rival = _contest(report)
    answer = here.record.body
    assert isinstance(answer, bodies.Receipt | bodies.Recall)
    fallen, standing = here.record.digest, rival.record.digest
    gives_receipt = isinstance(answer, bodies.Recall)
    return bodies.SettlementAgreed(
        exhibit=report.id,
        release=answer.release,
        position=here.record.position - 1,
        receipt=standing if gives_receipt else fallen,
        recall=fallen if gives_receipt else standing,
        stands="receipt" if gives_receipt else "recall",
    )


def _contest(report: ChainReport) -> tuple[VerifiedRecord, VerifiedRecord]:
    """The answer in the chain, and the one kept apart; raises NotAllowedError where nothing is contested."""
    found = next((f for f in report.findings if f.code == "hand-over-contested" and "rival" in f.facts), None)
    if found is None:
        raise NotAllowedError(f"{report.id} has no contested hand-over", f"see: custody verify {report.id}")
    by_digest = {v.record.digest: v for v in (*report.records, *report.rivals)}
    return by_digest[found.facts["here"]], by_digest[found.facts["rival"]]


def _check_only_ours(desk: Desk, report: ChainReport, position: int) -> None:
    """Raise where somebody else has signed behind the answer that would fall."""
    other = next((v for v in report.records[position:] if v.actor.register_id != desk.opened.digest), None)
    if other is not None:
        raise NotAllowedError(
            f"{report.id} no. {other.record.position} is by {other.actor}: it would fall with the records before it",
            "this side's answer cannot give way: let the other side agree to give way",
        )


def _agreed_before(desk: Desk, chain: str) -> VerifiedRecord | None:
    """The agreement in this register's journal that was not carried out yet, or is carried out last."""
    found = [v for v in desk.journal.records if _is_about(v.record.body, chain)]
    if not found:
        return None
    body = found[-1].record.body
    assert isinstance(body, bodies.SettlementAgreed)
    here = {v.record.digest for v in desk.read(chain).records}
    return found[-1] if rivals.falls_in(body) in here else None


def _is_about(body: object, chain: str) -> bool:
    return isinstance(body, bodies.SettlementAgreed) and body.exhibit == chain


def _agreement_reply(desk: Desk, agreed: VerifiedRecord) -> bytes:
    """The agreement, and the answer that falls, which the other side may not have seen."""
    body = agreed.record.body
    assert isinstance(body, bodies.SettlementAgreed)
    falls = [each for each in desk.register.chain(body.exhibit).records if importing.position_of(each) > body.position]
    found = _named("journal", [_read(desk, agreed.record)]) | _named(_base(body.exhibit), falls)
    return cards.print_reply(found | _card(desk))


def settle(desk: Desk, chain: str, data: bytes, how: Circumstances) -> Settled:
    """Sign the settlement to which the other side agreed; the same twice is written once."""
    reply = cards.read_reply(data)
    name = next(name for name in sorted(reply) if name.endswith(_AGREEMENT))
    each = importing.record_from(reply, name)
    agreed, body = _checked_agreement(desk, chain, each)
    with importing.copied_reply(desk, reply) as copied:
        for against in importing.join(desk, copied).contradictions.values():
            keep_rivals(desk, against)
    done = [v.record for v in desk.read(chain).records if isinstance(v.record.body, bodies.Settlement)]
    same = next((r for r in done if getattr(r.body, "agreement", None) == agreed.record.digest), None)
    written = Written(record=same, already=True) if same else _settle(desk, chain, body, agreed, each, how)
    return Settled(written=(written,), reply=_settlement_reply(desk, chain, body, written.record))


def _checked_agreement(
    desk: Desk, chain: str, each: RecordFiles
) -> tuple[VerifiedRecord, bodies.SettlementAgreed]:  # fmt: skip
    """An agreement with a sound signature about this exhibit."""
    opened = verify.open_record(each, records.read(each.record).chain, desk.trust)
    body = opened.record.body
    if not isinstance(body, bodies.SettlementAgreed):
        raise RefutedError("the reply calls something an agreement that is none")
    if not opened.actor.known:
        raise UndeterminedError(
            "the agreement is signed under a root that is not trusted here",
            "get the agency's card, compare its fingerprint, then: custody trust add CARD",
            code="signer-unknown",
        )
    if body.exhibit != chain:
        raise NotAllowedError(f"the agreement is about {body.exhibit}, not {chain}", f"custody settle {body.exhibit}")
    return opened, body


def _settle(
    desk: Desk, chain: str, body: bodies.SettlementAgreed, agreed: VerifiedRecord, each: RecordFiles,
    how: Circumstances,
) -> Written:  # fmt: skip
    here, rival = _contest(desk.examine([chain]).chains[0])
    if (here.record.digest, rival.record.digest) != (_standing(body), rivals.falls_in(body)):
        raise NotAllowedError(
            f"the agreement does not say that the {here.record.kind} here stands",
            "each side would give way, or the agreement is to another hand-over: talk to the other side",
        )
    if rival.actor.register_id != agreed.actor.register_id:
        raise NotAllowedError(f"{agreed.actor} is not of the register that signed the {rival.record.kind}")
    settlement = bodies.Settlement(
        release=body.release, position=body.position, receipt=body.receipt, recall=body.recall, stands=body.stands,
        agreement=agreed.record.digest,
    )  # fmt: skip
    opened = exhibits.hands(desk, how)
    with enclosing(desk, ".agreement.json", each) as sidecars:
        ready = replace(draft(desk, chain, settlement, how), sidecars=sidecars)
        return desk.write([ready], opened.signer, opened.witnesses)[0]


def _standing(body: bodies.SettlementAgreed) -> str:
    return body.receipt if body.stands == "receipt" else body.recall


def _settlement_reply(desk: Desk, chain: str, body: bodies.SettlementAgreed, last: Record) -> bytes:
    """The chain that stands, from the answer up to the settlement."""
    places = range(body.position + 1, last.position + 1)
    stands = [each for each in desk.register.chain(chain).records if importing.position_of(each) in places]
    return cards.print_reply(_named(_base(chain), stands) | _card(desk))


def conclude(desk: Desk, chain: str, data: bytes) -> Settled:
    """Set this register's own answer aside and take in the chain that stands, as both sides signed it."""
    came = next((each for each in importing.chains_from(cards.read_reply(data)) if each.id == chain), None)
    if came is None:
        raise NotAllowedError(f"the file has no records of {chain}", "is it the reply to your agreement?")
    with desk.writing() as writer:
        agreed, report, whole = _checked_branch(desk, chain, came)
        body = agreed.record.body
        assert isinstance(body, bodies.SettlementAgreed)
        fallen = [e for e in desk.register.chain(chain).records if e not in whole.records]
        _check_only_ours(desk, desk.read(chain), body.position) if fallen else None
        if fallen:
            _set_aside(desk, writer, chain, came, fallen)
        with enclosing(desk, ".agreement.json", _read(desk, agreed.record)) as beside:
            new = [_prepared(v, whole, agreed, beside) for v in report.records if not _has(desk, chain, v)]
            for prepared in new:
                writer.commit(prepared)
        desk.committed([prepared.opened.record for prepared in new])
    taken = {prepared.opened.record.digest for prepared in new}
    written = [Written(record=v.record, already=v.record.digest not in taken) for v in report.records[body.position :]]
    return Settled(written=tuple(written), reply=None)


def _checked_branch(
    desk: Desk, chain: str, came: ChainFiles
) -> tuple[VerifiedRecord, ChainReport, ChainFiles]:  # fmt: skip
    """The settled chain, with this register's own agreement to it; raises where both do not fit."""
    agreements = {v.record.digest: v for v in desk.journal.records if _is_about(v.record.body, chain)}
    settlements = [b for e in came.records if isinstance(b := records.read(e.record).body, bodies.Settlement)]
    named = [(b, agreements[b.agreement]) for b in settlements if b.agreement in agreements]
    if not named:
        raise NotAllowedError("no settlement in it answers an agreement of this register", f"custody settle {chain}")
    body, agreed = named[0]
    own = desk.register.chain(chain)
    common = tuple(each for each in own.records if importing.position_of(each) <= body.position)
    theirs = tuple(each for each in came.records if importing.position_of(each) > body.position)
    longer = [
        e for e in own.records[len(common) + len(theirs) :] if own.records[len(common) :][: len(theirs)] == theirs
    ]
    whole = replace(own, records=(*common, *theirs, *longer), rivals=(), lists=verify.no_lists)
    report = verify.verify_chain(whole, desk.trust)
    bad = next((f for f in report.findings if f.severity is Severity.REFUTES or f.code == "signer-unknown"), None)
    if bad is not None:
        raise RefutedError(f"what came cannot be taken in: {bad.code}: {bad.meaning.text} ({bad.text})", code=bad.code)
    said = agreed.record.body
    assert isinstance(said, bodies.SettlementAgreed)
    if _facts(body) != _facts(said):
        raise RefutedError("the settlement is another than this register agreed to", code="statement-contradicted")
    _check_register(desk, chain)
    return agreed, report, whole


def _facts(body: bodies.Settlement | bodies.SettlementAgreed) -> tuple[object, ...]:
    return body.release, body.position, body.receipt, body.recall, body.stands


def _check_register(desk: Desk, chain: str) -> None:
    """Raise where something here is damaged: what is moved must be sound."""
    bad = next((f for f in desk.examine([chain]).findings if f.severity is Severity.REFUTES), None)
    if bad is not None and bad.code in NEVER_DESPITE:
        raise NotAllowedError(f"{chain} is damaged: {bad.meaning.text} ({bad.text})", "look at it: custody verify")


def _set_aside(desk: Desk, writer: Writer, chain: str, came: ChainFiles, fallen: list[RecordFiles]) -> None:
    """Keep what came and what falls in quarantine, then take the fallen out of the chain."""
    kept = keep_rivals(desk, Contradiction(chain, came.records))
    if kept.refused:
        raise RefutedError(f"what came is not kept: {kept.refused[0][0]}: {kept.refused[0][1]}")
    keep_own(desk, chain, fallen)
    writer.set_aside(chain, [each.name for each in fallen])


def _has(desk: Desk, chain: str, opened: VerifiedRecord) -> bool:
    return files.is_file(desk.register.folder(chain) / records.file_name(opened.record))


def _prepared(
    opened: VerifiedRecord, whole: ChainFiles, agreed: VerifiedRecord, beside: dict[str, Path]
) -> Prepared:  # fmt: skip
    name = records.file_name(opened.record)
    each = next(e for e in whole.records if e.name == name)
    answers = getattr(opened.record.body, "agreement", None) == agreed.record.digest
    sidecars = {f"{name.removesuffix('.json')}{suffix}": path for suffix, path in beside.items()} if answers else {}
    return Prepared(opened=opened, files=each, sidecars=sidecars)


def _read(desk: Desk, record: Record) -> RecordFiles:
    return read_record(desk.register.folder(record.chain), records.file_name(record))


def _base(chain: str) -> str:
    return f"chains/{chain.replace(':', '/')}"


def _named(base: str, found: list[RecordFiles]) -> dict[str, bytes]:
    return {f"{base}/{name}": data for each in found for name, data in record_parts(each).items()}


def _card(desk: Desk) -> dict[str, bytes]:
    return {f"cards/{desk.code}.card.json": strict.pretty(agency_card(desk))}
