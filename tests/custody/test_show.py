"""`custody show`: lists of digests that other tools read, and all that a person is shown for a program too."""

import os
import subprocess
from pathlib import Path

import pytest

from custody.render.digest_lists import DigestLists

from .conftest import World
from .station import COMMAND, EX

NAMES = (b"tab\tx", b"\x1b[2J", "\u202etxt.exe".encode(), b"\xff\xfe", b"new\nline", b"car\rriage", b"back\\slash",
         b"\\n", b" first", b"last ", b"*star", b"-rf", b".dot", b"caf\xe9", "kafé".encode())  # fmt: skip


def listed(world: World, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """What the installed command writes, byte for byte."""
    given = [str(COMMAND), "-C", str(world.kibra.path), "show", EX, *words]
    return subprocess.run(given, cwd=world.path, env=world.env, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.fixture
def awkward(world: World) -> Path:
    folder = world.media / "awkward"
    folder.mkdir()
    for name in NAMES:
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(name)
    world.sealed(EX, str(folder), "--no-describe", "--digest", "md5")
    return folder


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_a_list_that_coreutils_check_whatever_the_names(world: World, awkward: Path, algorithm: str) -> None:
    made = listed(world, "--digest", algorithm)
    assert (made.returncode, made.stderr) == (0, b"")
    check = [f"{algorithm}sum", "-c", "--strict", "--quiet"]
    checked = subprocess.run(check, input=made.stdout, cwd=awkward, capture_output=True)
    assert (checked.returncode, checked.stderr) == (0, b"")
    theirs = subprocess.run([f"{algorithm}sum", "--", *sorted(NAMES)], cwd=awkward, capture_output=True).stdout
    assert sorted(made.stdout.splitlines()) == sorted(theirs.splitlines())
    with open(os.fsencode(awkward) + b"/" + NAMES[0], "wb") as file:
        file.write(b"another")
    checked = subprocess.run(check, input=made.stdout, cwd=awkward, capture_output=True)
    assert checked.returncode == 1


def test_it_is_the_list_that_hash_writes(world: World, awkward: Path) -> None:
    given = [str(COMMAND), "hash", str(awkward)]
    assert subprocess.run(given, capture_output=True).stdout == listed(world, "--digest", "sha256").stdout


def test_on_a_terminal_the_same_list_is_inert() -> None:
    for name in NAMES:
        line = DigestLists(terminal=True).sum_line(name, "00").removesuffix(b"\n")
        assert all(byte >= 0x20 and byte != 0x7F for byte in line)
        assert "\u202e" not in line.decode()


def test_what_such_a_list_leaves_out_is_told(world: World) -> None:
    (world.media / "link").symlink_to("nowhere")
    (world.media / "nothing").mkdir()
    world.sealed()
    made = listed(world, "--digest", "sha256")
    assert (made.returncode, b"not in this list: 1 item, link" in made.stderr) == (0, True)
    assert b"1 item, empty-folder" in made.stderr


@pytest.mark.parametrize("algorithm", ["sha3-256", "md5", "foo", "SHA256", "crc32", ""])
def test_a_digest_that_was_never_made_is_an_error(world: World, algorithm: str) -> None:
    world.sealed()
    for flag in ((), ("--json",)):
        answer = world.kibra(*flag, "show", EX, "--digest", algorithm)
        assert (answer.status, "hint: " in answer.err or bool(flag)) == (2, True), answer


def test_a_digest_where_nothing_was_measured(world: World) -> None:
    world.seized()
    world.kibra.refused("show", EX, "--digest", "sha256", status=2, says="no sha256 was made of")


def test_a_program_is_told_all_that_a_person_is_shown(world: World) -> None:
    (world.path / "photo.jpg").write_bytes(b"x")
    told = {
        "description": "black phone", "make": "Makena", "model": "M-9", "serial": "SN-77", "owner": "Otieno",
        "condition": "cracked", "power": "off", "place": "Kibra market", "reason": "theft",
    }  # fmt: skip
    words = [word for name, value in told.items() for word in (f"--{name}", value)]
    photo = world.path / "photo.jpg"
    world.kibra.ok("seize", EX, *words, "--imei", "490154203237518", "--authority", "warrant:E1/2026", "--photo", photo)
    made = world.kibra.ok("--json", "show", EX)
    began = made.json["began"]
    assert {name: (began["body"] | began).get(name) for name in told} == told
    assert (began["body"]["imei"], began["authority"]["number"]) == (["490154203237518"], "E1/2026")
    assert began["body"]["photos"][0]["name"] == "photo.jpg"
    shown = world.kibra.ok("show", EX).out
    for line in shown.splitlines()[2:]:
        for word in line.split()[1:]:
            assert word.strip(",") in made.out, (word, line)
