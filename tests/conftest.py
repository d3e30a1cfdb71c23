"""What every test may ask for."""

from pathlib import Path

import pytest

from tests.scene import Scene


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A station, a laboratory and a court; registers are made when they are asked for."""
    return Scene(tmp_path, monkeypatch)
