"""Reads the `.info` file that Guymager puts beside an image, in English, as its versions from 0.7 on write it.

How its lines are mapped, and why:

- `MD5 hash` (`SHA1`, `SHA256`) was made of the data while they were acquired: source-device.
- `MD5 hash verified source` was made when the device was read a second time: source-device.
- `MD5 hash verified image` was made when the image was read back: stored-image for a raw image in one part,
  otherwise decoded-media.
- The table at the end has an MD5 of each file of the image as it is stored: file.

What smartctl, hdparm and others said of the device stands in the file too, always indented; only its make and
serial number are taken, and nothing in it can look like a line of Guymager's own. Versions before 0.7 say
`MD5 hash verified` without saying of what: such lines are counted as not understood.
"""

import re
from collections.abc import Iterable, Iterator

from hashing.claims.images import scope_of_image
from hashing.claims.lines import ALGORITHMS, like_a_digest, text_of
from hashing.claims.saying import FILE, GUYMAGER, SOURCE, Fact, LeftOut, LogTool, Said, Statement, Why, fits, words

_HASH = re.compile(r"(MD5|SHA1|SHA256) hash( verified source| verified image)?\s*: ([0-9A-Fa-f]+|--)")
_OF_A_FILE = re.compile(r"([0-9A-Fa-f]{32}|n/a {29})  (.+)")
_ROW = re.compile(r"\s*([A-Z][A-Za-z ]{1,40}?) {0,60}: (.*)")
_FIELDS = {
    "Host name": "host",
    "Linux device": "source",
    "Device size": "source-size",
    "Format": "image-format",
    "Case number": "case-number",
    "Evidence number": "evidence-number",
    "Examiner": "examiner",
    "Description": "description",
    "Notes": "notes",
    "Image path and file name": "image",
    "Hash calculation": "hash-calculation",
    "Source verification": "source-verification",
    "Image verification": "image-verification",
    "Hidden areas": "hidden-areas",
    "State": "state",
    "Acquisition started": "started",
    "Verification started": "verification-started",
    "Ended": "finished",
}
_OF_THE_DEVICE = {
    "Device Model": "drive-model",
    "Model Number": "drive-model",
    "Product": "drive-model",
    "Vendor": "drive-vendor",
    "Serial Number": "serial-number",
    "Serial number": "serial-number",
    "User Capacity": "capacity",
    "Firmware Version": "firmware",
}
_VERDICTS = {"Source verification ": "source-verification-result", "Image verification ": "image-verification-result"}
_DEVICE, _FILES = "Device information", "Generated image files and their MD5 hashes"
_SINGLE = "Linux dd raw image"
_MOST_HELD = 50
"""Digests that wait for the table of files; Guymager writes nine."""


def read(lines: Iterable[bytes]) -> Iterator[Said]:
    """What the file says."""
    yield LogTool(GUYMAGER)
    info = _Info()
    for line in lines:
        yield from info.said(text_of(line).rstrip(), line)
    yield from info.end()


class _Info:
    """The file, section by section; digests of the image wait for the table that says in how many parts it lies."""

    def __init__(self) -> None:
        self._before = self._section = ""
        self._of_the_image: list[tuple[str, str, str]] = []
        """Algorithm, digest, words."""
        self._device: bytes | None = None
        self._single = False
        self._files: list[str] = []
        """The first of them."""
        self._count = 0

    def said(self, text: str, line: bytes) -> Iterator[Said]:
        """What one line says at once."""
        before, self._before = self._before, text
        if text and not text.strip("="):
            self._section = before
        elif found := _HASH.fullmatch(text):
            yield from self._hash(found, text)
        elif self._section == _FILES:
            yield from self._file(text, line)
        elif self._section == _DEVICE and text[:1].isspace():
            if (row := _ROW.fullmatch(text)) and row[1] in _OF_THE_DEVICE:
                yield Fact(_OF_THE_DEVICE[row[1]], row[2].strip())
        else:
            yield from self._row(text, before, line)

    def end(self) -> Iterator[Said]:
        """What waited."""
        if self._count:
            yield Fact("segments", str(self._count))
        first = self._files[0] if self._files else ""
        scope = scope_of_image(".dd", 1) if self._single else scope_of_image(first, self._count)
        for algorithm, digest, near in self._of_the_image:
            yield Statement(scope, algorithm, digest, first.encode() or None, near)

    def _hash(self, found: re.Match[str], text: str) -> Iterator[Said]:
        algorithm, digest = ALGORITHMS[found[1].lower()], found[3].lower()
        if digest == "--":
            return
        if not fits(algorithm, digest) or len(self._of_the_image) >= _MOST_HELD:
            yield LeftOut(Why.NOT_UNDERSTOOD)
        elif found[2] == " verified image":
            self._of_the_image.append((algorithm, digest, words(text)))
        else:
            yield Statement(SOURCE, algorithm, digest, self._device, words(text))

    def _file(self, text: str, line: bytes) -> Iterator[Said]:
        """A row of the table of files."""
        if found := _OF_A_FILE.fullmatch(text):
            self._count += 1
            self._files = self._files or [found[2]]
            if not found[1].startswith("n/a"):
                yield Statement(FILE, "md5", found[1].lower(), found[2].encode(), "generated image files")
        elif like_a_digest(line):
            yield LeftOut(Why.NOT_UNDERSTOOD)

    def _row(self, text: str, before: str, line: bytes) -> Iterator[Said]:
        """A field, or one of the few sentences."""
        row = _ROW.fullmatch(text)
        if row and row[1] == "Version" and self._section == "Guymager":
            yield LogTool(GUYMAGER, row[2].strip())
        elif row and row[1] in _FIELDS:
            self._note(row[1], row[2].strip())
            yield Fact(_FIELDS[row[1]], row[2].strip())
        elif "bad sectors" in text:
            yield Fact("bad-sectors" if "acquisition" in text else "bad-sectors-at-verification", text)
        elif "bad sectors" in before and text[:1].isspace():
            yield Fact("bad-sector-numbers", text.strip())
        elif text.startswith(tuple(_VERDICTS)):
            yield next(Fact(key, text) for start, key in _VERDICTS.items() if text.startswith(start))
        elif like_a_digest(line):
            yield LeftOut(Why.NOT_UNDERSTOOD)

    def _note(self, name: str, value: str) -> None:
        """Keep what later lines depend on."""
        if name == "Linux device":
            self._device = value.encode()
        elif name == "Format":
            self._single = value.startswith(_SINGLE)
