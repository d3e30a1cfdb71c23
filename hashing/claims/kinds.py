"""Judges which tool wrote a log, by the first of its lines that only one tool writes."""

import re
from collections.abc import Callable, Iterable, Iterator

from hashing.claims import dc3dd, dcfldd, ewf, ftk, guymager, hashdeep, lists, ufd
from hashing.claims.lines import text_of
from hashing.claims.saying import Said

Reader = Callable[[Iterable[bytes]], Iterator[Said]]

_GUYMAGER = re.compile(r"GUYMAGER ACQUISITION INFO FILE")
_FTK = re.compile(r"Created By .{1,40}FTK.{0,6} Imager.*|Acquired using: .+|\[Computed Hashes\]")
_TROUBLE = re.compile(r"Sector validation errors:|Errors reading device:")
_SIGNS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (_GUYMAGER, guymager.read),
    (_FTK, ftk.read),
    (dc3dd.BANNER, dc3dd.read),
    (ewf.BANNER, ewf.read),
    (ewf.DIGEST, ewf.read),
    (_TROUBLE, ewf.read),
    (dcfldd.TOTAL, dcfldd.read),
    (dcfldd.WINDOW, dcfldd.read),
)
_MOST_LINES = 2000
_MOST_LETTERS = 1000
"""A longer line is no sign of anything but a list."""


def reader_of(head: bytes) -> Reader | None:
    """What reads a log that begins like this, or None where no tool is recognised."""
    for line in head.split(b"\n", _MOST_LINES)[:_MOST_LINES]:
        if reader := _reader_by(line.removesuffix(b"\r")):
            return reader
    return None


def _reader_by(line: bytes) -> Reader | None:
    if line.startswith(hashdeep.HEAD):
        return hashdeep.read
    if lists.is_line(line):
        return lists.read
    text = text_of(line[:_MOST_LETTERS]).strip()
    for sign, reader in _SIGNS:
        if sign.fullmatch(text):
            return reader
    section = ufd.SECTION.fullmatch(text)
    return ufd.read if section and ufd.plain_section(section[1]) in ufd.KNOWN_SECTIONS else None
