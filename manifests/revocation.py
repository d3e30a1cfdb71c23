"""Revocation lists as an agency's root signs them, and what one says of a signature (docs/spec/signature.md, S6).

Pure: the caller brings the list, and what is known of when a record was signed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any

from manifests.errors import RefutedError

_YEAR = timedelta(days=365.25)
_DELTA, _LIMITED = "2.5.29.27", "2.5.29.28"
_KNOWN_OF_LIST = frozenset({"2.5.29.20", "2.5.29.35"})
"""CRL number and authority key identifier: whether critical or not."""
_KNOWN_OF_ENTRY = frozenset({"2.5.29.21", "2.5.29.24"})
"""Reason and invalidity date."""

# Each reason of the journal in the words of RFC 5280, section 5.3.1.
_REASONS = {
    "key-compromised": "keyCompromise",
    "key-lost": "keyCompromise",
    "left": "affiliationChanged",
    "dismissed": "privilegeWithdrawn",
    "superseded": "superseded",
    "enrolled-by-mistake": "cessationOfOperation",
}


@dataclass(frozen=True, kw_only=True)
class Revocation:
    """One certificate on a list: R, S where the list names it, and the reason in the words of RFC 5280."""

    made: datetime
    """R: when it was revoked."""
    invalid_from: datetime | None = None
    reason: str | None = None

    @property
    def since(self) -> datetime:
        """S: from when on the key is not good."""
        return min(self.made, self.invalid_from) if self.invalid_from else self.made


@dataclass(frozen=True, kw_only=True)
class RevocationList:
    """A list as read: its number, when it was made, and what is revoked, by serial number."""

    number: int
    made: datetime
    revoked: dict[int, Revocation] = field(default_factory=dict)

    @property
    def age(self) -> tuple[int, datetime]:
        """What tells the newer of two lists of one root."""
        return self.number, self.made


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What others show of when a record was signed: not after `before`, not before `after` (S6: B and A)."""

    before: datetime | None = None
    after: datetime | None = None


NOTHING_SHOWN = Shown()


class SignatureStanding(Enum):
    """How a signature stands to the revocation of its certificate."""

    SIGNED_BEFORE = "shown to be older than S"
    OPEN = "not shown"
    SIGNED_AFTER = "shown to be later than R"


def judge(revocation: Revocation, signing_time: datetime, shown: Shown) -> SignatureStanding:
    """Whether a signature by a revoked certificate is good (S6).

    What would refute must be said by two clocks: the signer's own, and that of the agency before it in the chain.
    A key that was only replaced betrays nobody: its own time is believed, and its late use is never more than open.
    """
    replaced = revocation.reason == "superseded"
    before = signing_time if replaced else shown.before
    if before is not None and before <= revocation.since:
        return SignatureStanding.SIGNED_BEFORE
    late = shown.after is not None and min(shown.after, signing_time) > revocation.made  # R is a whole second
    return SignatureStanding.SIGNED_AFTER if late and not replaced else SignatureStanding.OPEN


def make_list(root: bytes, root_key: Any, wanted: RevocationList) -> bytes:
    """A revocation list signed by the root (RFC 5280, section 5), DER."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    made = _whole_second(wanted.made)
    issuer = x509.load_der_x509_certificate(root)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    builder = builder.last_update(made).next_update(made + _YEAR)
    builder = builder.add_extension(x509.CRLNumber(wanted.number), critical=False)
    for serial, revocation in sorted(wanted.revoked.items()):
        builder = builder.add_revoked_certificate(_entry(serial, revocation))
    return builder.sign(root_key, hashes.SHA256()).public_bytes(Encoding.DER)


def _entry(serial: int, revocation: Revocation) -> Any:
    from cryptography import x509

    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_whole_second(revocation.made))
    if revocation.reason is not None:
        builder = builder.add_extension(x509.CRLReason(x509.ReasonFlags(revocation.reason)), critical=False)
    if revocation.invalid_from is not None:
        moment = _whole_second(revocation.invalid_from).replace(tzinfo=None)
        builder = builder.add_extension(x509.InvalidityDate(moment), critical=False)
    return builder.build()


def _whole_second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def reason_of(because: str) -> str:
    """A reason of the journal in the words of RFC 5280."""
    return _REASONS[because]


@lru_cache(maxsize=64)
def read_list(der: bytes, root: bytes) -> RevocationList:
    """A whole revocation list of `root`; raises RefutedError for any other, also one that speaks of a part only."""
    from cryptography import x509

    from manifests.certificates import load

    issuer = load(root)
    try:
        loaded = x509.load_der_x509_crl(der)
        number = loaded.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        known = loaded.issuer == issuer.subject
        signed = known and _strong(loaded) and loaded.is_signature_valid(issuer.public_key())
        _check_extensions(loaded.extensions, _KNOWN_OF_LIST)
        revoked = _entries(loaded)
    except RefutedError:
        raise
    except Exception as err:  # hostile bytes make the parsers raise many kinds
        raise RefutedError("the revocation list cannot be read", code="certificate-bad") from err
    if not signed:
        raise RefutedError("the revocation list is not signed by this root", code="certificate-bad")
    return RevocationList(number=number, made=loaded.last_update_utc, revoked=revoked)


def _strong(loaded: Any) -> bool:
    return getattr(loaded.signature_hash_algorithm, "name", "") in ("sha256", "sha384", "sha512")


def _entries(loaded: Any) -> dict[int, Revocation]:
    found: dict[int, Revocation] = {}
    for entry in loaded:
        _check_extensions(entry.extensions, _KNOWN_OF_ENTRY)
        revocation = _read_entry(entry)
        if entry.serial_number in found or revocation.reason == "removeFromCRL":
            raise RefutedError("the revocation list contradicts itself", code="certificate-bad")
        found[entry.serial_number] = revocation
    return found


def _read_entry(entry: Any) -> Revocation:
    from cryptography import x509

    facts = {type(each.value): each.value for each in entry.extensions}
    reason, since = facts.get(x509.CRLReason), facts.get(x509.InvalidityDate)
    return Revocation(
        made=entry.revocation_date_utc,
        invalid_from=since.invalidity_date_utc if since else None,
        reason=reason.reason.value if reason else None,
    )


def _check_extensions(extensions: Any, known: frozenset[str]) -> None:
    for each in extensions:
        oid = each.oid.dotted_string
        if oid in (_DELTA, _LIMITED):
            raise RefutedError("the revocation list speaks of some certificates only", code="certificate-bad")
        if each.critical and oid not in known:
            raise RefutedError(f"the revocation list has a critical part that is not known ({oid})",
                               code="certificate-bad")  # fmt: skip


def newest(root: bytes, lists: Iterable[bytes]) -> tuple[bytes, RevocationList] | None:
    """Of the lists at hand the newest that this root signed; others are ignored."""
    found: tuple[bytes, RevocationList] | None = None
    for der in lists:
        try:
            read = read_list(der, root)
        except RefutedError:
            continue
        if found is None or read.age > found[1].age:
            found = der, read
    return found
