"""The ledger against records and heads (register.md, G4, G5 and G7)."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import ledger
from manifests.digest import identity
from manifests.shapes import LedgerHead

RECORDS = {f"record {n}": (identity(f"r{n}".encode()), identity(f"s{n}".encode())) for n in range(1, 6)}
KNOWN = {ledger.line(*each): subject for subject, each in RECORDS.items()}
LINES = list(KNOWN)
WHOLE = b"".join(line + b"\n" for line in LINES)


def found(
    data: bytes,
    heads: list[tuple[str, LedgerHead]] | None = None,
    pinned: LedgerHead | None = None,
    *,
    known: dict[bytes, str] | None = None,
) -> list[tuple[str, str]]:
    checked = ledger.check(data, KNOWN if known is None else known, heads or [], pinned)
    return [(finding.code, finding.subject) for finding in checked]


def join(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def test_a_line_is_two_digests_in_hexadecimal() -> None:
    record, signature = RECORDS["record 1"]
    assert ledger.line(record, signature) == f"{record[7:]} {signature[7:]}".encode()
    assert len(LINES[0]) == 129


def test_the_head_is_the_merkle_tree_of_rfc_9162() -> None:
    def leaf(data: bytes) -> bytes:
        return hashlib.sha256(b"\0" + data).digest()

    def node(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\1" + left + right).digest()

    a, b, c = map(leaf, LINES[:3])
    assert ledger.head([]) == LedgerHead(size=0, root=identity(b""))
    assert ledger.head(LINES[:1]) == LedgerHead(size=1, root="sha256:" + a.hex())
    assert ledger.head(LINES[:3]) == LedgerHead(size=3, root="sha256:" + node(node(a, b), c).hex())


def test_a_ledger_that_agrees_gives_no_finding() -> None:
    heads = [(f"head {size}", ledger.head(LINES[:size])) for size in range(6)]
    assert found(WHOLE, heads, ledger.head(LINES)) == []
    assert found(WHOLE, heads, ledger.head(LINES[:3])) == []


def test_a_line_without_its_record_refutes() -> None:
    without = {line: subject for line, subject in KNOWN.items() if subject != "record 3"}
    assert found(WHOLE, known=without) == [("ledger-inconsistent", "ledger/leaves")]


def test_a_line_that_is_no_line_or_of_an_unknown_record_is_not_what_an_interrupted_act_leaves() -> None:
    """One record without its line, and one line without its record: a record was exchanged."""
    other = LINES[4].replace(b" ", b"0 ")[:-1]
    for strange in (other, b"", b"x", LINES[4][:-1] + b"g"):
        assert found(join(*LINES[:4], strange)) == [
            ("ledger-inconsistent", "ledger/leaves"),
            ("ledger-inconsistent", "record 5"),
        ]


def test_one_record_without_a_line_is_an_act_that_was_interrupted() -> None:
    assert found(join(*LINES[:4])) == [("commit-unfinished", "record 5")]


def test_more_than_one_record_without_a_line_is_no_accident() -> None:
    assert found(join(*LINES[:3])) == [("ledger-inconsistent", "record 4"), ("ledger-inconsistent", "record 5")]
    assert len(found(b"")) == 5


def test_a_line_twice_refutes() -> None:
    assert found(WHOLE + LINES[0] + b"\n") == [("ledger-inconsistent", "ledger/leaves")]


def test_a_torn_last_line_is_an_act_that_was_interrupted() -> None:
    assert found(WHOLE + LINES[0][:40]) == [("commit-unfinished", "ledger/leaves")]
    assert found(WHOLE[:-1]) == [("commit-unfinished", "ledger/leaves"), ("commit-unfinished", "record 5")]


@pytest.mark.parametrize("size", range(1, 6))
def test_a_ledger_that_was_cut_is_noticed_by_whoever_saw_it_longer(size: int) -> None:
    cut, known = join(*LINES[: size - 1]), dict(list(KNOWN.items())[: size - 1])
    seen = ledger.head(LINES[:size])
    assert found(cut, pinned=seen, known=known) == [("ledger-shorter", "ledger/leaves")]
    assert found(cut, [("a release", seen)], known=known) == [("ledger-inconsistent", "ledger/leaves")]
    assert found(cut, known=known) == []


def test_a_ledger_written_anew_is_noticed_by_whoever_saw_the_old_one() -> None:
    exchanged = [LINES[1], LINES[0], *LINES[2:]]
    assert found(join(*exchanged)) == []
    assert found(join(*exchanged), pinned=ledger.head(LINES)) == [("ledger-shorter", "ledger/leaves")]
    assert found(join(*exchanged), [("a", ledger.head(LINES[:1]))]) == [("ledger-inconsistent", "ledger/leaves")]
    assert found(join(*exchanged), [("a", ledger.head(LINES[:2]))]) == [("ledger-inconsistent", "ledger/leaves")]


def test_another_root_for_a_size_refutes() -> None:
    for size in range(6):
        assert found(WHOLE, [("a", LedgerHead(size=size, root=identity(b"x")))]) == [
            ("ledger-inconsistent", "ledger/leaves")
        ]


def test_every_byte_changed_is_noticed() -> None:
    """By the records alone, and by the pinned head alone."""
    pinned = ledger.head(LINES)
    for place in range(len(WHOLE)):
        for byte in {WHOLE[place] ^ 1, 0x0A, 0x20} - {WHOLE[place]}:
            other = WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :]
            assert found(other), place
            assert "ledger-shorter" in {code for code, _ in found(other, pinned=pinned)}, place


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(data: bytes) -> None:
    assert found(data)
    assert ledger.split(data)[1] == data.split(b"\n")[-1]
