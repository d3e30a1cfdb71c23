"""Runs every procedure of docs/sop/ once: each begins with a copy of what the one it continues left behind."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import PriorityQueue
from threading import Lock

from tests.docs import procedures
from tests.docs.procedures import Procedure, Seen, World

ALL = {p.number: p for p in map(procedures.read, sorted((procedures.ROOT / "docs" / "sop").glob("[0-9]*.md")))}


def _no_loops() -> bool:
    """Whether no loop device can be made here, on which pages about devices are practised."""
    if os.geteuid() != 0 or not shutil.which("losetup"):
        return True
    return bool(subprocess.run(["losetup", "--find"], capture_output=True, check=False).returncode)


NOT_HERE = {number for number, p in ALL.items() if "losetup" in p.path.read_text(encoding="utf-8") and _no_loops()}
"""Pages that this computer cannot practise."""
SOPS = {number: p for number, p in ALL.items() if number not in NOT_HERE}
AT_ONCE = 2


class Stories:
    """Runs each procedure that is wanted once, after the one it continues, and keeps where each ended."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._ends: dict[str, Future[tuple[World, list[Seen]]]] = {number: Future() for number in SOPS}
        self._ready: PriorityQueue[tuple[int, str]] = PriorityQueue()
        self._wanted: set[str] = set()
        self._lock = Lock()

    def want(self, numbers: Iterable[str]) -> None:
        """Begin these, with all that they continue."""
        with self._lock:
            new = {each for number in numbers for each in _line(number)} - self._wanted
            self._wanted |= new
            for number in new:
                before = SOPS[number].continues
                if before is None or self._ends[before].done():
                    self._put(number)

    def end(self, number: str) -> tuple[World, list[Seen]]:
        """Where a procedure ended, and what was seen on the way."""
        self.want([number])
        return self._ends[number].result()

    def _put(self, number: str) -> None:
        """Make a procedure ready; whoever is free takes that with the longest way to go."""
        self._ready.put((-_length(SOPS[number]), number))
        self._pool.submit(self._run_next)

    def _run_next(self) -> None:
        procedure = SOPS[self._ready.get()[1]]
        end = self._ends[procedure.number]
        try:
            path = self._base / procedure.number
            before = self._ends[procedure.continues].result()[0] if procedure.continues else None
            world = before.copy(path) if before else World.new(path)
            settle = partial(end.set_result, (world, world.run(procedure)))
        except BaseException as err:  # given to whoever asks for the result
            settle = partial(end.set_exception, err)
        with self._lock:
            settle()
            for number in sorted(self._wanted):
                if SOPS[number].continues == procedure.number:
                    self._put(number)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


def _line(number: str) -> list[str]:
    """A procedure and all that it continues."""
    before = SOPS[number].continues
    return [number, *(_line(before) if before else ())]


def _length(procedure: Procedure) -> int:
    """How many steps there are up to the last page that goes on from this one."""
    after = [_length(p) for p in SOPS.values() if p.continues == procedure.number]
    return len(procedure.steps) + max(after, default=0)
