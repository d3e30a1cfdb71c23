"""Whether a block that no file holds is in use: the file system's own, or free. Read from its tables, strictly.

Pure: bytes come from a function, values go out. The bytes are hostile: what does not hold raises Unknown. Only the
limited process uses this.
"""

import struct
from collections.abc import Callable

Read = Callable[[int, int], bytes]
"""So many bytes from an offset in the file system; raises OSError."""
InUse = Callable[[int], bool]
"""Whether a block, as The Sleuth Kit counts them, is in use; raises Unknown."""

_SECTOR_SIZES = (512, 1024, 2048, 4096)
_CACHED = 65_536


class Unknown(Exception):
    """It cannot be said."""


class _Cached:
    """Reads from a table in portions, for bits are asked for one behind the other."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._at, self._held = -1, b""

    def bytes(self, offset: int, length: int) -> bytes:
        """So many bytes, at most four; raises Unknown."""
        if not self._at <= offset <= offset + length <= self._at + len(self._held) or self._at < 0:
            try:
                self._at, self._held = offset, self._read(offset, _CACHED)
            except OSError as error:
                raise Unknown from error
        found = self._held[offset - self._at : offset - self._at + length]
        if len(found) < length:
            raise Unknown
        return found

    def bit(self, offset: int, number: int) -> bool:
        """One bit of a map that begins at an offset; the lowest of a byte is the first."""
        return bool(self.bytes(offset + number // 8, 1)[0] >> number % 8 & 1)


def fat(read: Read) -> InUse:
    """For FAT12, FAT16 and FAT32, whose blocks are sectors; raises Unknown."""
    boot = _read(read, 0, 90)
    sector, cluster, reserved, tables, entries = struct.unpack_from("<HBHBH", boot, 11)
    small, short = struct.unpack_from("<H", boot, 19)[0], struct.unpack_from("<H", boot, 22)[0]
    sectors = small or struct.unpack_from("<I", boot, 32)[0]
    length = short or struct.unpack_from("<I", boot, 36)[0]
    if sector not in _SECTOR_SIZES or not cluster or not reserved or not tables or not length:
        raise Unknown
    data = reserved + tables * length + -(-entries * 32 // sector)
    clusters = (sectors - data) // cluster
    table, at = _Cached(read), reserved * sector

    def in_use(block: int) -> bool:
        if block < data:
            return True
        number = (block - data) // cluster + 2
        if not 2 <= number < clusters + 2:
            raise Unknown
        return _entry(table, at, number, clusters) != 0

    return in_use


def _entry(table: _Cached, at: int, number: int, clusters: int) -> int:
    """What a table says of a cluster; its width follows from how many there are."""
    if clusters < 4085:
        pair = int.from_bytes(table.bytes(at + number * 3 // 2, 2), "little")
        return pair >> 4 if number % 2 else pair & 0xFFF
    if clusters < 65_525:
        return int.from_bytes(table.bytes(at + number * 2, 2), "little")
    return int.from_bytes(table.bytes(at + number * 4, 4), "little") & 0x0FFF_FFFF


def exfat(read: Read, read_map: Read) -> InUse:
    """For exFAT, whose blocks are sectors; `read_map` reads its allocation bitmap. Raises Unknown."""
    boot = _read(read, 0, 120)
    (heap,), shift = struct.unpack_from("<I", boot, 88), boot[109]
    if not heap or shift > 25:
        raise Unknown
    bits = _Cached(read_map)
    return lambda block: block < heap or bits.bit(0, (block - heap) >> shift)


def ntfs(read_map: Read) -> InUse:
    """For NTFS, whose blocks are clusters; `read_map` reads `$Bitmap`."""
    bits = _Cached(read_map)
    return lambda block: bits.bit(0, block)


def ext(read: Read) -> InUse:
    """For ext2, ext3 and ext4; raises Unknown."""
    groups = _Groups(read)
    bits = _Cached(read)

    def in_use(block: int) -> bool:
        if block < groups.first:
            return True
        group, number = divmod(block - groups.first, groups.per_group)
        if groups.has_map(group):
            return bits.bit(groups.place(group, 0) * groups.size, number)
        return groups.is_own(group, number, block)

    return in_use


class _Groups:
    """The superblock and the group descriptors of an ext file system; raises Unknown for what is not known here."""

    def __init__(self, read: Read) -> None:
        data = _read(read, 1024, 1024)
        blocks, _, _, _, self.first, log = struct.unpack_from("<IIIIII", data, 4)
        self.per_group, _, per_group = struct.unpack_from("<III", data, 32)
        compatible, incompatible, read_only = struct.unpack_from("<III", data, 92)
        inode_size, descriptor = (struct.unpack_from("<H", data, at)[0] for at in (88, 254))
        (reserved,) = struct.unpack_from("<H", data, 206)
        if data[56:58] != b"\x53\xef" or log > 6 or not self.per_group or read_only & 0x200 or incompatible & 0x10:
            raise Unknown  # BIGALLOC and META_BG place their tables otherwise
        self.size = 1024 << log
        self._step = descriptor if incompatible & 0x80 else 32
        if not 32 <= self._step <= self.size:
            raise Unknown
        self._may_lack_maps = bool(read_only & 0x410)  # GDT_CSUM, METADATA_CSUM
        self._tables = -(-per_group * inode_size // self.size)
        count = -(-blocks // self.per_group)
        self._sparse, self._two = bool(read_only & 1), bool(compatible & 0x200)  # SPARSE_SUPER, SPARSE_SUPER2
        self._head = 1 + -(-count * self._step // self.size) + reserved
        self._descriptors = _Cached(read)

    def has_map(self, group: int) -> bool:
        """Whether the map of a group was ever written."""
        return not (self._may_lack_maps and self._at(group, 18, 2) & 2)

    def place(self, group: int, which: int) -> int:
        """The block of a group's map of blocks (0), map of inodes (1), or list of inodes (2)."""
        high = self._at(group, 32 + 4 * which, 4) if self._step >= 64 else 0
        return high << 32 | self._at(group, 4 * which, 4)

    def is_own(self, group: int, number: int, block: int) -> bool:
        """Whether a block of a group without a map holds something of the file system's own; else it is free."""
        if number < self._head and self._has_copy(group):
            return True
        table = self.place(group, 2)
        return block in (self.place(group, 0), self.place(group, 1)) or table <= block < table + self._tables

    def _has_copy(self, group: int) -> bool:
        """Whether a group begins with a copy of the superblock: where they are few, 0, 1, and powers of 3, 5 and 7."""
        if self._two:
            raise Unknown
        return not self._sparse or group <= 1 or any(_is_power(group, base) for base in (3, 5, 7))

    def _at(self, group: int, offset: int, length: int) -> int:
        at = (self.first + 1) * self.size + group * self._step + offset
        return int.from_bytes(self._descriptors.bytes(at, length), "little")


def _is_power(number: int, base: int) -> bool:
    while number % base == 0:
        number //= base
    return number == 1


def _read(read: Read, offset: int, length: int) -> bytes:
    try:
        data = read(offset, length)
    except OSError as error:
        raise Unknown from error
    if len(data) < length:
        raise Unknown
    return data
