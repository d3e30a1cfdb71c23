"""Work in progress: names that say whose it is, and a lock as long as its process lives (register.md, G10).

Taken away is only what bears such a name of this computer, and is locked by nobody; never anything by its age.
"""

import contextlib
import functools
import hashlib
import os
import re
import secrets
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from custody.edges import files
from custody.edges.locks import try_lock
from custody.edges.rooted import name_in_folder
from manifests.errors import EnvironmentFault

_NAME = r"([0-9a-f]{12})-([0-9a-f]{12})-[0-9]{1,10}-[0-9a-f]{16}"
_TEMPORARY = re.compile(_NAME)
_BESIDE = re.compile(rf"\..*~{_NAME}\.(?:new|making)", re.DOTALL)
_LOCK = "lock"
_TRIES = 5


@functools.cache
def _computer() -> tuple[str, str]:
    """Which computer this is, and which start of it; only as digests, because a machine's id is its own affair."""
    machine = _first_line("/etc/machine-id") or f"{socket.gethostname()} {uuid.getnode():x}"
    boot = _first_line("/proc/sys/kernel/random/boot_id") or "unknown"
    return _short(f"machine {machine}"), _short(f"start {boot}")


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _short(text: str) -> str:
    return hashlib.sha256(b"custody work in progress " + text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def temporary_name() -> str:
    """A name for work in progress that says whose it is: computer, its start, process, and a random part."""
    machine, start = _computer()
    return f"{machine}-{start}-{os.getpid()}-{secrets.token_hex(8)}"


@contextlib.contextmanager
def workspace(parent: Path) -> Iterator[Path]:
    """A new folder for work in progress, for the time being and this process alone."""
    with _held_folder(parent, temporary_name) as path:
        yield path


@contextlib.contextmanager
def making_beside(target: Path) -> Iterator[Path]:
    """A new folder beside a target, to be renamed to it when it is finished; what was never finished goes first."""
    files.make_folders(target.parent)
    clear_beside(target)
    with _held_folder(target.parent, lambda: f".{target.name}~{temporary_name()}.making") as path:
        yield path


def give_name(work: Path, target: Path) -> None:
    """End work in progress by giving a finished folder its own name."""
    files.remove(work / _LOCK)
    files.rename(work, target)
    files.fsync_folder(target.parent)


@contextlib.contextmanager
def _held_folder(parent: Path, name: Callable[[], str]) -> Iterator[Path]:
    files.make_folders(parent)
    for _ in range(_TRIES):
        path = parent / name()
        with name_in_folder(path) as (short, folder):
            os.mkdir(short, 0o700, dir_fd=folder)
        descriptor = _hold_new(path / _LOCK)
        if descriptor is not None:
            break
    else:
        raise EnvironmentFault(f"cannot keep work in progress in {parent}: it is taken away", "do it again")
    try:
        yield path
    finally:
        files.remove_tree(path)
        os.close(descriptor)


def _hold_new(path: Path) -> int | None:
    """A new file, locked by us; None where somebody who clears away was faster."""
    try:
        file = files.create(path)
    except (FileNotFoundError, FileExistsError):
        return None
    descriptor = os.dup(file.fileno())
    file.close()
    if try_lock(descriptor) is not False and os.fstat(descriptor).st_nlink:
        return descriptor
    os.close(descriptor)
    return None


@contextlib.contextmanager
def finished_beside(path: Path, data: bytes) -> Iterator[Path]:
    """A finished file in the same folder for the time being; what processes that are gone left there goes too."""
    clear_beside(path)
    with finished_file(path.parent, data, f".{path.name}~{{}}.new") as temporary:
        yield temporary


@contextlib.contextmanager
def finished_file(folder: Path, data: bytes, form: str = "{}") -> Iterator[Path]:
    """A finished file under a temporary name, ours as long as the block lasts."""
    for _ in range(_TRIES):
        temporary = folder / form.format(temporary_name())
        descriptor = _hold_new(temporary)
        if descriptor is not None:
            break
    else:
        raise EnvironmentFault(f"cannot write in {folder}: what is written is taken away", "do it again")
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(data)
            file.flush()
            files.fsync(descriptor)
        yield temporary
    finally:
        with contextlib.suppress(OSError):  # what cannot be taken away now is no fault of the file; it is cleared later
            files.remove(temporary)
        os.close(descriptor)


def clear_beside(path: Path) -> None:
    """Take away what was to become this file or folder, and whose process is gone."""
    for name, kind in files.names(path.parent):
        found = _BESIDE.fullmatch(name)
        if found and name.startswith(f".{path.name}~"):
            _clear(path.parent / name, kind, found[1])


def clear_abandoned(folder: Path) -> None:
    """Take away work in progress whose process is gone."""
    for name, kind in files.names(folder):
        if found := _TEMPORARY.fullmatch(name):
            _clear(folder / name, kind, found[1])


def foreign(folder: Path) -> list[str]:
    """The names of work in progress of other computers, which is theirs to take away."""
    found = [(name, _TEMPORARY.fullmatch(name)) for name, _ in files.names(folder)]
    return [name for name, match in found if match and match[1] != _computer()[0]]


def _clear(path: Path, kind: str, machine: str) -> None:
    """Take one away, if it is of this computer and nobody has it."""
    if machine != _computer()[0] or kind not in (files.FILE, files.FOLDER):
        return
    with contextlib.suppress(OSError, EnvironmentFault), _held_by(path, kind) as file:
        if try_lock(file.fileno()) is not True:
            return
        if kind == files.FOLDER:
            files.remove_tree(path)
        else:
            files.remove(path)


def _held_by(path: Path, kind: str) -> BinaryIO:
    """What a process has as long as it lives; of a folder, made where it ended before that was made."""
    if kind == files.FILE:
        return files.ordinary(path, write=True)
    try:
        return files.ordinary(path / _LOCK, write=True)
    except FileNotFoundError:
        return files.create(path / _LOCK)


def replace(path: Path, data: bytes) -> None:
    """Put new content under a name at once: old or new, never half."""
    with finished_beside(path, data) as temporary:
        files.rename(temporary, path)
    files.fsync_folder(path.parent)


@contextlib.contextmanager
def reserved_beside(path: Path, size: int) -> Iterator[Callable[[Path, bytes], None]]:
    """Room for a file that is yet to be known, taken in its folder now; what is yielded writes it as `write_whole`.

    Raises OSError where the folder cannot be written or its medium is full.
    """
    with finished_beside(path, bytes(size)) as temporary:

        def fill(target: Path, data: bytes) -> None:
            with files.ordinary(temporary, write=True) as file:
                os.pwrite(file.fileno(), data, 0)
                os.truncate(file.fileno(), len(data))
                files.fsync(file.fileno())
            if files.read_if_there(target, len(data)) != data:
                files.link_new(temporary, target)
            files.fsync_folder(target.parent)

        yield fill


def write_whole(path: Path, data: bytes) -> None:
    """Create a file, whole or not at all; raises FileExistsError where there is one with other content."""
    with finished_beside(path, data) as temporary:
        if files.read_if_there(path, len(data)) != data:
            files.link_new(temporary, path)
    files.fsync_folder(path.parent)
