"""A process with limits, as whoever asks it sees it: what it may answer, how long that may take, and how it failed.

All waiting is here, by poll, which takes any descriptor. Whatever the process does but answer as announced is
`ProcessFailed`, and ends it. A body is untrusted until whoever gets it has checked it, inside `checking`.
"""

import os
import select
import socket
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from hashing.errors import CannotStart
from hashing.opening import reason_of
from hashing.sandbox.channel import send_descriptors
from hashing.sandbox.framing import HEADER, message
from hashing.sandbox.spawn import POSSIBLE, SpawnedProcess

SILENT, STOPPED, INVALID = "silent", "stopped", "invalid"
_PORTION = 1 << 18
_OWN_END = 0.5
"""Seconds for a process that hung up to end by itself, so that it can be said how."""
_LOOK_EVERY = 1.0
"""Seconds of waiting after which an interrupt is noticed at the latest."""


class Deadline:
    """A moment so many seconds from now; None: never."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._at = None if seconds is None else time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then, or until an interrupt is looked for."""
        return _LOOK_EVERY if self._at is None else min(_LOOK_EVERY, max(0.0, self._at - time.monotonic()))


class ProcessFailed(Exception):
    """A process gave no usable answer; the message says in words what it did."""

    def __init__(self, how: str, message: str) -> None:
        """`how`: SILENT, STOPPED or INVALID."""
        super().__init__(message)
        self.how = how
        self.message = message


class LimitedProcess:
    """A process that is asked, and our end of the conversation."""

    def __init__(
        self, module: str, arguments: Sequence[str], messages: Mapping[bytes, int], *,
        name: str = "the process that read it", own_group: bool = True, patience: float = 0.0,
        watched: int | None = None,
    ) -> None:  # fmt: skip
        """Start `module.main(descriptor, parent, *arguments)`; raises CannotStart.

        `messages`: what it may send, each with the most bytes of its body. `name` begins the words of a failure.
        `patience`: seconds for an orderly end. `watched`: a descriptor whose hang-up ends all waiting by SystemExit.
        """
        if not POSSIBLE:
            raise CannotStart("descriptors cannot be handed to another process on this system")
        self.messages = dict(messages)
        self._name, self._patience = name, patience
        self._received = bytearray()
        self._ended = ""
        try:
            self._process = SpawnedProcess(module, [str(os.getpid()), *arguments], own_group=own_group)
        except OSError as error:
            raise CannotStart(reason_of(error)) from error
        self._poll = select.poll()
        self._poll.register(self._process.socket, select.POLLIN)
        self._watched = watched
        if watched is not None:
            self._poll.register(watched, 0)  # which tells of a hang-up only

    def send(self, kind: bytes, body: bytes = b"", descriptors: Sequence[int] = ()) -> None:
        """Send a message, and descriptors, which are lent. A process that is gone is noticed when it is listened to."""
        with suppress(OSError):
            self._process.socket.sendall(message(kind, body))
            send_descriptors(self._process.socket, descriptors)

    def receive(self, deadline: Deadline) -> tuple[bytes, bytes]:
        """Kind and untrusted body of the next message; raises ProcessFailed."""
        while (found := self._next()) is None:
            if not self.wait(deadline):
                raise self.failed(SILENT, deadline.seconds)
            self._take()
        return found

    def receive_all(self) -> list[tuple[bytes, bytes]]:
        """The messages that are there, after taking what has come; raises ProcessFailed."""
        self._take()
        return list(iter(self._next, None))

    def wait(self, deadline: Deadline) -> bool:
        """Wait until something comes; whether it did before the deadline. Raises ProcessFailed where it has ended."""
        if self._ended:
            raise self.failed(STOPPED)
        while True:
            left = deadline.left
            ready = [descriptor for descriptor, _ in self._poll.poll(1000 * left)]
            if self._watched in ready:
                raise SystemExit
            if ready or not left:
                return bool(ready)

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Whatever an untrusted body leads to while it is checked is an invalid response; raises ProcessFailed."""
        try:
            yield
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, struct.error) as error:
            raise self.failed(INVALID) from error

    def failed(self, how: str, seconds: float | None = None) -> ProcessFailed:
        """End the process; the failure to raise. `seconds`: for how long it was silent."""
        ended = self.end()
        words = {
            INVALID: "sent an invalid response",
            SILENT: f"gave no answer in {seconds or 0:g} s",
            STOPPED: f"stopped ({ended})",
        }
        return ProcessFailed(how, f"{self._name} {words[how]}")

    def end(self, patience: float = 0.0) -> str:
        """Hang up, give it so many seconds, end it; how it ended. Safe to repeat."""
        self._ended = self._ended or self._process.end(patience)
        return self._ended

    def close(self) -> None:
        """Let it end in order."""
        self.end(self._patience)

    def _take(self) -> None:
        """What has come, in whatever portions."""
        try:
            portion = self._process.socket.recv(_PORTION, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError as error:
            raise self.failed(STOPPED) from error
        if not portion:
            self.end(_OWN_END)
            raise self.failed(STOPPED)
        self._received += portion

    def _next(self) -> tuple[bytes, bytes] | None:
        """The next message, if it is there as a whole; a kind or a length that was not announced is invalid."""
        if len(self._received) < HEADER.size:
            return None
        kind, length = HEADER.unpack_from(self._received)
        if length > self.messages.get(kind, -1):
            raise self.failed(INVALID)
        end = HEADER.size + length
        if len(self._received) < end:
            return None
        body = bytes(self._received[HEADER.size : end])
        del self._received[:end]
        return kind, body
