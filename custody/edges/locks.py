"""Files that one process has, as long as it lives: locks that the system itself gives back when a process ends."""

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

from custody.edges import files
from custody.edges.rooted import name_in_folder
from manifests.errors import EnvironmentFault, NotAllowedError

_LOCK_FILE = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_STEP = 0.05


def try_lock(descriptor: int) -> bool | None:
    """Take a file until it is closed: False where another has it, None where neither can be known here."""
    try:
        import fcntl
    except ImportError:
        return _try_lock_by_bytes(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as err:
        return False if err.errno in (errno.EWOULDBLOCK, errno.EACCES) else None
    return True


def _try_lock_by_bytes(descriptor: int) -> bool | None:
    """The same where files are locked by ranges: the first byte stands for all."""
    try:
        import msvcrt
    except ImportError:
        return None
    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError as err:
        return False if err.errno in (errno.EACCES, errno.EDEADLK) else None
    return True


def is_held(path: Path) -> bool:
    """Whether a living process has a file; not where that cannot be known, or nothing is there."""
    try:
        with files.ordinary(path) as file:
            return _is_shared(file.fileno()) is False
    except (OSError, EnvironmentFault):
        return False


def _is_shared(descriptor: int) -> bool | None:
    """As `try_lock`, beside others that only look."""
    try:
        import fcntl
    except ImportError:
        return try_lock(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as err:
        return False if err.errno in (errno.EWOULDBLOCK, errno.EACCES) else None
    return True


@contextlib.contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Have a file, which is made where it is not there; raises NotAllowedError where another keeps it so long."""
    with name_in_folder(path) as (name, folder):
        descriptor = os.open(name, _LOCK_FILE, 0o600, dir_fd=folder)
    try:
        until = time.monotonic() + seconds
        while (mine := try_lock(descriptor)) is False:
            if time.monotonic() > until:
                raise NotAllowedError("somebody else is writing in this register", "wait a moment and try again")
            time.sleep(_STEP)
        if mine is None:
            raise EnvironmentFault(
                f"the file system of {path.parent} knows no locks: two could write at once",
                "keep the register on a disk of this computer, or on a share that knows locks",
            )
        yield
    finally:
        os.close(descriptor)
