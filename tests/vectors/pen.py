"""Writing chains in memory with fixed nonces, times and keys: the raw material of vectors and of tests."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from hashing.items import Item
from manifests import bodies, cms, entries, records
from manifests.claims import Claim, print_line
from manifests.digest import identity
from manifests.entries import EntryWriter
from manifests.records import ChainPlace, Previous, Record, Tool
from manifests.shapes import LedgerHead, MediaCheck, Outsider, Paper
from manifests.times import text
from manifests.trust import Trust, newest_lists
from manifests.verify import ChainFiles, RecordFiles, no_lists
from tests.vectors.people import COURT, KIBRA, LAB, Officer, Root

CASE = "KBR-2026-0042"
EXHIBIT = f"KIBRA:{CASE}/EX-1"
START = datetime(2026, 11, 20, 9, 0, tzinfo=timezone(timedelta(hours=3)))
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=timezone(timedelta(hours=3)))
TOOL = Tool(name="custody", version="0.1.0", python="3.11.7", libraries=identity(b"libraries"))
ROOTS = {root.code: root for root in (KIBRA, LAB, COURT)}
A_LEDGER = LedgerHead(size=40, root=identity(b"an invented ledger"))
NOT_MEASURED = MediaCheck(how="none")
SIGNED_PAPER = Paper(name="receipt.pdf", sha256=identity(b"an invented paper"), size=17)
OWNER = Outsider(name="Mary Njeri", id="ID 00000000")
SEIZURE = bodies.Seizure(how="seized", description="black phone, cracked glass")


def trusted(*roots: Root, now: datetime = NOW, lists: Iterable[bytes] | None = None) -> Trust:
    """Trust in these roots, with an empty list of each unless others are given; all three where none is named."""
    anchors = tuple(root.anchor() for root in roots or tuple(ROOTS.values()))
    known = list(lists) if lists is not None else [root.revocations() for root in roots or tuple(ROOTS.values())]
    return Trust(anchors=anchors, now=now, lists=newest_lists(anchors, known))


def fixed(*parts: object) -> bytes:
    """32 bytes that look random and are the same every time."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).digest()


def verification(verdict: str = "CONFIRMED", **facts: Any) -> bodies.Verification:
    """The body of a verification; of records that are sound, unless said otherwise."""
    of_media = verdict if facts.get("manifests") or facts.get("media", NOT_MEASURED).how == "measured" else None
    told = {"records_verdict": "CONFIRMED" if of_media else verdict, "media_verdict": of_media}
    return bodies.Verification(verdict=verdict, **{**told, **facts})


@dataclass
class Pen:
    """Writes one chain, record after record, a few minutes apart."""

    chain: str = EXHIBIT
    root: str = KIBRA.fingerprint
    now: datetime = START
    written: list[tuple[Record, RecordFiles]] = field(default_factory=list)
    sidecars: dict[str, bytes] = field(default_factory=dict)
    """Lists beside the records, by file name."""

    @property
    def head(self) -> Record:
        return self.written[-1][0]

    @property
    def files(self) -> tuple[RecordFiles, ...]:
        return tuple(files for _, files in self.written)

    def copy(self) -> "Pen":
        """A pen that goes on from here without touching this one."""
        return replace(self, written=list(self.written), sidecars=dict(self.sidecars))

    def draft(self, signer: Officer, body: bodies.Body, witnesses: tuple[Officer, ...] = (), **changed: Any) -> Record:
        """The next record, not yet signed; `changed` are fields of the envelope that are to be otherwise."""
        position = len(self.written) + 1
        last = self.written[-1] if self.written else None
        before = Previous(record=last[0].digest, signature=identity(last[1].signature or b"")) if last else None
        opens = position == 1 and ":" not in self.chain
        facts: dict[str, Any] = {
            "chain": ChainPlace(id=self.chain, position=position, root=self.root),
            "previous": before,
            "nonce": fixed(self.chain, position, type(body).__name__).hex()[:32],
            "occurred_at": text(self.now),
            "recorded_at": text(self.now),
            "by": signer.person(register_id=None) if opens else signer.person(),
            "witnesses": tuple(each.person() for each in witnesses),
            "tool": TOOL,
        }
        return records.build(body, **{**facts, **changed})

    def write(
        self, signer: Officer, body: bodies.Body, witnesses: tuple[Officer, ...] = (),
        signing_time: datetime | None = None, **changed: Any,
    ) -> Record:  # fmt: skip
        """Write the next record and sign it."""
        record = self.draft(signer, body, witnesses, **changed)
        return self.add(record, signed(record, signer, witnesses, signing_time or self.now))

    def add(self, record: Record, files: RecordFiles) -> Record:
        """Take in a record that was signed elsewhere."""
        self.written.append((record, files))
        self.now += timedelta(minutes=5)
        return record

    def chain_files(self, **changed: Any) -> ChainFiles:
        """The chain as a verifier gets it."""
        facts: dict[str, Any] = {"id": self.chain, "records": self.files, "lists": self.lists()}
        return ChainFiles(**{**facts, **changed})

    def lists(self) -> Callable[[str], Iterable[bytes] | None]:
        """The lists beside the records, as lines."""
        if not self.sidecars:
            return no_lists
        return lambda name: self.sidecars[name].splitlines(keepends=True) if name in self.sidecars else None

    # --- the acts, as briefly as they can be said ---------------------------

    def seize(self, signer: Officer, **changed: Any) -> Record:
        return self.write(signer, SEIZURE, **changed)

    def release(self, signer: Officer, to: Root | Officer, **changed: Any) -> Record:
        """Release to an agency, or to one officer of the signer's own."""
        return self.write(signer, release_to(to, **changed))

    def receive(self, signer: Officer, **changed: Any) -> Record:
        """Receive what was released last."""
        facts: dict[str, Any] = {"release": self.head.digest, "media": NOT_MEASURED, "ledger": A_LEDGER}
        return self.write(signer, bodies.Receipt(**{**facts, **changed}))

    def recall(self, signer: Officer, because: str = "never-sent", **changed: Any) -> Record:
        return self.write(signer, bodies.Recall(release=self.head.digest, because=because), **changed)

    def measure(self, signer: Officer, *items: Item, logged: "Logged | None" = None, **changed: Any) -> Record:
        """A manifest of these items, with its lists beside it, and logs of other tools."""
        listed = Listing(len(self.written) + 1)
        for item in items:
            listed.writer.add(item)
        facts: dict[str, Any] = {
            "scope": "files", "algorithms": ("sha256",), "items": listed.writer.items,
            "measured": listed.writer.measured, "bytes": listed.writer.bytes, "started_at": text(self.now),
            "finished_at": text(self.now), "not_measured": listed.writer.not_measured(),
            "entries": listed.writer.entries(), "pieces": listed.writer.pieces(), "decoded": listed.writer.decoded(),
        }  # fmt: skip
        facts |= {} if logged is None else logged.facts()
        record = self.write(signer, bodies.Manifest(**{**facts, **changed}))
        stem = records.file_name(record).removesuffix(".json")
        self.sidecars |= {} if logged is None else {f"{stem}{suffix}": data for suffix, data in logged.files().items()}
        self.sidecars[f"{stem}.entries.jsonl"] = bytes(listed.entries)
        if listed.pieces:
            self.sidecars[f"{stem}.pieces.jsonl"] = bytes(listed.pieces)
        return record


@dataclass(kw_only=True)
class Logged:
    """Logs of other tools beside a manifest, and their claims in the order of the list."""

    logs: tuple[bytes, ...]
    claims: tuple[Claim, ...]
    tool: str = "hashdeep"
    unread: tuple[bodies.Unread, ...] = ()

    def facts(self) -> dict[str, Any]:
        """The two fields of the manifest."""
        lines = self.files()[".claims.jsonl"]
        bound = tuple(self._bound(number, log) for number, log in enumerate(self.logs, start=1))
        return {"logs": bound, "claims": bodies.Bound(sha256=identity(lines), count=len(self.claims))}

    def _bound(self, number: int, log: bytes) -> bodies.BoundLog:
        of = [claim.result for claim in self.claims if claim.log == number]
        return bodies.BoundLog(
            sha256=identity(log), bytes=len(log), tool=self.tool, claims=len(of), same=of.count("same"),
            differs=of.count("differs"), not_checked=of.count("not-checked"), unread=self.unread,
        )  # fmt: skip

    def files(self) -> dict[str, bytes]:
        """What lies beside the record, by suffix."""
        logs = {f".{number}.log": log for number, log in enumerate(self.logs, start=1)}
        return logs | {".claims.jsonl": b"".join(print_line(claim) for claim in self.claims)}


@dataclass
class Listing:
    """An entry list in memory, with fixed salts."""

    number: int
    entries: bytearray = field(default_factory=bytearray)
    pieces: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.writer = EntryWriter(self.entries.extend, self.pieces.extend, self._salt)

    def _salt(self) -> bytes:
        return fixed("salt", self.number, self.writer.items)


def release_to(to: Root | Officer, **changed: Any) -> bodies.Release:
    """The body of a release."""
    own = ROOTS.get(to.code)
    addressee = bodies.Addressee(
        agency=to.code,
        root=to.fingerprint if isinstance(to, Root) else (own.fingerprint if own else identity(b"")),
        service_no=to.service_no if isinstance(to, Officer) else None,
    )
    facts: dict[str, Any] = {
        "to": addressee, "purpose": "examination", "answer_by": "2026-12-04T09:00:00+03:00", "media": NOT_MEASURED,
        "ledger": A_LEDGER,
    }  # fmt: skip
    return bodies.Release(**{**facts, **changed})


def signed(
    record: Record, signer: Officer, witnesses: tuple[Officer, ...] = (), moment: datetime = START
) -> RecordFiles:
    """A record with its signatures, as files."""
    return RecordFiles(
        name=records.file_name(record),
        record=record.data,
        signature=sign(record.data, signer, moment),
        witnesses=tuple(sign(record.data, each, moment) for each in witnesses),
    )


def sign(data: bytes, signer: Officer, moment: datetime = START) -> bytes:
    """A signature file, as the product prints it."""
    return cms.sign(data, signer.certificate, moment, signer.sign)


def redact(line: bytes, *, leaf_only: bool = False) -> bytes:
    """A line of an entry list with its names withheld, or with everything withheld (E1)."""
    entry = entries.read_line(line.rstrip(b"\n"))
    if leaf_only:
        return b'{"leaf":"%b"}\n' % entry.leaf.hex().encode()
    start, end = line.index(b',"private":'), line.index(b',"salt":"')
    private, salt = line[start + len(b',"private":') : end], bytes.fromhex(line[end + 9 : end + 73].decode())
    commit = hashlib.sha256(b"custody/entry-private/1\0" + salt + private).hexdigest()
    return line[:start] + b',"commitment":"%b"}\n' % commit.encode()
