"""Processes that answer as no honest reader would; what they do is their second argument."""

import os
import time
from socket import socket

from hashing.claims.frames import END, FILES, STATEMENTS, pack_row, pack_summary
from hashing.claims.saying import Statement
from hashing.claims.summary import Summary
from hashing.sandbox.framing import HEADER, message

ROW = pack_row(Statement("file", "md5", "0" * 32, b"a", "line 1"))
IMAGE = pack_row(Statement("stored-image", "md5", "0" * 32, b"a", "line 1"))


frame = message


def odd_summary(*texts):
    return frame(END, b"".join(len(text).to_bytes(2, "big") + text for text in texts))


ANSWERS = {
    "nothing": b"",
    "noise": bytes(range(256)) * 4,
    "an endless frame": HEADER.pack(FILES, 2**32 - 1),
    "another kind": frame(b"?", b""),
    "half a row": frame(FILES, ROW[:-1]),
    "another scope": frame(FILES, b"\x09" + ROW[1:]),
    "another algorithm": frame(FILES, ROW[:1] + b"\x63" + ROW[2:]),
    "a file among images": frame(STATEMENTS, ROW),
    "too many statements": frame(STATEMENTS, IMAGE * 1001),
    "words without end": frame(STATEMENTS, pack_row(Statement("file", "md5", "0" * 32, None, "x" * 301))),
    "an empty summary": frame(END, b""),
    "another tool": odd_summary(b"custody", b"", b""),
    "half a fact": odd_summary(b"dc3dd", b"", b"", b"key"),
    "an odd key": odd_summary(b"dc3dd", b"", b"", b"\x1b[2J", b"value"),
    "a key twice": odd_summary(b"dc3dd", b"", b"", b"a", b"1", b"a", b"2"),
    "a long fact": odd_summary(b"dc3dd", b"", b"", b"a", b"x" * 1001),
    "no text": odd_summary(b"dc3dd", b"", b"\xff"),
}


def main(descriptor, parent, what):
    """Answer, and end."""
    line = socket(fileno=int(descriptor))
    line.recv(1)
    if what == "silence":
        time.sleep(1000)
    elif what == "a hundred claims and death":
        line.sendall(frame(FILES, ROW * 100))
    elif what == "claims without end":
        while True:
            line.sendall(frame(FILES, ROW * 10_000))
    elif what == "a drop at a time":
        while True:
            line.sendall(frame(FILES, ROW))
            time.sleep(0.1)
    elif what == "honest":
        line.sendall(frame(FILES, ROW) + frame(END, pack_summary(Summary())))
    else:
        line.sendall(ANSWERS[what])
    os._exit(0)
