"""Turns what the walk finds into jobs: enough files for one message to a worker, in the order of the list.

A job also carries the items between its files that need no reading, so that order costs nothing. Sizes are
not known here: a worker that comes to a large file gives back the rest of its job, which is then split.
"""

from collections.abc import Generator, Iterator

from hashing.items import Item
from hashing.opening import Folder
from hashing.reading import UNREADABLE, Reading, Recipe
from hashing.walking import Container, Found, NameRun
from hashing.wire import Row, row_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashing.media.decoding import Decoding

READ, DESCRIBED = 256, 64
"""Files in a job that only reads them, and in one that also describes them, which takes a hundred times as long."""
_ENOUGH_ENTRIES = 512
_LONG = 1024
"""Bytes of a name that count as much as an item."""


class Job:
    """Files to read, and the places of their items among those that are finished."""

    def __init__(self) -> None:
        self.folders: list[Folder] = []
        self.runs: list[list[bytes]] = []
        self.entries: list[Item | bytes | Decoding] = []
        """Finished items, the names in the list of those that are not, and media that are decoded elsewhere."""
        self.files = 0
        self.weight = 0
        """Roughly what its items cost in memory, in items of ordinary length."""
        self.read = 0
        """Bytes reported as read so far."""
        self.attempts = 0
        self.rows: list[Row] | None = None
        """One for each file, once they are known."""
        self.rest: list[Job] = []
        """Jobs for the entries that a worker gave back."""
        self._last: Folder | None = None

    @property
    def alone(self) -> bool:
        """Whether it is one file only, which may be large and keep a worker busy for long."""
        return self.files == 1

    def add(self, found: Found) -> None:
        """Put an item, a run of files or the media of an image at the end."""
        if isinstance(found, Item):
            self.entries.append(found)
            self.weight += 1 + len(found.name) // _LONG
            return
        if isinstance(found, Container):
            self.entries.append(_decoding(found))
            return
        if found.folder is self._last:
            self.runs[-1] += found.names
        else:
            self.folders.append(found.folder.again())
            self.runs.append(list(found.names))
            self._last = found.folder
        self.entries += found.listed
        self.files += len(found.names)
        self.weight += len(found.names) * (1 + len(found.listed[0]) // _LONG)

    def takes(self, most_folders: int, most_files: int) -> bool:
        """Whether there is room for more."""
        return self.files < most_files and len(self.entries) < _ENOUGH_ENTRIES and len(self.runs) < most_folders

    def finish(self, rows: list[Row]) -> None:
        """Take the rows of the first files, split off the other files, and give the folders back."""
        if len(rows) < self.files:
            self._split(len(rows))
        self.rows = rows
        self.close()

    def fail(self, reason: str) -> None:
        """Let every file be unreadable for a reason that lies with us."""
        self.finish([row_of(Reading(UNREADABLE, reason))] * self.files)

    def close(self) -> None:
        """Give the folders back; safe to repeat."""
        for folder in self.folders:
            folder.close()
        self.folders.clear()

    def decode_ahead(self, recipe: Recipe) -> None:
        """Begin to decode the first image in it, if none is being decoded."""
        for entry in self.entries:
            if not isinstance(entry, Item | bytes) and not entry.under_way:
                entry.start(recipe)

    def end(self) -> None:
        """Give everything back, and end what is decoded for it."""
        self.close()
        for entry in self.entries:
            if not isinstance(entry, Item | bytes):
                entry.close()

    def _split(self, done: int) -> None:
        """Leave only the first `done` files in this job; the next one gets a job to itself, the others another."""
        places = [place for place, entry in enumerate(self.entries) if isinstance(entry, bytes)]
        first = places[done]
        second = places[done + 1] if done + 1 < self.files else len(self.entries)
        files = [(folder, name) for folder, run in zip(self.folders, self.runs, strict=True) for name in run]
        single, others = Job(), Job()
        for place, entry in enumerate(self.entries[first:], first):
            job = single if place < second else others
            if isinstance(entry, Item):
                job.add(entry)
            elif not isinstance(entry, bytes):
                job.entries.append(entry)
            else:
                folder, name = files[done]
                job.add(NameRun(folder, [name], [entry]))
                done += 1
        del self.entries[first:]
        self.rest = [job for job in (single, others) if job.entries]


def _decoding(found: Container) -> "Decoding":
    from hashing.media.decoding import Decoding  # only where there is an image

    return Decoding(found)


def jobs_from(found: Iterator[Found], most_folders: int, most_files: int) -> Generator[Job, None, None]:
    """Jobs of at most so many folders and about so many files; whoever takes one closes it."""
    job = Job()
    for one in found:
        job.add(one)
        if not job.takes(most_folders, most_files):
            yield job
            job = Job()
    if job.entries:
        yield job
