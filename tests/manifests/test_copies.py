"""Two copies of which nothing is sealed: what differs is named, and nothing is said to be right (damage.md, D5)."""

from hypothesis import given
from hypothesis import strategies as st

from hashing.items import Item, Outcome
from manifests.compare import Comparison
from manifests.copies import compare_copies
from manifests.findings import TABLE, Severity
from tests.manifests.test_compare import file, in_order, special


def two(one: list[Item], other: list[Item]) -> Comparison:
    return compare_copies("./one", in_order(one), in_order(other), lambda number, item: None)


def told(result: Comparison) -> list[tuple[str, str]]:
    return [(each.code, each.text) for each in result.findings]


def test_alike_is_said_and_no_more() -> None:
    items = [file("a", b"one"), file("b", b"0123456789"), special("link", Outcome.LINK)]
    assert told(two(items, items)) == [("copies-same", "")]
    assert told(two([], [])) == [("copies-same", "")]


def test_what_differs_is_named() -> None:
    one = [file("a", b"one"), file("b", b"0123456789"), file("c"), special("d", Outcome.LINK), file("e", b"long")]
    other = [
        file("a", b"two"),
        file("b", b"012345X789"),
        special("d", Outcome.FIFO),
        file("e", b"longer one"),
        file("f"),
    ]
    assert told(two(one, other)) == [
        ("copies-differ", "a"),
        ("copies-differ", "b: they differ within bytes 4 to 7"),
        ("copies-differ", "c: only in the first copy"),
        ("copies-differ", "d: link in the first copy, fifo in the second copy"),
        ("copies-differ", "e: 4 bytes in the first copy, 10 in the second copy"),
        ("copies-differ", "f: only in the second copy"),
    ]


def test_quick_measurings_are_compared_by_their_pieces() -> None:
    one, other = (file("a", data, quick=True) for data in (b"0123456789", b"0123456X89"))
    assert told(two([one], [one])) == [("copies-same", "")]
    assert told(two([one], [other])) == [("copies-differ", "a: they differ within bytes 4 to 7")]


def test_what_could_not_be_read_is_not_called_alike() -> None:
    lost, changed = special("a", Outcome.UNREADABLE), special("a", Outcome.CHANGED)
    assert [code for code, _ in told(two([lost], [file("a")]))] == ["content-unreadable"]
    assert [code for code, _ in told(two([file("a")], [changed]))] == ["changed-while-read"]
    assert [code for code, _ in told(two([lost], [lost]))] == ["content-unreadable"] * 2
    sound, codes = b"0123456789ab", ["content-unreadable"]
    bad = file("a", b"0123\0\0\0\x0089ab", outcome=Outcome.PARTIAL, reason="bad", unreadable=((4, 4),))
    assert [code for code, _ in told(two([file("a", sound)], [bad]))] == codes
    assert [code for code, _ in told(two([file("a", b"X" + sound[1:])], [bad]))] == [*codes, "copies-differ"]


NAMES = st.sampled_from(["a", "b", "c/d", "c/e", "z"])
COPIES = st.dictionaries(NAMES, st.binary(max_size=9), max_size=5)


@given(COPIES, COPIES)
def test_alike_exactly_where_they_are(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    result = two([file(name, data) for name, data in one.items()], [file(name, data) for name, data in other.items()])
    named = {each.facts["item"] for each in result.findings if each.code == "copies-differ"}
    assert named == {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    assert any(each.code == "copies-same" for each in result.findings) == (one == other)
    assert all(TABLE[each.code].severity is not Severity.REFUTES for each in result.findings)
