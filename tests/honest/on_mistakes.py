"""Mistakes that people make, and put right in the open."""

from collections.abc import Iterator

from tests.custody.station import CASE, EX, Answer, World
from tests.honest.situation import UNDETERMINED, honest, judge

WITNESS = ("--witness", "445566")


@honest(happens="A serial number was mistyped, and is corrected.", says=("corrected",))
def a_correction(world: World) -> Iterator[Answer]:
    world.seized()
    world.kibra.ok("correct", EX, 1, "--statement", "the serial number ends in 7", "--reason", "mistyped")
    yield judge(world, world.kibra, EX)


@honest(happens="A seal's number was mistyped at the station; the laboratory reads the true one.", says=("corrected",))
def a_wrong_seal_number(world: World) -> Iterator[Answer]:
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1")
    world.kibra.ok("correct", EX, 2, "--statement", "read wrong", "--seal-number", "B-7", *WITNESS)
    world.lab.ok("receive", world.released(), "--seal", "B-7", "--receipt", "r.json")
    yield judge(world, world.lab, EX)


@honest(
    happens="The laboratory reads another seal than the station wrote, and takes the bag all the same.",
    verdict=UNDETERMINED, says=("seal-differs",), way_out="docs/sop/08-receive.md", then=UNDETERMINED,
    still=("seal-differs", "corrected"),
)  # fmt: skip
def another_seal_was_read(world: World) -> Iterator[Answer]:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--seal", "B-8", "--accept", EX, "--receipt", "r.json")
    yield judge(world, world.lab, EX)
    world.lab.ok("correct", EX, 4, "--statement", "the seal was read wrong: it is B-1", "--reason", "bad light")
    yield judge(world, world.lab, EX)


@honest(happens="The wrong folder was sealed, and withdrawn.", says=("manifest-withdrawn",))
def a_wrong_folder(world: World) -> Iterator[Answer]:
    (world.path / "holiday").mkdir()
    (world.path / "holiday" / "beach.jpg").write_bytes(b"a beach")
    world.seized()
    world.kibra.ok("seal", EX, world.path / "holiday", "--no-describe")
    why = ("--because", "wrong-contents", "--statement", "a folder of the officer's own")
    world.kibra.ok("withdraw", EX, "--manifest", 2, *why, *WITNESS)
    world.kibra.ok("seal", EX, world.media, "--no-describe")
    yield judge(world, world.kibra, EX, "--media", world.media)


@honest(happens="An exhibit was opened twice, and one of the two is void.", says=("ended",))
def opened_twice(world: World) -> Iterator[Answer]:
    world.seized()
    world.seized(f"{CASE}/EX-2")
    world.kibra.ok("void", f"{CASE}/EX-2", "--because", "typed twice: see EX-1")
    yield judge(world, world.kibra, f"{CASE}/EX-2")


@honest(happens="The card was not mounted: an empty folder is named for sealing, and refused.")
def an_empty_folder(world: World) -> Iterator[Answer]:
    (world.path / "nothing").mkdir()
    world.seized()
    world.kibra.refused("seal", EX, world.path / "nothing", says="nothing to measure", status=2)
    world.kibra.ok("seal", EX, world.media, "--no-describe")
    yield judge(world, world.kibra, EX, "--media", world.media)


@honest(
    happens="Contents are not at hand when somebody verifies.", verdict=UNDETERMINED, says=("media-not-read",),
    way_out="docs/sop/14-the-prosecutor-verifies.md",
)  # fmt: skip
def contents_not_at_hand(world: World) -> Iterator[Answer]:
    world.sealed()
    yield judge(world, world.kibra, EX)
    yield judge(world, world.kibra, EX, "--media", world.media)


@honest(
    happens="The wrong stick is named when somebody verifies a bag that was never measured.", verdict=UNDETERMINED,
    says=("content-extra",), way_out="docs/sop/14-the-prosecutor-verifies.md",
)  # fmt: skip
def contents_of_a_bag(world: World) -> Iterator[Answer]:
    world.seized()
    yield judge(world, world.kibra, EX, "--media", world.media)
    yield judge(world, world.kibra, EX)


@honest(
    happens="An agency that nobody here has met sends a package.", verdict=UNDETERMINED, says=("signer-unknown",),
    way_out="docs/sop/02-get-to-know-another-agency.md",
)  # fmt: skip
def an_agency_that_nobody_met(world: World) -> Iterator[Answer]:
    package = world.sent_in_a_bag()
    world.lab.ok("trust", "remove", "KIBRA")
    yield judge(world, world.lab, package)
    told = world.kibra.ok("--json", "agency", "card").json["fingerprint"]
    world.lab.ok("trust", "add", world.kibra.card, "--fingerprint", told)
    yield judge(world, world.lab, package)


@honest(
    happens="A package is verified once more, after it was received and work on the exhibit went on.",
    says=("received-since",),
)  # fmt: skip
def a_package_received_before(world: World) -> Iterator[Answer]:
    package = world.handed_over()
    world.lab.ok("event", EX, "access-view", "--description", "looked at")
    yield judge(world, world.lab, package)
    yield judge(world, world.lab, EX, "--media", package / "data" / "KIBRA" / EX)


@honest(happens="A second part of a card's contents is found later, and sealed too.")
def sealed_in_two_parts(world: World) -> Iterator[Answer]:
    world.seized()
    world.kibra.ok("seal", EX, world.media / "DCIM", "--no-describe")
    world.kibra("seal", EX, world.media / "z.bin", "--no-describe", "--also")
    yield judge(world, world.kibra, EX, "--records-only")
