"""Reads the lists of hashdeep (`%%%% HASHDEEP-1.0`): one line a file, its digests in columns that the head names.

All its digests are of the bytes of one file: file. A name stands as hashdeep wrote it, also one with a line break,
which hashdeep does not escape: the rest of such a name is counted among the lines that were not understood.
Where the list was made on Windows, names get slashes.
"""

import re
from collections.abc import Iterable, Iterator

from hashing.claims.lines import ALGORITHMS
from hashing.claims.saying import FILE, HASHDEEP, Fact, Left, Said, Statement, Tool, Why, fits

HEAD = b"%%%% HASHDEEP-"
_COLUMNS = re.compile(rb"%%%% (size,[a-z0-9,-]{1,200},filename)")
_HEXADECIMAL = re.compile(r"[0-9a-f]+")
_WINDOWS = re.compile(rb"[A-Za-z]:\\|\\\\")


def read(lines: Iterable[bytes]) -> Iterator[Said]:
    """What the list says."""
    yield Tool(HASHDEEP)
    columns: list[str] = []
    windows = False
    for number, line in enumerate(lines, 1):
        if found := _COLUMNS.fullmatch(line):
            columns = found[1].decode().split(",")
        elif line.startswith(b"## Invoked from: "):
            folder = line.removeprefix(b"## Invoked from: ")
            windows = _WINDOWS.match(folder) is not None
            yield Fact("folder", folder.decode("utf-8", "replace"))
        elif line.startswith(b"## "):
            yield Fact("command-line", line.decode("utf-8", "replace").lstrip("#$> "))
        elif line and not line.startswith(HEAD):
            yield from _record(line, columns, windows, f"line {number}")


def _record(line: bytes, columns: list[str], windows: bool, where: str) -> Iterator[Said]:
    """The digests of one file; only the last column, the name, may hold commas."""
    *cells, name = line.split(b",", len(columns) - 1) if columns else (line,)
    if len(cells) != len(columns) - 1 or not name or not cells[0].isdigit():
        yield Left(Why.OTHER_LINES)
        return
    if windows or _WINDOWS.match(name):
        name = name.replace(b"\\", b"/")
    for column, cell in zip(columns[1:-1], cells[1:], strict=True):
        digest = cell.decode("ascii", "replace").lower()
        algorithm = ALGORITHMS.get(column)
        if algorithm is None:
            yield Left(Why.OTHER_ALGORITHM)
        elif fits(algorithm, digest) and _HEXADECIMAL.fullmatch(digest):
            yield Statement(FILE, algorithm, digest, name, where)
        else:
            yield Left(Why.NOT_UNDERSTOOD)
