"""Whether two places named for a comparison are two: comparing one with itself shows nothing."""

import os
import stat
from pathlib import Path

from manifests.errors import UsageError


def check_apart(ones: tuple[str, ...], others: tuple[str, ...]) -> None:
    """Raise UsageError where contents and copy are the same, or lie inside one another."""
    for one in ones:
        for other in others:
            if _is_same(one, other):
                raise UsageError(
                    f"{other} and {one} are the same", "name a second copy: comparing one with itself shows nothing"
                )
            here, there = Path(one).resolve(), Path(other).resolve()
            if here in there.parents or there in here.parents:
                raise UsageError(f"{other} and {one} lie inside one another", "name two separate copies")


def _is_same(one: str, other: str) -> bool:
    try:
        first, second = Path(one).stat(), Path(other).stat()
    except (OSError, ValueError):
        return False
    devices = stat.S_ISBLK(first.st_mode) and stat.S_ISBLK(second.st_mode)
    return os.path.samestat(first, second) or (devices and first.st_rdev == second.st_rdev)
