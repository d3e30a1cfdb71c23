"""What the main process and its workers say to each other, as bytes on a socket pair.

Messages are those of hashing.sandbox.channel; a job's folders travel beside it as descriptors. What arrives is taken
apart by fixed sizes only.
"""

import struct

from hashing.reading import CHANGED, LOST, MARKS, MEASURED, PARTIAL, UNREADABLE, Reading, Recipe
from hashing.sandbox.framing import COUNT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

JOB, RESULT, BYTES = b"J", b"R", b"B"
"""To a worker: files to read. From a worker: what became of them; or how many bytes of a large file it has read."""
MOST_FOLDERS = 64
"""Descriptors beside one job; the system allows some 250."""

Row = tuple[str, int, int | None, bytes, str, bytes, bytes | None, bytes]
"""Outcome, size or -1, time of modification, digests one behind the other, reason, pieces, packed description, marks.
A plain tuple, because every file passes through one."""

_OUTCOMES = (MEASURED, CHANGED, UNREADABLE, PARTIAL, LOST)
_TIMED, _DIGESTED, _MARKED = 0x10, 0x20, 0x40
_EXTRA = struct.Struct("!QIIi")  # index; lengths of reason, pieces and description, the last -1 where there is none


def pack_job(runs: "Sequence[Sequence[bytes]]") -> bytes:
    """The names to read, one run for each folder; names hold no zero byte and are never empty."""
    return b"\0\0".join(b"\0".join(names) for names in runs)


def unpack_job(body: bytes) -> list[list[bytes]]:
    """The inverse of pack_job."""
    return [run.split(b"\0") for run in body.split(b"\0\0")]


def row_of(reading: Reading, description: bytes | None = None) -> Row:
    """A reading and its description as a row."""
    digests = b"".join(reading.digests)
    return (
        reading.outcome,
        reading.size,
        reading.modified,
        digests,
        reading.reason,
        reading.pieces,
        description,
        reading.marks,
    )


class Form:
    """How the rows of a job are written: lines of one length, then what only some rows have."""

    def __init__(self, recipe: Recipe) -> None:
        """For rows by one recipe, which decides how long digests and marks are."""
        self._line = struct.Struct(f"!BqqI{recipe.stride}s{MARKS.size if recipe.marks else 0}s")

    def pack(self, rows: "Sequence[Row]") -> bytes:
        """The body of a result."""
        parts = [COUNT.pack(len(rows))]
        extras = []
        for index, (outcome, size, modified, digests, reason, pieces, description, marks) in enumerate(rows):
            kind = _OUTCOMES.index(outcome) | (_TIMED if modified is not None else 0)
            kind |= (_DIGESTED if digests else 0) | (_MARKED if marks else 0)
            parts.append(self._line.pack(kind, size, *divmod(modified or 0, 10**9), digests, marks))
            if reason or pieces or description is not None:
                described = -1 if description is None else len(description)
                texts = (reason.encode(), pieces, description or b"")
                extras += [_EXTRA.pack(index, len(texts[0]), len(pieces), described), *texts]
        return b"".join(parts + extras)

    def unpack(self, body: bytes) -> list[Row]:
        """The inverse of pack."""
        end = COUNT.size + COUNT.unpack_from(body)[0] * self._line.size
        rows: list[Row] = [
            (
                _OUTCOMES[kind & 0xF],
                size,
                seconds * 10**9 + nanoseconds if kind & _TIMED else None,
                digests if kind & _DIGESTED else b"",
                "",
                b"",
                None,
                marks if kind & _MARKED else b"",
            )
            for kind, size, seconds, nanoseconds, digests, marks in self._line.iter_unpack(body[COUNT.size : end])
        ]
        _fill_in(rows, body, end)
        return rows


def _fill_in(rows: list[Row], body: bytes, at: int) -> None:
    """Put the extras, from an offset to the end, into their rows."""
    while at < len(body):
        index, reason, pieces, description = _EXTRA.unpack_from(body, at)
        start = at + _EXTRA.size
        middle = start + reason
        last = middle + pieces
        at = last + max(description, 0)
        packed = body[last:at] if description >= 0 else None
        rows[index] = (*rows[index][:4], body[start:middle].decode(), body[middle:last], packed, rows[index][7])
