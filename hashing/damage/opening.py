# ruff: noqa: PTH116, PTH119
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
from hashing.walking import open_top

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
    folder, last, only = _folder_of(sources, name.removesuffix(_INSIDE))
    descriptors: list[int] = []
    try:
        image = _image_ending(folder, last, only) if inside else Image(RAW, (last,))
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


def _image_ending(folder: Folder, last: bytes, only: frozenset[bytes] | None) -> Image:
    """The image with this last part, among all names of the folder, or where it may not be listed some of them."""
    names, others, _ = folder.names() if only is None else folder.among(only)
    for image in images_in(folder, names, others):
        if image.names[-1] == last:
            return image
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _folder_of(sources: Sequence[Source], name: bytes) -> tuple[Folder, bytes, frozenset[bytes] | None]:
    """The folder that holds a listed file, open, the file's name in it, and the names that count; raises OSError."""
    parts = name.split(b"/")
    for source in sources:
        if source.label is not None and source.label != parts[0]:
            continue
        inner = parts if source.label is None else parts[1:]
        if not stat.S_ISDIR(os.stat(source.path).st_mode):
            return Folder.above(source.path), os.fsencode(os.path.basename(source.path)), None
        if not inner:
            continue
        return open_top(source).down(inner[:-1]), inner[-1], source.only
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
