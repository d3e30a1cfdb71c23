"""Reads the logs of dc3dd (`log=`, `hlog=`, and what it prints). It appends: a log may hold several runs.

How its lines are mapped, and why:

- digests under `input results for device` or `file` were made of the data as they were read: source-device.
- digests under `output results for file` were made of the output as it was read back (`hof=`): stored-image.
  Under `files` (`hofs=`) they are of all parts in a row, under `device` of what was copied onto another device:
  decoded-media.
- digests with a range of sectors and the name of a part are of that part as it is stored: file.
- digests with a range of sectors alone, of a pattern, and `device total`, which covers more than was copied, are of
  parts of the data or of other data: counted, never compared.
"""

import re
from collections.abc import Iterable, Iterator

from hashing.claims.lines import ALGORITHMS, like_a_digest, text_of
from hashing.claims.saying import (
    DC3DD,
    DECODED,
    FILE,
    SOURCE,
    STORED,
    Fact,
    LeftOut,
    LogTool,
    Said,
    Statement,
    Why,
    fits,
    words,
)

BANNER = re.compile(r"dc3dd (\S{1,40}) started at (.+)")
_RESULTS = re.compile(r"(input|output) results for (device|file|files|pattern) `(.+)':")
_DIGEST = re.compile(r"\s+(\[..\] )?([0-9A-Fa-f]+) \((device total )?(md5|sha1|sha256|sha512)\)")
_PIECE = re.compile(r"\s+(\[..\] )?([0-9A-Fa-f]+), sectors [0-9]+ - [0-9]+(?:, `(.+)')?")
_FIELD = re.compile(r"(command line|device size|sector size): (.+)")
_FIELDS = {"command line": "command-line", "device size": "source-size", "sector size": "sector-size"}
_END = re.compile(r"dc3dd (completed|aborted|failed) at (.+)")
_SCOPES = {
    ("input", "device"): SOURCE,
    ("input", "file"): SOURCE,
    ("output", "device"): DECODED,
    ("output", "file"): STORED,
    ("output", "files"): DECODED,
}
_NAMED = {SOURCE: "source", STORED: "image", DECODED: "image"}


def read(lines: Iterable[bytes]) -> Iterator[Said]:
    """What the log says."""
    log = _Log()
    for line in lines:
        yield from log.said(text_of(line).rstrip(), line)


class _Log:
    """The log, as far as it has been read."""

    def __init__(self) -> None:
        self._scope: str | None = None
        """Of the digests that follow; None where they are not compared."""
        self._name = b""
        self._words = ""
        self._algorithm = ""

    def said(self, text: str, line: bytes) -> Iterator[Said]:
        """What one line says."""
        if results := _RESULTS.fullmatch(text):
            yield from self._results(results, text)
        elif digest := _DIGEST.fullmatch(text):
            yield self._digest(digest, text)
        elif piece := _PIECE.fullmatch(text):
            yield self._piece(piece, text)
        else:
            yield from self._other(text, line)

    def _results(self, found: re.Match[str], text: str) -> Iterator[Said]:
        self._scope = _SCOPES.get((found[1], found[2]))
        self._name, self._words = found[3].encode(), text
        if self._scope:
            yield Fact(_NAMED[self._scope], found[3])

    def _digest(self, found: re.Match[str], text: str) -> Said:
        digest, self._algorithm = found[2].lower(), ALGORITHMS[found[4]]
        if not fits(self._algorithm, digest):
            return LeftOut(Why.NOT_UNDERSTOOD)
        if self._scope is None or found[3]:
            return LeftOut(Why.PARTS)
        return Statement(self._scope, self._algorithm, digest, self._name, words(self._words, text))

    def _piece(self, found: re.Match[str], text: str) -> Said:
        """A range of sectors; its algorithm is that of the digest above it."""
        digest = found[2].lower()
        if not self._algorithm or not fits(self._algorithm, digest):
            return LeftOut(Why.NOT_UNDERSTOOD)
        if not found[3]:
            return LeftOut(Why.PARTS)
        return Statement(FILE, self._algorithm, digest, found[3].encode(), words(text))

    def _other(self, text: str, line: bytes) -> Iterator[Said]:
        if banner := BANNER.fullmatch(text):
            self._scope, self._algorithm = None, ""  # another run
            yield LogTool(DC3DD, banner[1])
            yield Fact("started", banner[2])
        elif end := _END.fullmatch(text):
            yield Fact("finished", end[2])
            yield Fact("state", end[1])
        elif field := _FIELD.fullmatch(text):
            yield Fact(_FIELDS[field[1]], field[2])
        elif "bad sectors replaced" in text:
            yield Fact("bad-sectors", text.strip())
        elif text.startswith("[!!]"):
            yield Fact("errors", text)
        elif like_a_digest(line):
            yield LeftOut(Why.NOT_UNDERSTOOD)
