"""Taking records of others into the register: byte for byte, extending what is here, or into quarantine (C13)."""

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from custody.acts.desk import Desk
from custody.edges import files
from custody.edges.commit import Prepared, Writer
from custody.edges.register import RECORD_NAME, check_owner
from manifests import bodies, records, strict
from manifests.cards import Card, unb64
from manifests.digest import identity
from manifests.errors import CustodyError, NotAllowedError, RefutedError
from manifests.findings import Severity
from manifests.names import PART
from manifests.report import ChainReport
from manifests.verify import ChainFiles, RecordFiles, list_names, no_lists, verify_chain

_EXHIBIT = re.compile(rf"{PART}:{PART}/{PART}")


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A chain that came from outside: its files, and the folder with its lists where there is one."""

    files: ChainFiles
    folder: Path | None = None


def merged(desk: Desk, incoming: ChainFiles) -> ChainFiles:
    """Our records of a chain, extended by the incoming ones; raises NotAllowedError where they contradict us."""
    own = desk.register.chain(incoming.id) if desk.register.has(incoming.id) else None
    if own is None:
        return incoming
    by_name = {each.name: each for each in own.records}
    for each in incoming.records:
        mine = by_name.get(each.name)
        if mine is not None and mine != each:
            raise Contradiction(incoming.id, each)
        if mine is None and len(own.records) >= int(each.name.split("-")[0]):
            raise Contradiction(incoming.id, each)
    new = tuple(e for e in incoming.records if e.name not in by_name)
    return replace(own, records=own.records + new, lists=incoming.lists)


class Contradiction(NotAllowedError):
    """An incoming record differs from the one here at its position."""

    def __init__(self, chain: str, rival: RecordFiles) -> None:
        super().__init__(
            f"{chain}: the incoming {rival.name} contradicts what is here",
            "both are kept, the incoming one in quarantine",
            f"look at both: custody verify {chain}",
        )
        self.chain = chain
        self.rival = rival


def keep_rival(desk: Desk, found: Contradiction) -> None:
    """Keep what contradicted us, once."""
    check_owner(desk.register)
    folder = desk.register.rivals_folder(found.chain)
    files.make_folders(folder)
    rival = found.rival
    parts = {rival.name: rival.record, f"{rival.name}.p7s": rival.signature or b""}
    parts |= {f"{rival.name}.w{i}.p7s": w for i, w in enumerate(rival.witnesses, start=1)}
    for name, data in parts.items():
        with contextlib.suppress(FileExistsError):
            files.write_new(folder / name, data)


def check(desk: Desk, incoming: ChainFiles, cards: list[Card]) -> ChainReport:
    """Verify an incoming chain joined to ours, with the revocation lists that came along."""
    return verify_chain(merged(desk, incoming), desk.trust.knowing(lists_of(cards)))


def lists_of(cards: Iterable[Card]) -> list[bytes]:
    """The revocation lists of cards, none of them checked; what is no base64 is left out."""
    found = []
    for card in cards:
        with contextlib.suppress(CustodyError):
            found.append(unb64(card.crl))
    return found


def refuting(report: ChainReport) -> str | None:
    """The first thing that refutes a chain, in words."""
    bad = next((f for f in report.findings if f.severity is Severity.REFUTES), None)
    return f"{bad.code}: {bad.meaning.text} ({bad.subject}: {bad.text})" if bad else None


def take_in(desk: Desk, writer: Writer, incoming: Incoming, work: Path) -> int:
    """Commit the records of a checked chain that are not here yet; how many that were."""
    whole = merged(desk, incoming.files)
    here = len(desk.register.chain(whole.id).records) if desk.register.has(whole.id) else 0
    for each in whole.records[here:]:
        record = records.read(each.record)
        writer.commit(
            Prepared(
                record=record,
                signature=each.signature or b"",
                witnesses=each.witnesses,
                sidecars=dict(_sidecars(record, incoming.folder, work)),
            )
        )
    return len(whole.records) - here


def _sidecars(record: records.Record, folder: Path | None, work: Path) -> Iterator[tuple[str, Path]]:
    """A record's lists, copied into the register's own workspace first."""
    from manifests.verify import disclosed_name

    body = record.body
    if folder is not None and isinstance(body, bodies.Recall) and body.refusal is not None:
        yield from _refusal(record, body.refusal, folder, work)
    for name in list_names(record).values() if folder is not None else ():
        for each in (name, disclosed_name(name)) if name.endswith(".entries.jsonl") else (name,):
            with contextlib.suppress(FileNotFoundError):
                source = files.ordinary(folder / each)  # type: ignore[operator]
                target = work / f"{identity(record.chain.encode())[7:23]}-{each}"
                with source:
                    files.write_stream(target, source)
                yield each, target


def _refusal(record: records.Record, digest: str, folder: Path, work: Path) -> Iterator[tuple[str, Path]]:
    """The refusal that a recall answers, with its signature, where it lies beside it and is the one named (C5)."""
    stem = records.file_name(record).removesuffix(".json")
    said = files.read_if_there(folder / f"{stem}.refusal.json")
    signature = files.read_if_there(folder / f"{stem}.refusal.json.p7s")
    if said is None or signature is None or identity(said) != digest:
        return
    for suffix, data in ((".refusal.json", said), (".refusal.json.p7s", signature)):
        target = work / f"{identity(record.chain.encode())[7:23]}-{stem}{suffix}"
        files.write_new(target, data)
        yield f"{stem}{suffix}", target


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
