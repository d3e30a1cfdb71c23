"""The one form of a signature file: printed as OpenSSL and asn1crypto print it, and nothing else accepted (S1, S2)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1
from asn1crypto import core
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from manifests import cms
from manifests.errors import RefutedError
from tests.manifests import judge
from tests.vectors import forging, people
from tests.vectors.forging import Form, attribute, print_signature
from tests.vectors.people import EVE, JANE, JOSEPH, KIBRA, PETER, Officer, officer

WYCHEPROOF = Path(__file__).parents[3] / "shared/data/wycheproof/ecdsa_secp256r1_sha256_test.json"
DATA = b'{\n  "a": "record"\n}\n'
MOMENT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
END_OF_2049 = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)

WITH_P384 = officer(KIBRA, "Ruth Wambui", "CPL", "384384", people.key(1384, ec.SECP384R1()))
WITH_RSA = officer(KIBRA, "Ruth Wambui", "CPL", "307230", people.rsa_3072())
ALLOWED = [pytest.param(JANE, id="P-256"), pytest.param(WITH_P384, id="P-384"), pytest.param(WITH_RSA, id="RSA-3072")]


def sign(data: bytes, signer: Officer, moment: datetime = MOMENT) -> bytes:
    return cms.sign(data, signer.certificate, moment, signer.sign)


def refused(data: bytes, signature: bytes) -> None:
    with pytest.raises(RefutedError) as caught:
        cms.check(data, signature)
    assert caught.value.code == "signature-broken"


# --- what is printed ---------------------------------------------------------


@pytest.mark.parametrize("signer", ALLOWED)
def test_openssl_verifies_what_we_print(signer: Officer, tmp_path: Path) -> None:
    signature = sign(DATA, signer)
    assert cms.check(DATA, signature) == cms.Signed(certificate=signer.certificate, signing_time=MOMENT)
    assert judge.verifies(tmp_path, DATA, signature, KIBRA)
    assert not judge.verifies(tmp_path, DATA + b" ", signature, KIBRA)
    assert not judge.verifies(tmp_path, DATA, signature, people.LAB)


@pytest.mark.parametrize("signer", [JANE, WITH_P384], ids=["P-256", "P-384"])
def test_what_openssl_signs_is_in_our_form_to_the_byte(signer: Officer, tmp_path: Path) -> None:
    """All but the one thing OpenSSL does not promise: the smaller of the two possible values of s."""
    for _ in range(4):
        theirs = judge.signs(tmp_path, DATA, signer)
        certificate, moment, value = cms._take_out(theirs)
        ours = cms.sign(DATA, certificate, moment, lambda attributes, value=value: value)  # type: ignore[misc]  # a default
        assert cms.check(DATA, ours) == cms.Signed(certificate=signer.certificate, signing_time=moment)
        if cms.low_s(certificate, value) == value:
            assert ours == theirs
        else:
            refused(DATA, theirs)


@pytest.mark.parametrize("signer", ALLOWED)
@pytest.mark.parametrize("moment", [MOMENT, END_OF_2049, *(datetime(y, 1, 1, tzinfo=UTC) for y in (1950, 2050, 9999))])
def test_asn1crypto_prints_the_same_bytes(signer: Officer, moment: datetime) -> None:
    value = signer.sign(b"")
    mine = print_signature(DATA, signer, moment, Form(value=lambda _: value))
    assert mine == cms._print(signer.certificate, cms._attributes(moment, _digest(DATA)), value)


def _digest(data: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(data).digest()


@given(st.binary(max_size=100), st.datetimes(datetime(1950, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)))
def test_every_signature_checks_and_says_its_time(data: bytes, moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert cms.check(data, sign(data, JANE, moment)) == cms.Signed(certificate=JANE.certificate, signing_time=whole)


def test_the_time_is_printed_in_utc() -> None:
    from datetime import timezone

    here = MOMENT.astimezone(timezone(timedelta(hours=3)))
    assert sign(DATA, JANE, here) == sign(DATA, JANE, MOMENT)


@pytest.mark.parametrize(
    ("certificate", "signs"),
    [
        pytest.param(JANE.certificate, JOSEPH.sign, id="another officer's key"),
        pytest.param(JANE.certificate, EVE.sign, id="a stranger's key"),
        pytest.param(WITH_RSA.certificate, JANE.sign, id="a key of another kind"),
        pytest.param(b"not a certificate", JANE.sign, id="no certificate"),
        pytest.param(JANE.certificate, lambda data: b"no signature", id="no signature"),
    ],
)
def test_nothing_is_printed_that_would_not_check(certificate: bytes, signs: Callable[[bytes], bytes]) -> None:
    with pytest.raises(RefutedError) as caught:
        cms.sign(DATA, certificate, MOMENT, signs)
    assert caught.value.code == "signature-broken"


# --- what is refused ---------------------------------------------------------


def test_every_bit_flipped_is_refused_or_shows_another_certificate() -> None:
    """A certificate that was touched is another one, which the record does not name: `by.certificate` (S4)."""
    signature = sign(DATA, JANE)
    inside = range(signature.index(JANE.certificate), signature.index(JANE.certificate) + len(JANE.certificate))
    for place, byte in enumerate(signature):
        for bit in range(8):
            changed = signature[:place] + bytes([byte ^ 1 << bit]) + signature[place + 1 :]
            if place not in inside:
                refused(DATA, changed)
            elif (shown := _certificate_in(changed)) is not None:
                assert shown != JANE.certificate


def _certificate_in(signature: bytes) -> bytes | None:
    try:
        return cms.check(DATA, signature).certificate
    except RefutedError as err:
        assert err.code == "signature-broken"
        return None


def test_every_byte_left_out_or_doubled_is_refused() -> None:
    signature = sign(DATA, JANE)
    for place in range(len(signature)):
        refused(DATA, signature[:place] + signature[place + 1 :])
        refused(DATA, signature[: place + 1] + signature[place:])
        refused(DATA, signature[:place] + b"\0" + signature[place:])


def test_every_beginning_of_the_file_is_refused() -> None:
    signature = sign(DATA, JANE)
    for length in range(len(signature)):
        refused(DATA, signature[:length])


def test_every_byte_of_the_record_counts() -> None:
    signature = sign(DATA, JANE)
    for place, byte in enumerate(DATA):
        refused(DATA[:place] + bytes([byte ^ 1]) + DATA[place + 1 :], signature)
    refused(DATA.replace(b"\n", b"\r\n"), signature)


TIME = attribute("signing_time", asn1.Time({"utc_time": core.UTCTime(MOMENT)}))
UNSIGNED = attribute("1.3.6.1.4.1.99999.7", core.OctetString(b"anything"))

WRONG = {
    "an extra certificate": Form(extra_certificates=(JOSEPH.certificate,)),
    "the root beside it": Form(extra_certificates=(KIBRA.certificate,)),
    "the certificate twice": Form(extra_certificates=(JANE.certificate,)),
    "another officer's certificate": Form(certificate=JOSEPH.certificate),
    "an unsigned attribute": Form(unsigned=(UNSIGNED,)),
    "one more signed attribute": Form(more_signed=(UNSIGNED,)),
    "two signing times": Form(more_signed=(TIME,)),
    "no signing time": Form(drop_signed=("signing_time",)),
    "no content type": Form(drop_signed=("content_type",)),
    "no message digest": Form(drop_signed=("message_digest",)),
    "SHA-1": Form(digest="sha1"),
    "SHA-512": Form(digest="sha512"),
    "NULL parameters": Form(null_parameters=True),
    "content inside": Form(content=DATA),
    "two signers": Form(signers=2),
    "no signer": Form(signers=0),
    "version 3": Form(version="v3"),
    "high s": Form(value=forging.high),
    "no signature value": Form(value=lambda value: b""),
    "a longer signature value": Form(value=lambda value: value + b"\0"),
    "r and s nought": Form(value=lambda value: utils.encode_dss_signature(0, 0)),
    "r and s one": Form(value=lambda value: utils.encode_dss_signature(1, 1)),
    "the order for s": Form(value=lambda value: utils.encode_dss_signature(1, forging.ORDER)),
}


@pytest.mark.parametrize("form", [pytest.param(form, id=name) for name, form in WRONG.items()])
def test_a_file_with_one_thing_wrong_is_refused(form: Form) -> None:
    assert print_signature(DATA, JANE, MOMENT) == sign(DATA, JANE)
    refused(DATA, print_signature(DATA, JANE, MOMENT, form))


@pytest.mark.parametrize("name", ["an extra certificate", "an unsigned attribute", "high s"])
def test_openssl_alone_would_have_accepted_some_of_these(name: str, tmp_path: Path) -> None:
    """Why the file is checked by printing it again."""
    assert judge.verifies(tmp_path, DATA, print_signature(DATA, JANE, MOMENT, WRONG[name]), KIBRA)


def test_another_certificate_on_the_same_key_is_another_file() -> None:
    """It checks by itself, because the key fits; `by.certificate` then tells the two apart (S4)."""
    other = officer(KIBRA, "Jane Wanjiku", "PC", "112234", JANE.private)
    exchanged = print_signature(DATA, JANE, MOMENT, Form(certificate=other.certificate))
    assert cms.check(DATA, exchanged).certificate == other.certificate
    assert exchanged != sign(DATA, JANE)


@pytest.mark.parametrize("tail", [b"\0", b"\n", b"x" * 100])
def test_trailing_and_leading_bytes_are_refused(tail: bytes) -> None:
    refused(DATA, sign(DATA, JANE) + tail)
    refused(DATA, tail + sign(DATA, JANE))


def test_indefinite_lengths_are_refused(tmp_path: Path) -> None:
    """BER instead of DER around the whole file: OpenSSL takes it."""
    signature = sign(DATA, JANE)
    loose = b"\x30\x80" + signature[4:] + b"\0\0"
    assert judge.verifies(tmp_path, DATA, loose, KIBRA)
    refused(DATA, loose)


@pytest.mark.parametrize("data", [b"", b"0", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x30" * 5000, b"\0" * 70_000])
def test_what_is_no_signature_file_is_refused(data: bytes) -> None:
    refused(DATA, data)


def test_a_file_too_long_is_refused_before_it_is_read() -> None:
    refused(DATA, sign(DATA, JANE) + b"\0" * cms.MAX_BYTES)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_our_own_error(data: bytes) -> None:
    for signature in (data, sign(DATA, JANE)[:60] + data):
        refused(DATA, signature)


KEYS: dict[str, Any] = {
    "RSA-2048": people.rsa_2048(),
    "Ed25519": ed25519.Ed25519PrivateKey.from_private_bytes(b"\1" * 32),
    "P-521": people.key(1521, ec.SECP521R1()),
    "P-256k1": people.key(1256, ec.SECP256K1()),
    "P-224": people.key(1224, ec.SECP224R1()),
}


@pytest.mark.parametrize("private", [pytest.param(key, id=name) for name, key in KEYS.items()])
def test_other_kinds_of_keys_are_refused(private: Any) -> None:
    signer = officer(KIBRA, "Ruth Wambui", "CPL", "999999", private)
    refused(DATA, print_signature(DATA, signer, MOMENT))
    with pytest.raises(RefutedError):
        sign(DATA, signer)


def test_two_certificates_of_one_key_show_the_same_key() -> None:
    other = officer(people.LAB, "Somebody Else", "PC", "1", JANE.private)
    assert cms.public_key(other.certificate) == cms.public_key(JANE.certificate)
    assert cms.public_key(PETER.certificate) != cms.public_key(JANE.certificate)


# --- Wycheproof: ECDSA P-256 with SHA-256 ------------------------------------


def wycheproof() -> list[Any]:
    if not WYCHEPROOF.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no Wycheproof vectors at {WYCHEPROOF}"))]
    groups = json.loads(WYCHEPROOF.read_bytes())["testGroups"]
    return [
        pytest.param(group, id=group["publicKey"]["uncompressed"][:16] + f"-{at}") for at, group in enumerate(groups)
    ]


@pytest.mark.parametrize("group", wycheproof())
def test_wycheproof(group: dict[str, Any]) -> None:
    """Each valid signature is accepted with the smaller s and no other; each invalid one is refused."""
    certificate = _certificate_for(bytes.fromhex(group["publicKeyDer"]))
    for case in group["tests"]:
        message, value = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
        if case["result"] == "valid":
            accepts(certificate, cms.low_s(certificate, value), message, case)
        if case["result"] == "valid" and cms.low_s(certificate, value) == value:
            continue
        with pytest.raises(RefutedError):
            cms._check_value(certificate, value, message)


def accepts(certificate: bytes, value: bytes, message: bytes, case: dict[str, Any]) -> None:
    try:
        cms._check_value(certificate, value, message)
    except RefutedError as err:
        raise AssertionError(f"refused a valid signature: case {case['tcId']}, {case['comment']}") from err


class _PublicOnly:
    """Stands in for a private key where only the public one is known."""

    def __init__(self, public: Any) -> None:
        self._public = public

    def public_key(self) -> Any:
        return self._public


def _certificate_for(spki: bytes) -> bytes:
    return officer(KIBRA, "Wycheproof", "none", "w", _PublicOnly(load_der_public_key(spki))).certificate


def test_the_pairs_of_one_signature_are_both_valid_ecdsa() -> None:
    """So that the rule about the smaller s is what refuses the other one, not the mathematics."""
    public: Any = JANE.private.public_key()
    value = JANE.sign(DATA)
    from cryptography.hazmat.primitives import hashes

    for each in (forging.low(value), forging.high(value)):
        public.verify(each, DATA, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(value, DATA + b" ", ec.ECDSA(hashes.SHA256()))
