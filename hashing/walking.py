# ruff: noqa: PTH116, PTH118, PTH119
"""Finds what there is to measure: depth first, names of a folder sorted by bytes, nothing followed or left out.

Every folder is opened relative to the one above it, so a folder swapped for a link meanwhile cannot lead
outside. Opens folders only; what a file holds is read elsewhere.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence

from hashing.items import Item, Outcome
from hashing.opening import Folder, mishap_of
from hashing.sources import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashing.media.naming import Image

_OPEN_FOLDERS = 64
"""Folders held open at once; those further up are found again through `..`, by device and inode."""
_RUN = 128
"""Files in one run."""

_KINDS = {
    stat.S_IFLNK: (Outcome.LINK, "a symbolic link, not followed"),
    stat.S_IFIFO: (Outcome.FIFO, "a named pipe, not opened"),
    stat.S_IFSOCK: (Outcome.SOCKET, "a socket, not opened"),
    stat.S_IFCHR: (Outcome.DEVICE, "a character device, not opened"),
    stat.S_IFBLK: (Outcome.DEVICE, "a block device, not opened"),
}
_UNKNOWN = (Outcome.OTHER, "neither a file nor anything else that is known")
_LOST = "the folder that holds it was moved away while it was measured"


class NameRun:
    """Regular files of one folder, by the look of them, that stand one behind the other in the list."""

    __slots__ = ("folder", "listed", "names")

    def __init__(self, folder: Folder, names: list[bytes], listed: list[bytes]) -> None:
        self.folder = folder
        """Lent until the next step of the walk."""
        self.names = names
        """In the folder."""
        self.listed = listed
        """The same in the list."""


class Container:
    """The parts of one disk image, all of which the walk has passed; the media inside are listed behind them."""

    __slots__ = ("folder", "kind", "lack", "listed", "names", "numbers")

    def __init__(self, folder: Folder, image: "Image", listed: list[bytes], numbers: tuple[int, ...]) -> None:
        self.folder = folder
        """Lent until the next step of the walk."""
        self.kind = image.kind
        self.lack = image.lack
        """Why the media cannot be read, where parts are not there."""
        self.names = image.names
        """In the folder, in the order of the image."""
        self.listed = listed
        """The same in the list."""
        self.numbers = numbers
        """Those of their items, counted from 1."""


Found = NameRun | Item | Container


def unmeasured(
    name: bytes, outcome: Outcome, reason: str, modified: int | None = None, target: str | None = None
) -> Item:
    """The item for something whose bytes were not measured."""
    return Item(
        name=name,
        outcome=outcome,
        reason=reason,
        size=None,
        digests={},
        modified=modified,
        pieces=None,
        description=None,
        target=target,
    )


def walk(sources: Sequence[Source], *, images: bool = False) -> Iterator[Found]:
    """Everything below the sources, in the order of the list; with `images` also what is a disk image, at its end."""
    passed = 0
    for source in sources:
        for found in _below(source, images, passed):
            passed += len(found.names) if isinstance(found, NameRun) else 1
            yield found


def _below(source: Source, images: bool, passed: int) -> Iterator[Found]:
    """Everything below one source; so many items stand before it."""
    try:
        status = os.stat(source.path) if source.only else os.lstat(source.path)
    except OSError as error:
        yield unmeasured(source.label or b".", Outcome.UNREADABLE, mishap_of(error))
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _Tree(source, images=images, passed=passed).everything()
    else:
        yield from _single(source)


def open_top(source: Source) -> Folder:
    """The folder of a source whose path names one, or the one that holds its names. Raises OSError."""
    top = Folder.above(os.path.join(source.path, "")) if source.only else Folder.at(source.path)
    return top.down(source.way)


def _single(source: Source) -> Iterator[Found]:
    """The one item of a source that is no folder."""
    name = os.fsencode(os.path.basename(source.path))
    listed = source.label or name
    try:
        folder = Folder.above(source.path)
    except OSError as error:
        yield unmeasured(listed, Outcome.UNREADABLE, mishap_of(error))
        return
    try:
        gone = unmeasured(listed, Outcome.UNREADABLE, "it had become a folder when it was to be opened")
        yield _look(folder, name, listed) or gone
    finally:
        folder.close()


def _look(folder: Folder, name: bytes, listed: bytes) -> Found | None:
    """What a name stands for; None for a folder."""
    target = None
    try:
        status = folder.status(name)
        if stat.S_ISREG(status.st_mode):
            return NameRun(folder, [name], [listed])
        if stat.S_ISDIR(status.st_mode):
            return None
        if stat.S_ISLNK(status.st_mode):
            target = hashlib.sha256(folder.target(name)).hexdigest()
    except OSError as error:
        return unmeasured(listed, Outcome.UNREADABLE, mishap_of(error))
    return unmeasured(listed, *_KINDS.get(stat.S_IFMT(status.st_mode), _UNKNOWN), status.st_mtime_ns, target)


class _Frame:
    """One folder on the way down."""

    __slots__ = ("at", "folder", "identity", "images", "names", "numbers", "others")

    def __init__(self, folder: Folder, names: list[bytes], others: set[bytes], images: "list[Image]") -> None:
        self.folder: Folder | None = folder
        """None: closed to save descriptors, or lost."""
        self.identity = folder.identity()
        self.names = names
        self.others = others
        """The names that are not regular files."""
        self.images = {image.names[-1]: image for image in images}
        """By their last parts."""
        self.numbers = dict.fromkeys((name for image in images for name in image.names), 0)
        """Of the items of all parts."""
        self.at = 0
        """Which name is next."""

    def count(self, names: list[bytes], passed: int) -> None:
        """Note the numbers of the parts of images among some names; so many items stand before them."""
        if self.numbers:
            self.numbers |= {n: number for number, n in enumerate(names, passed + 1) if n in self.numbers}

    def run(self) -> list[bytes]:
        """Take the regular files up to the next name of another kind, or an image's end, but not too many."""
        start, last = self.at, min(self.at + _RUN, len(self.names))
        while self.at < last and self.names[self.at] not in self.others:
            self.at += 1
            if self.images and self.names[self.at - 1] in self.images:
                break
        return self.names[start : self.at]


class _Tree:
    """The walk through one folder: a stack instead of recursion, and a bounded number of descriptors."""

    def __init__(self, source: Source, *, images: bool, passed: int) -> None:
        self._source = source
        self._passed = passed
        self._images = images
        self._only = source.only
        self._components = [] if source.label is None else [source.label]
        self._frames: list[_Frame] = []
        self._prefix: bytes | None = None
        self._broken = ""

    def everything(self) -> Iterator[Found]:
        """All that is below the folder; the folder itself only where it is empty or unreadable."""
        for found in self._all():
            self._passed += len(found.names) if isinstance(found, NameRun) else 1
            yield found

    def _all(self) -> Iterator[Found]:
        try:
            folder = open_top(self._source)
        except OSError as error:
            yield self._self(Outcome.UNREADABLE, mishap_of(error))
            return
        try:
            yield from self._enter(folder)
            while self._frames:
                frame = self._frames[-1]
                if frame.at == len(frame.names):
                    self._leave()
                else:
                    yield from self._step(frame)
        finally:
            for frame in self._frames:
                if frame.folder:
                    frame.folder.close()

    def _step(self, frame: _Frame) -> Iterator[Found]:
        """What the next names of the innermost folder stand for."""
        before = self._before()
        if frame.folder and (names := frame.run()):
            frame.count(names, self._passed)
            yield NameRun(frame.folder, names, [before + name for name in names])
            if image := frame.images.get(names[-1]):
                listed, numbers = [before + n for n in image.names], tuple(frame.numbers[n] for n in image.names)
                yield Container(frame.folder, image, listed, numbers)
            return
        name = frame.names[frame.at]
        frame.at += 1
        if frame.folder is None:
            yield unmeasured(before + name, Outcome.UNREADABLE, _LOST)
        elif name == b".":  # stands for the source itself, see _enter
            yield self._self(Outcome.UNREADABLE, self._broken)
        elif found := _look(frame.folder, name, before + name):
            yield found
        else:
            yield from self._descend(frame.folder, name)

    def _descend(self, folder: Folder, name: bytes) -> Iterator[Found]:
        """Go into a folder, or say why that is impossible."""
        try:
            inner = folder.open_folder(name)
        except OSError as error:
            yield unmeasured(self._before() + name, Outcome.UNREADABLE, mishap_of(error))
            return
        self._components.append(name)
        self._prefix = None
        yield from self._enter(inner)

    def _enter(self, folder: Folder) -> Iterator[Item]:
        """List a folder that was just opened, and yield it as an item if that is all there is to say."""
        names, others, error = folder.among(self._only) if self._only and not self._frames else folder.names()
        self._frames.append(_Frame(folder, names, others, self._images_in(folder, names, others)))
        if len(self._frames) > _OPEN_FOLDERS and (far := self._frames[-1 - _OPEN_FOLDERS]).folder:
            far.folder.close()
            far.folder = None
        if error:
            self._broken = f"its list of names could not be read to the end: {mishap_of(error)}"
            if names and not self._components:  # the source itself is listed as ".", in its place in the order
                others.add(b".")
                names.append(b".")
                names.sort()
            else:
                yield self._self(Outcome.UNREADABLE, self._broken)
        elif not names:
            yield self._self(Outcome.EMPTY_FOLDER, "a folder without anything in it")

    def _images_in(self, folder: Folder, names: list[bytes], others: set[bytes]) -> "list[Image]":
        if not self._images:
            return []
        from hashing.media.images import images_in  # only where images are looked for

        return images_in(folder, names, others)

    def _leave(self) -> None:
        """Come back out of the innermost folder."""
        left = self._frames.pop()
        if self._frames:
            self._components.pop()
            self._prefix = None
            if self._frames[-1].folder is None and left.folder:
                self._frames[-1].folder = _above(left.folder, self._frames[-1].identity)
        if left.folder:
            left.folder.close()

    def _before(self) -> bytes:
        """What stands before the names of the innermost folder; made on demand, for a deep tree's is long."""
        if self._prefix is None:
            self._prefix = b"".join(component + b"/" for component in self._components)
        return self._prefix

    def _self(self, outcome: Outcome, reason: str) -> Item:
        """The innermost folder as an item."""
        return unmeasured(b"/".join(self._components) or b".", outcome, reason)


def _above(folder: Folder, identity: tuple[int, int]) -> Folder | None:
    """The folder above, if it is still the one we came through."""
    try:
        above = folder.open_folder(b"..")
    except OSError:
        return None
    if above.identity() == identity:
        return above
    above.close()
    return None
