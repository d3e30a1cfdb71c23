"""Comparing two copies of which nothing is sealed, item by item: pure, in one pass, in constant memory (D5)."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from hashing.damage.saying import Part
from hashing.damage.spans import Span, joined
from hashing.items import PIECE_SIZE, Item, Outcome
from manifests.compare import Comparison, key
from manifests.damage import Trouble, ranges
from manifests.entry import READ
from manifests.findings import Finding

FIRST, SECOND = "the first copy", "the second copy"
_UNSOUND = {Outcome.UNREADABLE: "content-unreadable", Outcome.CHANGED: "changed-while-read"}

Seen = Callable[[int, Item], None]


def compare_copies(subject: str, first: Iterable[Item], second: Iterable[Item], seen: Seen) -> Comparison:
    """Compare two streams of items in the order of the list; `seen` is told of each, and whether it is of 0 or 1."""
    result = Comparison(exhibit=subject)
    for one, other in _paired(first, second):
        for number, item in enumerate((one, other)):
            if item is not None:
                seen(number, item)
        _pair(result, one, other)
    result.close()
    if not result.counts:
        result.findings.append(Finding(code="copies-same", subject=subject))
    return result


def _paired(first: Iterable[Item], second: Iterable[Item]) -> Iterator[tuple[Item | None, Item | None]]:
    """The items of both, those of one name together."""
    ones, others = iter(first), iter(second)
    one, other = next(ones, None), next(others, None)
    while one is not None or other is not None:
        if other is None or (one is not None and key(one.name) < key(other.name)):
            yield one, None
            one = next(ones, None)
        elif one is None or key(other.name) < key(one.name):
            yield None, other
            other = next(others, None)
        else:
            yield one, other
            one, other = next(ones, None), next(others, None)


def _pair(result: Comparison, one: Item | None, other: Item | None) -> None:
    if one is None or other is None:
        there = one or other
        assert there is not None
        result.add("copies-differ", there.name, f"only in {SECOND if one is None else FIRST}")
        return
    unsound = [(item, where) for item, where in ((one, FIRST), (other, SECOND)) if item.outcome in _UNSOUND]
    for item, where in unsound:
        result.add(_UNSOUND[item.outcome], item.name, f"in {where}: {item.reason or 'no reason given'}")
    if unsound:
        return
    if one.outcome.value in READ and other.outcome.value in READ:
        _contents(result, one, other)
    elif one.outcome is not other.outcome:
        result.add("copies-differ", one.name, f"{one.outcome.value} in {FIRST}, {other.outcome.value} in {SECOND}")


def _contents(result: Comparison, one: Item, other: Item) -> None:
    """Two items that were read, maybe but for some ranges."""
    spans, parts, whole = _apart(one, other)
    unread = [*one.unreadable, *other.unreadable]
    for item, where in ((one, FIRST), (other, SECOND)):
        if item.unreadable:
            text = f"in {where}: {ranges(item.unreadable)} could not be read"
            result.add("content-unreadable", item.name, text)
    common = [name for name in one.digests if name in other.digests]
    same = all(one.digests[name] == other.digests[name] for name in common) and not spans
    if one.size == other.size and (same if common or (one.pieces and other.pieces) else False):
        return
    if unread and one.size == other.size and all(_touch(part.span, unread) for part in parts):
        return  # all that differs is what could not be read
    words = [f"{one.size} bytes in {FIRST}, {other.size} in {SECOND}"] if one.size != other.size else []
    words += [f"they differ within {ranges(spans)}"] if spans else []
    kept = parts[: result.room]
    result.room -= sum(-(-part.span[1] // PIECE_SIZE) for part in kept)
    trouble = Trouble(size=other.size or 0, pieces=tuple(spans), parts=kept, whole=whole, readable=True)
    result.add("copies-differ", one.name, "; ".join(words), trouble)


def _apart(one: Item, other: Item) -> tuple[list[Span], tuple[Part, ...], bool]:
    """The pieces that differ, joined; what to read again; whether that is the whole."""
    if one.pieces is None or other.pieces is None:
        size, names = max(one.size or 0, other.size or 0), ("sha256" in one.digests, "sha256" in other.digests)
        if not size or not all(names):
            return [], (), True
        return [], (Part(span=(0, size), sealed=other.digests["sha256"], measured=one.digests["sha256"]),), True
    found: list[Part] = []
    step, size = one.pieces.size, max(one.size or 0, other.size or 0)
    for index in range(-(-size // step)):
        mine, theirs = (each.digests[index * 32 : index * 32 + 32].hex() for each in (one.pieces, other.pieces))
        if mine != theirs:
            found.append(Part(span=(index * step, min(step, size - index * step)), sealed=theirs, measured=mine))
    return joined(part.span for part in found), tuple(found), False


def _touch(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] < sum(each) and each[0] < sum(span) for each in others)
