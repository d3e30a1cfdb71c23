"""Breaking a command on purpose: at the Nth call that changes the disk, this process dies or the call fails.

Every change the product makes to a disk goes through a handful of functions of `os`. In a forked child they are
counted; what happens at the chosen one is the test's choice. Content that was written but not yet flushed may be
lost in a power cut: `torn` cuts such a file in half before the process dies.
"""

import builtins
import errno
import io
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGING = ("link", "fsync", "mkdir", "unlink", "rename", "replace", "truncate", "rmdir")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _interrupt() -> None:
    raise KeyboardInterrupt


def _fail(number: int) -> Callable[[], None]:
    def fail() -> None:
        raise OSError(number, os.strerror(number))

    return fail


HOW: dict[str, Callable[[], None]] = {
    "killed": _die,
    "torn": _die,
    "interrupted": _interrupt,
    "disk full": _fail(errno.ENOSPC),
    "input/output error": _fail(errno.EIO),
}


class Breaking:
    """Counts the changing calls of this process, and breaks the one wanted (0: none)."""

    def __init__(self, wanted: int, how: str, told: Path | None = None) -> None:
        self.wanted, self.how, self.told, self.count = wanted, how, told, 0
        self.flushed: dict[int, int] = {}
        """Of files written here: how many bytes are known to be on the disk."""

    def install(self) -> None:
        for name in CHANGING:
            setattr(os, name, self._around(name, getattr(os, name)))
        os.open = self._opening(os.open)  # type: ignore[assignment]
        builtins.open = io.open = self._opened(builtins.open)  # type: ignore[assignment]

    def _opening(self, original: Callable[..., int]) -> Callable[..., int]:
        def opening(path: Any, flags: int, *args: Any, **more: Any) -> int:
            writes = flags & (os.O_WRONLY | os.O_RDWR) and not str(path).startswith("/dev/")
            if writes:
                self._step("open", ())
            descriptor = original(path, flags, *args, **more)
            if writes:
                found = os.fstat(descriptor)
                self.flushed.setdefault(found.st_ino, found.st_size)
            return descriptor

        return opening

    def _opened(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def opened(file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
            if not isinstance(file, int) and set(mode) & set("wax+"):
                self._step("open", ())
            return original(file, mode, *args, **more)

        return opened

    def _around(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def around(*args: Any, **more: Any) -> Any:
            self._step(name, args)
            answer = original(*args, **more)
            if name == "fsync":
                found = os.fstat(args[0])
                self.flushed[found.st_ino] = found.st_size
            return answer

        return around

    def _step(self, name: str, args: tuple[Any, ...]) -> None:
        self.count += 1
        if self.told is not None:
            with os.fdopen(os.dup(_telling(self.told)), "a") as told:
                told.write(f"{name}\n")
        if self.count == self.wanted:
            if self.how == "torn" and name == "fsync":
                self._tear(args[0])
            HOW[self.how]()

    def _tear(self, descriptor: int) -> None:
        """Lose half of what was written to a file and not flushed."""
        found = os.fstat(descriptor)
        safe = self.flushed.get(found.st_ino, 0)
        if os.path.isfile(f"/proc/self/fd/{descriptor}") and found.st_size > safe:
            os.ftruncate(os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR), safe + (found.st_size - safe) // 2)


_DESCRIPTORS: dict[Path, int] = {}
_REAL_OPEN = os.open


def _telling(path: Path) -> int:
    if path not in _DESCRIPTORS:
        _DESCRIPTORS[path] = _REAL_OPEN(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return _DESCRIPTORS[path]


def break_at(wanted: int, how: str) -> Callable[[], None]:
    """For `before`: break the Nth changing call of the command."""
    return lambda: Breaking(wanted, how).install()


def count_into(path: Path) -> Callable[[], None]:
    """For `before`: tell each changing call into a file, one a line."""
    return lambda: Breaking(0, "killed", path).install()
