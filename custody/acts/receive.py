"""The receiving side of a hand-over: look at a package, accept or refuse, answer; take an answer back."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from custody.acts import exhibits, importing
from custody.acts.begin import agency_card
from custody.acts.contents import check_media, measure_again, measure_carried, media_check
from custody.acts.desk import Desk, Draft, Written
from custody.acts.exhibits import Circumstances, draft
from custody.acts.importing import Contradiction, Incoming
from custody.edges import files
from custody.edges.commit import workspace
from custody.edges.package import Package
from hashing.measure import Progress
from manifests import bodies, cards, records, strict, verify
from manifests.chain import ChainState
from manifests.digest import identity
from manifests.errors import NotAllowedError, UndeterminedError, UsageError
from manifests.findings import Finding, Severity, Verdict, verdict
from manifests.names import chain_type
from manifests.records import Record
from manifests.report import ChainReport
from manifests.shapes import MediaCheck, Noticed, SealReading

Progressing = Callable[[Progress], None] | None


@dataclass(frozen=True, kw_only=True)
class Offered:
    """One exhibit of a hand-over, looked at: its chain joined to ours, what was found, and what it is owed."""

    chain: str
    report: ChainReport | None
    findings: tuple[Finding, ...]
    media: MediaCheck
    incoming: Incoming | None = None
    answered: Record | None = None
    """Our receipt, where it is in the chain already."""
    contradiction: Contradiction | None = None

    @property
    def state(self) -> ChainState | None:
        return self.report.state if self.report else None

    @property
    def verdict(self) -> Verdict:
        return verdict(self.findings)

    @property
    def broken(self) -> bool:
        """Whether the records themselves are refuted: such an exhibit can only be refused."""
        return self.report is None or any(
            f.severity is Severity.REFUTES and f.meaning.area.value == "records" for f in self.findings
        )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the receiver says of one exhibit."""

    accept: bool
    reason: str | None = None
    seal: str | None = None
    condition: str | None = None


@dataclass(frozen=True, kw_only=True)
class Looking:
    """How to look: where media are that do not lie in the package, or that they are checked later."""

    media: dict[str, tuple[str, ...]] = field(default_factory=dict)
    later: bool = False


def look(
    desk: Desk, package: Package | None, chains: list[str], looking: Looking, progress: Progressing
) -> list[Offered]:
    """Check what is offered; `package` is None inside one register.

    Nothing is written, but what contradicts the chain here is kept in quarantine.
    """
    return [_look_at(desk, package, chain, looking, progress) for chain in chains]


def _look_at(desk: Desk, package: Package | None, chain: str, looking: Looking, progress: Progressing) -> Offered:
    incoming, came = None, []
    if package is not None:
        incoming = Incoming(files=package.chain(chain), folder=package.folder(chain))
        came = package.cards()
    try:
        whole = incoming.files if incoming else desk.register.chain(chain)
        report = importing.check(desk, whole, came)
    except Contradiction as err:
        importing.keep_rival(desk, err)
        return _contradicted(chain, err)
    findings = [f for f in report.findings if f.code != "in-transit"]
    findings += _parents(desk, package, report, came)
    if report.state is None or any(f.severity is Severity.REFUTES for f in findings):
        return Offered(
            chain=chain,
            report=report,
            findings=tuple(findings),
            media=MediaCheck(how="none"),
            incoming=incoming,
        )
    answered = _answered(desk, report.state)
    if answered is None:
        _check_addressee(desk, report.state)
    media = MediaCheck(how="none")
    found: list[Finding] = []
    if answered is None:
        media, found = _contents(desk, package, whole, report.state, looking, progress)
    return Offered(
        chain=chain,
        report=report,
        findings=tuple(findings + found),
        media=media,
        incoming=incoming,
        answered=answered,
    )


def _contradicted(chain: str, err: Contradiction) -> Offered:
    found = Finding(code="fork", subject=chain, text=err.message)
    return Offered(chain=chain, report=None, findings=(found,), media=MediaCheck(how="none"), contradiction=err)


def _parents(desk: Desk, package: Package | None, report: ChainReport, came: list[cards.Card]) -> Iterator[Finding]:
    """Whether the chains a derived exhibit comes from are there and sound (C7)."""
    body = report.records[0].record.body if report.records else None
    if not isinstance(body, bodies.Derivation):
        return
    known: list[ChainReport] = [report]
    if package is not None and body.parent in package.chains():
        parent = verify.verify_chain(replace(package.chain(body.parent), lists=verify.no_lists), desk.trust)
        known.append(parent)
        yield from (f for f in parent.findings if f.severity is Severity.REFUTES)
    elif desk.register.has(body.parent):
        known.append(desk.read(body.parent))
    yield from verify.check_derivations(tuple(known[:2]))


def _answered(desk: Desk, state: ChainState) -> Record | None:
    """Our receipt, where it is the chain's last record already."""
    head = state.head
    ours = isinstance(head.body, bodies.Receipt) and head.envelope.by.register == desk.name
    return head if ours else None


def _check_addressee(desk: Desk, state: ChainState) -> None:
    release = state.release
    if release is None or not isinstance(release.body, bodies.Release):
        raise NotAllowedError(f"{state.id} is not released: {state.holder} holds it", f"see: custody log {state.id}")
    to = release.body.to
    if (to.agency, to.root) != (desk.code, identity(desk.own_root)):
        raise NotAllowedError(
            f"{state.id} is for {to.agency}, not for {desk.code}", "give it back to the courier or the sender"
        )


def _contents(
    desk: Desk,
    package: Package | None,
    whole: verify.ChainFiles,
    state: ChainState,
    looking: Looking,
    progress: Progressing,
) -> tuple[MediaCheck, list[Finding]]:
    if not state.manifests:
        return MediaCheck(how="none"), []
    inside = package.media(state.id) if package else None
    paths = looking.media.get(state.id) or ((str(inside),) if inside else ())
    if looking.later or not paths:
        if not looking.later:
            raise UsageError(
                f"the contents of {state.id} are not in the package",
                f"say where they are: --media {state.id.split(':', 1)[1]}=DIR; or --contents-later",
            )
        return MediaCheck(how="later"), []
    carried = inside is not None and paths == (str(inside),)
    if carried and inside is not None:
        items = measure_carried(state.manifests, inside, quick=False, progress=progress)
    else:
        items = measure_again(state.manifests, paths, progress=progress)
    tally, found = check_media(whole, state.manifests, items, copied=carried)
    return media_check(tally, found), found


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of a hand-over: the records written, and the reply for the sender (None inside one register)."""

    written: tuple[Written, ...]
    reply: bytes | None


def answer(
    desk: Desk,
    package: Package | None,
    offered: list[Offered],
    answers: dict[str, Answer],
    how: Circumstances,
) -> Received:
    """Sign receipts and refusals, take the chains in, and make the reply.

    Raises NotAllowedError before anything is written where an exhibit cannot be accepted.
    """
    for each in offered:
        _may_accept(each, answers[each.chain])
    accepted = [o for o in offered if answers[o.chain].accept and o.answered is None]
    refused = [o for o in offered if not answers[o.chain].accept]
    opened = exhibits.hands(desk, how) if accepted or refused else None
    written = [Written(record=o.answered, already=True) for o in offered if o.answered is not None]
    if opened is not None and accepted:
        _take_in(desk, package, accepted)
        drafts = [_receipt(desk, o, answers[o.chain], how) for o in accepted]
        written += desk.write(drafts, opened.signer, opened.witnesses)
    for each in refused:
        if opened is not None:
            body = _refusal(each, answers[each.chain])
            written.append(_write_refusal(desk, body, answers[each.chain], opened))
    return Received(written=tuple(written), reply=_reply(desk, written) if package is not None else None)


def _write_refusal(desk: Desk, body: bodies.Refusal, given: Answer, opened: exhibits.Hands) -> Written:
    same = [v.record for v in desk.journal.records if v.record.body == body]
    if same:
        return Written(record=same[-1], already=True)
    return desk.write([Draft(chain=desk.name, body=body, reason=given.reason)], opened.signer, opened.witnesses)[0]


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
    if offered.broken:
        first = next(f for f in offered.findings if f.severity is Severity.REFUTES)
        raise NotAllowedError(
            f"{offered.chain} cannot be accepted: {first.code}: {first.meaning.text} ({first.text or first.subject})",
            f"refuse it: --refuse {offered.chain.split(':', 1)[1]}:REASON",
        )


def _take_in(desk: Desk, package: Package | None, accepted: list[Offered]) -> None:
    """Commit the incoming records, parents first, so that our receipt stands on what is here."""
    if package is None:
        return
    folders = {o.chain: o.incoming for o in accepted if o.incoming}
    parents = {
        chain: Incoming(files=package.chain(chain), folder=package.folder(chain))
        for chain in _ancestors(package, list(folders))
    }
    work = workspace(desk.register)
    try:
        with desk.writing() as writer:
            for each in (*parents.values(), *folders.values()):
                importing.take_in(desk, writer, each, work)
            desk.forget()
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _ancestors(package: Package, chains: list[str]) -> list[str]:
    """The exhibits these were derived from, the eldest first."""
    found: list[str] = []
    waiting = list(chains)
    here = set(package.chains())
    while waiting:
        first = package.chain(waiting.pop()).records[:1]
        body = records.read(first[0].record).body if first else None
        if isinstance(body, bodies.Derivation) and body.parent in here and body.parent not in found:
            found.insert(0, body.parent)
            waiting.append(body.parent)
    return found


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
    """Receipts and refusals with their signatures, and our card, in one file (K3)."""
    found = {f"cards/{desk.code}.card.json": strict.pretty(agency_card(desk))}
    for each in written:
        chain = each.record.chain
        folder, name = desk.register.folder(chain), records.file_name(each.record)
        journal = chain_type(chain) == "journal"
        base = "journal" if journal else f"chains/{chain.replace(':', '/')}"
        for path in sorted(folder.iterdir()):
            if path.name == name or (path.name.startswith(name + ".") and path.name.endswith(".p7s")):
                found[f"{base}/{path.name}"] = files.read(path)
    return cards.print_reply(found)
