"""Invented people with keys from fixed numbers, and certificates good and bad (docs/spec/signature.md, S3).

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

OPENED, CLOSES, ROOT_CLOSES = (
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2036, 1, 1, tzinfo=UTC),
    datetime(2051, 1, 1, tzinfo=UTC),
)
ALL_ROLES = ("officer", "supervisor", "administrator")


def key(number: int, curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """The private key that is this number."""
    return ec.derive_private_key(number, curve or ec.SECP256R1())


def rsa_key(p: str, q: str) -> rsa.RSAPrivateKey:
    """The RSA key of two primes, given in hexadecimal."""
    one, other = int(p, 16), int(q, 16)
    exponent = 65537
    secret = pow(exponent, -1, (one - 1) * (other - 1))
    return rsa.RSAPrivateNumbers(
        p=one, q=other, d=secret, dmp1=rsa.rsa_crt_dmp1(secret, one), dmq1=rsa.rsa_crt_dmq1(secret, other),
        iqmp=rsa.rsa_crt_iqmp(one, other), public_numbers=rsa.RSAPublicNumbers(exponent, one * other),
    ).private_key()  # fmt: skip


def sign_with(private: Any) -> Callable[[bytes], bytes]:
    """Signing with SHA-256, the same bytes every time (RFC 6979 for elliptic curves)."""
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return lambda data: private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    if isinstance(private, rsa.RSAPrivateKey):
        return lambda data: private.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return lambda data: bytes(private.sign(data))


def _fixed(private: Any) -> bool | None:
    """Whether to ask for the same signature every time; RSA gives no other."""
    return True if isinstance(private, ec.EllipticCurvePrivateKey) else None


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

    def revocations(
        self, *revoked: "Officer", number: int = 1, made: datetime = OPENED, since: datetime | None = None,
        reason: x509.ReasonFlags | None = None, part: tuple[x509.ExtensionType, bool] | None = None,
        entry_part: tuple[x509.ExtensionType, bool] | None = None,
    ) -> bytes:  # fmt: skip
        """A revocation list of this root; `since` and `reason` of all that are revoked, and one extension more."""
        issuer = x509.load_der_x509_certificate(self.certificate).subject
        builder = x509.CertificateRevocationListBuilder().issuer_name(issuer).last_update(made).next_update(ROOT_CLOSES)
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        for each in revoked:
            entry = x509.RevokedCertificateBuilder().revocation_date(made)
            entry = entry.serial_number(x509.load_der_x509_certificate(each.certificate).serial_number)
            naive = since.replace(tzinfo=None) if since else None
            said = (x509.CRLReason(reason) if reason else None, x509.InvalidityDate(naive) if naive else None)
            for extension in filter(None, said):
                entry = entry.add_extension(extension, critical=False)
            entry = entry.add_extension(*entry_part) if entry_part else entry
            builder = builder.add_revoked_certificate(entry.build())
        builder = builder.add_extension(*part) if part else builder
        made = builder.sign(self.private, hashes.SHA256(), ecdsa_deterministic=_fixed(self.private))
        return made.public_bytes(Encoding.DER)


DESK = "sha256:6d2de088ac47ce771d032e6031e8327601a6df9c5e5d1953c20f952d96d4c84a"
"""Identity of the first journal record of the station's register, as `vector.Books` writes it."""


def register_id(name: str) -> str:
    """The id of a register; of those whose journal no vector has, an invented one."""
    return DESK if name == "KIBRA/desk" else identity(f"the journal of {name}".encode())


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
    register_id: str | None = None
    """Of a real register; else the one that the vectors know by its name."""

    def person(self, **other: Any) -> Person:
        """The person as a record names them."""
        facts: dict[str, Any] = {
            "name": self.name, "rank": self.rank, "service_no": self.service_no, "agency": self.code,
            "register": self.register, "register_id": self.register_id or register_id(self.register),
            "certificate": identity(self.certificate),
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
         ca: bool = True, private: Any = None, usage: tuple[str, ...] = ("key_cert_sign", "crl_sign"),
         part: tuple[x509.ExtensionType, bool] | None = None) -> Root:  # fmt: skip
    """A self-signed root whose serial number is `number`, and its key too where no other is given."""
    private = private or key(number)
    name = _name(
        (NameOID.ORGANIZATION_NAME, agency),
        (NameOID.ORGANIZATION_IDENTIFIER, code),
        (NameOID.COMMON_NAME, f"{agency} root"),
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
        .add_extension(_usage(*usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    )
    builder = builder.add_extension(*part) if part else builder
    made = builder.sign(private, hashes.SHA256(), ecdsa_deterministic=_fixed(private))
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
    purposes: tuple[x509.ObjectIdentifier, ...] = ()
    """Its extended key usage, where there is one."""


def officer(
    under: Root,
    name: str,
    rank: str,
    service_no: str,
    private: Any,
    register: str = "desk",
    wanted: Wanted | None = None,
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
    if wanted.purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(wanted.purposes), critical=False)
    made = builder.sign(under.private, hashes.SHA256(), ecdsa_deterministic=_fixed(under.private))
    return made.public_bytes(Encoding.DER)


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

# Primes for RSA keys of 3072 bits, which is enough, and of 2048, which is not. They protect nothing.
_P3072 = (
    "fb1cec793347af11dd975c17a7110cc672cc1ddae44292ab7c4d1b8d6d00726c499b46d4453f5b60fbb7920e21320bdb"
    "dfffcfcaf12580fd1f162fc7f49b285d5de86d48e714264ca25577f0f915a7dde878740a95009363df9ced9326b234cd"
    "b78ffdfb9d732675520ff2ab9cae865b01a72212e5ddd83e8104f2a80e5413230cc765fcf956b9e4832de37b3488de33"
    "b96794b73d1a08cfcfefebb083691e6d9e0e2905a6f26b64b1ea702852cfea4008b445ffaaeba99da8e888d9ebdea7d9"
)
_Q3072 = (
    "c2ac87a3839d32d06fe5ad23bb06a4baa0ad19122ab4d358a1cc0c8b233d35ad45c83c60ceae044323f308dd338538b0"
    "1859c98fd092be0c7a31aca404ef751d27b406beeaa632b28c4c5d6556fbcfbaf6897075a8dbf9b4a83352e48b0e96bd"
    "ed2302230108a33f1db24f4ee63a09a74ffea637dfe1e4e240ff0b08a6b6fc8f6ce4832658c718e620d33befbfe82d7d"
    "c3368c78fc95f03b048f56b13c71854a0159f52a2ea93dd62c0157912174aa3de6f407afe0fe708fab3c057ed3e33dfd"
)
_P2048 = (
    "d6c33f89e6923aafa05e6c921b730bbfb7b0e189be2efc4ef0499ac2b5f57bb890232d99f98dcd2b807da1fb03484dbf"
    "d8d51352a7a20566db62ae3f067269542715242796c4d23f3abd2208e3bbb6216eed82aa13751196d9115da4c47441c3"
    "b9cea9b9f15d6a7794870cba60010a9134f752f50a9b3f598283b847b1e8833f"
)
_Q2048 = (
    "d54358c26a9ebd4c9b628e365bf9174a4afa426fcdd05f2537a0f165bc96cfd7e25d7cfe1721f32891b7b02bccdbe659"
    "d87b1d2f88add32b44f76ec117b79fa28e22f89d25a7dda58402fe30e64b4e75f60e5cac8c25a2ae04fd4f8d7ec3bfe1"
    "cb2ccae9ef052fbe01502842962519a43ae3d1be2200780360479bfa1e1c1e5d"
)


def rsa_3072() -> rsa.RSAPrivateKey:
    return rsa_key(_P3072, _Q3072)


def rsa_2048() -> rsa.RSAPrivateKey:
    return rsa_key(_P2048, _Q2048)
