"""Results that cannot be written: found out before anything is signed; else the failure says that it is signed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.custody.station import EX, World

NOT_SIGNED = "not signed: nothing was recorded"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 kB."""
    disk = tmp_path / "small"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", disk], capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("mount", ["remount,ro", "remount,size=4k"])
def test_a_receipt_that_cannot_be_written_is_not_signed(world: World, small_disk: Path, mount: str) -> None:
    package = world.sent_in_a_bag()
    if "size" in mount:
        (small_disk / "filler").write_bytes(b"x" * (200 << 10))
    else:
        subprocess.run(["mount", "-o", mount, small_disk], check=True)
    for answer in ((), ("--refuse", "EX-1:torn")):
        told = world.lab.refused(
            "receive", package, *answer, "--receipt", small_disk / "r.json", status=6, says=NOT_SIGNED
        )
        assert "the disk is" in told.err, told
    assert not (world.lab.path / "cases" / "KIBRA").exists()
    world.lab.ok("receive", package, "--receipt", "r.json")


def test_a_receipt_that_is_there_already_is_not_signed(world: World) -> None:
    package = world.sent_in_a_bag()
    (world.path / "r.json").write_text("mine")
    world.lab.refused("receive", package, "--receipt", "r.json", says=NOT_SIGNED)
    assert (world.path / "r.json").read_text() == "mine"


def test_a_medium_too_small_for_a_package_is_found_out_before_it_is_signed(world: World, small_disk: Path) -> None:
    world.sealed()
    release = ("release", EX, "--to", "LAB", "--purpose", "x", "--media", "media", "--out")
    world.kibra.refused(*release, small_disk, status=6, says=NOT_SIGNED)
    assert not list(small_disk.iterdir())
    world.kibra.ok(*release, "usb")
    assert not list((world.path / "usb").rglob(".*"))


def test_a_failure_behind_the_signature_says_so(world: World) -> None:
    """The package's own files cannot be written, and the result has nobody to go to."""
    world.sealed()

    def before() -> None:
        from custody.edges import bag

        def fail(*args: object, **more: object) -> None:
            raise OSError(28, "No space left on device")

        bag.write = fail  # type: ignore[assignment]

    release = ("release", EX, "--to", "LAB", "--purpose", "x", "--media", "media", "--out", "usb")
    told = world.kibra(*release, before=before)
    assert (told.status, f"signed: KIBRA:{EX} no. 3 (release) recorded" in told.said) == (6, True), told
    assert NOT_SIGNED not in told.said
    assert world.kibra.kinds() == ["seizure", "manifest", "release"]
    assert world.kibra.ok(*release).out.count("already recorded") == 1


def test_a_result_that_cannot_be_shown_is_signed_all_the_same(world: World) -> None:
    def before() -> None:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)

    world.seized()
    told = world.kibra("event", EX, "access-view", "--description", "x", before=before)
    assert (told.status, "signed: " in told.err, "internal" in told.err) == (6, True, False), told
    assert world.kibra.kinds() == ["seizure", "event"]


def test_who_only_looks_is_not_told_about_signing(world: World) -> None:
    world.seized()
    for words in (("show", "NO-1/EX-1"), ("verify", "--media", "x"), ("people", "list", "--nothing")):
        assert "signed" not in world.kibra(*words).err


@pytest.mark.parametrize("size", [1, 3000])
def test_a_reader_that_went_away_is_no_fault(world: World, size: int) -> None:
    """As other tools: ended by the signal, and nothing said."""
    world.media.mkdir(exist_ok=True)
    for number in range(size):
        (world.media / f"{number:0>120}").write_bytes(b"x")
    shown = world.path / "shown"
    with shown.open("wb") as err:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "custody", "hash", str(world.media)],
            cwd=world.path, env=world.env, stdout=subprocess.PIPE, stderr=err,
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(120) == -signal.SIGPIPE
    assert shown.read_text() == ""
