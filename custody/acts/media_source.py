"""Where the contents of an exhibit lie, in one place for every act: files and folders, a stored image, an image named
by its first part, a device, what lies in a package. Read to be compared, opened again for a closer look, copied.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from custody.acts.apart import check_apart
from custody.acts.contents import Report, used_algorithms
from custody.acts.devices import SealedDevice, measured, read_again
from custody.acts.sealed import Sealed
from custody.edges.bag import BagError, original_name
from custody.edges.package import Carried, Making, carried, stored_name
from hashing.access import COMMAND, obtain
from hashing.copying import copy
from hashing.damage.opening import OpenedItem, opened_item
from hashing.items import Item, Outcome
from hashing.measure import Plan, measure, recipe_of
from hashing.media.decoding import decode_again, media_name
from hashing.media.device import NAME
from hashing.media.images import image_beginning
from hashing.media.kinds import DEVICE
from hashing.media.naming import image_of, may_begin
from hashing.progress import adding
from hashing.sources import Source, is_device, sources_from
from hashing.walking import NameRun, walk
from manifests.compare import Decode, key
from manifests.errors import UsageError
from manifests.findings import Finding


class MediaSource(Protocol):
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

    def copied_into(self, package: Making, chain: str, progress: Report) -> Iterator[Item] | None:
        """The same items, copied into a package on the way; None for what travels only by itself."""


@dataclass(frozen=True, kw_only=True)
class FileSource:
    """Files and folders as they lie, a stored image, or an image that its first part stands for."""

    paths: tuple[str, ...]
    sealed: Sealed
    copied: bool = False
    as_device: bool = False

    @property
    def sources(self) -> tuple[Source, ...]:
        """What to measure; raises HashingError for a path that is not there."""
        found = sources_from(self.paths)
        if parts := self._parts():
            return (Source(None, str(Path(self.paths[0]).parent), parts),)
        return found

    def _parts(self) -> frozenset[bytes]:
        """The parts that were sealed of an image, where the first is named and does not look like one any more."""
        path = Path(self.paths[0])
        if len(self.paths) > 1 or not may_begin(path.name) or not _is_plain(self.paths[0]):
            return frozenset()
        here = [os.fsencode(name) for name in os.listdir(path.absolute().parent)]  # noqa: PTH208  names only
        image = image_of(os.fsencode(path.name), here)
        if image is None or len(image.names) < 2:
            return frozenset()
        return frozenset(self.sealed.parts_of(image.names[0])) & frozenset(image.names)

    @property
    def decode(self) -> Decode | None:
        return _decoder(self.sealed, self.sources)

    def items(self, *, quick: bool, progress: Report) -> Iterator[Item]:
        return self.sealed.engine(self.sources, self.sealed.plan(quick=quick), progress)

    def open(self, name: bytes) -> AbstractContextManager[OpenedItem]:
        return opened_item(self.sources, name)

    def copied_into(self, package: Making, chain: str, progress: Report) -> Iterator[Item] | None:
        return _copied(self.sources, self.sealed, package, chain, stored_name, progress)


@dataclass(frozen=True, kw_only=True)
class PackageSource:
    """What lies in a package, under the names that it stores; an item has the name that it was sealed under (K1)."""

    carried: Carried
    sealed: Sealed
    copied: bool = True
    as_device: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        return (str(self.carried.path),)

    @property
    def decode(self) -> Decode | None:
        return _decoder(self.sealed, (self.carried.source,), _original)

    def items(self, *, quick: bool, progress: Report) -> Iterator[Item]:
        return self._as_sealed(measure((self.carried.source,), self.sealed.plan(quick=quick), progress))

    def _as_sealed(self, items: Iterator[Item]) -> Iterator[Item]:
        """Items under the names they had; only where stored names sort otherwise they are sorted in memory."""
        files = (item for item in items if (item.name, item.outcome) != (b".", Outcome.EMPTY_FOLDER))
        if not any(
            b"=" in name for run in walk((self.carried.source,)) if isinstance(run, NameRun) for name in run.listed
        ):
            return files
        renamed = (item._replace(name=_original(item.name)) for item in files)
        return iter(sorted(renamed, key=lambda item: key(item.name)))

    def open(self, name: bytes) -> AbstractContextManager[OpenedItem]:
        return opened_item((self.carried.source,), self._stored(name))

    def _stored(self, name: bytes) -> bytes:
        """What an item is called in the package; a name that no package would give is its own."""
        with suppress(BagError, OSError):
            stored = stored_name(name)
            with opened_item((self.carried.source,), stored):
                return stored
        return name

    def copied_into(self, package: Making, chain: str, progress: Report) -> Iterator[Item] | None:
        named = partial(stored_name, carried=True)
        return self._as_sealed(_copied((self.carried.source,), self.sealed, package, chain, named, progress))


@dataclass(frozen=True, kw_only=True)
class MediumSource:
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
            (found,) = measure(sources_from(self.paths), self.sealed.plan(quick=quick), progress)
        if found is not None:
            yield found._replace(name=self.name, decoded=None, segments=(), gaps=())

    def _device(self, progress: Report) -> Item:
        device = SealedDevice(path=self.path, access=self.access)
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

    def copied_into(self, package: Making, chain: str, progress: Report) -> Iterator[Item] | None:
        return None


# --- which source it is -----------------------------------------------------------


def source_of(
    sealed: Sealed, paths: tuple[str, ...] | None, inside: Carried | None = None, access: tuple[str, ...] = COMMAND
) -> MediaSource | None:
    """The contents at paths that a person names, else inside a package; None where neither is there.

    A package, or a place in one, that is named stands for what it carries. Raises UsageError for several devices,
    HashingError for a path that is not there.
    """
    if paths and (named := carried(paths, sealed.chain.id)):
        return PackageSource(carried=named, sealed=sealed)
    if not paths:
        return PackageSource(carried=inside, sealed=sealed) if inside else None
    if any(is_device(path) for path in paths):
        if len(paths) > 1:
            raise UsageError("a device is compared alone", "name it alone: --media /dev/sdb")
        return MediumSource(path=paths[0], name=NAME, sealed=sealed, access=access)
    sources_from(paths)  # a name that is mistyped is told before hours are spent
    return FileSource(paths=paths, sealed=sealed)


def unsealed(sealed: Sealed, paths: tuple[str, ...]) -> list[Finding]:
    """What is said of contents that a person names for an exhibit of which nothing was sealed (E5).

    Raises HashingError for a path that is not there.
    """
    if not paths:
        return []
    if not any(is_device(path) for path in paths):
        for path in paths:
            sources_from((path,))
    return [Finding(code="content-extra", subject=sealed.chain.id, text="contents were named, and none were sealed")]


def copy_of(
    first: MediaSource, sealed: Sealed, paths: tuple[str, ...], access: tuple[str, ...] = COMMAND
) -> MediaSource:
    """A second copy of the same contents; raises UsageError where it is the first, or of another kind."""
    check_apart(first.paths, paths)
    if named := carried(paths, sealed.chain.id):
        return PackageSource(carried=named, sealed=sealed)
    one = paths[0] if len(paths) == 1 else None
    if first.as_device or sealed.is_device or any(map(is_device, paths)):
        if one is None or Path(one).is_dir():
            raise UsageError(
                "the copy of a device is one thing", "name a device, a raw image, or an image's first part"
            )
        return MediumSource(path=one, name=NAME, sealed=sealed, access=access)
    if one is not None and len(first.paths) == 1 and _is_plain(first.paths[0]) and _is_file(one):
        return MediumSource(path=one, name=os.fsencode(Path(first.paths[0]).name), sealed=sealed)
    sources_from(paths)  # as above
    return FileSource(paths=paths, sealed=sealed)


# --- measuring, decoding, copying --------------------------------------------------


def _inside(path: str) -> bytes | None:
    """What the media are listed as of the image that begins at a path; None where none does."""
    image = image_beginning(path)
    return media_name(image.names) if image else None


def _decoded(path: str, name: bytes, sealed: Sealed, progress: Report) -> Item | None:
    recipe = recipe_of(Plan(algorithms=used_algorithms(sealed.manifests)))
    return decode_again(sources_from((path,)), name, recipe, adding(progress))


def _decoder(sealed: Sealed, sources: tuple[Source, ...], original: Callable[[bytes], bytes] = bytes) -> Decode:
    """Measures the media inside an image below some sources; `original` is the name that a stored one stands for."""

    def decode(name: bytes) -> Item | None:
        recipe = recipe_of(Plan(algorithms=used_algorithms(sealed.manifests)))
        return decode_again(sources, name, recipe, lambda _: None, original)

    return decode


def _copied(
    sources: tuple[Source, ...], sealed: Sealed, package: Making, chain: str, named: Callable[[bytes], bytes],
    progress: Report,
) -> Iterator[Item]:  # fmt: skip
    """Copy into a package, each file under the name that a bag stores from the start."""
    plan = Plan(algorithms=used_algorithms(sealed.manifests))
    for item in copy(sources, package.media_folder(chain), plan, progress, named):
        if item.outcome is Outcome.MEASURED:
            package.add_media(chain, named(item.name), item.digests["sha256"])
        yield item


def _original(stored: bytes) -> bytes:
    """The name that a package stored under another, or the same where it stores none so."""
    try:
        return original_name(os.fsdecode(stored))
    except BagError:
        return stored


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def _is_plain(path: str) -> bool:
    """Whether a path is one file that is no part of an image's list."""
    return _is_file(path) and image_beginning(path) is None
