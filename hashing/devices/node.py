"""A block device as the kernel hands it to us: opened for reading only, and asked for its size and state.

Knows Linux. On other systems nothing here fails before a device is asked for. Reads no byte of the device.
"""

import os
import stat
import struct
import sys

from hashing.errors import DeviceDenied, DeviceFails, NoDevices, NotADevice, NotFound
from hashing.opening import reason_of

# linux/fs.h, as 64-bit Linux numbers them on x86, ARM and RISC-V.
_READ_ONLY, _SECTOR, _PHYSICAL_SECTOR, _SIZE = 0x125E, 0x1268, 0x127B, 0x80081272
_SAFE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_KINDS = (
    (stat.S_ISREG, "an ordinary file"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISLNK, "a symbolic link"),
)


def real_node(path: str) -> str:
    """The node that a path stands for; links such as those in /dev/disk/by-id are resolved here and only here.

    Raises NoDevices, NotFound or NotADevice.
    """
    if sys.platform != "linux":
        raise NoDevices(sys.platform)
    try:
        node = os.path.realpath(path, strict=True)
        mode = os.lstat(node).st_mode
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise NotFound(path, reason_of(error) if isinstance(error, OSError) else "not a path") from error
    if not stat.S_ISBLK(mode):
        raise NotADevice(path, _kind(mode))
    return node


def open_node(node: str) -> int:
    """A descriptor to read a device by, from its real node; raises DeviceDenied, DeviceFails or NotADevice."""
    try:
        descriptor = os.open(node, _SAFE)
    except PermissionError as error:
        raise DeviceDenied(node) from error
    except OSError as error:
        raise DeviceFails(node, reason_of(error)) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISBLK(mode):
        os.close(descriptor)
        raise NotADevice(node, _kind(mode))
    return descriptor


def number_of(descriptor: int) -> str:
    """Which device a descriptor belongs to: `MAJOR:MINOR`."""
    number = os.fstat(descriptor).st_rdev
    return f"{os.major(number)}:{os.minor(number)}"


def size_of(descriptor: int) -> int:
    """Bytes of the device as the kernel sees it now. Raises OSError."""
    return _asked(descriptor, _SIZE, "Q")


def sector_of(descriptor: int) -> int:
    """Bytes of one sector as it is addressed. Raises OSError."""
    return _asked(descriptor, _SECTOR, "i")


def physical_sector_of(descriptor: int) -> int:
    """Bytes that the medium itself writes at once. Raises OSError."""
    return _asked(descriptor, _PHYSICAL_SECTOR, "I")


def is_read_only(descriptor: int) -> bool:
    """Whether the kernel refuses to write to the device. Raises OSError."""
    return _asked(descriptor, _READ_ONLY, "i") != 0


def is_for_reading_only(descriptor: int) -> bool:
    """Whether the descriptor itself cannot be written through."""
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY


def _asked(descriptor: int, question: int, form: str) -> int:
    import fcntl

    answer = fcntl.ioctl(descriptor, question, bytes(struct.calcsize(form)))
    return int(struct.unpack(form, answer)[0])


def _kind(mode: int) -> str:
    return next((words for is_kind, words in _KINDS if is_kind(mode)), "something else")
