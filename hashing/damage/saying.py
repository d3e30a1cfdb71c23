"""What the processes that look at damage answer, as values; nothing of it is a fact before it has been checked."""

from dataclasses import dataclass

from hashing.damage.spans import Span

HELD, OTHER, ALIKE, CHANGED, UNREAD = "h", "o", "a", "c", "u"
"""Of one span: the copy holds the sealed bytes; it holds neither those nor the first's; it holds what the first
holds; one of the two is not what was measured; the copy cannot be read there."""
STATES = (HELD, OTHER, ALIKE, CHANGED, UNREAD)

FILE, FOLDER, DELETED, SLACK = "file", "folder", "deleted", "slack"
STRUCTURES, FREE, OUTSIDE, UNREADABLE, UNKNOWN = "structures", "free", "outside", "unread", "not-known"
KINDS = (FILE, FOLDER, DELETED, SLACK, STRUCTURES, FREE, OUTSIDE, UNREADABLE, UNKNOWN)
NAMED = (FILE, FOLDER, DELETED, SLACK, STRUCTURES)
"""The kinds that may have a name."""
MOST_FOUND = 100
"""Places that are named."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One span to compare, and what its digest must be, in hexadecimal."""

    span: Span
    sealed: str
    measured: str
    """Of the first, as measured before; nothing where it was not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """What comparing some spans led to."""

    states: str = ""
    """One letter of STATES for each span."""
    spans: tuple[Span, ...] = ()
    """Where the two differ: in the spans that are HELD, or, where none is, in those that are OTHER."""
    differing: int = 0
    failed: str = ""
    """Why there is no answer, in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DamagePlace:
    """What lies in some of the damaged bytes."""

    kind: str
    """One of KINDS."""
    volume: int = 0
    """Number of the partition; 0: the whole medium."""
    path: str = ""
    """As the file system has it: hostile."""
    size: int = 0
    """How many of the bytes lie in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lying:
    """What lies in the damaged bytes of one medium."""

    found: tuple[DamagePlace, ...] = ()
    more: int = 0
    """Places beyond those that are named."""
    systems: tuple[str, ...] = ()
    """The file systems that were read."""
    left: str = ""
    """What was not looked at, and why, in words."""
