# ruff: noqa: PTH113, PTH117, PTH118
"""Asks a describer, a process with limits, about one open file after another.

A describer that stops, hangs or sends an invalid response is ended and replaced, and costs only the description of
the file it was given. Runs in a worker and imports little.
"""

import os

from hashing.describe.answers import MOST_BYTES, pack, unpack
from hashing.errors import CannotStart
from hashing.sandbox.process import SILENT, Deadline, LimitedProcess, ProcessFailed

ASK, ANSWER, MEDIA_TYPE, LEAVING = b"?", b"A", b"M", b"L"
"""To it, with a descriptor. From it: the answer; the media type, while exiftool is asked; the answer, with which the
describer ends itself."""
_MESSAGES = {ANSWER: MOST_BYTES, MEDIA_TYPE: MOST_BYTES, LEAVING: MOST_BYTES}
_PATIENCE = 0.5
"""Seconds for an orderly end."""
_HANGING = 10
"""Files that may take all of the time; then each gets a tenth of it, for such files can be made by the thousand."""
_NEVER_ANSWERED = 3
"""Describers that may fail before one has answered; then no other is started."""


def find_exiftool() -> str:
    """The absolute path of exiftool, or nothing; never from the current folder, which may be evidence."""
    for folder in os.get_exec_path():
        path = os.path.join(folder, "exiftool")
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""


class Describer:
    """The describer process as seen by a worker."""

    def __init__(self, exiftool: str, limit: float, alive: int | None = None) -> None:
        """`limit`: seconds for one file; `alive`: a descriptor whose hang-up ends all waiting."""
        self._exiftool = exiftool
        self._limit = limit
        self._alive = alive
        self._process: LimitedProcess | None = None
        self._failures = 0
        self._hung = 0
        self._answered = False

    def describe(self, descriptor: int) -> bytes:
        """The packed answer about the file behind a descriptor, which must have been read to the end before:
        whoever gets it shares its position."""
        if self._failures >= _NEVER_ANSWERED and not self._answered:
            return pack(None, "the describer does not run", {})
        limit = self._limit if self._hung < _HANGING else self._limit / 10
        media_type = None
        try:
            process = self._process or self._start()
            process.send(ASK, descriptors=[descriptor])
            deadline = Deadline(limit)
            kind, packed = process.receive(deadline)
            if kind == MEDIA_TYPE:
                media_type = unpack(packed)[0]
                kind, packed = process.receive(deadline)
        except (ProcessFailed, CannotStart) as error:
            self._process = None
            self._hung += isinstance(error, ProcessFailed) and error.how == SILENT
            self._failures += not isinstance(error, ProcessFailed) or error.how != SILENT
            words = error.message.replace("the describer", "exiftool") if media_type else error.message
            return pack(media_type, words, {})
        self._answered = True
        if kind == LEAVING:
            self.close()
        return packed

    def close(self) -> None:
        """Let the describer end, with the exiftool it has started."""
        process, self._process = self._process, None
        if process:
            process.close()

    def _start(self) -> LimitedProcess:
        self._process = LimitedProcess(
            "hashing.describe.describer", [self._exiftool], _MESSAGES, name="the describer", own_group=False,
            patience=_PATIENCE, watched=self._alive,
        )  # fmt: skip
        return self._process
