"""Real block devices to test with: loop devices over files, made and taken away by losetup."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def loop(file: Path, *options: str) -> Iterator[str]:
    """The node of a loop device over a file; skips the test where none can be made."""
    if not shutil.which("losetup") or os.geteuid() != 0:
        pytest.skip("loop devices need losetup and root")
    made = subprocess.run(["losetup", "--find", "--show", *options, str(file)], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no loop device here: {made.stderr.strip()}")
    node = made.stdout.strip()
    try:
        yield node
    finally:
        subprocess.run(["losetup", "--detach", node], check=False, capture_output=True)
        left = subprocess.run(["losetup", "--associated", str(file)], capture_output=True, text=True, check=True)
        assert node not in left.stdout.replace(":", " ").split()


def blank(path: Path, size: int) -> Path:
    """A file of zeros."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def sfdisk(path: str | Path, script: str) -> None:
    """Write a partition table with the tool that everybody uses; skips the test where it is not installed."""
    if not shutil.which("sfdisk"):
        pytest.skip("sfdisk is not installed")
    subprocess.run(
        ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", str(path)],
        input=script, text=True, check=True, capture_output=True,
    )  # fmt: skip
