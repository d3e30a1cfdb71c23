"""The older partition table: four entries in the first sector, and a chain of further ones. Pure and strict."""

import struct
from collections.abc import Iterator

from hashing.devices.partition_table import Damaged, Partition, Read, Table, placed

_ENTRY = struct.Struct("<B3xB3xII")
_ENTRIES, _MARK, _DISK = 446, 510, 440
_EXTENDED = (0x05, 0x0F, 0x85)
_PROTECTIVE = 0xEE
_MOST_LOGICAL = 256
_FILE_SYSTEMS = ((3, b"NTFS    "), (3, b"EXFAT   "), (82, b"FAT32"), (54, b"FAT16"), (54, b"FAT12"), (54, b"FAT "))
MEANINGS = {
    0x01: "FAT12",
    0x04: "FAT16, small",
    0x05: "extended",
    0x06: "FAT16",
    0x07: "NTFS or exFAT",
    0x0B: "FAT32",
    0x0C: "FAT32",
    0x0E: "FAT16",
    0x0F: "extended",
    0x11: "FAT12, hidden",
    0x14: "FAT16, small, hidden",
    0x16: "FAT16, hidden",
    0x17: "NTFS or exFAT, hidden",
    0x1B: "FAT32, hidden",
    0x1C: "FAT32, hidden",
    0x1E: "FAT16, hidden",
    0x27: "Windows recovery",
    0x42: "Windows dynamic disk",
    0x82: "Linux swap",
    0x83: "Linux",
    0x85: "extended, Linux",
    0x8E: "Linux LVM",
    0xA5: "FreeBSD",
    0xA6: "OpenBSD",
    0xA8: "macOS UFS",
    0xAF: "macOS HFS",
    0xEE: "protects a GPT",
    0xEF: "EFI system",
    0xFB: "VMware VMFS",
    0xFD: "Linux RAID",
}


def beside_protective(sector: bytes) -> int | None:
    """How many partitions a first sector lists beside saying that a GPT follows; None where it does not say so."""
    kinds = [kind for _, kind, _, _ in _entries(sector) if kind] if _is_marked(sector) else []
    return sum(kind != _PROTECTIVE for kind in kinds) if _PROTECTIVE in kinds else None


def read_mbr(read: Read, sector: bytes, size: int, unit: int) -> Table:
    """The table in a first sector; raises Damaged, and OSError where a further sector cannot be read."""
    if not _is_marked(sector):
        return Table(scheme="none", reason="the first sector does not bear the mark of a table", sector=unit)
    entries = list(_entries(sector))
    system = _file_system(sector)
    if system and not _is_sound(entries):
        return Table(scheme="none", reason=f"a file system begins in the first sector ({system})", sector=unit)
    if any(status not in (0, 0x80) for status, _, _, _ in entries):
        raise Damaged("the first sector bears the mark of a table, and its entries are none")
    found, remarks = _primary(entries)
    for each in tuple(found):
        if int(each.type, 16) in _EXTENDED:
            remarks += _logical(read, each, unit, found)
    remarks += placed([each for each in found if int(each.type, 16) not in _EXTENDED], size // unit)
    if any(int(each.type, 16) == _PROTECTIVE for each in found):
        remarks.append("it says that a GPT follows, and none does")
    identifier = f"0x{int.from_bytes(sector[_DISK : _DISK + 4], 'little'):08x}"
    return Table(scheme="mbr", sector=unit, identifier=identifier, partitions=tuple(found), remarks=tuple(remarks))


def _is_marked(sector: bytes) -> bool:
    return sector[_MARK : _MARK + 2] == b"\x55\xaa"


def _entries(sector: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Status, type, first sector, number of sectors of each of the four."""
    for place in range(_ENTRIES, _MARK, _ENTRY.size):
        yield _ENTRY.unpack_from(sector, place)


def _is_sound(entries: list[tuple[int, int, int, int]]) -> bool:
    """Whether a sector that begins a file system may hold a table all the same."""
    used = [entry for entry in entries if entry[1]]
    return bool(used) and all(
        status in (0, 0x80) and first and count for status, _, first, count in used
    ) and all(not any(entry) for entry in entries if not entry[1])  # fmt: skip


def _file_system(sector: bytes) -> str:
    if sector[0] not in (0xEB, 0xE9):
        return ""
    return next((mark.decode().strip() for at, mark in _FILE_SYSTEMS if sector[at : at + len(mark)] == mark), "")


def _primary(entries: list[tuple[int, int, int, int]]) -> tuple[list[Partition], list[str]]:
    found, remarks = [], []
    for number, (_, kind, first, count) in enumerate(entries, 1):
        if kind and first and count:
            found.append(_partition(number, kind, first, count))
        elif kind or first or count:
            remarks.append(f"entry {number} is used in part: type 0x{kind:02x}, first {first}, sectors {count}")
    return found, remarks


def _partition(number: int, kind: int, first: int, count: int) -> Partition:
    return Partition(number=number, first=first, sectors=count, type=f"0x{kind:02x}", meaning=MEANINGS.get(kind, ""))


def _logical(read: Read, extended: Partition, unit: int, found: list[Partition]) -> list[str]:
    """Add the partitions inside an extended one; the remarks say where their chain breaks off."""
    at, number = extended.first, max(4, *(each.number for each in found))
    seen: set[int] = set()
    while len(seen) < _MOST_LOGICAL:
        if at in seen or not extended.first <= at <= extended.last:
            return [f"the chain in partition {extended.number} leads to sector {at}, where it cannot be"]
        seen.add(at)
        sector = read(at * unit, 512)
        if len(sector) < 512 or not _is_marked(sector):
            return [f"the chain in partition {extended.number} breaks off at sector {at}"]
        (_, kind, first, count), (_, link, following, _), *_ = _entries(sector)
        if kind and count:
            number += 1
            found.append(_partition(number, kind, at + first, count))
            if at + first + count - 1 > extended.last:
                return [f"partition {number} leaves partition {extended.number}, which it lies in"]
        if link not in _EXTENDED or not following:
            return []
        at = extended.first + following
    return [f"the chain in partition {extended.number} has more than {_MOST_LOGICAL} parts"]
