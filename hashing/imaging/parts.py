"""The files that an image of a device is written into: one, or several of one size, in a folder of its own.

Written from start to end and past the system's cache where that is possible, so that what is read back comes from
the medium. Names are chosen by the caller and are never a device's own words.
"""

import errno
import os
from contextlib import suppress

from hashing.media.kinds import around_the_cache, fill_at

RAW_SUFFIX = ".dd"
MOST_PARTS = 999
SHEET = 4096
"""Bytes that a write past the cache is a whole number of."""
_NEW = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def part_names(stem: str, size: int, part: int) -> list[str]:
    """The names of the files for so many bytes: one where `part` is 0, else `.001` and so on, of `part` bytes each."""
    if not part:
        return [stem + RAW_SUFFIX]
    return [f"{stem}.{number + 1:03d}" for number in range(max(1, -(-size // part)))]


class Parts:
    """The files, from one offset on."""

    def __init__(self, folder: int, stem: str, part: int, at: int) -> None:
        """`folder`: its descriptor; `part`: bytes of one file, 0 for a single one; `at`: bytes that are there."""
        self._folder, self._stem, self._part = folder, stem, part
        self.at = at
        self._open: dict[int, int] = {}

    def write(self, data: memoryview) -> None:
        """Write all of it behind what is there; raises OSError."""
        while data:
            number, inside = self._place(self.at)
            room = min(len(data), self._part - inside) if self._part else len(data)
            self._write(self._descriptor(number), data[:room], inside)
            self.at += room
            data = data[room:]

    def read(self, buffer: memoryview, offset: int) -> int:
        """Fill a buffer with what was written before; fewer bytes where it is not there. Raises OSError."""
        done = 0
        while done < len(buffer):
            number, inside = self._place(offset + done)
            room = min(len(buffer) - done, self._part - inside) if self._part else len(buffer) - done
            got = fill_at(self._descriptor(number), buffer[done : done + room], inside)
            if got < room:
                return done + got
            done += room
        return done

    def settle(self) -> None:
        """Have everything written so far lie on the medium; raises OSError."""
        for descriptor in self._open.values():
            getattr(os, "fdatasync", os.fsync)(descriptor)

    def cut(self) -> None:
        """Take away what lies behind the offset, of which nothing is known; raises OSError."""
        number, inside = self._place(self.at)
        if inside or not number:
            descriptor = self._descriptor(number)
            os.ftruncate(descriptor, min(inside, os.fstat(descriptor).st_size))
            number += 1
        with suppress(FileNotFoundError):
            while self._part:
                os.unlink(self._name(number), dir_fd=self._folder)
                number += 1

    def close(self) -> None:
        """Give all back, settled, the names in the folder too; raises OSError."""
        try:
            for descriptor in self._open.values():
                os.fsync(descriptor)
            os.fsync(self._folder)
        finally:
            for descriptor in self._open.values():
                os.close(descriptor)
            self._open.clear()

    def _write(self, descriptor: int, data: memoryview, offset: int) -> None:
        whole = len(data) // SHEET * SHEET if offset % SHEET == 0 else 0
        with around_the_cache(descriptor) as possible:
            done = _written(descriptor, data[:whole], offset) if possible and whole else 0
        while done < len(data):
            done += os.pwrite(descriptor, data[done:], offset + done)

    def _descriptor(self, number: int) -> int:
        """The file of that number, made if need be; only the last two stay open. Raises OSError."""
        if number not in self._open:
            for old in [each for each in self._open if each < number - 1]:
                descriptor = self._open.pop(old)
                os.fsync(descriptor)
                os.close(descriptor)
            self._open[number] = os.open(self._name(number), _NEW, 0o600, dir_fd=self._folder)
        return self._open[number]

    def _place(self, offset: int) -> tuple[int, int]:
        """Number of the file, from 0, and the offset inside it."""
        return divmod(offset, self._part) if self._part else (0, offset)

    def _name(self, number: int) -> str:
        return f"{self._stem}.{number + 1:03d}" if self._part else self._stem + RAW_SUFFIX


def _written(descriptor: int, data: memoryview, offset: int) -> int:
    """Bytes that could be written past the cache; none where the file system refuses such writes."""
    done = 0
    try:
        while done < len(data):
            done += os.pwrite(descriptor, data[done:], offset + done)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    return done
