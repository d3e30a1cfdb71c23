"""What lies in some bytes of a medium: by its partition table, and its file systems as The Sleuth Kit reads them.

Parses hostile bytes by native code: only the limited process imports this.
"""

import time
from collections.abc import Callable
from typing import Any

import pytsk3

from hashing.damage import allocation
from hashing.damage.folders import Volume, Walk
from hashing.damage.saying import (
    FREE,
    MOST_FOUND,
    NAMED,
    OUTSIDE,
    STRUCTURES,
    UNKNOWN,
    UNREADABLE,
    DamagePlace,
    Lying,
)
from hashing.damage.spans import Span, clipped, joined, total, without
from hashing.devices.partitions import read_table
from hashing.media.medium import Medium

Say = Callable[[Lying, bool], None]
"""Takes what was found so far, and whether that is all."""

_FAT = (pytsk3.TSK_FS_TYPE_FAT12, pytsk3.TSK_FS_TYPE_FAT16, pytsk3.TSK_FS_TYPE_FAT32)
_EXT = (pytsk3.TSK_FS_TYPE_EXT2, pytsk3.TSK_FS_TYPE_EXT3, pytsk3.TSK_FS_TYPE_EXT4)
_NAMES = {
    pytsk3.TSK_FS_TYPE_NTFS: "NTFS",
    pytsk3.TSK_FS_TYPE_FAT12: "FAT12",
    pytsk3.TSK_FS_TYPE_FAT16: "FAT16",
    pytsk3.TSK_FS_TYPE_FAT32: "FAT32",
    pytsk3.TSK_FS_TYPE_EXFAT: "exFAT",
    pytsk3.TSK_FS_TYPE_EXT2: "ext2",
    pytsk3.TSK_FS_TYPE_EXT3: "ext3",
    pytsk3.TSK_FS_TYPE_EXT4: "ext4",
    pytsk3.TSK_FS_TYPE_HFS: "HFS+",
    pytsk3.TSK_FS_TYPE_ISO9660: "ISO 9660",
    pytsk3.TSK_FS_TYPE_FFS1: "UFS",
    pytsk3.TSK_FS_TYPE_FFS1B: "UFS",
    pytsk3.TSK_FS_TYPE_FFS2: "UFS 2",
    pytsk3.TSK_FS_TYPE_YAFFS2: "YAFFS2",
}
_EXTENDED = ("0x05", "0x0f", "0x85")
_BITMAP = 6
_MOST_BLOCKS = 1 << 22
"""Blocks whose state is looked up."""


class OutOfTime(Exception):
    """The time allowed is over."""


class _Image(pytsk3.Img_Info):  # type: ignore[misc]
    """A medium as The Sleuth Kit asks for it."""

    def __init__(self, medium: Medium) -> None:
        self._medium = medium
        super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)

    def read(self, offset: int, length: int) -> bytes:
        wanted = max(0, min(length, self._medium.size - offset))
        buffer = memoryview(bytearray(wanted))
        return bytes(buffer[: self._medium.read_at(buffer, offset)]) if wanted else b""

    def get_size(self) -> int:
        return self._medium.size

    def close(self) -> None:
        """The descriptors are somebody else's."""


class FileSystemReader:
    """Looks up what lies in some bytes, until the time is over."""

    def __init__(self, medium: Medium, seconds: float, say: Say) -> None:
        self._medium = medium
        self._image = _Image(medium)
        self._deadline = time.monotonic() + seconds
        self._seconds = seconds
        self._say = say
        self._sizes: dict[tuple[str, int, str], int] = {}
        self._more = 0
        self._systems: list[str] = []
        self._left: list[str] = []

    def look(self, spans: list[Span]) -> None:
        """Say what lies in them; what was found before time ran out is said too."""
        rest = clipped(joined(spans), 0, self._medium.size)
        try:
            volumes = self._volumes()
            for each in volumes:
                inside = clipped(rest, each.offset, each.length)
                rest = without(rest, inside)
                if inside:
                    self._volume(each, inside)
                    self._say(self._lying(), False)
            self.note(OUTSIDE, 0, "", total(rest))
        except OutOfTime:
            self._left.append(f"it was ended after {self._seconds:g} s")
        self._say(self._lying(), True)

    def _volumes(self) -> list[Volume]:
        """The partitions in the order of their numbers, or the whole medium."""
        size = self._medium.size
        table = read_table(self._image.read, size, 512)
        found = [
            Volume(number=each.number, offset=each.first * table.sector, length=each.sectors * table.sector)
            for each in table.partitions
            if each.type not in _EXTENDED and each.first * table.sector < size
        ]
        if table.scheme == "not known" and table.reason:
            self._left.append(f"the partition table: {table.reason}")
        return found or [Volume(number=0, offset=0, length=size)]

    def _volume(self, volume: Volume, spans: list[Span]) -> None:
        """Note what lies in one volume."""
        try:
            system = pytsk3.FS_Info(self._image, offset=volume.offset)
        except (OSError, ValueError, MemoryError):
            self.note(UNREADABLE, volume.number, "", total(spans))
            return
        kind = system.info.ftype
        self._systems.append(f"{_NAMES.get(kind, 'another file system')}{volume.words}")
        walk = Walk(self, system, volume, spans)
        before = len(self._left)
        walk.folders()
        rest = without(spans, joined(walk.covered))
        self._unheld(system, volume, rest, STRUCTURES if len(self._left) == before else UNKNOWN)
        self._say(self._lying("deleted files outside any folder"), False)
        walk.orphans()

    def _unheld(self, system: Any, volume: Volume, spans: list[Span], used: str) -> None:
        """Note what is in no file: free, or in use for something else."""
        size = system.info.block_size
        try:
            in_use = self._in_use(system, volume)
        except (allocation.Unknown, OSError):
            self.note(UNKNOWN, volume.number, "", total(spans))
            return
        looked = 0
        for offset, length in spans:
            for block in range((offset - volume.offset) // size, (offset + length - 1 - volume.offset) // size + 1):
                ((_, part),) = clipped([(offset, length)], volume.offset + block * size, size)
                looked += 1
                if not looked % 1024:
                    self.check()
                try:
                    state = UNKNOWN if looked > _MOST_BLOCKS else used if in_use(block) else FREE
                except allocation.Unknown:
                    state = UNKNOWN
                self.note(state, volume.number, "", part)

    def _in_use(self, system: Any, volume: Volume) -> allocation.InUse:
        """Whether blocks are in use, for the file systems for which that is known here; raises Unknown, OSError."""

        def read(offset: int, length: int) -> bytes:
            return self._image.read(volume.offset + offset, length)

        kind = system.info.ftype
        if kind in _FAT:
            return allocation.fat(read)
        if kind in _EXT:
            return allocation.ext(read)
        if kind == pytsk3.TSK_FS_TYPE_NTFS:
            return allocation.ntfs(_reader(system.open_meta(_BITMAP)))
        if kind == pytsk3.TSK_FS_TYPE_EXFAT:
            return allocation.exfat(read, _reader(system.open("/$ALLOC_BITMAP")))
        raise allocation.Unknown

    def check(self) -> None:
        """Raise OutOfTime when it is time."""
        if time.monotonic() > self._deadline:
            raise OutOfTime

    def leave(self, why: str) -> None:
        """Note that something was not looked at."""
        if why not in self._left:
            self._left.append(why)

    def note(self, kind: str, volume: int, path: str, size: int) -> None:
        """Note that so many of the bytes lie in something."""
        key = (kind, volume, path)
        if not size:
            return
        if key in self._sizes or len(self._sizes) < MOST_FOUND or (kind not in NAMED or not path):
            self._sizes[key] = self._sizes.get(key, 0) + size
        else:
            self._more += 1

    def _lying(self, left: str = "") -> Lying:
        """All that is known by now."""
        places = (DamagePlace(kind=k, volume=v, path=p, size=size) for (k, v, p), size in self._sizes.items())
        return Lying(
            found=tuple(places),
            more=self._more,
            systems=tuple(self._systems),
            left="; ".join([*self._left, *([left] if left else [])]),
        )


def _reader(file: Any) -> allocation.Read:
    """The content of a file of the file system, by offset."""
    return lambda offset, length: bytes(file.read_random(offset, length)) if offset < file.info.meta.size else b""
