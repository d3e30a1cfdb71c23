"""The tools themselves are run here, and their logs read; each test is skipped where its tool is missing."""

import hashlib
import os
import shutil
import subprocess

import pytest

from hashing.claims.reading import read_log

from .judging import MEDIUM

DIGESTS = {name: hashlib.new(name, MEDIUM).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")}


def needs(*tools):
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


@pytest.fixture
def bench(tmp_path):
    """A folder with a medium in it."""
    (tmp_path / "medium.raw").write_bytes(MEDIUM)
    return tmp_path


def run(folder, *command, input=""):
    done = subprocess.run(
        command, cwd=folder, input=input.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60
    )
    return done.stdout


def log_of(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return read_log(descriptor)
    finally:
        os.close(descriptor)


def claims(log):
    return {(one.scope, one.algorithm, one.value) for one in log.statements}


def of_the_medium(scope, *algorithms):
    return {(scope, algorithm, DIGESTS[algorithm]) for algorithm in algorithms}


def test_guards_the_digests_of_the_medium():
    assert len(MEDIUM) == 1024 * 1024


@needs("ewfacquire", "ewfverify", "ewfexport")
def test_ewf(bench):
    printed = run(bench, "ewfacquire", "-u", "-t", "made", "-d", "sha256", "-C", "7", "-l", "log", "medium.raw")
    (bench / "printed").write_bytes(printed)
    for name in ("log", "printed"):
        log = log_of(bench / name)
        assert (log.tool, log.unread) == ("ewfacquire", None)
        assert claims(log) == of_the_medium("source-device", "md5", "sha256")
    (bench / "verified").write_bytes(run(bench, "ewfverify", "-d", "sha256", "-l", "log2", "made.E01"))
    for name in ("log2", "verified"):
        log = log_of(bench / name)
        assert (log.tool, log.unread) == ("ewfverify", None)
        assert claims(log) == of_the_medium("source-device", "md5") | of_the_medium("decoded-media", "md5", "sha256")
    (bench / "exported").write_bytes(run(bench, "ewfexport", "-u", "-f", "raw", "-t", "out", "made.E01"))
    log = log_of(bench / "exported")
    assert (log.tool, claims(log)) == ("ewfexport", of_the_medium("decoded-media", "md5"))


@needs("dc3dd")
def test_dc3dd_with_one_output(bench):
    algorithms = ("md5", "sha1", "sha256", "sha512")
    asked = [f"hash={name}" for name in algorithms]
    run(bench, "dc3dd", "if=medium.raw", "hof=out.dd", *asked, "log=log", "hlog=hlog")
    for name in ("log", "hlog"):
        log = log_of(bench / name)
        assert (log.tool, log.unread) == ("dc3dd", None)
        assert claims(log) == of_the_medium("source-device", *algorithms) | of_the_medium("stored-image", *algorithms)
        assert {one.name for one in log.statements} == {b"medium.raw", b"out.dd"}


@needs("dc3dd")
def test_dc3dd_in_parts(bench):
    run(bench, "dc3dd", "if=medium.raw", "hofs=part.000", "ofsz=300K", "hash=md5", "hlog=hlog")
    log = log_of(bench / "hlog")
    assert claims(log) == of_the_medium("source-device", "md5") | of_the_medium("decoded-media", "md5")
    assert len(log.files) == 4
    for part in log.files:
        assert part.value == hashlib.md5((bench / os.fsdecode(part.name)).read_bytes()).hexdigest()


@needs("dcfldd")
def test_dcfldd(bench):
    hashes = "hash=md5,sha1,sha256,sha384,sha512"
    run(bench, "dcfldd", "if=medium.raw", "of=out.dd", hashes, "hashwindow=262144", "hashlog=log")
    log = log_of(bench / "log")
    assert (log.tool, claims(log)) == ("dcfldd", of_the_medium("source-device", "md5", "sha1", "sha256", "sha512"))
    assert (
        log.unread == "20 digests of parts of the data are not compared; 1 digest by another algorithm is not compared"
    )


@pytest.fixture
def tree(bench):
    """Files with names that lists find hard."""
    names = [
        b"plain",
        b"two words",
        b"a,b",
        b'"quoted"',
        b"<&>",
        b"back\\slash",
        b"bad\xff\x01",
        b"\xe2\x80\xaefdp.exe",
    ]
    (bench / "tree").mkdir()
    for name in names:
        with open(os.path.join(os.fsencode(bench), b"tree", name), "wb") as file:
            file.write(b"content of " + name)
    return bench, {b"tree/" + name: hashlib.sha256(b"content of " + name).hexdigest() for name in names}


@needs("hashdeep")
def test_hashdeep(tree):
    folder, expected = tree
    (folder / "log").write_bytes(run(folder, "hashdeep", "-r", "-l", "tree"))
    log = log_of(folder / "log")
    assert (log.tool, log.unread) == ("hashdeep", None)
    assert {one.name: one.value for one in log.files if one.algorithm == "sha256"} == expected


@needs("hashdeep")
def test_hashdeep_as_dfxml(tree):
    folder, expected = tree
    (folder / "log").write_bytes(run(folder, "hashdeep", "-r", "-d", "tree"))
    log = log_of(folder / "log")
    assert (log.tool, log.unread) == ("DFXML", None)
    before = os.fsencode(folder) + b"/"
    assert {one.name.removeprefix(before): one.value for one in log.files if one.algorithm == "sha256"} == expected


@needs("sha256deep", "sha256sum")
@pytest.mark.parametrize(
    "command", [["sha256deep", "-r", "-l"], ["sha256deep", "-r", "-z"], ["sha256deep", "-r", "-c"], ["sha256sum"]]
)
def test_lists(tree, command):
    folder, expected = tree
    which = list(expected) if command == ["sha256sum"] else [b"tree"]
    (folder / "log").write_bytes(run(folder, *command, *which))
    log = log_of(folder / "log")
    assert (log.tool, log.unread) == ("list of digests", None)
    before = os.fsencode(folder) + b"/"
    assert {one.name.removeprefix(before): one.value for one in log.files} == expected


@needs("sha256sum")
def test_a_name_with_a_line_break(bench):
    (bench / "new\nline").write_bytes(b"x")
    (bench / "log").write_bytes(run(bench, "sha256sum", "new\nline", "medium.raw"))
    assert [one.name for one in log_of(bench / "log").files] == [b"new\nline", b"medium.raw"]


@needs("ewfinfo")
def test_another_tool_of_the_family_is_not_guessed_at(bench):
    run(bench, "ewfacquire", "-u", "-t", "made", "medium.raw")
    (bench / "log").write_bytes(run(bench, "ewfinfo", "made.E01"))
    log = log_of(bench / "log")
    assert (log.tool, log.statements) == ("unknown", ())
    assert log.unread == "it is not the log of a tool that is known here; 1 line with a digest was not understood"
