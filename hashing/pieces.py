"""BLAKE3 digests of the 4 MiB pieces of a large file: they locate damage, and re-checking them uses every core.

Pieces say nothing that the digest of the whole file does not also say; they are no substitute for it.
"""

from collections.abc import Callable
from threading import Lock, Thread

from hashing.digests import new
from hashing.opening import read_into_at
from hashing.sizes import PIECE_SIZE

_DIGEST_SIZE = 32


class PieceDigests:
    """Takes a file in order, in portions that never cross the end of a piece, and collects the pieces' digests."""

    def __init__(self) -> None:
        self._hasher = new("blake3")
        self._filled = 0
        self._digests = bytearray()

    def update(self, data: memoryview, /) -> None:
        """Take the next portion."""
        self._hasher.update(data)
        self._filled += len(data)
        if self._filled >= PIECE_SIZE:
            self._close()

    def so_far(self) -> bytes:
        """32 bytes for each piece that is complete."""
        return bytes(self._digests)

    def last(self) -> bytes:
        """The digest of the last complete piece, or nothing."""
        return bytes(self._digests[-_DIGEST_SIZE:])

    def digests(self) -> bytes:
        """32 bytes a piece, in order; the last piece may be shorter."""
        if self._filled:
            self._close()
        return bytes(self._digests)

    def _close(self) -> None:
        self._digests += self._hasher.digest()
        self._hasher, self._filled = new("blake3"), 0


class ParallelPieces:
    """Reads the pieces of one open file from several threads at once, each piece by its own offset."""

    def __init__(self, descriptor: int, size: int, tell: Callable[[int], None]) -> None:
        self._descriptor = descriptor
        self._size = size
        self._tell = tell
        self._digests = bytearray(-(-size // PIECE_SIZE) * _DIGEST_SIZE)
        self._lock = Lock()
        self._read = 0
        self._failure: Exception | None = None

    def digests(self, threads: int) -> tuple[bytes, int]:
        """The digests, and how many bytes were read; raises what went wrong first in any thread."""
        workers = [Thread(target=self._share, args=(number, threads), daemon=True) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if self._failure:
            raise self._failure
        return bytes(self._digests), self._read

    def _share(self, first: int, step: int) -> None:
        """Take every `step`-th piece."""
        buffer = memoryview(bytearray(PIECE_SIZE))
        try:
            for start in range(first * PIECE_SIZE, self._size, step * PIECE_SIZE):
                if self._failure:
                    return
                self._one(start, buffer[: min(PIECE_SIZE, self._size - start)])
        except Exception as error:  # noqa: BLE001  handed to the thread that waits
            self._failure = error

    def _one(self, start: int, buffer: memoryview) -> None:
        """Read and digest the piece at an offset."""
        filled = 0
        while filled < len(buffer) and (got := read_into_at(self._descriptor, buffer[filled:], start + filled)):
            filled += got
        hasher = new("blake3")
        hasher.update(buffer[:filled])
        place = start // PIECE_SIZE * _DIGEST_SIZE
        with self._lock:
            self._digests[place : place + _DIGEST_SIZE] = hasher.digest()
            self._read += filled
            self._tell(filled)
