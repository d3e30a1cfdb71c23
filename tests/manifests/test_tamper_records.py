"""Tampering with a register, record by record, also by an insider with a key: never CONFIRMED."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from custody.edges.pins import Pins
from manifests import bodies
from tests.manifests.touching import (
    CARD,
    PHONE,
    REFUTED,
    Story,
    beside,
    judged,
    officer_of,
    put,
    record,
    reopened,
    rewrite_ledger,
)
from tests.scene import House, Scene

# --- records in a chain ----------------------------------------------------


def take_away(path: Path) -> None:
    for each in path.parent.glob(path.name + "*"):
        each.unlink()


@pytest.mark.parametrize("place", ["0001", "0002"])
def test_a_record_taken_out_of_the_middle(station: House, place: str) -> None:
    take_away(record(station, place))
    assert judged(station, PHONE) == (REFUTED, {"chain-broken", "ledger-inconsistent"})
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
    assert judged(station, PHONE) == (REFUTED, {"chain-broken", "ledger-inconsistent"})


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
    assert judged(station, PHONE) == (REFUTED, {"file-misnamed", "ledger-inconsistent"})


def test_a_record_put_in_without_a_signature(station: House) -> None:
    shutil.copy(record(station, "0003"), station.files(PHONE) / "0004-release.json")
    assert judged(station, PHONE) == (REFUTED, {"file-misnamed", "commit-unfinished"})
    path = record(station, "0004")
    path.write_bytes(path.read_bytes().replace(b'"position": 3', b'"position": 4'))
    assert judged(station, PHONE) == (REFUTED, {"signature-missing", "commit-unfinished"})


def test_two_records_with_one_number(station: House) -> None:
    """An insider writes a second record 2, properly signed, beside the first one."""
    pen = reopened(station, upto=1)
    pen.write(officer_of(station), bodies.Event(word="incident", description="another story"))
    put(station.files(PHONE), pen.files[1])
    assert "fork" in judged(station, PHONE)[1]
    assert judged(station, PHONE)[0] is REFUTED


# --- an insider with a key -------------------------------------------------


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
