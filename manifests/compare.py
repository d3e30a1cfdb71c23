"""Comparing media, item by item, with everything that was sealed: pure, in one pass, in constant memory.

Lists and media come in the same order (E4), so they are merged like sorted files. What is listed by no
manifest is extra; what a manifest lists and the media lack is missing; equal content of the two is renamed.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hashing.items import PIECE_SIZE, Item, Outcome
from manifests.damage import MOST_PARTS, Trouble, parts_of, ranges, touching
from manifests.entries import READ, Entry, Piece, Public, damaged
from manifests.findings import Finding

MAX_FINDINGS = 1000
_UNSOUND = {Outcome.UNREADABLE: "content-unreadable", Outcome.CHANGED: "changed-while-read"}
_TRIED = {Outcome.UNREADABLE.value, Outcome.CHANGED.value}

Key = tuple[bytes, ...]


def key(path: bytes) -> Key:
    """The order of items: depth first, the names of a folder by their bytes."""
    return tuple(path.split(b"/"))


def shown(path: bytes) -> str:
    """A name from evidence as text; what is not UTF-8 is escaped."""
    return path.decode("utf-8", "backslashreplace")


@dataclass(kw_only=True)
class SealedList:
    """One manifest's list being merged: its entries and its pieces, both in order of item."""

    entries: Iterator[Entry]
    pieces: Iterator[Piece]
    at: Entry | None = None
    piece: Piece | None = None

    def start(self) -> None:
        self.at, self.piece = next(self.entries, None), next(self.pieces, None)

    def step(self) -> None:
        self.at = next(self.entries, None)

    def pieces_for(self, number: int) -> list[Piece]:
        """The pieces of one item; call with ascending numbers only."""
        while self.piece is not None and self.piece.item < number:
            self.piece = next(self.pieces, None)
        found = []
        while self.piece is not None and self.piece.item == number:
            found.append(self.piece)
            self.piece = next(self.pieces, None)
        return found


Decode = Callable[[bytes], Item | None]
"""Given the name in the list of the media inside an image, measures them anew; None where they are not found."""


class Altered(NamedTuple):
    """One item whose content is not what was sealed."""

    path: bytes
    text: str
    sealed: str
    trouble: Trouble


@dataclass(frozen=True, kw_only=True)
class SealedMedia:
    """The media inside an image as sealed, and as measured now where that was done."""

    path: bytes
    sealed: Public
    pieces: tuple[Piece, ...]
    source: int
    now: Item | None


@dataclass(kw_only=True)
class Comparison:
    """Counts and findings of one exhibit's media; of each code at most MAX_FINDINGS are named."""

    exhibit: str
    copied: bool = False
    """Whether the media are a copy, which holds ordinary files only."""
    items: int = 0
    size: int = 0
    """Bytes of the items measured."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many findings each code has, named or not."""
    withheld: int = 0
    findings: list[Finding] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    """What is not what was sealed, for a closer look; one each for some of the findings."""
    named: dict[bytes, str] = field(default_factory=dict)
    """The code of the first finding on each name, as far as they are named."""
    room: int = MOST_PARTS
    """How many pieces may still be kept for a closer look."""
    altered: dict[tuple[int, int], Altered] = field(default_factory=dict)
    """By list and item: what changed, as long as it may turn out to be the container of unchanged media."""
    images: list[SealedMedia] = field(default_factory=list)
    missing: dict[tuple[str, int], list[bytes]] = field(default_factory=dict)
    extra: list[tuple[bytes, tuple[str, int] | None]] = field(default_factory=list)

    @property
    def is_cut(self) -> bool:
        """Whether there are findings that are not named."""
        return any(count > MAX_FINDINGS for count in self.counts.values())

    def add(self, code: str, path: bytes, text: str = "", trouble: Trouble | None = None, **facts: str) -> None:
        """Note a finding about one item, and what a closer look begins with."""
        self.counts[code] += 1
        if self.counts[code] > MAX_FINDINGS:
            return
        name = shown(path)
        self.named.setdefault(path, code)
        if trouble is not None:
            self.troubles.append(trouble._replace(finding=len(self.findings), path=path))
        self.findings.append(
            Finding(
                code=code,
                subject=self.exhibit,
                text=f"{name}: {text}" if text else name,
                facts={"item": name, **facts},
            )
        )

    def close(self) -> None:
        """Say how many findings are not named."""
        for code, count in self.counts.items():
            if count > MAX_FINDINGS:
                more = Finding(code=code, subject=self.exhibit, text=f"and {count - MAX_FINDINGS} more")
                self.findings.append(more)


def compare(
    exhibit: str,
    lists: list[SealedList],
    items: Iterable[Item],
    *,
    copied: bool = False,
    seen: Callable[[Item], None] | None = None,
    decode: Decode | None = None,
) -> Comparison:
    """Compare an exhibit's media with all its lists; the items come in the order of `hashing.measure`.

    `copied` media are those of a package. `seen` is told of every item on the way. `decode` gives the media inside
    an image anew: it is asked only where the container differs, for one container holds one media (M4).
    Errors of a list (RefutedError) pass through.
    """
    result = Comparison(exhibit=exhibit, copied=copied)
    for each in lists:
        each.start()
    for item in items:
        if seen is not None:
            seen(item)
        _one(result, lists, item)
    for each in lists:
        while each.at is not None:
            _absent(result, each)
    _images(result, decode)
    _renamed(result)
    result.close()
    if result.withheld:
        result.findings.append(Finding(code="names-withheld", subject=exhibit, text=f"{result.withheld} items"))
    return result


def _one(result: Comparison, lists: list[SealedList], item: Item) -> None:
    here, listed = key(item.name), False
    for each in lists:
        _skip_withheld(result, each)
        while each.at is not None and key(each.at.path or b"") < here:
            _absent(result, each)
            _skip_withheld(result, each)
        if each.at is not None and key(each.at.path or b"") == here:
            listed = True
            _match(result, each, item)
            each.step()
    if item.outcome.value in READ and not item.decoded:
        result.items, result.size = result.items + 1, result.size + (item.size or 0)
    if not listed:
        result.extra.append((item.name, _content(item.digests.get("sha256"), item.size)))


def _skip_withheld(result: Comparison, each: SealedList) -> None:
    while each.at is not None and each.at.path is None:
        result.withheld += 1
        each.step()


def _content(sha256: str | None, size: int | None) -> tuple[str, int] | None:
    return (sha256, size) if sha256 is not None and size is not None else None


def _absent(result: Comparison, each: SealedList) -> None:
    entry = each.at
    each.step()
    if entry is None or entry.path is None or entry.public is None:
        result.withheld += 1
        return
    if entry.public.decoded:
        _sealed_media(result, each, entry.path, entry.public, None)
        return
    content = _content(entry.public.digests.get("sha256"), entry.public.size)
    if content is not None:
        result.missing.setdefault(content, []).append(entry.path)
    else:
        code = "not-carried" if result.copied else "content-missing"
        result.add(code, entry.path, f"sealed as {entry.public.outcome}")


def _match(result: Comparison, each: SealedList, item: Item) -> None:
    sealed = each.at.public if each.at else None
    if sealed is None:
        result.withheld += 1
    elif sealed.decoded:
        _sealed_media(result, each, item.name, sealed, item)
    elif sealed.outcome not in READ:
        if sealed.outcome not in _TRIED and sealed.outcome != item.outcome.value:
            result.add("content-changed", item.name, f"was {sealed.outcome}, now {item.outcome.value}")
    elif item.outcome in _UNSOUND:
        result.add(_UNSOUND[item.outcome], item.name, item.reason or "", Trouble(size=sealed.size or 0))
    elif item.outcome.value not in READ:
        result.add("content-changed", item.name, f"now {item.outcome.value}")
    else:
        _contents(result, each, sealed, item)


def _sealed_media(result: Comparison, each: SealedList, path: bytes, sealed: Public, now: Item | None) -> None:
    """Note the media of an image; they are judged once all parts of the image have been seen."""
    pieces = each.pieces_for(sealed.item)
    touched = any((id(each), number) in result.altered for number in sealed.segments)
    kept = tuple(pieces) if touched or now is not None else ()
    result.images.append(SealedMedia(path=path, sealed=sealed, pieces=kept, source=id(each), now=now))


def _images(result: Comparison, decode: Decode | None) -> None:
    """Judge the media inside images, and then the containers that changed (M4)."""
    for image in result.images:
        parts = [result.altered.pop((image.source, number), None) for number in image.sealed.segments]
        altered = [part for part in parts if part is not None]
        same = _media(result, image, decode) if altered or image.now is not None else None
        for part in altered:
            code = "container-changed" if same else "content-changed"
            result.add(code, part.path, part.text, part.trouble._replace(container=True), sealed=part.sealed)
    for part in result.altered.values():
        result.add("content-changed", part.path, part.text, part.trouble, sealed=part.sealed)


def _media(result: Comparison, image: SealedMedia, decode: Decode | None) -> bool:
    """Whether the media inside are what was sealed; if not, with a finding."""
    sealed, now = image.sealed, image.now
    if now is None and decode is not None:
        now = decode(image.path)
    if sealed.outcome not in READ:
        return False
    if now is None or now.outcome.value not in READ:
        why = now.reason if now is not None and now.reason else "the media could not be decoded"
        result.add("content-unreadable", image.path, why, Trouble(size=sealed.size or 0, decoded=True))
        return False
    common = [name for name in sealed.digests if name in now.digests]
    if _only_unread(result, image, now):
        return False
    if sealed.size == now.size and all(sealed.digests[name] == now.digests[name] for name in common) and common:
        return True
    spans = damaged(list(image.pieces), now.pieces, now.size or 0) if image.pieces else []
    trouble = _trouble(result, sealed, image.pieces, now, spans)
    text = _difference(sealed, now, spans)
    result.add("media-changed", image.path, text, trouble, sealed=sealed.digests.get("sha256", ""))
    return False


def _only_unread(result: Comparison, image: SealedMedia, now: Item) -> bool:
    """Whether ranges that were sealed cannot be read now, and no other piece differs; noted: zeros are no content."""
    unread = _further(now.unreadable, image.sealed.unreadable)
    if not unread or image.sealed.size != now.size or damaged(list(image.pieces), now.pieces, now.size or 0, unread):
        return False
    result.add("content-unreadable", image.path, now.reason or "not all of it could be read now")
    return True


def _contents(result: Comparison, each: SealedList, sealed: Public, item: Item) -> None:
    common = [name for name in sealed.digests if name in item.digests]
    pieces = each.pieces_for(sealed.item) if item.pieces is not None else []
    unread = _further(item.unreadable, sealed.unreadable)
    spans = damaged(pieces, item.pieces, item.size or 0, unread) if pieces else []
    same = all(sealed.digests[name] == item.digests[name] for name in common)
    if unread and not spans and sealed.size == item.size:
        trouble = _trouble(result, sealed, pieces, item, unread)
        trouble = trouble._replace(parts=touching(trouble.parts, unread), unread=True)
        result.add("content-unreadable", item.name, f"{ranges(unread)} could not be read now", trouble)
        return
    whole = "sha256" in common or (bool(pieces) and pieces[-1].offset + pieces[-1].length == sealed.size)
    if sealed.size == item.size and same and not spans and whole:
        return
    if not whole and same and not spans and sealed.size == item.size:
        result.add("content-unreadable", item.name, "sealed without pieces, so not checked quickly")
        return
    text, trouble = _difference(sealed, item, spans), _trouble(result, sealed, pieces, item, spans)
    changed = Altered(item.name, text, sealed.digests.get("sha256", ""), trouble)
    if len(result.altered) < MAX_FINDINGS:
        result.altered[id(each), sealed.item] = changed
    else:
        result.add("content-changed", changed.path, changed.text, changed.trouble, sealed=changed.sealed)


def _trouble(
    result: Comparison, sealed: Public, pieces: Sequence[Piece], now: Item, spans: Sequence[tuple[int, int]]
) -> Trouble:
    """What a closer look at a damaged item begins with; takes from the room that is left for it."""
    parts, whole = parts_of(sealed, pieces, now, result.room)
    result.room -= len(parts) if not whole else sum(-(-part.span[1] // PIECE_SIZE) for part in parts)
    return Trouble(
        size=sealed.size or 0, pieces=tuple(spans), parts=parts, whole=whole, masked=sealed.unreadable,
        decoded=sealed.decoded is not None, readable=True,
    )  # fmt: skip


def _difference(sealed: Public, item: Item, spans: Sequence[tuple[int, int]]) -> str:
    words = []
    if sealed.size != item.size:
        words.append(f"{sealed.size} bytes sealed, {item.size} now")
    if spans:
        words.append(f"differs within {ranges(spans)}")
    return "; ".join(words) or "same length, other content"


def _further(now: tuple[tuple[int, int], ...], sealed: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """What cannot be read now and could be when it was sealed."""
    starts = [offset for offset, _ in sealed]
    before = [bisect_right(starts, offset) - 1 for offset, _ in now]  # the only one that may hold it
    return [each for each, at in zip(now, before, strict=True) if at < 0 or sum(each) > sum(sealed[at])]


def _renamed(result: Comparison) -> None:
    for name, content in result.extra:
        old = result.missing.get(content, []) if content is not None else []
        if old:
            result.add("content-renamed", name, f"sealed as {shown(old.pop(0))}")
        else:
            result.add("content-extra", name)
    for names in result.missing.values():
        for name in names:
            result.add("content-missing", name, trouble=Trouble())
