# ruff: noqa: PTH113, PTH117, PTH118
"""Asks a describer, a process with limits, about one open file after another.

A describer that stops, hangs or talks nonsense is killed and replaced, and costs only the description of
the file it was given. Runs in a worker and imports little.
"""

import os
import select
import struct
import time
from socket import MSG_DONTWAIT, send_fds

from hashing.describe.answers import MOST_BYTES, pack, unpack
from hashing.starting import Started

FRAME = struct.Struct("!BI")
"""Before each answer: what follows it, and its length."""
FINAL, MORE, LEAVING = 0, 1, 2
"""Nothing follows; exiftool's part follows; the describer ends itself."""
_PATIENCE = 0.5
"""Seconds for an orderly end."""
_HANGING = 10
"""Files that may take all of the time; then each gets a tenth of it, for such files can be made by the thousand."""
_NEVER_ANSWERED = 3
"""Describers that may fail before one has answered; then no other is started."""


def find_exiftool() -> str:
    """The absolute path of exiftool, or nothing; never from the current folder, which may be evidence."""
    for folder in os.get_exec_path():
        path = os.path.join(folder, "exiftool")
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""


class Describer:
    """The describer process as seen by a worker."""

    def __init__(self, exiftool: str, limit: float, alive: int | None = None) -> None:
        """`limit`: seconds for one file; `alive`: a descriptor whose hang-up ends all waiting."""
        self._exiftool = exiftool
        self._limit = limit
        self._alive = alive
        self._process: Started | None = None
        self._failures = 0
        self._hung = 0
        self._answered = False

    def describe(self, descriptor: int) -> bytes:
        """The packed answer about the file behind a descriptor, which must have been read to the end before:
        whoever gets it shares its position."""
        if self._failures >= _NEVER_ANSWERED and not self._answered:
            return pack(None, "the describer does not run", {})
        media_type = None
        limit = self._limit if self._hung < _HANGING else self._limit / 10
        try:
            process = self._process or self._start()
            send_fds(process.socket, [b"?"], [descriptor])
            deadline = time.monotonic() + limit
            follows, packed = self._answer(process, deadline)
            if follows == MORE:
                media_type = unpack(packed)[0]
                follows, packed = self._answer(process, deadline)
        except TimeoutError:
            self._kill()
            self._hung += 1
            asked = "exiftool" if media_type else "describer"
            return pack(media_type, f"{asked}: no answer in {limit:g} s", {})
        except (OSError, EOFError, ValueError):
            self._failures += 1
            return pack(media_type, f"describer stopped ({self._kill()})", {})
        self._answered = True
        if follows == LEAVING:
            self.close()
        return packed

    def close(self) -> None:
        """Let the describer end, with the exiftool it has started."""
        process, self._process = self._process, None
        if process:
            process.end(_PATIENCE)

    def _kill(self) -> str:
        """End the describer at once, and say how it ended."""
        process, self._process = self._process, None
        return process.end() if process else "it could not be started"

    def _start(self) -> Started:
        arguments = [str(os.getpid()), self._exiftool]
        self._process = Started("hashing.describe.describer", arguments, own_group=False)
        return self._process

    def _answer(self, process: Started, deadline: float) -> tuple[int, bytes]:
        """The next answer; raises TimeoutError, EOFError, or ValueError for one that is too long."""
        follows, length = FRAME.unpack(self._receive(process, FRAME.size, deadline))
        if length > MOST_BYTES:
            raise ValueError
        return follows, self._receive(process, length, deadline)

    def _receive(self, process: Started, length: int, deadline: float) -> bytes:
        """So many bytes, whatever portions they come in."""
        received = bytearray()
        while len(received) < length:
            self._wait(process, deadline)
            portion = process.socket.recv(length - len(received), MSG_DONTWAIT)
            if not portion:
                raise EOFError
            received += portion
        return bytes(received)

    def _wait(self, process: Started, deadline: float) -> None:
        """Wait for the describer; raises TimeoutError, or SystemExit when nobody needs the answer any more."""
        poll = select.poll()
        poll.register(process.socket, select.POLLIN)
        if self._alive is not None:
            poll.register(self._alive, 0)  # tells of a hang-up only
        ready = [where for where, _ in poll.poll(max(0, deadline - time.monotonic()) * 1000)]
        if not ready:
            raise TimeoutError
        if self._alive in ready:
            raise SystemExit
