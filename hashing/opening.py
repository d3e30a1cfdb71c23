# ruff: noqa: PTH118, PTH120
"""Opens evidence, for reading only; the one place that knows what an operating system can do.

Nothing is opened for writing, no link is followed below a path the user named, and the access time is left
alone where the system allows it. Where names cannot be opened relative to a folder's descriptor (Windows),
whole paths are used: links are then still refused, but a folder swapped for a link within the same instant
may be missed.
"""

import errno
import os
import stat
import sys
from _thread import allocate_lock

TYPE_CHECKING = False
if TYPE_CHECKING:  # workers start with this module
    from collections.abc import Callable, Iterable

_MISHAPS = {
    errno.ENOENT: "it was gone when it was to be opened",
    errno.ESTALE: "it was gone when it was to be opened",
    errno.ELOOP: "it had become a symbolic link when it was to be opened",
    errno.EMLINK: "it had become a symbolic link when it was to be opened",
    errno.ENOTDIR: "it was no longer a folder when it was to be opened",
}


def _flag(name: str) -> int:
    """A flag of os.open, or nothing where the system does not know it."""
    return int(getattr(os, name, 0))


_SAFE = os.O_RDONLY | _flag("O_NOFOLLOW") | _flag("O_CLOEXEC") | _flag("O_NOINHERIT") | _flag("O_BINARY")
_FILE = _SAFE | _flag("O_NONBLOCK")  # a FIFO without a writer must not hold us
_FOLDER = _SAFE | _flag("O_DIRECTORY")
_PARENT = _flag("O_PATH") | _flag("O_DIRECTORY") | _flag("O_CLOEXEC")  # the user named it: may be a link
_QUIET = _flag("O_NOATIME")
_CODING, _ODD = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
_turn = allocate_lock()
RELATIVE = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
"""Whether names can be opened relative to a folder's descriptor."""


def reason_of(error: OSError) -> str:
    """The system's words for what went wrong, without a name."""
    return os.strerror(error.errno).lower() if error.errno else "the system gave no reason"


def mishap_of(error: OSError) -> str:
    """Why something that was there a moment ago could not be opened or read."""
    return _MISHAPS.get(error.errno or 0) or reason_of(error)


def _open(name: str | bytes, flags: int, folder: int | None) -> int:
    """A descriptor, without touching the access time where that is allowed to us."""
    try:
        return os.open(name, flags | _QUIET, dir_fd=folder)
    except PermissionError:  # only the owner may leave the access time alone
        return os.open(name, flags, dir_fd=folder)


def _read_by_vector(descriptor: int, buffer: memoryview) -> int:
    """Fill a buffer from the file's position; the number of bytes, 0 at its end."""
    return os.readv(descriptor, (buffer,))


def _read_at_by_vector(descriptor: int, buffer: memoryview, offset: int) -> int:
    """Fill a buffer from an offset, without moving the file's position."""
    return os.preadv(descriptor, (buffer,), offset)


def _read_at_by_copy(descriptor: int, buffer: memoryview, offset: int) -> int:
    """The same where there is no preadv; moves the position, so one thread at a time."""
    with _turn:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return _read_by_copy(descriptor, buffer)


def _read_by_copy(descriptor: int, buffer: memoryview) -> int:
    """The same where there is no readv."""
    data = os.read(descriptor, len(buffer))
    buffer[: len(data)] = data
    return len(data)


read_into: "Callable[[int, memoryview], int]" = _read_by_vector if hasattr(os, "readv") else _read_by_copy

read_into_at: "Callable[[int, memoryview, int], int]" = (
    _read_at_by_vector if hasattr(os, "preadv") else _read_at_by_copy
)


def forget(descriptor: int) -> None:
    """Ask the system to drop a file from its cache, where it can."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def read_ahead(descriptor: int) -> None:
    """Tell the system that a file will be read from start to end, where it can be told."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)


def _is_file(entry: "os.DirEntry[str]") -> bool:
    """Whether a name stands for a regular file; not where even that cannot be found out."""
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False


class Folder:
    """An open folder, whose names are looked up relative to it whatever happens to the path it came by."""

    __slots__ = ("descriptor", "path")

    def __init__(self, descriptor: int, path: str) -> None:
        self.descriptor = descriptor
        self.path = path
        """Used only where RELATIVE is false."""

    @classmethod
    def at(cls, path: str) -> "Folder":
        """Open a folder the user named; it must not itself be a link. Raises OSError."""
        return cls(_open(path, _FOLDER, None) if RELATIVE else -1, path)

    @classmethod
    def above(cls, path: str) -> "Folder":
        """Open the folder that holds a file the user named. Raises OSError."""
        parent = os.path.dirname(path) or "."
        return cls(os.open(parent, _PARENT) if RELATIVE else -1, parent)

    def _whole(self, name: bytes) -> str:
        """The path of a name, where it cannot be opened relative to the folder; raises OSError for a link."""
        path = os.path.join(self.path, os.fsdecode(name))
        if stat.S_ISLNK(os.lstat(path).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        return path

    def status(self, name: bytes) -> os.stat_result:
        """lstat of a name in this folder. Raises OSError."""
        if RELATIVE:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        return os.lstat(os.path.join(self.path, os.fsdecode(name)))

    def target(self, name: bytes) -> bytes:
        """Where a link in this folder points to, without going there. Raises OSError."""
        if RELATIVE:
            return os.readlink(name, dir_fd=self.descriptor)
        return os.fsencode(os.readlink(os.path.join(self.path, os.fsdecode(name))))  # noqa: PTH115

    def down(self, way: "Iterable[bytes]") -> "Folder":
        """The folder at the end of a way below this one, which is closed; follows nothing. Raises OSError."""
        folder = self
        for name in way:
            try:
                if name in (b"", b".", b".."):
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
                inner = folder.open_folder(name)
            finally:
                folder.close()
            folder = inner
        return folder

    def identity(self) -> tuple[int, int]:
        """Device and inode: which folder this is. Raises OSError."""
        status = os.fstat(self.descriptor) if RELATIVE else os.lstat(self.path)
        return status.st_dev, status.st_ino

    def open_file(self, name: bytes) -> int:
        """A descriptor to read a file by; the caller checks by fstat what it is. Raises OSError."""
        if not RELATIVE:
            return _open(self._whole(name), _FILE, None)
        try:  # as _open, once more: a call for each file is a call too many
            return os.open(name, _FILE | _QUIET, dir_fd=self.descriptor)
        except PermissionError:
            return os.open(name, _FILE, dir_fd=self.descriptor)

    def open_folder(self, name: bytes) -> "Folder":
        """A folder in this folder; b".." for the one above. Raises OSError."""
        if RELATIVE:
            return Folder(_open(name, _FOLDER, self.descriptor), "")
        return Folder(-1, self._whole(name))

    def names(self) -> tuple[list[bytes], set[bytes], OSError | None]:
        """The names in it, sorted by bytes; those that are no regular files; the error that cut the list short."""
        found: list[bytes] = []
        others: set[bytes] = set()
        broken = None
        try:
            with os.scandir(self.descriptor if RELATIVE else self.path) as entries:
                for entry in entries:
                    name = entry.name.encode(_CODING, _ODD)  # as os.fsencode
                    found.append(name)
                    if not _is_file(entry):
                        others.add(name)
        except OSError as error:
            broken = error
        found.sort()
        return found, others, broken

    def among(self, wanted: frozenset[bytes]) -> tuple[list[bytes], set[bytes], None]:
        """The same for some names only, without reading the list."""
        others = {name for name in wanted if not self._is_regular(name)}
        return sorted(wanted), others, None

    def _is_regular(self, name: bytes) -> bool:
        try:
            return stat.S_ISREG(self.status(name).st_mode)
        except OSError:
            return False

    def again(self) -> "Folder":
        """The same folder under a descriptor of its own."""
        return Folder(os.dup(self.descriptor) if RELATIVE else -1, self.path)

    def close(self) -> None:
        """Give the descriptor back; safe to repeat."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
