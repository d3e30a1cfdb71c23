"""Each step of the commit order interrupted on purpose (docs/spec/register.md, G3 and G4).

After each, the register opens and is not refuted, the step can be run again and ends CONFIRMED, nothing is doubled,
and nothing of the interrupted one is left. `make campaign` does it in every way; here, the ways that tell most.
"""

from pathlib import Path

import pytest

from tests.custody.acts_to_break import ACTS, all_of, prepared, steps
from tests.custody.station import World


@pytest.mark.parametrize("name", ["seize", "seal", "acknowledge", "acknowledge a refusal", "seal with witnesses"])
def test_killed_at_every_step(origin: World, tmp_path: Path, name: str) -> None:
    world = prepared(origin, ACTS[name], tmp_path / "world")
    number = len(steps(world, ACTS[name], tmp_path / "counted"))
    assert number > 15
    jobs = [(str(world.path), name, step, "killed") for step in range(1, number + 1)]
    assert all_of(jobs) == []


@pytest.mark.parametrize("name", ["release", "receive", "derive", "refuse"])
def test_killed_at_every_step_around_the_commit(origin: World, tmp_path: Path, name: str) -> None:
    """From before the first record is linked until after the last; the rest every sixth step."""
    world = prepared(origin, ACTS[name], tmp_path / "world")
    told = steps(world, ACTS[name], tmp_path / "counted")
    links = [number for number, call in enumerate(told, start=1) if call == "link"]
    near = set(range(links[0] - 3, links[-1] + 8)) if len(links) < 6 else set(range(links[-4] - 3, links[-1] + 8))
    chosen = sorted({n for n in near if n <= len(told)} | set(range(1, len(told) + 1, 6)))
    assert all_of([(str(world.path), name, step, "killed") for step in chosen]) == []


@pytest.mark.parametrize("name", ["seal", "acknowledge"])
def test_what_was_not_flushed_is_lost_in_a_power_cut(origin: World, tmp_path: Path, name: str) -> None:
    world = prepared(origin, ACTS[name], tmp_path / "world")
    told = steps(world, ACTS[name], tmp_path / "counted")
    flushes = [number for number, call in enumerate(told, start=1) if call == "fsync"]
    assert all_of([(str(world.path), name, step, "torn") for step in flushes]) == []


@pytest.mark.parametrize("how", ["interrupted", "disk full", "input/output error"])
def test_sealing_gives_up_cleanly(origin: World, tmp_path: Path, how: str) -> None:
    world = prepared(origin, ACTS["seal"], tmp_path / "world")
    number = len(steps(world, ACTS["seal"], tmp_path / "counted"))
    assert all_of([(str(world.path), "seal", step, how) for step in range(1, number + 1)]) == []
