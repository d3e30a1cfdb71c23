"""A process that reads one medium from open descriptors, with limits, and sends back what it is.

Parses containers (libewf), so it holds no key, no environment and no name, and may write nothing. Ends when the
other end of its socket does.
"""

import os
import struct

from hashing.describe.answers import pack
from hashing.digests import COSTS, new
from hashing.media.kinds import claims_of, facts_of, gaps_of, opened
from hashing.media.medium import CannotOpen, Careful, Medium, MediumLost, judged
from hashing.media.speaking import GAPS, READY, Speaker, pack_ranges
from hashing.pieces import PieceDigests
from hashing.reading import LOST, MEASURED, UNREADABLE, Reading, Recipe
from hashing.sandbox.channel import Channel
from hashing.sandbox.framing import COUNT
from hashing.sandbox.serve import MANY_DESCRIPTORS, serve
from hashing.sizes import PIECES_ABOVE
from hashing.streaming import Consumer, Stream, lanes

FACTS, CLAIMS = b"F", b"C"
"""What the container says; digests it states."""
ORDER = struct.Struct("!III")
"""The order: descriptors of the medium, bytes of a sector, tries beside the first."""


def main(descriptor: str, parent: str, kind: str, algorithms: str, flags: str, cores: str) -> None:
    """Read the medium that is sent, and answer."""
    recipe = Recipe(algorithms.split(","), pieces="p" in flags, quick=False, cores=int(cores))
    serve(
        descriptor, parent, lambda channel: ImageReader(channel, recipe).serve(kind), descriptors=MANY_DESCRIPTORS
    )  # fmt: skip


class ImageReader:
    """One medium, from its descriptors to its digests."""

    def __init__(self, channel: Channel, recipe: Recipe) -> None:
        self._channel, self._speaker = channel, Speaker(channel)
        self._recipe = recipe

    def serve(self, kind: str) -> None:
        """Take the order, open the medium, read it, say what it is."""
        count, sector, retries = ORDER.unpack(self._speaker.body())
        masked = self._speaker.ranges()
        descriptors = self._channel.receive_descriptors(count)
        try:
            medium = opened(kind, descriptors, sector)
        except (CannotOpen, ImportError) as error:
            words = "libewf is not installed" if isinstance(error, ImportError) else str(error)
            self._speaker.finish(self._recipe, Reading(UNREADABLE, words))
            return
        self._speaker.say(READY, COUNT.pack(medium.size))
        self._speaker.say(FACTS, pack(None, None, facts_of(medium)))
        self._speaker.say(CLAIMS, pack(None, None, claims_of(medium)))
        self._speaker.say(GAPS, pack_ranges(gaps_of(medium)))
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
