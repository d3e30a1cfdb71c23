"""Each step of the commit order interrupted on purpose (docs/spec/register.md, G3 and G4).

After each, the register opens and is not refuted, the step can be run again and ends CONFIRMED, nothing is doubled,
and nothing of the interrupted one is left. `make campaign` does it in every way; here, the ways that tell most.
"""

from pathlib import Path

import pytest

from tests.custody.acts_to_break import ACTS, all_of, prepared, steps
from tests.custody.station import World


@pytest.mark.parametrize(("name", "every"), [("seize", 1), ("seal", 2), ("seal with a log", 3)])
def test_killed_at_every_step(origin: World, tmp_path: Path, name: str, every: int) -> None:
    """Or at every second or third, where the campaign does each."""
    world = prepared(origin, ACTS[name], tmp_path / "world")
    number = len(steps(world, ACTS[name], tmp_path / "counted"))
    assert number > 15
    jobs = [(str(world.path), name, step, "killed") for step in range(number % every + 1, number + 1, every)]
    assert all_of(jobs) == []


@pytest.mark.parametrize("name", ["release", "receive", "refuse", "acknowledge", "acknowledge a refusal"])
def test_killed_at_every_step_around_the_commit(origin: World, tmp_path: Path, name: str) -> None:
    """From before the last signature is linked until the index would follow; and here and there before."""
    world = prepared(origin, ACTS[name], tmp_path / "world")
    told = steps(world, ACTS[name], tmp_path / "counted")
    links = [number for number, call in enumerate(told, start=1) if call == "link"]
    near = range(links[-2] - 2, min(links[-1] + 8, len(told)) + 1)
    chosen = sorted({*near, *links, *range(1, len(told) + 1, len(told) // 6)})
    assert all_of([(str(world.path), name, step, "killed") for step in chosen]) == []


@pytest.mark.parametrize("name", ["seal", "seal with a log"])
def test_what_was_not_flushed_is_lost_in_a_power_cut(origin: World, tmp_path: Path, name: str) -> None:
    world = prepared(origin, ACTS[name], tmp_path / "world")
    told = steps(world, ACTS[name], tmp_path / "counted")
    flushes = [number for number, call in enumerate(told, start=1) if call == "fsync"]
    assert all_of([(str(world.path), name, step, "torn") for step in flushes]) == []


@pytest.mark.parametrize("how", ["interrupted", "disk full", "input/output error"])
def test_sealing_gives_up_cleanly(origin: World, tmp_path: Path, how: str) -> None:
    world = prepared(origin, ACTS["seal"], tmp_path / "world")
    number = len(steps(world, ACTS["seal"], tmp_path / "counted"))
    chosen = range(1 + len(how) % 6, number + 1, 6)
    assert all_of([(str(world.path), "seal", step, how) for step in chosen]) == []
