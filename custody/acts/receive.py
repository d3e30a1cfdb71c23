"""The receiving side of a hand-over: accept or refuse what `offered` looked at, and answer."""

import secrets
from dataclasses import dataclass, replace

from custody.acts import exhibits, importing
from custody.acts.anchors import agency_card, keep_lists
from custody.acts.desk import Desk, Draft, Written
from custody.acts.exhibits import Circumstances, draft
from custody.acts.importing import Copied
from custody.acts.mending import record_parts
from custody.acts.offered import Offered, OfferOptions, look
from custody.edges.commit import Writer
from custody.edges.register import read_record, record_names
from manifests import bodies, cards, strict
from manifests.digest import identity
from manifests.errors import NotAllowedError, UndeterminedError, UsageError
from manifests.findings import Severity
from manifests.names import chain_type
from manifests.records import Record
from manifests.seals import is_same
from manifests.shapes import Noticed, SealReading

__all__ = ["Answer", "OfferOptions", "Offered", "Received", "answer", "look", "refused_before"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the receiver says of one exhibit."""

    accept: bool
    reason: str | None = None
    seal: str | None = None
    condition: str | None = None


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of a hand-over: the records written, and the reply for the sender (None inside one register)."""

    written: tuple[Written, ...]
    reply: bytes | None


def answer(
    desk: Desk,
    copied: Copied | None,
    offered: list[Offered],
    answers: dict[str, Answer],
    how: Circumstances,
) -> Received:
    """Sign receipts and refusals, take the chains in, and make the reply.

    Raises NotAllowedError before anything is written where an exhibit cannot be accepted.
    """
    for each in offered:
        _may_accept(each, answers[each.chain])
        _said_before(desk, each, answers[each.chain])
    accepted = [o for o in offered if answers[o.chain].accept and o.answered is None]
    refused = [o for o in offered if not answers[o.chain].accept]
    act = secrets.token_hex(16) if len(accepted) + len(refused) > 1 else None
    opened = exhibits.hands(desk, how) if accepted or refused else None
    if copied is not None:
        keep_lists(desk, copied.revocation_lists)
    written = [Written(record=o.answered, already=True) for o in offered if o.answered is not None]
    if opened is not None and accepted:
        written += _accept(desk, copied, accepted, answers, replace(how, act=act), opened)
    for each in refused:
        if opened is not None:
            ready = replace(_refused(desk, each, answers[each.chain]), act=act, clock=how.clock)
            written.append(_write_refusal(desk, each, ready, opened))
    return Received(written=tuple(written), reply=_reply(desk, written) if copied is not None else None)


def _accept(
    desk: Desk, copied: Copied | None, accepted: list[Offered], answers: dict[str, Answer], how: Circumstances,
    opened: exhibits.Hands,
) -> list[Written]:  # fmt: skip
    """Take the chains in and sign the receipts, under one lock."""
    for each in accepted:
        if each.report is not None:
            ready = _receipt(desk, each, answers[each.chain], how)
            desk.rehearse(ready, each.report, opened.signer, opened.witnesses)
    return desk.write(
        (_receipt(desk, each, answers[each.chain], how) for each in accepted),
        opened.signer,
        opened.witnesses,
        take_in=lambda writer: _take_in(desk, writer, copied, accepted),
    )


def _refused(desk: Desk, offered: Offered, given: Answer) -> Draft:
    return Draft(chain=desk.name, body=_refusal(offered, given), reason=given.reason)


def _write_refusal(desk: Desk, offered: Offered, ready: Draft, opened: exhibits.Hands) -> Written:
    same = refused_before(desk, offered)
    if same is not None and same.body == ready.body:
        return Written(record=same, already=True)
    return desk.write([ready], opened.signer, opened.witnesses)[0]


def refused_before(desk: Desk, offered: Offered) -> Record | None:
    """The last refusal of this very release in our journal."""
    found = [
        v.record
        for v in desk.journal.records
        if isinstance(v.record.body, bodies.Refusal) and v.record.body.release == _release_in(offered)[0]
    ]
    return found[-1] if found else None


def _said_before(desk: Desk, offered: Offered, given: Answer) -> None:
    """One release has one answer: what was accepted is not refused, what was refused is not accepted."""
    if not given.accept and offered.answered is not None:
        raise NotAllowedError(
            f"{offered.chain} was received already, at number {offered.answered.position}",
            "to send it back: custody release",
        )
    if given.accept and offered.answered is None and (said := refused_before(desk, offered)) is not None:
        raise NotAllowedError(
            f"{offered.chain} was refused already, in journal record {said.position}",
            "send that reply; the sender takes it back and may release it again",
        )


def _may_accept(offered: Offered, given: Answer) -> None:
    if not given.accept:
        if not given.reason:
            raise UsageError(f"why is {offered.chain} refused?", "--refuse EXHIBIT:REASON")
        return
    stranger = next((f for f in offered.findings if f.code in ("signer-unknown", "parent-missing")), None)
    if stranger is not None:
        raise NotAllowedError(
            f"{offered.chain} cannot be accepted: {stranger.code}: {stranger.meaning.text} ({stranger.subject})",
            "get the card of each agency that signed, compare its fingerprint, then: custody trust add CARD",
            f"or refuse it: --refuse {offered.chain.split(':', 1)[1]}:REASON",
        )
    if offered.media.how == "seal-intact" and not is_same(given.seal, offered.media.seal):
        name = offered.chain.split(":", 1)[1]
        raise NotAllowedError(
            f"{offered.chain} was released unread under its seal, and the seal's number was not read here",
            f"read it: --seal {name}=NUMBER",
            f"where it is another or broken, check the contents: --media {name}=DIR; or refuse it",
        )
    if offered.broken:
        doubtful = [f for f in offered.findings if f.severity is not Severity.NOTE]
        first = next((f for f in doubtful if f.severity is Severity.REFUTES), doubtful[0])
        raise NotAllowedError(
            f"{offered.chain} cannot be accepted: {first.code}: {first.meaning.text} ({first.text or first.subject})",
            f"refuse it: --refuse {offered.chain.split(':', 1)[1]}:REASON",
        )


def _take_in(desk: Desk, writer: Writer, copied: Copied | None, accepted: list[Offered]) -> list[Record]:
    """Commit the incoming records, the eldest parents first, so that our receipts stand on what is here."""
    if copied is None:
        return []
    reports = [report for each in accepted for report in reversed(each.parents)]
    reports += [each.report for each in accepted if each.report is not None]
    taken: list[Record] = []
    for report in {report.id: report for report in reports}.values():
        if report.id in copied.chains:
            taken += importing.take_in(desk, writer, copied.chains[report.id], report)
    return taken


def _receipt(desk: Desk, offered: Offered, given: Answer, how: Circumstances) -> Draft:
    state = offered.state
    if state is None or state.release is None or not isinstance(state.release.body, bodies.Release):
        raise NotAllowedError(f"{offered.chain} is not released")
    release = state.release.body
    body = bodies.Receipt(
        release=state.release.digest,
        seal=SealReading(observed=given.seal, expected=release.seals) if release.seals or given.seal else None,
        condition=given.condition,
        media=offered.media,
        ledger=desk.ledger_head(),
        restored=desk.last_restoration(),
    )
    return draft(desk, offered.chain, body, how)


def _refusal(offered: Offered, given: Answer) -> bodies.Refusal:
    release, position = _release_in(offered)
    return bodies.Refusal(
        exhibit=offered.chain,
        release=release,
        position=position,
        differences=tuple(
            Noticed(code=f.code, subject=f.subject, text=f.meaning.text)
            for f in offered.findings[:50]
            if f.severity is not Severity.NOTE
        ),
        seal=SealReading(observed=given.seal) if given.seal else None,
        condition=given.condition,
    )


def _release_in(offered: Offered) -> tuple[str, int]:
    """Identity and position of the release, even where the chain is damaged: the last file that says it is one."""
    if offered.state is not None and offered.state.release is not None:
        return offered.state.release.digest, offered.state.release.position
    found = [
        r for r in (offered.incoming.files.records if offered.incoming else ()) if r.name.endswith("-release.json")
    ]
    if not found:
        raise UndeterminedError(f"{offered.chain} has no release that could be refused")
    return identity(found[-1].record), int(found[-1].name.split("-")[0])


def _reply(desk: Desk, written: list[Written]) -> bytes:
    """Receipts, with the releases that they answer, and refusals, with their signatures and our card (K3)."""
    found = {f"cards/{desk.code}.card.json": strict.pretty(agency_card(desk))}
    for each in written:
        chain = each.record.chain
        folder = desk.register.folder(chain)
        journal = chain_type(chain) == "journal"
        base = "journal" if journal else f"chains/{chain.replace(':', '/')}"
        # A receipt takes the release along: only with that can others see which history it answers.
        first = each.record.position - (0 if journal else 1)
        for name in record_names(folder)[first - 1 : each.record.position]:
            parts = record_parts(read_record(folder, name))
            found |= {f"{base}/{part}": data for part, data in parts.items()}
    return cards.print_reply(found)
