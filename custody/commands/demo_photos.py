"""Makes small photographs for `demo`, byte by byte: JPEG (ITU-T T.81) with Exif, showing coloured tiles.

Nothing is read and nothing is drawn from life. It is no picture library: one size, one quality, tiles of
eight by eight pixels.
"""

import struct
from collections.abc import Iterable, Iterator

_ACROSS, _DOWN = 48, 32
"""Tiles."""
_CODES = ("00", "010", "011", "100", "101", "110", "1110", "11110", "111110", "1111110", "11111110", "111111110")
"""How the magnitude of a difference is written (T.81, table K.3)."""
_CODE_LENGTHS = bytes((0, 1, 5, 1, 1, 1, 1, 1, 1) + (0,) * 7)
_END_OF_TILE = "0"
_Field = str | bytes | int


def photograph(number: int, taken: str) -> bytes:
    """One photograph, different for each number; `taken` as Exif has it: `2026:11:19 16:20:00`."""
    return b"".join((
        b"\xff\xd8",
        _segment(0xE1, b"Exif\0\0" + _exif(taken)),
        _segment(0xDB, b"\0" + bytes([8]) * 64),
        _segment(0xC0, struct.pack(">BHHB", 8, _DOWN * 8, _ACROSS * 8, 3) + b"\1\x11\0\2\x11\0\3\x11\0"),
        _segment(0xC4, b"\0" + _CODE_LENGTHS + bytes(range(len(_CODES)))),
        _segment(0xC4, b"\x10" + bytes((1,) + (0,) * 15) + b"\0"),
        _segment(0xDA, b"\3\1\0\2\0\3\0\0\x3f\0"),
        _scan(_tiles(number)),
        b"\xff\xd9",
    ))  # fmt: skip


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _tiles(number: int) -> Iterator[tuple[int, int, int]]:
    """Brightness and two colour differences of each tile, from -127 to 127: rings around a moving centre."""
    for down in range(_DOWN):
        for across in range(_ACROSS):
            ring = (across - 4 * number) ** 2 + (down - 2 * number) ** 2
            yield (ring // 9 % 160) - 80, (across * 3 + number * 17) % 120 - 60, (down * 4 + number * 29) % 120 - 60


def _scan(tiles: Iterable[tuple[int, int, int]]) -> bytes:
    """The tiles as differences from the tile before, in Huffman code, 0xff followed by a zero (T.81, F.1.2.3)."""
    bits: list[str] = []
    last = (0, 0, 0)
    for tile in tiles:
        for value, before in zip(tile, last, strict=True):
            bits.append(_CODES[abs(value - before).bit_length()] + _amount(value - before) + _END_OF_TILE)
        last = tile
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")


def _amount(difference: int) -> str:
    size = abs(difference).bit_length()
    return format(difference if difference > 0 else difference + 2**size - 1, f"0{size}b") if size else ""


def _exif(taken: str) -> bytes:
    """Camera and time, as a little-endian TIFF of two directories."""
    camera: dict[int, _Field] = {0x010F: "Example Optics", 0x0110: "Demo Camera 1", 0x0132: taken, 0x8769: 0}
    shot: dict[int, _Field] = {
        0x9000: b"0232", 0x9003: taken, 0x9004: taken, 0xA002: _ACROSS * 8, 0xA003: _DOWN * 8, 0xA431: "DEMO-0001",
    }  # fmt: skip
    camera[0x8769] = 8 + len(_directory(camera, 8))
    first = _directory(camera, 8)
    return b"II*\0" + struct.pack("<L", 8) + first + _directory(shot, 8 + len(first))


def _directory(fields: dict[int, _Field], start: int) -> bytes:
    """A TIFF directory at `start`: what does not fit into four bytes follows it."""
    after = start + 2 + 12 * len(fields) + 4
    rows, data = [], b""
    for tag, value in sorted(fields.items()):
        kind, count, raw = _raw(value)
        place = raw.ljust(4, b"\0")
        if len(raw) > 4:
            place = struct.pack("<L", after + len(data))
            data += raw + b"\0" * (len(raw) % 2)
        rows.append(struct.pack("<HHL", tag, kind, count) + place)
    return struct.pack("<H", len(rows)) + b"".join(rows) + bytes(4) + data


def _raw(value: _Field) -> tuple[int, int, bytes]:
    """A value's TIFF type, count and bytes: text, undefined bytes, or a 32-bit number."""
    if isinstance(value, int):
        return 4, 1, struct.pack("<L", value)
    raw = value if isinstance(value, bytes) else value.encode() + b"\0"
    return (7 if isinstance(value, bytes) else 2), len(raw), raw
