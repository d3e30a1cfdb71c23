"""Folders that are opened once, and every name below them looked up from there without following (register.md, G10).

`open_root` is told of a register's folder; from then on `name_in_folder` reaches whatever lies below it through
descriptors of its folders. A link on the way is refused, and a folder that is exchanged meanwhile is not gone to.
Anything else is reached by its path. Where a system cannot look names up relative to a folder, each is looked at first.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hashing.opening import RELATIVE
from manifests.errors import EnvironmentFault, NotAllowedError

FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_roots: dict[str, int] = {}
"""Descriptors by path; -1 where names cannot be looked up relative to one."""


class LinkInRegister(NotAllowedError):
    """A place of the register's own is a link."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is a symbolic link, and nothing of a register is ever one: it was not followed",
            "find out who put it there; put the real one in its place, then look: custody verify",
        )


def open_root(path: Path) -> None:
    """Reach what lies below a folder through it from now on; nothing where it is not there yet."""
    key = os.fspath(path)
    try:
        descriptor = os.open(path, FOLDER) if RELATIVE else -1
    except FileNotFoundError:
        return
    except OSError as err:
        raise EnvironmentFault(f"cannot open {path}: {err.strerror}") from err
    before = _roots.get(key, -1)
    if before >= 0 and os.path.samestat(os.fstat(before), os.fstat(descriptor)):
        os.close(descriptor)
        return
    if before >= 0:
        os.close(before)
    _roots[key] = descriptor


def root_of(path: Path) -> str | None:
    """The opened folder that a path lies in, or is."""
    return _split(path)[0]


@contextmanager
def name_in_folder(path: Path) -> Iterator[tuple[str, int | None]]:
    """How to name what lies at a path: its name and a descriptor of its folder, or the path and None.

    Raises LinkInRegister for a link among the folders on the way; OSErrors inside name the whole path.
    """
    root, parts = _split(path)
    if root is None or not parts:
        yield os.fspath(path), None
        return
    try:
        if not RELATIVE:
            _look_at_each(root, parts)
            yield os.fspath(path), None
            return
        folder = _open_folders(root, parts[:-1])
        try:
            yield parts[-1], folder
        finally:
            os.close(folder)
    except OSError as err:
        if err.filename in (parts[-1], None):
            err.filename = os.fspath(path)
        raise


@contextmanager
def folder_at(path: Path) -> Iterator[int | str]:
    """A descriptor of a folder, or its path where there are none; it must not be a link itself, below a root."""
    root, parts = _split(path)
    if root is None or not RELATIVE:
        if root is not None:
            _look_at_each(root, parts)
        yield os.fspath(path)
        return
    folder = _open_folders(root, parts)
    try:
        yield folder
    finally:
        os.close(folder)


def _split(path: Path) -> tuple[str | None, tuple[str, ...]]:
    """The opened folder that holds a path, and the names from there."""
    whole = os.fspath(path)
    for root in _roots:
        if whole == root:
            return root, ()
        if whole.startswith(root) and whole[len(root)] == os.sep:
            parts = Path(whole[len(root) + 1 :]).parts
            if ".." in parts:
                raise NotAllowedError(f"{path} does not lie in {root}")
            return root, parts
    return None, ()


def _open_folders(root: str, parts: tuple[str, ...]) -> int:
    """Go down from a root; the last folder's descriptor. Raises LinkInRegister."""
    here = os.dup(_roots[root])
    for depth, part in enumerate(parts, start=1):
        try:
            below = os.open(part, FOLDER, dir_fd=here)
        except OSError as err:
            path = Path(root, *parts[:depth])
            if _is_link(part, here):
                raise LinkInRegister(path) from err
            err.filename = os.fspath(path)
            raise
        finally:
            os.close(here)
        here = below
    return here


def _is_link(name: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _look_at_each(root: str, parts: tuple[str, ...]) -> None:
    """The same by paths: good against a link that lies there, not against one that is put there meanwhile."""
    here = Path(root)
    for part in parts:
        here = here / part
        if here.is_symlink():
            raise LinkInRegister(here)
