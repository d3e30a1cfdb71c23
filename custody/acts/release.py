"""The giving side of a hand-over: release and recall (docs/spec/chain.md, C3 to C6, C10)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import msgspec

from custody.acts import exhibits, packing
from custody.acts.bags import unread_under
from custody.acts.contents import media_check
from custody.acts.desk import Desk, Written
from custody.acts.exhibits import Circumstances, Hands, draft
from custody.acts.locating import compare_contents
from custody.acts.media_source import source_of, unsealed
from custody.acts.packing import Texts
from custody.acts.sealed import Sealed
from custody.edges import files
from custody.edges.package import Making, Package, making
from hashing.access import COMMAND
from hashing.measure import Progress
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
    access: tuple[str, ...] = COMMAND
    """The command that opens a device which may not be opened directly."""
    intact: dict[str, str] = field(default_factory=dict)
    """By exhibit, the seal under which its contents stay unread."""
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
    desk.finish_interrupted()
    states = {chain: desk.state(chain) for chain in handing.exhibits}
    me = desk.me()
    for state in states.values():
        _may_go(state, to, me.service_no)
    target = handing.out / _package_name(handing)
    again = [Written(record=s.release, already=True) for s in states.values() if s.release is not None]
    if len(again) == len(states) and handing.to_code is not None and packing.is_made(desk, target, handing.exhibits):
        _check_made(desk, Package(target), states, progress)
        return Released(written=tuple(again), package=target)
    opened = exhibits.hands(desk, how)
    if handing.to_officer is not None:
        checked = [_check(desk, handing, s, None, progress) for s in states.values()]
        return Released(written=tuple(_write(desk, handing, how, to, checked, opened)), package=None)
    exhibits.check_room(handing.out)
    with making(target) as package:
        checked = [_check(desk, handing, s, package, progress) for s in states.values()]
        with files.held_room(package.path / ".room", packing.size_of(desk, handing.exhibits, package)):
            written = _write(desk, handing, how, to, checked, opened)
        packing.fill(desk, package, handing.exhibits, texts)
        return Released(written=tuple(written), package=package.finish(target, _info(desk, handing, to)))


def _check_made(desk: Desk, package: Package, states: dict[str, ChainState], progress: Progressing) -> None:
    """Raise NotAllowedError where the media in a package that is there already are not what was sealed."""
    for chain, state in states.items():
        inside = package.media(chain)
        sealed = Sealed(chain=desk.register.chain(chain), manifests=state.manifests)
        source = source_of(sealed, None, inside, ()) if inside is not None and state.manifests else None
        if source is None:
            continue
        _, found = compare_contents(sealed, source, progress=progress)
        if bad := next((f for f in found if f.severity is not Severity.NOTE), None):
            raise NotAllowedError(
                f"{package.path} is there already, and is not what was released: {bad.code}: {bad.text or chain}",
                "move it away; then the same command makes it again",
            )


def _addressee(desk: Desk, handing: Handing) -> bodies.Addressee:
    if (handing.to_code is None) == (handing.to_officer is None):
        raise UsageError("to whom?", "name one of --to CODE, --to-officer SERVICE_NO, --to-person NAME")
    if handing.to_officer is not None:
        return _colleague(desk, handing.to_officer)
    anchor = desk.trust.live_anchor(handing.to_code or "")
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
    examined = desk.examine([state.id])
    media, found = _contents(desk, handing, examined.chains[0], state, package, progress)
    findings = tuple(f for f in (*examined.findings, *found) if f.severity is not Severity.NOTE)
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
    paths = handing.media.get(state.id)
    sealed = Sealed(chain=desk.register.chain(state.id), manifests=state.manifests)
    if (seal := handing.intact.get(state.id)) is not None:
        return unread_under(state, seal, paths), []
    if not state.manifests:
        return MediaCheck(how="none"), unsealed(sealed, paths or ())
    source = source_of(sealed, paths, None, handing.access)
    if source is None:
        return _relied_on(desk, handing, report, state)
    copied = None if package is None or handing.apart else source.copied_into(package, state.id, progress)
    tally, found = compare_contents(sealed, source, copied, progress=progress)
    return media_check(tally, found), found


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
        if young and whole and body.media_verdict == "CONFIRMED" and body.read_by is None:
            if body.media.how != "measured":
                raise UsageError(
                    f"the contents of {state.id} were last checked by their pieces only",
                    f"check them whole: custody verify {state.id} --media DIR --record; or here: --media DIR",
                )
            if packs:
                raise UsageError(f"say where the contents of {state.id} are", "--media DIR, or --media-apart")
            return msgspec.structs.replace(body.media, how="relied-on", verification=last.digest), []
    raise UsageError(
        f"the contents of {state.id} must be checked before they leave",
        f"say where they are: --media {state.id.split(':', 1)[1]}=DIR",
        "or, of a bag that stays shut: --seal-intact NUMBER",
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
            act_exhibits=tuple(sorted(set(handing.exhibits) - {each.chain})) if to.service_no is None else (),
            ledger=desk.ledger_head(),
            restored=desk.last_restoration(),
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
