"""The media inside an EWF container (E01, Ex01), decoded by libewf from open descriptors.

Parses hostile files: only the limited process imports this. libewf fills a chunk whose checksum is wrong with
zeros and says nothing: the digest then differs from the one the container states, which is a finding.
"""

import os
from collections.abc import Sequence

from hashing.media.ewf_gaps import gaps_stated
from hashing.media.medium import CannotOpen

_MOST_FACTS, _MOST_LETTERS = 48, 1000
_MOST_RATIO = 1100
"""Bytes of media that one byte of a container can hold at most: deflate reaches 1032."""
_HASHES = {"MD5": ("md5", 32), "SHA1": ("sha1", 40), "SHA256": ("sha256", 64)}


class _Segment:
    """A descriptor as the file object that libewf asks for."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        data = os.pread(self._descriptor, max(0, self._size - self._at) if size < 0 else size, self._at)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> None:
        self._at = offset + (0, self._at, self._size)[whence]

    def tell(self) -> int:
        return self._at

    get_offset = tell

    def get_size(self) -> int:
        return self._size


class Ewf:
    """The decoded media."""

    def __init__(self, descriptors: Sequence[int]) -> None:
        """Raises CannotOpen, or ImportError where libewf is not installed."""
        import pyewf

        segments = [_Segment(each) for each in descriptors]
        self._handle = pyewf.handle()
        try:
            self._handle.open_file_objects(segments)
            self.size = int(self._handle.get_media_size())
        except (OSError, ValueError, MemoryError, OverflowError) as error:
            raise CannotOpen("libewf cannot open it: it is damaged, or no such image") from error
        if not self.size:
            raise CannotOpen("libewf finds no media in it")
        if self.size > _most(sum(each.get_size() for each in segments)):
            raise CannotOpen("it states more bytes than so small a container can hold")
        self.unit = self.block = max(512, int(self._handle.chunk_size))
        self.facts = self._facts()
        self.claims = _claims(self._handle.get_hash_values() or {})
        self.gaps = gaps_stated(descriptors, self.size, int(self._handle.bytes_per_sector) or 512)

    def read_at(self, buffer: memoryview, offset: int) -> int:
        data = self._handle.read_buffer_at_offset(len(buffer), offset)
        buffer[: len(data)] = data
        return len(data)

    def lost(self) -> str:
        return ""

    def _facts(self) -> dict[str, str]:
        """Case fields and geometry as the container states them."""
        found = {
            "bytes_per_sector": str(self._handle.bytes_per_sector),
            "sectors_per_chunk": str(self._handle.sectors_per_chunk),
        }
        stated = self._handle.get_header_values() or {}
        for name, value in list(stated.items())[:_MOST_FACTS]:
            if value:
                found[str(name)[:64]] = str(value)[:_MOST_LETTERS]
        return {f"ewf:{name}": value for name, value in found.items()}


def _most(container: int) -> int:
    """Bytes of media that so many bytes of container can hold."""
    return container * _MOST_RATIO + (1 << 30)


def _claims(stated: dict[str, str]) -> dict[str, str]:
    """The digests the container states, where they can be digests."""
    found = {}
    for name, value in stated.items():
        algorithm, length = _HASHES.get(name, ("", 0))
        if algorithm and len(value) == length and not value.lower().strip("0123456789abcdef"):
            found[algorithm] = value.lower()
    return found
