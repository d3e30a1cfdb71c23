"""Measures everything below some sources, and yields one Item after another in the order of the list.

The main process walks and keeps the order; workers read. Memory does not grow with the number or size of
files.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hashing.crew import AHEAD, Alone, Crew, Readers
from hashing.describe.answers import unpack
from hashing.describe.asking import find_exiftool
from hashing.digests import check
from hashing.items import PIECE_SIZE, Description, Item, Outcome, Pieces
from hashing.jobs import DESCRIBED, READ, Job, jobs_from
from hashing.progress import Listener, Meter, Progress
from hashing.reading import MEASURED, Recipe
from hashing.resuming import resumed
from hashing.sandbox.spawn import POSSIBLE
from hashing.sources import Source
from hashing.walking import walk
from hashing.wire import MOST_FOLDERS, Row

__all__ = ["Plan", "Progress", "digests", "item_of", "measure"]

T = TypeVar("T")

_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_KEPT = 8192
"""Items that may wait for one before them that takes long."""
_DESCRIPTORS = 384
"""Folders that may be open for jobs under way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What to find out about each file."""

    algorithms: tuple[str, ...] = ("sha256",)
    pieces: bool = True
    """Files over 16 MiB also get the BLAKE3 digests of their pieces."""
    describe: bool = False
    """Media type and embedded metadata, by a process with limits."""
    quick: bool = False
    """Files over 16 MiB get only the digests of their pieces, made on all cores."""
    decode: bool = False
    """The media inside disk images are items of their own, behind the images' last parts."""
    workers: int | None = None
    """Processes that read; None: as many as there are cores."""
    describe_limit: float = 20.0
    """Seconds that describing one file may take."""
    marks: bool = False
    """Also tell by what a later change of each file would show, so that measuring can be resumed."""
    rate: int = 0
    """Bytes a second to read on average, by one process alone; 0: as many as there are."""


def measure(
    sources: Sequence[Source],
    plan: Plan,
    progress: Listener | None = None,
    known: Iterable[Item] = (),
    crew: Readers | None = None,
) -> Generator[Item, None, None]:
    """Items of everything below the sources, depth first, names sorted by bytes; raises UnknownAlgorithm.

    What cannot be read is an item with a reason, not an error. Closing the iterator ends all that was
    started. `known` are items of before by the same plan, in order: files whose marks are unchanged are not read again.
    `crew`: who reads, where that is not processes of this computer; it is closed at the end.
    """
    recipe = recipe_of(plan)
    return _in_order(sources, plan, recipe, progress, known, _items, crew)


def digests(
    sources: Sequence[Source], plan: Plan, progress: Listener | None = None
) -> Generator[tuple[bytes, bytes] | Item, None, None]:
    """As `measure`, but of a file that was measured only its name and its digests, one behind the other.

    Half the work where nothing else is wanted, and there are files by the ten thousand.
    """
    recipe = recipe_of(plan)
    return _in_order(sources, plan, recipe, progress, (), _digests)


def recipe_of(plan: Plan) -> Recipe:
    """What readers need to know of a plan; raises UnknownAlgorithm."""
    for algorithm in plan.algorithms or ("",):
        check(algorithm)
    marks = plan.marks and POSSIBLE  # elsewhere the time of the last change may be that of creation
    return Recipe(plan.algorithms, pieces=plan.pieces, quick=plan.quick, cores=_cores(), marks=marks)


def item_of(name: bytes, row: Row, recipe: Recipe) -> Item:
    """The item for a file that was to be read."""
    outcome, size, modified, digests, reason, pieces, packed, marks = row
    return Item(  # by place, which is twice as fast as by name
        name,
        _OUTCOMES[outcome],
        reason or None,
        None if size < 0 else size,
        recipe.named(digests) if digests else {},
        modified,
        Pieces(size=PIECE_SIZE, digests=pieces) if pieces else None,
        None if packed is None else _description(packed),
        marks or None,
    )


def _description(packed: bytes) -> Description:
    media_type, not_examined, metadata = unpack(packed)
    return Description(media_type=media_type, metadata=metadata, not_examined=not_examined)


def _cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_order(
    sources: Sequence[Source],
    plan: Plan,
    recipe: Recipe,
    progress: Listener | None,
    known: Iterable[Item],
    told: Callable[[Job, Recipe, Callable[[int], None]], Iterator[T]],
    crew: Readers | None = None,
) -> Generator[T, None, None]:
    """Keep workers busy ahead of the reader of this iterator, and give out in order what is `told` of each job."""
    workers = 1 if plan.rate else max(1, plan.workers or recipe.cores)
    crew = crew or _crew(plan, recipe, workers)
    folders = max(1, min(MOST_FOLDERS, _DESCRIPTORS // (AHEAD * workers)))
    jobs = jobs_from(resumed(walk(sources, images=plan.decode), known), folders, DESCRIBED if plan.describe else READ)
    waiting: deque[Job] = deque()
    meter = Meter(progress, sources)
    try:
        while _take_up(jobs, crew, waiting, recipe) or waiting:
            crew.listen(wait=waiting[0].rows is None)
            meter.tell(sum(job.read for job in waiting))
            if waiting[0].rows is not None:
                job = waiting.popleft()
                waiting.extendleft(reversed(job.rest))
                meter.add(len(job.entries), _size(job))
                yield from told(job, recipe, meter.read)
        meter.finish()
    finally:
        meter.close()
        crew.close()
        jobs.close()
        for job in waiting:
            job.end()


def _crew(plan: Plan, recipe: Recipe, workers: int) -> Readers:
    """Who reads on this computer."""
    if POSSIBLE:
        return Crew(recipe, _arguments(plan, recipe), workers)
    return Alone(recipe, describe=plan.describe, rate=plan.rate)


def _take_up(jobs: Iterator[Job], crew: Readers, waiting: deque[Job], recipe: Recipe) -> bool:
    """Give out jobs while that makes sense; whether any was taken up."""
    taken = False
    kept = sum(job.weight for job in waiting)
    while crew.has_room and kept < _KEPT and (job := next(jobs, None)):
        waiting.append(job)
        kept += job.weight
        taken = True
        job.decode_ahead(recipe)
        if job.files:
            crew.give(job)
        else:
            job.finish([])
    return taken


def _size(job: Job) -> int:
    """Bytes of the files of a finished job, read now or known before."""
    rows = job.rows or ()
    size = sum(row[1] for row in rows if row[1] > 0)
    if len(rows) < len(job.entries):
        size += sum(entry.size or 0 for entry in job.entries if isinstance(entry, Item))
    return size


def _items(job: Job, recipe: Recipe, tell: Callable[[int], None]) -> Iterator[Item]:
    """The items of a finished job."""
    rows = iter(job.rows or ())
    for entry in job.entries:
        if isinstance(entry, Item):
            yield entry
        elif isinstance(entry, bytes):
            yield item_of(entry, next(rows), recipe)
        else:
            yield entry.item(recipe, tell)


def _digests(job: Job, recipe: Recipe, tell: Callable[[int], None]) -> Iterator[tuple[bytes, bytes] | Item]:
    """Names and digests of a finished job, and items for whatever was not measured."""
    rows = iter(job.rows or ())
    for entry in job.entries:
        if isinstance(entry, Item):
            yield entry
        elif not isinstance(entry, bytes):
            yield entry.item(recipe, tell)
        elif (row := next(rows))[0] == MEASURED:
            yield entry, row[3]
        else:
            yield item_of(entry, row, recipe)


def _arguments(plan: Plan, recipe: Recipe) -> list[str]:
    """The recipe as arguments of a worker."""
    flags = "".join(
        flag for flag, on in zip("pqdm", (plan.pieces, plan.quick, plan.describe, recipe.marks), strict=True) if on
    )
    exiftool = find_exiftool() if plan.describe else ""
    return [",".join(recipe.algorithms), flags, str(recipe.cores), exiftool, str(plan.describe_limit), str(plan.rate)]
