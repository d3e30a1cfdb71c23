"""A message as bytes: one byte of kind, four of length, the body. No pickle and no marshal; imports next to nothing."""

import struct

HEADER = struct.Struct("!cI")
COUNT = struct.Struct("!Q")
"""A number in a body."""


def message(kind: bytes, body: bytes) -> bytes:
    """A message as it is sent."""
    return HEADER.pack(kind, len(body)) + body
