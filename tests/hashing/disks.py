"""File systems to test with: a FAT16 made by hand, byte by byte; ext by the tool that everybody uses."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

SECTOR, CLUSTER, TABLE, ROOT = 512, 2048, 64, 512
_RESERVED, _TABLES, _FIRST = 4, 2, 2
DATA = (_RESERVED + _TABLES * TABLE) * SECTOR + ROOT * 32
"""Where cluster 2 begins, in bytes."""


def place(cluster: int) -> int:
    """Offset of a cluster in bytes."""
    return DATA + (cluster - _FIRST) * CLUSTER


class Fat:
    """A FAT16 file system in memory; files lie in a row, and clusters are counted from 2."""

    def __init__(self, sectors: int = 40_960) -> None:
        boot = struct.pack(
            "<3s8sHBHBHHBHHHIIBBBI11s8s", b"\xeb\x3c\x90", b"by hand ", SECTOR, CLUSTER // SECTOR, _RESERVED, _TABLES,
            ROOT, sectors, 0xF8, TABLE, 32, 2, 0, 0, 0x80, 0, 0x29, 0x1234, b"NO NAME    ", b"FAT16   ",
        )  # fmt: skip
        self.data = bytearray(sectors * SECTOR)
        self.data[: len(boot)] = boot
        self.data[510:512] = b"\x55\xaa"
        self._next, self._entry = _FIRST, DATA - ROOT * 32
        self._link(0, 0xFFF8)
        self._link(1, 0xFFFF)

    def add(self, name: bytes, content: bytes, *, deleted: bool = False) -> int:
        """A file in the root folder (8 and 3 letters); its first cluster."""
        first, count = self._next, -(-len(content) // CLUSTER)
        self._next += count
        self.data[place(first) : place(first) + len(content)] = content
        for number in range(first, 0 if deleted else first + count):
            self._link(number, number + 1 if number < first + count - 1 else 0xFFFF)
        base, _, suffix = name.partition(b".")
        shown = (b"\xe5" if deleted else base[:1]) + base[1:].ljust(7) + suffix.ljust(3)
        entry = struct.pack("<11sB14xHI", shown, 0x20, first, len(content))
        self.data[self._entry : self._entry + 32] = entry
        self._entry += 32
        return first

    def _link(self, cluster: int, to: int) -> None:
        for table in range(_TABLES):
            at = (_RESERVED + table * TABLE) * SECTOR + 2 * cluster
            struct.pack_into("<H", self.data, at, to)


def ext(path: Path, folder: Path, size: str = "24M", *options: str) -> Path:
    """An ext file system with what lies in a folder; skips the test where it cannot be made."""
    tool = shutil.which("mke2fs") or shutil.which("mke2fs", path="/sbin:/usr/sbin")
    if tool is None:
        pytest.skip("mke2fs is not installed")
    made = subprocess.run(
        [tool, "-q", "-F", "-t", "ext4", "-b", "1024", "-d", str(folder), *options, str(path), size],
        capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return path
