"""Reads the log of an acquisition tool by a process with limits, and gives what it claims.

A log may be hostile. The process that parses it holds nothing of ours; what it answers is taken apart without
trust. A crash, a hang or an invalid response costs the claims of that log only, and gives a reason in words. Which line
of which tool is mapped to which scope stands at the top of the module that reads that tool.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field

from hashing.claims.frames import ASK, END, FILES, MOST_FRAME, STATEMENTS, InvalidLogAnswer, unpack_rows, unpack_summary
from hashing.claims.saying import FILE, MOST_LOG, MOST_STATEMENTS, UNKNOWN, Statement
from hashing.claims.spool import Spool
from hashing.errors import CannotStart
from hashing.opening import reason_of
from hashing.sandbox.process import Deadline, LimitedProcess, ProcessFailed

__all__ = ["Log", "Statement", "read_log"]

_SHARE = 16 * 1024 * 1024
"""Bytes of a log for which the time is allowed; a larger one gets it several times."""
_ANSWER = 8
"""Bytes of an answer for one of the log, at most: a line of a list repeats its name for each digest."""
_SPARE = 1024 * 1024
_PATIENCE = 0.5
"""Seconds for an orderly end."""
_MESSAGES = dict.fromkeys((STATEMENTS, FILES, END), MOST_FRAME)


@dataclass(frozen=True, kw_only=True)
class Log:
    """What one log claims: words of a tool, not facts."""

    tool: str
    """One of hashing.claims.saying.TOOLS; `unknown` where nothing could be read."""
    version: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """Fields of the case, the device and the act; any characters, of evidence, to be shown escaped."""
    statements: tuple[Statement, ...] = ()
    """Of the source and of images: all scopes but `file`."""
    files: Spool = field(default_factory=Spool)
    """Of single files, in the order of the log; their number is its length."""
    unread: str | None = None
    """What was left out, or why nothing was read, in words."""
    left: Mapping[str, int] = field(default_factory=dict)
    """The same as numbers, by the words of hashing.claims.saying; empty too where nothing was read at all."""


def read_log(descriptor: int, limit: float = 20.0) -> Log:
    """What the log behind a descriptor claims; never raises for what stands in it.

    `limit`: seconds for each 16 MiB begun.
    """
    try:
        status = os.fstat(descriptor)
        if reason := _refusal(status):
            return _nothing(reason)
        process = LimitedProcess("hashing.claims.reader", [], _MESSAGES, own_group=False, patience=_PATIENCE)
    except OSError as error:
        return _nothing(reason_of(error))
    except CannotStart as error:
        return _nothing(f"the process that reads it could not be started: {error.message}")
    answer = _Answer(process, _ANSWER * status.st_size + _SPARE)
    try:
        process.send(ASK, descriptors=[descriptor])
        return answer.log(Deadline(limit * (1 + status.st_size // _SHARE)))
    except ProcessFailed as error:
        return answer.dropped(error.message)
    except _NoRoom as error:
        return answer.dropped(f"there is no room to keep its list: {error}")
    finally:
        process.close()


def _refusal(status: os.stat_result) -> str | None:
    """Why a file is not read at all."""
    if not stat.S_ISREG(status.st_mode):
        return "it is not an ordinary file"
    if status.st_size > MOST_LOG:
        return f"it is larger than {MOST_LOG // 1024**2} MiB"
    return None


def _nothing(reason: str) -> Log:
    return Log(tool=UNKNOWN, unread=reason)


class _NoRoom(Exception):
    """The claims of the log cannot be kept."""


class _Answer:
    """What comes from the process, until its end."""

    def __init__(self, process: LimitedProcess, most: int) -> None:
        self._process = process
        self._most = most
        self._statements: list[Statement] = []
        self._files = Spool()

    def log(self, deadline: Deadline) -> Log:
        """The whole answer; raises ProcessFailed or _NoRoom."""
        while True:
            kind, untrusted_body = self._process.receive(deadline)
            with self._process.checking():
                if kind == END:
                    summary = unpack_summary(untrusted_body)._asdict()
                    return Log(**summary, statements=tuple(self._statements), files=self._files)
                self._keep(kind, untrusted_body)

    def dropped(self, reason: str) -> Log:
        """Nothing but a reason: half a list would look like a whole one."""
        self._files.close()
        return _nothing(reason)

    def _keep(self, kind: bytes, untrusted_body: bytes) -> None:
        if kind == STATEMENTS:
            self._statements += unpack_rows(untrusted_body)
            if len(self._statements) > MOST_STATEMENTS or any(one.scope == FILE for one in self._statements):
                raise InvalidLogAnswer
            return
        try:
            self._files.add(untrusted_body)
        except OSError as error:
            raise _NoRoom(reason_of(error)) from error
        if self._files.size > self._most:
            raise InvalidLogAnswer
