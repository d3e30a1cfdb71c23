"""What a log says, as values: which tool wrote it, facts of the case and the device, digests, and what was left out.

Parsers turn lines into a stream of these; nothing here reads anything. A digest in a log is a claim of a tool
about bytes it saw. Of which bytes is its scope:

    source-device  the medium as the tool read it while it acquired (unreadable sectors as the tool filled them)
    decoded-media  the medium inside an image, as the tool read it back: decoded, or all parts of a raw image in a row
    stored-image   the bytes of an image of one file, which for a raw image are the medium
    file           the bytes of one file with a name
"""

import enum
from typing import NamedTuple

from hashing.digests import SIZES

SOURCE, STORED, DECODED, FILE = "source-device", "stored-image", "decoded-media", "file"
SCOPES = (SOURCE, STORED, DECODED, FILE)

UNKNOWN = "unknown"
FTK, GUYMAGER, DC3DD, DCFLDD = "FTK Imager", "Guymager", "dc3dd", "dcfldd"
EWFACQUIRE, EWFVERIFY, EWFEXPORT = "ewfacquire", "ewfverify", "ewfexport"
HASHDEEP, DFXML, UFD, LIST = "hashdeep", "DFXML", "UFD", "list of digests"
TOOLS = (UNKNOWN, FTK, GUYMAGER, EWFACQUIRE, EWFVERIFY, EWFEXPORT, DC3DD, DCFLDD, HASHDEEP, LIST, DFXML, UFD)
"""The last three are formats that several tools write."""

MOST_LOG = 256 * 1024 * 1024
"""Bytes of a log that is read at all."""
MOST_LINE = 64 * 1024
"""Bytes of a line; a longer one is left out and counted."""
MOST_STATEMENTS = 1000
"""Statements about images in one log; an honest one has a dozen."""
MOST_FACTS = 64
MOST_LETTERS = 1000
"""Characters of one fact; what is cut off is marked by an ellipsis."""
MOST_WORDS = 300
"""Characters of the words near a digest."""


class Statement(NamedTuple):
    """One claim. A tuple, because there may be millions."""

    scope: str
    algorithm: str
    """As in hashing.digests."""
    value: str
    """Lower-case hexadecimal."""
    name: bytes | None
    """Of the device, image or file, as the log has it; of a tool that runs on Windows with b"/" for a backslash."""
    where: str
    """The words of the log near it, or the number of its line."""


class LogTool(NamedTuple):
    """Which tool wrote the log; the first that is said counts."""

    name: str
    version: str | None = None


class Fact(NamedTuple):
    """A field of the log; the first value of a key counts."""

    key: str
    """Lower case, with hyphens."""
    value: str


class Why(enum.Enum):
    """Why lines or digests were left out, for one and for several."""

    NOT_UNDERSTOOD = ("line with a digest was not understood", "lines with digests were not understood")
    OTHER_LINES = ("other line was not understood", "other lines were not understood")
    PARTS = ("digest of a part of the data is not compared", "digests of parts of the data are not compared")
    OTHER_ALGORITHM = ("digest by another algorithm is not compared", "digests by other algorithms are not compared")
    TOO_LONG = ("line of more than 64 KiB was left out", "lines of more than 64 KiB were left out")
    TOO_MANY = ("more statement was left out", "more statements were left out")

    @property
    def word(self) -> str:
        """What a record calls it (docs/spec/claims.md, L3)."""
        return self.name.lower().replace("_", "-")


BROKEN = "broken"
"""What a record says of a log that could not be read to its end."""
WORDS = (BROKEN, *(why.word for why in Why))


class LeftOut(NamedTuple):
    """Something left out, and how many of it."""

    why: Why
    number: int = 1


class Broken(NamedTuple):
    """Why the log, or its rest, could not be read, in words."""

    reason: str


Said = Statement | LogTool | Fact | LeftOut | Broken


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def words(*parts: str) -> str:
    """Words of the log on one line."""
    return shortened(" ".join(" ".join(parts).split()), MOST_WORDS)


def slashed(name: str) -> bytes:
    """A name written by a tool that runs on Windows only."""
    return name.replace("\\", "/").encode("utf-8", "surrogatepass")


def fits(algorithm: str, digits: str) -> bool:
    """Whether hexadecimal digits are as many as an algorithm makes."""
    return len(digits) == 2 * SIZES[algorithm]
