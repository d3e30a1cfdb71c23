"""What a verification says: chains as read, findings, the derived verdicts, and what they rest on."""

from dataclasses import dataclass, field
from datetime import datetime

from manifests.bodies import Correction, ManifestWithdrawal
from manifests.chain import Actor, ChainState
from manifests.cms import Signed
from manifests.findings import Area, Finding, Severity, verdict
from manifests.journal import JournalState
from manifests.records import Record
from manifests.verdict import Verdict, worse


@dataclass(frozen=True, kw_only=True)
class VerifiedRecord:
    """A record whose signature was checked; only `manifests.verify.open_record` makes one."""

    record: Record
    actor: Actor
    signing_time: datetime
    signature: str
    """Identity of the signature file."""
    findings: tuple[Finding, ...] = ()
    signed: tuple[Signed, ...] = ()
    """The signer's signature, then each witness's."""


@dataclass(frozen=True, kw_only=True)
class ChainReport:
    """One chain as read; `state` is absent for journals and cases, and where no first record stood."""

    id: str
    records: tuple[VerifiedRecord, ...]
    state: ChainState | None
    findings: tuple[Finding, ...]
    journal: JournalState | None = None
    """Where a register stands, for its journal."""
    rivals: tuple[VerifiedRecord, ...] = ()
    """What is kept apart and could stand in the chain instead of its records."""
    set_aside: tuple[VerifiedRecord, ...] = ()
    """Those of them that a settlement let fall."""
    alone: bool = False
    """One record without the chain it stands in: its order was not checked."""

    def corrections(self, position: int) -> tuple[Record, ...]:
        """The records that correct or withdraw the one at a position."""
        named = (v.record for v in self.records if isinstance(v.record.body, Correction | ManifestWithdrawal))
        return tuple(record for record in named if record.body.position == position)  # type: ignore[union-attr]


@dataclass(frozen=True, kw_only=True)
class MediaTally:
    """What was read of the media of one exhibit: items and bytes compared with its manifests."""

    exhibit: str
    items: int
    bytes: int
    quick: bool = False
    manifests: tuple[str, ...] = ()
    """Digests of the manifests compared with."""
    undecoded: int = 0
    """Images whose media were not decoded again: their container is the same."""


@dataclass(frozen=True, kw_only=True)
class CopyTally:
    """What was read of a second copy, or of one of two copies without records; its findings are notes."""

    exhibit: str
    """Nothing where no record is at hand."""
    paths: tuple[str, ...]
    items: int
    bytes: int
    quick: bool = False
    as_sealed: bool | None = None
    """Whether nothing was found against it; None where nothing says what was sealed."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """The whole answer; both verdicts are derived from the findings."""

    target: str
    made_at: str
    chains: tuple[ChainReport, ...]
    findings: tuple[Finding, ...]
    rests_on: tuple[str, ...]
    media: tuple[MediaTally, ...] = ()
    copies: tuple[CopyTally, ...] = ()
    records_only: bool = False
    not_checked: tuple[str, ...] = field(default=())

    def of(self, area: Area) -> tuple[Finding, ...]:
        """The findings of one area."""
        return tuple(f for f in self.findings if f.meaning.area is area)

    @property
    def records_verdict(self) -> Verdict:
        """The verdict on the records; with none that is sound, at most UNDETERMINED."""
        found = verdict(self.of(Area.RECORDS))
        return found if self.record_count else worse(found, Verdict.UNDETERMINED)

    @property
    def media_verdict(self) -> Verdict | None:
        """The verdict on the media; None where no exhibit here was ever measured."""
        measured = any(chain.state and chain.state.manifests for chain in self.chains)
        found = verdict(self.of(Area.MEDIA))
        if self.records_only and measured:
            found = worse(found, Verdict.UNDETERMINED)  # what nobody looked at is not sound
        return found if measured or self.media or found is not Verdict.CONFIRMED else None

    @property
    def verdict(self) -> Verdict:
        """The worse of the two, or that on the records where only they were asked for."""
        if self.records_only or self.media_verdict is None:
            return self.records_verdict
        return worse(self.records_verdict, self.media_verdict)

    @property
    def record_count(self) -> int:
        return sum(len(chain.records) for chain in self.chains)


_ORDER = {Severity.REFUTES: 0, Severity.UNDECIDED: 1, Severity.NOTE: 2}


def sort_findings(findings: list[Finding]) -> tuple[Finding, ...]:
    """The gravest first, otherwise as found; the same finding once."""
    unique = {(f.code, f.subject, f.text): f for f in findings}
    return tuple(sorted(unique.values(), key=lambda f: _ORDER[f.severity]))
