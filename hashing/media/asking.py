"""Asks the limited process to read one medium, and takes its answer apart without trust.

A process that stops, stalls or talks nonsense is killed and costs that medium only: it is then unreadable, for a
reason in words.
"""

import os
import select
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from socket import MSG_DONTWAIT, send_fds

from hashing.describe.answers import unpack
from hashing.digests import SIZES
from hashing.errors import CannotStart
from hashing.media import process as other
from hashing.media.medium import MOST_RANGES, Range
from hashing.media.speaking import GAPS, PAIR, RANGES, READY, ROW
from hashing.opening import reason_of
from hashing.reading import LOST, MEASURED, PARTIAL, UNREADABLE, Reading, Recipe
from hashing.sizes import PIECE_SIZE, PIECES_ABOVE
from hashing.starting import POSSIBLE, Started
from hashing.wire import BYTES, COUNT, HEADER, Form, Row, message, row_of

STALLED = 120.0
"""Seconds without a word after which a decoder counts as hanging."""
_MOST_BODY, _MOST_OTHER, _MOST_KINDS = 64 << 20, 1 << 20, 8
"""Bytes of a reading, and of what belongs to it on the way; bytes of any other message; how many of those there are."""
_MOST_REASON = 1000
"""Letters; a record holds no text of 4,000."""
_MOST_SIZE = (1 << 53) - 1
"""Bytes that a record can state."""
_DIGEST = 32

Tell = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Order:
    """One medium to read."""

    kind: str
    """One of hashing.media.kinds.KINDS."""
    descriptors: Sequence[int]
    """Of the medium, in order; lent."""
    recipe: Recipe
    sector: int = 512
    retries: int = 0
    masked: tuple[Range, ...] = ()
    """Ranges to fill with zeros without reading them."""
    patience: float | None = STALLED
    """Seconds without a word; None: as long as it takes, as with a failing disk."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a medium is."""

    row: Row
    size: int | None = None
    """Bytes it should have."""
    facts: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)
    unreadable: tuple[Range, ...] = ()
    gaps: tuple[Range, ...] = ()
    """What its container states as not read when it was made."""


class Asked:
    """A medium being read by a process of its own."""

    def __init__(self, order: Order) -> None:
        """Start reading; raises CannotStart."""
        self._order = order
        if not POSSIBLE:
            raise CannotStart("descriptors cannot be handed to another process on this system")
        recipe = order.recipe
        arguments = [
            str(os.getpid()), order.kind, ",".join(recipe.algorithms), "p" if recipe.pieces else "", str(recipe.cores)
        ]  # fmt: skip
        try:
            self._process = Started("hashing.media.process", arguments, own_group=True)
            self._send()
        except OSError as error:
            raise CannotStart(reason_of(error)) from error

    def _send(self) -> None:
        order, line = self._order, self._process.socket
        line.sendall(other.ORDER.pack(len(order.descriptors), order.sector, order.retries))
        line.sendall(message(RANGES, b"".join(PAIR.pack(*each) for each in order.masked)))
        for start in range(0, len(order.descriptors), other.AT_ONCE):
            send_fds(line, [b"d"], list(order.descriptors[start : start + other.AT_ONCE]))

    def found(self, tell: Tell) -> Found:
        """Wait for the end; `tell` hears of bytes read. Never raises for what the process does."""
        try:
            heard = Heard(self._process, self._order.patience)
            bounded = _bounded(heard, tell)
            while ROW not in heard.told:
                heard.listen(bounded)
            return checked(heard.told, self._order.recipe)
        except TimeoutError:
            return self._failed(f"the process that read it gave no sign of life for {self._order.patience:g} s")
        except (OSError, EOFError):
            return self._failed(f"the process that read it stopped ({self._process.end()})")
        except ValueError:
            return self._failed("the process that read it talked nonsense")
        finally:
            self.close()

    def close(self) -> None:
        """End the process; safe to repeat."""
        self._process.end()

    def _failed(self, why: str) -> Found:
        return Found(row=row_of(Reading(UNREADABLE, why)))


def _bounded(heard: "Heard", tell: Tell) -> Tell:
    """`tell`, for no more bytes than the medium has: a process that reports without end would never be silent."""
    told = 0

    def bounded(count: int) -> None:
        nonlocal told
        told += count
        if not count or told > _count(heard.told.get(READY, b"")):
            raise ValueError
        tell(count)

    return bounded


class Heard:
    """What a process has said so far, each message by its kind."""

    def __init__(self, process: Started, patience: float | None) -> None:
        """`patience`: seconds without a word; None: as long as it takes."""
        self.told: dict[bytes, bytes] = {}
        self._process = process
        self._patience = patience
        self._heard = bytearray()

    def listen(self, tell: Tell, others: Mapping[bytes, Callable[[bytes], None]] = {}) -> None:
        """Take what it sends; `others` are told of messages at once.

        Raises TimeoutError, EOFError, OSError or ValueError.
        """
        self._wait()
        data = self._process.socket.recv(1 << 20, MSG_DONTWAIT)
        if not data:
            raise EOFError
        self._heard += data
        while len(self._heard) >= HEADER.size:
            kind, length = HEADER.unpack_from(self._heard)
            if length > (_MOST_BODY if kind == ROW or kind in others else _MOST_OTHER):
                raise ValueError
            if len(self._heard) < HEADER.size + length:
                return
            body = bytes(self._heard[HEADER.size : HEADER.size + length])
            del self._heard[: HEADER.size + length]
            if kind == BYTES:
                tell(_count(body))
            elif kind in others:
                others[kind](body)
            elif kind in self.told or len(self.told) == _MOST_KINDS:
                raise ValueError
            else:
                self.told[kind] = body

    def _wait(self) -> None:
        deadline = time.monotonic() + (self._patience or 0)
        poll = select.poll()  # which takes any descriptor, and select only the first thousand
        poll.register(self._process.socket, select.POLLIN)
        while True:  # in short steps, so that an interrupt is noticed
            if poll.poll(1000):
                return
            if self._patience is not None and time.monotonic() > deadline:
                raise TimeoutError


def checked(told: Mapping[bytes, bytes], recipe: Recipe, *, pieces_above: int = PIECES_ABOVE) -> Found:
    """The answer, once it makes sense; raises ValueError. Media of more bytes than `pieces_above` have pieces."""
    claims = _claims(told.get(other.CLAIMS, b""))
    recipe = recipe.with_claims(claims)
    row = _row(told[ROW], recipe)
    if row[0] == UNREADABLE and READY not in told:
        return Found(row=row_of(Reading(UNREADABLE, row[4])))
    size = _count(told.get(READY, b""))
    ranges = _ranges(told.get(RANGES, b""), size)
    expected = -(-size // PIECE_SIZE) * _DIGEST if recipe.pieces and size > pieces_above else 0
    sound = row[0] in (MEASURED, PARTIAL)
    if not -1 <= row[1] <= size <= _MOST_SIZE or len(row[3]) not in (0, recipe.stride):
        raise ValueError
    if sound and (row[1] != size or not row[3] or len(row[5]) != expected):
        raise ValueError
    if sound and (row[0] == PARTIAL) != bool(ranges):
        raise ValueError
    return Found(
        row=row if sound else (*row[:5], b"", None, b""),
        size=size,
        facts=unpack(told.get(other.FACTS, b""))[2] if other.FACTS in told else {},
        claims=claims,
        unreadable=ranges if sound else (),
        gaps=_ranges(told.get(GAPS, b""), size) if sound else (),
    )


def _count(body: bytes) -> int:
    """A number as it is sent; raises ValueError."""
    if len(body) != COUNT.size:
        raise ValueError
    return int(COUNT.unpack(body)[0])


def _claims(packed: bytes) -> Mapping[str, str]:
    """The digests that a container states; raises ValueError for what is none."""
    claims = unpack(packed)[2] if packed else {}
    for name, value in claims.items():
        if len(value) != 2 * SIZES.get(name, -1) or value.strip("0123456789abcdef"):
            raise ValueError
    return claims


def _row(body: bytes, recipe: Recipe) -> Row:
    """The one row of an answer: of a medium, which has no time and no description. Raises ValueError."""
    try:
        (row,) = Form(recipe).unpack(body)
    except Exception as error:
        raise ValueError from error
    outcome, _, modified, _, reason, _, description, _ = row
    if outcome not in (MEASURED, PARTIAL, UNREADABLE, LOST) or len(reason) > _MOST_REASON:
        raise ValueError
    if bool(reason) == (outcome == MEASURED) or modified is not None or description is not None:
        raise ValueError
    return row


def _ranges(body: bytes, size: int) -> tuple[Range, ...]:
    """The unreadable ranges, in order, apart and inside the medium; raises ValueError."""
    if len(body) % PAIR.size or len(body) // PAIR.size > MOST_RANGES:
        raise ValueError
    ranges = tuple(Range(*pair) for pair in PAIR.iter_unpack(body))
    at = -1
    for each in ranges:
        if each.offset <= at or not each.length or each.end > size:
            raise ValueError
        at = each.end
    return ranges
