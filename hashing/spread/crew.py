"""Workers elsewhere as a crew of hashing.measure: splits jobs into tasks, gives them out, enters what came back.

A worker that dies costs its task, which the scheduler gives to another. A task that workers keep dying of, or that
fails, is tried once more with nothing else under way, file by file; then its files are unreadable, with that reason.
"""

from collections import deque
from dataclasses import dataclass, field

from hashing.errors import EngineFails
from hashing.jobs import Job
from hashing.pacing import Pace
from hashing.reading import UNREADABLE, Reading
from hashing.spread.frames import CANCEL, DIED, FAILED, RESULT, STORE, VERSION
from hashing.spread.line import Line
from hashing.spread.tasks import InvalidTaskAnswer, Setting, Task, put_together, rows_of, singles, split
from hashing.wire import Row, row_of

_AHEAD = 3
"""Tasks given out for each thread of the workers."""
_LEAST = 4


class _Work:
    """A job, and what is known of its files."""

    def __init__(self, job: Job, tasks: list[list[Task]]) -> None:
        self.job = job
        self.rows: list[Row | None] = [None] * job.files
        self.parts: dict[int, list[Row | None]] = {}
        """By file: the rows of its ranges."""
        self.left = sum(map(len, tasks))
        """Tasks to come."""


@dataclass(slots=True)
class _Errand:
    """A task, and where its answer belongs."""

    work: _Work
    task: Task
    at: int
    """The first file."""
    part: int | None = None
    """Which range of it."""
    alone: bool = False
    why: str = field(default="")
    """What went wrong before."""


class Spread:
    """A crew for one measuring; the line serves the next one."""

    def __init__(self, line: Line, setting: Setting) -> None:
        """Raises EngineFails."""
        self._line = line
        self._setting = setting
        self._pace = Pace(setting.rate)
        self._queue: deque[_Errand] = deque()
        self._suspects: deque[_Errand] = deque()
        self._under_way: dict[int, _Errand] = {}
        line.set(setting)

    @property
    def has_room(self) -> bool:
        """Whether a job given now would be taken up soon."""
        return len(self._queue) + len(self._suspects) + len(self._under_way) < self._most

    @property
    def _most(self) -> int:
        return max(_LEAST, _AHEAD * self._line.threads)

    def give(self, job: Job) -> None:
        """Split a job into tasks; raises EngineFails."""
        names = [entry for entry in job.entries if isinstance(entry, bytes)]
        tasks = split(names, _sizes(job), quick=self._setting.quick)
        job.close()
        work, at = _Work(job, tasks), 0
        for group in tasks:
            if group[0].count:
                work.parts[at] = [None] * len(group)
                self._queue += [_Errand(work, task, at, part) for part, task in enumerate(group)]
            else:
                self._queue.append(_Errand(work, group[0], at))
            at += len(group[0].names)
        self._hand_out()

    def listen(self, *, wait: bool) -> None:
        """Enter what came back into the jobs; `wait` until there is something. Raises EngineFails."""
        self._hand_out()
        if not self._under_way and not self._queue:
            return
        for kind, number, body in self._line.hear(self._patience() if wait else 0):
            errand = self._under_way.pop(number, None)
            if errand is not None:  # else it was given up
                self._enter(errand, kind, body)
        self._hand_out()

    def close(self) -> None:
        """Give up what is under way."""
        if self._under_way:
            self._under_way.clear()
            try:
                self._line.tell(CANCEL)
            except EngineFails:
                return  # it is gone, and with it all that was under way

    def _patience(self) -> float | None:
        """Seconds until something can be done without hearing anything; None: for ever."""
        held_back = self._queue and not self._suspects and len(self._under_way) < self._most
        return self._pace.delay() if held_back else None

    def _hand_out(self) -> None:
        """Give out what there is room and time for; a suspect only alone."""
        if self._suspects:
            if not self._under_way:
                self._send(self._suspects.popleft())
            return
        while self._queue and len(self._under_way) < self._most and not self._pace.delay():
            self._send(self._queue.popleft())

    def _send(self, errand: _Errand) -> None:
        self._pace.spend(errand.task.length)
        self._under_way[self._line.give(errand.task)] = errand

    def _enter(self, errand: _Errand, kind: bytes, body: bytes) -> None:
        """Take up what came of one task; raises EngineFails."""
        if kind == FAILED:
            self._failed(errand, body[:1])
            return
        try:
            if kind != RESULT:
                raise InvalidTaskAnswer
            rows = rows_of(body, errand.task, self._setting)
        except InvalidTaskAnswer:
            self._again(errand, "the worker that read it sent an invalid response")
            return
        self._done(errand, rows)

    def _failed(self, errand: _Errand, kind: bytes) -> None:
        if kind == STORE:
            raise EngineFails(
                f"one of them does not reach {self._setting.root!r}",
                "mount the store on every worker; where it lies elsewhere there: --store-as PATH",
            )
        if kind == VERSION:
            raise EngineFails(
                "one of them has another version of this package, or none", "install the same version on every worker"
            )
        died = kind == DIED
        self._again(errand, "the workers that read it stopped" if died else "the worker that read it failed")

    def _again(self, errand: _Errand, why: str) -> None:
        """Try it alone, file by file; a second time means that its files cannot be read."""
        work, task = errand.work, errand.task
        if errand.alone:
            self._done(errand, [row_of(Reading(UNREADABLE, why))] * len(task.names))
        elif errand.part is not None:
            self._suspects.append(_Errand(work, task, errand.at, errand.part, alone=True))
        else:
            apart = singles(task)
            work.left += len(apart) - 1
            self._suspects += [_Errand(work, one, errand.at + n, alone=True) for n, one in enumerate(apart)]

    def _done(self, errand: _Errand, rows: list[Row]) -> None:
        """Enter the rows of a task, and finish its job if it was the last."""
        work = errand.work
        work.left -= 1
        work.job.read += errand.task.length
        if errand.part is None:
            work.rows[errand.at : errand.at + len(rows)] = rows
        else:
            parts = work.parts[errand.at]
            parts[errand.part] = rows[0]
            known = [row for row in parts if row is not None]
            if len(known) == len(parts):
                work.rows[errand.at] = put_together(known, errand.task.sizes[0])
        if not work.left:
            work.job.finish([row for row in work.rows if row is not None])


def _sizes(job: Job) -> list[int]:
    """Bytes of each file of a job, or 0 where that cannot be found out: whoever opens it will learn why."""
    found = []
    for folder, names in zip(job.folders, job.runs, strict=True):
        for name in names:
            try:
                found.append(folder.status(name).st_size)
            except OSError:
                found.append(0)
    return found
