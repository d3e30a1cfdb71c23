"""What reads for an audit: processes of this computer, or workers behind a dask scheduler that share the storage."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from custody.acts.contents import Engine
from hashing.items import Item
from hashing.measure import Plan, Progress, measure
from hashing.sources import Source
from manifests.errors import UsageError
from manifests.shapes import Workers

LOCAL = "local"
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """An engine, and what is to be said of it."""

    engine: Engine
    name: str
    workers: Callable[[], Workers | None] = lambda: None
    """Whose word its digests are, where that is not this computer's."""


@contextmanager
def chosen(name: str, *, store: str, there: str | None, rate: int) -> Iterator[Chosen]:
    """The engine of a name, `local`, `dask://HOST:PORT` or `tls://HOST:PORT`, that reads so many bytes a second.

    `there`: the store as the workers name it. Raises hashing's NotAnEngine or EngineFails.
    """

    def paced(engine: Engine) -> Engine:
        def read(
            sources: tuple[Source, ...], plan: Plan, progress: Callable[[Progress], None] | None
        ) -> Iterator[Item]:
            return engine(sources, replace(plan, rate=rate), progress)

        return read  # type: ignore[return-value]

    if name == LOCAL:
        if there is not None:
            raise UsageError("--store-as names the store as workers see it", "leave it out, or name an --engine")
        yield Chosen(engine=paced(measure), name=LOCAL)
        return
    from hashing.spread.engine import Elsewhere, SharedStore

    with closing(Elsewhere(name, SharedStore(here=store, there=there or store))) as workers:
        yield Chosen(
            engine=paced(workers.measure), name=name, workers=lambda: Workers(engine="dask", count=workers.workers)
        )


def rate_of(written: str | None) -> int:
    """Bytes a second as a person writes them, like 50M; 0 for any number. Raises UsageError."""
    if written is None:
        return 0
    found = re.fullmatch(r"([0-9]{1,9})([KMG]?)", written.strip().upper())
    if not found or int(found[1]) == 0:
        raise UsageError(f"not a rate: {written[:40]}", "bytes a second, like 50M: K, M and G are 10^3, 10^6 and 10^9")
    return int(found[1]) * _UNITS[found[2]]
