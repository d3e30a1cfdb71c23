"""What a partition table says, read strictly from the first and last sectors of a disk.

Pure: bytes come from a function, values go out. The bytes are hostile: every number is checked before it is
used, no chain is followed for ever, and what does not hold is said in a remark or is "not known". Must run in a
process that holds no key (hashing/devices/looking.py). Mounts nothing, repairs nothing, reads no file system.
"""

from dataclasses import replace

from hashing.devices import gpt, mbr
from hashing.devices.partition_table import Damaged, Read, Table, not_known
from hashing.opening import reason_of


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
