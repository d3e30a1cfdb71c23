"""Auditing a store: what is due is read again, oldest first, and each result is signed at once.

What was done is kept in the chains alone: the next run looks there for what is still due (docs/spec/audit.md).
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from custody.acts import examine, exhibits
from custody.acts.contents import Engine, check_outside
from custody.acts.desk import Desk
from custody.acts.exhibits import Circumstances, hands
from custody.acts.restoring import check_register
from custody.edges.store import Store, open_store, read_map
from hashing.errors import HashingError, SurroundingsFail
from hashing.measure import Progress, measure
from manifests.audit import Audited, Candidate, Survey, candidate
from manifests.errors import NotAllowedError, UsageError
from manifests.findings import Finding, Severity
from manifests.records import Record
from manifests.report import Report
from manifests.shapes import Workers
from manifests.times import parse, text
from manifests.verdict import Verdict

Telling = Callable[[Progress], None] | None


@dataclass(frozen=True, kw_only=True)
class AuditReading:
    """How media are read."""

    engine: Engine = measure
    workers: Callable[[], Workers | None] = lambda: None
    """Asked after each reading: whose word it rests on, where that is not this computer's."""
    quick: bool = False
    until: datetime | None = None
    """No exhibit is begun after this moment."""
    others: bool = False
    """Also read what is not held here."""


def store_at(desk: Desk, path: Path, mapping: Path | None) -> Store:
    """The store and the map that a person named; raises UsageError."""
    check_outside(desk, [str(path)])
    mapped: dict[str, Path] = {}
    for name, place in (read_map(mapping) if mapping else {}).items():
        chain = exhibits.chain_of(desk, name)
        if not desk.register.has(chain):
            raise UsageError(f"there is no {name} in {desk.name}", f"see {mapping}")
        check_outside(desk, [str(place)])
        mapped[chain] = place
    return open_store(path, desk.code, mapped)


def survey(desk: Desk, store: Store, days: int, *, progress: Telling = None) -> Survey:
    """Every sealed exhibit of the register beside what lies in the store; no media are read."""
    now = desk.now()
    chains = list(desk.register.exhibits())
    found: dict[str, list[Candidate]] = {kind: [] for kind in _KINDS}
    known: list[str] = []
    for number, chain in enumerate(chains):
        if progress:
            progress(Progress(stage=f"looking at the records, {number} of {len(chains)}"))
        one = candidate(desk.read(chain), desk.name)
        if one is not None:
            place = store.place(chain)
            one = replace(one, place=str(place.path) if place.path else None, problem=place.problem)
            found[_kind(one, now, timedelta(days=days))].append(one)
            known += [] if one.device else [chain]
    unknown, ignored = store.strays(known, {chain.split(":")[0] for chain in chains})
    made = {kind: tuple(sorted(each, key=lambda one: one.order)) for kind, each in found.items() if kind in _LISTED}
    return Survey(
        register=desk.name,
        store=str(store.path),
        days=days,
        made_at=text(now),
        not_due=len(found["young"]),
        unknown=tuple(unknown),
        ignored=tuple(ignored),
        **made,
    )


_LISTED = ("due", "known_bad", "others", "absent", "devices")
_KINDS = (*_LISTED, "young", "elsewhere")


def _kind(one: Candidate, now: datetime, every: timedelta) -> str:
    """Where an exhibit is listed."""
    if one.damaged:
        return "due"
    if not one.held:
        return "others" if one.place and not one.device else "elsewhere"
    if one.device:
        return "devices"
    if one.place is None:
        return "absent"
    return "due" if one.is_due(now, every) else "known_bad" if one.is_known_bad(now) else "young"


@dataclass
class AuditRun:
    """An audit under way: gives out one result after another, and knows what is left."""

    desk: Desk
    survey: Survey
    reading: AuditReading
    progress: Telling = None
    left: tuple[str, ...] = ()
    """Not begun when the time was over."""

    def results(self) -> Iterator[Audited]:
        """Read what is due, in order, and sign each result before the next is begun.

        An exhibit that is refuted stops nothing. A computer, disk or engine that fails stops everything, and what was
        signed until then stays. Raises EnvironmentFault, hashing's SurroundingsFail.
        """
        waiting = [*self.survey.due, *(self.survey.others if self.reading.others else ())]
        if waiting:
            hands(self.desk, Circumstances())  # the passphrase now: in the night nobody types it
            with self.desk.writing():
                pass  # what an interrupted act left is put right first, or it would stand in the way of every verdict
            check_register(self.desk)
        for number, one in enumerate(waiting):
            if self.reading.until and self.desk.now() >= self.reading.until:
                self.left = tuple(each.exhibit for each in waiting[number:])
                return
            try:
                result = self._one(one, _share(self.progress, waiting, number))
            except BaseException as err:
                err.add_note(f"{number} of {len(waiting)} exhibits are done, and what was recorded stays")
                err.add_note("the same command goes on with what is still due")
                raise
            yield result

    def _one(self, one: Candidate, progress: Telling) -> Audited:
        """Read one exhibit's media, and sign; what another process has done meanwhile is not done again."""
        if (done := self._done_meanwhile(one)) is not None:
            told = f"read meanwhile by another audit: no. {done.position}"
            return Audited(exhibit=one.exhibit, verdict=done.found, findings=(), not_recorded=told)
        begun, clock = self.desk.now(), time.monotonic()
        report = self._read(one, progress)
        seconds = round(time.monotonic() - clock, 3)
        if isinstance(report, Finding):
            gone = Verdict.UNDETERMINED
            return Audited(exhibit=one.exhibit, verdict=gone, findings=(report,), not_recorded=report.text)
        record, why = self._signed(one, report, begun)
        return Audited(
            exhibit=one.exhibit,
            verdict=report.verdict,
            findings=tuple(f for f in report.findings if f.severity is not Severity.NOTE),
            items=sum(m.items for m in report.media),
            bytes=sum(m.bytes for m in report.media),
            seconds=seconds,
            record=record,
            not_recorded=why,
        )

    def _done_meanwhile(self, one: Candidate) -> Candidate | None:
        """The exhibit as it stands now, if it was read since the store was looked through."""
        now = candidate(self.desk.read(one.exhibit), self.desk.name)
        return now if one.held and now is not None and now.held and now.position > one.position else None

    def _read(self, one: Candidate, progress: Telling) -> Report | Finding:
        """The report on one exhibit; a finding where its media are gone. Of a damaged chain only the records count."""
        media: dict[str, tuple[str, ...]] = {one.exhibit: (one.place,)} if one.place else {}
        looking = examine.VerifyOptions(
            media=media, quick=self.reading.quick, engine=self.reading.engine, records_only=one.damaged
        )
        try:
            report = examine.in_register(self.desk, one.exhibit, [one.exhibit], looking, progress)
        except SurroundingsFail:
            raise
        except HashingError as err:  # it was there when the store was looked through
            return Finding(code="media-not-read", subject=one.exhibit, text=err.message)
        return examine.settled(self.desk, one.exhibit, report)

    def _signed(self, one: Candidate, report: Report, begun: datetime) -> tuple[Record | None, str | None]:
        """The verification as signed, or why it was not; raises EnvironmentFault."""
        if one.damaged:
            return None, "its chain is damaged: nothing can follow it"
        if not one.held:
            return None, f"not held here: {one.standing}"
        how = Circumstances(at=text(begun))
        try:
            return examine.record_verification(self.desk, one.exhibit, report, how, self.reading.workers()).record, None
        except NotAllowedError as err:  # released meanwhile, or somebody else is writing
            return None, err.message


def _share(progress: Telling, waiting: list[Candidate], number: int) -> Telling:
    """What tells of one exhibit as a part of all; how much there is to read is what was sealed."""
    if progress is None:
        return None
    before, total = sum(one.bytes for one in waiting[:number]), sum(one.bytes for one in waiting)
    stage = f"exhibit {number + 1} of {len(waiting)}, {waiting[number].exhibit.split(':', 1)[1]}"

    def told(at: Progress) -> None:
        here = before + at.bytes
        progress(Progress(items=at.items, bytes=here, total_bytes=max(total, here), stage=stage))

    return told


def deadline(now: datetime, hours: float | None, until: str | None) -> datetime | None:
    """When no exhibit is begun any more: in so many hours, or at a time, like 06:00; raises UsageError."""
    if hours is not None and until is not None:
        raise UsageError("for how long?", "--for HOURS, or --until TIME, not both")
    if hours is not None:
        if not 0 < hours <= 24 * 366:
            raise UsageError(f"not a number of hours: {hours:g}", "like --for 8")
        return now + timedelta(hours=hours)
    if until is None:
        return None
    if found := re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", until.strip()):
        at = now.replace(hour=int(found[1]), minute=int(found[2]), second=0)
        return at if at > now else at + timedelta(days=1)
    return parse(exhibits.moment(until))
