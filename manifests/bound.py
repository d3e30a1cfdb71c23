"""What a manifest binds: lists and logs that lie beside it, and numbers of what they hold."""

from typing import Annotated

import msgspec

from manifests.digest import Digest
from manifests.names import Name
from manifests.shapes import Closed, Count, Text


class Bound(Closed, frozen=True, kw_only=True):
    """A list that lies beside the record: identity of its bytes and number of its lines."""

    sha256: Digest
    count: Count


class BoundTree(Bound, frozen=True, kw_only=True):
    root: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
    """Merkle root of the entries' leaves, RFC 9162."""


class NotMeasured(Closed, frozen=True, kw_only=True):
    outcome: Name
    count: Count


class Decoded(Closed, frozen=True, kw_only=True):
    """The media inside disk images that were measured too."""

    images: Count
    bytes: Count


class Unread(Closed, frozen=True, kw_only=True):
    """What of a log was not read as a claim (L3)."""

    why: Name
    count: Count


class BoundLog(Closed, frozen=True, kw_only=True):
    """A log of another tool that lies beside the record, and what became of its claims (L3)."""

    sha256: Digest
    bytes: Count
    tool: Text
    version: Text | None = None
    claims: Count
    same: Count
    differs: Count
    not_checked: Count
    unread: tuple[Unread, ...] = ()
    bad_sectors: Count | None = None
    """How many sectors it states as not read while acquiring (L3)."""
    bad_ranges: tuple[tuple[Count, Count], ...] = ()
    """Which: first sector and number of sectors, as far as it says so."""
