"""The hand-over through the commands, where all goes well: docs/spec/chain.md, C3 to C10."""

import json
from pathlib import Path

import pytest

from tests.custody.station import CASE, EX, Office, World


def test_accepted_with_its_media_and_acknowledged(world: World) -> None:
    world.sealed()
    package = world.released(more=("--media", str(world.media), "--courier", "CPL Otieno"))
    assert world.kibra.state()["situation"] == "released"
    assert "in-transit" in world.kibra.verify(EX, "--records-only").codes

    world.lab.ok("receive", package, "--receipt", world.path / "reply.json")
    assert (world.lab.state()["holder"]["service_no"], world.lab.state()["register"]) == ("7001", "LAB/desk")
    assert world.kibra.state()["situation"] == "released"  # until the answer is back

    world.kibra.ok("acknowledge", world.path / "reply.json")
    for office in (world.kibra, world.lab):
        assert office.kinds() == ["seizure", "manifest", "release", "receipt"]
        assert office.state()["holder"]["name"] == "Mary Achieng"
        answer = office.verify(EX, "--media", world.media)
        assert (answer.status, answer.json["verdict"]) == (0, "CONFIRMED"), answer
    assert world.kibra.names() == world.lab.names()
    for name in world.kibra.names():
        assert (world.kibra.chain() / name).read_bytes() == (world.lab.chain() / name).read_bytes()
    assert world.lab.body("0004-receipt.json")["body"]["media"] == {"how": "measured", "items": 6, "bytes": 7550}


def test_the_package_is_a_bag_that_an_outsider_can_check(world: World) -> None:
    import bagit

    package = world.sent()
    bagit.Bag(str(package)).validate()
    assert (package / "data" / "KIBRA" / EX / "DCIM" / "100" / "IMG_0001.JPG").read_bytes()
    report = world.outside("--json", "verify", str(package), "--anchor", str(world.kibra.card))
    assert (report.status, report.json["verdict"]) == (0, "CONFIRMED"), report
    assert report.json["rests_on"][0].endswith("--anchor KIBRA.card.json")
    unanchored = world.outside("--json", "verify", str(package))
    assert (unanchored.status, unanchored.json["verdict"]) == (4, "UNDETERMINED")
    assert "signer-unknown" in unanchored.codes


def test_the_register_needs_no_media_to_be_verified_but_says_so(world: World) -> None:
    world.sealed()
    full = world.kibra.verify(EX)
    assert (full.status, full.json["records"], full.json["media"]) == (4, "CONFIRMED", "UNDETERMINED")
    assert "media-not-read" in full.codes
    only = world.kibra.verify(EX, "--records-only")
    assert (only.status, only.json["records_only"]) == (0, True)
    assert any("only the records were asked for" in line for line in only.json["not_checked"])
    first = world.kibra("verify", EX, "--records-only").out.splitlines()[0]
    assert first == "CONFIRMED  (records only: the media were not looked at)"


def test_refused_acknowledged_and_recalled_with_the_refusal_beside_it(world: World) -> None:
    package = world.sent()
    done = world.lab.ok("receive", package, "--refuse", "EX-1:bag torn open", "--receipt", world.path / "no.json")
    assert "refusal recorded" in done.out
    assert not world.lab.chain().exists()  # the chain is not theirs
    refusal = json.loads((world.lab.path / "journal" / "0006-refusal.json").read_bytes())
    release = world.kibra.body("0003-release.json")
    assert (refusal["reason"], refusal["body"]["exhibit"]) == ("bag torn open", f"KIBRA:{EX}")
    assert refusal["body"]["position"] == release["chain"]["position"] == 3

    world.kibra.ok("acknowledge", world.path / "no.json")
    recall = world.kibra.body("0004-recall.json")
    assert (recall["body"]["because"], recall["reason"]) == ("refused", "bag torn open")
    assert {"0004-recall.refusal.json", "0004-recall.refusal.json.p7s"} <= set(world.kibra.names())
    beside = (world.kibra.chain() / "0004-recall.refusal.json").read_bytes()
    assert beside == (world.lab.path / "journal" / "0006-refusal.json").read_bytes()
    assert world.kibra.state()["situation"] == "held"
    assert world.kibra.verify(EX, "--media", world.media).status == 0
    world.kibra.sound()
    world.lab.sound()


def test_after_a_refusal_the_exhibit_can_go_again(world: World) -> None:
    package = world.sent()
    world.lab.ok("receive", package, "--refuse", "EX-1:bag torn", "--receipt", world.path / "no.json")
    world.kibra.ok("acknowledge", world.path / "no.json")
    second = world.released(out="second", more=("--media", str(world.media)))
    world.lab.ok("receive", second, "--receipt", world.path / "yes.json")
    world.kibra.ok("acknowledge", world.path / "yes.json")
    assert world.lab.kinds() == ["seizure", "manifest", "release", "recall", "release", "receipt"]
    world.kibra.sound()
    world.lab.sound()


def test_contents_later_are_owed_until_a_verification_settles_it(world: World) -> None:
    package = world.sent()
    world.lab.ok("receive", package, "--contents-later", "--receipt", world.path / "reply.json")
    owed = world.lab.verify(EX, "--records-only")
    assert world.lab.state()["contents_owed"] is True
    assert (owed.status, "contents-owed" in owed.codes) == (0, True)  # its area is the media
    assert "Due" in world.lab.ok("status").out
    assert world.lab.verify(EX).status == 4

    partly = world.lab("verify", EX, "--records-only", "--record")
    assert (partly.status, world.lab.state()["contents_owed"]) == (0, True)  # looked at no contents: settles nothing

    media = package / "data" / "KIBRA" / EX
    settled = world.lab("verify", EX, "--media", media, "--record")
    assert settled.status in (0, 4), settled
    assert world.lab.state()["contents_owed"] is False
    after = world.lab.verify(EX, "--media", media)
    assert (after.status, "contents-owed" in after.codes) == (0, False), after


def test_a_release_may_rely_on_a_fresh_verification(world: World) -> None:
    world.sealed()
    world.kibra.refused("release", EX, "--to-officer", "445566", "--purpose", "store", status=2, says="must be checked")
    world.kibra.ok("verify", EX, "--media", world.media, "--record")
    world.kibra.ok("release", EX, "--to-officer", "445566", "--purpose", "store")
    media = world.kibra.body("0004-release.json")["body"]["media"]
    assert media["how"] == "relied-on"
    assert media["verification"].startswith("sha256:")
    world.kibra.again("release", EX, "--to-officer", "445566", "--purpose", "store")


def test_inside_one_register_no_package_is_made(world: World) -> None:
    world.sealed()
    words = ("release", EX, "--to-officer", "445566", "--purpose", "to the store", "--media", world.media)
    done = world.kibra.ok("--json", *words)
    assert "package" not in done.json
    world.kibra.again(*words)
    world.kibra.refused("receive", EX, "--media", world.media, says="same person")
    receive = ("receive", EX, "--media", world.media)
    world.kibra.refused(*receive, by="900100", says="was released to officer 445566")
    world.kibra.ok("receive", EX, "--media", world.media, by="445566")
    assert world.kibra.state()["holder"]["service_no"] == "445566"
    world.kibra.again("receive", EX, "--media", world.media, by="445566")
    assert world.kibra.verify(EX, "--media", world.media).status == 0


def test_witnesses_sign_the_same_bytes(world: World) -> None:
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1", "--witness", "445566", "--witness", "900100")
    assert {"0002-seal.json.w1.p7s", "0002-seal.json.w2.p7s"} <= set(world.kibra.names())
    named = [person["service_no"] for person in world.kibra.body("0002-seal.json")["witnesses"]]
    assert named == ["445566", "900100"]
    world.kibra.sound()
    (world.kibra.chain() / "0002-seal.json.w2.p7s").unlink()
    answer = world.kibra.verify(EX, "--records-only")
    assert (answer.status, "signature-missing" in answer.codes) == (3, True)


@pytest.mark.parametrize(
    ("witness", "status", "says"),
    [("112233", 2, "another person"), ("555", 5, "no officer 555")],
)
def test_a_witness_is_somebody_else_who_is_known(world: World, witness: str, status: int, says: str) -> None:
    world.seized()
    world.kibra.refused("seal", EX, "--bag", "B-1", "--witness", witness, status=status, says=says)


def test_takeover_by_a_supervisor_with_a_witness(world: World) -> None:
    world.seized()
    takeover = ("takeover", EX, "--because", "key-lost", "--reason", "laptop stolen")
    world.kibra.refused(*takeover, by="900100", says="with a witness")
    world.kibra.refused(*takeover, "--witness", "900100", by="445566", says="signed by a supervisor")
    world.kibra.ok(*takeover, "--witness", "445566", by="900100")
    assert world.kibra.state()["holder"]["name"] == "Grace Otieno"
    world.kibra.again(*takeover, "--witness", "445566", by="900100")
    report = world.kibra.sound(EX)
    assert "taken-over" in report.codes
    world.kibra.refused("release", EX, "--to", "LAB", "--purpose", "x", says="only the holder releases")
    world.kibra.ok("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb", by="900100")


def test_on_paper_and_back(world: World) -> None:
    paper, back = world.path / "signed.pdf", world.path / "back.pdf"
    paper.write_bytes(b"signed paper")
    back.write_bytes(b"signed paper of the return")
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-9")
    out = ("release", EX, "--to-person", "Dr Chemist", "--id", "12345678", "--purpose", "analysis")
    world.kibra.refused(*out, status=2, says="missing: --paper")
    world.kibra.ok(*out, "--paper", paper)
    world.kibra.again(*out, "--paper", paper)
    assert world.kibra.state()["situation"] == "outside"
    assert "held-outside" in world.kibra.sound(EX).codes
    assert "Held outside" in world.kibra.ok("status").out
    world.kibra.refused("seal", EX, "--bag", "B-10", says="held outside, on paper")
    world.kibra.refused("release", EX, "--to", "LAB", "--purpose", "x", says="it cannot be released")

    home = ("receive", EX, "--back", "--seal", "B-8", "--condition", "opened")
    world.kibra.refused(*home, status=2, says="the signed paper of the return")
    world.kibra.ok(*home, "--paper", back, by="445566")
    world.kibra.again(*home, "--paper", back, by="445566")
    assert world.kibra.state()["holder"]["service_no"] == "445566"
    handed = world.kibra.body("0003-handed-outside.json")["body"]
    assert (handed["to"], handed["seals"]) == ({"name": "Dr Chemist", "id": "12345678"}, ["B-9"])
    differs = world.kibra.verify(EX, "--records-only")
    assert (differs.status, "seal-differs" in differs.codes) == (4, True)  # B-8 was read, B-9 expected


def test_several_exhibits_in_one_act(world: World) -> None:
    names = [f"{CASE}/EX-{number}" for number in (1, 2, 3)]
    for name in names:
        world.seized(name)
    package = world.released(*names)
    acts = {world.kibra.body("0002-release.json", name)["act"] for name in names}
    assert len(acts) == 1
    world.lab.ok("receive", package, "--refuse", "EX-2:not listed on the form", "--receipt", world.path / "reply.json")
    accepted = {world.lab.body("0003-receipt.json", name)["act"] for name in (names[0], names[2])}
    assert len(accepted) == 1
    assert not world.lab.chain(names[1]).exists()
    world.kibra.ok("acknowledge", world.path / "reply.json")
    assert [world.kibra.kinds(name)[-1] for name in names] == ["receipt", "recall", "receipt"]
    assert world.kibra.state(names[1])["situation"] == "held"
    world.kibra.sound()
    world.lab.sound()


def test_one_passphrase_is_asked_for_each_person_and_act(world: World) -> None:
    """Each passphrase file is opened once, whatever the number of exhibits."""
    from tests.custody.station import counting

    names = [f"{CASE}/EX-{number}" for number in (1, 2, 3)]
    for name in names:
        world.seized(name)
    with counting("custody.edges.keys", "decrypt", world.path / "count") as (before, count):
        words = ("release", *names, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb")
        world.kibra.ok(*words, before=before)
        assert count() == 1
        world.lab.ok("receive", world.path / "usb" / f"{CASE}_EX-1_and_2_more_to_LAB", before=before)
        assert count() == 2


def test_contents_at_several_places(world: World) -> None:
    one, two = f"{CASE}/EX-1", f"{CASE}/EX-2"
    other = world.path / "other"
    other.mkdir()
    (other / "only.txt").write_text("only here")
    world.sealed(one)
    world.sealed(two, str(other), "--no-describe")
    world.kibra.refused(
        "release", one, two, "--to", "LAB", "--purpose", "x", "--media", world.media, status=2, says="whose media"
    )
    package = world.released(one, two, more=("--media", f"{one}={world.media}", "--media", f"{two}={other}"))
    world.lab.ok("receive", package)
    assert world.lab.body("0004-receipt.json", two)["body"]["media"]["items"] == 1


def test_media_apart(world: World) -> None:
    world.sealed()
    package = world.released(more=("--media", str(world.media), "--media-apart"))
    assert not (package / "data" / "KIBRA").exists()
    world.lab.refused("receive", package, status=2, says="are not in the package")
    world.lab.ok("receive", package, "--media", f"{EX}={world.media}")
    assert world.lab.verify(EX, "--media", world.media).status == 0


def test_derived_and_sent_to_court_with_its_parent(world: World) -> None:
    child = f"{CASE}/EX-1-SEL"
    world.handed_over()
    selection = world.path / "selection"
    selection.mkdir()
    (selection / "IMG_0002.JPG").write_bytes((world.media / "DCIM/100/IMG_0002.JPG").read_bytes())
    derive = ("derive", f"KIBRA:{child}", "--from", EX, "--how", "selection", "--description", "two pictures")
    done = world.lab(*derive)
    assert done.status == 5  # a name opens with the agency that makes the exhibit
    derive = ("derive", child, "--from", EX, "--how", "selection", "--description", "two pictures")
    world.lab.ok(*derive)
    world.lab.again(*derive)
    world.lab.ok("seal", child, selection, "--no-describe")
    words = ("release", child, "--to", "COURT", "--purpose", "hearing", "--media", selection, "--out", "usb")
    package = world.path / world.lab.ok("--json", *words).json["package"]
    inside = {str(path.relative_to(package / "custody/chains")) for path in package.glob("custody/chains/*/*/*")}
    assert inside == {f"LAB/{child}", f"KIBRA/{EX}"}
    assert not list((package / "data").glob("KIBRA*"))  # the parent's contents stay

    world.court.ok("receive", package, "--receipt", world.path / "court.json")
    assert world.court.kinds(EX) == ["seizure", "manifest", "release", "receipt", "derived"]
    report = world.court.verify(f"LAB:{child}", "--media", f"LAB:{child}={selection}")
    assert report.status in (0, 4), report
    assert not {"parent-missing", "derivation-mismatch"} & report.codes
    world.lab.ok("acknowledge", world.path / "court.json")
    for office in (world.lab, world.court):
        office.sound()


def test_a_child_without_its_parent_cannot_be_accepted(world: World) -> None:
    import shutil

    world.handed_over()
    child = f"{CASE}/EX-1-REP"
    world.lab.ok("derive", child, "--from", EX, "--how", "report", "--description", "a report")
    words = ("release", child, "--to", "COURT", "--purpose", "x", "--out", world.path / "usb")
    package = Path(world.lab.ok("--json", *words).json["package"])
    shutil.rmtree(package / "custody/chains/KIBRA")
    alone = world.court.verify(package, "--records-only")
    assert (alone.status, "parent-missing" in alone.codes) == (4, True)
    world.court.refused("receive", package, "--accept", child, says="parent-missing")


def test_released_despite_a_known_defect(world: World) -> None:
    world.sealed()
    (world.media / "more.txt").write_text("not sealed")
    release = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb", "--media", world.media)
    told = world.kibra.refused(*release, says="content-extra")
    assert "--despite content-extra" in told.err
    world.kibra.refused(*release, "--despite", "content-changed", says="content-extra")
    world.kibra.ok(*release, "--despite", "content-extra")
    despite = world.kibra.body("0003-release.json")["body"]["despite"]
    assert [each["code"] for each in despite] == ["content-extra"]
    assert "more.txt" not in json.dumps(despite)  # no name from evidence
    assert "released-despite" in world.kibra.sound(EX).codes


def test_a_broken_signature_is_never_overridden(world: World) -> None:
    world.seized()
    signature = world.kibra.chain() / "0001-seizure.json.p7s"
    damaged = bytearray(signature.read_bytes())
    damaged[-1] ^= 1
    signature.write_bytes(damaged)
    release = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb")
    world.kibra.refused(*release, says="is damaged")
    world.kibra.refused(*release, "--despite", "signature-broken", says="is damaged")


def second_register(world: World) -> Office:
    """KIBRA/field-2, opened with Jane's officer card."""
    card = world.path / "jane.card"
    world.kibra.ok("people", "card", "112233", "--for", "field-2", "--out", card)
    words = ("--passphrase-file", str(world.secret("112233")), "init", str(world.path / "field"))
    made = world.run(*words, "--register", "field-2", "--card", str(card))
    assert made.status == 0, made
    return Office(world, "field", {"112233": world.kibra.people["112233"]}, "KIBRA")


def test_a_second_register_by_officer_card(world: World) -> None:
    field = second_register(world)
    assert not list((field.path / "people").glob("root.*.key"))
    field.ok("case", "open", "KBR-2026-0099", "--title", "at the roadside")
    words = ("--description", "a phone", "--place", "A104", "--authority", "consent:1")
    field.ok("seize", "KBR-2026-0099/EX-1", *words)
    field.sound()
    enrol = (
        "people",
        "enrol",
        "--name",
        "X",
        "--rank",
        "PC",
        "--service-no",
        "5",
        "--new-passphrase-file",
        "secrets/31",
    )
    field.refused(*enrol, says="the root key of KIBRA is not in this register")


def test_between_two_registers_of_one_agency(world: World) -> None:
    field = second_register(world)
    world.seized()
    world.kibra.ok("release", EX, "--to-officer", "445566", "--purpose", "store")
    world.kibra.ok("receive", EX, by="445566")
    words = ("release", EX, "--to", "KIBRA", "--purpose", "to the field desk", "--out", world.path / "usb")
    package = Path(world.kibra.ok("--json", *words, by="445566").json["package"])
    field.ok("receive", package, "--receipt", world.path / "reply.json")
    world.kibra.ok("acknowledge", world.path / "reply.json")
    assert world.kibra.state()["register"] == "KIBRA/field-2"
    event = ("event", EX, "access-view", "--description", "looked at")
    world.kibra.refused(*event, by="445566", says="is written in KIBRA/field-2")
    field.ok(*event)
    for office in (world.kibra, field):
        office.sound()


def test_the_same_person_cannot_receive_in_a_second_register(world: World) -> None:
    field = second_register(world)
    world.seized()
    package = world.released(to="KIBRA")
    told = field.refused(
        "receive", package, says="cannot receive what the same person or key released", all_but=("field/ledger/lock",)
    )
    assert "two different persons" in told.err


def test_ended_exhibits_stay_ended(world: World) -> None:
    for number, words in enumerate(
        (
            ("return", "--to-person", "Asha Juma", "--authority", "court-order:9", "--witness", "445566"),
            ("dispose", "--method", "shredded", "--authority", "court-order:9", "--witness", "445566"),
            ("void", "--because", "typed twice"),
        ),
        start=1,
    ):
        name = f"{CASE}/EX-{number}"
        world.seized(name)
        if words[0] != "void":
            world.kibra.refused(words[0], name, *words[1:3], status=2, says="missing: --authority, --witness")
        world.kibra.ok(words[0], name, *words[1:])
        world.kibra.again(words[0], name, *words[1:])
        world.kibra.refused("seal", name, "--bag", "B-1", says="no seal may follow")
        world.kibra.ok("correct", name, "1", "--statement", "it was blue")
        assert {"ended", "corrected"} <= world.kibra.sound(name).codes


def test_several_exhibits_on_one_paper(world: World) -> None:
    """All of them or none, one act, one passphrase."""
    names = [f"{CASE}/EX-{number}" for number in (1, 2)]
    (world.path / "signed.pdf").write_bytes(b"signed")
    world.seized(names[0])
    out = ("release", *names, "--to-person", "Dr Chemist", "--purpose", "analysis", "--paper", "signed.pdf")
    world.kibra.refused(*out, says="there is no exhibit")
    world.seized(names[1])
    world.kibra.ok(*out)
    assert len({world.kibra.body("0002-handed-outside.json", name)["act"] for name in names}) == 1
    world.kibra.again(*out)
    third = f"{CASE}/EX-3"
    world.seized(third)
    world.kibra.ok("release", names[0], third, *out[3:])
    assert world.kibra.kinds(names[0]) == world.kibra.kinds(third) == ["seizure", "handed-outside"]


def test_a_seal_is_put_on_once(world: World) -> None:
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1")
    world.kibra.ok("event", EX, "access-view", "--description", "x")
    world.kibra.again("seal", EX, "--bag", "B-1")
    world.kibra.refused(
        "seal", EX, "--bag", "B-1", "--condition", "torn", says="is on KIBRA:KBR-2026-0042/EX-1 already"
    )
    broken = ("event", EX, "seal-broken", "--condition", "intact", "--reason", "to image it", "--seal")
    world.kibra.refused(*broken, "B-9", says="has no seal B-9")
    world.kibra.ok(*broken, "B-1")
    world.kibra.again(*broken, "B-1")
    assert world.kibra.state()["seals"] == []
    world.kibra.ok("seal", EX, "--bag", "B-2")
    world.kibra.ok("seal", EX, "--bag", "B-3", "--replaces", "B-2")
    world.kibra.again("seal", EX, "--bag", "B-3", "--replaces", "B-2")
    assert world.kibra.state()["seals"] == ["B-3"]


def test_the_refusal_travels_with_the_recall_that_answers_it(world: World) -> None:
    package = world.sent()
    world.lab.ok("receive", package, "--refuse", "EX-1:torn", "--receipt", "no.json")
    world.kibra.ok("acknowledge", "no.json")
    beside = (world.kibra.chain() / "0004-recall.refusal.json").read_bytes()
    second = world.released(out="second", more=("--media", str(world.media)))
    inside = second / "custody/chains/KIBRA" / EX / "0004-recall.refusal.json"
    assert inside.read_bytes() == beside
    third = world.path / "third"
    import shutil

    shutil.copytree(second, third)
    world.lab.ok("receive", second)
    assert (world.lab.chain() / "0004-recall.refusal.json").read_bytes() == beside
    assert (world.lab.chain() / "0004-recall.refusal.json.p7s").exists()
    world.lab.sound()


def test_an_officer_card_of_two_pieces(world: World) -> None:
    """Another agency's certificate or root in a card, or an officer who may not open a register."""
    import json

    world.kibra.ok("people", "card", "112233", "--for", "field", "--out", "jane.card")
    world.kibra.ok("people", "card", "445566", "--for", "field-3", "--out", "ali.card")
    jane, lab = json.loads((world.path / "jane.card").read_text()), json.loads(world.lab.card.read_text())
    (world.path / "mixed.card").write_text(json.dumps(jane | {"card": lab, "register": "LAB/field"}, indent=2) + "\n")
    secrets = [part for no in ("112233", "445566") for part in ("--passphrase-file", str(world.secret(no)))]
    for card, status, says in (("mixed.card", 3, "is not of one piece"), ("ali.card", 5, "is no administrator")):
        with world.unchanged():
            told = world.run(*secrets, "init", "field", "--card", card)
        assert (told.status, says in told.err) == (status, True), told


def test_trust_needs_the_passphrase_before_anything_is_kept(world: World) -> None:
    world.lab.ok("trust", "remove", "KIBRA")
    fingerprint = world.kibra.ok("--json", "agency", "card").json["fingerprint"]
    kept = world.lab.list_of(fingerprint)
    kept.unlink()
    add = ("trust", "add", world.kibra.card, "--fingerprint", fingerprint)
    world.lab.refused("--passphrase-file", world.secret("31"), *add, passphrases=False, says="does not open this key")
    world.lab.ok(*add)
    assert kept.exists()
    kept.unlink()
    world.lab.ok(*add)
    assert kept.exists()


def test_the_same_name_with_other_facts(world: World) -> None:
    world.kibra.again("case", "open", CASE, "--title", "a phone from the market")
    world.kibra.refused("case", "open", CASE, "--title", "something else", says="with other facts")
    world.seized()
    derive = ("derive", f"{CASE}/EX-1-A", "--from", EX, "--how", "copy", "--description")
    world.kibra.ok(*derive, "a copy")
    world.kibra.refused(*derive, "another copy", says="with other facts")
    release = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", "usb")
    world.kibra.refused(*release, "--answer-by", "yesterday", status=2, says="not a time")
    world.kibra.ok(*release)
