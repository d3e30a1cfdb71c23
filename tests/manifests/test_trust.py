"""Whose signature counts: anchors, paths, revocation, and who the record says (signature.md, S4 to S7)."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID as PURPOSE

from manifests import certificates, cms, trust
from manifests.errors import RefutedError
from manifests.revocation import RevocationList, Shown
from manifests.trust import Trust
from manifests.verify import ChainFiles, RecordFiles, verify_chain
from tests.vectors import people
from tests.vectors.pen import NOW, SEIZURE, START, Pen, sign, trusted
from tests.vectors.people import COURT, EVE, JANE, JOSEPH, KIBRA, LAB, PETER, STRANGER, Officer, Root, Wanted, officer

DOCUMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
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
        pytest.param({"purposes": (PURPOSE.CLIENT_AUTH,)}, "certificate-bad", id="only for logging in"),
        pytest.param({"purposes": (PURPOSE.TIME_STAMPING, PURPOSE.SERVER_AUTH)}, "certificate-bad", id="for servers"),
        pytest.param({"end": datetime(2026, 6, 1, tzinfo=UTC)}, "certificate-expired", id="expired"),
        pytest.param({"start": datetime(2026, 12, 1, tzinfo=UTC)}, "certificate-expired", id="not yet valid"),
    ],
)
def test_a_bad_certificate(facts: dict[str, Any], code: str) -> None:
    assert doubts(wanted(**facts)) == [code]


@pytest.mark.parametrize("purpose", [PURPOSE.EMAIL_PROTECTION, PURPOSE.ANY_EXTENDED_KEY_USAGE, DOCUMENTS])
def test_an_extended_key_usage_that_fits(purpose: x509.ObjectIdentifier) -> None:
    assert doubts(wanted(purposes=(PURPOSE.CLIENT_AUTH, purpose))) == []


def weak(**facts: Any) -> Root:
    return people.root("Kibra Police Station", "KIBRA", 778, **facts)


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
WEAK_ROOTS = [
    pytest.param({"private": people.key(778, ec.SECP192R1())}, id="P-192"),
    pytest.param({"private": people.key(778, ec.SECP256K1())}, id="another curve of 256 bits"),
    pytest.param({"private": people.rsa_2048()}, id="RSA 2048"),
    pytest.param({"usage": ("digital_signature",)}, id="not for certificates"),
    pytest.param({"usage": ("key_cert_sign",)}, id="not for lists"),
    pytest.param({"part": (UNKNOWN, True)}, id="an unknown critical extension"),
    pytest.param({"part": (x509.ExtendedKeyUsage([PURPOSE.CLIENT_AUTH]), False)}, id="only for logging in"),
]


@pytest.mark.parametrize("facts", WEAK_ROOTS)
def test_a_root_is_as_strong_as_an_officer(facts: dict[str, Any]) -> None:
    plain = weak(**facts)
    under = officer(plain, "Ruth Wambui", "CPL", "550055", 5500)
    assert doubts(under, trusted(plain)) == ["certificate-bad"]
    with pytest.raises(RefutedError, match="no root"):
        certificates.check_root(plain.certificate)


def test_a_root_with_a_part_that_is_known_or_not_critical_and_one_of_rsa_are_good() -> None:
    for facts in (
        {"part": (UNKNOWN, False)},
        {"private": people.rsa_3072()},
        {"private": people.key(7, ec.SECP384R1())},
    ):
        good = weak(**facts)  # type: ignore[arg-type]  # each dict is of one fact
        assert doubts(officer(good, "Ruth Wambui", "CPL", "550055", 5500), trusted(good)) == []
        certificates.check_root(good.certificate)


def test_outside_the_time_of_the_root_nothing_is_decided() -> None:
    """Not refuted: an honest computer's clock may be wrong. An officer's certificate may outlive its root."""
    for facts in ({"end": datetime(2026, 6, 1, tzinfo=UTC)}, {"start": datetime(2026, 12, 1, tzinfo=UTC)}):
        short = weak(**facts)
        under = officer(short, "Ruth Wambui", "CPL", "550055", 5500)
        assert doubts(under, trusted(short)) == ["certificate-expired"]


def test_what_else_is_wrong_with_an_expired_certificate_is_still_seen() -> None:
    expired = wanted(ca=True, end=datetime(2026, 6, 1, tzinfo=UTC))
    assert doubts(expired) == ["certificate-expired", "certificate-bad"]


def test_what_others_show_to_be_older_than_the_end_stays_good() -> None:
    """An exhibit of ten years ago, and the receipt of another agency from the same day."""
    shown = Shown(before=START + timedelta(days=1))
    assert [d.code for d in trust.doubts(trusted(now=LATE), JANE.certificate, START, shown)] == []
    late = Shown(before=people.CLOSES + timedelta(seconds=1))
    assert [d.code for d in trust.doubts(trusted(now=LATE), JANE.certificate, START, late)] == ["certificate-expired"]


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


# R and S of the lists below, and moments around them; Jane signs at START.
MADE, SINCE = START + timedelta(days=5), START + timedelta(days=3)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def on_list(since: datetime | None = SINCE, reason: x509.ReasonFlags | None = None) -> Trust:
    utc = since.astimezone(UTC) if since else None
    return trusted(KIBRA, lists=[KIBRA.revocations(JANE, number=2, made=MADE, since=utc, reason=reason)])


@pytest.mark.parametrize(
    ("shown", "signed", "code"),
    [
        pytest.param(Shown(), START, "certificate-revoked", id="claims to be older, and nobody shows it"),
        pytest.param(
            Shown(), MADE + DAY, "certificate-revoked", id="says itself that it is later; a clock may be wrong"
        ),
        pytest.param(Shown(before=START + DAY), START, "revoked-later", id="shown to be older than S"),
        pytest.param(Shown(before=SINCE), START, "revoked-later", id="shown to be older than S, to the second"),
        pytest.param(Shown(before=SINCE + DAY), START, "certificate-revoked", id="shown to be older than R only"),
        pytest.param(Shown(before=MADE + DAY), START, "certificate-revoked", id="shown to be older than a later day"),
        pytest.param(Shown(after=START - DAY), START, "certificate-revoked", id="shown to be later than an early day"),
        pytest.param(Shown(after=SINCE + DAY), MADE + DAY, "certificate-revoked", id="shown to be later than S only"),
        pytest.param(Shown(after=MADE), MADE + DAY, "certificate-revoked", id="shown to be later than the second of R"),
        pytest.param(Shown(after=MADE + SECOND), MADE + DAY, "certificate-bad", id="by both clocks later than R"),
        pytest.param(Shown(after=MADE + DAY), START, "certificate-revoked", id="the two clocks contradict each other"),
    ],
)
def test_a_revoked_signer_by_what_others_show(shown: Shown, signed: datetime, code: str) -> None:
    assert [d.code for d in trust.doubts(on_list(), JANE.certificate, signed, shown)] == [code]


def test_without_an_invalidity_date_the_revocation_itself_counts() -> None:
    for since in (None, MADE + DAY):
        shown = Shown(before=MADE)
        assert [d.code for d in trust.doubts(on_list(since), JANE.certificate, START, shown)] == ["revoked-later"]


def test_a_key_that_was_replaced_refutes_nobody() -> None:
    """An officer renewed at the desk signs once more with the old key on the laptop."""
    under = on_list(None, x509.ReasonFlags.superseded)
    assert doubts(JANE, under) == doubts(JANE, under, MADE) == ["revoked-later"]
    shown = Shown(after=MADE + DAY)
    assert [d.code for d in trust.doubts(under, JANE.certificate, MADE + DAY, shown)] == ["certificate-revoked"]


def test_a_root_that_was_replaced_counts_for_what_is_older() -> None:
    old = replace(KIBRA.anchor(), until=START + DAY)
    under = Trust(anchors=(old,), now=NOW, lists=trusted(KIBRA).lists)
    assert doubts(JANE, under) == []
    assert doubts(JANE, under, START + 2 * DAY) == ["signer-unknown"]


def test_of_two_lists_with_one_number_the_younger_counts() -> None:
    """A register was put back from a backup, and its next list bears a number that went out before."""
    one, two = KIBRA.revocations(number=2), KIBRA.revocations(JANE, number=2, made=MADE)
    for lists in ([one, two], [two, one]):
        assert doubts(JANE, trusted(KIBRA, lists=lists)) == ["certificate-revoked"]


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
