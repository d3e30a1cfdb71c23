"""Asks a process to image a device, hears how far it has come, and takes its answer apart without trust."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from socket import send_fds

from hashing.errors import CannotStart, ImageChanged, ImageFails
from hashing.imaging import process as other
from hashing.imaging.reached import Reached
from hashing.media.asking import Found, Heard, checked
from hashing.media.process import PAIR, RANGES, ROW
from hashing.opening import reason_of
from hashing.reading import UNREADABLE, Reading, Recipe
from hashing.starting import POSSIBLE, Started
from hashing.wire import message, row_of

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
    """Image a device; `tell` hears of bytes read. Raises CannotStart or ImageFails."""
    if not POSSIBLE:
        raise CannotStart("descriptors cannot be handed to another process on this system")
    recipe = order.recipe
    arguments = [str(os.getpid()), ",".join(recipe.algorithms), str(recipe.cores), order.stem]
    try:
        process = Started("hashing.imaging.process", arguments, own_group=True)
    except OSError as error:
        raise CannotStart(reason_of(error)) from error
    try:
        _send(process, order)
        heard = Heard(process, patience=None)
        while ROW not in heard.told:
            heard.listen(tell, {other.REACHED: lambda body: step(_step(body))})
            for kind, failure in ((other.FAILED, ImageFails), (other.CHANGED, ImageChanged)):
                if kind in heard.told:
                    raise failure(heard.told[kind].decode("utf-8", "replace"))
        return checked(heard.told, recipe, pieces_above=0)
    except (OSError, EOFError):
        return Found(row=row_of(Reading(UNREADABLE, f"the process that read it stopped ({process.end()})")))
    except ValueError:
        return Found(row=row_of(Reading(UNREADABLE, "the process that read it talked nonsense")))
    finally:
        process.end()


def _send(process: Started, order: Order) -> None:
    line, before = process.socket, order.before
    line.sendall(other.ORDER.pack(order.sector, order.retries, order.part, before.at, order.every))
    line.sendall(message(RANGES, b"".join(PAIR.pack(*each) for each in before.unreadable)))
    line.sendall(message(other.PIECES, before.pieces))
    send_fds(line, [b"d"], [order.device, order.folder])


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
