"""Evidence that does not keep still: files that change while they are read, folders swapped for links."""

import ctypes
import hashlib
import os
import stat
import threading
import time

import pytest

from hashing.items import Outcome
from hashing.measure import Plan, measure
from hashing.opening import Folder
from hashing.reading import Reader, Recipe
from hashing.sources import sources_from
from hashing.worker import Worker

MIB = 1024 * 1024


def read_while(path, change, *, size=3 * MIB, quick=False):
    """Read a file of some size, and change it after the first portion."""
    path.write_bytes(bytes(size))
    times = os.stat(path)
    pending = [change]

    def meddle(_count):
        while pending:
            pending.pop()(path, times)

    descriptor = os.open(path, os.O_RDONLY)
    try:
        return Reader(Recipe(("sha256",), pieces=True, quick=quick, cores=2)).read(descriptor, meddle)
    finally:
        os.close(descriptor)


def append(path, times):
    with open(path, "ab") as file:
        file.write(b"more")


def append_and_set_times_back(path, times):
    append(path, times)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def overwrite_and_set_times_back(path, times):
    with open(path, "r+b") as file:
        file.write(b"other")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def truncate(path, times):
    os.truncate(path, MIB + 1)


def truncate_and_extend(path, times):
    os.truncate(path, 0)
    os.truncate(path, times.st_size)


def replace(path, times):
    other = path.with_name("other")
    other.write_bytes(bytes(times.st_size))
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.replace(other, path)


def change_rights(path, times):
    os.chmod(path, 0o640)


CHANGES = [
    append,
    append_and_set_times_back,
    overwrite_and_set_times_back,
    truncate,
    truncate_and_extend,
    replace,
    change_rights,
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_noticed(tmp_path, change):
    reading = read_while(tmp_path / "file", change)
    assert reading.outcome == "changed-while-read"
    assert reading.reason


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_noticed_in_quick_mode(tmp_path, change):
    assert read_while(tmp_path / "file", change, size=40 * MIB, quick=True).outcome == "changed-while-read"


def answer_while(path, change, monkeypatch, size=1000):
    """What a worker says of a small file that is changed after it was looked at and before it is read."""
    path.write_bytes(bytes(size))
    times = os.stat(path)
    time.sleep(0.05)  # so long that the worker need not let it rest
    whole = os.preadv
    pending = [change]

    def meddle_then_read(descriptor, buffers, offset):
        while pending:
            pending.pop()(path, times)
        return whole(descriptor, buffers, offset)

    monkeypatch.setattr(os, "preadv", meddle_then_read)
    worker = Worker(None, Recipe(("sha256",), pieces=True, quick=False, cores=1), None)
    (row,) = worker._answers([Folder.at(str(path.parent))], [[path.name.encode()]])
    assert not pending
    return row


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_a_small_file_is_noticed(tmp_path, monkeypatch, change):
    outcome, *_, reason, _, _, _ = answer_while(tmp_path / "file", change, monkeypatch)
    assert outcome == "changed-while-read"
    assert reason


def test_a_small_file_at_rest_is_measured(tmp_path, monkeypatch):
    outcome, size, modified, digests, reason, *_ = answer_while(tmp_path / "file", lambda p, t: None, monkeypatch)
    assert (outcome, size, reason) == ("measured", 1000, "")
    assert digests == hashlib.sha256(bytes(1000)).digest()
    assert modified == os.stat(tmp_path / "file").st_mtime_ns


def test_a_read_error_of_a_small_file(tmp_path, monkeypatch):
    def fail(path, times):
        raise OSError(5, "Input/output error")

    outcome, size, modified, digests, reason, *_ = answer_while(tmp_path / "file", fail, monkeypatch)
    assert (outcome, size, digests, reason) == ("unreadable", -1, b"", "input/output error")
    assert modified is not None


def test_of_a_truncated_file_the_bytes_read_are_told(tmp_path):
    reading = read_while(tmp_path / "file", truncate, size=20 * MIB)
    assert MIB + 1 <= reading.size < 20 * MIB
    assert reading.digests == [hashlib.sha256(bytes(reading.size)).digest()]


def test_a_file_at_rest_is_measured(tmp_path):
    assert read_while(tmp_path / "file", lambda path, times: None).outcome == "measured"


@pytest.mark.parametrize("size", [0, 1, 1000, MIB])
def test_growth_of_a_small_file(tmp_path, monkeypatch, size):
    path = tmp_path / "file"
    path.write_bytes(bytes(size))
    whole = os.readv

    def grow_then_read(descriptor, buffers):
        with open(path, "ab") as file:
            file.write(b"x")
        return whole(descriptor, buffers)

    descriptor = os.open(path, os.O_RDONLY)
    monkeypatch.setattr(os, "readv", grow_then_read)
    try:
        reading = Reader(Recipe(("sha256",), pieces=True, quick=False, cores=1)).read(descriptor, lambda _: None)
    finally:
        os.close(descriptor)
    assert reading.outcome == "changed-while-read"
    assert reading.digests == [hashlib.sha256(bytes(size)).digest()]  # of the bytes that were there at first


def test_read_errors_in_many_large_files(tmp_path, monkeypatch):
    from hashing import streaming

    path = tmp_path / "file"
    path.write_bytes(bytes(9 * MIB))
    reader = Reader(Recipe(("sha256", "md5"), pieces=True, quick=False, cores=1))
    whole = streaming.read_into
    calls = []

    def fail_second(descriptor, buffer):
        calls.append(1)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        return whole(descriptor, buffer)

    def read():
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return reader.read(descriptor, lambda _: None)
        finally:
            os.close(descriptor)

    monkeypatch.setattr(streaming, "read_into", fail_second)
    for _ in range(20):
        calls.clear()
        reading = read()
        assert (reading.outcome, reading.reason, reading.digests) == ("unreadable", "input/output error", ())
    monkeypatch.undo()
    assert read().digests[0] == hashlib.sha256(bytes(9 * MIB)).digest()


def test_a_writer_that_never_stops_cannot_hold_us(tmp_path, measured):
    stop = threading.Event()
    path = tmp_path / "log"
    path.write_bytes(bytes(8 * MIB))

    def write():
        with open(path, "ab", buffering=0) as file:
            while not stop.is_set():
                file.write(bytes(1000))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            item = measured(tmp_path)[b"log"]
            assert item.outcome is Outcome.CHANGED
            assert item.reason
    finally:
        stop.set()
        writer.join()


def exchange():
    """renameat2 with RENAME_EXCHANGE: both names are there at every moment."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        pytest.skip("names cannot be exchanged here")
    return lambda one, other: call(-100, os.fsencode(one), -100, os.fsencode(other), 2)


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_names_swapped_for_links_never_lead_outside(tmp_path, kind):
    swap = exchange()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "canary").write_text("never to be read")
    canary = hashlib.sha256(b"never to be read").hexdigest()
    evidence = tmp_path / "evidence"
    for number in range(30):
        (evidence / f"{number:02}" / "inner").mkdir(parents=True)
        (evidence / f"{number:02}" / "inner" / "canary").write_text("inside")
    names = [evidence / f"{n:02}" / "inner" / ("canary" if kind == "file" else "") for n in range(30)]
    link = tmp_path / "link"
    link.symlink_to(outside / "canary" if kind == "file" else outside)
    if swap(names[0], link):
        pytest.skip("names cannot be exchanged here")
    stop = threading.Event()

    def swapping():
        while not stop.is_set():
            for name in names:
                swap(name, link)

    swapper = threading.Thread(target=swapping)
    swapper.start()
    seen = set()
    try:
        for _ in range(8):
            for item in measure(sources_from([evidence]), Plan()):
                assert item.digests.get("sha256") != canary
                assert item.outcome is Outcome.MEASURED or item.reason
                seen.add(item.outcome)
    finally:
        stop.set()
        swapper.join()
    assert Outcome.MEASURED in seen
    assert len(seen) > 1  # the race was on


def test_a_file_swapped_for_a_fifo_between_listing_and_opening(tmp_path, monkeypatch, measured):
    from hashing import jobs

    (tmp_path / "file").write_text("x")
    (tmp_path / "gone").write_text("x")
    (tmp_path / "link").write_text("x")
    add = jobs.Job.add

    def swap_then_add(self, found):
        for name in ("file", "gone", "link"):
            (tmp_path / name).unlink()
        os.mkfifo(tmp_path / "file")
        (tmp_path / "link").symlink_to("/etc/passwd")
        add(self, found)

    monkeypatch.setattr(jobs.Job, "add", swap_then_add)
    items = measured(tmp_path)
    assert {item.outcome for item in items.values()} == {Outcome.UNREADABLE}
    assert "no longer a file" in items[b"file"].reason
    assert "gone" in items[b"gone"].reason
    assert "link" in items[b"link"].reason


def test_a_file_swapped_for_a_device_between_listing_and_opening(tmp_path, monkeypatch, measured):
    """One that never ends; it is not read."""
    from hashing import jobs

    try:
        os.mknod(tmp_path / "zero", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except (OSError, AttributeError):
        pytest.skip("no device can be made here")
    (tmp_path / "file").write_text("x")
    add = jobs.Job.add

    def swap_then_add(self, found):
        (tmp_path / "zero").rename(tmp_path / "file")
        add(self, found)

    monkeypatch.setattr(jobs.Job, "add", swap_then_add)
    items = measured(tmp_path / "file", describe=True)
    assert items[b"file"].outcome is Outcome.UNREADABLE
    assert "no longer a file" in items[b"file"].reason
