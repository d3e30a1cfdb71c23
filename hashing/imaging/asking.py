"""Asks a process to image a device, hears how far it has come, and takes its answer apart without trust."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hashing.errors import ImageChanged, ImageFails
from hashing.imaging import process as other
from hashing.imaging.reached import Reached
from hashing.media.asking import MESSAGES, Found, MediumAnswer, Tell, checked
from hashing.media.speaking import ORDER, PAIR, RANGES, ROW, pack_ranges
from hashing.reading import Recipe
from hashing.sandbox.process import Deadline, LimitedProcess, ProcessFailed

_PIECE = 32
_MESSAGES = {**MESSAGES, other.REACHED: 64 << 20, other.FAILED: 1 << 20, other.CHANGED: 1 << 20}

Step = Callable[[Reached], None]
"""Hears of a further point that can be gone back to: bytes before it, and since the last one pieces and ranges."""


@dataclass(frozen=True, kw_only=True)
class ImageOrder:
    """One device to image."""

    device: int
    folder: int
    """Descriptors, lent: to read from, to write into."""
    stem: str
    """Of the names of the files."""
    recipe: Recipe
    sector: int
    retries: int
    part: int
    """Bytes of one file; 0 for a single one."""
    before: Reached
    """How far it is already."""
    every: float = 5.0
    """Seconds between two points that can be gone back to."""


def image(order: ImageOrder, tell: Tell, step: Step) -> Found:
    """Image a device; `tell` hears of bytes read. Raises CannotStart, ImageFails, or whatever `step` raises."""
    recipe, before = order.recipe, order.before
    arguments = [",".join(recipe.algorithms), str(recipe.cores), order.stem]
    process = LimitedProcess("hashing.imaging.process", arguments, _MESSAGES, name="the process that makes it")
    try:
        process.send(ORDER, other.ORDER.pack(order.sector, order.retries, order.part, before.at, order.every))
        process.send(RANGES, pack_ranges(before.unreadable))
        process.send(other.PIECES, before.pieces, [order.device, order.folder])
        answer = MediumAnswer(process, tell)
        while answer.untrusted.keys().isdisjoint((ROW, other.FAILED, other.CHANGED)):
            _take(process, answer, step)
        return _found(process, answer.untrusted, recipe)
    except ProcessFailed as error:
        raise ImageFails(error.message) from error
    finally:
        process.end()


def _take(process: LimitedProcess, answer: MediumAnswer, step: Step) -> None:
    """Take one message; raises ProcessFailed."""
    kind, untrusted_body = process.receive(Deadline(None))
    if kind != other.REACHED:
        answer.take(kind, untrusted_body)
        return
    with process.checking():
        reached = _step(untrusted_body)
    step(reached)


def _found(process: LimitedProcess, untrusted: Mapping[bytes, bytes], recipe: Recipe) -> Found:
    """What the medium is; raises ImageFails or ProcessFailed."""
    for kind, failure in ((other.FAILED, ImageFails), (other.CHANGED, ImageChanged)):
        if kind in untrusted:
            raise failure(untrusted[kind].decode("utf-8", "replace"))
    with process.checking():
        return checked(untrusted, recipe, pieces_above=0)


def _step(body: bytes) -> Reached:
    """What was told of a further point; raises ValueError."""
    if len(body) < other.STEP.size:
        raise ValueError
    at, count = other.STEP.unpack_from(body)
    end = other.STEP.size + count * _PIECE
    if len(body) < end or (len(body) - end) % PAIR.size:
        raise ValueError
    ranges: Sequence[tuple[int, int]] = list(PAIR.iter_unpack(body[end:]))
    return Reached(at=at, pieces=body[other.STEP.size : end], unreadable=tuple(ranges))
