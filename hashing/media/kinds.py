"""The kinds of media, each over open descriptors: one stored file, a split raw image, an E01's media, a device."""

import errno
import mmap
import os
import stat
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate

from hashing.media.medium import CannotOpen, Medium
from hashing.media.naming import EWF, SPLIT
from hashing.opening import read_into_at, reason_of

RAW, DEVICE = "raw", "device"
KINDS = (RAW, SPLIT, EWF, DEVICE)
_BLOCK = 64 * 1024
_SECTOR = 512


def opened(kind: str, descriptors: Sequence[int], sector: int = _SECTOR) -> Medium:
    """The medium behind descriptors, which stay the caller's; raises CannotOpen."""
    if kind == EWF:
        from hashing.media.ewf import Ewf

        return Ewf(descriptors)
    try:
        if kind == SPLIT:
            return SplitRaw(descriptors, sector)
        return (Device if kind == DEVICE else Plain)(descriptors[0], sector)
    except OSError as error:
        raise CannotOpen(reason_of(error)) from error


def facts_of(medium: Medium) -> Mapping[str, str]:
    """What the medium's container says about it: names and texts, hostile."""
    return getattr(medium, "facts", {})


def claims_of(medium: Medium) -> Mapping[str, str]:
    """The digests its container states of it: algorithm to lower-case hexadecimal."""
    return getattr(medium, "claims", {})


def gaps_of(medium: Medium) -> Sequence[tuple[int, int]]:
    """The ranges that its container states as not read when it was made."""
    return getattr(medium, "gaps", ())


def fill_at(descriptor: int, buffer: memoryview, offset: int) -> int:
    """Fill a buffer from an offset of a file; fewer bytes only at its end. Raises OSError."""
    filled = 0
    while filled < len(buffer) and (got := read_into_at(descriptor, buffer[filled:], offset + filled)):
        filled += got
    return filled


class Plain:
    """One file or device, from its first byte to its last."""

    def __init__(self, descriptor: int, sector: int) -> None:
        self._descriptor = descriptor
        self.size = size_of(descriptor)
        self.unit, self.block = sector, max(sector, _BLOCK)

    def read_at(self, buffer: memoryview, offset: int) -> int:
        return fill_at(self._descriptor, buffer, offset)

    def lost(self) -> str:
        """Whether it became another size, as a device does that is pulled out."""
        try:
            now = size_of(self._descriptor)
        except OSError as error:
            return reason_of(error)
        return "" if now == self.size else f"it had {self.size} bytes and now has {now}"


class Device(Plain):
    """A block device, read around the system's cache where that is possible.

    The cache reads whole pages: through it one bad sector of 512 bytes takes seven good ones with it. And a device
    is read once: keeping it costs memory and time.
    """

    def __init__(self, descriptor: int, sector: int) -> None:
        super().__init__(descriptor, sector)
        self._aligned = memoryview(mmap.mmap(-1, self.block))
        self._straight = True
        """Whether larger buffers can be read into so; not where they are no whole pages."""

    def read_at(self, buffer: memoryview, offset: int) -> int:
        if len(buffer) % self.unit or offset % self.unit:
            return super().read_at(buffer, offset)
        if len(buffer) > self.block:
            return self._large(buffer, offset)
        with around_the_cache(self._descriptor) as possible:
            if not possible:
                return super().read_at(buffer, offset)
            got = fill_at(self._descriptor, self._aligned[: len(buffer)], offset)
        buffer[:got] = self._aligned[:got]
        return got

    def _large(self, buffer: memoryview, offset: int) -> int:
        try:
            if self._straight:
                with around_the_cache(self._descriptor) as possible:
                    self._straight = possible
                    if possible:
                        return fill_at(self._descriptor, buffer, offset)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            self._straight = False
        return super().read_at(buffer, offset)


@contextmanager
def around_the_cache(descriptor: int) -> Iterator[bool]:
    """Reads and writes of whole sectors from and to whole pages go straight to the medium; whether that is possible."""
    flag = getattr(os, "O_DIRECT", 0)
    if not flag:
        yield False
        return
    import fcntl

    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | flag)
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)


def size_of(descriptor: int) -> int:
    """Bytes of a file or of a block device."""
    status = os.fstat(descriptor)
    if not stat.S_ISBLK(status.st_mode):
        return status.st_size
    here = os.lseek(descriptor, 0, os.SEEK_CUR)
    end = os.lseek(descriptor, 0, os.SEEK_END)
    os.lseek(descriptor, here, os.SEEK_SET)
    return end


class SplitRaw:
    """Parts of a raw image, one behind the other."""

    def __init__(self, descriptors: Sequence[int], sector: int) -> None:
        self._descriptors = tuple(descriptors)
        self._starts = [0, *accumulate(size_of(each) for each in descriptors)]
        self.size = self._starts[-1]
        self.unit, self.block = sector, max(sector, _BLOCK)

    def read_at(self, buffer: memoryview, offset: int) -> int:
        done = 0
        while done < len(buffer) and offset + done < self.size:
            part = bisect_right(self._starts, offset + done) - 1
            inside = offset + done - self._starts[part]
            room = self._starts[part + 1] - self._starts[part] - inside
            got = fill_at(self._descriptors[part], buffer[done : done + room], inside)
            if not got:
                break
            done += got
        return done

    def lost(self) -> str:
        return ""
