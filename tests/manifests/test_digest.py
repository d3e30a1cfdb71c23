"""Identities, and the code for the paper register (record.md, R7)."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import digest, strict
from manifests.errors import RefutedError


@given(st.binary(max_size=100))
def test_an_identity_is_a_sha256(data: bytes) -> None:
    found = digest.identity(data)
    assert found == "sha256:" + hashlib.sha256(data).hexdigest()
    assert digest.raw(found) == hashlib.sha256(data).digest()
    assert strict.decode(strict.compact(found), digest.Digest) == found


BAD = ["sha256:" + "0" * 63, "sha256:" + "0" * 65, "sha256:" + "A" * 64, "0" * 71, "md5:" + "0" * 64, ""]


@pytest.mark.parametrize("bad", [*BAD, "sha256:" + "0" * 64 + "\n", " sha256:" + "0" * 64])
def test_everything_else_is_refused(bad: str) -> None:
    with pytest.raises(RefutedError):
        strict.decode(strict.compact(bad), digest.Digest)


@given(st.binary(max_size=20))
def test_the_paper_code_is_the_first_80_bits_in_base32(data: bytes) -> None:
    found = digest.identity(data)
    code = digest.paper_code(found)
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
    assert base64.b32decode(code.replace("-", "")) == hashlib.sha256(data).digest()[:10]
    assert digest.same_code(code, found)


def test_a_code_written_by_hand_is_read_kindly_but_not_wrongly() -> None:
    found = next(d for d in map(digest.identity, map(str.encode, map(str, range(999))))
                 if all(letter in digest.paper_code(d) for letter in "OIB"))  # fmt: skip
    code = digest.paper_code(found)
    for written in (code.lower(), code.replace("-", " "), f" {code}\n", code.replace("O", "0"),
                    code.replace("I", "1").replace("B", "8")):  # fmt: skip
        assert digest.same_code(written, found), written
    for other in ("", code[:-1], code + "A", code[::-1], code.replace("-", "=")):
        assert not digest.same_code(other, found), other


@given(st.binary(max_size=20), st.integers(0, 79))
def test_each_of_the_80_bits_counts(data: bytes, bit: int) -> None:
    raw = hashlib.sha256(data).digest()
    number = int.from_bytes(raw) ^ (1 << (255 - bit))
    other = digest.PREFIX + number.to_bytes(32).hex()
    assert not digest.same_code(digest.paper_code(other), digest.identity(data))
