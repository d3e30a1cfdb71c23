"""Reads the lists of hashdeep (`%%%% HASHDEEP-1.0`): one line a file, its digests in columns that the head names.

All its digests are of the bytes of one file: file. A name stands as hashdeep wrote it, also one with a line break,
which hashdeep does not escape: the rest of such a name is counted among the lines that were not understood.
Where the list was made on Windows, names get slashes.
"""

import re
from collections.abc import Iterable, Iterator

from hashing.claims.lines import ALGORITHMS, is_of_windows, like_a_digest, slashed_name
from hashing.claims.saying import FILE, HASHDEEP, Fact, LeftOut, LogTool, Said, Statement, Why
from hashing.digests import SIZES

HEAD = b"%%%% HASHDEEP-"
_COLUMNS = re.compile(rb"%%%% size,([a-z0-9,-]{1,200}),filename")


def read(lines: Iterable[bytes]) -> Iterator[Said]:
    """What the list says."""
    yield LogTool(HASHDEEP)
    form: _Form | None = None
    windows = False
    for number, line in enumerate(lines, 1):
        if form and (found := form.record.fullmatch(line)):
            yield from form.claims(found, windows, f"line {number}")
        elif found := _COLUMNS.fullmatch(line):
            form = _Form(found[1].decode().split(","))
        elif line.startswith(b"## Invoked from: "):
            folder = line.removeprefix(b"## Invoked from: ")
            windows = is_of_windows(folder)
            yield Fact("folder", folder.decode("utf-8", "replace"))
        elif line.startswith(b"## "):
            yield Fact("command-line", line.decode("utf-8", "replace").lstrip("#$> "))
        elif line and not line.startswith(HEAD):
            yield LeftOut(Why.NOT_UNDERSTOOD if like_a_digest(line) else Why.OTHER_LINES)


class _Form:
    """The columns of a list."""

    def __init__(self, columns: list[str]) -> None:
        self._columns = [(at, ALGORITHMS[name]) for at, name in enumerate(columns, 1) if name in ALGORITHMS]
        self._others = len(columns) - len(self._columns)
        cells = ",".join(_cell(name) for name in columns)
        self.record = re.compile(f"[0-9]{{1,20}},{cells},(.+)".encode(), re.DOTALL)
        """A line of the list; only the last column, the name, may hold commas."""

    def claims(self, found: re.Match[bytes], windows: bool, where: str) -> Iterator[Said]:
        """The digests of one file."""
        *cells, name = found.groups()
        name = name.replace(b"\\", b"/") if windows else slashed_name(name)
        for at, algorithm in self._columns:
            yield Statement(FILE, algorithm, cells[at - 1].decode().lower(), name, where)
        if self._others:
            yield LeftOut(Why.OTHER_ALGORITHM, self._others)


def _cell(column: str) -> str:
    """What stands in a column."""
    algorithm = ALGORITHMS.get(column)
    return f"([0-9A-Fa-f]{{{2 * SIZES[algorithm]}}})" if algorithm else "([0-9A-Za-z]{0,256})"
