"""Items to list, and lists of them in memory, for tests of entry lists."""

import hashlib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import strategies as st

from hashing.items import Description, Item, Outcome
from manifests import entry
from manifests.bodies import BoundTree
from manifests.entries import check_list
from manifests.errors import RefutedError
from tests.vectors.pen import Listing

TARGET = hashlib.sha256(b"where it points to").hexdigest()
SALT = bytes(range(32))


def item(name: str | bytes = "DCIM/IMG_0007.JPG", **other: Any) -> Item:
    facts: dict[str, Any] = {
        "name": name.encode() if isinstance(name, str) else name, "outcome": Outcome.MEASURED, "reason": None,
        "size": 5,
        "digests": {"sha256": hashlib.sha256(b"hello").hexdigest()}, "modified": 1_790_000_000_000_000_000,
        "pieces": None, "description": None,
    }  # fmt: skip
    made = Item(**{**facts, **other})
    return made._replace(target=TARGET) if made.outcome is Outcome.LINK and made.target is None else made


def listing(*items: Item) -> tuple[list[bytes], BoundTree]:
    """The lines of a list, and what a manifest binds of it."""
    made = Listing(1)
    for each in items:
        made.writer.add(each)
    return bytes(made.entries).splitlines(keepends=True), made.writer.entries()


def changed(lines: Iterable[bytes], bound: BoundTree) -> str:
    with pytest.raises(RefutedError) as caught:
        list(check_list(lines, bound))
    return caught.value.message


THREE = [
    item("a.txt"),
    item("b/c.txt", size=0),
    item("b/d", outcome=Outcome.LINK, reason="a link", size=None, digests={}),
]

NAMES = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(str.encode), st.binary(min_size=1))
DESCRIPTIONS = st.none() | st.builds(
    Description, media_type=st.sampled_from([None, "image/jpeg"]),
    metadata=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
    not_examined=st.sampled_from([None, "exiftool not installed"]),
)  # fmt: skip
READ = st.builds(item, name=NAMES, size=st.integers(0, 2**53 - 1), description=DESCRIPTIONS,
                 modified=st.integers(-(10**18), 4 * 10**18))  # fmt: skip
NOT_READ = st.builds(
    item, name=NAMES, outcome=st.sampled_from([o for o in Outcome if o.value not in entry.READ]), size=st.none(),
    digests=st.just({}), reason=st.just("in words"))  # fmt: skip
PARTLY = st.builds(
    item, name=NAMES, outcome=st.just(Outcome.PARTIAL), reason=st.just("bad"), size=st.integers(2048, 2**53 - 1),
    unreadable=st.sampled_from([((0, 512),), ((0, 1), (2, 2046)), ((512, 512), (1536, 512))]))  # fmt: skip
ITEMS = READ | NOT_READ | PARTLY
