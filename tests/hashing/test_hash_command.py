"""`custody hash`, run as users run it."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys

import pytest

from custody.commands.demo_image import evidence_file

from .conftest import START

CUSTODY = [sys.executable, "-I", "-c", START + "import cli; cli.main()"]


def custody(*arguments, **options):
    return subprocess.run([*CUSTODY, *arguments], capture_output=True, timeout=60, **options)


@pytest.fixture
def evidence(tmp_path):
    top = tmp_path / "evidence"
    (top / "inner").mkdir(parents=True)
    (top / "a").write_text("x")
    (top / "inner" / "b").write_bytes(os.urandom(100_000))
    for name in (b"new\nline", b"back\\slash", b"return\r", b"\xff\xfe", b"\x1b[2J"):
        with open(os.fsencode(top) + b"/" + name, "wb") as file:
            file.write(name)
    return top


def test_a_list_that_sha256sum_accepts(evidence):
    done = custody("hash", str(evidence))
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.splitlines()) == 7
    if shutil.which("sha256sum") is None:
        pytest.skip("sha256sum is not installed")
    check = subprocess.run(["sha256sum", "-c", "--strict"], input=done.stdout, cwd=evidence, capture_output=True)
    assert check.returncode == 0, check.stderr
    theirs = subprocess.run(
        ["sha256sum", *sorted(os.listdir(os.fsencode(evidence)))], cwd=evidence, capture_output=True
    )
    assert set(theirs.stdout.splitlines()) < set(done.stdout.splitlines())


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha512", "sha3-256", "blake3"])
def test_other_digests(evidence, algorithm):
    done = custody("hash", "--digest", algorithm, str(evidence / "a"))
    (line,) = done.stdout.splitlines()
    if algorithm != "blake3":
        assert line.split()[0].decode() == hashlib.new(algorithm.replace("-", "_"), b"x").hexdigest()
    assert line.split()[1] == b"a"


AWKWARD = (b"-rf", b".dot", b"sub/.x", b"back\\slash", b"\\n", b"car\rriage", b" first", b"last ", b'"quoted"', b"a,b",
           b"## x", b"%%%% HASHDEEP-1.0", b"\xff\xfe", b"\x1b[2J", b"tab\tx", "\u202etxt.exe".encode())  # fmt: skip


def audit(folder, listed):
    """What hashdeep says of a folder, by the command that our help gives."""
    (folder.parent / "list").write_bytes(listed)
    given = ["hashdeep", "-r", "-l", "-a", "-k", folder.parent / "list", "."]
    return subprocess.run(given, cwd=folder, capture_output=True).stdout


def test_a_list_that_hashdeep_audits(tmp_path):
    """Each name as it is: hashdeep's form has no escapes."""
    top = os.fsencode(tmp_path / "evidence")
    os.makedirs(top + b"/sub")
    for name in AWKWARD:
        with open(top + b"/" + name, "wb") as file:
            file.write(name)
    done = custody("hash", "--format", "hashdeep", "--digest", "sha256", "--digest", "md5", os.fsdecode(top))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines()[1] == b"%%%% size,md5,sha256,filename"
    for name in AWKWARD:
        assert b"," + hashlib.sha256(name).hexdigest().encode() + b",./" + name + b"\n" in done.stdout
    if shutil.which("hashdeep") is None:
        pytest.skip("hashdeep is not installed")
    assert b"Audit passed" in audit(tmp_path / "evidence", done.stdout)
    (tmp_path / "evidence" / ".dot").write_text("another")
    assert b"Audit failed" in audit(tmp_path / "evidence", done.stdout)


@pytest.mark.parametrize("name", [b"new\nline", b"return\r", b"\n"])
def test_what_a_list_of_hashdeep_cannot_hold_is_told(tmp_path, name):
    (tmp_path / "a").write_text("x")
    (tmp_path / os.fsdecode(name)).write_text("y")
    done = custody("--quiet", "hash", "--format", "hashdeep", "--digest", "md5", str(tmp_path))
    assert (done.returncode, done.stdout.count(b"\n")) == (4, 5)
    assert b"no list of hashdeep can hold" in done.stderr
    assert custody("hash", str(tmp_path)).returncode == 0


def test_what_is_no_file_is_told_and_fails(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for given in (tmp_path / "pipe", "/dev/null", tmp_path):
        for way in (("hash",), ("--quiet", "hash"), ("hash", "--format", "json"), ("hash", "--format", "hashdeep",
                    "--digest", "md5")):  # fmt: skip
            done = custody(*way, str(given))
            assert (done.returncode, done.stderr != b"") == (4, True), (given, way)
    (tmp_path / "file").write_text("x")
    done = custody("--quiet", "hash", str(tmp_path))
    assert (done.returncode, b"pipe: fifo: " in done.stderr, len(done.stdout.splitlines())) == (4, True, 1)


def test_nothing_measured_is_no_success(tmp_path):
    (tmp_path / "inner").mkdir()
    assert custody("hash", str(tmp_path)).returncode == 4
    (tmp_path / "link").symlink_to("nowhere")
    done = custody("--quiet", "hash", str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (4, b"", b"custody: nothing was measured\n")
    (tmp_path / "file").touch()
    done = custody("--quiet", "hash", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, b"")
    done = custody("--quiet", "hash", str(tmp_path / "file"), str(tmp_path / "inner"))
    assert (done.returncode, b"inner: empty-folder" in done.stderr) == (4, True)


@pytest.mark.parametrize("way", [["--json", "hash"], ["hash", "--format", "json"], ["hash", "--json"]])
def test_json(evidence, way):
    (evidence / "link").symlink_to("a")
    done = custody(*way, "--digest", "sha256", "--digest", "md5", str(evidence))
    assert (done.returncode, done.stderr) == (0, b"")
    told = json.loads(done.stdout)
    assert told["format"] == "custody/hash/1"
    names = [base64.b64decode(i["path_b64"]) if "path_b64" in i else i["path"].encode() for i in told["items"]]
    assert names == sorted(names, key=lambda name: name.split(b"/"))
    items = dict(zip(names, told["items"], strict=True))
    assert items[b"a"] == {
        "path": "a",
        "outcome": "measured",
        "size": 1,
        "digests": {"sha256": hashlib.sha256(b"x").hexdigest(), "md5": hashlib.md5(b"x").hexdigest()},
    }
    assert items[b"link"] == {"path": "link", "outcome": "link", "reason": "a symbolic link, not followed"}
    assert "path_b64" in items[b"\xff\xfe"]
    assert done.stdout.isascii()


def test_json_of_an_empty_folder(tmp_path):
    told = json.loads(custody("--json", "hash", str(tmp_path)).stdout)
    assert [item["outcome"] for item in told["items"]] == ["empty-folder"]


def test_what_was_not_measured_is_told_inert(evidence):
    (evidence / "a\x1b[31mlink").symlink_to("x")
    done = custody("hash", str(evidence))
    assert done.returncode == 0  # a link is no failure
    assert b"symbolic link" in done.stderr
    assert b"\x1b" not in done.stderr
    assert b"symbolic link" not in custody("--quiet", "hash", str(evidence)).stderr


def test_what_could_not_be_read_fails():
    done = custody("--quiet", "hash", "/proc/self/mem")
    assert done.returncode == 4
    assert b"mem: unreadable: " in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize(
    "arguments",
    [
        ["hash"],
        ["hash", "/no/such/file"],
        ["hash", "--digest", "crc32", "."],
        ["hash", "--digest", "md5", "--digest", "sha1", "."],
        ["hash", "--format", "hashdeep", "--digest", "sha512", "."],
        ["hash", "--format", "xml", "."],
    ],
)
def test_usage(arguments, tmp_path):
    (tmp_path / "file").touch()
    done = custody(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr
    assert done.stdout == b""


def test_a_reader_that_leaves_is_no_drama(tmp_path):
    for number in range(2000):
        (tmp_path / f"{number:04}").touch()
    program = subprocess.Popen([*CUSTODY, "hash", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with program:
        program.stdout.readline()
        program.stdout.close()
        assert b"Traceback" not in program.stderr.read()


def test_help_shows_how():
    done = custody("hash", "--help")
    assert done.returncode == 0
    assert b"custody hash /mnt/card > card.sha256" in done.stdout


def test_the_media_inside_an_image(tmp_path):
    """With --decode, and in JSON only: the media are an item, with what the container states."""
    media = bytes(range(256)) * 1024
    image = tmp_path / "stick.E01"
    image.write_bytes(evidence_file(media))
    done = custody("hash", "--decode", "--format", "json", "--digest", "sha256", image)
    stored, inside = json.loads(done.stdout)["items"]
    assert (done.returncode, stored["path"], inside["path"]) == (0, "stick.E01", "stick.E01/[media]")
    assert inside["digests"]["sha256"] == hashlib.sha256(media).hexdigest()
    assert inside["claimed"]["md5"] == inside["digests"]["md5"] == hashlib.md5(media).hexdigest()
    assert (inside["decoded"], "claimed" in stored) == ("ewf", False)
    refused = custody("hash", "--decode", image)
    assert (refused.returncode, b"add --format json" in refused.stderr) == (2, True)
