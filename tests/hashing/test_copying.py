"""Copies: one read, a flush, a read back, and nothing in the target that was not measured."""

import hashlib
import os
import stat
import subprocess

import pytest

from hashing import copying
from hashing.copying import copy
from hashing.errors import CopyDiffers, CopyFailed, TargetNotEmpty, UnknownAlgorithm
from hashing.items import Outcome
from hashing.measure import Plan, measure
from hashing.sources import sources_from

from .conftest import python

MIB = 1024 * 1024


@pytest.fixture
def evidence(tmp_path):
    top = tmp_path / "evidence"
    (top / "DCIM" / "100").mkdir(parents=True)
    (top / "empty").mkdir()
    (top / "DCIM" / "100" / "IMG_1.JPG").write_bytes(os.urandom(70_000))
    (top / "DCIM" / "z").write_text("after coming back up")
    (top / "large.mp4").write_bytes(os.urandom(20 * MIB + 5))
    (top / "nothing").touch()
    (top / "link").symlink_to("large.mp4")
    os.mkfifo(top / "fifo")
    with open(os.fsencode(top) + b"/\xff\n", "wb") as file:
        file.write(b"odd name")
    return top


def run(evidence, into, **plan):
    return list(copy(sources_from([evidence]), into, Plan(**plan)))


def test_a_copy_holds_what_was_measured(evidence, tmp_path):
    items = run(evidence, tmp_path / "copy", algorithms=("md5", "sha256"))
    assert items == list(measure(sources_from([evidence]), Plan(algorithms=("md5", "sha256"))))
    kept = [item for item in items if item.outcome is Outcome.MEASURED]
    again = list(measure(sources_from([tmp_path / "copy"]), Plan(algorithms=("md5", "sha256"))))
    assert [(i.name, i.size, i.digests, i.pieces) for i in again] == [
        (i.name, i.size, i.digests, i.pieces) for i in kept
    ]


def test_rights_are_the_owners_alone(evidence, tmp_path):
    run(evidence, tmp_path / "copy")
    for folder, _, files in os.walk(tmp_path / "copy"):
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        for name in files:
            assert stat.S_IMODE(os.lstat(os.path.join(folder, name)).st_mode) == 0o600


def test_several_sources_and_an_existing_empty_target(evidence, tmp_path):
    (tmp_path / "copy").mkdir()
    items = list(copy(sources_from([evidence / "DCIM", evidence / "nothing"]), tmp_path / "copy", Plan()))
    assert [item.name for item in items] == [b"DCIM/100/IMG_1.JPG", b"DCIM/z", b"nothing"]
    assert (tmp_path / "copy" / "DCIM" / "z").read_text() == "after coming back up"


def test_the_target_must_be_new_or_empty(evidence, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(TargetNotEmpty):
        copy(sources_from([evidence]), tmp_path / "full", Plan())
    (tmp_path / "link").symlink_to("elsewhere")
    for target in ("link", "full/x", "missing/inner"):
        with pytest.raises(CopyFailed):
            copy(sources_from([evidence]), tmp_path / target, Plan())
    with pytest.raises(UnknownAlgorithm):
        copy(sources_from([evidence]), tmp_path / "new", Plan(algorithms=("rot13",)))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["DCIM/100/IMG_1.JPG", "large.mp4"])
def test_a_medium_that_does_not_keep_what_is_written(evidence, tmp_path, monkeypatch, name):
    def decay(descriptor):
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith(name):
            os.pwrite(descriptor, b"\0", 100)  # stands in for a bad medium

    monkeypatch.setattr(copying, "forget", decay)
    with pytest.raises(CopyDiffers) as caught:
        run(evidence, tmp_path / "copy")
    assert caught.value.name == name.encode()


@pytest.mark.parametrize("size", [70_000, 20 * MIB])
def test_a_full_disk(tmp_path, size):
    full = tmp_path / "full"
    full.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", full], check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "file").write_bytes(bytes(size))
    try:
        with pytest.raises(CopyFailed, match="no space left") as caught:
            run(tmp_path / "evidence", full / "copy")
    finally:
        subprocess.run(["umount", "-l", full], check=True)
    assert caught.value.hints


def test_a_limit_on_file_size(tmp_path):
    (tmp_path / "file").write_bytes(bytes(3 * MIB))
    code = """
import resource, sys
from hashing import copying, errors, measure, sources
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
try:
    list(copying.copy(sources.sources_from(sys.argv[1:2]), sys.argv[2], measure.Plan()))
except errors.CopyFailed as error:
    print(error.reason)
"""
    assert python(code, str(tmp_path / "file"), str(tmp_path / "copy")).stdout == "file too large\n"


def test_a_file_that_changes_is_not_kept(evidence, tmp_path, monkeypatch):
    write = copying._Writer.update

    def meddle(self, data):
        with open(evidence / "large.mp4", "ab") as file:
            file.write(b"x")
        write(self, data)

    monkeypatch.setattr(copying._Writer, "update", meddle)
    items = {item.name: item for item in run(evidence, tmp_path / "copy")}
    assert items[b"large.mp4"].outcome is Outcome.CHANGED
    assert not (tmp_path / "copy" / "large.mp4").exists()
    assert (tmp_path / "copy" / "DCIM" / "z").exists()


def test_names_that_fall_together_on_the_target(evidence, tmp_path, monkeypatch):
    folder_of = copying._Target.folder_of
    monkeypatch.setattr(copying._Target, "folder_of", lambda self, name: folder_of(self, name.lower()))
    (evidence / "dcim").mkdir()
    (evidence / "dcim" / "z").write_text("other")
    with pytest.raises(CopyFailed, match="file exists"):
        run(evidence, tmp_path / "copy")


def test_the_copied_bytes_are_those_hashed(evidence, tmp_path):
    run(evidence, tmp_path / "copy")
    original = (evidence / "large.mp4").read_bytes()
    assert hashlib.sha256((tmp_path / "copy" / "large.mp4").read_bytes()).digest() == hashlib.sha256(original).digest()


def test_a_deep_tree_is_copied(deep, tmp_path):
    top = deep(300, b"d")
    (top / "z").write_text("x")
    into = tmp_path / "copy"
    try:
        assert len(run(top, into)) == 3
        names = [item.name for item in measure(sources_from([into]), Plan())]
        assert names == [b"d/" * 300 + b"file", b"d/" * 300 + b"second", b"z"]
    finally:
        subprocess.run(["rm", "-rf", str(into)], check=True)


def test_closing_early_gives_everything_back(evidence, tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    items = copy(sources_from([evidence]), tmp_path / "copy", Plan())
    next(items)
    items.close()
    assert len(os.listdir("/proc/self/fd")) == before
