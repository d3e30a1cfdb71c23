"""How a process with limits begins and ends: first the limits, then one conversation, and nothing after it."""

import os
from collections.abc import Callable
from contextlib import suppress
from socket import socket

from hashing.sandbox import limits
from hashing.sandbox.channel import Channel

MANY_DESCRIPTORS = 16_384
"""For media in parts, of which each is a descriptor."""


def serve(
    descriptor: str, parent: str, answer: Callable[[Channel], None], *, descriptors: int = 64, writes: bool = False
) -> None:
    """Limit this process, answer on the socket behind a descriptor until the other end closes, and end the process.

    `parent` is the process whose end must be ours; `descriptors` and `writes` as in `limits.apply`.
    """
    limits.apply(int(parent), descriptors, writes=writes)
    with suppress(OSError, EOFError):  # the other end is gone
        answer(Channel(socket(fileno=int(descriptor))))
    os._exit(0)
