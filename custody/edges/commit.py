"""Writing a register: the lock, the commit order, recovery (docs/spec/register.md, G3 and G4)."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from custody.edges import files
from custody.edges.register import Register, check_owner, read_record, record_names
from manifests import cms, ledger
from manifests.digest import identity
from manifests.errors import CustodyError, EnvironmentFault, NotAllowedError, RefutedError
from manifests.report import VerifiedRecord
from manifests.verify import RecordFiles

LOCK_SECONDS = 60
_STALE = 7 * 24 * 3600


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


def workspace(register: Register) -> Path:
    """A new folder for work in progress, named after this process so that others know whose it is."""
    path = register.path / "tmp" / files.temporary_name()
    files.make_folders(path)
    return path


@contextlib.contextmanager
def writing(register: Register) -> Iterator["Writer"]:
    """Hold the register's lock, with what an interrupted writer left put right first."""
    import filelock

    check_owner(register)
    lock = filelock.FileLock(register.path / "ledger" / "lock", timeout=LOCK_SECONDS, mode=0o600)
    try:
        with lock:
            writer = Writer(register)
            writer.recover()
            writer.mark()
            try:
                yield writer
            except files.FlushFailed:
                raise
            except CustodyError:
                writer.unmark()  # whatever it was, nothing is half-written
                raise
            writer.unmark()
    except filelock.Timeout as err:
        raise NotAllowedError("somebody else is writing in this register", "wait a moment and try again") from err


class Writer:
    """Commits records, one after another, under the lock."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self._marker = register.path / "ledger" / "writing"

    def mark(self) -> None:
        """Say that a commit may be under way; it stays behind when this process dies."""
        if not self._marker.exists():
            files.write_new(self._marker, b"")
            files.fsync_folder(self._marker.parent)

    def unmark(self) -> None:
        self._marker.unlink(missing_ok=True)

    def commit(self, prepared: Prepared) -> None:
        """Write one record in the commit order; whatever fails before the end is taken back."""
        folder = self.register.folder(prepared.chain)
        size = self.register.leaves.stat().st_size if self.register.leaves.exists() else 0
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

    def put_back(self, chain: str, sidecars: dict[str, Path]) -> list[str]:
        """Give finished files that a record here binds their places beside it, where they are missing; their names."""
        folder = self.register.folder(chain)
        missing = {name: source for name, source in sidecars.items() if not (folder / name).exists()}
        for name, source in missing.items():
            files.link_new(source, folder / name)
        if missing:
            files.fsync_folder(folder)
        return list(missing)

    def set_aside(self, chain: str, names: list[str]) -> None:
        """Take records out of a chain whose copies are kept in quarantine, the last first; their lines stay."""
        folder = self.register.folder(chain)
        for name in reversed(names):
            # The record goes first: what then lies beside nothing is cleared away by `recover`.
            beside = [path for path in folder.iterdir() if path.name.startswith(f"{name.removesuffix('.json')}.")]
            for path in sorted(beside, key=lambda each: each.name != name):
                path.unlink()
        files.fsync_folder(folder)

    def _append(self, line: bytes) -> None:
        files.make_folders(self.register.leaves.parent)
        new = not self.register.leaves.exists()
        fd = os.open(self.register.leaves, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(fd, "ab") as file:
            file.write(line + b"\n")
            file.flush()
            files.fsync(file.fileno())
        if new:
            files.fsync_folder(self.register.leaves.parent)

    def _take_back(self, made: list[Path], size: int) -> None:
        if self.register.leaves.exists():
            os.truncate(self.register.leaves, size)
        for path in reversed(made):
            path.unlink(missing_ok=True)
        self.unmark()

    def recover(self) -> None:
        """Put right what an interrupted writer left; a validly signed record is never deleted."""
        _clear_tmp(self.register.path / "tmp")
        if not self._marker.exists():
            return
        data = files.read_if_there(self.register.leaves, 1 << 40) or b""
        whole, torn = ledger.split(data)
        if torn:
            os.truncate(self.register.leaves, len(data) - len(torn))
        known = set(whole)
        for folder in _chain_folders(self.register):
            self._recover_chain(folder, known)

    def _recover_chain(self, folder: Path, known: set[bytes]) -> None:
        names = record_names(folder)
        for name in names:
            each = read_record(folder, name)
            line = ledger.line(identity(each.record), identity(each.signature or b""))
            if line not in known and each.signature and _is_signed(each.record, each.signature):
                self._append(line)
        stems = {name.removesuffix(".json") for name in names}
        for path in sorted(folder.iterdir()):
            if path.is_file() and _is_sidecar(path.name) and path.name.split(".", 1)[0] not in stems:
                path.unlink()


def publish(temporary: Path, target: Path, data: bytes) -> None:
    """Give whole content a name that must not be taken, never half of it; raises FileExistsError."""
    waiting = temporary / files.temporary_name()
    files.write_new(waiting, data)
    try:
        files.link_new(waiting, target)
    finally:
        waiting.unlink(missing_ok=True)


def _is_sidecar(name: str) -> bool:
    return name[:4].isdigit() and name.endswith((".p7s", ".jsonl", ".log", ".refusal.json", ".agreement.json"))


def _is_signed(record: bytes, signature: bytes) -> bool:
    try:
        cms.check(record, signature)
    except RefutedError:
        return False
    return True


def _chain_folders(register: Register) -> Iterator[Path]:
    chains = [*register.cases(), *register.exhibits()]
    for folder in (register.path / "journal", *(register.folder(chain) for chain in chains)):
        if folder.is_dir():
            yield folder


def _clear_tmp(folder: Path) -> None:
    """Take away work in progress whose process is gone; another computer's only when it is a week old."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if files.is_left_behind(path.name) or time.time() - path.lstat().st_mtime > _STALE:
            _remove(path)


def _remove(path: Path) -> None:
    import shutil

    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
