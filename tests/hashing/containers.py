"""Writes small EWF containers (E01, Ex01), sound ones and hostile ones, section by section."""

import hashlib
import itertools
import string
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


def named_parts(count: int) -> dict[str, bytes]:
    """The same, each under the suffix that it has in a folder: E01 to E99, then EAA to ZZZ."""
    letters = string.ascii_uppercase
    behind = (f"{a}{b}{c}" for a in letters[letters.index("E") :] for b in letters for c in letters)
    suffixes = itertools.chain((f"E{number:02}" for number in range(1, 100)), behind)
    return dict(zip(suffixes, parts(count), strict=False))


# --- Ex01 -----------------------------------------------------------------------

SIGNATURE_2 = b"EVF2\x0d\x0a\x81\x00"
DEVICE, CASE, SECTORS, TABLE, MD5, DONE = 1, 2, 3, 4, 8, 15
"""Kinds of sections."""
Entry = tuple[int, int]
"""Offset of a compressed chunk behind the first, and its length, in bytes."""


def ex01(content: bytes, *, md5: bool = True, per_chunk: int = 64) -> bytes:
    """An Ex01 of so much content, which it states the MD5 of."""
    step = per_chunk * 512
    chunks = [zlib.compress(content[at : at + step].ljust(step, b"\0")) for at in range(0, len(content), step)]
    entries, at = [], 0
    for chunk in chunks:
        entries.append((at, len(chunk)))
        at += len(chunk)
    stated = hashlib.md5(content).digest() if md5 else b""
    return ex01_of(b"".join(chunks), entries, sectors=len(content) // 512, per_chunk=per_chunk, md5=stated)


def ex01_of(chunks: bytes, entries: Sequence[Entry], *, sectors: int, per_chunk: int = 64, md5: bytes = b"") -> bytes:
    """An Ex01 with this table, whatever it says."""
    device = f"2\nmain\nsn\tmd\tlb\tts\ths\tdc\tdt\tpid\trs\tls\tbp\tph\n\t\t\t{sectors}\t\t\tf\t\t\t\t512\t1\n\n"
    case = "1\nmain\nnm\tcn\ten\tex\tnt\tav\tos\ttt\tat\ttb\tcp\tsb\tgr\twb\n"
    case += f"case\t1\t1\tnobody\t\t7\tLinux\t\t\t{len(entries)}\t1\t{per_chunk}\t{per_chunk}\t\n\n"
    out = bytearray(SIGNATURE_2 + struct.pack("<BBHI16x", 2, 1, 1, 1))
    before = 0
    for kind, text in ((DEVICE, device), (CASE, case)):
        before = _section(out, kind, zlib.compress(b"\xff\xfe" + text.encode("utf-16-le")), before)
    base = len(out)
    before = _section(out, SECTORS, chunks, before)
    table = checked(struct.pack("<QII", 0, len(entries), 0)) + bytes(12)
    table += checked(b"".join(struct.pack("<QII", base + at, length, 1) for at, length in entries)) + bytes(12)
    before = _section(out, TABLE, table, before)
    if md5:
        before = _section(out, MD5, checked(md5) + bytes(12), before)
    _section(out, DONE, b"", before)
    return bytes(out)


def _section(out: bytearray, kind: int, content: bytes, before: int) -> int:
    """Add a section, whose descriptor stands behind it and names the one before; where it stands."""
    padding = -len(content) % 16
    content += bytes(padding)
    out += content
    at = len(out)
    out += checked(
        struct.pack("<IIQQII16s12x", kind, 1, before, len(content), 64, padding, hashlib.md5(content).digest())
    )
    return at
