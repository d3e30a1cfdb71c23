"""A medium with bad sectors: what can be read is read, the rest is zeros and stands in the map."""

import bisect
import errno
import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing.media.medium import MOST_RANGES, Careful, MediumLost, Range, note

SECTOR, SECTORS = 512, 8192


class Bad:
    """A disk whose chosen sectors give errors; `tries` of them before they answer after all."""

    size, unit, block = SECTOR * SECTORS, SECTOR, 65536

    def __init__(self, bad: set[int], tries: int = 1 << 30) -> None:
        self._left = dict.fromkeys(bad, tries)
        self.gone = ""
        self.data = b"".join(number.to_bytes(8, "big") * (SECTOR // 8) for number in range(SECTORS))

    def read_at(self, buffer: memoryview, offset: int) -> int:
        for sector in range(offset // SECTOR, -(-(offset + len(buffer)) // SECTOR)):
            if self._left.get(sector, 0) > 0:
                self._left[sector] -= 1
                raise OSError(errno.EIO, "bad sector")
        part = self.data[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        return len(part)

    def lost(self) -> str:
        return self.gone


def read(medium: Bad, size: int = 1 << 20, **facts: object) -> tuple[bytes, list[Range]]:
    careful = Careful(medium, **facts)  # type: ignore[arg-type]
    buffer, whole = memoryview(bytearray(size)), b""
    while got := careful.fill(buffer):
        whole += bytes(buffer[:got])
    return whole, careful.unreadable


def with_zeros(data: bytes, ranges: list[Range]) -> bytes:
    for each in ranges:
        data = data[: each.offset] + bytes(each.length) + data[each.end :]
    return data


@given(st.sets(st.integers(0, SECTORS - 1), max_size=40), st.sampled_from([4096, 1 << 20, 3 << 20]))
def test_the_map_is_the_bad_sectors_and_nothing_else(bad: set[int], size: int) -> None:
    medium = Bad(bad)
    whole, ranges = read(medium, size)
    assert {s for r in ranges for s in range(r.offset // SECTOR, r.end // SECTOR)} == bad
    assert all(one.end < other.offset for one, other in itertools.pairwise(ranges))
    assert whole == with_zeros(medium.data, ranges)


@pytest.mark.parametrize("sector", [0, 1, 127, 128, 2047, 2048, 8191])
def test_one_bad_sector(sector: int) -> None:
    _, ranges = read(Bad({sector}))
    assert ranges == [Range(sector * SECTOR, SECTOR)]


def test_a_sector_that_answers_at_last_is_read() -> None:
    medium = Bad({5, 4000}, tries=4)  # the whole, its block, and two tries of its own
    whole, ranges = read(medium, retries=2)
    assert (whole, ranges) == (medium.data, [])


def test_masked_ranges_are_not_read_again() -> None:
    medium = Bad(set(range(100, 108)))
    first, ranges = read(medium)
    again = Bad({104})
    whole, same = read(again, masked=ranges)
    assert (hashlib.sha256(whole).digest(), same) == (hashlib.sha256(first).digest(), ranges)
    assert again._left[104] == 1 << 30, "never asked"


def test_a_medium_that_is_gone_is_no_bad_sector() -> None:
    medium = Bad({77})
    medium.gone = "it had 4194304 bytes and now has 0"
    with pytest.raises(MediumLost, match="now has 0"):
        read(medium)


def test_a_map_beyond_all_bounds_becomes_coarser_never_shorter() -> None:
    """The nearest become one, many at a time: a container of one megabyte can have forty thousand."""
    ranges: list[Range] = []
    offsets = [number * 1024 + (number // 100) * 4096 for number in range(50_000)]
    for offset in offsets:
        note(ranges, Range(offset, 512))
        assert len(ranges) <= MOST_RANGES
    assert len(ranges) >= len(offsets) // 100, "what is far apart stays apart as long as there is room"
    assert (ranges[0].offset, ranges[-1].end) == (0, offsets[-1] + 512)
    assert all(one.end < other.offset for one, other in itertools.pairwise(ranges))
    starts = [each.offset for each in ranges]
    for offset in offsets:
        assert ranges[bisect.bisect_right(starts, offset) - 1].end >= offset + 512
    gaps = {other.offset - one.end for one, other in itertools.pairwise(ranges)}
    assert 512 + 4096 in gaps
