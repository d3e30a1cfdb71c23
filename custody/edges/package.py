"""Packages on disk: a bag with media, records, cards and instructions (docs/spec/package.md, K1 and K2)."""

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from custody.edges import bag, files
from custody.edges.register import read_chain
from manifests import cards
from manifests.cards import Card
from manifests.errors import CustodyError, EnvironmentFault, NotAllowedError, RefutedError
from manifests.names import PART, chain_type
from manifests.verify import ChainFiles

CHAINS, CARDS = "custody/chains", "custody/cards"


def place(chain: str) -> str:
    """Where a chain's files lie below `custody/chains` or `data`."""
    if chain_type(chain) != "exhibit":
        raise NotAllowedError(f"{chain} does not travel")
    code, rest = chain.split(":", 1)
    return f"{code}/{rest}"


@dataclass(frozen=True)
class Package:
    """A package's folder, read and never written."""

    path: Path

    def chains(self) -> list[str]:
        """The ids of the exhibits that it has a folder of records for."""
        return _exhibits(self.path / CHAINS)

    def strays(self) -> list[str]:
        """The ids of the exhibits whose media are in it, and no folder of records."""
        known = set(self.chains())
        return [chain for chain in _exhibits(self.path / "data") if chain not in known]

    def chain(self, chain: str) -> ChainFiles:
        return read_chain(self.path / CHAINS / place(chain), chain)

    def folder(self, chain: str) -> Path:
        """Where a chain's files lie."""
        return self.path / CHAINS / place(chain)

    def media(self, chain: str) -> Path | None:
        """The folder with an exhibit's media, where they travel inside."""
        path = self.path / "data" / place(chain)
        return path if path.is_dir() and not path.is_symlink() else None

    def cards(self) -> list[Card]:
        """The agency cards it brings along; those that cannot be read are left out. None is trusted for that."""
        found = []
        folder = self.path / CARDS
        for path in sorted(folder.glob("*.card.json")) if folder.is_dir() else ():
            with contextlib.suppress(CustodyError):
                found.append(cards.read_card(files.read(path)))
        return found

    def problems(self) -> list[str]:
        """What is wrong with it as a bag, without reading the media; in words."""
        try:
            return [f"{p.path}: {p.text}" for p in bag.check_tags(self.path).problems]
        except (bag.BagError, OSError) as err:
            return [str(err)]


def _exhibits(base: Path) -> list[str]:
    """The exhibits that a tree of CODE/CASE/EXHIBIT has."""
    found = []
    for code in _folders(base):
        for case in _folders(code):
            found += [f"{code.name}:{case.name}/{exhibit.name}" for exhibit in _folders(case)]
    return found


def _folders(path: Path) -> list[Path]:
    import re

    if not path.is_dir() or path.is_symlink():
        return []
    with os.scandir(path) as found:
        names = [e.name for e in found if e.is_dir(follow_symlinks=False) and re.fullmatch(PART, e.name)]
    return [path / name for name in sorted(names)]


def is_package(path: Path) -> bool:
    """Whether a folder looks like a package."""
    return (path / "bagit.txt").is_file() and (path / CHAINS).is_dir()


def carried(paths: tuple[str, ...], chain: str) -> Path | None:
    """An exhibit's media in a package, where they are named by the package, or by their place in it."""
    if len(paths) != 1:
        return None
    path = Path(paths[0]).absolute()
    for root in (path, *path.parents[3:4]):  # data/CODE/CASE/EXHIBIT
        inside = Package(root).media(chain) if is_package(root) else None
        if inside is not None and path in (root, inside):
            return inside
    return None


def open_package(path: Path) -> Package:
    """The package at a path; raises RefutedError where it is none."""
    if not is_package(path):
        raise RefutedError(f"{path} is not a package: no bagit.txt and {CHAINS} in it")
    return Package(path)


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

    def add_media(self, chain: str, name: bytes, sha256: str, *, stored: bool = False) -> None:
        """Note a copied file, and give it the name that a bag stores it under (K1), if it has not that name yet."""
        path = os.fsdecode(name) if stored and _from_a_bag(name) else bag.payload_name(name)
        if os.fsencode(path) != name:
            base = self.media_folder(chain)
            files.make_folders((base / path).parent)
            (base / os.fsdecode(name)).rename(base / path)
        self.payload[f"data/{place(chain)}/{path}"] = sha256

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


def _from_a_bag(name: bytes) -> bool:
    try:
        bag.original_name(os.fsdecode(name))
    except bag.BagError:
        return False
    return True


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
