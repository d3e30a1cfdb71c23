"""Hand-overs that do not go as in the book: there and back, unread, refused, lost, made again."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.custody.station import CASE, EX, Answer, Office, World
from tests.honest.situation import UNDETERMINED, honest, judge

OTHER = f"{CASE}/EX-2"
ORDER = ("--authority", "court-order:MISC-9/2026")
WITNESS = ("--witness", "445566")


def give(office: Office, to: str, *exhibits: str, more: tuple[str, ...] = ()) -> Path:
    """Release to an agency; the package, in a folder of its own."""
    out = office.world.path / f"stick-{len(list(office.world.path.glob('stick-*')))}"
    out.mkdir()
    words = ["release", *(exhibits or (EX,)), "--to", to, "--purpose", "x", "--out", str(out), *more]
    return Path(office.ok("--json", *words).json["package"])


def take(office: Office, package: Path, back: Office, *more: str) -> None:
    """Receive, and let the giver have the receipt."""
    reply = package.parent / "reply.json"
    office.ok("receive", package, "--receipt", reply, *more)
    back.ok("acknowledge", reply)


@honest(happens="An exhibit goes to the laboratory and comes back.")
def there_and_back(world: World) -> Iterator[Answer]:
    world.seized()
    take(world.lab, give(world.kibra, "LAB"), world.kibra)
    back = give(world.lab, "KIBRA", f"KIBRA:{EX}")
    take(world.kibra, back, world.lab)
    yield judge(world, world.kibra, EX)


@honest(happens="An exhibit goes through three agencies and comes back.")
def through_three_agencies_and_back(world: World) -> Iterator[Answer]:
    world.seized()
    take(world.lab, give(world.kibra, "LAB"), world.kibra)
    take(world.court, give(world.lab, "COURT", f"KIBRA:{EX}"), world.lab)
    take(world.kibra, give(world.court, "KIBRA", f"KIBRA:{EX}"), world.court)
    yield judge(world, world.kibra, EX)
    yield judge(world, world.court, EX)


@honest(happens="An exhibit goes out to the same laboratory twice.")
def out_twice(world: World) -> Iterator[Answer]:
    world.seized()
    for _ in range(2):
        take(world.lab, give(world.kibra, "LAB"), world.kibra)
        take(world.kibra, give(world.lab, "KIBRA", f"KIBRA:{EX}"), world.lab)
    yield judge(world, world.kibra)
    yield judge(world, world.lab, EX)


@honest(happens="Three exhibits are released together, and one of them is refused.")
def three_together_one_refused(world: World) -> Iterator[Answer]:
    for number in (1, 2, 3):
        world.seized(f"{CASE}/EX-{number}")
    package = give(world.kibra, "LAB", *(f"{CASE}/EX-{number}" for number in (1, 2, 3)))
    words = ("--accept", "EX-1", "--refuse", "EX-2:no phone in it", "--accept", "EX-3")
    take(world.lab, package, world.kibra, *words)
    yield judge(world, world.kibra)
    yield judge(world, world.lab, EX)


@honest(happens="The laboratory refuses; the station mends what was wrong, and releases again.", says=("refused",))
def refused_and_released_again(world: World) -> Iterator[Answer]:
    world.seized()
    package = give(world.kibra, "LAB")
    take(world.lab, package, world.kibra, "--refuse", f"{EX}:the bag is torn")
    take(world.lab, give(world.kibra, "LAB"), world.kibra)
    yield judge(world, world.lab, EX)


@honest(happens="The courier never left: the release is taken back, and goes to the court instead.")
def recalled_and_given_to_another(world: World) -> Iterator[Answer]:
    world.seized()
    give(world.kibra, "LAB")
    world.kibra.ok("recall", EX, "--because", "never-sent")
    take(world.court, give(world.kibra, "COURT"), world.kibra)
    yield judge(world, world.court, EX)


@honest(
    happens="The station takes back as lost what the laboratory had received.", verdict=UNDETERMINED,
    says=("hand-over-contested",), way_out="docs/sop/29-settle-a-contested-hand-over.md", still=("settled",),
)  # fmt: skip
def recalled_and_received(world: World) -> Iterator[Answer]:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--seal", "B-1", "--receipt", "receipt.json")
    world.kibra.ok("recall", EX, "--because", "lost")
    world.kibra("acknowledge", "receipt.json")
    yield judge(world, world.kibra, EX)
    world.kibra.ok("settle", EX, "--reason", "it had arrived", "--reply", "agreed.json", by="900100")
    world.lab.ok("settle", EX, "agreed.json", "--reply", "settled.json")
    world.kibra.ok("settle", EX, "settled.json")
    yield judge(world, world.kibra, EX)


@honest(happens="A bag with a phone in it is handed on; nobody reads the seal.", says=("seal-not-read",))
def a_seal_that_nobody_read(world: World) -> Iterator[Answer]:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--receipt", "r.json")
    yield judge(world, world.lab, EX)


@honest(
    happens="The laboratory takes the contents over, and promises to look at them later.", verdict=UNDETERMINED,
    says=("contents-owed",), way_out="docs/sop/08-receive.md",
)  # fmt: skip
def contents_later(world: World) -> Iterator[Answer]:
    package = world.sent()
    held = package / "data" / "KIBRA" / EX
    world.lab.ok("receive", package, "--contents-later", "--receipt", "r.json")
    yield judge(world, world.lab, EX, "--media", held)
    world.lab.ok("verify", EX, "--media", held, "--record")
    yield judge(world, world.lab, EX, "--media", held)


@honest(happens="A measured card in a bag is handed on unopened under its seal.", says=("contents-not-reread",))
def a_shut_bag(world: World) -> Iterator[Answer]:
    world.sealed()
    world.kibra.ok("seal", EX, "--bag", "B-1")
    package = give(world.kibra, "LAB", more=("--seal-intact", "B-1"))
    take(world.lab, package, world.kibra, "--seal", "B-1")
    yield judge(world, world.lab, EX, "--records-only")
    yield judge(world, world.lab, EX, "--media", world.media)


@honest(happens="The media travel apart from the package.")
def media_apart(world: World) -> Iterator[Answer]:
    world.sealed()
    world.kibra.ok("verify", EX, "--media", world.media, "--record")
    package = give(world.kibra, "LAB", more=("--media-apart",))
    take(world.lab, package, world.kibra, "--media", str(world.media))
    yield judge(world, world.lab, EX, "--media", world.media)


@honest(happens="The reply is lost, and made again weeks later.")
def a_reply_made_again(world: World) -> Iterator[Answer]:
    package = world.sent()
    world.lab.ok("receive", package, "--receipt", "first.json")
    (world.path / "first.json").unlink()
    world.lab.ok("event", EX, "access-view", "--description", "looked at it")
    world.lab.ok("receive", package, "--receipt", "again.json")
    world.kibra.ok("acknowledge", "again.json")
    yield judge(world, world.kibra, EX, "--records-only")


@honest(happens="The stick is lost on the way, and the package is made again.")
def a_package_made_again(world: World) -> Iterator[Answer]:
    first = world.sent()
    shutil.rmtree(first)
    again = world.released(more=("--media", f"{EX}={world.media}"))
    yield judge(world, world.lab, again)
    world.lab.ok("receive", again, "--receipt", "r.json")
    yield judge(world, world.lab, EX, "--records-only")


@honest(happens="The same package is received twice, and the same reply acknowledged twice.")
def received_twice(world: World) -> Iterator[Answer]:
    package = world.handed_over()
    world.lab.ok("receive", package, "--receipt", "again.json")
    world.kibra.ok("acknowledge", "again.json")
    yield judge(world, world.kibra, EX, "--records-only")
    yield judge(world, world.lab, EX, "--records-only")


@honest(happens="An answer never comes.", says=("in-transit",))
def an_answer_never_comes(world: World) -> Iterator[Answer]:
    world.sent_in_a_bag()
    yield judge(world, world.kibra, EX)


@honest(happens="A colleague takes an exhibit over inside the station.")
def to_a_colleague(world: World) -> Iterator[Answer]:
    world.seized()
    world.kibra.ok("release", EX, "--to-officer", "445566", "--purpose", "the store")
    world.kibra.ok("receive", EX, by="445566")
    yield judge(world, world.kibra, EX)


@honest(happens="The holder is on leave and cannot be reached: a supervisor takes over.", says=("taken-over",))
def a_takeover(world: World) -> Iterator[Answer]:
    world.seized()
    world.kibra.ok("takeover", EX, "--because", "absent", *WITNESS, "--reason", "on leave", by="900100")
    yield judge(world, world.kibra, EX)


@honest(happens="A chemist without a computer has it on paper, and gives it back.")
def to_a_chemist_on_paper(world: World) -> Iterator[Answer]:
    world.seized()
    (world.path / "paper.pdf").write_bytes(b"a signed paper")
    words = ("--to-person", "Dr. Invented", "--paper", "paper.pdf", "--purpose", "a test")
    world.kibra.ok("release", EX, *words)
    yield judge(world, world.kibra, EX)
    world.kibra.ok("receive", EX, "--back", "--paper", "paper.pdf")
    yield judge(world, world.kibra, EX)


@honest(happens="A phone is returned to its owner by order of a court.", says=("ended",))
def returned_to_its_owner(world: World) -> Iterator[Answer]:
    world.seized()
    world.kibra.ok("return", EX, "--to-person", "Asha Invented", "--id", "12345678", *ORDER, *WITNESS)
    yield judge(world, world.kibra, EX)


@honest(happens="An exhibit is disposed of by order of a court.", says=("ended",))
def disposed_of(world: World) -> Iterator[Answer]:
    world.sealed()
    world.kibra.ok("verify", EX, "--media", world.media, "--record")
    world.kibra.ok("dispose", EX, "--method", "shredded", *ORDER, *WITNESS)
    yield judge(world, world.kibra, EX, "--records-only")


@honest(happens="A copy of a copy of an exhibit goes to the court; parents travel as records only.")
def derived_of_derived(world: World) -> Iterator[Answer]:
    world.sealed()
    for parent, child in ((EX, OTHER), (OTHER, f"{CASE}/EX-3")):
        world.kibra.ok("derive", child, "--from", parent, "--how", "working-copy", "--description", "a copy")
        world.kibra.ok("seal", child, world.media, "--no-describe")
    package = give(world.kibra, "COURT", f"{CASE}/EX-3", more=("--media", str(world.media)))
    yield judge(world, world.court, package)
    take(world.court, package, world.kibra)
    yield judge(world, world.court, f"{CASE}/EX-3", "--media", world.media)


@honest(happens="The laboratory derives a report, and both go to the court together.")
def a_report_and_its_source(world: World) -> Iterator[Answer]:
    world.handed_over()
    world.lab.ok("case", "open", CASE, "--title", "the same phone")
    words = ("--from", f"KIBRA:{EX}", "--how", "report", "--description", "a report")
    world.lab.ok("derive", f"LAB:{CASE}/R-1", *words)
    world.lab.ok("seal", f"LAB:{CASE}/R-1", world.media, "--no-describe")
    both = (f"KIBRA:{EX}", f"LAB:{CASE}/R-1")
    package = give(world.lab, "COURT", *both, more=("--media", f"{both[0]}={world.media}",
                                                   "--media", f"{both[1]}={world.media}"))  # fmt: skip
    yield judge(world, world.court, package)
    take(world.court, package, world.lab)
    yield judge(world, world.court, "--records-only")
