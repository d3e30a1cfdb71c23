"""Devices end to end: sealed, refused while writable, with bad sectors, changed between and while reading."""

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hashing.devices.opening import open_device
from hashing.errors import DeviceChanged
from hashing.media.device import read_device
from hashing.reading import Recipe
from tests.custody.station import EX, World
from tests.hashing.failing import Failing, failing
from tests.hashing.loops import blank, loop

SIZE = 20 << 20
LOOP_CHANGE_FD = 0x4C06


def content(path: Path, seed: bytes = b"card") -> Path:
    """A file of SIZE bytes that are all different and always the same."""
    path.write_bytes(hashlib.shake_128(seed).digest(SIZE))
    return path


@pytest.fixture
def card(tmp_path: Path) -> Path:
    return content(tmp_path / "card.raw")


@pytest.fixture
def device(card: Path) -> Iterator[str]:
    """A card behind a write blocker."""
    with loop(card, "--read-only") as node:
        yield node


def manifest(world: World, name: str = "0002-manifest.json") -> Any:
    return world.kibra.body(name)["body"]


def listed(world: World) -> str:
    """What is shown of the only item."""
    return " ".join(world.kibra.ok("show", EX, "--item", "1").out.split())


def test_a_device_is_sealed_with_what_it_is(world: World, card: Path, device: str) -> None:
    world.seized()
    world.kibra.ok("seal", EX, device, "--digest", "md5")
    body = manifest(world)
    assert (body["scope"], body["items"], body["measured"], body["bytes"]) == ("media", 1, 1, SIZE)
    source = body["acquisition"]["source"]
    assert source["capacity"].startswith(f"{SIZE} bytes")
    assert source["read_only"].startswith("yes")
    assert source["after"].startswith("the same number")
    assert device in source["device"]
    assert body["acquisition"]["acquisition"] == {"method": "device", "errors": "none"}
    assert "write_blocker.make" in body["not_stated"]
    shown = listed(world)
    assert "name device" in shown
    assert hashlib.sha256(card.read_bytes()).hexdigest() in shown
    assert hashlib.md5(card.read_bytes()).hexdigest() in shown


def test_the_log_of_who_read_a_device_before_is_held_against_it(world: World, card: Path, device: str) -> None:
    log = world.path / "dcfldd.log"
    log.write_text(f"Total (md5): {hashlib.md5(card.read_bytes()).hexdigest()}\nTotal (sha256): {'ab' * 32}\n")
    world.seized()
    answer = world.kibra.ok("seal", EX, device, "--acquisition", log)
    assert "log 1, dcfldd: 2 claims: 1 the same, 1 DIFFER" in answer.out
    told = world.kibra.verify(EX, "--media", device)
    assert (told.status, "claim-differs" in told.codes) == (4, True)


def test_a_device_is_compared_with_what_was_sealed(world: World, card: Path, device: str) -> None:
    world.seized()
    world.kibra.ok("seal", EX, device)
    told = world.kibra.verify(EX, "--media", device)
    assert (told.status, "media-not-read" in told.codes) == (0, False)
    with card.open("r+b") as file:
        file.seek(9_000_000)
        file.write(b"another")
    with loop(card, "--read-only") as again:
        told = world.kibra.verify(EX, "--media", again)
    assert told.status == 3
    assert "differs within bytes 8388608 to 12582911" in told.said


def test_an_exhibit_sealed_as_files_and_as_a_device(world: World, device: str) -> None:
    """Each manifest is compared with what it was made from; the other is named as not checked."""
    world.sealed()
    world.kibra.ok("seal", EX, device, "--also")
    for media, left in ((world.media, 3), (device, 2)):
        told = world.kibra.verify(EX, "--media", media)
        assert (told.status, told.json["media"]) == (0, "CONFIRMED")
        assert [words.split(":")[1] for words in told.json["not_checked"]] == [f"KBR-2026-0042/EX-1 no. {left}"]
    package = world.released(more=("--media", str(world.media)))
    world.lab.ok("receive", package)
    assert world.lab.verify(EX, "--media", package).status == 0


def test_a_device_that_can_be_written_to_is_refused(world: World, card: Path) -> None:
    world.seized()
    with loop(card) as node, world.unchanged():
        refused = world.kibra("seal", EX, node)
        assert refused.status == 5
        assert "can be written to" in refused.err
        assert "blockdev --setro" in refused.err
    with loop(card) as node:
        world.kibra.ok("seal", EX, node, "--accept-writable", "no write blocker fits this card")
    source = manifest(world)["acquisition"]["source"]
    assert source["accepted_writable"] == "no write blocker fits this card"
    assert source["read_only"].startswith("no")


def test_stated_facts_stand_beside_those_found(world: World, device: str, tmp_path: Path) -> None:
    facts = tmp_path / "facts.toml"
    facts.write_text('[write_blocker]\nmake = "Example"\n[source]\nserial = "XK-77"\n')
    world.seized()
    world.kibra.ok("seal", EX, device, "--acquisition", facts)
    stated = manifest(world)["acquisition"]
    assert (stated["write_blocker"]["make"], stated["source"]["serial"]) == ("Example", "XK-77")
    assert "write_blocker.make" not in manifest(world)["not_stated"]


@pytest.fixture
def failing_card(card: Path, tmp_path: Path) -> Iterator[Failing]:
    """A card on which three sectors are bad, two of them side by side."""
    folder = tmp_path / "failing"
    folder.mkdir()
    with failing(card, folder, 1000, 1001, 5000) as made:
        yield made


def test_bad_sectors_are_mapped_signed_and_taken_into_account(world: World, card: Path, failing_card: Failing) -> None:
    world.seized()
    world.kibra.ok("seal", EX, failing_card.node)
    body = manifest(world)
    assert (body["measured"], body["not_measured"]) == (0, [{"outcome": "partial", "count": 1}])
    assert "1536 bytes in 2 places" in body["acquisition"]["acquisition"]["errors"]
    with_zeros = bytearray(card.read_bytes())
    with_zeros[512_000:513_024], with_zeros[2_560_000:2_560_512] = bytes(1024), bytes(512)
    assert hashlib.sha256(with_zeros).hexdigest() in listed(world)
    told = world.kibra.verify(EX, "--media", failing_card.node)
    assert (told.status, "sealed-partial" in told.codes) == (0, True)
    failing_card.fail(1000)  # what has become readable counts as zeros all the same
    assert world.kibra.verify(EX, "--media", failing_card.node).status == 0
    failing_card.fail(1000, 1001, 5000, 20_000)
    told = world.kibra.verify(EX, "--media", failing_card.node)
    assert (told.status, "content-unreadable" in told.codes, "content-changed" in told.codes) == (4, True, False)
    assert "bytes 10240000 to 10240511 could not be read now" in told.said
    with card.open("r+b") as file:
        file.write(b"another")
    told = world.kibra.verify(EX, "--media", failing_card.node)
    assert told.status == 3
    assert "differs within bytes 0 to 4194303" in told.said


def test_a_card_that_is_swapped_while_it_is_read(card: Path, device: str, tmp_path: Path) -> None:
    other = content(tmp_path / "other.raw", b"other")
    with open_device(device) as opened, other.open("rb") as file:
        node = os.open(device, os.O_RDONLY)
        fcntl.ioctl(node, LOOP_CHANGE_FD, file.fileno())
        os.close(node)
        with pytest.raises(DeviceChanged, match="count of media was"):
            read_device(opened, Recipe(("sha256",), pieces=True, quick=False, cores=2), lambda _: None)


def test_a_card_that_ends_before_its_end(tmp_path: Path) -> None:
    """It was pulled out: what follows is neither bad sectors nor zeros."""
    card = blank(tmp_path / "short.raw", SIZE)
    with loop(card, "--read-only") as node, open_device(node) as opened:
        os.truncate(card, SIZE // 2)
        subprocess.run(["losetup", "--set-capacity", node], check=True)
        with pytest.raises(DeviceChanged, match=f"size was {SIZE} bytes, is {SIZE // 2}"):
            read_device(opened, Recipe(("sha256",), pieces=True, quick=False, cores=2), lambda _: None)


def test_what_is_no_single_device(world: World, device: str) -> None:
    world.seized()
    with world.unchanged():
        assert world.kibra("seal", EX, device, "media").status == 2
        assert world.kibra("seal", EX, device, "--resume").status == 2
