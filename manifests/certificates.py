"""Certificates as this project issues and reads them: agency roots and officers (docs/spec/signature.md, S3).

Values in, DER out; keys come as objects of `cryptography` and are neither stored nor loaded here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from manifests.cms import is_strong
from manifests.digest import identity
from manifests.errors import RefutedError, UsageError

MAX_BYTES = 64
"""Of each part of a name (RFC 5280, appendix A: the upper bounds)."""
_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,./:=?-]*")
ROLES = ("officer", "supervisor", "administrator")
ROOT_YEARS, OFFICER_YEARS = 25, 10
_YEAR = timedelta(days=365.25)


def _bad(why: str) -> RefutedError:
    return RefutedError(why, code="certificate-bad")


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


def load(der: bytes) -> Any:
    """A certificate as `cryptography` reads it; raises RefutedError."""
    from cryptography import x509

    try:
        return x509.load_der_x509_certificate(der)
    except Exception as err:  # hostile bytes make the parser raise many kinds
        raise RefutedError("the certificate cannot be read", code="certificate-bad") from err


def _subject(der: bytes) -> Any:
    try:
        return load(der).subject
    except ValueError as err:  # the name is parsed only now
        raise RefutedError("the certificate's name cannot be read", code="certificate-bad") from err


def check_root(root: bytes) -> None:
    """Raise RefutedError for what is no root: one that issues certificates, its own first, and is strong (S3)."""
    loaded = load(root)
    try:
        loaded.verify_directly_issued_by(loaded)
    except Exception as err:  # not self-signed, or what hostile bytes make the parser raise
        raise _bad("the certificate is no agency's root") from err
    if (fault := profile_fault(root, issues=True)) is not None:
        raise _bad(f"{fault}, so it is no root")


_UNDERSTOOD = frozenset({"2.5.29.15", "2.5.29.19", "2.5.29.37"})
"""Key usage, basic constraints, extended key usage: the only extensions that may be critical."""
_FITTING = frozenset({"1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4", "2.5.29.37.0"})
"""Extended key usages under which documents are signed: documents (RFC 9336), mail, any."""
_STRONG_HASHES = ("sha256", "sha384", "sha512")


@lru_cache(maxsize=1024)
def profile_fault(certificate: bytes, *, issues: bool) -> str | None:
    """What the profile asks beyond RFC 5280 and this certificate lacks (S3), in words; `issues`: of a root."""
    loaded = load(certificate)
    try:
        return next(_faults(loaded, issues), None)
    except Exception:  # noqa: BLE001  hostile bytes make the parser raise many kinds
        return "the certificate cannot be read"


def _faults(loaded: Any, issues: bool) -> Iterator[str]:
    from cryptography import x509

    found = {type(each.value): each.value for each in loaded.extensions}
    limits, usage = found.get(x509.BasicConstraints), found.get(x509.KeyUsage)
    if bool(limits and limits.ca) is not issues:
        yield "the certificate may not issue others" if issues else "an officer's certificate may not issue others"
    if issues and not (usage and usage.key_cert_sign and usage.crl_sign):
        yield "the certificate's key is not for certificates and lists"
    purposes = found.get(x509.ExtendedKeyUsage)
    if purposes is not None and not _FITTING & {each.dotted_string for each in purposes}:
        yield "the certificate's extended key usage does not fit"
    for each in loaded.extensions:
        if each.critical and each.oid.dotted_string not in _UNDERSTOOD:
            yield f"the certificate has a critical extension that is not known ({each.oid.dotted_string})"
    if getattr(loaded.signature_hash_algorithm, "name", "") not in _STRONG_HASHES:
        yield "the certificate is signed over a digest that is not allowed"
    if not is_strong(loaded.public_key()):
        yield "the certificate's kind of key is not allowed"


def validity(certificate: bytes) -> tuple[datetime, datetime]:
    """From when and until when a certificate is valid, UTC."""
    loaded = load(certificate)
    return loaded.not_valid_before_utc, loaded.not_valid_after_utc


def serial_number(certificate: bytes) -> int:
    """The certificate's serial number."""
    return int(load(certificate).serial_number)


def fingerprint(certificate: bytes) -> str:
    """The identity of a certificate's DER."""
    return identity(certificate)
