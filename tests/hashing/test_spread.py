"""Tasks for workers elsewhere: how files are split, what an answer must look like, and what of it is refused."""

import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashing.errors import EngineFails, NotAnEngine
from hashing.measure import Plan, measure
from hashing.reading import CHANGED, MARKS, MEASURED, UNREADABLE, Reading
from hashing.sizes import PIECE_SIZE, PIECES_ABOVE
from hashing.sources import sources_from
from hashing.spread import tasks
from hashing.spread.line import address_of
from hashing.spread.reading import OtherVersion, StoreNotThere, read_files, read_pieces
from hashing.spread.tasks import (
    FORMAT,
    MOST_BYTES,
    MOST_FILES,
    InvalidTaskAnswer,
    Setting,
    Task,
    put_together,
    rows_of,
    split,
)
from hashing.wire import Form, row_of

NAME = st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name and b"/" not in name)
SIZE = st.sampled_from([0, 1, 1 << 20, 16 << 20, (16 << 20) + 1, 64 << 20, (64 << 20) + 5, 1 << 33])


def sent(root, below=b"", algorithms=("sha256",), **more):
    setting = Setting(root=str(root), below=below, algorithms=algorithms, **more)
    return setting, (FORMAT, setting.pack())


# --- splitting ---------------------------------------------------------------


@given(st.lists(st.tuples(NAME, SIZE), max_size=60), st.booleans())
def test_every_byte_of_every_file_is_in_one_task_in_order(files, quick):
    names, sizes = [name for name, _ in files], [size for _, size in files]
    groups = split(names, sizes, quick=quick)
    flat = [name for group in groups for name in group[0].names]
    assert flat == names
    for group in groups:
        assert sum(task.length for task in group) == sum(group[0].sizes)
        for task in group:
            assert len(task.names) <= MOST_FILES
            assert len(task.names) == 1 or sum(task.sizes) <= MOST_BYTES
            if task.count:
                assert quick
                assert task.length <= MOST_BYTES
        ranges = [(task.first, task.count) for task in group if task.count]
        assert ranges == [] or [first for first, _ in ranges] == [
            sum(c for _, c in ranges[:n]) for n in range(len(ranges))
        ]


def test_many_small_files_make_few_tasks():
    groups = split([b"%d" % n for n in range(50_000)], [10_000] * 50_000, quick=False)
    assert len(groups) == -(-50_000 // MOST_FILES)


def test_a_setting_survives_any_name(tmp_path):
    setting = Setting(root=os.fsdecode(b"/mnt/\xff\xe4"), below=b"CASE/\xfe\x01", algorithms=("sha256", "md5"), rate=7)
    assert Setting.unpack(setting.pack()) == setting


# --- reading, as a worker does -----------------------------------------------


@pytest.fixture
def evidence(tmp_path):
    folder = tmp_path / "store" / "CASE" / "EX-1"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "small").write_bytes(b"small")
    (folder / "a" / "other").write_bytes(b"x" * (2 << 20))
    (folder / "zero").write_bytes(b"")
    (folder / "large").write_bytes(os.urandom(1 << 20) * 21 + b"tail")
    time.sleep(0.02)
    return folder


NAMES = [b"a/b/small", b"a/other", b"large", b"zero"]


@pytest.mark.parametrize("algorithms", [("sha256",), ("sha256", "md5", "blake3")])
def test_files_are_read_as_they_are_here(evidence, algorithms):
    setting, message = sent(evidence.parent.parent, b"CASE/EX-1", algorithms)
    sizes = tuple((evidence / os.fsdecode(name)).stat().st_size for name in NAMES)
    rows = rows_of(read_files(message, NAMES), Task(tuple(NAMES), sizes), setting)
    here = list(measure(sources_from([evidence]), Plan(algorithms=algorithms)))
    assert [item.name for item in here] == NAMES
    assert [setting.recipe().named(row[3]) for row in rows] == [item.digests for item in here]
    assert [row[5] for row in rows] == [item.pieces.digests if item.pieces else b"" for item in here]


def test_ranges_together_are_the_file(evidence):
    setting, message = sent(evidence, quick=True)
    size = (evidence / "large").stat().st_size
    parts = [Task((b"large",), (size,), first, count) for first, count in ((0, 2), (2, 3), (5, 1))]
    answers = [read_pieces(message, b"large", size, task.first, task.count) for task in parts]
    row = put_together([rows_of(body, task, setting)[0] for body, task in zip(answers, parts, strict=True)], size)
    (item,) = [i for i in measure(sources_from([evidence]), Plan(quick=True)) if i.name == b"large"]
    assert (row[0], row[1], row[5]) == (MEASURED, size, item.pieces.digests)


def test_a_file_that_changed_between_its_ranges(evidence):
    setting, message = sent(evidence, quick=True)
    size = (evidence / "large").stat().st_size
    first = rows_of(read_pieces(message, b"large", size, 0, 3), Task((b"large",), (size,), 0, 3), setting)[0]
    with (evidence / "large").open("r+b") as file:
        file.write(b"x")
    time.sleep(0.02)
    second = rows_of(read_pieces(message, b"large", size, 3, 3), Task((b"large",), (size,), 3, 3), setting)[0]
    assert put_together([first, second], size)[0] == CHANGED
    with (evidence / "large").open("ab") as file:
        file.write(b"x")
    time.sleep(0.02)
    grown = rows_of(read_pieces(message, b"large", size, 3, 3), Task((b"large",), (size,), 3, 3), setting)[0]
    assert (grown[0], put_together([first, grown], size)[0]) == (CHANGED, CHANGED)


def test_links_lead_nowhere(evidence, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    (evidence / "link").symlink_to(tmp_path / "secret")
    (evidence / "folder").symlink_to(tmp_path)
    os.mkfifo(evidence / "pipe")
    setting, message = sent(evidence)
    names = [b"link", b"folder/secret", b"pipe", b"a/../../secret", b"not there", b"../EX-1/zero"]
    rows = rows_of(read_files(message, names), Task(tuple(names), (6,) * len(names)), setting)
    assert [row[0] for row in rows] == [UNREADABLE] * len(names)
    assert "link" in rows[0][4]


def test_a_store_that_is_not_there(evidence, tmp_path):
    link = tmp_path / "to-store"
    link.symlink_to(evidence.parent)
    for root, below in ((tmp_path / "no", b""), (link, b""), (evidence, b"no"), (tmp_path, b"to-store/EX-1"),
                        (evidence, b".."), (evidence / "zero", b"")):  # fmt: skip
        with pytest.raises(StoreNotThere):
            read_files(sent(root, below)[1], [b"zero"])


def test_another_version_is_refused():
    with pytest.raises(OtherVersion):
        read_files((FORMAT + 1, b""), [b"x"])


# --- what is not believed ------------------------------------------------------


SETTING = Setting(root="/", below=b"", algorithms=("sha256", "md5"))
TWO = Task((b"a", b"b"), (10, 1 << 25))


@given(st.binary(max_size=400))
def test_nonsense_is_nonsense(body):
    with pytest.raises(InvalidTaskAnswer):
        rows_of(body, TWO, SETTING)


def honest():
    small = Reading(MEASURED, size=10, modified=5, digests=[b"s" * 32, b"m" * 16])
    large = Reading(MEASURED, size=1 << 25, modified=5, digests=[b"s" * 32, b"m" * 16], pieces=b"p" * (8 * 32))
    return [row_of(small), row_of(large)]


def test_an_honest_answer_fits():
    rows = honest()
    assert rows_of(Form(SETTING.recipe()).pack(rows), TWO, SETTING) == rows


@settings(max_examples=400)
@given(st.integers(0, 600), st.integers(0, 255), st.integers(0, 600))
def test_a_changed_answer_is_refused_or_still_fits(place, value, cut):
    """Whatever byte is another one, no exception but InvalidTaskAnswer, and what comes out fits the task."""
    body = bytearray(Form(SETTING.recipe()).pack(honest()))
    body[place % len(body)] = value
    for data in (bytes(body), bytes(body[:cut])):
        try:
            rows = rows_of(data, TWO, SETTING)
        except InvalidTaskAnswer:
            continue
        assert len(rows) == 2
        for row in rows:
            assert row[0] in (MEASURED, CHANGED, UNREADABLE)
            assert row[0] != MEASURED or len(row[3]) == 48
            assert len(row[4].encode()) <= 300


@pytest.mark.parametrize(
    "change",
    [
        {0: "partial"}, {0: "lost"}, {1: -1}, {3: b""}, {4: "why"}, {5: b"p" * 31}, {5: b"p" * 32 * 9}, {6: b"told"},
        {0: UNREADABLE}, {0: UNREADABLE, 4: "why"}, {0: UNREADABLE, 1: -1, 3: b"", 5: b"", 4: "w" * 301},
        {0: CHANGED},
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit(change):
    rows = honest()
    row = list(rows[1])
    for place, value in change.items():
        row[place] = value
    wide = Form(SETTING.recipe())
    with pytest.raises(InvalidTaskAnswer):
        rows_of(wide.pack([rows[0], tuple(row)]), TWO, SETTING)


def test_one_row_too_few_or_too_many():
    for rows in (honest()[:1], honest() + honest()[:1], []):
        with pytest.raises(InvalidTaskAnswer):
            rows_of(Form(SETTING.recipe()).pack(rows), TWO, SETTING)


def test_a_range_with_too_few_pieces():
    task = Task((b"a",), (1 << 26,), 0, 4)
    for count in (0, 3, 5):
        reading = Reading(MEASURED, size=1 << 26, modified=1, pieces=b"p" * 32 * count)
        reading.marks = MARKS.pack(1, 2, 1 << 26, 0, 0, 0, 0)
        with pytest.raises(InvalidTaskAnswer):
            rows_of(Form(tasks.PARTS).pack([row_of(reading)]), task, SETTING)


def test_ranges_that_say_another_size_are_not_put_together():
    def part(size):
        reading = Reading(MEASURED, size=size, modified=1, pieces=b"p" * 32)
        reading.marks = MARKS.pack(1, 2, size, 0, 0, 0, 0)
        return row_of(reading)

    size = PIECES_ABOVE + PIECE_SIZE
    assert put_together([part(size), part(size)], size)[0] == MEASURED
    assert put_together([part(size), part(size - 1)], size)[0] == CHANGED
    assert put_together([part(size - 1), part(size - 1)], size)[0] == CHANGED
    unread = row_of(Reading(UNREADABLE, "why"))
    assert put_together([part(size), unread], size)[:2] == (UNREADABLE, -1)


def test_no_answer_is_longer_than_asked_for():
    pieces = b"p" * (8 * 32)
    large = Reading(MEASURED, size=1 << 25, modified=5, digests=[b"s" * 32, b"m" * 16], pieces=pieces)
    unread = Reading(UNREADABLE, "w" * 300)
    for rows in ([row_of(large), row_of(unread)], honest()):
        assert len(Form(SETTING.recipe()).pack(rows)) <= TWO.most_answer
    every = Setting(root="/", below=b"", algorithms=("sha256", "md5", "sha1", "sha512", "sha3-256", "blake3"))
    row = row_of(Reading(MEASURED, size=1, modified=5, digests=[b"d" * every.recipe().stride]))
    assert len(Form(every.recipe()).pack([row] * 256)) <= Task((b"a",) * 256, (1,) * 256).most_answer


@pytest.mark.parametrize(("engine", "address"), [
    ("dask://10.0.0.5:8786", ("tcp://10.0.0.5:8786", 8786)), ("tls://nas.example:1", ("tls://nas.example:1", 1)),
    ("dask://[::1]:8786", ("tcp://[::1]:8786", 8786)),
])  # fmt: skip
def test_addresses(engine, address):
    assert address_of(engine) == address


@pytest.mark.parametrize("engine", [
    "", "dask", "dask://", "dask://x", "dask://x:", "dask://x:0", "dask://x:65536", "tcp://x:1", "dask://x:1/", "dask://x:1\n",
    "dask://x y:1", "inproc://x:1", "dask://x:1,tcp://y:2", "dask://../x:1",
])  # fmt: skip
def test_what_is_no_address(engine):
    with pytest.raises(NotAnEngine):
        address_of(engine)


def test_nobody_there():
    pytest.importorskip("distributed", reason="the package distributed is not installed")
    import socket

    from hashing.spread import engine

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(EngineFails, match="does not answer"):
        engine.Elsewhere(f"dask://127.0.0.1:{port}")
