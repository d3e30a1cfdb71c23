"""Measuring: every kind of thing that has a name, in the order of the list, with the right digests."""

import hashlib
import os
import resource
import socket
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashing import measure, walking
from hashing.digests import ALGORITHMS, new
from hashing.errors import UnknownAlgorithm
from hashing.items import PIECE_SIZE, PIECES_ABOVE, Item, Outcome, Pieces
from hashing.opening import Folder
from hashing.sources import sources_from

from .conftest import python

MIB = 1024 * 1024


def kinds(items):
    return {name: item.outcome for name, item in items.items()}


def test_digests_sizes_and_times(tmp_path, measured):
    contents = {b"a": b"", b"b": b"x", b"c": os.urandom(70_000), b"d": os.urandom(MIB), b"e": os.urandom(MIB + 1)}
    contents[b"f"] = os.urandom(3 * MIB + 17)
    for name, content in contents.items():
        (tmp_path / name.decode()).write_bytes(content)
        os.utime(tmp_path / name.decode(), ns=(1, 1_234_567_890_123_456_789))
    items = measured(tmp_path, algorithms=ALGORITHMS)
    assert list(items) == sorted(contents)
    for name, content in contents.items():
        expected = {}
        for algorithm in ALGORITHMS:
            hasher = new(algorithm)
            hasher.update(content)
            expected[algorithm] = hasher.hexdigest()
        assert items[name] == Item(
            name=name,
            outcome=Outcome.MEASURED,
            reason=None,
            size=len(content),
            digests=expected,
            modified=1_234_567_890_123_456_789,
            pieces=None,
            description=None,
        )


def test_pieces_of_large_files(tmp_path, measured):
    content = os.urandom(PIECES_ABOVE + PIECE_SIZE // 2)
    (tmp_path / "large").write_bytes(content)
    (tmp_path / "just").write_bytes(content[:PIECES_ABOVE])
    expected = b""
    for start in range(0, len(content), PIECE_SIZE):
        hasher = new("blake3")
        hasher.update(content[start : start + PIECE_SIZE])
        expected += hasher.digest()
    items = measured(tmp_path)
    assert items[b"large"].pieces == Pieces(size=PIECE_SIZE, digests=expected)
    assert items[b"large"].digests == {"sha256": hashlib.sha256(content).hexdigest()}
    assert items[b"just"].pieces is None
    assert measured(tmp_path, pieces=False)[b"large"].pieces is None
    quick = measured(tmp_path, quick=True)
    assert quick[b"large"].pieces == items[b"large"].pieces
    assert quick[b"large"].digests == {}
    assert quick[b"large"].size == len(content)
    assert quick[b"just"] == items[b"just"]


def test_every_kind(tmp_path, measured, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder-link").symlink_to(".")
    (tmp_path / "empty").mkdir()
    (tmp_path / "nested" / "empty").mkdir(parents=True)
    os.mkfifo("fifo")  # no writer: opening it for reading would wait for ever
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        items = measured(tmp_path)
    links = {b"link", b"dangling", b"loop", b"folder-link"}
    assert kinds(items) == {
        b"file": Outcome.MEASURED,
        b"fifo": Outcome.FIFO,
        b"socket": Outcome.SOCKET,
        b"empty": Outcome.EMPTY_FOLDER,
        b"nested/empty": Outcome.EMPTY_FOLDER,
        **dict.fromkeys(links, Outcome.LINK),
    }
    for name in links | {b"fifo", b"socket", b"empty"}:
        item = items[name]
        assert item.reason
        assert (item.size, item.digests, item.pieces) == (None, {}, None)


def test_devices_are_not_opened(tmp_path, measured):
    try:
        os.mknod(tmp_path / "zero", stat.S_IFCHR | 0o600, os.makedev(1, 5))
        os.mknod(tmp_path / "disk", stat.S_IFBLK | 0o600, os.makedev(240, 250))
    except PermissionError:
        pytest.skip("making device nodes needs root")
    items = measured(tmp_path)
    assert kinds(items) == {b"zero": Outcome.DEVICE, b"disk": Outcome.DEVICE}
    assert "block" in items[b"disk"].reason


def test_other_kinds_given_directly(tmp_path, measured):
    os.mkfifo(tmp_path / "fifo")
    assert kinds(measured(tmp_path / "fifo")) == {b"fifo": Outcome.FIFO}
    assert kinds(measured("/dev/zero")) == {b"zero": Outcome.DEVICE}
    assert kinds(measured("/dev/zero", tmp_path)) == {
        b"zero": Outcome.DEVICE,
        tmp_path.name.encode() + b"/fifo": "fifo",
    }


def test_an_empty_folder_given_alone(tmp_path, measured):
    assert kinds(measured(tmp_path)) == {b".": Outcome.EMPTY_FOLDER}


def test_files_of_one_name_in_several_sources(tmp_path, measured):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    (tmp_path / "file").write_text("three")
    (tmp_path / "zfile").write_text("four")
    items = measured(tmp_path / "two", tmp_path / "zfile", tmp_path / "one", tmp_path / "file")
    assert list(items) == [b"file", b"one/file", b"two/file", b"zfile"]
    for name, content in ((b"file", b"three"), (b"one/file", b"one"), (b"two/file", b"two"), (b"zfile", b"four")):
        assert items[name].digests["sha256"] == hashlib.sha256(content).hexdigest()


def test_names_of_any_bytes(tmp_path, measured):
    folder = os.fsencode(tmp_path)
    names = {
        b"\xff\xfe.jpg",
        b"new\nline",
        b"-rf",
        b" ",
        b"\x1b[2J",
        "é".encode(),
        "e\u0301".encode(),
        b"\\",
        b"a" * 255,
    }
    for name in names:
        with open(folder + b"/" + name, "wb") as file:
            file.write(name)
    items = measured(tmp_path)
    assert set(items) == names
    for name in names:
        assert items[name].digests["sha256"] == hashlib.sha256(name).hexdigest()
    alone = measured(os.fsdecode(folder + b"/\xff\xfe.jpg"))
    assert alone == {b"\xff\xfe.jpg": items[b"\xff\xfe.jpg"]}


def test_hard_links_are_items_of_their_own(tmp_path, measured):
    (tmp_path / "one").write_text("x")
    os.link(tmp_path / "one", tmp_path / "two")
    items = measured(tmp_path)
    assert items[b"one"].digests == items[b"two"].digests


def test_holes_are_zeros(tmp_path, measured):
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(20 * MIB)
    assert measured(tmp_path)[b"sparse"].digests["sha256"] == hashlib.sha256(bytes(20 * MIB)).hexdigest()


def test_a_failing_read_is_unreadable(measured):
    # Reading a process's memory at 0 fails with an input/output error, as a bad sector does.
    item = measured("/proc/self/mem")[b"mem"]
    assert item.outcome is Outcome.UNREADABLE
    assert item.reason
    assert item.digests == {}


def test_a_size_that_lies_is_noticed(measured):
    item = measured("/proc/self/status")[b"status"]  # its size is 0, and there is more
    assert item.outcome is Outcome.CHANGED
    assert item.reason


def _without_rights(path):
    """Items as somebody sees them to whom nothing belongs; in this process, since rights differ by process."""
    code = """
import hashlib, os, sys  # hashlib here, since the other user may not be able to read Python's own files
from hashing import measure, sources
if os.geteuid() == 0:
    measure.POSSIBLE = False  # a worker could not start where only root may look
    os.seteuid(65534)
for item in measure.measure(sources.sources_from(sys.argv[1:]), measure.Plan()):
    print(item.name.decode(), item.outcome.value, item.reason)
"""
    done = python(code, str(path))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_may_not_be_read():
    with tempfile.TemporaryDirectory() as folder:
        evidence = Path(folder)
        evidence.chmod(0o755)
        for name in ("open", "closed", "names-only"):
            (evidence / name).mkdir()
            (evidence / name / "file").write_text("x")
        (evidence / "secret").write_text("x")
        (evidence / "secret").chmod(0)
        (evidence / "closed").chmod(0)
        (evidence / "names-only").chmod(0o444)
        try:
            seen = _without_rights(evidence)
        finally:
            (evidence / "closed").chmod(0o700)
            (evidence / "names-only").chmod(0o700)
    assert seen == [
        "closed unreadable permission denied",
        "names-only/file unreadable permission denied",
        "open/file measured None",
        "secret unreadable permission denied",
    ]


def test_a_deep_tree(deep, measured):
    top = deep(2000, b"d")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = max(map(int, os.listdir("/dev/fd")))  # by the tests before this one, in the same process
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, held + 150), hard))
    try:
        items = measured(top)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert list(items) == [b"d/" * 2000 + b"file", b"d/" * 2000 + b"second"]
    assert {item.outcome for item in items.values()} == {Outcome.MEASURED}


def test_a_path_of_a_hundred_thousand_letters(deep, measured):
    top = deep(500, b"n" * 200)
    (top / "z").touch()  # after coming back up all the way
    items = measured(top)
    assert [len(name) for name in items] == [500 * 201 + 4, 500 * 201 + 6, 1]
    assert {item.outcome for item in items.values()} == {Outcome.MEASURED}


def test_a_folder_moved_away_meanwhile_loses_nothing_silently(tmp_path, monkeypatch):
    monkeypatch.setattr(walking, "_OPEN_FOLDERS", 2)
    (tmp_path / "a/b/c/d/e").mkdir(parents=True)
    for name in ("a/z", "a/b/z", "a/b/c/z", "a/b/c/d/z", "a/b/c/d/e/f"):
        (tmp_path / name).touch()
    found = []
    for one in walking.walk(sources_from([tmp_path])):
        names = one.listed if isinstance(one, walking.NameRun) else [one]
        found += names
        if names == [b"a/b/c/d/e/f"]:
            (tmp_path / "a/b/c").rename(tmp_path / "moved")
    lost = [item for item in found if isinstance(item, Item)]
    assert [item.name for item in lost] == [b"a/b/z", b"a/z"]
    assert {item.outcome for item in lost} == {Outcome.UNREADABLE}


def test_a_list_of_names_that_breaks_off(tmp_path, monkeypatch, measured):
    (tmp_path / "inner").mkdir()
    for name in ("-", "a", "inner/x"):
        (tmp_path / name).touch()
    whole = Folder.names

    def broken(self):
        return *whole(self)[:2], OSError(5, "Input/output error")

    monkeypatch.setattr(Folder, "names", broken)
    items = measured(tmp_path)
    assert list(items) == [b"-", b".", b"a", b"inner", b"inner/x"]
    assert items[b"."].outcome is items[b"inner"].outcome is Outcome.UNREADABLE
    assert "input/output error" in items[b"inner"].reason
    assert items[b"inner/x"].outcome is Outcome.MEASURED


NAMES = st.text(st.sampled_from("!-./0aAé~\x01").filter(lambda letter: letter != "/"), min_size=1, max_size=3).filter(
    lambda name: name not in (".", "..")
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paths=st.sets(st.lists(NAMES, min_size=1, max_size=4).map(tuple), max_size=12), workers=st.integers(1, 3))
def test_order_is_by_components(tmp_path_factory, measured, paths, workers):
    top = tmp_path_factory.mktemp("tree")
    for path in paths:
        folder = top.joinpath(*path[:-1])
        if all(not top.joinpath(*path[:depth]).is_file() for depth in range(1, len(path))):
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / path[-1]).is_dir():
                (folder / path[-1]).write_text("/".join(path))
    names = list(measured(top, workers=workers))
    assert names == sorted(names, key=lambda name: name.split(b"/"))
    assert {name for name in names if name != b"."} >= {
        os.fsencode(path.relative_to(top)) for path in top.rglob("*") if path.is_file()
    }


def test_large_and_small_files_mixed_keep_their_order(tmp_path, measured):
    sizes = {}
    for number in range(60):
        size = [10, 9 * MIB, 300_000, 0, 2 * MIB][number % 5]
        with open(tmp_path / f"{number:03}", "wb") as file:
            file.truncate(size)
        sizes[f"{number:03}".encode()] = size
        if number % 7 == 0:
            (tmp_path / f"{number:03}-link").symlink_to("x")
            sizes[f"{number:03}-link".encode()] = None
    items = measured(tmp_path)
    assert {name: item.size for name, item in items.items()} == sizes
    assert list(items) == sorted(sizes)
    for item in items.values():
        if item.size is not None:
            assert item.digests["sha256"] == hashlib.sha256(bytes(item.size)).hexdigest()


def test_alone_finds_the_same(tmp_path, measured, monkeypatch):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").write_text("x")
    with open(tmp_path / "large", "wb") as file:
        file.truncate(20 * MIB)
    together = measured(tmp_path)
    monkeypatch.setattr(measure, "POSSIBLE", False)
    assert measured(tmp_path) == together
    assert all("on this system" in i.description.not_examined for i in measured(tmp_path, describe=True).values())


def test_unknown_algorithms_are_refused_at_once(tmp_path):
    for algorithms in (("crc32",), ()):
        with pytest.raises(UnknownAlgorithm):
            measure.measure(sources_from([tmp_path]), measure.Plan(algorithms=algorithms))


def test_progress_ends_at_the_total(tmp_path):
    for number in range(300):
        (tmp_path / str(number)).write_bytes(bytes(number))
    with open(tmp_path / "large", "wb") as file:
        file.truncate(64 * MIB)
    told = []
    items = list(measure.measure(sources_from([tmp_path]), measure.Plan(), lambda now: told.append(now)))
    total = sum(range(300)) + 64 * MIB
    assert len(items) == 301
    assert (told[-1].items, told[-1].bytes) == (301, total)
    assert (told[-1].total_items, told[-1].total_bytes) == (301, total)
    counts = [now.bytes for now in told]
    assert counts == sorted(counts)


# Not ru_maxrss: that of a process begins with the size of whoever started it, here the test runner.
OWN_PEAK = "next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1]"  # KiB


def test_memory_of_a_large_listing(tmp_path):
    code = """
import resource, sys
from hashing import measure, sources
count = sum(1 for _ in measure.measure(sources.sources_from(sys.argv[1:]), measure.Plan()))
print(count, PEAK, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
""".replace("PEAK", OWN_PEAK)
    peaks = {}
    for count in (2_000, 40_000):
        folder = tmp_path / str(count)
        folder.mkdir()
        here = os.open(folder, os.O_RDONLY)
        for number in range(count):
            os.close(os.open(f"IMG_{number:08}.JPG", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.close(here)
        done = python(code, str(folder))
        found, *peaks[count] = map(int, done.stdout.split())
        assert found == count
    assert peaks[40_000][0] < peaks[2_000][0] + 12_000  # KiB: the names themselves
    assert peaks[40_000][1] < peaks[2_000][1] + 4_000


def test_long_names_do_not_pile_up(deep):
    top = deep(480, b"n" * 200)
    here = os.open(top, os.O_RDONLY)
    for _ in range(480):
        inner = os.open(b"n" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    for number in range(3000):
        os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    code = """
import sys
from hashing import measure, sources
count = sum(1 for _ in measure.measure(sources.sources_from(sys.argv[1:]), measure.Plan()))
print(count, PEAK)
""".replace("PEAK", OWN_PEAK)
    count, peak = map(int, python(code, str(top)).stdout.split())
    assert count == 3002
    assert peak < 200 * 1024  # KiB; the names together have 300 MB
