"""The working file of a sealing under way, by which it is taken up where it stopped (docs/spec/register.md, G8).

One process at a time has it. It stays behind when that is interrupted, and goes when the record is committed.
Which items may be taken from it the marks of each file decide (hashing/resuming.py), not this module.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from custody.edges import files
from custody.edges.locks import try_lock
from custody.edges.register import Register
from hashing.items import Item, Outcome
from manifests.errors import EnvironmentFault, NotAllowedError, RefutedError
from manifests.unfinished import FORMAT, MAX_LINE, Printer, SealingHead, SealingRequest, read

_WRITE_EVERY, _FLUSH_EVERY = 1.0, 10.0
"""Seconds until what is known is handed to the system, and until it is forced to the disk."""


_WORDS = {
    "paths": "paths",
    "algorithms": "digests",
    "describe": "descriptions",
    "scope": "scope",
    "tool": "versions of this tool",
}


@dataclass(frozen=True, kw_only=True)
class UnfinishedSealing:
    """What an interrupted sealing left behind."""

    head: SealingHead
    items: int


class SealingRun:
    """A sealing under way: what is known from before, and what will be known if it stops."""

    def __init__(self, path: Path, head: SealingHead, old: BinaryIO | None, left: UnfinishedSealing | None) -> None:
        """`old`: the file of before, which stays until the new one holds as much."""
        self.started_at, self.resumed_at = head.started_at, head.resumed_at
        self._path, self._old = path, old
        self._wanted = left.items if left else 0
        self._needed = bool(self.resumed_at)
        """Whether the old one is still to be read from."""
        self._count = 0
        self._file = create(beside(path) if old else path, head.asked.chain)
        self._printer = Printer()
        self._written = self._flushed = time.monotonic()
        self._file.write(self._printer.line(head))

    def known(self) -> Iterator[Item]:
        """The items of before, in order; none where nothing is resumed."""
        if self._old is not None and self._needed:
            for line in read(lines_of(self._old)):
                if isinstance(line, Item):
                    yield line
        self._needed = False

    def keep(self, found: Item) -> None:
        """Note a measured item; any other is looked at again next time."""
        if found.marks is None or found.outcome is not Outcome.MEASURED:
            return
        self._file.write(self._printer.line(found))
        self._count += 1
        if self._old is not None and self._count >= self._wanted and not self._needed:
            self._take_over()
        now = time.monotonic()
        if now - self._written >= _WRITE_EVERY:
            self._file.flush()
            self._written = now
            if now - self._flushed >= _FLUSH_EVERY:
                files.fsync(self._file.fileno())
                self._flushed = now

    def stop(self) -> None:
        """Leave the better of the two files for another time, if anything is in it."""
        with contextlib.suppress(OSError):  # a last line that is torn does no harm
            self._file.close()
        if self._old is not None:
            self._old.close()
            files.remove(beside(self._path))
        elif not self._count:
            files.remove(self._path)

    def done(self) -> None:
        """All is recorded: the file has served."""
        files.remove(self._path)
        self.stop()

    def _take_over(self) -> None:
        """Put the new file in the place of the old one."""
        assert self._old is not None
        self._file.flush()
        files.fsync(self._file.fileno())
        files.rename(beside(self._path), self._path)
        self._old.close()
        self._old = None


@contextlib.contextmanager
def begin(
    register: Register, asked: SealingRequest, now: str, *, resume: bool, notice: Callable[[str], None]
) -> Iterator[SealingRun]:
    """A sealing of an exhibit, the only one of it at a time; its file goes when the block ends without an error.

    Raises NotAllowedError where what is to be resumed was asked otherwise, and EnvironmentFault where it cannot be
    read. What is begun anew `notice` is told; so it is where there is nothing to resume.
    """
    path = working_path(register, asked.chain)
    files.make_folders(path.parent)
    old, left = _found(path, asked.chain, resume, notice)
    try:
        if resume and left and left.items:
            head = _resumed(asked, left, now)
        else:
            head = SealingHead(format=FORMAT, asked=asked, started_at=now)
            if resume:
                notice(f"note: nothing of {asked.chain} was left half-sealed: the sealing begins anew")
        files.remove(beside(path))
        run = SealingRun(path, head, old, left)
    except BaseException:
        if old:
            old.close()
        raise
    try:
        yield run
    except BaseException as err:
        run.stop()
        if files.status(path) is not None:
            err.add_note("to go on where it stopped, do the same again with --resume")
        raise
    run.done()


def _found(
    path: Path, chain: str, resume: bool, notice: Callable[[str], None]
) -> tuple[BinaryIO | None, UnfinishedSealing | None]:
    """The file that is there, ours alone, and what it holds."""
    old = hold(path, chain)
    if old is None:
        return None, None
    try:
        left = _looked_at(old, path)
    except EnvironmentFault as err:
        old.close()
        if resume:
            raise
        notice(f"note: {err.message}; begun anew")
        return None, None
    if left and left.items and not resume:
        notice(f"note: a sealing begun {left.head.started_at} was left unfinished after {left.items} items")
        notice("hint: this one begins anew; to go on with that one, stop now and do the same again with --resume")
    return old, left


def _resumed(asked: SealingRequest, left: UnfinishedSealing, now: str) -> SealingHead:
    """The head of a sealing that goes on."""
    before = left.head
    if before.asked != asked:
        other = [word for name, word in _WORDS.items() if getattr(before.asked, name) != getattr(asked, name)]
        raise NotAllowedError(
            f"the unfinished sealing of {asked.chain} was begun with other {', '.join(other)}",
            "ask for the same as then, or leave out --resume: then everything is read anew",
        )
    return SealingHead(format=FORMAT, asked=asked, started_at=before.started_at, resumed_at=(*before.resumed_at, now))


def _looked_at(file: BinaryIO, path: Path) -> UnfinishedSealing | None:
    """What a working file holds, read to its end; a damaged one is put aside, and raises EnvironmentFault."""
    head, items = None, 0
    try:
        for line in read(lines_of(file)):
            if isinstance(line, SealingHead):
                head = line
            else:
                items += 1
    except RefutedError as err:
        raise put_aside(path, "sealing", err, "do it without --resume: everything is read anew") from err
    return UnfinishedSealing(head=head, items=items) if head else None


def put_aside(path: Path, what: str, err: RefutedError, then: str) -> EnvironmentFault:
    """Put a damaged working file out of the way; what to say of it, and what to do `then`."""
    aside = path.with_name(path.name + "~damaged")
    files.rename(path, aside)
    return EnvironmentFault(
        f"what an interrupted {what} left cannot be read: {err.message}", f"it was put aside as {aside.name}; {then}"
    )


def working_path(register: Register, chain: str, what: str = "items") -> Path:
    """Where an exhibit's working file lies; `~` is no letter of a name."""
    return register.path / "unfinished" / (chain.replace(":", "~").replace("/", "~") + "~" + what)


def beside(path: Path) -> Path:
    """Where a new one is written while there is an old one."""
    return path.with_name(path.name + "~new")


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a working file, from its start."""
    file.seek(0)
    while line := file.readline(MAX_LINE):
        yield line


def create(path: Path, chain: str) -> BinaryIO:
    """A new file, 0600, that is ours alone; raises NotAllowedError."""
    try:
        made = files.create(path)
    except FileExistsError as err:
        raise _busy(chain) from err
    if try_lock(made.fileno()) is False:
        made.close()
        raise _busy(chain)
    return made


def hold(path: Path, chain: str) -> BinaryIO | None:
    """The file that is there, ours alone; None where there is none. Raises NotAllowedError where another has it."""
    while True:
        try:
            found = files.ordinary(path, write=True)
        except FileNotFoundError:
            return None
        if try_lock(found.fileno()) is False:
            found.close()
            raise _busy(chain)
        here = files.status(path)
        if here is not None and os.path.samestat(os.fstat(found.fileno()), here):
            return found
        found.close()  # another has finished with it, or put a new one in its place, in this very moment


def _busy(chain: str) -> NotAllowedError:
    return NotAllowedError(f"{chain} is being worked on by another process", "wait until that has ended")
