"""Messages between this process and one with limits, and descriptors beside them.

`Channel` is the end in the process with limits; the other end, which trusts nothing that comes, is
`hashing.sandbox.process.LimitedProcess`.
"""

import socket
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock

from hashing.sandbox.framing import HEADER, message

AT_ONCE = 200
"""Descriptors beside one message; the system allows some 250."""


def send_descriptors(line: socket.socket, descriptors: Sequence[int]) -> None:
    """Send descriptors, which are lent; raises OSError."""
    for start in range(0, len(descriptors), AT_ONCE):
        socket.send_fds(line, [b"d"], list(descriptors[start : start + AT_ONCE]))


class Channel:
    """The end in the process with limits; threads may send at once."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._turn = Lock()

    def send(self, kind: bytes, body: bytes = b"") -> None:
        """Send a message; raises OSError if nobody is there any more."""
        with self._turn:
            self._line.sendall(message(kind, body))

    def receive(self) -> tuple[bytes, bytes]:
        """Kind and body of the next message; raises EOFError where no more come, or OSError."""
        kind, length = HEADER.unpack(self._exactly(HEADER.size))
        return kind, self._exactly(length)

    def receive_descriptors(self, count: int) -> list[int]:
        """So many descriptors, ours to close; raises EOFError or OSError."""
        received: list[int] = []
        while len(received) < count:
            data, more, _, _ = socket.recv_fds(self._line, 1, AT_ONCE)
            if not data:
                raise EOFError
            received += more
        return received

    def close(self) -> None:
        """Say that no more comes."""
        with suppress(OSError):
            self._line.close()

    def _exactly(self, length: int) -> bytes:
        received = bytearray()
        while len(received) < length:
            portion = self._line.recv(length - len(received), socket.MSG_WAITALL)
            if not portion:
                raise EOFError
            received += portion
        return bytes(received)
