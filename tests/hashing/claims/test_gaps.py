"""What the logs of tools state of sectors that could not be read: numbers, and nothing else of their words."""

from pathlib import Path

import pytest

from hashing.claims.gaps import MOST_RANGES, gaps_stated
from tests.hashing.claims.judging import heard

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize(
    ("name", "sectors", "ranges"),
    [
        ("ftk-raw.txt", 16, ((1024, 8), (1500, 8))),
        ("guymager-bad-sectors.info", 12, ((1024, 8), (1500, 4))),
    ],
)
def test_what_a_log_states(name: str, sectors: int, ranges: tuple[tuple[int, int], ...]) -> None:
    assert gaps_stated(heard((SAMPLES / name).read_bytes()).summary.facts) == (sectors, ranges)


@pytest.mark.parametrize("name", ["guymager-raw.info", "guymager-stick.info", "dc3dd.log"])
def test_a_log_that_states_that_all_was_read(name: str) -> None:
    assert gaps_stated(heard((SAMPLES / name).read_bytes()).summary.facts) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("3 bad sectors replaced by zeros", (3, ())),
        ("at sector(s): 3840 - 3903 (number: 64)", (64, ((3840, 64),))),
        ("7", (1, ((7, 1),))),
        ("9 through 2", None),
        ("9" * 400, None),
        ("1-5; 3-9; 10", (10, ((1, 10),))),
    ],
)
def test_forms(words: str, expected: object) -> None:
    assert gaps_stated({"bad-sectors": words}) == expected


def test_a_log_that_never_ends() -> None:
    found = gaps_stated({"bad-sectors": "; ".join(f"{n}-{n}" for n in range(0, 5000, 2))})
    assert found is not None
    assert (found.sectors, len(found.ranges)) == (2500, MOST_RANGES)
