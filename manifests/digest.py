"""Identities: SHA-256 values that print as `sha256:` and 64 hexadecimal digits (docs/spec/README.md)."""

import base64
import hashlib
from typing import Annotated

import msgspec

PREFIX = "sha256:"
# The length beside the pattern keeps a trailing line feed out, which `$` alone would let pass.
Digest = Annotated[str, msgspec.Meta(pattern="^sha256:[0-9a-f]{64}$", max_length=71)]
Hex32 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
"""32 bytes without a prefix: leaves, roots, digests of pieces."""


def identity(data: bytes) -> str:
    """The identity of some bytes."""
    return PREFIX + hashlib.sha256(data).hexdigest()


def identity_of_base64(text: str) -> str | None:
    """The identity of the bytes that stand in base64; None where it is none."""
    try:
        return identity(base64.b64decode(text, validate=True))
    except ValueError:
        return None


def raw(digest: str) -> bytes:
    """The 32 bytes of an identity."""
    return bytes.fromhex(digest.removeprefix(PREFIX))
