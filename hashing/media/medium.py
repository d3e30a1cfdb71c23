"""What every kind of medium has in common: a size, and bytes at an offset; and how one with bad sectors is read.

Reads only. What cannot be read is filled with zeros and kept in a map, so that the rest keeps its place.
"""

import errno
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from hashing.opening import reason_of
from hashing.reading import LOST, PARTIAL, UNREADABLE, Reading

_GONE = (errno.ENODEV, errno.ENXIO, getattr(errno, "ENOMEDIUM", errno.ENODEV))

MOST_RANGES = 10_000
"""Unreadable ranges kept apart; beyond that the nearest become one, and what lies between counts as unread."""
_ROOM = 1000
"""So many become fewer at once: one at a time, each would cost as much, and a container can hold millions."""


class Range(NamedTuple):
    """Bytes of a medium that could not be read."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length


class CannotOpen(Exception):
    """Not a medium of that kind, or damaged beyond reading; the message says why."""


class MediumLost(Exception):
    """The medium itself is gone or another one: going on would only write zeros."""


class Medium(Protocol):
    """A file, a split image, a container's decoded media, a device."""

    size: int
    """Bytes."""
    unit: int
    """Bytes of the smallest part that can fail alone: a sector, a chunk."""
    block: int
    """Bytes to try next where a larger read fails; a whole number of units."""

    def read_at(self, buffer: memoryview, offset: int) -> int:
        """Fill the buffer from an offset; fewer bytes only at the end. Raises OSError."""

    def lost(self) -> str:
        """Why the medium is no longer the one that was opened, or nothing."""


class Careful:
    """Reads a medium from start to end, whatever of it fails; the map of failures grows on the way."""

    def __init__(self, medium: Medium, *, retries: int = 0, masked: Sequence[Range] = (), start: int = 0) -> None:
        """`retries`: further tries for a unit that fails; `masked`: ranges to fill without reading, in order.

        `start`: the offset to begin at, in bytes.
        """
        self._medium = medium
        self._retries = retries
        self._masked = list(masked)
        self._at = start
        self.unreadable: list[Range] = []
        """In order, neighbours joined, masked ones included."""

    def fill(self, buffer: memoryview) -> int:
        """Fill the buffer with what follows; fewer bytes only at the end. Raises MediumLost."""
        filled, wanted = 0, min(len(buffer), self._medium.size - self._at)
        while filled < wanted:
            got = self._next(buffer[filled:wanted])
            if not got:
                break
            self._at += got
            filled += got
        return filled

    def _next(self, buffer: memoryview) -> int:
        """The next bytes, up to where something masked begins or ends."""
        while self._masked and self._masked[0].end <= self._at:
            del self._masked[0]
        mask = self._masked[0] if self._masked else None
        if mask is None:
            return self._read(buffer, self._at)
        if self._at < mask.offset:
            return self._read(buffer[: mask.offset - self._at], self._at)
        return self._blank(buffer[: mask.end - self._at], self._at)

    def _read(self, buffer: memoryview, offset: int) -> int:
        """All at once where that works, else block by block."""
        try:
            return self._medium.read_at(buffer, offset)
        except OSError as error:
            self._still_there(error)
        return self._in_steps(buffer, offset, self._medium.block, self._block)

    def _block(self, buffer: memoryview, offset: int) -> int:
        try:
            return self._medium.read_at(buffer, offset)
        except OSError:
            return self._in_steps(buffer, offset, self._medium.unit, self._unit)

    def _unit(self, buffer: memoryview, offset: int) -> int:
        for _ in range(1 + self._retries):
            try:
                return self._medium.read_at(buffer, offset)
            except OSError as error:
                self._still_there(error)
        return self._blank(buffer, offset)

    def _in_steps(self, buffer: memoryview, offset: int, step: int, read: "_Read") -> int:
        """The buffer in parts that begin and end at multiples of `step`; stops where the medium ends."""
        done = 0
        while done < len(buffer):
            portion = buffer[done : done + step - (offset + done) % step]
            got = read(portion, offset + done)
            done += got
            if got < len(portion):
                break
        return done

    def _blank(self, buffer: memoryview, offset: int) -> int:
        """Zeros, and a note of it."""
        buffer[:] = bytes(len(buffer))
        note(self.unreadable, Range(offset, len(buffer)))
        return len(buffer)

    def _still_there(self, error: OSError) -> None:
        if why := self._medium.lost() or (reason_of(error) if error.errno in _GONE else ""):
            raise MediumLost(why)


def judged(reading: Reading, medium: Medium, careful: Careful) -> Reading:
    """The same reading, with its outcome: whole, with ranges that could not be read, or not to the end."""
    if why := medium.lost():
        reading.outcome, reading.reason = LOST, why
    elif reading.size < medium.size:
        reading.outcome, reading.reason = UNREADABLE, f"it ended after {reading.size} of {medium.size} bytes"
    elif unread := sum(each.length for each in careful.unreadable):
        places = len(careful.unreadable)
        reading.outcome, reading.reason = PARTIAL, f"{unread} bytes in {places} places could not be read"
    return reading


class _Read(Protocol):
    def __call__(self, buffer: memoryview, offset: int, /) -> int: ...


def note(ranges: list[Range], new: Range) -> None:
    """Add a range behind all others, joined to the last where it touches it."""
    if ranges and ranges[-1].end >= new.offset:
        ranges[-1] = Range(ranges[-1].offset, max(ranges[-1].end, new.end) - ranges[-1].offset)
        return
    ranges.append(new)
    if len(ranges) > MOST_RANGES:
        _join_nearest(ranges, _ROOM)


def _join_nearest(ranges: list[Range], count: int) -> None:
    """Close so many of the smallest gaps, of equal ones the first."""
    places = range(1, len(ranges))
    closed = set(sorted(places, key=lambda i: ranges[i].offset - ranges[i - 1].end)[:count])
    joined = ranges[:1]
    for place in places:
        if place in closed:
            joined[-1] = Range(joined[-1].offset, ranges[place].end - joined[-1].offset)
        else:
            joined.append(ranges[place])
    ranges[:] = joined
