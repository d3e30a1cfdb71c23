"""Reads what a folder says of itself as a BagIt bag (RFC 8493): files, declaration, manifests, fetch list.

Judges form and paths only, before any path is used. Nothing is fetched and no link is followed. Whether the
files are what the lists say is judged in bag_judging.
"""

import codecs
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MAX_FILES = 1_000_000
MAX_DEPTH = 200
"""Folders below one another; the bagit library goes down by recursion."""
MAX_TEXT = 128 << 20
"""Bytes of one manifest."""
MAX_LINE = 16_384

Kind = Literal[
    "missing", "extra", "changed", "malformed", "escape", "link", "special", "unreadable", "fetch",
    "too-large", "twice", "spelling", "system-file", "unlisted",
]  # fmt: skip

ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_ENCODINGS = re.compile(r"utf-8|utf-16(-[bl]e)?|utf-32(-[bl]e)?|ascii|iso8859-\d+|cp125\d")
_DECLARATION = re.compile(
    r"BagIt-Version: ([01])\.(\d{1,2})\nTag-File-Character-Encoding: ([\w.:-]{1,40})\n?", re.ASCII
)
_MANIFEST = re.compile(r"(tag)?manifest-([^/]+)\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+(.+)")
_FETCH = re.compile(r"\S+[ \t]+(?:\d+|-)[ \t]+(.+)")
_OUTSIDE = re.compile(r"[/\\~]|[A-Za-z]:|(.*[/\\])?\.\.([/\\]|\Z)", re.DOTALL)
_SYSTEM_FILES = {".ds_store", "thumbs.db", "desktop.ini"}
_SAFE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, kw_only=True)
class BagProblem:
    """One thing that is wrong or odd about a bag."""

    kind: Kind
    path: str
    """Relative to the bag, with bytes that are not UTF-8 escaped; empty for the bag itself."""
    text: str


class Notes:
    """What was found so far."""

    def __init__(self) -> None:
        self.problems: list[BagProblem] = []
        self.warnings: list[BagProblem] = []

    def problem(self, kind: Kind, path: str, text: str) -> None:
        self.problems.append(BagProblem(kind=kind, path=_plain(path), text=_plain(text)))

    def warning(self, kind: Kind, path: str, text: str) -> None:
        self.warnings.append(BagProblem(kind=kind, path=_plain(path), text=_plain(text)))


def _plain(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def reason(error: OSError) -> str:
    """The system's words, without a path."""
    return (error.strerror or "the system gave no reason").lower()


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a bag that is not a folder; or a folder that lies too deep to go into."""

    path: str
    """Relative to the bag; bytes that are not UTF-8 as surrogates."""
    status: os.stat_result
    """As lstat sees it."""
    parent: int
    """Descriptor of the folder that holds it, lent until the next step of the walk."""

    def is_file(self) -> bool:
        return stat.S_ISREG(self.status.st_mode)

    def open(self) -> int:
        """A descriptor to read by; nothing is followed or waited for. Raises OSError."""
        return os.open(self.path.rsplit("/", 1)[-1], _SAFE, dir_fd=self.parent)


def walk_bag(folder: Path) -> Iterator[Entry]:
    """Everything in a folder but folders; the folder itself may be reached through a link. Raises OSError."""
    root = os.path.realpath(folder)
    for place, folders, names, descriptor in os.fwalk(root, onerror=_give_up):
        inside = f"{os.path.relpath(place, root)}/".removeprefix("./")
        found = {name: os.stat(name, dir_fd=descriptor, follow_symlinks=False) for name in folders + names}
        folders[:] = sorted(name for name in found if stat.S_ISDIR(found[name].st_mode))  # not the links
        if inside.count("/") > MAX_DEPTH:
            folders.clear()
        for name in sorted(found.keys() - set(folders)):
            yield Entry(inside + name, found[name], descriptor)


def _give_up(error: OSError) -> None:
    raise error


def survey(folder: Path, notes: Notes) -> dict[str, int]:
    """Every regular file by path, with its size; anything but files and folders is a problem."""
    sizes: dict[str, int] = {}
    try:
        for entry in walk_bag(folder):
            if len(sizes) >= MAX_FILES or stat.S_ISDIR(entry.status.st_mode):
                notes.problem("too-large", "", f"more than {MAX_FILES} files, or {MAX_DEPTH} folders deep")
                break
            if entry.is_file():
                sizes[entry.path] = entry.status.st_size
            elif stat.S_ISLNK(entry.status.st_mode):
                notes.problem("link", entry.path, "is a link, which is not followed")
            else:
                notes.problem("special", entry.path, "is neither a file nor a folder")
    except OSError as error:
        notes.problem("unreadable", "", f"cannot be listed: {reason(error)}")
    return sizes


class Lists:
    """What the tag files of a bag say. Each step stands on those before, which must have found no problem."""

    def __init__(self, folder: Path, sizes: dict[str, int], notes: Notes) -> None:
        self.modern = True
        """Whether the bag follows 1.0 or later, not a draft before it."""
        self.manifests: dict[str, dict[str, str]] = {}
        """What each manifest says: path to hexadecimal digest."""
        self.to_fetch: set[str] = set()
        self._encoding = "utf-8"
        self._folder = folder
        self._sizes = sizes
        self._notes = notes

    def payload_manifests(self) -> list[str]:
        return [name for name in self.manifests if not name.startswith("tag")]

    def read_declaration(self) -> None:
        """bagit.txt: two lines, UTF-8, no byte-order mark (RFC 8493, 2.1.1)."""
        lines = self._lines("bagit.txt", limit=1024)
        found = _DECLARATION.fullmatch("\n".join(lines))
        if found and (version := (int(found[1]), int(found[2]))) >= (0, 96):
            self.modern = version >= (1, 0)
            self._set_encoding(found[3])
        elif lines:
            self._notes.problem("malformed", "bagit.txt", "does not declare a bag of version 0.96 to 1")

    def _set_encoding(self, label: str) -> None:
        with suppress(LookupError):
            self._encoding = codecs.lookup(label).name
            if _ENCODINGS.fullmatch(self._encoding):
                return
        self._notes.problem("malformed", "bagit.txt", f"names an encoding that is not known here: {label}")

    def _lines(self, name: str, limit: int) -> list[str]:
        """The lines of a tag file (RFC 8493, 2.3); none, and a problem, where it cannot be read."""
        if name not in self._sizes:
            self._notes.problem("missing", name, "is not there")
            return []
        if self._sizes[name] > limit:
            self._notes.problem("too-large", name, f"has more than {limit} bytes")
            return []
        try:
            text = self._read(name, limit).decode(self._encoding)
        except OSError as error:
            self._notes.problem("unreadable", name, reason(error))
            return []
        except UnicodeError:
            self._notes.problem("malformed", name, f"is not {self._encoding} text")
            return []
        lines = re.split(r"\r\n|\r|\n", text)
        if len(lines) > MAX_FILES or max(map(len, lines)) > MAX_LINE:
            self._notes.problem("too-large", name, "has too many lines, or one that is too long")
        elif text.startswith("\ufeff"):
            self._notes.problem("malformed", name, "begins with a byte-order mark")
        else:
            return lines
        return []

    def _read(self, name: str, limit: int) -> bytes:
        with open(os.open(self._folder / name, _SAFE), "rb") as file:
            return file.read(limit)

    def read_manifests(self) -> None:
        """Every payload manifest and tag manifest (RFC 8493, 2.1.3 and 2.2.1)."""
        for name in sorted(self._sizes):
            if found := _MANIFEST.fullmatch(name):
                if found[2] in ALGORITHMS:
                    self._read_manifest(name, found[2], is_tag=bool(found[1]))
                else:
                    self._notes.problem("malformed", name, "uses a digest that is not known here")
        needed = set(self.payload_manifests()) if self.modern else set()
        for name, entries in self.manifests.items():
            if name.startswith("tag") and needed - entries.keys():
                self._notes.problem("malformed", name, "does not list every payload manifest")

    def _read_manifest(self, name: str, algorithm: str, *, is_tag: bool) -> None:
        digits = hashlib.new(algorithm, usedforsecurity=False).digest_size * 2
        entries = self.manifests[name] = {}
        for number, line in enumerate(self._lines(name, MAX_TEXT), 1):
            found = _LINE.fullmatch(line)
            if found and len(found[1]) == digits:
                path = self._decoded(name, found[2])
                if self._may_stand(name, path, is_tag=is_tag):
                    self._add(entries, name, path, found[1].lower())
            elif line.strip():
                self._notes.problem("malformed", name, f"line {number} is not a digest and a path")

    def _add(self, entries: dict[str, str], name: str, path: str, digest: str) -> None:
        if path in entries:
            serious = self.modern or entries[path] != digest
            (self._notes.problem if serious else self._notes.warning)("twice", path, f"{name} lists it twice")
        elif path.rsplit("/", 1)[-1].lower() in _SYSTEM_FILES:
            self._notes.warning("system-file", path, "is a file that systems make and remove by themselves")
        entries[path] = digest

    def _decoded(self, name: str, written: str) -> str:
        """The path that a line means; the habits of md5sum are warnings (RFC 8493, 2.1.3 and 6.1)."""
        path = written.removeprefix("*").removeprefix("./")
        if path != written:
            self._notes.warning("spelling", path, f"is written as {written!a} in {name}")
        for code, meant in (("%0A", "\n"), ("%0D", "\r"), *([("%25", "%")] if self.modern else [])):
            path = path.replace(code, meant).replace(code.lower(), meant)
        return path

    def _may_stand(self, name: str, path: str, *, is_tag: bool) -> bool:
        """Whether a path may stand in this list (RFC 8493, 5.1); a problem if not."""
        if _OUTSIDE.match(path):
            self._notes.problem("escape", path, f"{name} names a path outside the bag")
        elif path.startswith("data/") is is_tag or path.startswith("tagmanifest-"):
            self._notes.problem("malformed", path, f"may not be listed in {name}")
        else:
            return True
        return False

    def read_fetch(self) -> None:
        """fetch.txt (RFC 8493, 2.2.3 and 5.2): read to say what is lacking, never to get it."""
        for number, line in enumerate(self._lines("fetch.txt", MAX_TEXT) if "fetch.txt" in self._sizes else (), 1):
            if found := _FETCH.fullmatch(line):
                path = self._decoded("fetch.txt", found[1])
                if self._may_stand("fetch.txt", path, is_tag=False):
                    self.to_fetch.add(path)
            elif line.strip():
                self._notes.problem("malformed", "fetch.txt", f"line {number} is not an address, a length and a path")

    def read_info(self) -> None:
        """bag-info.txt (RFC 8493, 2.2.2): its form only; it says nothing that anything rests on."""
        if "bag-info.txt" in self._sizes:
            self._lines("bag-info.txt", 1 << 20)
