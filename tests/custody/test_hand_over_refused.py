"""Hand-overs that must not happen: who may not, when not, and that nothing is written then (C3 to C6)."""

import json
import shutil
from pathlib import Path

import pytest

from manifests.cards import print_reply
from tests.custody.station import CASE, CHEAP, EX, Office, World, opening

RELEASE = ("release", EX, "--to", "LAB", "--purpose", "extraction", "--out", "usb")


def another_agency(world: World, name: str, code: str, agency: str) -> Office:
    """A register of its own that trusts LAB and nobody trusts."""
    office = Office(world, name, {"5": "tom has three words"}, code)
    secret = world.secret("5")
    secret.write_text("tom has three words\n")
    words = opening(agency=agency, code=code, service_no="5")
    made = world.run("--passphrase-file", str(secret), "init", str(office.path), *words)
    assert made.status == 0, made
    fingerprint = world.lab.ok("--json", "agency", "card").json["fingerprint"]
    office.ok("trust", "add", world.lab.card, "--fingerprint", fingerprint)
    office.ok("agency", "card", "--out", world.path / f"{name}.card.json")
    return office


def package_of(office: Office) -> Path:
    """A phone seized there and released to LAB."""
    out = office.world.path / f"from-{office.name}"
    out.mkdir()
    office.ok("case", "open", CASE, "--title", "x")
    office.ok("seize", EX, "--description", "a phone", "--place", "here", "--authority", "consent:1")
    words = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", out)
    return Path(office.ok("--json", *words).json["package"])


def test_a_package_for_another_agency(world: World) -> None:
    package = world.sent()
    told = world.court.refused("receive", package, says="is for LAB, not for COURT")
    assert "give it back to the courier" in told.err
    world.court.refused("receive", package, "--refuse", "EX-1:not ours", says="is for LAB, not for COURT")


def test_an_unknown_signer(world: World) -> None:
    stranger = another_agency(world, "runda", "RUNDA", "Runda Police Station")
    package = package_of(stranger)
    told = world.lab.refused("receive", package, says="signer-unknown")
    assert "refuse it: --refuse" in told.err
    told = world.lab.refused("receive", package, "--accept", EX, says="signer-unknown")
    assert "custody trust add CARD" in told.err
    report = world.lab.verify(package)
    assert (report.status, "signer-unknown" in report.codes) == (4, True)


def test_the_answer_of_a_stranger(world: World) -> None:
    """A reply under a root that is not trusted any more changes nothing."""
    package = world.sent()
    world.lab.ok("receive", package, "--receipt", world.path / "reply.json")
    world.kibra.ok("trust", "remove", "LAB")
    told = world.kibra.refused("acknowledge", "reply.json", says="not trusted here", status=4)
    assert "custody trust add CARD" in told.err


def test_a_second_agency_with_the_same_code(world: World) -> None:
    double = another_agency(world, "double", "KIBRA", "Kibera Police Station")
    card = world.path / "double.card.json"
    fingerprint = double.ok("--json", "agency", "card").json["fingerprint"]
    trust = ("trust", "add", card, "--fingerprint", fingerprint)
    told = world.lab.refused(*trust, says="another root is trusted for KIBRA")
    assert "ask the agency" in told.err
    world.kibra.refused(*trust, says="is this register's own code")
    package = package_of(double)
    world.lab.refused("receive", package, "--accept", EX, says="signer-unknown")
    report = world.lab.verify(package)
    assert (report.status, "signer-unknown" in report.codes) == (4, True)


def test_two_chains_with_one_name_are_told_apart(world: World) -> None:
    """LAB holds KIBRA's exhibit; a package of the double names the same chain, and is a fork of nothing."""
    world.handed_over()
    package = package_of(another_agency(world, "double", "KIBRA", "Kibera Police Station"))
    held = world.lab.leaves()
    told = world.lab("receive", package, "--accept", EX)
    assert (told.status, "contradicts what is here" in told.said) == (5, True), told
    assert world.lab.leaves() == held
    assert not (world.lab.path / "quarantine").exists() or not list((world.lab.path / "quarantine").rglob("*.json"))
    assert "not kept: 0001-seizure.json" in " ".join(told.err.split())
    report = world.lab.verify(EX, "--media", world.media)
    assert (report.status, report.json["verdict"]) == (0, "CONFIRMED"), report  # nobody trusted signed the rival


def test_same_key_in_two_certificates(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An officer enrolled with the giver's key cannot be the receiver."""
    from custody.acts import people
    from custody.acts.desk import Desk
    from custody.edges import keys
    from custody.edges.pins import Pins
    from custody.edges.register import Register
    from manifests.certificates import Subject

    monkeypatch.setattr(keys, "SCRYPT_N", CHEAP)
    jane = world.kibra.people["112233"]
    desk = Desk(
        register=Register(world.kibra.path), pins=Pins(world.path / "settings" / "custody" / "pins"),
        as_officer="112233", passphrase=lambda whose, attempt: attempt(jane),
    )  # fmt: skip
    sealed = desk.key_path(desk.me().certificate).read_bytes()
    monkeypatch.setattr(keys, "new_key", lambda: keys.decrypt(sealed, jane))
    subject = Subject(
        name="Somebody Else", rank="PC", service_no="777", agency=desk.own.agency, code="KIBRA", roles=("officer",)
    )
    people.enrol(desk, subject, lambda whose: jane)
    world.seized()
    world.kibra.ok("release", EX, "--to-officer", "777", "--purpose", "x")
    told = world.kibra.refused("receive", EX, by="777", says="cannot receive what the same person or key released")
    assert "two different persons" in told.err


def test_only_the_holder_releases(world: World) -> None:
    world.seized()
    told = world.kibra.refused(*RELEASE, by="445566", says="only the holder releases")
    assert "custody --as 112233 release" in told.err
    world.kibra.ok("release", EX, "--to-officer", "445566", "--purpose", "store")
    world.kibra.ok("receive", EX, by="445566")
    world.kibra.refused(*RELEASE, says="only the holder releases")
    paper = world.path / "scan.pdf"
    paper.write_bytes(b"x")
    world.kibra.refused(
        "release", EX, "--to-person", "A", "--purpose", "x", "--paper", paper, says="is not the holder of"
    )
    world.kibra.refused("void", EX, "--because", "x", says="is not the holder of")


OUT_OF_ORDER = {
    "nothing seized": ((), ("seal", EX, "--bag", "B-1"), "there is no exhibit"),
    "nothing released": (("seize",), ("receive", EX), "is not released"),
    "recall of nothing": (("seize",), ("recall", EX, "--because", "lost"), "is not released"),
    "release of nothing": ((), RELEASE, "there is no exhibit"),
    "seal while away": (("seize", "release"), ("seal", EX, "--bag", "B-1"), "released and not yet answered"),
    "event while away": (
        ("seize", "release"), ("event", EX, "access-view", "--description", "x"), "released and not yet answered"
    ),
    "released to another": (
        ("seize", "release"), ("release", EX, "--to", "COURT", "--purpose", "x"), "is released to LAB already"
    ),
    "released to an officer": (
        ("seize", "release"), ("release", EX, "--to-officer", "445566", "--purpose", "x"), "is released to LAB already"
    ),
    "back from nowhere": (("seize",), ("receive", EX, "--back", "--paper", "scan.pdf"), "is not held outside"),
    "derive while away": (
        ("seize", "release"),
        ("derive", f"{CASE}/EX-2", "--from", EX, "--how", "image", "--description", "x"),
        "released and not yet answered",
    ),
    "takeover while away": (
        ("seize", "release"), ("takeover", EX, "--because", "dead", "--witness", "445566"),
        "released and not yet answered",
    ),
    "sealed while away": (("seize", "release"), ("seal", EX, "media"), "is released"),
    "unknown exhibit of a known case": (("seize",), ("seal", f"{CASE}/EX-2", "--bag", "B-1"), "there is no exhibit"),
    "case not open": (
        (), ("seize", "OTHER/EX-1", "--description", "x", "--place", "x", "--authority", "a:b"), "is not open here"
    ),
    "seized again, otherwise": (
        ("seize",), ("seize", EX, "--description", "blue", "--place", "x", "--authority", "a:b"), "with other facts"
    ),
    "no such seal": (("seize",), ("seal", EX, "--bag", "B-2", "--replaces", "B-1"), "has no seal B-1"),
}  # fmt: skip


@pytest.mark.parametrize("case", OUT_OF_ORDER)
def test_out_of_order(world: World, case: str) -> None:
    done, words, says = OUT_OF_ORDER[case]
    (world.path / "scan.pdf").write_bytes(b"x")
    if "seize" in done:
        world.seized()
    if "release" in done:
        world.kibra.ok(*RELEASE)
    by = "900100" if words[0] == "takeover" else None
    world.kibra.refused(*words, says=says, by=by)


@pytest.mark.parametrize("many", [1, 3])
def test_a_wrong_passphrase(world: World, many: int) -> None:
    world.seized()
    wrong = world.path / "wrong"
    wrong.write_text("not the right words\n")
    files = [part for _ in range(many) for part in ("--passphrase-file", str(wrong))]
    for words in (("seal", EX, "--bag", "B-1"), ("seal", EX, world.media, "--no-describe"), RELEASE):
        world.kibra.refused(*files, *words, passphrases=False, says="the passphrase does not open this key")


def test_no_passphrase_and_no_terminal(world: World) -> None:
    world.seized()
    told = world.kibra.refused("seal", EX, "--bag", "B-1", passphrases=False, status=2, says="is needed")
    assert "PC Jane Wanjiku (112233)" in told.err
    assert "hint: --passphrase-file FILE" in told.err


def test_the_key_of_another_does_not_open_mine(world: World) -> None:
    world.seized()
    other = ("--passphrase-file", world.secret("445566"))
    world.kibra.refused(*other, "seal", EX, "--bag", "B-1", passphrases=False, says="does not open this key")


def test_who_is_it(world: World) -> None:
    told = world.run("-C", str(world.kibra.path), "case", "open", "X-1", "--title", "x")
    assert (told.status, "who signs?" in told.err, "112233 (PC Jane Wanjiku)" in told.err) == (2, True, True), told
    told = world.run("-C", str(world.kibra.path), "--as", "4", "case", "open", "X-1", "--title", "x")
    assert (told.status, "no officer 4 with a key" in told.err) == (5, True)


def test_a_revoked_officer_signs_no_more(world: World) -> None:
    world.kibra.ok("people", "revoke", "445566", "--reason", "left")
    world.seized()
    world.kibra.refused("seal", EX, "--bag", "B-1", by="445566", says="no officer 445566")
    world.kibra.refused("release", EX, "--to-officer", "445566", "--purpose", "x", says="no officer 445566")
    world.kibra.refused("people", "revoke", "445566", "--reason", "left", says="is not enrolled here")


def test_only_an_administrator_changes_people_and_trust(world: World) -> None:
    for by in ("445566", "900100"):
        world.kibra.refused("trust", "remove", "LAB", by=by, says="need an administrator")
        world.kibra.refused("people", "revoke", "112233", "--reason", "left", by=by, says="need an administrator")
        words = ("people", "enrol", "--name", "N", "--rank", "PC", "--service-no", "9")
        world.kibra.refused(*words, "--new-passphrase-file", world.secret("31"), by=by, says="need an administrator")


# --- one release, one answer --------------------------------------------------


def test_what_was_accepted_is_not_refused_and_the_other_way_round(world: World) -> None:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--refuse", "EX-1:torn", "--receipt", world.path / "no.json")
    world.lab.refused("receive", package, "--receipt", "yes.json", says="was refused already, in journal record 6")
    again = world.lab("receive", package, "--refuse", "EX-1:torn", "--receipt", world.path / "no2.json")
    assert (again.status, "already recorded" in again.out) == (0, True)
    assert (world.path / "no2.json").read_bytes() == (world.path / "no.json").read_bytes()


def test_what_was_received_is_not_refused(world: World) -> None:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--receipt", world.path / "yes.json")
    told = world.lab.refused("receive", package, "--refuse", "EX-1:torn", says="was received already, at number 4")
    assert "to send it back: custody release" in told.err


def test_a_refusal_needs_a_reason_and_a_known_exhibit(world: World) -> None:
    package = world.sent_in_a_bag()
    world.lab.refused("receive", package, "--refuse", "EX-1", status=2, says="not a refusal")
    world.lab.refused("receive", package, "--refuse", "EX-1:", status=2, says="not a refusal")
    world.lab.refused("receive", package, "--refuse", "EX-7:torn", status=2, says="not a refusal")
    world.lab.refused("receive", package, "--accept", "EX-7", status=2, says="is not offered here")


def test_receipt_and_recall_of_one_release(world: World) -> None:
    """The station recalls, the laboratory receives: contested, both shown, nothing overwritten."""
    package = world.sent()
    world.kibra.ok("recall", EX, "--because", "never-sent")
    world.lab.ok("receive", package, "--receipt", world.path / "reply.json")
    leaves, names = world.kibra.leaves(), world.kibra.names()
    told = world.kibra("acknowledge", "reply.json")
    assert (told.status, "kept in quarantine" in told.said) == (4, True), told
    assert (world.kibra.leaves(), world.kibra.names()) == (leaves, names)
    (kept,) = (world.kibra.path / "quarantine/cases/KIBRA" / EX).glob("0004-receipt.*.json")
    assert kept.read_bytes() == (world.lab.chain() / "0004-receipt.json").read_bytes()

    report = world.kibra.verify(EX, "--media", world.media)
    contested = [f for f in report.json["findings"] if f["code"] == "hand-over-contested"]
    assert (report.status, len(contested)) == (4, 1), report
    assert "Jane Wanjiku" in contested[0]["text"]
    assert "Mary Achieng" in contested[0]["text"]
    shown = world.kibra("log", EX)
    assert "hand-over-contested" in shown.out
    refused = world.kibra("release", EX, "--to", "COURT", "--purpose", "x", "--media", str(world.media), "--out", "usb")
    assert (refused.status, "hand-over-contested" in refused.said) == (5, True), refused

    repeated = world.kibra("acknowledge", "reply.json")
    assert repeated.status == 4
    assert world.kibra.leaves() == leaves


def test_the_recall_comes_to_who_received(world: World) -> None:
    """LAB received; a package of the same exhibit with a recall in that place contradicts LAB's receipt."""
    package = world.sent()
    world.lab.ok("receive", package, "--receipt", world.path / "reply.json")
    world.kibra.ok("recall", EX, "--because", "never-sent")
    second = world.released(out="second", more=("--media", str(world.media)))
    leaves = world.lab.leaves()
    told = world.lab("receive", second)
    assert (told.status, "contradicts what is here" in told.said) == (5, True), told
    assert world.lab.leaves() == leaves
    report = world.lab.verify(EX, "--media", world.media)
    assert (report.status, "hand-over-contested" in report.codes) == (4, True), report
    no = world.lab("receive", second, "--refuse", "EX-1:we hold it already", "--receipt", "no.json")
    assert no.status == 0, no
    refusal = json.loads((world.lab.path / "journal/0006-refusal.json").read_bytes())["body"]
    assert "hand-over-contested" in {each["code"] for each in refusal["differences"]}


def test_a_supervisor_recalls_for_the_releaser(world: World) -> None:
    world.seized()
    world.kibra.ok(*RELEASE)
    world.kibra.refused("recall", EX, "--because", "lost", by="445566", says="or a supervisor can recall")
    world.kibra.refused("recall", EX, "--because", "tired", status=2, says="not a reason to recall")
    world.kibra.ok("recall", EX, "--because", "lost", by="900100")
    world.kibra.again("recall", EX, "--because", "lost", by="900100")
    world.kibra.refused("recall", EX, "--because", "expired", says="is not released")
    assert world.kibra.state()["holder"]["name"] == "Jane Wanjiku"
    world.kibra.sound()


def test_the_answer_to_a_recalled_release_is_late(world: World) -> None:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--refuse", "EX-1:torn", "--receipt", world.path / "no.json")
    world.kibra.ok("recall", EX, "--because", "lost")
    world.kibra.refused("acknowledge", "no.json", says="it was recalled")


def test_a_refusal_for_another_register(world: World) -> None:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--refuse", "EX-1:torn", "--receipt", world.path / "no.json")
    world.court.refused("acknowledge", "no.json", says="there is no exhibit")
    world.lab.refused("acknowledge", "no.json", says="there is no exhibit")


def test_a_receipt_for_another_register(world: World) -> None:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--receipt", world.path / "yes.json")
    world.court.refused("acknowledge", "yes.json", says="was never here")


# --- seals at a hand-over -----------------------------------------------------


def test_a_seal_that_differs_is_accepted_only_by_name(world: World) -> None:
    package = world.sent_in_a_bag()
    told = world.lab.refused("receive", package, "--seal", "B-2", says="seal read B-2, expected B-1")
    assert "--accept" in told.err
    world.lab.ok("receive", package, "--seal", "B-2", "--accept", "EX-1")
    report = world.lab.verify(EX)
    assert (report.status, "seal-differs" in report.codes) == (4, True)
    assert world.lab.body("0004-receipt.json")["body"]["seal"] == {"observed": "B-2", "expected": ["B-1"]}


def test_a_seal_not_read_is_a_note(world: World) -> None:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package)
    assert "seal-not-read" in world.lab.sound(EX).codes


def test_the_right_seal(world: World) -> None:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--seal", "EX-1=B-1")
    assert not {"seal-differs", "seal-not-read"} & world.lab.sound(EX).codes


def test_a_phone_that_was_never_measured_says_so(world: World) -> None:
    world.sent_in_a_bag()
    assert "physical-exhibit" in world.kibra.sound(EX).codes


# --- trust --------------------------------------------------------------------


@pytest.mark.parametrize("told", ["sha256:" + "0" * 64, "1234567", "", "'; rm -rf /"])
def test_another_fingerprint_is_not_trusted(world: World, told: str) -> None:
    office = another_agency(world, "runda", "RUNDA", "Runda Police Station")
    words = ("trust", "add", world.path / "runda.card.json", "--fingerprint", told)
    status = 5 if told else 2
    world.lab.refused(*words, status=status, says="not trusted" if told else "missing: --fingerprint")
    assert office.path.exists()


def test_trust_ends_and_begins_again(world: World) -> None:
    fingerprint = world.kibra.ok("--json", "agency", "card").json["fingerprint"]
    world.lab.again("trust", "add", world.kibra.card, "--fingerprint", fingerprint)
    package = world.sent_in_a_bag()
    world.lab.ok("trust", "remove", "KIBRA")
    world.lab.refused("receive", package, "--accept", EX, says="signer-unknown")
    world.lab.ok("trust", "add", world.kibra.card, "--fingerprint", fingerprint[-8:])
    world.lab.ok("receive", package)
    world.lab.sound()


def test_a_planted_root_vouches_for_nothing(world: World) -> None:
    """A whole register made by somebody else, put in the place of ours: this computer has not pinned it."""
    double = another_agency(world, "double", "KIBRA", "Kibera Police Station")
    package_of(double)
    stolen = world.path / "settings"
    shutil.rmtree(stolen)
    report = double.verify("--records-only")
    assert (report.status, "anchor-only-own" in report.codes) == (4, True)
    anchored = double.verify("--records-only", "--anchor", world.kibra.card)
    assert (anchored.status, "anchor-only-own" in anchored.codes) == (4, True)


@pytest.mark.parametrize("what", ["package", "record", "reply"])
def test_a_planted_register_around_a_package_vouches_for_nothing_in_it(world: World, what: str) -> None:
    """A stick with a package and a register around it: who stands in that folder is not made to trust its root."""
    double = another_agency(world, "double", "KIBRA", "Kibera Police Station")
    package = package_of(double).rename(double.path / "package")
    record = package / "custody" / "chains" / "KIBRA" / EX / "0001-seizure.json"
    inside = {f"chains/KIBRA/{EX}/{path.name}": path.read_bytes() for path in record.parent.glob("0001-*")}
    (double.path / "reply.json").write_bytes(print_reply(inside))
    target = {"package": package, "record": record, "reply": double.path / "reply.json"}[what]
    shutil.rmtree(world.path / "settings")
    report = double.verify(target)
    assert (report.status, "signer-unknown" in report.codes) == (4, True), report
    assert any("what KIBRA/" in each for each in report.json["not_checked"])
    assert double.verify(target, "--anchor", world.kibra.card).status == 4
    assert double.verify(target, "--anchor", world.path / "double.card.json").status == 0


def test_a_journal_that_was_cut_is_noticed_where_a_package_is_verified(world: World) -> None:
    """It decides who is trusted: here the laboratory's, which no longer says that the station is not."""
    package = world.sent_in_a_bag()
    assert world.lab.verify(package).status == 0
    world.lab.ok("trust", "remove", "KIBRA")
    assert world.lab.verify(package).status == 4
    for each in (world.lab.path / "journal").glob("*-anchor-removed*"):
        each.unlink()
    report = world.lab.verify(package)
    assert (report.status, "ledger-shorter" in report.codes) == (3, True), report
