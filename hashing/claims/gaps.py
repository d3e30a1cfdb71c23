"""What a log states of sectors that could not be read while the tool acquired: how many, and which.

Of the words of a log nothing but numbers is taken. Sectors at a verification of the image are another matter.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

MOST_RANGES = 100
"""Ranges of one log that are kept."""
_MOST = (1 << 53) - 1
_RANGE = re.compile(r"(?<![0-9])([0-9]{1,15}) ?(?:-|through) ?([0-9]{1,15})(?![0-9])")
_ALONE = re.compile(r"(?:\A|[;,]) ?([0-9]{1,15}) ?(?=[;,]|\Z)")
_COUNT = re.compile(r"(?<![0-9])([0-9]{1,15}) bad sectors")


class Gaps(NamedTuple):
    """Sectors stated as not read."""

    sectors: int
    """As many as the log counts or lists, whichever is more."""
    ranges: tuple[tuple[int, int], ...]
    """First sector and number of sectors; in order, apart."""


def gaps_stated(facts: Mapping[str, str]) -> Gaps | None:
    """What the facts of a log state; None where they state nothing, or that all was read."""
    words, numbers = facts.get("bad-sectors", ""), facts.get("bad-sector-numbers", "")
    pairs = [(int(found[1]), int(found[2])) for text in (words, numbers) for found in _RANGE.finditer(text)]
    pairs += [(int(found[1]), int(found[1])) for text in (words, numbers) for found in _ALONE.finditer(text)]
    ranges: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if not first <= last <= _MOST:
            continue
        if ranges and first <= sum(ranges[-1]):
            start, before = ranges[-1]
            ranges[-1] = (start, max(before, last + 1 - start))
        else:
            ranges.append((first, last + 1 - first))
    counted = max((int(found[1]) for found in _COUNT.finditer(words)), default=0)
    sectors = max(counted, sum(number for _, number in ranges))
    return Gaps(sectors, tuple(ranges[:MOST_RANGES])) if 0 < sectors <= _MOST else None
