# ruff: noqa: PTH116, PTH118, PTH119
"""Opens one item of the list again, by its name: a file, or all parts of the image whose media it is.

As measuring does it: relative to open folders, links followed nowhere.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from hashing.media.images import images_in
from hashing.media.kinds import RAW
from hashing.media.naming import MEDIA, Image
from hashing.opening import Folder
from hashing.sources import Source

_INSIDE = b"/" + MEDIA


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedItem:
    """Descriptors of one item, which are closed by whoever opened it."""

    kind: str
    """One of hashing.media.kinds.KINDS."""
    descriptors: tuple[int, ...]
    sector: int = 512

    def identities(self) -> list[tuple[int, int]]:
        """Which files these are: device and inode."""
        found = (os.fstat(each) for each in self.descriptors)
        return [(status.st_dev, status.st_ino) for status in found]


@contextmanager
def opened_item(sources: Sequence[Source], name: bytes) -> Iterator[OpenedItem]:
    """Open what is listed under a name; raises OSError where it cannot be opened, or is no regular file."""
    inside = name.endswith(_INSIDE)
    folder, last = _folder_of(sources, name.removesuffix(_INSIDE))
    descriptors: list[int] = []
    try:
        image = _image_ending(folder, last) if inside else Image(RAW, (last,))
        for part in image.names:
            descriptors.append(_regular(folder, part))
        yield OpenedItem(kind=image.kind, descriptors=tuple(descriptors))
    finally:
        for each in descriptors:
            os.close(each)
        folder.close()


def _regular(folder: Folder, name: bytes) -> int:
    descriptor = folder.open_file(name)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a file")
    return descriptor


def _images(folder: Folder) -> list[Image]:
    names, others, _ = folder.names()
    return images_in(folder, names, others)


def _image_ending(folder: Folder, last: bytes) -> Image:
    for image in _images(folder):
        if image.names[-1] == last:
            return image
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _folder_of(sources: Sequence[Source], name: bytes) -> tuple[Folder, bytes]:
    """The folder that holds a listed file, open, and the file's name in it; raises OSError."""
    parts = name.split(b"/")
    for source in sources:
        if source.label is not None and source.label != parts[0]:
            continue
        inner = parts if source.label is None else parts[1:]
        if not stat.S_ISDIR(os.stat(source.path).st_mode):
            return Folder.above(source.path), os.fsencode(os.path.basename(source.path))
        if not inner:
            continue
        top = Folder.above(os.path.join(source.path, "")) if source.only else Folder.at(source.path)
        return _down(top, inner[:-1]), inner[-1]
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _down(folder: Folder, names: Sequence[bytes]) -> Folder:
    """A folder below an open one, which is closed; raises OSError."""
    for name in names:
        try:
            if name in (b"", b".", b".."):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            inner = folder.open_folder(name)
        finally:
            folder.close()
        folder = inner
    return folder
