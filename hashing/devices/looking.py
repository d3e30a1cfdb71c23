"""Reads a partition table in a process with limits: the bytes are hostile, and whoever asks may hold a key.

The process gets one open descriptor, reads a few sectors of it at most, and answers once. One that stops, hangs
or talks nonsense costs the table only, which is then "not known".
"""

import json
import os
import socket
import struct
import time
from contextlib import suppress
from dataclasses import asdict, fields
from typing import Any

from hashing.devices.partitions import Partition, Table, not_known, read_table
from hashing.opening import reason_of

PATIENCE = 60.0
"""Seconds for the answer; a failing disk may try each sector for a while."""
_LAST_WAIT = 0.5
_LENGTH = struct.Struct("!I")
_MOST_ANSWER = 1 << 20
_MOST_TEXT = 300
_MOST_SECTOR = 1 << 64


def main(descriptor: str, parent: str, size: str, sector: str) -> None:
    """Read the table of the device that is sent, and answer."""
    from hashing.describe import limits

    limits.apply(int(parent))
    line = socket.socket(fileno=int(descriptor))
    with suppress(OSError):  # the other end is gone
        device = socket.recv_fds(line, 1, 1)[1][0]
        table = read_table(_reader(device, int(size)), int(size), int(sector))
        answer = json.dumps(asdict(table)).encode()
        line.sendall(_LENGTH.pack(len(answer)) + answer)
    os._exit(0)


def _reader(device: int, size: int) -> Any:
    """Bytes of the device at an offset, fewer only at its end."""
    return lambda offset, length: os.pread(device, min(length, size - offset), offset) if offset < size else b""


def table_of(device: int, size: int, sector: int) -> Table:
    """The partition table of the device behind a descriptor; never raises for what the process does."""
    from hashing.starting import Started

    try:
        process = Started("hashing.devices.looking", [str(os.getpid()), str(size), str(sector)], own_group=True)
    except OSError as error:
        return not_known(f"no process to read it with: {reason_of(error)}")
    try:
        socket.send_fds(process.socket, [b"d"], [device])
        return unpacked(_received(process.socket, time.monotonic() + PATIENCE))
    except TimeoutError:
        return not_known(f"no answer in {PATIENCE:g} s")
    except (OSError, EOFError):
        return not_known(f"the process that read it stopped ({process.end(_LAST_WAIT)})")
    except ValueError:
        return not_known("the process that read it talked nonsense")
    finally:
        process.end()


def _received(line: socket.socket, deadline: float) -> bytes:
    """The whole answer; raises TimeoutError, EOFError, or ValueError for one that is too long."""
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size, deadline))
    if length > _MOST_ANSWER:
        raise ValueError
    return _exactly(line, length, deadline)


def _exactly(line: socket.socket, length: int, deadline: float) -> bytes:
    received = bytearray()
    while len(received) < length:
        line.settimeout(max(0.001, deadline - time.monotonic()))
        portion = line.recv(length - len(received))
        if not portion:
            raise EOFError
        received += portion
    return bytes(received)


def unpacked(answer: bytes) -> Table:
    """A table as the process sent it, taken apart without trust; raises ValueError."""
    try:
        told = json.loads(answer)
        partitions = tuple(Partition(**_checked(Partition, each)) for each in told.pop("partitions"))
        remarks = tuple(_text(each) for each in told.pop("remarks"))
        return Table(**_checked(Table, told), partitions=partitions, remarks=remarks)
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("not a table") from error


def _checked(shape: Any, told: dict[str, Any]) -> dict[str, Any]:
    """The simple fields of a shape, each of its type and size; raises ValueError, TypeError."""
    kinds = {each.name: each.type for each in fields(shape) if each.type in (int, str)}
    if told.keys() != kinds.keys():
        raise ValueError("other fields")
    return {name: _number(told[name]) if kind is int else _text(told[name]) for name, kind in kinds.items()}


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_SECTOR:
        raise ValueError("not a number of a sector")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value[:_MOST_TEXT]
