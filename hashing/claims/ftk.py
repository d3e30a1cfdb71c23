"""Reads the summary (`.txt`) that FTK Imager puts beside an image: E01, raw or AD1, graphical or command line.

How its lines are mapped, and why:

- `MD5 checksum:` and `SHA1 checksum:` under `[Computed Hashes]` (older: `Computed Hashes:`) were made of the data as
  they came from the source: source-device. For an AD1 or L01, which holds chosen files and no medium, they are of
  the content of the container: decoded-media, which is then compared with nothing but such a content.
- The same under `Image Verification Results:` were made of the image as it was read back: stored-image for a raw
  image in one part, otherwise decoded-media. The word behind the digest (`verified`) is kept as a fact.
- `MD5 verification hash:` under `[Verification Hashes]` stands there when the source was itself an image. It is what
  that image says of its medium: decoded-media.

A digest anywhere else is counted as not understood. FTK Imager runs on Windows: names get slashes.
"""

import re
from collections.abc import Iterable, Iterator

from hashing.claims.images import scope_of_image
from hashing.claims.lines import ALGORITHMS, like_a_digest, text_of
from hashing.claims.saying import (
    DECODED,
    FTK,
    SOURCE,
    Fact,
    LeftOut,
    LogTool,
    Said,
    Statement,
    Why,
    fits,
    slashed,
    words,
)

_BANNER = re.compile(r"Created By .{1,40}FTK.{0,6} Imager ?([0-9][0-9.]*)?")
_HEADING = re.compile(
    r"\[?(Computed Hashes|Verification Hashes|Image Verification Results|Segment list|Image|Case Information"
    r"|Image Information|Device Info|Drive Geometry|Physical Drive Information|Custom Content Sources)\]?:?",
    re.IGNORECASE,
)
_DIGEST = re.compile(r"(MD5|SHA-?1|SHA-?256) (?:checksum|verification hash)\s*:\s*([0-9A-Fa-f]+)\s*(?::\s*(.*))?")
_FIELD = re.compile(r"([A-Za-z][A-Za-z /]{1,40}):(.*)")
_FIELDS = {
    "acquired using": "acquired-using",
    "case number": "case-number",
    "evidence number": "evidence-number",
    "unique description": "description",
    "examiner": "examiner",
    "notes": "notes",
    "source type": "source-type",
    "drive model": "drive-model",
    "drive serial number": "serial-number",
    "drive interface type": "interface",
    "removable drive": "removable",
    "source data size": "source-size",
    "sector count": "sector-count",
    "bytes per sector": "sector-size",
    "image type": "source-image-type",
    "acquisition started": "started",
    "acquisition finished": "finished",
    "verification started": "verification-started",
    "verification finished": "verification-finished",
    "bad blocks": "bad-blocks",
}
_OF_THE_SOURCE = ("case-number", "evidence-number", "description", "examiner", "notes", "acquired-using")
"""Fields that, under `[Image]`, are those of the image that was the source."""
_COMPUTED, _STORED, _VERIFIED = "computed hashes", "verification hashes", "image verification results"
_UNREADABLE = "source drive could not be read:"
_RANGE = re.compile(r"[0-9]{1,20}(?: through [0-9]{1,20})?")
_CONTENT = re.compile(r"\.(?:ad1|l01|lx01)$", re.IGNORECASE)
_MOST_HELD = 200
"""Digests or unreadable ranges of one image that wait for its list of segments; what is more is not honest."""


def read(lines: Iterable[bytes]) -> Iterator[Said]:
    """What the summary says; a log may hold several, one after the other."""
    summary = _Summary()
    yield LogTool(FTK)
    for line in lines:
        text = text_of(line).strip()
        if text.lower().startswith("information for "):
            yield from summary.end()
            summary = _Summary()
            yield Fact("image", text[len("information for ") :].removesuffix(":"))
        elif text:
            yield from summary.said(text, line)
        elif summary.section == "segment list":
            summary.section = ""
    yield from summary.end()


class _Summary:
    """The summary of one image, whose digests have a scope only when its segments are known."""

    def __init__(self) -> None:
        self.section = ""
        self._digests: list[tuple[str, str, str, str]] = []
        """Section, algorithm, digest, words."""
        self._first = ""
        self._segments = 0
        self._content = False
        self._ranges: list[str] = []

    def said(self, text: str, line: bytes) -> Iterator[Said]:
        """What one line says at once; the rest waits for the end."""
        if banner := _BANNER.match(text):
            yield LogTool(FTK, banner[1])
        elif _HEADING.fullmatch(text):
            self.section = text.strip("[]:").lower()
            self._content |= self.section == "custom content sources"
        elif _UNREADABLE in text:
            self.section = _UNREADABLE
            self._keep_range(text.partition(_UNREADABLE)[2])
        elif self.section == "segment list":
            self._first = self._first or text
            self._segments += 1
            if like_a_digest(line):
                yield LeftOut(Why.NOT_UNDERSTOOD)
        elif self.section == _UNREADABLE:
            yield from self._unreadable(text, line)
        elif digest := _DIGEST.fullmatch(text):
            yield from self._digest(digest, text)
        elif field := _FIELD.fullmatch(text):
            yield from self._field(field[1].lower(), field[2].strip(), line)
        elif like_a_digest(line):
            yield LeftOut(Why.NOT_UNDERSTOOD)

    def end(self) -> Iterator[Said]:
        """What waited."""
        if self._ranges:
            yield Fact("bad-sectors", "; ".join(self._ranges))
        if self._segments:
            yield Fact("first-segment", self._first)
            yield Fact("segments", str(self._segments))
        for section, algorithm, digest, near in self._digests:
            of_the_image = section == _VERIFIED
            name = slashed(self._first) if of_the_image and self._first else None
            yield Statement(self._scope(section), algorithm, digest, name, near)

    def _scope(self, section: str) -> str:
        if section == _VERIFIED:
            return scope_of_image(self._first, self._segments)
        chosen_files = self._content or _CONTENT.search(self._first)
        return DECODED if section == _STORED or chosen_files else SOURCE

    def _digest(self, found: re.Match[str], text: str) -> Iterator[Said]:
        algorithm, digest = ALGORITHMS[found[1].lower()], found[2].lower()
        known = self.section in (_COMPUTED, _STORED, _VERIFIED) and fits(algorithm, digest)
        if not known or len(self._digests) >= _MOST_HELD:
            yield LeftOut(Why.NOT_UNDERSTOOD)
            return
        self._digests.append((self.section, algorithm, digest, words(self.section.title() + ":", text)))
        if found[3]:
            yield Fact(f"{algorithm}-verification", found[3])

    def _field(self, name: str, value: str, line: bytes) -> Iterator[Said]:
        key = _FIELDS.get(name)
        if key and self.section == "image" and key in _OF_THE_SOURCE:
            key = "source-image-" + key
        if key:
            yield Fact(key, value)
        elif like_a_digest(line):
            yield LeftOut(Why.NOT_UNDERSTOOD)

    def _unreadable(self, text: str, line: bytes) -> Iterator[Said]:
        """A range of sectors, or the sentence that ends their list."""
        if _RANGE.fullmatch(text):
            self._keep_range(text)
        else:
            self.section = ""
            if not text.startswith("The contents of these sectors"):
                yield from self.said(text, line)

    def _keep_range(self, text: str) -> None:
        if text.strip() and len(self._ranges) < _MOST_HELD:
            self._ranges.append(" ".join(text.split()))
