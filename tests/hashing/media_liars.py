"""Processes that answer as no honest decoder would; what they do is their third argument."""

import os
import time
from socket import socket

from hashing.describe.answers import pack
from hashing.media.process import CLAIMS, FACTS
from hashing.media.speaking import PAIR, RANGES, READY, ROW
from hashing.reading import MEASURED, PARTIAL, UNREADABLE, Reading, Recipe
from hashing.sandbox.framing import COUNT, message
from hashing.wire import BYTES, Form, row_of

PLAIN = Recipe(("sha256",), pieces=True, quick=False, cores=1)
SIZE = 1000


def row(outcome=MEASURED, reason="", size=SIZE, digests=(bytes(32),), modified=None, pieces=b"", described=None):
    reading = Reading(outcome, reason, size=size, digests=digests, modified=modified, pieces=pieces)
    return message(ROW, Form(PLAIN).pack([row_of(reading, described)]))


def ready(size=SIZE):
    return message(READY, COUNT.pack(size))


def ranges(*pairs):
    return message(RANGES, b"".join(PAIR.pack(*pair) for pair in pairs))


ANSWERS = {
    "noise": bytes(range(256)) * 4,
    "more than a record can state": ready(1 << 53) + row(size=1 << 53),
    "another size": ready() + row(size=SIZE + 1),
    "a negative size": ready() + row(UNREADABLE, "damaged", size=-2, digests=()),
    "no digest": ready() + row(digests=()),
    "half a row": ready() + message(ROW, row()[5:-3]),
    "a time": ready() + row(modified=1 << 62),
    "a description": ready() + row(described=pack("image/jpeg", None, {})),
    "pieces of nothing": ready() + row(pieces=bytes(32)),
    "no reason": ready() + row(UNREADABLE),
    "a reason for nothing": ready() + row(reason="because"),
    "a reason without end": ready() + row(UNREADABLE, "x" * 5000),
    "a reason without end, and no medium": row(UNREADABLE, "x" * 5000),
    "partial without ranges": ready() + row(PARTIAL, "something"),
    "ranges of what was read whole": ready() + ranges((0, 512)) + row(),
    "ranges outside": ready() + ranges((0, SIZE + 1)) + row(PARTIAL, "something"),
    "a claim that is none": ready() + message(CLAIMS, pack(None, None, {"md5": "x" * 32})) + row(),
    "everything twice": ready() * 2 + row(),
    "other kinds": b"".join(message(bytes((kind,)), b"x" * 1000) for kind in range(97, 120)),
    "more bytes read than there are": ready() + message(BYTES, COUNT.pack(SIZE + 1)) + row(),
    "bytes read of nothing": message(BYTES, COUNT.pack(1)) + row(UNREADABLE, "damaged"),
    "a million facts": ready() + message(FACTS, bytes(2 << 20)) + row(),
}  # fmt: skip


def main(descriptor, parent, what, *rest):
    """Answer, and end."""
    line = socket(fileno=int(descriptor))
    line.recv(1)
    if what == "silence":
        time.sleep(1000)
    if what == "reports without end":
        line.sendall(ready())
        while True:
            line.sendall(message(BYTES, COUNT.pack(0)))
    if what == "progress without end":
        line.sendall(ready())
        while True:
            line.sendall(message(BYTES, COUNT.pack(1)))
    line.sendall(ready() + row() if what == "honest" else ANSWERS[what])
    os._exit(0)
