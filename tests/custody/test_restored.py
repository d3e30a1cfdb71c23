"""A register that was put back from a backup: said by a signed record, and shown ever after (G7)."""

import shutil
from pathlib import Path

from tests.custody.station import CASE, EX, World

WHY = ("--reason", "disk failed; backup of Monday", "--witness", "445566")


def backed_up(world: World) -> Path:
    """A sealed exhibit, and a backup of the register taken then."""
    world.sealed()
    backup = world.path / "backup"
    shutil.copytree(world.kibra.path, backup)
    return backup


def put_back(world: World, backup: Path) -> None:
    shutil.rmtree(world.kibra.path)
    shutil.copytree(backup, world.kibra.path)


def lost(world: World) -> None:
    """What was written after the backup is gone."""
    backup = backed_up(world)
    world.kibra.ok("event", EX, "incident", "--description", "fell down")
    put_back(world, backup)


def test_an_honest_restore_has_a_way_out(world: World) -> None:
    lost(world)
    assert world.kibra.verify(EX, "--records-only").status == 3
    stopped = world.kibra("event", EX, "incident", "--description", "x")
    assert stopped.status == 5
    assert "custody restored" in stopped.said
    world.kibra.ok("restored", *WHY)
    world.kibra.again("restored", *WHY)
    found = world.kibra.verify(EX, "--records-only")
    assert found.status == 4
    assert "restored" in found.codes
    assert not {"ledger-shorter", "ledger-inconsistent"} & found.codes
    world.kibra.ok("event", EX, "incident", "--description", "found again")
    world.kibra.ok("seize", f"{CASE}/EX-2", "--description", "a phone", "--place", "x", "--authority", "warrant:1")
    new = world.kibra.verify(f"{CASE}/EX-2", "--records-only")
    assert (new.status, "restored" in new.codes) == (0, False)
    whole = world.kibra.verify("--records-only")
    assert (whole.status, whole.json["records"]) == (4, "UNDETERMINED")


def test_a_journal_that_was_cut_too(world: World) -> None:
    backup = backed_up(world)
    world.kibra.ok("trust", "remove", "COURT")
    put_back(world, backup)
    world.kibra.ok("restored", *WHY)
    body = next(iter(sorted((world.kibra.path / "journal").glob("*-register-restored.json")))).read_text()
    assert '"lost_journal"' in body
    assert world.kibra.verify(EX, "--records-only").status == 4
    world.kibra.ok("trust", "remove", "COURT")


def test_who_may_say_so_and_when(world: World) -> None:
    world.sealed()
    world.kibra.refused("restored", *WHY, says="nothing of KIBRA/desk is lost")
    backup = world.path / "backup"
    shutil.copytree(world.kibra.path, backup)
    world.kibra.ok("event", EX, "incident", "--description", "x")
    put_back(world, backup)
    world.kibra.refused("restored", "--reason", "x", says="with a witness")
    world.kibra.refused("restored", "--reason", "x", "--witness", "112233", by="445566", says="an administrator")
    elsewhere = {"XDG_CONFIG_HOME": str(world.path / "no-pins")}
    world.kibra.refused("restored", *WHY, says="has never seen", env=elsewhere)


def test_a_register_that_somebody_thinned_out_is_not_excused(world: World) -> None:
    """A record taken out of the middle is no backup: lines and records must agree."""
    world.sealed()
    world.kibra.ok("event", EX, "incident", "--description", "x")
    for path in world.kibra.chain().glob("0003-*"):
        path.unlink()
    world.kibra.refused("restored", *WHY, says="nothing of KIBRA/desk is lost")
    assert world.kibra.verify(EX, "--records-only").status == 3


def test_what_was_lost_comes_back_from_others(world: World) -> None:
    """The release is lost here, and LAB has it: its reply and its own package bring it back, and refute nothing."""
    backup = backed_up(world)
    package = world.released(more=("--media", f"{EX}={world.media}"))
    world.lab.ok("receive", package, "--receipt", world.path / "reply.json")
    put_back(world, backup)
    world.kibra.ok("restored", *WHY)
    returned = world.lab.ok(
        "--json", "release", EX, "--to", "KIBRA", "--purpose", "done", "--out", world.path / "usb",
        "--media", f"{EX}={world.media}",
    ).json["package"]  # fmt: skip
    world.kibra.ok("receive", returned, "--accept", "EX-1", "--receipt", "reply-2.json")
    found = world.kibra.verify(EX, "--records-only")
    assert found.status == 4, found
    assert "restored" in found.codes
    world.lab.ok("acknowledge", "reply-2.json")


def test_a_receiver_with_a_later_head_sees_it(world: World) -> None:
    """LAB holds a head of the lost ledger; a new one of the same register counts again from the backup."""
    backup = backed_up(world)
    world.kibra.ok("event", EX, "incident", "--description", "x")
    first = world.released(more=("--media", f"{EX}={world.media}"))
    world.lab.ok("receive", first)
    put_back(world, backup)
    world.kibra.ok("restored", *WHY)
    world.sealed(f"{CASE}/EX-2")
    words = ("--media", f"{CASE}/EX-2={world.media}")
    second = world.released(f"{CASE}/EX-2", more=words)
    assert world.kibra.body("0003-release.json", f"{CASE}/EX-2")["body"]["restored"].startswith("sha256:")
    found = world.lab.verify(str(second))
    assert "ledger-inconsistent" not in found.codes
    assert found.status in (0, 4)


def test_an_audit_signs_nothing_about_a_register_that_is_shorter(world: World) -> None:
    lost(world)
    store = world.path / "store" / CASE
    store.mkdir(parents=True)
    shutil.copytree(world.media, store / "EX-1")
    words = ("audit", world.path / "store", "--every", "0")
    world.kibra.refused(*words, says="the register's ledger was longer")
    assert world.kibra.kinds() == ["seizure", "manifest"]
    world.kibra.ok("restored", *WHY)
    found = world.kibra("--json", *words)
    assert found.status == 4
    body = world.kibra.body("0003-verification.json")["body"]
    assert (body["verdict"], body["records_verdict"], body["media_verdict"]) == (
        "UNDETERMINED", "UNDETERMINED", "CONFIRMED"
    )  # fmt: skip


def test_an_audit_signs_nothing_where_no_pin_vouches(world: World) -> None:
    """Run by cron without the officer's settings."""
    world.sealed()
    store = world.path / "store" / CASE
    store.mkdir(parents=True)
    shutil.copytree(world.media, store / "EX-1")
    elsewhere = {"XDG_CONFIG_HOME": str(world.path / "no-pins")}
    words = ("audit", world.path / "store", "--every", "0")
    world.kibra.refused(*words, says="vouches for KIBRA/desk", env=elsewhere)
    words = ("verify", EX, "--media", world.media, "--record")
    world.kibra.refused(*words, says="vouches for KIBRA/desk", env=elsewhere)
    assert world.kibra.kinds() == ["seizure", "manifest"]
