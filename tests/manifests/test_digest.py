"""Identities: SHA-256 values as they are printed."""

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
