"""Partition tables: as sfdisk writes them, damaged, hostile, and read by a process that holds nothing."""

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hashing.devices import looking
from hashing.devices.partition_table import Read, Table
from hashing.devices.partitions import read_table
from hashing.sandbox.framing import message
from hashing.sandbox.spawn import SpawnedProcess

from .loops import blank, sfdisk

MIB = 1 << 20
SIZE = 16 * MIB


def reader(data: bytes) -> Read:
    return lambda offset, length: data[offset : offset + length]


def table(data: bytes, sector: int = 512) -> Table:
    return read_table(reader(data), len(data), sector)


def made(path: Path, script: str) -> bytearray:
    """A disk with the table that a script of sfdisk describes."""
    sfdisk(blank(path / "disk", SIZE), script)
    return bytearray((path / "disk").read_bytes())


GPT = 'label: gpt\nstart=2048,size=4096,type=U,name="EFI"\nstart=8192,size=8192,type=L,name="señal"\n'
MBR = """label: dos
x1 : start=2048,size=2048,type=c,bootable
x2 : start=4096,size=16384,type=5
x3 : start=24576,size=2048,type=82
x5 : start=6144,size=2048,type=83
x6 : start=10240,size=4096,type=7
"""


@pytest.fixture
def gpt(tmp_path: Path) -> bytearray:
    return made(tmp_path, GPT)


@pytest.fixture
def mbr(tmp_path: Path) -> bytearray:
    return made(tmp_path, MBR)


def test_what_sfdisk_writes_is_what_is_read(tmp_path: Path) -> None:
    for script in (GPT, MBR, "label: gpt\ntable-length: 4\nsize=2048,type=S\n", "label: dos\n,,b\n"):
        found = table(bytes(made(tmp_path, script)))
        dump = subprocess.run(["sfdisk", "--json", str(tmp_path / "disk")], capture_output=True, text=True, check=True)
        told = json.loads(dump.stdout)["partitiontable"]
        assert found.scheme == {"gpt": "gpt", "dos": "mbr"}[told["label"]]
        assert found.identifier.lower() == told["id"].lower()
        expected = [(each["start"], each["size"], each.get("name", "")) for each in told["partitions"]]
        assert [(each.first, each.sectors, each.name) for each in found.partitions] == expected
        kinds = [each["type"].lower() for each in told["partitions"]]
        if found.scheme == "mbr":
            kinds = [f"0x{int(each, 16):02x}" for each in kinds]
        assert [each.type for each in found.partitions] == kinds
        assert found.remarks == (), script
        assert all(each.meaning for each in found.partitions)


def test_logical_partitions_have_the_numbers_that_systems_give_them(mbr: bytearray) -> None:
    found = {each.number: each.meaning for each in table(mbr).partitions}
    assert found == {1: "FAT32", 2: "extended", 3: "Linux swap", 5: "Linux", 6: "NTFS or exFAT"}


def test_a_disk_without_a_table() -> None:
    found = table(bytes(MIB))
    assert (found.scheme, found.reason) == ("none", "the first sector does not bear the mark of a table")


@pytest.mark.parametrize("tool", ["mkfs.vfat", "mkfs.ntfs", "mkfs.exfat"])
def test_a_file_system_without_a_table(tmp_path: Path, tool: str) -> None:
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    disk = blank(tmp_path / "disk", SIZE)
    subprocess.run([tool, *(["-F"] if tool == "mkfs.ntfs" else []), str(disk)], check=True, capture_output=True)
    assert (table(disk.read_bytes()).scheme, "a file system begins" in table(disk.read_bytes()).reason) == (
        "none",
        True,
    )


def test_a_file_system_written_by_hand() -> None:
    sector = bytearray(SIZE)
    sector[:11], sector[510:512] = b"\xeb\x52\x90NTFS    ", b"\x55\xaa"
    assert table(sector).reason == "a file system begins in the first sector (NTFS)"
    sector[446:450] = b"disk"
    assert table(sector).reason == "a file system begins in the first sector (NTFS)"


def test_a_device_of_no_size() -> None:
    assert table(b"").reason == table(b"x" * 511).reason == "the device is smaller than a sector"


# --- GPT: one defect each -----------------------------------------------------


def _again(disk: bytearray, header: int = 512) -> None:
    """Make the checksum of a header right."""
    disk[header + 16 : header + 20] = bytes(4)
    disk[header + 16 : header + 20] = struct.pack("<I", zlib.crc32(disk[header : header + 92]))


def _whole(disk: bytearray) -> None:
    """Make the checksums of the first header and its entries right."""
    disk[512 + 88 : 512 + 92] = struct.pack("<I", zlib.crc32(disk[1024 : 1024 + 128 * 128]))
    _again(disk)


def _flip(place: int) -> Callable[[bytearray], None]:
    def flip(disk: bytearray) -> None:
        disk[place] ^= 1

    return flip


def _write(place: int, data: bytes, mend: Callable[[bytearray], None] = _again) -> Callable[[bytearray], None]:
    def write(disk: bytearray) -> None:
        disk[place : place + len(data)] = data
        mend(disk)

    return write


def _cut(disk: bytearray) -> None:
    del disk[8 * MIB :]


U64 = struct.Struct("<Q").pack
SECOND = SIZE - 512
ENTRY = 1024
FIRST_DEFECTS = {
    "header flipped": (_flip(512 + 40), "the checksum of the header is wrong"),
    "entry flipped": (_flip(ENTRY + 5), "the checksum of the entries is wrong"),
    "mark gone": (_flip(512), "no mark of it"),
    "of another sector": (_write(512 + 24, U64(2)), "the header is of another version, or of another sector"),
    "of another version": (_write(512 + 8, b"\0\0\2\0"), "the header is of another version, or of another sector"),
    "entries of 100 bytes": (_write(512 + 84, struct.pack("<I", 100)), "entries of 100 bytes cannot be"),
    "entries without end": (_write(512 + 80, b"\xff" * 4), "4294967295 entries of 128 bytes cannot be"),
    "entries far away": (_write(512 + 72, b"\xff" * 8), "the checksum of the entries is wrong"),
    "header too long": (_write(512 + 12, struct.pack("<I", 600)), "the checksum of the header is wrong"),
}  # fmt: skip


@pytest.mark.parametrize("defect", FIRST_DEFECTS)
def test_a_damaged_first_copy_is_replaced_by_the_second(gpt: bytearray, defect: str) -> None:
    before = table(gpt)
    damage, why = FIRST_DEFECTS[defect]
    damage(gpt)
    found = table(gpt)
    assert found.partitions == before.partitions
    assert found.remarks[0].startswith("read from its second copy, because of the first: ")
    assert why in found.remarks[0]


def test_two_damaged_copies_are_not_guessed_from(gpt: bytearray) -> None:
    _flip(512 + 40)(gpt)
    _flip(SECOND + 40)(gpt)
    found = table(gpt)
    assert (found.scheme, found.partitions) == ("not known", ())
    assert found.reason.startswith("a GPT is there, and neither copy is sound")


REMARKS = {
    "second header flipped": (_flip(SECOND + 40), "its second copy is not sound: the checksum of the header is wrong"),
    "second gone": (_flip(SECOND), "its second copy is not sound: no mark of it"),
    "device cut short": (_cut, "its second copy should stand in sector 32767, behind the end of the device"),
    "ends before it begins": (_write(ENTRY + 40, U64(5), _whole), "entry 1 ends before it begins"),
    "beyond the end": (_write(ENTRY + 40, U64(40_000), _whole), "partition 1 ends 7233 sectors behind the end"),
    "overlapping": (_write(ENTRY + 128 + 32, U64(3000), _whole), "partitions 1 and 2 overlap"),
    "before the first usable": (_write(ENTRY + 32, U64(1), _whole), "partition 1 lies outside of what the table"),
    "not announced": (_write(450, b"\0"), "the first sector does not say that it is there"),
    "hybrid": (_write(462, struct.pack("<B3xB3xII", 0, 12, 2048, 100)), "lists partitions of its own beside it"),
    "two truths": (_write(1024 + 128 + 56, b"o\0t\0", _whole), "second copy is not sound: it says something else"),
}  # fmt: skip


@pytest.mark.parametrize("defect", REMARKS)
def test_what_does_not_hold_in_a_gpt_is_said(gpt: bytearray, defect: str) -> None:
    damage, words = REMARKS[defect]
    damage(gpt)
    found = table(gpt)
    assert found.scheme == "gpt"
    assert any(words in remark for remark in found.remarks), found.remarks


def test_what_an_earlier_use_left_behind_does_not_count(tmp_path: Path, gpt: bytearray) -> None:
    """A disk that had a GPT and has an MBR now: a system goes by the MBR."""
    older = made(tmp_path, "label: dos\n2048,4096,c\n")
    gpt[:512] = older[:512]
    found = table(gpt)
    assert (found.scheme, [each.type for each in found.partitions]) == ("mbr", ["0x0c"])
    assert found.remarks == ("a GPT is there too, which the first sector does not mention",)
    gpt[512:1024] = bytes(512)
    assert (table(gpt).scheme, table(gpt).remarks) == ("mbr", ())


def test_a_gpt_counted_in_other_sectors_than_the_device(gpt: bytearray) -> None:
    """A disk taken out of a case whose bridge counted in larger sectors."""
    found = table(gpt, sector=4096)
    assert (found.scheme, found.sector, len(found.partitions)) == ("gpt", 512, 2)


# --- MBR: one defect each -----------------------------------------------------


def test_an_mbr_announces_a_gpt_that_is_not_there(gpt: bytearray) -> None:
    gpt[512:1024] = gpt[SECOND:] = bytes(512)
    found = table(gpt)
    assert (found.scheme, found.remarks[-1]) == ("mbr", "it says that a GPT follows, and none does")


def _extended(number: int, place: int, data: bytes) -> Callable[[bytearray], None]:
    """Write into the first or second sector of the chain in partition 2."""

    def write(disk: bytearray) -> None:
        (following,) = struct.unpack_from("<I", disk, 4096 * 512 + 462 + 8)
        at = (4096 + number * following) * 512 + place
        disk[at : at + len(data)] = data

    return write


MBR_REMARKS = {
    "chain back": (_extended(1, 462 + 4, b"\x05\0\0\0" + struct.pack("<II", 0x7FFFFFFF, 5)), "where it cannot be"),
    "chain broken": (_extended(1, 510, b"\0\0"), "breaks off at sector"),
    "leaves its frame": (_extended(0, 446 + 12, struct.pack("<I", 1 << 20)), "leaves partition 2, which it lies in"),
    "used in part": (_write(446 + 16 * 3 + 4, b"\x83", lambda disk: None), "entry 4 is used in part: type 0x83"),
    "behind the end": (_write(446 + 16 * 2 + 12, struct.pack("<I", 1 << 30), lambda disk: None), "behind the end"),
    "overlapping": (_write(446 + 8, struct.pack("<I", 5000), lambda disk: None), "overlap"),
}  # fmt: skip


@pytest.mark.parametrize("defect", MBR_REMARKS)
def test_what_does_not_hold_in_an_mbr_is_said(mbr: bytearray, defect: str) -> None:
    damage, words = MBR_REMARKS[defect]
    damage(mbr)
    found = table(mbr)
    assert found.scheme == "mbr"
    assert any(words in remark for remark in found.remarks), (found.remarks, found.partitions)


def test_entries_that_are_none(mbr: bytearray) -> None:
    mbr[446] = 0x17
    found = table(mbr)
    assert (found.scheme, found.reason) == (
        "not known", "the first sector bears the mark of a table, and its entries are none",
    )  # fmt: skip


def test_a_chain_in_a_circle_ends() -> None:
    disk = bytearray(4 * MIB)
    disk[446:462] = struct.pack("<B3xB3xII", 0, 5, 100, 5000)
    for at, following in ((100, 200), (300, 400), (500, 200)):
        disk[at * 512 + 462 : at * 512 + 478] = struct.pack("<B3xB3xII", 0, 5, following, 100)
        disk[at * 512 + 510 : at * 512 + 512] = b"\x55\xaa"
    disk[510:512] = b"\x55\xaa"
    assert table(disk).remarks == ("the chain in partition 1 leads to sector 300, where it cannot be",)


def test_a_sector_that_cannot_be_read() -> None:
    def read(offset: int, length: int) -> bytes:
        raise OSError(5, "Input/output error")

    assert read_table(read, SIZE, 512).reason == "a sector it stands in cannot be read: input/output error"


# --- anything at all ----------------------------------------------------------


@given(some.binary(min_size=0, max_size=4096), some.integers(0, 1 << 40), some.sampled_from([512, 4096]))
def test_any_bytes_give_a_table(data: bytes, size: int, sector: int) -> None:
    marked = data[:510].ljust(510, b"\0") + b"\x55\xaa" + b"EFI PART" + data[510:]
    for each in (data, marked):
        found = read_table(reader(each), size, sector)
        assert looking.unpacked(json.dumps(_plain(found)).encode()) == found


@given(some.data())
def test_a_gpt_with_any_numbers_gives_a_table(data: some.DataObject) -> None:
    """The checksums are right, so that the numbers are looked at."""
    word = some.one_of(some.integers(0, 300), some.integers(0, (1 << 64) - 1))
    entries = b"".join(
        data.draw(some.binary(min_size=16, max_size=16)) + bytes(16)
        + struct.pack("<QQQ", *(data.draw(word) for _ in "123"))
        + data.draw(some.binary(min_size=72, max_size=72))
        for _ in range(3)
    )  # fmt: skip
    other, low, high = (data.draw(word) for _ in "123")
    head = struct.pack(
        "<8s4sIII QQQQ 16s QIII", b"EFI PART", b"\0\0\1\0", 92, 0, 0, 1, other, low, high, bytes(16), 2, 3, 128,
        zlib.crc32(entries),
    )  # fmt: skip
    head = head[:16] + struct.pack("<I", zlib.crc32(head)) + head[20:]
    first = bytes(450) + b"\xee" + bytes(59) + b"\x55\xaa"
    disk = (first + head.ljust(512, b"\0") + entries).ljust(300 * 512, b"\0")
    found = table(disk)
    assert found.scheme == "gpt"
    assert all(each.sectors > 0 for each in found.partitions)
    assert looking.unpacked(json.dumps(_plain(found)).encode()) == found


def _plain(found: Table) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(found)


# --- the process that reads it ------------------------------------------------

linux = pytest.mark.skipif(sys.platform != "linux", reason="devices are read on Linux")


@linux
def test_a_process_of_its_own_reads_it(tmp_path: Path, gpt: bytearray, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: object) -> Table:
        raise AssertionError("read where a key may be")

    monkeypatch.setattr(looking, "read_table", never)
    descriptor = os.open(tmp_path / "disk", os.O_RDONLY)
    try:
        assert looking.table_of(descriptor, SIZE, 512) == table(gpt)
    finally:
        os.close(descriptor)


@linux
def test_a_process_that_fails_costs_the_table_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A descriptor that cannot be read from, and a process that is given nonsense to begin with."""
    line, other = os.pipe()
    try:
        assert looking.table_of(line, SIZE, 512).reason == "a sector it stands in cannot be read: illegal seek"
        assert "stopped (exit status 1)" in looking.table_of(line, SIZE, "x").reason  # type: ignore[arg-type]
    finally:
        os.close(line)
        os.close(other)


@linux
def test_that_process_has_limits(tmp_path: Path) -> None:
    """They are its first act, and end it where its parent is another than it was told."""
    descriptor = os.open(blank(tmp_path / "disk", SIZE), os.O_RDONLY)
    try:
        for parent, answers in ((os.getpid(), True), (1, False)):
            process = SpawnedProcess("hashing.devices.looking", [str(parent), str(SIZE), "512"], own_group=True)
            process.socket.sendall(message(b"?", b""))
            socket.send_fds(process.socket, [b"d"], [descriptor])
            with suppress(ConnectionResetError):
                assert bool(process.socket.recv(1)) == answers
            assert process.end(5) == f"exit status {int(not answers)}"
    finally:
        os.close(descriptor)


@linux
def test_a_process_that_does_not_answer_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(looking, "PATIENCE", 0.0)
    descriptor = os.open(blank(tmp_path / "disk", SIZE), os.O_RDONLY)
    try:
        assert looking.table_of(descriptor, SIZE, 512).reason == "the process that read it gave no answer in 0 s"
    finally:
        os.close(descriptor)


GOOD = {"scheme": "mbr", "reason": "", "sector": 512, "identifier": "", "partitions": [], "remarks": []}
ENTRY_GOOD = {"number": 1, "first": 2, "sectors": 3, "type": "", "meaning": "", "name": ""}


@pytest.mark.parametrize("told", [
    "", "[]", "null", "[" * 100_000, "{}", "\xff",
    *(json.dumps(GOOD | change) for change in (
        {"sector": -1}, {"sector": True}, {"sector": 1.5}, {"sector": 1 << 70}, {"scheme": None}, {"more": 1},
        {"partitions": 1}, {"partitions": [1]}, {"partitions": [{}]}, {"partitions": [ENTRY_GOOD | {"first": "1"}]},
        {"partitions": [ENTRY_GOOD | {"x": 1}]}, {"remarks": [1]}, {"remarks": None},
    )),
])  # fmt: skip
def test_an_answer_that_is_none_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        looking.unpacked(told.encode("latin-1"))
    assert looking.unpacked(json.dumps(GOOD | {"partitions": [ENTRY_GOOD]}).encode()).partitions[0].sectors == 3


@given(some.binary(max_size=200))
def test_any_answer_is_a_table_or_refused(told: bytes) -> None:
    with suppress(ValueError):
        looking.unpacked(told)
