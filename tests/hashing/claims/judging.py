"""What the tests of logs share: samples, and what the parser says of them without a process in between."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from hashing.claims.parsing import read
from hashing.claims.saying import FILE, Statement
from hashing.claims.summary import Summary

SAMPLES = Path(__file__).parent / "samples"
MEDIUM = bytes(range(256)) * 4096
"""What every sample is a log of: 1 MiB."""
NAMES = sorted(path.name for path in SAMPLES.iterdir() if path.name != ".gitattributes")


class Heard(NamedTuple):
    """What was said, gathered."""

    summary: Summary
    statements: list[Statement]
    files: list[Statement]

    @property
    def claims(self) -> set[tuple[str, str, str, bytes | None]]:
        """Scope, algorithm, digest and name of all statements about the source and about images."""
        return {statement[:4] for statement in self.statements}


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def heard(chunks: bytes | Iterable[bytes]) -> Heard:
    """What is said of these bytes."""
    summary, statements = Summary(), []
    for said in read([chunks] if isinstance(chunks, bytes) else chunks):
        if isinstance(said, Statement):
            statements.append(said)
        else:
            summary.take(said)
    of_files = [one for one in statements if one.scope == FILE]
    return Heard(summary, [one for one in statements if one.scope != FILE], of_files)
