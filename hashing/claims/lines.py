"""The bytes of a log as lines, whatever its encoding, and the digests that stand in a line.

Pure: bytes in, values out. Lists of files keep their names byte for byte; a log in UTF-16, which Windows likes
to write, comes out as UTF-8.
"""

import codecs
import re
from collections.abc import Iterable, Iterator

from hashing.claims.saying import MOST_LINE

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

ALGORITHMS = {
    "md5": "md5",
    "sha1": "sha1",
    "sha-1": "sha1",
    "sha256": "sha256",
    "sha-256": "sha256",
    "sha2-256": "sha256",
    "sha512": "sha512",
    "sha-512": "sha512",
    "sha2-512": "sha512",
    "sha3-256": "sha3-256",
    "blake3": "blake3",
}
"""What tools call the algorithms, in lower case, and what we call them."""
BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
"""The algorithm that a number of digits stands for where a tool does not name it."""

_LIKE_A_DIGEST = re.compile(rb"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{8}){4,16}(?![0-9A-Za-z])")
_ON_WINDOWS = re.compile(rb"[A-Za-z]:\\|\\\\")


def like_a_digest(line: bytes) -> bool:
    """Whether something in a line has the length and the digits of a digest."""
    return _LIKE_A_DIGEST.search(line) is not None


def plain(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes without a mark of the byte order; UTF-16 as UTF-8."""
    source = iter(chunks)
    head = b""
    while len(head) < 3 and (chunk := next(source, None)) is not None:
        head += chunk
    if encoding := _UTF16.get(head[:2]):
        yield from _recoded(head[2:], source, encoding)
    else:
        yield head.removeprefix(codecs.BOM_UTF8)
        yield from source


def _recoded(head: bytes, rest: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """UTF-16 as UTF-8; halves of characters, which names on Windows may hold, pass as they are."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    yield decoder.decode(head).encode("utf-8", "surrogatepass")
    for chunk in rest:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")


class Lines:
    """The lines of a log without their ends; one that is too long comes as an empty line and is counted."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.too_long = 0

    def __iter__(self) -> Iterator[bytes]:
        begun, skipping = b"", False
        for chunk in self._chunks:
            if skipping:
                _, end, chunk = chunk.partition(b"\n")
                skipping = not end
            *whole, begun = (begun + chunk).split(b"\n")
            for line in whole:
                yield self._checked(line)
            if len(begun) > MOST_LINE:
                yield self._checked(begun)
                begun, skipping = b"", True
        if begun:
            yield self._checked(begun)

    def _checked(self, line: bytes) -> bytes:
        if len(line) <= MOST_LINE:
            return line.removesuffix(b"\r")
        self.too_long += 1
        return b""


def text_of(line: bytes) -> str:
    """A line as text: UTF-8, or else the Western code page of Windows."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def is_of_windows(path: bytes) -> bool:
    """Whether a path begins as paths on Windows do: with a drive, or two backslashes."""
    return _ON_WINDOWS.match(path) is not None


def slashed_name(name: bytes) -> bytes:
    """A name with b"/" between its parts where it begins as paths on Windows do; otherwise as it is."""
    return name.replace(b"\\", b"/") if is_of_windows(name) else name
