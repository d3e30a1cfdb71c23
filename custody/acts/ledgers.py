"""A register's own books: its ledger held against every record file, and against the heads that records carry."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from custody.acts.trusted import TrustedRegister
from custody.edges.books import Books
from custody.edges.register import Register, read_record, record_names
from manifests import bodies, ledger, records
from manifests.errors import RefutedError
from manifests.findings import Finding
from manifests.people import Order
from manifests.report import ChainReport, VerifiedRecord
from manifests.shapes import LedgerHead


def order_in(books: Books, opened: Iterable[VerifiedRecord]) -> Order:
    """Where some records stand in the ledger."""
    found = tuple(opened)
    lines = {v.record.digest: books.places[_line(v)] for v in found if _line(v) in books.places}
    return Order(lines=lines, records=tuple(v.record for v in found))


def check_books(desk: TrustedRegister, books: Books, chains: list[ChainReport]) -> Iterator[Finding]:
    """The ledger against every record file here, the heads in these chains, and what this computer saw (G5, G7)."""
    heads = tuple(
        (f"{v.record.chain} {v.record.position:04d}", body.ledger)
        for chain in chains
        for v in chain.records
        if isinstance(body := v.record.body, bodies.Release | bodies.Receipt)
        and v.record.envelope.by.register_id == desk.opened.digest
    )
    yield from books.standing(desk.seen_head(), heads).findings


def _line(opened: VerifiedRecord) -> bytes:
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
