"""Reads a partition table in a process with limits: the bytes are hostile, and whoever asks may hold a key.

The process gets one open descriptor, reads a few sectors of it at most, and answers once. One that stops, hangs
or sends an invalid response costs the table only, which is then "not known".
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from hashing.devices.partition_table import Partition, Table, not_known
from hashing.devices.partitions import read_table
from hashing.errors import CannotStart
from hashing.sandbox.channel import Channel
from hashing.sandbox.fields import check_list, check_number, check_object, read_object

PATIENCE = 60.0
"""Seconds for the answer; a failing disk may try each sector for a while."""
_ASK, _TABLE = b"?", b"T"
_MOST_ANSWER = 1 << 20
_MOST_TEXT = 300
_MOST_LISTED = 4096
_MOST_SECTOR = 1 << 64


def main(descriptor: str, parent: str, size: str, sector: str) -> None:
    """Read the table of the device that is sent, and answer."""
    from hashing.sandbox.serve import serve

    def answer(channel: Channel) -> None:
        channel.receive()
        (device,) = channel.receive_descriptors(1)
        table = read_table(_reader(device, int(size)), int(size), int(sector))
        channel.send(_TABLE, json.dumps(asdict(table)).encode())

    serve(descriptor, parent, answer)


def _reader(device: int, size: int) -> Callable[[int, int], bytes]:
    """Bytes of the device at an offset, fewer only at its end."""
    return lambda offset, length: os.pread(device, min(length, size - offset), offset) if offset < size else b""


def table_of(device: int, size: int, sector: int) -> Table:
    """The partition table of the device behind a descriptor; never raises for what the process does."""
    from hashing.sandbox.process import Deadline, LimitedProcess, ProcessFailed

    try:
        process = LimitedProcess("hashing.devices.looking", [str(size), str(sector)], {_TABLE: _MOST_ANSWER})
    except CannotStart as error:
        return not_known(f"no process to read it with: {error.message}")
    try:
        process.send(_ASK, descriptors=[device])
        _, untrusted_body = process.receive(Deadline(PATIENCE))
        with process.checking():
            return unpacked(untrusted_body)
    except ProcessFailed as error:
        return not_known(error.message)
    finally:
        process.end()


def unpacked(answer: bytes) -> Table:
    """A table as the process sent it, taken apart without trust; raises ValueError."""
    told = read_object(answer, [each.name for each in fields(Table)])
    listed, noted = (check_list(told.pop(name), _MOST_LISTED) for name in ("partitions", "remarks"))
    partitions = tuple(Partition(**_checked(Partition, each)) for each in listed)
    remarks = tuple(_text(each) for each in noted)
    return Table(**_checked(Table, told), partitions=partitions, remarks=remarks)


def _checked(shape: Any, value: Any) -> dict[str, Any]:
    """The simple fields of a shape, each of its type and size; raises ValueError."""
    kinds = {each.name: each.type for each in fields(shape) if each.type in (int, str)}
    told = check_object(value, kinds)
    return {
        name: check_number(told[name], _MOST_SECTOR) if kind is int else _text(told[name])
        for name, kind in kinds.items()
    }


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value[:_MOST_TEXT]
