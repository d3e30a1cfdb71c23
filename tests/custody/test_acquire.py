"""Acquiring end to end: one reading, an image read back, two exhibits bound; interrupted, resumed, and refused."""

import hashlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.custody.station import CASE, EX, Answer, Before, World
from tests.custody.test_devices import SIZE, content
from tests.hashing.failing import failing
from tests.hashing.loops import loop

IMAGE = f"{CASE}/EX-1-IMG"
NAME = f"{CASE}_EX-1-IMG.dd"
ABOUT = ("--description", "raw image of the card")


@pytest.fixture
def card(tmp_path: Path) -> Path:
    return content(tmp_path / "card.raw")


@pytest.fixture
def device(card: Path) -> Iterator[str]:
    with loop(card, "--read-only") as node:
        yield node


@pytest.fixture
def seized(world: World) -> World:
    world.seized()
    return world


def words(device: str, *more: str) -> tuple[str, ...]:
    return ("acquire", EX, device, "--into", IMAGE, "--out", "image", *ABOUT, *more)


def acquired(world: World, device: str, *more: str, **how: Any) -> Answer:
    return world.kibra(*words(device, *more), **how)


def bodies_of(world: World, exhibit: str) -> list[Any]:
    """What each record of an exhibit says."""
    shown = world.kibra.ok("--json", "show", exhibit).json
    return list(shown["manifests"])


def test_a_card_is_imaged_and_both_exhibits_are_bound(seized: World, card: Path, device: str) -> None:
    made = seized.kibra.ok(*words(device, "--digest", "md5"))
    for told in ("EX-1 no. 2: manifest", "EX-1 no. 3: derived", "EX-1-IMG no. 1: deriv", "EX-1-IMG no. 2: manifest"):
        assert told in made.out
    image = seized.path / "image"
    assert [each.name for each in image.iterdir()] == [NAME]
    assert (image / NAME).read_bytes() == card.read_bytes()
    assert (image / NAME).stat().st_mode & 0o777 == 0o600
    assert not (seized.path / "image.unfinished").exists()
    assert not list((seized.kibra.path / "unfinished").iterdir())
    sha256, md5 = (hashlib.new(name, card.read_bytes()).hexdigest() for name in ("sha256", "md5"))
    for exhibit, name in ((EX, "device"), (IMAGE, NAME)):
        shown = " ".join(seized.kibra.ok("show", exhibit, "--item", "1").out.split())
        assert f"name {name}" in shown
        assert sha256 in shown
        assert md5 in shown
    told = seized.kibra.verify(IMAGE, "--media", image)
    assert (told.status, told.json["media"]) == (0, "CONFIRMED")
    told = seized.kibra.verify(EX, "--media", device)
    assert (told.status, told.json["media"]) == (0, "CONFIRMED")
    facts = seized.kibra.ok("show", IMAGE).out
    assert "output segments: 1" in facts
    assert "acquisition errors: none" in facts


def test_an_image_in_parts(seized: World, card: Path, device: str) -> None:
    seized.kibra.ok(*words(device, "--format", "split", "--part-size", "8M"))
    parts = sorted((seized.path / "image").iterdir())
    assert [(each.suffix, each.stat().st_size >> 20) for each in parts] == [(".001", 8), (".002", 8), (".003", 4)]
    assert b"".join(each.read_bytes() for each in parts) == card.read_bytes()
    shown = seized.kibra.ok("show", IMAGE, "--item", "4").out
    assert "[media]" in shown
    assert hashlib.sha256(card.read_bytes()).hexdigest() in " ".join(shown.split())
    assert seized.kibra.verify(IMAGE, "--media", seized.path / "image").status == 0


def test_a_card_with_bad_sectors_gives_a_partial_image(seized: World, card: Path, tmp_path: Path) -> None:
    folder = tmp_path / "failing"
    folder.mkdir()
    with failing(card, folder, 1000, 20_000) as bad:
        seized.kibra.ok(*words(bad.node, "--retries", "1"))
        told = seized.kibra.verify(EX, "--media", bad.node)
        assert (told.status, "sealed-partial" in told.codes) == (0, True)
    holes = bytearray(card.read_bytes())
    holes[512_000:512_512] = holes[10_240_000:10_240_512] = bytes(512)
    assert (seized.path / "image" / NAME).read_bytes() == holes
    told = seized.kibra.verify(IMAGE, "--media", seized.path / "image")
    assert (told.status, "sealed-partial" in told.codes) == (0, True)
    assert "1024 bytes in 2 places could not be read, each sector tried 2 times" in " ".join(
        seized.kibra.ok("show", IMAGE).out.split()
    )


# --- interrupted, and gone on with ------------------------------------------------


def after(steps: int, then: Callable[[], None]) -> Before:
    """For `before`: note each 4 MiB, and end the imaging when so many are noted."""

    def before() -> None:
        from custody.acts import acquire
        from custody.edges.imaging import Journal

        acquire.ImageOrder = partial(acquire.ImageOrder, every=0.0)  # type: ignore[assignment,misc]
        real, seen = Journal.step, 0

        def step(journal: Journal, more: Any) -> None:
            nonlocal seen
            real(journal, more)
            seen += 1
            if seen == steps:
                then()

        Journal.step = step  # type: ignore[method-assign]

    return before


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("form", [(), ("--format", "split", "--part-size", "8M")])
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_killed_and_gone_on_with(seized: World, card: Path, device: str, steps: int, form: tuple[str, ...]) -> None:
    assert acquired(seized, device, *form, before=after(steps, _die)).status == -signal.SIGKILL
    assert not (seized.path / "image").exists()
    again = acquired(seized, device, *form)
    assert (again.status, "go on with it: --resume" in again.err) == (5, True)
    seized.kibra.ok(*words(device, *form, "--resume"))
    parts = sorted((seized.path / "image").iterdir())
    assert b"".join(each.read_bytes() for each in parts) == card.read_bytes()
    told = seized.kibra.verify(IMAGE, "--media", seized.path / "image")
    assert (told.status, told.json["media"], "resumed" in told.codes) == (0, "CONFIRMED", True)


def test_interrupted_twice(seized: World, card: Path, device: str) -> None:
    told = acquired(seized, device, before=after(1, _interrupt))
    assert (told.status, "--resume" in told.err) == (130, True)
    assert acquired(seized, device, "--resume", before=after(2, _interrupt)).status == 130
    seized.kibra.ok(*words(device, "--resume"))
    assert (seized.path / "image" / NAME).read_bytes() == card.read_bytes()
    assert len(bodies_of(seized, IMAGE)) == 1


def test_bad_sectors_before_an_interruption_stay_known(seized: World, card: Path, tmp_path: Path) -> None:
    folder = tmp_path / "failing"
    folder.mkdir()
    with failing(card, folder, 1000, 20_000) as bad:
        assert acquired(seized, bad.node, before=after(2, _die)).status == -signal.SIGKILL
        bad.fail()
        seized.kibra.ok(*words(bad.node, "--resume"))
    shown = " ".join(seized.kibra.ok("show", IMAGE).out.split())
    assert "512 bytes in 1 places could not be read" in shown


def test_what_was_written_is_not_believed_but_read_again(seized: World, device: str) -> None:
    """Somebody changes the unfinished image: the journal's digests of its pieces show it."""
    assert acquired(seized, device, before=after(3, _die)).status == -signal.SIGKILL
    image = seized.path / "image.unfinished" / NAME
    with image.open("r+b") as file:
        file.seek(5_000_000)
        file.write(b"planted")
    told = acquired(seized, device, "--resume")
    assert told.status == 6
    assert "what was written before is not what was read" in told.err
    assert ("another --out" in told.err, "do the same again" in told.err) == (True, False)
    os.truncate(image, 4096)
    assert "is shorter now" in acquired(seized, device, "--resume").err
    assert not (seized.path / "image").exists()
    assert not bodies_of(seized, EX)


def test_gone_on_with_otherwise(seized: World, device: str, tmp_path: Path) -> None:
    assert acquired(seized, device, before=after(1, _die)).status == -signal.SIGKILL
    seized.kibra.refused(*words(device, "--resume", "--digest", "md5"), says="begun with another --digest")
    with loop(content(tmp_path / "other", b"o"), "--read-only", "--sizelimit", str(SIZE - 4096)) as other:
        seized.kibra.refused(*words(other, "--resume"), says="another size of the device")
    shutil.rmtree(seized.path / "image.unfinished")
    seized.kibra.refused(*words(device, "--resume"), says="is not there")


def test_a_crash_between_image_and_records(seized: World, card: Path, device: str) -> None:
    """Complete and in its place, but not sealed: going on reads it once more and writes what is missing."""

    def dies_before_writing() -> None:
        from custody.acts.desk import Desk

        Desk.write = lambda *_, **__: _die()  # type: ignore[method-assign,assignment]

    assert acquired(seized, device, before=dies_before_writing).status == -signal.SIGKILL
    assert (seized.path / "image" / NAME).exists()
    seized.kibra.ok(*words(device, "--resume"))
    assert (len(bodies_of(seized, EX)), len(bodies_of(seized, IMAGE))) == (1, 1)
    assert seized.kibra.verify(IMAGE, "--media", seized.path / "image").status == 0


@pytest.mark.parametrize("written", [1, 2, 3])
def test_a_crash_between_the_records(seized: World, device: str, written: int) -> None:
    def dies_after() -> None:
        from custody.edges.commit import Writer

        real, seen = Writer.commit, 0

        def commit(writer: Writer, prepared: Any) -> None:
            nonlocal seen
            real(writer, prepared)
            seen += 1
            if seen == written:
                _die()

        Writer.commit = commit  # type: ignore[method-assign]

    assert acquired(seized, device, before=dies_after).status == -signal.SIGKILL
    seized.kibra.ok(*words(device, "--resume"))
    assert (len(bodies_of(seized, EX)), len(bodies_of(seized, IMAGE))) == (1, 1)
    assert seized.kibra.verify(IMAGE, "--media", seized.path / "image").status == 0


# --- refused ------------------------------------------------------------------------


def test_refused_before_anything_is_read(seized: World, card: Path, device: str) -> None:
    with loop(card) as writable:
        seized.kibra.refused(*words(writable), says="can be written to")
    seized.kibra.refused(*words(device, "--format", "ewf"), says="not a format", status=2)
    seized.kibra.refused(*words(device, "--format", "split", "--part-size", "5"), says="4 MiB", status=2)
    seized.kibra.refused(*words(str(card)), says="is no block device", status=2)
    seized.kibra.refused("acquire", EX, device, "--into", EX, "--out", "image", *ABOUT, says="itself", status=2)
    seized.kibra.refused("acquire", EX, device, "--into", IMAGE, "--out", "no/image", *ABOUT, says="no such", status=6)
    seized.kibra.refused(
        "acquire", EX, device, "--into", IMAGE, "--out", "kibra/image", *ABOUT, says="inside one another", status=2
    )
    (seized.path / "image").mkdir()
    seized.kibra.refused(*words(device), says="is there already")


def test_no_room_for_it(seized: World, device: str) -> None:
    def full() -> None:
        shutil.disk_usage = lambda _: shutil._ntuple_diskusage(1, 1, 1)  # type: ignore[attr-defined,assignment]

    seized.kibra.refused(*words(device), says="bytes free, and the image needs", status=6, before=full)


def test_a_full_disk_in_the_middle(seized: World, device: str, tmp_path: Path) -> None:
    """A file system of 8 MiB takes no card of 20: what is there stays, and goes on when there is room."""
    if not shutil.which("mkfs.ext4"):
        pytest.skip("needs mkfs.ext4")
    small = tmp_path / "small"
    os.truncate(small, 0) if small.exists() else small.touch()
    os.truncate(small, 16 << 20)
    assert os.system(f"mkfs.ext4 -q {small}") == 0
    room = seized.path / "room"
    room.mkdir()
    assert os.system(f"mount -o loop {small} {room}") == 0
    try:
        told = seized.kibra(
            "acquire", EX, device, "--into", IMAGE, "--out", "room/image", *ABOUT, before=_seems_to_have_room
        )
        assert told.status == 6
        assert "no space left" in told.err
        assert "--resume" in told.err
        assert not (room / "image").exists()
    finally:
        os.system(f"umount {room}")
    assert not bodies_of(seized, EX)


def _seems_to_have_room() -> None:
    shutil.disk_usage = lambda _: shutil._ntuple_diskusage(1 << 40, 0, 1 << 40)  # type: ignore[attr-defined,assignment]


def test_the_card_is_pulled_out(seized: World, card: Path, device: str) -> None:
    """The device becomes shorter while it is imaged: no zeros in its place, nothing recorded."""

    def pulled() -> None:
        os.truncate(card, SIZE // 2)
        os.system(f"losetup --set-capacity {device}")

    told = acquired(seized, device, before=after(1, pulled))
    assert told.status == 6
    assert "is not the device it was: size was" in told.err
    assert not bodies_of(seized, EX)
    assert not (seized.path / "image").exists()
