"""The bodies of a journal's records: who works in a register, and whom it trusts (docs/spec/record.md, R6)."""

from typing import Annotated

from manifests.digest import Digest
from manifests.names import ChainId, Name
from manifests.shapes import HOW_COMPARED, WHY_REVOKED, Closed, Count, LedgerHead, Noticed, SealReading, Text, one_of
from manifests.times import Time


class RegisterOpened(Closed, frozen=True, kw_only=True):
    agency: Text
    code: Name
    register: Name
    root_certificate: Text
    """DER in base64."""


class PersonEnrolled(Closed, frozen=True, kw_only=True):
    """Name, rank, number and roles are those of the certificate (C11)."""

    name: Text
    rank: Text
    service_no: Text
    roles: tuple[Name, ...]
    certificate: Digest
    certificate_der: Text
    """DER in base64."""
    replaces: Digest | None = None
    """The certificate of the same person that ends with this record."""


class PersonRevoked(Closed, frozen=True, kw_only=True):
    service_no: Text
    certificate: Digest
    because: Annotated[str, one_of(WHY_REVOKED)]
    since: Time | None = None
    """From when on the key is not good; without it, from this record on."""
    note: Text | None = None


class AnchorTrusted(Closed, frozen=True, kw_only=True):
    agency: Text
    code: Name
    root: Digest
    root_certificate: Text
    """DER in base64."""
    compared: Annotated[str, one_of(HOW_COMPARED)]
    """How the fingerprint was compared."""
    replaces: Digest | None = None
    """The root of the same agency that signs nothing new from this record on."""


class AnchorRemoved(Closed, frozen=True, kw_only=True):
    code: Name
    root: Digest


class JournalPlace(Closed, frozen=True, kw_only=True):
    """A record of the journal, by number and identity."""

    position: Count
    record: Digest


class RegisterRestored(Closed, frozen=True, kw_only=True):
    """The register was put back from a backup; later records may be missing (G7)."""

    lost: LedgerHead
    """What this computer had seen of the ledger."""
    lost_journal: JournalPlace | None = None
    """What it had seen of the journal, where that is gone too."""
    now: LedgerHead
    """The ledger that was put back."""
    note: Text | None = None


class Refusal(Closed, frozen=True, kw_only=True):
    exhibit: ChainId
    release: Digest
    position: Count
    """Where the release stands in the exhibit's chain."""
    differences: tuple[Noticed, ...] = ()
    seal: SealReading | None = None
    condition: Text | None = None
