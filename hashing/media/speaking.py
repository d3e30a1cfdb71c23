"""What the processes that read media send, whatever they do with the bytes: progress, gaps, and the row at the end."""

import struct
import time
from collections.abc import Sequence

from hashing.media.medium import Range
from hashing.reading import Reading, Recipe
from hashing.sandbox.channel import Channel
from hashing.sandbox.framing import COUNT
from hashing.wire import BYTES, Form, row_of

ORDER, RANGES, ROW, READY, GAPS = b"?", b"U", b"R", b"O", b"G"
"""What to do; what is masked, or could not be read; the reading, which comes last; opened, with the size; what the
container calls not read."""
PAIR = struct.Struct("!QQ")
_EVERY = 0.1


class Speaker:
    """The end of the conversation that is in the process; threads may send at once."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.say = channel.send
        self._told, self._untold = 0.0, 0

    def tell(self, count: int) -> None:
        """Report bytes that were read, ten times a second at most."""
        self._untold += count
        now = time.monotonic()
        if now - self._told >= _EVERY:
            self.say(BYTES, COUNT.pack(self._untold))
            self._untold, self._told = 0, now

    def finish(self, recipe: Recipe, reading: Reading, unreadable: Sequence[Range] = ()) -> None:
        """Say what could not be read, and what the medium is."""
        self.say(RANGES, pack_ranges(unreadable))
        self.say(ROW, Form(recipe).pack([row_of(reading)]))

    def body(self) -> bytes:
        """The body of the message that comes next; raises OSError or EOFError."""
        return self.channel.receive()[1]

    def ranges(self) -> list[Range]:
        """Ranges that are sent, in order."""
        return [Range(*pair) for pair in PAIR.iter_unpack(self.body())]


def pack_ranges(ranges: Sequence[tuple[int, int]]) -> bytes:
    """Ranges as they are sent."""
    return b"".join(PAIR.pack(*each) for each in ranges)
