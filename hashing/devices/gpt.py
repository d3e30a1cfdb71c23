"""The newer partition table (GPT): a header with a checksum, its entries, and a second copy of both. Pure, strict."""

import struct
import zlib
from dataclasses import dataclass
from uuid import UUID

from hashing.devices.partition_table import Damaged, Partition, Read, Table, placed

_HEADER = struct.Struct("<8s4sIII QQQQ 16s QIII")
_ENTRY = struct.Struct("<16s16sQQQ72s")
_MARK = b"EFI PART"
_MOST_ENTRIES = 1 << 20
"""Bytes of all entries that are read; usual are 16 KiB."""
_MOST_PARTITIONS = 1024
_NOTHING = bytes(16)
MEANINGS = {
    "c12a7328-f81f-11d2-ba4b-00a0c93ec93b": "EFI system",
    "21686148-6449-6e6f-744e-656564454649": "BIOS boot",
    "e3c9e316-0b5c-4db8-817d-f92df00215ae": "Microsoft reserved",
    "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7": "Microsoft data",
    "de94bba4-06d1-4d40-a16a-bfd50179d6ac": "Windows recovery",
    "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3": "Windows dynamic disk, metadata",
    "af9b60a0-1431-4f62-bc68-3311714a69ad": "Windows dynamic disk, data",
    "0fc63daf-8483-4772-8e79-3d69d8477de4": "Linux",
    "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f": "Linux swap",
    "e6d6d379-f507-44c2-a23c-238f2a3df928": "Linux LVM",
    "a19d880f-05fc-4d3b-a006-743f0f84911e": "Linux RAID",
    "48465300-0000-11aa-aa11-00306543ecac": "macOS HFS+",
    "7c3457ef-0000-11aa-aa11-00306543ecac": "macOS APFS",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Header:
    """The fields that are used, of a header whose checksums are right."""

    other: int
    """Sector of the other copy."""
    identifier: bytes
    entries: bytes
    entry: int
    """Bytes of one entry."""
    first_usable: int
    last_usable: int


def read_gpt(read: Read, size: int, unit: int, *, protected: bool) -> Table | None:
    """The table counted in sectors of `unit` bytes; None where there is none.

    Where the first sector does not announce it (`protected`), only a sound first copy counts: the second may be
    left over from an earlier use of the disk. Raises Damaged.
    """
    end = size // unit - 1
    if end < 2:
        return None
    head, why = _tried(read, unit, 1)
    if head:
        return _table(head, size, unit, _about_second(read, unit, head, end))
    if not protected:
        return None
    last, last_why = _tried(read, unit, end)
    if last:
        return _table(last, size, unit, [f"read from its second copy, because of the first: {why}"])
    if why == last_why == _ABSENT:
        return None
    raise Damaged(f"a GPT is there, and neither copy is sound: {why}; {last_why}")


def _about_second(read: Read, unit: int, head: _Header, end: int) -> list[str]:
    """What is wrong with the second copy that a first one names."""
    if head.other > end:
        return [f"its second copy should stand in sector {head.other}, behind the end of the device"]
    second, why = _tried(read, unit, head.other)
    if second and (second.other != 1 or second.entries != head.entries or second.identifier != head.identifier):
        why = "it says something else"
    return [f"its second copy is not sound: {why}"] if why else []


_ABSENT = "no mark of it"


def _tried(read: Read, unit: int, at: int) -> tuple[_Header | None, str]:
    """The copy whose header stands in a sector, or why it is not sound."""
    try:
        return _header(read, unit, at), ""
    except Damaged as damage:
        return None, str(damage)
    except OSError:
        return None, f"sector {at} cannot be read"


def _header(read: Read, unit: int, at: int) -> _Header:
    """A header and its entries; raises Damaged and OSError."""
    sector = read(at * unit, unit)
    if len(sector) < _HEADER.size or sector[:8] != _MARK:
        raise Damaged(_ABSENT)
    _, version, length, check, _, own, other, low, high, disk, table, count, entry, entries_check = _HEADER.unpack_from(
        sector
    )
    if not _HEADER.size <= length <= unit or zlib.crc32(sector[:16] + bytes(4) + sector[20:length]) != check:
        raise Damaged("the checksum of the header is wrong")
    if version != b"\0\0\1\0" or own != at:
        raise Damaged("the header is of another version, or of another sector")
    if entry < _ENTRY.size or entry % _ENTRY.size or not count or count * entry > _MOST_ENTRIES:
        raise Damaged(f"{count} entries of {entry} bytes cannot be")
    entries = read(table * unit, count * entry)
    if len(entries) < count * entry or zlib.crc32(entries) != entries_check:
        raise Damaged("the checksum of the entries is wrong")
    return _Header(other=other, identifier=disk, entries=entries, entry=entry, first_usable=low, last_usable=high)


def _table(head: _Header, size: int, unit: int, remarks: list[str]) -> Table:
    found: list[Partition] = []
    for number, place in enumerate(range(0, len(head.entries), head.entry), 1):
        kind, _, first, last, _, name = _ENTRY.unpack_from(head.entries, place)
        if kind == _NOTHING:
            continue
        if last < first:
            remarks.append(f"entry {number} ends before it begins")
        elif len(found) == _MOST_PARTITIONS:
            remarks.append(f"only the first {_MOST_PARTITIONS} partitions are listed")
            break
        else:
            found.append(_partition(number, kind, first, last, name))
            if first < head.first_usable or last > head.last_usable:
                remarks.append(f"partition {number} lies outside of what the table allows")
    remarks += placed(found, size // unit)
    identifier = str(UUID(bytes_le=head.identifier))
    return Table(scheme="gpt", sector=unit, identifier=identifier, partitions=tuple(found), remarks=tuple(remarks[:40]))


def _partition(number: int, kind: bytes, first: int, last: int, name: bytes) -> Partition:
    text = str(UUID(bytes_le=kind))
    words = name.decode("utf-16-le", "replace").split("\0", 1)[0]
    return Partition(
        number=number,
        first=first,
        sectors=last - first + 1,
        type=text,
        meaning=MEANINGS.get(text, ""),
        name=words,
    )
