"""A process with limits that looks up which files lie in some bytes of a medium, and tells what it has found by then.

Holds no key, no environment and no name, and may write nothing. It may crash or hang on a hostile file system:
whoever asked has what was said before, and ends it.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict
from socket import socket

from hashing.damage.saying import Lying
from hashing.damage.talking import take_order
from hashing.describe import limits
from hashing.media.kinds import opened
from hashing.media.medium import CannotOpen
from hashing.wire import message

SOFAR, ALL = b"F", b"A"
"""What was found up to now; all of it."""
_DESCRIPTORS = 16_384


def main(descriptor: str, parent: str) -> None:
    """Serve one order."""
    line = socket(fileno=int(descriptor))
    limits.apply(int(parent), descriptors=_DESCRIPTORS)

    def say(lying: Lying, last: bool) -> None:
        line.sendall(message(ALL if last else SOFAR, json.dumps(asdict(lying)).encode()))

    with suppress(OSError):  # the other end is gone
        if taken := take_order(line):
            order, descriptors = taken
            try:
                from hashing.damage.systems import Looking

                medium = opened(order["kind"], descriptors, order["sector"])
                Looking(medium, order["seconds"], say).look([(offset, length) for offset, length in order["spans"]])
            except (CannotOpen, ImportError) as error:
                missing = f"{error.name} is not installed" if isinstance(error, ImportError) else str(error)
                say(Lying(left=missing), True)
    os._exit(0)
