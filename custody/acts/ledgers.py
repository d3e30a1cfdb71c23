"""A register's own books: its ledger held against every record file, and against the heads that records carry."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from custody.acts.trusted import TrustedRegister
from custody.edges import files
from custody.edges.register import Register, read_record, record_names
from manifests import bodies, ledger, records
from manifests.digest import identity
from manifests.errors import RefutedError
from manifests.findings import Finding
from manifests.people import Order
from manifests.report import ChainReport, VerifiedRecord
from manifests.shapes import LedgerHead

READINGS = 5
"""How often books are read again while another process writes."""


@dataclass(frozen=True, kw_only=True)
class Books:
    """The ledger's bytes, and the line that each record file of the register should have there."""

    ledger: bytes
    files: dict[bytes, str]
    """Line to subject: every record file with its signature, wherever it lies."""

    @property
    def missing(self) -> bool:
        """Whether a line has no record where records of the register lie."""
        return any(each not in self.files for each in ledger.split(self.ledger)[0])

    def order(self, chains: Iterable[ChainReport]) -> Order:
        """Where the records of some chains stand in the ledger."""
        places = {each: number for number, each in enumerate(ledger.split(self.ledger)[0])}
        opened = [v for chain in chains for v in chain.records]
        lines = {v.record.digest: places[line_of(v)] for v in opened if line_of(v) in places}
        return Order(lines=lines, records=tuple(v.record for v in opened))


def read_books(register: Register) -> Books:
    """Read the ledger and every record file; again while somebody writes meanwhile."""
    for _ in range(READINGS):
        before = read_leaves(register)
        found = dict(_record_lines(register))
        if read_leaves(register) == before:
            break
    return Books(ledger=before, files=found)


def read_leaves(register: Register) -> bytes:
    """The ledger's file, as it is."""
    return files.read_if_there(register.leaves, 1 << 40) or b""


def _record_lines(register: Register) -> Iterator[tuple[bytes, str]]:
    for chain in (register.journal_id, *register.cases(), *register.exhibits()):
        folder = register.folder(chain)
        for name in record_names(folder):
            each = read_record(folder, name)
            line = ledger.line(identity(each.record), identity(each.signature or b""))
            yield line, f"{chain} {name.removesuffix('.json')}"


def check_books(
    desk: TrustedRegister, books: Books, chains: list[ChainReport], aside: dict[bytes, str]
) -> Iterator[Finding]:
    """The ledger against every record file here, the heads in these chains, and what this computer saw (G5, G7).

    `aside` are lines of records that were moved into quarantine by a settlement.
    """
    heads = [
        (f"{v.record.chain} {v.record.position:04d}", body.ledger)
        for chain in chains
        for v in chain.records
        if isinstance(body := v.record.body, bodies.Release | bodies.Receipt)
        and v.record.envelope.by.register_id == desk.opened.digest
    ]
    pinned = desk.pin.head if desk.pin and desk.pin.head not in desk.lost_heads() else None
    lines = set(ledger.split(books.ledger)[0]) if aside else set()
    known = books.files | {line: about for line, about in aside.items() if line in lines}
    yield from ledger.check(books.ledger, known, heads, pinned)


def line_of(opened: VerifiedRecord) -> bytes:
    """The ledger's line of a record."""
    return ledger.line(opened.record.digest, opened.signature)


Head = tuple[str, str | None, LedgerHead]
"""A head as a record carries it: the record's subject, the register it is of, and the head."""


def heads_of(chain: ChainReport) -> list[Head]:
    """The ledger heads that a chain's records carry, in order."""
    return [
        (f"{chain.id} {v.record.position:04d}", v.record.envelope.by.register_id, body.ledger)
        for v in chain.records
        if isinstance(body := v.record.body, bodies.Release | bodies.Receipt)
    ]


def known_heads(register: Register) -> Iterator[Head]:
    """The heads in all records of a register, which were checked when they were taken in."""
    for chain in register.exhibits():
        folder = register.folder(chain)
        for name in record_names(folder):
            if not name.endswith(("-release.json", "-receipt.json")):
                continue
            with suppress(RefutedError):  # whoever verifies that chain says so
                record = records.read(read_record(folder, name).record)
                if isinstance(body := record.body, bodies.Release | bodies.Receipt):
                    yield f"{chain} {record.position:04d}", record.envelope.by.register_id, body.ledger


def find_two_histories(chains: Iterable[ChainReport], known: Iterable[Head] = ()) -> Iterator[Finding]:
    """Two heads of one register with one size and two roots, or a head that shrinks along a chain (G5)."""
    seen: dict[tuple[str | None, int], tuple[str, LedgerHead]] = {}
    heads = [heads_of(chain) for chain in chains]
    for about, register, head in [*known, *(each for chain in heads for each in chain)]:
        other, first = seen.setdefault((register, head.size), (about, head))
        if first != head:
            text = f"{other} and {about} carry two different ledgers of {head.size} lines"
            yield Finding(code="ledger-inconsistent", subject=about, text=text)
    for chain in heads:
        last: dict[str | None, int] = {}
        for about, register, head in chain:
            if head.size < last.get(register, 0):
                text = f"it carries a ledger of {head.size} lines, a record before it one of {last[register]}"
                yield Finding(code="ledger-inconsistent", subject=about, text=text)
            last[register] = head.size
