"""What a courier may put into a package: contents that are nobody's, and links. Nothing is followed, all is said."""

import hashlib
import os
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from custody.edges.package import Package
from tests.custody.station import CASE, EX, World

OTHER = f"{CASE}/EX-2"


def rebuilt(package: Path) -> None:
    """The bag's manifests made anew, as any courier can."""
    lines = sorted(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(package)}\n"
        for path in (package / "data").rglob("*") if path.is_file() and not path.is_symlink()
    )  # fmt: skip
    (package / "manifest-sha256.txt").write_text("".join(lines))
    listed = [p for p in package.rglob("*") if p.is_file() and p.relative_to(package).parts[0] != "data"]
    tags = sorted(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(package)}\n"
        for path in listed if path.name != "tagmanifest-sha256.txt"
    )  # fmt: skip
    (package / "tagmanifest-sha256.txt").write_text("".join(tags))


def planted(package: Path, where: str) -> None:
    path = package / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"planted")
    rebuilt(package)


@pytest.mark.parametrize(
    "where",
    [
        f"data/KIBRA/{OTHER}/planted.jpg", f"data/KIBRA/{EX}/planted.jpg", "data/planted.jpg", "data/KIBRA/planted.jpg",
        f"data/KIBRA/{CASE}/planted.jpg", f"data/KIBRA/{CASE}/EX 1/planted.jpg", "data/KIBRA/CASE 1/EX-1/planted.jpg",
        "data/evidence/planted.jpg", f"data/KIBRA/{CASE}/EX-9/planted.jpg", f"data/LAB/{EX}/planted.jpg",
    ],
)  # fmt: skip
def test_contents_that_nobody_sealed(world: World, where: str) -> None:
    """Beside an exhibit that has manifests, with one of which nothing was sealed, and anywhere else."""
    world.seized(OTHER)
    world.sealed()
    package = world.released(EX, OTHER, more=("--media", f"{EX}={world.media}"))
    assert world.lab.verify(package).status == 0
    planted(package, where)
    told = world.lab.verify(package)
    assert (told.status, told.codes & {"content-extra", "link-in-package"}) == (4, {"content-extra"}), told
    refused = world.lab.refused("receive", package, says="is UNDETERMINED: content-extra")
    assert "--accept" in refused.err


@pytest.mark.parametrize(
    "where", ["data", "data/KIBRA", f"data/KIBRA/{CASE}", f"data/KIBRA/{EX}", "custody", "custody/chains",
              f"custody/chains/KIBRA/{EX}", "custody/cards"],
)  # fmt: skip
def test_a_folder_that_is_a_link(world: World, where: str, tmp_path: Path) -> None:
    """What it points to is the very same, and is not looked at: the package does not hold it."""
    package = world.sent()
    outside = world.path / "outside"
    shutil.move(package / where, outside)
    (package / where).symlink_to(outside, target_is_directory=True)
    told = world.lab.verify(package)
    assert told.status == 4, told
    assert "link-in-package" in told.codes
    assert told.json["media"] != "CONFIRMED"
    answer = world.lab("receive", package)
    assert answer.status not in (0, 1), answer
    assert not world.lab.chain().exists()


def test_a_link_beside_everything(world: World) -> None:
    package = world.sent()
    (package / "custody" / "notes").symlink_to("/etc/passwd")
    told = world.lab.verify(package)
    assert (told.status, told.json["media"], told.codes & {"content-extra"}) == (4, "UNDETERMINED", set())
    answer = world.lab.refused("receive", package, says="is UNDETERMINED: link-in-package")
    assert "custody/notes" in answer.said
    world.lab.ok("receive", package, "--accept", EX)
    noted = world.lab.body("0004-receipt.json")["body"]["media"]["findings"]
    assert noted == [{"code": "link-in-package", "subject": f"KIBRA:{EX}", "text": "1 items"}]


def test_a_component_that_is_swapped_for_a_link_leads_nowhere(world: World) -> None:
    """Between looking for a folder and reading in it: the way is gone from the package's own folder each time."""
    package = Package(world.sent())
    chain = f"KIBRA:{EX}"
    before = package.chain(chain)
    lists = before.lists("0002-manifest.entries.jsonl")
    assert lists is not None and len(list(lists)) > 1
    media = package.media(chain)
    assert media is not None
    for name in ("custody", "data"):
        (package.path / name).rename(world.path / name)
        (package.path / name).symlink_to(world.path / name)
    assert package.chains() == []
    assert package.chain(chain).records == ()
    assert before.lists("0002-manifest.entries.jsonl") is None
    assert package.media(chain) is None
    from hashing.measure import Plan, measure

    (item,) = measure((media.source,), Plan())
    assert (item.outcome.value, item.digests) == ("unreadable", {})


# --- contents that are named for what was never sealed (E5) ----------------------------


def test_contents_named_for_an_exhibit_of_which_nothing_was_sealed(world: World) -> None:
    world.seized()
    told = world.kibra.verify(EX, "--media", world.media)
    assert (told.status, "content-extra" in told.codes) == (4, True)
    for words in (("--media", "nowhere"), ("--media", world.media, "--against", "nowhere")):
        assert world.kibra("verify", EX, *words).status == 2
    release = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb", "--media")
    world.kibra.refused(*release, world.media, says="cannot be released: content-extra")
    world.kibra.refused(*release, "nowhere", says="cannot find", status=2)
    package = world.released()
    world.lab.refused("receive", package, "--media", world.media, says="is UNDETERMINED: content-extra")
    world.lab.refused("receive", package, "--media", "nowhere", says="cannot find", status=2)


# --- nothing compared (E5) --------------------------------------------------------------


def test_a_folder_of_links_says_nothing_of_contents(world: World) -> None:
    shutil.rmtree(world.media)
    world.media.mkdir()
    (world.path / "real.txt").write_text("x")
    (world.media / "a").symlink_to("../real.txt")
    world.sealed()
    told = world.kibra.verify(EX, "--media", world.media)
    assert (told.status, told.json["media"], "media-not-read" in told.codes) == (4, "UNDETERMINED", True)
    assert "are what was sealed" not in world.kibra("verify", EX, "--media", world.media).out


def test_a_link_that_is_re_pointed_is_another(world: World) -> None:
    (world.media / "link").symlink_to("a note.txt")
    world.sealed()
    assert world.kibra.verify(EX, "--media", world.media).status == 0
    (world.media / "link").unlink()
    (world.media / "link").symlink_to("z.bin")
    told = world.kibra.verify(EX, "--media", world.media)
    assert (told.status, "content-changed" in told.codes) == (3, True)
    assert "the link points elsewhere now" in told.said


def test_a_verdict_says_what_never_was_read(world: World) -> None:
    (world.media / "x.E01").write_bytes(b"EVF\x09\x0d\x0a\xff\x00" + b"\1\1\0\0\0" + bytes(600))
    world.sealed()
    told = world.kibra("verify", EX, "--media", world.media)
    assert told.status == 0
    assert "The contents are what was sealed" not in told.out
    assert "1 item could not be read when sealed" in told.said


# --- a copy that is honest (E5, E6) -----------------------------------------------------


def _lost(media: Path) -> None:
    (media / "leer").rmdir()


def _litter(media: Path) -> None:
    (media / "leer" / "Thumbs.db").write_bytes(b"litter")


def _composed(media: Path) -> None:
    (media / "caf\u00e9.txt").rename(media / unicodedata.normalize("NFD", "caf\u00e9.txt"))


@pytest.mark.parametrize(
    ("done", "status", "code"),
    [(_lost, 4, "folder-missing"), (_litter, 4, "content-extra"), (_composed, 0, "name-recomposed")],
)
def test_what_an_honest_copy_does_refutes_nothing(
    world: World, done: Callable[[Path], None], status: int, code: str
) -> None:
    (world.media / "leer").mkdir()
    (world.media / "caf\u00e9.txt").write_text("coffee")
    world.sealed()
    done(world.media)
    told = world.kibra.verify(EX, "--media", world.media)
    assert (told.status, code in told.codes) == (status, True), told


# --- names that a medium may not hold (K1) ----------------------------------------------

HARD = [
    "a:b",
    "what?",
    "back\\slash",
    "cr\rname",
    "CON",
    "aux.txt",
    "dot.",
    os.fsdecode(b"caf\xe9"),
    "x" * 250 + "\u00e9",
]
LONG = ["p" * 254 + "a", "p" * 252 + ":b", "p" * 254 + "c", "p" * 252 + ":d"]


def test_each_file_is_written_under_its_stored_name_from_the_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a medium that takes no other names, as exFAT and NTFS do not."""
    for name in (*HARD, *LONG):
        (world.media / name).write_bytes(b"what is called " + os.fsencode(name))
    world.sealed()

    def picky() -> None:
        from hashing import copying

        opened, kept = os.open, copying.os.open

        def refusing(path: object, flags: int, *more: object, **others: object) -> int:
            if flags & os.O_CREAT and isinstance(path, bytes) and set(path) & set(b':?\\"*<>|\r'):
                raise OSError(22, "Invalid argument")
            return opened(path, flags, *more, **others)  # type: ignore[arg-type]

        assert kept is opened
        os.open = refusing  # type: ignore[assignment]

    (world.path / "usb").mkdir(exist_ok=True)
    words = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb", "--media", world.media)
    made = world.kibra("--json", *words, before=picky)
    assert made.status == 0, made
    package = Path(made.json["package"])
    names = [path.name for path in package.rglob("*")]
    assert "=43ON" in names
    assert "=61ux.txt" in names
    assert world.lab.verify(package).status == 0
    world.lab.ok("receive", package)
