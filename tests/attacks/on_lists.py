"""Attacks by an officer with a key of the own: lists of contents that break their own rules, or lie."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from hashing.items import PIECE_SIZE, Item, Pieces
from manifests import bodies
from manifests.cards import b64
from tests.attacks.attack import ADMINISTRATOR, COURIER, INSIDER, REFUTED, attack
from tests.attacks.kit import CASE, Forger, append_line, judge, key_of, put, rebuild_bag, register_name
from tests.custody.station import EX, Answer, World
from tests.hashing.loops import loop
from tests.vectors.pen import Pen
from tests.vectors.things import item, large

A, BIG = b"what the list says", b"what the pieces say" * 1_000_000


def listed(world: World, *items: Item, **changed: object) -> Pen:
    """A manifest of these items in the station's register, signed by its officer; there is no such reading."""
    world.seized()
    forger = Forger(office=world.kibra, officer=key_of(world.kibra, "112233"))
    pen = forger.pen(f"KIBRA:{EX}")
    pen.measure(forger.officer, *items, **changed)
    record, made = pen.written[-1]
    put(world.kibra.chain(), made)
    for name, data in pen.sidecars.items():
        (world.kibra.chain() / name).write_bytes(data)
    append_line(world.kibra, record, made)
    return pen


def holding(world: World, **files: bytes) -> Path:
    folder = world.path / "held"
    folder.mkdir()
    for name, data in files.items():
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def invents(name: str, does: str, items: Callable[[], list[Item]]) -> None:
    """Enter a list that no reading can have made: `a.txt` is there, all else is invented."""

    def play(world: World) -> Answer:
        listed(world, item("a.txt", A), *items())
        return judge(world, world.kibra, EX, "--media", holding(world, a_txt=A))

    attack(name=name, by=INSIDER, does=does, verdict=REFUTED, says=("entries-changed",))(play)


invents(
    "a_photograph_that_was_never_there", "lists a photograph as if it were the media inside a text file",
    lambda: [item("guilty.jpg", b"guilty", decoded="ewf", segments=(1,))],
)  # fmt: skip
invents(
    "a_disk_inside_a_text_file", "lists a disk of a terabyte inside a text file",
    lambda: [item("a.txt/[media]", b"a disk", size=1 << 40, decoded="ewf", segments=(1,))],
)  # fmt: skip
invents(
    "a_disk_of_no_parts", "lists media of an image that has no parts",
    lambda: [item("b.E01/[media]", b"a disk", decoded="ewf", segments=())],
)  # fmt: skip


@attack(
    by=INSIDER, does="lists one file by the digest of another, and its pieces by its own", verdict=REFUTED,
    says=("content-changed",),
)  # fmt: skip
def two_files_in_one_entry(world: World) -> Answer:
    listed(world, _both())
    return judge(world, world.kibra, EX, "--media", holding(world, a_txt=BIG))


def _both() -> Item:
    """The digest of one large file, the pieces of another of the same size."""
    from blake3 import blake3

    pieces = (BIG[at : at + PIECE_SIZE] for at in range(0, len(BIG), PIECE_SIZE))
    digests = b"".join(blake3(piece).digest() for piece in pieces)
    return item("a.txt", A + BIG[len(A) :], pieces=Pieces(size=PIECE_SIZE, digests=digests))


@attack(
    by=INSIDER, does="lists one file by the digest of another; somebody looks at the pieces only", verdict="CONFIRMED",
    undetected="A quick check believes the signer that digest and pieces are of one file:",
)  # fmt: skip
def two_files_in_one_entry_looked_at_quickly(world: World) -> Answer:
    listed(world, _both())
    return judge(world, world.kibra, EX, "--media", holding(world, a_txt=BIG), "--quick")


@attack(
    by=INSIDER, does="lists one file by the digest of another, looks at the pieces only, and releases on that",
    refused="",
)  # fmt: skip
def released_on_a_quick_look(world: World) -> Answer:
    listed(world, _both())
    folder = holding(world, a_txt=BIG)
    world.kibra("verify", EX, "--media", folder, "--quick", "--record")
    words = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb", "--media-apart")
    answer = world.kibra(*words)
    assert answer.status not in (0, 1), answer
    return Answer(5, answer.out, answer.err) if answer.status == 2 else answer


@attack(
    by=INSIDER, does="changes the list of pieces beside the record", verdict=REFUTED, says=("entries-changed",)
)  # fmt: skip
def pieces_changed(world: World) -> Answer:
    listed(world, large("a.txt", A))
    (path,) = world.kibra.chain().glob("*.pieces.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"offset":0', b'"offset":1'))
    return judge(world, world.kibra, EX, "--media", holding(world, a_txt=A))


@attack(
    by=INSIDER, does="signs a list that counts more items than it has", verdict=REFUTED,
    says=("statement-contradicted",),
)  # fmt: skip
def more_items_than_there_are(world: World) -> Answer:
    listed(world, item("a.txt", A), items=5)
    return judge(world, world.kibra, EX, "--media", holding(world, a_txt=A))


@attack(
    by=INSIDER, does="lists a file that never was, with an honest form", verdict=REFUTED, says=("content-missing",)
)  # fmt: skip
def a_file_that_never_was(world: World) -> Answer:
    listed(world, item("a.txt", A), item("guilty.jpg", b"guilty"))
    return judge(world, world.kibra, EX, "--media", holding(world, a_txt=A))


# --- a disk or card itself --------------------------------------------------------


def with_a_card(world: World, change: Callable[[Path], None]) -> Answer:
    """A card is sealed as a device; then it is not the same any more."""
    card = world.path / "card.raw"
    card.write_bytes(hashlib.shake_128(b"card").digest(1 << 20))
    world.seized()
    with loop(card, "--read-only") as node:
        world.kibra.ok("seal", EX, node)
    change(card)
    with loop(card, "--read-only") as node:
        return judge(world, world.kibra, EX, "--media", node)


@attack(by=COURIER, does="changes one bit of a card that was sealed as a whole", verdict=REFUTED,
        says=("content-changed",))  # fmt: skip
def one_bit_of_a_card(world: World) -> Answer:
    def change(card: Path) -> None:
        data = bytearray(card.read_bytes())
        data[70_000] ^= 1
        card.write_bytes(data)

    return with_a_card(world, change)


@attack(by=COURIER, does="brings a smaller card than was sealed", verdict=REFUTED, says=("content-changed",))
def a_smaller_card(world: World) -> Answer:
    return with_a_card(world, lambda card: card.write_bytes(card.read_bytes()[: 1 << 19]) and None)


# --- who gets to see what, and who signs ---------------------------------------------


@attack(
    by=INSIDER, does="sends one file to the defence, derived from a victim's phone: its names must not travel",
    verdict="CONFIRMED", says=("redacted",),
)  # fmt: skip
def names_of_a_parent(world: World) -> Answer:
    world.sealed()
    child = f"{CASE}/EX-2"
    world.kibra.ok("derive", child, "--from", EX, "--how", "selection", "--description", "the note only")
    world.kibra.ok("seal", child, world.media / "a note.txt", "--no-describe")
    package = world.released(child, more=("--media", f"{child}={world.media / 'a note.txt'}"))
    carried = b"".join(path.read_bytes() for path in package.rglob("*") if path.is_file())
    assert b"a note.txt" in carried
    assert b"IMG_0001" not in carried
    return judge(world, world.lab, package)


@attack(
    by=ADMINISTRATOR, does="enrols one key under two names, and hands over from the one to the other", verdict=REFUTED,
    says=("same-person",),
)  # fmt: skip
def one_key_under_two_names(world: World) -> Answer:
    from custody.acts.agency_key import make_certificate
    from custody.edges import clock, keys
    from manifests.certificates import Subject
    from manifests.digest import identity

    world.seized()
    jane = key_of(world.kibra, "112233")
    (root_key,) = (world.kibra.path / "people").glob("root.*.key")
    opened = keys.decrypt(root_key.read_bytes(), world.kibra.people["112233"])
    own_root = (world.kibra.path / "people" / "root.crt").read_bytes()
    ghost = Subject(
        agency="Kibera Police Station", code="KIBRA", name="Gerald Ghost", rank="PC", service_no="666",
        roles=("officer",),
    )  # fmt: skip
    certificate = make_certificate(ghost, jane.private, own_root, opened, clock.now())
    forger = Forger(office=world.kibra, officer=jane)
    journal = forger.pen(register_name(world.kibra))
    forger.write(journal, bodies.PersonEnrolled(
        name=ghost.name, rank=ghost.rank, service_no="666", roles=ghost.roles, certificate=identity(certificate),
        certificate_der=b64(certificate),
    ))  # fmt: skip
    forger.plant(journal)
    world.kibra.ok("release", EX, "--to-officer", "666", "--purpose", "the store")
    from dataclasses import replace

    other = replace(jane, name=ghost.name, rank="PC", service_no="666", certificate=certificate)
    pen = forger.pen(f"KIBRA:{EX}")
    from tests.attacks.on_statements import taking

    body = taking(world, pen, world.kibra, seal=None)
    ghostly = Forger(office=world.kibra, officer=other)
    ghostly.write(pen, body)
    ghostly.plant(pen)
    return judge(world, world.kibra, EX)


@attack(
    by=COURIER, does="changes one letter of the report and of the words on how to check, in a package",
    verdict="CONFIRMED", says=("in-transit",),
)  # fmt: skip
def another_report_in_the_package(world: World) -> Answer:
    package = world.sent()
    for name in ("report.txt", "HOW-TO-CHECK.txt"):
        (package / "custody" / name).write_text("all is well\n")
    rebuild_bag(package)
    return judge(world, world.lab, package)
