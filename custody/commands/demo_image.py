"""Writes an E01 for the demo: one segment, compressed chunks, case fields, and the digests it states of its media.

By the Expert Witness Compression Format as libewf documents it. Only the demo needs this: real images are written by
the tools that make them.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator

_SECTOR, _SECTORS = 512, 64
_CHUNK = _SECTOR * _SECTORS
_SIGNATURE = b"EVF\x09\x0d\x0a\xff\x00\x01" + struct.pack("<HH", 1, 0)
_DESCRIPTOR = 76
_FIELDS = (("c", "KBR-2026-0042"), ("n", "EX-3"), ("a", "USB stick"), ("e", "Peter Mwangi"), ("t", "made for a demo"),
           ("m", "2026 11 20 9 30 0"), ("u", "2026 11 20 9 30 0"), ("p", "0"))  # fmt: skip


def evidence_file(media: bytes) -> bytes:
    """The bytes of an `.E01` with these media, whole chunks of 32 KiB."""
    chunks = [zlib.compress(media[at : at + _CHUNK], 6) for at in range(0, len(media), _CHUNK)]
    whole = bytearray(_SIGNATURE)
    for kind, body in _sections(media, chunks):
        if kind == b"table":  # offsets of chunks count from the start of the file
            body = _table(chunks, len(whole) - sum(map(len, chunks)))
            _add(whole, kind, body)
            kind = b"table2"
        _add(whole, kind, body)
    return bytes(whole) + _descriptor(b"done", len(whole), _DESCRIPTOR)


def _sections(media: bytes, chunks: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Kinds and bodies, in order."""
    header = zlib.compress(_header().encode("ascii"))
    yield b"header", header
    yield b"header", header
    yield b"volume", _volume(len(chunks), len(media) // _SECTOR)
    yield b"sectors", b"".join(chunks)
    yield b"table", b""
    md5 = hashlib.md5(media, usedforsecurity=False).digest()
    sha1 = hashlib.sha1(media, usedforsecurity=False).digest()
    yield b"digest", _checked(md5 + sha1 + bytes(40))
    yield b"hash", _checked(md5 + bytes(16))


def _add(whole: bytearray, kind: bytes, body: bytes) -> None:
    size = _DESCRIPTOR + len(body)
    whole += _descriptor(kind, len(whole) + size, size) + body


def _descriptor(kind: bytes, following: int, size: int) -> bytes:
    return _checked(struct.pack("<16sQQ40x", kind, following, size))


def _header() -> str:
    names, values = ("\t".join(column) for column in zip(*_FIELDS, strict=True))
    return f"1\r\nmain\r\n{names}\r\n{values}\r\n\r\n"


def _volume(chunks: int, sectors: int) -> bytes:
    """Media type 0 is removable; flag 1 says that this is an image."""
    sizes = struct.pack("<B3xIIIQ12xB3x12xB3xI4x", 0, chunks, _SECTORS, _SECTOR, sectors, 1, 1, _SECTORS)
    return _checked(sizes.ljust(1048, b"\0"))


def _table(chunks: list[bytes], base: int) -> bytes:
    """Where each chunk begins; the highest bit says that it is compressed."""
    offsets, at = [], base
    for chunk in chunks:
        offsets.append(at | 1 << 31)
        at += len(chunk)
    return _checked(struct.pack("<I4xQ4x", len(chunks), 0)) + _checked(struct.pack(f"<{len(offsets)}I", *offsets))


def _checked(data: bytes) -> bytes:
    """The data, and their Adler-32."""
    return data + struct.pack("<I", zlib.adler32(data))
