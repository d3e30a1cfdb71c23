"""A process that reads one medium from open descriptors, with limits, and sends back what it is.

Parses containers (libewf), so it holds no key, no environment and no name, and may write nothing. Ends when the
other end of its socket does.
"""

import os
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from socket import MSG_WAITALL, recv_fds, socket

from hashing.describe import limits
from hashing.describe.answers import pack
from hashing.digests import COSTS, new
from hashing.media.kinds import claims_of, facts_of, opened
from hashing.media.medium import CannotOpen, Careful, Medium, MediumLost, Range
from hashing.pieces import PieceDigests
from hashing.reading import LOST, MEASURED, PARTIAL, UNREADABLE, Reading, Recipe
from hashing.sizes import PIECES_ABOVE
from hashing.streaming import Consumer, Stream, lanes
from hashing.wire import BYTES, COUNT, HEADER, Form, message, row_of

FACTS, CLAIMS, RANGES, ROW, READY = b"F", b"C", b"U", b"R", b"O"
"""What the container says; digests it states; what could not be read; the reading, which comes last; opened."""
ORDER = struct.Struct("!III")
"""The order: descriptors of the medium, bytes of a sector, tries beside the first."""
PAIR = struct.Struct("!QQ")
AT_ONCE = 200
"""Descriptors beside one message."""
_EVERY = 0.1
_DESCRIPTORS = 16_384


def main(descriptor: str, parent: str, kind: str, algorithms: str, flags: str, cores: str) -> None:
    """Read the medium that is sent, and answer."""
    recipe = Recipe(algorithms.split(","), pieces="p" in flags, quick=False, cores=int(cores))
    line = socket(fileno=int(descriptor))
    limits.apply(int(parent), descriptors=_DESCRIPTORS)
    with suppress(OSError):  # the other end is gone
        Answering(line, recipe).serve(kind)
    os._exit(0)


class Answering:
    """One medium, from its descriptors to its digests."""

    def __init__(self, line: socket, recipe: Recipe) -> None:
        self._line = line
        self._recipe = recipe
        self._told = 0.0
        self._untold = 0

    def serve(self, kind: str) -> None:
        """Take the order, open the medium, read it, say what it is."""
        count, sector, retries = ORDER.unpack(self._line.recv(ORDER.size, MSG_WAITALL))
        masked = self._masks()
        descriptors = self._descriptors(count)
        try:
            medium = opened(kind, descriptors, sector)
        except (CannotOpen, ImportError) as error:
            words = "libewf is not installed" if isinstance(error, ImportError) else str(error)
            self._finish(Reading(UNREADABLE, words))
            return
        self._say(READY, COUNT.pack(medium.size))
        self._say(FACTS, pack(None, None, facts_of(medium)))
        self._say(CLAIMS, pack(None, None, claims_of(medium)))
        self._recipe = self._recipe.with_claims(claims_of(medium))
        careful = Careful(medium, retries=retries, masked=masked)
        self._finish(self._read(medium, careful), careful.unreadable)

    def _read(self, medium: Medium, careful: Careful) -> Reading:
        """Pour the medium through all digests."""
        hashers = [new(algorithm) for algorithm in self._recipe.algorithms]
        pieces = PieceDigests() if self._recipe.pieces and medium.size > PIECES_ABOVE else None
        consumers: list[tuple[Consumer, float]] = [
            (hasher, COSTS[name]) for hasher, name in zip(hashers, self._recipe.algorithms, strict=True)
        ]
        if pieces:
            consumers.append((pieces, COSTS["blake3"]))
        try:
            done = Stream(wide=True, paged=True).pour(
                careful.fill, medium.size, lanes(consumers, self._recipe.cores), self._tell
            )
        except MediumLost as error:
            return Reading(LOST, str(error))
        except OSError as error:
            return Reading(UNREADABLE, os.strerror(error.errno or 0).lower())
        reading = Reading(
            MEASURED,
            size=done,
            digests=[hasher.digest() for hasher in hashers],
            pieces=pieces.digests() if pieces else b"",
        )
        return judged(reading, medium, careful)

    def _tell(self, count: int) -> None:
        """Report progress, but never wait for somebody to listen."""
        self._untold += count
        now = time.monotonic()
        if now - self._told >= _EVERY:
            self._say(BYTES, COUNT.pack(self._untold))
            self._untold, self._told = 0, now

    def _finish(self, reading: Reading, unreadable: Sequence[Range] = ()) -> None:
        self._say(RANGES, b"".join(PAIR.pack(*each) for each in unreadable))
        self._say(ROW, Form(self._recipe).pack([row_of(reading)]))

    def _say(self, kind: bytes, body: bytes) -> None:
        self._line.sendall(message(kind, body))

    def _masks(self) -> list[Range]:
        """The ranges not to read."""
        body = self._line.recv(HEADER.unpack(self._line.recv(HEADER.size, MSG_WAITALL))[1], MSG_WAITALL)
        return [Range(*pair) for pair in PAIR.iter_unpack(body)]

    def _descriptors(self, count: int) -> list[int]:
        """As many descriptors as were announced."""
        found: list[int] = []
        while len(found) < count:
            data, received, _, _ = recv_fds(self._line, 1, AT_ONCE)
            if not data:
                raise OSError
            found += received
        return found


def judged(reading: Reading, medium: Medium, careful: Careful) -> Reading:
    """The same reading, with its outcome: whole, with ranges that could not be read, or not to the end."""
    if why := medium.lost():
        reading.outcome, reading.reason = LOST, why
    elif reading.size < medium.size:
        reading.outcome, reading.reason = UNREADABLE, f"it ended after {reading.size} of {medium.size} bytes"
    elif unread := sum(each.length for each in careful.unreadable):
        places = len(careful.unreadable)
        reading.outcome, reading.reason = PARTIAL, f"{unread} bytes in {places} places could not be read"
    return reading
