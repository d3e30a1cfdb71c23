"""Every way in which contents lie, times every act that reads them, sound and damaged: the same words and names."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.custody.station import CASE, EX, Answer, World
from tests.hashing.loops import loop

MIB = 1 << 20
AT = 700_000
"""Where a byte is another."""


def noise(seed: str, size: int) -> bytes:
    return hashlib.shake_128(seed.encode()).digest(size)


def flip(path: Path, at: int) -> None:
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 1]))


@dataclass
class Lying:
    """Contents that lie somewhere: what they are called on the command line, and how one byte of them is changed."""

    world: World
    stack: ExitStack
    given: list[str] = field(default_factory=list)
    damaged: Path = Path()
    item: str = ""
    """The item that is then not what was sealed."""
    travels: bool = True
    on: Callable[[], None] = lambda: None
    """Connects it again after it was changed."""

    @property
    def media(self) -> list[str]:
        return [word for each in self.given for word in ("--media", each)]

    def hurt(self) -> None:
        flip(self.damaged, AT if self.damaged.stat().st_size > AT else 3)
        self.on()


def files(lying: Lying) -> None:
    lying.given, lying.damaged, lying.item = ["media"], lying.world.media / "a note.txt", "a note.txt"


def several_paths(lying: Lying) -> None:
    lying.given, lying.item = ["media/a note.txt", "media/DCIM"], "DCIM/index.txt"
    lying.damaged = lying.world.media / "DCIM" / "index.txt"


def stored_image(lying: Lying) -> None:
    folder = lying.world.path / "stored"
    folder.mkdir()
    (folder / "card.dd").write_bytes(noise("card", 2 * MIB))
    lying.given, lying.damaged, lying.item = ["stored/card.dd"], folder / "card.dd", "card.dd"


def parts(lying: Lying) -> Path:
    folder = lying.world.path / "parts"
    folder.mkdir()
    for number, size in ((1, MIB), (2, MIB), (3, 4096)):
        (folder / f"card.{number:03d}").write_bytes(noise(f"part {number}", size))
    lying.damaged, lying.item = folder / "card.002", "card.002"
    return folder


def image_in_a_folder(lying: Lying) -> None:
    parts(lying)
    lying.given = ["parts"]


def image_by_its_first_part(lying: Lying) -> None:
    folder = parts(lying)
    (folder / "beside.txt").write_text("not a part of it")
    lying.given = ["parts/card.001"]


def device(lying: Lying) -> None:
    card = lying.world.path / "card.raw"
    card.write_bytes(noise("device", 2 * MIB))
    lying.damaged, lying.item, lying.travels = card, "device", False

    def connect() -> None:
        lying.stack.close()
        lying.given = [lying.stack.enter_context(loop(card, "--read-only"))]

    lying.on = connect
    connect()


SOURCES = (files, several_paths, stored_image, image_in_a_folder, image_by_its_first_part, device)


@pytest.fixture(params=SOURCES, ids=lambda make: str(make.__name__))
def lying(request: pytest.FixtureRequest, world: World) -> Iterator[Lying]:
    """Contents, sealed as they lie."""
    with ExitStack() as stack:
        made = Lying(world=world, stack=stack)
        request.param(made)
        world.seized()
        world.kibra.ok("seal", EX, *made.given, "--no-describe")
        yield made


def told(answer: Answer) -> dict[str, set[str]]:
    """The grave findings of a report on media, with the items they name."""
    found: dict[str, set[str]] = {}
    for each in answer.json["findings"]:
        if each["severity"] != "note":
            found.setdefault(each["code"], set()).add(each["facts"].get("item", ""))
    return found


def expected(lying: Lying) -> dict[str, set[str]]:
    """What is said of the one byte: of an image's part, and of the media inside it."""
    found = {"content-changed": {lying.item}}
    return found | ({"media-changed": {"card.003/[media]"}} if lying.item == "card.002" else {})


def first(lying: Lying) -> str:
    """What is said first: of an image that the media are not those that were sealed."""
    return "media-changed" if lying.item == "card.002" else "content-changed"


def named(lying: Lying) -> str:
    return "card.003/[media]" if lying.item == "card.002" else lying.item


def test_verify(lying: Lying) -> None:
    kibra = lying.world.kibra
    sound = kibra.verify(EX, *lying.media)
    assert (sound.status, sound.json["media"]) == (0, "CONFIRMED"), sound
    lying.hurt()
    damaged = kibra.verify(EX, *lying.media)
    assert (damaged.status, told(damaged)) == (3, expected(lying)), damaged


def test_release_and_receive(lying: Lying) -> None:
    """With the contents inside where they can travel so; a device is measured where it is connected."""
    world = lying.world
    package = world.released(more=tuple(lying.media))
    assert world.kibra.body("0003-release.json")["body"]["media"]["how"] == "measured"
    media = [] if lying.travels else lying.media
    assert world.lab.verify(package, *media).status == 0
    world.lab.ok("receive", package, *media)
    received = world.lab.body("0004-receipt.json")["body"]["media"]
    assert (received["how"], received.get("findings")) == ("measured", None)
    if lying.travels:  # and on from there, out of the package itself
        onward = world.lab("--json", "release", EX, "--to", "COURT", "--purpose", "trial", "--media", package,
                           "--out", world.path / "usb")  # fmt: skip
        assert onward.status == 0, onward
        assert world.court.verify(onward.json["package"]).status == 0


def test_release_of_what_is_damaged(lying: Lying) -> None:
    lying.hurt()
    words = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", lying.world.path / "usb")
    refused = lying.world.kibra.refused(*words, *lying.media, says=f"cannot be released: {first(lying)}")
    assert named(lying) in refused.said


def test_receive_of_what_is_damaged(lying: Lying) -> None:
    """The contents travel apart, and are changed on the way."""
    world = lying.world
    package = world.released(more=("--media-apart", *lying.media))
    lying.hurt()
    refused = world.lab.refused("receive", package, *lying.media, says=f"is REFUTED: {first(lying)}")
    assert named(lying) in refused.said
    world.lab.ok("receive", package, *lying.media, "--accept", EX)
    noted = world.lab.body("0004-receipt.json")["body"]["media"]["findings"]
    assert {each["code"] for each in noted} == set(expected(lying))


def test_receive_of_a_package_that_is_damaged(lying: Lying) -> None:
    world = lying.world
    if not lying.travels:
        pytest.skip("it does not travel inside")
    package = world.released(more=tuple(lying.media))
    flip(package / "data/KIBRA" / EX / lying.item, AT if lying.item.startswith("card") else 3)
    damaged = world.lab.verify(package)
    assert (damaged.status, told(damaged)) == (3, expected(lying))
    assert named(lying) in world.lab.refused("receive", package, says=f"is REFUTED: {first(lying)}").said
    world.lab.ok("receive", package, "--accept", EX)
    words = ("release", EX, "--media", package, "--out", world.path / "usb", "--to", "COURT", "--purpose", "x")
    world.lab.refused(*words, says=f"cannot be released: {first(lying)}")


def test_audit(lying: Lying) -> None:
    world = lying.world
    if not lying.travels or len(lying.given) > 1:
        pytest.skip("it does not lie in a store")
    store = world.path / "store" / CASE
    store.mkdir(parents=True)
    mapping = world.path / "map.toml"
    mapping.write_text(f'"{EX}" = "{world.path / lying.given[0]}"\n')
    audit = ("--json", "audit", world.path / "store", "--map", mapping, "--every", "0")
    sound = world.kibra(*audit)
    assert sound.status == 0, sound
    lying.hurt()
    damaged = world.kibra(*audit)
    (one,) = damaged.json["exhibits"]
    assert (damaged.status, one["verdict"]) == (3, "REFUTED"), damaged
    assert {each["code"] for each in one["findings"]} == set(expected(lying))


# --- an image that is named by its first part ----------------------------------------


@pytest.fixture
def image(world: World) -> Lying:
    made = Lying(world=world, stack=ExitStack())
    parts(made)
    world.seized()
    world.kibra.ok("seal", EX, "parts/card.001", "--no-describe")
    return made


@pytest.mark.parametrize("where", ["parts", "parts/card.001"])
def test_a_first_part_is_looked_at_with_the_words_of_its_folder(image: Lying, where: str) -> None:
    kibra, copy = image.world.kibra, image.world.path / "copy"
    shutil.copytree(image.world.path / "parts", copy)
    image.hurt()
    beside = "copy" if where == "parts" else "copy/card.001"
    for other in ((), ("--against", beside)):
        said = kibra.verify(EX, "--media", where, *other)
        assert (said.status, told(said)) == (3, expected(image))
        assert "gone" not in said.said
        assert "changed while" not in said.said
        assert ("1 byte differs, byte 700000" in said.said) == bool(other), said


@pytest.mark.parametrize("where", ["parts", "parts/card.001"])
def test_a_first_part_stands_for_all_also_when_it_looks_like_none(image: Lying, where: str) -> None:
    """Cut off, parts are of two sizes, and no image by any rule: those that were sealed are looked at all the same."""
    with (image.world.path / "parts" / "card.001").open("r+b") as file:
        file.truncate(1000)
    said = image.world.kibra.verify(EX, "--media", where)
    assert said.status == 3
    assert told(said) == {"content-changed": {"card.001"}, "content-unreadable": {"card.003/[media]"}}


@pytest.mark.parametrize("where", ["parts", "parts/card.001"])
def test_a_part_that_is_lost_is_missing(image: Lying, where: str) -> None:
    (image.world.path / "parts" / "card.002").unlink()
    said = image.world.kibra.verify(EX, "--media", where)
    assert (said.status, told(said)["content-missing"]) == (3, {"card.002"})


# --- media that are not decoded again, and asked for ----------------------------------


def test_media_inside_images_are_not_decoded_again_unless_asked(image: Lying) -> None:
    kibra = image.world.kibra
    told = kibra.verify(EX, "--media", "parts")
    assert told.status == 0
    assert any("not decoded again" in line for line in told.json["not_checked"]), told
    told = kibra.verify(EX, "--media", "parts", "--decode")
    assert (told.status, told.json["not_checked"]) == (0, [])


# --- by pieces only (E7) -----------------------------------------------------------------


def test_what_was_checked_by_its_pieces_is_not_relied_on(world: World) -> None:
    (world.media / "large.bin").write_bytes(noise("large", 17 * MIB))
    world.sealed()
    world.kibra.ok("verify", EX, "--media", world.media, "--quick", "--record")
    assert world.kibra.body("0003-verification.json")["body"]["media"]["how"] == "pieces"
    release = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb", "--media-apart")
    world.kibra.refused(*release, says="by their pieces only", status=2)
    world.kibra.ok("verify", EX, "--media", world.media, "--record")
    assert world.kibra.body("0004-verification.json")["body"]["media"]["how"] == "measured"
    package = world.kibra.ok("--json", *release).json["package"]
    world.lab.ok("receive", package, "--contents-later")
    owed = world.lab.verify(EX, "--media", world.media, "--quick", "--record")
    assert (owed.status, "contents-owed" in owed.codes) == (4, True)
    assert world.lab.verify(EX, "--media", world.media, "--record").status == 0


def test_a_part_that_was_missing_when_sealed_is_said(world: World) -> None:
    """What lies behind a hole is sealed too, and the media are not called measured."""
    made = Lying(world=world, stack=ExitStack())
    (parts(made) / "card.002").unlink()
    world.seized()
    world.kibra.ok("seal", EX, "parts/card.001", "--no-describe")
    body = world.kibra.body("0002-manifest.json")["body"]
    assert (body["items"], body["measured"], body["not_measured"]) == (3, 2, [{"outcome": "unreadable", "count": 1}])
    assert "part 002 of the image not there" in world.kibra.ok("show", EX, "--item", "3").said
    told = world.kibra("verify", EX, "--media", "parts/card.001")
    assert told.status == 0
    assert "The contents are what was sealed" not in told.said
