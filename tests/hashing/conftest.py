"""Real files of every kind, and what measuring makes of them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hashing.items import Item
from hashing.measure import Plan, measure
from hashing.sources import sources_from

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"

START = f"import sys; sys.path[:0] = {[str(ROOT), *(path for path in sys.path if 'packages' in path)]!r}\n"
"""The beginning of a program that can import the project from anywhere."""

Measure = Callable[..., dict[bytes, Item]]


@pytest.fixture
def measured() -> Measure:
    """Measure paths by a plan, and give the items by name; every name must be there once."""

    def run(*paths: Path | str, **plan: object) -> dict[bytes, Item]:
        items = list(measure(sources_from(paths), Plan(**plan)))  # type: ignore[arg-type]
        by_name = {item.name: item for item in items}
        assert len(by_name) == len(items)
        return by_name

    return run


@pytest.fixture
def shared() -> Path:
    """Files that other projects publish."""
    if not SHARED.is_dir():
        pytest.skip("the shared test data are not here")
    return SHARED


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Callable[[int, bytes], Path]]:
    """Make a chain of folders of one name, with a file at its end; removed by rm, which knows no recursion limit."""
    made: list[Path] = []

    def make(depth: int, name: bytes) -> Path:
        top = tmp_path / f"deep{len(made)}"
        top.mkdir()
        made.append(top)
        here = os.open(top, os.O_RDONLY)
        for _ in range(depth):
            os.mkdir(name, dir_fd=here)
            inner = os.open(name, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        for last in (b"file", b"second"):
            os.close(os.open(last, os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=here))
        os.close(here)
        return top

    yield make
    for top in made:
        subprocess.run(["rm", "-rf", str(top)], check=True)


def children(parent: int) -> list[int]:
    """Living processes (not zombies) whose parent this is."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, ppid = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if int(ppid) == parent and state != "Z":
                found.append(int(entry.name))
    return found


def descendants(parent: int) -> list[int]:
    """Children, their children, and so on."""
    found = children(parent)
    for child in tuple(found):
        found += descendants(child)
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition: Callable[[], object], seconds: float = 20) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def python(code: str, *arguments: str, **options: object) -> "subprocess.CompletedProcess[str]":
    """Run a program that can import the project from anywhere."""
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-I", "-c", START + code, *arguments], capture_output=True, text=True, timeout=60, **options
    )
