"""The code that an officer writes into the paper register for each record (docs/spec/record.md, R7)."""

import base64
from collections.abc import Iterable
from typing import NamedTuple

from manifests.digest import raw
from manifests.errors import UsageError

LONG, SHORT = 26, 16
"""Letters of a code, and of its beginning, which was all of it before; five bits each."""
MISWRITTEN = 2
"""Letters by which a code may differ from a record's and still be taken for that code, written wrongly."""
_KINDLY = str.maketrans("018", "OIB")
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_HINT = "a code is like 7F3K-92QD-M4TX-8HAW-Q2LC-5VRE-ZA: 26 letters and digits, or the first 16 of them"


class Coded(NamedTuple):
    """A record as a code names it."""

    name: str
    digest: str


class CodeMatch(NamedTuple):
    """What a code was found to be; all None where it is that of no record, nor like one."""

    same: Coded | None = None
    nearly: Coded | None = None
    """It differs from this record's by no more than a slip of the pen."""
    differing: int = 0


def paper_code(digest: str) -> str:
    """The first 130 bits of an identity in base32, in groups of four."""
    text = _letters(digest)
    return "-".join(text[at : at + 4] for at in range(0, LONG, 4))


def _letters(digest: str) -> str:
    return base64.b32encode(raw(digest)).decode("ascii")[:LONG]


def read_code(written: str) -> str:
    """The letters of a code as somebody copied it; raises UsageError where it is none.

    Case, blanks and hyphens do not count. Base32 has no 0, 1 or 8: what looks like them is read as O, I and B.
    """
    plain = "".join(written.split()).replace("-", "").upper().translate(_KINDLY)
    if not plain:
        raise UsageError("the code is empty", _HINT)
    if wrong := next((letter for letter in plain if letter not in _LETTERS), None):
        raise UsageError(f"not a code: no code holds {wrong!r}", _HINT)
    if len(plain) not in (LONG, SHORT):
        raise UsageError(f"not a code: it has {len(plain)} letters", _HINT)
    return plain


def match_code(letters: str, records: Iterable[Coded]) -> CodeMatch:
    """The record whose code these letters are, or the one whose code they nearly are."""
    nearest = CodeMatch()
    for each in records:
        other = _letters(each.digest)[: len(letters)]
        differing = sum(one != two for one, two in zip(letters, other, strict=True))
        if not differing:
            return CodeMatch(same=each)
        if differing <= MISWRITTEN and (nearest.nearly is None or differing < nearest.differing):
            nearest = CodeMatch(nearly=each, differing=differing)
    return nearest


def strength(letters: str) -> str:
    """What the equality of so many letters shows, in words."""
    if len(letters) == LONG:
        return "26 letters compared: 130 bits"
    return "only 16 letters compared: 80 bits, enough against a stranger, not against whoever signed the record"
