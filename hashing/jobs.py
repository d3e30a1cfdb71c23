"""Turns what the walk finds into jobs: enough files for one message to a worker, in the order of the list.

A job also carries the items between its files that need no reading, so that order costs nothing.
"""

from collections.abc import Iterator

from hashing.items import Item
from hashing.opening import Folder
from hashing.reading import UNREADABLE, Reading
from hashing.walking import Candidate, Found

Result = tuple[Reading, bytes | None]
"""A reading, and the description as the describer packed it."""

_MOST_FILES = 128
_MOST_ENTRIES = 512
_MOST_BYTES = 4 * 1024 * 1024
_MOST_LETTERS = 32 * 1024
"""Bytes of names: a job must fit into a socket's buffer, or two processes could wait for each other."""


class Job:
    """Files to read, and the places of their items among those that are finished."""

    def __init__(self) -> None:
        self.folders: list[Folder] = []
        self.runs: list[list[bytes]] = []
        self.entries: list[Item | bytes] = []
        """Finished items, and the names in the list of those that are not."""
        self.size = 0
        """Bytes to read, as lstat saw them."""
        self.read = 0
        """Bytes reported as read so far."""
        self.files = 0
        self.attempts = 0
        self.results: list[Result] | None = None
        """One for each file, once they are known."""
        self._letters = 0
        self._folder: Folder | None = None

    @property
    def large(self) -> bool:
        """Whether it keeps a worker busy for long."""
        return self.size > _MOST_BYTES

    def add(self, found: Found) -> None:
        """Put one more thing at the end."""
        if isinstance(found, Item):
            self.entries.append(found)
            return
        if found.folder is not self._folder:
            self.folders.append(found.folder.again())
            self.runs.append([])
            self._folder = found.folder
        self.runs[-1].append(found.name)
        self.entries.append(found.listed or found.prefix + found.name)
        self.size += found.size
        self.files += 1
        self._letters += len(found.name)

    def takes(self, found: Found, most_folders: int) -> bool:
        """Whether there is room for it."""
        if not self.entries:
            return True
        if len(self.entries) >= _MOST_ENTRIES:
            return False
        return isinstance(found, Item) or self._takes_file(found, most_folders)

    def _takes_file(self, found: Candidate, most_folders: int) -> bool:
        """The same for a file."""
        return (
            self.files < _MOST_FILES
            and self.size + found.size <= _MOST_BYTES
            and self._letters + len(found.name) <= _MOST_LETTERS
            and (found.folder is self._folder or len(self.runs) < most_folders)
        )

    def finish(self, results: list[Result]) -> None:
        """Take the results, and give the folders back."""
        self.results = results
        self.close()

    def fail(self, reason: str) -> None:
        """Let every file be unreadable for a reason that lies with us."""
        self.finish([(Reading(UNREADABLE, reason), None)] * self.files)

    def close(self) -> None:
        """Give the folders back; safe to repeat."""
        for folder in self.folders:
            folder.close()
        self.folders.clear()


def jobs_from(found: Iterator[Found], most_folders: int) -> Iterator[Job]:
    """Jobs of at most so many folders; whoever takes one closes it."""
    job = Job()
    for one in found:
        if not job.takes(one, most_folders):
            yield job
            job = Job()
        job.add(one)
    if job.entries:
        yield job
