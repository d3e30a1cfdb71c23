"""How far measuring has come, told at most ten times a second; totals are counted meanwhile by a thread.

Only names and sizes are looked at for the totals; they are for the eye, and nothing is decided by them.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event, Thread

from hashing.items import Item
from hashing.opening import Folder
from hashing.sources import Source
from hashing.walking import NameRun, walk

_EVERY = 0.1
"""Seconds between two calls."""


@dataclass(slots=True)
class Progress:
    """A moment of measuring."""

    items: int = 0
    bytes: int = 0
    total_items: int | None = None
    """None until the count is complete."""
    total_bytes: int | None = None
    stage: str | None = None
    """What is being done instead, in a word, when measuring has ended."""


Listener = Callable[[Progress], None]


def adding(listener: Listener | None, *, total: int | None = None, stage: str | None = None) -> Callable[[int], None]:
    """What adds up the bytes read of one thing, of so many in all, and tells of them."""
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        if listener is not None:
            listener(Progress(bytes=done, total_items=None if total is None else 1, total_bytes=total, stage=stage))

    return tell


class Meter:
    """Adds up, and tells whoever wants to know."""

    def __init__(self, listener: Listener | None, sources: Sequence[Source]) -> None:
        self._listener = listener
        self._sources = sources
        self._now = Progress()
        self._under_way = 0
        self._told = 0.0
        self._stop = Event()
        if listener:
            Thread(target=self._count, daemon=True).start()

    def counted(self, item: Item) -> Item:
        """The same item, counted as finished."""
        self.add(1, item.size or 0)
        return item

    def add(self, items: int, size: int) -> None:
        """Count items of so many bytes together as finished."""
        self._now.items += items
        self._now.bytes += size
        self._under_way = 0

    def read(self, count: int) -> None:
        """Count bytes of an item that is not finished yet."""
        self._under_way += count
        self.tell(self._under_way)

    def tell(self, under_way: int = 0) -> None:
        """Tell how far things are, with so many bytes of unfinished items, unless it was told just now."""
        if self._listener and time.monotonic() - self._told >= _EVERY:
            self._listener(replace(self._now, bytes=self._now.bytes + under_way))
            self._told = time.monotonic()

    def finish(self) -> None:
        """Tell the last state, which is also the total."""
        if self._listener:
            now = self._now
            self._listener(replace(now, total_items=now.items, total_bytes=now.bytes))

    def close(self) -> None:
        """Stop counting."""
        self._stop.set()

    def _count(self) -> None:
        """Walk through everything once more, for the totals."""
        items = size = 0
        for found in walk(self._sources):
            if self._stop.is_set():
                return
            if isinstance(found, NameRun):
                items += len(found.names)
                size += sum(_size(found.folder, name) for name in found.names)
            else:
                items += 1
        self._now.total_items, self._now.total_bytes = items, size


def _size(folder: Folder, name: bytes) -> int:
    """Bytes of a file, or 0 where even that cannot be found out."""
    try:
        return folder.status(name).st_size
    except OSError:
        return 0
