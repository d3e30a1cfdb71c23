"""Whose signature counts: anchors, paths, revocation, and who the record says (signature.md, S4 to S7)."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from manifests import cms, trust
from manifests.certificates import RevocationList
from manifests.errors import RefutedError
from manifests.trust import Trust
from manifests.verify import ChainFiles, RecordFiles, verify_chain
from tests.vectors import people
from tests.vectors.pen import NOW, SEIZURE, START, Pen, sign, trusted
from tests.vectors.people import COURT, EVE, JANE, JOSEPH, KIBRA, LAB, PETER, STRANGER, Officer, Wanted, officer

LATE = datetime(2037, 1, 1, tzinfo=UTC)


def doubts(signer: Officer, under: Trust | None = None, moment: datetime = START) -> list[str]:
    return [doubt.code for doubt in trust.doubts(under or trusted(), signer.certificate, moment)]


def wanted(**facts: Any) -> Officer:
    """An officer of KIBRA whose certificate is made otherwise."""
    return officer(KIBRA, "Ruth Wambui", "CPL", "550055", 5500, wanted=Wanted(**facts))


def test_a_good_signer_leaves_no_doubt() -> None:
    assert doubts(JANE) == doubts(PETER) == []


def test_a_signer_of_another_root_is_unknown() -> None:
    assert doubts(PETER, trusted(KIBRA, COURT)) == ["signer-unknown"]
    assert doubts(EVE) == ["signer-unknown"]


def test_without_any_anchor_everybody_is_unknown() -> None:
    assert doubts(JANE, Trust(anchors=(), now=NOW)) == ["signer-unknown"]


def test_a_root_is_trusted_for_one_code_only() -> None:
    """The laboratory's root signs for somebody of KIBRA; and KIBRA's own root is trusted for another code."""
    strayed = officer(LAB, "Ruth Wambui", "CPL", "1", 5501, wanted=Wanted(code="KIBRA"))
    assert doubts(strayed) == ["signer-mismatch"]
    renamed = Trust(anchors=(KIBRA.anchor("OTHER"),), now=NOW, lists=trusted().lists)
    assert doubts(JANE, renamed) == ["signer-mismatch"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        pytest.param({"ca": True}, "certificate-bad", id="an officer who may issue certificates"),
        pytest.param({"usage": ("content_commitment",)}, "certificate-bad", id="not for signatures"),
        pytest.param({"usage": ("key_encipherment",)}, "certificate-bad", id="for encryption"),
        pytest.param({"unknown_critical": True}, "certificate-bad", id="an unknown critical extension"),
        pytest.param({"end": datetime(2026, 6, 1, tzinfo=UTC)}, "certificate-expired", id="expired"),
        pytest.param({"start": datetime(2026, 12, 1, tzinfo=UTC)}, "certificate-expired", id="not yet valid"),
    ],
)
def test_a_bad_certificate(facts: dict[str, Any], code: str) -> None:
    assert doubts(wanted(**facts)) == [code]


def test_what_else_is_wrong_with_an_expired_certificate_is_still_seen() -> None:
    expired = wanted(ca=True, end=datetime(2026, 6, 1, tzinfo=UTC))
    assert doubts(expired) == ["certificate-expired", "certificate-bad"]


def test_judged_after_the_end_an_honest_signature_is_undecided() -> None:
    assert doubts(JANE, trusted(now=LATE)) == ["certificate-expired"]


def test_the_first_and_the_last_second_of_a_certificate_count() -> None:
    assert doubts(JANE, moment=people.OPENED) == doubts(JANE, moment=people.CLOSES) == []


def test_a_root_that_is_no_authority_vouches_for_nobody() -> None:
    plain = people.root("Kibra Police Station", "KIBRA", 777, ca=False)
    under = officer(plain, "Ruth Wambui", "CPL", "550055", 5500)
    assert doubts(under, trusted(plain)) == ["certificate-bad"]


def test_an_officer_cannot_issue_another() -> None:
    """A certificate signed with an officer's key, whose issuer is that officer: no trusted root signed it."""
    from tests.vectors.people import Root

    false_root = Root(agency="Kibra Police Station", code="KIBRA", certificate=JANE.certificate, private=JANE.private)
    assert doubts(officer(false_root, "Ruth Wambui", "CPL", "550055", 5500)) == ["signer-unknown"]


# --- revocation --------------------------------------------------------------


def test_without_a_list_revocation_is_unknown() -> None:
    assert doubts(JANE, trusted(KIBRA, lists=[])) == ["revocation-unknown"]


def test_a_list_of_another_root_does_not_count() -> None:
    for lists in ([LAB.revocations()], [STRANGER.revocations()], [b"no list"], [KIBRA.revocations()[:-1]]):
        assert doubts(JANE, trusted(KIBRA, lists=lists)) == ["revocation-unknown"]


def test_a_stranger_cannot_revoke() -> None:
    assert doubts(JANE, trusted(KIBRA, lists=[KIBRA.revocations(), STRANGER.revocations(JANE, number=99)])) == []


def test_the_newest_list_counts_whatever_the_order() -> None:
    old, new = KIBRA.revocations(number=1), KIBRA.revocations(JANE, number=2)
    for lists in ([old, new], [new, old]):
        under = trusted(KIBRA, lists=lists)
        assert doubts(JANE, under) == ["certificate-revoked"]
        assert doubts(JOSEPH, under) == []
        assert under.lists[KIBRA.fingerprint].number == 2


@pytest.mark.parametrize(("here", "came"), [(1, 2), (2, 1)])
def test_a_list_that_comes_along_counts_where_it_is_newer(here: int, came: int) -> None:
    """Whichever has the higher number says who is revoked: here only number 2 does."""
    lists = {1: KIBRA.revocations(number=1), 2: KIBRA.revocations(JANE, number=2)}
    under = trusted(KIBRA, lists=[lists[here]]).knowing([lists[came], STRANGER.revocations(number=9), b"x"])
    assert doubts(JANE, under) == ["certificate-revoked"]


def test_lists_are_kept_by_root() -> None:
    found = trust.newest_lists((KIBRA.anchor(), LAB.anchor()), [KIBRA.revocations(number=3), LAB.revocations(number=4)])
    assert {root: each.number for root, each in found.items()} == {KIBRA.fingerprint: 3, LAB.fingerprint: 4}
    assert all(isinstance(each, RevocationList) for each in found.values())


# --- who the record says (S4) ------------------------------------------------


def judged(signer: Officer, **named: Any) -> list[str]:
    """The findings on a seizure that is signed by `signer` and says it is by somebody a little else."""
    pen = Pen()
    record = pen.draft(signer, SEIZURE, by=signer.person(**named))
    files = RecordFiles(name="0001-seizure.json", record=record.data, signature=sign(record.data, signer))
    report = verify_chain(ChainFiles(id=pen.chain, records=(files,)), trusted())
    return [f.code for f in report.findings if f.code != "physical-exhibit"]


def test_a_signer_who_is_who_the_record_says() -> None:
    assert judged(JANE) == []


@pytest.mark.parametrize(
    "named",
    [
        {"name": "Joan Wanjiku"},
        {"rank": "CPL"},
        {"service_no": "112234"},
        {"agency": "LAB", "register": "LAB/desk"},
        {"register": "LAB/desk"},
        {"register": "KIBRA:desk"},
        {"certificate": JOSEPH.person().certificate},
    ],
    ids=str,
)
def test_a_signer_who_is_not_who_the_record_says(named: dict[str, str]) -> None:
    assert judged(JANE, **named) == ["signer-mismatch"]


def test_another_certificate_on_the_same_key_is_not_the_one_named() -> None:
    other = officer(KIBRA, "Jane Wanjiku", "IP", "112233", JANE.private)
    pen = Pen()
    record = pen.draft(JANE, SEIZURE)
    signature = sign(record.data, other)
    assert cms.check(record.data, signature).certificate == other.certificate
    files = RecordFiles(name="0001-seizure.json", record=record.data, signature=signature)
    report = verify_chain(ChainFiles(id=pen.chain, records=(files,)), trusted())
    assert [f.code for f in report.findings] == ["signer-mismatch"]


# --- hostile certificates ----------------------------------------------------


def test_no_certificate_of_a_stranger_raises_anything_but_our_own_error() -> None:
    """Every byte of a certificate changed in turn, with a signature that fits the key in it."""
    seen = set()
    for place in range(len(JANE.certificate)):
        for byte in {0, 0xFF, JANE.certificate[place] ^ 1} - {JANE.certificate[place]}:
            changed = JANE.certificate[:place] + bytes([byte]) + JANE.certificate[place + 1 :]
            seen |= _judged_with(changed)
    assert seen == {"signer-unknown", "signer-mismatch", "certificate-bad", "signature-broken"}


def test_no_certificate_of_a_trusted_root_raises_anything_but_our_own_error() -> None:
    """The same with the root's own signature over each of them: an agency whose tools print nonsense."""
    seen = set()
    size = 4 + int.from_bytes(JANE.certificate[6:8])
    inner, algorithm = JANE.certificate[4 : 4 + size], JANE.certificate[4 + size : 4 + size + 12]
    for place in range(len(inner)):
        changed = inner[:place] + bytes([inner[place] ^ 0x11]) + inner[place + 1 :]
        value = cms._tlv(0x03, b"\0" + people.sign_with(KIBRA.private)(changed))
        seen |= _judged_with(cms._tlv(0x30, changed, algorithm, value))
    assert "certificate-bad" in seen


def test_an_unknown_signature_algorithm_is_no_crash() -> None:
    """The same unknown algorithm inside and outside, as a certificate must have it."""
    ours = bytes.fromhex("06082a8648ce3d040302")
    unknown = bytes.fromhex("06082a8648ce3d04037f")
    assert JANE.certificate.count(ours) == 2
    assert _judged_with(JANE.certificate.replace(ours, unknown)) == {"signer-unknown"}


def _judged_with(certificate: bytes) -> set[str]:
    """Findings on a record signed with Jane's key under some certificate."""
    signer = Officer(name=JANE.name, rank=JANE.rank, service_no=JANE.service_no, code="KIBRA", register="KIBRA/desk",
                     certificate=certificate, private=JANE.private)  # fmt: skip
    record = Pen().draft(signer, SEIZURE)
    attributes = cms._attributes(START, hashlib.sha256(record.data).digest())
    try:
        signature = cms._print(certificate, attributes, cms.low_s(certificate, JANE.sign(cms._tlv(0x31, attributes))))
    except RefutedError as err:
        return {err.code}
    files = RecordFiles(name="0001-seizure.json", record=record.data, signature=signature)
    report = verify_chain(ChainFiles(id=record.chain, records=(files,)), trusted())
    return {f.code for f in report.findings} - {"physical-exhibit"}
