"""Runs every procedure of docs/sop/ once: each begins with a copy of what the one it continues left behind."""

import os
import shutil
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import PriorityQueue

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
    """Runs every procedure once, each after the one it continues, and keeps where each ended."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._ends: dict[str, Future[tuple[World, list[Seen]]]] = {number: Future() for number in SOPS}
        self._ready: PriorityQueue[tuple[int, str]] = PriorityQueue()
        self._start_after(None)

    def end(self, number: str) -> tuple[World, list[Seen]]:
        """Where a procedure ended, and what was seen on the way."""
        return self._ends[number].result()

    def _start_after(self, before: str | None) -> None:
        """Make ready what continues a procedure; whoever is free takes that with the longest way to go."""
        for procedure in SOPS.values():
            if procedure.continues == before:
                self._ready.put((-_length(procedure), procedure.number))
                self._pool.submit(self._run_next)

    def _run_next(self) -> None:
        procedure = SOPS[self._ready.get()[1]]
        end = self._ends[procedure.number]
        try:
            path = self._base / procedure.number
            world = self.end(procedure.continues)[0].copy(path) if procedure.continues else World.new(path)
            end.set_result((world, world.run(procedure)))
        except BaseException as err:  # given to whoever asks for the result
            end.set_exception(err)
        self._start_after(procedure.number)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


def _length(procedure: Procedure) -> int:
    """How many steps there are up to the last page that goes on from this one."""
    after = [_length(p) for p in SOPS.values() if p.continues == procedure.number]
    return len(procedure.steps) + max(after, default=0)
