"""People and agencies: they leave, rise, lose keys, renew roots, open second registers."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from tests.attacks.kit import revoke, second_register
from tests.custody.station import CASE, EX, Answer, Office, World
from tests.honest.situation import UNDETERMINED, honest, judge

FACTS = ("--description", "a phone", "--place", "the market", "--authority", "warrant:E1/2026")
FELL = ("incident", "--description", "fell down")
OTHER = f"{CASE}/EX-2"


def renewed(world: World, service_no: str, *more: str) -> None:
    words = ("people", "renew", service_no, *more, "--new-passphrase-file", world.secret(service_no))
    world.kibra.ok(*words)


@honest(happens="An officer leaves; what he signed before stays.")
def an_officer_who_left(world: World) -> Iterator[Answer]:
    world.kibra.ok("seize", EX, *FACTS, by="445566")
    revoke(world.kibra, "445566", "left")
    world.kibra.ok("takeover", EX, "--because", "absent", "--witness", "112233", by="900100")
    yield judge(world, world.kibra, EX)


@honest(happens="An officer loses the key, gets a new one, and goes on holding what he held.")
def a_lost_key(world: World) -> Iterator[Answer]:
    world.kibra.ok("seize", EX, *FACTS, by="445566")
    renewed(world, "445566", "--reason", "key-lost")
    world.kibra.ok("event", EX, *FELL, by="445566")
    yield judge(world, world.kibra, EX)


@honest(
    happens="An officer's key is lost after a seizure that nobody else signed upon; another agency receives it.",
    verdict=UNDETERMINED, says=("certificate-revoked",), way_out="docs/sop/26-promoted-renewed-or-a-lost-key.md",
    then=UNDETERMINED, still=("certificate-revoked",),
)  # fmt: skip
def a_lost_key_seen_by_another_agency(world: World) -> Iterator[Answer]:
    world.kibra.ok("seize", EX, *FACTS, by="445566")
    renewed(world, "445566", "--reason", "key-lost")
    package = _given(world, "445566")
    yield judge(world, world.lab, package)
    world.lab.ok("receive", package, "--accept", EX, "--receipt", "r.json")
    yield judge(world, world.lab, EX)


@honest(happens="An officer's key is lost after a colleague signed upon the seizure; another agency receives it.")
def a_lost_key_under_a_colleagues_record(world: World) -> Iterator[Answer]:
    world.kibra.ok("seize", EX, *FACTS, by="445566")
    world.kibra.ok("event", EX, *FELL)
    since = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    time.sleep(1.1)
    renewed(world, "445566", "--reason", "key-lost", "--since", since)
    yield judge(world, world.lab, _given(world, "445566"))


def _given(world: World, by: str) -> str:
    words = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb")
    package: str = world.kibra.ok("--json", *words, by=by).json["package"]
    return package


@honest(happens="An officer is promoted.")
def promoted(world: World) -> Iterator[Answer]:
    world.kibra.ok("seize", EX, *FACTS, by="445566")
    renewed(world, "445566", "--rank", "SGT", "--role", "officer", "--role", "supervisor")
    world.kibra.ok("event", EX, *FELL, by="445566")
    yield judge(world, world.kibra, EX)


@honest(happens="The last administrator is promoted, after it was tried to revoke her.")
def the_last_administrator(world: World) -> Iterator[Answer]:
    world.seized()
    world.kibra.refused("people", "revoke", "112233", "--reason", "superseded", says="last administrator")
    renewed(world, "112233", "--rank", "SGT")
    world.kibra.ok("event", EX, *FELL)
    yield judge(world, world.kibra, EX)


@honest(happens="Somebody who left comes back, and is enrolled again.")
def back_again(world: World) -> Iterator[Answer]:
    world.kibra.ok("seize", EX, *FACTS, by="445566")
    revoke(world.kibra, "445566", "left")
    words = ("--name", "Ali Hassan", "--rank", "CPL", "--service-no", "445566", "--role", "officer")
    world.kibra.ok("people", "enrol", *words, "--new-passphrase-file", world.secret("445566"))
    world.kibra.ok("event", EX, *FELL, by="445566")
    yield judge(world, world.kibra, EX)


@honest(happens="An officer changes the passphrase.")
def another_passphrase(world: World) -> Iterator[Answer]:
    world.seized()
    (world.path / "secrets" / "new").write_text("four words are here\n")
    new = world.path / "secrets" / "new"
    world.kibra.ok("people", "passphrase", "--new-passphrase-file", new)
    words = world.kibra.words(("event", EX, *FELL), None, passphrases=False)
    assert world.run("--passphrase-file", str(new), *words).status == 0
    yield judge(world, world.kibra, EX)


@honest(happens="An agency's card is received a second time.")
def a_card_twice(world: World) -> Iterator[Answer]:
    package = world.sent_in_a_bag()
    told = world.kibra.ok("--json", "agency", "card").json["fingerprint"]
    world.lab.ok("trust", "add", world.kibra.card, "--fingerprint", told)
    yield judge(world, world.lab, package)


@honest(happens="The station opens a second register, and an exhibit goes from one to the other.")
def a_second_register(world: World) -> Iterator[Answer]:
    field = second_register(world)
    field.ok("case", "open", CASE, "--title", "the same case")
    field.ok("seize", OTHER, *FACTS)
    (world.path / "stick").mkdir()
    words = ("release", OTHER, "--to", "KIBRA", "--purpose", "the store", "--out", world.path / "stick")
    package = field.ok("--json", *words).json["package"]
    world.kibra.ok("receive", package, "--receipt", "r.json", by="445566")
    field.ok("acknowledge", "r.json")
    yield judge(world, world.kibra, OTHER)
    yield judge(world, field, OTHER)


@honest(
    happens="Two registers of a station open an exhibit of one name; both are sent to the laboratory.",
    verdict=UNDETERMINED, says=("name-collision",), way_out="docs/sop/30-explain-a-contradiction.md",
)  # fmt: skip
def one_name_twice(world: World) -> Iterator[Answer]:
    world.seized()
    field = second_register(world)
    field.ok("case", "open", CASE, "--title", "the same case")
    field.ok("seize", EX, *FACTS)
    told = world.lab.ok("--json", "agency", "card").json["fingerprint"]
    field.ok("trust", "add", world.lab.card, "--fingerprint", told)
    world.lab.ok("receive", world.released(), "--receipt", "r.json")
    world.lab("receive", _sent(world, field, EX), "--receipt", "s.json")
    yield judge(world, world.lab, EX)
    field.ok("recall", EX, "--because", "never-sent")
    field.ok("void", EX, "--because", "the number was taken: see EX-2")
    field.ok("seize", OTHER, *FACTS)
    world.lab.ok("receive", _sent(world, field, OTHER), "--receipt", "t.json")
    yield judge(world, world.lab, OTHER)


def _sent(world: World, field: Office, exhibit: str) -> str:
    out = world.path / f"stick-{exhibit[-4:]}"
    out.mkdir()
    words = ("release", exhibit, "--to", "LAB", "--purpose", "x", "--out", out)
    package: str = field.ok("--json", *words).json["package"]
    return package


@honest(
    happens="An agency is not trusted any more; what it signed before was received before.",
    verdict=UNDETERMINED,
    says=("signer-unknown",),
    way_out="docs/sop/02-get-to-know-another-agency.md",
)
def trusted_no_longer(world: World) -> Iterator[Answer]:
    world.handed_over()
    told = world.lab.ok("--json", "agency", "card").json["fingerprint"]
    world.kibra.ok("trust", "remove", "LAB")
    yield judge(world, world.kibra, EX, "--records-only")
    world.kibra.ok("trust", "add", world.lab.card, "--fingerprint", told)
    yield judge(world, world.kibra, EX, "--records-only")
