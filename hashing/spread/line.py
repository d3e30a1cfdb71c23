"""Our end of the line to the process that speaks with a dask scheduler: sends tasks, hears what came of them.

That process runs a library which trusts its scheduler, so nothing it says is trusted here: messages are no longer than
what was asked for can need, and anything else ends the line.
"""

import os
import re
import select
from importlib.util import find_spec

from hashing.errors import EngineFails, NotAnEngine
from hashing.opening import reason_of
from hashing.spread.frames import CUT, GONE, NUMBER, SETTING, TASK, WORKERS
from hashing.spread.tasks import Setting, Task
from hashing.starting import POSSIBLE, Started
from hashing.wire import HEADER, message

_ADDRESS = re.compile(r"(dask|tls)://([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})")
_START = 60.0
"""Seconds until the first word."""
_PATIENCE = 0.5
_PORTION = 1 << 18
_MOST_WORKERS = 1 << 20


def address_of(engine: str) -> tuple[str, int]:
    """A scheduler's address as dask writes it, and its port; raises NotAnEngine."""
    found = _ADDRESS.fullmatch(engine)
    if not found or not 0 < int(found[3]) < 1 << 16:
        raise NotAnEngine(engine)
    return f"{'tls' if found[1] == 'tls' else 'tcp'}://{found[2]}:{found[3]}", int(found[3])


class Line:
    """The process, as long as it serves."""

    def __init__(self, engine: str) -> None:
        """Start it and wait for its first word; raises NotAnEngine or EngineFails."""
        self.address, port = address_of(engine)
        if not POSSIBLE:
            raise EngineFails("this system cannot start the process that speaks with them")
        if find_spec("distributed") is None:
            raise EngineFails("the package distributed is not installed", "pip install 'custody[dask]'")
        self.workers = self.threads = 0
        self._heard = bytearray()
        self._most = CUT
        self._last = 0
        self._ended = ""
        """How the process ended, once it has."""
        try:
            self._process = Started(
                "hashing.spread.client", [str(os.getpid()), self.address, str(port)], own_group=True
            )
        except OSError as error:
            raise EngineFails(reason_of(error)) from error
        try:
            while not self.workers:
                if not self._wait(_START):
                    raise EngineFails(f"nothing is heard from {self.address}")
                self.hear(0)
        except BaseException:
            self.close()
            raise

    def set(self, setting: Setting) -> None:
        """What the tasks that follow have in common; raises EngineFails."""
        self._send(SETTING, setting.pack())

    def give(self, task: Task) -> int:
        """Send a task; its number. Raises EngineFails."""
        self._last += 1
        self._most = max(self._most, task.most_answer + NUMBER.size)
        self._send(TASK, task.pack(self._last))
        return self._last

    def tell(self, kind: bytes) -> None:
        """Send a message that is nothing but its kind; raises EngineFails."""
        self._send(kind, b"")

    def hear(self, seconds: float | None) -> list[tuple[bytes, int, bytes]]:
        """Kind, number and body of what it has said of tasks, after waiting so long (None: for ever) for some.

        Raises EngineFails.
        """
        if not self._wait(seconds):
            return []
        try:
            data = self._process.socket.recv(_PORTION)
        except OSError:
            data = b""
        if not data:
            self._ended = self._process.end()
            raise self._stopped()
        self._heard += data
        return [told for kind, body in self._messages() if (told := self._taken(kind, body))]

    def close(self) -> None:
        """End the process; safe to repeat."""
        self._ended = self._ended or self._process.end(_PATIENCE)

    def _stopped(self) -> EngineFails:
        return EngineFails(f"the process that speaks with them stopped ({self._ended})")

    def _send(self, kind: bytes, body: bytes) -> None:
        if self._ended:
            raise self._stopped()
        try:
            self._process.socket.sendall(message(kind, body))
        except OSError as error:
            while self._wait(0):  # it may have said why
                self.hear(0)
            raise EngineFails(f"the process that speaks with them stopped: {reason_of(error)}") from error

    def _wait(self, seconds: float | None) -> bool:
        """Whether there is something to hear within so many seconds."""
        if self._ended:
            raise self._stopped()
        poll = select.poll()
        poll.register(self._process.socket, select.POLLIN)
        return bool(poll.poll(None if seconds is None else seconds * 1000))

    def _messages(self) -> list[tuple[bytes, bytes]]:
        """The complete messages heard so far."""
        found = []
        while len(self._heard) >= HEADER.size:
            kind, length = HEADER.unpack_from(self._heard)
            if length > self._most:
                raise EngineFails("the process that speaks with them talks nonsense")
            end = HEADER.size + length
            if len(self._heard) < end:
                break
            found.append((kind, bytes(self._heard[HEADER.size : end])))
            del self._heard[:end]
        return found

    def _taken(self, kind: bytes, body: bytes) -> tuple[bytes, int, bytes] | None:
        """A word about a task; others are acted on at once."""
        if kind == GONE:
            raise EngineFails(_text(body), "what was recorded stays; the same command goes on with what is still due")
        if len(body) < NUMBER.size:
            raise EngineFails("the process that speaks with them talks nonsense")
        (number,) = NUMBER.unpack_from(body)
        if kind != WORKERS:
            return kind, number, body[NUMBER.size :]
        if len(body) == 2 * NUMBER.size:
            self.workers = min(number, _MOST_WORKERS)
            self.threads = min(NUMBER.unpack_from(body, NUMBER.size)[0], _MOST_WORKERS)
        return None


def _text(body: bytes) -> str:
    """Words from a process that is not trusted, escaped."""
    return body[:CUT].decode("utf-8", "replace").encode("unicode_escape").decode("ascii")
