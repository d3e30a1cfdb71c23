"""Writes small EWF containers, sound ones and hostile ones, section by section."""

import struct
import zlib
from collections.abc import Iterable, Sequence

SIGNATURE = b"EVF\x09\x0d\x0a\xff\x00\x01"
COMPRESSED = 0x80000000
MOST_IN_TABLE = 16375
ZEROS = zlib.compress(bytes(32768), 9)
"""A chunk of 64 sectors."""
Section = tuple[bytes, bytes]
"""Name and content."""


def checked(data: bytes) -> bytes:
    """With the checksum that stands behind it."""
    return data + struct.pack("<I", zlib.adler32(data))


def descriptor(name: bytes, following: int, size: int) -> bytes:
    """What stands before each section: its name, the offset of the next one, its own size with this."""
    return checked(struct.pack("<16sQQ40x", name, following, size))


def file(sections: Iterable[Section], *, number: int = 1, last: bytes = b"done") -> bytes:
    """One part of an image."""
    out = bytearray(SIGNATURE + struct.pack("<H2x", number))
    for name, content in sections:
        size = 76 + len(content)
        out += descriptor(name, len(out) + size, size) + content
    return bytes(out + descriptor(last, len(out), 76))


def header() -> list[Section]:
    """Case fields."""
    fields = "1\nmain\nc\tn\ta\te\tt\tm\tu\ncase\tnumber\tabout\tnobody\tnotes\t2020 1 1 0 0 0\t2020 1 1 0 0 0\n\n"
    return [(b"header", zlib.compress(fields.encode()))]


def volume(chunks: int, *, per_chunk: int, sectors: int, name: bytes = b"volume") -> Section:
    """How large the media are: chunks, sectors of 512 bytes in each, sectors."""
    return name, checked(struct.pack("<B3xIIIQ", 1, chunks, per_chunk, 512, sectors).ljust(1048, b"\0"))


def stored(chunks: Sequence[bytes], before: Iterable[Section]) -> list[Section]:
    """Chunks behind these sections, with their tables; each is compressed, whatever it is."""
    before = list(before)
    at, offsets = 13 + sum(76 + len(content) for _, content in before) + 76, [0]
    for chunk in chunks:
        offsets.append(offsets[-1] + len(chunk))
    found = [*before, (b"sectors", b"".join(chunks))]
    for start in range(0, len(chunks), MOST_IN_TABLE):
        some = offsets[start : min(start + MOST_IN_TABLE, len(chunks))]
        entries = b"".join(struct.pack("<I", each | COMPRESSED) for each in some)
        table = checked(struct.pack("<I4xQ4x", len(some), at)) + checked(entries)
        found += [(b"table", table), (b"table2", table)]
    return found


def image(
    chunks: Sequence[bytes], *, per_chunk: int = 64, sectors: int | None = None, more: Iterable[Section] = ()
) -> bytes:
    """An image in one part; `sectors` it states, `more` sections before its chunks."""
    size = volume(len(chunks), per_chunk=per_chunk, sectors=per_chunk * len(chunks) if sectors is None else sectors)
    return file(stored(chunks, [*header(), *more, size]))


def parts(count: int) -> list[bytes]:
    """An image of zeros in so many parts, a chunk in each."""
    about = {"per_chunk": 64, "sectors": 64 * count}
    first = stored([ZEROS], [*header(), volume(count, **about)])
    others = stored([ZEROS], [volume(count, name=b"data", **about)])
    return [
        file(others if number > 1 else first, number=number, last=b"done" if number == count else b"next")
        for number in range(1, count + 1)
    ]
