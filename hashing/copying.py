# ruff: noqa: PTH102
"""Copies evidence into a new folder while measuring it: one read gives the digests and the copy.

Each copy is flushed to its medium and read back before its item is given out. Only files that were measured
are kept; links, devices and empty folders are items, never copies. Times and owners are not copied: they
are facts of the original, and stand in its manifest.
"""

import errno
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, suppress

from hashing.describe.asking import Describer, find_exiftool
from hashing.errors import CopyDiffers, CopyFailed, TargetNotEmpty
from hashing.items import Item
from hashing.measure import Plan, item_of, recipe_of
from hashing.opening import Folder, forget, mishap_of, reason_of
from hashing.progress import Listener, Meter
from hashing.reading import MEASURED, UNREADABLE, Reader, Reading, Recipe
from hashing.sources import Source
from hashing.walking import walk
from hashing.wire import row_of

_NAME_REFUSED = {errno.EINVAL, errno.EILSEQ, errno.ENAMETOOLONG, errno.EEXIST, errno.ENOENT}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def copy(
    sources: Sequence[Source],
    into: str | os.PathLike[str],
    plan: Plan,
    progress: Listener | None = None,
    stored: Callable[[bytes], bytes] = bytes,
) -> Generator[Item, None, None]:
    """Copy every regular file below the sources into a new or empty folder; items and order as `measure` has them.

    `stored` gives the path below that folder under which a file of some name is written from the start.

    Raises UnknownAlgorithm, TargetNotEmpty or CopyFailed at once, and CopyFailed or CopyDiffers at the item
    where it happens: what is in the folder is then incomplete, and is the caller's to remove. `plan.quick`
    is ignored.
    """
    recipe = recipe_of(plan)
    return _Copying(plan, recipe, _Target(os.fspath(into)), stored).items(sources, Meter(progress, sources))


class _Target:
    """The folder copied into, and the folder inside it that is being written to."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            with suppress(FileExistsError):
                os.mkdir(path, _FOLDER_MODE)
            self._root = Folder.at(path)
        except OSError as error:
            raise CopyFailed(os.fsencode(path), reason_of(error)) from error
        if self._root.names()[0]:
            self._root.close()
            raise TargetNotEmpty(path)
        self._here = self._root.again()
        self._components: list[bytes] = []
        self._split: list[list[bytes]] = []
        """Folders made for names that are too long for one."""
        self._dirty = True

    def folder_of(self, name: bytes) -> Folder:
        """The folder for an item, made if need be; raises OSError.

        A folder that the walk enters for the first time must be new here: `A` and `a` may be one on this
        medium.
        """
        components = name.split(b"/")[:-1]
        if components != self._components:
            known = _common(components, self._components)
            self._move(self._root.again())
            for depth, component in enumerate(components):
                if depth >= known:
                    self._make(components[: depth + 1])
                self._move(self._here.open_folder(component))
            self._components = components
        self._dirty = True
        return self._here

    def _make(self, way: list[bytes]) -> None:
        """Make the last folder of a way; only one that goes on with a long name may be come to twice."""
        self._dirty = True
        if way in self._split:
            return
        os.mkdir(way[-1], _FOLDER_MODE, dir_fd=self._here.descriptor)
        if way[-1].endswith(b"="):
            self._split.append(way)

    def close(self) -> None:
        """Flush the last folder, and give the descriptors back."""
        self._move(self._root)
        self._root.close()

    def _move(self, folder: Folder) -> None:
        """Leave a folder for another one; new names in it are flushed to the medium."""
        left, self._here = self._here, folder
        try:
            if self._dirty:
                os.fsync(left.descriptor)
        finally:
            self._dirty = False
            left.close()


def _common(one: list[bytes], other: list[bytes]) -> int:
    """How many components two paths share from the start."""
    shared = 0
    while shared < min(len(one), len(other)) and one[shared] == other[shared]:
        shared += 1
    return shared


class _Writer:
    """Takes the bytes of one file and writes them to its copy."""

    def __init__(self, descriptor: int, listed: bytes) -> None:
        self._descriptor = descriptor
        self._listed = listed

    def update(self, data: memoryview, /) -> None:
        """Write all of it; raises CopyFailed, so that it is not taken for an error of reading."""
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            raise CopyFailed(self._listed, reason_of(error), *_advice(error)) from error


def _advice(error: OSError) -> tuple[str, ...]:
    """What to do about an error of the medium that is written to."""
    if error.errno in _NAME_REFUSED:
        return (
            "this medium cannot hold that name, or takes two names that differ in letters only for one",
            "use a medium with another file system, such as ext4; or let the contents travel apart: --media-apart",
        )
    if error.errno in _FULL:
        return ("use a medium with enough space",)
    return ("see whether the medium can be written to, or use another",)


class _Copying:
    """One copy, from the first file to the last."""

    def __init__(self, plan: Plan, recipe: Recipe, target: _Target, stored: Callable[[bytes], bytes]) -> None:
        self._stored = stored
        self._recipe = recipe
        self._reader = Reader(recipe)
        self._compared = recipe.algorithms.index("sha256") if "sha256" in recipe.algorithms else 0
        compared = recipe.algorithms[self._compared]
        self._again = Reader(Recipe((compared,), pieces=False, quick=False, cores=1), settle=False)
        self._target = target
        self._describer = Describer(find_exiftool(), plan.describe_limit) if plan.describe else None

    def items(self, sources: Sequence[Source], meter: Meter) -> Generator[Item, None, None]:
        """Copy file after file, in the order of the list."""
        with ExitStack() as stack:
            stack.callback(meter.close)
            stack.callback(self._target.close)
            if self._describer:
                stack.callback(self._describer.close)
            for found in walk(sources):
                if isinstance(found, Item):
                    yield meter.counted(found)
                    continue
                for name, listed in zip(found.names, found.listed, strict=True):
                    yield meter.counted(self._item(found.folder, name, listed, meter))
            meter.finish()

    def _item(self, folder: Folder, name: bytes, listed: bytes, meter: Meter) -> Item:
        """Open, measure, copy and describe one file."""
        try:
            descriptor = folder.open_file(name)
        except OSError as error:
            return item_of(listed, row_of(Reading(UNREADABLE, mishap_of(error))), self._recipe)
        try:
            reading = self._copied(descriptor, listed, meter)
            described = self._describer and reading.outcome == MEASURED
            packed = self._describer.describe(descriptor) if self._describer and described else None
            return item_of(listed, row_of(reading, packed), self._recipe)
        finally:
            os.close(descriptor)

    def _copied(self, descriptor: int, listed: bytes, meter: Meter) -> Reading:
        """Measure an open file and keep a copy of it, if it kept still; raises CopyFailed or CopyDiffers."""
        stored = self._stored(listed)
        name = stored.rpartition(b"/")[2]
        try:
            folder = self._target.folder_of(stored)
            reading = self._written(descriptor, folder, name, listed, meter)
            if reading.outcome != MEASURED:
                os.unlink(name, dir_fd=folder.descriptor)
            elif not self._reads_back(folder, name, reading):
                raise CopyDiffers(listed, self._target.path)
        except OSError as error:
            raise CopyFailed(listed, reason_of(error), *_advice(error)) from error
        return reading

    def _written(self, descriptor: int, folder: Folder, name: bytes, listed: bytes, meter: Meter) -> Reading:
        """Measure an open file into a new one, flushed to its medium and dropped from the cache."""
        copy = os.open(name, _NEW_FILE, _FILE_MODE, dir_fd=folder.descriptor)
        try:
            reading = self._reader.read(descriptor, meter.read, copy_to=_Writer(copy, listed))
            os.fsync(copy)
            forget(copy)
        finally:
            os.close(copy)
        return reading

    def _reads_back(self, folder: Folder, name: bytes, reading: Reading) -> bool:
        """Whether the copy, opened anew, holds what was read."""
        again = self._again.read_named(folder, name, lambda _: None)
        same = again.digests == [reading.digests[self._compared]] and again.size == reading.size
        return same and again.outcome == MEASURED
