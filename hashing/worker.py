"""A process that reads files: takes jobs from a socket, opens the files named in them, and sends back what they are.

Holds no key, knows no path (folders arrive as descriptors) and parses nothing: describing is left to a
process with tighter limits. Ends when the other end of its socket does.
"""

import os
import sys
import time
from _socket import CMSG_SPACE, MSG_WAITALL, socket  # the module socket itself is a third of the start

from hashing.opening import Folder, mishap_of, reason_of
from hashing.reading import MEASURED, UNREADABLE, Reader, Reading, Recipe
from hashing.sandbox.framing import COUNT, HEADER, message
from hashing.sizes import LARGE
from hashing.wire import BYTES, MOST_FOLDERS, RESULT, Form, Row, row_of, unpack_job

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashing.describe.asking import Describer
    from hashing.pacing import Pace

_EVERY = 0.1
"""Seconds between two reports about a large file."""
_FOLDERS = CMSG_SPACE(4 * MOST_FOLDERS)
"""Room for the descriptors beside a job, four bytes each."""
_ENOUGH = 8 * 1024 * 1024
"""Bytes of one job with several files; what goes beyond is given back, so that others can share it."""


def main(descriptor: str, algorithms: str, flags: str, cores: str, exiftool: str, limit: str, rate: str) -> None:
    """Serve until there is nobody left to serve, then take everything that was started along."""
    recipe = Recipe(
        algorithms.split(","), pieces="p" in flags, quick="q" in flags, cores=int(cores), marks="m" in flags
    )
    line = socket(fileno=int(descriptor))
    describer = None
    if "d" in flags:
        from hashing.describe.asking import Describer

        describer = Describer(exiftool, float(limit), line.fileno())
    try:  # noqa: SIM105  contextlib would be a tenth of the start
        Worker(line, recipe, describer, int(rate)).serve()
    except (OSError, SystemExit):
        pass  # the other end is gone
    if describer:
        describer.close()
    os._exit(0)


class Worker:
    """One job after another."""

    def __init__(self, line: socket, recipe: Recipe, describer: "Describer | None", rate: int = 0) -> None:
        """`rate`: bytes a second to read on average, 0 for as many as there are."""
        self._line = line
        self._reader = Reader(recipe)
        self._form = Form(recipe)
        self._describer = describer
        self._untold = 0
        self._told = 0.0
        self._pace = _pace(rate)

    def serve(self) -> None:
        """Answer jobs until the other end closes."""
        while job := self._receive():
            self._untold = 0
            self._line.sendall(message(RESULT, self._form.pack(self._answers(*job))))

    def _receive(self) -> tuple[list[Folder], list[list[bytes]]] | None:
        """The next job: open folders and the names to read in each; None at the end."""
        header, beside, _, _ = self._line.recvmsg(HEADER.size, _FOLDERS, MSG_WAITALL)
        if not header:
            return None
        body = self._line.recv(HEADER.unpack(header)[1], MSG_WAITALL)
        folders = [Folder(descriptor, "") for _, _, data in beside for descriptor in memoryview(data).cast("i")]
        return folders, unpack_job(body)

    def _answers(self, folders: list[Folder], runs: list[list[bytes]]) -> list[Row]:
        """What became of the files, in order, up to the first that should get a job to itself."""
        rows: list[Row] = []
        files = [(folder, name) for folder, names in zip(folders, runs, strict=True) for name in names]
        most = _ENOUGH if len(files) > 1 else sys.maxsize
        for folder, name in files:
            row = self._answer(folder, name, most)
            if row is None:
                break
            rows.append(row)
            most -= row[1]
            if self._pace and 0 < row[1] <= LARGE:  # larger ones are paced while they are read
                self._read_so_many(row[1])
        for folder in folders:
            folder.close()
        return rows

    def _answer(self, folder: Folder, name: bytes, most: int) -> Row | None:
        """Open, read and describe one file, unless it is too large."""
        try:
            descriptor = folder.open_file(name)
        except OSError as error:
            return row_of(Reading(UNREADABLE, mishap_of(error)))
        try:
            before = os.fstat(descriptor)
            if before.st_size > most:
                return None
            row = self._read(descriptor, before)
            if self._describer and row[0] == MEASURED:
                return (*row[:6], self._describer.describe(descriptor), row[7])
            return row
        finally:
            os.close(descriptor)

    def _read(self, descriptor: int, before: os.stat_result) -> Row:
        """Read one open file: at once where that will do."""
        try:
            found = self._reader.at_once(descriptor, before)
        except OSError as error:
            return row_of(Reading(UNREADABLE, reason_of(error), modified=before.st_mtime_ns))
        if found:
            size, modified, digests, marks = found
            return MEASURED, size, modified, digests, "", b"", None, marks
        return row_of(self._reader.read(descriptor, self._tell, before=before))

    def _read_so_many(self, count: int) -> None:
        """Wait as long as so many bytes take at the rate that was asked for."""
        if self._pace:
            self._pace.spend(count)
            self._pace.wait()

    def _tell(self, count: int) -> None:
        """Report how many more bytes of a large file were read; fails when nobody listens any more."""
        self._read_so_many(count)
        self._untold += count
        now = time.monotonic()
        if now - self._told >= _EVERY:
            self._line.sendall(message(BYTES, COUNT.pack(self._untold)))
            self._untold, self._told = 0, now


def _pace(rate: int) -> "Pace | None":
    """What keeps a rate, where one was asked for."""
    if not rate:
        return None
    from hashing.pacing import Pace  # here, since few jobs need it

    return Pace(rate)
