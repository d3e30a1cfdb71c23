"""Attacks on what a verifier rests on: cards, roots, pins, revocation lists, the code on paper."""

import json
import shutil
from pathlib import Path

from manifests import bodies
from manifests.cards import b64
from tests.attacks.attack import ADMINISTRATOR, COURIER, FOLDER, INSIDER, REFUTED, UNDETERMINED, attack
from tests.attacks.kit import CASE, Forger, forget_pins, judge, key_of, put, rebuild_bag, revoke, rewrite_ledger
from tests.attacks.stages import staged
from tests.custody.station import EX, Answer, World
from tests.vectors.pen import Pen
from tests.vectors.people import EVE, STRANGER

SIGNED = bodies.Event(word="incident", description="invented")


def strangers_card(world: World) -> Path:
    """A card that calls itself as the station's does, with another root."""
    card = json.loads(world.kibra.card.read_bytes())
    card["agency"] = STRANGER.agency
    card["root"], card["crl"] = b64(STRANGER.certificate), b64(STRANGER.revocations())
    path = world.path / "stranger.card.json"
    path.write_text(json.dumps(card, indent=2, ensure_ascii=True) + "\n")
    return path


def strangers_package(world: World) -> Path:
    """A package under the stranger's root, with the stranger's card in it."""
    pen = Pen(chain=f"KIBRA:{CASE}/EX-9", root=STRANGER.fingerprint)
    pen.seize(EVE)
    package = world.path / "usb" / "forged"
    put(package / "custody" / "chains" / "KIBRA" / CASE / "EX-9", pen.files[0])
    (package / "custody" / "cards").mkdir()
    shutil.copy(strangers_card(world), package / "custody" / "cards" / "KIBRA.card.json")
    (package / "data").mkdir()
    (package / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    rebuild_bag(package)
    return package


@attack(
    by="a stranger", does="hands over a package under his own root, with a card of the station's name in it",
    verdict=UNDETERMINED, says=("signer-unknown",),
)  # fmt: skip
def a_card_planted_in_a_package(world: World) -> Answer:
    return judge(world, world.lab, strangers_package(world))


@attack(by="a stranger", does="has the laboratory receive a package under his own root, without looking", refused="")
def a_strangers_package_received(world: World) -> Answer:
    answer = world.lab("receive", strangers_package(world), "--receipt", world.path / "r.json")
    assert not (world.lab.path / "cases" / "KIBRA").exists()
    return answer


@attack(
    by="a stranger", does="exchanges a card on its way; the fingerprint was told by telephone", refused="fingerprint"
)
def a_card_exchanged(world: World) -> Answer:
    told = world.kibra.ok("--json", "agency", "card").json["fingerprint"]
    world.lab.ok("trust", "remove", "KIBRA")
    return _as_refusal(world.lab("trust", "add", strangers_card(world), "--fingerprint", told))


@attack(by="a stranger", does="sends a second card of a code that is trusted", refused="")
def a_second_card_of_one_code(world: World) -> Answer:
    return _as_refusal(world.lab("trust", "add", strangers_card(world), "--fingerprint", STRANGER.fingerprint))


def _as_refusal(answer: Answer) -> Answer:
    assert answer.status not in (0, 1), answer
    return Answer(5, answer.out, answer.err) if answer.status == 2 else answer


@attack(
    by=FOLDER, does="puts the own root and journal into a register's folder, on a computer that never saw it",
    verdict=UNDETERMINED, says=("anchor-only-own",),
)  # fmt: skip
def a_register_vouches_for_itself(world: World) -> Answer:
    world.seized()
    forget_pins(world)
    return judge(world, world.kibra, EX)


@attack(by=FOLDER, does="exchanges the root certificate in the folder", verdict="CONFIRMED", says=("time-unproven",))
def another_root_in_the_folder(world: World) -> Answer:
    world.seized()
    (world.kibra.path / "people" / "root.crt").write_bytes(STRANGER.certificate)
    return judge(world, world.kibra, EX)


@attack(
    by=FOLDER, does="takes the station's revocation list away from the laboratory", verdict=UNDETERMINED,
    says=("revocation-unknown",),
)  # fmt: skip
def a_list_taken_away(world: World) -> Answer:
    package = world.sent_in_a_bag()
    for path in (world.lab.path / "crls").iterdir():
        path.unlink()
    for path in (package / "custody" / "cards").iterdir():
        path.unlink()
    rebuild_bag(package)
    return judge(world, world.lab, package)


@attack(
    by=FOLDER, does="puts a stranger's revocation list in the place of the station's", verdict=UNDETERMINED,
    says=("revocation-unknown",),
)  # fmt: skip
def a_list_of_a_stranger(world: World) -> Answer:
    package = world.sent_in_a_bag()
    for path in (world.lab.path / "crls").iterdir():
        path.write_bytes(STRANGER.revocations())
    for path in (package / "custody" / "cards").iterdir():
        path.unlink()
    rebuild_bag(package)
    return judge(world, world.lab, package)


@staged
def dismissed_and_released(world: World) -> Path:
    """A package that a dismissed officer made from an older copy; the station has revoked the key."""
    from tests.attacks.kit import fork

    facts = ("--description", "a phone", "--place", "here", "--authority", "warrant:E1/2026")
    world.kibra.ok("seize", EX, *facts, by="445566")
    copy = fork(world.kibra)
    revoke(world.kibra, "445566", "key-compromised")
    (world.path / "second").mkdir()
    words = ["release", EX, "--to", "LAB", "--purpose", "x", "--out", str(world.path / "second")]
    return Path(copy.ok("--json", *words, by="445566").json["package"])


@attack(
    by=INSIDER, does="revoked, releases from an older copy to an agency that has not heard of it", verdict="CONFIRMED",
    undetected="Who has both signs as the officer until the loss is known, and to every agency that has not got the "
    "newer list yet.",
)  # fmt: skip
def a_revoked_key_where_nobody_heard(world: World) -> Answer:
    return judge(world, world.lab, dismissed_and_released(world))


@attack(
    by=INSIDER, does="revoked, releases from an older copy to an agency that had the new card", verdict=UNDETERMINED,
    says=("certificate-revoked",),
)  # fmt: skip
def a_revoked_key_after_the_new_card(world: World) -> Answer:
    package = dismissed_and_released(world)
    card = world.path / "new.card.json"
    world.kibra.ok("agency", "card", "--out", card)
    told = world.kibra.ok("--json", "agency", "card").json["fingerprint"]
    world.lab.ok("trust", "add", card, "--fingerprint", told)
    return judge(world, world.lab, package)


@attack(
    by=INSIDER, does="revoked, releases from an older copy; an honest package with the new list came before",
    verdict=UNDETERMINED, says=("certificate-revoked",),
)  # fmt: skip
def a_revoked_key_after_an_honest_package(world: World) -> Answer:
    package = dismissed_and_released(world)
    world.seized(f"{CASE}/EX-2")
    world.lab.ok("receive", world.released(f"{CASE}/EX-2"), "--receipt", world.path / "r.json")
    return judge(world, world.lab, package)


@attack(
    by=ADMINISTRATOR, does="puts an older list into a package; a prosecutor has the new card",
    verdict=UNDETERMINED, says=("certificate-revoked",),
)  # fmt: skip
def an_older_list_in_a_package(world: World) -> Answer:
    package = dismissed_and_released(world)
    card = world.path / "new.card.json"
    world.kibra.ok("agency", "card", "--out", card)
    return judge(world, None, package, "--anchor", card)


# --- the code on paper -------------------------------------------------------------


def rewritten(world: World) -> str:
    """The whole history written anew with the right keys; the code that stood in the occurrence book."""
    facts = ("--description", "black phone, cracked glass", "--place", "Kibra market")
    made = world.kibra.ok("--json", "seize", EX, *facts, "--authority", "warrant:E1/2026").json
    forger = Forger(office=world.kibra, officer=key_of(world.kibra, "112233"))
    pen = Pen(chain=f"KIBRA:{EX}", root=forger.pen(f"KIBRA:{EX}").root)
    shutil.rmtree(world.kibra.chain())
    forger.write(pen, bodies.Seizure(how="seized", description="white phone, no damage"))
    put(world.kibra.chain(), pen.files[0])
    rewrite_ledger(world.kibra)
    forget_pins(world)
    code: str = made["records"][0]["code"]
    return code


@attack(
    by=INSIDER, does="writes the history anew with the right key; the code stands in the occurrence book",
    verdict=REFUTED, says=("code-mismatch",),
)  # fmt: skip
def written_anew_and_the_code_on_paper(world: World) -> Answer:
    code = rewritten(world)
    return judge(world, world.kibra, EX, "--anchor", world.kibra.card, "--code", code)


@attack(
    by=INSIDER, does="writes the history anew before anything of it went outside; nobody wrote the code down",
    verdict="CONFIRMED",
    undetected="Officers who hold all keys of a register can write its whole history anew, as long as nothing of it "
    "went outside",
)  # fmt: skip
def written_anew_before_anything_went_outside(world: World) -> Answer:
    rewritten(world)
    return judge(world, world.kibra, EX, "--anchor", world.kibra.card)


@attack(
    by=INSIDER,
    does="writes the history anew on the computer that saw the register before",
    verdict=REFUTED,
    says=("ledger-shorter",),
)
def written_anew_on_the_pinned_computer(world: World) -> Answer:
    kept = world.path / "kept"
    shutil.copytree(world.path / "settings", kept)
    world.seized(f"{CASE}/EX-2")
    shutil.copytree(world.path / "settings", kept, dirs_exist_ok=True)
    rewritten_after = rewritten(world)
    assert rewritten_after
    shutil.copytree(kept, world.path / "settings", dirs_exist_ok=True)
    for path in world.kibra.chain(f"{CASE}/EX-2").glob("*"):
        path.unlink()
    rewrite_ledger(world.kibra)
    return judge(world, world.kibra, EX)


@attack(
    by=ADMINISTRATOR, does="deletes the pin on his own computer, and puts an older copy back", verdict="CONFIRMED",
    undetected="On the computer that the administrator controls, the pin can be deleted too.",
)  # fmt: skip
def rolled_back_and_the_pin_deleted(world: World) -> Answer:
    from tests.attacks.kit import keep_copy, put_back

    world.seized()
    copy = keep_copy(world.kibra)
    world.kibra.ok("event", EX, "incident", "--description", "the seal was torn")
    put_back(world.kibra, copy)
    forget_pins(world)
    return judge(world, world.kibra, EX, "--anchor", world.kibra.card)


@attack(
    by=INSIDER, does="steals a colleague's key and passphrase, and signs as the colleague", verdict="CONFIRMED",
    undetected="Who has both signs as the officer until the loss is known,",
)  # fmt: skip
def a_stolen_key_and_passphrase(world: World) -> Answer:
    world.seized()
    world.kibra.ok("event", EX, "incident", "--description", "invented", by="445566")
    return judge(world, world.kibra, EX)


@attack(
    by=COURIER, does="puts a forged seal of the same number on the bag", verdict="CONFIRMED",
    undetected="A seal can be forged, and a phone in a bag was never measured: the answer says so.",
)  # fmt: skip
def a_seal_of_the_same_number(world: World) -> Answer:
    world.lab.ok("receive", world.sent_in_a_bag(), "--seal", "B-1", "--receipt", world.path / "r.json")
    return judge(world, world.lab, EX)


@attack(
    by=COURIER, does="never arrives", verdict="CONFIRMED", says=("in-transit",),
    undetected="A courier who never arrives is seen as `in-transit`, with its age, and nothing more.",
)  # fmt: skip
def a_courier_who_never_arrives(world: World) -> Answer:
    world.sent_in_a_bag()
    return judge(world, world.kibra, EX)
