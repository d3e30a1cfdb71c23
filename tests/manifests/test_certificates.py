"""Certificates and revocation lists as they are issued and read (signature.md, S3 and S6)."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from manifests import certificates, revocation
from manifests.certificates import ROLES, Agency, Subject
from manifests.errors import RefutedError, UsageError
from manifests.revocation import Revocation, RevocationList
from manifests.shapes import WHY_REVOKED
from tests.vectors import people
from tests.vectors.people import JANE, JOSEPH, KIBRA, LAB

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROOT_KEY, KEY = people.key(9001), people.key(9002)
AGENCY = Agency(name="Kibra Police Station", code="KIBRA")
SUBJECT = Subject(
    name="Jane Wanjiku", rank="PC", service_no="112233", agency=AGENCY.name, code=AGENCY.code, roles=ROLES
)
ROOT = certificates.make_root(AGENCY, ROOT_KEY, NOW)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
OTHER = x509.load_der_x509_certificate(LAB.certificate).subject


def officer(subject: Subject = SUBJECT) -> bytes:
    return certificates.make_officer(subject, KEY.public_key(), ROOT, ROOT_KEY, NOW)


def listed(number: int, revoked: dict[int, Revocation] | None = None) -> bytes:
    wanted = RevocationList(number=number, made=NOW, revoked=revoked or {})
    return revocation.make_list(ROOT, ROOT_KEY, wanted)


def changed(**other: Any) -> Subject:
    from dataclasses import replace

    return replace(SUBJECT, **other)


def openssl(*command: str) -> str:
    return subprocess.run(["openssl", *command], capture_output=True, check=True, text=True).stdout


def pem(path: Path, der: bytes) -> str:
    path.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
    return str(path)


def test_whom_a_certificate_names_reads_back() -> None:
    assert certificates.read_agency(ROOT) == AGENCY
    assert certificates.read_officer(officer()) == SUBJECT
    assert certificates.read_officer(officer(changed(roles=("officer",)))).roles == ("officer",)


PARTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=16)


@settings(max_examples=25)
@given(PARTS, PARTS, st.from_regex(r"[A-Za-z0-9/.-]{1,20}\Z", fullmatch=True))
def test_every_name_reads_back(name: str, rank: str, number: str) -> None:
    subject = changed(name=name, rank=rank, service_no=number)
    assert certificates.read_officer(officer(subject)) == subject


def test_openssl_accepts_the_path_strictly(tmp_path: Path) -> None:
    root, own = pem(tmp_path / "root.pem", ROOT), pem(tmp_path / "own.pem", officer())
    moment = str(int(NOW.timestamp()))
    assert "OK" in openssl("verify", "-x509_strict", "-attime", moment, "-CAfile", root, own)


def test_the_profile_is_the_one_of_the_specification(tmp_path: Path) -> None:
    root = openssl("x509", "-noout", "-text", "-in", pem(tmp_path / "root.pem", ROOT))
    own = openssl("x509", "-noout", "-text", "-in", pem(tmp_path / "own.pem", officer()))
    assert "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0" in root
    assert "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign" in root
    assert "X509v3 Basic Constraints: critical\n                CA:FALSE" in own
    assert "X509v3 Key Usage: critical\n                Digital Signature, Non Repudiation" in own
    subject = "O = Kibra Police Station, organizationIdentifier = KIBRA, CN = Jane Wanjiku, title = PC, "
    assert subject + "serialNumber = 112233, OU = officer, OU = supervisor, OU = administrator" in own


def test_validity_is_25_and_10_years() -> None:
    for der, years in ((ROOT, 25), (officer(), 10)):
        start, end = certificates.validity(der)
        assert start == NOW - timedelta(minutes=5)
        assert abs(end - NOW - timedelta(days=365.25 * years)) < timedelta(days=1)


def test_the_tests_own_certificates_have_the_same_profile() -> None:
    """`tests/vectors/people.py` is written apart; what the two make differs in nothing but facts."""
    for ours, theirs in ((ROOT, KIBRA.certificate), (officer(), JANE.certificate)):
        one, other = x509.load_der_x509_certificate(ours), x509.load_der_x509_certificate(theirs)
        shape = [(e.oid, e.critical) for e in one.extensions], [a.oid for a in one.subject], one.version
        assert shape == ([(e.oid, e.critical) for e in other.extensions], [a.oid for a in other.subject], other.version)
        assert one.signature_algorithm_oid == other.signature_algorithm_oid


@pytest.mark.parametrize(
    "other",
    [
        {"name": ""},
        {"name": "N" * 65},
        {"name": "\u0169" * 33},
        {"name": "Jane\nWanjiku"},
        {"name": "Jane\0"},
        {"name": "Jane\u202e"},
        {"name": "\udcff"},
        {"rank": ""},
        {"rank": "R" * 65},
        {"service_no": ""},
        {"service_no": "1" * 65},
        {"service_no": "112_233"},
        {"service_no": "11\u0662233"},
    ],
    ids=ascii,
)
def test_a_name_that_a_certificate_cannot_hold_is_a_matter_of_words(other: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="cannot stand in a certificate"):
        officer(changed(**other))


@pytest.mark.parametrize("name", ["", "A" * 65, "\u0169" * 33, "A\nB"], ids=ascii)
def test_the_same_of_an_agency(name: str) -> None:
    with pytest.raises(UsageError, match="cannot stand in a certificate"):
        certificates.make_root(Agency(name=name, code="KIBRA"), ROOT_KEY, NOW)


@pytest.mark.parametrize("name", ["A" * 64, "\u0169" * 32])
def test_the_longest_name_of_an_agency_fits(name: str) -> None:
    agency = Agency(name=name, code="KIBRA")
    assert certificates.read_agency(certificates.make_root(agency, ROOT_KEY, NOW)) == agency


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"\x30" * 100, ROOT[:-1], ROOT + b"\0"])
def test_what_is_no_certificate_is_refused(der: bytes) -> None:
    for read in (
        certificates.read_agency,
        certificates.read_officer,
        certificates.validity,
        certificates.serial_number,
    ):
        with pytest.raises(RefutedError) as caught:
            read(der)
        assert caught.value.code == "certificate-bad"


def test_a_root_names_no_officer_and_other_names_are_refused() -> None:
    with pytest.raises(RefutedError, match="does not name one person"):
        certificates.read_officer(ROOT)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_every_byte_of_a_certificate_changed_raises_only_our_own_error() -> None:
    der = officer()
    for place in range(len(der)):
        for byte in (0, der[place] ^ 1, 0xFF):
            other = der[:place] + bytes([byte]) + der[place + 1 :]
            for read in (certificates.read_agency, certificates.read_officer, certificates.validity):
                try:
                    read(other)
                except RefutedError as err:
                    assert err.code == "certificate-bad"


# --- revocation lists --------------------------------------------------------


def test_an_empty_list_reads_back_and_openssl_accepts_it(tmp_path: Path) -> None:
    der = listed(7)
    read = revocation.read_list(der, ROOT)
    assert (read.number, read.made, read.revoked) == (7, NOW, {})
    (tmp_path / "list").write_bytes(der)
    root = pem(tmp_path / "root.pem", ROOT)
    command = ["openssl", "crl", "-inform", "DER", "-in", str(tmp_path / "list"), "-CAfile", root, "-noout"]
    said = subprocess.run(command, capture_output=True, check=True, text=True)
    assert "verify OK" in said.stderr


def test_a_list_says_who_is_revoked_and_since_when() -> None:
    read = revocation.read_list(KIBRA.revocations(JANE, number=2), KIBRA.certificate)
    assert read.revoked == {certificates.serial_number(JANE.certificate): Revocation(made=people.OPENED)}
    assert certificates.serial_number(JOSEPH.certificate) not in read.revoked


def test_a_list_that_is_made_here_reads_back_and_openssl_shows_the_same(tmp_path: Path) -> None:
    revoked = {
        77: Revocation(made=NOW, invalid_from=NOW - timedelta(days=9), reason="keyCompromise"),
        78: Revocation(made=NOW, reason="superseded"),
        79: Revocation(made=NOW),
    }
    der = listed(8, revoked)
    assert revocation.read_list(der, ROOT).revoked == revoked
    (tmp_path / "list").write_bytes(der)
    shown = openssl("crl", "-inform", "DER", "-in", str(tmp_path / "list"), "-noout", "-text")
    for said in ("Serial Number: 4D", "Key Compromise", "Superseded", "Invalidity Date", "Nov 11 09:00:00 2026 GMT"):
        assert said in shown


@pytest.mark.parametrize("because", WHY_REVOKED)
def test_every_reason_of_the_journal_has_a_word_on_the_list(because: str) -> None:
    one = {5: Revocation(made=NOW, reason=revocation.reason_of(because))}
    der = listed(2, one)
    assert revocation.read_list(der, ROOT).revoked == one


POINT = x509.DistributionPoint([x509.UniformResourceIdentifier("http://invented.example/a.crl")], None, None, None)
PARTIAL: list[Any] = [
    pytest.param({"part": (x509.DeltaCRLIndicator(1), True)}, id="a delta"),
    pytest.param({"part": (x509.DeltaCRLIndicator(1), False)}, id="a delta that hides it"),
    pytest.param(
        {"part": (x509.IssuingDistributionPoint(POINT.full_name, None, True, False, None, False, False), True)},
        id="of people's certificates only",
    ),
    pytest.param(
        {"part": (x509.IssuingDistributionPoint(POINT.full_name, None, False, False, None, False, False), False)},
        id="of one place",
    ),
    pytest.param({"part": (UNKNOWN, True)}, id="an unknown critical extension"),
    pytest.param({"entry_part": (UNKNOWN, True)}, id="an unknown critical extension of an entry"),
    pytest.param({"entry_part": (x509.CertificateIssuer([x509.DirectoryName(OTHER)]), True)}, id="of another issuer"),
    pytest.param({"reason": x509.ReasonFlags.remove_from_crl}, id="what only a delta says"),
]


@pytest.mark.parametrize("facts", PARTIAL)
def test_a_list_that_is_not_whole_is_no_list(facts: dict[str, Any]) -> None:
    der = KIBRA.revocations(JANE, number=9, **facts)
    with pytest.raises(RefutedError) as caught:
        revocation.read_list(der, KIBRA.certificate)
    assert caught.value.code == "certificate-bad"
    assert revocation.newest(KIBRA.certificate, [der, KIBRA.revocations()]) == (
        KIBRA.revocations(), revocation.read_list(KIBRA.revocations(), KIBRA.certificate),
    )  # fmt: skip


def test_a_list_with_a_part_that_may_be_ignored_is_whole() -> None:
    der = KIBRA.revocations(JANE, number=9, part=(UNKNOWN, False), entry_part=(UNKNOWN, False))
    assert revocation.read_list(der, KIBRA.certificate).number == 9


def test_a_list_that_names_one_certificate_twice_is_refused() -> None:
    with pytest.raises(RefutedError, match="contradicts itself"):
        revocation.read_list(KIBRA.revocations(JANE, JANE, number=2), KIBRA.certificate)


def test_a_list_of_another_root_is_refused() -> None:
    with pytest.raises(RefutedError, match="not signed by this root"):
        revocation.read_list(LAB.revocations(), KIBRA.certificate)
    with pytest.raises(RefutedError, match="not signed by this root"):
        revocation.read_list(people.STRANGER.revocations(), KIBRA.certificate)


def test_every_byte_of_a_list_changed_is_refused_or_says_the_same() -> None:
    """The frame around the signature value may be printed in more than one way; what is signed may not."""
    der = KIBRA.revocations(JANE)
    signed = 4 + 3 + int.from_bytes(der[6:7])
    for place in range(len(der)):
        for byte in {0, der[place] ^ 1, 0xFF} - {der[place]}:
            try:
                read = revocation.read_list(der[:place] + bytes([byte]) + der[place + 1 :], KIBRA.certificate)
            except RefutedError as err:
                assert err.code == "certificate-bad"
                continue
            assert place >= signed
            assert read == revocation.read_list(der, KIBRA.certificate)
