"""Opens a block device for reading only, with everything that can be said about it.

    with open_device("/dev/sdb") as opened:
        ... read from opened.descriptor ...
        changed = same(opened.facts.identity, identity_now(opened.descriptor))

Whether the device may be read although it could be written to is for the caller to decide.
"""

import os
from collections.abc import Mapping
from types import TracebackType

from hashing.devices import hidden, node
from hashing.devices.facts import DeviceFacts, Identity, Words
from hashing.devices.kernel import words_of
from hashing.devices.looking import table_of
from hashing.devices.partition_table import Table, not_known
from hashing.errors import DeviceFails
from hashing.opening import reason_of


class Opened:
    """A device to read from. Whoever opened it closes it."""

    __slots__ = ("descriptor", "facts")

    def __init__(self, descriptor: int, facts: DeviceFacts) -> None:
        self.descriptor = descriptor
        self.facts = facts

    def __enter__(self) -> "Opened":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the descriptor back; safe to repeat."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def open_device(path: str) -> Opened:
    """The device a path stands for, a link such as /dev/disk/by-id/... included.

    Raises NoDevices, NotFound, NotADevice, DeviceDenied (then see hashing/access.py) or DeviceFails.
    """
    real = node.real_node(path)
    return described(node.open_node(real), path, real)


def described(descriptor: int, path: str, real: str, said: Mapping[str, str] | None = None) -> Opened:
    """An open device with its facts; closes it where they cannot be had.

    `said`: what hdparm said, where somebody with more rights has asked it already.
    """
    try:
        return Opened(descriptor, _facts(descriptor, path, real, said))
    except OSError as error:
        os.close(descriptor)
        raise DeviceFails(path, reason_of(error)) from error
    except BaseException:
        os.close(descriptor)
        raise


def identity_now(descriptor: int) -> Identity:
    """What an open device is at this moment, to compare with what it was; raises DeviceFails where it is gone."""
    try:
        number = node.number_of(descriptor)
        words = words_of(number)
        return Identity(
            number=number,
            serial=words.serial,
            size=node.size_of(descriptor),
            sector=node.sector_of(descriptor),
            sequence=words.sequence,
        )
    except OSError as error:
        raise DeviceFails("the device", reason_of(error)) from error


def _facts(descriptor: int, path: str, real: str, said: Mapping[str, str] | None) -> DeviceFacts:
    """Everything there is to say; raises OSError."""
    size, sector = node.size_of(descriptor), node.sector_of(descriptor)
    number = node.number_of(descriptor)
    words = words_of(number)
    return DeviceFacts(
        named=path,
        node=real,
        number=number,
        size=size,
        sector=sector,
        physical_sector=node.physical_sector_of(descriptor),
        read_only=node.is_read_only(descriptor),
        words=words,
        table=_table(descriptor, words, size, sector),
        hidden=_hidden(descriptor, words, said),
    )


def _table(descriptor: int, words: Words, size: int, sector: int) -> Table:
    if words.partition is not None:
        return not_known(f"a partition was opened, and the table stands on its disk {words.disk}")
    return table_of(descriptor, size, sector)


def _hidden(descriptor: int, words: Words, said: Mapping[str, str] | None) -> hidden.Hidden:
    if reason := not_asked(words):
        return hidden.unknown(reason)
    said = hidden.ask_hdparm(descriptor) if said is None else said
    if "reason" in said:
        return hidden.unknown(said["reason"])
    return hidden.read_hidden(said.get("hpa", ""), said.get("dco", ""))


def not_asked(words: Words) -> str:
    """Why a disk is not asked about hidden areas; nothing where it is."""
    if words.partition is not None:
        return f"a partition was opened, and these belong to its disk {words.disk}"
    if words.ata:
        return ""
    if words.bus == "usb":
        return "behind USB; a bridge does not pass the question on"
    return f"no ATA disk ({words.bus or 'bus not known'})"
