"""The body of each kind of record (docs/spec/record.md, R6).

A field's meaning stands under it where its name does not say it.
"""

from typing import Annotated

from manifests.bound import Bound as Bound
from manifests.bound import BoundLog as BoundLog
from manifests.bound import BoundTree as BoundTree
from manifests.bound import Decoded as Decoded
from manifests.bound import NotMeasured as NotMeasured
from manifests.bound import Unread as Unread
from manifests.digest import Digest
from manifests.dispute_bodies import Settlement as Settlement
from manifests.dispute_bodies import SettlementAgreed as SettlementAgreed
from manifests.dispute_bodies import StrayExplained as StrayExplained
from manifests.journal_bodies import AnchorRemoved as AnchorRemoved
from manifests.journal_bodies import AnchorTrusted as AnchorTrusted
from manifests.journal_bodies import PersonEnrolled as PersonEnrolled
from manifests.journal_bodies import PersonRevoked as PersonRevoked
from manifests.journal_bodies import Refusal as Refusal
from manifests.journal_bodies import RegisterOpened as RegisterOpened
from manifests.journal_bodies import RegisterRestored as RegisterRestored
from manifests.names import ChainId, Name
from manifests.shapes import (
    HOW_DERIVED,
    HOW_SEIZED,
    RECALL_REASONS,
    SCOPES,
    TAKEOVER_REASONS,
    VERDICTS,
    WHY_WITHDRAWN,
    Authority,
    Closed,
    Count,
    LedgerHead,
    MediaCheck,
    Noticed,
    Outsider,
    Paper,
    SealReading,
    Text,
    Workers,
    one_of,
)
from manifests.times import Day, Time


class CaseOpened(Closed, frozen=True, kw_only=True):
    title: Text
    offence: Text | None = None
    ob_number: Text | None = None
    station: Text | None = None


class CaseReferred(Closed, frozen=True, kw_only=True):
    ob_number: Text | None = None
    dci_ref: Text | None = None
    odpp_file_no: Text | None = None
    court_case_no: Text | None = None
    exhibit_register_no: Text | None = None


class AuthorityRecorded(Closed, frozen=True, kw_only=True):
    authority: Authority


class Seizure(Closed, frozen=True, kw_only=True):
    how: Annotated[str, one_of(HOW_SEIZED)]
    description: Text
    make: Text | None = None
    model: Text | None = None
    serial: Text | None = None
    imei: tuple[Text, ...] = ()
    owner: Text | None = None
    condition: Text | None = None
    power: Text | None = None
    photos: tuple[Paper, ...] = ()


class Derivation(Closed, frozen=True, kw_only=True):
    how: Annotated[str, one_of(HOW_DERIVED)]
    parent: ChainId
    parent_record: Digest
    """The `derived` record in the parent's chain."""
    description: Text


class Derived(Closed, frozen=True, kw_only=True):
    child: ChainId
    how: Annotated[str, one_of(HOW_DERIVED)]
    description: Text


class Manifest(Closed, frozen=True, kw_only=True):
    scope: Annotated[str, one_of(SCOPES)]
    """E8."""
    algorithms: tuple[Name, ...]
    items: Count
    measured: Count
    bytes: Count
    started_at: Time
    finished_at: Time
    resumed_at: tuple[Time, ...] = ()
    """When measuring was taken up again after an interruption (E9)."""
    not_measured: tuple[NotMeasured, ...] = ()
    not_described: Text | None = None
    """Why contents were not described at all."""
    entries: BoundTree
    pieces: Bound | None = None
    decoded: Decoded | None = None
    logs: tuple[BoundLog, ...] = ()
    claims: Bound | None = None
    """The list of what the logs claim (L4)."""
    acquisition: dict[Name, dict[Name, Text]] = {}
    """Facts of the acquisition, collected or stated by the operator: section, field, value (M6)."""
    not_stated: tuple[Text, ...] = ()
    """Facts that a court may ask for and nobody stated: section.field."""
    note: Text | None = None


class ManifestWithdrawal(Closed, frozen=True, kw_only=True):
    """The manifest is not of this exhibit's contents, and is compared no more (C16)."""

    manifest: Digest
    position: Count
    because: Annotated[str, one_of(WHY_WITHDRAWN)]
    statement: Text


class Seal(Closed, frozen=True, kw_only=True):
    number: Text
    replaces: Text | None = None
    condition: Text | None = None
    shared_with: tuple[ChainId, ...] = ()
    """Other exhibits that carried the same number then: they lie in one bag."""


class Event(Closed, frozen=True, kw_only=True):
    word: Name
    """One of EVENT_WORDS."""
    store: Text | None = None
    register_no: Text | None = None
    purpose: Text | None = None
    counterparty: Outsider | None = None
    due: Day | None = None
    condition: Text | None = None
    seal: Text | None = None
    court: Text | None = None
    case_no: Text | None = None
    exhibit_mark: Text | None = None
    document: Paper | None = None
    description: Text | None = None


class Verification(Closed, frozen=True, kw_only=True):
    manifests: tuple[Digest, ...]
    verdict: Annotated[str, one_of(VERDICTS)]
    """The worse of the two below."""
    records_verdict: Annotated[str, one_of(VERDICTS)]
    media_verdict: Annotated[str, one_of(VERDICTS)] | None = None
    """Nothing where nothing was ever measured."""
    media: MediaCheck
    read_by: Workers | None = None


class Addressee(Closed, frozen=True, kw_only=True):
    agency: Name
    root: Digest
    service_no: Text | None = None
    """Set for a hand-over to one officer of the same register."""


class Release(Closed, frozen=True, kw_only=True):
    to: Addressee
    purpose: Text
    courier: Text | None = None
    seals: tuple[Text, ...] = ()
    condition: Text | None = None
    answer_by: Time
    media: MediaCheck
    despite: tuple[Noticed, ...] = ()
    act_exhibits: tuple[ChainId, ...] = ()
    """The other exhibits of the same hand-over (K6)."""
    ledger: LedgerHead
    """The releaser's ledger before this record."""
    restored: Digest | None = None
    """The journal's last `register-restored`: the ledger was cut there, and sizes came again (G7)."""


class Receipt(Closed, frozen=True, kw_only=True):
    release: Digest
    seal: SealReading | None = None
    condition: Text | None = None
    media: MediaCheck
    ledger: LedgerHead
    """The receiver's ledger before this record."""
    restored: Digest | None = None
    """The journal's last `register-restored`: the ledger was cut there, and sizes came again (G7)."""


class Recall(Closed, frozen=True, kw_only=True):
    release: Digest
    because: Annotated[str, one_of(RECALL_REASONS)]
    refusal: Digest | None = None


class HandedOutside(Closed, frozen=True, kw_only=True):
    to: Outsider
    purpose: Text
    paper: Paper
    answer_by: Time
    seals: tuple[Text, ...] = ()


class TakenBack(Closed, frozen=True, kw_only=True):
    handed: Digest
    """The `handed-outside` record."""
    paper: Paper
    seal: SealReading | None = None
    condition: Text | None = None


class Takeover(Closed, frozen=True, kw_only=True):
    holder: Text
    """Name of the holder it is taken from."""
    service_no: Text
    because: Annotated[str, one_of(TAKEOVER_REASONS)]


class Return(Closed, frozen=True, kw_only=True):
    to: Outsider
    paper: Paper | None = None
    excluded: Text | None = None


class Disposal(Closed, frozen=True, kw_only=True):
    method: Text
    last_verification: Digest | None = None


class Void(Closed, frozen=True, kw_only=True):
    because: Text


class Correction(Closed, frozen=True, kw_only=True):
    corrects: Digest
    position: Count
    statement: Text
    seal: Text | None = None
    """The right number of the seal that the corrected record put on (C16)."""
    clock: Time | None = None
    """What the time really was when the corrected record was written (R4)."""


Body = (
    RegisterOpened | PersonEnrolled | PersonRevoked | AnchorTrusted | AnchorRemoved | Refusal | RegisterRestored
    | SettlementAgreed
    | CaseOpened | CaseReferred | AuthorityRecorded
    | Seizure | Derivation | Derived | Manifest | ManifestWithdrawal | Seal | Event | Verification
    | Release | Receipt | Recall | HandedOutside | TakenBack | Takeover | Return | Disposal | Void | Correction
    | Settlement | StrayExplained
)  # fmt: skip

JOURNAL: dict[str, type[Body]] = {
    "register-opened": RegisterOpened,
    "person-enrolled": PersonEnrolled,
    "person-revoked": PersonRevoked,
    "anchor-trusted": AnchorTrusted,
    "anchor-removed": AnchorRemoved,
    "refusal": Refusal,
    "register-restored": RegisterRestored,
    "correction": Correction,
    "settlement-agreed": SettlementAgreed,
}
CASE: dict[str, type[Body]] = {
    "case-opened": CaseOpened,
    "case-referred": CaseReferred,
    "authority-recorded": AuthorityRecorded,
    "correction": Correction,
}
EXHIBIT: dict[str, type[Body]] = {
    "seizure": Seizure,
    "derivation": Derivation,
    "derived": Derived,
    "manifest": Manifest,
    "manifest-withdrawal": ManifestWithdrawal,
    "seal": Seal,
    "event": Event,
    "verification": Verification,
    "release": Release,
    "receipt": Receipt,
    "recall": Recall,
    "handed-outside": HandedOutside,
    "taken-back": TakenBack,
    "takeover": Takeover,
    "return": Return,
    "disposal": Disposal,
    "void": Void,
    "correction": Correction,
    "settlement": Settlement,
    "stray-explained": StrayExplained,
}
BODIES: dict[str, type[Body]] = {**JOURNAL, **CASE, **EXHIBIT}

# The words of `event`, each with the fields it needs (DOMAIN 7.4 in the words of an officer).
EVENT_WORDS: dict[str, tuple[str, ...]] = {
    "register-intake": ("register_no", "store"),
    "checkout": ("purpose", "due"),
    "checkin": ("store",),
    "seal-broken": ("seal", "condition"),
    "examination-start": ("purpose",),
    "examination-end": ("description",),
    "screening": ("description",),
    "copy-made": ("purpose", "counterparty"),
    "disclosure": ("counterparty", "description"),
    "defence-inspection": ("counterparty", "description"),
    "certificate-issued": ("document",),
    "filed-prosecution": ("case_no",),
    "returned-by-prosecution": ("description",),
    "filed-court": ("court", "case_no"),
    "court-production": ("court", "case_no", "exhibit_mark"),
    "court-retained": ("court", "case_no"),
    "court-returned": ("court", "case_no"),
    "access-view": ("description",),
    "incident": ("description",),
    "preservation-order": ("counterparty", "due"),
    "preservation-expiry": ("counterparty",),
    "case-closed": ("description",),
}
