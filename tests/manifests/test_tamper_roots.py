"""Tampering with a register: roots, anchors, lists and whole histories, never CONFIRMED."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from custody.acts import anchors, begin, examine, people
from custody.edges.pins import Pin, Pins
from manifests import bodies
from manifests.cards import b64
from manifests.digest import identity
from manifests.errors import NotAllowedError
from manifests.ledger import head, split
from manifests.trust import Anchor
from manifests.verdict import Verdict
from tests.manifests.touching import (
    CARD,
    CONFIRMED,
    PHONE,
    REFUTED,
    UNDETERMINED,
    Story,
    continued,
    judged,
    put,
    reopened,
    rewrite_ledger,
)
from tests.scene import CASE, PASSPHRASE, STATION, House, Scene, codes
from tests.vectors.pen import Pen, release_to, signed
from tests.vectors.people import EVE, LAB, STRANGER

# --- roots and anchors -----------------------------------------------------


def forged_exhibit(house: House) -> str:
    """An exhibit that a stranger writes into the register's folder under his own root, with its line in the ledger."""
    pen = Pen(chain=f"KIBRA:{CASE}/EX-9", root=STRANGER.fingerprint, now=house.scene.now)
    pen.seize(EVE)
    folder = house.register.folder(pen.chain)
    folder.mkdir()
    put(folder, pen.files[0])
    rewrite_ledger(house)
    return pen.chain


def test_a_root_put_into_the_folder_vouches_for_nobody(station: House) -> None:
    (station.path / "people" / "root.crt").write_bytes(STRANGER.certificate)
    verdict, found = judged(station, forged_exhibit(station))
    assert verdict is UNDETERMINED
    assert "signer-unknown" in found


@pytest.mark.parametrize("code", ["KIBRA", "LAB", "EVE"])
def test_an_anchor_planted_in_the_journal(station: House, code: str) -> None:
    """A stranger who calls himself administrator writes a journal record that trusts his root, and forges under it."""
    planted = bodies.AnchorTrusted(
        agency="x", code=code, root=STRANGER.fingerprint, root_certificate=b64(STRANGER.certificate), compared="typed"
    )
    journal = continued(station, "KIBRA/desk", station.desk().own_root)
    journal.write(replace(EVE, register_id=station.desk().opened.digest), planted)
    put(station.path / "journal", journal.files[-1])
    verdict, found = judged(station, forged_exhibit(station))
    assert verdict is not CONFIRMED
    assert "signer-unknown" in found
    assert judged(station, records_only=True)[1] >= {"order-violated", "signer-unknown"}


def test_a_journal_cut_short_so_that_a_removed_anchor_is_trusted_again(scene: Scene) -> None:
    """Noticed whatever is verified; and nobody writes on it, so that it is not forgotten."""
    station, laboratory = scene.station, scene.laboratory
    scene.acquainted(station, laboratory)
    station.seize("EX-1")
    station.acknowledge(laboratory.receive(station.release("EX-1", to=laboratory)))
    anchors.distrust(station.desk(), "LAB")
    assert judged(station, PHONE) == (UNDETERMINED, {"signer-unknown"})
    for each in (station.path / "journal").glob("0004-anchor-removed*"):
        each.unlink()
    assert judged(station, PHONE) == (REFUTED, {"ledger-shorter", "ledger-inconsistent"})
    with pytest.raises(NotAllowedError, match="KIBRA/desk is damaged: ledger and records do not agree"):
        station.seize("EX-2")
    assert judged(station, PHONE) == (REFUTED, {"ledger-shorter", "ledger-inconsistent"})
    assert judged(station)[1] >= {"ledger-shorter", "ledger-inconsistent"}


def known_by_its_card(house: House, exhibit: str) -> tuple[Verdict, set[str]]:
    """Verified where no pin is, with the agency's card: as the court does with a copy of the register."""
    desk = house.desk()
    anchor = Anchor(code=desk.code, agency=desk.own.agency, root=desk.own_root, source="--anchor")
    desk = replace(desk, pins=Pins(house.path.parent / "nowhere"), anchors=(anchor,))
    report = examine.in_register(desk, exhibit, [exhibit], examine.VerifyOptions(records_only=True))
    return report.verdict, codes(report) - {"in-transit", "seal-not-read"}


@pytest.mark.parametrize("exhibit", [PHONE, CARD])
@pytest.mark.parametrize("place", ["journal/0004", "cases/KIBRA/KBR-2026-0042/0001", "EX-1/0003", "EX-2/0001"])
def test_a_record_cut_off_anywhere_is_noticed_without_a_pin(station: House, exhibit: str, place: str) -> None:
    """Also where one exhibit is verified: the ledger has a line for it. Whose record it is the line does not say."""
    assert known_by_its_card(station, exhibit) == (CONFIRMED, set())
    folder, number = place.split("/")[:-1], place.split("/")[-1]
    where = station.path.joinpath(*folder) if len(folder) > 1 or folder == ["journal"] else station.files(folder[0])
    for each in where.glob(f"{number}-*"):
        each.unlink()
    verdict, found = known_by_its_card(station, exhibit)
    assert verdict is REFUTED
    assert "ledger-inconsistent" in found


def test_what_is_cut_off_with_its_line_is_noticed_by_a_later_release(station: House) -> None:
    """The exhibit's own release carries the head of the ledger as it was (G5); the witness is no longer enrolled."""
    for each in (station.path / "journal").glob("0004-*"):
        each.unlink()
    rewrite_ledger(station)
    assert known_by_its_card(station, PHONE) == (REFUTED, {"ledger-inconsistent", "signer-not-enrolled"})


def with_its_own_pins(house: House) -> House:
    """The copy of a register with a copy of its pins, for tests that write."""
    own = house.path.with_name("pins")
    shutil.copy(house.pins.path, own)
    return replace(house, pins=Pins(own))


def test_what_is_cut_off_with_its_line_after_that_needs_a_pin(station: House) -> None:
    """The threat model says so: nothing in the folder speaks of it any more, once the list is put back too."""
    station = with_its_own_pins(station)
    before = station.register.list_path(identity(station.desk().own_root)).read_bytes()
    people.revoke(station.desk(), "445566", people.Because(reason="dismissed"))
    assert judged(station, PHONE) == (CONFIRMED, {"revoked-later"})
    for each in (station.path / "journal").glob("0005-*"):
        each.unlink()
    assert known_by_its_card(station, PHONE) == (REFUTED, {"ledger-inconsistent", "revoked-later"})
    rewrite_ledger(station)
    assert known_by_its_card(station, PHONE) == (CONFIRMED, {"revoked-later"})
    station.register.list_path(identity(station.desk().own_root)).write_bytes(before)
    assert known_by_its_card(station, PHONE) == (CONFIRMED, set())
    assert judged(station, PHONE) == (REFUTED, {"ledger-shorter"})


@pytest.mark.parametrize(
    ("since", "said"),
    [(None, (CONFIRMED, {"revoked-later"})), ("2026-11-20T09:00:00+03:00", (UNDETERMINED, {"certificate-revoked"}))],
)
def test_a_key_is_not_good_from_the_moment_that_its_revocation_names(
    station: House, since: str | None, said: tuple[Verdict, set[str]]
) -> None:
    """Stolen in the morning, noticed and revoked in the evening: what was signed between is in doubt."""
    station = with_its_own_pins(station)
    station.scene.now += timedelta(hours=12)
    people.revoke(station.desk(), "445566", people.Because(reason="key-lost", since=since))
    found = judged(station, PHONE)
    station.scene.now -= timedelta(hours=12)
    assert found == said


def test_a_whole_register_made_anew_under_another_root(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same agency, same names, another root, put in the place of the first: it vouches only for itself."""
    other = Scene(tmp_path, monkeypatch)
    other.now = story.scene.now
    forged = other.house(STATION)
    forged.seize("EX-1")
    assert judged(forged) == (CONFIRMED, set())
    forged.pins = story.scene.station.pins
    assert judged(forged) == (UNDETERMINED, {"anchor-only-own"})


def test_a_journal_that_begins_with_another_root(station: House, story: Story) -> None:
    """Only the journal is made anew; the exhibits are the real ones."""
    anew = station.path.with_name("anew")
    opening = begin.Opening(
        path=anew, agency=STATION.agency, code="KIBRA", register="desk", officer="Jane Wanjiku",
        rank="PC", service_no="112233",
    )  # fmt: skip
    begin.init(opening, lambda whose: PASSPHRASE, Pins(anew.with_suffix(".pins")))
    shutil.rmtree(station.path / "journal")
    shutil.copytree(anew / "journal", station.path / "journal")
    rewrite_ledger(station)
    verdict, found = judged(station, records_only=True)
    assert verdict is not CONFIRMED
    assert found >= {"anchor-only-own", "signer-unknown"}


def test_without_a_pin_a_register_vouches_only_for_itself(station: House, tmp_path: Path) -> None:
    station.pins = Pins(tmp_path / "elsewhere")
    assert judged(station, PHONE) == (UNDETERMINED, {"anchor-only-own"})


def test_a_revocation_list_taken_away_or_exchanged(station: House) -> None:
    path = station.register.list_path(identity(station.desk().own_root))
    for data in (None, LAB.revocations(), STRANGER.revocations(number=99), b"x"):
        path.unlink(missing_ok=True)
        if data is not None:
            path.write_bytes(data)
        assert judged(station, PHONE) == (UNDETERMINED, {"revocation-unknown"})


# --- lists and media -------------------------------------------------------


def test_a_list_taken_away(story: Story, station: House) -> None:
    (path,) = station.files(CARD).glob("*.entries.jsonl")
    path.unlink()
    assert judged(station, CARD, media=story.media) == (UNDETERMINED, {"entries-missing"})
    assert judged(station, CARD, records_only=True) == (CONFIRMED, {"entries-missing"})


def test_a_list_put_in_its_place_by_somebody_else(story: Story, station: House) -> None:
    """Made from altered media with the tool itself: root and digest are not the ones signed."""
    (path,) = station.files(CARD).glob("*.entries.jsonl")
    path.write_bytes(path.read_bytes().replace(b"IMG_0001", b"IMG_0009"))
    assert judged(station, CARD, media=story.media) == (REFUTED, {"entries-changed"})


def test_an_act_that_was_interrupted(station: House) -> None:
    """The last line of the ledger is not there yet; this computer had not seen it either."""
    leaves = station.register.leaves
    lines = split(leaves.read_bytes())[0]
    leaves.write_bytes(b"".join(line + b"\n" for line in lines[:-1]))
    pin = station.desk().pin
    assert pin is not None
    station.pins = Pins(station.path.with_name("older.pins"))
    station.pins.put(Pin(register=pin.register, root=pin.root, head=head(lines[:-1])))
    assert judged(station, records_only=True) == (UNDETERMINED, {"commit-unfinished"})


# --- forks and contested hand-overs ----------------------------------------


def test_a_receipt_after_a_recall_is_contested(scene: Scene) -> None:
    station, laboratory = scene.station, scene.laboratory
    scene.acquainted(station, laboratory)
    station.seize("EX-1")
    reply = laboratory.receive(station.release("EX-1", to=laboratory))
    station.recall("EX-1", "lost")
    assert station.acknowledge(reply).contested == (PHONE,)
    assert judged(station, PHONE) == (UNDETERMINED, {"hand-over-contested"})
    assert judged(station) == (UNDETERMINED, {"hand-over-contested"})


def test_one_exhibit_released_twice_from_two_copies_of_a_register_is_a_fork(scene: Scene, tmp_path: Path) -> None:
    station, laboratory, court = scene.station, scene.laboratory, scene.court
    scene.acquainted(station, laboratory, court)
    station.seize("EX-1")
    shutil.copytree(station.path, tmp_path / "copy")
    double = replace(station, path=tmp_path / "copy", pins=Pins(tmp_path / "copy.pins"))
    double.pins.put(station.pins.all()[0])
    first = laboratory.receive(station.release("EX-1", to=laboratory))
    second = court.receive(double.release("EX-1", to=court))
    station.acknowledge(first)
    assert station.acknowledge(second).contested == (PHONE,)
    assert judged(station, PHONE) == (REFUTED, {"fork"})


def test_the_pen_of_a_stranger_writes_nothing_in_the_register(station: House) -> None:
    """A record properly chained to the last one, but signed by nobody who is known."""
    pen = reopened(station, upto=3)
    files = signed(pen.draft(EVE, release_to(LAB)), EVE, moment=pen.now)
    put(station.files(PHONE), files)
    rewrite_ledger(station)
    verdict, found = judged(station, PHONE)
    assert verdict is REFUTED
    assert found == {"order-violated"}
