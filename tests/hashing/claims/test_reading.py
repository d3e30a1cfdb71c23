"""Reading a log by a process with limits: what comes back, and what a crash, a hang or a lie costs."""

import os
import resource
import signal
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing.claims import frames
from hashing.claims.reading import Log, read_log
from hashing.claims.saying import (
    MOST_LINE,
    MOST_LOG,
    MOST_STATEMENTS,
    SCOPES,
    TOOLS,
    WORDS,
    Broken,
    Fact,
    LeftOut,
    LogTool,
    Statement,
    Why,
)
from hashing.claims.spool import Spool
from hashing.claims.summary import Summary
from hashing.digests import ALGORITHMS, SIZES
from hashing.sandbox import process as sandbox_process
from hashing.sandbox.spawn import SpawnedProcess

from ..conftest import descendants, python, wait_for
from .judging import NAMES, SAMPLES, heard, sample
from .liars import ANSWERS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
STATEMENT = st.sampled_from(ALGORITHMS).flatmap(
    lambda algorithm: st.builds(
        Statement,
        st.sampled_from(SCOPES),
        st.just(algorithm),
        st.binary(min_size=SIZES[algorithm], max_size=SIZES[algorithm]).map(bytes.hex),
        st.none() | st.binary(max_size=30),
        TEXT,
    )
)


def log_of(path, **options) -> Log:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return read_log(descriptor, **options)
    finally:
        os.close(descriptor)


def answered_by(monkeypatch, tmp_path, what, **options):
    """A log whose reader is replaced by a liar."""

    def start(module, arguments, *, own_group):
        return SpawnedProcess("tests.hashing.claims.liars", [*arguments, what], own_group=own_group)

    monkeypatch.setattr(sandbox_process, "SpawnedProcess", start)
    (tmp_path / "log").write_bytes(sample("hashdeep.txt"))
    return log_of(tmp_path / "log", **options)


def the_reader():
    """The number and the command of the process that reads, as soon as it is that program."""
    while True:
        for pid in descendants(os.getpid()):
            with suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if b"hashing.claims.reader" in command:
                    return pid, command


def is_nothing(log):
    return (log.tool, log.version, log.facts, log.statements, len(log.files), list(log.files)) == (
        "unknown",
        None,
        {},
        (),
        0,
        [],
    )


@pytest.mark.parametrize("name", NAMES)
def test_samples(name):
    log, expected = log_of(SAMPLES / name), heard(sample(name))
    summary = expected.summary
    assert (log.tool, log.version, log.facts, log.unread) == (
        summary.tool,
        summary.version,
        summary.facts,
        summary.unread,
    )
    assert list(log.statements) == expected.statements
    assert list(log.files) == list(log.files) == expected.files
    assert len(log.files) == len(expected.files)


def test_where_the_descriptor_stands_does_not_matter(tmp_path):
    (tmp_path / "log").write_bytes(sample("dc3dd.log"))
    descriptor = os.open(tmp_path / "log", os.O_RDONLY)
    os.lseek(descriptor, 100, os.SEEK_SET)
    assert len(read_log(descriptor).statements) == 4
    assert os.lseek(descriptor, 0, os.SEEK_CUR) == 100
    os.close(descriptor)


def test_nothing_is_left_behind():
    before = len(os.listdir("/proc/self/fd"))
    for name in NAMES[:3]:
        log_of(SAMPLES / name)
    assert wait_for(lambda: not descendants(os.getpid()), 5)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_long_list_needs_no_memory(tmp_path):
    with open(tmp_path / "log", "wb") as log:
        log.write(b"%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n")
        for number in range(300_000):
            log.write(b"1,%032d,%064d,a folder/%099d.jpg\n" % (number, number, number))
    done = python(
        """
import os, resource, sys
from hashing.claims.reading import read_log
log = read_log(os.open(sys.argv[1], 0), 60.0)
last = None
for last in log.files:
    pass
print(len(log.files), last.name[-10:], log.unread)
# Our own peak not by ru_maxrss, which begins with the size of whoever started us.
own = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(max(int(own), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
""",
        str(tmp_path / "log"),
    )
    said, mebibytes = done.stdout.splitlines()
    assert said == "600000 b'299999.jpg' None"
    assert int(mebibytes) < 100  # the list alone would be some 300


@pytest.mark.parametrize("what", [*ANSWERS])
def test_lies_cost_that_log_only(monkeypatch, tmp_path, what):
    log = answered_by(monkeypatch, tmp_path, what)
    assert is_nothing(log)
    stopped = "the process that read it stopped (exit status 0)"
    assert log.unread == (stopped if what == "nothing" else "the process that read it sent an invalid response")


def test_the_liars_could_have_told_the_truth(monkeypatch, tmp_path):
    log = answered_by(monkeypatch, tmp_path, "honest")
    assert list(log.files) == [Statement("file", "md5", "0" * 32, b"a", "line 1")]
    assert log.unread is None


def test_half_a_list_is_dropped(monkeypatch, tmp_path):
    log = answered_by(monkeypatch, tmp_path, "a hundred claims and death")
    assert is_nothing(log)
    assert log.unread == "the process that read it stopped (exit status 0)"


@pytest.mark.parametrize("what", ["silence", "a drop at a time"])
def test_a_hang_ends_at_the_limit(monkeypatch, tmp_path, what):
    log = answered_by(monkeypatch, tmp_path, what, limit=1.0)
    assert is_nothing(log)
    assert log.unread == "the process that read it gave no answer in 1 s"
    assert not descendants(os.getpid())


def test_claims_without_end_are_refused(monkeypatch, tmp_path):
    log = answered_by(monkeypatch, tmp_path, "claims without end")
    assert is_nothing(log)
    assert log.unread == "the process that read it sent an invalid response"


def test_a_reader_that_does_not_run(monkeypatch, tmp_path):
    monkeypatch.setattr(
        sandbox_process, "SpawnedProcess",
        lambda module, *rest, **named: SpawnedProcess("hashing.missing", *rest, **named),
    )  # fmt: skip
    assert log_of(SAMPLES / "dc3dd.log").unread == "the process that read it stopped (exit status 1)"


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (signal.SIGKILL, "the process that read it stopped (signal 9)"),
        (signal.SIGSTOP, "the process that read it gave no answer in 3 s"),
    ],
)
def test_a_reader_that_is_struck(tmp_path, number, why):
    line = b"0" * 32 + b"  a name\n"
    (tmp_path / "log").write_bytes(line * 200_000)

    def strike():
        os.kill(the_reader()[0], number)

    attacker = threading.Thread(target=strike)
    attacker.start()
    log = log_of(tmp_path / "log", limit=3.0)
    attacker.join()
    assert is_nothing(log)
    assert log.unread == why


def test_what_is_no_ordinary_file(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    descriptor = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    assert read_log(descriptor).unread == "it is not an ordinary file"
    os.close(descriptor)
    assert log_of(tmp_path).unread == "it is not an ordinary file"


def test_a_log_that_is_too_large(tmp_path):
    with open(tmp_path / "log", "wb") as log:
        log.truncate(MOST_LOG + 1)
    assert log_of(tmp_path / "log").unread == "it is larger than 256 MiB"


def test_a_bomb_of_entities(tmp_path):
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    (tmp_path / "log").write_text(
        f'<?xml version="1.0"?><!DOCTYPE dfxml [<!ENTITY l0 "lol">{lol}]><dfxml>&l11;</dfxml>'
    )
    log = log_of(tmp_path / "log")
    assert log.unread == "it declares a document type (DTD), which is refused"
    assert not log.files


def test_no_room_for_the_list(monkeypatch, tmp_path):
    (tmp_path / "log").write_bytes((b"0" * 32 + b"  " + b"a" * 200 + b"\n") * 20_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * 1024 * 1024, hard))
    try:
        log = log_of(tmp_path / "log")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert is_nothing(log)
    assert log.unread == "there is no room to keep its list: file too large"


def test_a_log_full_of_statements(tmp_path):
    line = b"Total (md5): " + b"0" * 32 + b"\n"
    (tmp_path / "log").write_bytes(line * (MOST_STATEMENTS + 7))
    log = log_of(tmp_path / "log")
    assert len(log.statements) == MOST_STATEMENTS
    assert log.unread == "7 more statements were left out"


def test_names_reach_no_process_list(tmp_path):
    """The reader gets a descriptor; neither its arguments nor its environment name the log."""
    (tmp_path / "secret name").write_bytes((b"0" * 32 + b"  a name\n") * 200_000)
    seen = []

    def look():
        pid, command = the_reader()
        seen.append(command + Path(f"/proc/{pid}/environ").read_bytes())

    watcher = threading.Thread(target=look)
    watcher.start()
    log_of(tmp_path / "secret name")
    watcher.join()
    assert seen
    assert b"secret" not in seen[0]


@given(st.lists(STATEMENT, max_size=8))
def test_rows_come_back(statements):
    body = b"".join(map(frames.pack_row, statements))
    assert list(frames.unpack_rows(body)) == statements


@given(st.sampled_from(TOOLS), TEXT, st.dictionaries(st.from_regex(r"\A[a-z0-9-]{1,9}\Z"), TEXT.filter(bool)))
def test_summaries_come_back(tool, version, facts):
    summary = Summary()
    for said in (LogTool(tool, version), *map(Fact, facts.keys(), facts.values())):
        summary.take(said)
    assert frames.unpack_summary(frames.pack_summary(summary)) == (tool, version or None, None, {}, facts)


@given(st.lists(st.one_of(st.builds(LeftOut, st.sampled_from(Why), st.integers(1, 10**6)), st.just(Broken("torn")))))
def test_what_was_left_out_comes_back_as_numbers(left):
    summary = Summary()
    for said in left:
        summary.take(said)
    told = frames.unpack_summary(frames.pack_summary(summary))
    assert told.left == summary.left
    assert set(told.left) <= set(WORDS)
    assert sum(told.left.values()) == sum(each.number if isinstance(each, LeftOut) else 1 for each in left)
    assert bool(told.left) == bool(told.unread)


@given(st.binary(max_size=200))
def test_answers_that_make_no_sense_are_nonsense(body):
    for unpack in (frames.unpack_summary, lambda rows: list(frames.unpack_rows(rows)), Spool().add):
        try:
            found = unpack(body)
        except frames.InvalidLogAnswer:
            continue
        for statement in found if isinstance(found, list) else ():
            assert statement.scope in SCOPES
            assert len(statement.value) == 2 * SIZES[statement.algorithm]


def test_a_summary_is_bounded():
    summary = Summary()
    for number in range(500):
        summary.take(Fact(f"key-{number}", "x" * 5000))
    assert len(summary.facts) == 64
    assert summary.facts["key-0"] == "x" * 999 + "…"
    assert frames.unpack_summary(frames.pack_summary(summary)).facts == summary.facts


@pytest.mark.parametrize(
    "log",
    [
        b"MD5 checksum: " + b" " * MOST_LINE,
        b"A" + b" a" * (MOST_LINE // 2),
        b"[Computed Hashes]\n" + (b" " * 60_000 + b"x\n") * 30,
        b"GUYMAGER ACQUISITION INFO FILE\n" + (b" " * 30_000 + b"A" + b" " * 30_000 + b"\n") * 30,
        b"MD5 (" + b")" * 60_000 + b"\n" + b"MD5 (" + b") = " * 15_000,
        b"0" * 60_000 + b"\n" + (b"0" * 31 + b" ") * 2000,
        b"[General]\n" + b"=" * 60_000 + b"\n" + b"a=" * 30_000,
        b"<dfxml a='" + b"a" * 2_000_000,
        b"<dfxml>" + b"<a/>" * 300_000,
        b"<dfxml><fileobject>" + b"<hashdigest/>" * 100_000,
    ],
    ids=range(10),
)
def test_nothing_is_so_slow_that_it_meets_the_limit(tmp_path, log):
    (tmp_path / "log").write_bytes(log)
    unread = log_of(tmp_path / "log").unread or ""
    assert "longer than" not in unread or "64 KiB" in unread
    assert "process" not in unread
