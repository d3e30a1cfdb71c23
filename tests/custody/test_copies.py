"""Damage located: with a second copy, by the files that lie there, and between two copies without records."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from hashing.sizes import PIECE_SIZE
from tests.custody.station import CASE, EX, Answer, World
from tests.hashing.disks import CLUSTER, Fat, ext, place
from tests.hashing.failing import failing
from tests.hashing.loops import loop

IMAGES = Path(__file__).parents[3] / "shared" / "data" / "images"
needs_images = pytest.mark.skipif(not IMAGES.is_dir(), reason="the shared images are not here")
PICTURE = blake3(b"picture").digest(3 * CLUSTER)


def hurt(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


@pytest.fixture
def card(world: World) -> World:
    """A card's image with a picture on it, and a note beside; sealed, and copied to `copy`."""
    shutil.rmtree(world.media)
    world.media.mkdir()
    disk = Fat()
    assert disk.add(b"IMG_0001.JPG", PICTURE) == 2
    (world.media / "card.dd").write_bytes(disk.data)
    (world.media / "note.txt").write_text("milk\nbread\n")
    world.sealed(EX, str(world.media), "--no-describe")
    shutil.copytree(world.media, world.path / "copy")
    return world


def both(world: World, *more: str) -> Answer:
    return world.kibra.verify(EX, "--media", world.media, "--against", world.path / "copy", *more)


def damage(answer: Answer, item: str = "card.dd", code: str = "content-changed") -> Any:
    """What the finding on an item says of its damage."""
    (found,) = [f for f in answer.json["findings"] if (f["code"], f["facts"].get("item")) == (code, item)]
    return found.get("damage")


def said(world: World, *words: object) -> str:
    return world.kibra("verify", *words).said


AT = place(2) + CLUSTER
BESIDE = place(200)


@pytest.mark.parametrize("more", [(), ("--quick",)])
def test_the_bytes_and_the_file_are_named(card: World, more: tuple[str, ...]) -> None:
    hurt(card.media / "card.dd", AT, b"damaged")
    hurt(card.media / "note.txt", 5, b"B")
    told = both(card, *more)
    assert told.status == 3
    found = damage(told)
    assert (found["pieces"], found["copy"]) == ([[0, PIECE_SIZE]], "sealed")
    assert (found["bytes"], found["differing"]) == ([[AT, 7]], 7)
    (file,) = found["files"].pop("found")
    assert file == {"kind": "file", "volume": 0, "path": "IMG_0001.JPG", "size": 7}
    assert found["files"] == {"read": "copy", "systems": ["FAT16"], "more": 0, "left": None}
    note = damage(told, "note.txt")
    assert (note["pieces"], note["copy"], note["bytes"], note["differing"]) == ([], "sealed", [[5, 1]], 1)
    shown = said(card, EX, "--media", card.media, "--against", card.path / "copy", *more)
    assert f"the second copy holds the sealed bytes there: 7 bytes differ, bytes {AT} to {AT + 6}" in shown
    assert "they lie in IMG_0001.JPG (FAT16, read from the second copy)" in shown
    assert "copy as sealed 2 items" in shown


def test_without_a_copy_a_file_may_be_damaged(card: World) -> None:
    hurt(card.media / "card.dd", AT, b"damaged")
    told = card.kibra.verify(EX, "--media", card.media)
    found = damage(told)
    assert found.keys() == {"pieces", "files"}
    assert ("file", "IMG_0001.JPG", len(PICTURE)) in [
        (f["kind"], f["path"], f["size"]) for f in found["files"]["found"]
    ]
    shown = said(card, EX, "--media", card.media)
    assert "what differs may lie in IMG_0001.JPG" in shown
    assert "read from the damaged media" in shown


def test_a_copy_that_is_damaged_elsewhere_helps_where_it_is_sound(card: World) -> None:
    hurt(card.media / "card.dd", AT, b"one")
    hurt(card.media / "card.dd", 2 * PIECE_SIZE + 9, b"two")
    hurt(card.path / "copy" / "card.dd", 2 * PIECE_SIZE + 9, b"six")
    told = both(card)
    found = damage(told)
    assert (found["copy"], found["held"], found["bytes"]) == ("sealed-in-part", [[0, PIECE_SIZE]], [[AT, 3]])
    assert found["files"]["read"] == "media"
    assert "copy-differs" in told.codes
    assert [copy["as_sealed"] for copy in told.json["checked"]["copies"]] == [False]


@pytest.mark.parametrize(("other", "alike"), [(b"same", True), (b"SAMX", False)])
def test_neither_holds_what_was_sealed(card: World, other: bytes, alike: bool) -> None:
    hurt(card.media / "card.dd", AT, b"same")
    hurt(card.path / "copy" / "card.dd", AT, other)
    found = damage(both(card))
    assert (found["copy"], found["alike"], bool(found["bytes"])) == ("not-sealed", alike, not alike)
    shown = said(card, EX, "--media", card.media, "--against", card.path / "copy")
    assert ("is like this one" in shown, "is not like this one" in shown) == (alike, not alike)


def test_what_is_wrong_with_the_copy_alone_changes_no_verdict(card: World) -> None:
    copy = card.path / "copy"
    hurt(copy / "card.dd", AT, b"damaged")
    (copy / "note.txt").unlink()
    (copy / "more.txt").write_text("planted")
    told = both(card)
    assert (told.status, told.json["verdict"]) == (0, "CONFIRMED")
    noted = {(f["facts"]["item"], f["facts"]["code"]) for f in told.json["findings"] if f["code"] == "copy-differs"}
    assert noted == {("card.dd", "content-changed"), ("note.txt", "content-missing"), ("more.txt", "content-extra")}
    assert damage(told, "card.dd", "copy-differs") == {"pieces": [[0, PIECE_SIZE]]}
    own = card.kibra.verify(EX, "--media", copy)
    assert own.status == 3, "judged for itself, it is refuted"


def test_what_is_missing_is_looked_up_in_the_copy(card: World) -> None:
    (card.media / "note.txt").unlink()
    found = damage(both(card), "note.txt", "content-missing")
    assert found["copy"] == "sealed"
    (card.path / "copy" / "note.txt").write_text("milk\nbeer\n")
    assert damage(both(card), "note.txt", "content-missing")["copy"] == "not-sealed"
    (card.path / "copy" / "note.txt").unlink()
    assert damage(both(card), "note.txt", "content-missing")["copy"] == "missing"


def test_a_copy_that_lacks_what_is_damaged(card: World) -> None:
    hurt(card.media / "card.dd", AT, b"damaged")
    (card.path / "copy" / "card.dd").unlink()
    assert damage(both(card))["copy"] == "missing"


def test_a_hard_link_is_no_second_copy(card: World) -> None:
    hurt(card.media / "card.dd", AT, b"damaged")
    (card.path / "copy" / "card.dd").unlink()
    os.link(card.media / "card.dd", card.path / "copy" / "card.dd")
    found = damage(both(card))
    assert (found["copy"], found["bytes"]) == ("same-file", [])


def test_a_copy_that_cannot_be_read_is_a_note(card: World) -> None:
    """A card with bad sectors as the copy of a sealed card: what cannot be read of it says nothing of the first."""
    shutil.copyfile(card.media / "card.dd", card.path / "second.raw")
    folder = card.path / "failing"
    folder.mkdir()
    with loop(card.media / "card.dd", "--read-only") as first, failing(card.path / "second.raw", folder, 9000) as copy:
        card.sealed(f"{CASE}/EX-2", first)
        words = (f"{CASE}/EX-2", "--media", first, "--against", copy.node)
        told = card.kibra.verify(*words)
        assert (told.status, "copy-not-checked" in told.codes) == (0, True)
        copy.fail()
        told = card.kibra.verify(*words)
        assert (told.status, "copy-not-checked" in told.codes, "copy-differs" in told.codes) == (0, False, False)


def test_new_bad_sectors_of_a_card_are_named_by_the_files_on_them(card: World) -> None:
    shutil.copyfile(card.media / "card.dd", card.path / "first.raw")
    folder = card.path / "failing"
    folder.mkdir()
    exhibit = f"{CASE}/EX-2"
    with failing(card.path / "first.raw", folder) as device:
        card.sealed(exhibit, device.node)
        device.fail(AT // 512)
        told = card.kibra.verify(exhibit, "--media", device.node, "--against", card.media / "card.dd")
        found = damage(told, "device", "content-unreadable")
        assert (told.status, found["copy"], found["bytes"]) == (4, "sealed", [])
        assert [(f["kind"], f["path"]) for f in found["files"]["found"]] == [("file", "IMG_0001.JPG")]
        hurt(card.path / "first.raw", AT + 1024, b"damaged")
        told = card.kibra.verify(exhibit, "--media", device.node, "--against", card.media / "card.dd")
        assert (told.status, damage(told, "device", "content-unreadable")["bytes"]) == (3, [[AT + 1024, 7]])
        assert "content-changed" in told.codes, "beside the bad sector: only with the copy can it be seen"
        assert card.kibra.verify(exhibit, "--media", device.node).status == 4


def test_one_file_is_compared_with_one_whatever_their_names(card: World) -> None:
    first, other = card.path / "disk.dd", card.path / "another-name.raw"
    for path in (first, other):
        shutil.copyfile(card.media / "card.dd", path)
    exhibit = f"{CASE}/EX-2"
    card.sealed(exhibit, str(first), "--no-describe")
    hurt(first, AT, b"damaged")
    told = card.kibra.verify(exhibit, "--media", first, "--against", other)
    assert (damage(told, "disk.dd")["bytes"], "copy-differs" in told.codes) == ([[AT, 7]], False)


@needs_images
def test_the_media_inside_a_container_are_located(world: World) -> None:
    """Damage in a stored E01 is named in the container and in the media, with the file that lies there."""
    shutil.rmtree(world.media)
    world.media.mkdir()
    for name in ("ext2.split.E01", "ext2.split.E02"):
        shutil.copyfile(IMAGES / name, world.media / name)
    world.sealed()
    shutil.copytree(world.media, world.path / "copy")
    media = b"".join((IMAGES / f"ext2.splitraw.00{n}").read_bytes() for n in range(2))
    data = (world.media / "ext2.split.E01").read_bytes()
    stored = data.index(media[1024:1124])
    hurt(world.media / "ext2.split.E01", stored, b"\xff" * 100)
    told = both(world)
    inside = damage(told, "ext2.split.E02/[media]", "media-changed")
    outside = damage(told, "ext2.split.E01")
    assert (inside["copy"], outside["copy"]) == ("sealed", "sealed")
    assert (outside["bytes"], "files" in outside) == ([[stored, 100]], False)
    assert any(start <= 1080 < start + length for start, length in inside["bytes"])
    assert all(start + length <= 32_768 for start, length in inside["bytes"]), "one chunk, which the decoder left out"
    assert inside["files"]["systems"] == ["ext2"]
    assert {f["kind"] for f in inside["files"]["found"]} == {"structures"}


def test_the_copy_inside_a_package(world: World) -> None:
    package = world.sent()
    with world.unchanged():
        told = world.lab.verify(package, "--against", world.media)
    assert (told.status, told.json["checked"]["copies"][0]["as_sealed"]) == (0, True)
    path = package / "data/KIBRA" / EX / "a note.txt"
    path.chmod(0o600)
    hurt(path, 0, b"\0")
    told = world.lab.verify(package, "--against", world.media)
    assert (told.status, damage(told, "a note.txt")["bytes"]) == (3, [[0, 1]])
    told = world.kibra.verify(EX, "--media", world.media, "--against", package)
    assert (told.status, "copy-differs" in told.codes) == (0, True)


def test_the_same_thing_twice_is_refused(card: World) -> None:
    link = card.path / "link"
    link.symlink_to(card.path)
    for copy in (card.media, link / "media", card.media / "note.txt", card.path):
        card.kibra.refused("verify", EX, "--media", card.media, "--against", copy, status=2, says="custody: ")
    with loop(card.media / "card.dd", "--read-only") as node:
        os.symlink(node, card.path / "by-id")
        words = ("verify", node, "--against", card.path / "by-id", "--access", "")
        card.kibra.refused(*words, status=2, says="are the same")


def test_what_a_copy_cannot_be_compared_with(card: World) -> None:
    copy = card.path / "copy"
    card.kibra.refused("verify", EX, "--against", copy, status=2, says="a second copy needs a first one")
    card.kibra.refused(
        "verify", EX, "--media", card.media, "--against", card.path / "none", status=2, says="cannot find"
    )
    card.kibra.refused("verify", card.kibra.path, "--against", copy, status=2, says="is a register")
    for more in (("--media", copy), ("--code", "AAAA-AAAA-AAAA-AAAA"), ("--records-only",), ("--against", copy)):
        card.kibra.refused("verify", card.media, "--against", copy, *more, status=2, says="cop")
    card.kibra.refused("verify", card.media, "--against", copy / "note.txt", status=2, says="a folder and a file")


# --- without records -----------------------------------------------------


def two(world: World, one: object, other: object, *more: str) -> Answer:
    return world.kibra.verify(one, "--against", other, *more)


@pytest.mark.parametrize("more", [(), ("--quick",)])
def test_two_copies_without_records(card: World, more: tuple[str, ...]) -> None:
    copy = card.path / "copy"
    told = two(card, card.media, copy, *more)
    assert (told.status, told.json["verdict"]) == (4, "UNDETERMINED")
    assert told.codes == {"copies-same", "nothing-found"}
    hurt(copy / "card.dd", AT, b"damaged")
    (copy / "note.txt").write_text("milk\nbread")
    (copy / "more.txt").write_text("here only")
    (card.media / "link").symlink_to("x")
    (copy / "link").mkdir()
    told = two(card, card.media, copy, *more)
    assert (told.status, told.codes) == (4, {"copies-differ", "nothing-found"})
    found = damage(told, "card.dd", "copies-differ")
    assert (found["copy"], found["bytes"], found["pieces"]) == ("differs", [[AT, 7]], [[0, PIECE_SIZE]])
    assert found["files"]["found"][0]["path"] == "IMG_0001.JPG"
    assert damage(told, "note.txt", "copies-differ")["bytes"] == [[10, 1]]
    shown = said(card, card.media, "--against", copy, *more)
    assert "The two copies are not alike. Without a record nothing says that either is right." in shown
    assert "more.txt: only in the second copy" in shown
    assert "link: link in the first copy, empty-folder in the second copy" in shown
    assert "CONFIRMED" not in shown


def test_two_single_files_are_compared_by_what_is_in_them(card: World) -> None:
    other = card.path / "other.name"
    shutil.copyfile(card.media / "card.dd", other)
    assert "copies-same" in two(card, card.media / "card.dd", other).codes
    hurt(other, AT, b"x")
    told = two(card, card.media / "card.dd", other)
    assert damage(told, "contents", "copies-differ")["bytes"] == [[AT, 1]]
    with loop(other, "--read-only") as node:
        told = two(card, node, card.media / "card.dd")
        assert damage(told, "contents", "copies-differ")["bytes"] == [[AT, 1]]


@needs_images
def test_images_are_compared_by_the_media_inside(card: World) -> None:
    assert "copies-same" in two(card, IMAGES / "image.dd", IMAGES / "image.E01").codes
    assert "copies-same" in two(card, IMAGES / "ext2.split.E01", IMAGES / "ext2.splitraw.000").codes
    told = two(card, IMAGES / "ext2.E01", IMAGES / "image.E01")
    assert (told.status, "copies-differ" in told.codes) == (4, True)


# --- hostile -------------------------------------------------------------


def test_no_name_of_the_evidence_steers_the_terminal(world: World) -> None:
    folder = world.path / "in"
    folder.mkdir()
    evil = "\x1b[2J\x1b]0;x\x07‮\nCONFIRMED"
    (folder / evil).write_bytes(PICTURE)
    shutil.rmtree(world.media)
    world.media.mkdir()
    image = ext(world.media / "card.dd", folder)
    world.sealed(EX, str(world.media), "--no-describe")
    shutil.copytree(world.media, world.path / "copy")
    at = image.read_bytes().index(PICTURE)
    hurt(image, at, b"\0" * 20)
    for words in ((EX, "--media", world.media), (EX, "--media", world.media, "--against", world.path / "copy")):
        told = world.kibra("verify", *words)
        assert told.status == 3
        assert told.out.startswith("REFUTED\n")
        assert "\nCONFIRMED" not in told.out
        assert all(letter.isprintable() or letter == "\n" for letter in told.out)
    assert damage(both(world))["files"]["found"][0]["path"] == evil


def test_a_file_system_that_lies_changes_no_verdict(card: World) -> None:
    """Its own tables are what is damaged: whatever The Sleuth Kit makes of them, the finding stands."""
    hurt(card.media / "card.dd", 0, os.urandom(510))
    told = card.kibra.verify(EX, "--media", card.media)
    assert (told.status, told.codes & {"content-changed"}) == (3, {"content-changed"})
    hurt(card.media / "card.dd", 0, (card.path / "copy" / "card.dd").read_bytes()[:512])
    hurt(card.media / "card.dd", 4 * 512, os.urandom(100_000))
    told = both(card)
    assert (told.status, damage(told)["files"]["read"]) == (3, "copy")
    assert {f["path"] for f in damage(told)["files"]["found"]} >= {"$FAT1"}


def test_nothing_is_written_and_nothing_left_behind(card: World) -> None:
    hurt(card.media / "card.dd", AT, b"damaged")
    with card.unchanged():
        both(card)
        two(card, card.media, card.path / "copy")
