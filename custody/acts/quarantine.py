"""Keeping what contradicts a chain apart from it: all of it, under its identity, and nothing that nobody signed (C13).

A sender cannot fill the disk: only records with a sound signature under a trusted root are kept, so that each is a
named person's, and of one person at most `MAX_STRAYS` that cannot stand in the chain and `MAX_STANDING` that can.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from custody.acts.desk import Desk
from custody.acts.importing import Contradiction
from custody.acts.mending import record_parts
from custody.edges import files
from custody.edges.commit import publish
from custody.edges.register import check_owner
from manifests import ledger, verify
from manifests.digest import PREFIX, identity
from manifests.errors import EnvironmentFault, NotAllowedError, RefutedError, UndeterminedError
from manifests.findings import Finding, Severity
from manifests.report import ChainReport, VerifiedRecord
from manifests.rivals import Key, key_of
from manifests.verify import RecordFiles

MAX_STRAYS = 16
MAX_STANDING = 1000


@dataclass(frozen=True, kw_only=True)
class SetApart:
    """What became of records that contradict a chain here."""

    chain: str
    kept: tuple[VerifiedRecord, ...]
    """In quarantine now, and read back."""
    refused: tuple[tuple[str, str], ...]
    """What is not kept: the name of each, and why."""
    findings: tuple[Finding, ...]
    """What those that are kept mean for the exhibit."""

    def lines(self) -> list[str]:
        """What is kept and what is not, for a person."""
        kept = [f"kept in quarantine: {v.record.position:04d} {v.record.kind} by {v.actor}" for v in self.kept]
        kept += [f"{f.code}: {f.meaning.text} ({f.text})" for f in self.findings]
        return kept + [f"not kept: {name}: {why}" for name, why in self.refused]

    def error(self) -> NotAllowedError | RefutedError | UndeterminedError:
        """What whoever brought this is told."""
        hints = [f"not kept: {name}: {why}" for name, why in self.refused]
        if not self.kept:
            first = "; ".join(f"{name}: {why}" for name, why in self.refused[:1])
            text = f"{self.chain}: what came contradicts what is here, and is not kept: {first}"
            return RefutedError(text, "nothing was changed; ask the sender for the reply that was signed")
        worst = next((f for f in self.findings if f.severity is not Severity.NOTE), None)
        if worst is None:
            said = "; ".join(f"{f.subject}: {f.text}" for f in self.findings)
            text = f"{self.chain}: what came cannot stand here; it is kept in quarantine"
            return NotAllowedError(text, *([said] if said else []), *hints)
        text = f"{self.chain}: {worst.meaning.text} ({worst.text}); what came is kept in quarantine"
        hints += [_WAYS_OUT.get(worst.code, "custody verify shows both")]
        if worst.severity is Severity.REFUTES:
            return RefutedError(text, *hints, code=worst.code)
        return UndeterminedError(text, *hints, code=worst.code)


_WAYS_OUT = {
    "hand-over-contested": "talk to the other agency, then settle it: custody settle",
    "fork": "find out how it came about, then let a supervisor sign that: custody explain",
    "name-collision": "let the other register use another name for its exhibit",
}


def keep_rivals(desk: Desk, found: Contradiction) -> SetApart:
    """Keep what contradicts a chain here; the same once, however often it comes."""
    check_owner(desk.register)
    sound: list[tuple[RecordFiles, VerifiedRecord]] = []
    refused: list[tuple[str, str]] = []
    for each in found.rivals:
        try:
            sound.append((each, _checked(desk, found.chain, each)))
        except RefutedError as err:
            refused.append((each.name, err.message))
    standing = {key_of(v) for v in _judged(desk, found.chain, (each for each, _ in sound)).rivals}
    numbers = _numbers(desk, found.chain, standing)
    kept = []
    for each, opened in sound:
        try:
            _keep(desk, each, opened, numbers, key_of(opened) in standing)
            kept.append(opened)
        except RefutedError as err:
            refused.append((each.name, err.message))
        except OSError as err:
            refused.append((each.name, f"it could not be written: {err.strerror or err}"))
    names = {opened.record.digest for opened in kept}
    findings = tuple(f for f in _judged(desk, found.chain, ()).findings if f.facts.get("rival") in names)
    return SetApart(chain=found.chain, kept=tuple(kept), refused=tuple(refused), findings=findings)


def _checked(desk: Desk, chain: str, each: RecordFiles) -> VerifiedRecord:
    """A rival with a sound signature of somebody known; raises RefutedError."""
    opened = verify.open_record(each, chain, desk.trust)
    bad = next((f for f in opened.findings if f.severity is Severity.REFUTES), None)
    if bad is not None:
        raise RefutedError(f"{bad.meaning.text}: {bad.text}", code=bad.code)
    if not opened.actor.known:
        raise RefutedError("signed under a root that is not trusted here", code="signer-unknown")
    return opened


def _judged(desk: Desk, chain: str, more: Iterable[RecordFiles]) -> ChainReport:
    """The chain here, judged as if these rivals were kept already."""
    own = desk.register.chain(chain)
    with_more = replace(own, rivals=(*own.rivals, *more), lists=verify.no_lists)
    return desk.weigh_rivals(verify.verify_chain(with_more, desk.trust))


Numbers = Counter[tuple[tuple[str, str], bool]]
"""How many records of a person are kept, by whether they may stand in the chain."""


def _numbers(desk: Desk, chain: str, standing: set[Key]) -> Numbers:
    found: Numbers = Counter()
    for rival in desk.register.chain(chain).rivals:
        with suppress(RefutedError):
            opened = verify.open_record(rival, chain, desk.trust)
            found[opened.actor.person, key_of(opened) in standing] += 1
    return found


def _keep(desk: Desk, each: RecordFiles, opened: VerifiedRecord, numbers: Numbers, may_stand: bool) -> None:
    """Write a rival and read it back; raises RefutedError where it is one too many, OSError."""
    folder = desk.register.rivals_folder(opened.record.chain)
    if any(_is_there(folder, parts) for parts in _named(each, opened)):
        return
    most = MAX_STANDING if may_stand else MAX_STRAYS
    if numbers[opened.actor.person, may_stand] >= most:
        raise RefutedError(f"{most} records of {opened.actor} are kept here already, which is the most")
    files.make_folders(folder)
    for parts in _named(each, opened):
        with suppress(FileExistsError):
            _write(desk, folder, parts)
        if _is_there(folder, parts):
            files.fsync_folder(folder)
            numbers[opened.actor.person, may_stand] += 1
            return
    raise RefutedError("other files have its name in the quarantine")


def _named(each: RecordFiles, opened: VerifiedRecord) -> Iterator[dict[str, bytes]]:
    """The files of a rival by the names that it may have; the second where the first is taken by something else."""
    line = identity(ledger.line(opened.record.digest, opened.signature)).removeprefix(PREFIX)
    for tag in (opened.record.digest.removeprefix(PREFIX)[:16], line):
        stem = each.name.removesuffix(".json")
        yield {f"{stem}.{tag}{name.removeprefix(stem)}": data for name, data in record_parts(each).items()}


def _write(desk: Desk, folder: Path, parts: dict[str, bytes]) -> None:
    """Write the files of a rival, the record last: what was begun and not finished is no rival yet."""
    for name, data in sorted(parts.items(), reverse=True):
        if not _is_there(folder, {name: data}):
            publish(desk.register.path / "tmp", folder / name, data)


def _is_there(folder: Path, parts: dict[str, bytes]) -> bool:
    return all(files.read_if_there(folder / name) == data for name, data in parts.items())


def keep_own(desk: Desk, chain: str, fallen: Iterable[RecordFiles]) -> None:
    """Copy records of a chain, with what lies beside them, into its quarantine; raises EnvironmentFault."""
    source, folder = desk.register.folder(chain), desk.register.rivals_folder(chain)
    files.make_folders(folder)
    for each in fallen:
        stem, tag = each.name.removesuffix(".json"), identity(each.record).removeprefix(PREFIX)[:16]
        beside = [source / name for name, _ in files.names(source) if name.startswith(f"{stem}.")]
        for path in sorted(beside, key=lambda one: one.name == each.name):
            target = folder / f"{stem}.{tag}{path.name.removeprefix(stem)}"
            if path.name in record_parts(each):
                with suppress(FileExistsError):
                    publish(desk.register.path / "tmp", target, record_parts(each)[path.name])
            else:
                with suppress(FileExistsError):
                    files.link_new(path, target)
            if not files.is_same(path, target):
                raise EnvironmentFault(
                    f"{path.name} could not be set aside", f"move {target} out of the way, and repeat"
                )
    files.fsync_folder(folder)
