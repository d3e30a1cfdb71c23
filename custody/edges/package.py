"""Packages on disk: a bag with media, records, cards and instructions (docs/spec/package.md, K1 and K2)."""

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from custody.edges import bag, files
from custody.edges.package_folder import PackageFolder, PackageSurvey, Way, survey
from custody.edges.register import RECORD_NAME, is_register
from hashing.sources import Source
from manifests import cards
from manifests.cards import Card
from manifests.cms import MAX_BYTES as MAX_SIGNATURE
from manifests.errors import CustodyError, EnvironmentFault, NotAllowedError, UsageError
from manifests.names import chain_type, is_part
from manifests.verify import ChainFiles, RecordFiles

CHAINS = "custody/chains"
_CHAINS, _CARDS, _DATA = ("custody", "chains"), ("custody", "cards"), ("data",)


def place(chain: str) -> str:
    """Where a chain's files lie below `custody/chains` or `data`."""
    if chain_type(chain) != "exhibit":
        raise NotAllowedError(f"{chain} does not travel")
    code, rest = chain.split(":", 1)
    return f"{code}/{rest}"


@dataclass(frozen=True)
class Package:
    """A package's folder, read and never written, and nothing in it followed."""

    path: Path

    @property
    def _inside(self) -> PackageFolder:
        return PackageFolder(self.path)

    def chains(self) -> list[str]:
        """The ids of the exhibits that it has a folder of records for."""
        return self._exhibits(_CHAINS)

    def survey(self) -> PackageSurvey:
        """All that lies in it."""
        return survey(self.path)

    def chain(self, chain: str) -> ChainFiles:
        """The records of a chain, with their signatures and lists."""
        way = _way(_CHAINS, chain)
        names = _by_position(self._inside.names(way)[0])
        records = tuple(self._record(way, name) for name in names)
        return ChainFiles(id=chain, records=records, lists=lambda name: self._inside.lines(way, name))

    def _record(self, way: Way, name: str) -> RecordFiles:
        """One record with its signatures."""
        witnesses: list[bytes] = []
        while (one := self._inside.read(way, f"{name}.w{len(witnesses) + 1}.p7s", MAX_SIGNATURE)) is not None:
            witnesses.append(one)
        signature = self._inside.read(way, f"{name}.p7s", MAX_SIGNATURE)
        record = self._inside.read(way, name) or b""
        return RecordFiles(name=name, record=record, signature=signature, witnesses=tuple(witnesses))

    def media(self, chain: str) -> "Carried | None":
        """An exhibit's media, where they travel inside."""
        return Carried(package=self, chain=chain) if self._inside.has(_way(_DATA, chain)) else None

    def cards(self) -> list[Card]:
        """The agency cards it brings along; those that cannot be read are left out. None is trusted for that."""
        found = []
        for name in self._inside.names(_CARDS)[0]:
            if name.endswith(".card.json"):
                with contextlib.suppress(CustodyError):
                    found.append(cards.read_card(self._inside.read(_CARDS, name) or b""))
        return found

    def _exhibits(self, base: Way) -> list[str]:
        """The exhibits that a tree of CODE/CASE/EXHIBIT has."""
        found = []
        for code in self._parts(base):
            for case in self._parts((*base, code)):
                found += [f"{code}:{case}/{exhibit}" for exhibit in self._parts((*base, code, case))]
        return found

    def _parts(self, way: Way) -> list[str]:
        return [name for name in self._inside.names(way)[1] if is_part(name)]


@dataclass(frozen=True, kw_only=True)
class Carried:
    """The media of an exhibit inside a package: under the names that it stores (K1)."""

    package: Package
    chain: str

    @property
    def path(self) -> Path:
        """Where they lie, for a person."""
        return self.package.path / "data" / place(self.chain)

    @property
    def source(self) -> Source:
        """The same to be measured, from the package's own folder on."""
        way = tuple(os.fsencode(name) for name in _way(_DATA, self.chain))
        return Source(None, os.path.realpath(self.package.path), way=way)


def _by_position(names: list[str]) -> list[str]:
    """The names of a chain's records among some."""
    found = [match for name in names if (match := RECORD_NAME.fullmatch(name))]
    return [match[0] for match in sorted(found, key=lambda match: (int(match[1]), match[0]))]


def _way(base: Way, chain: str) -> Way:
    return (*base, *place(chain).split("/"))


def exhibit_at(path: str) -> tuple[str, str] | None:
    """The exhibit whose media would lie at a path of a package's survey, and the rest of it; None for no exhibit's."""
    parts = path.split("/", 4)
    if len(parts) < 5 or not all(map(is_part, parts[1:4])):
        return None
    return f"{parts[1]}:{parts[2]}/{parts[3]}", parts[4]


def is_package(path: Path) -> bool:
    """Whether a folder looks like a package."""
    return (path / "bagit.txt").is_file() and (path / CHAINS).is_dir()


def carried(paths: tuple[str, ...], chain: str) -> Carried | None:
    """An exhibit's media in a package, where they are named by the package, or by their place in it."""
    if len(paths) != 1:
        return None
    path = Path(paths[0]).absolute()
    for root in (path, *path.parents[3:4]):  # data/CODE/CASE/EXHIBIT
        inside = Package(root).media(chain) if is_package(root) else None
        if inside is not None and path in (root, inside.path):
            return inside
    return None


def open_package(path: Path) -> Package:
    """The package at a path; raises UsageError where there is something else, saying what."""
    if is_package(path):
        return Package(path)
    what, way = _what_is(path)
    raise UsageError(f"{path} is {what}; not a package", way)


def _what_is(path: Path) -> tuple[str, str]:
    if path.is_file():
        return cards.kind_of(files.read(path))
    if is_register(path):
        return "a register", "check it: custody verify ./FOLDER"
    if (path / "bagit.txt").exists() or (path / "custody").exists():
        return "a part of a package", "it was not copied whole: ask the sender for it again"
    what = "a folder with other things in it" if any(path.iterdir()) else "an empty folder"
    return what, "name the folder that release made: bagit.txt lies in it"


@dataclass
class Making:
    """A package being made under a temporary name; `payload` maps stored paths to SHA-256."""

    path: Path
    payload: dict[str, str] = field(default_factory=dict)

    def media_folder(self, chain: str) -> Path:
        """A new folder for an exhibit's media."""
        path = self.path / "data" / place(chain)
        files.make_folders(path)
        return path

    def add_media(self, chain: str, stored: bytes, sha256: str) -> None:
        """Note a copied file, by the name that the bag stores it under."""
        self.payload[f"data/{place(chain)}/{os.fsdecode(stored)}"] = sha256

    def add(self, name: str, data: bytes) -> None:
        """Write one file below `custody/`."""
        path = self.path / "custody" / name
        files.make_folders(path.parent)
        files.write_new(path, data)

    def add_chain(self, source: Path, chain: str, records: list[str], *, lists: bool) -> None:
        """Copy records of a chain with their signatures, as they lie in a register; with `lists` what they bind too."""
        target = self.path / CHAINS / place(chain)
        files.make_folders(target)
        stems = tuple(f"{name.removesuffix('.json')}." for name in records)
        for path in sorted(source.iterdir()):
            wanted = path.name.startswith(stems) and (lists or not path.name.endswith((".jsonl", ".log")))
            if wanted and path.is_file() and not path.is_symlink():
                with files.ordinary(path) as read:
                    files.write_stream(target / path.name, read)

    def add_list(self, chain: str, name: str, lines: Iterable[bytes]) -> None:
        """Write a list beside the records of a chain."""
        with (self.path / CHAINS / place(chain) / name).open("xb") as file:
            file.writelines(lines)
            file.flush()
            files.fsync(file.fileno())

    def finish(self, target: Path, info: dict[str, str]) -> Path:
        """Write the bag's own files and give the package its name: whole, or not at all."""
        _drop_empty(self.path / "data")
        bag.write(self.path, info=info, payload=self.payload)
        if target.exists():
            raise NotAllowedError(f"{target} is there already", "move it away, or name another place: --out DIR")
        self.path.rename(target)
        files.fsync_folder(target.parent)
        return target


@contextlib.contextmanager
def making(target: Path) -> Iterator[Making]:
    """Make a package beside its final place; what is not finished is taken away."""
    if target.exists():
        raise NotAllowedError(f"{target} is there already", "move it away, or name another place: --out DIR")
    path = target.with_name(f".{target.name}.making")
    try:
        _clear(path)
        files.make_folders(path / "data")
        yield Making(path)
    except OSError as err:
        raise EnvironmentFault(
            f"cannot write the package: {err.strerror or err}",
            "make room, or name another place: --out DIR",
            "the same command makes it again, also where the release is recorded already",
        ) from err
    finally:
        _clear(path)


def stored_name(name: bytes, *, carried: bool = False) -> bytes:
    """The name under which a bag stores a file (K1); one that was carried in another bag has such a name already."""
    if carried:
        with contextlib.suppress(bag.BagError):
            bag.original_name(os.fsdecode(name))
            return name
    return os.fsencode(bag.payload_name(name))


def _drop_empty(folder: Path) -> None:
    """Take away folders without a file, which a bag cannot hold; `folder` itself stays."""
    for path, _, _ in os.walk(folder, topdown=False):
        if Path(path) != folder and not os.listdir(path):  # noqa: PTH208  only emptiness matters
            Path(path).rmdir()


def _clear(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
