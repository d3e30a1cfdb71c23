"""What the kernel (sysfs) and udev say about a block device beside its numbers. Reads their files only, never the
device.

The texts come from the device itself, so each is cut to one line of MOST_TEXT characters. Where a file is not
there, the fact is not known.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from hashing.devices.facts import MOST_TEXT, Words

SECTOR = 512
"""Bytes by which sysfs counts, whatever the device's own sectors."""
_MOST_FILE = 64 * 1024
# The outermost way to the disk says what carries it, so the order counts.
_BUSES = (
    ("usb", r"/usb\d+/"),
    ("firewire", r"/fw\d+/"),
    ("nvme", r"/nvme\d+"),
    ("mmc", r"/mmc_host/"),
    ("ata", r"/ata\d+/"),
    ("virtio", r"/virtio\d+/"),
    ("scsi", r"/host\d+/"),
    ("virtual", r"/virtual/"),
)


@dataclass(frozen=True)
class DevicePlaces:
    """Where the kernel and udev keep their files."""

    devices: Path = Path("/sys/dev/block")
    udev: Path = Path("/run/udev/data")


USUAL = DevicePlaces()


def words_of(number: str, places: DevicePlaces = USUAL) -> Words:
    """What is said about the device with a number, `MAJOR:MINOR`; never raises."""
    try:
        own = (places.devices / number).resolve(strict=True)
    except OSError:
        return Words()
    partition = _number(own / "partition")
    disk = own if partition is None else own.parent
    udev = _udev(places.udev / f"b{_text(disk / 'dev') or number}")
    bus = _bus(disk, udev)
    port = _usb_port(disk) if bus == "usb" else None
    vendor = _first(disk / "device/vendor" if bus != "virtio" else None, _at(port, "manufacturer"))
    vendor = vendor or udev.get("ID_VENDOR")
    return Words(
        disk=disk.name,
        partition=partition,
        start=_start(own) if partition is not None else None,
        disk_read_only=_flag(disk / "ro"),
        vendor=vendor,
        model=_first(disk / "device/model", disk / "device/name", _at(port, "product")) or udev.get("ID_MODEL"),
        serial=_serial(disk, port, udev),
        firmware=_first(*(disk / "device" / name for name in ("rev", "firmware_rev", "fwrev")))
        or udev.get("ID_REVISION"),
        wwn=_first(disk / "wwid", disk / "device/wwid") or udev.get("ID_WWN"),
        bus=bus,
        connection=_connection(port),
        backing=_text(disk / "loop/backing_file"),
        removable=_flag(disk / "removable"),
        sequence=_number(disk / "diskseq"),
        ata=udev.get("ID_ATA") == "1" or (vendor == "ATA" and bus != "usb"),
    )


def _bus(disk: Path, udev: dict[str, str]) -> str | None:
    """What carries the disk; inside `/virtual/` no other word counts."""
    way = f"{disk}/"
    if "/devices/virtual/" in way:
        return "virtual"
    return next((bus for bus, pattern in _BUSES if re.search(pattern, way)), None) or udev.get("ID_BUS")


def _serial(disk: Path, port: Path | None, udev: dict[str, str]) -> str | None:
    """The serial number; behind USB that of the stick or bridge, because what lies behind is often made up."""
    if port is not None and (found := _text(port / "serial")):
        return found
    return (
        _unit_serial(disk / "device/vpd_pg80")
        or _first(disk / "device/serial", disk / "serial")
        or udev.get("ID_SERIAL_SHORT")
    )


def _unit_serial(page: Path) -> str | None:
    """The serial number in SCSI's vital product data: four bytes of header, then text."""
    data = _bytes(page)
    if len(data) < 4 or data[1] != 0x80:
        return None
    return _line(data[4 : 4 + int.from_bytes(data[2:4], "big")])


def _usb_port(disk: Path) -> Path | None:
    """The folder of the USB device that a disk hangs on."""
    return next((folder for folder in disk.parents if (folder / "idVendor").exists()), None)


def _connection(port: Path | None) -> str | None:
    """The USB device in words: numbers, names, speed."""
    if port is None:
        return None
    numbers = ":".join(_text(port / name) or "?" for name in ("idVendor", "idProduct"))
    names = " ".join(filter(None, (_text(port / name) for name in ("manufacturer", "product"))))
    speed = _text(port / "speed")
    told = f"usb {numbers} {names}".rstrip() + (f", {speed} Mb/s" if speed else "")
    return told[:MOST_TEXT]


def _udev(path: Path) -> dict[str, str]:
    """What udev found out about a disk."""
    lines = _bytes(path).decode("utf-8", "backslashreplace").splitlines()
    pairs = (line[2:].partition("=") for line in lines if line.startswith("E:"))
    return {name: value.strip()[:MOST_TEXT] for name, _, value in pairs if value.strip()}


def _start(partition: Path) -> int | None:
    sectors = _number(partition / "start")
    return None if sectors is None else sectors * SECTOR


def _at(folder: Path | None, name: str) -> Path | None:
    return folder / name if folder else None


def _first(*paths: Path | None) -> str | None:
    """The first text that is there."""
    return next((text for path in paths if path and (text := _text(path))), None)


def _flag(path: Path) -> bool | None:
    number = _number(path)
    return None if number is None else number != 0


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else None


def _text(path: Path) -> str | None:
    return _line(_bytes(path))


def _line(data: bytes) -> str | None:
    """One line of text, or None where there is nothing in it."""
    text = " ".join(data.replace(b"\0", b" ").decode("utf-8", "backslashreplace").split())
    return text[:MOST_TEXT] or None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_FILE)
    except OSError:
        return b""
