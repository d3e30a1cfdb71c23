"""Goes through a package's folder without following anything: what its files are is judged by whoever asks."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_DEPTH = 200
"""Folders below one another."""
_SAFE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def reason(error: OSError) -> str:
    """The system's words, without a path."""
    return (error.strerror or "the system gave no reason").lower()


@dataclass(frozen=True, slots=True)
class BagEntry:
    """Something in a bag that is not a folder; or a folder that lies too deep to go into."""

    path: str
    """Relative to the bag; bytes that are not UTF-8 as surrogates."""
    status: os.stat_result
    """As lstat sees it."""
    parent: int
    """Descriptor of the folder that holds it, lent until the next step of the walk."""

    def is_file(self) -> bool:
        return stat.S_ISREG(self.status.st_mode)

    def open(self) -> int:
        """A descriptor to read by; nothing is followed or waited for. Raises OSError."""
        return os.open(self.path.rsplit("/", 1)[-1], _SAFE, dir_fd=self.parent)


def walk_bag(folder: Path) -> Iterator[BagEntry]:
    """Everything in a folder but folders; the folder itself may be reached through a link. Raises OSError."""
    root = os.path.realpath(folder)
    for place, folders, names, descriptor in os.fwalk(root, onerror=_give_up):
        inside = f"{os.path.relpath(place, root)}/".removeprefix("./")
        found = {name: os.stat(name, dir_fd=descriptor, follow_symlinks=False) for name in folders + names}
        folders[:] = sorted(name for name in found if stat.S_ISDIR(found[name].st_mode))  # not the links
        if inside.count("/") > MAX_DEPTH:
            folders.clear()
        for name in sorted(found.keys() - set(folders)):
            yield BagEntry(inside + name, found[name], descriptor)


def _give_up(error: OSError) -> None:
    raise error
