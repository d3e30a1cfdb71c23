"""The real process killed at two hundred random instants, and every step of every act broken in every way.

`make campaign` runs it: about half an hour. The short version is in tests/custody.
"""

import random
from pathlib import Path

import pytest

from tests.custody.acts_to_break import ACTS, KILLED_AT_RANDOM, all_killed, all_of, prepared, steps, timed
from tests.custody.breaking import HOW
from tests.custody.station import World, make

INSTANTS = 200


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make(tmp_path_factory.mktemp("campaign"))


@pytest.mark.parametrize("name", KILLED_AT_RANDOM)
def test_the_installed_command_killed_at_random_instants(beginning: World, tmp_path: Path, name: str) -> None:
    """A quarter of the instants for each act, from its first byte to a little after its end."""
    chosen = random.Random(name)
    world = prepared(beginning, ACTS[name], tmp_path / name)
    timed(world, ACTS[name], True, tmp_path / f"{name}-timed")
    shares = [chosen.random() * 1.05 for _ in range(INSTANTS // len(KILLED_AT_RANDOM))]
    assert all_killed([(str(world.path), name, share, True) for share in shares]) == []


@pytest.mark.parametrize("name", KILLED_AT_RANDOM)
def test_a_fork_killed_at_random_instants(beginning: World, tmp_path: Path, name: str) -> None:
    """As many again without the start of the interpreter, so that all of them fall into the act itself."""
    chosen = random.Random(f"{name} again")
    world = prepared(beginning, ACTS[name], tmp_path / name)
    timed(world, ACTS[name], False, tmp_path / f"{name}-timed")
    shares = [chosen.random() * 1.05 for _ in range(INSTANTS // len(KILLED_AT_RANDOM))]
    assert all_killed([(str(world.path), name, share, False) for share in shares]) == []


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", ACTS)
def test_every_step_broken(beginning: World, tmp_path: Path, name: str, how: str) -> None:
    world = prepared(beginning, ACTS[name], tmp_path / "world")
    told = steps(world, ACTS[name], tmp_path / "counted")
    chosen = [step for step, call in enumerate(told, start=1) if how != "torn" or call == "fsync"]
    assert all_of([(str(world.path), name, step, how) for step in chosen]) == []
