"""Writing a register: the lock, the commit order, recovery (docs/spec/register.md, G3 and G4)."""

import contextlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from custody.edges import files, locks, workspaces
from custody.edges.books import read_locked_books
from custody.edges.register import Register, check_owner, read_record, record_names
from manifests import cms, ledger
from manifests.digest import identity
from manifests.errors import EnvironmentFault, NotAllowedError, RefutedError
from manifests.findings import Finding
from manifests.report import VerifiedRecord
from manifests.shapes import LedgerHead
from manifests.verify import RecordFiles

LOCK_SECONDS = 60
_BESIDE = re.compile(r"[0-9]{4,7}-[a-z][a-z-]*\..*(p7s|jsonl|log|refusal\.json|agreement\.json)")
"""What lies beside a record: its signatures, lists, logs, and the refusal that it answers."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A record ready to be committed: its signatures were checked, and these are the bytes that were.

    `sidecars` are finished files in the register's tmp, by final name.
    """

    opened: VerifiedRecord
    files: RecordFiles
    sidecars: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        record, signature = identity(self.files.record), identity(self.files.signature or b"")
        if (record, signature) != (self.opened.record.digest, self.opened.signature):
            raise RefutedError(f"{self.files.name} is not the record that was checked")

    @property
    def chain(self) -> str:
        return self.opened.record.chain

    @property
    def line(self) -> bytes:
        return ledger.line(self.opened.record.digest, self.opened.signature)


def workspace(register: Register) -> AbstractContextManager[Path]:
    """A new folder for work in progress, as long as the block lasts."""
    return workspaces.workspace(register.path / "tmp")


@contextlib.contextmanager
def writing(
    register: Register, pinned: LedgerHead | None = None, answers: frozenset[str] = frozenset()
) -> Iterator["Writer"]:
    """Hold the register's lock, with what an interrupted writer left put right first.

    `pinned` is what this computer has seen of the ledger. Nothing is committed behind a ledger that is damaged, but
    for damage of the codes that the records to come answer.
    """
    check_owner(register)
    with locks.locked(register.path / "ledger" / "lock", LOCK_SECONDS):
        writer = Writer(register)
        damage = writer.recover(pinned)
        writer.damage = None if damage is None or damage.code in answers else damage
        yield writer


class Writer:
    """Commits records, one after another, under the lock."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.damage: Finding | None = None
        """Why nothing may be written."""

    def commit(self, prepared: Prepared) -> None:
        """Write one record in the commit order; whatever fails before the end is taken back."""
        if self.damage is not None:
            raise NotAllowedError(
                f"the ledger is damaged: {self.damage.meaning.text} ({self.damage.subject}: {self.damage.text})",
                "nothing was written behind it; look at it first: custody verify",
            )
        folder = self.register.folder(prepared.chain)
        leaves = files.status(self.register.leaves)
        size = leaves.st_size if leaves else 0
        made: list[Path] = []
        try:
            files.make_folders(folder)
            self._publish(prepared, folder, made)
            files.fsync_folder(folder)
            self._append(prepared.line)
        except files.FlushFailed:
            raise
        except OSError as err:
            self._take_back(made, size)
            raise EnvironmentFault(
                f"cannot write the record of {prepared.chain}: {err.strerror or err}",
                "it was not recorded; make room or mend the disk, then do the step again",
            ) from err

    def _publish(self, prepared: Prepared, folder: Path, made: list[Path]) -> None:
        for name, source in prepared.sidecars.items():
            files.link_new(source, folder / name)
            made.append(folder / name)
        written = prepared.files
        small = {f"{written.name}.w{i}.p7s": w for i, w in enumerate(written.witnesses, start=1)}
        small |= {f"{written.name}.p7s": written.signature or b"", written.name: written.record}
        temporary = self.register.path / "tmp"
        files.make_folders(temporary)
        for name, data in small.items():
            publish(temporary, folder / name, data)
            made.append(folder / name)

    def put_back(self, chain: str, finished: dict[str, Path]) -> list[str]:
        """Give finished files that are bound here their places, where they are missing or other; the names of those.

        What was there instead goes into quarantine, under its name and identity.
        """
        folder = self.register.folder(chain)
        wrong = {name: source for name, source in finished.items() if not files.is_same(folder / name, source)}
        if wrong:
            files.make_folders(folder)
        for name, source in wrong.items():
            if files.status(folder / name) is not None:
                aside = self.register.rivals_folder(chain)
                files.make_folders(aside)
                files.rename(folder / name, aside / f"{name}.damaged-{files.digest(folder / name)[:16]}")
            files.link_new(source, folder / name)
        if wrong:
            files.fsync_folder(folder)
        return list(wrong)

    def set_aside(self, chain: str, names: list[str]) -> None:
        """Take records out of a chain whose copies are kept in quarantine, the last first; their lines stay."""
        folder = self.register.folder(chain)
        for name in reversed(names):
            # The record goes first: what then lies beside nothing is cleared away by `recover`.
            stem = f"{name.removesuffix('.json')}."
            beside = [found for found, _ in files.names(folder) if found.startswith(stem)]
            for each in sorted(beside, key=lambda found: found != name):
                files.remove(folder / each)
        files.fsync_folder(folder)

    def _append(self, line: bytes) -> None:
        files.make_folders(self.register.leaves.parent)
        new = files.status(self.register.leaves) is None
        files.append(self.register.leaves, line + b"\n")
        if new:
            files.fsync_folder(self.register.leaves.parent)

    def _take_back(self, made: list[Path], size: int) -> None:
        if files.status(self.register.leaves) is not None:
            files.truncate(self.register.leaves, size)
        for path in reversed(made):
            files.remove(path)

    def recover(self, pinned: LedgerHead | None) -> Finding | None:
        """Put right what an interrupted writer left, and nothing else; what forbids to go on, if anything does.

        A record is never deleted, nor what lies beside one that the ledger knows.
        """
        workspaces.clear_abandoned(self.register.path / "tmp")
        books = read_locked_books(self.register)
        books = books.counting(_lines_in_quarantine(self.register)) if books.missing else books
        standing = books.standing(pinned)
        if standing.damage is not None:
            return standing.damage
        if standing.size < len(books.ledger):
            files.truncate(self.register.leaves, standing.size)
        if standing.waiting is not None and not self._complete(standing.waiting, books.files[standing.waiting]):
            about = books.files[standing.waiting]
            return Finding(code="ledger-inconsistent", subject=about, text="not in the ledger, and not signed")
        for folder in _chain_folders(self.register):
            _remove_unfinished(folder)
        return None

    def _complete(self, line: bytes, subject: str) -> bool:
        """Write the line of a record, if it is signed."""
        chain, _, name = subject.rpartition(" ")
        each = read_record(self.register.folder(chain), f"{name}.json")
        if not (each.signature and _is_signed(each.record, each.signature)):
            return False
        self._append(line)
        return True


def _lines_in_quarantine(register: Register) -> dict[bytes, str]:
    """The lines of records that were set aside; whether that was right is for the examination to say (G5)."""
    return {
        ledger.line(identity(each.record), identity(each.signature or b"")): f"quarantine/{chain} {each.name}"
        for chain in register.exhibits()
        for each in register.chain(chain).rivals
    }


def publish(temporary: Path, target: Path, data: bytes) -> None:
    """Give whole content a name that must not be taken, never half of it; raises FileExistsError."""
    with workspaces.finished_file(temporary, data) as waiting:
        files.link_new(waiting, target)


def _remove_unfinished(folder: Path) -> None:
    """Take away what was written of a record that never came to be: the one behind the last."""
    names = record_names(folder)
    for name, kind in files.names(folder):
        if kind == files.FILE and _BESIDE.fullmatch(name) and int(name.partition("-")[0]) == len(names) + 1:
            files.remove(folder / name)


def _is_signed(record: bytes, signature: bytes) -> bool:
    try:
        cms.check(record, signature)
    except RefutedError:
        return False
    return True


def _chain_folders(register: Register) -> Iterator[Path]:
    yield register.path / "journal"
    yield from (register.folder(chain) for chain in (*register.cases(), *register.exhibits()))
