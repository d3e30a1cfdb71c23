"""Strict JSON: bounds before parsing, and the encode-again rule (record.md, R1 and R2)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import strict
from manifests.errors import RefutedError
from manifests.shapes import Closed, Count, Text
from tests.manifests.drawing import STEADY


class Small(Closed, frozen=True, kw_only=True):
    name: Text
    count: Count = 0
    inside: dict[str, str] = {}


def test_what_is_printed_reads_back() -> None:
    value = Small(name="Wanjikũ \u200d\U0001f441", count=3, inside={"b": "1", "a": "2"})
    assert strict.read_compact(strict.compact(value), Small) == value
    assert strict.read_pretty(strict.pretty(value), Small) == value


@given(st.builds(Small, name=STEADY, count=st.integers(0, 2**53 - 1),
                 inside=st.dictionaries(st.text(max_size=9), st.text(max_size=9))))  # fmt: skip
def test_every_value_reads_back(value: Small) -> None:
    assert strict.read_compact(strict.compact(value), Small) == value
    assert strict.read_pretty(strict.pretty(value), Small) == value


@pytest.mark.parametrize(
    "other",
    [
        pytest.param('{"name":"a\u202eb"}'.encode(), id="letters turned around"),
        pytest.param(b'{"name":"a\x7fb"}', id="a control character"),
        pytest.param(b'{"name":"a","name":"a"}', id="a key twice, one value"),
        pytest.param(b'{"name":"b","name":"a"}', id="a key twice, two values"),
        pytest.param(b'{"name":"a","inside":{"k":"1","k":"1"}}', id="a key twice, deeper"),
        pytest.param(b'{"name":"a", "count":1}', id="a blank"),
        pytest.param(b' {"name":"a"}', id="a blank before"),
        pytest.param(b'{"name":"a"}\n', id="a line feed after"),
        pytest.param(b'{"name":"a"}\r\n', id="CRLF after"),
        pytest.param(b'\xef\xbb\xbf{"name":"a"}', id="a byte order mark"),
        pytest.param(b'{"name":"\\u0041"}', id="an escape that is not needed"),
        pytest.param(b'{"n\\u0061me":"a"}', id="an escape in a key"),
        pytest.param(b'{"name":"a\\/b"}', id="an escaped slash"),
        pytest.param(b'{"count":1,"name":"a"}', id="fields in another order"),
        pytest.param(b'{"name":"a","count":0}', id="a field that says what is assumed"),
        pytest.param(b'{"name":"a","count":null}', id="null"),
        pytest.param(b'{"name":"a","other":1}', id="an unknown field"),
        pytest.param(b'{"name":"a","count":-0}', id="minus zero"),
        pytest.param(b'{"name":"a","count":-1}', id="a negative number"),
        pytest.param(b'{"name":"a","count":1.0}', id="a fraction"),
        pytest.param(b'{"name":"a","count":1e2}', id="an exponent"),
        pytest.param(b'{"name":"a","count":1E400}', id="a number no computer holds"),
        pytest.param(b'{"name":"a","count":01}', id="a leading zero"),
        pytest.param(b'{"name":"a","count":9007199254740992}', id="2 to the 53"),
        pytest.param(b'{"name":"a","count":' + b"9" * 5000 + b"}", id="5000 digits"),
        pytest.param(b'{"name":"a","count":true}', id="true for a number"),
        pytest.param(b'{"name":"a","count":"1"}', id="a string for a number"),
        pytest.param(b'{"name":""}', id="an empty text"),
        pytest.param(b'{"name":"' + b"a" * 4001 + b'"}', id="a text too long"),
        pytest.param(b'{"name":"\xff"}', id="not UTF-8"),
        pytest.param(b'{"name":"\xed\xa0\x80"}', id="half a surrogate pair, in UTF-8"),
        pytest.param(b'{"name":"\\ud800"}', id="half a surrogate pair, escaped"),
        pytest.param(b'{"name":"a"}{"name":"a"}', id="two objects"),
        pytest.param(b'{"name":"a"}\x00', id="a zero byte after"),
        pytest.param(b'{"name":"a"', id="no end"),
        pytest.param(b"{}", id="a field missing"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_every_other_spelling_is_refused(other: bytes) -> None:
    with pytest.raises(RefutedError) as caught:
        strict.read_compact(other, Small)
    assert caught.value.code == "record-malformed"


@pytest.mark.parametrize("other", [b'{"name":"a"}', b'{\n    "name": "a"\n}\n', b'{\n  "name": "a"\n}',
                                   b'{\r\n  "name": "a"\r\n}\r\n', b'{\n  "name": "a"\n}\n\n'])  # fmt: skip
def test_a_document_has_one_layout(other: bytes) -> None:
    assert strict.read_pretty(b'{\n  "name": "a"\n}\n', Small) == Small(name="a")
    with pytest.raises(RefutedError):
        strict.read_pretty(other, Small)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_deep_nesting_is_refused_before_a_parser_sees_it(opening: bytes) -> None:
    with pytest.raises(RefutedError, match="nested deeper than 16"):
        strict.check_bounds(opening * 50_000)


def test_sixteen_levels_pass_and_brackets_in_strings_do_not_count() -> None:
    strict.check_bounds(b"[" * 16 + b"]" * 16)
    strict.check_bounds(b'["' + b"[{" * 100 + b'\\"[[[[[[[[[[[[[[[[[[[["]')
    strict.check_bounds(b"[]{}" * 1000)
    with pytest.raises(RefutedError):
        strict.check_bounds(b"[" * 17 + b"]" * 17)


def test_what_is_too_long_is_refused_before_a_parser_sees_it() -> None:
    strict.check_bounds(b"x" * strict.MAX_BYTES)
    with pytest.raises(RefutedError, match="longer than"):
        strict.check_bounds(b"x" * (strict.MAX_BYTES + 1))


@pytest.mark.parametrize("hostile", [b'\\"' * 500_000, b'"' * 1_000_000, b"\\" * 1_000_000, b'"' + b"a\\" * 500_000],
                         ids=["escaped quotes", "quotes", "backslashes", "a string that never ends"])  # fmt: skip
def test_looking_for_depth_takes_one_pass_whatever_the_bytes_are(hostile: bytes) -> None:
    """Two passes over each rest of the data would take hours here."""
    data = (b"{}" * 17 + b'"' + hostile)[: strict.MAX_BYTES]
    strict.check_bounds(data)


@given(st.recursive(st.integers(0, 9) | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=30))  # fmt: skip
def test_depth_is_counted_as_a_parser_nests(value: object) -> None:
    def depth(of: object) -> int:
        inner = of.values() if isinstance(of, dict) else of if isinstance(of, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    padding: object = value
    for _ in range(16 - min(depth(value), 16)):
        padding = [padding]
    if depth(padding) == 16:
        strict.check_bounds(strict.compact(padding))
    with pytest.raises(RefutedError):
        strict.check_bounds(strict.compact([padding]))


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_our_own_error(data: bytes) -> None:
    for read in (strict.read_compact, strict.read_pretty):
        try:
            value = read(data, dict[str, msgspec.Raw])
        except RefutedError:
            continue
        assert isinstance(value, dict)
