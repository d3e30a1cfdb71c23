"""The ledger: one line a record, the leaves of a Merkle tree, checked against records and heads (G5, G7)."""

import re
from collections.abc import Iterable, Iterator

from hashing.merkle import Tree, leaf_hash
from manifests.digest import PREFIX
from manifests.findings import Finding
from manifests.shapes import LedgerHead

_LINE = re.compile(rb"[0-9a-f]{64} [0-9a-f]{64}")
SUBJECT = "ledger/leaves"


def line(record: str, signature: str) -> bytes:
    """The ledger's line for a record and its signature, given as identities; without line feed."""
    return f"{record.removeprefix(PREFIX)} {signature.removeprefix(PREFIX)}".encode()


def head(lines: Iterable[bytes]) -> LedgerHead:
    """Size and root over whole lines."""
    tree = Tree()
    for each in lines:
        tree.add(leaf_hash(each))
    return LedgerHead(size=tree.size, root=PREFIX + tree.root().hex())


def split(data: bytes) -> tuple[list[bytes], bytes]:
    """The whole lines of a ledger file, and what is left of a torn last one."""
    *whole, torn = data.split(b"\n")
    return whole, torn


def check(
    data: bytes,
    known: dict[bytes, str],
    heads: Iterable[tuple[str, LedgerHead]],
    pinned: LedgerHead | None,
    *,
    whole: bool,
) -> Iterator[Finding]:
    """Compare a ledger with records (`known`: line to subject), the heads that signed records carry (with
    the record's subject), and the head that this computer saw last.

    `whole` says that all of the register's records are known, so that no other line may stand there.
    """
    lines, torn = split(data)
    if torn:
        yield Finding(code="commit-unfinished", subject=SUBJECT, text="the last line is torn")
    yield from _lines(lines, known, whole)
    wanted = [(subject, h, "ledger-inconsistent") for subject, h in heads]
    wanted += [("this computer", pinned, "ledger-shorter")] if pinned else []
    yield from _heads(lines, wanted)


def longer(lines: int, records: int) -> Iterator[Finding]:
    """Whether the ledger has more lines than the register has records, for a check that does not read them all (G5)."""
    if lines > records:
        text = f"{lines} lines, {records} records here: which are gone is not known, it may be one of these"
        yield Finding(code="ledger-longer", subject=SUBJECT, text=text)


def _lines(lines: list[bytes], known: dict[bytes, str], whole: bool) -> Iterator[Finding]:
    seen: set[bytes] = set()
    for number, each in enumerate(lines, start=1):
        if not _LINE.fullmatch(each) or (whole and each not in known) or each in seen:
            text = f"line {number} belongs to no record here"
            yield Finding(code="ledger-inconsistent", subject=SUBJECT, text=text)
        seen.add(each)
    waiting = [subject for each, subject in known.items() if each not in seen]
    if len(waiting) == 1:
        yield Finding(code="commit-unfinished", subject=waiting[0], text="not in the ledger yet")
    else:  # an interrupted act leaves one record without a line, never more (G3)
        for subject in waiting:
            yield Finding(code="ledger-inconsistent", subject=subject, text="not in the ledger")


def _heads(lines: list[bytes], wanted: list[tuple[str, LedgerHead, str]]) -> Iterator[Finding]:
    """One pass: the root after each size that somebody has seen."""
    sizes = {h.size for _, h, _ in wanted}
    roots, tree = {0: Tree().root()} if 0 in sizes else {}, Tree()
    for each in lines:
        tree.add(leaf_hash(each))
        if tree.size in sizes:
            roots[tree.size] = tree.root()
    for subject, seen, code in wanted:
        now = roots.get(seen.size)
        if now is None or PREFIX + now.hex() != seen.root:
            text = f"{subject} saw {seen.size} lines that are not the first {seen.size} here"
            yield Finding(code=code, subject=SUBJECT, text=text)
