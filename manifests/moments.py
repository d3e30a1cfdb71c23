"""What is implausible about the times that a record states (docs/spec/statements.md, T1 to T6).

A clock can be wrong and a paper can be dated wrongly: none of this refutes. It is `time-contradictory`, unless the
record explains its clock. Writers ask before signing, verifiers while reading.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from manifests import bodies
from manifests.chain_state import ChainState
from manifests.records import Record
from manifests.times import parse

CLOCK_SLACK = timedelta(minutes=5)
"""By how much two honest clocks may differ, or one be set back while a disk is read."""
_A_DAY = timedelta(days=1)


def implausible_times(state: ChainState | None, record: Record) -> Iterator[str]:
    """What is implausible, in words; `state` is where the exhibit stood before, if it is an exhibit's."""
    if record.envelope.clock is not None:
        return
    yield from _occurred(state, record)
    yield from _expected(state, record)
    yield from _authority(record)
    if isinstance(record.body, bodies.Manifest):
        yield from _measuring(state, record, record.body)


def _occurred(state: ChainState | None, record: Record) -> Iterator[str]:
    """Nothing is done to an exhibit before the register has it, nothing answered before it was done (T1, T2)."""
    if state is None or record.envelope.occurred_at == record.envelope.recorded_at:
        return  # when it was recorded is held against the record before (R4)
    answered = state.release or state.outside
    if answered is not None and isinstance(record.body, bodies.Receipt | bodies.Recall | bodies.TakenBack):
        since, what = answered.envelope.occurred_at, f"the {answered.kind} that it answers"
    else:
        since, what = state.since, f"{state.register} had the exhibit"
    if _is_before(record.envelope.occurred_at, since):
        yield f"occurred at {record.envelope.occurred_at}, before {what} ({since})"


def _is_before(one: str, other: str, slack: timedelta = CLOCK_SLACK) -> bool:
    return parse(one) + slack < parse(other)


def _expected(state: ChainState | None, record: Record) -> Iterator[str]:
    """What is expected comes after what it is expected from (T3)."""
    body, occurred = record.body, record.envelope.occurred_at
    if isinstance(body, bodies.Release | bodies.HandedOutside) and parse(body.answer_by) < parse(occurred):
        yield f"an answer is expected by {body.answer_by}, before it was handed over ({occurred})"
    if isinstance(body, bodies.Event) and body.due is not None and date.fromisoformat(body.due) < _day(occurred):
        yield f"due on {body.due}, before it happened ({occurred})"
    released = state.release.body if state and state.release else None
    expired = isinstance(body, bodies.Recall) and body.because == "expired"
    if expired and isinstance(released, bodies.Release) and _is_before(occurred, released.answer_by):
        yield f"called expired at {occurred}; the answer was expected by {released.answer_by}"


def _day(time: str) -> date:
    """The day where it happened."""
    return parse(time).date()


def _authority(record: Record) -> Iterator[str]:
    """A paper is issued before it is recorded, and before an act that needs it (T4)."""
    body, envelope = record.body, record.envelope
    authority = body.authority if isinstance(body, bodies.AuthorityRecorded) else envelope.authority
    if authority is None or authority.issued_on is None:
        return
    needed = isinstance(body, bodies.Return | bodies.Disposal)
    by = _day(envelope.occurred_at if needed else envelope.recorded_at)
    # The paper's day may be that of a zone further east than the computer's.
    if date.fromisoformat(authority.issued_on) > by + _A_DAY:
        yield f"the {authority.kind} {authority.number} is dated {authority.issued_on}, after {by}"


def _measuring(state: ChainState | None, record: Record, body: bodies.Manifest) -> Iterator[str]:
    """Measuring begins, is resumed and ends in this order, before it is recorded and not before the seizure (T5)."""
    first = state.records[0] if state else None
    steps = [("begun", body.started_at), *(("resumed", at) for at in body.resumed_at), ("finished", body.finished_at)]
    steps.append(("recorded", record.envelope.recorded_at))
    if first is not None and isinstance(first.body, bodies.Seizure):  # a derived exhibit is made before its chain
        steps.insert(0, ("seized", first.envelope.occurred_at))
    for (one, before), (other, after) in pairwise(steps):
        if _is_before(after, before):
            yield f"{other} at {after}, before it was {one} at {before}"


def is_authorised_later(record: Record) -> bool:
    """Whether the authority for an act is of a later day than the act (T6): said, and not hidden."""
    authority = record.envelope.authority
    if authority is None or authority.issued_on is None:
        return False
    return date.fromisoformat(authority.issued_on) > _day(record.envelope.occurred_at)
