"""Digests are those of the standard library, under the names that records use."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing.digests import ALGORITHMS, SIZES, maker, new
from hashing.errors import HashingError, UnknownAlgorithm

STANDARD = {"sha256": "sha256", "md5": "md5", "sha1": "sha1", "sha512": "sha512", "sha3-256": "sha3_256"}


def test_the_names_are_those_of_records():
    assert ALGORITHMS == ("sha256", "md5", "sha1", "sha512", "sha3-256", "blake3")


@given(st.binary(max_size=5000), st.binary(max_size=5000))
def test_same_as_hashlib(first, second):
    for name, theirs in STANDARD.items():
        hasher = new(name)
        hasher.update(first)
        hasher.update(memoryview(second))
        assert hasher.hexdigest() == hashlib.new(theirs, first + second).hexdigest()
        assert maker(name)(first).digest() == hashlib.new(theirs, first).digest()


def test_blake3_of_nothing():
    # The first test vector that BLAKE3 publishes.
    assert new("blake3").hexdigest() == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"


def test_sizes_are_right():
    assert {name: len(new(name).digest()) for name in ALGORITHMS} == SIZES


@pytest.mark.parametrize("name", ["SHA256", "sha-256", "", "crc32", "md5\n"])
def test_other_names_are_refused(name):
    with pytest.raises(UnknownAlgorithm) as caught:
        new(name)
    assert isinstance(caught.value, HashingError)
    assert "\n" not in str(caught.value)
    assert caught.value.hints
