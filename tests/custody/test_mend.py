"""Putting back what is missing or damaged, and bound: by `mend`, and by any later package."""

import shutil
from pathlib import Path

import pytest

from tests.custody.station import EX, World

LIST = "0002-manifest.entries.jsonl"


@pytest.fixture
def backup(world: World) -> Path:
    """A copy of a register in which an exhibit was sealed, bagged and released with a witness's help."""
    world.handed_over()
    return Path(shutil.copytree(world.kibra.path, world.path / "backup"))


@pytest.mark.parametrize("name", [LIST, "0002-manifest.json", "0002-manifest.json.p7s", "0004-receipt.json.p7s"])
@pytest.mark.parametrize("how", ["gone", "changed"])
def test_from_a_backup(world: World, backup: Path, name: str, how: str) -> None:
    here = world.kibra.chain() / name
    sound = here.read_bytes()
    if how == "gone":
        here.unlink()
    else:
        here.write_bytes(sound.replace(b"0", b"1", 1) if b"0" in sound else sound[:-1] + b"!")
    assert world.kibra.verify("--records-only").codes & {"entries-missing", "entries-changed", "ledger-inconsistent"}
    answer = world.kibra.ok("--json", "mend", backup)
    assert answer.json["put_back"] == [f"KIBRA:{EX} {name}"]
    assert here.read_bytes() == sound
    world.kibra.sound()
    assert world.kibra.ok("--json", "mend", backup).json["put_back"] == []
    kept = list((world.kibra.path / "quarantine").rglob("*.damaged-*"))
    assert len(kept) == (how == "changed")


def test_from_a_package(world: World) -> None:
    package = world.handed_over()
    for name in (LIST, "0001-seizure.json"):
        (world.kibra.chain() / name).unlink()
    assert world.kibra.verify(EX, "--records-only").status == 3
    assert len(world.kibra.ok("--json", "mend", package).json["put_back"]) == 2
    world.kibra.sound()


def test_nothing_that_is_not_bound(world: World, backup: Path) -> None:
    """A list with other lines, a record that the ledger does not have, a record of another register."""
    listed = backup / "cases" / "KIBRA" / EX / LIST
    listed.write_bytes(listed.read_bytes().replace(b"DCIM", b"DICM", 1))
    (world.kibra.chain() / LIST).unlink()
    shutil.copytree(backup / "cases" / "KIBRA" / EX, backup / "cases" / "KIBRA" / "KBR-2026-0042" / "EX-9")
    assert world.kibra.ok("--json", "mend", backup).json["put_back"] == []
    assert "entries-missing" in world.kibra.verify(EX, "--records-only").codes
    assert not world.kibra.chain("KBR-2026-0042/EX-9").exists()


def test_a_later_package_puts_back_a_list(world: World) -> None:
    """LAB lost a list; the exhibit comes back to it some day, and with it the list."""
    package = world.handed_over()
    (world.lab.chain() / LIST).unlink()
    assert "entries-missing" in world.lab.verify(EX, "--records-only").codes
    world.lab.ok("mend", package)
    world.lab.sound(EX)


def test_what_is_neither_package_nor_register(world: World) -> None:
    world.kibra.refused("mend", world.media, says="is neither a package nor a register", status=2)
