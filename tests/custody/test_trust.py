"""Cards and roots: checked as one piece, one live root a code, the newest list of each kept (signature.md, S5, S6)."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from manifests import strict
from manifests.cards import CARD, Card, b64
from manifests.digest import identity
from tests.custody.station import EX, Office, World
from tests.vectors import people
from tests.vectors.people import Root

MORGUE = people.root("Invented Morgue", "MORGUE", 9100)


def card(world: World, root: Root, crl: bytes | None = None, name: str = "other.card.json") -> Path:
    """A card somebody brings."""
    made = Card(
        format=CARD, agency=root.agency, code=root.code, root=b64(root.certificate),
        crl=b64(root.revocations() if crl is None else crl),
    )  # fmt: skip
    path = world.path / name
    path.write_bytes(strict.pretty(made))
    return path


def add(world: World | None, path: Path) -> tuple[Any, ...]:
    """The words that trust a card, with the fingerprint of the root in it."""
    from manifests.cards import unb64

    return "trust", "add", path, "--fingerprint", identity(unb64(json.loads(path.read_bytes())["root"]))


def kept(office: Office, root: Root) -> bytes | None:
    path = office.list_of(root.fingerprint)
    return path.read_bytes() if path.exists() else None


# --- a card is of one piece ------------------------------------------------------


@pytest.mark.parametrize(
    "crl",
    [
        pytest.param(people.LAB.revocations(), id="of another root"),
        pytest.param(b"no list", id="none"),
        pytest.param(MORGUE.revocations(part=(x509.DeltaCRLIndicator(1), True)), id="a delta"),
    ],
)
def test_a_card_with_a_list_that_is_not_its_own_is_not_trusted(world: World, crl: bytes) -> None:
    path = card(world, MORGUE, crl)
    world.kibra.refused(*add(world, path), status=3, says="revocation list")
    assert "MORGUE" not in world.kibra.ok("trust", "list").out


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        pytest.param({"private": people.key(9, ec.SECP192R1())}, "kind of key is not allowed", id="P-192"),
        pytest.param({"private": people.rsa_2048()}, "kind of key is not allowed", id="RSA 2048"),
        pytest.param({"end": people.OPENED.replace(month=2)}, "not now", id="expired"),
        pytest.param({"start": people.CLOSES}, "not now", id="not yet valid"),
    ],
)
def test_a_weak_root_or_one_outside_its_time_is_not_trusted(world: World, facts: dict[str, Any], says: str) -> None:
    path = card(world, people.root("Invented Morgue", "MORGUE", 9101, **facts))
    world.kibra.refused(*add(world, path), status=3, says=says)
    assert "MORGUE" not in world.kibra.ok("trust", "list").out


# --- one live root a code ----------------------------------------------------------


def test_a_second_root_of_an_agency_is_refused_and_the_way_is_named(world: World) -> None:
    path = card(world, people.root("Government Laboratory", "LAB", 9102))
    told = world.kibra.refused(*add(world, path), says="another root is trusted for LAB already")
    assert "custody trust replace" in told.said


def test_no_root_but_the_own_is_trusted_for_the_own_code(world: World) -> None:
    path = card(world, people.root("Kibera Police Station", "KIBRA", 9103))
    world.kibra.refused(*add(world, path), says="own code")


def test_two_agencies_with_one_root_key_are_refused(world: World) -> None:
    world.kibra.ok(*add(world, card(world, MORGUE)))
    same = people.root("Invented Hospital", "HOSPITAL", 9104, private=MORGUE.private)
    world.kibra.refused(*add(world, card(world, same)), says="the key of another")


# --- an agency's new root (A14) --------------------------------------------------------


def renewed(world: World) -> Office:
    """The laboratory makes a new root, in a new register, and the station hears of it by telephone."""
    from tests.custody.station import opening

    world.secret("lab2").write_text("the words of the new laboratory\n")
    words = opening(
        agency="Government Laboratory", code="LAB", officer="Peter Kamau", rank="Analyst", service_no="7002"
    )
    made = world.run("--passphrase-file", str(world.secret("lab2")), "init", "lab-2", *words)
    assert made.status == 0, made
    office = Office(world, "lab-2", {"lab2": ""}, "LAB")
    call(office, "agency", "card", "--out", world.path / "new.json")
    return office


def call(office: Office, *words: Any) -> Any:
    told = office.world.run("-C", office.name, "--passphrase-file", str(office.world.secret("lab2")), *map(str, words))
    assert told.status == 0, told
    return told


def replace_words(path: Path) -> tuple[Any, ...]:
    return "trust", "replace", *add(None, path)[2:]


def test_a_new_root_keeps_what_the_old_one_signed_and_gets_what_is_new(world: World) -> None:
    world.handed_over()
    world.seized("KBR-2026-0042/EX-2")
    new = renewed(world)
    path = world.path / "new.json"
    world.kibra.refused(*add(world, path), says="another root is trusted for LAB already")
    world.kibra.ok(*replace_words(path))
    assert "already recorded" in world.kibra.ok(*replace_words(path)).out
    world.kibra.sound(EX)
    world.kibra.sound()
    listed = world.kibra.ok("trust", "list").out
    assert listed.count("LAB  Government Laboratory") == 2
    assert listed.count("replaced: only for what was signed before") == 1
    package = world.released("KBR-2026-0042/EX-2")
    call(new, *add(world, world.kibra.card))
    told = call(new, "--json", "receive", package, "--receipt", world.path / "reply-2.json")
    assert told.json["records"][0]["kind"] == "receipt"
    world.kibra.ok("acknowledge", "reply-2.json")
    world.kibra.sound("KBR-2026-0042/EX-2")


def test_what_the_old_root_signs_after_it_was_replaced_is_signed_by_nobody(world: World) -> None:
    """Its officers go on in the old register, as if nothing had happened."""
    world.sent()
    renewed(world)
    world.kibra.ok(*replace_words(world.path / "new.json"))
    _a_moment_later(world)
    world.lab.ok("receive", world.path / "usb" / "KBR-2026-0042_EX-1_to_LAB", "--receipt", world.path / "reply.json")
    world.kibra.refused("acknowledge", "reply.json", status=4, says="not trusted here")


def _a_moment_later(world: World) -> None:
    """Signing times are whole seconds."""
    import time

    time.sleep(1.1)


def test_a_root_that_was_replaced_does_not_come_back(world: World) -> None:
    old = world.lab.card
    renewed(world)
    world.kibra.ok(*replace_words(world.path / "new.json"))
    world.kibra.refused(*replace_words(old), says="was replaced by another root")
    world.kibra.refused(*add(world, old), says="another root is trusted for LAB already")


def test_only_a_root_that_is_there_and_not_the_own_is_replaced(world: World) -> None:
    world.kibra.refused(*replace_words(card(world, MORGUE)), says="no root is trusted for MORGUE")
    own = card(world, people.root("Kibera Police Station", "KIBRA", 9105))
    world.kibra.refused(*replace_words(own), says="own code")
    path = card(world, people.root("Government Laboratory", "LAB", 9106), people.LAB.revocations())
    world.kibra.refused(*replace_words(path), status=3, says="not signed by this root")


def test_an_agency_that_is_removed_is_removed_with_its_old_roots(world: World) -> None:
    world.handed_over()
    renewed(world)
    world.kibra.ok(*replace_words(world.path / "new.json"))
    told = world.kibra.ok("trust", "remove", "LAB")
    assert told.out.count("anchor-removed recorded") == 2
    assert "LAB" not in world.kibra.ok("trust", "list").out
    assert "signer-unknown" in world.kibra.verify(EX).codes


# --- the newest list is kept ---------------------------------------------------------


def test_a_newer_list_on_a_card_is_kept_an_older_one_never(world: World) -> None:
    one, two = MORGUE.revocations(number=1), MORGUE.revocations(number=2)
    world.kibra.ok(*add(world, card(world, MORGUE, one)))
    assert kept(world.kibra, MORGUE) == one
    world.kibra.ok(*add(world, card(world, MORGUE, two)))
    assert kept(world.kibra, MORGUE) == two
    world.kibra.ok(*add(world, card(world, MORGUE, one)))
    assert kept(world.kibra, MORGUE) == two
    world.kibra.list_of(MORGUE.fingerprint).write_bytes(b"torn")
    world.kibra.ok(*add(world, card(world, MORGUE, one)))
    assert kept(world.kibra, MORGUE) == one


def test_a_list_in_a_package_is_kept_by_who_trusts_its_root(world: World) -> None:
    world.seized()
    package = world.released()
    newer = MORGUE.revocations(number=5)
    card(world, MORGUE, newer, str(package / "custody" / "cards" / "MORGUE.card.json"))
    receive = ("receive", package, "--receipt", world.path / "reply.json")
    world.lab.ok(*receive)
    assert kept(world.lab, MORGUE) is None
    world.lab.ok(*add(world, card(world, MORGUE)))
    assert kept(world.lab, MORGUE) == MORGUE.revocations()
    world.lab.ok(*receive)
    assert kept(world.lab, MORGUE) == newer


def test_a_list_in_a_reply_is_kept_and_judges_from_then_on(world: World) -> None:
    """The laboratory's reply brings its newest list; what the station has of that officer is undecided from then on."""
    world.handed_over()
    world.kibra.sound(EX)
    reply = json.loads((world.path / "reply.json").read_bytes())
    assert [f["name"] for f in reply["files"] if f["name"].startswith("cards/")] == ["cards/LAB.card.json"]
    lab = json.loads(world.lab.card.read_bytes())
    newer = _list_of_the_laboratory(world, number=2)
    for each in reply["files"]:
        if each["name"] == "cards/LAB.card.json":
            each["content"] = b64((json.dumps(lab | {"crl": b64(newer)}, indent=2) + "\n").encode())
    (world.path / "newer.json").write_text(json.dumps(reply, indent=2) + "\n")
    world.kibra.ok("acknowledge", "newer.json")
    assert world.kibra.list_of(world.lab.fingerprint).read_bytes() == newer
    told = world.kibra.verify(EX)
    assert (told.status, "certificate-revoked" in told.codes) == (4, True)


def _list_of_the_laboratory(world: World, number: int) -> bytes:
    """A list on which its receiving officer stands."""
    from custody.edges import clock, keys
    from manifests.certificates import serial_number
    from manifests.revocation import Revocation, RevocationList, make_list

    folder, passphrase = world.lab.path / "people", next(iter(world.lab.people.values()))
    root_key = keys.decrypt(next(folder.glob("root*.key")).read_bytes(), passphrase)
    signer = json.loads((world.lab.chain() / "0004-receipt.json").read_bytes())["by"]["certificate"]
    certificate = (folder / f"{signer[7:39]}.crt").read_bytes()
    revoked = {serial_number(certificate): Revocation(made=clock.now())}
    wanted = RevocationList(number=number, made=clock.now(), revoked=revoked)
    return make_list((folder / "root.crt").read_bytes(), root_key, wanted)


# --- the wrong kind of file (C8, C27) ------------------------------------------------


def test_what_is_no_evidence_is_not_called_refuted(world: World) -> None:
    lab = world.lab.card
    for words in (("verify", f"./{lab.name}"), ("acknowledge", lab), ("receive", f"./{lab.name}")):
        told = world.kibra.refused(*words, status=2, says="an agency card")
        assert "custody trust add" in told.said
    world.seized()
    package = world.released()
    world.lab.ok("receive", package, "--receipt", world.path / "reply.json")
    told = world.kibra.refused("trust", "add", "reply.json", "--fingerprint", "0" * 8, status=2, says="this is a reply")
    assert "custody acknowledge" in told.said
    told = world.lab.refused("receive", world.kibra.path, status=2, says="is a register; not a package")
    (package / "bagit.txt").unlink()
    told = world.court.refused("receive", package, status=2, says="a part of a package")
    assert "was not copied whole" in told.said


def test_inspect_shows_the_fingerprint_of_a_card(world: World) -> None:
    """To a prosecutor without a register too."""
    told = world.run("inspect", str(world.lab.card))
    assert (told.status, world.lab.fingerprint in told.out) == (0, True)
    assert world.run("--json", "inspect", str(world.lab.card)).json["fingerprint"] == world.lab.fingerprint
    world.seized()
    record = world.kibra.chain(EX) / "0001-seizure.json"
    assert world.run("--json", "inspect", str(record)).json["fingerprint"] is None
