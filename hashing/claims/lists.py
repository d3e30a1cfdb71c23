"""Reads plain lists of digests and names, as md5deep, md5sum, sha256sum and their like write them.

    DIGEST  NAME      DIGEST *NAME      SIZE  DIGEST  NAME      DIGEST,NAME      ALGORITHM (NAME) = DIGEST

All their digests are of the bytes of one file: file. Only the last form names its algorithm. In the others it is
taken from the number of digits, and `where` says so: another tool (b2sum, whirlpooldeep, b3sum) writes lists that
look the same, so that whoever compares must see that some line fits. A leading backslash means that the name is
escaped. A name that begins as paths on Windows do gets slashes; in any other a backslash is part of the name.

`DIGEST,NAME` has two columns, and the name may hold commas. A table of more columns, one of them a further digest
(as of ILook), is not understood: its digests are counted, and a file of nothing else is no list.
"""

import re
from collections.abc import Iterable, Iterator

from hashing.claims.lines import ALGORITHMS, BY_LENGTH, like_a_digest, slashed_name
from hashing.claims.saying import FILE, LIST, LeftOut, LogTool, Said, Statement, Why, fits

UNTAGGED = re.compile(rb"(\\?)(?: {0,12}[0-9]{1,20}  )?((?:[0-9A-Fa-f]{8}){4,16})(?: [ *]|,)(.+)", re.DOTALL)
TAGGED = re.compile(rb"(\\?)([A-Za-z][A-Za-z0-9/_-]{1,24}) ?\((.+)\) ?= ([0-9A-Fa-f]{32,256})", re.DOTALL)
_CELL = re.compile(rb"""[ "']*(?:[0-9A-Fa-f]{8}){4,16}[ "']*""")
_ESCAPED = re.compile(rb"\\(.?)", re.DOTALL)
_ESCAPES = {b"\\": b"\\", b"n": b"\n", b"r": b"\r"}


def read(lines: Iterable[bytes]) -> Iterator[Said]:
    """What the list says."""
    yield LogTool(LIST)
    for number, line in enumerate(lines, 1):
        if is_table(line):
            yield LeftOut(Why.NOT_UNDERSTOOD)
        elif found := UNTAGGED.fullmatch(line):
            escaped, digits, name = found.groups()
            algorithm = BY_LENGTH.get(len(digits))
            where = f"line {number}, {len(digits)} digits"
            yield _statement(escaped, algorithm, digits, name, where)
        elif found := TAGGED.fullmatch(line):
            escaped, tag, name, digits = found.groups()
            yield _statement(escaped, ALGORITHMS.get(tag.decode().lower()), digits, name, f"line {number}")
        elif like_a_digest(line):
            yield LeftOut(Why.NOT_UNDERSTOOD)
        elif line.strip() and not line.startswith((b"#", b";")):
            yield LeftOut(Why.OTHER_LINES)


def is_line(line: bytes) -> bool:
    """Whether a line is one that such a list holds."""
    return not is_table(line) and bool(UNTAGGED.fullmatch(line) or TAGGED.fullmatch(line))


def is_table(line: bytes) -> bool:
    """Whether a line has more than two columns between commas, and a digest in more than the first."""
    return line.count(b",") > 1 and UNTAGGED.fullmatch(line) is not None and _digests_in(line) > 1


def _digests_in(line: bytes) -> int:
    return sum(_CELL.fullmatch(cell) is not None for cell in line.split(b","))


def _statement(escaped: bytes, algorithm: str | None, digits: bytes, name: bytes, where: str) -> Said:
    if algorithm is None:
        return LeftOut(Why.OTHER_ALGORITHM)
    digest = digits.decode().lower()
    unescaped = _unescaped(name) if escaped else name
    if not fits(algorithm, digest) or unescaped is None:
        return LeftOut(Why.NOT_UNDERSTOOD)
    return Statement(FILE, algorithm, digest, unescaped if escaped else slashed_name(unescaped), where)


def _unescaped(name: bytes) -> bytes | None:
    """The name behind its escapes, or None if one of them is unknown."""
    if any(found[1] not in _ESCAPES for found in _ESCAPED.finditer(name)):
        return None
    return _ESCAPED.sub(lambda found: _ESCAPES[found[1]], name)
