"""Trust: anchors, the path from an anchor to a signer, revocation (docs/spec/signature.md, S4 to S7).

Pure: certificates, lists and moments come in as values. Nothing is fetched.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from manifests import certificates
from manifests.certificates import read_officer
from manifests.digest import identity
from manifests.errors import RefutedError
from manifests.revocation import NOTHING_SHOWN, RevocationList, Shown, SignatureStanding, judge, newest
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
    until: datetime | None = None
    """When it was replaced: what is signed later is not signed under it (S5)."""

    @property
    def live(self) -> bool:
        return self.until is None

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
            if root not in found or new.age > found[root].age:
                found[root] = new
        return replace(self, lists=found)

    def anchor_of(self, certificate: bytes) -> Anchor | None:
        """The anchor whose root signed this certificate, by the signature itself."""
        return next((a for a in self.anchors if _issued(a.root, certificate)), None)

    def live_anchor(self, code: str) -> Anchor | None:
        """The one root under which an agency signs now."""
        return next((a for a in self.anchors if a.code == code and a.live), None)


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


def doubts(trust: Trust, certificate: bytes, signing_time: datetime, shown: Shown = NOTHING_SHOWN) -> Iterator[Doubt]:
    """Everything that keeps this certificate from being good at that claimed time (S5 to S7)."""
    anchor = trust.anchor_of(certificate)
    if anchor is None:
        yield Doubt(code="signer-unknown", text="no trusted agency root signed this certificate")
        return
    if read_officer(certificate).code != anchor.code:
        yield Doubt(code="signer-mismatch", text=f"the root is trusted for {anchor.code} only")
    if anchor.until is not None and signing_time > anchor.until:
        yield Doubt(code="signer-unknown", text=f"its root was replaced on {anchor.until:%Y-%m-%d}")
    yield from _outside_validity(trust.now, anchor.root, certificate, signing_time, shown)
    # Outside its time the path says nothing but that; what else is wrong with it must still be seen.
    start, end = certificates.validity(certificate)
    moment = signing_time if start <= signing_time <= end else end
    opens, closes = certificates.validity(anchor.root)
    if opens <= start and end <= closes:
        moment = start  # any moment says the same then: asked once for each certificate
    if (fault := _path_fault(anchor.root, certificate, moment)) is not None:
        yield Doubt(code="certificate-bad", text=fault)
    yield from _revocation(trust.lists.get(anchor.fingerprint), certificate, signing_time, shown)


def _outside_validity(
    now: datetime, root: bytes, certificate: bytes, signing_time: datetime, shown: Shown
) -> Iterator[Doubt]:
    """Signed outside the time of certificate or root, or judged after it while nobody shows that it was earlier."""
    for der, whose in ((certificate, ""), (root, "its root is ")):
        start, end = certificates.validity(der)
        judged = min(now, shown.before) if shown.before else now
        if not start <= signing_time <= end or judged > end:
            text = f"{whose}valid from {start:%Y-%m-%d} to {end:%Y-%m-%d}"
            moments = (("signed_at", signing_time), ("valid_from", start), ("valid_to", end))
            facts = {name: f"{moment:%Y-%m-%dT%H:%M:%SZ}" for name, moment in moments} if judged <= end else {}
            yield Doubt(code="certificate-expired", text=text, facts=facts)
            return


def _revocation(
    known: RevocationList | None, certificate: bytes, signing_time: datetime, shown: Shown
) -> Iterator[Doubt]:
    if known is None:
        yield Doubt(code="revocation-unknown", text="no revocation list of the signer's agency is at hand")
        return
    revocation = known.revoked.get(certificates.serial_number(certificate))
    if revocation is None:
        return
    text = f"revoked on {revocation.made:%Y-%m-%d}"
    text += f" ({revocation.reason})" if revocation.reason else ""
    text += f", not good since {revocation.since:%Y-%m-%dT%H:%M:%SZ}" if revocation.invalid_from else ""
    standing = judge(revocation, signing_time, shown)
    if standing is SignatureStanding.SIGNED_BEFORE:
        yield Doubt(code="revoked-later", text=text)
    elif standing is SignatureStanding.SIGNED_AFTER:
        yield Doubt(code="certificate-bad", text=f"{text}; shown to be signed after that")
    else:
        yield Doubt(code="certificate-revoked", text=text)


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
    """What the profile of S3 asks beyond RFC 5280, of the root and of the officer."""
    if (fault := certificates.profile_fault(root, issues=True)) is not None:
        return f"the root: {fault}"
    return certificates.profile_fault(certificate, issues=False)


def newest_lists(anchors: tuple[Anchor, ...], lists: list[bytes]) -> dict[str, RevocationList]:
    """Of the lists at hand, the newest that each anchor's root signed, by fingerprint; others are ignored."""
    found = ((anchor.fingerprint, newest(anchor.root, lists)) for anchor in anchors)
    return {fingerprint: each[1] for fingerprint, each in found if each is not None}
