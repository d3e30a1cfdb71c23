"""Reads one open file from start to end, makes its digests, and says whether it kept still meanwhile.

Never uses mmap: a file that shrinks would kill the process. Knows no names and opens nothing. Imports
little, because worker processes start with it.
"""

import os
import struct
import time
from stat import S_ISREG
from time import time_ns

from hashing.digests import COSTS, SIZES, maker
from hashing.opening import Folder, mishap_of, read_ahead, read_into, read_into_at, reason_of
from hashing.sizes import LARGE, PIECES_ABOVE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hashing.streaming import Consumer, Stream

    Tell = Callable[[int], None]

MEASURED, CHANGED, UNREADABLE = "measured", "changed-while-read", "unreadable"
PARTIAL, LOST = "partial", "lost"
"""Of media: read but for some ranges; gone, or another one, while it was read."""
MARKS = struct.Struct("!QQQqIqI")
_TICK = 12_000_000
"""Nanoseconds; the clock of a file system may stand still for 10 milliseconds."""


class Recipe:
    """What to make of a file's bytes."""

    __slots__ = ("algorithms", "cores", "marks", "pieces", "quick", "stride")

    def __init__(
        self, algorithms: "Sequence[str]", *, pieces: bool, quick: bool, cores: int, marks: bool = False
    ) -> None:
        self.algorithms = tuple(algorithms)
        self.stride = sum(SIZES[algorithm] for algorithm in algorithms)
        """Bytes of all digests of a file."""
        self.pieces = pieces
        self.quick = quick
        self.cores = cores
        self.marks = marks
        """Whether each file's marks are kept, see marks_of."""

    def with_claims(self, claimed: "Iterable[str]") -> "Recipe":
        """The same, and the digests that a container states of its media, so that they can be compared."""
        more = [name for name in claimed if name in SIZES and name not in self.algorithms]
        every = (*self.algorithms, *more)
        return Recipe(every, pieces=self.pieces, quick=self.quick, cores=self.cores)

    def named(self, digests: bytes) -> dict[str, str]:
        """Digests that stand one behind the other, each in hexadecimal under its name."""
        if len(self.algorithms) == 1:
            return {self.algorithms[0]: digests.hex()}
        named, at = {}, 0
        for algorithm in self.algorithms:
            named[algorithm] = digests[at : at + SIZES[algorithm]].hex()
            at += SIZES[algorithm]
        return named


class Reading:
    """What reading one file led to."""

    __slots__ = ("digests", "grown", "marks", "modified", "outcome", "pieces", "reason", "size")

    def __init__(
        self,
        outcome: str,
        reason: str = "",
        size: int = -1,
        grown: bool = False,
        modified: int | None = None,
        digests: "Sequence[bytes]" = (),
        pieces: bytes = b"",
    ) -> None:
        self.outcome = outcome
        self.reason = reason
        self.size = size
        """Bytes read and hashed; -1: none."""
        self.grown = grown
        """There were bytes behind the end that was expected; they were not hashed."""
        self.modified = modified
        self.digests = digests
        """In the order of the recipe's algorithms, or empty."""
        self.pieces = pieces
        self.marks = b""
        """Only of a file that was measured, and only where the recipe asks for them."""


class Reader:
    """Reads file after file by one recipe, into the same buffers."""

    def __init__(self, recipe: Recipe, *, settle: bool = True) -> None:
        """`settle`: let files rest that were changed just now, see `rested`."""
        self._recipe = recipe
        self._settle = settle
        self._makers = [maker(algorithm) for algorithm in recipe.algorithms]
        self._buffer = memoryview(bytearray(LARGE + 1))
        self._streams: dict[bool, Stream] = {}

    def read_named(self, folder: Folder, name: bytes, tell: "Tell") -> Reading:
        """Open, measure and close one file."""
        try:
            descriptor = folder.open_file(name)
        except OSError as error:
            return Reading(UNREADABLE, mishap_of(error))
        try:
            return self.read(descriptor, tell)
        finally:
            os.close(descriptor)

    def at_once(self, descriptor: int, before: os.stat_result) -> tuple[int, int, bytes, bytes] | None:
        """Size, time of modification, digests and marks of a small file at rest; None where `read` must look closer.

        The shortest way for folders of small files: nothing is called that need not be. Raises OSError.
        """
        size = before.st_size
        if size > LARGE or not S_ISREG(before.st_mode) or 0 <= time_ns() - before.st_ctime_ns < _TICK:
            return None
        got = read_into_at(descriptor, self._buffer, 0)
        if got != size or not kept_still(before, os.fstat(descriptor)):
            return None  # whatever happened to it, `read` sees the same difference from `before`
        data = self._buffer[:size]
        digests = self._makers[0](data).digest()
        for make in self._makers[1:]:
            digests += make(data).digest()
        return size, before.st_mtime_ns, digests, marks_of(before) if self._recipe.marks else b""

    def read(
        self,
        descriptor: int,
        tell: "Tell",
        *,
        before: os.stat_result | None = None,
        copy_to: "Consumer | None" = None,
    ) -> Reading:
        """Measure the file behind a freshly opened descriptor; `tell` hears of the bytes of a large file.

        `before` is its fstat, where that was made already. `copy_to` takes the same bytes, in the same order;
        its errors are raised, those of reading become the outcome.
        """
        before = before or os.fstat(descriptor)
        if self._settle:
            before = rested(descriptor, before)
        size = before.st_size
        if not S_ISREG(before.st_mode):
            return Reading(UNREADABLE, "it was no longer a file when it was opened")
        try:
            if size <= LARGE:
                reading = self._small(descriptor, size, copy_to)
            else:
                reading = self._content(descriptor, size, tell, copy_to)
            after = os.fstat(descriptor)
        except OSError as error:
            return Reading(UNREADABLE, reason_of(error), modified=before.st_mtime_ns)
        reading.modified = before.st_mtime_ns
        if reading.grown or reading.size != size or not kept_still(before, after):
            reading.outcome, reading.reason = CHANGED, _difference(before, after, reading)
        elif self._recipe.marks:
            reading.marks = marks_of(before)
        return reading

    def _content(self, descriptor: int, size: int, tell: "Tell", copy_to: "Consumer | None") -> Reading:
        """Read and digest a large file; the outcome is still open."""
        read_ahead(descriptor)
        if self._recipe.quick and size > PIECES_ABOVE and copy_to is None:
            return self._quick(descriptor, size, tell)
        return self._large(descriptor, size, tell, copy_to)

    def _small(self, descriptor: int, size: int, copy_to: "Consumer | None") -> Reading:
        """Read a file into one buffer; one byte more than there should be tells that it grew."""
        buffer = self._buffer
        got = read_into(descriptor, buffer)
        while got < size and (more := read_into(descriptor, buffer[got:])):
            got += more
        done = min(got, size)
        data = buffer[:done]
        if copy_to:
            copy_to.update(data)
        return Reading(MEASURED, size=done, grown=got > size, digests=[make(data).digest() for make in self._makers])

    def _large(self, descriptor: int, size: int, tell: "Tell", copy_to: "Consumer | None") -> Reading:
        """Pour a file through all digests at once."""
        from functools import partial

        from hashing.pieces import PieceDigests  # here, since folders of small files never need it
        from hashing.streaming import Stream, fill, lanes

        hashers = [make() for make in self._makers]
        pieces = PieceDigests() if self._recipe.pieces and size > PIECES_ABOVE else None
        costs = [COSTS["blake3"], COSTS["blake3"], *(COSTS[algorithm] for algorithm in self._recipe.algorithms)]
        pairs = zip((pieces, copy_to, *hashers), costs, strict=True)
        shared = lanes([(consumer, cost) for consumer, cost in pairs if consumer], max(2, self._recipe.cores))
        wide = len(shared) > 1
        stream = self._streams.pop(wide, None) or Stream(wide=wide)  # after an error it is not used again
        done = stream.pour(partial(fill, descriptor), size, shared, tell)
        self._streams[wide] = stream
        return Reading(
            MEASURED,
            size=done,
            grown=self._more(descriptor, size),
            digests=[hasher.digest() for hasher in hashers],
            pieces=pieces.digests() if pieces else b"",
        )

    def _quick(self, descriptor: int, size: int, tell: "Tell") -> Reading:
        """Digest only the pieces, on all cores."""
        from hashing.pieces import ParallelPieces

        pieces, done = ParallelPieces(descriptor, size, tell).digests(self._recipe.cores)
        return Reading(MEASURED, size=done, grown=self._more(descriptor, size), pieces=pieces)

    def _more(self, descriptor: int, size: int) -> bool:
        """Whether there is a byte behind the end that was expected."""
        return read_into_at(descriptor, self._buffer[:1], size) > 0


def _difference(before: os.stat_result, after: os.stat_result, reading: Reading) -> str:
    """What shows that a file did not keep still."""
    if reading.grown or after.st_size > before.st_size:
        return f"it grew beyond {before.st_size} bytes while it was read"
    if reading.size < before.st_size:
        return f"it ended after {reading.size} of {before.st_size} bytes"
    return "it was written to, or its name or owner changed, while it was read"


def rested(descriptor: int, before: os.stat_result) -> os.stat_result:
    """fstat of a file after its last change is so long ago that the next one must show in its time of change."""
    if not 0 <= time_ns() - before.st_ctime_ns < _TICK:
        return before
    time.sleep(_TICK / 10**9)
    return os.fstat(descriptor)


def kept_still(before: os.stat_result, after: os.stat_result) -> bool:
    """Whether no writer was there: it may set the modification time back, but not the time of the change."""
    return (
        before.st_ctime_ns == after.st_ctime_ns
        and before.st_mtime_ns == after.st_mtime_ns
        and before.st_size == after.st_size
        and before.st_ino == after.st_ino
        and before.st_dev == after.st_dev
    )


def marks_of(status: os.stat_result) -> bytes:
    """By what a later change of a file would show: device, inode, size, and the times of modification and of change."""
    modified, changed = divmod(status.st_mtime_ns, 10**9), divmod(status.st_ctime_ns, 10**9)
    return MARKS.pack(status.st_dev, status.st_ino, status.st_size, *modified, *changed)
