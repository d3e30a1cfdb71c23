# ruff: noqa: PTH115, PTH116, PTH119, PTH120
"""The paths a user named, and the names under which what they hold will be listed.

Looks at each path once, by lstat, and opens nothing.
"""

import itertools
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from hashing.errors import ImageElsewhere, IsALink, NoName, NotFound, NothingGiven, SameName
from hashing.opening import reason_of


@dataclass(frozen=True, slots=True)
class Source:
    """One path to measure."""

    label: bytes | None
    """First component of its items' names; None: names are relative to the folder itself."""
    path: str
    only: frozenset[bytes] | None = None
    """Of a folder, the names to measure; None: all."""
    way: tuple[bytes, ...] = ()
    """Folders below the path, gone through one after another, no link followed; names are relative to the last."""


def sources_from(paths: Sequence[str | os.PathLike[str]]) -> tuple[Source, ...]:
    """The sources for the given paths, sorted by label.

    One folder: names relative to it. One file: its base name. Several: each under its own last component
    (spec E6). The first part of a disk image stands for all its parts. Raises NothingGiven, NotFound, IsALink,
    SameName, NoName or ImageElsewhere.
    """
    if not paths:
        raise NothingGiven
    plain = [_without_slashes(os.fsdecode(path)) for path in paths]
    modes = [_mode_of(path) for path in plain]
    if len(plain) == 1 and stat.S_ISDIR(modes[0]):
        return (Source(None, plain[0]),)
    if parts := _parts_of(plain):
        return (_together(plain, parts),)
    return _distinct(sorted((Source(_label_of(path), path) for path in plain), key=lambda source: source.label or b""))


def is_device(path: str) -> bool:
    """Whether a path, or what a link such as those in /dev/disk/by-id stands for, is a block device."""
    try:
        return stat.S_ISBLK(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _parts_of(paths: Sequence[str]) -> set[bytes]:
    """The names of all parts of the disk images that begin with one of the paths."""
    from hashing.media.naming import may_begin

    if not any(may_begin(path) for path in paths):
        return set()
    from hashing.media.images import image_beginning

    found = (image_beginning(path) for path in paths)
    return {name for image in found if image for name in image.names}


def _together(paths: Sequence[str], parts: set[bytes]) -> Source:
    """Paths of one folder, an image among them, as one source; raises ImageElsewhere or SameName."""
    folders = {os.path.dirname(path) or os.curdir for path in paths}
    if len(folders) > 1:
        raise ImageElsewhere(paths[0])
    names = [_label_of(path) for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise SameName(name)
    return Source(None, folders.pop(), frozenset(parts | set(names)))


def _distinct(sources: list[Source]) -> tuple[Source, ...]:
    """The same sources; raises SameName."""
    for before, after in itertools.pairwise(sources):
        if after.label is not None and before.label == after.label:
            raise SameName(after.label)
    return tuple(sources)


def _without_slashes(path: str) -> str:
    """A path without trailing slashes: with them, lstat would follow a link."""
    return path.rstrip(os.sep) or path[:1]


def _mode_of(path: str) -> int:
    """What kind of thing a path names; raises NotFound or IsALink."""
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            raise IsALink(path, os.readlink(path))
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise NotFound(path, reason_of(error) if isinstance(error, OSError) else "not a path") from error
    return mode


def _label_of(path: str) -> bytes:
    """The last component of a path; that of the real folder for `.` and `..`; raises NoName."""
    name = os.path.basename(path)
    if name in ("", os.curdir, os.pardir):
        name = os.path.basename(os.path.realpath(path))
    if not name:
        raise NoName(path)
    return os.fsencode(name)
