"""The digest algorithms that records may name, and the objects that compute them.

SHA-256 is the one every record carries. MD5 and SHA-1 are here to match foreign records, never to prove
anything.
"""

from hashing.errors import UnknownAlgorithm

TYPE_CHECKING = False
if TYPE_CHECKING:  # workers start with this module, and typing alone would be a quarter of their start
    from collections.abc import Callable
    from typing import Protocol

    class Hasher(Protocol):
        """What hashlib's objects and blake3's have in common."""

        def update(self, data: memoryview | bytes, /) -> object: ...
        def digest(self) -> bytes: ...
        def hexdigest(self) -> str: ...

    Maker = Callable[..., Hasher]
    """Called with nothing, or with the first bytes."""


SIZES: dict[str, int] = {"sha256": 32, "md5": 16, "sha1": 20, "sha512": 64, "sha3-256": 32, "blake3": 32}
"""Length of each digest in bytes."""
ALGORITHMS: tuple[str, ...] = tuple(SIZES)

COSTS: dict[str, float] = {"sha256": 1.4, "md5": 3.1, "sha1": 1.3, "sha512": 3.2, "sha3-256": 5.0, "blake3": 0.9}
"""Time for a byte beside one another, roughly; only which digests share a thread depends on it."""


def check(algorithm: str) -> None:
    """Raise UnknownAlgorithm where no digest has that name."""
    if algorithm not in SIZES:
        raise UnknownAlgorithm(algorithm, ALGORITHMS)


def maker(algorithm: str) -> "Maker":
    """The constructor behind a name; raises UnknownAlgorithm. Who only names digests loads no library for them."""
    check(algorithm)
    if algorithm == "blake3":
        from blake3 import blake3

        return blake3
    import hashlib

    def md5(data: bytes | memoryview = b"") -> "Hasher":
        return hashlib.md5(data, usedforsecurity=False)

    def sha1(data: bytes | memoryview = b"") -> "Hasher":
        return hashlib.sha1(data, usedforsecurity=False)

    weak: dict[str, Maker] = {"md5": md5, "sha1": sha1}
    return weak.get(algorithm) or getattr(hashlib, algorithm.replace("-", "_"))


def new(algorithm: str) -> "Hasher":
    """A fresh hashing object for a name as it stands in records; raises UnknownAlgorithm."""
    return maker(algorithm)()
