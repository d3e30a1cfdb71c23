"""Attacks on contents: what lies in a package or beside it, planted, exchanged, cut, or a link."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.attacks.attack import COURIER, INSIDER, REFUTED, UNDETERMINED, attack
from tests.attacks.kit import CASE, judge, rebuild_bag
from tests.attacks.stages import staged
from tests.custody.station import EX, Answer, World

OTHER = f"{CASE}/EX-2"
HELD = Path("data", "KIBRA", EX)
NOTE = HELD / "a note.txt"


@staged
def carried(world: World) -> Path:
    """A package of two exhibits on its way to LAB: one with contents, one a bag that was never measured."""
    world.sealed()
    world.seized(OTHER)
    return world.released(EX, OTHER, more=("--media", f"{EX}={world.media}"))


def by_courier(name: str, does: str, change: Callable[[Path], None], verdict: str, *says: str) -> None:
    """Enter what a courier does to a package, bag and all, before LAB looks at it."""

    def play(world: World) -> Answer:
        package = carried(world)
        change(package)
        rebuild_bag(package)
        return judge(world, world.lab, package)

    attack(name=name, by=COURIER, does=does, verdict=verdict, says=says)(play)


def plants(place: str) -> Callable[[Path], None]:
    def change(package: Path) -> None:
        (package / place).parent.mkdir(parents=True, exist_ok=True)
        (package / place).write_bytes(b"planted")

    return change


for _name, _place, _where in (
    ("beside_sealed_contents", f"data/KIBRA/{EX}/planted.jpg", "among the contents that were sealed"),
    ("under_a_bag", f"data/KIBRA/{OTHER}/planted.jpg", "under an exhibit that was never measured"),
    ("in_data", "data/planted.jpg", "on top of all contents"),
    ("under_the_agency", "data/KIBRA/planted.jpg", "under the agency's code"),
    ("under_the_case", f"data/KIBRA/{CASE}/planted.jpg", "under the case"),
    ("under_no_exhibits_name", f"data/KIBRA/{CASE}/EX 1/planted.jpg", "under what is no exhibit's name"),
    ("under_no_cases_name", "data/KIBRA/KBR 2026/EX-1/planted.jpg", "under what is no case's name"),
    ("in_a_folder_of_its_own", "data/evidence/planted.jpg", "in a folder of its own"),
    ("under_an_unknown_exhibit", f"data/KIBRA/{CASE}/EX-9/planted.jpg", "under an exhibit without records"),
    ("deep_down", f"data/KIBRA/{EX}/DCIM/100/101/102/planted.jpg", "deep in a new folder of the contents"),
):  # fmt: skip
    by_courier(f"planted_{_name}", f"plants a photograph {_where}", plants(_place), UNDETERMINED, "content-extra")


def links(place: str) -> Callable[[Path], None]:
    """What lies there is moved out of the package, and a link stands in its place."""

    def change(package: Path) -> None:
        away = package.parent / "away"
        shutil.move(package / place, away)
        (package / place).symlink_to(away)

    return change


for _name, _place, _verdict in (
    ("data", "data", UNDETERMINED),
    ("the_agency", "data/KIBRA", UNDETERMINED),
    ("the_case", f"data/KIBRA/{CASE}", UNDETERMINED),
    ("the_contents", str(HELD), UNDETERMINED),
    ("one_file", str(NOTE), REFUTED),
    ("the_records_of_one_exhibit", f"custody/chains/KIBRA/{OTHER}", UNDETERMINED),
    ("all_records", "custody", UNDETERMINED),
):  # fmt: skip
    by_courier(
        f"a_link_for_{_name}", f"puts a link in the place of {_name.replace('_', ' ')}",
        links(_place), _verdict, "link-in-package",
    )  # fmt: skip


@attack(
    by=COURIER, does="hands over links to a disk of his own, and the laboratory receives without looking",
    refused="link-in-package",
)  # fmt: skip
def links_are_received(world: World) -> Answer:
    package = carried(world)
    links(str(HELD))(package)
    return world.lab("receive", package, "--contents-later", "--receipt", world.path / "r.json")


def _change(package: Path) -> None:
    path = package / NOTE
    path.write_bytes(path.read_bytes().replace(b"content", b"kontent", 1))


def _truncate(package: Path) -> None:
    os.truncate(package / HELD / "z.bin", 7)


def _grow(package: Path) -> None:
    with (package / HELD / "z.bin").open("ab") as file:
        file.write(b"\0")


def _swap(package: Path) -> None:
    one, two = (package / HELD / "DCIM" / "100" / f"IMG_000{number}.JPG" for number in (1, 2))
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def _folder(package: Path) -> None:
    (package / HELD / "z.bin").unlink()
    (package / HELD / "z.bin").mkdir()
    (package / HELD / "z.bin" / "z.bin").write_bytes(b"another")


by_courier("one_letter_of_a_file", "changes one letter of a file", _change, REFUTED, "content-changed")
by_courier("a_file_cut_off", "cuts a file off", _truncate, REFUTED, "content-changed")
by_courier("a_file_with_a_byte_more", "adds one byte to a file", _grow, REFUTED, "content-changed")
by_courier("two_photographs_exchanged", "exchanges two photographs", _swap, REFUTED, "content-changed")
by_courier("a_folder_for_a_file", "puts a folder in the place of a file", _folder, REFUTED, "content-missing")
by_courier(
    "a_file_taken_out", "takes one file out", lambda package: (package / NOTE).unlink(), REFUTED, "content-missing"
)  # fmt: skip
by_courier(
    "a_file_renamed", "gives a file another name",
    lambda package: (package / NOTE).rename(package / HELD / "another note.txt") and None,
    UNDETERMINED, "content-renamed",
)  # fmt: skip
by_courier(
    "all_contents_taken_out", "takes all contents out, and leaves the records",
    lambda package: shutil.rmtree(package / HELD), UNDETERMINED, "media-not-read",
)  # fmt: skip


@attack(
    by=INSIDER, does="names contents for an exhibit that was never measured", verdict=UNDETERMINED,
    says=("content-extra",),
)  # fmt: skip
def contents_for_what_was_never_measured(world: World) -> Answer:
    world.seized()
    return judge(world, world.kibra, EX, "--media", world.media)


def parts(folder: Path) -> Path:
    """A card as an image in two numbered parts."""
    folder.mkdir()
    (folder / "card.001").write_bytes(bytes(range(256)) * 4096)
    (folder / "card.002").write_bytes(b"the end of the card" + bytes(493))
    return folder


def with_an_image(world: World) -> Path:
    folder = parts(world.path / "image")
    world.seized()
    world.kibra.ok("seal", EX, folder, "--no-describe")
    return folder


@attack(
    by=COURIER, does="changes one byte of an image's first part", verdict=REFUTED,
    says=("content-changed", "media-changed"),
)  # fmt: skip
def a_byte_of_an_image(world: World) -> Answer:
    folder = with_an_image(world)
    data = bytearray((folder / "card.001").read_bytes())
    data[1000] ^= 1
    (folder / "card.001").write_bytes(data)
    return judge(world, world.kibra, EX, "--media", folder)


@attack(by=COURIER, does="takes the second part of an image away", verdict=REFUTED, says=("content-missing",))
def a_part_of_an_image(world: World) -> Answer:
    folder = with_an_image(world)
    (folder / "card.002").unlink()
    return judge(world, world.kibra, EX, "--media", folder)


@attack(
    by=INSIDER, does="changes a file, and releases under the verification from before", refused="content-changed"
)  # fmt: skip
def released_after_a_change(world: World) -> Answer:
    world.sealed()
    (world.media / "a note.txt").write_text("another")
    return world.kibra(
        "release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb", "--media", world.media
    )


@attack(
    by=INSIDER, does="seals the contents of another phone", verdict="CONFIRMED",
    undetected="That what was seized is what was there.",
)  # fmt: skip
def another_phones_contents(world: World) -> Answer:
    world.sealed()
    return judge(world, world.kibra, EX, "--media", world.media)
