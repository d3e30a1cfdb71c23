"""What measuring finds out: one Item for everything that is there, whether it could be read or not.

Values only; nothing here touches a disk.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hashing.sizes import PIECE_SIZE, PIECES_ABOVE

__all__ = ["PIECES_ABOVE", "PIECE_SIZE", "Description", "Item", "Outcome", "Pieces"]


class Outcome(enum.StrEnum):
    """What became of one item; only MEASURED vouches for its bytes, PARTIAL for all but its unreadable ranges."""

    MEASURED = "measured"
    PARTIAL = "partial"
    CHANGED = "changed-while-read"
    UNREADABLE = "unreadable"
    LINK = "link"
    FIFO = "fifo"
    SOCKET = "socket"
    DEVICE = "device"
    EMPTY_FOLDER = "empty-folder"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """What a file says about itself: claims of the file, not facts."""

    media_type: str | None
    """As libmagic judges the content, such as image/jpeg."""
    metadata: Mapping[str, str]
    """Allow-listed tags, `group:tag` to text; may hold any character but is valid Unicode."""
    not_examined: str | None
    """Why the description is missing or incomplete."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pieces:
    """BLAKE3 digests of the consecutive pieces of a file; the last piece may be shorter."""

    size: int
    """Bytes of one piece."""
    digests: bytes
    """32 bytes a piece, in order."""


class Item(NamedTuple):
    """One thing found: a file, or something else that has a name. A tuple, because there may be millions."""

    name: bytes
    """Relative, b"/" between components, never absolute; b"." for the folder itself."""
    outcome: Outcome
    reason: str | None
    """In words, whenever the outcome is not MEASURED."""
    size: int | None
    """Bytes; of a changed file, the bytes that were read and hashed."""
    digests: Mapping[str, str]
    """Algorithm to lower-case hexadecimal; of a changed file, over what was read."""
    modified: int | None
    """st_mtime_ns: nanoseconds since 1970-01-01T00:00:00Z."""
    pieces: Pieces | None
    description: Description | None
    marks: bytes | None = None
    """By what a later change would show (hashing.reading.marks_of); only of a measured file, and where asked for."""
    decoded: str | None = None
    """Of the media inside an image: the format it was decoded from, like ewf."""
    segments: tuple[int, ...] = ()
    """Of the media inside an image: the numbers of the items that hold it, in order."""
    claimed: Mapping[str, str] = {}
    """Digests that an image's container states of its media; claims, not facts."""
    unreadable: tuple[tuple[int, int], ...] = ()
    """Offset and length, in bytes, of what could not be read and counts as zeros; in order, apart."""
    target: str | None = None
    """Of a link: the SHA-256 of where it points to, the bytes as they stand in it; nothing is followed."""
    gaps: tuple[tuple[int, int], ...] = ()
    """Of the media inside an image: offset and length of what its container states as not read when it was made."""
