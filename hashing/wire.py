"""What the main process and its workers say to each other, as bytes on a socket pair.

A message is one byte of kind, four of length, and the body. A job's folders travel beside it as descriptors. No
pickle, no marshal: what arrives is taken apart by fixed sizes only.
"""

import struct
from collections.abc import Iterator, Sequence

from hashing.reading import CHANGED, MEASURED, UNREADABLE, Reading

JOB, RESULT, BYTES = b"J", b"R", b"B"
"""To a worker: files to read. From a worker: what became of them; or how many bytes of a large file it has read."""
HEADER = struct.Struct("!cI")
COUNT = struct.Struct("!Q")
MOST_FOLDERS = 64
"""Descriptors beside one job; the system allows some 250."""

_OUTCOMES = (MEASURED, CHANGED, UNREADABLE)
_RECORD = struct.Struct("!BqqIHHIi")  # outcome, size, seconds, nanoseconds; lengths of the four parts that follow
_NO_TIME = -(2**63)


def message(kind: bytes, body: bytes) -> bytes:
    """A message as it is sent."""
    return HEADER.pack(kind, len(body)) + body


def pack_job(runs: Sequence[Sequence[bytes]]) -> bytes:
    """The names to read, one run for each folder; names hold no zero byte and are never empty."""
    return b"\0\0".join(b"\0".join(names) for names in runs)


def unpack_job(body: bytes) -> list[list[bytes]]:
    """The inverse of pack_job."""
    return [run.split(b"\0") for run in body.split(b"\0\0")]


def pack_reading(reading: Reading, description: bytes | None) -> bytes:
    """What became of one file, and its description as the describer packed it."""
    seconds, nanoseconds = (_NO_TIME, 0) if reading.modified is None else divmod(reading.modified, 10**9)
    parts = (b"".join(reading.digests), reading.reason.encode(), reading.pieces, description or b"")
    lengths = (len(parts[0]), len(parts[1]), len(parts[2]), -1 if description is None else len(description))
    head = _RECORD.pack(_OUTCOMES.index(reading.outcome), reading.size, seconds, nanoseconds, *lengths)
    return head + b"".join(parts)


def unpack_readings(body: bytes, digest_sizes: Sequence[int]) -> Iterator[tuple[Reading, bytes | None]]:
    """The inverse of pack_reading, for all the results of a job."""
    at = 0
    while at < len(body):
        outcome, size, seconds, nanoseconds, digests, reason, pieces, described = _RECORD.unpack_from(body, at)
        at += _RECORD.size
        parts = []
        for length in (digests, reason, pieces, max(described, 0)):
            parts.append(body[at : at + length])
            at += length
        reading = Reading(_OUTCOMES[outcome], parts[1].decode(), size)
        reading.modified = None if seconds == _NO_TIME else seconds * 10**9 + nanoseconds
        reading.digests = _cut(parts[0], digest_sizes)
        reading.pieces = parts[2]
        yield reading, parts[3] if described >= 0 else None


def _cut(joined: bytes, sizes: Sequence[int]) -> list[bytes]:
    """Digests that stand one behind the other."""
    cut, at = [], 0
    for size in sizes if joined else ():
        cut.append(joined[at : at + size])
        at += size
    return cut
