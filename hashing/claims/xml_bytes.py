"""Makes XML of bytes that are nearly XML, and gets the bytes back.

hashdeep writes the names of files into its XML as they are, also where they are not UTF-8 or hold control
characters; no XML parser accepts that, and the rest of a list would be lost. Such bytes pass through the parser as
private characters. A name that holds those very characters passes the same way, so that nothing is mistaken.
"""

import codecs
import re

_BASE = 0x10F000
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\U0010f000-\U0010f0ff\udc80-\udcff]")
_PRIVATE = re.compile(rb"\xf4\x8f([\x80-\x83])([\x80-\xbf])")


class Mender:
    """One document, piece by piece."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def mend(self, piece: bytes, *, last: bool = False) -> bytes:
        """The next piece as bytes that XML may hold."""
        text = self._decoder.decode(piece, last)
        return _UNFIT.sub(lambda found: _private(found[0]), text).encode()


def _private(character: str) -> str:
    """A private character for each byte of one that is unfit."""
    return "".join(chr(_BASE + byte) for byte in character.encode("utf-8", "surrogateescape"))


def bytes_of(text: str) -> bytes:
    """The bytes that stood where the parser read this text."""
    return _PRIVATE.sub(lambda found: bytes([(found[1][0] & 3) << 6 | found[2][0] & 63]), text.encode())
