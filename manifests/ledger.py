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
) -> Iterator[Finding]:
    """Compare a ledger with all record files of its register (`known`: line to subject), the heads that signed
    records carry (with the record's subject), and the head that this computer saw last.
    """
    lines, torn = split(data)
    if torn:
        yield Finding(code="commit-unfinished", subject=SUBJECT, text="the last line is torn")
    yield from _lines(lines, known)
    wanted = [(subject, h, "ledger-inconsistent") for subject, h in heads]
    wanted += [("this computer", pinned, "ledger-shorter")] if pinned else []
    yield from _heads(lines, wanted)


def _lines(lines: list[bytes], known: dict[bytes, str]) -> Iterator[Finding]:
    """Lines and records as sets: a line without its record, a record without its line, wherever they are."""
    seen: set[bytes] = set()
    alone = 0
    for number, each in enumerate(lines, start=1):
        if not _LINE.fullmatch(each) or each not in known or each in seen:
            alone += 1
            yield Finding(code="ledger-inconsistent", subject=SUBJECT, text=f"line {number} belongs to no record here")
        seen.add(each)
    waiting = [subject for each, subject in known.items() if each not in seen]
    if len(waiting) == 1 and not alone:
        yield Finding(code="commit-unfinished", subject=waiting[0], text="not in the ledger yet")
    else:  # an interrupted act leaves one record without a line, and no line without its record (G3)
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
