"""Compares a code from the paper register with the records that were verified (docs/spec/record.md, R7)."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from custody.acts.desk import Desk
from manifests.digest import identity
from manifests.errors import CustodyError
from manifests.findings import Finding
from manifests.paper import Coded, CodeMatch, match_code, paper_code, read_code, strength
from manifests.records import Record
from manifests.report import ChainReport


def judge(
    written: str, chains: Iterable[ChainReport], target: str, desk: Desk | None
) -> tuple[list[str], list[Finding]]:
    """What the answer rests on where a record has the code, or what is wrong with it; raises UsageError.

    `desk`: the register in which whole chains were named; None where only what somebody handed over was looked at.
    """
    letters = read_code(written)
    chains = list(chains)
    match = match_code(letters, (_coded(v.record) for chain in chains for v in chain.records))
    if match.same is not None:
        return [f"the code on paper is that of {match.same.name} ({strength(letters)})"], []
    elsewhere = match_code(letters, _elsewhere(desk, {chain.id for chain in chains})) if desk else CodeMatch()
    if match.nearly is not None:
        what = f"{match.differing} of {len(letters)} letters are not those of {match.nearly.name}: read it again"
    elif elsewhere.same is not None:
        what = f"it is that of {elsewhere.same.name}, which was not verified here"
    else:
        what = ""
    code = "code-unknown" if what or desk is None else "code-mismatch"
    return [], [Finding(code=code, subject=target, text=what or _unlike(chains))]


def _coded(record: Record) -> Coded:
    return Coded(f"{record.chain} no. {record.position}, {record.kind}", record.digest)


def _unlike(chains: list[ChainReport]) -> str:
    """The codes of the last records, to be held against the paper."""
    last = [chain.records[-1].record for chain in chains if chain.records]
    return "; ".join(f"{r.chain} no. {r.position} has {paper_code(r.digest)}" for r in last[:3])


def _elsewhere(desk: Desk, verified: set[str]) -> Iterator[Coded]:
    """The records of the register's other chains, by their names; nothing of them is checked."""
    register = desk.register
    for chain in (desk.name, *register.cases(), *register.exhibits()):
        if chain not in verified:
            with suppress(CustodyError, OSError):  # a fault in what nobody asked about is not this answer's
                records = register.chain(chain).records
                yield from [Coded(f"{chain} {each.name}", identity(each.record)) for each in records]
