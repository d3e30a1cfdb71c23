"""What is known about a device: values only. Whether it is still the same device is judged here too.

Every text comes from the device or its bridge, through the kernel, and is as hostile as a file's name: at
most MOST_TEXT characters, and never shown without `safe()`.
"""

from dataclasses import dataclass, field

from hashing.devices.hidden import Hidden
from hashing.devices.partition_table import Table

MOST_TEXT = 200
"""Characters of one text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What must not change while a device is read."""

    number: str
    """`MAJOR:MINOR`."""
    serial: str | None
    size: int
    """Bytes."""
    sector: int
    """Bytes of one addressed sector."""
    sequence: int | None
    """The kernel counts every medium it meets; None where it tells no number, or no longer knows the device."""


def same(before: Identity, after: Identity) -> str:
    """What differs, in words; empty where it is the same device in the same shape."""
    told = (
        ("device number", before.number, after.number),
        ("serial number", before.serial, after.serial),
        ("size", f"{before.size} bytes", f"{after.size} bytes"),
        ("sector size", f"{before.sector} bytes", f"{after.sector} bytes"),
        ("kernel's count of media", before.sequence, after.sequence),
    )
    return "; ".join(f"{what} was {_or_unknown(old)}, is {_or_unknown(new)}" for what, old, new in told if old != new)


def _or_unknown(value: object) -> str:
    return "not known" if value is None else str(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What kernel and udev say about a device beside its numbers; None where they say nothing."""

    disk: str | None = None
    """The kernel's name of the whole disk: `sda`."""
    partition: int | None = None
    """Its number, where not the whole disk was named."""
    start: int | None = None
    """Where a partition begins on its disk, in bytes."""
    disk_read_only: bool | None = None
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    wwn: str | None = None
    """World wide name."""
    bus: str | None = None
    """usb, ata, scsi, nvme, mmc, virtio, virtual ..."""
    connection: str | None = None
    """What stands between the disk and this computer, where the kernel knows it: a USB bridge."""
    backing: str | None = None
    """The file behind a loop device."""
    removable: bool | None = None
    sequence: int | None = None
    ata: bool = False
    """Whether it understands ATA commands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceFacts:
    """A device as it was when it was opened."""

    named: str
    """As the user named it."""
    node: str
    """What was opened."""
    number: str
    size: int
    sector: int
    physical_sector: int
    read_only: bool
    """The kernel refuses to write to it. A write blocker that the kernel does not see does not show here."""
    words: Words
    table: Table
    hidden: Hidden = field(default_factory=Hidden)

    @property
    def identity(self) -> Identity:
        """What must be the same when reading ends."""
        return Identity(
            number=self.number,
            serial=self.words.serial,
            size=self.size,
            sector=self.sector,
            sequence=self.words.sequence,
        )
