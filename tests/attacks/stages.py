"""How a story began, played once and copied for every further play that begins in the same way.

A stage is known by its name, what it was asked, and what the world was before it: its ledgers and its media.
"""

import functools
import shutil
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from tests.custody.station import EX, World, tree

R = TypeVar("R", Path, None)
_FOLDER = tempfile.TemporaryDirectory(prefix="stages-")
_KEPT: dict[tuple[object, ...], tuple[Path, Path | None]] = {}
"""By what it is: a copy of the world after it, and the path that it returned, within the world."""


def staged(play: Callable[..., R]) -> Callable[..., R]:
    """Play a story that leaves everything in the world's folder once, and copy what it left from then on."""

    @functools.wraps(play)
    def reached(world: World, *asked: Any, **more: Any) -> Any:
        key = (play.__qualname__, asked, tuple(sorted(more.items())), _before(world))
        if key not in _KEPT:
            made = play(world, *asked, **more)
            kept = Path(_FOLDER.name) / str(len(_KEPT))
            shutil.copytree(world.path, kept, symlinks=True)
            _KEPT[key] = kept, made.relative_to(world.path) if made else None
            return made
        kept, within = _KEPT[key]
        for path in world.path.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        shutil.copytree(kept, world.path, symlinks=True, dirs_exist_ok=True)
        return world.path / within if within else None

    return reached


def _before(world: World) -> str:
    ledgers = [path.read_bytes() for path in sorted(world.path.glob("*/ledger/leaves"))]
    names = sorted(path.name for path in world.path.iterdir())
    return sha256(repr((ledgers, names, sorted(tree(world.media).items()))).encode()).hexdigest()


class StagedWorld(World):
    """A world whose beginnings are stages."""

    @staged
    def seized(self, exhibit: str = EX) -> None:
        super().seized(exhibit)

    @staged
    def sealed(self, exhibit: str = EX, *words: str) -> None:
        super().sealed(exhibit, *words)

    @staged
    def sent(self, exhibit: str = EX) -> Path:
        return super().sent(exhibit)

    @staged
    def sent_in_a_bag(self, exhibit: str = EX, seal: str = "B-1") -> Path:
        return super().sent_in_a_bag(exhibit, seal)

    @staged
    def handed_over(self, exhibit: str = EX) -> Path:
        return super().handed_over(exhibit)
