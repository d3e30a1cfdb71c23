"""Reading and writing files so that nothing is followed, half-written or replaced unseen.

Paths in a register are reached through its own descriptor (`rooted`); these two modules and `locks` are the place
for calls that differ between systems.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from custody.edges.rooted import LinkInRegister, folder_at, name_in_folder, root_of
from hashing.opening import RELATIVE
from manifests.errors import EnvironmentFault

MAX_SMALL = 1 << 20
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _SAFE
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE
FILE, FOLDER, LINK, OTHER = "file", "folder", "link", "other"


def _open(path: Path, access: int = os.O_RDONLY) -> int:
    """A descriptor of an ordinary file; raises LinkInRegister, EnvironmentFault for what is none."""
    try:
        with name_in_folder(path) as (name, folder):
            descriptor = os.open(name, _READ | access, 0o600, dir_fd=folder)
    except OSError as err:
        if err.errno == errno.ELOOP:
            raise _link(path) from err
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise EnvironmentFault(f"not an ordinary file: {path}")
    return descriptor


def _link(path: Path) -> Exception:
    if root_of(path) is not None:
        return LinkInRegister(path)
    return EnvironmentFault(f"{path} is a symbolic link, and is not followed", "name what it points to")


def read(path: Path, limit: int = MAX_SMALL) -> bytes:
    """The bytes of an ordinary file, at most `limit` and one; raises EnvironmentFault, FileNotFoundError."""
    try:
        with os.fdopen(_open(path), "rb") as file:
            return file.read(min(limit, os.fstat(file.fileno()).st_size) + 1)
    except FileNotFoundError:
        raise
    except OSError as err:
        raise EnvironmentFault(f"cannot read {path}: {err.strerror}") from err


def read_if_there(path: Path, limit: int = MAX_SMALL) -> bytes | None:
    """As `read`, or None where there is no such file."""
    try:
        return read(path, limit)
    except FileNotFoundError:
        return None


def lines(path: Path, limit: int = MAX_SMALL) -> Iterator[bytes] | None:
    """The lines of a file with their line feeds, none longer than `limit`; None where there is no such file."""
    try:
        descriptor = _open(path)
    except FileNotFoundError:
        return None
    return _lines(descriptor, limit)


def _lines(descriptor: int, limit: int) -> Iterator[bytes]:
    with os.fdopen(descriptor, "rb", buffering=1 << 20) as file:
        while line := file.readline(limit + 2):
            yield line


def ordinary(path: Path, *, write: bool = False) -> BufferedReader:
    """An ordinary file opened for reading (`write`: and locking); raises EnvironmentFault, FileNotFoundError."""
    return os.fdopen(_open(path, os.O_RDWR if write else os.O_RDONLY), "rb")


# --- looking, without opening ----------------------------------------------------


def status(path: Path) -> os.stat_result | None:
    """What lies at a path, a link not followed; None where nothing does."""
    try:
        with name_in_folder(path) as (name, folder):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_file(path: Path) -> bool:
    """Whether an ordinary file lies there; raises LinkInRegister for a link in a register."""
    return _is(path, stat.S_ISREG)


def is_folder(path: Path) -> bool:
    """Whether a folder lies there; raises LinkInRegister for a link in a register."""
    return _is(path, stat.S_ISDIR)


def _is(path: Path, kind: Callable[[int], bool]) -> bool:
    found = status(path)
    if found is not None and stat.S_ISLNK(found.st_mode) and root_of(path) is not None:
        raise LinkInRegister(path)
    return found is not None and kind(found.st_mode)


def names(folder: Path) -> list[tuple[str, str]]:
    """The names in a folder and what each is (FILE, FOLDER, LINK, OTHER), sorted; none where there is no folder."""
    try:
        with folder_at(folder) as opened, os.scandir(opened) as entries:
            return sorted((entry.name, _kind(entry)) for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _kind(entry: "os.DirEntry[str]") -> str:
    if entry.is_symlink():
        return LINK
    if entry.is_dir(follow_symlinks=False):
        return FOLDER
    return FILE if entry.is_file(follow_symlinks=False) else OTHER


# --- writing ---------------------------------------------------------------------


class FlushFailed(EnvironmentFault):
    """What is on the disk is unknown: nothing may be undone or retried."""


def fsync(descriptor: int) -> None:
    """Force to the disk; a failure is fatal and never retried."""
    try:
        os.fsync(descriptor)
    except OSError as err:
        raise FlushFailed(
            f"the disk did not confirm a write: {err.strerror}",
            "it may be failing: copy the register to another disk, then look: custody verify",
            "then do the step again: what was recorded is not recorded twice",
        ) from err


def fsync_folder(path: Path) -> None:
    """Force a folder's names to the disk, where the system can."""
    if os.name != "posix":
        return
    with folder_at(path) as opened:
        descriptor = os.dup(opened) if isinstance(opened, int) else os.open(opened, os.O_RDONLY)
        try:
            fsync(descriptor)
        finally:
            os.close(descriptor)


def make_folders(path: Path) -> None:
    """Make a folder and those above it, 0700, each forced to the disk."""
    if is_folder(path) or (root_of(path) is None and path.is_dir()):
        return
    make_folders(path.parent)
    with name_in_folder(path) as (name, folder), contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=folder)
    fsync_folder(path.parent)


def create(path: Path) -> BinaryIO:
    """A new file, 0600, to write into; raises FileExistsError."""
    with name_in_folder(path) as (name, folder):
        return os.fdopen(os.open(name, _NEW, 0o600, dir_fd=folder), "wb", buffering=1 << 17)


def write_new(path: Path, data: bytes) -> None:
    """Create a file 0600 that must not exist, and force it to the disk; a failed one is taken away."""
    with _filling(path) as file:
        file.write(data)


def write_stream(path: Path, source: BinaryIO) -> None:
    """As `write_new`, from an open file of any size."""
    with _filling(path) as file:
        shutil.copyfileobj(source, file, 1 << 20)


@contextlib.contextmanager
def _filling(path: Path) -> Iterator[BinaryIO]:
    file = create(path)
    try:
        with file:
            yield file
            file.flush()
            fsync(file.fileno())
    except OSError:
        remove(path)
        raise


@contextlib.contextmanager
def held_room(path: Path, size: int) -> Iterator[None]:
    """Keep so much room on a medium, by a file for the time being; raises OSError where there is less."""
    with _filling(path) as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.writelines(bytes(1 << 20) for _ in range(0, size, 1 << 20))
    try:
        yield
    finally:
        remove(path)


def append(path: Path, data: bytes) -> None:
    """Write behind the end of a file, made where it is not there, and force it to the disk."""
    descriptor = _open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with os.fdopen(descriptor, "ab") as file:
        file.write(data)
        file.flush()
        fsync(file.fileno())


def truncate(path: Path, size: int) -> None:
    """Cut a file to a size."""
    with ordinary(path, write=True) as file:
        os.truncate(file.fileno(), size)


def link_new(source: Path, target: Path) -> None:
    """Give a finished file its name without ever replacing another; raises FileExistsError."""
    try:
        with name_in_folder(source) as (old, from_folder), name_in_folder(target) as (new, to_folder):
            os.link(old, new, src_dir_fd=from_folder, dst_dir_fd=to_folder, follow_symlinks=not RELATIVE)
    except FileExistsError as err:
        raise FileExistsError(err.errno, err.strerror, str(target)) from err
    except OSError:  # a file system without links: exclusive creation instead
        with ordinary(source) as file:
            write_stream(target, file)


def digest(path: Path) -> str:
    """The SHA-256 of an ordinary file of any size, hexadecimal; raises FileNotFoundError, EnvironmentFault."""
    with ordinary(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_same(one: Path, other: Path) -> bool:
    """Whether two ordinary files hold the same; one that is missing is not the same."""
    try:
        return one.stat().st_size == other.stat().st_size and digest(one) == digest(other)
    except FileNotFoundError:
        return False


def rename(source: Path, target: Path) -> None:
    """Give a file another name, in the place of what has it."""
    with name_in_folder(source) as (old, from_folder), name_in_folder(target) as (new, to_folder):
        os.replace(old, new, src_dir_fd=from_folder, dst_dir_fd=to_folder)


def remove(path: Path) -> None:
    """Take a name away, where it is there; never what a link points to."""
    with contextlib.suppress(FileNotFoundError), name_in_folder(path) as (name, folder):
        os.unlink(name, dir_fd=folder)


def remove_tree(path: Path) -> None:
    """Take a folder away with all that is in it, as far as that goes; no link in it is followed."""
    with contextlib.suppress(OSError), name_in_folder(path) as (name, folder):
        shutil.rmtree(name, ignore_errors=True, dir_fd=folder)
