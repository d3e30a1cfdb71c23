"""How the processes that look at damage are asked, and how they answer: messages, with descriptors beside an order.

Our side takes what comes apart by its length first, and within a time; what it means is for others to check.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from socket import MSG_WAITALL, recv_fds, send_fds, socket
from typing import Any

from hashing.errors import CannotStart
from hashing.hearing import Hearing
from hashing.opening import reason_of
from hashing.starting import POSSIBLE, Started
from hashing.wire import HEADER, message

ORDER = b"O"
_AT_ONCE = 200
"""Descriptors beside one message."""
_MOST_BODY = 1 << 20


def take_order(line: socket) -> tuple[Any, list[int]] | None:
    """The next order and its descriptors; None where no more come. For the process itself; raises OSError."""
    head = line.recv(HEADER.size, MSG_WAITALL)
    if len(head) < HEADER.size:
        return None
    order = json.loads(line.recv(HEADER.unpack(head)[1], MSG_WAITALL))
    found: list[int] = []
    while len(found) < order["descriptors"]:
        data, received, _, _ = recv_fds(line, 1, _AT_ONCE)
        if not data:
            return None
        found += received
    return order, found


class Asked:
    """A process that is asked one thing after another."""

    def __init__(self, module: str) -> None:
        """Start `module.main`; raises CannotStart."""
        if not POSSIBLE:
            raise CannotStart("descriptors cannot be handed to another process on this system")
        try:
            self._process = Started(module, [str(os.getpid())], own_group=True)
        except OSError as error:
            raise CannotStart(reason_of(error)) from error
        self._hearing = Hearing(self._process)

    def order(self, what: dict[str, Any], descriptors: Sequence[int]) -> None:
        """Send an order; the descriptors are lent. Raises OSError."""
        line = self._process.socket
        line.sendall(message(ORDER, json.dumps({**what, "descriptors": len(descriptors)}).encode()))
        for start in range(0, len(descriptors), _AT_ONCE):
            send_fds(line, [b"d"], list(descriptors[start : start + _AT_ONCE]))

    def answers(self, patience: float, *, whole: bool) -> Iterator[tuple[bytes, bytes]]:
        """Kind and body of what it says; `patience` in seconds is for each message, or for all of them if `whole`.

        Raises TimeoutError, EOFError, OSError, or ValueError for a message that is too long.
        """
        deadline = time.monotonic() + patience
        while True:
            yield self._next(deadline)
            if not whole:
                deadline = time.monotonic() + patience

    def end(self) -> str:
        """End the process, and say how it ended; safe to repeat."""
        return self._process.end()

    def _next(self, deadline: float) -> tuple[bytes, bytes]:
        kind, length = HEADER.unpack(self._hearing.receive(HEADER.size, deadline))
        if length > _MOST_BODY:
            raise ValueError("too long")
        return kind, self._hearing.receive(length, deadline)
