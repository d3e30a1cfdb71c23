"""Times as records carry them (record.md, R4)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import strict, times
from manifests.errors import RefutedError
from tests.manifests.drawing import TIMES

OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=OFFSETS))
def test_what_is_written_reads_back_to_the_second(moment: datetime) -> None:
    assert times.parse(times.text(moment)) == moment.replace(microsecond=0)
    assert strict.decode(strict.compact(times.text(moment)), times.Time) == times.text(moment)


@given(TIMES)
def test_what_reads_is_written_the_same(written: str) -> None:
    assert times.text(times.parse(written)) == written


def test_utc_is_written_with_z() -> None:
    assert times.text(datetime(2026, 11, 20, 14, 5, tzinfo=UTC)) == "2026-11-20T14:05:00Z"
    assert times.text(datetime(2026, 11, 20, 14, 5, tzinfo=timezone(timedelta(hours=3)))) == "2026-11-20T14:05:00+03:00"


@pytest.mark.parametrize(
    "other",
    [
        "2026-11-20T14:05:00",
        "2026-11-20T14:05Z",
        "2026-11-20T14:05:00.5Z",
        "2026-11-20T14:05:60Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T25:00:00Z",
        "2026-11-20T14:60:00Z",
        "2026-02-29T14:05:00Z",
        "2026-13-01T14:05:00Z",
        "0000-01-01T00:00:00Z",
        "2026-11-20t14:05:00z",
        "2026-11-20 14:05:00Z",
        "20261120T140500Z",
        "2026-W47-5T14:05:00Z",
        "2026-11-20T14:05:00+24:00",
        "2026-11-20T14:05:00+03:60",
        "2026-11-20T14:05:00+0300",
        "2026-11-20T14:05:00+03:00:00",
        "2026-11-20T14:05:00Z\n",
        " 2026-11-20T14:05:00Z",
        "\u0662026-11-20T14:05:00Z",
        "+2026-11-20T14:05:00Z",
        "",
    ],
)
def test_every_other_form_is_refused(other: str) -> None:
    with pytest.raises(RefutedError):
        times.parse(other)


@given(st.text(max_size=30))
def test_no_text_raises_anything_but_our_own_error(text: str) -> None:
    try:
        times.parse(text)
    except RefutedError:
        return
    assert len(text) in (20, 25)


@pytest.mark.parametrize(
    ("stamp", "written"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (1_790_000_000_999_999_999, "2026-09-21T14:13:20Z"),
        (1 << 80, None),
        (-(1 << 80), None),
    ],
)
def test_a_file_systems_stamp_in_whole_seconds_or_none(stamp: int, written: str | None) -> None:
    assert times.of_nanoseconds(stamp) == written
