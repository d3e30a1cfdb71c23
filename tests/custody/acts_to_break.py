"""The acts that are interrupted on purpose, what must be true afterwards, and a pool that does it on both cores."""

import json
import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.custody.breaking import break_at, count_into
from tests.custody.station import EX, Before, Office, World, copy

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


def _twice(world: World) -> None:
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1")


RELEASE = ("release", EX, "--to", "LAB", "--purpose", "x", "--media", "media", "--out", "usb")
ACTS: dict[str, Act] = {
    "seize": Act(_nothing, "kibra", ("seize", EX, *FACTS), ("seizure",)),
    "seal": Act(World.seized, "kibra", ("seal", EX, "media", "--no-describe"), ("seizure", "manifest")),
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
    between = office.verify("--records-only")
    assert (between.status, between.json["verdict"]) in ((0, "CONFIRMED"), (4, "UNDETERMINED")), between
    again = office(*act.words)
    if again.status == 5 and "is there already" in again.err:  # package or reply were finished: they are whole
        again = office(*[word if word != "usb" else "media/.." for word in act.words[:-1]], act.words[-1] + ".2")
        assert (again.status, "--out" in act.words) == (6, True) or again.status == 0, again
    assert again.status == 0, again
    if (office.path / "ledger" / "writing").exists() or "already recorded" in again.out:
        office.ok("case", "open", "NEXT-1", "--title", "the next writer")
    office.sound()
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
    left = [*(office.path / "tmp").iterdir(), *(office.path / "ledger").glob("writing")]
    left += [p for p in world.path.rglob(".*") if p.name.endswith((".making", ".new"))]
    assert not left, left
    if (world.path / REPLY).exists():
        assert json.loads((world.path / REPLY).read_bytes())["format"] == "custody/reply/1"
    if (world.path / PACKAGE).exists():
        assert office.verify(PACKAGE).status in (0, 4)


def all_of(jobs: Iterable[tuple[str, str, int, str]]) -> list[str]:
    """Do many on both cores; what went wrong."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        return [told for told in pool.map(broken, *zip(*jobs, strict=True), chunksize=4) if told]


def cleared(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
