"""A register's own books against the records read: the ledger, the heads that releases carry, who was enrolled."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from custody.acts.desk import Desk
from custody.edges import files
from manifests import bodies, ledger, records, verify
from manifests.findings import Finding, Severity
from manifests.report import ChainReport, VerifiedRecord
from manifests.shapes import LedgerHead
from manifests.times import parse


def against_records(desk: Desk, chains: list[ChainReport], before: bytes, *, whole: bool) -> Iterator[Finding]:
    """The ledger against the records read (`whole`: all there are), the heads they carry, and the head this
    computer saw.

    `before` is the ledger before the records were read: what others wrote meanwhile is no contradiction.
    """
    data = files.read_if_there(desk.register.leaves, 1 << 40) or b""
    known = dict.fromkeys(ledger.split(data[len(before) :])[0], "written meanwhile")
    known |= {_line(v): f"{c.id} {v.record.position:04d}" for c in chains for v in c.records}
    heads = [
        (f"{v.record.chain} {v.record.position:04d}", v.record.body.ledger)
        for c in chains
        for v in c.records
        if isinstance(v.record.body, bodies.Release) and v.record.envelope.by.register == desk.name
    ]
    pinned = desk.pin.head if desk.pin else None
    yield from ledger.check(data, known, heads, pinned, whole=whole)
    if not whole:
        yield from ledger.longer(len(ledger.split(before)[0]), desk.register.count())


def enrolments(desk: Desk, chains: list[ChainReport]) -> Iterator[Finding]:
    """Whether those who signed in this register were enrolled in its journal, and not revoked before (C3)."""
    enrolled: set[str] = set()
    revoked: dict[str, VerifiedRecord] = {}
    for opened in desk.journal.records:
        body = opened.record.body
        if isinstance(body, bodies.PersonEnrolled):
            enrolled.add(body.certificate)
        elif isinstance(body, bodies.PersonRevoked):
            revoked[body.certificate] = opened
    for opened in (v for chain in chains for v in chain.records):
        by = opened.record.envelope.by
        if by.register != desk.name:
            continue
        about = verify.subject(opened.record.chain, records.file_name(opened.record))
        if by.certificate not in enrolled:
            yield Finding(code="signer-not-enrolled", subject=about, text=by.name)
        gone = revoked.get(by.certificate)
        if gone is not None and opened.signing_time > _revoked_since(gone):
            text = f"in the journal, number {gone.record.position}"
            yield Finding(code="certificate-revoked", subject=about, text=text)


def journal(desk: Desk) -> Iterator[Finding]:
    """What is wrong with the journal, which decides who is trusted, whatever else is verified (G7).

    Also a record in it that is not understood: it may take trust away.
    """
    yield from desk.journal_cut()
    for finding in desk.journal.findings:
        if finding.severity is Severity.REFUTES or finding.code == "format-unknown":
            yield finding


def _revoked_since(revoked: VerifiedRecord) -> datetime:
    """From when on a key is not good: the moment that the record names, or else the record's own."""
    body = revoked.record.body
    named = body.invalid_from if isinstance(body, bodies.PersonRevoked) else None
    return min(parse(named), revoked.signing_time) if named else revoked.signing_time


def _line(opened: VerifiedRecord) -> bytes:
    return ledger.line(opened.record.digest, opened.signature)


def two_histories(chains: Iterable[ChainReport]) -> Iterator[Finding]:
    """Two heads of one register's ledger with one size and two roots: two histories (G5)."""
    seen: dict[tuple[str, str, int], tuple[str, LedgerHead]] = {}
    for chain in chains:
        for opened in chain.records:
            body = opened.record.body
            if not isinstance(body, bodies.Release):
                continue
            about = f"{chain.id} {opened.record.position:04d}"
            key = (opened.actor.root, opened.record.envelope.by.register, body.ledger.size)
            other, head = seen.setdefault(key, (about, body.ledger))
            if head != body.ledger:
                yield Finding(
                    code="ledger-inconsistent",
                    subject=key[1],
                    text=f"{other} and {about} carry two different ledgers of {key[2]} lines",
                )
