"""A real dask scheduler and real workers on loopback, started and ended by the test; also workers that lie or die."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DASK = Path(sys.executable).parent / "dask"
LONGEST = 60.0
"""Seconds after which something that was to happen counts as failed."""


@dataclass
class Cluster:
    """One scheduler and its workers, with their logs in a folder."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    address: str = ""
    failures: int = 3
    """Workers that may die of a task before the scheduler gives it up, and one more."""

    def start(self, workers: int, *, code: Path | None = None, nanny: bool = False) -> "Cluster":
        """Start all; `code`: where workers find the package instead of here."""
        scheduler = self._run("scheduler", {}, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                              "--scheduler-file", str(self.folder / "scheduler.json"))  # fmt: skip
        self.processes.append(scheduler)
        wait_for(lambda: "Scheduler at:" in self._log("scheduler"))
        line = next(line for line in self._log("scheduler").splitlines() if "Scheduler at:" in line)
        self.address = line.split()[-1].replace("tcp://", "dask://")
        for _ in range(workers):
            self.add(code=code, nanny=nanny)
        wait_for(lambda: all("Registered to" in self._log(f"worker{n}") for n in range(workers)))
        return self

    def add(self, *, code: Path | None = None, nanny: bool = False) -> None:
        """One more worker, with one thread."""
        number = len(self.workers)
        more = {"PYTHONPATH": str(code)} if code else {}
        words = ["--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder / f"local{number}")]
        words += [] if nanny else ["--no-nanny"]
        address = self.address.replace("dask://", "tcp://")
        self.workers.append(self._run(f"worker{number}", more, "worker", address, *words))

    @property
    def scheduler(self) -> subprocess.Popen[bytes]:
        return self.processes[0]

    def stop(self) -> None:
        """End everything that was started."""
        for process in (*self.workers, *self.processes):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _run(self, name: str, more: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "HOME", "TMPDIR") if key in os.environ}
        rules = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(self.failures)}
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [str(DASK), *words], cwd=self.folder, env=kept | rules | more, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def _log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")


def lying(folder: Path, answer: str) -> Path:
    """A place with the package in it, in which a worker's answers go through `answer(read, names)`."""
    shutil.copytree(ROOT / "hashing", folder / "hashing", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "hashing" / "spread" / "reading.py").open("a") as code:
        code.write(f"""

import os, signal
{answer}
_files = read_files
def read_files(sent, names):
    return answer(lambda: _files(sent, names), names)
""")
    return folder


def wait_for(found: Callable[[], object]) -> None:
    """Wait until something is so; raises AssertionError."""
    end = time.monotonic() + LONGEST
    while not found():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
