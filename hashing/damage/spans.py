"""Ranges of bytes, and where two portions of bytes differ. Pure.

A span is an offset and a length in bytes. Lists of spans are in order and apart, unless it says otherwise.
"""

from collections.abc import Iterable, Iterator, Sequence

Span = tuple[int, int]

NEAR = 512
"""Differences less than so many bytes apart are one."""
MOST = 1000
"""Differences that are kept apart."""
_STEP = 512


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in any order, overlapping or not, as a list in order and apart; those that touch are one."""
    found: list[Span] = []
    for offset, length in sorted(spans):
        if found and offset <= sum(found[-1]):
            found[-1] = (found[-1][0], max(sum(found[-1]), offset + length) - found[-1][0])
        elif length:
            found.append((offset, length))
    return found


def clipped(spans: Iterable[Span], offset: int, length: int) -> list[Span]:
    """What of some spans lies in one more."""
    end = offset + length
    cut = ((max(start, offset), min(start + size, end)) for start, size in spans)
    return [(start, stop - start) for start, stop in cut if start < stop]


def without(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What of some spans lies in none of others."""
    return list(_without(spans, others))


def _without(spans: Sequence[Span], others: Sequence[Span]) -> Iterator[Span]:
    first = 0
    for start, length in spans:
        end = start + length
        while first < len(others) and sum(others[first]) <= start:
            first += 1
        at = first
        while start < end and at < len(others) and others[at][0] < end:
            if start < others[at][0]:
                yield start, others[at][0] - start
            start = max(start, sum(others[at]))
            at += 1
        if start < end:
            yield start, end - start


def total(spans: Iterable[Span]) -> int:
    """Bytes in spans that are apart."""
    return sum(length for _, length in spans)


class Differences:
    """Where two media differ, taken in order; memory does not grow with their number."""

    def __init__(self) -> None:
        self._near = NEAR
        self.spans: list[Span] = []
        self.differing = 0
        """Bytes that differ."""

    def add(self, offset: int, length: int, differing: int) -> None:
        """Note that bytes differ from the first to the last of a span behind all others."""
        self.differing += differing
        self._append(offset, length)
        while len(self.spans) > MOST:
            self._near *= 2
            kept, self.spans = self.spans, []
            for each in kept:
                self._append(*each)

    def _append(self, offset: int, length: int) -> None:
        if self.spans and offset - sum(self.spans[-1]) < self._near:
            start = self.spans[-1][0]
            self.spans[-1] = (start, offset + length - start)
        else:
            self.spans.append((offset, length))

    def take(self, other: "Differences") -> None:
        """Add all of another, which lies behind."""
        for offset, length in other.spans:
            self.add(offset, length, 0)
        self.differing += other.differing

    def compare(self, offset: int, one: memoryview, other: memoryview) -> None:
        """Note where two portions differ that begin at one offset; what only one of them has, differs."""
        common = min(len(one), len(other))
        if one[:common] != other[:common]:
            for at in range(0, common, _STEP):
                end = min(at + _STEP, common)
                if one[at:end] != other[at:end]:
                    self._within(offset + at, one[at:end], other[at:end])
        if more := max(len(one), len(other)) - common:
            self.add(offset + common, more, more)

    def _within(self, offset: int, one: memoryview, other: memoryview) -> None:
        """A short portion, from the first byte that differs to the last."""
        apart = int.from_bytes(one, "big") ^ int.from_bytes(other, "big")
        marks = apart.to_bytes(len(one), "big")
        first, end = len(marks) - len(marks.lstrip(b"\0")), len(marks.rstrip(b"\0"))
        self.add(offset + first, end - first, len(marks) - marks.count(0))
