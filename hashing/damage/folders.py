"""One way through the folders of a file system, as The Sleuth Kit reads it: which files have blocks in some bytes.

Parses hostile bytes by native code: only the limited process imports this.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol

import pytsk3

from hashing.damage.saying import DELETED, FILE, FOLDER, SLACK, STRUCTURES
from hashing.damage.spans import Span, clipped, total

_FOLDERS = (pytsk3.TSK_FS_META_TYPE_DIR, pytsk3.TSK_FS_META_TYPE_VIRT_DIR)
_NOWHERE = pytsk3.TSK_FS_ATTR_RUN_FLAG_SPARSE | pytsk3.TSK_FS_ATTR_RUN_FLAG_FILLER
_CONTENT = (
    pytsk3.TSK_FS_ATTR_TYPE_DEFAULT,
    pytsk3.TSK_FS_ATTR_TYPE_NTFS_DATA,
    pytsk3.TSK_FS_ATTR_TYPE_HFS_DATA,
    pytsk3.TSK_FS_ATTR_TYPE_HFS_DEFAULT,
)
_DEEPEST = 250
"""Folders inside one another."""
_LONGEST = 1000
"""Characters of a path; of a longer one the end is kept."""
_UNALLOCATED = 2
_FAULTS = (OSError, RuntimeError, ValueError, KeyError, AttributeError)
"""What its wrapper raises about a hostile file system."""


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A partition, or the whole medium (number 0); offset and length in bytes."""

    number: int
    offset: int
    length: int

    @property
    def words(self) -> str:
        """Where something is, for a reader; nothing for the whole medium."""
        return f" in partition {self.number}" if self.number else ""


class Notes(Protocol):
    """Takes what is found on the way."""

    def check(self) -> None:
        """Raise when time is over."""

    def note(self, kind: str, volume: int, path: str, size: int) -> None:
        """So many of the bytes lie in something."""

    def leave(self, why: str) -> None:
        """Something was not looked at."""


class Walk:
    """One way through all folders of a file system, the files that are in none at last."""

    def __init__(self, notes: Notes, system: Any, volume: Volume, spans: list[Span]) -> None:
        self._notes = notes
        self._system = system
        self._volume = volume
        self._spans = spans
        self._first, self._end = spans[0][0], sum(spans[-1])
        self._seen: set[int] = set()
        self._waiting: deque[tuple[int, str, int]] = deque()
        self._last: list[tuple[int, str]] = []
        self.covered: list[Span] = []

    def folders(self) -> None:
        """Look at everything below the root; raises OutOfTime."""
        try:
            self._enter(self._system.open_meta(self._system.info.root_inum), "", 0, deleted=False)
        except _FAULTS:
            self._notes.leave(f"its folders, which cannot be read{self._volume.words}")
        self._go()

    def orphans(self) -> None:
        """Look at deleted files that no folder names; finding them may take long. Raises OutOfTime."""
        for number, path in self._last:
            self._waiting.append((number, path, 0))
        self._go()

    def _go(self) -> None:
        while self._waiting:
            number, path, depth = self._waiting.popleft()
            try:
                self._folder(number, path, depth)
            except _FAULTS:
                self._notes.leave(f"a folder that cannot be read{self._volume.words}")

    def _folder(self, number: int, path: str, depth: int) -> None:
        for entry in self._system.open_dir(inode=number):
            self._notes.check()
            name, meta = entry.info.name, entry.info.meta
            if meta is None or name.name in (b".", b".."):
                continue
            inner = _path(path, name.name)
            deleted = bool(meta.flags & _UNALLOCATED)
            if name.flags & _UNALLOCATED and not deleted:
                continue  # an old name of what has another one now
            if meta.type == pytsk3.TSK_FS_META_TYPE_VIRT_DIR:
                self._last.append((meta.addr, inner))
            elif meta.addr not in self._seen:
                self._enter(entry, inner, depth, deleted=deleted)

    def _enter(self, entry: Any, path: str, depth: int, *, deleted: bool) -> None:
        """Look at one file or folder for the first time."""
        meta = entry.info.meta
        self._seen.add(meta.addr)
        is_folder = meta.type in _FOLDERS
        kind = DELETED if deleted else FOLDER if is_folder else FILE
        if _is_own(self._system, meta, path):
            kind = STRUCTURES
        try:
            self._attributes(entry, kind, path)
        except _FAULTS:
            self._notes.leave(f"a file whose blocks cannot be read{self._volume.words}")
        if not is_folder:
            return
        if depth < _DEEPEST:
            self._waiting.append((meta.addr, path, depth + 1))
        else:
            self._notes.leave(f"folders more than {_DEEPEST} deep{self._volume.words}")

    def _attributes(self, entry: Any, kind: str, path: str) -> None:
        for attribute in entry:
            info = attribute.info
            if not info.flags & pytsk3.TSK_FS_ATTR_NONRES:
                continue
            named = path
            if info.name and info.type == pytsk3.TSK_FS_ATTR_TYPE_NTFS_DATA:
                named = f"{path}:{_text(info.name)}"
            content = kind in (FILE, DELETED) and info.type in _CONTENT
            for run in attribute:
                if not run.flags & _NOWHERE:
                    self._run(run, kind, named, info.size if content else None)

    def _run(self, run: Any, kind: str, path: str, size: int | None) -> None:
        """Note what of the bytes lies in one run of blocks; `size` is that of the file, for what is behind its end."""
        self._notes.check()
        unit = self._system.info.block_size
        start, length = self._volume.offset + run.addr * unit, run.len * unit
        if start >= self._end or start + length <= self._first:
            return
        hit = clipped(self._spans, start, length)
        if not hit:
            return
        self.covered += hit
        inside = hit if size is None else clipped(hit, start, max(0, size - run.offset * unit))
        self._notes.note(kind, self._volume.number, path, total(inside))
        self._notes.note(SLACK, self._volume.number, path, total(hit) - total(inside))


def _is_own(system: Any, meta: Any, path: str) -> bool:
    """Whether a file is one that the file system keeps for itself."""
    if meta.type == pytsk3.TSK_FS_META_TYPE_VIRT:
        return True
    kind = system.info.ftype
    if kind == pytsk3.TSK_FS_TYPE_NTFS:
        return bool(meta.addr < 24 and meta.addr != system.info.root_inum) or path.startswith("$Extend/")
    return bool(kind == pytsk3.TSK_FS_TYPE_EXFAT and path in ("$ALLOC_BITMAP", "$UPCASE_TABLE"))


def _path(folder: str, name: bytes) -> str:
    path = f"{folder}/{_text(name)}" if folder else _text(name)
    return path if len(path) <= _LONGEST else "…" + path[1 - _LONGEST :]


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
