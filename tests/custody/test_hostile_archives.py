"""Zip-slip archives and bags with escapes: refused or told, never unpacked, followed or written outside."""

import pytest

from tests.custody.hostile_archives import (
    ARCHIVES,
    ESCAPES,
    offered_as_a_document,
    offered_as_a_package,
    sealed_as_files,
    verified_and_received,
)
from tests.custody.station import EX, World

pytestmark = pytest.mark.skipif(not (ARCHIVES and ESCAPES), reason="the shared archives and bags are not here")


def test_offered_in_place_of_documents_and_packages(world: World) -> None:
    for archive in ARCHIVES[:2]:
        offered_as_a_document(world, archive)
    for bag in ESCAPES[:2]:
        offered_as_a_package(world, bag)


@pytest.mark.parametrize("name", ["dot-notation", "absolute-path-for-fetch", "shortcut-username"])
def test_escapes_in_a_real_package(world: World, name: str) -> None:
    package = world.sent()
    bag = next(each for each in ESCAPES if each.name.endswith(name))
    verified_and_received(world, package, bag)


def test_as_evidence_they_are_files(world: World) -> None:
    names = set(sealed_as_files(world, [*ARCHIVES, *ESCAPES[:3]], EX))
    assert {name for name in names if "/" not in name} == {f"data-zip-slip-{path.name}" for path in ARCHIVES}
