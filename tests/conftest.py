"""What every test may ask for."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.scene import Scene

# A slow or busy computer is no fault of the code.
settings.register_profile("custody", deadline=None)
settings.load_profile("custody")


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Scene":
    """A station, a laboratory and a court; registers are made when they are asked for."""
    from tests.scene import Scene

    return Scene(tmp_path, monkeypatch)
