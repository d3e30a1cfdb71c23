"""The folder of a package, gone through by descriptors: no link in it is followed, whoever puts it there and whenever.

docs/spec/package.md, K2.
"""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from custody.edges.bag_walk import MAX_DEPTH, walk_bag
from hashing.opening import Folder
from manifests.errors import EnvironmentFault

_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EMLINK}
MAX_SMALL = 1 << 20
Way = tuple[str, ...]
"""Names of folders, one in the other."""


@dataclass(frozen=True, kw_only=True)
class PackageSurvey:
    """What lies in a package, by its paths; nothing was opened but folders."""

    links: tuple[str, ...] = ()
    payload: tuple[str, ...] = ()
    """All that lies below `data/` and is no folder, links among it."""
    unread: str = ""
    """Why not everything could be looked at, in words."""


def survey(root: Path) -> PackageSurvey:
    """Look through a whole package."""
    links: list[str] = []
    payload: list[str] = []
    try:
        for entry in walk_bag(root):
            if stat.S_ISLNK(entry.status.st_mode):
                links.append(entry.path)
            if entry.path.startswith("data/") or entry.path == "data":
                payload.append(entry.path)
            if stat.S_ISDIR(entry.status.st_mode):
                return PackageSurvey(
                    links=tuple(links), payload=tuple(payload), unread=f"more than {MAX_DEPTH} folders deep"
                )
    except OSError as err:
        return PackageSurvey(links=tuple(links), payload=tuple(payload), unread=(err.strerror or "unknown").lower())
    return PackageSurvey(links=tuple(links), payload=tuple(payload))


@dataclass(frozen=True)
class PackageFolder:
    """The folder that a person named; they may name it by way of a link, and nothing else may."""

    root: Path

    def opened(self, way: Way) -> Folder | None:
        """A folder in it; None where there is none, or a link on the way."""
        try:
            return Folder.at(os.path.realpath(self.root)).down(os.fsencode(name) for name in way)
        except OSError as err:
            if err.errno in _NOT_THERE:
                return None
            raise EnvironmentFault(f"cannot look into {self.root}: {(err.strerror or '').lower()}") from err

    def has(self, way: Way) -> bool:
        """Whether there is such a folder, and not by way of a link."""
        folder = self.opened(way)
        if folder is not None:
            folder.close()
        return folder is not None

    def names(self, way: Way) -> tuple[list[str], list[str]]:
        """The names of ordinary files and those of folders, sorted; none where there is no such folder."""
        folder = self.opened(way)
        if folder is None:
            return [], []
        try:
            found, others, _ = folder.names()
            inner = [name for name in others if _is_folder(folder, name)]
            return [os.fsdecode(name) for name in found if name not in others], sorted(map(os.fsdecode, inner))
        finally:
            folder.close()

    def open(self, way: Way, name: str) -> int | None:
        """A descriptor of an ordinary file; None where there is none. Raises EnvironmentFault."""
        folder = self.opened(way)
        if folder is None:
            return None
        try:
            descriptor = folder.open_file(os.fsencode(name))
        except OSError as err:
            if isinstance(err, FileNotFoundError):
                return None
            raise EnvironmentFault(f"cannot read {'/'.join((*way, name))}: {(err.strerror or '').lower()}") from err
        finally:
            folder.close()
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise EnvironmentFault(f"not an ordinary file: {'/'.join((*way, name))}")
        return descriptor

    def read(self, way: Way, name: str, limit: int = MAX_SMALL) -> bytes | None:
        """The bytes of an ordinary file, at most `limit` and one; None where there is none. Raises EnvironmentFault."""
        descriptor = self.open(way, name)
        if descriptor is None:
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read(min(limit, os.fstat(descriptor).st_size) + 1)

    def lines(self, way: Way, name: str, limit: int = MAX_SMALL) -> Iterator[bytes] | None:
        """The lines of a file with their line feeds, none longer than `limit`; None where there is no such file."""
        descriptor = self.open(way, name)
        return None if descriptor is None else _lines(descriptor, limit)


def _lines(descriptor: int, limit: int) -> Iterator[bytes]:
    with os.fdopen(descriptor, "rb", buffering=1 << 20) as file:
        while line := file.readline(limit + 2):
            yield line


def _is_folder(folder: Folder, name: bytes) -> bool:
    try:
        return stat.S_ISDIR(folder.status(name).st_mode)
    except OSError:
        return False
