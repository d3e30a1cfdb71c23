"""How long to wait so that a rate is kept: arithmetic, with a clock that the test turns."""

from hypothesis import given
from hypothesis import strategies as st

from hashing.pacing import Pace

PORTION = st.tuples(st.integers(0, 10**10), st.floats(0, 100, allow_nan=False))
"""Bytes, and seconds that reading them took."""


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@given(st.integers(1, 10**10), st.lists(PORTION, max_size=50))
def test_the_average_is_kept_from_the_first_byte_on(rate, portions):
    clock = Clock()
    pace = Pace(rate, clock)
    read = 0
    for count, took in portions:
        pace.spend(count)
        read += count
        clock.now += took
        clock.now += pace.delay()
        assert pace.delay() < 1e-5
        assert read <= rate * (clock.now - 1000.0) * (1 + 1e-9) + rate * 1e-5


@given(st.integers(1, 10**9), st.integers(0, 10**12))
def test_the_wait_is_what_the_bytes_take_at_that_rate(rate, count):
    clock = Clock()
    pace = Pace(rate, clock)
    pace.spend(count)
    assert abs(pace.delay() - count / rate) <= 1e-9 * (1 + count / rate) + 1e-6


def test_idle_time_is_not_saved_up():
    clock = Clock()
    pace = Pace(100, clock)
    pace.spend(50)
    clock.now += 3600
    assert pace.delay() == 0
    pace.spend(200)
    assert pace.delay() == 2


def test_debts_add_up():
    clock = Clock()
    pace = Pace(100, clock)
    for _ in range(10):
        pace.spend(100)
    assert pace.delay() == 10
    clock.now += 4
    assert pace.delay() == 6


def test_no_rate_no_wait():
    pace = Pace(0, Clock())
    pace.spend(1 << 60)
    assert pace.delay() == 0
    pace.wait()
