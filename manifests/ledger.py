"""The ledger: one line a record, the leaves of a Merkle tree, checked against records and heads (G5, G7)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from hashing.merkle import Tree, leaf_hash
from manifests.digest import PREFIX
from manifests.findings import Finding
from manifests.shapes import LedgerHead

_LINE = re.compile(rb"[0-9a-f]{64} [0-9a-f]{64}")
WrittenAt = Callable[[str], datetime | None]
"""When a register wrote the record of a subject, by its own clock; None where that is not known, or explained."""
SUBJECT = "ledger/leaves"
LENGTH = 129
"""Of a line, without its line feed."""


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


@dataclass(frozen=True, kw_only=True)
class LedgerStanding:
    """How a ledger stands to the records of its register (G4, G5)."""

    findings: tuple[Finding, ...]
    size: int
    """Bytes of its whole lines: what is behind is torn."""
    waiting: bytes | None
    """The line that an interrupted act did not write, where nothing else is wrong with the ledger."""

    @property
    def damage(self) -> Finding | None:
        """What forbids to write behind this ledger."""
        return next((found for found in self.findings if found.code != "commit-unfinished"), None)


def stand(
    data: bytes,
    known: Mapping[bytes, str],
    heads: Iterable[tuple[str, LedgerHead]],
    pinned: LedgerHead | None,
    written_at: WrittenAt = lambda subject: None,
) -> LedgerStanding:
    """Compare a ledger with all record files of its register (`known`: line to subject), the heads that signed
    records carry (with the record's subject), and the head that this computer saw last.

    An interrupted act (G4) leaves one record without a line, the last of its chain and no older than the last line
    (`written_at`: when this register wrote a record, where that is known), and a torn line at most.
    """
    lines, torn = split(data)
    found = list(_strange_lines(lines, known))
    present = set(lines)
    without = [line for line in known if line not in present]
    waiting = None
    if len(without) == 1 and not found and len(torn) <= LENGTH and _is_last(without[0], lines, known, written_at):
        waiting = without[0]
        found.append(Finding(code="commit-unfinished", subject=known[waiting], text="not in the ledger yet"))
    else:
        found += [
            Finding(code="ledger-inconsistent", subject=known[line], text="not in the ledger") for line in without
        ]
    if torn:
        code = "commit-unfinished" if len(torn) <= LENGTH else "ledger-inconsistent"
        found.append(Finding(code=code, subject=SUBJECT, text="the last line is torn"))
    wanted = [(subject, head, "ledger-inconsistent") for subject, head in heads]
    wanted += [("this computer", pinned, "ledger-shorter")] if pinned else []
    found += _heads([*lines, waiting] if waiting else lines, wanted)
    return LedgerStanding(findings=tuple(found), size=len(data) - len(torn), waiting=waiting)


def check(
    data: bytes,
    known: Mapping[bytes, str],
    heads: Iterable[tuple[str, LedgerHead]],
    pinned: LedgerHead | None,
) -> Iterator[Finding]:
    """The findings of `stand`."""
    yield from stand(data, known, heads, pinned).findings


def _strange_lines(lines: list[bytes], known: Mapping[bytes, str]) -> Iterator[Finding]:
    """Lines that are none, or twice, or without their record."""
    seen: set[bytes] = set()
    for number, each in enumerate(lines, start=1):
        if not _LINE.fullmatch(each) or each not in known or each in seen:
            yield Finding(code="ledger-inconsistent", subject=SUBJECT, text=f"line {number} belongs to no record here")
        seen.add(each)


def _is_last(line: bytes, lines: list[bytes], known: Mapping[bytes, str], written_at: WrittenAt) -> bool:
    """Whether a record without a line can be the last that was written."""
    chain, _, name = known[line].rpartition(" ")
    places = [other.rpartition(" ")[2] for other in known.values() if other.rpartition(" ")[0] == chain]
    if _position(name) != len(places) or max(map(_position, places)) != len(places):
        return False
    written = written_at(known[line])
    before = next((at for each in reversed(lines) if (at := written_at(known[each])) is not None), None)
    return written is None or before is None or written >= before


def _position(name: str) -> int:
    number = name.partition("-")[0]
    return int(number) if number.isdecimal() else 0


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
