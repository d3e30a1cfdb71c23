"""What the processes that read media say, whatever they do with the bytes: progress, gaps, and the row at the end."""

import struct
import time
from collections.abc import Sequence
from socket import MSG_WAITALL, socket
from threading import Lock

from hashing.media.medium import Range
from hashing.reading import Reading, Recipe
from hashing.wire import BYTES, COUNT, HEADER, Form, message, row_of

RANGES, ROW, READY, GAPS = b"U", b"R", b"O", b"G"
"""What could not be read; the reading, which comes last; opened, with the size; what the container calls not read."""
PAIR = struct.Struct("!QQ")
_EVERY = 0.1


class Speaker:
    """The end of the line that is in the process; threads may speak at once."""

    def __init__(self, line: socket) -> None:
        self.line = line
        self._turn = Lock()
        self._told, self._untold = 0.0, 0

    def say(self, kind: bytes, body: bytes) -> None:
        """Send a message; raises OSError if nobody is there any more."""
        with self._turn:
            self.line.sendall(message(kind, body))

    def tell(self, count: int) -> None:
        """Report bytes that were read, ten times a second at most."""
        self._untold += count
        now = time.monotonic()
        if now - self._told >= _EVERY:
            self.say(BYTES, COUNT.pack(self._untold))
            self._untold, self._told = 0, now

    def finish(self, recipe: Recipe, reading: Reading, unreadable: Sequence[Range] = ()) -> None:
        """Say what could not be read, and what the medium is."""
        self.say(RANGES, b"".join(PAIR.pack(*each) for each in unreadable))
        self.say(ROW, Form(recipe).pack([row_of(reading)]))

    def ranges(self) -> list[Range]:
        """Ranges that are sent, in order."""
        return [Range(*pair) for pair in PAIR.iter_unpack(self.body())]

    def body(self) -> bytes:
        """The body of the message that comes next; raises OSError."""
        length = HEADER.unpack(self.line.recv(HEADER.size, MSG_WAITALL))[1]
        found = bytearray()
        while len(found) < length:
            portion = self.line.recv(length - len(found))
            if not portion:
                raise OSError
            found += portion
        return bytes(found)
