"""A few random instants of what `make campaign` does two hundred times, and many writers at once."""

import os
import random
import shutil
from pathlib import Path

from tests.custody.acts_to_break import ACTS, KILLED_AT_RANDOM, all_killed, prepared, settled, timed
from tests.custody.station import CASE, EX, World, copy, opening, run, run_all


def test_killed_at_random_instants(origin: World, tmp_path: Path) -> None:
    chosen = random.Random(20261120)
    jobs = []
    for name in KILLED_AT_RANDOM:
        world = prepared(origin, ACTS[name], tmp_path / name)
        timed(world, ACTS[name], False, tmp_path / f"{name}-timed")
        jobs += [(str(world.path), name, chosen.random() * 1.05, False) for _ in range(5)]
    assert all_killed(jobs) == []


def test_init_killed_at_every_step(tmp_path: Path) -> None:
    """A register is there whole and pinned, or not at all, and can be made then."""
    from tests.custody.breaking import break_at, count_into

    words = ["--passphrase-file", "pw", "init", "new", *opening()]
    verify = ["-C", "new", "--json", "verify", "--records-only"]

    def world(name: str) -> World:
        (tmp_path / name).mkdir()
        (tmp_path / name / "pw").write_text("three words here\n")
        return World(tmp_path / name)

    first = world("first")
    assert first.run(*words, before=count_into(tmp_path / "told")).status == 0
    number = len((tmp_path / "told").read_text().split())
    assert number > 30
    for step in sorted({*range(1, number, 2), *range(number - 12, number + 1)}):
        here = world(str(step))
        assert here.run(*words, before=break_at(step, "killed")).status == -9
        made = (here.path / "new").exists()
        again, report = run_all([words, verify], cwd=here.path, env=here.env)
        assert (again.status, "is a register already" in again.err) == ((5, True) if made else (0, False)), again
        assert (report.status, report.json["verdict"]) == (0, "CONFIRMED"), (step, report)
        left = [p for p in here.path.rglob(".*") if p.name.endswith((".making", ".new"))]
        assert not left, (step, left)


def test_ten_writers_at_once_lose_nothing(world: World) -> None:
    """On one exhibit and on several, with people who verify and look all the while."""
    names = [f"{CASE}/EX-{number}" for number in range(3)]
    for name in names:
        world.seized(name)
    before = len(world.kibra.leaves())
    children = []
    for number in range(10):
        words = ("event", names[number % 3], "access-view", "--description", f"looked {number}")
        children.append(_aside(world, world.kibra.words(words, None, True), tmp=world.path / f"writer-{number}"))
    for number in range(4):
        words = ("--json", "verify", "--records-only") if number % 2 else ("status",)
        children.append(_aside(world, world.kibra.words(words, None, False), tmp=world.path / f"reader-{number}"))
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    for number in range(10):
        assert (world.path / f"writer-{number}").read_text() == "0"
    readers = [(world.path / f"reader-{number}").read_text() for number in range(4)]
    assert set(readers) <= {"0", "4"}, readers  # a half-committed record is undecided, never refuted
    assert len(world.kibra.leaves()) == before + 10
    told = [world.kibra.body(n, name)["body"]["description"] for name in names for n in world.kibra.names(name)
            if n.endswith("event.json")]  # fmt: skip
    assert sorted(told) == [f"looked {number}" for number in range(10)]
    world.kibra.sound()
    shown = world.kibra.ok("--json", "status").json["exhibits"]
    assert {row["id"]: row["position"] for row in shown} == {
        f"KIBRA:{name}": len(world.kibra.kinds(name)) for name in names
    }


def _aside(world: World, words: list[str], tmp: Path) -> int:
    """Run a command in a process that writes its exit status into a file."""
    child = os.fork()
    if child == 0:
        status = 99
        try:
            status = run(words, cwd=world.path, env=world.env).status
        finally:
            tmp.write_text(str(status))
            os._exit(0)
    return child


def test_registers_pinned_at_once(world: World) -> None:
    """Commits and new registers of one person all keep their pin."""
    world.seized()
    children = []
    for number in range(6):
        new = ["--passphrase-file", str(world.secret("31")), "init", f"new-{number}", *opening()]
        children.append(_aside(world, new, tmp=world.path / f"init-{number}"))
        event = world.kibra.words(("event", EX, "access-view", "--description", str(number)), None, True)
        children.append(_aside(world, event, tmp=world.path / f"event-{number}"))
    for child in children:
        os.waitpid(child, 0)
    for number in range(6):
        assert (world.path / f"init-{number}").read_text() == (world.path / f"event-{number}").read_text() == "0"
        report = world.run("-C", f"new-{number}", "--json", "verify", "--records-only")
        assert (report.status, report.json["verdict"]) == (0, "CONFIRMED"), report
    world.kibra.sound()


def test_two_receive_one_package_at_once(world: World) -> None:
    """One receipt, whoever comes first; the other is told so, or finds it written."""
    package = str(world.sent_in_a_bag())
    children = []
    for number, by in enumerate(("7001", "7002")):
        words = world.lab.words(("receive", package, "--receipt", f"reply-{number}.json"), by, True)
        children.append(_aside(world, words, tmp=world.path / f"status-{number}"))
    for child in children:
        os.waitpid(child, 0)
    ended = sorted((world.path / f"status-{number}").read_text() for number in range(2))
    assert ended in (["0", "0"], ["0", "5"]), ended
    assert world.lab.kinds() == ["seizure", "seal", "release", "receipt"]
    world.lab.sound()


def test_a_register_written_by_an_older_hand_is_put_right(world: World) -> None:
    """What earlier interruptions may have left, all at once: a torn line, a lone signature, a record without line."""
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1")
    leaves = world.kibra.path / "ledger" / "leaves"
    lines = leaves.read_bytes().splitlines(keepends=True)
    leaves.write_bytes(b"".join(lines[:-1]) + lines[-1][:50])
    (world.kibra.chain() / "0003-event.json.p7s").write_bytes(b"lone")
    (world.kibra.chain() / "0003-manifest.entries.jsonl").write_bytes(b"lone")
    (world.kibra.chain() / "0003-recall.refusal.json").write_bytes(b"lone")
    with world.unchanged():
        report = world.kibra.verify("--records-only")
    assert "commit-unfinished" in report.codes
    world.kibra.ok("event", EX, "access-view", "--description", "x")
    assert leaves.read_bytes().splitlines(keepends=True)[:-1] == lines
    assert [n for n in world.kibra.names() if n.startswith("0003")] == ["0003-event.json", "0003-event.json.p7s"]
    world.kibra.sound()


def test_a_signed_record_is_never_deleted(origin: World, tmp_path: Path) -> None:
    """A record whose ledger line was lost in the crash gets its line back."""
    act = ACTS["seal"]
    world = prepared(origin, act, tmp_path / "world")
    here = copy(world, tmp_path / "copy")
    here.kibra.ok(*act.words)
    shutil.copy(world.path / "settings/custody/pins", here.path / "settings/custody/pins")  # moves after the ledger
    leaves = here.kibra.path / "ledger" / "leaves"
    leaves.write_bytes(b"".join(leaves.read_bytes().splitlines(keepends=True)[:-1]))
    settled(here, act)
