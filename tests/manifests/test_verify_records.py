"""Verification of single records: signatures, signers, witnesses (record.md, signature.md)."""

from typing import Any

import pytest

from manifests.trust import Trust
from manifests.verify import verify_chain
from tests.manifests.telling import judge, long_chain, told, with_record
from tests.vectors.pen import (
    CASE,
    SEIZURE,
    Pen,
    sign,
    trusted,
)
from tests.vectors.people import EVE, GRACE, JANE, JOSEPH, KIBRA, LAB, PETER, STRANGER, officer


def test_an_honest_chain_leaves_nothing_to_say() -> None:
    report = verify_chain(long_chain().chain_files(), trusted())
    assert told(report) == []
    assert [v.actor.name for v in report.records] == [
        "Jane Wanjiku", "Joseph Mwangi", "Jane Wanjiku", "Peter Otieno", "Peter Otieno", "Amina Hassan",
    ]  # fmt: skip
    assert report.state is not None
    assert report.state.holder.agency == "COURT"


def test_with_one_anchor_only_the_others_are_unknown_and_nothing_else() -> None:
    assert judge(long_chain(), trusted(KIBRA)) == [
        ("signer-unknown", "0004-receipt"),
        ("signer-unknown", "0005-release"),
        ("signer-unknown", "0006-receipt"),
    ]


def test_without_any_anchor_everybody_is_unknown_and_nothing_else() -> None:
    found = judge(long_chain(), Trust(anchors=(), now=trusted().now))
    assert {code for code, _ in found} == {"signer-unknown"}
    assert len(found) == 6


# --- one record by itself --------------------------------------------------


def test_a_signature_that_is_not_there() -> None:
    found = judge(long_chain(), records=with_record(long_chain(), 2, signature=None))
    assert found == [("signature-missing", "0002-seal")]


@pytest.mark.parametrize("signature", [b"", b"not a signature", long_chain().files[0].signature])
def test_a_signature_that_does_not_fit(signature: bytes) -> None:
    found = judge(long_chain(), records=with_record(long_chain(), 2, signature=signature))
    assert found == [("signature-broken", "0002-seal")]


def test_a_record_that_is_none() -> None:
    found = judge(long_chain(), records=with_record(long_chain(), 4, record=b"{}\n"))
    assert found == [("record-malformed", "0004-receipt"), ("in-transit", "")]


@pytest.mark.parametrize("name", ["0002-event.json", "0003-seal.json", "0002-seal.json.json"])
def test_a_file_that_does_not_say_what_it_is(name: str) -> None:
    found = judge(long_chain(), records=with_record(long_chain(), 2, name=name))
    assert found == [("file-misnamed", name.removesuffix(".json"))]


def test_a_record_of_another_chain() -> None:
    other = Pen(chain=f"KIBRA:{CASE}/EX-2")
    other.seize(JANE)
    found = judge(long_chain(), records=(other.files[0], *long_chain().files[1:]))
    assert found == [("file-misnamed", "0001-seizure")]


def test_a_stranger_who_signs_as_somebody_else() -> None:
    """The signature is made again with another key, under a root with the same names."""
    pen = long_chain()
    data = pen.files[1].record
    for stranger, code in ((EVE, "signer-mismatch"), (PETER, "signer-mismatch")):
        found = judge(pen, records=with_record(pen, 2, signature=sign(data, stranger)))
        assert found == [(code, "0002-seal")]


def test_a_stranger_who_says_so_is_unknown() -> None:
    pen = Pen(root=STRANGER.fingerprint)
    pen.seize(EVE)
    assert judge(pen) == [("signer-unknown", "0001-seizure")]


def test_a_chain_of_a_stranger_that_names_a_trusted_root() -> None:
    pen = Pen()
    pen.seize(EVE)
    assert judge(pen) == [("signer-unknown", "0001-seizure")]


def test_a_chain_that_names_another_root_than_its_openers() -> None:
    pen = Pen(root=LAB.fingerprint)
    pen.seize(JANE)
    assert judge(pen) == [("signer-mismatch", "0001-seizure")]


# --- witnesses -------------------------------------------------------------


def witnessed(*witnesses: Any) -> Pen:
    pen = Pen()
    pen.write(JANE, SEIZURE, witnesses)
    return pen


def test_a_witness_signs_the_same_bytes() -> None:
    assert judge(witnessed(JOSEPH, GRACE)) == []


@pytest.mark.parametrize("kept", [0, 1])
def test_a_witness_who_is_named_and_did_not_sign(kept: int) -> None:
    pen = witnessed(JOSEPH, GRACE)
    left = pen.files[0].witnesses[:kept]
    assert judge(pen, records=with_record(pen, 1, witnesses=left)) == [("signature-missing", "0001-seizure")]


def test_a_signature_of_a_witness_who_is_not_named() -> None:
    pen = witnessed(JOSEPH)
    more = (*pen.files[0].witnesses, sign(pen.files[0].record, GRACE))
    assert judge(pen, records=with_record(pen, 1, witnesses=more)) == [("signature-missing", "0001-seizure")]


def test_a_witness_who_is_somebody_else() -> None:
    pen = witnessed(JOSEPH)
    other = (sign(pen.files[0].record, GRACE),)
    assert judge(pen, records=with_record(pen, 1, witnesses=other)) == [("signer-mismatch", "0001-seizure")]
    exchanged = tuple(reversed(witnessed(JOSEPH, GRACE).files[0].witnesses))
    both = witnessed(JOSEPH, GRACE)
    assert judge(both, records=with_record(both, 1, witnesses=exchanged)) == [("signer-mismatch", "0001-seizure")]


def test_a_broken_signature_of_a_witness() -> None:
    pen = witnessed(JOSEPH)
    assert judge(pen, records=with_record(pen, 1, witnesses=(b"x",))) == [("signature-broken", "0001-seizure")]


def test_nobody_witnesses_his_own_act() -> None:
    assert judge(witnessed(JANE)) == [("same-person", "0001-seizure")]
    assert judge(witnessed(JOSEPH, JOSEPH)) == [("same-person", "0001-seizure")]
    promoted = officer(KIBRA, "Jane Wanjiku", "IP", "112233", 1444)
    assert judge(witnessed(promoted)) == [("same-person", "0001-seizure")]


def test_one_key_does_not_sign_for_two() -> None:
    """Another name and number, but the same key in the certificate."""
    double = officer(KIBRA, "Ruth Wambui", "CPL", "550055", JANE.private)
    assert judge(witnessed(double)) == [("same-person", "0001-seizure")]


def test_an_unknown_witness_is_undecided() -> None:
    assert judge(witnessed(PETER), trusted(KIBRA)) == [("signer-unknown", "0001-seizure")]
