"""The one CMS profile of a signature file, printed and checked by printing again (docs/spec/signature.md, S1 and S2).

It says that a key signed these bytes at a claimed time. Who the key belongs to, and whether anyone
trusts it, is `manifests.trust`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from manifests.errors import RefutedError

MAX_BYTES = 64 << 10
_SMALL = 16 << 10
"""Bytes of a record below which what was checked is remembered."""
# DER of the object identifiers (RFC 5652, RFC 5754, RFC 8017)
_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SIGNING_TIME = bytes.fromhex("06092a864886f70d010905")
_SHA256 = bytes.fromhex("0609608648016503040201")
_ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")
_RSA_SHA256 = bytes.fromhex("06092a864886f70d01010b0500")
_ORDER = {
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": int("f" * 48 + "c7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16),
}
MIN_RSA_BITS = 3072

SignBytes = Callable[[bytes], bytes]


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What a checked signature file says: the signer's certificate (DER) and the time claimed."""

    certificate: bytes
    signing_time: datetime


def sign(data: bytes, certificate: bytes, moment: datetime, sign_bytes: SignBytes) -> bytes:
    """Print a signature file over `data`; `sign_bytes` signs with SHA-256 and the certificate's key.

    Checks its own work before it returns; raises RefutedError where key and certificate do not match.
    """
    attributes = _attributes(moment, hashlib.sha256(data).digest())
    value = low_s(certificate, sign_bytes(_tlv(0x31, attributes)))
    printed = _print(certificate, attributes, value)
    check(data, printed)
    return printed


def check(data: bytes, signature: bytes) -> Signed:
    """Check a signature file over `data`; raises RefutedError unless every byte is as printed here."""
    return _check_once(data, signature) if len(data) < _SMALL else _check(data, signature)


def _check(data: bytes, signature: bytes) -> Signed:
    certificate, moment, value = _take_out(signature)
    attributes = _attributes(moment, hashlib.sha256(data).digest())
    if _print(certificate, attributes, value) != signature:
        raise _broken("the signature file is not over these bytes, or not of the one form allowed")
    _check_value(certificate, value, _tlv(0x31, attributes))
    return Signed(certificate=certificate, signing_time=moment)


_check_once = lru_cache(maxsize=4096)(_check)
"""The same, once for the same bytes: an act judges a chain several times."""


def _broken(text: str) -> RefutedError:
    return RefutedError(text, code="signature-broken")


def _take_out(signature: bytes) -> tuple[bytes, datetime, bytes]:
    from asn1crypto import cms

    if len(signature) > MAX_BYTES:
        raise _broken("the signature file is too long")
    try:
        content = cms.ContentInfo.load(signature)["content"]
        signer = content["signer_infos"][0]
        certificate = content["certificates"][0].chosen.dump()
        times = [a["values"][0].native for a in signer["signed_attrs"] if a["type"].native == "signing_time"]
        return certificate, times[0].astimezone(UTC), signer["signature"].native
    except Exception as err:  # asn1crypto raises many kinds on hostile bytes; all mean the same here
        raise _broken("the signature file cannot be read") from err


def _tlv(tag: int, *parts: bytes) -> bytes:
    """One DER element."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def _attributes(moment: datetime, digest: bytes) -> bytes:
    """The signed attributes in DER SET order (by their encoding: shortest first here)."""
    utc = moment.astimezone(UTC)
    short = 1950 <= utc.year < 2050
    time = _tlv(0x17 if short else 0x18, utc.strftime("%y%m%d%H%M%SZ" if short else "%Y%m%d%H%M%SZ").encode())
    parts = [
        _tlv(0x30, _CONTENT_TYPE, _tlv(0x31, _DATA)),
        _tlv(0x30, _SIGNING_TIME, _tlv(0x31, time)),
        _tlv(0x30, _MESSAGE_DIGEST, _tlv(0x31, _tlv(0x04, digest))),
    ]
    return b"".join(sorted(parts))


def _print(certificate: bytes, attributes: bytes, value: bytes) -> bytes:
    issuer, serial, key = _facts(certificate)
    sha256 = _tlv(0x30, _SHA256)
    algorithm = _tlv(0x30, _RSA_SHA256 if _is_rsa(key) else _ECDSA_SHA256)
    one = _tlv(0x02, b"\x01")
    signer = _tlv(0x30, one, _tlv(0x30, issuer, serial), sha256, _tlv(0xA0, attributes), algorithm, _tlv(0x04, value))
    body = _tlv(0x30, one, _tlv(0x31, sha256), _tlv(0x30, _DATA), _tlv(0xA0, certificate), _tlv(0x31, signer))
    return _tlv(0x30, _SIGNED_DATA, _tlv(0xA0, body))


@lru_cache(maxsize=256)
def _facts(certificate: bytes) -> tuple[bytes, bytes, Any]:
    """Issuer and serial number as encoded, and the public key."""
    from asn1crypto import x509 as asn1
    from cryptography import x509

    try:
        tbs = asn1.Certificate.load(certificate, strict=True)["tbs_certificate"]
        if tbs["serial_number"].native < 1:
            raise ValueError("a serial number is positive")
        key = x509.load_der_x509_certificate(certificate).public_key()
        return tbs["issuer"].dump(), tbs["serial_number"].dump(), key
    except Exception as err:  # as above: hostile bytes
        raise _broken("the signer's certificate cannot be read") from err


def public_key(certificate: bytes) -> bytes:
    """The certificate's public key (SubjectPublicKeyInfo, DER): two people never share one."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(_facts(certificate)[2].public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _is_rsa(key: Any) -> bool:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return isinstance(key, rsa.RSAPublicKey)


def is_strong(key: Any) -> bool:
    """Whether signatures by this kind of key are accepted, of records and of certificates alike (S1, S3)."""
    from cryptography.hazmat.primitives.asymmetric import ec

    if _is_rsa(key):
        return int(key.key_size) >= MIN_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _ORDER


def low_s(certificate: bytes, value: bytes) -> bytes:
    """The ECDSA signature with its s not above half the order; other signatures unchanged."""
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    key = _facts(certificate)[2]
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in _ORDER:
        return value
    try:
        r, s = utils.decode_dss_signature(value)
        return utils.encode_dss_signature(r, min(s, _ORDER[key.curve.name] - s))
    except ValueError as err:
        raise _broken("the signature value cannot be read") from err


def _check_value(certificate: bytes, value: bytes, message: bytes) -> None:
    from cryptography.exceptions import InvalidSignature

    key = _facts(certificate)[2]
    try:
        if not is_strong(key):
            raise _broken("signed with a kind of key that is not allowed")
        (_verify_rsa if _is_rsa(key) else _verify_ecdsa)(key, value, message)
    except (InvalidSignature, ValueError) as err:
        raise _broken("the signature does not match the record and the signer's key") from err


def _verify_rsa(key: Any, value: bytes, message: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    key.verify(value, message, padding.PKCS1v15(), hashes.SHA256())


def _verify_ecdsa(key: Any, value: bytes, message: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    r, s = utils.decode_dss_signature(value)
    if utils.encode_dss_signature(r, s) != value or s > _ORDER[key.curve.name] // 2:
        raise ValueError("not the one encoding allowed")
    key.verify(value, message, ec.ECDSA(hashes.SHA256()))
