"""A block device with bad sectors: a loop device over one file of a file system that we serve, which fails where told.

The kernel's own FUSE protocol, spoken by a child process: one file, read only. Skips where that is not possible.
"""

import ctypes
import errno
import os
import signal
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hashing.loops import loop

_IN = struct.Struct("<IIQQIIII")  # length, opcode, unique, node, uid, gid, pid, padding
_OUT = struct.Struct("<IiQ")
_ATTRIBUTES = struct.Struct("<QQQQQQIIIIIIIIII")
_GETATTR, _OPEN, _READ, _STATFS, _RELEASE, _FLUSH, _INIT = 3, 14, 15, 17, 18, 25, 26
_SILENT = (2, 42, 36)  # forget, batch forget, interrupt: they want no answer
_DIRECT = 1
_SECTOR = 512


@dataclass
class Failing:
    """The device, and the file that says which sectors are bad: one number a line, read at each request."""

    node: str
    bad: Path

    def fail(self, *sectors: int) -> None:
        """From now on exactly these sectors cannot be read."""
        new = self.bad.with_suffix(".new")
        new.write_text("".join(f"{sector}\n" for sector in sectors))
        new.replace(self.bad)


@contextmanager
def failing(data: Path, folder: Path, *sectors: int) -> Iterator[Failing]:
    """A device that holds a file's bytes, on which these sectors of 512 bytes are bad."""
    mounted, bad = folder / "mounted", folder / "bad"
    mounted.touch()
    made = Failing("", bad)
    made.fail(*sectors)
    child = _mount(mounted, data, bad)
    try:
        with loop(mounted, "--read-only") as node:
            made.node = node
            yield made
    finally:
        ctypes.CDLL(None).umount2(os.fsencode(mounted), 2)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _mount(mounted: Path, data: Path, bad: Path) -> int:
    """Mount on a file, and the child that serves it."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    try:
        line = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"no FUSE here: {error.strerror}")
    options = f"fd={line},rootmode=100444,user_id=0,group_id=0".encode()
    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(b"failing", os.fsencode(mounted), b"fuse", 0, options):
        os.close(line)
        pytest.skip(f"no FUSE here: {os.strerror(ctypes.get_errno())}")
    child = os.fork()
    if not child:
        try:
            _serve(line, data, bad)
        finally:
            os._exit(0)
    os.close(line)
    return child


def _serve(line: int, data: Path, bad: Path) -> None:
    file, size = os.open(data, os.O_RDONLY), data.stat().st_size
    while True:
        try:
            request = os.read(line, 1 << 20)
        except OSError:  # unmounted
            return
        _, opcode, unique, *_ = _IN.unpack_from(request)
        if opcode in _SILENT:
            continue
        status, body = _answer(opcode, request[_IN.size :], file, size, bad)
        with suppress(OSError):
            os.write(line, _OUT.pack(_OUT.size + len(body), status, unique) + body)


def _answer(opcode: int, body: bytes, file: int, size: int, bad: Path) -> tuple[int, bytes]:
    """Status and body of the answer to one request."""
    if opcode == _INIT:
        return 0, struct.pack("<IIIIHHIIHHI", 7, 31, 131072, 0, 12, 9, 4096, 1, 32, 0, 0) + bytes(28)
    if opcode == _GETATTR:
        attributes = (1, size, -(-size // 512), 0, 0, 0, 0, 0, 0, 0o100444, 1, 0, 0, 0, 4096, 0)
        return 0, struct.pack("<QII", 3600, 0, 0) + _ATTRIBUTES.pack(*attributes)
    if opcode == _OPEN:
        return 0, struct.pack("<QII", 1, _DIRECT, 0)
    if opcode == _READ:
        _, offset, length = struct.unpack_from("<QQI", body)
        if any(offset < (sector + 1) * _SECTOR and sector * _SECTOR < offset + length for sector in _bad(bad)):
            return -errno.EIO, b""
        return 0, os.pread(file, length, offset)
    if opcode in (_RELEASE, _FLUSH):
        return 0, b""
    return -errno.ENOSYS, b""


def _bad(path: Path) -> list[int]:
    return [int(word) for word in path.read_text().split()]
