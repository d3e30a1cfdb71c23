"""Makes the evidence that `demo` plays with: photographs, documents, and the image of a small disk.

All of it is invented and harmless, and the same bytes each time.
"""

import os
import re
import struct
from datetime import datetime, timedelta, timezone
from pathlib import Path

from custody.commands.demo_photos import photograph
from hashing.opening import Folder

PHOTOS = 12
_NAIROBI = timezone(timedelta(hours=3))
_FIRST_SHOT = datetime(2026, 11, 19, 16, 20, tzinfo=_NAIROBI)
_SECTOR, _PER_CLUSTER, _FAT_SECTORS, _ROOT_ENTRIES = 512, 4, 40, 512
_DISK_SECTORS = 40960
"""20 MiB: more than 16, so that the manifest carries the digests of its pieces."""

_NOTES = """Notes of the stall, third week

Monday     repaired two radios, sold one charger
Tuesday    closed because of the rain
Wednesday  bought cables, 40 pieces; see the bill
Thursday   the phone in the drawer is not ours
"""
_IMAGE = re.compile(r".*\.(e\d\d|ex\d\d|l\d\d|s\d\d|dd|raw|img|bin|aff4?|\d{3})", re.IGNORECASE | re.DOTALL)
_BILL = ("Bill no. 17", "40 cables at 55, 2,200 in all", "Paid in cash, 18 November 2026")


def make_evidence(folder: Path) -> None:
    """Write `card/` and `usb-stick.dd` into an empty folder."""
    photos, papers = folder / "card" / "DCIM" / "100DEMO", folder / "card" / "Documents"
    for each in (photos, papers):
        each.mkdir(parents=True)
    for number in range(1, PHOTOS + 1):
        shot = _FIRST_SHOT + timedelta(minutes=7 * number)
        _write(photos / f"IMG_{number:04}.JPG", photograph(number, f"{shot:%Y:%m:%d %H:%M:%S}"), shot)
    stock = "item,count\n" + "".join(f"cable {n},{n * 3}\n" for n in range(1, 41))
    for name, content in (("notes.txt", _NOTES.encode()), ("stock.csv", stock.encode()), ("bill-17.pdf", pdf(_BILL))):
        _write(papers / name, content, _FIRST_SHOT - timedelta(days=1))
    _write(folder / "usb-stick.dd", disk(), _FIRST_SHOT)


def _write(path: Path, content: bytes, when: datetime) -> None:
    path.write_bytes(content)
    os.utime(path, (when.timestamp(), when.timestamp()))


def pdf(lines: tuple[str, ...]) -> bytes:
    """A PDF 1.4 of one page with a few lines of plain text."""
    text = "BT /F 12 Tf 18 TL 72 770 Td " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Title (Bill no. 17) /Producer (custody demo) /CreationDate (D:20261118090000+03'00') >>",
    )
    whole, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(whole))
        whole += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(objects) + 1
    trailer = f"trailer\n<< /Size {count} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{len(whole)}\n%%EOF\n"
    return f"{whole}xref\n0 {count}\n0000000000 65535 f \n{table}{trailer}".encode("ascii")


def disk() -> bytes:
    """A disk of 20 MiB as FAT16 has it, with a note and a list in it."""
    counted = "".join(f"line {number:06} of an invented list\n" for number in range(120_000)).encode()
    stored = {b"README  TXT": b"This disk was made for a demonstration.\n", b"LIST    TXT": counted}
    size = _SECTOR * _PER_CLUSTER
    table, names, data = [0xFFF8, 0xFFFF], _name(b"DEMO DISK  ", 0x08, 0, 0), b""
    for name, content in stored.items():
        first, clusters = len(table), -(-len(content) // size)
        names += _name(name, 0x20, first, len(content))
        table += [*range(first + 1, first + clusters), 0xFFFF]
        data += content.ljust(clusters * size, b"\0")
    fat = struct.pack(f"<{len(table)}H", *table).ljust(_FAT_SECTORS * _SECTOR, b"\0")
    root = names.ljust(_ROOT_ENTRIES * 32, b"\0")
    return (_boot_sector() + fat + fat + root + data).ljust(_DISK_SECTORS * _SECTOR, b"\0")


def _name(name: bytes, kind: int, cluster: int, size: int) -> bytes:
    """One name in the disk's root folder, dated 18 November 2026, 09:00."""
    day, hour = (2026 - 1980) << 9 | 11 << 5 | 18, 9 << 11
    return struct.pack("<11sB10xHHHL", name, kind, hour, day, cluster, size)


def _boot_sector() -> bytes:
    sizes = struct.pack(
        "<HBHBHHBHHHLLBBBL11s8s", _SECTOR, _PER_CLUSTER, 1, 2, _ROOT_ENTRIES, _DISK_SECTORS, 0xF8, _FAT_SECTORS,
        32, 64, 0, 0, 0x80, 0, 0x29, 0x20261118, b"DEMO DISK  ", b"FAT16   ",
    )  # fmt: skip
    return (b"\xeb\x3c\x90CUSTODY " + sizes).ljust(_SECTOR - 2, b"\0") + b"\x55\xaa"


def all_images(paths: tuple[str, ...]) -> bool:
    """Whether the names say that everything is a disk image; a folder is looked into one level deep."""
    names = [name for path in paths for name in (_names(path) if Path(path).is_dir() else [os.fsencode(path)])]
    return bool(names) and all(_IMAGE.fullmatch(os.fsdecode(name)) for name in names)


def _names(path: str) -> list[bytes]:
    """The names in a folder of evidence, read as evidence is."""
    folder = Folder.at(path)
    try:
        return folder.names()[0]
    finally:
        folder.close()
