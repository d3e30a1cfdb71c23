# ruff: noqa: PTH119, PTH120
"""Which files of a folder are the parts of one disk image: by their names, the first bytes, and their sizes.

A fixed rule, so that sealing and verifying find the same. It decodes nothing.
"""

import os
import stat
from collections.abc import Sequence

from hashing.media.kinds import fill_at
from hashing.media.naming import SPLIT, Image, are_alike, image_of, images_among
from hashing.opening import Folder

_SIGNATURES = (b"EVF\x09\x0d\x0a\xff\x00", b"EVF2\x0d\x0a\x81\x00")


def images_in(folder: Folder, names: Sequence[bytes], others: set[bytes]) -> list[Image]:
    """The images in an open folder; `others` are the names that are no regular files."""
    here = frozenset(names) - others if others else names
    return [image for image in images_among(here) if _holds(folder, image)]


def image_beginning(path: str) -> Image | None:
    """The image whose first part a path names, where its folder can be looked into."""
    name = os.fsencode(os.path.basename(path))
    try:
        with os.scandir(os.path.dirname(path) or os.curdir) as entries:
            here = frozenset(os.fsencode(each.name) for each in entries if each.is_file(follow_symlinks=False))
        folder = Folder.above(path)
    except OSError:
        return None
    try:
        image = image_of(name, here)
        return image if image and _holds(folder, image) else None
    finally:
        folder.close()


def _holds(folder: Folder, image: Image) -> bool:
    """Whether the files are what their names say; not where that cannot be found out."""
    try:
        if image.kind == SPLIT:
            return are_alike([folder.status(name).st_size for name in image.names])
        return _signed(folder, image.names[0])
    except OSError:
        return False


def _signed(folder: Folder, name: bytes) -> bool:
    descriptor = folder.open_file(name)
    try:
        start = memoryview(bytearray(8))
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return regular and fill_at(descriptor, start, 0) == len(start) and bytes(start) in _SIGNATURES
    finally:
        os.close(descriptor)
