"""Where the contents of an exhibit lie: read to be compared, and opened again, item by item, for a closer look."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from custody.acts.contents import Engine, decoder, measure_again, measure_carried, used_algorithms
from custody.acts.devices import Device, measured, read_again
from custody.edges.bag import BagError, payload_name
from hashing.access import obtain
from hashing.damage.opening import OpenedItem, opened_item
from hashing.items import Item
from hashing.measure import Plan, Progress, measure, recipe_of
from hashing.media.decoding import decode_again, media_name
from hashing.media.device import NAME
from hashing.media.images import image_beginning
from hashing.media.kinds import DEVICE
from hashing.progress import adding
from hashing.sources import is_device, sources_from
from manifests import bodies
from manifests.compare import Decode
from manifests.errors import UsageError
from manifests.records import Record
from manifests.verify import ChainFiles

Report = Callable[[Progress], None] | None


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """What was sealed of an exhibit; with no manifests, nothing was."""

    chain: ChainFiles
    manifests: tuple[Record, ...] = ()
    engine: Engine = measure
    """What reads files."""

    @property
    def has_device(self) -> bool:
        """Whether a disk or card itself was sealed."""
        return any(self._of_devices())

    @property
    def is_device(self) -> bool:
        """Whether nothing else was sealed."""
        return self.has_device and all(self._of_devices())

    def _of_devices(self) -> list[bool]:
        return [isinstance(m.body, bodies.Manifest) and m.body.scope == "media" for m in self.manifests]


class Where(Protocol):
    """Contents that can be read."""

    @property
    def paths(self) -> tuple[str, ...]:
        """As a person named them."""

    @property
    def copied(self) -> bool:
        """Whether they are those of a package, which holds ordinary files only."""

    @property
    def as_device(self) -> bool:
        """Whether they are compared with what was sealed of a device, and not with files."""

    @property
    def decode(self) -> Decode | None:
        """Measures the media inside an image anew; None where there can be none."""

    def items(self, *, quick: bool, progress: Report) -> Iterator[Item]:
        """Everything, measured, under the names that it has in a list."""

    def open(self, name: bytes) -> AbstractContextManager[OpenedItem]:
        """One item, open; raises OSError, or HashingError for a device."""


@dataclass(frozen=True, kw_only=True)
class Files:
    """Files and folders, as they lie or in a package."""

    paths: tuple[str, ...]
    sealed: Sealed
    copied: bool = False
    as_device: bool = False

    @property
    def decode(self) -> Decode | None:
        return decoder(self.sealed.manifests, self.paths, stored=self.copied)

    def items(self, *, quick: bool, progress: Report) -> Iterator[Item]:
        manifests, engine = self.sealed.manifests, self.sealed.engine
        if self.copied:
            return measure_carried(manifests, Path(self.paths[0]), quick=quick, progress=progress, engine=engine)
        return measure_again(manifests, self.paths, quick=quick, progress=progress, engine=engine)

    def open(self, name: bytes) -> AbstractContextManager[OpenedItem]:
        return opened_item(sources_from(self.paths), self._stored(name))

    def _stored(self, name: bytes) -> bytes:
        """What an item is called in a package (K1); a name that no package would give is its own."""
        if not self.copied:
            return name
        path = Path(self.paths[0])
        with suppress(BagError):
            stored = payload_name(name)
            if not (path / os.fsdecode(name)).exists() or (path / stored).exists():
                return os.fsencode(stored)
        return name


@dataclass(frozen=True, kw_only=True)
class Medium:
    """One file, device, or image, whose media are read; listed under a name that is given to it."""

    path: str
    name: bytes
    sealed: Sealed
    access: tuple[str, ...] = ()
    """The command that opens a device which may not be opened directly."""
    copied: bool = False
    decode: Decode | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path,)

    @property
    def as_device(self) -> bool:
        return self.name == NAME

    def items(self, *, quick: bool, progress: Report) -> Iterator[Item]:
        found: Item | None
        if is_device(self.path):
            found = self._device(progress)
        elif inside := _inside(self.path):
            found = _decoded(self.path, inside, self.sealed, progress)
        else:
            (found,) = measure_again(self.sealed.manifests, self.paths, quick=quick, progress=progress)
        if found is not None:
            yield found._replace(name=self.name, decoded=None, segments=())

    def _device(self, progress: Report) -> Item:
        device = Device(path=self.path, access=self.access)
        if self.sealed.has_device:
            (item,) = read_again(self.sealed.chain, self.sealed.manifests, device, progress)
            return item
        with obtain(self.path, self.access) as found:
            return measured(found, used_algorithms(self.sealed.manifests), device, progress)

    @contextmanager
    def open(self, name: bytes) -> Iterator[OpenedItem]:
        if not is_device(self.path):
            inside = _inside(self.path) or os.fsencode(Path(self.path).name)
            with opened_item(sources_from(self.paths), inside) as item:
                yield item
            return
        with obtain(self.path, self.access) as found:
            yield OpenedItem(kind=DEVICE, descriptors=(found.descriptor,), sector=found.facts.sector)


def _inside(path: str) -> bytes | None:
    """What the media are listed as of the image that begins at a path; None where none does."""
    image = image_beginning(path)
    return media_name(image.names) if image else None


def _decoded(path: str, name: bytes, sealed: Sealed, progress: Report) -> Item | None:
    recipe = recipe_of(Plan(algorithms=used_algorithms(sealed.manifests)))
    return decode_again(sources_from((path,)), name, recipe, adding(progress))


def first_of(sealed: Sealed, paths: tuple[str, ...] | None, inside: Path | None, access: tuple[str, ...]) -> Where:
    """The contents to be judged: at paths that a person names, else inside a package."""
    if not paths:
        assert inside is not None
        return Files(paths=(str(inside),), sealed=sealed, copied=True)
    if any(is_device(path) for path in paths):
        if len(paths) > 1:
            raise UsageError("a device is compared alone", "name it alone: --media /dev/sdb")
        return Medium(path=paths[0], name=NAME, sealed=sealed, access=access)
    return Files(paths=paths, sealed=sealed)


def copy_of(
    first: Where, sealed: Sealed, paths: tuple[str, ...], inside: Path | None, access: tuple[str, ...]
) -> Where:
    """A second copy of the same contents; raises UsageError where it is the first, or of another kind."""
    check_apart(first.paths, paths)
    if inside is not None:
        return Files(paths=(str(inside),), sealed=sealed, copied=True)
    one = paths[0] if len(paths) == 1 else None
    if first.as_device or sealed.is_device or any(map(is_device, paths)):
        if one is None or Path(one).is_dir():
            raise UsageError(
                "the copy of a device is one thing", "name a device, a raw image, or an image's first part"
            )
        return Medium(path=one, name=NAME, sealed=sealed, access=access)
    if one is not None and len(first.paths) == 1 and _is_plain(first.paths[0]) and _is_file(one):
        return Medium(path=one, name=os.fsencode(Path(first.paths[0]).name), sealed=sealed)
    sources_from(paths)  # a name that is mistyped is told before hours are spent
    return Files(paths=paths, sealed=sealed)


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def _is_plain(path: str) -> bool:
    """Whether a path is one file that is no part of an image's list."""
    return _is_file(path) and image_beginning(path) is None


def check_apart(ones: tuple[str, ...], others: tuple[str, ...]) -> None:
    """Raise UsageError where contents and copy are the same, or lie inside one another."""
    for one in ones:
        for other in others:
            if _is_same(one, other):
                raise UsageError(
                    f"{other} and {one} are the same", "name a second copy: comparing one with itself shows nothing"
                )
            here, there = Path(one).resolve(), Path(other).resolve()
            if here in there.parents or there in here.parents:
                raise UsageError(f"{other} and {one} lie inside one another", "name two separate copies")


def _is_same(one: str, other: str) -> bool:
    try:
        first, second = Path(one).stat(), Path(other).stat()
    except (OSError, ValueError):
        return False
    devices = stat.S_ISBLK(first.st_mode) and stat.S_ISBLK(second.st_mode)
    return os.path.samestat(first, second) or (devices and first.st_rdev == second.st_rdev)
