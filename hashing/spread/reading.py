"""What runs on a worker elsewhere: opens files below a folder without following a link, reads them, says what they are.

The worker has this package installed and reaches the same storage. It is given names and gives back bytes; it holds no
key, writes nothing, and parses nothing of what it reads.
"""

import os
from collections.abc import Callable, Sequence
from stat import S_ISREG

from hashing.digests import new
from hashing.opening import Folder, mishap_of, read_into_at, reason_of
from hashing.pacing import Pace
from hashing.reading import CHANGED, MEASURED, UNREADABLE, Reader, Reading, kept_still, marks_of, rested
from hashing.sizes import PIECE_SIZE
from hashing.spread.tasks import FORMAT, PARTS, Setting
from hashing.wire import Form, row_of

Sent = tuple[int, bytes]
"""The format of tasks, and a packed Setting."""


class StoreNotThere(Exception):
    """This worker cannot open the folder that holds the files."""


class OtherVersion(Exception):
    """This worker has a version of the package that reads tasks otherwise."""


def read_files(sent: Sent, names: Sequence[bytes]) -> bytes:
    """The rows of some whole files, packed; raises StoreNotThere or OtherVersion."""
    setting = _setting(sent)
    reader, pace = Reader(setting.recipe()), Pace(setting.rate)

    def tell(count: int) -> None:
        pace.spend(count)
        pace.wait()

    folders = _Folders(setting)
    try:
        rows = [row_of(folders.with_file(name, lambda descriptor: reader.read(descriptor, tell))) for name in names]
    finally:
        folders.close()
    return Form(setting.recipe()).pack(rows)


def read_pieces(sent: Sent, name: bytes, size: int, first: int, count: int) -> bytes:
    """The row of some pieces of one file of so many bytes, packed; raises StoreNotThere or OtherVersion."""
    folders = _Folders(_setting(sent))
    try:
        reading = folders.with_file(name, lambda descriptor: _pieces(descriptor, size, first, count))
    finally:
        folders.close()
    return Form(PARTS).pack([row_of(reading)])


def _setting(sent: Sent) -> Setting:
    version, data = sent
    if version != FORMAT:
        raise OtherVersion(f"tasks of format {version}, and this worker knows {FORMAT}")
    return Setting.unpack(data)


def _pieces(descriptor: int, size: int, first: int, count: int) -> Reading:
    """The digests of some pieces of an open file, one behind the other."""
    before = rested(descriptor, os.fstat(descriptor))
    if not S_ISREG(before.st_mode):
        return Reading(UNREADABLE, "it was no longer a file when it was opened")
    if before.st_size != size:
        return Reading(CHANGED, f"it has {before.st_size} bytes, and had {size} when it was listed", size=0)
    buffer = memoryview(bytearray(PIECE_SIZE))
    pieces = range(first, first + count)
    try:
        digests = [_piece(descriptor, buffer[: min(PIECE_SIZE, size - at * PIECE_SIZE)], at) for at in pieces]
        after = os.fstat(descriptor)
    except OSError as error:
        return Reading(UNREADABLE, reason_of(error), modified=before.st_mtime_ns)
    if not kept_still(before, after):
        return Reading(CHANGED, "it was written to, or its name or owner changed, while it was read", size=size)
    reading = Reading(MEASURED, size=size, modified=before.st_mtime_ns, pieces=b"".join(digests))
    reading.marks = marks_of(before)
    return reading


def _piece(descriptor: int, buffer: memoryview, number: int) -> bytes:
    """The digest of one piece."""
    filled = 0
    while filled < len(buffer) and (got := read_into_at(descriptor, buffer[filled:], number * PIECE_SIZE + filled)):
        filled += got
    hasher = new("blake3")
    hasher.update(buffer[:filled])
    return hasher.digest()


class _Folders:
    """The folder that names begin at, and the one below it that was opened last."""

    def __init__(self, setting: Setting) -> None:
        self._start = _opened(setting)
        self._last: tuple[bytes, Folder] | None = None

    def with_file(self, name: bytes, read: Callable[[int], Reading]) -> Reading:
        """What reading a file led to, or why it could not be opened."""
        parent, _, last = name.rpartition(b"/")
        try:
            descriptor = self._folder(parent).open_file(last)
        except OSError as error:
            return Reading(UNREADABLE, mishap_of(error))
        try:
            return read(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        self._start.close()
        if self._last:
            self._last[1].close()

    def _folder(self, parent: bytes) -> Folder:
        """The folder at a place below the start; raises OSError."""
        if not parent:
            return self._start
        if self._last and self._last[0] == parent:
            return self._last[1]
        found = _below(self._start, parent)
        if self._last:
            self._last[1].close()
        self._last = parent, found
        return found


def _opened(setting: Setting) -> Folder:
    """The folder that names begin at; raises StoreNotThere."""
    try:
        root = Folder.at(setting.root)
        if not setting.below:
            return root
        try:
            return _below(root, setting.below)
        finally:
            root.close()
    except (OSError, ValueError) as error:
        raise StoreNotThere(reason_of(error) if isinstance(error, OSError) else "not a path") from error


def _below(start: Folder, path: bytes) -> Folder:
    """A folder below another, step by step, so that no link leads away; raises OSError."""
    at, own = start, False
    for name in path.split(b"/"):
        if name in (b"", b".", b".."):
            raise FileNotFoundError(2, "not a name")
        try:
            deeper = at.open_folder(name)
        finally:
            if own:
                at.close()
        at, own = deeper, True
    return at
