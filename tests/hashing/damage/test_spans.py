"""Ranges of bytes, and where two portions differ: exact at both ends, and bounded in number."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from hashing.damage.spans import MOST, NEAR, Differences, clipped, joined, total, without

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=8)


def numbers(spans: list[tuple[int, int]]) -> set[int]:
    return {at for start, length in spans for at in range(start, start + length)}


@given(SPANS)
def test_joined_is_in_order_and_apart_and_the_same_bytes(spans: list[tuple[int, int]]) -> None:
    found = joined(spans)
    assert numbers(found) == numbers(spans)
    assert all(sum(a) < b[0] for a, b in itertools.pairwise(found))
    assert total(found) == len(numbers(spans))


@given(SPANS, SPANS)
def test_without_leaves_what_lies_in_no_other(spans: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    assert numbers(without(joined(spans), joined(others))) == numbers(spans) - numbers(others)


@given(SPANS, st.integers(0, 60), st.integers(0, 20))
def test_clipped_is_what_lies_in_one_more(spans: list[tuple[int, int]], offset: int, length: int) -> None:
    assert numbers(clipped(spans, offset, length)) == numbers(spans) & numbers([(offset, length)])


@given(st.binary(max_size=3000), st.lists(st.tuples(st.integers(0, 2999), st.integers(0, 255)), max_size=9), st.data())
def test_differences_begin_and_end_at_bytes_that_differ(
    one: bytes, edits: list[tuple[int, int]], data: st.DataObject
) -> None:
    other = bytearray(one)
    for place, value in edits:
        if place < len(other):
            other[place] = value
    cut = data.draw(st.integers(0, 3000))
    found = Differences()
    for start, end in ((0, cut), (cut, 3000)):
        found.compare(start, memoryview(one)[start:end], memoryview(other)[start:end])
    apart = {at for at in range(len(one)) if one[at] != other[at]}
    assert found.differing == len(apart)
    assert numbers(found.spans) >= apart
    for start, length in found.spans:
        assert {start, start + length - 1} <= apart
    assert all(b[0] - sum(a) >= NEAR for a, b in itertools.pairwise(found.spans))
    assert len(found.spans) == len([at for at in apart if not any(0 < at - b <= NEAR for b in apart)])


def test_what_only_one_of_the_two_has_differs() -> None:
    found = Differences()
    found.compare(100, memoryview(b"abcdef"), memoryview(b"abX"))
    assert (found.spans, found.differing) == ([(102, 4)], 4)


def test_a_million_differences_become_coarser_never_fewer_bytes() -> None:
    found = Differences()
    for number in range(200_000):
        found.add(number * 10_000, 1, 1)
    assert len(found.spans) <= MOST
    assert found.differing == 200_000
    assert (found.spans[0][0], sum(found.spans[-1])) == (0, 199_999 * 10_000 + 1)
    covered = joined(found.spans)
    assert all(clipped(covered, number * 10_000, 1) for number in range(0, 200_000, 997))
