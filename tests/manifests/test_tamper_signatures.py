"""Tampering with a register, from the single byte to the signature: what is found, and never CONFIRMED."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1
from asn1crypto import core

from custody.edges import keys
from manifests import certificates, cms
from tests.manifests.touching import (
    CARD,
    CONFIRMED,
    PHONE,
    REFUTED,
    Story,
    beside,
    each_byte,
    judged,
    officer_of,
    record,
    whole,
)
from tests.scene import PASSPHRASE, House
from tests.vectors.forging import Form, attribute, print_signature
from tests.vectors.people import EVE

STEP = 17
"""Every so many bytes here; `make campaign` changes every one."""


# --- honest ----------------------------------------------------------------


def test_before_anybody_touches_it(story: Story, station: House) -> None:
    assert whole(station, story.media) == (CONFIRMED, set())
    assert judged(station, PHONE) == (CONFIRMED, set())


# --- bytes -----------------------------------------------------------------


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


# --- signature files -------------------------------------------------------


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
    assert judged(station, PHONE) == (REFUTED, {"signature-broken", "ledger-inconsistent"})


def test_another_certificate_on_the_same_key(station: House) -> None:
    """Issued by the agency's own root to another number: the record names the first one."""
    jane, path, moment = officer_of(station), record(station, "0002"), station.scene.now
    root_key = keys.decrypt(next((station.path / "people").glob("root.*.key")).read_bytes(), PASSPHRASE)
    subject = replace(certificates.read_officer(jane.certificate), service_no="112234")
    other = certificates.make_officer(subject, jane.private.public_key(), station.desk().own_root, root_key, moment)
    forged = print_signature(path.read_bytes(), jane, moment, Form(certificate=other))
    assert cms.check(path.read_bytes(), forged).certificate == other
    beside(path, ".p7s").write_bytes(forged)
    assert judged(station, PHONE) == (REFUTED, {"signer-mismatch", "ledger-inconsistent"})


@pytest.mark.parametrize("place", ["0001", "0002", "0003"])
def test_a_signature_taken_away(station: House, place: str) -> None:
    beside(record(station, place), ".p7s").unlink()
    assert judged(station, PHONE) == (REFUTED, {"signature-missing", "ledger-inconsistent"})


def test_a_signature_of_a_witness_taken_away(station: House) -> None:
    beside(record(station, "0001"), ".w1.p7s").unlink()
    assert judged(station, PHONE) == (REFUTED, {"signature-missing"})


def test_a_signature_made_again_by_a_stranger(station: House) -> None:
    path = record(station, "0002")
    beside(path, ".p7s").write_bytes(print_signature(path.read_bytes(), EVE, station.scene.now))
    assert judged(station, PHONE) == (REFUTED, {"signer-mismatch", "ledger-inconsistent"})


def test_a_signature_made_again_by_the_signer(station: House) -> None:
    """Same officer, same record, new signature: not the one in the ledger, nor the one the next record names."""
    path = record(station, "0002")
    again = print_signature(path.read_bytes(), officer_of(station), station.scene.now)
    beside(path, ".p7s").write_bytes(again)
    verdict, found = judged(station, PHONE)
    assert verdict is REFUTED
    assert "chain-broken" in found
