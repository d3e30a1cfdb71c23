"""A process that reads a device once, and digests, maps and writes what it reads on the way.

It parses nothing, holds no key and no environment, and gets two descriptors: the device, for reading, and the folder
to write into. What was written before an interruption is read back first, and must be what the journal says.
Ends when the other end of its socket does.
"""

import os
import struct
import time
from collections.abc import Callable

from hashing.digests import COSTS, new
from hashing.imaging.parts import Parts
from hashing.media.kinds import DEVICE, opened
from hashing.media.medium import CannotOpen, Careful, Medium, MediumLost, judged
from hashing.media.speaking import READY, Speaker, pack_ranges
from hashing.pieces import PieceDigests
from hashing.reading import LOST, MEASURED, Reading, Recipe
from hashing.sandbox.channel import Channel
from hashing.sandbox.framing import COUNT
from hashing.sandbox.serve import serve
from hashing.sizes import PIECE_SIZE
from hashing.streaming import Lane, Stream, lanes

PIECES, REACHED, FAILED, CHANGED = b"P", b"K", b"X", b"W"
"""Digests of pieces; how far everything is on the medium, and since then pieces and ranges; why nothing came of it;
in what way the image so far is not what it was."""
ORDER = struct.Struct("!IIQQd")
"""Bytes of a sector, tries beside the first, bytes of one file (0: one file), bytes written before, and the seconds
between two points that can be gone back to."""
STEP = struct.Struct("!QI")
"""Bytes on the medium, and how many pieces follow."""
_PIECE = 32


class WriteFails(Exception):
    """The image cannot be written; the message says why."""


class Changed(Exception):
    """What was written before is not what it was; the message says in what way."""


def main(descriptor: str, parent: str, algorithms: str, cores: str, stem: str) -> None:
    """Take the order, make the image, say what it is."""
    recipe = Recipe(algorithms.split(","), pieces=True, quick=False, cores=int(cores))
    serve(descriptor, parent, lambda channel: Imaging(channel, recipe).serve(stem), writes=True)


class Imaging:
    """One device, from its first sector to an image on another medium."""

    def __init__(self, channel: Channel, recipe: Recipe) -> None:
        self._speaker, self._recipe = Speaker(channel), recipe

    def serve(self, stem: str) -> None:
        """Image the device that is sent."""
        sector, retries, part, done, every = ORDER.unpack(self._speaker.body())
        known = self._speaker.ranges()
        pieces = self._speaker.body()
        device, folder = self._speaker.channel.receive_descriptors(2)
        try:
            medium = opened(DEVICE, [device], sector)
            self._speaker.say(READY, COUNT.pack(medium.size))
            careful = Careful(medium, retries=retries, start=done)
            careful.unreadable = known
            kept = ImageWriter(Parts(folder, stem, part, done), pieces, self._reached(careful), every)
            reading = self._read(medium, careful, kept)
            kept.close()
        except (WriteFails, CannotOpen, Changed) as error:
            self._speaker.say(CHANGED if isinstance(error, Changed) else FAILED, str(error).encode())
            return
        except OSError as error:
            self._speaker.say(FAILED, os.strerror(error.errno or 0).lower().encode())
            return
        self._speaker.finish(self._recipe, reading, careful.unreadable)

    def _read(self, medium: Medium, careful: Careful, kept: "ImageWriter") -> Reading:
        """Pour the image so far and then the device through all digests, and into the image."""
        hashers = [new(algorithm) for algorithm in self._recipe.algorithms]
        costs = [COSTS[name] for name in self._recipe.algorithms]
        shared = lanes(list(zip(hashers, costs, strict=True)), self._recipe.cores)
        writing = Lane()  # a thread of its own, since it waits for the medium most of the time
        writing.add(kept, 0)
        try:
            done = Stream(wide=True, paged=True).pour(
                kept.before(careful.fill), medium.size, [*shared, writing], self._speaker.tell
            )
        except MediumLost as error:
            return Reading(LOST, str(error))
        kept.check()
        digests = [hasher.digest() for hasher in hashers]
        reading = Reading(MEASURED, size=done, digests=digests, pieces=kept.pieces.digests())
        return judged(reading, medium, careful)

    def _reached(self, careful: Careful) -> "Callable[[int, int, bytes], None]":
        """What tells of a point that can be gone back to: bytes before it and now, and the pieces between."""

        def reached(since: int, at: int, pieces: bytes) -> None:
            here = [(max(each.offset, since), min(each.end, at)) for each in list(careful.unreadable)]
            body = pack_ranges([(start, end - start) for start, end in here if start < end])
            self._speaker.say(REACHED, STEP.pack(at, len(pieces) // _PIECE) + pieces + body)

        return reached


class ImageWriter:
    """The image: takes the device's bytes in order, and tells now and then how far they are on the medium."""

    def __init__(self, parts: Parts, expected: bytes, reached: Callable[[int, int, bytes], None], every: float) -> None:
        """`expected`: digests of the pieces that were written before; `every`: seconds from one point to the next."""
        self._every = every
        self._parts, self._expected, self._reached = parts, expected, reached
        self.pieces = PieceDigests()
        self._before = self._since = parts.at
        self._at = 0
        self._last = time.monotonic()
        parts.cut()

    def before(self, then: Callable[[memoryview], int]) -> Callable[[memoryview], int]:
        """A source that gives what was written before, and then what another gives."""
        at = 0

        def source(buffer: memoryview) -> int:
            nonlocal at
            if at >= self._before:
                return then(buffer)
            wanted = min(len(buffer), self._before - at)
            if self._parts.read(buffer[:wanted], at) < wanted:
                raise Changed(f"the image was written up to byte {self._before}, and is shorter now")
            at += wanted
            return wanted

        return source

    def update(self, data: memoryview, /) -> None:
        """Write what comes from the device, or compare what was written before; raises WriteFails or Changed."""
        self.pieces.update(data)
        self._at += len(data)
        if self._at <= self._before:
            self._compare()
            return
        try:
            self._parts.write(data)
            if time.monotonic() - self._last >= self._every and self._at % PIECE_SIZE == 0:
                self._parts.settle()
                self._tell()
        except OSError as error:
            raise WriteFails(os.strerror(error.errno or 0).lower()) from error

    def close(self) -> None:
        """Have all of it on the medium, and tell so; raises OSError or WriteFails."""
        self._parts.close()
        if self._at > self._since:
            self._tell()

    def _tell(self) -> None:
        """Pieces that are not complete are told at the medium's end only."""
        pieces = self.pieces.so_far()[-(-self._since // PIECE_SIZE) * _PIECE :]
        self._reached(self._since, self._at, pieces)
        self._since, self._last = self._at, time.monotonic()

    def _compare(self) -> None:
        place = (self._at - 1) // PIECE_SIZE * _PIECE
        found = self.pieces.last()
        if self._at % PIECE_SIZE == 0 and found != self._expected[place : place + _PIECE]:
            raise self._differs()

    def check(self) -> None:
        """Once all is read: raise Changed unless what was written before is what it was."""
        if self.pieces.digests()[: len(self._expected)] != self._expected:
            raise self._differs()

    def _differs(self) -> Changed:
        return Changed(f"what was written before is not what was read: within the 4 MiB before byte {self._at}")
