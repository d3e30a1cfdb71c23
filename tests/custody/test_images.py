"""Disk images end to end: sealed, verified, damaged in the container and in the media."""

import shutil
from pathlib import Path

import pytest

from tests.custody.station import EX, World

IMAGES = Path(__file__).parents[3] / "shared" / "data" / "images"
pytestmark = pytest.mark.skipif(not IMAGES.is_dir(), reason="the shared images are not here")
SPLIT = ("ext2.split.E01", "ext2.split.E02")


@pytest.fixture
def sealed(world: World) -> World:
    """An image in two parts, seized and sealed with the media inside."""
    shutil.rmtree(world.media)
    world.media.mkdir()
    for name in SPLIT:
        shutil.copyfile(IMAGES / name, world.media / name)
    world.seized()
    world.kibra.ok("seal", EX, "media")
    return world


def test_container_and_media_are_sealed_apart(sealed: World) -> None:
    body = sealed.kibra.body("0002-manifest.json")["body"]
    assert (body["items"], body["measured"], body["decoded"]) == (3, 3, {"images": 1, "bytes": 4194304})
    assert body["bytes"] == sum((IMAGES / name).stat().st_size for name in SPLIT)
    shown = sealed.kibra.ok("show", EX, "--item", "3").out
    assert "a6c2f0e39afe6c6ab432ca5465349fcefe8dc944398e97b2d957d3f89dbb5d80" in shown
    assert "states md5 196066add11fb71c4c49cf1bb50d6d24: the same" in shown
    assert sealed.kibra.verify(EX, "--media", sealed.media).status == 0
    assert sealed.kibra.verify(EX, "--media", sealed.media / SPLIT[0]).status == 0
    sealed.kibra.again("seal", EX, "media")


def test_container_and_media_are_judged_apart(sealed: World) -> None:
    """A container re-made or with a byte more around the same media; and one with other media."""
    first = sealed.media / SPLIT[0]
    good = first.read_bytes()
    first.write_bytes(good + b"\0")
    told = sealed.kibra.verify(EX, "--media", sealed.media)
    assert told.status == 4
    assert "container-changed" in told.codes
    assert not {"content-changed", "media-changed"} & told.codes
    first.write_bytes(_with_other_media(good))
    told = sealed.kibra.verify(EX, "--media", sealed.media)
    assert told.status == 3
    assert {"content-changed", "media-changed"} <= told.codes
    assert "container-changed" not in told.codes
    first.write_bytes(b"nothing of it")
    told = sealed.kibra.verify(EX, "--media", sealed.media)
    assert told.status == 3
    assert {"content-changed", "content-unreadable"} <= told.codes
    (sealed.media / SPLIT[1]).unlink()
    first.write_bytes(good)
    told = sealed.kibra.verify(EX, "--media", sealed.media)
    assert (told.status, "content-missing" in told.codes) == (3, True)


def _with_other_media(container: bytes) -> bytes:
    """A container stored without compression, with other bytes in place of the file system's first ones."""
    stored = (IMAGES / "ext2.splitraw.000").read_bytes()[1024:1124]
    assert container.count(stored) == 1
    return container.replace(stored, bytes(100))


def test_an_image_travels(sealed: World) -> None:
    package = sealed.released(more=("--media", str(sealed.media)))
    sealed.lab.ok("receive", package)
    assert sealed.lab.verify(EX, "--media", package).status == 0
    path = next(package.glob(f"data/**/{SPLIT[1]}"))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"\0")
    told = sealed.lab.verify(EX, "--media", package)
    assert (told.status, "container-changed" in told.codes) == (4, True)


def test_without_decoding(world: World) -> None:
    shutil.copyfile(IMAGES / "ext2.E01", world.media / "ext2.E01")
    world.seized()
    world.kibra.ok("seal", EX, "media", "--no-decode")
    body = world.kibra.body("0002-manifest.json")["body"]
    assert "decoded" not in body
    assert world.kibra.verify(EX, "--media", world.media).status == 0


def test_a_container_that_contradicts_itself(world: World) -> None:
    """The digest it states is not that of what is inside: said at once, and in every verification."""
    data = bytearray((IMAGES / "ext2.E01").read_bytes())
    place = data.find(bytes.fromhex("196066add11fb71c4c49cf1bb50d6d24"))
    assert place > 0
    import zlib

    data[place] ^= 1
    for section in (b"hash", b"digest"):  # each ends with a checksum of itself
        start = data.find(section + bytes(16 - len(section)))
        body = start + 76
        if start >= 0 and body <= place < body + 80:
            length = int.from_bytes(data[start + 24 : start + 32], "little") - 76
            data[body + length - 4 : body + length] = zlib.adler32(data[body : body + length - 4]).to_bytes(4, "little")
    (world.media / "ext2.E01").write_bytes(data)
    world.seized()
    world.kibra.ok("seal", EX, "media")
    told = world.kibra.verify(EX, "--media", world.media)
    assert (told.status, "claim-differs" in told.codes) == (4, True)
