"""Where an item is not what was sealed, what a second copy holds there, which files lie there (docs/spec/damage.md).

Values and words only; the bytes are read elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from hashing.damage.saying import (
    DELETED,
    FILE,
    FOLDER,
    FREE,
    OUTSIDE,
    SLACK,
    STRUCTURES,
    UNKNOWN,
    UNREADABLE,
    DamagePlace,
    Lying,
    Part,
)
from hashing.damage.spans import Span, joined, total, without
from hashing.items import PIECE_SIZE, Item

if TYPE_CHECKING:
    from manifests.entry import Public
    from manifests.pieces import Piece

MOST_PARTS = 4096
"""Pieces of one exhibit that are read again in both copies (D3)."""
SHOWN = 5
"""Ranges, and places, that stand in the words of a finding; JSON has them all."""

SEALED, IN_PART, NOT_SEALED, MISSING = "sealed", "sealed-in-part", "not-sealed", "missing"
UNREAD, SAME_FILE, CHANGED, DIFFERS = "unreadable", "same-file", "changed", "differs"


class Trouble(NamedTuple):
    """One item that is not what was sealed, for a closer look; `finding` is its place among the findings."""

    finding: int = -1
    path: bytes = b""
    size: int = 0
    """Bytes, as sealed."""
    pieces: tuple[Span, ...] = ()
    """Those that differ, or could not be read, neighbours joined; nothing where the item has none."""
    parts: tuple[Part, ...] = ()
    """What of it to read again, and what the digests must be; nothing where it is only looked up."""
    whole: bool = True
    """Whether the one part is the whole item, by SHA-256; else they are pieces, by BLAKE3."""
    masked: tuple[Span, ...] = ()
    """What could not be read when it was sealed, and counts as zeros."""
    decoded: bool = False
    """Whether it is the media inside an image."""
    container: bool = False
    """Whether it is a part of an image whose media are looked at for themselves."""
    unread: bool = False
    """Whether `pieces` are what cannot be read now, exactly."""
    readable: bool = False
    """Whether there is something of it to read now."""


@dataclass(frozen=True, kw_only=True)
class Damage:
    """What is known of one damaged item (D1, D3, D4)."""

    pieces: tuple[Span, ...] = ()
    unread: bool = False
    """Whether `pieces` are what cannot be read now, exactly."""
    copy: str | None = None
    """One of the words of D3; None: no copy was compared."""
    reason: str = ""
    """Why the copy could not be compared."""
    held: tuple[Span, ...] = ()
    alike: bool | None = None
    bytes: tuple[Span, ...] = ()
    differing: int = 0
    rest: bool = False
    """Whether pieces beyond those that were read again are only named."""
    files: Lying | None = None
    read: str = ""
    """What the file systems were read from: `copy` or `media`."""

    @property
    def is_exact(self) -> bool:
        """Whether `places` is where the damage is, and no more: the copy is sound everywhere, or is all there is."""
        return self.unread or (bool(self.bytes) and not self.rest and self.copy in (SEALED, DIFFERS))

    def places(self, read: Sequence[Span]) -> list[Span]:
        """Where the damage lies, as exactly as it is known; `read` are the spans that were compared."""
        if self.copy not in (SEALED, IN_PART, DIFFERS) or not self.bytes:
            return list(self.pieces)
        if self.unread:
            return joined([*self.bytes, *self.pieces])
        known = self.held if self.copy == IN_PART else read
        return joined([*self.bytes, *without(self.pieces, joined(known))])


def parts_of(sealed: "Public", pieces: "Sequence[Piece]", now: Item | None, room: int) -> tuple[tuple[Part, ...], bool]:
    """What of a damaged item to read again, `room` pieces at most, and whether it is the whole item."""
    if now is None or now.size is None or sealed.size is None:
        return (), True
    if pieces and now.pieces is not None:
        return tuple(_damaged_parts(pieces, now.pieces.digests, now.size, now.pieces.size))[:room], False
    size = max(sealed.size, now.size)
    if not 0 < size <= room * PIECE_SIZE:
        return (), True
    whole = Part(span=(0, size), sealed=sealed.digests.get("sha256", ""), measured=now.digests.get("sha256", ""))
    return ((whole,) if whole.sealed else ()), True


def _damaged_parts(pieces: "Sequence[Piece]", digests: bytes, size: int, step: int) -> list[Part]:
    found = []
    for index, piece in enumerate(pieces):
        now = digests[index * 32 : index * 32 + 32].hex()
        if now != piece.blake3:
            length = max(piece.length, min(step, size - piece.offset))  # of a longer item, what was read as this piece
            found.append(Part(span=(piece.offset, length), sealed=piece.blake3, measured=now))
    return found


def touching(parts: Sequence[Part], spans: Sequence[Span]) -> tuple[Part, ...]:
    """Those parts that share bytes with some spans."""
    return tuple(p for p in parts if any(p.span[0] < sum(s) and s[0] < sum(p.span) for s in spans))


# --- in words ------------------------------------------------------------


def ranges(spans: Sequence[Span]) -> str:
    """The first few ranges in words."""
    first = ", ".join(
        f"bytes {start} to {start + length - 1}" if length > 1 else f"byte {start}" for start, length in spans[:SHOWN]
    )
    return first + (" and more" if len(spans) > SHOWN else "")


def bytes_in(spans: Sequence[Span]) -> str:
    """How many bytes some ranges are, and the first few of them."""
    return f"{total(spans)} bytes in {len(spans)} {'range' if len(spans) == 1 else 'ranges'}, {ranges(spans)},"


def words(damage: Damage) -> str:
    """What is known beyond the damaged pieces, in words; nothing where nothing is."""
    parts = [_of_copy(damage)] if damage.copy else []
    if damage.files is not None:
        parts += [_of_files(damage, damage.files)]
    return "; ".join(each for each in parts if each)


def _of_copy(damage: Damage) -> str:
    some = " (only some of the pieces were read again)" if damage.rest else ""
    if damage.copy == SEALED:
        holds = "holds the sealed bytes there" if damage.pieces else "holds it as it was sealed"
        return f"the second copy {holds}{_apart(damage)}{some}"
    if damage.copy == IN_PART:
        held = f"the second copy holds the sealed bytes within {ranges(damage.held)}, and not in the other pieces"
        return f"{held}{_apart(damage)}{some}"
    if damage.copy == NOT_SEALED:
        if damage.alike:
            return f"the second copy does not hold the sealed bytes either, and is like this one{some}"
        return f"the second copy does not hold the sealed bytes either, and is not like this one{_apart(damage)}{some}"
    return {
        MISSING: "the second copy does not have it",
        UNREAD: f"the second copy could not be read there{f' ({damage.reason})' if damage.reason else ''}",
        SAME_FILE: "the second copy is the same file, and says nothing",
        CHANGED: "one of the two copies changed while they were compared, so no bytes are named",
        DIFFERS: _apart(damage).removeprefix(": "),
    }.get(damage.copy or "", "")


def _apart(damage: Damage) -> str:
    if not damage.bytes:
        return ""
    many = "1 byte differs" if damage.differing == 1 else f"{damage.differing} bytes differ"
    return f": {many}, {ranges(damage.bytes)}"


def _of_files(damage: Damage, lying: Lying) -> str:
    """Which files lie there: they do where the bytes are known, they may where only pieces are."""
    ordered = sorted(lying.found, key=lambda each: _ORDER.index(each.kind))
    told = [_place(each, damage.read == "copy") for each in ordered[:SHOWN]]
    if more := max(0, len(lying.found) - SHOWN) + lying.more:
        told.append(f"{more} more")
    left = f"not looked at: {lying.left}" if lying.left else ""
    if not told:
        return left
    if not lying.systems and all(each.kind == UNREADABLE for each in lying.found):
        return "which files lie there is not known: no file system that can be read" + (f"; {left}" if left else "")
    source = "the second copy" if damage.read == "copy" else "the first copy" if damage.copy else "the damaged media"
    systems = ", ".join(lying.systems)
    read = f" ({systems}, read from {source})" if systems else ""
    verb = "they lie in" if damage.is_exact else "what differs may lie in"
    return f"{verb} {', '.join(told)}{read}" + (f"; {left}" if left else "")


_ORDER = (FILE, DELETED, FOLDER, STRUCTURES, FREE, SLACK, OUTSIDE, UNREADABLE, UNKNOWN)
"""Files first: they are what is looked for."""
_PLACES = {
    FREE: "free space",
    OUTSIDE: "no partition",
    UNREADABLE: "what holds no file system that can be read",
    UNKNOWN: "no file that was found",
}


def _place(place: DamagePlace, sound: bool) -> str:
    """One place in words."""
    path = place.path or "the root folder"
    part = f" of partition {place.volume}" if place.volume else ""
    if place.kind == STRUCTURES:
        if place.path:
            return f"{place.path}{part} (the file system's own)"
        own = "the file system's own structures"
        return own + part if sound else f"{own}{part} (or a file that it no longer names)"
    words = {
        FILE: path,
        FOLDER: f"the folder {path}" if place.path else path,
        DELETED: f"{path} (deleted)",
        SLACK: f"the last block of {path} behind its end",
    }.get(place.kind) or _PLACES[place.kind]
    return words + part
