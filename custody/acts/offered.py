"""Looks at what is offered: an exhibit's chain joined to ours, its contents compared. Nothing is written,
but what contradicts the chain here is kept in quarantine."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import msgspec

from custody.acts import importing
from custody.acts.contents import media_check, noticed
from custody.acts.desk import Desk
from custody.acts.examination import Examination
from custody.acts.importing import Contradiction, Copied, Incoming
from custody.acts.locating import compare_contents
from custody.acts.media_source import source_of, unsealed
from custody.acts.package_contents import beside_offered
from custody.acts.quarantine import SetApart, keep_rivals
from custody.acts.sealed import Sealed
from custody.edges.package import Package
from hashing.access import COMMAND
from hashing.measure import Progress
from manifests import bodies, derivations, verify
from manifests.chain import ChainState
from manifests.digest import identity
from manifests.errors import NotAllowedError, UsageError
from manifests.findings import Finding, Severity, verdict
from manifests.records import Record
from manifests.report import ChainReport
from manifests.shapes import MediaCheck
from manifests.verdict import Verdict

Progressing = Callable[[Progress], None] | None


@dataclass(frozen=True, kw_only=True)
class Offered:
    """One exhibit of a hand-over, looked at: its chain joined to ours, what was found, and what it is owed."""

    chain: str
    report: ChainReport | None
    findings: tuple[Finding, ...]
    media: MediaCheck
    parents: tuple[ChainReport, ...] = ()
    """The chains that it comes from, joined to ours."""
    incoming: Incoming | None = None
    answered: Record | None = None
    """Our receipt, where it is in the chain already."""
    contradiction: Contradiction | None = None
    apart: SetApart | None = None
    """What became of the records that contradict the chain here."""

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
class OfferOptions:
    """How to look: where media are that do not lie in the package, or that they are checked later."""

    media: dict[str, tuple[str, ...]] = field(default_factory=dict)
    later: bool = False
    access: tuple[str, ...] = COMMAND
    """The command that opens a device which may not be opened directly."""


def look(
    desk: Desk, copied: Copied | None, chains: list[str], looking: OfferOptions, progress: Progressing
) -> list[Offered]:
    """Check what is offered; `copied` is None inside one register.

    Nothing is written, but what contradicts the chain here is kept in quarantine.
    """
    desk.finish_interrupted()
    if copied is None:
        return [_look_inside(desk, chain, looking, progress) for chain in chains]
    joined = importing.join(desk, copied)
    apart = {chain: keep_rivals(desk, each) for chain, each in joined.contradictions.items()}
    found = []
    reports = [verify.verify_chain(replace(each, lists=verify.no_lists), desk.trust) for each in joined.files.values()]
    together = list(derivations.check_carried(tuple(reports)))
    for chain in chains:
        examined = importing.examine(desk, copied, joined, [chain])
        if chain in joined.contradictions:
            found.append(_contradicted(joined.contradictions[chain], apart[chain], examined, copied.chains[chain]))
            continue
        lacking = [f for f in together if f.facts["with"] == chain]
        examined = replace(examined, findings=(*examined.findings, *lacking))
        whole = joined.files[chain]
        found.append(_look_at(desk, copied, whole, examined, looking, progress))
    if copied.package is None:
        return found
    beside = beside_offered(copied.package, reports, desk.trust, looking.media)
    return [_with_beside(each, beside, chains) for each in found]


def _with_beside(offered: Offered, beside: list[Finding], chains: list[str]) -> Offered:
    """One exhibit with what was found in the package beside it: its own, and what is nobody's."""
    if offered.answered is not None:
        return offered
    others = set(chains) - {offered.chain}
    mine = [replace(each, subject=offered.chain) for each in beside if each.subject not in others]
    media = msgspec.structs.replace(offered.media, findings=(*offered.media.findings, *noticed(offered.chain, mine)))
    return replace(offered, findings=(*offered.findings, *mine), media=media)


def _look_inside(desk: Desk, chain: str, looking: OfferOptions, progress: Progressing) -> Offered:
    return _look_at(desk, None, desk.register.chain(chain), desk.examine([chain]), looking, progress)


def _look_at(
    desk: Desk,
    copied: Copied | None,
    whole: verify.ChainFiles,
    examined: Examination,
    looking: OfferOptions,
    progress: Progressing,
) -> Offered:
    """Look at one exhibit; `whole` is its chain joined to ours."""
    chain = whole.id
    incoming = copied.chains[chain] if copied else None
    report, parents = examined.chains[0], examined.chains[1:]
    findings = [f for f in examined.findings if f.code != "in-transit" and not _is_of_parents(f, parents)]
    if report.state is None or any(f.severity is Severity.REFUTES for f in findings):
        return Offered(
            chain=chain, report=report, parents=parents, findings=tuple(findings), media=MediaCheck(how="none"),
            incoming=incoming,
        )  # fmt: skip
    size = len(incoming.files.records) if incoming else None
    answered = _answered(desk, report, size)
    if answered is None:
        _check_age(report, size)
        _check_addressee(desk, report.state)
    media = MediaCheck(how="none")
    found: list[Finding] = []
    if answered is None:
        media, found = _contents(desk, copied.package if copied else None, whole, report.state, looking, progress)
    return Offered(
        chain=chain, report=report, parents=parents, findings=tuple(findings + found), media=media, incoming=incoming,
        answered=answered,
    )  # fmt: skip


_OF_PARENTS = ("signer-unknown", "parent-missing", "signer-not-enrolled", "certificate-revoked")


def _is_of_parents(finding: Finding, parents: tuple[ChainReport, ...]) -> bool:
    """Whether a finding says of a chain that it comes from what does not matter for what is handed over."""
    about = finding.subject.split(" ")[0]
    grave = finding.severity is Severity.REFUTES or finding.code in _OF_PARENTS
    return not grave and any(about == parent.id for parent in parents)


def _contradicted(err: Contradiction, apart: SetApart, examined: Examination, incoming: Incoming) -> Offered:
    """What contradicts the chain here can only be refused, whatever the contradiction is."""
    seen = [f for f in examined.chains[0].findings if f.severity is not Severity.NOTE]
    first = seen[0] if seen else Finding(code="order-violated", subject=err.chain)
    first = replace(first, text=f"{err.message}: {first.text}" if first.text else err.message)
    found = [first, *seen[1:]]
    return Offered(
        chain=err.chain, report=None, findings=tuple(found), media=MediaCheck(how="none"), incoming=incoming,
        contradiction=err, apart=apart,
    )  # fmt: skip


def _answered(desk: Desk, report: ChainReport, size: int | None) -> Record | None:
    """Our receipt: the record after the `size` that came, or inside one register the chain's last."""
    for opened in report.records[-1:] if size is None else report.records[size : size + 1]:
        record = opened.record
        if isinstance(record.body, bodies.Receipt) and record.envelope.by.register == desk.name:
            return record
    return None


def _check_age(report: ChainReport, size: int | None) -> None:
    """An older chain than the one here is nothing to receive (C13)."""
    if size is not None and size < len(report.records):
        raise NotAllowedError(
            f"{report.id}: what came is older than what is here, {size} of {len(report.records)} records: nothing done",
            f"see: custody log {report.id}",
        )


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
    looking: OfferOptions,
    progress: Progressing,
) -> tuple[MediaCheck, list[Finding]]:
    inside, paths = package.media(state.id) if package else None, looking.media.get(state.id)
    sealed = Sealed(chain=whole, manifests=state.manifests)
    if not state.manifests:
        return MediaCheck(how="none"), unsealed(sealed, paths or ())
    source = source_of(sealed, paths, inside, looking.access)
    if looking.later or source is None:
        release = state.release.body if state.release else None
        media = release.media if isinstance(release, bodies.Release) else None
        if not looking.later and media is not None and media.how == "seal-intact":
            return MediaCheck(how="seal-intact", seal=media.seal), []
        if not looking.later:
            raise UsageError(
                f"the contents of {state.id} are not in the package",
                f"say where they are: --media {state.id.split(':', 1)[1]}=DIR; or --contents-later",
            )
        return MediaCheck(how="later"), []
    tally, found = compare_contents(sealed, source, decode_all=True, progress=progress)
    return media_check(tally, found), found
