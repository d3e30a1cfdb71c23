"""The world that attacks are played in."""

from pathlib import Path

import pytest

from tests.attacks.stages import StagedWorld
from tests.custody.conftest import origin as origin
from tests.custody.station import World, copy


@pytest.fixture
def world(origin: World, tmp_path: Path) -> World:
    """Three agencies that trust each other, one open case, no exhibit; its beginnings are played once."""
    copy(origin, tmp_path)
    return StagedWorld(tmp_path)
