"""Measures by workers elsewhere that share the storage: hashing.measure with another crew."""

import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from hashing.errors import EngineFails
from hashing.items import Item
from hashing.measure import Plan, measure
from hashing.progress import Listener
from hashing.sources import Source
from hashing.spread.crew import Spread
from hashing.spread.line import Line
from hashing.spread.tasks import Setting


@dataclass(frozen=True, kw_only=True)
class SharedStore:
    """One folder, as it is named here and as the workers name it."""

    here: str
    there: str


class Elsewhere:
    """Workers behind a dask scheduler, for one measuring after another."""

    def __init__(self, engine: str, store: SharedStore | None = None) -> None:
        """Connect; raises NotAnEngine or EngineFails."""
        self._store = store
        self._line = Line(engine)
        self.workers = self._line.workers
        """The most there were at once, as the scheduler says."""

    @property
    def address(self) -> str:
        return self._line.address

    def measure(self, sources: Sequence[Source], plan: Plan, progress: Listener | None) -> Generator[Item, None, None]:
        """As hashing.measure; nothing is described or decoded. Raises EngineFails.

        What the items say is the word of the workers, and of all that lies between.
        """
        assert not plan.describe and not plan.decode
        root, below = self._place(sources)
        setting = Setting(root=root, below=below, algorithms=plan.algorithms, quick=plan.quick, rate=plan.rate)
        for item in measure(sources, plan, progress, crew=Spread(self._line, setting)):
            self.workers = max(self.workers, self._line.workers)
            yield item

    def close(self) -> None:
        """End the connection."""
        self._line.close()

    def _place(self, sources: Sequence[Source]) -> tuple[str, bytes]:
        """The folder that the workers are to open, and the way below it to where names begin."""
        if len(sources) != 1:
            raise EngineFails("several paths cannot be measured together by them")
        (source,) = sources
        base = os.path.abspath(source.path if source.label is None else os.path.dirname(source.path))  # noqa: PTH100,PTH120
        if self._store is not None:
            here = os.path.abspath(self._store.here)  # noqa: PTH100
            if base == here:
                return self._store.there, b""
            if base.startswith(here.rstrip(os.sep) + os.sep):
                return self._store.there, os.fsencode(base[len(here.rstrip(os.sep)) + 1 :])
        return base, b""
