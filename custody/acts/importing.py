"""Taking records of others into the register: byte for byte, extending what is here, or into quarantine (C13)."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from custody.acts.desk import Desk
from custody.acts.examination import Examination
from custody.acts.mending import copy_beside, is_bound, names_beside, record_parts
from custody.edges import files
from custody.edges.commit import Prepared, Writer, workspace
from custody.edges.package import Package
from custody.edges.register import RECORD_NAME, check_owner, read_chain
from manifests import records, strict
from manifests.cards import Card, unb64
from manifests.digest import identity
from manifests.errors import CustodyError, EnvironmentFault, NotAllowedError, RefutedError
from manifests.findings import Finding
from manifests.names import PART
from manifests.records import Record
from manifests.report import ChainReport
from manifests.verify import ChainFiles, RecordFiles, no_lists

_EXHIBIT = re.compile(rf"{PART}:{PART}/{PART}")


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A chain that came from outside, as copied into the register's own workspace."""

    files: ChainFiles
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Copied:
    """What came from outside, copied before it is judged: what is taken in is what was checked (C13)."""

    chains: dict[str, Incoming]
    cards: tuple[Card, ...] = ()
    package: Package | None = None
    """Where it came from; only its media are read there."""

    @property
    def revocation_lists(self) -> list[bytes]:
        """The lists on the cards, none of them checked; what is no base64 is left out."""
        found = []
        for card in self.cards:
            with contextlib.suppress(CustodyError):
                found.append(unb64(card.crl))
        return found


@contextlib.contextmanager
def copied_package(desk: Desk, package: Package) -> Iterator[Copied]:
    """A package's records with their signatures, lists and logs, copied into the workspace for the time being."""
    check_owner(desk.register)
    with workspace(desk.register) as work:
        with _copying():
            chains = {c: _copy_chain(package.chain(c), work) for c in package.chains()}
        yield Copied(chains=chains, cards=tuple(package.cards()), package=package)


@contextlib.contextmanager
def copied_reply(desk: Desk, reply: dict[str, bytes]) -> Iterator[Copied]:
    """The chains in a reply, copied likewise."""
    check_owner(desk.register)
    with workspace(desk.register) as work:
        with _copying():
            chains = {chain.id: _copy_chain(chain, work) for chain in chains_from(reply)}
        yield Copied(chains=chains, cards=tuple(cards_from(reply)))


@contextlib.contextmanager
def _copying() -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise EnvironmentFault(f"cannot copy what came: {err.strerror or err}", "make room, then do it again") from err


def _copy_chain(chain: ChainFiles, work: Path) -> Incoming:
    """A chain's records and signatures, and what lies beside them, in a folder of its own."""
    folder = work / identity(chain.id.encode())[7:23]
    files.make_folders(folder)
    for each in chain.records:
        for name, data in record_parts(each).items():
            files.write_new(folder / name, data)
        for name in _names_beside(each):
            copy_beside(chain, name, folder)
    return Incoming(files=read_chain(folder, chain.id), folder=folder)


def position_of(each: RecordFiles) -> int:
    """The position that a record's file name states."""
    return int(each.name.split("-")[0])


def _names_beside(each: RecordFiles) -> list[str]:
    """What may lie beside a record: the lists and logs that it binds, the record that it encloses."""
    try:
        return names_beside(records.read(each.record))
    except RefutedError:
        return []


def merged(desk: Desk, incoming: ChainFiles) -> ChainFiles:
    """Our records of a chain, extended by the incoming ones; raises NotAllowedError where they contradict us."""
    own = desk.register.chain(incoming.id) if desk.register.has(incoming.id) else None
    if own is None:
        return incoming
    here = {position_of(each): each for each in own.records}
    new = tuple(each for each in incoming.records if here.get(position_of(each)) != each)
    rivals = [each for each in new if position_of(each) in here]
    if rivals:
        first = min(map(position_of, rivals))
        raise Contradiction(incoming.id, tuple(each for each in new if position_of(each) >= first))

    def lists(name: str) -> Iterable[bytes] | None:
        came = incoming.lists(name)
        return came if came is not None else own.lists(name)

    return replace(own, records=own.records + new, lists=lists)


class Contradiction(NotAllowedError):
    """Incoming records differ from those here, from some position on."""

    def __init__(self, chain: str, rivals: tuple[RecordFiles, ...]) -> None:
        super().__init__(
            f"{chain}: the incoming {rivals[0].name} contradicts what is here", f"look at both: custody verify {chain}"
        )
        self.chain = chain
        self.rivals = rivals
        """All that came from there on, by position."""

    @property
    def position(self) -> int:
        """Where the two part."""
        return position_of(self.rivals[0])


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What came, each chain joined to the one that is here."""

    files: dict[str, ChainFiles]
    """By chain; one that contradicts ours as it came, with ours as what contradicts it."""
    contradictions: dict[str, Contradiction]
    older: dict[str, Finding]
    """By chain that lacks records that are here, what that means."""

    def findings(self, chains: Iterable[str]) -> Iterator[Finding]:
        """Of some chains, that they are older than what is here, which a parent may well be."""
        return (self.older[chain] for chain in chains if chain in self.older)


def join(desk: Desk, copied: Copied) -> Joined:
    """Join each chain that came to the one that is here."""
    joined = Joined(files={}, contradictions={}, older={})
    for chain, incoming in copied.chains.items():
        joined.files[chain] = incoming.files
        try:
            whole = merged(desk, incoming.files)
        except Contradiction as err:
            joined.contradictions[chain] = err
            joined.files[chain] = _branch(desk, incoming.files, err.position)
            continue
        last = max(map(position_of, incoming.files.records), default=0)
        if later := [each for each in whole.records if position_of(each) > last > 0]:
            joined.older[chain] = _older(chain, later)
        joined.files[chain] = whole
    return joined


def _older(chain: str, later: Sequence[RecordFiles]) -> Finding:
    """What it means that a chain came without some records that are here: one that ends where its receipt follows came
    whole."""
    first = min(later, key=position_of)
    if first.name.endswith("-receipt.json"):
        text = f"received as number {position_of(first)}; it is as it was sent, and {len(later)} records here are later"
        return Finding(code="received-since", subject=chain, text=text)
    return Finding(code="older-than-here", subject=chain, text=f"it lacks {len(later)} records that are here")


def _branch(desk: Desk, incoming: ChainFiles, position: int) -> ChainFiles:
    """Incoming records that part from ours at a position, on what is common; ours from there on contradict them."""
    own = desk.register.chain(incoming.id)
    common = tuple(each for each in own.records if position_of(each) < position)
    ours = tuple(each for each in own.records if position_of(each) >= position)
    theirs = tuple(each for each in incoming.records if position_of(each) >= position)

    def lists(name: str) -> Iterable[bytes] | None:
        came = incoming.lists(name)
        return came if came is not None or int(name[:4]) >= position else own.lists(name)

    return replace(incoming, records=common + theirs, rivals=ours, lists=lists)


def examine(desk: Desk, copied: Copied, joined: Joined, chains: Sequence[str]) -> Examination:
    """Examine what came, joined to what is here, with the revocation lists that came along."""
    return desk.examine(chains, incoming=joined.files, trust=desk.trust.knowing(copied.revocation_lists))


def take_in(desk: Desk, writer: Writer, incoming: Incoming, report: ChainReport) -> list[Record]:
    """Commit the records of a checked chain that are not here yet, and put back what is missing beside those that are.

    Raises NotAllowedError where the chain here has changed since it was checked.
    """
    whole = merged(desk, incoming.files)
    here = len(desk.register.chain(whole.id).records) if desk.register.has(whole.id) else 0
    checked = {records.file_name(v.record): v for v in report.records}
    for each in whole.records[:here]:
        writer.put_back(whole.id, dict(_beside(each, incoming.folder)))
    new = [Prepared(opened=checked[r.name], files=r, sidecars=dict(_beside(r, incoming.folder)))
           for r in whole.records[here:]]  # fmt: skip
    for prepared in new:
        writer.commit(prepared)
    return [prepared.opened.record for prepared in new]


def _beside(each: RecordFiles, folder: Path) -> Iterator[tuple[str, Path]]:
    """What was copied of what a record binds, and is that, by name."""
    record = records.read(each.record)
    for name in names_beside(record):
        if files.is_file(folder / name) and is_bound(record, name, folder):
            yield name, folder / name


def chains_from(reply: dict[str, bytes]) -> list[ChainFiles]:
    """The exhibit chains in a reply's files, each with the records it brings."""
    found: dict[str, list[str]] = {}
    for name in sorted(reply):
        if name.startswith("chains/") and name.endswith(".json"):
            _, *place, record = name.split("/")
            chain = "{}:{}/{}".format(*place) if len(place) == 3 else ""
            if not (_EXHIBIT.fullmatch(chain) and RECORD_NAME.fullmatch(record)):
                raise RefutedError(
                    f"no record can have this name: {name[:200]}", "ask the other side for its reply again"
                )
            found.setdefault(chain, []).append(name)
    return [
        ChainFiles(id=chain, records=tuple(record_from(reply, name) for name in names), lists=no_lists)
        for chain, names in found.items()
    ]


def record_from(reply: dict[str, bytes], name: str) -> RecordFiles:
    """One record of a reply, with its signatures."""
    witnesses: list[bytes] = []
    while (one := reply.get(f"{name}.w{len(witnesses) + 1}.p7s")) is not None:
        witnesses.append(one)
    return RecordFiles(
        name=name.rsplit("/", 1)[1],
        record=reply[name],
        signature=reply.get(f"{name}.p7s"),
        witnesses=tuple(witnesses),
    )


def cards_from(reply: dict[str, bytes]) -> list[Card]:
    """The cards in a reply; those that cannot be read are left out."""
    found = []
    for name, data in reply.items():
        if name.startswith("cards/"):
            with contextlib.suppress(CustodyError):
                found.append(strict.read_pretty(data, Card))
    return found
