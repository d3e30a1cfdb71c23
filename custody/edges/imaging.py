"""The working file of an imaging under way, by which it goes on where it stopped (docs/spec/register.md, G9).

One process at a time has it. It stays behind when imaging is interrupted, and goes when the records are committed.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from custody.edges import files
from custody.edges.register import Register
from custody.edges.unfinished import beside, create, hold, lines_of, put_aside, working_path
from hashing.errors import ImageChanged
from hashing.imaging.reached import Reached
from manifests.errors import NotAllowedError, RefutedError
from manifests.imaging import FORMAT, Begun, ImagingStep, Wanted, reached, read
from manifests.unfinished import Printer

_WORDS = {
    "source": "exhibit",
    "serial": "serial number of the device",
    "size": "size of the device",
    "sector": "sector size of the device",
    "folder": "--out",
    "part": "--format or --part-size",
    "algorithms": "--digest",
    "tool": "version of this tool",
}


class Journal:
    """An imaging under way: how far it was, and what is noted of how far it comes."""

    def __init__(self, path: Path, begun: Begun, before: Reached, chain: str) -> None:
        """Write a new file beside the one that is there, and put it in its place."""
        self.begun, self.before = begun, before
        self._path, self._printer = path, Printer()
        self._file = create(beside(path), chain)
        try:
            self._write(begun)
            if before.at:
                self.step(before)
            self._flush()
            files.rename(beside(path), path)
        except BaseException:
            self._file.close()
            files.remove(beside(path))
            raise

    def step(self, more: Reached) -> None:
        """Note a further point that lies on the medium; it is on ours when this returns."""
        self._write(ImagingStep(at=more.at, pieces=more.pieces, unreadable=more.unreadable))
        self._flush()

    def close(self, *, done: bool) -> None:
        """Leave it for another time, or take it away."""
        with contextlib.suppress(OSError):
            self._file.close()
        if done:
            files.remove(self._path)

    def _write(self, value: Begun | ImagingStep) -> None:
        self._file.write(self._printer.line(value))

    def _flush(self) -> None:
        self._file.flush()
        files.fsync(self._file.fileno())


@contextlib.contextmanager
def begin(
    register: Register, wanted: Wanted, now: str, *, resume: bool, notice: Callable[[str], None]
) -> Iterator[Journal]:
    """An imaging into an exhibit, the only one at a time; its file goes when the block ends without an error.

    What is begun anew, so that an unfinished one cannot be gone on with any more, `notice` is told.

    Raises NotAllowedError where there is nothing to resume, or only what was asked otherwise; EnvironmentFault where
    what was left cannot be read.
    """
    path = working_path(register, wanted.into, "image")
    files.make_folders(path.parent)
    old = hold(path, wanted.into)
    if old and not resume:
        notice(
            f"note: an image into {wanted.into} was left unfinished; this one begins anew, and that one cannot go on"
        )
    with old or contextlib.nullcontext():
        begun, before = _resumed(old, path, wanted, now) if resume else (_anew(wanted, now), Reached())
        files.remove(beside(path))
        journal = Journal(path, begun, before, wanted.into)
    try:
        yield journal
    except BaseException as err:
        journal.close(done=False)
        if not isinstance(err, ImageChanged):
            err.add_note("to go on where it stopped, do the same again with --resume")
        raise
    journal.close(done=True)


def _anew(wanted: Wanted, now: str) -> Begun:
    return Begun(format=FORMAT, wanted=wanted, started_at=now)


def _resumed(old: BinaryIO | None, path: Path, wanted: Wanted, now: str) -> tuple[Begun, Reached]:
    """What was begun, and how far it was."""
    begun, steps = None, []
    try:
        for line in read(lines_of(old)) if old else ():
            if isinstance(line, Begun):
                begun = line
            else:
                steps.append(line)
        before = reached(steps, begun.wanted.size) if begun else Reached()
    except RefutedError as err:
        raise put_aside(path, "imaging", err, "do it without --resume, into another folder") from err
    if begun is None:
        raise NotAllowedError(f"no imaging into {wanted.into} was left unfinished", "do it without --resume")
    if begun.wanted != wanted:
        other = [words for name, words in _WORDS.items() if getattr(begun.wanted, name) != getattr(wanted, name)]
        raise NotAllowedError(
            f"the unfinished imaging was begun with another {', another '.join(other)}",
            "give the same as then, and the same device",
        )
    return Begun(format=FORMAT, wanted=wanted, started_at=begun.started_at, resumed_at=(*begun.resumed_at, now)), before


def absolute(path: Path) -> bytes:
    """A path as the journal holds it."""
    return os.fsencode(path.absolute())
