"""Verification of records as a pure function: bytes, trust and a moment in, chains and findings out.

It reads no disk and no clock. Contents are compared in `manifests.compare`. It shares the format and the
rules of the chain with the writer, and nothing else.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from manifests import chain, clocks, cms, journal, records, rivals, seals
from manifests.certificates import read_officer
from manifests.chain import Actor, ChainState, OrderViolated
from manifests.digest import identity
from manifests.enclosed import Enclosed, check_enclosed, enclosed_in
from manifests.errors import RefutedError
from manifests.findings import Finding
from manifests.journal import JournalState
from manifests.lists import Lines as Lines
from manifests.lists import check_lists
from manifests.lists import disclosed_name as disclosed_name
from manifests.lists import list_names as list_names
from manifests.lists import no_lists as no_lists
from manifests.moments import CLOCK_SLACK as CLOCK_SLACK
from manifests.moments import implausible_times
from manifests.names import chain_type
from manifests.records import Record
from manifests.remarks import remarks, standing
from manifests.report import ChainReport, VerifiedRecord
from manifests.shapes import Person
from manifests.signing_times import ShownBefore, by_journal, find_doubts, nothing_shown, settle_doubts
from manifests.times import parse
from manifests.trust import Trust, mismatch

State = ChainState | JournalState | None
"""Where a chain stands: an exhibit, a register by its journal, or neither."""
SIGNING_SLACK = timedelta(seconds=120)
AHEAD_SLACK = timedelta(days=1)
"""A clock that is minutes or a time zone behind is seen at the next record; a day ahead of every clock is no clock."""


@dataclass(frozen=True, kw_only=True)
class RecordFiles:
    """One record as files: its name, its bytes, its signature and its witnesses' signatures."""

    name: str
    record: bytes
    signature: bytes | None
    witnesses: tuple[bytes, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChainFiles:
    """One chain as files, in order of position; `rivals` are what contradicted it on import."""

    id: str
    records: tuple[RecordFiles, ...]
    rivals: tuple[RecordFiles, ...] = ()
    lists: Lines = no_lists


def subject(chain_id: str, name: str) -> str:
    """What a finding about one record is about."""
    return f"{chain_id} {name.removesuffix('.json')}"


def open_record(files: RecordFiles, chain_id: str, trust: Trust) -> VerifiedRecord:
    """Check one record by itself; raises RefutedError where it is not what it claims to be.

    1. read it under the encode-again rule; 2. its file says what it is; 3. its signature; 4. the signer is
    who it says; 5. each witness the same way; 6. what keeps the signers from being good is a finding.
    """
    record = records.read(files.record)  # 1
    if files.name != records.file_name(record) or record.chain != chain_id:  # 2
        raise RefutedError(f"{files.name} holds a {record.kind} of {record.chain}", code="file-misnamed")
    if files.signature is None:
        raise RefutedError("the signature file is not there", code="signature-missing")
    signed = cms.check(record.data, files.signature)  # 3
    about = subject(chain_id, files.name)
    witnesses = [cms.check(record.data, signature) for signature in files.witnesses]
    found = [*_signer(record.envelope.by, signed, trust, about)]  # 4
    found += _witnesses(record, signed, witnesses, trust, about)  # 5
    found += _times(record, signed, trust.now, about)
    found += _reserved(record, about)
    actor = actor_of(record.envelope.by, signed.certificate, trust)  # 6
    return VerifiedRecord(
        record=record,
        actor=actor,
        signing_time=signed.signing_time,
        signature=identity(files.signature),
        findings=tuple(found),
        signed=(signed, *witnesses),
    )


def actor_of(person: Person, certificate: bytes, trust: Trust) -> Actor:
    """The person a checked certificate proves; the root is `?CODE` where no anchor signed it."""
    told = read_officer(certificate)
    anchor = trust.anchor_of(certificate)
    return Actor(
        root=anchor.fingerprint if anchor else f"?{told.code}",
        service_no=told.service_no,
        name=told.name,
        rank=told.rank,
        agency=told.code,
        register=person.register,
        register_id=person.register_id,
        key=identity(cms.public_key(certificate)),
        roles=told.roles,
    )


def _signer(person: Person, signed: cms.Signed, trust: Trust, about: str) -> Iterator[Finding]:
    for doubt in mismatch(person, signed.certificate):
        raise RefutedError(doubt.text, code=doubt.code)
    if not person.register.startswith(person.agency + "/"):
        raise RefutedError(f"{person.register} is no register of {person.agency}", code="signer-mismatch")
    yield from find_doubts(person, signed, trust, about)


def _witnesses(
    record: Record, signer: cms.Signed, witnesses: list[cms.Signed], trust: Trust, about: str
) -> Iterator[Finding]:
    named = record.envelope.witnesses
    if len(witnesses) != len(named):
        raise RefutedError(f"{len(named)} witnesses are named, {len(witnesses)} signed", code="signature-missing")
    people = {(record.envelope.by.agency, record.envelope.by.service_no)}
    keys = {cms.public_key(signer.certificate)}
    for person, witness in zip(named, witnesses, strict=True):
        yield from _signer(person, witness, trust, about)
        yield from _near(record, witness, about)
        people.add((person.agency, person.service_no))
        keys.add(cms.public_key(witness.certificate))
    if min(len(people), len(keys)) != len(named) + 1:
        raise RefutedError("signer and witnesses are not different persons with different keys", code="same-person")


def _times(record: Record, signed: cms.Signed, now: datetime, about: str) -> Iterator[Finding]:
    yield from _near(record, signed, about)
    if signed.signing_time - now > AHEAD_SLACK:
        at = f"{signed.signing_time:%Y-%m-%dT%H:%M:%SZ}"
        text = f"signed at {at}, which is after the time of this check"
        yield Finding(code="time-contradictory", subject=about, text=text, facts={"signed_at": at})
    if record.envelope.clock is not None:
        yield Finding(code="clock-explained", subject=about, text=record.envelope.clock)


def _near(record: Record, signed: cms.Signed, about: str) -> Iterator[Finding]:
    """Whoever signs does it when the record is written, the witnesses too (R4)."""
    if abs(parse(record.envelope.recorded_at) - signed.signing_time) > SIGNING_SLACK:
        text = f"recorded at {record.envelope.recorded_at}, signed at {signed.signing_time:%Y-%m-%dT%H:%M:%SZ}"
        yield Finding(code="time-contradictory", subject=about, text=text)


def _reserved(record: Record, about: str) -> Iterator[Finding]:
    envelope = record.envelope
    people = (envelope.by, *envelope.witnesses)
    if record.body is None:
        yield Finding(code="format-unknown", subject=about, text=f"a {record.kind} is not known here")
    if envelope.after is not None or any(p.second_certificate is not None for p in people):
        yield Finding(code="format-unknown", subject=about, text="it uses fields kept for later versions")


def verify_chain(files: ChainFiles, trust: Trust, shown: ShownBefore = nothing_shown) -> ChainReport:
    """Check one chain from its first record on; `shown` is what a ledger shows of when its records were signed.

    1. each record by itself; 2. each binds the record before it and its signature; 3. the order of acts;
    4. times against the records before; 5. what lies beside it; 6. what its records show of when each was signed, and
    say of wrong clocks; 7. what contradicts it; 8. where it stands.
    """
    found: list[Finding] = []
    done: list[VerifiedRecord] = []
    states: dict[rivals.Key, ChainState] = {}
    state: State = None
    for place, each in enumerate(files.records, start=1):
        about = subject(files.id, each.name)
        try:
            opened = open_record(each, files.id, trust)  # 1
            _check_link(done, opened, place)  # 2
            before, state = state, _step(done, state, opened)  # 3
        except (RefutedError, OrderViolated) as err:
            found.append(Finding(code=err.code, subject=about, text=err.message))
            break
        found += [*_time_order(done, opened, about), *_times_stated(before, opened, about)]  # 4
        found += check_lists(files.lists, opened.record, about)  # 5
        found += _enclosed(files, opened, tuple(done), trust, about)  # 5
        found += remarks(opened.record, before if isinstance(before, ChainState) else None, about)
        done.append(opened)
        if files.rivals and isinstance(state, ChainState):
            states[rivals.key_of(opened)] = state
    exhibit = state if isinstance(state, ChainState) else None
    journal_state = state if isinstance(state, JournalState) else None
    done = list(settle_doubts(done, trust, by_journal(journal_state) if journal_state else shown))  # 6
    found = clocks.settle(done, [*(each for opened in done for each in opened.findings), *found])  # 6
    against = rivals.judge_rivals(files.id, done, states, _open_rivals(files, trust))  # 7
    found += against.findings()
    if exhibit is not None:
        found += standing(exhibit)  # 8
    return ChainReport(
        id=files.id, records=tuple(done), state=exhibit, journal=journal_state, findings=tuple(found),
        rivals=tuple(against.standing), set_aside=against.set_aside,
    )  # fmt: skip


def _check_link(done: list[VerifiedRecord], opened: VerifiedRecord, place: int) -> None:
    envelope = opened.record.envelope
    if opened.record.position < place:
        raise RefutedError(f"two records claim number {opened.record.position}", code="fork")
    if opened.record.position != place:
        raise RefutedError(f"record {place} is not there", code="chain-broken")
    if not done:
        if opened.actor.known and opened.actor.root != envelope.chain.root:
            raise RefutedError("the chain names another root than its opener's", code="signer-mismatch")
        return
    last, before = done[-1], envelope.previous
    if before is None or (before.record, before.signature) != (last.record.digest, last.signature):
        raise RefutedError(f"it does not follow the record {place - 1} that is here", code="chain-broken")
    if envelope.chain.root != last.record.envelope.chain.root:
        raise RefutedError("the chain's root changes on the way", code="chain-broken")


def _step(done: list[VerifiedRecord], state: State, opened: VerifiedRecord) -> State:
    if (done[0] if done else opened).record.body is None:  # what such a beginning means is not known here (R2)
        return None
    if not isinstance(state, ChainState):
        seals.check_correction(opened.record, tuple(v.record.digest for v in done))
    return next_state(state, opened.record, opened.actor, done[0].actor.root if done else None)


def next_state(state: State, record: Record, actor: Actor, opener_root: str | None) -> State:
    """Where a chain stands after one more record; a case has no state. Raises OrderViolated.

    Whoever writes asks here before signing, whoever verifies while reading.
    """
    kind = chain_type(record.chain)
    if kind == "case":
        journal.check_administrative(record, actor, opener_root)
        return None
    if isinstance(state, JournalState):
        return journal.follow(state, record, actor)
    if isinstance(state, ChainState):
        return chain.follow(state, record, actor)
    return journal.begin(record, actor) if kind == "journal" else chain.begin(record, actor)


def _time_order(done: list[VerifiedRecord], opened: VerifiedRecord, about: str) -> Iterator[Finding]:
    if not done or opened.record.envelope.clock is not None:
        return
    before, now = done[-1].record.envelope, opened.record.envelope
    back = parse(before.recorded_at) - parse(now.recorded_at)
    if back <= timedelta(0):
        return
    small = back <= CLOCK_SLACK and before.by.agency != now.by.agency
    yield Finding(
        code="clock-differs" if small else "time-contradictory",
        subject=about,
        text=f"recorded {int(back.total_seconds())} s before the record that it follows",
        facts={} if small else {"signed_at": now.recorded_at, "before": before.recorded_at},
    )


def _times_stated(before: State, opened: VerifiedRecord, about: str) -> Iterator[Finding]:
    """What is implausible about the times that a record states (statements.md, T1 to T5)."""
    exhibit = before if isinstance(before, ChainState) else None
    for text in implausible_times(exhibit, opened.record):
        yield Finding(code="time-contradictory", subject=about, text=text)


def _open_rivals(files: ChainFiles, trust: Trust) -> Iterator[VerifiedRecord]:
    """The records kept apart that have a sound signature: what has none is nobody's word (C13)."""
    for rival in files.rivals:
        with suppress(RefutedError):
            yield open_record(rival, files.id, trust)


def _enclosed(
    files: ChainFiles, opened: VerifiedRecord, before: tuple[VerifiedRecord, ...], trust: Trust, about: str
) -> Iterator[Finding]:
    """The record that a record answers and has beside it (C5, C6)."""
    named = None if files.lists is no_lists else enclosed_in(opened.record)
    beside = None
    try:
        if named is not None and (beside := _open_enclosed(files, named, trust)) is None:
            yield Finding(code=named.missing, subject=about, text=f"{named.name} is not at hand")
        yield from check_enclosed(opened.record, beside, before, about)
    except RefutedError as err:
        yield Finding(code=err.code, subject=about, text=err.message)


def _open_enclosed(files: ChainFiles, named: Enclosed, trust: Trust) -> VerifiedRecord | None:
    """What lies beside a record, checked by itself; None where it or its signature is not at hand."""
    data, signature, *witnesses = (_whole(files.lists(name)) for name in named.names)
    if data is None or signature is None:
        return None
    if identity(data) != named.digest:
        raise RefutedError(f"{named.name} is not what the record names", code="entries-changed")
    record = records.read(data)
    signed = tuple(each for each in witnesses if each is not None)
    beside = RecordFiles(name=records.file_name(record), record=data, signature=signature, witnesses=signed)
    return open_record(beside, record.chain, trust)


def _whole(lines: Iterable[bytes] | None) -> bytes | None:
    return None if lines is None else b"".join(lines)
