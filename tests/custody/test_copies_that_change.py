"""Copies that are changed between being measured and being compared: no bytes are named that nobody measured."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from custody.acts.locating import check
from custody.acts.media_source import FileSource
from custody.acts.sealed import Sealed
from custody.edges.register import Register
from hashing.items import Item
from manifests import records
from manifests.damage import Damage
from tests.custody.station import EX, World

SIZE = 20 << 20


@dataclass(frozen=True, kw_only=True)
class Changing(FileSource):
    """Contents to which something happens as soon as they have been measured."""

    then: Callable[[], None]

    def items(self, **how: Any) -> Iterator[Item]:
        yield from super().items(**how)
        self.then()


def hurt(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


@pytest.fixture
def sealed(world: World) -> Sealed:
    shutil.rmtree(world.media)
    world.media.mkdir()
    (world.media / "disk.bin").write_bytes(hashlib.shake_128(b"disk").digest(SIZE))
    world.sealed()
    shutil.copytree(world.media, world.path / "copy")
    hurt(world.media / "disk.bin", 5_000_000, b"damaged")
    chain = Register(world.kibra.path).chain(f"KIBRA:{EX}")
    bound = tuple(records.read(each.record) for each in chain.records if each.name.endswith("-manifest.json"))
    return Sealed(chain=chain, manifests=bound)


def damage(world: World, sealed: Sealed, then: Callable[[], None], *, quick: bool = False) -> tuple[Damage, set[str]]:
    """What is said of the one damaged item, and the codes of all findings."""
    first = FileSource(paths=(str(world.media),), sealed=sealed)
    second = Changing(paths=(str(world.path / "copy"),), sealed=sealed, then=then)
    checked = check(sealed, first, second, quick=quick)
    (found,) = [each.damage for each in checked.findings if each.code == "content-changed"]
    assert found is not None
    return found, {each.code for each in checked.findings}


def test_nothing_happens(world: World, sealed: Sealed) -> None:
    found, _ = damage(world, sealed, lambda: None)
    assert (found.copy, found.bytes) == ("sealed", ((5_000_000, 7),))


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("name", ["media", "copy"])
def test_one_of_the_two_changes_after_it_was_measured(world: World, sealed: Sealed, name: str, quick: bool) -> None:
    path = world.path / name / "disk.bin"
    found, codes = damage(world, sealed, lambda: hurt(path, 5_100_000, b"later"), quick=quick)
    assert (found.copy, found.bytes, found.pieces) == ("changed", (), ((4 << 20, 4 << 20),))
    assert "copy-differs" not in codes


def test_the_copy_is_gone_or_becomes_something_else(world: World, sealed: Sealed) -> None:
    path = world.path / "copy" / "disk.bin"
    assert damage(world, sealed, path.unlink)[0].copy == "missing"
    shutil.copyfile(world.media / "disk.bin", path)
    path.write_bytes(hashlib.shake_128(b"disk").digest(SIZE))

    def link() -> None:
        path.unlink()
        path.symlink_to(world.media / "disk.bin")

    assert damage(world, sealed, link)[0].copy == "unreadable"
    path.unlink()
    path.write_bytes(hashlib.shake_128(b"disk").digest(SIZE))
    found, _ = damage(world, sealed, lambda: path.write_bytes(b""))
    assert (found.copy, found.bytes) == ("changed", ())


def test_the_first_is_gone(world: World, sealed: Sealed) -> None:
    found, _ = damage(world, sealed, (world.media / "disk.bin").unlink)
    assert (found.copy, found.bytes) == ("changed", ())
