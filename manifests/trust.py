"""Trust: anchors, the path from an anchor to a signer, revocation (docs/spec/signature.md, S4 to S7).

Pure: certificates, lists and moments come in as values. Nothing is fetched.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from manifests import certificates
from manifests.certificates import RevocationList, read_officer
from manifests.digest import identity
from manifests.errors import RefutedError
from manifests.shapes import Person


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A root that is trusted for one agency code, and where that trust came from."""

    code: str
    agency: str
    root: bytes
    """DER."""
    source: str
    """In words: `pinned on this computer`, `--anchor card.json`, `journal record 4`."""

    @property
    def fingerprint(self) -> str:
        return identity(self.root)


@dataclass(frozen=True, kw_only=True)
class Trust:
    """What a verification rests on: anchors, the newest list of each, and the time it is made."""

    anchors: tuple[Anchor, ...]
    now: datetime
    lists: dict[str, RevocationList] = field(default_factory=dict)
    """By root fingerprint."""

    def knowing(self, lists: list[bytes]) -> "Trust":
        """The same trust with these revocation lists too; of each root the newest by number counts (S6)."""
        found = dict(self.lists)
        for root, new in newest_lists(self.anchors, lists).items():
            if root not in found or new.number > found[root].number:
                found[root] = new
        return replace(self, lists=found)

    def anchor_of(self, certificate: bytes) -> Anchor | None:
        """The anchor whose root signed this certificate, by the signature itself."""
        return next((a for a in self.anchors if _issued(a.root, certificate)), None)


@lru_cache(maxsize=1024)
def _issued(root: bytes, certificate: bytes) -> bool:
    from cryptography import x509

    try:
        x509.load_der_x509_certificate(certificate).verify_directly_issued_by(x509.load_der_x509_certificate(root))
    except Exception:  # noqa: BLE001  a wrong signature, or whatever hostile bytes make the parser raise
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Why a signer is not, or not yet, good: a finding's code and its facts in words."""

    code: str
    text: str
    facts: dict[str, str] = field(default_factory=dict)


def mismatch(person: Person, certificate: bytes) -> Iterator[Doubt]:
    """Whether the certificate is the one the record names, and names the person the record names (S4)."""
    if identity(certificate) != person.certificate:
        yield Doubt(code="signer-mismatch", text="signed with another certificate than the record names")
        return
    try:
        subject = read_officer(certificate)
    except RefutedError as err:
        yield Doubt(code="certificate-bad", text=err.message)
        return
    said = (person.name, person.rank, person.service_no, person.agency)
    if said != (subject.name, subject.rank, subject.service_no, subject.code):
        yield Doubt(
            code="signer-mismatch",
            text=f"the record says {person.name}, the certificate {subject.name} ({subject.service_no})",
        )


def doubts(trust: Trust, certificate: bytes, signing_time: datetime) -> Iterator[Doubt]:
    """Everything that keeps this certificate from being good at that claimed time (S5 to S7)."""
    anchor = trust.anchor_of(certificate)
    if anchor is None:
        yield Doubt(code="signer-unknown", text="no trusted agency root signed this certificate")
        return
    if read_officer(certificate).code != anchor.code:
        yield Doubt(code="signer-mismatch", text=f"the root is trusted for {anchor.code} only")
    start, end = certificates.validity(certificate)
    in_time = start <= signing_time <= end
    if not in_time or trust.now > end:
        text = f"valid from {start:%Y-%m-%d} to {end:%Y-%m-%d}"
        moments = (("signed_at", signing_time), ("valid_from", start), ("valid_to", end))
        facts = {name: f"{moment:%Y-%m-%dT%H:%M:%SZ}" for name, moment in moments} if trust.now <= end else {}
        yield Doubt(code="certificate-expired", text=text, facts=facts)
    # Outside its time the path says nothing but that; what else is wrong with it must still be seen.
    if (fault := _path_fault(anchor.root, certificate, signing_time if in_time else end)) is not None:
        yield Doubt(code="certificate-bad", text=fault)
    yield from _revocation(trust.lists.get(anchor.fingerprint), certificate)


def _revocation(newest: RevocationList | None, certificate: bytes) -> Iterator[Doubt]:
    if newest is None:
        yield Doubt(code="revocation-unknown", text="no revocation list of the signer's agency is at hand")
    elif (since := newest.revoked.get(certificates.serial_number(certificate))) is not None:
        yield Doubt(code="certificate-revoked", text=f"revoked on {since:%Y-%m-%d}")


@lru_cache(maxsize=1024)
def _path_fault(root: bytes, certificate: bytes, moment: datetime) -> str | None:
    """What RFC 5280, section 6, holds against the path at `moment`; None where nothing does."""
    import asyncio

    from asn1crypto import x509 as asn1
    from pyhanko_certvalidator import CertificateValidator, ValidationContext

    try:
        context = ValidationContext(
            trust_roots=[asn1.Certificate.load(root)], moment=moment.astimezone(UTC), allow_fetching=False
        )
        validator = CertificateValidator(asn1.Certificate.load(certificate), validation_context=context)
        asyncio.run(_validated(validator))
        return _profile_fault(root, certificate)
    except Exception as err:  # noqa: BLE001  the validator's own errors, and whatever hostile bytes make its parser raise
        return str(err)[:300] or type(err).__name__


async def _validated(validator: Any) -> None:
    await validator.async_validate_usage({"digital_signature"})


def _profile_fault(root: bytes, certificate: bytes) -> str | None:
    """What the profile of S3 asks beyond RFC 5280: a CA signs, an officer does not issue."""
    from cryptography import x509

    if not _is_ca(x509.load_der_x509_certificate(root)):
        return "the root may not issue certificates"
    if _is_ca(x509.load_der_x509_certificate(certificate)):
        return "an officer's certificate may not issue others"
    return None


def _is_ca(certificate: Any) -> bool:
    from cryptography import x509

    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def newest_lists(anchors: tuple[Anchor, ...], lists: list[bytes]) -> dict[str, RevocationList]:
    """Of the lists at hand, the newest that each anchor's root signed, by fingerprint; others are ignored."""
    found: dict[str, RevocationList] = {}
    for anchor in anchors:
        for der in lists:
            try:
                read = certificates.read_list(der, anchor.root)
            except RefutedError:
                continue
            if anchor.fingerprint not in found or read.number > found[anchor.fingerprint].number:
                found[anchor.fingerprint] = read
    return found
