"""Reads plain lists of digests and names, as md5deep, md5sum, sha256sum and their like write them.

    DIGEST  NAME      DIGEST *NAME      SIZE  DIGEST  NAME      DIGEST,NAME      ALGORITHM (NAME) = DIGEST

All their digests are of the bytes of one file: file. Only the last form names its algorithm. In the others it is
taken from the number of digits, and `where` says so: 64 digits are taken for SHA-256, though a list by another
tool (BLAKE3, SHA3-256) would look the same. A leading backslash means that the name is escaped. A name that begins
as paths on Windows do gets slashes; in any other a backslash is part of the name.
"""

import re
from collections.abc import Iterable, Iterator

from hashing.claims.lines import ALGORITHMS, BY_LENGTH, like_a_digest, slashed_name
from hashing.claims.saying import FILE, LIST, Left, Said, Statement, Tool, Why, fits

UNTAGGED = re.compile(rb"(\\?)(?: {0,12}[0-9]{1,20}  )?((?:[0-9A-Fa-f]{8}){4,16})(?: [ *]|,)(.+)", re.DOTALL)
TAGGED = re.compile(
    rb"(\\?)(MD5|SHA-?1|SHA2?-?256|SHA2?-?384|SHA2?-?512|SHA3-256|BLAKE3) ?\((.+)\) ?= ([0-9A-Fa-f]+)", re.DOTALL
)
_ESCAPED = re.compile(rb"\\(.?)", re.DOTALL)
_ESCAPES = {b"\\": b"\\", b"n": b"\n", b"r": b"\r"}


def read(lines: Iterable[bytes]) -> Iterator[Said]:
    """What the list says."""
    yield Tool(LIST)
    for number, line in enumerate(lines, 1):
        if found := UNTAGGED.fullmatch(line):
            escaped, digits, name = found.groups()
            algorithm = BY_LENGTH.get(len(digits))
            where = f"line {number}, {len(digits)} digits"
            yield _statement(escaped, algorithm, digits, name, where)
        elif found := TAGGED.fullmatch(line):
            escaped, tag, name, digits = found.groups()
            yield _statement(escaped, ALGORITHMS.get(tag.decode().lower()), digits, name, f"line {number}")
        elif like_a_digest(line):
            yield Left(Why.NOT_UNDERSTOOD)
        elif line.strip() and not line.startswith((b"#", b";")):
            yield Left(Why.OTHER_LINES)


def _statement(escaped: bytes, algorithm: str | None, digits: bytes, name: bytes, where: str) -> Said:
    if algorithm is None:
        return Left(Why.OTHER_ALGORITHM)
    digest = digits.decode().lower()
    unescaped = _unescaped(name) if escaped else name
    if not fits(algorithm, digest) or unescaped is None:
        return Left(Why.NOT_UNDERSTOOD)
    return Statement(FILE, algorithm, digest, unescaped if escaped else slashed_name(unescaped), where)


def _unescaped(name: bytes) -> bytes | None:
    """The name behind its escapes, or None if one of them is unknown."""
    if any(found[1] not in _ESCAPES for found in _ESCAPED.finditer(name)):
        return None
    return _ESCAPED.sub(lambda found: _ESCAPES[found[1]], name)
