# ruff: noqa: PTH119, PTH120
"""Which files of a folder are the parts of one disk image: by their names, the first bytes, and their sizes.

A fixed rule, so that sealing and verifying find the same. It decodes nothing.
"""

import itertools
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hashing.media.kinds import EWF, SPLIT, fill_at
from hashing.opening import Folder

MEDIA = b"[media]"
"""What the media inside an image are listed as, below the image's last part."""
_SIGNATURES = (b"EVF\x09\x0d\x0a\xff\x00", b"EVF2\x0d\x0a\x81\x00")
_SECTOR = 512
_SMALLEST_PART = 1 << 20


@dataclass(frozen=True, slots=True)
class Image:
    """The parts of one image, in order."""

    kind: str
    names: tuple[bytes, ...]


def image_of(first: bytes, names: frozenset[bytes]) -> Image | None:
    """The image that begins with a file, by names alone; None where the name is not a first part's."""
    stem, dot, suffix = first.rpartition(b".")
    if not dot:
        return None
    if (letters := suffix[:-2]).lower() in (b"e", b"ex") and suffix[-2:] == b"01":
        return Image(EWF, _present(stem, _ewf_suffixes(letters), names))
    if suffix in (b"000", b"001") and not (suffix == b"001" and stem + b".000" in names):
        parts = _present(stem, (b"%03d" % n for n in range(int(suffix), 1000)), names)
        return Image(SPLIT, parts) if len(parts) > 1 else None
    return None


def _present(stem: bytes, suffixes: Iterator[bytes], names: frozenset[bytes]) -> tuple[bytes, ...]:
    """The parts that are there, up to the first that is not."""
    wanted = (stem + b"." + suffix for suffix in suffixes)
    return tuple(itertools.takewhile(names.__contains__, wanted))


def _ewf_suffixes(letters: bytes) -> Iterator[bytes]:
    """E01 to E99, EAA to EZZ, FAA to ZZZ; Ex01, ExAA, EyAA likewise; small letters where the first has them."""
    for number in range(1, 100):
        yield letters + b"%02d" % number
    small = letters.islower()
    alphabet = bytes(range(97, 123)) if small else bytes(range(65, 91))
    start, end = letters[-1], (b"z" if small or len(letters) == 2 else b"Z")[0]
    for leading in range(start, end + 1):
        for one, two in itertools.product(alphabet, repeat=2):
            yield letters[:-1] + bytes((leading, one, two))


def images_in(folder: Folder, names: Sequence[bytes], others: set[bytes]) -> list[Image]:
    """The images in an open folder; `others` are the names that are no regular files."""
    firsts = [n for n in names if n[-2:] in (b"01", b"00") and n not in others]
    if not firsts:
        return []
    here = frozenset(names) - others
    found = (image_of(first, here) for first in firsts)
    return [image for image in found if image and _holds(folder, image)]


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
            return _alike([folder.status(name).st_size for name in image.names])
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


def _alike(sizes: Sequence[int]) -> bool:
    """Parts of one size, in whole sectors; the last may be shorter."""
    first = sizes[0]
    return (
        first >= _SMALLEST_PART
        and first % _SECTOR == 0
        and all(size == first for size in sizes[:-1])
        and 0 < sizes[-1] <= first
    )
