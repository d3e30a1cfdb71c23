"""Interruptions, repetitions and two at once."""

import shutil
import threading
from collections.abc import Iterator

from tests.custody.breaking import break_at
from tests.custody.station import CASE, EX, Answer, World
from tests.honest.situation import UNDETERMINED, honest, judge

FACTS = ("--description", "a phone", "--place", "the market", "--authority", "warrant:E1/2026")
FELL = ("incident", "--description", "fell down")


def killed(world: World, *words: object) -> None:
    """The act is killed at one step after another, until it is done."""
    for step in range(4, 400, 9):
        answer = world.kibra(*words, before=break_at(step, "killed"))
        if answer.status == 0:
            return
        assert answer.status == -9, answer
    raise AssertionError("it never ended")


@honest(happens="The power fails while a seizure is recorded, again and again; the same command is typed each time.")
def killed_while_seizing(world: World) -> Iterator[Answer]:
    killed(world, "seize", EX, *FACTS)
    world.kibra.ok("seize", EX, *FACTS)
    yield judge(world, world.kibra, EX)


@honest(happens="The power fails while contents are sealed, again and again.")
def killed_while_sealing(world: World) -> Iterator[Answer]:
    world.seized()
    killed(world, "seal", EX, world.media, "--no-describe")
    world.kibra("seal", EX, world.media, "--no-describe")
    yield judge(world, world.kibra, EX, "--media", world.media)


@honest(
    happens="The power fails between a record and its line in the ledger.", verdict=UNDETERMINED,
    says=("commit-unfinished",), way_out="docs/sop/36-interrupted-or-something-missing.md",
)  # fmt: skip
def killed_before_the_line(world: World) -> Iterator[Answer]:
    world.seized()
    before, record = len(world.kibra.leaves()), world.kibra.chain() / "0002-event.json"
    for step in range(1, 80):
        world.kibra("event", EX, *FELL, before=break_at(step, "killed"))
        if record.exists():
            break
    assert len(world.kibra.leaves()) == before
    yield judge(world, world.kibra, EX)
    world.kibra.ok("event", EX, *FELL)
    yield judge(world, world.kibra, EX)


@honest(
    happens="A copy of the register was made in the middle of an act: the ledger's last line is torn.",
    verdict=UNDETERMINED, says=("commit-unfinished",), way_out="docs/sop/36-interrupted-or-something-missing.md",
)  # fmt: skip
def a_torn_last_line(world: World) -> Iterator[Answer]:
    world.seized()
    world.kibra.ok("event", EX, *FELL)
    leaves = world.kibra.path / "ledger" / "leaves"
    leaves.write_bytes(leaves.read_bytes()[:-30])
    shutil.rmtree(world.path / "settings")
    yield judge(world, world.kibra, EX, "--anchor", world.kibra.card)
    world.kibra.ok("event", EX, "access-view", "--description", "looked at")
    yield judge(world, world.kibra, EX, "--anchor", world.kibra.card)


@honest(happens="The same command is typed twice.")
def typed_twice(world: World) -> Iterator[Answer]:
    for _ in range(2):
        world.kibra.ok("seize", EX, *FACTS)
        world.kibra.ok("seal", EX, "--bag", "B-1")
        world.kibra.ok("event", EX, *FELL)
    assert len(world.kibra.kinds()) == 3
    yield judge(world, world.kibra)


@honest(happens="Two officers work on one exhibit at the same moment.")
def two_officers_at_once(world: World) -> Iterator[Answer]:
    world.seized()
    commands = [
        world.kibra.words(("event", EX, "access-view", "--description", f"looked at by {who}"), who, passphrases=True)
        for who in ("112233", "445566", "900100")
    ]
    running = [threading.Thread(target=world.start, args=words) for words in commands]
    for each in running:
        each.start()
    for each in running:
        each.join()
    assert len(world.kibra.kinds()) == 4
    yield judge(world, world.kibra)


@honest(happens="A colleague verifies while another writes.")
def a_reader_beside_a_writer(world: World) -> Iterator[Answer]:
    world.seized()
    answers: list[Answer] = []
    reader = threading.Thread(target=lambda: answers.extend(judge(world, world.kibra) for _ in range(2)))
    reader.start()
    for number in range(6):
        world.kibra.ok("event", EX, "access-view", "--description", f"looked at, {number}")
    reader.join()
    yield from answers


@honest(happens="Sealing is interrupted by hand, and gone on with.")
def interrupted_and_resumed(world: World) -> Iterator[Answer]:
    world.seized()
    answer = world.kibra("seal", EX, world.media, "--no-describe", before=break_at(14, "interrupted"))
    assert answer.status != 0, answer
    world.kibra.ok("seal", EX, world.media, "--no-describe", "--resume")
    yield judge(world, world.kibra, EX, "--media", world.media)


@honest(happens="The disk is full while a package is made; the release is made on another stick.")
def a_full_stick(world: World) -> Iterator[Answer]:
    world.sealed()
    words = ["release", EX, "--to", "LAB", "--purpose", "x", "--media", world.media]
    (world.path / "other").mkdir()
    for step in (30, 60):
        world.kibra(*words, "--out", world.path / "usb", before=break_at(step, "disk full"))
    made = world.kibra.ok("--json", *words, "--out", world.path / "other").json["package"]
    yield judge(world, world.lab, made)
    world.lab.ok("receive", made, "--receipt", "r.json")


@honest(happens="A receipt is killed in the middle, and repeated.")
def killed_while_receiving(world: World) -> Iterator[Answer]:
    package = world.sent_in_a_bag()
    for step in range(4, 400, 12):
        words = ("receive", package, "--seal", "B-1", "--receipt", world.path / f"r-{step}.json")
        if world.lab(*words, before=break_at(step, "killed")).status == 0:
            break
    world.lab.ok("receive", package, "--seal", "B-1", "--receipt", "last.json")
    world.kibra.ok("acknowledge", "last.json")
    yield judge(world, world.lab, EX)
    yield judge(world, world.kibra, f"{CASE}/EX-1")
