"""Attacks on what is handed over: by the courier, by the sender, by other agencies."""

import json
import shutil
from pathlib import Path

from manifests import bodies
from manifests.cards import print_reply
from tests.attacks.attack import AGENCY, COURIER, INSIDER, REFUTED, UNDETERMINED, attack
from tests.attacks.kit import (
    CASE,
    Forger,
    forget_pins,
    fork,
    judge,
    key_of,
    rebuild_bag,
    register_id,
    rewrite_ledger,
    second_register,
)  # fmt: skip
from tests.attacks.stages import staged
from tests.custody.station import EX, Answer, Office, World

LIST = "0002-manifest.entries.jsonl"
OTHER = f"{CASE}/EX-4"


def release(office: Office, *exhibits: str, out: str = "usb", more: tuple[str, ...] = ()) -> Path:
    """Release exhibits to LAB; the package."""
    (office.world.path / out).mkdir(exist_ok=True)
    words = ["release", *exhibits, "--to", "LAB", "--purpose", "x", "--out", str(office.world.path / out), *more]
    return Path(office.ok("--json", *words).json["package"])


@attack(
    by=INSIDER, does="goes back to an older copy and releases a second time, without the incident in between",
    verdict=REFUTED, says=("fork",),
)  # fmt: skip
def a_second_release_without_the_incident(world: World) -> Answer:
    world.seized()
    copy = fork(world.kibra)
    world.kibra.ok("event", EX, "incident", "--description", "the seal was torn")
    world.lab.ok("receive", release(world.kibra, EX), "--receipt", world.path / "r.json")
    return judge(world, world.lab, release(copy, EX, out="second"))


@attack(
    by=COURIER, does="brings the first of two packages, after the station took back what was in it",
    verdict=UNDETERMINED, says=("older-than-here",),
)  # fmt: skip
def an_old_package_again(world: World) -> Answer:
    package = world.sent()
    world.kibra.ok("recall", EX, "--because", "never-sent")
    second = release(world.kibra, EX, out="second", more=("--media", f"{EX}={world.media}"))
    world.lab.ok("receive", second, "--receipt", world.path / "r.json")
    return judge(world, world.lab, package)


@attack(
    by=COURIER, does="takes one of two exhibits out of a package, records and all, and builds the bag anew",
    verdict=UNDETERMINED, says=("exhibit-not-carried",),
)  # fmt: skip
def an_exhibit_taken_out_on_the_way(world: World) -> Answer:
    world.seized()
    world.seized(OTHER)
    package = release(world.kibra, EX, OTHER)
    shutil.rmtree(package / "custody" / "chains" / "KIBRA" / OTHER)
    rebuild_bag(package)
    return judge(world, world.lab, package)


@attack(
    by=COURIER,
    does="takes one of two exhibits out of a package, and the laboratory receives without looking",
    refused="exhibit-not-carried",
)
def an_exhibit_taken_out_and_received(world: World) -> Answer:
    world.seized()
    world.seized(OTHER)
    package = release(world.kibra, EX, OTHER)
    shutil.rmtree(package / "custody" / "chains" / "KIBRA" / OTHER)
    rebuild_bag(package)
    return world.lab("receive", package, "--receipt", world.path / "r.json")


@staged
def derived(world: World) -> Path:
    """An exhibit that LAB derived from the station's card, on the way to the court."""
    world.handed_over()
    copy = "KBR-2026-0042/EX-1-COPY"
    world.lab.ok("case", "open", CASE, "--title", "the same phone")
    world.lab.ok("derive", copy, "--from", f"KIBRA:{EX}", "--how", "copy", "--description", "a copy")
    world.lab.ok("seal", copy, world.media, "--no-describe")
    words = ["release", copy, "--to", "COURT", "--purpose", "trial", "--out", world.path / "usb"]
    return Path(world.lab.ok("--json", *words, "--media", f"{copy}={world.media}").json["package"])


@attack(
    by=COURIER, does="changes one letter in the list of the exhibit that this one was derived from",
    refused="entries-changed",
)  # fmt: skip
def a_parents_list_changed(world: World) -> Answer:
    package = derived(world)
    (listed,) = (package / "custody" / "chains" / "KIBRA" / EX).glob("*.disclosed.jsonl")
    data = listed.read_bytes()
    listed.write_bytes(data.replace(data[9:10], b"0" if data[9:10] != b"0" else b"1", 1))
    rebuild_bag(package)
    return world.court("receive", package, "--receipt", world.path / "r.json")


@attack(by=COURIER, does="changes one letter in a list of what was sealed", refused="entries-changed")
def a_list_changed(world: World) -> Answer:
    package = world.sent()
    (listed,) = (package / "custody" / "chains" / "KIBRA" / EX).glob("*.entries.jsonl")
    listed.write_bytes(listed.read_bytes().replace(b"DCIM", b"DICM", 1))
    rebuild_bag(package)
    return world.lab("receive", package, "--receipt", world.path / "r.json")


@attack(
    by=INSIDER, does="revoked, releases from an older copy with the old key; the station verifies the package",
    verdict=REFUTED, says=("certificate-revoked",),
)  # fmt: skip
def a_package_made_with_a_revoked_key(world: World) -> Answer:
    world.kibra.ok(
        "seize", EX, "--description", "a phone", "--place", "here", "--authority", "warrant:E1/2026", by="445566"
    )
    copy = fork(world.kibra)
    world.kibra.ok("people", "revoke", "445566", "--reason", "dismissed")
    world.kibra.ok("takeover", EX, "--because", "dismissed", "--witness", "112233", by="900100")
    (world.path / "second").mkdir()
    words = ["release", EX, "--to", "LAB", "--purpose", "x", "--out", str(world.path / "second")]
    package = Path(copy.ok("--json", *words, by="445566").json["package"])
    return judge(world, world.kibra, package)


@attack(
    by=AGENCY, does="the court's clerk, who never had the exhibit, sends a record for its chain as a reply",
    verdict="CONFIRMED", says=("stray-record",),
)  # fmt: skip
def a_clerk_without_the_pen(world: World) -> Answer:
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1")
    clerk = Forger(office=world.court, officer=key_of(world.court, "31"))
    pen = Forger(office=world.kibra, officer=clerk.officer).pen(f"KIBRA:{EX}", upto=1)
    made = clerk.write(pen, bodies.Event(word="incident", description="never happened"))
    base = f"chains/KIBRA/{EX}/{made.name}"
    reply = world.path / "reply.json"
    reply.write_bytes(print_reply({base: made.record, f"{base}.p7s": made.signature or b""}))
    world.kibra("acknowledge", reply)
    return judge(world, world.kibra, EX)


@attack(
    by=INSIDER, does="exchanges the journal for that of another register of the agency, and makes the lines fit",
    verdict=UNDETERMINED, says=("not-received",),
)  # fmt: skip
def a_journal_of_another_register(world: World) -> Answer:
    world.seized()
    field = second_register(world)
    shutil.rmtree(world.kibra.path / "journal")
    shutil.copytree(field.path / "journal", world.kibra.path / "journal")
    rewrite_ledger(world.kibra)
    forget_pins(world)
    assert register_id(world.kibra) != json.loads((world.kibra.chain() / "0001-seizure.json").read_bytes())["by"]
    return judge(world, world.kibra, EX, "--anchor", str(world.kibra.card))
