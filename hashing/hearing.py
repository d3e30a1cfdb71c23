"""Takes what a process of ours sends, so many bytes at a time, until a moment; others check what they mean."""

import select
import time
from socket import MSG_DONTWAIT

from hashing.starting import Started

_PORTION = 1 << 18


class Hearing:
    """Our end of the line to a process, which may send its bytes in any portions, or none."""

    def __init__(self, process: Started) -> None:
        self._process = process
        self._heard = bytearray()
        self._poll = select.poll()  # which takes any descriptor, and select only the first thousand
        self._poll.register(process.socket, select.POLLIN)

    def receive(self, length: int, deadline: float) -> bytes:
        """So many bytes; `deadline` by time.monotonic(). Raises TimeoutError, EOFError or OSError."""
        while len(self._heard) < length:
            self._wait(deadline)
            portion = self._process.socket.recv(_PORTION, MSG_DONTWAIT)
            if not portion:
                raise EOFError
            self._heard += portion
        received = bytes(self._heard[:length])
        del self._heard[:length]
        return received

    def _wait(self, deadline: float) -> None:
        """Wait in short steps, so that an interrupt is noticed."""
        while (left := deadline - time.monotonic()) > 0:
            if self._poll.poll(1000 * min(1.0, left)):
                return
        raise TimeoutError
