"""A register's own books: its ledger held against every record file, and against the heads that records carry."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from custody.acts.trusted import TrustedRegister
from custody.edges.books import Books
from custody.edges.register import Register, read_record, record_names
from manifests import bodies, ledger, records
from manifests.errors import RefutedError
from manifests.findings import Finding
from manifests.people import SigningOrder
from manifests.records import Record
from manifests.report import ChainReport, VerifiedRecord
from manifests.shapes import LedgerHead
from manifests.times import parse


def order_in(books: Books, opened: Iterable[VerifiedRecord]) -> SigningOrder:
    """Where some records stand in the ledger."""
    found = tuple(opened)
    lines = {v.record.digest: books.places[line_of(v)] for v in found if line_of(v) in books.places}
    return SigningOrder(lines=lines, records=tuple(v.record for v in found))


def check_books(
    desk: TrustedRegister, books: Books, chains: list[ChainReport], aside: dict[bytes, str]
) -> Iterator[Finding]:
    """The ledger against every record file here, the heads in these chains, and what this computer saw (G5, G7).

    `aside` are lines of records that were moved into quarantine by a settlement.
    """
    lines = order_in(books, (v for chain in (*chains, desk.journal) for v in chain.records)).lines
    heads = []
    for head in (each for chain in chains for each in heads_of(chain) if each.register == desk.opened.digest):
        if head.restored is not None and head.restored not in {r.digest for r in desk.restorations}:
            text = "it names a record of this register's journal that is not there or says something else"
            yield Finding(code="statement-contradicted", subject=head.subject, text=text)
        elif _came_back(desk.restorations, head, lines) and not desk.extends(head.head):
            text = "it was signed before the register was put back, and came back from outside"
            yield Finding(code="restored", subject=head.subject, text=text)
        else:
            heads.append((head.subject, head.head))
    yield from books.counting(aside).standing(desk.seen_head(), tuple(heads)).findings


def line_of(opened: VerifiedRecord) -> bytes:
    """The ledger's line of a record."""
    return ledger.line(opened.record.digest, opened.signature)


@dataclass(frozen=True, kw_only=True)
class KnownHead:
    """A ledger head as a record carries it."""

    subject: str
    record: str
    register: str | None
    """The register that it is of."""
    head: LedgerHead
    restored: str | None
    """The restoration since which that ledger has been counted."""
    at: str


def _head_of(record: Record) -> Iterator[KnownHead]:
    body, envelope = record.body, record.envelope
    if isinstance(body, bodies.Release | bodies.Receipt):
        yield KnownHead(
            subject=f"{record.chain} {record.position:04d}", record=record.digest, register=envelope.by.register_id,
            head=body.ledger, restored=body.restored, at=envelope.recorded_at,
        )  # fmt: skip


def heads_of(chain: ChainReport) -> list[KnownHead]:
    """The ledger heads that a chain's records carry, in order."""
    return [head for v in chain.records for head in _head_of(v.record)]


def known_heads(register: Register) -> Iterator[KnownHead]:
    """The heads in all records of a register, which were checked when they were taken in."""
    for chain in register.exhibits():
        folder = register.folder(chain)
        for name in record_names(folder):
            if not name.endswith(("-release.json", "-receipt.json")):
                continue
            with suppress(RefutedError):  # whoever verifies that chain says so
                yield from _head_of(records.read(read_record(folder, name).record))


def _came_back(restorations: tuple[Record, ...], head: KnownHead, lines: dict[str, int]) -> bool:
    """Whether a record of ours was lost with what was put back, and taken in again later (G7)."""
    for record in restorations:
        body = record.body
        assert isinstance(body, bodies.RegisterRestored)
        behind = lines.get(head.record, -1) > lines.get(record.digest, 1 << 62)
        was_lost = body.now.size < head.head.size <= body.lost.size and parse(head.at) <= parse(
            record.envelope.recorded_at
        )
        if behind and was_lost and head.restored != record.digest:
            return True
    return False


def find_two_histories(chains: Iterable[ChainReport], known: Iterable[KnownHead] = ()) -> Iterator[Finding]:
    """Two heads of one register with one size and two roots, or a head that shrinks along a chain (G5).

    Where one of the two says that the register was put back in between, that is `restored`: undecided, and shown.
    """
    seen: dict[tuple[str | None, int], KnownHead] = {}
    heads = [heads_of(chain) for chain in chains]
    for head in [*known, *(each for chain in heads for each in chain)]:
        first = seen.setdefault((head.register, head.head.size), head)
        if first.head != head.head:
            text = f"{first.subject} and {head.subject} carry two different ledgers of {head.head.size} lines"
            yield Finding(code=_two_codes(first, head), subject=head.subject, text=text)
    for chain in heads:
        last: dict[str | None, KnownHead] = {}
        for head in chain:
            before = last.get(head.register)
            if before is not None and head.head.size < before.head.size:
                text = f"it carries a ledger of {head.head.size} lines, a record before it one of {before.head.size}"
                yield Finding(code=_two_codes(before, head), subject=head.subject, text=text)
            last[head.register] = head


def _two_codes(one: KnownHead, other: KnownHead) -> str:
    return "ledger-inconsistent" if one.restored == other.restored else "restored"
