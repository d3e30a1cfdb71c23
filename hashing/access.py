# ruff: noqa: PTH100, PTH113, PTH116, PTH117, PTH118, PTH120
"""Gets a device opened for a user who may not open it: by a small process with rights that hands it over.

The register and its keys never run as root. Where opening directly is refused, `sudo` (or another command that
the caller names) starts hashing/devices/handing.py, which opens the device for reading and sends the descriptor
through a socket. What comes back is checked here: one block device, for reading only, the one that was named.

Whoever may run that command may read devices: this module adds no right to what the command's own settings
give. It runs this very installation as root; on a computer with several users, install it where only root can
write.
"""

import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from hashing.devices import node
from hashing.devices.handing import LENGTH
from hashing.devices.hidden import MOST_SAID
from hashing.devices.opening import Opened, described, open_device
from hashing.errors import AccessFails, DeviceDenied
from hashing.opening import reason_of
from hashing.sandbox.fields import check_text, read_json

COMMAND = ("sudo",)
"""The words before the program to run with rights."""
PATIENCE = 120.0
"""Seconds for everything, a password to be typed included."""
_LAST_WAIT = 2.0
_MOST_ANSWER = 4 * MOST_SAID
_ANSWERS = {"refused", "reason", "hpa", "dco"}
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def obtain(path: str, command: Sequence[str] = COMMAND, patience: float = PATIENCE) -> Opened:
    """The device a path stands for: opened directly where that is allowed, else by way of `command`.

    Raises what `open_device` raises, and AccessFails.
    """
    try:
        return open_device(path)
    except DeviceDenied:
        if not command:
            raise
    return obtain_through(path, command, patience)


def obtain_through(path: str, command: Sequence[str], patience: float = PATIENCE) -> Opened:
    """The device a path stands for, by way of `command`; raises AccessFails, NotADevice, NotFound."""
    real = node.real_node(path)
    expected = os.stat(real).st_rdev
    handed = _Handed(path, real, command, patience)
    try:
        descriptor, told = handed.over()
    finally:
        handed.end()
    if descriptor is None:
        raise AccessFails(path, told.get("refused", "an answer came, and no device with it"))
    return described(_checked(path, descriptor, expected, told), path, real, told)


def _checked(path: str, descriptor: int, expected: int, told: Mapping[str, str]) -> int:
    """The descriptor, if it is what was asked for; else it is closed. Raises AccessFails."""
    status = os.fstat(descriptor)
    if "refused" in told:
        wrong = "what came is a device and a refusal"
    elif not stat.S_ISBLK(status.st_mode):
        wrong = "what came is no block device"
    elif not node.is_for_reading_only(descriptor):
        wrong = "what came could be written to"
    elif status.st_rdev != expected:
        wrong = "what came is another device"
    else:
        return descriptor
    os.close(descriptor)
    raise AccessFails(path, wrong, "do not go on: find out what the command does")


class _Handed:
    """The process with rights, as seen from the side without."""

    def __init__(self, path: str, real: str, command: Sequence[str], patience: float) -> None:
        """Start it for a node; raises AccessFails, which names the path."""
        self._path = path
        self._deadline = time.monotonic() + patience
        self._patience = patience
        self._name = command[0]
        program = _program(path, self._name)
        self._line, theirs = socket.socketpair()
        try:
            with theirs:
                # The terminal and stderr stay as they are: the command may ask for a password there.
                self._process = subprocess.Popen(
                    [program, *command[1:], sys.executable, "-I", "-S", "-c", _code(), real],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    cwd="/",
                )
        except OSError as error:
            self._line.close()
            raise AccessFails(path, f"{self._name} does not run: {reason_of(error)}") from error

    def over(self) -> tuple[int | None, dict[str, str]]:
        """The descriptor and what was said with it; raises AccessFails."""
        received: list[int] = []
        try:
            told = _answers(self._receive(received))
            return (received.pop(0) if received else None), told
        except TimeoutError as error:
            raise AccessFails(self._path, f"{self._name} gave no answer in {self._patience:g} s") from error
        except (OSError, EOFError) as error:
            hint = "ask whoever looks after this computer for the right"
            raise AccessFails(self._path, self._ended(), hint) from error
        except ValueError as error:
            raise AccessFails(self._path, f"{self._name} ran something that sent an invalid response") from error
        finally:
            for each in received:
                os.close(each)

    def end(self) -> None:
        """Hang up; a process that goes on is killed where we may, and left alone where not."""
        self._line.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WAIT)
            return
        with suppress(PermissionError, ProcessLookupError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait(_LAST_WAIT)

    def _receive(self, received: list[int]) -> bytes:
        """The answer; descriptors that come with it are added to `received`. Raises OSError, EOFError, ValueError."""
        self._wait()
        head, descriptors, _, _ = socket.recv_fds(self._line, LENGTH.size, 1)
        received += descriptors
        for each in descriptors:
            os.set_inheritable(each, False)
        head += self._exactly(LENGTH.size - len(head)) if head else b""
        if not head:
            raise EOFError
        (length,) = LENGTH.unpack(head)
        if length > _MOST_ANSWER:
            raise ValueError
        return self._exactly(length)

    def _exactly(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            self._wait()
            portion = self._line.recv(length - len(data))
            if not portion:
                raise EOFError
            data += portion
        return bytes(data)

    def _wait(self) -> None:
        self._line.settimeout(max(0.001, self._deadline - time.monotonic()))

    def _ended(self) -> str:
        """How the process ended without an answer."""
        with suppress(subprocess.TimeoutExpired):
            return f"{self._name} refused, or failed (exit status {self._process.wait(_LAST_WAIT)})"
        return f"{self._name} hung up"


def _program(path: str, name: str) -> str:
    """The absolute path of the command; never from the current folder, which may be evidence. Raises AccessFails."""
    for folder in [""] if os.path.isabs(name) else filter(os.path.isabs, os.get_exec_path()):
        found = os.path.join(folder, name)
        if os.path.isfile(found) and os.access(found, os.X_OK):
            return found
    raise AccessFails(path, f"there is no {name} here", "install it, or get the right to read the device itself")


def _code() -> str:
    """What the process runs: our own code by its absolute path, after the standard library."""
    return f"import sys; sys.path.append({_HERE!a}); from hashing.devices.handing import main; main(sys.argv[1])"


def _answers(data: bytes) -> dict[str, str]:
    """The answer, taken apart without trust; raises ValueError."""
    told = read_json(data)
    if not isinstance(told, dict) or not told.keys() <= _ANSWERS:
        raise ValueError("not an answer")
    return {name: check_text(each, MOST_SAID) for name, each in told.items()}
