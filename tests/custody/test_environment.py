"""The world around the act: disks, folders, owners, settings, programs. Exit status 6 or 5, and nothing lost."""

import errno
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.custody.station import CASE, EX, World, copy, opening, tree

NOBODY = 65534
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + b"\x08" * 64 + bytes.fromhex("ffd9")


@pytest.fixture
def theirs(origin: World) -> Iterator[World]:
    """A world that belongs to a user who is not root, where files and folders can be forbidden."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        Path(folder, "world").mkdir()
        world = copy(origin, Path(folder, "world"))
        if os.geteuid() == 0:
            for path, folders, files in os.walk(folder):
                for name in (".", *folders, *files):
                    os.chown(os.path.join(path, name), NOBODY, NOBODY)
        yield world
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)


def user() -> int | None:
    return NOBODY if os.geteuid() == 0 else None


def forbid(path: Path) -> None:
    """No writing below a path."""
    subprocess.run(["chmod", "-R", "a-w", path], check=True)


# --- the register's folder ----------------------------------------------------


def test_no_register(world: World) -> None:
    for words in ((), ("status",), ("seal", EX, "--bag", "1"), ("verify",), ("case", "list"), ("log", EX)):
        told = world.outside(*words)
        assert (told.status, "no register in" in told.err, "custody init" in told.err) == (2, True, True), told
        told = world.run("-C", "nowhere", *words)
        assert (told.status, "no register in" in told.err) == (2, True), told
    assert world.outside("doctor").status == 0
    assert world.outside("hash", str(world.media)).status == 0


def test_a_register_found_from_a_folder_inside_it(world: World) -> None:
    world.seized()
    for folder in (world.kibra.path, world.kibra.chain(), world.kibra.path / "tmp"):
        assert f"KIBRA:{EX}" in world.run("status", cwd=folder).out


def test_a_register_that_cannot_be_written(theirs: World) -> None:
    theirs.kibra.ok(*_seize(), user=user())
    forbid(theirs.kibra.path)
    before = tree(theirs.kibra.path)
    for words in (("seal", EX, "--bag", "B-1"), ("seal", EX, "media"), ("case", "open", "X", "--title", "x")):
        told = theirs.kibra(*words, user=user())
        assert (told.status, "not permitted" in told.err, "hint: " in told.err) == (6, True, True), told
    for words in (("status",), ("log", EX), ("show", EX), ("verify", "--records-only"), ("case", "list"), ("doctor",)):
        told = theirs.kibra(*words, user=user())
        assert told.status == 0, told  # who only looks needs no leave to write
    assert f"KIBRA:{EX}" in theirs.kibra("status", user=user()).out
    assert tree(theirs.kibra.path) == before


def _seize() -> list[str]:
    return ["seize", EX, "--description", "a phone", "--place", "here", "--authority", "consent:1"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_register_of_another_user(world: World) -> None:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--receipt", "reply.json")
    for path in (world.kibra.path, world.lab.path, *world.kibra.path.rglob("*"), *world.lab.path.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    (world.kibra.path / "index.db").unlink(missing_ok=True)
    before = tree(world.path)
    for words in (
        ("seal", EX, "--bag", "B-2"), ("case", "open", "X", "--title", "x"), ("seize", f"{CASE}/EX-2", *_seize()[2:]),
        ("release", EX, "--to", "LAB", "--purpose", "x", "--out", "secrets"), ("recall", EX, "--because", "lost"),
        ("people", "revoke", "445566", "--reason", "left"), ("trust", "remove", "LAB"), ("acknowledge", "reply.json"),
        ("people", "enrol", "--name", "N", "--rank", "R", "--service-no", "8", "--new-passphrase-file", "secrets/31"),
        ("verify", EX, "--record"),
    ):  # fmt: skip
        told = world.kibra(*words)
        assert (told.status, "belongs to another user" in told.said) == (5, True), (words, told)
    world.lab.refused("receive", package, "--refuse", "EX-1:x", says="")
    for words in (("status",), ("log", EX), ("verify", "--records-only")):
        assert world.kibra(*words).status == 0
    assert tree(world.path) == before  # not even an index


def test_only_its_owner_can_look_in(world: World) -> None:
    world.handed_over()
    for office in (world.kibra, world.lab):
        for name, (mode, _) in tree(office.path).items():
            assert mode & 0o077 == 0, (name, oct(mode))
    for name, (mode, _) in tree(world.path / "settings").items():
        assert mode & 0o077 == 0, (name, oct(mode))


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o277])
def test_whatever_the_umask(world: World, mask: int) -> None:
    def before() -> None:
        os.umask(mask)

    world.seized()
    done = world.kibra("seal", EX, "--bag", "B-1", before=before)
    assert done.status == (6 if mask == 0o277 and os.geteuid() else 0), done
    for name in world.kibra.names():
        assert (world.kibra.chain() / name).stat().st_mode & 0o077 == 0


def test_a_damaged_index_is_made_again(world: World) -> None:
    world.seized()
    world.kibra.ok("status")
    index = world.kibra.path / "index.db"
    for content in (b"", b"not a database" * 100, index.read_bytes()[:3000], None):
        index.unlink()
        if content is None:
            index.mkdir()
        else:
            index.write_bytes(content)
        assert f"KIBRA:{EX}" in world.kibra.ok("status").out
        world.kibra.ok("event", EX, "access-view", "--description", str(content)[:50])
        if index.is_dir():
            index.rmdir()
        assert "1 exhibits" in world.kibra.ok("index", "rebuild").out


def test_the_index_runs_no_code_of_a_stranger(world: World, tmp_path: Path) -> None:
    """What another installed package offers to the database library stays outside the process that opens keys."""
    package, loaded = tmp_path / "installed", tmp_path / "loaded"
    described = package / "stranger-1.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1\n")
    (described / "entry_points.txt").write_text("[sqlite_utils]\nstranger = stranger\n")
    (package / "stranger.py").write_text(f"open({str(loaded)!r}, 'w').close()\n")
    for words in (("index", "rebuild"), ("status",)):
        done = world.start(*world.kibra.words(words, None, True), env={"PYTHONPATH": str(package)})
        assert done.status == 0, done
    assert not loaded.exists()


def test_damage_in_the_journal_is_told(world: World) -> None:
    world.seized()
    first = world.kibra.path / "journal" / "0001-register-opened.json"
    data = first.read_bytes()
    for content in (b"", b"{}", data[:-1], data.replace(b"Kibera", b"Kibara")):
        first.write_bytes(content)
        for words in (("verify",), ("status",), ("seal", EX, "--bag", "B-1"), ("trust", "list")):
            told = world.kibra(*words)
            looks = words[0] in ("trust", "status") and len(content) > 2  # what only looks says what the files say
            assert told.status in (2, 3, 5) or looks, (words, content[:9], told)
            assert "internal error" not in told.err, told
        assert world.kibra.verify("--records-only").status in (2, 3)
    first.unlink()
    told = world.kibra("verify")
    assert (told.status, "no journal" in told.err) == (2, True)


def test_a_missing_list_of_entries(world: World) -> None:
    world.sealed()
    (world.kibra.chain() / "0002-manifest.entries.jsonl").unlink()
    for target in ((EX,), (EX, "--media", world.media), (EX, "--records-only"), ()):
        report = world.kibra.verify(*target)
        assert (report.status == 0, "entries-missing" in report.codes) == ("--records-only" in target, True), report
    world.kibra.refused("show", EX, "--item", "1", status=3, says="the list of record 2 is not here")
    world.kibra.refused("seal", EX, world.media, status=3, says="the list of record 2 is not here")
    release = ("release", EX, "--to", "LAB", "--purpose", "x", "--media", world.media, "--out", "usb")
    world.kibra.refused(*release, says="entries-missing")


def test_keys_that_are_gone(world: World) -> None:
    world.seized()
    for path in (world.kibra.path / "people").glob("*.key"):
        if not path.name.startswith("root."):
            path.unlink()
    world.kibra.refused("seal", EX, "--bag", "B-1", says="no officer 112233 with a key")
    assert "(no key here)" in world.kibra.ok("people", "list").out
    world.kibra.sound()


# --- settings -----------------------------------------------------------------


def test_settings_that_cannot_be_written(theirs: World) -> None:
    """An act is recorded all the same, with a note; a register is not made that would vouch only for itself."""
    forbid(theirs.path / "settings")
    done = theirs.kibra(*_seize(), user=user())
    assert (done.status, "a note about it could not be kept" in done.err) == (0, True), done
    assert theirs.kibra.kinds() == ["seizure"]
    report = theirs.kibra.verify("--records-only", user=user())
    assert (report.status, report.json["verdict"]) == (0, "CONFIRMED")
    os.chmod(theirs.path, 0o777)
    told = theirs.run("--passphrase-file", str(theirs.secret("31")), "init", "new", *opening(), user=user())
    assert (told.status, "nothing was left behind" in told.err) == (6, True), told
    assert not [name for name in os.listdir(theirs.path) if "new" in name]


def test_settings_that_are_gone(world: World) -> None:
    """Another computer, or a lost home: the register vouches only for itself until its card pins it again."""
    shutil.rmtree(world.path / "settings")
    report = world.kibra.verify("--records-only")
    assert (report.status, "anchor-only-own" in report.codes) == (4, True)
    world.seized()
    assert not (world.path / "settings").exists()
    card = ("verify", "--records-only", "--anchor", world.kibra.card)
    assert world.kibra(*card).status == 0
    fingerprint = world.lab.ok("--json", "agency", "card").json["fingerprint"]
    world.kibra.refused("trust", "add", world.kibra.card, "--fingerprint", fingerprint, says="not trusted")
    fingerprint = world.kibra.ok("--json", "agency", "card").json["fingerprint"]
    world.kibra.ok("trust", "add", world.kibra.card, "--fingerprint", fingerprint)
    world.kibra.sound()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[]", b'{"format": "custody/pins/9", "pins": []}\n'])
def test_a_damaged_pin_file(world: World, content: bytes) -> None:
    pins = world.path / "settings" / "custody" / "pins"
    pins.write_bytes(content)
    for words in (_seize(), ("verify",), ("doctor",), ("trust", "add", world.kibra.card, "--fingerprint", "0" * 64)):
        with world.unchanged():
            told = world.kibra(*words)
        if words[0] == "trust":
            assert told.status in (5, 6)
        else:
            assert (told.status, "damaged" in told.said) == (6, True), told
    with world.unchanged():
        told = world.run("--passphrase-file", str(world.secret("31")), "init", "new", *opening())
    assert told.status == 6, told


# --- disks --------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 600 kB."""
    disk = tmp_path / "small"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k,mode=700", "none", disk], capture_output=True)
    if made.returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def _fill(disk: Path, leaving: int) -> Path:
    """Fill a disk but for some bytes."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(descriptor, b"\0" * 4096):
            pass
    os.close(descriptor)
    os.truncate(filler, max(0, filler.stat().st_size - leaving) // 4096 * 4096)
    return filler


def test_a_full_disk_under_the_register(origin: World, tmp_path: Path, small_disk: Path) -> None:
    """Whatever is left on the disk, an act is recorded whole or not at all; with room again it goes on."""
    (tmp_path / "world").mkdir()
    world = copy(origin, tmp_path / "world")
    shutil.move(world.kibra.path, small_disk / "kibra")
    world.kibra.path.symlink_to(small_disk / "kibra")
    world.seized()
    told_so = 0
    for number, leaving in enumerate((0, 0, 4096, 8192, 12288, 16384, 20480, 28672, 40960)):
        (small_disk / "kibra" / "index.db").unlink(missing_ok=True)
        filler = _fill(small_disk, leaving)
        lines = len(world.kibra.leaves())
        seal = ("seal", EX, "media", "--no-describe", "--also", "--note", f"try {number}")
        done = world.kibra(*seal)
        assert done.status in (0, 6), done
        assert "internal error" not in done.err
        if done.status:
            told_so += 1
            assert "hint: " in done.err
            assert len(world.kibra.leaves()) == lines
        filler.unlink()
        world.kibra.sound()
        world.kibra.ok(*seal)
        assert len(world.kibra.leaves()) == lines + 1
        world.kibra.sound()
        assert not list((world.kibra.path / "tmp").iterdir())
    assert told_so >= 3


def test_a_full_disk_under_the_package(world: World, small_disk: Path) -> None:
    (world.media / "large").write_bytes(os.urandom(700_000))
    world.sealed()
    before = tree(world.kibra.path)
    release = ("release", EX, "--to", "LAB", "--purpose", "x", "--media", world.media, "--out")
    told = world.kibra(*release, small_disk)
    assert (told.status, "hint: " in told.err, "internal error" in told.err) == (6, True, False), told
    assert "no space left" in told.said.lower() or "disk is full" in told.said, told
    assert os.listdir(small_disk) == []
    after = {name: value for name, value in tree(world.kibra.path).items() if "index" not in name}
    assert after == {name: value for name, value in before.items() if "index" not in name}
    world.kibra.ok(*release, world.path / "usb")


def test_a_full_disk_under_the_reply(world: World, small_disk: Path) -> None:
    package = world.sent_in_a_bag()
    filler = _fill(small_disk, 0)
    told = world.lab("receive", package, "--receipt", small_disk / "reply.json")
    assert (told.status, "hint: " in told.err) == (6, True), told
    assert os.listdir(small_disk) == ["filler"]
    assert "not signed" in told.said
    filler.unlink()
    world.lab.ok("receive", package, "--receipt", small_disk / "reply.json")
    world.kibra.ok("acknowledge", small_disk / "reply.json")


def test_files_may_grow_no_more(world: World) -> None:
    """A limit on the size of files, as a quota has it."""
    world.seized()
    lines = world.kibra.leaves()
    for limit in (600, 1100):

        def before(limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        done = world.kibra("seal", EX, "--bag", f"B-{limit}", before=before)
        assert done.status == 6, done
        assert world.kibra.leaves() == lines
        world.kibra.sound()
    world.kibra.ok("seal", EX, "--bag", "B-1")
    world.kibra.sound()


def test_a_folder_that_is_not_there(world: World) -> None:
    world.seized()
    release = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", "nowhere")
    world.kibra.refused(*release, status=6, says="no such folder: nowhere")
    world.kibra.refused("agency", "card", "--out", "nowhere/card.json", status=6, says="nowhere")


def test_files_are_never_written_over(world: World) -> None:
    (world.path / "mine.json").write_text("mine")
    officer = ("people", "card", "112233", "--for", "x")
    for words in (("agency", "card", "--out", "mine.json"), (*officer, "--out", "mine.json")):
        told = world.kibra.refused(*words, says="mine.json is there already")
        assert "nothing is ever written over" in told.err
    (world.path / "usb" / f"{CASE}_EX-1_to_LAB").mkdir()
    world.seized()
    release = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", "usb")
    world.kibra.refused(*release, says="is there already")


# --- programs -----------------------------------------------------------------


def _listed(world: World) -> str:
    return (world.kibra.chain() / "0002-manifest.entries.jsonl").read_text()


def test_no_exiftool(world: World) -> None:
    """Recorded in the manifest, never a crash; the digests are as good as ever."""
    (world.media / "photo.jpg").write_bytes(JPEG)
    world.seized()
    world.kibra.ok("seal", EX, "media", env={"PATH": "/nowhere"})
    line = next(line for line in _listed(world).splitlines() if "photo.jpg" in line)
    assert '"not_examined":"exiftool not installed"' in line
    assert '"media_type":"image/jpeg"' in line
    assert world.kibra.verify(EX, "--media", world.media).status == 0
    doctor = world.kibra("doctor", env={"PATH": "/nowhere"})
    assert (doctor.status, "metadata will be recorded as not examined" in doctor.said) == (0, True)


@pytest.mark.parametrize("program", ["#!/bin/sh\nexit 3\n", "#!/nowhere\n", "garbage"])
def test_an_exiftool_that_is_none(world: World, program: str) -> None:
    fake = world.path / "bin"
    fake.mkdir()
    (fake / "exiftool").write_text(program)
    (fake / "exiftool").chmod(0o755)
    (world.media / "photo.jpg").write_bytes(JPEG)
    world.seized()
    done = world.kibra.ok("seal", EX, "media", env={"PATH": f"{fake}:{os.environ['PATH']}"})
    assert "manifest recorded" in done.out
    line = next(line for line in _listed(world).splitlines() if "photo.jpg" in line)
    assert '"not_examined":' in line
    assert world.kibra.verify(EX, "--media", world.media).status == 0


def test_exiftool_beside_the_evidence_is_not_run(world: World) -> None:
    """A program in the current folder or in the evidence is evidence."""
    ran = world.path / "ran"
    for folder in (world.media, world.path):
        (folder / "exiftool").write_text(f"#!/bin/sh\ntouch {ran}\n")
        (folder / "exiftool").chmod(0o755)
    (world.media / "photo.jpg").write_bytes(JPEG)
    world.seized()
    for path in (".", "", f"{os.environ['PATH']}:.", f":{os.environ['PATH']}"):
        words = ("seal", EX, world.media, "--also", "--note", f"with {path}"[:40])
        world.kibra.ok(*words, env={"PATH": path}, cwd=world.media)
    assert not ran.exists()


def test_no_home_no_settings_variable(world: World) -> None:
    world.seized()
    env = {"XDG_CONFIG_HOME": "", "HOME": str(world.path / "home")}
    done = world.run("-C", str(world.kibra.path), "status", env=env)
    assert done.status == 0, done


def test_doctor_tells_what_is_not_fit(world: World) -> None:
    world.kibra.path.chmod(0o755)
    told = world.kibra("doctor")
    assert (told.status, "others can look in" in told.out) == (6, True)
    world.kibra.path.chmod(0o700)
    assert world.kibra("doctor").status == 0
    world.seized()
    leaves = world.kibra.path / "ledger" / "leaves"
    whole = leaves.read_bytes()
    for cut in (1, 40, 130):
        leaves.write_bytes(whole[:-cut])
        assert "the next one completes it" in world.kibra("doctor").said
    leaves.write_bytes(whole[130:])
    told = world.kibra("doctor")
    assert (told.status, "ledger-inconsistent" in told.said) == (6, True)


def test_errors_have_their_words() -> None:
    from custody.commands.boundary import _disk

    assert _disk(OSError(errno.ENOSPC, "No space left on device", "x")) == "the disk is full: x"
    assert _disk(OSError(errno.EROFS, "Read-only file system", "x")) == "the disk is read-only: x"
