"""A store of sealed media: which folder holds which exhibit's (docs/spec/audit.md, U1). Reads names, opens no file.

The media of an exhibit lie at STORE/CASE/EXHIBIT, at STORE/CODE/CASE/EXHIBIT, or where a map says. No link is followed.
"""

import os
import stat
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from custody.edges import files
from manifests.errors import EnvironmentFault, UsageError
from manifests.names import is_part


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an exhibit's media are, or why nowhere."""

    path: Path | None = None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Store:
    """A folder that was looked through once."""

    path: Path
    code: str
    """The agency whose exhibits may lie here without its code."""
    mapped: dict[str, Path] = field(default_factory=dict)
    """By chain."""

    def place(self, chain: str) -> Place:
        """Where the media of an exhibit are."""
        if (mapped := self.mapped.get(chain)) is not None:
            return _mapped(mapped)
        found = [_looked_for(self.path, way) for way in self._ways(chain)]
        there = [place for place in found if place.path is not None]
        if len(there) > 1:
            return Place(problem="it is there twice: " + " and ".join(str(place.path) for place in there))
        return next((p for p in (*there, *found) if p.path or p.problem), Place(problem="not in the store"))

    def _ways(self, chain: str) -> list[tuple[str, ...]]:
        code, name = chain.split(":", 1)
        case, exhibit = name.split("/")
        return ([(case, exhibit)] if code == self.code else []) + [(code, case, exhibit)]

    def strays(self, chains: Iterable[str], codes: Iterable[str]) -> tuple[list[str], list[str]]:
        """What lies where exhibits lie and is none of these: named like one, and not; raises EnvironmentFault."""
        expected = {"/".join(way) for chain in chains for way in self._ways(chain)}
        agencies = set(codes) - {way.split("/")[0] for way in expected if way.count("/") == 1}
        unknown: list[str] = []
        ignored: list[str] = []
        for name, is_folder in _names(self.path):
            depth = 2 if name in agencies else 1
            self._below(name, is_folder, depth, expected, (unknown, ignored))
        return unknown, ignored

    def _below(
        self, way: str, is_folder: bool, depth: int, expected: set[str], told: tuple[list[str], list[str]]
    ) -> None:
        """Sort what a name so many levels above exhibits stands for."""
        unknown, ignored = told
        if way in expected:
            return
        if not is_folder or not is_part(way.rpartition("/")[2]):
            ignored.append(way)
        elif depth:
            for name, folder in _names(self.path / way):
                self._below(f"{way}/{name}", folder, depth - 1, expected, told)
        else:
            unknown.append(way)


def open_store(path: Path, code: str, mapped: dict[str, Path]) -> Store:
    """A store at a path the user named; raises UsageError where it is no folder, or a link."""
    try:
        mode = path.lstat().st_mode
    except OSError as err:
        raise UsageError(f"no store at {path}: {(err.strerror or 'not found').lower()}", "is it mounted?") from err
    if stat.S_ISLNK(mode):
        raise UsageError(f"{path} is a symbolic link", f"name what it points to: {path.readlink()}")
    if not stat.S_ISDIR(mode):
        raise UsageError(f"{path} is no folder", "name the folder that holds the cases: STORE/CASE/EXHIBIT")
    return Store(path=path, code=code, mapped=mapped)


def read_map(path: Path) -> dict[str, Path]:
    """A map by names of exhibits, as typed; paths are taken from the map's own folder. Raises UsageError."""
    try:
        told = tomllib.loads(files.read(path).decode())
    except FileNotFoundError as err:
        raise UsageError(f"no such file: {path}") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as err:
        raise UsageError(f"{path} is no TOML: {err}") from err
    if not all(isinstance(place, str) and place and "\0" not in place for place in told.values()):
        raise UsageError(f"{path} does not map names to paths", 'write lines like "KBR-2026-0042/EX-1" = "/mnt/a"')
    return {name: path.absolute().parent / place for name, place in told.items()}


def _looked_for(root: Path, way: tuple[str, ...]) -> Place:
    """The folder at the end of a way through folders that are no links."""
    at = root
    for name in way:
        at = at / name
        kind = _kind(at)
        if isinstance(kind, str):
            return Place(problem=kind)
        if not stat.S_ISDIR(kind):
            return Place(problem=f"{at} is no folder")
    return Place(path=at)


def _mapped(path: Path) -> Place:
    """A path that the user named: a folder, or one ordinary file."""
    kind = _kind(path)
    if isinstance(kind, str):
        return Place(problem=kind or f"nothing at {path}")
    if not (stat.S_ISDIR(kind) or stat.S_ISREG(kind)):
        return Place(problem=f"{path} is neither a folder nor a file")
    return Place(path=path)


def _kind(path: Path) -> int | str:
    """The mode of what is at a path; or why it is not gone to, in words: none where nothing is there."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as err:
        return f"{path}: {(err.strerror or 'cannot be looked at').lower()}"
    return f"{path} is a symbolic link, not followed" if stat.S_ISLNK(mode) else mode


def _names(path: Path) -> Iterator[tuple[str, bool]]:
    """The names in a folder and whether each is a folder itself, sorted; raises EnvironmentFault."""
    try:
        with os.scandir(path) as found:
            yield from sorted((each.name, each.is_dir(follow_symlinks=False)) for each in found)
    except OSError as err:
        raise EnvironmentFault(f"cannot look into {path}: {(err.strerror or 'no reason given').lower()}") from err
