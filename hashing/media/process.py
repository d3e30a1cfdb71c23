"""A process that reads one medium from open descriptors, with limits, and sends back what it is.

Parses containers (libewf), so it holds no key, no environment and no name, and may write nothing. Ends when the
other end of its socket does.
"""

import os
import struct
from contextlib import suppress
from socket import MSG_WAITALL, recv_fds, socket

from hashing.describe import limits
from hashing.describe.answers import pack
from hashing.digests import COSTS, new
from hashing.media.kinds import claims_of, facts_of, gaps_of, opened
from hashing.media.medium import CannotOpen, Careful, Medium, MediumLost, judged
from hashing.media.speaking import GAPS, PAIR, READY, Speaker
from hashing.pieces import PieceDigests
from hashing.reading import LOST, MEASURED, UNREADABLE, Reading, Recipe
from hashing.sizes import PIECES_ABOVE
from hashing.streaming import Consumer, Stream, lanes
from hashing.wire import COUNT

FACTS, CLAIMS = b"F", b"C"
"""What the container says; digests it states."""
ORDER = struct.Struct("!III")
"""The order: descriptors of the medium, bytes of a sector, tries beside the first."""
AT_ONCE = 200
"""Descriptors beside one message."""
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
        self._line, self._speaker = line, Speaker(line)
        self._recipe = recipe

    def serve(self, kind: str) -> None:
        """Take the order, open the medium, read it, say what it is."""
        count, sector, retries = ORDER.unpack(self._line.recv(ORDER.size, MSG_WAITALL))
        masked = self._speaker.ranges()
        descriptors = self._descriptors(count)
        try:
            medium = opened(kind, descriptors, sector)
        except (CannotOpen, ImportError) as error:
            words = "libewf is not installed" if isinstance(error, ImportError) else str(error)
            self._speaker.finish(self._recipe, Reading(UNREADABLE, words))
            return
        self._speaker.say(READY, COUNT.pack(medium.size))
        self._speaker.say(FACTS, pack(None, None, facts_of(medium)))
        self._speaker.say(CLAIMS, pack(None, None, claims_of(medium)))
        self._speaker.say(GAPS, b"".join(PAIR.pack(*each) for each in gaps_of(medium)))
        self._recipe = self._recipe.with_claims(claims_of(medium))
        careful = Careful(medium, retries=retries, masked=masked)
        self._speaker.finish(self._recipe, self._read(medium, careful), careful.unreadable)

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
                careful.fill, medium.size, lanes(consumers, self._recipe.cores), self._speaker.tell
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

    def _descriptors(self, count: int) -> list[int]:
        """As many descriptors as were announced."""
        found: list[int] = []
        while len(found) < count:
            data, received, _, _ = recv_fds(self._line, 1, AT_ONCE)
            if not data:
                raise OSError
            found += received
        return found
