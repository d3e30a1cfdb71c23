"""Honest mistakes that are put right by a later record: wrong folder, wrong seal, a bag that stays shut (C16)."""

import json
from pathlib import Path

from tests.custody.station import CASE, EX, World, tree
from tests.test_cli import Terminal

BAG = ("--bag", "B-1")
WITNESSED = ("--witness", "445566")
WHY = ("--because", "wrong-contents", "--statement", "the folder of EX-3")


def other_media(world: World) -> Path:
    folder = world.path / "other"
    folder.mkdir()
    (folder / "holiday.txt").write_text("nothing of this exhibit")
    return folder


# --- a manifest of the wrong folder (C14) ----------------------------------------


def test_a_manifest_of_the_wrong_folder_is_withdrawn(world: World) -> None:
    world.sealed(EX, str(other_media(world)))
    assert world.kibra.verify(EX, "--media", world.media).status == 3
    world.kibra.ok("withdraw", EX, "--manifest", 2, *WHY, *WITNESSED)
    world.kibra.again("withdraw", EX, "--manifest", 2, *WHY, *WITNESSED)
    world.kibra.ok("seal", EX, world.media, "--no-describe")
    found = world.kibra.verify(EX, "--media", world.media)
    assert (found.status, found.json["verdict"], found.json["media"]) == (0, "CONFIRMED", "CONFIRMED")
    assert "manifest-withdrawn" in found.codes
    package = world.released(more=("--media", f"{EX}={world.media}"))
    received = world.lab.ok("receive", package, "--receipt", "reply.json")
    assert "contents measured, 6 items" in received.said
    assert "manifest-withdrawn" in world.lab.verify(EX, "--media", package).codes


def test_digests_of_a_withdrawn_manifest_are_not_printed_as_original(world: World) -> None:
    world.sealed(EX, str(other_media(world)))
    assert "holiday.txt" in world.kibra.ok("show", EX, "--digest", "sha256").out
    world.kibra.ok("withdraw", EX, "--manifest", 2, *WHY, *WITNESSED)
    shown = world.kibra.ok("show", EX)
    after = shown.out.partition("manifest no. 2")[2]
    assert "WITHDRAWN by no. 3, wrong-contents: the folder of EX-3" in " ".join(after.split("scope")[0].split())
    listed = world.kibra("show", EX, "--digest", "sha256")
    assert "holiday.txt" not in listed.out
    assert "manifest no. 2 was withdrawn" in listed.err
    told = world.kibra.ok("--json", "show", EX).json
    assert told["manifests"][0]["corrected"][0]["because"] == "wrong-contents"
    assert told["standing"]["withdrawn"] == [2]
    assert "WITHDRAWN by no. 3" in world.kibra.ok("log", EX).said


def test_one_person_alone_withdraws_nothing(world: World) -> None:
    world.sealed()
    world.kibra.refused("withdraw", EX, "--manifest", 2, *WHY, says="with a witness")
    world.kibra.refused("withdraw", EX, "--manifest", 2, *WHY, "--witness", "112233", by="445566", says="supervisor")
    world.kibra.ok("withdraw", EX, "--manifest", 2, *WHY, "--witness", "112233", by="900100")
    world.kibra.refused("withdraw", EX, "--manifest", 9, *WHY, *WITNESSED, says="is no manifest", status=2)
    world.kibra.refused(
        "withdraw", EX, "--manifest", 2, "--because", "tired", "--statement", "x", *WITNESSED, says="one of", status=2
    )


def test_who_received_an_exhibit_does_not_withdraw_what_was_sealed_elsewhere(world: World) -> None:
    """Else the receiver could change what the exhibit is compared with."""
    world.handed_over()
    words = ("withdraw", EX, "--manifest", 2, *WHY, "--witness", "7002")
    world.lab.refused(*words, says="was sealed in KIBRA/desk")


def test_a_second_manifest_is_asked_about(world: World) -> None:
    world.sealed()
    world.kibra.again("seal", EX, world.media, "--no-describe")
    other = other_media(world)
    answer = world.kibra("seal", EX, other, "--no-describe")
    assert answer.status == 5
    assert "has a manifest already, no. 2" in answer.said
    assert "--also" in answer.said
    assert world.kibra.kinds() == ["seizure", "manifest"]
    world.kibra.ok("seal", EX, other, "--no-describe", "--also", "--resume")
    assert world.kibra.kinds() == ["seizure", "manifest", "manifest"]


# --- a bag that stays shut (C26) ---------------------------------------------------


def bagged(world: World) -> None:
    """Measured first, bagged after that."""
    world.sealed()
    world.kibra.ok("seal", EX, *BAG)


def release_shut(world: World, seal: str = "B-1") -> list[str]:
    return ["release", EX, "--to", "LAB", "--purpose", "store", "--out", str(world.path / "usb"), "--seal-intact", seal]


def test_a_measured_bag_is_handed_on_unopened(world: World) -> None:
    bagged(world)
    released = world.kibra.ok("--json", *release_shut(world)).json
    media = world.kibra.body("0004-release.json")["body"]["media"]
    assert media == {"how": "seal-intact", "seal": "B-1"}
    world.kibra.again(*release_shut(world))
    world.lab.refused("receive", released["package"], says="number was not read here")
    world.lab.refused(
        "receive", released["package"], "--seal", "B-2", "--accept", "EX-1", says="number was not read here"
    )
    world.lab.ok("receive", released["package"], "--seal", "B-1", "--receipt", "reply.json")
    assert world.lab.body("0005-receipt.json")["body"]["media"] == media
    assert not world.lab.state()["contents_owed"]
    world.kibra.ok("acknowledge", "reply.json")
    for office in (world.kibra, world.lab):
        found = office.verify(EX)
        texts = [each["text"] for each in found.json["findings"] if each["code"] == "contents-not-reread"]
        assert texts == ["handed over unopened, contents not read again: contents not re-read, seal B-1 intact"] * 2
        assert found.json["records"] == "CONFIRMED"
    # and it moves on, under the same seal
    words = ("release", EX, "--to", "COURT", "--purpose", "hearing", "--out", str(world.path / "usb"))
    onward = world.lab.ok("--json", *words, "--seal-intact", "B-1").json["package"]
    world.court.ok("receive", onward, "--seal", "B-1")
    assert world.court.verify(EX, "--media", world.media).json["verdict"] == "CONFIRMED"


def test_a_colleague_takes_a_shut_bag(world: World) -> None:
    bagged(world)
    world.kibra.ok("release", EX, "--to-officer", "445566", "--purpose", "store", "--seal-intact", "B-1")
    world.kibra.refused("receive", EX, by="445566", says="number was not read here")
    world.kibra.ok("receive", EX, "--seal", "B-1", by="445566")
    assert world.kibra.sound(EX)


def test_a_receiver_may_open_it_and_measure(world: World) -> None:
    bagged(world)
    package = world.kibra.ok("--json", *release_shut(world)).json["package"]
    world.lab.ok("receive", package, "--seal", "B-1", "--media", world.media)
    assert world.lab.body("0005-receipt.json")["body"]["media"]["how"] == "measured"


def test_no_seal_is_no_way_round_the_check(world: World) -> None:
    world.sealed()
    world.kibra.refused(*release_shut(world), says="no seal B-1 is on")
    world.kibra.ok("seal", EX, *BAG)
    world.kibra.refused(*release_shut(world, "B-2"), says="no seal B-2 is on")
    world.kibra.refused(*release_shut(world), "--media", world.media, says="contents are read", status=2)
    world.kibra.ok("event", EX, "seal-broken", "--seal", "B-1", "--condition", "cut open")
    world.kibra.refused(*release_shut(world), says="no seal B-1 is on")


def test_a_seal_older_than_the_last_reading_does_not_stand_for_it(world: World) -> None:
    world.seized()
    world.kibra.ok("seal", EX, *BAG)
    world.kibra.ok("seal", EX, world.media, "--no-describe")
    world.kibra.refused(*release_shut(world), says="before the contents were last read")
    world.kibra.ok("seal", EX, "--bag", "B-2", "--replaces", "B-1")
    world.kibra.ok("verify", EX, "--media", world.media, "--record")
    world.kibra.refused(*release_shut(world, "B-2"), says="before the contents were last read")


def test_a_seal_that_was_not_read_at_a_hand_over_stands_for_nothing_more(world: World) -> None:
    bagged(world)
    words = ("--to-officer", "445566", "--purpose", "store", "--media", world.media)
    world.kibra.ok("release", EX, *words)
    world.kibra.ok("receive", EX, "--media", world.media, by="445566")
    world.kibra.refused(*release_shut(world), by="445566", says="before the contents were last read")


def test_contents_that_are_owed_do_not_go_under_a_seal(world: World) -> None:
    bagged(world)
    package = world.released(more=("--media", f"{EX}={world.media}", "--media-apart"))
    world.lab.ok("receive", package, "--seal", "B-1", "--contents-later")
    words = ("release", EX, "--to", "COURT", "--purpose", "x", "--out", world.path / "usb", "--seal-intact", "B-1")
    world.lab.refused(*words, says="are owed")


# --- a wrong seal number (C11, C13, C21) --------------------------------------------


def test_a_corrected_seal_is_what_the_receiver_is_asked_for(world: World) -> None:
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1")
    world.kibra.ok("correct", EX, 2, "--statement", "read wrong", "--seal-number", "B-7")
    world.kibra.again("correct", EX, 2, "--statement", "read wrong", "--seal-number", "B-7")
    assert world.kibra.state()["seals"] == ["B-7"]
    assert world.kibra.state()["corrected_seals"] == [{"number": "B-7", "stated": "B-1", "corrected_by": 3}]
    assert "seal B-7 (not B-1: no. 3)" in world.kibra.ok("show", EX).said
    package = world.released()
    assert world.kibra.body("0004-release.json")["body"]["seals"] == ["B-7"]
    world.lab.refused("receive", package, "--seal", "B-1", says="seal read B-1, expected B-7")
    world.lab.ok("receive", package, "--seal", "B-7")
    found = world.lab.verify(EX)
    assert found.json["verdict"] == "CONFIRMED"
    assert "seal B-7 instead of B-1" in found.said


def test_only_a_seal_has_a_number_to_correct(world: World) -> None:
    world.seized()
    words = ("correct", EX, 1, "--statement", "x", "--seal-number", "B-7")
    world.kibra.refused(*words, says="puts no seal on", status=2)
    world.kibra.ok("seal", EX, "--bag", "B-1")
    world.kibra.ok("seal", EX, "--bag", "B-2")
    world.kibra.refused("correct", EX, 2, "--statement", "x", "--seal-number", "B-2", says="is on already")


def test_one_person_alone_does_not_rename_the_bag_that_contents_rest_on(world: World) -> None:
    """Else whoever opened it could put on another bag, and call the new number a correction."""
    bagged(world)
    world.kibra.ok("correct", EX, 3, "--statement", "read wrong", "--seal-number", "B-7")
    world.kibra.refused(*release_shut(world, "B-7"), says="one person alone")
    world.kibra.ok("correct", EX, 3, "--statement", "read again", "--seal-number", "B-8", *WITNESSED)
    world.kibra.refused(*release_shut(world, "B-8"), says="one person alone")
    world.kibra.ok("seal", EX, "--bag", "B-9", "--replaces", "B-8")
    world.kibra.ok(*release_shut(world, "B-9"))


def test_a_correction_stands_beside_what_it_corrects(world: World) -> None:
    facts = ("--description", "black phone", "--serial", "SN-1", "--place", "x", "--authority", "warrant:1")
    world.kibra.ok("seize", EX, *facts)
    world.kibra.ok("correct", EX, 1, "--statement", "the serial number is SN-2")
    for verb in ("show", "log"):
        assert "CORRECTED by no. 2: the serial number is SN-2" in world.kibra.ok(verb, EX).said
        told = world.kibra.ok("--json", verb, EX).json
        chain = told["chains"][0] if verb == "log" else told
        assert chain["records"][0]["corrected"][0]["statement"] == "the serial number is SN-2"


def test_a_number_that_another_exhibit_carries_is_asked_about_and_noted(world: World) -> None:
    world.seized()
    world.seized(f"{CASE}/EX-2")
    world.kibra.ok("seal", EX, *BAG)
    words = ("seal", f"{CASE}/EX-2", *BAG)
    world.kibra.refused(*words, says="EX-1 carries the seal B-1 already")
    done = world.kibra.ok(*words, "--shared")
    assert "together with KIBRA:KBR-2026-0042/EX-1" in done.said
    world.kibra.again(*words, "--shared")
    assert world.kibra.body("0002-seal.json", f"{CASE}/EX-2")["body"]["shared_with"] == [f"KIBRA:{EX}"]


def test_a_corrected_number_counts_when_it_is_asked_about(world: World) -> None:
    world.seized()
    world.seized(f"{CASE}/EX-2")
    world.kibra.ok("seal", EX, *BAG)
    world.kibra.ok("correct", EX, 2, "--statement", "x", "--seal-number", "B-7")
    world.kibra.ok("seal", f"{CASE}/EX-2", *BAG)
    world.kibra.refused("seal", f"{CASE}/EX-2", "--bag", "B-7", says="EX-1 carries the seal B-7 already")


def test_enter_alone_does_not_pass_an_expected_seal(world: World) -> None:
    package = world.sent_in_a_bag()
    words = ["-C", str(world.lab.path), "--as", "7001", "receive", str(package), "--receipt", "reply.json"]
    screen = Terminal(world, *words)
    screen.sees("black phone, cracked glass: seal number as you read it").types("")
    screen.sees("Look at it, and type the number").sees("seal number as you read it").types("B-1")
    screen.sees("Sign as").types("y")
    screen.sees("Passphrase of").types(world.lab.people["7001"])
    assert screen.ends()[0] == 0
    assert world.lab.body("0004-receipt.json")["body"]["seal"]["observed"] == "B-1"


# --- what leaves does not land in the register (C25) ---------------------------------


def test_a_package_and_a_reply_land_beside_the_register(world: World) -> None:
    world.sealed()
    inside = world.kibra.path / "cases"
    before = tree(world.kibra.path)
    words = world.kibra.words(("--json", "release", EX, "--to", "LAB", "--purpose", "x"), None, passphrases=True)
    refused = world.run(*words, cwd=inside)
    assert refused.status == 2, refused
    assert tree(world.kibra.path) == before
    assert not (world.path / "kibra-outgoing").exists()
    made = world.run(*words, "--media", f"{EX}={world.media}", cwd=inside)
    package = Path(made.json["package"])
    assert package.parent == world.path / "kibra-outgoing"
    words = world.lab.words(("--json", "receive", str(package)), None, passphrases=True)
    reply = Path(world.run(*words, cwd=world.lab.path).json["reply"])
    assert reply.parent == world.path / "lab-outgoing"
    assert json.loads(reply.read_bytes())
