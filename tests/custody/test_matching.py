"""Which item a name in a log is: the pass over names read backwards against the rule as the page says it (L2)."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.edges import matching
from custody.edges.matching import NOTHING, SEVERAL, Matching
from hashing.items import Item, Outcome
from manifests.errors import EnvironmentFault

PART = st.sampled_from([b"a", b"b", b"aa", b"\xff", b"c.jpg"])
NAME = st.lists(PART, min_size=1, max_size=4).map(b"/".join)


def item(name: bytes) -> Item:
    return Item(name, Outcome.MEASURED, None, 1, {"md5": "ab" * 16}, None, None, None)


@contextmanager
def names_of(*names: bytes) -> Iterator[Matching]:
    """These items, noted."""
    with tempfile.TemporaryDirectory() as folder, matching.matching(Path(folder) / "names.db") as found:
        assert [each.name for each in found.watched(map(item, names))] == list(names)
        yield found


def by_the_page(items: list[bytes], names: list[bytes]) -> dict[bytes, int]:
    """The rule of L2, without a thought for how long it takes."""
    plain = {name: name.removeprefix(b"./") for name in names}
    fits: dict[bytes, list[tuple[str, bytes, int]]] = {
        each: [base for number, one in enumerate(items, 1) if (base := _base(each, one, number))]
        for each in set(plain.values())
    }
    counted = Counter((kind, rest) for found in fits.values() for kind, rest, _ in found)
    ranked = sorted(counted, key=lambda base: (-counted[base], _folders(base[1])))
    if len(ranked) > 1 and all(_rank(counted, ranked[0])[n] == _rank(counted, ranked[1])[n] for n in (0, 1)):
        return {name: SEVERAL if fits[plain[name]] else NOTHING for name in names}
    return {name: next((n for k, r, n in fits[plain[name]] if (k, r) == ranked[0]), NOTHING) for name in names}


def _base(name: bytes, other: bytes, number: int) -> tuple[str, bytes, int] | None:
    if name == other:
        return "", b"", number
    if name.endswith(b"/" + other):
        return "-", name[: -len(other)], number
    return ("+", other[: -len(name)], number) if other.endswith(b"/" + name) else None


def _folders(rest: bytes) -> int:
    return rest.count(b"/")


def _rank(counted: Counter[tuple[str, bytes]], base: tuple[str, bytes]) -> tuple[int, int]:
    return counted[base], _folders(base[1])


@settings(max_examples=300, deadline=None)
@given(st.lists(NAME, unique=True, max_size=8), st.lists(NAME.map(lambda n: n) | NAME.map(lambda n: b"./" + n)
       | NAME.map(lambda n: b"/x/" + n), max_size=8))  # fmt: skip
def test_names_are_found_as_the_page_says(items: list[bytes], names: list[bytes]) -> None:
    with names_of(*items) as found:
        found.resolve(1, names)
        assert {name: found.named(1, name) for name in names} == by_the_page(items, names)


def test_logs_are_told_apart() -> None:
    with names_of(b"A/x", b"B/x") as found:
        found.resolve(1, [b"A/x"])
        found.resolve(2, [b"/mnt/B/x"])
        assert (found.named(1, b"A/x"), found.named(2, b"/mnt/B/x"), found.named(2, b"A/x")) == (1, 2, NOTHING)


def test_names_made_to_fit_each_other_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand nested folders, and as many names: a quarter of a million pairs, each of a megabyte if let."""
    monkeypatch.setattr(matching, "_MOST_LETTERS", 10_000)
    nested = [b"a/" * number + b"a" for number in range(1000)]
    with names_of(*nested) as found:
        found.resolve(1, nested)
        assert sum(found.named(1, name) != NOTHING for name in nested) < 1000


def test_a_database_that_cannot_be_kept_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="cannot be kept"), matching.matching(tmp_path / "names.db") as found:
        list(found.watched([item(b"a")] * 2000))
        found.keep([(1, 1, 1, b"line"), (1, 1, 1, b"line")])
    assert list(tmp_path.iterdir()) == []
