"""People as they come and go: the agency's key, passphrases, renewal, revocation, the recovery sheet (S6, S8, C11)."""

import json
from pathlib import Path
from typing import Any

import pytest

from manifests.certificates import serial_number
from manifests.revocation import RevocationList, read_list
from tests.custody.station import EX, Office, World

NEW = "a new passphrase of six words"


def listed(office: Office) -> RevocationList:
    """The agency's list as it is kept in one register."""
    root = (office.path / "people" / "root.crt").read_bytes()
    return read_list(office.list_of(office.fingerprint).read_bytes(), root)


def certificate(office: Office, service_no: str) -> bytes:
    """The newest certificate of a person, from the journal."""
    import base64

    found = b""
    for path in sorted((office.path / "journal").glob("*-person-enrolled.json")):
        body = json.loads(path.read_bytes())["body"]
        found = base64.b64decode(body["certificate_der"]) if body["service_no"] == service_no else found
    return found


def secret(world: World, phrase: str = NEW, name: str = "new") -> Path:
    world.secret(name).write_text(phrase + "\n")
    return world.secret(name)


def enrol(world: World, service_no: str, *roles: str, **more: Any) -> Path:
    """Enrol somebody at KIBRA, with a passphrase of their own."""
    given = [part for role in roles for part in ("--role", role)]
    words = ("people", "enrol", "--name", "Ruth Wambui", "--rank", "IP", "--service-no", service_no, *given)
    own = secret(world, f"the words of {service_no}", service_no)
    world.kibra.ok(*words, "--new-passphrase-file", own, **more)
    return own


def signs(world: World, own: Path, service_no: str, *words: Any) -> Any:
    """A command of somebody who has no other passphrase than their own."""
    return world.kibra("--passphrase-file", own, *words, by=service_no, passphrases=False)


# --- the agency's key opens for each administrator (C7) ---------------------------------


def test_a_second_administrator_enrols_with_their_own_passphrase(world: World) -> None:
    own = enrol(world, "31", "officer", "administrator")
    words = ("people", "enrol", "--name", "A", "--rank", "PC", "--service-no", "32", "--new-passphrase-file", own)
    assert signs(world, own, "31", *words).status == 0
    world.kibra.sound()


def test_whoever_is_no_administrator_opens_nothing(world: World) -> None:
    own = enrol(world, "31")
    assert not list((world.kibra.path / "people").glob(f"root.{_stem(world, '31')}.key"))
    told = signs(world, own, "31", "people", "renew", "31", "--new-passphrase-file", own)
    assert (told.status, "need an administrator" in told.err) == (5, True)


def _stem(world: World, service_no: str) -> str:
    from manifests.digest import identity

    return identity(certificate(world.kibra, service_no))[7:39]


def test_an_administrator_whose_copy_of_the_key_is_gone_is_told_the_ways_out(world: World) -> None:
    own = enrol(world, "31", "administrator")
    (world.kibra.path / "people" / f"root.{_stem(world, '31')}.key").unlink()
    told = signs(world, own, "31", "people", "renew", "112233", "--new-passphrase-file", own)
    assert (told.status, "does not open for IP Ruth Wambui" in told.said) == (5, True), told
    assert "custody people renew" in told.err
    world.kibra.ok("people", "renew", "31", "--new-passphrase-file", own)
    assert signs(world, own, "31", "people", "renew", "445566", "--new-passphrase-file", own).status == 0


# --- passphrases --------------------------------------------------------------------------


def test_a_changed_passphrase_opens_the_officers_key_and_the_agencys(world: World) -> None:
    new = secret(world)
    old = world.secret("112233")
    world.kibra.ok("people", "passphrase", "--new-passphrase-file", new)
    told = signs(world, old, "112233", "case", "open", "C-2", "--title", "x")
    assert (told.status, "does not open this key" in told.err) == (5, True)
    assert signs(world, new, "112233", "case", "open", "C-2", "--title", "x").status == 0
    words = ("people", "enrol", "--name", "A", "--rank", "PC", "--service-no", "32", "--new-passphrase-file", new)
    assert signs(world, new, "112233", *words).status == 0


def test_a_wrong_or_short_passphrase_changes_nothing(world: World) -> None:
    new = secret(world)
    words = ("people", "passphrase", "--new-passphrase-file")
    world.kibra.refused("--passphrase-file", new, *words, new, passphrases=False, says="does not open this key")
    world.kibra.refused(*words, secret(world, "short"), status=2, says="8 characters")
    words = ("people", "passphrase")
    world.kibra.refused(*words, status=2, says="a new passphrase is needed")


def test_a_change_that_was_interrupted_between_the_two_keys_is_no_dead_end(world: World) -> None:
    """The copy of the agency's key is under the new passphrase already, the officer's own not yet."""
    new, own = secret(world), world.kibra.path / "people" / f"{_stem(world, '112233')}.key"
    before = own.read_bytes()
    world.kibra.ok("people", "passphrase", "--new-passphrase-file", new)
    own.write_bytes(before)
    words = ("people", "renew", "445566", "--new-passphrase-file", world.secret("445566"))
    both = ("--passphrase-file", world.secret("112233"), "--passphrase-file", new)
    world.kibra.ok(*both, *words, passphrases=False)
    world.kibra.ok(*both, "people", "passphrase", "--new-passphrase-file", new, passphrases=False)
    assert signs(world, new, "112233", *words).status == 0


@pytest.mark.parametrize("act", ["new_key()", "check_passphrase('x' * 8)", "new_recovery_code()"])
def test_no_core_is_left_of_a_process_that_makes_a_key(act: str) -> None:
    """Whatever holds a key or a passphrase first, a crash after that leaves no image of it."""
    import subprocess
    import sys

    told = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))"
    code = f"{told}; from custody.edges import keys; keys.{act}; print(resource.getrlimit(resource.RLIMIT_CORE))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "(0, 0)\n"


# --- renewal --------------------------------------------------------------------------------


def test_an_officer_is_promoted_in_one_record_and_goes_on(world: World) -> None:
    """Same person, another certificate: what they hold they go on holding, what they signed stays good."""
    world.seized()
    old = certificate(world.kibra, "112233")
    new = secret(world)
    count = len(list((world.kibra.path / "journal").glob("*.json")))
    told = world.kibra.ok("people", "renew", "112233", "--rank", "SGT", "--new-passphrase-file", new)
    assert len(list((world.kibra.path / "journal").glob("*.json"))) == count + 1, told
    assert "SGT" in world.kibra.ok("people", "list").out
    assert listed(world.kibra).revoked[serial_number(old)].reason == "superseded"
    assert listed(world.kibra).number == 2
    assert signs(world, new, "112233", "seal", EX, "--bag", "B-7").status == 0
    world.kibra.sound()
    told = signs(world, world.secret("112233"), "112233", "seal", EX, "--bag", "B-8", "--replaces", "B-7")
    assert (told.status, "does not open this key" in told.err) == (5, True)


def test_a_promoted_officers_package_is_confirmed_by_who_has_the_new_list(world: World) -> None:
    world.seized()
    new = secret(world)
    world.kibra.ok("people", "renew", "112233", "--rank", "SGT", "--new-passphrase-file", new)
    words = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path)
    told = signs(world, new, "112233", "--json", *words)
    assert told.status == 0, told
    package = told.json["package"]
    report = world.lab.verify(package)
    assert (report.status, report.json["verdict"]) == (0, "CONFIRMED"), report
    assert "revoked-later" in report.codes
    world.lab.ok("receive", package, "--receipt", world.path / "reply.json")
    assert (
        world.lab.list_of(world.kibra.fingerprint).read_bytes()
        == world.kibra.list_of(world.kibra.fingerprint).read_bytes()
    )
    world.lab.sound(EX.join(("KIBRA:", "")))


def test_renewing_gives_and_takes_the_agencys_key_with_the_role(world: World) -> None:
    ali = world.secret("445566")
    world.kibra.ok("people", "renew", "445566", "--role", "officer", "--role", "administrator",
                   "--new-passphrase-file", ali)  # fmt: skip
    words = ("people", "renew", "900100", "--new-passphrase-file", world.secret("900100"))
    assert signs(world, ali, "445566", *words).status == 0
    before = _stem(world, "445566")
    world.kibra.ok("people", "renew", "445566", "--role", "officer", "--new-passphrase-file", ali)
    assert not list((world.kibra.path / "people").glob(f"*{before}.key"))
    assert not list((world.kibra.path / "people").glob(f"root.{_stem(world, '445566')}.key"))
    assert signs(world, ali, "445566", *words).status == 5


def test_a_key_that_was_stolen_is_renewed_with_the_reason(world: World) -> None:
    old = certificate(world.kibra, "112233")
    new = secret(world)
    since = "2026-11-01T06:00:00Z"
    told = world.kibra.ok("people", "renew", "112233", "--reason", "key-compromised", "--since", since,
                          "--new-passphrase-file", new)  # fmt: skip
    assert "person-revoked recorded" in told.out
    entry = listed(world.kibra).revoked[serial_number(old)]
    assert (entry.reason, entry.since.isoformat()) == ("keyCompromise", "2026-11-01T06:00:00+00:00")
    assert signs(world, new, "112233", "case", "open", "C-2", "--title", "x").status == 0


def test_the_lost_key_of_somebody_who_is_no_administrator_is_renewed_with_the_reason(world: World) -> None:
    """The administrator who gives the new key says why the old one ended; the officer could not."""
    words = ("people", "renew", "445566", "--reason", "key-lost", "--new-passphrase-file", world.secret("445566"))
    told = world.kibra.ok(*words)
    assert "person-revoked recorded" in told.out
    world.kibra.ok("case", "open", "C-2", "--title", "x", by="445566")


def test_who_stops_being_an_administrator_gives_no_reason_after_it(world: World) -> None:
    own = enrol(world, "31", "administrator")
    words = ("people", "renew", "31", "--role", "officer", "--new-passphrase-file", own)
    before = world.kibra.leaves()
    told = signs(world, own, "31", *words, "--reason", "key-lost")
    assert (told.status, "another administrator does it" in told.said) == (5, True), told
    assert world.kibra.leaves() == before
    assert signs(world, own, "31", *words).status == 0


# --- the last administrator (A22) -------------------------------------------------------------


def test_the_last_administrator_is_not_revoked_nor_demoted(world: World) -> None:
    told = world.kibra.refused("people", "revoke", "112233", "--reason", "left", says="is the last administrator")
    assert "custody people renew" in told.err
    own = world.secret("112233")
    renew = ("people", "renew", "112233", "--role", "officer", "--new-passphrase-file", own)
    world.kibra.refused(*renew, says="is the last administrator")
    enrol(world, "31", "administrator")
    (world.kibra.path / "people" / f"{_stem(world, '31')}.key").unlink()
    world.kibra.refused("people", "revoke", "112233", "--reason", "left", says="is the last administrator")


def test_one_of_two_administrators_may_go_also_by_their_own_hand(world: World) -> None:
    own = enrol(world, "31", "administrator")
    world.kibra.ok("people", "revoke", "112233", "--reason", "left")
    assert not list((world.kibra.path / "people").glob(f"root.{_stem(world, '112233')}.key"))
    words = ("people", "enrol", "--name", "A", "--rank", "PC", "--service-no", "32", "--new-passphrase-file", own)
    assert signs(world, own, "31", *words).status == 0
    told = signs(world, own, "31", "people", "revoke", "31", "--reason", "left")
    assert (told.status, "is the last administrator" in told.err) == (5, True)


# --- revocation reaches others ------------------------------------------------------------------


def test_a_revocation_is_on_the_card_and_in_the_package_and_is_kept_by_who_gets_it(world: World) -> None:
    """Ali seals and loses the key; the laboratory, which never heard of it, learns it from the next package."""
    world.kibra.ok("seize", EX, "--description", "a phone", "--place", "x", "--authority", "w:1", by="445566")
    gone = certificate(world.kibra, "445566")
    world.kibra.ok("takeover", EX, "--because", "key-lost", "--reason", "the key is lost", "--witness", "112233",
                   by="900100")  # fmt: skip
    told = world.kibra.ok("people", "revoke", "445566", "--reason", "key-lost", "--since", "2026-11-20 14:05",
                          "--note", "left in the matatu")  # fmt: skip
    assert "person-revoked recorded: 445566: key-lost" in told.out
    entry = listed(world.kibra).revoked[serial_number(gone)]
    assert (entry.reason, entry.since.isoformat()) == ("keyCompromise", "2026-11-20T14:05:00+00:00")
    told = world.kibra.ok("--json", "release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path,
                          "--despite", "certificate-revoked", by="900100")  # fmt: skip
    package = told.json["package"]
    report = world.lab.verify(package)
    assert (report.status, "certificate-revoked" in report.codes) == (4, True), report
    world.lab.ok("receive", package, "--receipt", world.path / "reply.json", "--accept", EX)
    mine, theirs = world.kibra.fingerprint, world.lab.list_of(world.kibra.fingerprint)
    assert theirs.read_bytes() == world.kibra.list_of(mine).read_bytes()


def test_a_list_that_was_not_signed_any_more_is_signed_by_doing_it_again(world: World) -> None:
    """Interrupted between the journal's record and the list: the same command again says so and signs the list."""
    mine = world.kibra.list_of(world.kibra.fingerprint)
    before = mine.read_bytes()
    revoke = ("people", "revoke", "445566", "--reason", "left")
    world.kibra.ok(*revoke)
    after = mine.read_bytes()
    mine.write_bytes(before)
    told = world.kibra.ok(*revoke)
    assert "already recorded" in told.out
    assert (
        listed(world.kibra).revoked == read_list(after, (world.kibra.path / "people" / "root.crt").read_bytes()).revoked
    )
    world.kibra.refused(*revoke, says="is not enrolled here")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--reason", "tired"), "no such reason: tired"),
        (("--reason", "left", "--since", "2999-01-01 10:00"), "in the future"),
        (("--reason", "left", "--since", "yesterday"), "not a time"),
    ],
)
def test_a_revocation_in_words_that_are_none(world: World, words: tuple[str, ...], says: str) -> None:
    world.kibra.refused("people", "revoke", "445566", *words, status=2, says=says)


def test_a_further_register_says_where_the_list_is_made(world: World) -> None:
    field = further(world)
    own = secret(world, "ali has three words", "ali")
    told = field("people", "revoke", "112233", "--reason", "left")
    assert (told.status, "is the last administrator" in told.err) == (5, True), own


def further(world: World, name: str = "field-2") -> Office:
    """A further register of the station, of its first officer."""
    card = world.path / f"{name}.card"
    world.kibra.ok("people", "card", "112233", "--for", name, "--out", card)
    words = ("--passphrase-file", str(world.secret("112233")), "init", str(world.path / name), "--card", str(card))
    told = world.run(*words)
    assert told.status == 0, told
    return Office(world, name, {"112233": world.kibra.people["112233"]}, "KIBRA")


# --- names of registers (A15) --------------------------------------------------------------------


def test_a_further_register_has_the_name_on_its_card(world: World) -> None:
    field = further(world)
    assert "KIBRA/field-2" in field("status").out
    field.ok("agency", "card", "--out", world.path / "field-2.json")
    registers = json.loads((world.path / "field-2.json").read_bytes())["registers"]
    assert sorted(registers) == ["KIBRA/desk", "KIBRA/field-2"]
    world.kibra.ok("agency", "card", "--out", world.path / "desk.json")
    assert json.loads((world.path / "desk.json").read_bytes())["registers"] == ["KIBRA/desk", "KIBRA/field-2"]


@pytest.mark.parametrize("name", ["desk", "DESK", "field-2"])
def test_a_name_that_is_known_is_given_to_nobody_else(world: World, name: str) -> None:
    further(world)
    world.kibra.refused("people", "card", "112233", "--for", name, "--out", "b.card", says="is known already")


def test_a_card_opens_no_register_of_another_name(world: World) -> None:
    world.kibra.refused("people", "card", "112233", "--out", "a.card", status=2, says="missing: --for")
    world.kibra.ok("people", "card", "112233", "--for", "field-2", "--out", "jane.card")
    words = ["--passphrase-file", str(world.secret("112233")), "init", "field", "--card", "jane.card"]
    with world.unchanged():
        told = world.run(*words, "--register", "desk")
        assert (told.status, "the card was made for KIBRA/field-2" in told.err) == (5, True), told
    card = json.loads((world.path / "jane.card").read_bytes())
    for forged in ("KIBRA/desk", "LAB/desk"):
        (world.path / "jane.card").write_text(json.dumps(card | {"register": forged}, indent=2) + "\n")
        with world.unchanged():
            told = world.run(*words)
            assert (told.status, "which is no new register" in told.err) == (3, True), told


# --- the recovery sheet -----------------------------------------------------------------------------


def sheet(world: World) -> Path:
    out = world.path / "sheet.txt"
    world.kibra.ok("people", "recovery-sheet", "--recovery-sheet", out)
    return out


def test_with_the_sheet_a_lost_administrator_works_again(world: World) -> None:
    """Jane forgot her passphrase. Her key ends, she gets another, and her exhibits are still hers."""
    world.seized()
    paper = sheet(world)
    new = secret(world)
    words = ("people", "recover", "--name", "Jane Wanjiku", "--rank", "PC", "--service-no", "112233",
             "--new-passphrase-file", new)  # fmt: skip
    told = world.kibra("--passphrase-file", paper, *words, passphrases=False)
    assert told.status == 0, told
    assert "make a new one" in told.err
    assert signs(world, new, "112233", "seal", EX, "--bag", "B-7").status == 0
    assert signs(world, new, "112233", "people", "renew", "445566", "--new-passphrase-file", new).status == 0
    world.kibra.sound()


def test_with_the_sheet_somebody_else_takes_the_place_of_a_dead_administrator(world: World) -> None:
    paper, new = sheet(world), secret(world)
    words = ("people", "recover", "--name", "Ruth Wambui", "--rank", "IP", "--service-no", "31",
             "--new-passphrase-file", new)  # fmt: skip
    assert world.kibra("--passphrase-file", paper, *words, passphrases=False).status == 0
    assert signs(world, new, "31", "people", "revoke", "112233", "--reason", "left").status == 0
    world.kibra.sound()


def test_a_wrong_code_opens_nothing(world: World) -> None:
    paper, new = sheet(world), secret(world)
    code = paper.read_text().splitlines()[0]
    swapped = ("B" if code[0] != "B" else "C") + code[1:]
    words = ("people", "recover", "--name", "R", "--rank", "IP", "--service-no", "31", "--new-passphrase-file", new)
    for wrong, says in ((swapped, "or a letter is wrong"), ("jane has three words", "or a letter is wrong")):
        given = secret(world, wrong, "wrong")
        world.kibra.refused("--passphrase-file", given, *words, passphrases=False, says=says)
    typed = secret(world, code.lower().replace("-", " ").replace("o", "0"), "typed")
    world.kibra.ok("--passphrase-file", typed, *words, passphrases=False)


def test_a_new_sheet_ends_the_old_one_and_no_sheet_opens_nothing(world: World) -> None:
    new = secret(world)
    words = ("people", "recover", "--name", "R", "--rank", "IP", "--service-no", "31", "--new-passphrase-file", new)
    world.kibra.refused(*words, says="no recovery sheet opens this register")
    old = sheet(world).rename(world.path / "old.txt")
    paper = sheet(world)
    world.kibra.refused("--passphrase-file", old, *words, passphrases=False, says="does not open this key")
    world.kibra.ok("--passphrase-file", paper, *words, passphrases=False)


def test_the_code_lies_nowhere_but_on_the_sheet(world: World) -> None:
    told = world.kibra("people", "recovery-sheet", "--recovery-sheet", world.path / "sheet.txt")
    code = (world.path / "sheet.txt").read_text().splitlines()[0]
    plain = code.replace("-", "")
    assert code not in told.out + told.err
    for path in (*world.kibra.path.rglob("*"), *(world.path / "settings").rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        assert not any(each.encode() in data for each in (code, plain, plain[:26])), path


def test_a_sheet_does_not_lie_in_the_register_and_replaces_no_file(world: World) -> None:
    words = ("people", "recovery-sheet")
    world.kibra.refused(*words, status=2, says="shown on a terminal, or written to a file")
    inside = world.kibra.path / "sheet.txt"
    world.kibra.refused(*words, "--recovery-sheet", inside, status=2, says="must not lie in the register")
    (world.path / "there.txt").write_text("mine")
    world.kibra.refused(*words, "--recovery-sheet", world.path / "there.txt", says="is there already")


def test_the_first_register_of_an_agency_is_made_with_a_sheet(world: World) -> None:
    from tests.custody.station import opening

    out, phrase = world.path / "sheet.txt", secret(world)
    made = world.run("--passphrase-file", str(phrase), "init", "runda", *opening(), "--recovery-sheet", str(out))
    assert made.status == 0, made
    runda = Office(world, "runda", {"1": NEW}, "RUNDA")
    assert "RECOVERY  Sealed envelope Recovery sheet  administrator" in runda("people", "list").out
    new = secret(world, "another one of six words", "other")
    words = ("people", "recover", "--name", "Tom", "--rank", "PC", "--service-no", "1", "--new-passphrase-file", new)
    assert runda("--passphrase-file", out, *words, passphrases=False).status == 0
    assert world.run("-C", "runda", "verify", "--records-only").status == 0
    again = world.run("--passphrase-file", str(phrase), "init", "other", *opening(), "--recovery-sheet", str(out))
    assert (again.status, (world.path / "other").exists()) == (5, False)
