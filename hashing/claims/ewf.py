"""Reads what ewfacquire, ewfacquirestream, ewfverify and ewfexport print, and the logs of their option `-l`.

How their lines are mapped, and why:

- `MD5 hash calculated over data:` by ewfacquire was made of the data as they came from the source: source-device.
- The same by ewfverify and ewfexport was made of the medium inside the image: decoded-media.
- `MD5 hash stored in file:` is what the tool that acquired wrote into the image, of the data it had read:
  source-device. `N/A` says nothing.

A log of `-l` names no tool. Where it has a stored digest or sectors that failed their checksum it is ewfverify's;
otherwise it is taken for ewfacquire's. ewfexport writes the same lines, and its digest is of the same bytes.
"""

import re
from collections.abc import Iterable, Iterator

from hashing.claims.lines import ALGORITHMS, like_a_digest, text_of
from hashing.claims.saying import (
    DECODED,
    EWFACQUIRE,
    EWFEXPORT,
    EWFVERIFY,
    SOURCE,
    Fact,
    LeftOut,
    LogTool,
    Said,
    Statement,
    Why,
    fits,
    words,
)

BANNER = re.compile(r"(ewfacquire|ewfacquirestream|ewfverify|ewfexport) ([0-9]{8})")
DIGEST = re.compile(r"(MD5|SHA1|SHA256) hash (calculated over data|stored in file):\s*(N/A|[0-9A-Fa-f]+)")
_TOOLS = {"ewfacquire": EWFACQUIRE, "ewfacquirestream": EWFACQUIRE, "ewfverify": EWFVERIFY, "ewfexport": EWFEXPORT}
_RESULT = re.compile(r"ewf[a-z]+: (SUCCESS|FAILURE)")
_MOMENT = re.compile(r"(Acquiry|Acquisition|Verify|Verification|Export) (started|completed) at: (.+)")
_FIELD = re.compile(r"([A-Z][A-Za-z ]{2,40}):\t+(.+)")
_FIELDS = {
    "Image path and filename": "image",
    "Case number": "case-number",
    "Description": "description",
    "Evidence number": "evidence-number",
    "Examiner name": "examiner",
    "Notes": "notes",
    "EWF file format": "image-format",
    "Bus type": "interface",
    "Vendor": "drive-vendor",
    "Model": "drive-model",
    "Serial": "serial-number",
    "Media type": "media-type",
    "Media size": "source-size",
    "Size": "source-size",
    "Bytes per sector": "sector-size",
}
_TROUBLE = ("Errors reading device:", "Read errors during export:", "Read errors:", "Sector validation errors:")
_MOST_RANGES = 200


def read(lines: Iterable[bytes]) -> Iterator[Said]:
    """What the tool printed; several runs may stand one behind the other."""
    run = _Run()
    for line in lines:
        yield from run.said(text_of(line).rstrip(), line)
    yield from run.end()


class _Run:
    """What a run prints, from its banner on where there is one."""

    def __init__(self) -> None:
        self._tool = ""
        self._ranges: list[str] = []
        self._in_ranges = False

    def said(self, text: str, line: bytes) -> Iterator[Said]:
        """What one line says."""
        if text.startswith(_TROUBLE):
            yield from self._named(EWFVERIFY if text.startswith("Sector") else EWFACQUIRE)
            self._in_ranges = True
        elif self._in_ranges and text.startswith(("\t", " ")):
            if len(self._ranges) < _MOST_RANGES:
                self._ranges.append(text.strip())
        else:
            self._in_ranges = False
            yield from self._other(text, line)

    def end(self) -> Iterator[Said]:
        """The sectors that could not be read, or that failed their checksum."""
        if self._ranges:
            key = "bad-sectors-at-verification" if self._tool == EWFVERIFY else "bad-sectors"
            yield Fact(key, "; ".join(self._ranges))
            self._ranges = []

    def _named(self, tool: str) -> Iterator[Said]:
        """Take this for the tool unless it is known."""
        if not self._tool:
            self._tool = tool
            yield LogTool(tool)

    def _other(self, text: str, line: bytes) -> Iterator[Said]:
        if banner := BANNER.fullmatch(text):
            yield from self.end()
            self._tool = _TOOLS[banner[1]]
            yield LogTool(self._tool, banner[2])
        elif digest := DIGEST.fullmatch(text):
            yield from self._digest(digest, text)
        elif moment := _MOMENT.fullmatch(text):
            before = "verification-" if moment[1].startswith("Verif") else ""
            yield Fact(before + ("started" if moment[2] == "started" else "finished"), moment[3])
        elif result := _RESULT.fullmatch(text):
            yield Fact("state", result[1])
        elif (field := _FIELD.fullmatch(text)) and field[1] in _FIELDS:
            yield Fact(_FIELDS[field[1]], field[2].strip())
        elif like_a_digest(line):
            yield LeftOut(Why.NOT_UNDERSTOOD)

    def _digest(self, found: re.Match[str], text: str) -> Iterator[Said]:
        stored = found[2] == "stored in file"
        yield from self._named(EWFVERIFY if stored else EWFACQUIRE)
        algorithm, digest = ALGORITHMS[found[1].lower()], found[3].lower()
        if digest == "n/a":
            return
        if fits(algorithm, digest):
            scope = SOURCE if stored or self._tool == EWFACQUIRE else DECODED
            yield Statement(scope, algorithm, digest, None, words(f"{self._tool}:", text))
        else:
            yield LeftOut(Why.NOT_UNDERSTOOD)
