"""A register's books: its ledger, and the line that each record file of the register should have there (G5).

Whoever judges them (verify, every act, doctor) and whoever puts them right (the next writer) reads them here.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from custody.edges import files, locks
from custody.edges.register import Register, record_names
from manifests import ledger, records
from manifests.cms import MAX_BYTES as MAX_SIGNATURE
from manifests.digest import identity
from manifests.errors import CustodyError
from manifests.ledger import LedgerStanding
from manifests.shapes import LedgerHead
from manifests.times import parse

MAX_LEDGER = 1 << 40
PATIENCE = 30.0
"""Seconds that a reader waits for the writer beside it."""
_STEP = 0.05
_SETTLED = 2.0
"""Seconds after which a change to a file shows in its times."""
_known: dict[tuple[int, int, int, int, int], str] = {}
"""What this process has read before: identities by device, inode, size and times, so that nothing is read twice."""


@dataclass(frozen=True, kw_only=True)
class Books:
    """The ledger's bytes, and the line that each record file of the register should have there."""

    register: Register
    ledger: bytes
    files: dict[bytes, str]
    """Line to subject: every record file with its signature, wherever it lies."""

    @cached_property
    def places(self) -> dict[bytes, int]:
        """The number of each line of the ledger."""
        return {each: number for number, each in enumerate(ledger.split(self.ledger)[0])}

    @property
    def missing(self) -> frozenset[bytes]:
        """Lines without a record where records of the register lie."""
        return frozenset(each for each in ledger.split(self.ledger)[0] if each not in self.files)

    def counting(self, aside: Mapping[bytes, str]) -> "Books":
        """The same with records that lie elsewhere for a reason, of those that a line has."""
        known = {line: about for line, about in aside.items() if line in self.places}
        return replace(self, files=self.files | known) if known else self

    def standing(self, pinned: LedgerHead | None, heads: tuple[tuple[str, LedgerHead], ...] = ()) -> LedgerStanding:
        """How the two stand to one another, to heads that records carry, and to the head this computer saw last."""
        return ledger.stand(self.ledger, self.files, heads, pinned, self.written_at)

    def written_at(self, subject: str) -> datetime | None:
        """When a record was written by this register's clock; None where that is not known, or the clock explained."""
        chain, _, name = subject.rpartition(" ")
        with suppress(CustodyError, OSError):
            envelope = records.read(files.read(self.register.folder(chain) / f"{name}.json")).envelope
            own = envelope.by.register == self.register.journal_id
            return parse(envelope.recorded_at) if own and envelope.clock is None else None
        return None


def read_books(register: Register) -> Books:
    """Read the ledger and every record file; again while somebody is writing, so that both are of one moment."""
    until = time.monotonic() + PATIENCE
    while True:
        busy = _is_being_written(register)
        before = read_leaves(register)
        found = dict(_record_lines(register))
        books = Books(register=register, ledger=before, files=found)
        still = read_leaves(register) == before
        if still and _agree(books):
            return books
        if still and not busy and not _is_being_written(register):
            return books
        if time.monotonic() > until:
            return books
        time.sleep(_STEP)


def read_locked_books(register: Register) -> Books:
    """The same for the one who has the register's lock."""
    return Books(register=register, ledger=read_leaves(register), files=dict(_record_lines(register)))


def read_leaves(register: Register) -> bytes:
    """The ledger's file, as it is."""
    return files.read_if_there(register.leaves, MAX_LEDGER) or b""


def _agree(books: Books) -> bool:
    whole, torn = ledger.split(books.ledger)
    return not torn and len(whole) == len(books.files) and set(whole) == books.files.keys()


def _is_being_written(register: Register) -> bool:
    return locks.is_held(register.path / "ledger" / "lock")


def _record_lines(register: Register) -> Iterator[tuple[bytes, str]]:
    for chain in (register.journal_id, *register.cases(), *register.exhibits()):
        folder = register.folder(chain)
        for name in record_names(folder):
            line = ledger.line(_identity(folder / name), _identity(folder / f"{name}.p7s", MAX_SIGNATURE))
            yield line, f"{chain} {name.removesuffix('.json')}"


def _identity(path: Path, limit: int = files.MAX_SMALL) -> str:
    """The identity of a file, that of nothing where it is not there."""
    found = files.status(path)
    if found is None:
        return identity(b"")
    marks = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    if marks in _known:
        return _known[marks]
    read = identity(files.read_if_there(path, limit) or b"")
    if time.time() - found.st_ctime > _SETTLED:
        _known[marks] = read
    return read
