"""The worker processes: started when there is work, given jobs, listened to, replaced when they die, and ended.

A job whose worker dies is given to another once; then its files are unreadable, with that reason. Nothing
is lost silently and nothing waits for a process that is gone.
"""

import selectors
from collections import deque
from collections.abc import Iterator
from socket import send_fds
from typing import Protocol

from hashing.describe.answers import pack
from hashing.errors import CannotStart
from hashing.jobs import Job
from hashing.opening import Folder, reason_of
from hashing.pacing import Pace
from hashing.reading import Reader, Reading, Recipe
from hashing.sandbox.framing import COUNT, HEADER
from hashing.sandbox.spawn import SpawnedProcess
from hashing.wire import BYTES, JOB, RESULT, Form, pack_job, row_of

AHEAD = 2
"""Jobs a worker may have at once, so that it need not wait for us; they must fit into its socket."""
_ATTEMPTS = 2
_PATIENCE = 1.0
"""Seconds to end in."""
_DEATHS = 4
"""Workers that may die before any has answered."""


class _Hand:
    """One worker as seen from here."""

    def __init__(self, arguments: list[str]) -> None:
        self.process = SpawnedProcess("hashing.worker", arguments, own_group=True)
        self.jobs: deque[Job] = deque()
        self._heard = bytearray()

    @property
    def free(self) -> bool:
        """Whether another job would not have to wait for long."""
        return len(self.jobs) < AHEAD and not any(job.alone for job in self.jobs)

    def give(self, job: Job) -> None:
        """Send a job; raises OSError if the worker is gone."""
        self.jobs.append(job)
        body = pack_job(job.runs)
        send_fds(self.process.socket, [HEADER.pack(JOB, len(body))], [folder.descriptor for folder in job.folders])
        self.process.socket.sendall(body)

    def hear(self) -> Iterator[tuple[bytes, bytes]]:
        """Take what it has sent: the complete messages, kind and body; raises EOFError if it is gone."""
        data = self.process.socket.recv(1 << 18)
        if not data:
            raise EOFError
        self._heard += data
        while len(self._heard) >= HEADER.size:
            kind, length = HEADER.unpack_from(self._heard)
            if len(self._heard) < HEADER.size + length:
                return
            body = bytes(self._heard[HEADER.size : HEADER.size + length])
            del self._heard[: HEADER.size + length]
            yield kind, body


class Readers(Protocol):
    """Whoever takes jobs and enters into them what was read."""

    @property
    def has_room(self) -> bool:
        """Whether a job given now would be taken up soon."""

    def give(self, job: Job) -> None:
        """Hand out a job."""

    def listen(self, *, wait: bool) -> None:
        """Enter what was read into the jobs; `wait` until there is something."""

    def close(self) -> None:
        """End what was started."""


class Crew:
    """Up to so many workers, all working by one recipe."""

    def __init__(self, recipe: Recipe, arguments: list[str], most: int) -> None:
        self._form = Form(recipe)
        self._arguments = arguments
        self._most = most
        self._hands: list[_Hand] = []
        self._first: deque[Job] = deque()
        self._selector = selectors.DefaultSelector()
        self._answered = False
        self._deaths = 0

    @property
    def has_room(self) -> bool:
        """Whether a job given now would be taken up soon."""
        return not self._first and self._can_take()

    def _can_take(self) -> bool:
        return len(self._hands) < self._most or any(hand.free for hand in self._hands)

    def _give_first(self) -> None:
        """Hand out what workers gave back or left behind."""
        while self._first and self._can_take():
            self.give(self._first.popleft())

    def give(self, job: Job) -> None:
        """Hand a job to the least busy worker, or to a new one; raises CannotStart."""
        hand = min((hand for hand in self._hands if hand.free), key=lambda hand: len(hand.jobs), default=None)
        if hand is None or (hand.jobs and len(self._hands) < self._most):
            hand = self._start()
        try:
            hand.give(job)
        except OSError:
            self._bury(hand)

    def listen(self, *, wait: bool) -> None:
        """Enter what workers have to say into the jobs; `wait` until there is something."""
        self._give_first()
        if not any(hand.jobs for hand in self._hands):
            return  # nothing is outstanding, or all of it has failed
        for key, _ in self._selector.select(None if wait else 0):
            hand: _Hand = key.data
            try:
                for kind, body in hand.hear():
                    self._enter(hand, kind, body)
            except (OSError, EOFError):
                self._bury(hand)
        self._give_first()

    def close(self) -> None:
        """End all workers: they notice that nobody listens, and have a moment to take along what they started."""
        for hand in self._hands:
            hand.process.hang_up()
        for hand in self._hands:
            hand.process.end(_PATIENCE)
        self._hands.clear()
        self._selector.close()

    def _start(self) -> _Hand:
        try:
            hand = _Hand(self._arguments)
        except OSError as error:
            raise CannotStart(reason_of(error)) from error
        self._hands.append(hand)
        self._selector.register(hand.process.socket, selectors.EVENT_READ, hand)
        return hand

    def _enter(self, hand: _Hand, kind: bytes, body: bytes) -> None:
        """Enter one message of a worker into the job it is working on."""
        if kind == BYTES:
            hand.jobs[0].read += COUNT.unpack(body)[0]
        elif kind == RESULT:
            self._answered = True
            job = hand.jobs.popleft()
            job.finish(self._form.unpack(body))
            for rest in job.rest:
                if rest.files:
                    self._first.append(rest)
                else:
                    rest.finish([])

    def _bury(self, hand: _Hand) -> None:
        """A worker is gone: its jobs go to others, unless one of them seems to be what kills."""
        self._selector.unregister(hand.process.socket)
        self._hands.remove(hand)
        how = hand.process.end()
        self._deaths += 1
        if not self._answered and self._deaths >= _DEATHS:
            raise CannotStart(f"it stops at once ({how})")
        if hand.jobs:
            hand.jobs[0].attempts += 1
        for job in reversed(hand.jobs):
            if job.attempts >= _ATTEMPTS:
                job.fail(f"the process that read it stopped ({how})")
            else:
                job.read = 0
                self._first.appendleft(job)


class Alone:
    """The same for systems where files cannot be handed to another process: the main process reads by itself."""

    has_room = True

    def __init__(self, recipe: Recipe, *, describe: bool, rate: int = 0) -> None:
        self._reader = Reader(recipe)
        self._pace = Pace(rate)
        why = "descriptors cannot be handed to a describer on this system"
        self._description = pack(None, why, {}) if describe else None

    def give(self, job: Job) -> None:
        """Read the files of a job at once."""
        job.finish(
            [
                row_of(self._read(folder, name), self._description)
                for folder, names in zip(job.folders, job.runs, strict=True)
                for name in names
            ]
        )

    def _read(self, folder: Folder, name: bytes) -> Reading:
        reading = self._reader.read_named(folder, name, lambda _: None)
        self._pace.spend(max(0, reading.size))
        self._pace.wait()
        return reading

    def listen(self, *, wait: bool) -> None:
        """Nothing is ever outstanding."""

    def close(self) -> None:
        """Nothing was started."""
