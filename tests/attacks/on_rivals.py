"""Attacks by contradiction: second histories, strays, replies that are not what they say."""

import json
import shutil
from pathlib import Path

from manifests import bodies
from manifests.cards import print_reply
from tests.attacks.attack import AGENCY, COURIER, INSIDER, REFUTED, UNDETERMINED, attack
from tests.attacks.kit import CASE, Forger, fork, head, judge, key_of, put, register_name, revoke, second_register
from tests.attacks.on_statements import taking
from tests.custody.station import EX, Answer, Office, World
from tests.vectors.pen import Pen

INCIDENT = bodies.Event(word="incident", description="never happened")


def reply(world: World, pen: Pen, first: int, name: str = "odd.json") -> Path:
    """Records of a pen, from one position on, as a reply."""
    files: dict[str, bytes] = {}
    for _, made in pen.written[first - 1 :]:
        base = f"chains/{pen.chain.replace(':', '/')}/{made.name}"
        files |= {base: made.record, f"{base}.p7s": made.signature or b""}
    path = world.path / name
    path.write_bytes(print_reply(files))
    return path


def written(world: World, office: Office, who: str, upto: int, body: bodies.Body) -> Pen:
    """KIBRA's exhibit up to a position, and then a record of somebody."""
    forger = Forger(office=office, officer=key_of(office, who))
    pen = Forger(office=world.kibra, officer=forger.officer).pen(f"KIBRA:{EX}", upto)
    forger.write(pen, body)
    return pen


@attack(
    by=AGENCY, does="sends twenty records that cannot stand, to fill the station's disk", verdict="CONFIRMED",
    says=("stray-record",),
)  # fmt: skip
def twenty_strays(world: World) -> Answer:
    world.seized()
    world.kibra.ok("event", EX, "access-view", "--description", "looked at")
    for number in range(20):
        body = bodies.Event(word="incident", description=f"never happened, {number}")
        world.kibra("acknowledge", reply(world, written(world, world.court, "31", 1, body), 2, f"odd-{number}.json"))
    assert len(list((world.kibra.path / "quarantine").rglob("*.json"))) <= 16
    return judge(world, world.kibra, EX)


@attack(
    by=AGENCY, does="puts a record of a clerk without a say into the package of another", verdict="CONFIRMED",
    says=("stray-record",),
)  # fmt: skip
def a_stray_in_a_package(world: World) -> Answer:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--seal", "B-1", "--receipt", world.path / "r.json")
    folder = package / "custody" / "chains" / "KIBRA" / EX
    for path in [*folder.glob("0002-*"), *folder.glob("0003-*")]:
        path.unlink()
    put(folder, written(world, world.court, "31", 1, INCIDENT).files[-1])
    world.lab("receive", package, "--receipt", world.path / "again.json")
    return judge(world, world.lab, EX, "--records-only")


@attack(
    by=COURIER, does="brings an empty file under the receipt's name first, to keep the true receipt out",
    verdict=UNDETERMINED, says=("hand-over-contested",),
)  # fmt: skip
def an_empty_receipt_first(world: World) -> Answer:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--seal", "B-1", "--receipt", world.path / "true.json")
    world.kibra.ok("recall", EX, "--because", "lost")
    (world.path / "empty.json").write_bytes(print_reply({f"chains/KIBRA/{EX}/0004-receipt.json": b"{}"}))
    world.kibra("acknowledge", world.path / "empty.json")
    world.kibra("acknowledge", world.path / "true.json")
    return judge(world, world.kibra, EX)


@attack(
    by=INSIDER, does="takes back as never sent what the laboratory received", verdict=UNDETERMINED,
    says=("hand-over-contested",),
)  # fmt: skip
def recalled_though_received(world: World) -> Answer:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--seal", "B-1", "--receipt", world.path / "true.json")
    world.kibra.ok("recall", EX, "--because", "never-sent")
    world.kibra("acknowledge", world.path / "true.json")
    return judge(world, world.kibra, EX)


@attack(
    by=INSIDER, does="releases what is contested", refused="hand-over-contested",
)  # fmt: skip
def released_though_contested(world: World) -> Answer:
    recalled_though_received(world)
    return world.kibra("release", EX, "--to", "COURT", "--purpose", "x", "--out", world.path / "usb")


@attack(
    by=INSIDER, does="releases to the laboratory, and from a copy of the register to the court; both sign",
    verdict=REFUTED, says=("fork",),
)  # fmt: skip
def released_to_two(world: World) -> Answer:
    world.seized()
    copy = fork(world.kibra)
    world.lab.ok("receive", world.released(), "--receipt", world.path / "lab.json")
    (world.path / "second").mkdir()
    words = ["release", EX, "--to", "COURT", "--purpose", "x", "--out", str(world.path / "second")]
    other = Path(copy.ok("--json", *words).json["package"])
    world.court.ok("receive", other, "--receipt", world.path / "court.json")
    world.kibra("acknowledge", world.path / "court.json")
    return judge(world, world.kibra, EX)


@attack(
    by=INSIDER, does="gives two agencies two histories; a prosecutor without a register compares the packages",
    verdict="CONFIRMED", says=("in-transit",),
    undetected="Who sees only one of two histories sees nothing of the other:",
)  # fmt: skip
def two_histories_seen_apart(world: World) -> Answer:
    world.seized()
    copy = fork(world.kibra)
    world.released()
    (world.path / "second").mkdir()
    words = ["release", EX, "--to", "COURT", "--purpose", "x", "--out", str(world.path / "second")]
    return judge(world, world.court, Path(copy.ok("--json", *words).json["package"]))


@attack(
    by=INSIDER, does="revoked, contradicts the chain with the old key, and sends it as a reply", verdict=UNDETERMINED,
    says=("certificate-revoked",),
)  # fmt: skip
def a_rival_of_a_revoked_key(world: World) -> Answer:
    world.seized()
    world.kibra.ok("event", EX, "access-view", "--description", "looked at")
    kept = key_of(world.kibra, "445566")
    revoke(world.kibra, "445566")
    forger = Forger(office=world.kibra, officer=kept)
    pen = forger.pen(f"KIBRA:{EX}", 1)
    forger.write(pen, INCIDENT)
    world.kibra("acknowledge", reply(world, pen, 2))
    return judge(world, world.kibra, EX)


@attack(by=COURIER, does="sends a reply whose names lead out of the register", refused="no receipt and no refusal")
def a_reply_that_leads_elsewhere(world: World) -> Answer:
    world.seized()
    files = {f"chains/KIBRA/{CASE}/../../../../people/root.crt": b"another", "../../escaped.json": b"{}"}
    odd = {"format": "custody/reply/1", "files": [{"name": name, "content": "e30="} for name in files]}
    (world.path / "odd.json").write_text(json.dumps(odd, indent=2) + "\n")
    before = sorted(world.path.rglob("*"))
    answer = world.kibra("acknowledge", world.path / "odd.json")
    assert sorted(path for path in world.path.rglob("*") if path.suffix != ".db") == [
        path for path in before if path.suffix != ".db"
    ]
    return answer


@attack(
    by=COURIER, does="changes one letter of a receipt on its way back", refused="signature",
)  # fmt: skip
def a_receipt_changed_on_the_way(world: World) -> Answer:
    world.lab.ok("receive", world.sent_in_a_bag(), "--seal", "B-1", "--receipt", world.path / "true.json")
    made = json.loads((world.path / "true.json").read_bytes())
    import base64

    for each in made["files"]:
        if each["name"].endswith("-receipt.json"):
            data = base64.b64decode(each["content"]).replace(b"Mary", b"Many")
            each["content"] = base64.b64encode(data).decode()
    (world.path / "true.json").write_text(json.dumps(made, indent=2) + "\n")
    return world.kibra("acknowledge", world.path / "true.json")


@attack(
    by=AGENCY, does="the laboratory refuses in its journal, and signs for it all the same", verdict=REFUTED,
    says=("statement-contradicted",),
)  # fmt: skip
def refused_and_received(world: World) -> Answer:
    package = world.sent_in_a_bag()
    forger = Forger(office=world.lab, officer=key_of(world.lab, "7001"))
    pen = Forger(office=world.kibra, officer=forger.officer).pen(f"KIBRA:{EX}")
    journal = forger.pen(register_name(world.lab))
    release = pen.head.digest
    forger.write(journal, bodies.Refusal(exhibit=f"KIBRA:{EX}", release=release, position=len(pen.written)))
    forger.plant(journal)
    world.lab("receive", package, "--seal", "B-1", "--receipt", world.path / "r.json")
    if not world.lab.chain().is_dir():  # the tool itself refuses: by hand then
        shutil.copytree(world.kibra.chain(), world.lab.chain())
        from tests.attacks.kit import rewrite_ledger

        forger.write(pen, taking(world, pen, ledger=head(world.lab)))
        put(world.lab.chain(), pen.files[-1])
        rewrite_ledger(world.lab)
    return judge(world, world.lab, EX, "--records-only")


@attack(
    by=INSIDER, does="recalls as refused, with a refusal of another agency beside it", verdict=REFUTED,
    says=("statement-contradicted",),
)  # fmt: skip
def a_refusal_by_another_agency(world: World) -> Answer:
    world.sent_in_a_bag()
    court = Forger(office=world.court, officer=key_of(world.court, "31"))
    journal = court.pen(register_name(world.court))
    forger = Forger(office=world.kibra, officer=key_of(world.kibra, "112233"))
    pen = forger.pen(f"KIBRA:{EX}")
    release = pen.head.digest
    no = court.write(journal, bodies.Refusal(exhibit=f"KIBRA:{EX}", release=release, position=len(pen.written)))
    refusal = journal.head.digest
    forger.write(pen, bodies.Recall(release=release, because="refused", refusal=refusal))
    path = forger.plant(pen)
    beside = path.with_name(path.name.removesuffix(".json") + ".refusal.json")
    beside.write_bytes(no.record)
    beside.with_name(beside.name + ".p7s").write_bytes(no.signature or b"")
    return judge(world, world.kibra, EX)


@attack(
    by=INSIDER, does="opens an exhibit of the same name in a second register, and releases both", verdict=UNDETERMINED,
    says=("name-collision",),
)  # fmt: skip
def one_name_in_two_registers(world: World) -> Answer:
    world.seized()
    field = second_register(world)
    field.ok("case", "open", CASE, "--title", "the same case")
    facts = ("--description", "another phone", "--place", "a field", "--authority", "warrant:E1/2026")
    field.ok("seize", EX, *facts)
    world.lab.ok("receive", world.released(), "--receipt", world.path / "r.json")
    (world.path / "second").mkdir()
    words = ["release", EX, "--to", "LAB", "--purpose", "x", "--out", str(world.path / "second")]
    lab = world.lab
    fingerprint = lab.ok("--json", "agency", "card").json["fingerprint"]
    field.ok("trust", "add", lab.card, "--fingerprint", fingerprint)
    other = Path(field.ok("--json", *words).json["package"])
    lab("receive", other, "--receipt", world.path / "s.json")
    return judge(world, lab, EX, "--records-only")
