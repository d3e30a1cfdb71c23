"""Keeps claims about files, of which there may be millions, outside memory until they are compared.

They lie in a temporary file without a name, which the system removes with this process; a short list stays in
memory.
"""

import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from hashing.claims.frames import unpack_rows
from hashing.claims.saying import Statement

_IN_MEMORY = 1024 * 1024
_LENGTH = struct.Struct("!I")


class Spool:
    """A list of claims that can be gone through as often as one likes."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._count = self.size = 0

    def add(self, body: bytes) -> None:
        """Keep the rows of one answer; raises InvalidAnswer, or OSError where there is no room."""
        count = sum(1 for _ in unpack_rows(body))
        if self._file is None:
            from tempfile import SpooledTemporaryFile

            self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed by close()
        self._file.seek(self.size)
        self._file.write(_LENGTH.pack(len(body)) + body)
        self._file.flush()  # so that it fails here, not while the list is gone through
        self._count += count
        self.size += _LENGTH.size + len(body)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Statement]:
        at = 0
        while self._file is not None and at < self.size:
            self._file.seek(at)
            (length,) = _LENGTH.unpack(self._file.read(_LENGTH.size))
            body = self._file.read(length)
            at += _LENGTH.size + length
            yield from unpack_rows(body)

    def close(self) -> None:
        """Let go of them; safe to repeat."""
        kept, self._file, self._count, self.size = self._file, None, 0, 0
        with suppress(OSError):  # it closes, though it may complain that it could not be written
            if kept:
                kept.close()
