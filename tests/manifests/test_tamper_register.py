"""Tampering with a register, from the single byte outwards: what is found, and never CONFIRMED."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1
from asn1crypto import core

from custody.acts import begin
from custody.edges import keys
from custody.edges.pins import Pin, Pins
from manifests import bodies, certificates, cms, records
from manifests.cards import b64
from manifests.digest import identity
from manifests.ledger import head, split
from manifests.verify import RecordFiles
from tests.manifests.touching import (
    CARD,
    CONFIRMED,
    PHONE,
    REFUTED,
    UNDETERMINED,
    Story,
    each_byte,
    judged,
    officer_of,
    rewrite_ledger,
    whole,
)
from tests.scene import CASE, PASSPHRASE, STATION, House, Scene
from tests.vectors.forging import Form, attribute, print_signature
from tests.vectors.pen import Pen, release_to, signed
from tests.vectors.people import EVE, LAB, STRANGER

STEP = 17
"""Every so many bytes here; `make campaign` changes every one."""


def record(house: House, start: str, exhibit: str = PHONE) -> Path:
    """The file of a record, by the beginning of its name."""
    (found,) = house.files(exhibit).glob(f"{start}*.json")
    return found


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def put(folder: Path, files: RecordFiles) -> None:
    """Put a record with its signature into a folder."""
    (folder / files.name).write_bytes(files.record)
    (folder / f"{files.name}.p7s").write_bytes(files.signature or b"")


# --- honest ----------------------------------------------------------------------


def test_before_anybody_touches_it(story: Story, station: House) -> None:
    assert whole(station, story.media) == (CONFIRMED, set())
    assert judged(station, PHONE) == (CONFIRMED, set())


# --- bytes -----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["", ".p7s", ".w1.p7s"])
def test_bytes_of_a_record_and_its_signatures(station: House, suffix: str) -> None:
    path = beside(record(station, "0001"), suffix)
    for place in each_byte(path, STEP):
        verdict, found = judged(station, PHONE)
        assert verdict is REFUTED, place
        assert found & {"record-malformed", "signature-broken", "signer-mismatch", "file-misnamed"}, (place, found)


def test_bytes_of_an_entry_list(story: Story, station: House) -> None:
    (path,) = station.files(CARD).glob("*.entries.jsonl")
    for place in each_byte(path, STEP):
        assert judged(station, CARD, records_only=True) == (REFUTED, {"entries-changed"}), place
    assert judged(station, CARD, media=story.media) == (CONFIRMED, set())


def test_bytes_of_the_ledger(station: House) -> None:
    for place in each_byte(station.register.leaves, STEP):
        verdict, found = judged(station, records_only=True)
        assert verdict is REFUTED, place
        assert {"ledger-inconsistent", "ledger-shorter"} <= found, (place, found)
        assert "ledger-shorter" in judged(station, PHONE)[1], place


def test_bytes_of_the_journal(station: House) -> None:
    """Whatever is left of it is never enough to confirm anything."""
    for path in sorted((station.path / "journal").iterdir()):
        for place in each_byte(path, 241, start=7):
            assert judged(station, records_only=True)[0] is not CONFIRMED, (path.name, place)


# --- signature files ----------------------------------------------------------------


def edited(path: Path, edit: Callable[[Any], None]) -> None:
    """Change a signature file as asn1crypto sees it, and print it again."""
    content = asn1.ContentInfo.load(path.read_bytes())
    edit(content)
    path.write_bytes(content.dump(force=True))


def add_unsigned(content: Any) -> None:
    content["content"]["signer_infos"][0]["unsigned_attrs"] = [
        attribute("1.3.6.1.4.1.99999.7", core.OctetString(b"anything"))
    ]


def add_certificate(content: Any) -> None:
    content["content"]["certificates"].append(content["content"]["certificates"][0])


@pytest.mark.parametrize("edit", [add_unsigned, add_certificate])
def test_something_added_to_a_signature_file(station: House, edit: Callable[[Any], None]) -> None:
    edited(beside(record(station, "0002"), ".p7s"), edit)
    assert judged(station, PHONE)[1] >= {"signature-broken"}
    assert judged(station, PHONE)[0] is REFUTED


def test_printing_alone_changes_nothing(station: House) -> None:
    """So that it is what was added that is refused above."""
    edited(beside(record(station, "0002"), ".p7s"), lambda content: None)
    assert judged(station, PHONE) == (CONFIRMED, set())


@pytest.mark.parametrize("tail", [b"\0", b"\n", b"\x30\x00"])
def test_trailing_bytes(station: House, tail: bytes) -> None:
    path = beside(record(station, "0002"), ".p7s")
    path.write_bytes(path.read_bytes() + tail)
    assert judged(station, PHONE) == (REFUTED, {"signature-broken"})


def test_another_certificate_on_the_same_key(station: House) -> None:
    """Issued by the agency's own root to another number: the record names the first one."""
    jane, path, moment = officer_of(station), record(station, "0002"), station.scene.now
    root_key = keys.decrypt((station.path / "people" / "root.key").read_bytes(), PASSPHRASE)
    subject = replace(certificates.read_officer(jane.certificate), service_no="112234")
    other = certificates.make_officer(subject, jane.private.public_key(), station.desk().own_root, root_key, moment)
    forged = print_signature(path.read_bytes(), jane, moment, Form(certificate=other))
    assert cms.check(path.read_bytes(), forged).certificate == other
    beside(path, ".p7s").write_bytes(forged)
    assert judged(station, PHONE) == (REFUTED, {"signer-mismatch"})


@pytest.mark.parametrize("place", ["0001", "0002", "0003"])
def test_a_signature_taken_away(station: House, place: str) -> None:
    beside(record(station, place), ".p7s").unlink()
    assert judged(station, PHONE) == (REFUTED, {"signature-missing"})


def test_a_signature_of_a_witness_taken_away(station: House) -> None:
    beside(record(station, "0001"), ".w1.p7s").unlink()
    assert judged(station, PHONE) == (REFUTED, {"signature-missing"})


def test_a_signature_made_again_by_a_stranger(station: House) -> None:
    path = record(station, "0002")
    beside(path, ".p7s").write_bytes(print_signature(path.read_bytes(), EVE, station.scene.now))
    assert judged(station, PHONE) == (REFUTED, {"signer-mismatch"})


def test_a_signature_made_again_by_the_signer(station: House) -> None:
    """Same officer, same record, new signature: not the one in the ledger, nor the one the next record names."""
    path = record(station, "0002")
    again = print_signature(path.read_bytes(), officer_of(station), station.scene.now)
    beside(path, ".p7s").write_bytes(again)
    verdict, found = judged(station, PHONE)
    assert verdict is REFUTED
    assert "chain-broken" in found


# --- records in a chain ----------------------------------------------------------------


def take_away(path: Path) -> None:
    for each in path.parent.glob(path.name + "*"):
        each.unlink()


@pytest.mark.parametrize("place", ["0001", "0002"])
def test_a_record_taken_out_of_the_middle(station: House, place: str) -> None:
    take_away(record(station, place))
    assert judged(station, PHONE) == (REFUTED, {"chain-broken"})
    rewrite_ledger(station)
    assert judged(station, PHONE) == (REFUTED, {"chain-broken", "ledger-shorter"})


def test_the_last_record_taken_away(station: House) -> None:
    """Its line stays, and belongs to nothing; or it goes too, and the pinned head says so."""
    take_away(record(station, "0003"))
    assert judged(station, records_only=True) == (REFUTED, {"ledger-inconsistent"})
    rewrite_ledger(station)
    assert judged(station, records_only=True) == (REFUTED, {"ledger-shorter"})
    assert judged(station, PHONE) == (REFUTED, {"ledger-shorter"})


def test_a_whole_exhibit_taken_away(station: House) -> None:
    shutil.rmtree(station.files(CARD))
    assert judged(station, records_only=True) == (REFUTED, {"ledger-inconsistent"})
    rewrite_ledger(station)
    assert judged(station, records_only=True) == (REFUTED, {"ledger-shorter", "ledger-inconsistent"})


def test_a_folder_rolled_back_to_an_older_copy(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole register, sound in itself, but older than what this computer has seen."""
    scene = Scene(tmp_path, monkeypatch)
    scene.station.seize("EX-1")
    shutil.copytree(scene.station.path, tmp_path / "backup")
    scene.station.bag("EX-1", "S-1")
    rolled = replace(scene.station, path=tmp_path / "backup")
    assert judged(rolled) == (REFUTED, {"ledger-shorter"})
    assert judged(rolled, PHONE) == (REFUTED, {"ledger-shorter"})


def test_records_renumbered(station: House) -> None:
    two = record(station, "0002")
    data = two.read_bytes().replace(b'"position": 2', b'"position": 4')
    beside(two, ".p7s").rename(two.with_name("0004-seal.json.p7s"))
    two.with_name("0004-seal.json").write_bytes(data)
    two.unlink()
    assert judged(station, PHONE) == (REFUTED, {"chain-broken"})


def test_two_files_exchanged(station: House) -> None:
    two, three = record(station, "0002"), record(station, "0003")
    for suffix in ("", ".p7s"):
        one, other = beside(two, suffix), beside(three, suffix)
        first, second = one.read_bytes(), other.read_bytes()
        one.write_bytes(second)
        other.write_bytes(first)
    assert judged(station, PHONE) == (REFUTED, {"file-misnamed"})


def test_a_record_of_another_exhibit_put_in(station: House) -> None:
    source = record(station, "0001", CARD)
    for each in source.parent.glob(source.name + "*"):
        shutil.copy(each, station.files(PHONE) / each.name)
    assert judged(station, PHONE) == (REFUTED, {"file-misnamed"})


def test_a_record_put_in_without_a_signature(station: House) -> None:
    shutil.copy(record(station, "0003"), station.files(PHONE) / "0004-release.json")
    assert judged(station, PHONE) == (REFUTED, {"file-misnamed"})
    path = record(station, "0004")
    path.write_bytes(path.read_bytes().replace(b'"position": 3', b'"position": 4'))
    assert judged(station, PHONE) == (REFUTED, {"signature-missing"})


def test_two_records_with_one_number(station: House) -> None:
    """An insider writes a second record 2, properly signed, beside the first one."""
    pen = reopened(station, upto=1)
    pen.write(officer_of(station), bodies.Event(word="incident", description="another story"))
    put(station.files(PHONE), pen.files[1])
    assert "fork" in judged(station, PHONE)[1]
    assert judged(station, PHONE)[0] is REFUTED


# --- an insider with a key -------------------------------------------------------------------


def continued(house: House, chain: str, root: bytes, upto: int | None = None) -> Pen:
    """A pen that goes on after the first records of a chain."""
    pen = Pen(chain=chain, root=identity(root), now=house.scene.now)
    for each in house.register.chain(chain).records[:upto]:
        pen.written.append((records.read(each.record), each))
    return pen


def reopened(house: House, upto: int) -> Pen:
    """A pen that goes on after the first records of the phone."""
    return continued(house, PHONE, house.desk().own_root, upto)


def test_a_holder_who_writes_the_story_anew_from_the_second_record_on(station: House) -> None:
    """Chain, signatures and ledger all fit each other; this computer and the release remember the old ledger."""
    jane, pen = officer_of(station), reopened(station, upto=1)
    pen.write(jane, bodies.Seal(number="S-FALSE"))
    for path in station.files(PHONE).glob("000[23]*"):
        path.unlink()
    put(station.files(PHONE), pen.files[1])
    rewrite_ledger(station)
    assert judged(station, PHONE) == (REFUTED, {"ledger-shorter"})
    assert judged(station, records_only=True)[1] >= {"ledger-shorter", "ledger-inconsistent"}


def test_the_same_on_another_computer_is_found_by_the_releases_of_others(station: House, tmp_path: Path) -> None:
    """Without any pin, but with the agency's card as anchor: EX-2's release carries the head of the old ledger."""
    station.pins = Pins(tmp_path / "no pins")
    jane, pen = officer_of(station), reopened(station, upto=1)
    pen.write(jane, bodies.Seal(number="S-FALSE"))
    for path in station.files(PHONE).glob("000[23]*"):
        path.unlink()
    put(station.files(PHONE), pen.files[1])
    rewrite_ledger(station)
    assert judged(station, records_only=True) == (REFUTED, {"anchor-only-own", "ledger-inconsistent"})


# --- roots and anchors ------------------------------------------------------------------------------


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
    journal.write(EVE, planted)
    put(station.path / "journal", journal.files[-1])
    verdict, found = judged(station, forged_exhibit(station))
    assert verdict is not CONFIRMED
    assert "signer-unknown" in found
    assert judged(station, records_only=True)[1] >= {"order-violated", "signer-unknown"}


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
    path = station.register.lists / "KIBRA.crl"
    for data in (None, LAB.revocations(), STRANGER.revocations(number=99), b"x"):
        path.unlink(missing_ok=True)
        if data is not None:
            path.write_bytes(data)
        assert judged(station, PHONE) == (UNDETERMINED, {"revocation-unknown"})


# --- lists and media ------------------------------------------------------------------------------------


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


# --- forks and contested hand-overs ---------------------------------------------------------------------------


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
