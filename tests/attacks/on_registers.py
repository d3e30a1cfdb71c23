"""Attacks on a register's folder: roll-backs, removals, exchanged journals, links."""

import shutil

from tests.attacks.attack import FOLDER, REFUTED, attack
from tests.attacks.kit import CASE, judge, keep_copy, put_back, take_away
from tests.attacks.stages import staged
from tests.custody.station import EX, Answer, World


@staged
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


# --- links in the register's own places ------------------------------------------


def _linked(name: str, place: str) -> None:
    def play(world: World) -> Answer:
        with_an_event(world)
        there = world.kibra.path / place
        there.parent.mkdir(parents=True, exist_ok=True)
        away = world.path / "away"
        if there.exists():
            shutil.move(there, away)
        else:
            away.mkdir()
        there.symlink_to(away)
        before = {path: path.read_bytes() for path in away.rglob("*") if path.is_file()}
        answer = world.kibra("event", EX, "access-view", "--description", "looked at")
        assert {path: path.read_bytes() for path in away.rglob("*") if path.is_file()} == before
        return answer

    does = f"puts a link in the place of {place}, and waits for the next honest act"
    attack(name=f"a_link_for_{name}", by=FOLDER, does=does, refused="link")(play)


for _name, _place in (
    ("the_journal", "journal"),
    ("all_cases", "cases"),
    ("one_case", f"cases/KIBRA/{CASE}"),
    ("one_chain", f"cases/KIBRA/{EX}"),
    ("the_ledger", "ledger"),
    ("the_leaves", "ledger/leaves"),
    ("the_keys", "people"),
    ("the_revocation_lists", "crls"),
    ("quarantine", "quarantine"),
    ("unfinished_work", "unfinished"),
):
    _linked(_name, _place)


@attack(
    by=FOLDER, does="deletes the whole register", refused="no register",
    undetected="Who deletes the whole register leaves nothing to verify.",
)  # fmt: skip
def the_whole_register_deleted(world: World) -> Answer:
    world.seized()
    shutil.rmtree(world.kibra.path)
    return judge(world, world.kibra, EX)
