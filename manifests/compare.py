"""Comparing media, item by item, with everything that was sealed: pure, in one pass, in constant memory.

Lists and media come in the same order (E4), so they are merged like sorted files. What is listed by no
manifest is extra; what a manifest lists and the media lack is missing; equal content of the two is renamed.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hashing.items import PIECE_SIZE, Item, Outcome
from manifests.comparison import MAX_FINDINGS, Altered, SealedMedia, shown
from manifests.comparison import Comparison as Comparison
from manifests.comparison import key as key
from manifests.damage import Trouble, parts_of, ranges, touching
from manifests.entry import READ, Entry, Public
from manifests.findings import Finding
from manifests.pieces import Piece, PiecesOf, damaged

_UNSOUND = {Outcome.UNREADABLE: "content-unreadable", Outcome.CHANGED: "changed-while-read"}
_EMPTY = Outcome.EMPTY_FOLDER.value
_TRIED = {Outcome.UNREADABLE.value, Outcome.CHANGED.value}


@dataclass(kw_only=True)
class SealedList:
    """One manifest's list being merged: its entries and its pieces, both in order of item."""

    entries: Iterator[Entry]
    pieces: Iterator[Piece] | None
    """None where the list of pieces is not at hand, or there is none."""
    at: Entry | None = None

    def start(self) -> None:
        self._pieces = PiecesOf(pieces=self.pieces)
        self.at = next(self.entries, None)

    def step(self) -> None:
        self.at = next(self.entries, None)

    def pieces_for(self, public: Public) -> list[Piece]:
        """The pieces of one item, as its entry names them; call with ascending numbers only. Raises RefutedError."""
        return self._pieces.of(public)


Decode = Callable[[bytes], Item | None]
"""Given the name in the list of the media inside an image, measures them anew; None where they are not found."""


def compare(
    exhibit: str,
    lists: list[SealedList],
    items: Iterable[Item],
    *,
    copied: bool = False,
    seen: Callable[[Item], None] | None = None,
    decode: Decode | None = None,
    decode_all: bool = False,
) -> Comparison:
    """Compare an exhibit's media with all its lists; the items come in the order of `hashing.measure`.

    `copied` media are those of a package. `seen` is told of every item on the way. `decode` gives the media inside
    an image anew: unless `decode_all`, it is asked only where the container differs, for one container holds one
    media (M4). Errors of a list (RefutedError) pass through.
    """
    result = Comparison(exhibit=exhibit, copied=copied, decodes_all=decode_all and decode is not None)
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
            _absent(result, each, here)
            _skip_withheld(result, each)
        if each.at is not None and key(each.at.path or b"") == here:
            listed = True
            _match(result, each, item)
            each.step()
    if item.outcome.value in READ and not item.decoded:
        result.items, result.size = result.items + 1, result.size + (item.size or 0)
    if not listed:
        content = _content(item.digests.get("sha256"), item.size)
        result.extra.append((item.name, content, (item.outcome.value, item.target)))


def _skip_withheld(result: Comparison, each: SealedList) -> None:
    while each.at is not None and each.at.path is None:
        result.withheld += 1
        each.step()


def _content(sha256: str | None, size: int | None) -> tuple[str, int] | None:
    return (sha256, size) if sha256 is not None and size is not None else None


def _absent(result: Comparison, each: SealedList, here: tuple[bytes, ...] = ()) -> None:
    """Note that what is next in a list is not there; `here` is the item that is there instead."""
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
    elif result.copied:
        result.add("not-carried", entry.path, f"sealed as {entry.public.outcome}")
    elif not (entry.public.outcome == _EMPTY and _lies_in(here, entry.path)):
        target = entry.private.target if entry.private else None
        result.lost.append((entry.path, (entry.public.outcome, target)))


def _lies_in(here: tuple[bytes, ...], folder: bytes) -> bool:
    """Whether a name lies in a folder: what is in it is named for itself."""
    way = () if folder == b"." else key(folder)
    return bool(here) and here[: len(way)] == way


def _match(result: Comparison, each: SealedList, item: Item) -> None:
    sealed = each.at.public if each.at else None
    if sealed is None:
        result.withheld += 1
    elif sealed.decoded:
        _sealed_media(result, each, item.name, sealed, item)
    elif sealed.outcome not in READ:
        if sealed.outcome not in _TRIED and sealed.outcome != item.outcome.value:
            result.add("content-changed", item.name, f"was {sealed.outcome}, now {item.outcome.value}")
        elif item.target != (each.at.private.target if each.at and each.at.private else None):
            result.add("content-changed", item.name, "the link points elsewhere now")
    elif item.outcome in _UNSOUND:
        result.add(_UNSOUND[item.outcome], item.name, item.reason or "", Trouble(size=sealed.size or 0))
    elif item.outcome.value not in READ:
        result.add("content-changed", item.name, f"now {item.outcome.value}")
    else:
        _contents(result, each, sealed, item)


def _sealed_media(result: Comparison, each: SealedList, path: bytes, sealed: Public, now: Item | None) -> None:
    """Note the media of an image; they are judged once all parts of the image have been seen."""
    pieces = each.pieces_for(sealed)
    touched = any((id(each), number) in result.altered for number in sealed.segments)
    kept = tuple(pieces) if touched or now is not None or result.decodes_all else ()
    result.images.append(SealedMedia(path=path, sealed=sealed, pieces=kept, source=id(each), now=now))


def _images(result: Comparison, decode: Decode | None) -> None:
    """Judge the media inside images, and then the containers that changed (M4)."""
    for image in result.images:
        parts = [result.altered.pop((image.source, number), None) for number in image.sealed.segments]
        altered = [part for part in parts if part is not None]
        sealed_media = image.sealed.outcome in READ
        decoded = bool(altered) or image.now is not None or (result.decodes_all and sealed_media)
        same = _media(result, image, decode) if decoded else None
        result.undecoded += sealed_media and not decoded
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
    result.compared += 1
    pieces = each.pieces_for(sealed) if item.pieces is not None else []
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
    """What was not listed and what was listed and is not there, held against each other."""
    composed = {(content, _composed(name)): name for content, names in result.missing.items() for name in names}
    lost = {(kind, _composed(name)): name for name, kind in result.lost}
    for name, content, kind in result.extra:
        old = result.missing.get(content, []) if content is not None else []
        if content is not None and composed.get((content, _composed(name))) in old:
            old.remove(composed[content, _composed(name)])
            result.add("name-recomposed", name)
        elif old:
            result.add("content-renamed", name, f"sealed as {shown(old.pop(0))}")
        elif lost.pop((kind, _composed(name)), None) is not None:
            result.add("name-recomposed", name)
        else:
            result.add("content-extra", name)
    for names in result.missing.values():
        for name in names:
            result.add("content-missing", name, trouble=Trouble())
    for ((outcome, _), _), name in lost.items():
        code = "folder-missing" if outcome == _EMPTY else "content-missing"
        result.add(code, name, f"sealed as {outcome}")


def _composed(name: bytes) -> bytes:
    """A name as Unicode composes it: file systems may store it otherwise."""
    try:
        return unicodedata.normalize("NFC", name.decode()).encode()
    except UnicodeDecodeError:
        return name
