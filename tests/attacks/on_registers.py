"""Attacks on a register's folder: roll-backs, removals, exchanged journals, links."""

import shutil

from tests.attacks.attack import FOLDER, REFUTED, attack
from tests.attacks.kit import CASE, judge, keep_copy, put_back, take_away
from tests.custody.station import EX, Answer, World


def with_an_event(world: World) -> None:
    world.seized()
    world.kibra.ok("event", EX, "incident", "--description", "the seal was torn")


@attack(by=FOLDER, does="puts back a copy from before an event", verdict=REFUTED, says=("ledger-shorter",))
def rolled_back(world: World) -> Answer:
    world.seized()
    copy = keep_copy(world.kibra)
    world.kibra.ok("event", EX, "incident", "--description", "the seal was torn")
    put_back(world.kibra, copy)
    return judge(world, world.kibra, EX)


@attack(by=FOLDER, does="puts back a copy, and the officer releases", refused="is damaged")
def release_over_a_register_rolled_back(world: World) -> Answer:
    world.seized()
    copy = keep_copy(world.kibra)
    world.kibra.ok("event", EX, "incident", "--description", "the seal was torn")
    put_back(world.kibra, copy)
    return world.kibra("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb")


@attack(
    by=FOLDER, does="takes the last record away, and puts any other file of a record's name elsewhere",
    verdict=REFUTED, says=("ledger-inconsistent",),
)  # fmt: skip
def a_removed_record_and_a_file_in_its_place(world: World) -> Answer:
    world.seized(f"{CASE}/EX-2")
    with_an_event(world)
    take_away(world.kibra, "0002")
    (world.kibra.chain(f"{CASE}/EX-2") / "9999-x.json").write_text("{}")
    return judge(world, world.kibra, EX)


@attack(by=FOLDER, does="takes the last record away, and its line stays; the officer releases", refused="is damaged")
def release_after_a_removal(world: World) -> Answer:
    with_an_event(world)
    take_away(world.kibra, "0002")
    return world.kibra("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb")


@attack(
    by=FOLDER, does="takes a record and its line away, on a computer that saw them",
    verdict=REFUTED, says=("ledger-shorter",),
)  # fmt: skip
def a_record_removed_with_its_line(world: World) -> Answer:
    with_an_event(world)
    take_away(world.kibra, "0002", line=True)
    return judge(world, world.kibra, EX)


@attack(
    by=FOLDER, does="makes tmp a link to a folder of evidence, and waits for the next honest act",
    refused="link",
)  # fmt: skip
def tmp_is_a_link_to_evidence(world: World) -> Answer:
    world.seized()
    shutil.rmtree(world.kibra.path / "tmp")
    (world.kibra.path / "tmp").symlink_to(world.media)
    before = sorted(path.name for path in world.media.rglob("*"))
    answer = world.kibra("event", EX, "access-view", "--description", "looked at")
    assert sorted(path.name for path in world.media.rglob("*")) == before
    return answer
