"""The code for the paper register: how it is made, read, and compared (record.md, R7)."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import digest
from manifests.errors import UsageError
from manifests.paper import Coded, match_code, paper_code, read_code, strength


def of(number: int) -> Coded:
    return Coded(str(number), digest.identity(str(number).encode()))


def other_letter(letter: str) -> str:
    return "B" if letter == "A" else "A"


@given(st.binary(max_size=20))
def test_the_code_is_the_first_130_bits_in_base32(data: bytes) -> None:
    found = digest.identity(data)
    code = paper_code(found)
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4, 4, 4, 2]
    whole = base64.b32decode(code.replace("-", "") + "A" * 6)
    assert int.from_bytes(whole) >> 30 == int.from_bytes(hashlib.sha256(data).digest()) >> 126
    assert match_code(read_code(code), [Coded("it", found)]).same == Coded("it", found)


def test_a_code_written_by_hand_is_read_kindly() -> None:
    found = next(each for each in map(of, range(9999)) if all(letter in paper_code(each.digest) for letter in "OIB"))
    code = paper_code(found.digest)
    for written in (code.lower(), code.replace("-", " "), f" {code}\n", code.replace("O", "0"),
                    code.replace("I", "1").replace("B", "8"), code.replace("-", "")):  # fmt: skip
        assert match_code(read_code(written), [found]).same == found, written


@pytest.mark.parametrize("wrong", [
    "", "  -- ", "7F3K", "7F3K-92QD-M4TX-7HA", "7F3K-92QD-M4TX-7HAW-Q2LC-5VRE-Z", "7F3K-92QD-M4TX-7HAW-Q2LC-5VRE-ZAA",
    "7F3K-92QD-M4TX-7HAW-Q2LC", "7F3K=92QD=M4TX=7HAW", "7F3K-92QD-M4TX-7HA9", "sha256:" + "0" * 64,
    "Write in the OB: KIBRA:KBR-2026-0042/EX-1 no. 1  7F3K-92QD-M4TX-7HAW-Q2LC-5VRE-ZA",
])  # fmt: skip
def test_what_is_no_code_is_not_compared(wrong: str) -> None:
    with pytest.raises(UsageError, match="code"):
        read_code(wrong.replace("92", "A2"))


def test_the_first_sixteen_letters_are_a_code_of_less_strength() -> None:
    records = [of(number) for number in range(100)]
    whole = read_code(paper_code(records[7].digest))
    short = read_code(paper_code(records[7].digest)[:19])
    assert len(short) == 16
    assert match_code(whole, records).same == match_code(short, records).same == records[7]
    assert "130 bits" in strength(whole)
    assert "only 16" in strength(short)
    assert "80 bits" in strength(short)


@given(st.integers(0, 999), st.integers(0, 129))
def test_each_of_the_130_bits_counts(number: int, bit: int) -> None:
    here = of(number)
    flipped = int(here.digest.removeprefix(digest.PREFIX), 16) ^ (1 << (255 - bit))
    other = Coded("other", digest.PREFIX + flipped.to_bytes(32).hex())
    found = match_code(read_code(paper_code(other.digest)), [here])
    assert (found.same, found.nearly, found.differing) == (None, here, 1)


def test_two_letters_may_be_a_slip_of_the_pen_and_three_are_not() -> None:
    here, letters = of(1), read_code(paper_code(of(1).digest))
    for wrong in range(1, 5):
        written = "".join(other_letter(letter) if at < wrong else letter for at, letter in enumerate(letters))
        found = match_code(written, [of(2), here, of(3)])
        assert found.same is None
        assert found.nearly == (here if wrong <= 2 else None)
        assert match_code(letters, [of(2), here]).same == here
