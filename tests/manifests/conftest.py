"""The story that tamper tests start from, told once."""

from pathlib import Path

import pytest

from tests.manifests.touching import Story, copied, tell
from tests.scene import House, Scene


@pytest.fixture(scope="session")
def told_once(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The story, on its own clock while it is told; after that no other test is."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return tell(Scene(tmp_path_factory.mktemp("story"), monkeypatch))


@pytest.fixture
def story(told_once: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """The story as it was told; nobody changes it."""
    monkeypatch.setattr("custody.edges.clock.now", lambda: told_once.scene.now)
    return told_once


@pytest.fixture
def station(story: Story, tmp_path: Path) -> House:
    """A copy of the station's register to tamper with."""
    return copied(story, tmp_path)
