"""Verification of records as a pure function: bytes, trust and a moment in, chains and findings out.

It reads no disk and no clock. Contents are compared in `manifests.compare`. It shares the format and the
rules of the chain with the writer, and nothing else.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from manifests import bodies, chain, cms, entries, records
from manifests.certificates import read_officer
from manifests.chain import Actor, ChainState, OrderViolated
from manifests.digest import identity
from manifests.errors import RefutedError
from manifests.findings import Finding
from manifests.names import chain_type
from manifests.records import Record
from manifests.report import ChainReport, VerifiedRecord
from manifests.shapes import Person
from manifests.times import parse
from manifests.trust import Trust, doubts, mismatch

SIGNING_SLACK = timedelta(seconds=120)
CLOCK_SLACK = timedelta(minutes=5)
_DAMAGED = {"record-malformed", "signature-missing", "signature-broken", "file-misnamed"}


@dataclass(frozen=True, kw_only=True)
class RecordFiles:
    """One record as files: its name, its bytes, its signature and its witnesses' signatures."""

    name: str
    record: bytes
    signature: bytes | None
    witnesses: tuple[bytes, ...] = ()


Lines = Callable[[str], Iterable[bytes] | None]
"""The lines of a list beside a record, by file name; None where it is not at hand."""


def no_lists(name: str) -> None:
    """For chains whose lists are not to be looked at."""
    return


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
    found = [*_signer(record.envelope.by, signed, trust, about)]  # 4
    found += _witnesses(files, record, trust, about)  # 5
    found += _times(record, signed, about)
    found += _reserved(record, about)
    actor = actor_of(record.envelope.by, signed.certificate, trust)  # 6
    return VerifiedRecord(
        record=record,
        actor=actor,
        signing_time=signed.signing_time,
        signature=identity(files.signature),
        findings=tuple(found),
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
        key=identity(cms.public_key(certificate)),
        roles=told.roles,
    )


def _signer(person: Person, signed: cms.Signed, trust: Trust, about: str) -> Iterator[Finding]:
    for doubt in mismatch(person, signed.certificate):
        raise RefutedError(doubt.text, code=doubt.code)
    if not person.register.startswith(person.agency + "/"):
        raise RefutedError(f"{person.register} is no register of {person.agency}", code="signer-mismatch")
    for doubt in doubts(trust, signed.certificate, signed.signing_time):
        yield Finding(code=doubt.code, subject=about, text=doubt.text, facts={"signer": person.name})


def _witnesses(files: RecordFiles, record: Record, trust: Trust, about: str) -> Iterator[Finding]:
    named = record.envelope.witnesses
    if len(files.witnesses) != len(named):
        raise RefutedError(f"{len(named)} witnesses are named, {len(files.witnesses)} signed", code="signature-missing")
    people = {(record.envelope.by.agency, record.envelope.by.service_no)}
    for person, signature in zip(named, files.witnesses, strict=True):
        yield from _signer(person, cms.check(record.data, signature), trust, about)
        people.add((person.agency, person.service_no))
    if len(people) != len(named) + 1:
        raise RefutedError("signer and witnesses are not different persons", code="same-person")


def _times(record: Record, signed: cms.Signed, about: str) -> Iterator[Finding]:
    apart = abs(parse(record.envelope.recorded_at) - signed.signing_time)
    if apart > SIGNING_SLACK:
        yield Finding(
            code="time-contradictory",
            subject=about,
            text=f"recorded at {record.envelope.recorded_at}, signed at {signed.signing_time:%Y-%m-%dT%H:%M:%SZ}",
        )
    if record.envelope.clock is not None:
        yield Finding(code="clock-explained", subject=about, text=record.envelope.clock)


def _reserved(record: Record, about: str) -> Iterator[Finding]:
    envelope = record.envelope
    people = (envelope.by, *envelope.witnesses)
    if record.body is None:
        yield Finding(code="format-unknown", subject=about, text=f"a {record.kind} is not known here")
    if envelope.after is not None or any(p.second_certificate is not None for p in people):
        yield Finding(code="format-unknown", subject=about, text="it uses fields kept for later versions")


def verify_chain(files: ChainFiles, trust: Trust) -> ChainReport:
    """Check one chain from its first record on.

    1. each record by itself; 2. each binds the record before it and its signature; 3. the order of acts;
    4. times against the record before; 5. the lists beside it; 6. what contradicts it; 7. where it stands.
    """
    found: list[Finding] = []
    done: list[VerifiedRecord] = []
    state: ChainState | None = None
    for place, each in enumerate(files.records, start=1):
        about = subject(files.id, each.name)
        try:
            opened = open_record(each, files.id, trust)  # 1
            _check_link(done, opened, place)  # 2
            state = _step(state, opened)  # 3
        except RefutedError as err:
            found.append(Finding(code=err.code, subject=about, text=err.message))
            break
        except OrderViolated as err:
            found.append(Finding(code=err.code, subject=about, text=err.message))
            break
        found += [*opened.findings, *_time_order(done, opened, about)]  # 4
        found += _lists(files, opened.record, about)  # 5
        found += _notes(opened.record, about)
        done.append(opened)
    found += _rivals(files, done, trust)  # 6
    if state is not None:
        found += standing(state)  # 7
    return ChainReport(id=files.id, records=tuple(done), state=state, findings=tuple(found))


def _check_link(done: list[VerifiedRecord], opened: VerifiedRecord, place: int) -> None:
    envelope = opened.record.envelope
    if opened.record.position < place:
        raise RefutedError(f"two records claim number {opened.record.position}", code="fork")
    if opened.record.position != place:
        raise RefutedError(f"record {place} is not there", code="chain-broken")
    if not done:
        if not opened.actor.root.startswith("?") and opened.actor.root != envelope.chain.root:
            raise RefutedError("the chain names another root than its opener's", code="signer-mismatch")
        return
    last, before = done[-1], envelope.previous
    if before is None or (before.record, before.signature) != (last.record.digest, last.signature):
        raise RefutedError(f"it does not follow the record {place - 1} that is here", code="chain-broken")
    if envelope.chain.root != last.record.envelope.chain.root:
        raise RefutedError("the chain's root changes on the way", code="chain-broken")


def _step(state: ChainState | None, opened: VerifiedRecord) -> ChainState | None:
    record, actor = opened.record, opened.actor
    if chain_type(record.chain) != "exhibit":
        chain.check_administrative(record, actor)
        return None
    return chain.begin(record, actor) if state is None else chain.follow(state, record, actor)


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
    )


def list_names(record: Record) -> dict[str, str]:
    """The lists a record binds: what they are, and the file names they have beside it."""
    if not isinstance(record.body, bodies.Manifest):
        return {}
    stem = records.file_name(record).removesuffix(".json")
    names = {"entries": f"{stem}.entries.jsonl"}
    return names | ({"pieces": f"{stem}.pieces.jsonl"} if record.body.pieces else {})


def disclosed_name(name: str) -> str:
    """The name of a list in which something is withheld (E4)."""
    return name.replace(".entries.jsonl", ".disclosed.jsonl")


def _lists(files: ChainFiles, record: Record, about: str) -> Iterator[Finding]:
    body = record.body
    if files.lists is no_lists or not isinstance(body, bodies.Manifest):
        return
    names = list_names(record)
    whole = files.lists(names["entries"])
    lines = whole if whole is not None else files.lists(disclosed_name(names["entries"]))
    if lines is None:
        yield Finding(code="entries-missing", subject=about)
        return
    try:
        for _ in entries.check_list(lines, body.entries):
            pass
        if body.pieces is not None and (pieces := files.lists(names["pieces"])) is not None:
            for _ in entries.check_pieces(pieces, body.pieces):
                pass
    except RefutedError as err:
        yield Finding(code="entries-changed", subject=about, text=err.message)
    else:
        if whole is None:
            yield Finding(code="redacted", subject=about)


def _notes(record: Record, about: str) -> Iterator[Finding]:
    body = record.body
    if isinstance(body, bodies.Correction):
        yield Finding(code="corrected", subject=about, text=f"corrects record {body.position}: {body.statement}")
    if isinstance(body, bodies.Takeover):
        yield Finding(code="taken-over", subject=about, text=f"from {body.holder}: {body.because}")
    if isinstance(body, bodies.Release):
        for despite in body.despite:
            yield Finding(code="released-despite", subject=about, text=f"{despite.code}: {despite.text}")
    if isinstance(body, bodies.Receipt | bodies.TakenBack):
        yield from _seal(body, about)
    if isinstance(body, bodies.Manifest):
        for other in body.not_measured:
            text = f"{other.count} {other.outcome}"
            yield Finding(code="not-measured-at-sealing", subject=about, text=text)


def _seal(body: bodies.Receipt | bodies.TakenBack, about: str) -> Iterator[Finding]:
    seal = body.seal
    if seal is None or not seal.expected:
        return
    if seal.observed is None:
        yield Finding(code="seal-not-read", subject=about, text=f"expected {', '.join(seal.expected)}")
    elif seal.observed not in seal.expected:
        text = f"read {seal.observed}, expected {', '.join(seal.expected)}"
        yield Finding(code="seal-differs", subject=about, text=text)


def _rivals(files: ChainFiles, done: list[VerifiedRecord], trust: Trust) -> Iterator[Finding]:
    """What contradicts the chain: only a rival with a sound signature counts (C1, C6)."""
    for rival in files.rivals:
        try:
            opened = open_record(rival, files.id, trust)
        except RefutedError:
            continue
        here = {v.record.position: v.record for v in done}.get(opened.record.position)
        unknown = opened.actor.root.startswith("?")
        if here is None or unknown or here.digest == opened.record.digest:
            continue
        contested = {here.kind, opened.record.kind} == {"receipt", "recall"}
        yield Finding(
            code="hand-over-contested" if contested else "fork",
            subject=f"{files.id} {opened.record.position:04d}",
            text=f"{here.kind} by {here.envelope.by.name}; {opened.record.kind} by {opened.record.envelope.by.name}",
            facts={"here": here.digest, "rival": opened.record.digest},
        )


def standing(state: ChainState) -> Iterator[Finding]:
    """Where an exhibit stands at the end of its chain."""
    if state.release is not None and isinstance(state.release.body, bodies.Release):
        to = state.release.body.to
        since = state.release.envelope.occurred_at
        text = f"to {to.agency}{' officer ' + to.service_no if to.service_no else ''} since {since}"
        yield Finding(code="in-transit", subject=state.id, text=text)
    elif state.outside is not None and isinstance(state.outside.body, bodies.HandedOutside):
        who = state.outside.body.to.name
        yield Finding(code="held-outside", subject=state.id, text=f"by {who}")
    elif state.ended:
        yield Finding(code="ended", subject=state.id, text=state.ended)
    if state.owed:
        yield Finding(code="contents-owed", subject=state.id)
    if not state.manifests:
        yield Finding(code="physical-exhibit", subject=state.id)


def check_derivations(chains: tuple[ChainReport, ...]) -> Iterator[Finding]:
    """Whether parents and derived exhibits name each other, both ways (C7)."""
    by_id = {report.id: report for report in chains}
    for report in chains:
        body = report.records[0].record.body if report.records else None
        if not isinstance(body, bodies.Derivation):
            continue
        parent = by_id.get(body.parent)
        if parent is None:
            yield Finding(code="parent-missing", subject=report.id, text=body.parent)
        elif not _names_child(parent, body, report.id):
            text = f"{body.parent} has no record that names it"
            yield Finding(code="derivation-mismatch", subject=report.id, text=text)


def _names_child(parent: ChainReport, body: bodies.Derivation, child: str) -> bool:
    return any(
        isinstance(v.record.body, bodies.Derived)
        and v.record.digest == body.parent_record
        and (v.record.body.child, v.record.body.how) == (child, body.how)
        for v in parent.records
    )
