"""Attacks by people who were revoked, who were never enrolled, or who are not who they say."""

from manifests import bodies
from manifests.cards import b64
from tests.attacks.attack import ADMINISTRATOR, INSIDER, REFUTED, UNDETERMINED, attack
from tests.attacks.kit import CASE, Forger, forget_pins, judge, key_of, later, put, register_name, rewrite_ledger
from tests.attacks.stages import staged
from tests.custody.station import EX, Answer, World
from tests.vectors.people import STRANGER

EVENT = bodies.Event(word="incident", description="an invented incident")


def revoked(world: World, service_no: str = "445566") -> Forger:
    """Somebody whose key the station revoked, and who kept it."""
    kept = key_of(world.kibra, service_no)
    world.kibra.ok("people", "revoke", service_no, "--reason", "dismissed")
    return Forger(office=world.kibra, officer=kept)


@staged
def second_administrator(world: World) -> None:
    """Grace becomes an administrator, so that there are two."""
    words = ["--name", "Anne Invented", "--rank", "CI", "--service-no", "900200"]
    secret = world.path / "secrets" / "900200"
    secret.write_text(world.kibra.people["900100"] + "\n")
    roles = [part for role in ("officer", "administrator") for part in ("--role", role)]
    world.kibra.ok("people", "enrol", *words, *roles, "--new-passphrase-file", str(secret))


def revoked_administrator(world: World) -> Forger:
    """An administrator who was revoked, and kept the key."""
    second_administrator(world)
    world.kibra.people["900200"] = world.kibra.people["900100"]
    office = world.kibra
    people = {**office.people, "900200": office.people["900100"]}
    kept = key_of(type(office)(world, office.name, people, office.code), "900200")
    office.ok("people", "revoke", "900200", "--reason", "dismissed")
    return Forger(office=office, officer=kept)


def anchor() -> bodies.AnchorTrusted:
    return bodies.AnchorTrusted(
        agency="Invented Bureau", code="BUREAU", root=STRANGER.fingerprint,
        root_certificate=b64(STRANGER.certificate), compared="typed",
    )  # fmt: skip


@attack(
    by=ADMINISTRATOR, does="revoked, trusts a forged agency with the old key, and verifies an exhibit",
    verdict=REFUTED, says=("order-violated",),
)  # fmt: skip
def revoked_administrator_plants_a_root(world: World) -> Answer:
    world.seized()
    forger = revoked_administrator(world)
    pen = forger.pen(register_name(world.kibra))
    forger.write(pen, anchor())
    forger.plant(pen)
    return judge(world, world.kibra, EX)


@attack(
    by=ADMINISTRATOR, does="revoked, trusts a forged agency in the name of a register that does not exist",
    verdict=REFUTED, says=("order-violated",),
)  # fmt: skip
def revoked_administrator_plants_a_root_as_a_ghost(world: World) -> Answer:
    world.seized()
    forger = revoked_administrator(world)
    forger.register, forger.register_id = "KIBRA/ghost", "sha256:" + "7" * 64
    pen = forger.pen(register_name(world.kibra))
    forger.write(pen, anchor())
    forger.plant(pen)
    return judge(world, world.kibra)


@attack(
    by=INSIDER, does="revoked, opens a new exhibit in the name of a register that does not exist",
    verdict=UNDETERMINED, says=("not-received", "certificate-revoked"),
)  # fmt: skip
def revoked_officer_opens_an_exhibit_as_a_ghost(world: World) -> Answer:
    forger = revoked(world)
    forger.register, forger.register_id = "KIBRA/ghost", "sha256:" + "7" * 64
    pen = forger.pen(f"KIBRA:{CASE}/EX-7")
    forger.write(pen, bodies.Seizure(how="seized", description="planted"))
    forger.plant(pen)
    return judge(world, world.kibra, f"{CASE}/EX-7")


@attack(
    by=INSIDER, does="disposes of an exhibit; the only witness is a key that was revoked",
    verdict=UNDETERMINED, says=("certificate-revoked",),
)  # fmt: skip
def disposal_before_a_revoked_witness(world: World) -> Answer:
    world.seized()
    witness = revoked(world).officer
    forger = Forger(office=world.kibra, officer=key_of(world.kibra, "112233"))
    pen = forger.pen(f"KIBRA:{EX}")
    order = {"authority": {"kind": "court-order", "number": "E9/2026"}}
    from manifests.shapes import Authority

    forger.write(pen, bodies.Disposal(method="burnt"), (witness,), authority=Authority(**order["authority"]))
    forger.plant(pen)
    return judge(world, world.kibra, EX)


@attack(
    by=INSIDER, does="revoked, signs with a time before the revocation; the ledger has the line behind it",
    verdict=UNDETERMINED, says=("certificate-revoked",),
)  # fmt: skip
def back_dated_before_the_revocation(world: World) -> Answer:
    world.seized()
    before = later(seconds=1)
    forger = revoked(world)
    pen = forger.pen(f"KIBRA:{EX}")
    forger.write(pen, EVENT, at=before)
    forger.plant(pen)
    return judge(world, world.kibra, EX)


@attack(
    by=INSIDER, does="signs a record before being enrolled, and is enrolled afterwards",
    verdict=UNDETERMINED, says=("signer-not-enrolled",),
)  # fmt: skip
def signed_before_being_enrolled(world: World) -> Answer:
    world.seized()
    kibra = world.kibra
    second_administrator(world)
    people = {**kibra.people, "900200": kibra.people["900100"]}
    forger = Forger(office=kibra, officer=key_of(type(kibra)(world, kibra.name, people, kibra.code), "900200"))
    pen = forger.pen(f"KIBRA:{EX}")
    forger.write(pen, EVENT)
    forger.plant(pen, line=False)
    leaves = kibra.path / "ledger" / "leaves"
    *lines, enrolment = leaves.read_bytes().splitlines()
    rewrite_ledger(kibra)
    planted = next(each for each in leaves.read_bytes().splitlines() if each not in (*lines, enrolment))
    leaves.write_bytes(b"".join(each + b"\n" for each in (*lines, planted, enrolment)))
    forget_pins(world)
    return judge(world, kibra, EX, "--anchor", str(kibra.card))


@attack(
    by="a stranger", does="calls himself as the station does, and writes into its folder under his own root",
    verdict=UNDETERMINED, says=("signer-unknown",),
)  # fmt: skip
def a_stranger_with_the_same_name(world: World) -> Answer:
    from tests.vectors.pen import Pen
    from tests.vectors.people import EVE

    pen = Pen(chain=f"KIBRA:{CASE}/EX-9", root=STRANGER.fingerprint, now=later())
    pen.seize(EVE)
    folder = world.kibra.chain(f"{CASE}/EX-9")
    put(folder, pen.files[0])
    rewrite_ledger(world.kibra)
    return judge(world, world.kibra, f"{CASE}/EX-9")


@attack(
    by=INSIDER, does="who is no administrator, enrols a friend in the journal",
    verdict=REFUTED, says=("order-violated",),
)  # fmt: skip
def an_officer_enrols_a_friend(world: World) -> Answer:
    world.seized()
    forger = Forger(office=world.kibra, officer=key_of(world.kibra, "445566"))
    pen = forger.pen(register_name(world.kibra))
    friend = key_of(world.kibra, "900100")
    forger.write(pen, bodies.PersonEnrolled(
        name="A Friend", rank="PC", service_no="1", roles=("officer",), certificate=friend.person().certificate,
        certificate_der=b64(friend.certificate),
    ))  # fmt: skip
    forger.plant(pen)
    return judge(world, world.kibra, EX)


@attack(
    by=ADMINISTRATOR, does="enrols a person under another name and rank than the certificate's",
    verdict=REFUTED, says=("statement-contradicted",),
)  # fmt: skip
def enrolled_under_another_name(world: World) -> Answer:
    world.seized()
    forger = Forger(office=world.kibra, officer=key_of(world.kibra, "112233"))
    pen = forger.pen(register_name(world.kibra))
    friend = key_of(world.lab, "7002")
    forger.write(pen, bodies.PersonEnrolled(
        name="Somebody Important", rank="Commissioner", service_no="7002", roles=("officer",),
        certificate=friend.person().certificate, certificate_der=b64(friend.certificate),
    ))  # fmt: skip
    forger.plant(pen)
    return judge(world, world.kibra, EX)


@attack(
    by=ADMINISTRATOR, does="trusts a second root for an agency that has one",
    verdict=REFUTED, says=("statement-contradicted",),
)  # fmt: skip
def a_second_root_for_one_code(world: World) -> Answer:
    world.seized()
    forger = Forger(office=world.kibra, officer=key_of(world.kibra, "112233"))
    pen = forger.pen(register_name(world.kibra))
    forger.write(pen, bodies.AnchorTrusted(
        agency="Laboratory", code="LAB", root=STRANGER.fingerprint, root_certificate=b64(STRANGER.certificate),
        compared="typed",
    ))  # fmt: skip
    forger.plant(pen)
    return judge(world, world.kibra, EX)


@attack(
    by=ADMINISTRATOR, does="trusts a second root for the agency's own code",
    verdict=REFUTED, says=("order-violated",),
)  # fmt: skip
def a_second_root_for_the_own_code(world: World) -> Answer:
    world.seized()
    forger = Forger(office=world.kibra, officer=key_of(world.kibra, "112233"))
    pen = forger.pen(register_name(world.kibra))
    forger.write(pen, bodies.AnchorTrusted(
        agency="Kibra Police Station", code="KIBRA", root=STRANGER.fingerprint,
        root_certificate=b64(STRANGER.certificate), compared="typed",
    ))  # fmt: skip
    forger.plant(pen)
    return judge(world, world.kibra, EX)


@attack(
    by=ADMINISTRATOR, does="enrols an invented person, who signs", verdict="CONFIRMED",
    undetected="The administrator can invent a person and sign as that person.",
)  # fmt: skip
def an_invented_person(world: World) -> Answer:
    second_administrator(world)
    world.seized()
    return judge(world, world.kibra, EX)
