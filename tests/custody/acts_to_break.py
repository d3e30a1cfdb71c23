"""The acts that are interrupted on purpose, what must be true afterwards, and a pool that does it on both cores."""

import json
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from custody.edges import bag
from tests.custody.breaking import break_at, count_into
from tests.custody.station import COMMAND, EX, Before, Office, World, become, copy, leave, run_all

FACTS = ("--description", "a phone", "--place", "here", "--authority", "consent:1")
PACKAGE, REPLY = f"usb/{EX.replace('/', '_')}_to_LAB", "reply.json"


@dataclass(frozen=True)
class Act:
    """One command: the world before it, who does it, and the records that must be there in the end."""

    prepare: Callable[[World], object]
    office: str
    words: tuple[str, ...]
    kinds: tuple[str, ...]
    """Of the exhibit's chain in the register of who acts."""


def _nothing(world: World) -> None:
    return None


def _refused(world: World) -> None:
    world.lab.ok("receive", world.sent_in_a_bag(), "--refuse", "EX-1:torn", "--receipt", REPLY)


def _received(world: World) -> None:
    world.lab.ok("receive", world.sent(), "--receipt", REPLY)


def _with_a_log(world: World) -> None:
    world.seized()
    (world.path / "card.ufd").write_text("[General]\n[SHA256]\n" + "a name=" + "ab" * 32 + "\n")


def _twice(world: World) -> None:
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1")


RELEASE = ("release", EX, "--to", "LAB", "--purpose", "x", "--media", "media", "--out", "usb")
ACTS: dict[str, Act] = {
    "seize": Act(_nothing, "kibra", ("seize", EX, *FACTS), ("seizure",)),
    "seal": Act(World.seized, "kibra", ("seal", EX, "media", "--no-describe"), ("seizure", "manifest")),
    "seal with a log": Act(
        _with_a_log, "kibra", ("seal", EX, "media", "--no-describe", "--acquisition", "card.ufd"),
        ("seizure", "manifest"),
    ),
    "seal with witnesses": Act(
        World.seized, "kibra", ("seal", EX, "--bag", "B-1", "--witness", "445566", "--witness", "900100"),
        ("seizure", "seal"),
    ),
    "derive": Act(
        World.seized, "kibra", ("derive", f"{EX}-IMG", "--from", EX, "--how", "image", "--description", "x"),
        ("seizure", "derived"),
    ),
    "release": Act(World.sealed, "kibra", RELEASE, ("seizure", "manifest", "release")),
    "receive": Act(
        World.sent, "lab", ("receive", PACKAGE, "--receipt", REPLY), ("seizure", "manifest", "release", "receipt")
    ),
    "refuse": Act(World.sent_in_a_bag, "lab", ("receive", PACKAGE, "--refuse", "EX-1:torn", "--receipt", REPLY), ()),
    "acknowledge": Act(
        _received, "kibra", ("acknowledge", REPLY), ("seizure", "manifest", "release", "receipt")
    ),
    "acknowledge a refusal": Act(
        _refused, "kibra", ("acknowledge", REPLY), ("seizure", "seal", "release", "recall")
    ),
}  # fmt: skip


def prepared(origin: World, act: Act, path: Path) -> World:
    """The world in which an act is about to be done."""
    path.mkdir()
    world = copy(origin, path)
    act.prepare(world)
    return world


def office_of(world: World, act: Act) -> Office:
    found: Office = getattr(world, act.office)
    return found


def steps(world: World, act: Act, path: Path) -> list[str]:
    """The calls that change the disk, when nothing goes wrong."""
    path.mkdir()
    office_of(copy(world, path), act).ok(*act.words, before=count_into(path / "told"))
    return (path / "told").read_text().split()


def broken(where: str, name: str, number: int, how: str) -> str:
    """Break an act at one of its steps, in a copy of its world, and look; what is wrong then, or nothing."""
    with tempfile.TemporaryDirectory(prefix="broken-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        world = copy(World(Path(where)), Path(folder))
        try:
            _break_and_look(world, ACTS[name], break_at(number, how), how)
        except AssertionError as err:
            return f"{name}, {how} at step {number}: {str(err)[:2000]}"
        return ""


EXPECTED = {"killed": {-9}, "torn": {-9}, "interrupted": {130}, "disk full": {0, 6}, "input/output error": {0, 6}}


def _break_and_look(world: World, act: Act, before: Before, how: str) -> None:
    answer = office_of(world, act)(*act.words, before=before)
    assert answer.status in EXPECTED[how] | {0}, answer
    assert "internal error" not in answer.err, answer
    if how in ("disk full", "input/output error") and answer.status:
        assert "hint: " in answer.err, answer
    settled(world, act)


def settled(world: World, act: Act) -> None:
    """After an interruption: readable, not refuted; done again, confirmed, whole, once, and nothing left over."""
    office = office_of(world, act)
    look, once_more = ("--json", "verify", "--records-only"), ("case", "open", "NEXT-1", "--title", "the next writer")
    between, again, after, last = run_all(
        [office.words(words, None, True) for words in (look, act.words, once_more, look)], cwd=world.path, env=world.env
    )
    assert (between.status, between.json["verdict"]) in ((0, "CONFIRMED"), (4, "UNDETERMINED")), between
    assert again.status == 0, again
    assert after.status == 0, after
    assert (last.status, last.json["verdict"]) == (0, "CONFIRMED"), last
    whole(world, act)


def whole(world: World, act: Act) -> None:
    """Every record once, every file belongs to a record, no work in progress left."""
    office = office_of(world, act)
    if act.kinds:
        assert tuple(office.kinds()) == act.kinds, office.names()
    records = [p for p in office.path.rglob("*-*.json") if p.parent.name != "quarantine" and ".refusal" not in p.name]
    assert len(office.leaves()) == len(set(office.leaves())) == len(records)
    stems = {str(path)[:-5] for path in records}
    for folder in ("cases", "journal"):
        for path in (p for p in (office.path / folder).rglob("*") if p.is_file()):
            assert str(path.parent / path.name.split(".")[0]) in stems, f"stray: {path}"
    left = list((office.path / "tmp").iterdir())
    left += (office.path / "unfinished").iterdir()
    left += [p for p in world.path.rglob(".*") if p.name.endswith((".making", ".new"))]
    assert not left, left
    if (world.path / REPLY).exists():
        assert json.loads((world.path / REPLY).read_bytes())["format"] == "custody/reply/1"
    if act.office == "kibra" and (world.path / PACKAGE).exists():
        assert bag.is_whole(world.path / PACKAGE)


def all_of(jobs: Iterable[tuple[str, str, int, str]]) -> list[str]:
    """Do many on both cores; what went wrong."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        return [told for told in pool.map(broken, *zip(*jobs, strict=True), chunksize=4) if told]


KILLED_AT_RANDOM = ("seal", "release", "receive", "acknowledge")


def killed_at_random(where: str, name: str, share: float, real: bool) -> str:
    """Kill an act after a share of the time it takes, and look; what is wrong then, or nothing.

    `real`: the installed command, started anew; else a fork of this process, which spends no time on its start.
    """
    with tempfile.TemporaryDirectory(prefix="killed-") as folder:
        world, act = copy(World(Path(where)), Path(folder)), ACTS[name]
        words = office_of(world, act).words(act.words, None, True)
        lasts = float((Path(where) / f"lasts-{real}").read_text())
        process = _started(world, words) if real else _forked(world, words)
        time.sleep(share * lasts)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        try:
            settled(world, act)
        except AssertionError as err:
            return f"{name}, killed after {share:.4f} of {lasts:.2f} s: {str(err)[:2000]}"
        return ""


def _started(world: World, words: list[str]) -> int:
    with open(os.devnull, "r+b") as nothing:
        spawn = [(os.POSIX_SPAWN_DUP2, nothing.fileno(), number) for number in range(3)]
        place = ["env", "-C", str(world.path), str(COMMAND)]
        return os.posix_spawnp("env", [*place, *words], world.env, file_actions=spawn, setsid=True)


def _forked(world: World, words: list[str]) -> int:
    process = os.fork()
    if process == 0:
        with open(os.devnull, "r+b") as nothing:
            become(nothing.fileno(), nothing.fileno(), nothing.fileno(), world.path, world.env, None)
        leave(words, None)
    return process


def timed(world: World, act: Act, real: bool, path: Path) -> None:
    """Note how long an act takes here and now, so that it can be killed on the way."""
    path.mkdir()
    here = copy(world, path)
    words = office_of(here, act).words(act.words, None, True)
    begun = time.monotonic()
    answer = here.start(*words) if real else here.run(*words)
    assert answer.status == 0, answer
    (world.path / f"lasts-{real}").write_text(str(time.monotonic() - begun))


def all_killed(jobs: Iterable[tuple[str, str, float, bool]]) -> list[str]:
    """Do many on both cores; what went wrong."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        return [told for told in pool.map(killed_at_random, *zip(*jobs, strict=True)) if told]
