"""Attacks on a register's ledger and on single files of its records, by whoever can write the folder."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from manifests import bodies
from manifests.digest import identity
from manifests.shapes import LedgerHead
from tests.attacks.attack import COURIER, FOLDER, INSIDER, REFUTED, UNDETERMINED, attack
from tests.attacks.kit import CASE, Forger, forget_pins, head, judge, key_of, revoke, rewrite_ledger, take_away
from tests.attacks.on_statements import giving
from tests.attacks.stages import staged
from tests.custody.station import EX, Answer, Office, World

OTHER = f"{CASE}/EX-2"


@staged
def two_exhibits(world: World) -> None:
    world.seized()
    world.seized(OTHER)
    world.kibra.ok("event", EX, "incident", "--description", "the seal was torn")


def leaves(office: Office) -> Path:
    return office.path / "ledger" / "leaves"


def on_the_folder(
    name: str, does: str, change: Callable[[Office], None], says: str = "ledger-inconsistent", verdict: str = REFUTED
) -> None:
    """Enter what somebody does to the files of a register with two exhibits; the station looks at the first."""

    def play(world: World) -> Answer:
        two_exhibits(world)
        change(world.kibra)
        return judge(world, world.kibra, EX, "--records-only")

    attack(name=name, by=FOLDER, does=does, verdict=verdict, says=(says,) if says else ())(play)


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Office], None]:
    def rewrite(office: Office) -> None:
        path = leaves(office)
        path.write_bytes(b"".join(each + b"\n" for each in change(path.read_bytes().splitlines())))

    return rewrite


def _other_letter(line: bytes) -> bytes:
    return line[:9] + (b"0" if line[9:10] != b"0" else b"1") + line[10:]


JUNK = b"0" * 64 + b" " + b"1" * 64
on_the_folder("a_line_of_junk", "adds a line of no record to the ledger", lines(lambda old: [*old, JUNK]))
on_the_folder("a_line_that_is_none", "adds a line that is not even one", lines(lambda old: [*old, b"custody was here"]))
on_the_folder("a_line_twice", "writes a line of the ledger twice", lines(lambda old: [*old, old[-1]]))
on_the_folder(
    "a_line_in_the_middle_taken_away", "takes a line out of the middle", lines(lambda old: [*old[:3], *old[4:]])
)
on_the_folder(
    "one_letter_of_a_line",
    "changes one letter of a line",
    lines(lambda old: [*old[:3], _other_letter(old[3]), *old[4:]]),
)
on_the_folder("two_lines_glued", "glues two lines together", lines(lambda old: [*old[:3], old[3] + old[4], *old[5:]]))
on_the_folder("no_lines_at_all", "empties the ledger", lines(lambda old: []))
on_the_folder("no_ledger", "takes the ledger's file away", lambda office: leaves(office).unlink())
on_the_folder(
    "lines_in_another_order", "exchanges two lines of the ledger", lines(lambda old: [old[1], old[0], *old[2:]]),
    "ledger-shorter",
)  # fmt: skip


def _append(line: bytes) -> Callable[[Office], None]:
    def change(office: Office) -> None:
        with leaves(office).open("ab") as file:
            file.write(line)

    return change


@attack(by=FOLDER, does="adds a line of junk, and the officer goes on working", refused="damaged")
def work_goes_on_over_junk(world: World) -> Answer:
    two_exhibits(world)
    _append(JUNK + b"\n")(world.kibra)
    return world.kibra("event", EX, "access-view", "--description", "looked at")


@attack(
    by=FOLDER, does="adds half a line to the ledger, which the next act would be glued to", verdict="CONFIRMED",
    says=("time-unproven",),
)  # fmt: skip
def half_a_line_and_an_honest_act(world: World) -> Answer:
    two_exhibits(world)
    _append(JUNK[:40])(world.kibra)
    world.kibra.ok("event", EX, "access-view", "--description", "looked at")
    return judge(world, world.kibra, EX)


# --- single files --------------------------------------------------------------


def on_a_file(
    name: str, does: str, change: Callable[[Path], object], says: str = "ledger-inconsistent", verdict: str = REFUTED
) -> None:
    """Enter what somebody does in the folder of an exhibit's records."""
    on_the_folder(name, does, lambda office: change(office.chain()) and None, says, verdict)


def _byte(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / name).write_bytes(data)

    return change


def _fifo(folder: Path) -> None:
    (folder / "0002-event.json").unlink()
    os.mkfifo(folder / "0002-event.json")


def _a_folder(folder: Path) -> None:
    (folder / "0002-event.json").unlink()
    (folder / "0002-event.json").mkdir()


def _second(folder: Path) -> None:
    for end in ("", ".p7s"):
        shutil.copy(folder / f"0002-event.json{end}", folder / f"0002-seal.json{end}")


on_a_file("one_bit_of_a_record", "changes one bit of a record", _byte("0002-event.json"), "")
on_a_file("one_bit_of_a_signature", "changes one bit of a signature", _byte("0002-event.json.p7s"), "signature-broken")
on_a_file(
    "a_signature_taken_away", "takes a signature away", lambda folder: (folder / "0002-event.json.p7s").unlink(),
    "signature-missing",
)  # fmt: skip
on_a_file(
    "a_signature_of_another_record", "puts the signature of one record beside another",
    lambda folder: shutil.copy(folder / "0001-seizure.json.p7s", folder / "0002-event.json.p7s"), "signature-broken",
)  # fmt: skip
on_a_file(
    "the_first_record_taken_away", "takes the seizure away", lambda folder: (folder / "0001-seizure.json").unlink(), ""
)
on_a_file(
    "a_record_under_another_number", "gives a record another number",
    lambda folder: (folder / "0002-event.json").rename(folder / "0003-event.json"), "file-misnamed",
)  # fmt: skip
on_a_file("a_record_under_two_names", "puts a record there twice, under two names", _second, "")
on_a_file(
    "an_empty_record", "empties a record", lambda folder: (folder / "0002-event.json").write_bytes(b""),
    "record-malformed",
)  # fmt: skip
on_a_file(
    "a_record_of_brackets", "puts a hundred thousand brackets in the place of a record",
    lambda folder: (folder / "0002-event.json").write_bytes(b"[" * 100_000), "record-malformed",
)  # fmt: skip
on_a_file(
    "the_records_of_another_exhibit", "puts the records of one exhibit in the folder of another",
    lambda folder: (shutil.rmtree(folder), shutil.copytree(folder.parent / "EX-2", folder)), "",
)  # fmt: skip
on_the_folder(
    "all_records_of_another_taken_away", "takes all records of an exhibit away; the station looks at another",
    lambda office: shutil.rmtree(office.chain(OTHER)),
)  # fmt: skip


@attack(by=FOLDER, does="puts a pipe in the place of a record, that nobody writes to", refused="not an ordinary file")
def a_pipe_for_a_record(world: World) -> Answer:
    two_exhibits(world)
    _fifo(world.kibra.chain())
    return judge(world, world.kibra, EX)


@attack(by=FOLDER, does="puts a folder in the place of a record", refused="not an ordinary file")
def a_folder_for_a_record(world: World) -> Answer:
    two_exhibits(world)
    _a_folder(world.kibra.chain())
    return judge(world, world.kibra, EX)


# --- heads and journals ---------------------------------------------------------


@attack(
    by=INSIDER, does="releases twice; the second release says that the ledger is shorter than the first said",
    verdict=REFUTED, says=("ledger-inconsistent",),
)  # fmt: skip
def heads_that_shrink(world: World) -> Answer:
    world.seized()
    forger = Forger(office=world.kibra, officer=key_of(world.kibra, "112233"))
    pen = forger.pen(f"KIBRA:{EX}")
    size = head(world.kibra).size
    forger.write(pen, giving(world, ledger=LedgerHead(size=size + 90, root=identity(b"a longer ledger"))))
    forger.plant(pen, line=False)
    forger.write(pen, bodies.Recall(release=pen.head.digest, because="never-sent"))
    forger.plant(pen, line=False)
    forger.write(pen, giving(world, ledger=LedgerHead(size=size + 80, root=identity(b"a shorter one"))))
    forger.plant(pen, line=False)
    package = world.path / "usb" / "package"
    shutil.copytree(world.kibra.chain(), package / "custody" / "chains" / "KIBRA" / EX)
    (package / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    (package / "data").mkdir()
    from tests.attacks.kit import rebuild_bag

    rebuild_bag(package)
    return judge(world, world.lab, package)


@attack(
    by=FOLDER, does="takes a revocation away, with its line, on a computer that saw it", verdict=REFUTED,
    says=("ledger-shorter",),
)  # fmt: skip
def a_revocation_taken_away(world: World) -> Answer:
    world.seized()
    before = len(list((world.kibra.path / "journal").glob("*.json")))
    revoke(world.kibra, "445566")
    take_away(world.kibra, f"journal/{before + 1:04d}-")
    rewrite_ledger(world.kibra)
    return judge(world, world.kibra, EX)


@attack(
    by=FOLDER, does="takes a revocation away, with its line, unseen by any computer or release",
    verdict="CONFIRMED",
    undetected="Not noticed without a pin: a record at the very end, a revocation for example, whose line is gone too,",
)  # fmt: skip
def a_revocation_taken_away_unseen(world: World) -> Answer:
    world.seized()
    before = len(list((world.kibra.path / "journal").glob("*.json")))
    revoke(world.kibra, "445566")
    take_away(world.kibra, f"journal/{before + 1:04d}-")
    rewrite_ledger(world.kibra)
    forget_pins(world)
    return judge(world, world.kibra, EX, "--anchor", world.kibra.card)


@attack(
    by=FOLDER, does="takes a revocation away, with its line, and the exhibit was released after it",
    verdict=REFUTED, says=("ledger-inconsistent",)
)  # fmt: skip
def a_revocation_taken_away_before_a_release(world: World) -> Answer:
    world.seized()
    before = len(list((world.kibra.path / "journal").glob("*.json")))
    revoke(world.kibra, "445566")
    world.released()
    take_away(world.kibra, f"journal/{before + 1:04d}-")
    rewrite_ledger(world.kibra)
    forget_pins(world)
    return judge(world, world.kibra, EX, "--anchor", world.kibra.card)


@attack(
    by=COURIER, does="takes an exhibit's records out of a package", verdict=UNDETERMINED, says=("nothing-found",),
)  # fmt: skip
def records_taken_out_of_a_package(world: World) -> Answer:
    world.seized()
    package = world.released()
    shutil.rmtree(package / "custody" / "chains" / "KIBRA" / EX)
    (package / "custody" / "chains" / "KIBRA" / EX).mkdir()
    return judge(world, world.lab, package)


@attack(
    by=FOLDER, does="leads an officer to sign with an audit over a ledger that was rolled back", refused=""
)  # fmt: skip
def an_audit_over_a_broken_register(world: World) -> Answer:
    world.sealed()
    store = world.path / "store" / CASE
    store.mkdir(parents=True)
    shutil.copytree(world.media, store / "EX-1")
    before = world.kibra.names()
    lines(lambda old: [*old, JUNK])(world.kibra)
    answer = world.kibra("audit", world.path / "store", "--every", "0")
    assert world.kibra.names() == before, answer
    return answer
