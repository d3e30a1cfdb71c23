"""Our end of the line to the process that speaks with a dask scheduler: sends tasks, hears what came of them.

That process runs a library which trusts its scheduler, so nothing it says is trusted here: messages are no longer than
what was asked for can need, and anything else ends the line.
"""

import re
from importlib.util import find_spec

from hashing.errors import CannotStart, EngineFails, NotAnEngine
from hashing.sandbox.process import INVALID, SILENT, Deadline, LimitedProcess, ProcessFailed
from hashing.spread.frames import CUT, FAILED, GONE, NUMBER, RESULT, SETTING, TASK, WORKERS
from hashing.spread.tasks import Setting, Task

_ADDRESS = re.compile(r"(dask|tls)://([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})")
_START = 60.0
"""Seconds until the first word."""
_PATIENCE = 0.5
_NAME = "the process that speaks with them"
_MESSAGES = (WORKERS, RESULT, FAILED, GONE)
_BESIDE = 16
"""Bytes of number and kind before words."""
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
        if find_spec("distributed") is None:
            raise EngineFails("the package distributed is not installed", "pip install 'custody[dask]'")
        self.workers = self.threads = 0
        self._last = 0
        try:
            self._process = LimitedProcess(
                "hashing.spread.client", [self.address, str(port)], dict.fromkeys(_MESSAGES, CUT + _BESIDE), name=_NAME,
                patience=_PATIENCE,
            )  # fmt: skip
        except CannotStart as error:
            raise EngineFails(error.message) from error
        try:
            while not self.workers:
                self._taken(*self._next(Deadline(_START)))
        except BaseException:
            self.close()
            raise

    def set(self, setting: Setting) -> None:
        """What the tasks that follow have in common."""
        self._process.send(SETTING, setting.pack())

    def give(self, task: Task) -> int:
        """Send a task; its number."""
        self._last += 1
        most = max(self._process.messages[RESULT], task.most_answer + NUMBER.size)
        self._process.messages[RESULT] = most
        self._process.send(TASK, task.pack(self._last))
        return self._last

    def tell(self, kind: bytes) -> None:
        """Send a message that is nothing but its kind."""
        self._process.send(kind)

    def hear(self, seconds: float | None) -> list[tuple[bytes, int, bytes]]:
        """Kind, number and body of what it has said of tasks, after waiting so long (None: for ever) for some.

        Raises EngineFails.
        """
        try:
            messages = self._process.receive_all() if self._process.wait(Deadline(seconds)) else []
        except ProcessFailed as error:
            raise EngineFails(error.message) from error
        return [told for kind, body in messages if (told := self._taken(kind, body))]

    def close(self) -> None:
        """End the process; safe to repeat."""
        self._process.close()

    def _next(self, deadline: Deadline) -> tuple[bytes, bytes]:
        try:
            return self._process.receive(deadline)
        except ProcessFailed as error:
            silent = f"nothing is heard from {self.address}"
            raise EngineFails(silent if error.how == SILENT else error.message) from error

    def _taken(self, kind: bytes, body: bytes) -> tuple[bytes, int, bytes] | None:
        """A word about a task; others are acted on at once."""
        if kind == GONE:
            raise EngineFails(_text(body), "what was recorded stays; the same command goes on with what is still due")
        if len(body) < NUMBER.size:
            raise EngineFails(self._process.failed(INVALID).message)
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
