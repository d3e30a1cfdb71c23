"""What an EWF container states of sectors that could not be read when it was made: its `error2` sections.

libewf reads them and tells nobody. Parses hostile files: only the limited process imports this.

A part is a file header of 13 bytes and sections, each with a descriptor of 76: a name of 16 bytes, the offset of the
next section, its own size, 40 bytes of nothing, a checksum (Adler-32) of what stands before. An `error2` section holds
a number of entries, 512 bytes of nothing, a checksum, and the entries: first sector and number of sectors, each of
4 bytes.
"""

import os
import struct
import zlib
from collections.abc import Sequence

from hashing.media.medium import MOST_RANGES

_SIGNATURE = b"EVF\x09\x0d\x0a\xff\x00"
_FIRST = 13
_SECTION = struct.Struct("<16sQQ40xI")
_HEAD = struct.Struct("<I512xI")
_ENTRY = struct.Struct("<II")
_MOST_SECTIONS = 10_000


def gaps_stated(descriptors: Sequence[int], size: int, sector: int) -> list[tuple[int, int]]:
    """Offset and length, in bytes, of the ranges stated, in order and apart; none where nothing sound is stated."""
    found: list[tuple[int, int]] = []
    for descriptor in reversed(descriptors):  # they stand at the end, mostly of the last part
        found += _in_part(descriptor)
    return _ordered([(first * sector, count * sector) for first, count in found], size)


def _in_part(descriptor: int) -> list[tuple[int, int]]:
    """First sectors and numbers of sectors stated in one part."""
    if os.pread(descriptor, len(_SIGNATURE), 0) != _SIGNATURE:
        return []
    at, found = _FIRST, list[tuple[int, int]]()
    for _ in range(_MOST_SECTIONS):
        head = os.pread(descriptor, _SECTION.size, at)
        if len(head) < _SECTION.size or zlib.adler32(head[:-4]) != _SECTION.unpack(head)[3]:
            break
        name, after, _, _ = _SECTION.unpack(head)
        if name.rstrip(b"\0") == b"error2":
            found += _entries(descriptor, at + _SECTION.size)
        if after <= at:
            break
        at = after
    return found


def _entries(descriptor: int, at: int) -> list[tuple[int, int]]:
    head = os.pread(descriptor, _HEAD.size, at)
    if len(head) < _HEAD.size or zlib.adler32(head[:-4]) != _HEAD.unpack(head)[1]:
        return []
    count = min(_HEAD.unpack(head)[0], MOST_RANGES)
    data = os.pread(descriptor, count * _ENTRY.size, at + _HEAD.size)
    return [pair for pair in _ENTRY.iter_unpack(data[: len(data) // _ENTRY.size * _ENTRY.size]) if pair[1]]


def _ordered(ranges: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """The same inside the media, in order, apart; what touches is joined."""
    joined: list[tuple[int, int]] = []
    for offset, length in sorted(ranges):
        end = min(offset + length, size)
        if offset >= size:
            break
        if joined and offset <= sum(joined[-1]):
            start = joined[-1][0]
            joined[-1] = (start, max(sum(joined[-1]), end) - start)
        else:
            joined.append((offset, end - offset))
    return joined[:MOST_RANGES]
