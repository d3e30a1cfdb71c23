"""What a partition table says, read strictly from the first and last sectors of a disk.

Pure: bytes come from a function, values go out. The bytes are hostile: every number is checked before it is
used, no chain is followed for ever, and what does not hold is said in a remark or is "not known". Must run in a
process that holds no key (hashing/devices/looking.py). Mounts nothing, repairs nothing, reads no file system.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hashing.opening import reason_of

Read = Callable[[int, int], bytes]
"""So many bytes from an offset; fewer only at the end. Raises OSError."""
MOST_REMARKS = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Partition:
    """One entry, in sectors of the table."""

    number: int
    first: int
    sectors: int
    type: str
    """`0x83` in an MBR, a UUID in a GPT."""
    meaning: str
    """What the type stands for, or nothing."""
    name: str = ""
    """What a GPT calls it."""

    @property
    def last(self) -> int:
        return self.first + self.sectors - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A partition table."""

    scheme: str
    """`gpt`, `mbr`, `none`, or `not known`."""
    reason: str = ""
    """Why there is none, or none is known."""
    sector: int = 512
    """Bytes of one sector, by which the table counts."""
    identifier: str = ""
    """The disk's own identifier in its table."""
    partitions: tuple[Partition, ...] = ()
    remarks: tuple[str, ...] = ()
    """What in it does not hold."""


class Damaged(Exception):
    """A structure that is not what it should be; the message says why."""


def not_known(reason: str) -> Table:
    """No table, for a reason."""
    return Table(scheme="not known", reason=reason)


def read_table(read: Read, size: int, sector: int) -> Table:
    """The table of a disk of `size` bytes in sectors of `sector` bytes; never raises for what it reads."""
    try:
        begin = read(0, 512)
        if len(begin) < 512:
            return not_known("the device is smaller than a sector")
        return _either(read, begin, size, sector)
    except OSError as error:
        return not_known(f"a sector it stands in cannot be read: {reason_of(error)}")
    except Damaged as error:
        return not_known(str(error))


def _either(read: Read, begin: bytes, size: int, sector: int) -> Table:
    """The table that a system would go by; raises Damaged and OSError."""
    from hashing.devices import gpt, mbr

    others = mbr.beside_protective(begin)
    newer = (
        gpt.read_gpt(read, size, unit, protected=others is not None) for unit in dict.fromkeys((sector, 512, 4096))
    )
    found = next((table for table in newer if table), None)
    if found and others is not None:
        hybrid = ("the first sector lists partitions of its own beside it",) if others else ()
        return replace(found, remarks=(*hybrid, *found.remarks))
    older = mbr.read_mbr(read, begin, size, sector)
    if found is None:
        return older
    if older.partitions:
        return replace(older, remarks=(*older.remarks, "a GPT is there too, which the first sector does not mention"))
    return replace(found, remarks=("the first sector does not say that it is there", *found.remarks))


def placed(partitions: Sequence[Partition], sectors: int) -> list[str]:
    """Remarks about partitions that leave the disk or lie over each other."""
    remarks = [
        f"partition {each.number} ends {each.last + 1 - sectors} sectors behind the end of the device"
        for each in partitions
        if each.last >= sectors
    ]
    ordered = sorted(partitions, key=lambda each: (each.first, each.number))
    furthest = None
    for each in ordered:
        if furthest and each.first <= furthest.last:
            remarks.append(f"partitions {furthest.number} and {each.number} overlap")
        if furthest is None or each.last > furthest.last:
            furthest = each
    return remarks[:MOST_REMARKS]
