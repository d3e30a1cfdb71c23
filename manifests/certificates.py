"""Certificates as this project issues and reads them: agency roots, officers, revocation lists (S3, S6).

Values in, DER out; keys come as objects of `cryptography` and are neither stored nor loaded here.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from manifests.digest import identity
from manifests.errors import RefutedError, UsageError

MAX_BYTES = 64
"""Of each part of a name (RFC 5280, appendix A: the upper bounds)."""
_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,./:=?-]*")
ROLES = ("officer", "supervisor", "administrator")
ROOT_YEARS, OFFICER_YEARS = 25, 10
_YEAR = timedelta(days=365.25)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whom an officer's certificate names."""

    name: str
    rank: str
    service_no: str
    agency: str
    code: str
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Agency:
    """Whom a root certificate names."""

    name: str
    code: str


@dataclass(frozen=True, kw_only=True)
class RevocationList:
    """A list as read: its number, when it was made, and the serial numbers on it with their dates."""

    number: int
    made: datetime
    revoked: dict[int, datetime]


def _name(parts: list[tuple[Any, str]]) -> Any:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _check_part(what: str, value: str) -> None:
    """Raise UsageError for what no part of a certificate's name can hold."""
    size = len(value.encode("utf-8", "replace"))
    if not 1 <= size <= MAX_BYTES or not value.isprintable():
        raise UsageError(f"the {what} cannot stand in a certificate", f"use 1 to {MAX_BYTES} ordinary characters")


def _agency_parts(agency: Agency) -> list[tuple[Any, str]]:
    from cryptography.x509.oid import NameOID

    return [(NameOID.ORGANIZATION_NAME, agency.name), (NameOID.ORGANIZATION_IDENTIFIER, agency.code)]


def _builder(subject: Any, issuer: Any, public_key: Any, now: datetime, years: int) -> Any:
    from cryptography import x509

    start = now.astimezone(UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - timedelta(minutes=5))
        .not_valid_after(start + years * _YEAR)
    )


def _usage(*used: str) -> Any:
    from cryptography import x509

    fields = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    ).split()
    return x509.KeyUsage(**{field: field in used for field in fields})


def _der(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return bytes(certificate.public_bytes(Encoding.DER))


def make_root(agency: Agency, key: Any, now: datetime) -> bytes:
    """A self-signed agency root certificate, DER; raises UsageError for a name that it cannot hold."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    _check_part("agency's name", agency.name)
    common = f"{agency.name} root".encode()[:MAX_BYTES].decode(errors="ignore")
    name = _name([*_agency_parts(agency), (NameOID.COMMON_NAME, common)])
    public = key.public_key()
    builder = _builder(name, name, public, now, ROOT_YEARS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    return _der(builder.sign(key, hashes.SHA256()))


def make_officer(subject: Subject, public_key: Any, root: bytes, root_key: Any, now: datetime) -> bytes:
    """An officer's certificate signed by the agency's root, DER; raises UsageError for a name it cannot hold."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    issuer = x509.load_der_x509_certificate(root)
    builder = _builder(_officer_name(subject), issuer.subject, public_key, now, OFFICER_YEARS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage("digital_signature", "content_commitment"), critical=True)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
    )
    return _der(builder.sign(root_key, hashes.SHA256()))


def _officer_name(subject: Subject) -> Any:
    from cryptography.x509.oid import NameOID

    for what, value in (("name", subject.name), ("rank", subject.rank), ("service number", subject.service_no)):
        _check_part(what, value)
    if not _PRINTABLE.fullmatch(subject.service_no):
        raise UsageError("the service number cannot stand in a certificate", "use letters, digits, '-', '/' and '.'")
    parts = _agency_parts(Agency(name=subject.agency, code=subject.code))
    parts += [(NameOID.COMMON_NAME, subject.name), (NameOID.TITLE, subject.rank)]
    parts += [(NameOID.SERIAL_NUMBER, subject.service_no)]
    return _name(parts + [(NameOID.ORGANIZATIONAL_UNIT_NAME, role) for role in subject.roles])


def make_list(root: bytes, root_key: Any, now: datetime, *, number: int) -> bytes:
    """An empty revocation list (RFC 5280, section 5), DER."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    made = now.astimezone(UTC).replace(microsecond=0)
    issuer = x509.load_der_x509_certificate(root)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    builder = builder.last_update(made).next_update(made + _YEAR)
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    return builder.sign(root_key, hashes.SHA256()).public_bytes(Encoding.DER)


def _one(name: Any, oid: Any) -> str:
    values = name.get_attributes_for_oid(oid)
    if len(values) != 1:
        raise RefutedError("the certificate does not name one person of one agency", code="certificate-bad")
    return str(values[0].value)


@lru_cache(maxsize=256)
def read_agency(root: bytes) -> Agency:
    """Whom a root certificate names; raises RefutedError."""
    from cryptography.x509.oid import NameOID

    name = _subject(root)
    return Agency(name=_one(name, NameOID.ORGANIZATION_NAME), code=_one(name, NameOID.ORGANIZATION_IDENTIFIER))


@lru_cache(maxsize=256)
def read_officer(certificate: bytes) -> Subject:
    """Whom an officer's certificate names; raises RefutedError."""
    from cryptography.x509.oid import NameOID

    name = _subject(certificate)
    roles = name.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return Subject(
        name=_one(name, NameOID.COMMON_NAME),
        rank=_one(name, NameOID.TITLE),
        service_no=_one(name, NameOID.SERIAL_NUMBER),
        agency=_one(name, NameOID.ORGANIZATION_NAME),
        code=_one(name, NameOID.ORGANIZATION_IDENTIFIER),
        roles=tuple(str(role.value) for role in roles),
    )


def _load(der: bytes) -> Any:
    from cryptography import x509

    try:
        return x509.load_der_x509_certificate(der)
    except Exception as err:  # hostile bytes make the parser raise many kinds
        raise RefutedError("the certificate cannot be read", code="certificate-bad") from err


def _subject(der: bytes) -> Any:
    try:
        return _load(der).subject
    except ValueError as err:  # the name is parsed only now
        raise RefutedError("the certificate's name cannot be read", code="certificate-bad") from err


def check_root(root: bytes) -> None:
    """Raise RefutedError for what is no root: one that issues certificates, its own first (S3)."""
    from cryptography import x509

    loaded = _load(root)
    try:
        issues = loaded.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        loaded.verify_directly_issued_by(loaded)
    except Exception as err:  # no such extension, not self-signed, or what hostile bytes make the parser raise
        raise RefutedError("the certificate is no agency's root", code="certificate-bad") from err
    if not issues:
        raise RefutedError("the certificate may not issue others, so it is no root", code="certificate-bad")


def validity(certificate: bytes) -> tuple[datetime, datetime]:
    """From when and until when a certificate is valid, UTC."""
    loaded = _load(certificate)
    return loaded.not_valid_before_utc, loaded.not_valid_after_utc


def serial_number(certificate: bytes) -> int:
    """The certificate's serial number."""
    return int(_load(certificate).serial_number)


def read_list(der: bytes, root: bytes) -> RevocationList:
    """A revocation list of `root`; raises RefutedError where the root did not sign it."""
    from cryptography import x509

    try:
        loaded = x509.load_der_x509_crl(der)
        number = loaded.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        signed = loaded.is_signature_valid(_load(root).public_key())
        revoked = {entry.serial_number: entry.revocation_date_utc for entry in loaded}
    except Exception as err:  # hostile bytes make the parsers raise many kinds
        raise RefutedError("the revocation list cannot be read", code="certificate-bad") from err
    if not signed:
        raise RefutedError("the revocation list is not signed by this root", code="certificate-bad")
    return RevocationList(number=number, made=loaded.last_update_utc, revoked=revoked)


def fingerprint(certificate: bytes) -> str:
    """The identity of a certificate's DER."""
    return identity(certificate)
