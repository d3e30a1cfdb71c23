"""What hdparm says about hidden areas, in the words it has for it; and real hdparm on a disk that has none.

The transcripts are written after hdparm 9.43 to 9.65: what it prints for disks of each kind, on both streams.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hashing.devices import hidden
from hashing.devices.facts import Words
from hashing.devices.hidden import Hidden, HiddenArea, read_dco, read_hidden, read_hpa
from hashing.devices.opening import not_asked, open_device

from .loops import blank, loop

SENSE = "SG_IO: bad/missing sense data, sb[]:  70 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00\n"
FIXED = "SG_IO: questionable sense data, results may be incorrect\n"

# transcript: (hidden sectors, sectors with the area, how the words begin)
HPA: dict[str, tuple[str, int | None, int | None, str]] = {
    "disabled": (" max sectors   = 1465149168/1465149168, HPA is disabled\n", 0, 1465149168, "none: 1465149168 of"),
    "enabled": (" max sectors   = 586070255/586072368, HPA is enabled\n", 2113, 586072368, "2113 sectors hidden: "),
    "half the disk": (" max sectors   = 488397168/976773168, HPA is enabled\n", 488376000, 976773168, "488376000 sec"),
    "one sector": (" max sectors   = 234441647/234441648, HPA is enabled\n", 1, 234441648, "1 sector hidden"),
    "old, no word": (" max sectors   = 78165360/78165360\n", 0, 78165360, "none: "),
    "old, no word, enabled": (" max sectors   = 78163247/78165360\n", 2113, 78165360, "2113 sectors hidden"),
    "set by a BIOS": (" max sectors   = 312579695/312581808, ACCESSIBLE MAX ADDRESS enabled\n", 2113, 312581808, "211"),
    "newer disks": (" max sectors   = 3907029168/3907029168, ACCESSIBLE MAX ADDRESS disabled\n", 0, 3907029168, "none"),
    "8 TB": (" max sectors   = 15628053168/15628053168, HPA is disabled\n", 0, 15628053168, "none"),
    "driver cuts it": (
        " max sectors   = 488397168/14715056(488397168?), HPA setting seems invalid (buggy kernel device driver?)\n",
        None, None, "not known: the disk answers 488397168 of 14715056 sectors visible, which cannot be",
    ),
    "says invalid": (" max sectors   = 976773168/976773168, HPA setting seems invalid\n", None, None, "not known: "),
    "nothing": (" max sectors   = 0/0, HPA is disabled\n", None, None, "not known: the disk answers 0 of 0"),
    "more than all": (" max sectors   = 100/99, HPA is enabled\n", None, None, "not known: the disk answers 100 of 99"),
    "with remarks before": (
        FIXED + " max sectors   = 250069680/250069680, HPA is disabled\n", 0, 250069680, "none",
    ),
    "does not answer": (
        " READ_NATIVE_MAX_ADDRESS_EXT failed: Input/output error\n",
        None, None, "not known: the disk does not answer (READ_NATIVE_MAX_ADDRESS_EXT failed: Input/output error)",
    ),
    "does not answer, old": (" READ_NATIVE_MAX_ADDRESS failed: Input/output error\n", None, None, "not known: "),
    "USB bridge": (SENSE, None, None, "not known: the disk does not answer (SG_IO: bad/missing sense data"),
    "USB stick": (
        SENSE + " HDIO_DRIVE_CMD(identify) failed: Invalid argument\n",
        None, None, "not known: the disk does not answer (SG_IO",
    ),
    "old USB": (
        " HDIO_DRIVE_CMD(identify) failed: Inappropriate ioctl for device\n",
        None, None, "not known: the disk does not answer (HDIO_DRIVE_CMD(identify) failed: Inappropriate ioctl",
    ),
    "not permitted": (
        " HDIO_DRIVE_CMD(identify) failed: Operation not permitted\n",
        None, None, "not known: the disk does not answer (HDIO",
    ),
    "silence": ("", None, None, "not known: the disk does not answer"),
    "cut off": (" max sectors   = 1465149168/", None, None, "not known: the disk does not answer"),
    "usage": ("hdparm - get/set hard disk parameters - version v9.65\n", None, None, "not known: the disk does"),
    "no number": (" max sectors   = all/all, HPA is disabled\n", None, None, "not known: the disk does not answer"),
    "steering the terminal": (" max sectors   = 5/5, \x1b[2J\x07HPA is disabled\n", 0, 5, "none: 5 of 5"),
    "steering it by a complaint": ("SG_IO: bad \x1b[2J\x07\n", None, None, "not known: the disk does not answer (SG"),
}  # fmt: skip

FEATURES = """
DCO Revision: 0x0002
The following features can be selectively disabled via DCO:
\tTransfer modes:
\t\t udma0 udma1 udma2 udma3 udma4 udma5 udma6
\tReal max sectors: {sectors}
\tATA command/feature sets:
\t\t SMART self_test error_log security HPA 48_bit
"""
DCO: dict[str, tuple[str, int | None, int | None, str]] = {
    "all there": (FEATURES.format(sectors=976773168), 976773168, 0, "none: the disk was made with 976773168 sectors"),
    "smaller": (FEATURES.format(sectors=976773168), 976771055, 2113, "2113 sectors hidden: the disk was made with"),
    "much smaller": (FEATURES.format(sectors=1953525168), 625142448, 1328382720, "1328382720 sectors hidden"),
    "checksum right": ("DCO Checksum verified.\n" + FEATURES.format(sectors=500), 500, 0, "none"),
    "checksum wrong": ("DCO Checksum FAILED!\n" + FEATURES.format(sectors=500), 500, None, "not known: the checksum"),
    "SSD without": (FEATURES.format(sectors=1), 250069680, None, "not known: the disk answers 1 sectors and admits to"),
    "HPA not known": (FEATURES.format(sectors=976773168), None, None, "not known: the disk was made with 976773168"),
    "frozen by the BIOS": (
        " HDIO_DRIVE_CMD(dco_identify) failed: Input/output error\n", 976773168, None,
        "not known: the disk does not answer (HDIO_DRIVE_CMD(dco_identify) failed: Input/output error)",
    ),
    "bridge": (SENSE + " HDIO_DRIVE_CMD(dco_identify) failed: Invalid argument\n", 5, None, "not known: the "),
    "nothing in it": ("DCO data is NULL!\n", 5, None, "not known: the disk does not answer"),
    "silence": ("", 5, None, "not known: the disk does not answer"),
    "no number": (FEATURES.format(sectors="unknown"), 5, None, "not known: the disk does not answer"),
}  # fmt: skip


def said(transcript: str) -> str:
    return f"\n/dev/sdb:\n{transcript}"


@pytest.mark.parametrize("kind", HPA)
def test_the_protected_area(kind: str) -> None:
    transcript, sectors, native, words = HPA[kind]
    area, found = read_hpa(said(transcript))
    assert (area.sectors, found) == (sectors, native)
    assert area.text.startswith(words)
    assert area.text.isprintable()


@pytest.mark.parametrize("kind", DCO)
def test_the_configuration_overlay(kind: str) -> None:
    transcript, native, sectors, words = DCO[kind]
    area = read_dco(said(transcript), native)
    assert area.sectors == sectors
    assert area.text.startswith(words)
    assert area.text.isprintable()


def test_both_together() -> None:
    """A disk of 1,000,000 sectors of which the overlay hides 1,000 and the protected area 500 more."""
    found = read_hidden(
        said(" max sectors   = 998500/999000, HPA is enabled\n"), said(FEATURES.format(sectors=1_000_000))
    )
    assert (found.hpa.sectors, found.dco.sectors, found.native, found.sectors) == (500, 1000, 999000, 1500)


def test_what_is_not_known_is_never_none() -> None:
    zero, some_, none = HiddenArea(sectors=0, text=""), HiddenArea(sectors=5, text=""), HiddenArea(text="not known: x")
    assert Hidden(hpa=zero, dco=zero).sectors == 0
    assert Hidden(hpa=zero, dco=none).sectors is None
    assert Hidden(hpa=none, dco=zero).sectors is None
    assert Hidden(hpa=some_, dco=none).sectors == 5
    assert hidden.unknown("x").sectors is None


@given(some.text(max_size=300), some.one_of(some.none(), some.integers(0, 1 << 64)))
def test_any_words_are_read(text: str, native: int | None) -> None:
    for each in (text, f" max sectors   = {text}", f"Real max sectors: {text}"):
        area, _ = read_hpa(each)
        assert (area.sectors is None) == area.text.startswith("not known: ")
        area = read_dco(each, native)
        assert (area.sectors is None) == area.text.startswith("not known: ")


def test_only_disks_that_understand_are_asked() -> None:
    assert not_asked(Words(bus="ata", ata=True)) == not_asked(Words(bus="usb", ata=True)) == ""
    assert "bridge" in not_asked(Words(bus="usb"))
    assert not_asked(Words(bus="nvme")) == "no ATA disk (nvme)"
    assert not_asked(Words()) == "no ATA disk (bus not known)"
    assert "belong to its disk sda" in not_asked(Words(disk="sda", partition=1, ata=True))


needs_loop = pytest.mark.skipif(sys.platform != "linux", reason="devices are read on Linux")


@needs_loop
def test_hdparm_itself_on_a_disk_that_does_not_understand_it(tmp_path: Path) -> None:
    if not shutil.which("hdparm"):
        pytest.skip("hdparm is not installed")
    with loop(blank(tmp_path / "image", 1 << 20)) as node, open_device(node) as opened:
        told = hidden.ask_hdparm(opened.descriptor)
        assert told.keys() == {"hpa", "dco"}
        assert f"/proc/self/fd/{opened.descriptor}:" in told["hpa"]
        found = read_hidden(told["hpa"], told["dco"])
        assert found.hpa.text.startswith("not known: the disk does not answer")
        assert "HDIO_DRIVE_CMD(dco_identify) failed: Invalid argument" in found.dco.text


@needs_loop
def test_hdparm_opens_for_reading_only(tmp_path: Path) -> None:
    """It is asked about evidence: not one call may open it for writing."""
    import subprocess

    if not (shutil.which("hdparm") and shutil.which("strace")):
        pytest.skip("hdparm or strace is not installed")
    with loop(blank(tmp_path / "image", 1 << 20)) as node:
        for option in ("-N", "--dco-identify"):
            traced = subprocess.run(
                ["strace", "-f", "-e", "trace=open,openat", "hdparm", option, node], capture_output=True, text=True
            )
            opened = [line for line in traced.stderr.splitlines() if f'"{node}"' in line]
            assert opened, traced.stderr
            assert all("O_RDONLY" in line for line in opened)


def test_without_hdparm_or_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hidden, "find_hdparm", lambda: "")
    assert hidden.ask_hdparm(0) == {"reason": "hdparm is not installed"}
    monkeypatch.setattr(hidden, "find_hdparm", lambda: "/usr/sbin/hdparm")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert hidden.ask_hdparm(0) == {"reason": "hdparm answers to root only"}
