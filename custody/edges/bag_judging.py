"""Judges a folder as a BagIt bag (RFC 8493), whoever made it, while nobody else writes in it.

The bagit library judges along, but last: by itself it follows links, takes `../bag-2/x` for a path inside
`bag`, and leaves unsaid which file changed where sizes differ. A bag without problems is not a proof: whoever
carries a bag can make its manifests anew, and only signatures count.
"""

import errno
import hashlib
import logging
import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from custody.edges.bag_names import BagError
from custody.edges.bag_reading import BagProblem, Entry, Lists, Notes, reason, survey, walk_bag

BUFFER = 1 << 20


@dataclass(frozen=True, kw_only=True)
class BagReport:
    """What was found. Without problems a bag is complete and valid (RFC 8493, 3), as far as it was read."""

    problems: tuple[BagProblem, ...]
    warnings: tuple[BagProblem, ...]


def check(folder: Path) -> BagReport:
    """Judge a bag in full, every payload file read; raises BagError where there is no folder to judge."""
    return _judge(folder, payload=True)


def check_tags(folder: Path) -> BagReport:
    """Judge structure, names, sizes and tag files; the payload is counted, not read. Raises BagError."""
    return _judge(folder, payload=False)


def _judge(folder: Path, *, payload: bool) -> BagReport:
    if not folder.is_dir():
        raise BagError(str(folder), "is not a folder", "a package is a folder with bagit.txt in it")
    folder = Path(os.path.realpath(folder))
    notes = Notes()
    sizes = survey(folder, notes)
    lists = Lists(folder, sizes, notes)
    for read in (lists.read_declaration, lists.read_manifests, lists.read_fetch, lists.read_info):
        if not notes.problems:  # nothing unsafe so far
            read()
    if not notes.problems:
        stored = _completeness(sizes, lists, notes)
        _second_opinion(folder, sizes, notes)
        _digests(folder, _wanted(lists, stored, payload=payload), notes)
    return BagReport(problems=tuple(notes.problems), warnings=tuple(notes.warnings))


def _completeness(sizes: dict[str, int], lists: Lists, notes: Notes) -> dict[str, str]:
    """What is listed is there, and what is there is listed (RFC 8493, 3).

    Returns the file found for each listed path, empty for none.
    """
    listed = sorted({path for entries in lists.manifests.values() for path in entries})
    spellings = {_alike(path): path for path in sizes} if not sizes.keys() >= set(listed) else {}
    stored = {path: path if path in sizes else spellings.get(_alike(path), "") for path in listed}
    for path, found in stored.items():
        if not found and path in lists.to_fetch:
            notes.problem("fetch", path, "is to be fetched from elsewhere, and nothing is fetched")
        elif not found:
            notes.problem("missing", path, "is listed, but not there")
        elif found != path:
            notes.warning("spelling", path, "is there in another spelling, or listed in two")
    _surplus(sizes, set(stored.values()), notes)
    if lists.modern:
        _listed_by_all(listed, lists, notes)
    return stored


def _alike(path: str) -> str:
    """What a path becomes where a file system knows neither case nor Unicode forms (RFC 8493, 6.1.1)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _surplus(sizes: dict[str, int], found: set[str], notes: Notes) -> None:
    for path in sorted(sizes.keys() - found):
        if path.startswith("data/"):
            notes.problem("extra", path, "is there, but in no manifest")
        elif not path.startswith("tagmanifest-"):
            notes.warning("unlisted", path, "is in no tag manifest")


def _listed_by_all(listed: list[str], lists: Lists, notes: Notes) -> None:
    """From 1.0 on, every payload manifest lists every payload file (RFC 8493, 2.1.3)."""
    for name in lists.payload_manifests():
        for path in listed:
            if path.startswith("data/") and path not in lists.manifests[name]:
                notes.problem("extra", path, f"is not listed in {name}")


def _second_opinion(folder: Path, sizes: dict[str, int], notes: Notes) -> None:
    """What the bagit library finds beside names and digests, which it judges less well."""
    import bagit

    class Listed(bagit.Bag):  # type: ignore[misc]  # bagit has no types
        """A bag whose files are listed and whose paths have been judged: a fifth of the time."""

        def payload_files(self) -> Iterator[str]:
            for path in sizes:
                if path.startswith("data/"):
                    self.normalized_filesystem_names[bagit.normalize_unicode(path)] = path
                    yield path

        def _path_is_dangerous(self, path: str) -> bool:
            return False

    logging.getLogger("bagit").disabled = True  # it repeats what its errors say
    try:
        Listed(str(folder)).validate(completeness_only=True)
    except bagit.BagError as error:
        if not getattr(error, "details", None) and not notes.problems:
            notes.problem("malformed", "", str(error).replace(f"{folder}/", ""))
    except (ValueError, LookupError, TypeError, AttributeError, OSError) as error:  # it lets these out
        notes.problem("malformed", "", f"is not understood: {error}")


def _wanted(lists: Lists, stored: dict[str, str], *, payload: bool) -> dict[str, list[tuple[str, str]]]:
    """For each file to be read, the manifests that name it and their digests."""
    wanted: dict[str, list[tuple[str, str]]] = {}
    for name, entries in lists.manifests.items():
        for path, digest in entries.items():
            if payload or not path.startswith("data/"):
                wanted.setdefault(stored[path], []).append((name, digest))
    return wanted


def _digests(folder: Path, wanted: dict[str, list[tuple[str, str]]], notes: Notes) -> None:
    """Every digest holds for the bytes that are there (RFC 8493, 3)."""
    try:
        for entry in walk_bag(folder):
            if claims := wanted.get(entry.path):
                _compare(entry, claims, notes)
    except OSError as error:
        notes.problem("unreadable", "", f"cannot be listed: {reason(error)}")


def _compare(entry: Entry, claims: list[tuple[str, str]], notes: Notes) -> None:
    try:
        found = _hexdigests(entry, {_algorithm(name) for name, _ in claims})
    except OSError as error:
        return notes.problem("unreadable", entry.path, reason(error))
    wrong = [name for name, digest in claims if found[_algorithm(name)] != digest]
    if wrong:
        notes.problem("changed", entry.path, f"is not what {' and '.join(wrong)} says")
    return None


def _algorithm(manifest: str) -> str:
    return manifest.removesuffix(".txt").rsplit("-", 1)[1]


def _hexdigests(entry: Entry, algorithms: set[str]) -> dict[str, str]:
    """The digests of a file, opened where the walk stands; raises OSError."""
    hashers = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    with open(entry.open(), "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.ENODEV, "no longer a file")
        while data := file.read(BUFFER):
            for hasher in hashers.values():
                hasher.update(data)
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}
