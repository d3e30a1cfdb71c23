"""Registers and packages that are moved, copied, zipped, put back, or stand on another file system."""

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.attacks.kit import fork, keep_copy, put_back
from tests.custody.station import CASE, EX, Answer, Office, World
from tests.honest.situation import UNDETERMINED, honest, judge

FELL = ("incident", "--description", "fell down")
OTHER = f"{CASE}/EX-2"


def moved(world: World, name: str) -> Office:
    return Office(world, name, world.kibra.people, "KIBRA")


@honest(happens="The register is moved to another folder, and work goes on there.")
def moved_to_another_folder(world: World) -> Iterator[Answer]:
    world.seized()
    shutil.move(world.kibra.path, world.path / "another")
    moved(world, "another").ok("event", EX, *FELL)
    yield judge(world, moved(world, "another"), EX)


@honest(
    happens="The register is carried to a new computer, which has never seen it.", verdict=UNDETERMINED,
    says=("anchor-only-own",), way_out="docs/sop/01-set-up-a-register.md",
)  # fmt: skip
def carried_to_a_new_computer(world: World) -> Iterator[Answer]:
    world.seized()
    shutil.rmtree(world.path / "settings")
    yield judge(world, world.kibra, EX)
    told = _fingerprint(world.kibra.card)
    world.kibra("trust", "add", world.kibra.card, "--fingerprint", told)
    yield judge(world, world.kibra, EX)


def _fingerprint(card: Path) -> str:
    import base64
    import json

    from manifests.digest import identity

    return identity(base64.b64decode(json.loads(card.read_bytes())["root"]))


def rewritten(path: Path) -> None:
    """All files as a copying program makes them that keeps no times."""
    for each in path.rglob("*"):
        os.utime(each, (1_000_000_000, 1_000_000_000))


def zipped(path: Path) -> None:
    """Into a zip and back: permissions, times and empty folders are lost."""
    files = [each for each in sorted(path.rglob("*")) if each.is_file()]
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        for each in files:
            archive.write(each, each.relative_to(path))
    shutil.rmtree(path)
    with zipfile.ZipFile(path.with_suffix(".zip")) as archive:
        archive.extractall(path)


def open_to_all(path: Path) -> None:
    """As a stick shows files that has no permissions."""
    for each in (path, *path.rglob("*")):
        each.chmod(0o777)


def copied(path: Path) -> None:
    """cp -r, and the first one is gone."""
    shutil.copytree(path, path.with_name("again"), copy_function=shutil.copyfile)
    shutil.rmtree(path)
    path.with_name("again").rename(path)


def no_index(path: Path) -> None:
    for each in path.rglob("index.db"):
        each.write_bytes(b"no index at all")


def _both(name: str, happens: str, change: Callable[[Path], None]) -> None:
    """The same happens to a register that goes on working, and to a package on its way."""

    def to_the_register(world: World) -> Iterator[Answer]:
        world.sealed()
        change(world.kibra.path)
        yield judge(world, world.kibra, EX, "--records-only")
        world.kibra.ok("event", EX, *FELL)
        yield judge(world, world.kibra, EX, "--records-only")

    def to_the_package(world: World) -> Iterator[Answer]:
        package = world.sent()
        change(package)
        yield judge(world, world.lab, package)
        world.lab.ok("receive", package, "--receipt", "r.json")
        yield judge(world, world.lab, EX, "--media", package / "data" / "KIBRA" / EX)

    honest(name=f"a_register_{name}", happens=f"A register is {happens}, and work goes on in it.")(to_the_register)
    honest(name=f"a_package_{name}", happens=f"A package is {happens}, and then received.")(to_the_package)


_both("copied_without_times", "copied by a program that keeps no times", rewritten)
_both("zipped_and_unzipped", "zipped, sent and unzipped", zipped)
_both("without_permissions", "on a stick that knows no permissions", open_to_all)
_both("copied_by_cp", "copied with cp -r", copied)
_both("with_a_damaged_index", "left with an index that is no index", no_index)


@honest(happens="The package's folder is given another name.")
def a_package_under_another_name(world: World) -> Iterator[Answer]:
    package = world.sent()
    package.rename(package.parent / "from the station")
    yield judge(world, world.lab, package.parent / "from the station")
    world.lab.ok("receive", package.parent / "from the station", "--receipt", "r.json")
    yield judge(world, world.lab, EX, "--records-only")


@honest(
    happens="The disk failed, and last night's backup is put back: one event is missing.", verdict=UNDETERMINED,
    says=("restored",), way_out="docs/sop/32-put-back-from-a-backup.md", then=UNDETERMINED, still=("restored",),
)  # fmt: skip
def put_back_from_a_backup(world: World) -> Iterator[Answer]:
    world.seized()
    copy = keep_copy(world.kibra)
    world.kibra.ok("event", EX, *FELL)
    put_back(world.kibra, copy)
    world.kibra.ok("restored", "--reason", "the disk failed", "--witness", "445566")
    yield judge(world, world.kibra, EX)
    world.kibra.ok("event", EX, *FELL)
    world.seized(OTHER)
    yield judge(world, world.kibra, EX)


@honest(happens="After a backup was put back, a new exhibit is seized: nothing of it can be missing.")
def a_new_exhibit_after_a_backup(world: World) -> Iterator[Answer]:
    world.seized()
    copy = keep_copy(world.kibra)
    world.kibra.ok("event", EX, *FELL)
    put_back(world.kibra, copy)
    world.kibra.ok("restored", "--reason", "the disk failed", "--witness", "445566")
    world.seized(OTHER)
    yield judge(world, world.kibra, OTHER)


@honest(happens="A list beside a record is lost, and put back from the package that was sent.")
def a_list_lost_and_mended(world: World) -> Iterator[Answer]:
    package = world.sent()
    (lost,) = world.kibra.chain().glob("*.entries.jsonl")
    lost.unlink()
    world.kibra.ok("mend", package)
    yield judge(world, world.kibra, EX, "--media", world.media)


@honest(
    happens="A list beside a record is lost.", verdict=UNDETERMINED, says=("entries-missing",),
    way_out="docs/sop/36-interrupted-or-something-missing.md",
)  # fmt: skip
def a_list_lost(world: World) -> Iterator[Answer]:
    world.sealed()
    copy = keep_copy(world.kibra)
    (lost,) = world.kibra.chain().glob("*.entries.jsonl")
    lost.unlink()
    yield judge(world, world.kibra, EX, "--media", world.media)
    world.kibra.ok("mend", copy)
    yield judge(world, world.kibra, EX, "--media", world.media)


@honest(
    happens="Somebody opened the folder of contents under Windows, which left a Thumbs.db.", verdict=UNDETERMINED,
    says=("content-extra",), way_out="docs/sop/36-interrupted-or-something-missing.md",
)  # fmt: skip
def a_thumbs_db(world: World) -> Iterator[Answer]:
    world.sealed()
    (world.media / "DCIM" / "Thumbs.db").write_bytes(b"pictures")
    yield judge(world, world.kibra, EX, "--media", world.media)
    (world.media / "DCIM" / "Thumbs.db").unlink()
    yield judge(world, world.kibra, EX, "--media", world.media)


@honest(
    happens="A copying program left an empty folder out.", verdict=UNDETERMINED, says=("folder-missing",),
    way_out="docs/sop/36-interrupted-or-something-missing.md",
)  # fmt: skip
def an_empty_folder_lost(world: World) -> Iterator[Answer]:
    (world.media / "nothing in it").mkdir()
    world.sealed()
    (world.media / "nothing in it").rmdir()
    yield judge(world, world.kibra, EX, "--media", world.media)
    (world.media / "nothing in it").mkdir()
    yield judge(world, world.kibra, EX, "--media", world.media)


@honest(happens="A disk composes the letters of a name otherwise.", says=("name-recomposed",))
def a_name_composed_otherwise(world: World) -> Iterator[Answer]:
    (world.media / "caf\u00e9.txt").write_text("coffee")
    world.sealed()
    (world.media / "caf\u00e9.txt").rename(world.media / "cafe\u0301.txt")
    yield judge(world, world.kibra, EX, "--media", world.media)


@honest(
    happens="An old stick wrote a name in capitals.", verdict=UNDETERMINED, says=("content-renamed",),
    way_out="docs/sop/23-find-the-damage.md",
)  # fmt: skip
def a_name_in_capitals(world: World) -> Iterator[Answer]:
    world.sealed()
    (world.media / "a note.txt").rename(world.media / "A NOTE.TXT")
    yield judge(world, world.kibra, EX, "--media", world.media)
    (world.media / "A NOTE.TXT").rename(world.media / "a note.txt")
    yield judge(world, world.kibra, EX, "--media", world.media)


@honest(happens="A prosecutor verifies a copy of the register on another computer, with the station's card.")
def a_copy_with_the_card(world: World) -> Iterator[Answer]:
    world.seized()
    copy = fork(world.kibra)
    shutil.rmtree(copy.world.path / "settings-0")
    yield judge(copy.world, copy, EX, "--anchor", world.kibra.card)
