"""The giving side of a hand-over: release and recall (docs/spec/chain.md, C3 to C6, C10)."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import msgspec

from custody.acts import exhibits, packing
from custody.acts.contents import as_sealed, check_media, decoder, measure_again, media_check, used_algorithms
from custody.acts.desk import Desk, Written
from custody.acts.exhibits import Circumstances, Hands, draft
from custody.acts.packing import Texts
from custody.edges.package import Making, carried, making
from hashing.items import Item, Outcome
from hashing.measure import Plan, Progress
from hashing.sources import sources_from
from manifests import bodies
from manifests.chain import ChainState
from manifests.digest import identity
from manifests.errors import NotAllowedError, UsageError
from manifests.findings import NEVER_DESPITE, Finding, Severity
from manifests.report import ChainReport
from manifests.shapes import RECALL_REASONS, MediaCheck, Noticed
from manifests.times import parse

RELIED_ON = timedelta(hours=24)
Progressing = Callable[[Progress], None] | None


@dataclass(frozen=True, kw_only=True)
class Handing:
    """What a release needs to know, for one exhibit or several of one hand-over."""

    exhibits: tuple[str, ...]
    """Chain ids."""
    purpose: str
    to_code: str | None = None
    to_officer: str | None = None
    courier: str | None = None
    condition: str | None = None
    answer_by: str | None = None
    media: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Where each exhibit's media are."""
    apart: bool = False
    despite: tuple[str, ...] = ()
    out: Path = field(default_factory=Path)


@dataclass(frozen=True, kw_only=True)
class Released:
    """What became of a release: its records, and the package where one was made."""

    written: tuple[Written, ...]
    package: Path | None


@dataclass(frozen=True, kw_only=True)
class _Checked:
    """One exhibit looked at before it is released."""

    chain: str
    state: ChainState
    media: MediaCheck
    findings: tuple[Finding, ...]
    released: bool
    """Released to the same addressee before: only the package is made again."""


def release(
    desk: Desk, handing: Handing, how: Circumstances, *, texts: Texts, progress: Progressing = None
) -> Released:
    """Check the exhibits, sign a release for each, and make the package for another agency.

    `texts` writes what a person reads in the package. Raises NotAllowedError before anything is signed where
    one of them may not go.
    """
    to = _addressee(desk, handing)
    states = {chain: desk.state(chain) for chain in handing.exhibits}
    me = desk.me()
    for state in states.values():
        _may_go(state, to, me.service_no)
    target = handing.out / _package_name(handing)
    again = [Written(record=s.release, already=True) for s in states.values() if s.release is not None]
    if len(again) == len(states) and handing.to_code is not None and packing.is_made(desk, target, handing.exhibits):
        return Released(written=tuple(again), package=target)
    opened = exhibits.hands(desk, how)
    if handing.to_officer is not None:
        checked = [_check(desk, handing, s, None, progress) for s in states.values()]
        return Released(written=tuple(_write(desk, handing, how, to, checked, opened)), package=None)
    exhibits.check_room(handing.out)
    with making(target) as package:
        checked = [_check(desk, handing, s, package, progress) for s in states.values()]
        written = _write(desk, handing, how, to, checked, opened)
        packing.fill(desk, package, handing.exhibits, texts)
        return Released(written=tuple(written), package=package.finish(target, _info(desk, handing, to)))


def _addressee(desk: Desk, handing: Handing) -> bodies.Addressee:
    if (handing.to_code is None) == (handing.to_officer is None):
        raise UsageError("to whom?", "name one of --to CODE, --to-officer SERVICE_NO, --to-person NAME")
    if handing.to_officer is not None:
        return _colleague(desk, handing.to_officer)
    anchor = next((a for a in desk.trust.anchors if a.code == handing.to_code), None)
    if anchor is None:
        raise NotAllowedError(
            f"no agency {handing.to_code} is trusted here",
            "get its card, compare the fingerprint by telephone, then: custody trust add CARD",
        )
    return bodies.Addressee(agency=anchor.code, root=anchor.fingerprint)


def _colleague(desk: Desk, service_no: str) -> bodies.Addressee:
    if service_no not in desk.people:
        raise NotAllowedError(f"no officer {service_no} in {desk.name}", "see: custody people list")
    if service_no == desk.me().service_no:
        raise UsageError("giver and receiver are two different persons")
    return bodies.Addressee(agency=desk.code, root=identity(desk.own_root), service_no=service_no)


def _may_go(state: ChainState, to: bodies.Addressee, service_no: str) -> None:
    if state.release is not None and isinstance(state.release.body, bodies.Release):
        if state.release.body.to != to:
            raise NotAllowedError(
                f"{state.id} is released to {state.release.body.to.agency} already",
                f"take it back first: custody recall {state.id} --because never-sent",
            )
    elif state.situation != "held":
        raise NotAllowedError(f"{state.id} is {state.situation}: it cannot be released")
    if state.holder.service_no != service_no:
        raise NotAllowedError(
            f"only the holder releases {state.id}: {state.holder}",
            f"let the holder do it: custody --as {state.holder.service_no} release ...",
        )


def _check(
    desk: Desk,
    handing: Handing,
    state: ChainState,
    package: Making | None,
    progress: Progressing,
) -> _Checked:
    report = desk.read(state.id, lists=True)
    media, found = _contents(desk, handing, report, state, package, progress)
    findings = tuple(f for f in (*report.findings, *found) if f.severity is not Severity.NOTE)
    if state.release is None:
        _despite(state.id, findings, handing.despite)
    return _Checked(chain=state.id, state=state, media=media, findings=findings, released=state.release is not None)


def _contents(
    desk: Desk,
    handing: Handing,
    report: ChainReport,
    state: ChainState,
    package: Making | None,
    progress: Progressing,
) -> tuple[MediaCheck, list[Finding]]:
    """Check an exhibit's contents on the way into the package, or where they lie, or rely on a recent check."""
    if not state.manifests:
        return MediaCheck(how="none"), []
    paths = handing.media.get(state.id)
    if not paths:
        return _relied_on(desk, handing, report, state)
    chain = desk.register.chain(state.id)
    inside = carried(paths, state.id)
    paths = (str(inside),) if inside else paths
    if package is None or handing.apart:
        items = measure_again(state.manifests, paths, progress=progress)
    else:
        items = _copied(package, state, paths, inside is not None, progress)
    if inside:
        items = as_sealed(items, inside)
    decode = decoder(state.manifests, paths, stored=inside is not None)
    tally, found = check_media(chain, state.manifests, items, copied=inside is not None, decode=decode)
    return media_check(tally, found), found


def _copied(
    package: Making, state: ChainState, paths: tuple[str, ...], stored: bool, progress: Progressing
) -> Iterator[Item]:
    """Copy media into the package; `stored` ones come from another, under the names that packages use (K1)."""
    from hashing.copying import copy

    folder = package.media_folder(state.id)
    for item in copy(sources_from(paths), folder, Plan(algorithms=used_algorithms(state.manifests)), progress):
        if item.outcome is Outcome.MEASURED:
            package.add_media(state.id, item.name, item.digests["sha256"], stored=stored)
        yield item


def _relied_on(
    desk: Desk, handing: Handing, report: ChainReport, state: ChainState
) -> tuple[MediaCheck, list[Finding]]:
    last = report.records[-1].record
    body = last.body
    packs = handing.to_officer is None and not handing.apart
    if isinstance(body, bodies.Release) and not packs:
        return body.media, []  # released already, and nothing to pack
    if isinstance(body, bodies.Verification) and report.records[-1].actor.person == state.holder.person:
        young = desk.now() - parse(last.envelope.recorded_at) <= RELIED_ON
        whole = {m.digest for m in state.manifests} <= set(body.manifests)
        if young and whole and body.verdict == "CONFIRMED" and body.read_by is None:
            if packs:
                raise UsageError(f"say where the contents of {state.id} are", "--media DIR, or --media-apart")
            return msgspec.structs.replace(body.media, how="relied-on", verification=last.digest), []
    raise UsageError(
        f"the contents of {state.id} must be checked before they leave",
        f"say where they are: --media {state.id.split(':', 1)[1]}=DIR",
    )


def _despite(chain: str, findings: tuple[Finding, ...], despite: tuple[str, ...]) -> None:
    blocking = [f for f in findings if f.code not in despite or f.code in NEVER_DESPITE]
    if not blocking:
        return
    first = blocking[0]
    may = sorted({f.code for f in findings} - NEVER_DESPITE)
    raise NotAllowedError(
        f"{chain} cannot be released: {first.code}: {first.meaning.text} ({first.text or first.subject})",
        f"look at it: custody verify {chain}",
        *([f"to release it all the same, on the record: --despite {' --despite '.join(may)}"] if may else []),
    )


def _write(
    desk: Desk,
    handing: Handing,
    how: Circumstances,
    to: bodies.Addressee,
    checked: list[_Checked],
    opened: Hands,
) -> list[Written]:
    """Sign what is not yet released; what is, stands as it is."""
    fresh = [c for c in checked if not c.released]
    act = secrets.token_hex(16) if len(fresh) > 1 else None
    answer_by = exhibits.answer_by(desk, handing.answer_by)
    drafts = []
    for each in fresh:
        body = bodies.Release(
            to=to,
            purpose=handing.purpose,
            courier=handing.courier,
            seals=each.state.seals,
            condition=handing.condition,
            answer_by=answer_by,
            media=each.media,
            despite=tuple(_noticed(f) for f in each.findings),
            ledger=desk.ledger_head(),
        )
        drafts.append(replace(draft(desk, each.chain, body, how), act=act))
    written = desk.write(drafts, opened.signer, opened.witnesses) if drafts else []
    done = {w.record.chain: w for w in written}
    again = {c.chain: Written(record=c.state.release, already=True) for c in checked if c.state.release}
    return [(done | again)[chain] for chain in handing.exhibits]


def _noticed(finding: Finding) -> Noticed:
    """A finding without names from evidence."""
    return Noticed(code=finding.code, subject=finding.subject, text=finding.meaning.text)


def _package_name(handing: Handing) -> str:
    first = handing.exhibits[0].split(":", 1)[1].replace("/", "_")
    more = f"_and_{len(handing.exhibits) - 1}_more" if len(handing.exhibits) > 1 else ""
    return f"{first}{more}_to_{handing.to_code}"


def _info(desk: Desk, handing: Handing, to: bodies.Addressee) -> dict[str, str]:
    return {
        "Source-Organization": desk.own.agency,
        "Bagging-Date": desk.now().date().isoformat(),
        "External-Identifier": " ".join(handing.exhibits),
        "External-Description": f"custody package for {to.agency}: check it with custody verify",
    }


def recall(
    desk: Desk,
    chain: str,
    because: str,
    how: Circumstances,
    *,
    refusal: str | None = None,
    sidecars: dict[str, Path] | None = None,
) -> Written:
    """Take back what was released and not received; the same recall twice is written once."""
    if because not in RECALL_REASONS:
        raise UsageError(f"not a reason to recall: {because}", "one of " + ", ".join(RECALL_REASONS))
    state = desk.state(chain)
    last = state.head
    if isinstance(last.body, bodies.Recall) and last.body.because == because:
        return Written(record=last, already=True)
    if state.release is None:
        raise NotAllowedError(f"{chain} is not released", f"see: custody log {chain.split(':', 1)[1]}")
    if because == "refused" and refusal is None:
        raise NotAllowedError(
            "a refusal is answered with the refusal itself, which the addressee signed",
            "take their reply: custody acknowledge FILE; without one, say 'returned' or 'never-sent'",
        )
    body = bodies.Recall(release=state.release.digest, because=because, refusal=refusal)
    opened = exhibits.hands(desk, how)
    ready = replace(draft(desk, chain, body, how), sidecars=sidecars or {})
    return desk.write([ready], opened.signer, opened.witnesses)[0]
