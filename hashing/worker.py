"""A process that reads files: takes jobs from a socket, opens the files named in them, and sends back what they are.

Holds no key, knows no path (folders arrive as descriptors) and parses nothing: describing is left to a
process with tighter limits. Ends when the other end of its socket does.
"""

import os
import sys
import time
from contextlib import suppress
from socket import MSG_WAITALL, recv_fds, socket

from hashing.opening import Folder, mishap_of
from hashing.reading import MEASURED, TOO_LARGE, UNREADABLE, Reader, Reading, Recipe
from hashing.wire import BYTES, COUNT, HEADER, MOST_FOLDERS, RESULT, Form, Row, message, row_of, unpack_job

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashing.describe.asking import Describer

_EVERY = 0.1
"""Seconds between two reports about a large file."""
_ENOUGH = 8 * 1024 * 1024
"""Bytes of one job with several files; what goes beyond is given back, so that others can share it."""


def main(descriptor: str, algorithms: str, flags: str, cores: str, exiftool: str, limit: str) -> None:
    """Serve until there is nobody left to serve, then take everything that was started along."""
    recipe = Recipe(algorithms.split(","), pieces="p" in flags, quick="q" in flags, cores=int(cores))
    line = socket(fileno=int(descriptor))
    describer = None
    if "d" in flags:
        from hashing.describe.asking import Describer

        describer = Describer(exiftool, float(limit), line.fileno())
    with suppress(OSError, SystemExit):  # the other end is gone
        Worker(line, recipe, describer).serve()
    if describer:
        describer.close()
    os._exit(0)


class Worker:
    """One job after another."""

    def __init__(self, line: socket, recipe: Recipe, describer: "Describer | None") -> None:
        self._line = line
        self._reader = Reader(recipe)
        self._form = Form(recipe.stride)
        self._describer = describer
        self._untold = 0
        self._told = 0.0

    def serve(self) -> None:
        """Answer jobs until the other end closes."""
        while job := self._receive():
            self._untold = 0
            self._line.sendall(message(RESULT, self._form.pack(self._answers(*job))))

    def _receive(self) -> tuple[list[Folder], list[list[bytes]]] | None:
        """The next job: open folders and the names to read in each; None at the end."""
        header, descriptors, _, _ = recv_fds(self._line, HEADER.size, MOST_FOLDERS, MSG_WAITALL)
        if not header:
            return None
        body = self._line.recv(HEADER.unpack(header)[1], MSG_WAITALL)
        return [Folder(descriptor, "") for descriptor in descriptors], unpack_job(body)

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
            reading = self._reader.read(descriptor, self._tell, most=most)
            if reading.outcome == TOO_LARGE:
                return None
            if self._describer and reading.outcome == MEASURED:
                return row_of(reading, self._describer.describe(descriptor))
            return row_of(reading)
        finally:
            os.close(descriptor)

    def _tell(self, count: int) -> None:
        """Report how many more bytes of a large file were read; fails when nobody listens any more."""
        self._untold += count
        now = time.monotonic()
        if now - self._told >= _EVERY:
            self._line.sendall(message(BYTES, COUNT.pack(self._untold)))
            self._untold, self._told = 0, now
