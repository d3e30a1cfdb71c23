"""The processes that read: they die, are replaced, end with us, and load nothing from evidence."""

import os
import signal
import subprocess
import sys
import time

import pytest

from hashing import crew
from hashing.errors import CannotStart
from hashing.items import Outcome
from hashing.measure import Plan, measure
from hashing.sandbox import spawn
from hashing.sources import sources_from

from .conftest import START, children, descendants, is_alive, python, wait_for

MIB = 1024 * 1024


def workers():
    return [pid for pid in children(os.getpid()) if b"hashing.worker" in _command(pid)]


def _command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


def many(folder, count=3000, size=20_000):
    folder.mkdir(exist_ok=True)
    for number in range(count):
        with open(folder / f"{number:05}", "wb") as file:
            file.truncate(size)
    return folder


def test_a_killed_worker_is_replaced_and_nothing_is_lost(tmp_path):
    items = measure(sources_from([many(tmp_path / "evidence")]), Plan())
    found = [next(items)]
    victims = workers()
    assert victims
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    found += items
    assert len(found) == 3000
    assert {item.outcome for item in found} == {Outcome.MEASURED}
    assert not workers()


def test_workers_killed_again_and_again_cost_items_but_never_hang(tmp_path):
    items = measure(sources_from([many(tmp_path / "evidence")]), Plan())
    found = []
    for item in items:
        found.append(item)
        if len(found) % 100 == 0:
            for pid in workers():
                os.kill(pid, signal.SIGKILL)
    assert len(found) == 3000
    for item in found:
        assert item.outcome is Outcome.MEASURED or "stopped (signal 9)" in item.reason


def test_what_kills_two_workers_is_unreadable(tmp_path, monkeypatch):
    # A worker that cannot import its own code stands in for whatever might end one.
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr(spawn, "_HERE", str(tmp_path / "nowhere"))
    (item,) = measure(sources_from([tmp_path]), Plan())
    assert item.outcome is Outcome.UNREADABLE
    assert "stopped (exit status 1)" in item.reason


def test_workers_that_never_start_are_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(spawn, "_HERE", str(tmp_path / "nowhere"))
    with pytest.raises(CannotStart) as caught:
        list(measure(sources_from([many(tmp_path / "evidence", 1000)]), Plan()))
    assert caught.value.hints
    monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))
    with pytest.raises(CannotStart):
        list(measure(sources_from([tmp_path / "evidence"]), Plan()))


def test_closing_early_leaves_no_child(tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    items = measure(sources_from([many(tmp_path / "evidence")]), Plan())
    next(items)
    assert workers()
    items.close()
    assert not workers()
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_error_of_the_reader_leaves_no_child(tmp_path):
    def fail():
        for _ in measure(sources_from([many(tmp_path / "evidence")]), Plan()):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not workers()


LONG = """
import sys
from hashing import measure, sources
for item in measure.measure(sources.sources_from(sys.argv[1:]), measure.Plan(describe=True)):
    print(item.name, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_orphans(tmp_path, number):
    (tmp_path / "a").write_text("x")
    for name in ("b", "c"):
        with open(tmp_path / name, "wb") as file:
            file.truncate(2**40)
    program = subprocess.Popen(
        [sys.executable, "-I", "-c", START + LONG, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with program:
        try:
            program.stdout.readline()
            time.sleep(0.3)
            started = descendants(program.pid)
            assert len(started) >= 3  # two workers, and the describer of one of them
            program.send_signal(number)
            program.wait(10)
            assert wait_for(lambda: not any(map(is_alive, started)), 10)
        finally:
            program.kill()
            for pid in filter(is_alive, started):
                os.kill(pid, signal.SIGKILL)


def test_nothing_is_loaded_from_the_current_folder(tmp_path):
    canary = tmp_path / "canary"
    evidence = tmp_path / "evidence"
    (evidence / "hashing").mkdir(parents=True)
    trap = f"open({str(canary)!r}, 'w')\n"
    for name in ("hashing/__init__", "hashing/worker", "struct", "socket", "blake3", "magic", "sitecustomize", "os"):
        (evidence / f"{name}.py").write_text(trap)
    code = """
import sys
from hashing import measure, sources
plan = measure.Plan(algorithms=("sha256", "blake3"), describe=True)
print(sum(item.outcome.value == "measured" for item in measure.measure(sources.sources_from(sys.argv[1:]), plan)))
"""
    done = python(code, ".", cwd=evidence, env={"PYTHONPATH": str(evidence), "PYTHONSTARTUP": "os.py", "PATH": "."})
    assert done.stdout.strip() == "8", done.stderr
    assert not canary.exists()


def test_a_worker_inherits_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "passphrase")
    key = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(key, True)
    items = measure(sources_from([many(tmp_path / "evidence")]), Plan(describe=True))
    next(items)
    try:
        for pid in descendants(os.getpid()):
            if b"hashing" not in _command(pid):
                continue
            with open(f"/proc/{pid}/environ", "rb") as file:
                assert b"SECRET" not in file.read()
            assert os.readlink(f"/proc/{pid}/cwd") == "/"
            where = [_target(pid, name) for name in os.listdir(f"/proc/{pid}/fd")]
            assert str(tmp_path) not in where
    finally:
        items.close()
        os.close(key)


def _target(pid, descriptor):
    try:
        return os.readlink(f"/proc/{pid}/fd/{descriptor}")
    except OSError:
        return ""


def test_descriptors_stay_few(tmp_path):
    for number in range(600):
        (tmp_path / f"{number:04}").mkdir()
        (tmp_path / f"{number:04}" / "file").touch()
    most = 0
    for _ in measure(sources_from([tmp_path]), Plan(workers=4)):
        most = max(most, len(os.listdir("/proc/self/fd")))
    assert most < 600


def test_one_file_starts_one_worker(tmp_path, monkeypatch):
    begun = []
    start = crew.Crew._start

    def counted(self):
        begun.append(1)
        return start(self)

    monkeypatch.setattr(crew.Crew, "_start", counted)
    (tmp_path / "file").write_text("x")
    list(measure(sources_from([tmp_path]), Plan()))
    assert len(begun) == 1
    begun.clear()
    (tmp_path / "file").unlink()
    list(measure(sources_from([tmp_path]), Plan()))
    assert not begun
