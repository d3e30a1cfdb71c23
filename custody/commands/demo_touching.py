"""Chooses files in the packages of `demo`, and alters one there for a while. Evidence itself is never its business."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from custody.commands.demo_stage import DemoFailed

_PICTURE = re.compile(r".*\.(jpe?g|png|gif|tiff?|heic|webp|bmp)", re.IGNORECASE | re.DOTALL)


def selection(folder: Path) -> list[Path]:
    """Two files to take out, or one where two would have one name."""
    return sorted({path.name: path for path in _files(folder)[:2]}.values())


def victim(folder: Path) -> Path:
    """The file to alter: one that was not selected, if there is one."""
    found, spared = _files(folder), selection(folder)
    return next((path for path in found if path not in spared), found[0])


def _files(folder: Path) -> list[Path]:
    """The files with a byte in them, the smallest first; pictures alone where there are any."""
    found = [Path(base) / name for base, _, names in os.walk(folder) for name in names]
    filled = sorted((path for path in found if path.stat().st_size), key=lambda path: (path.stat().st_size, path))
    if not filled:
        raise DemoFailed("there is no file with a byte in it to play with")
    return [path for path in filled if _PICTURE.fullmatch(path.name)] or filled


@contextmanager
def altered(path: Path, at: int, new: bytes | None = None) -> Iterator[tuple[int, int]]:
    """Alter a file in place, keeping its date, then put it back; without `new`, one bit of one byte."""
    stat = path.stat()
    with path.open("r+b") as file:
        file.seek(at)
        old = file.read(len(new) if new else 1)
        new = new or bytes([old[0] ^ 1])
        try:
            _put(file, at, new)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            yield old[0], new[0]
        finally:
            _put(file, at, old)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _put(file: BinaryIO, at: int, data: bytes) -> None:
    file.seek(at)
    file.write(data)
    file.flush()
