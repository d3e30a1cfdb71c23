"""Pours one open file through several consumers at once: reading ahead while they work, each in its own thread.

Buffers are made once and used in turn. hashlib and blake3 let go of the interpreter lock for buffers of
this size.
"""

from collections.abc import Callable, Sequence
from mmap import mmap
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Protocol

from hashing.opening import read_into
from hashing.sizes import BUFFER, BUFFERS, WIDE_BUFFER, WIDE_BUFFERS


class Consumer(Protocol):
    """Anything that takes bytes in order."""

    def update(self, data: memoryview, /) -> object: ...


Source = Callable[[memoryview], int]
"""Fills a buffer with what follows, to the brim but at the end; the number of bytes."""


class Lane:
    """Several consumers that share a thread, one after the other over each buffer."""

    def __init__(self) -> None:
        self._consumers: list[Consumer] = []
        self.cost = 0.0

    def add(self, consumer: Consumer, cost: float) -> None:
        """One more consumer; `cost` is its time for a byte, in any unit."""
        self._consumers.append(consumer)
        self.cost += cost

    def update(self, data: memoryview) -> None:
        for consumer in self._consumers:
            consumer.update(data)


def lanes(consumers: Sequence[tuple[Consumer, float]], most: int) -> list[Lane]:
    """Consumers with their costs in at most that many lanes, as even as the dearest first makes them.

    More threads than cores wait for one another at every buffer: three digests took their sum, not their longest.
    """
    made = [Lane() for _ in range(min(most, len(consumers)))]
    for consumer, cost in sorted(consumers, key=lambda pair: -pair[1]):
        min(made, key=lambda lane: lane.cost).add(consumer, cost)
    return made


class _Filled:
    """One filled buffer, and how many consumers still need it."""

    __slots__ = ("buffer", "data", "needed")

    def __init__(self, buffer: memoryview, length: int, needed: int) -> None:
        self.buffer = buffer
        self.data = buffer[:length]
        self.needed = needed


class Stream:
    """The buffers, and the act of pouring one file after another through them, until one fails."""

    def __init__(self, *, wide: bool, paged: bool = False) -> None:
        """`wide` buffers are for several consumers, which then wait for one another less often.

        `paged` ones are whole pages, which can be read and written around the system's cache.
        """
        size, count = (WIDE_BUFFER, WIDE_BUFFERS) if wide else (BUFFER, BUFFERS)
        self._size = size
        self._free: SimpleQueue[memoryview] = SimpleQueue()
        self._lock = Lock()
        self._failure: BaseException | None = None
        for _ in range(count):
            self._free.put(memoryview(mmap(-1, size) if paged else bytearray(size)))

    def pour(self, source: Source, size: int, consumers: Sequence[Consumer], tell: Callable[[int], None]) -> int:
        """Feed at most `size` bytes from a source to every consumer; the number of bytes there were.

        Raises what the source raised, or whatever a consumer raised first.
        """
        self._failure = None
        queues: list[SimpleQueue[_Filled | None]] = [SimpleQueue() for _ in consumers]
        threads = [Thread(target=self._consume, args=pair, daemon=True) for pair in zip(consumers, queues, strict=True)]
        for thread in threads:
            thread.start()
        try:
            done = self._fill(source, size, queues, tell)
        finally:
            for queue in queues:
                queue.put(None)
            for thread in threads:
                thread.join()
        if self._failure:
            raise self._failure
        return done

    def _fill(
        self,
        source: Source,
        size: int,
        queues: "list[SimpleQueue[_Filled | None]]",
        tell: Callable[[int], None],
    ) -> int:
        """Read buffer after buffer, each to the brim, and hand it to every consumer."""
        done = 0
        while done < size and not self._failure:
            buffer = self._free.get()
            got = source(buffer[: min(self._size, size - done)])
            if not got:
                self._free.put(buffer)
                break
            filled = _Filled(buffer, got, len(queues))
            for queue in queues:
                queue.put(filled)
            done += got
            tell(got)
        return done

    def _consume(self, consumer: Consumer, queue: "SimpleQueue[_Filled | None]") -> None:
        """Take filled buffers until there are no more; after a failure only give them back."""
        while filled := queue.get():
            try:
                if not self._failure:
                    consumer.update(filled.data)
            except Exception as error:  # noqa: BLE001  handed to the thread that reads
                self._failure = error
            with self._lock:
                filled.needed -= 1
                if not filled.needed:
                    self._free.put(filled.buffer)


def fill(descriptor: int, buffer: memoryview) -> int:
    """Read until the buffer is full or the file ends; the number of bytes."""
    filled = 0
    while filled < len(buffer) and (got := read_into(descriptor, buffer[filled:])):
        filled += got
    return filled
