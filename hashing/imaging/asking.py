"""Asks a process to image a device, hears how far it has come, and takes its answer apart without trust."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socket import send_fds

from hashing.errors import CannotStart, ImageChanged, ImageFails
from hashing.imaging import process as other
from hashing.imaging.reached import Reached
from hashing.media.asking import Found, Heard, checked
from hashing.media.speaking import PAIR, RANGES, ROW
from hashing.opening import reason_of
from hashing.reading import Recipe
from hashing.starting import POSSIBLE, Started
from hashing.wire import message

_PIECE = 32
Tell = Callable[[int], None]


Step = Callable[[Reached], None]
"""Hears of a further point that can be gone back to: bytes before it, and since the last one pieces and ranges."""


@dataclass(frozen=True, kw_only=True)
class Order:
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


def image(order: Order, tell: Tell, step: Step) -> Found:
    """Image a device; `tell` hears of bytes read. Raises CannotStart, ImageFails, or whatever `step` raises."""
    if not POSSIBLE:
        raise CannotStart("descriptors cannot be handed to another process on this system")
    recipe = order.recipe
    arguments = [str(os.getpid()), ",".join(recipe.algorithms), str(recipe.cores), order.stem]
    try:
        process = Started("hashing.imaging.process", arguments, own_group=True)
    except OSError as error:
        raise CannotStart(reason_of(error)) from error
    asked = _Asked(process)
    try:
        asked.send(order)
        while not asked.done:
            for reached in asked.steps(tell):
                step(reached)
        return asked.found(recipe)
    finally:
        process.end()


class _Asked:
    """The process that images, and what it has said."""

    def __init__(self, process: Started) -> None:
        self._process = process
        self._heard = Heard(process, patience=None)
        self._steps: list[Reached] = []

    def send(self, order: Order) -> None:
        """Say what to do; a process that is gone is noticed when it is listened to."""
        line, before = self._process.socket, order.before
        with suppress(OSError):
            line.sendall(other.ORDER.pack(order.sector, order.retries, order.part, before.at, order.every))
            line.sendall(message(RANGES, b"".join(PAIR.pack(*each) for each in before.unreadable)))
            line.sendall(message(other.PIECES, before.pieces))
            send_fds(line, [b"d"], [order.device, order.folder])

    @property
    def done(self) -> bool:
        """Whether it has said its last word."""
        return not self._heard.told.keys().isdisjoint((ROW, other.FAILED, other.CHANGED))

    def steps(self, tell: Tell) -> list[Reached]:
        """Listen once; the points that were reached. Raises ImageFails."""
        found: list[Reached] = []
        with self._failing():
            self._heard.listen(tell, {other.REACHED: lambda body: found.append(_step(body))})
        return found

    def found(self, recipe: Recipe) -> Found:
        """What the medium is; raises ImageFails."""
        told = self._heard.told
        for kind, failure in ((other.FAILED, ImageFails), (other.CHANGED, ImageChanged)):
            if kind in told:
                raise failure(told[kind].decode("utf-8", "replace"))
        with self._failing():
            return checked(told, recipe, pieces_above=0)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """What the process does wrong is why there is no image."""
        try:
            yield
        except (OSError, EOFError) as error:
            raise ImageFails(f"the process that makes it stopped ({self._process.end()})") from error
        except ValueError as error:
            raise ImageFails("the process that makes it talked nonsense") from error


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
