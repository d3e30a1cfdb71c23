"""Real block devices: what they are, and whether they still are when reading ends."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hashing.devices.facts import Identity, same
from hashing.devices.kernel import DevicePlaces, words_of
from hashing.devices.opening import identity_now, open_device
from hashing.errors import DeviceFails, NoDevices, NotADevice, NotFound

from .conftest import python
from .loops import blank, loop, sfdisk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="devices are read on Linux")
MIB = 1 << 20


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return blank(tmp_path / "image", 8 * MIB)


def test_a_device_and_its_facts(image: Path) -> None:
    sfdisk(image, "label: gpt\nstart=2048,size=4096,type=L,name=photos\n")
    with loop(image) as node, open_device(node) as opened:
        facts = opened.facts
        assert (facts.named, facts.node, facts.number) == (node, node, f"7:{node.removeprefix('/dev/loop')}")
        assert (facts.size, facts.sector, facts.physical_sector) == (8 * MIB, 512, 512)
        assert (facts.read_only, facts.words.disk_read_only, facts.words.removable) == (False, False, False)
        assert (facts.words.disk, facts.words.bus, facts.words.partition) == (node[5:], "virtual", None)
        assert facts.words.backing == str(image)
        (partition,) = facts.table.partitions
        assert (facts.table.scheme, partition.first, partition.sectors, partition.name) == ("gpt", 2048, 4096, "photos")
        assert (partition.meaning, facts.table.remarks) == ("Linux", ())
        assert facts.hidden.hpa.text == facts.hidden.dco.text == "not known: no ATA disk (virtual)"
        assert facts.hidden.sectors is None


def test_the_descriptor_cannot_be_written_through_and_is_not_inherited(image: Path) -> None:
    with loop(image) as node, open_device(node) as opened:
        assert os.pread(opened.descriptor, 4, 0) == bytes(4)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.pwrite(opened.descriptor, b"x", 0)
        assert not os.get_inheritable(opened.descriptor)
    opened.close()
    assert opened.descriptor == -1


def test_a_device_that_the_kernel_keeps_from_writing(image: Path) -> None:
    with loop(image, "--read-only") as node, open_device(node) as opened:
        assert (opened.facts.read_only, opened.facts.words.disk_read_only) == (True, True)


def test_sectors_of_another_size(image: Path) -> None:
    with loop(image, "--sector-size", "4096") as node, open_device(node) as opened:
        assert (opened.facts.sector, opened.facts.physical_sector) == (4096, 4096)


def test_a_link_to_a_device_is_resolved_first(image: Path, tmp_path: Path) -> None:
    with loop(image) as node:
        (tmp_path / "by-id").symlink_to(node)
        with open_device(str(tmp_path / "by-id")) as opened:
            assert (opened.facts.named, opened.facts.node) == (str(tmp_path / "by-id"), node)


def test_a_partition_is_told_from_its_disk(image: Path) -> None:
    sfdisk(image, "label: dos\n2048,4096,c\n")
    with loop(image, "--partscan") as node:
        part = f"{node}p1"
        if not os.path.exists(part):
            pytest.skip("the kernel makes no nodes for partitions here")
        with open_device(part) as opened:
            words = opened.facts.words
            assert (words.disk, words.partition, words.start) == (node[5:], 1, MIB)
            assert opened.facts.size == 2 * MIB
            assert opened.facts.table.reason == f"a partition was opened, and the table stands on its disk {node[5:]}"
            assert "a partition was opened" in opened.facts.hidden.hpa.text


def test_what_is_no_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("x")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    for name, what in (("pipe", "a pipe"), ("file", "an ordinary file"), (".", "a folder")):
        with pytest.raises(NotADevice, match=f"no block device: it is {what}"):
            open_device(str(tmp_path / name))
    with pytest.raises(NotADevice, match="a character device"):
        open_device("/dev/null")
    for name in ("nothing", "dangling", "a\0b"):
        with pytest.raises(NotFound):
            open_device(str(tmp_path / name))


def test_a_node_without_a_device_behind_it(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "node", 0o60600, os.makedev(250, 200))
    except PermissionError:
        pytest.skip("nodes are made by root only")
    with pytest.raises(DeviceFails, match="does not answer"):
        open_device(str(tmp_path / "node"))


def test_another_system_is_told_so() -> None:
    code = """
import sys
sys.platform = "win32"
import hashing.access, hashing.devices.opening as opening
try:
    opening.open_device("x")
except Exception as error:
    print(type(error).__name__, error, error.hints)
"""
    done = python(code)
    assert done.stdout.startswith(f"{NoDevices.__name__} devices can be read on Linux only, and this is win32"), done
    assert "stored-image" in done.stdout


# --- still the same? ----------------------------------------------------------


def test_an_untouched_device_is_the_same(image: Path) -> None:
    with loop(image) as node, open_device(node) as opened:
        assert same(opened.facts.identity, identity_now(opened.descriptor)) == ""


def test_a_device_that_was_resized_while_it_was_open(image: Path) -> None:
    with loop(image) as node, open_device(node) as opened:
        os.truncate(image, 4 * MIB)
        subprocess.run(["losetup", "--set-capacity", node], check=True)
        assert same(opened.facts.identity, identity_now(opened.descriptor)) == (
            f"size was {8 * MIB} bytes, is {4 * MIB} bytes"
        )


def test_a_device_that_was_swapped_while_it_was_open(image: Path, tmp_path: Path) -> None:
    """Another medium of the same size under the same number: only the kernel's count tells them apart."""
    other = blank(tmp_path / "other", 8 * MIB)
    with loop(image, "--read-only") as node, open_device(node) as opened:
        if opened.facts.identity.sequence is None:
            pytest.skip("this kernel does not count media")
        changed = subprocess.run([sys.executable, "-c", _SWAP, node, str(other)], capture_output=True, text=True)
        assert changed.returncode == 0, changed.stderr
        told = same(opened.facts.identity, identity_now(opened.descriptor))
        assert told.startswith("kernel's count of media was "), told


_SWAP = """
import fcntl, os, sys
LOOP_CHANGE_FD = 0x4C06
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), LOOP_CHANGE_FD, os.open(sys.argv[2], os.O_RDONLY))
"""


def test_each_difference_has_words() -> None:
    one = Identity(number="8:0", serial="A1", size=100, sector=512, sequence=7)
    assert same(one, one) == ""
    for other, words in (
        (replace(one, number="8:16"), "device number was 8:0, is 8:16"),
        (replace(one, serial="B2"), "serial number was A1, is B2"),
        (replace(one, serial=None), "serial number was A1, is not known"),
        (replace(one, sector=4096), "sector size was 512 bytes, is 4096 bytes"),
        (replace(one, sequence=9), "kernel's count of media was 7, is 9"),
        (
            replace(one, size=0, sequence=None),
            "size was 100 bytes, is 0 bytes; kernel's count of media was 7, is not known",
        ),
    ):
        assert same(one, other) == words


# --- what the kernel says: trees of files as real computers have them ---------


class Kernel:
    """A tree of the kernel's files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.places = DevicePlaces(root / "sys/dev/block", root / "udev")
        self.places.devices.mkdir(parents=True)
        self.places.udev.mkdir()

    def disk(self, number: str, way: str, files: dict[str, str | bytes]) -> Path:
        folder = self._root / "sys/devices" / way
        for name, text in {"dev": number, **files}.items():
            path = Path(os.path.normpath(folder / name))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else f"{text}\n".encode())
        (self.places.devices / number).symlink_to(folder)
        return folder


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def test_a_sata_disk_with_a_partition(kernel: Kernel) -> None:
    way = "pci0000:00/0000:00:17.0/ata3/host2/target2:0:0/2:0:0:0/block/sda"
    kernel.disk("8:0", way, {
        "ro": "0", "removable": "0", "diskseq": "3", "device/vendor": "ATA     ", "device/model": "EXAMPLE HD-500  ",
        "device/rev": "1A01", "device/wwid": "naa.5000c500a1b2c3d4",
        "device/vpd_pg80": b"\x00\x80\x00\x14      EX4MPLE-000012",
    })  # fmt: skip
    kernel.disk("8:2", f"{way}/sda2", {"partition": "2", "start": "4096", "ro": "1"})
    disk, part = words_of("8:0", kernel.places), words_of("8:2", kernel.places)
    assert (disk.bus, disk.vendor, disk.model, disk.firmware) == ("ata", "ATA", "EXAMPLE HD-500", "1A01")
    assert (disk.serial, disk.wwn, disk.ata) == ("EX4MPLE-000012", "naa.5000c500a1b2c3d4", True)
    assert (disk.removable, disk.sequence, disk.disk_read_only) == (False, 3, False)
    assert (part.disk, part.partition, part.start, part.serial) == ("sda", 2, 4096 * 512, disk.serial)
    assert part.disk_read_only is False


def test_a_stick_behind_usb(kernel: Kernel) -> None:
    port = "pci0000:00/0000:00:14.0/usb2/2-1"
    kernel.disk("8:16", f"{port}/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdb", {
        "removable": "1", "device/vendor": "Example", "device/model": "Stick 3.0",
        "device/vpd_pg80": b"\0\x80\0\x04DEAD",
        "../../../../../../idVendor": "0781", "../../../../../../idProduct": "5581",
        "../../../../../../manufacturer": "Example", "../../../../../../product": "Ultra",
        "../../../../../../serial": "4C530001", "../../../../../../speed": "5000",
    })  # fmt: skip
    words = words_of("8:16", kernel.places)
    assert (words.bus, words.serial, words.removable, words.ata) == ("usb", "4C530001", True, False)
    assert words.connection == "usb 0781:5581 Example Ultra, 5000 Mb/s"


def test_a_bridge_that_speaks_ata_is_known_from_udev(kernel: Kernel) -> None:
    port = "pci0000:00/0000:00:14.0/usb2/2-2"
    kernel.disk("8:32", f"{port}/2-2:1.0/host7/target7:0:0/7:0:0:0/block/sdc", {"device/vendor": "Bridge"})
    (kernel.places.udev / "b8:32").write_text("S:disk/by-id/x\nE:ID_ATA=1\nE:ID_SERIAL_SHORT=WD-1\nE:ID_REVISION=80\n")
    words = words_of("8:32", kernel.places)
    assert (words.bus, words.ata, words.serial, words.firmware) == ("usb", True, "WD-1", "80")


def test_nvme_and_memory_cards(kernel: Kernel) -> None:
    kernel.disk("259:0", "pci0000:00/0000:01:00.0/nvme/nvme0/nvme0n1", {
        "device/model": "EXAMPLE SSD", "device/serial": "S4EVNX0", "device/firmware_rev": "2B2Q", "wwid": "eui.0025",
    })  # fmt: skip
    kernel.disk("179:0", "platform/soc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0", {
        "device/name": "SC16G", "device/serial": "0x1a2b3c4d", "device/fwrev": "0x0",
    })  # fmt: skip
    fast, card = words_of("259:0", kernel.places), words_of("179:0", kernel.places)
    assert (fast.bus, fast.model, fast.serial, fast.firmware, fast.wwn) == (
        "nvme", "EXAMPLE SSD", "S4EVNX0", "2B2Q", "eui.0025",
    )  # fmt: skip
    assert (card.bus, card.model, card.serial) == ("mmc", "SC16G", "0x1a2b3c4d")


def test_hostile_words_are_cut_to_one_line(kernel: Kernel) -> None:
    kernel.disk("8:0", "host1/block/sda", {
        "device/model": b"evil\n\x1b[2Jname\0\0" + b"x" * 5000, "device/vendor": b"\xff\xfe", "diskseq": "-3",
        "removable": "9" * 400, "device/vpd_pg80": b"\0\x80",
    })  # fmt: skip
    words = words_of("8:0", kernel.places)
    assert words.model and words.model.startswith("evil \x1b[2Jname xxx") and len(words.model) == 200
    assert (words.vendor, words.sequence, words.removable, words.serial) == ("\\xff\\xfe", None, None, None)


def test_a_device_that_the_kernel_says_nothing_about(kernel: Kernel) -> None:
    words = words_of("9:9", kernel.places)
    assert (words.disk, words.bus, words.ata) == (None, None, False)
