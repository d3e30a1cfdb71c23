"""What is done to an exhibit inside one register: seize, seal a bag, derive, note events, take over, end."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from custody.acts.desk import Desk, Draft, Written
from custody.edges import files
from custody.edges.keys import Signer
from custody.edges.register import record_names
from manifests import bodies, records
from manifests.digest import PREFIX
from manifests.errors import EnvironmentFault, NotAllowedError, RefutedError, UsageError
from manifests.names import exhibit_name, parse_name
from manifests.seals import written_as
from manifests.shapes import HOW_DERIVED, HOW_SEIZED, TAKEOVER_REASONS, Authority, Paper
from manifests.times import parse, text

ANSWER_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """When, where, why and on what authority an act was done, and who else signs."""

    at: str | None = None
    place: str | None = None
    reason: str | None = None
    authority: str | None = None
    clock: str | None = None
    witnesses: tuple[str, ...] = field(default_factory=tuple)
    act: str | None = None
    """Shared by the records of one act over several exhibits."""


def draft(desk: Desk, chain: str, body: bodies.Body, how: Circumstances) -> Draft:
    """A draft under the circumstances given; raises UsageError for a time or authority that cannot be read."""
    return Draft(
        chain=chain,
        body=body,
        occurred_at=moment(how.at) if how.at is not None else None,
        place=how.place,
        reason=how.reason,
        authority=authority(desk, chain, how.authority) if how.authority is not None else None,
        clock=how.clock,
        act=how.act,
    )


def moment(written: str) -> str:
    """A time as a person types it: the record form, or `2026-11-20 14:05` in this computer's zone."""
    from datetime import datetime

    try:
        read = datetime.fromisoformat(written.strip())
        settled = text(read if read.tzinfo else read.astimezone())
        parse(settled)
    except (ValueError, OverflowError, OSError, RefutedError) as err:
        raise UsageError(f"not a time: {written[:40]}", "write it like 2026-11-20 14:05") from err
    return settled


def answer_by(desk: Desk, written: str | None) -> str:
    """Until when an answer is expected: as written, or in ANSWER_DAYS."""
    return moment(written) if written else text(desk.now() + timedelta(days=ANSWER_DAYS))


def authority(desk: Desk, chain: str, written: str) -> Authority:
    """`KIND:NUMBER`, or the case's own word for an authority recorded with `authority add`."""
    kind, colon, number = written.partition(":")
    if colon:
        if not kind or not number:
            raise UsageError(f"not an authority: {written[:80]}", "write KIND:NUMBER, like warrant:E123/2026")
        return Authority(kind=kind, number=number)
    case = chain.split("/")[0]
    for opened in desk.read(case).records if desk.register.has(case) else ():
        body = opened.record.body
        if isinstance(body, bodies.AuthorityRecorded) and body.authority.ref == written:
            return body.authority
    raise UsageError(
        f"no authority {written[:80]} in this case",
        "write KIND:NUMBER, or record it first: custody authority add",
    )


def chain_of(desk: Desk, name: str) -> str:
    """The chain of an exhibit as a person names it; raises UsageError where the name fits several."""
    named = exhibit_name(name)
    own = named.chain(desk.code)
    if named.code or desk.register.has(own):
        return own
    others = [c for c in desk.register.exhibits() if c.split(":", 1)[1] == f"{named.case}/{named.exhibit}"]
    if len(others) > 1:
        raise UsageError(f"{name} is ambiguous", "say which: " + " or ".join(others))
    return others[0] if others else own


def case_of(desk: Desk, name: str) -> str:
    """The chain of a case as a person names it."""
    named = parse_name(name)
    if named.exhibit:
        raise UsageError(f"{name} names an exhibit", f"name the case: {named.case}")
    own = named.chain(desk.code)
    if named.code or desk.register.has(own):
        return own
    others = [c for c in desk.register.cases() if c.split(":", 1)[1] == named.case]
    return others[0] if len(others) == 1 else own


def paper(path: str) -> Paper:
    """A scanned paper or a photograph, by its identity; it is not copied."""
    import hashlib

    try:
        with files.ordinary(Path(path)) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except FileNotFoundError as err:
        raise UsageError(f"no such file: {path}") from err
    return Paper(name=safe_name(path), sha256=PREFIX + digest, size=size)


def safe_name(path: str) -> str:
    """The last component of a path as text that a record can hold."""
    return Path(path).name.encode("utf-8", "backslashreplace").decode()[:200]


@dataclass(frozen=True, kw_only=True)
class Hands:
    """The opened keys of those who sign an act."""

    signer: Signer
    witnesses: tuple[Signer, ...]


def hands(desk: Desk, how: Circumstances) -> Hands:
    """Open the keys of signer and witnesses, before any long work."""
    me = desk.me()
    if me.service_no in how.witnesses:
        raise UsageError("the witness is another person than the one who signs")
    signer = desk.unlock(me)
    return Hands(signer=signer, witnesses=tuple(desk.unlock(desk.officer(n)) for n in how.witnesses))


def write(desk: Desk, drafts: Iterable[Draft], how: Circumstances) -> list[Written]:
    """Open the keys, and write."""
    opened = hands(desk, how)
    return desk.write(drafts, opened.signer, opened.witnesses)


def one(desk: Desk, chain: str, body: bodies.Body, how: Circumstances) -> Written:
    """Write one record."""
    if body.__class__ is not bodies.Seizure:
        desk.state(chain)
    return write(desk, [draft(desk, chain, body, how)], how)[0]


def seize(desk: Desk, name: str, body: bodies.Seizure, how: Circumstances) -> Written:
    """Open an exhibit's chain; the same seizure twice is written once, other facts are refused."""
    named = exhibit_name(name)
    chain = named.chain(desk.code)
    if not chain.startswith(desk.code + ":"):
        raise NotAllowedError(f"{name} belongs to another agency's case", "receive it from that agency instead")
    if body.how not in HOW_SEIZED:
        raise UsageError(f"not a way to come by an exhibit: {body.how}", "one of " + ", ".join(HOW_SEIZED))
    if not desk.register.has(f"{desk.code}:{named.case}"):
        raise NotAllowedError(
            f"the case {named.case} is not open here",
            f"open it first: custody case open {named.case} --title TITLE",
        )
    if desk.register.has(chain):
        return _again(desk, chain, body, how)
    _check_not_derived(desk, chain)
    return one(desk, chain, body, how)


def _again(desk: Desk, chain: str, body: bodies.Seizure, how: Circumstances) -> Written:
    first = desk.sound(chain).records[0].record
    asked = draft(desk, chain, body, how)
    said = (first.body, first.envelope.place, first.envelope.authority)
    if said == (body, asked.place, asked.authority):
        return Written(record=first, already=True)
    raise NotAllowedError(
        f"{chain} exists already, with other facts",
        f"see it: custody show {chain.split(':', 1)[1]}; use the next number, or correct it: custody correct",
    )


def derive(desk: Desk, name: str, parent: str, how_made: str, description: str, how: Circumstances) -> list[Written]:
    """Open a derived exhibit: a record in the parent's chain that names it, then its own first record."""
    child, source = exhibit_name(name).chain(desk.code), chain_of(desk, parent)
    body = bodies.Derived(child=child, how=how_made, description=description)
    named = check_derivable(desk, child, source, body)
    if desk.register.has(child):
        return [_derived_again(desk, child, named)]
    opened = hands(desk, how)
    if named is None:
        named = desk.write([draft(desk, source, body, how)], opened.signer, opened.witnesses)[0]
    first = bodies.Derivation(how=how_made, parent=source, parent_record=named.record.digest, description=description)
    return [named, *desk.write([draft(desk, child, first, how)], opened.signer, opened.witnesses)]


def check_derivable(desk: Desk, child: str, source: str, body: bodies.Derived) -> Written | None:
    """Raise UsageError or NotAllowedError where this may not be derived; what the parent's chain says of it already."""
    if body.how not in HOW_DERIVED:
        raise UsageError(f"not a way to derive an exhibit: {body.how}", "one of " + ", ".join(HOW_DERIVED))
    if not child.startswith(desk.code + ":"):
        raise NotAllowedError(f"{child} names another agency", f"an exhibit made here is {desk.code}:CASE/EXHIBIT")
    if child == source:
        raise UsageError("an exhibit cannot be derived from itself")
    desk.state(source)
    named = _named_before(desk, source, body)
    if desk.register.has(child):
        _derived_again(desk, child, named)
    else:
        _check_not_derived(desk, child, source)
    return named


def _named_before(desk: Desk, source: str, body: bodies.Derived) -> Written | None:
    """What an interrupted or repeated derive wrote into the parent's chain."""
    for opened in desk.sound(source).records:
        written = opened.record.body
        if written == body:
            return Written(record=opened.record, already=True)
        if isinstance(written, bodies.Derived) and written.child == body.child:
            raise NotAllowedError(f"{body.child} is derived from {source} already, with other facts")
    return None


def _check_not_derived(desk: Desk, child: str, source: str | None = None) -> None:
    """Raise where the chain of another exhibit than `source` says that `child` was derived from it (C7)."""
    for chain in desk.register.exhibits():
        folder = desk.register.folder(chain)
        names = [n for n in record_names(folder) if n.endswith("-derived.json")] if chain != source else []
        bodies_ = [records.read(files.read(folder / name)).body for name in names]
        if any(isinstance(body, bodies.Derived) and body.child == child for body in bodies_):
            raise NotAllowedError(
                f"{chain} says that {child} was derived from it",
                f"finish that: custody derive {child.split(':', 1)[1]} --from {chain}; or use another name",
            )


def _derived_again(desk: Desk, child: str, named: Written | None) -> Written:
    first = desk.sound(child).records[0].record
    body = first.body
    if named and isinstance(body, bodies.Derivation) and body.parent_record == named.record.digest:
        return Written(record=first, already=True)
    raise NotAllowedError(f"{child} exists already", "use another name for the derived exhibit")


def event(desk: Desk, chain: str, body: bodies.Event, how: Circumstances) -> Written:
    """Note an event; raises UsageError with all that the event still needs."""
    needed = bodies.EVENT_WORDS.get(body.word)
    if needed is None:
        raise UsageError(f"no such event: {body.word}", "one of " + ", ".join(bodies.EVENT_WORDS))
    missing = [f"--{name.replace('_', '-')}" for name in needed if getattr(body, name) is None]
    if missing:
        raise UsageError(f"{body.word} also needs {', '.join(missing)}")
    state = desk.state(chain)
    if body.word == "seal-broken" and written_as(body.seal or "", state.seals) is None and state.head.body != body:
        raise NotAllowedError(f"{chain} has no seal {body.seal}", f"seals on it: {', '.join(state.seals) or 'none'}")
    return one(desk, chain, body, how)


def take_over(desk: Desk, chain: str, because: str, how: Circumstances) -> Written:
    """Make the signing supervisor the holder in place of one who cannot release."""
    if because not in TAKEOVER_REASONS:
        raise UsageError(f"not a reason to take over: {because}", "one of " + ", ".join(TAKEOVER_REASONS))
    state = desk.state(chain)
    holder, last = state.holder, state.head.body
    mine = isinstance(last, bodies.Takeover) and holder.service_no == desk.me().service_no
    if mine and isinstance(last, bodies.Takeover) and last.because == because:
        return Written(record=state.head, already=True)
    body = bodies.Takeover(holder=holder.name, service_no=holder.service_no, because=because)
    return one(desk, chain, body, how)


def end(desk: Desk, chain: str, body: bodies.Return | bodies.Disposal | bodies.Void, how: Circumstances) -> Written:
    """End an exhibit's chain; the same ending twice is written once."""
    head = desk.state(chain).head
    if head.body == body:
        return Written(record=head, already=True)
    return one(desk, chain, body, how)


def last_verification(desk: Desk, chain: str) -> str | None:
    """The identity of the exhibit's last verification."""
    found = [v.record for v in desk.sound(chain).records if isinstance(v.record.body, bodies.Verification)]
    return found[-1].digest if found else None


def facts_and_logs(given: Iterable[Path]) -> tuple[str | None, tuple[str, ...]]:
    """The file of facts, at most one, and the logs of other tools: whatever does not end in `.toml`."""
    paths = [str(path) for path in given]
    facts = [path for path in paths if path.lower().endswith(".toml")]
    if len(facts) > 1:
        raise UsageError(f"two files of facts: {', '.join(facts)}", "put all facts into one")
    return facts[0] if facts else None, tuple(path for path in paths if path not in facts)


def read_facts(path: str) -> dict[str, dict[str, str]]:
    """Facts of an acquisition from a TOML file: sections of fields, all as text."""
    import tomllib

    try:
        read = tomllib.loads(files.read(Path(path)).decode())
    except FileNotFoundError as err:
        raise UsageError(f"no such file: {path}") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise UsageError(f"{path} cannot be read as TOML: {err}") from err
    if not all(isinstance(section, dict) for section in read.values()):
        raise UsageError(f"{path}: each fact stands in a section", "like [workstation] and then make = 'Dell'")
    nested = [k for s in read.values() for k, v in s.items() if isinstance(v, dict | list)]
    if nested:
        raise UsageError(f"{path}: {nested[0]} is not one value")
    return {name: {key: str(value) for key, value in section.items()} for name, section in read.items()}


def check_room(path: Path) -> None:
    """Raise EnvironmentFault where a folder to write into is not there."""
    if not path.is_dir():
        raise EnvironmentFault(f"no such folder: {path}", "make it first, or name another with --out")
