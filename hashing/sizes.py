"""The sizes that formats and speed depend on; a module of its own because workers start with as little as possible."""

PIECE_SIZE = 4 * 1024 * 1024
"""Bytes of one piece."""
PIECES_ABOVE = 16 * 1024 * 1024
"""Files of more bytes than this carry the digests of their pieces."""
LARGE = 1024 * 1024
"""Files of more bytes than this are read by a thread of their own."""
BUFFER = 1024 * 1024
"""Bytes of one buffer of that thread; a piece is a whole number of buffers."""
BUFFERS = 6
"""Buffers in turn."""
WIDE_BUFFER = PIECE_SIZE
"""Bytes of one buffer where several consumers share it."""
WIDE_BUFFERS = 4
"""Such buffers in turn."""
