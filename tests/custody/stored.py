"""A store with sealed exhibits, and a later day: what the tests of `audit` play with."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.custody.station import CASE, Answer, World

LATER = 100
"""Days after which everything sealed today is due."""


def store(world: World) -> Path:
    return world.path / "store"


def name(number: int) -> str:
    return f"{CASE}/EX-{number}"


def stored(world: World, *numbers: int) -> None:
    """Seize exhibits, lay their media into the store, and seal them there."""
    for number in numbers:
        folder = store(world) / name(number)
        shutil.copytree(world.media, folder)
        (folder / "number").write_text(f"exhibit {number}\n" * 1000)
        world.sealed(name(number), str(folder), "--no-describe")


def later(days: float = LATER, then: Callable[[], None] | None = None) -> Callable[[], None]:
    """For `before`: the command runs so many days from now; `then` is called too."""

    def before() -> None:
        from custody.acts.desk import Desk
        from custody.edges import clock

        now = clock.now

        def shifted() -> Any:
            return now() + timedelta(days=days)

        clock.now = shifted
        Desk.__init__.__kwdefaults__["now"] = shifted  # type: ignore[index]
        if then is not None:
            then()

    return before


def audit(
    world: World, *words: str, days: float = LATER, then: Callable[[], None] | None = None, **more: Any
) -> Answer:
    """Audit the store on a later day; the answer as JSON."""
    found: Answer = world.kibra("--json", "audit", str(store(world)), *words, before=later(days, then), **more)
    return found


def verdicts(answer: Answer) -> dict[str, str]:
    """What was found of each exhibit that was read, by number, in order."""
    return {each["exhibit"].rpartition("-")[2]: each["verdict"] for each in answer.json["exhibits"]}


def listed(answer: Answer, part: str) -> list[str]:
    """The exhibits, or the names, in one part of the answer."""
    found = answer.json[part]
    return [each if isinstance(each, str) else each["exhibit"].split(":")[1] for each in found]


def recorded(world: World, number: int) -> list[str]:
    """The verdicts of all verifications in an exhibit's chain."""
    bodies = [world.kibra.body(f"{n:04}-verification.json", name(number))["body"] for n in _numbers(world, number)]
    return [body["verdict"] for body in bodies]


def _numbers(world: World, number: int) -> list[int]:
    return [n for n, kind in enumerate(world.kibra.kinds(name(number)), start=1) if kind == "verification"]
