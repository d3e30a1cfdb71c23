"""Takes up measuring where it stopped: puts items of before in the place of files that show no change since.

Whether a file changed is judged by its marks alone, by lstat; it is not opened, and what is in it is not
looked at. Whoever uses the items says so (docs/spec/entries.md, E9).
"""

import stat
from collections.abc import Iterable, Iterator

from hashing.items import Item
from hashing.opening import Folder
from hashing.reading import marks_of
from hashing.walking import Found, NameRun


def resumed(found: Iterator[Found], known: Iterable[Item]) -> Iterator[Found]:
    """What a walk finds, with a known item for each file that bears its marks; both in the order of the list."""
    before = iter(known)
    at = next(before, None)
    for one in found:
        if at is None or not isinstance(one, NameRun):
            yield one
            continue
        start = 0
        for place, name in enumerate(one.listed):
            while at is not None and at.name != name and _order(at.name) < _order(name):
                at = next(before, None)
            if at is not None and at.name == name and _unchanged(one.folder, one.names[place], at):
                yield from _part(one, start, place)
                yield at
                start = place + 1
        yield from _part(one, start, len(one.names))


def _part(run: NameRun, start: int, end: int) -> Iterator[NameRun]:
    """Some files of a run, if there are any."""
    if start < end:
        yield NameRun(run.folder, run.names[start:end], run.listed[start:end])


def _order(name: bytes) -> list[bytes]:
    """The order of the list: folder by folder, names by their bytes."""
    return name.split(b"/")


def _unchanged(folder: Folder, name: bytes, item: Item) -> bool:
    """Whether a file is by all its marks the one that was measured."""
    try:
        status = folder.status(name)
    except OSError:
        return False  # whoever opens it will learn why
    return item.marks is not None and stat.S_ISREG(status.st_mode) and marks_of(status) == item.marks
