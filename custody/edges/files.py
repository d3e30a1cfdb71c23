"""Reading and writing small files so that nothing is followed, half-written or replaced unseen.

The one place for calls that differ between systems.
"""

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import socket
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from manifests.errors import EnvironmentFault

MAX_SMALL = 1 << 20
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def _open(path: Path, access: int = os.O_RDONLY) -> int:
    fd = os.open(path, _READ | access | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise EnvironmentFault(f"not an ordinary file: {path}")
    return fd


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
        fd = _open(path)
    except FileNotFoundError:
        return None
    return _lines(fd, limit)


def _lines(fd: int, limit: int) -> Iterator[bytes]:
    with os.fdopen(fd, "rb", buffering=1 << 20) as file:
        while line := file.readline(limit + 2):
            yield line


def fsync(fd: int) -> None:
    """Force to the disk; a failure is fatal and never retried."""
    try:
        os.fsync(fd)
    except OSError as err:
        raise FlushFailed(
            f"the disk did not confirm a write: {err.strerror}",
            "it may be failing: copy the register to another disk, then look: custody verify",
            "then do the step again: what was recorded is not recorded twice",
        ) from err


class FlushFailed(EnvironmentFault):
    """What is on the disk is unknown: nothing may be undone or retried."""


def fsync_folder(path: Path) -> None:
    """Force a folder's names to the disk, where the system can."""
    if os.name != "posix":
        return
    fd = os.open(path, os.O_RDONLY)
    try:
        fsync(fd)
    finally:
        os.close(fd)


def make_folders(path: Path) -> None:
    """Make a folder and those above it, 0700, each forced to the disk."""
    if path.is_dir():
        return
    make_folders(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    fsync_folder(path.parent)


def write_new(path: Path, data: bytes) -> None:
    """Create a file 0600 that must not exist, and force it to the disk; a failed one is taken away."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def ordinary(path: Path, *, write: bool = False) -> BufferedReader:
    """An ordinary file opened for reading (`write`: and locking); raises EnvironmentFault, FileNotFoundError."""
    return os.fdopen(_open(path, os.O_RDWR if write else os.O_RDONLY), "rb")


def lock(fd: int) -> bool:
    """Take a file for this process until it is closed; False where another has it.

    Where the system or the file system knows no locks, everybody gets it.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as err:
        return err.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True


def write_stream(path: Path, source: BinaryIO) -> None:
    """As `write_new`, from an open file of any size."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def link_new(source: Path, target: Path) -> None:
    """Give a finished file its name without ever replacing another; raises FileExistsError."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: exclusive creation instead
        write_new(target, source.read_bytes())


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


def replace(path: Path, data: bytes) -> None:
    """Put new content under a name at once: old or new, never half."""
    with _beside(path, data) as temporary:
        temporary.replace(path)
    fsync_folder(path.parent)


def write_whole(path: Path, data: bytes) -> None:
    """Create a file, whole or not at all; raises FileExistsError where there is one with other content."""
    with _beside(path, data) as temporary:
        if read_if_there(path, len(data)) != data:
            link_new(temporary, path)
    fsync_folder(path.parent)


@contextlib.contextmanager
def _beside(path: Path, data: bytes) -> Iterator[Path]:
    """A finished file in the same folder for the time being; what processes that are gone left there goes too."""
    for old in path.parent.glob(".*~*.new"):
        if is_left_behind(old.name.rpartition("~")[2]):
            old.unlink(missing_ok=True)
    temporary = path.with_name(f".{path.name}~{temporary_name()}.new")
    try:
        write_new(temporary, data)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def temporary_name() -> str:
    """A name for work in progress that says whose it is: computer, process, and a random part."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(8)}"


def is_left_behind(name: str) -> bool:
    """Whether the process of this computer that a temporary name speaks of is gone."""
    host, _, process = name.rpartition("-")[0].rpartition("-")
    return host == socket.gethostname() and process.isdigit() and not _alive(int(process))


def _alive(process: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
