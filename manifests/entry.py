"""One line of the list of what was measured, as values (docs/spec/entries.md, E1 to E3)."""

import base64
from dataclasses import dataclass
from typing import Annotated

import msgspec

from hashing.items import Outcome
from manifests.digest import Hex32
from manifests.names import Name
from manifests.shapes import Closed, Count, Text
from manifests.times import Time

Hexadecimal = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32,128}$(?!\n)", max_length=128)]


READ = (Outcome.MEASURED.value, Outcome.PARTIAL.value)
"""The outcomes of what has a size and digests that count."""


class Public(Closed, frozen=True, kw_only=True):
    """What may be shown to anyone who may see the list."""

    item: Count
    outcome: Name
    reason: Text | None = None
    size: Count | None = None
    digests: dict[Name, Hexadecimal] = {}
    media_type: Text | None = None
    not_examined: Text | None = None
    decoded: Name | None = None
    segments: tuple[Count, ...] = ()
    claimed: dict[Name, Hexadecimal] = {}
    unreadable: tuple[tuple[Count, Count], ...] = ()
    gaps: tuple[tuple[Count, Count], ...] = ()
    """What the container states as not read when it was made (M3)."""
    pieces: Hex32 | None = None
    """The root over the BLAKE3 digests of its pieces (E7)."""


class Private(Closed, frozen=True, kw_only=True):
    """Names and metadata, which may identify a victim."""

    path: str | None = None
    path_b64: str | None = None
    modified: Time | None = None
    target: Hex32 | None = None
    """Of a link: the SHA-256 of where it points to (E5)."""
    metadata: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line as read: its leaf, and what of it is shown."""

    leaf: bytes
    public: Public | None
    private: Private | None

    @property
    def path(self) -> bytes | None:
        """The item's name as bytes, or None where it is withheld."""
        if self.private is None:
            return None
        if self.private.path_b64 is not None:
            return base64.b64decode(self.private.path_b64)
        return (self.private.path or "").encode()
