"""The world that the tests of `custody` play in: made once, copied for each test."""

from pathlib import Path

import pytest

from tests.custody.station import World, copy, make


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world as it begins; never played in."""
    return make(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(origin: World, tmp_path: Path) -> World:
    """Three agencies that trust each other, one open case, no exhibit."""
    return copy(origin, tmp_path)
