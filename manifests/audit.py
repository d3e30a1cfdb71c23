"""Auditing a store of sealed media: what is due, what was found, and what it comes to (docs/spec/audit.md).

Pure: chains as read and a moment in, answers out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from manifests import bodies
from manifests.chain import ChainState
from manifests.findings import Finding, Severity
from manifests.records import Record
from manifests.report import ChainReport
from manifests.times import parse
from manifests.verdict import Verdict, worse

AGAIN = timedelta(days=1)
"""Until media whose last reading did not confirm them are read again."""
_LONG_AGO = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A sealed exhibit that could be read, as its chain tells."""

    exhibit: str
    standing: str
    """`held here`, or who has it and how."""
    held: bool
    """Held in this register, so that a verification can be recorded."""
    confirmed_at: str | None
    """Since when each of its manifests is known to fit; the oldest counts. None: the chain does not say."""
    read_at: str | None
    """When it was last read as a whole, whatever was found."""
    found: Verdict = Verdict.CONFIRMED
    """What that reading found."""
    position: int = 0
    """The record of that reading."""
    bytes: int = 0
    damaged: bool = False
    """Its chain refutes itself."""
    device: bool = False
    """Only a disk or card itself was sealed, and that lies in no store."""
    place: str | None = None
    """Where its media are."""
    problem: str = ""
    """Why there is no place."""

    def is_due(self, now: datetime, every: timedelta) -> bool:
        """Whether it is to be read now: everything, where `every` is nothing. A time that lies ahead says nothing."""
        if self.damaged or not every:
            return True
        young = self.confirmed_at is not None and timedelta(0) <= now - parse(self.confirmed_at) < every
        return not (young or self.is_known_bad(now))

    def is_known_bad(self, now: datetime) -> bool:
        """Whether it was read just now and not confirmed."""
        if self.read_at is None or self.found is Verdict.CONFIRMED:
            return False
        return timedelta(0) <= now - parse(self.read_at) < AGAIN

    @property
    def order(self) -> tuple[datetime, str]:
        """What was not read for the longest time comes first."""
        return (parse(self.read_at) if self.read_at else _LONG_AGO), self.exhibit


def candidate(report: ChainReport, register: str) -> Candidate | None:
    """An exhibit's chain as a candidate; None where nothing of it was ever measured."""
    state = report.state
    damaged = any(finding.severity is Severity.REFUTES for finding in report.findings) or state is None
    if not damaged and (state is None or not state.manifests):
        return None
    stored = {m.digest: m for m in state.manifests if not _is_device(m)} if state else {}
    last = _last_reading(report, stored)
    return Candidate(
        exhibit=report.id,
        standing=_standing(state, register),
        held=state is not None and state.situation == "held" and state.register == register,
        confirmed_at=_confirmed_at(report, stored),
        read_at=_moment(last) if last else None,
        found=_found(last) if last else Verdict.CONFIRMED,
        position=last.position if last else 0,
        bytes=sum(m.body.bytes for m in stored.values() if isinstance(m.body, bodies.Manifest)),
        damaged=damaged,
        device=not stored and not damaged,
    )


def _is_device(manifest: Record) -> bool:
    """Whether a manifest is of a disk or card itself, which lies in no store (M7)."""
    return isinstance(manifest.body, bodies.Manifest) and manifest.body.scope == "media"


def _standing(state: ChainState | None, register: str) -> str:
    if state is None:
        return "its chain cannot be followed"
    if state.situation == "held" and state.register == register:
        return "held here"
    return f"held in {state.register}" if state.situation == "held" else state.situation


def _readings(report: ChainReport, stored: dict[str, Record]) -> list[tuple[Record, bodies.Verification]]:
    """The verifications that read what these manifests list, or some of it."""
    found = [(v.record, v.record.body) for v in report.records if isinstance(v.record.body, bodies.Verification)]
    read = ((record, body) for record, body in found if body.media.how in ("measured", "pieces"))
    return [(record, body) for record, body in read if stored.keys() & body.manifests]


def _last_reading(report: ChainReport, stored: dict[str, Record]) -> Record | None:
    """The newest of the manifests and verifications."""
    every = [*stored.values(), *(record for record, _ in _readings(report, stored))]
    return max(every, key=lambda record: record.position, default=None)


def _found(record: Record) -> Verdict:
    """What a reading found; sealing finds what there is."""
    return (
        Verdict(record.body.media_verdict or record.body.verdict)
        if isinstance(record.body, bodies.Verification)
        else Verdict.CONFIRMED
    )


def _moment(record: Record) -> str:
    """When the media were read."""
    return record.body.finished_at if isinstance(record.body, bodies.Manifest) else record.envelope.occurred_at


def _confirmed_at(report: ChainReport, stored: dict[str, Record]) -> str | None:
    """The oldest of the moments at which each manifest was last known to fit: when sealed, or confirmed since (U2)."""
    known = {digest: _moment(manifest) for digest, manifest in stored.items()}
    for record, body in _readings(report, stored):
        if body.media_verdict == Verdict.CONFIRMED.value:
            known |= {digest: _moment(record) for digest in body.manifests if digest in known}
    return min(known.values(), key=parse, default=None)


@dataclass(frozen=True, kw_only=True)
class Audited:
    """What came of one exhibit."""

    exhibit: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    items: int = 0
    bytes: int = 0
    seconds: float = 0.0
    record: Record | None = None
    """The verification that was signed."""
    not_recorded: str | None = None
    """Why none was."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A register and a store, compared before anything is read."""

    register: str
    store: str
    days: int
    made_at: str
    due: tuple[Candidate, ...] = ()
    """In the order in which they are read."""
    others: tuple[Candidate, ...] = ()
    """In the store, and not held here: read only where that is asked for, and never recorded."""
    known_bad: tuple[Candidate, ...] = ()
    """Read within the last day, and not confirmed: not read again now."""
    absent: tuple[Candidate, ...] = ()
    """Held here and not in the store."""
    devices: tuple[Candidate, ...] = ()
    """Held here, and sealed as a disk or card itself: nothing for a store."""
    not_due: int = 0
    unknown: tuple[str, ...] = ()
    """Named like exhibits, and nothing that is sealed here has that name."""
    ignored: tuple[str, ...] = ()
    """What else lies where exhibits lie."""

    def is_late(self, one: Candidate) -> bool:
        """Whether what is absent should have been read."""
        return one.is_due(parse(self.made_at), timedelta(days=self.days))


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    """The whole answer."""

    survey: Survey
    finished_at: str
    engine: str
    workers: int | None = None
    quick: bool = False
    rate: int = 0
    audited: tuple[Audited, ...] = ()
    left: tuple[str, ...] = ()
    """Still due when the time was over."""

    @property
    def verdict(self) -> Verdict:
        """The worst of all; what is due and not there, or there and unknown, is undecided, and so is nothing at all."""
        survey = self.survey
        found = [each.verdict for each in self.audited] + [each.found for each in survey.known_bad]
        if survey.unknown or any(map(survey.is_late, survey.absent)) or not (found or survey.not_due or self.left):
            found.append(Verdict.UNDETERMINED)
        made = Verdict.CONFIRMED
        for each in found:
            made = worse(made, each)
        return made
