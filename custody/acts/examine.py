"""Verifying a target: gather chains, trust and media, ask the pure core, and put one report together."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from custody.acts import exhibits, importing, ledgers, paper_codes
from custody.acts.desk import Desk, Written
from custody.acts.examination import parent_of
from custody.acts.exhibits import Circumstances
from custody.acts.package_contents import judge_package, sealed_in
from custody.acts.restoring import check_register
from custody.edges import clock, files
from custody.edges.package import Carried, Package
from custody.edges.register import read_record
from manifests import bodies, cards, derivations, records, verify
from manifests.chain import OrderViolated
from manifests.errors import RefutedError, UsageError
from manifests.findings import Area, Finding, Severity
from manifests.report import ChainReport, CopyTally, MediaTally, Report, sort_findings
from manifests.shapes import MediaCheck, Workers
from manifests.times import text
from manifests.trust import Anchor, Trust, newest_lists
from manifests.verdict import Verdict, worse
from manifests.verify import ChainFiles, RecordFiles, verify_chain

if TYPE_CHECKING:
    from custody.acts.contents import Engine
    from hashing.measure import Progress


@dataclass(frozen=True, kw_only=True)
class VerifyOptions:
    """What to look at beside the records."""

    media: dict[str, tuple[str, ...]] = field(default_factory=dict)
    against: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """A second copy of the contents of some exhibits."""
    quick: bool = False
    records_only: bool = False
    code: str | None = None
    decode: bool = False
    """Decode the media inside images also where their container is the same."""
    access: tuple[str, ...] = ()
    """The command that opens a device which may not be opened directly; nothing for none."""
    engine: "Engine | None" = None
    """What reads the media, but for devices and what is inside images; nothing for this computer."""


@dataclass(kw_only=True)
class _Gathered:
    """A report in the making."""

    target: str
    trust: Trust
    chains: list[ChainReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    media: list[MediaTally] = field(default_factory=list)
    copies: list[CopyTally] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)
    rests_on: list[str] = field(default_factory=list)

    def add_chain(self, chain: ChainFiles) -> ChainReport:
        report = verify_chain(chain, self.trust)
        self.findings += report.findings
        self.note_chain(report)
        return report

    def note_chain(self, report: ChainReport) -> None:
        """Take a chain in whose findings are known."""
        self.chains.append(report)
        if report.records and report.records[0].record.body is None:
            what = "the order of its records, who holds it, and contents"
            self.not_checked.append(f"{report.id}: {what}; it begins with a record of a later version")


Progressing: TypeAlias = "Callable[[Progress], None] | None"


def in_register(
    desk: Desk, target: str, chains: list[str], looking: VerifyOptions, progress: Progressing = None
) -> Report:
    """Verify chains of a register: all of it where `chains` are all, with its ledger."""
    found = _Gathered(target=target, trust=desk.trust)
    examined = desk.examine(chains)
    for report in examined.chains:
        found.note_chain(report)
    found.findings += examined.findings
    asked = set(chains)
    for report in examined.chains:
        if report.id in asked:
            _media(found, desk.register.chain(report.id), report, None, looking, progress)
    return _finish(found, looking, desk)


def in_package(
    package: Package, trust: Trust, looking: VerifyOptions, own: Desk | None = None, progress: Progressing = None
) -> Report:
    """Verify a package: its chains, and its media where they travel inside or are named."""
    came = package.cards()
    found = _Gathered(target=str(package.path), trust=trust.knowing([cards.unb64(card.crl) for card in came]))
    if not trust.anchors:
        found.not_checked.append("who signed: no trusted agency card was given (--anchor CARD)")
    offered = package.chains()
    parents = {parent_of(package.chain(c)) for c in offered}
    chains = sorted(offered, key=lambda each: each in parents)  # what it is about, then where that came from
    if own is not None:
        _add_examined(found, own, package, chains, parents)
    else:
        for chain in chains:
            found.add_chain(package.chain(chain))
        found.findings += derivations.check_derivations(tuple(found.chains))
        found.findings += ledgers.find_two_histories(found.chains)
    found.findings += derivations.check_carried(tuple(found.chains))
    found.findings += [Finding(code="nothing-found", subject=chain) for chain in _empty(package, offered)]
    known = {report.id: sealed_in(report) for report in found.chains}
    found.findings += judge_package(package, known, looking.media)
    for report in list(found.chains):
        inside = package.media(report.id)
        if looking.media.get(report.id) or inside or report.id not in parents:
            _media(found, package.chain(report.id), report, inside, looking, progress)
        elif report.state and report.state.manifests:
            found.not_checked.append(f"the contents of {report.id}, which does not travel in this package")
    return _finish(found, looking)


def _add_examined(found: _Gathered, own: Desk, package: Package, chains: list[str], parents: set[str | None]) -> None:
    """Examine a package's chains under a register that is vouched for, each joined to the one that is there."""
    came = {chain: importing.Incoming(files=package.chain(chain), folder=package.path) for chain in chains}
    copied = importing.Copied(chains=came, cards=tuple(package.cards()), package=package)
    joined = importing.join(own, copied)
    for chain in joined.older:
        joined.files[chain] = came[chain].files
    examined = importing.examine(own, copied, joined, chains)
    for report in examined.chains:
        if report.id in came:
            found.note_chain(report)
    found.findings += examined.findings
    found.findings += joined.findings([chain for chain in chains if chain not in parents])


def _empty(package: Package, offered: list[str]) -> Iterator[str]:
    """The exhibits of a package whose records are all gone, where others have theirs."""
    empty = [chain for chain in offered if not package.chain(chain).records]
    yield from empty if len(empty) < len(offered) else ()


def under(desk: Desk, report: Report) -> Report:
    """The report on something that does not lie in a register, made under what that register trusts."""
    return replace(report, findings=sort_findings([*report.findings, *desk.journal_findings()]))


def in_reply(path: Path, trust: Trust, looking: VerifyOptions) -> Report:
    """Verify the records in a reply, each by itself."""
    reply = cards.read_reply(files.read(path, cards.MAX_REPLY))
    came = [cards.unb64(card.crl) for card in importing.cards_from(reply)]
    found = _Gathered(target=str(path), trust=trust.knowing(came))
    for name in sorted(reply):
        if name.startswith(("chains/", "journal/")) and name.endswith(".json"):
            _single(found, importing.record_from(reply, name))
    return _finish(found, looking)


def in_file(path: Path, trust: Trust, looking: VerifyOptions) -> Report:
    """Verify one record's file with the signatures beside it, by itself."""
    found = _Gathered(target=str(path), trust=trust)
    _single(found, read_record(path.parent, path.name))
    return _finish(found, looking)


def _single(found: _Gathered, each: RecordFiles) -> None:
    """One record without the chain it stands in."""
    chain = ""
    try:
        chain = records.read(each.record).chain
        opened = verify.open_record(each, chain, found.trust)
    except (RefutedError, OrderViolated) as err:
        bad = Finding(code=err.code, subject=f"{chain} {each.name}".strip(), text=err.message)
        found.findings.append(bad)
        return
    found.chains.append(ChainReport(id=chain, records=(opened,), state=None, findings=opened.findings, alone=True))
    found.findings += opened.findings
    if opened.record.position > 1:
        found.not_checked.append(f"the records of {chain} before number {opened.record.position}")
    if isinstance(opened.record.body, bodies.Manifest) and not found.media:
        found.not_checked.append(f"the contents of {chain}, and the lists that this record binds")


def _media(
    found: _Gathered,
    chain: ChainFiles,
    report: ChainReport,
    inside: Carried | None,
    looking: VerifyOptions,
    progress: Progressing,
) -> None:
    """Compare an exhibit's media: where the person says they are, or inside a package."""
    state, paths, against = report.state, looking.media.get(report.id), looking.against.get(report.id)
    if state is None:
        return
    if looking.records_only:
        found.not_checked += [f"the contents of {report.id}: only the records were asked for"] * bool(state.manifests)
        return
    if not (paths or against or inside):  # and what reads media need not be loaded
        no_media = Finding(code="media-not-read", subject=report.id, text="no --media given")
        found.findings += [no_media] if state.manifests else []
        return
    from custody.acts import locating
    from custody.acts.media_source import copy_of, source_of, unsealed
    from custody.acts.sealed import Sealed
    from hashing.measure import measure

    sealed = Sealed(chain=chain, manifests=state.manifests, engine=looking.engine or measure)
    if not state.manifests:
        found.findings += unsealed(sealed, (*(paths or ()), *(against or ())))
        return
    first = source_of(sealed, paths, inside, looking.access)
    if first is None:
        raise UsageError("a second copy needs a first one", "name that too: --media PATH --against COPY")
    second = copy_of(first, sealed, against, looking.access) if against else None
    checked = locating.check(sealed, first, second, quick=looking.quick, decode_all=looking.decode, progress=progress)
    found.media.append(checked.tally)
    found.not_checked += _undecoded(checked.tally)
    other = "files, and a device was compared" if first.as_device else "a device, and files were compared"
    left = [str(record.position) for record in state.manifests if record.digest not in checked.tally.manifests]
    found.not_checked += [f"{report.id} no. {position}: it was sealed as {other}" for position in left]
    found.findings += checked.findings
    found.copies += [checked.copy] if checked.copy else []


def _undecoded(tally: MediaTally) -> Iterator[str]:
    """What was not decoded again, since its container is the same (M4)."""
    if tally.undecoded:
        many = "1 image" if tally.undecoded == 1 else f"{tally.undecoded} images"
        yield f"{tally.exhibit}: the media inside {many}: not decoded again, the container is the same (--decode does)"


def _finish(found: _Gathered, looking: VerifyOptions, desk: Desk | None = None) -> Report:
    told = any(finding.meaning.area is Area.RECORDS for finding in found.findings)
    if not any(chain.records for chain in found.chains) and not told:
        found.findings.append(Finding(code="nothing-found", subject=found.target))
    elif any(chain.records for chain in found.chains):
        found.findings.append(Finding(code="time-unproven", subject=found.target))
    if looking.code is not None:
        rests_on, findings = paper_codes.judge(looking.code, found.chains, found.target, desk)
        found.rests_on += rests_on
        found.findings += findings
    return Report(
        target=found.target,
        made_at=text(clock.now()),
        chains=tuple(found.chains),
        findings=sort_findings(found.findings),
        rests_on=(*found.rests_on, *_rests_on(found)),
        media=tuple(found.media),
        copies=tuple(found.copies),
        records_only=looking.records_only,
        not_checked=tuple(found.not_checked),
    )


def _rests_on(found: _Gathered) -> Iterator[str]:
    used = {v.actor.root for chain in found.chains for v in chain.records}
    for anchor in found.trust.anchors:
        if anchor.fingerprint in used:
            yield f"root of {anchor.code} ({anchor.agency}) {anchor.fingerprint}: {anchor.source}"
            newest = found.trust.lists.get(anchor.fingerprint)
            if newest is not None:
                yield f"revocation at {anchor.code} known up to {newest.made:%Y-%m-%d}"
    for chain in found.chains:
        if chain.records and not chain.alone:
            last = chain.records[-1].record.position
            yield f"{chain.id}: complete up to number {last}; later records cannot be excluded"
    if used:
        yield "times: as the signers state them, not proven by a time stamp"


def anchors_from(paths: Iterable[str]) -> tuple[Anchor, ...]:
    """Anchors from card files that the person names; raises UsageError, RefutedError."""
    found = []
    for path in paths:
        try:
            card = cards.read_card(files.read(Path(path)))
        except FileNotFoundError as err:
            raise UsageError(f"no such file: {path}") from err
        found.append(cards.anchor(card, f"--anchor {Path(path).name}"))
    return tuple(found)


def outside_trust(anchors: tuple[Anchor, ...], card_paths: Iterable[str]) -> Trust:
    """Trust for a check outside any register: the cards named, with the lists they carry."""
    lists = [cards.unb64(cards.read_card(files.read(Path(p))).crl) for p in card_paths]
    return Trust(anchors=anchors, now=clock.now(), lists=newest_lists(anchors, lists))


def settled(desk: Desk, chain: str, report: Report) -> Report:
    """The report without the debt that this very verification pays: contents owed, now read whole and found sound."""
    read = any(m.exhibit == chain and not m.quick for m in report.media)
    sound = not any(f.subject == chain and f.severity is not Severity.NOTE for f in _media_findings(report))
    if not (read and sound):
        return report
    kept = tuple(f for f in report.findings if (f.code, f.subject) != ("contents-owed", chain))
    return replace(report, findings=kept)


def _media_findings(report: Report) -> tuple[Finding, ...]:
    return tuple(f for f in report.of(Area.MEDIA) if f.code != "contents-owed")


def record_verification(
    desk: Desk, chain: str, report: Report, how: Circumstances | None = None, read_by: Workers | None = None
) -> Written:
    """Sign what a verification found about one exhibit, as a record of its chain; `read_by`: whose word it rests on."""
    from custody.acts.contents import media_check

    check_register(desk)
    state = desk.state(chain)
    tally = next((m for m in report.media if m.exhibit == chain), None)
    own = [f for f in report.of(Area.MEDIA) if f.subject == chain and f.severity is not Severity.NOTE]
    media = media_check(tally, own) if tally else MediaCheck(how="none" if not state.manifests else "not-read")
    media_verdict = None if report.records_only else report.media_verdict
    body = bodies.Verification(
        manifests=tally.manifests if tally else (),
        verdict=worse(report.records_verdict, media_verdict or Verdict.CONFIRMED).value,
        records_verdict=report.records_verdict.value,
        media_verdict=media_verdict.value if media_verdict else None,
        media=media,
        read_by=read_by,
    )
    return exhibits.one(desk, chain, body, how or Circumstances())
