"""Invented people with keys from fixed numbers, and certificates of every kind, good and bad (docs/spec/signature.md, S3).

Written apart from `manifests.certificates`, so that one can be held against the other. All is the same at every run.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from manifests.digest import identity
from manifests.shapes import Person
from manifests.trust import Anchor

OPENED, CLOSES, ROOT_CLOSES = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC), datetime(2051, 1, 1, tzinfo=UTC)
ALL_ROLES = ("officer", "supervisor", "administrator")


def key(number: int, curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """The private key that is this number."""
    return ec.derive_private_key(number, curve or ec.SECP256R1())


def sign_with(private: Any) -> Callable[[bytes], bytes]:
    """Signing with SHA-256, the same bytes every time (RFC 6979 for elliptic curves)."""
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return lambda data: private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    if isinstance(private, rsa.RSAPrivateKey):
        return lambda data: private.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return lambda data: bytes(private.sign(data))


@dataclass(frozen=True, kw_only=True)
class Root:
    """An agency's root: certificate and key."""

    agency: str
    code: str
    certificate: bytes
    private: Any

    @property
    def fingerprint(self) -> str:
        return identity(self.certificate)

    def anchor(self, code: str | None = None) -> Anchor:
        return Anchor(code=code or self.code, agency=self.agency, root=self.certificate, source="--anchor")

    def revocations(self, *revoked: "Officer", number: int = 1, made: datetime = OPENED) -> bytes:
        """A revocation list of this root."""
        issuer = x509.load_der_x509_certificate(self.certificate).subject
        builder = x509.CertificateRevocationListBuilder().issuer_name(issuer).last_update(made).next_update(ROOT_CLOSES)
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        for each in revoked:
            serial = x509.load_der_x509_certificate(each.certificate).serial_number
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(made).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.private, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


@dataclass(frozen=True, kw_only=True)
class Officer:
    """A person with a key; `register` is where they work."""

    name: str
    rank: str
    service_no: str
    code: str
    register: str
    certificate: bytes
    private: Any = field(repr=False)

    def person(self, **other: Any) -> Person:
        """The person as a record names them."""
        facts: dict[str, Any] = {
            "name": self.name, "rank": self.rank, "service_no": self.service_no, "agency": self.code,
            "register": self.register, "certificate": identity(self.certificate),
        }  # fmt: skip
        return Person(**{**facts, **other})

    def sign(self, data: bytes) -> bytes:
        return sign_with(self.private)(data)


def _name(*parts: tuple[Any, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _usage(*used: str) -> x509.KeyUsage:
    fields = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    ).split()
    return x509.KeyUsage(**{name: name in used for name in fields})


def root(agency: str, code: str, number: int, *, start: datetime = OPENED, end: datetime = ROOT_CLOSES,
         ca: bool = True) -> Root:  # fmt: skip
    """A self-signed root whose key and serial number are `number`."""
    private = key(number)
    name = _name(
        (NameOID.ORGANIZATION_NAME, agency), (NameOID.ORGANIZATION_IDENTIFIER, code), (NameOID.COMMON_NAME, f"{agency} root")
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(number)
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    )
    made = builder.sign(private, hashes.SHA256(), ecdsa_deterministic=True)
    return Root(agency=agency, code=code, certificate=made.public_bytes(Encoding.DER), private=private)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How an officer's certificate is to be made; the defaults are a good one."""

    roles: tuple[str, ...] = ALL_ROLES
    start: datetime = OPENED
    end: datetime = CLOSES
    ca: bool = False
    usage: tuple[str, ...] = ("digital_signature", "content_commitment")
    code: str | None = None
    serial: int | None = None
    unknown_critical: bool = False


def officer(
    under: Root, name: str, rank: str, service_no: str, private: Any, register: str = "desk", wanted: Wanted | None = None
) -> Officer:
    """An officer of the agency; `private` is a key, or the number that makes one."""
    wanted = wanted or Wanted()
    held = key(private) if isinstance(private, int) else private
    code = wanted.code or under.code
    subject = _name(
        (NameOID.ORGANIZATION_NAME, under.agency), (NameOID.ORGANIZATION_IDENTIFIER, code),
        (NameOID.COMMON_NAME, name), (NameOID.TITLE, rank), (NameOID.SERIAL_NUMBER, service_no),
        *((NameOID.ORGANIZATIONAL_UNIT_NAME, role) for role in wanted.roles),
    )  # fmt: skip
    made = _issued(under, subject, held.public_key(), wanted, service_no)
    return Officer(
        name=name, rank=rank, service_no=service_no, code=code, register=f"{code}/{register}",
        certificate=made, private=held,
    )  # fmt: skip


def _issued(under: Root, subject: x509.Name, public: Any, wanted: Wanted, service_no: str) -> bytes:
    issuer = x509.load_der_x509_certificate(under.certificate)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject)
        .public_key(public)
        .serial_number(wanted.serial or int.from_bytes(service_no.encode()))
        .not_valid_before(wanted.start)
        .not_valid_after(wanted.end)
        .add_extension(x509.BasicConstraints(ca=wanted.ca, path_length=None), critical=True)
        .add_extension(_usage(*wanted.usage), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)  # type: ignore[arg-type]  # an elliptic-curve key
    )
    if wanted.unknown_critical:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=True)
    return builder.sign(under.private, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


KIBRA = root("Kibra Police Station", "KIBRA", 101)
LAB = root("Invented Forensic Laboratory", "LAB", 102)
COURT = root("Invented Law Court", "COURT", 103)
STRANGER = root("Kibra Police Station", "KIBRA", 666)
"""Calls itself as KIBRA does; nobody trusts it."""

JANE = officer(KIBRA, "Jane Wanjiku", "PC", "112233", 1001)
JOSEPH = officer(KIBRA, "Joseph Mwangi", "CPL", "445566", 1002, wanted=Wanted(roles=("officer",)))
GRACE = officer(KIBRA, "Grace Achieng", "IP", "778899", 1003, wanted=Wanted(roles=("officer", "supervisor")))
PETER = officer(LAB, "Peter Otieno", "Examiner", "L-77", 2001, "bench")
LUCY = officer(LAB, "Lucy Naliaka", "Examiner", "L-78", 2002, "bench", Wanted(roles=("officer",)))
AMINA = officer(COURT, "Amina Hassan", "Clerk", "C-5", 3001, "registry")
EVE = officer(STRANGER, "Jane Wanjiku", "PC", "112233", 6661)
"""Signs as Jane, under the stranger's root."""
