"""Asks the limited process to read one medium, and takes its answer apart without trust.

A process that stops, stalls or sends an invalid response is ended and costs that medium only: it is then unreadable,
for a reason in words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hashing.describe.answers import unpack
from hashing.digests import SIZES
from hashing.media import process as other
from hashing.media.medium import MOST_RANGES, Range
from hashing.media.speaking import GAPS, ORDER, PAIR, RANGES, READY, ROW, pack_ranges
from hashing.reading import LOST, MEASURED, PARTIAL, UNREADABLE, Reading, Recipe
from hashing.sandbox.fields import read_count
from hashing.sandbox.process import INVALID, Deadline, LimitedProcess, ProcessFailed
from hashing.sizes import PIECE_SIZE, PIECES_ABOVE
from hashing.wire import BYTES, Form, Row, row_of

STALLED = 120.0
"""Seconds without a word after which a decoder counts as hanging."""
_MOST_REASON = 1000
"""Letters; a record holds no text of 4,000."""
_MOST_SIZE = (1 << 53) - 1
"""Bytes that a record can state."""
_DIGEST = 32

Tell = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class ReadOrder:
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


MESSAGES = {BYTES: 8, READY: 8, ROW: 64 << 20, **dict.fromkeys((RANGES, GAPS, other.FACTS, other.CLAIMS), 1 << 20)}
"""What it may send, and the most bytes of each."""


class ImageReaderProcess:
    """A medium being read by a process of its own."""

    def __init__(self, order: ReadOrder) -> None:
        """Start reading; raises CannotStart."""
        self._order = order
        recipe = order.recipe
        arguments = [order.kind, ",".join(recipe.algorithms), "p" if recipe.pieces else "", str(recipe.cores)]
        self._process = LimitedProcess("hashing.media.process", arguments, MESSAGES)
        self._process.send(ORDER, other.ORDER.pack(len(order.descriptors), order.sector, order.retries))
        self._process.send(RANGES, pack_ranges(order.masked), order.descriptors)

    def found(self, tell: Tell) -> Found:
        """Wait for the end; `tell` hears of bytes read. Never raises for what the process does."""
        answer = MediumAnswer(self._process, tell)
        try:
            while ROW not in answer.untrusted:
                answer.take(*self._process.receive(Deadline(self._order.patience)))
            with self._process.checking():
                return checked(answer.untrusted, self._order.recipe)
        except ProcessFailed as error:
            return Found(row=row_of(Reading(UNREADABLE, error.message)))
        finally:
            self.close()

    def close(self) -> None:
        """End the process; safe to repeat."""
        self._process.end()


class MediumAnswer:
    """What a process that reads a medium has sent so far: each message once, and progress, which is passed on."""

    def __init__(self, process: LimitedProcess, tell: Tell) -> None:
        self.untrusted: dict[bytes, bytes] = {}
        self._process, self._tell = process, tell
        self._told = 0

    def take(self, kind: bytes, untrusted_body: bytes) -> None:
        """Take one message; raises ProcessFailed."""
        if kind == BYTES:
            with self._process.checking():
                count = self._progress(read_count(untrusted_body))
            self._tell(count)
        elif kind in self.untrusted:
            raise self._process.failed(INVALID)
        else:
            self.untrusted[kind] = untrusted_body

    def _progress(self, count: int) -> int:
        """More bytes that were read: no more than the medium has, or it would never be silent. Raises ValueError."""
        self._told += count
        if not count or self._told > read_count(self.untrusted.get(READY, b"")):
            raise ValueError("more than there is")
        return count


def checked(told: Mapping[bytes, bytes], recipe: Recipe, *, pieces_above: int = PIECES_ABOVE) -> Found:
    """The answer, once it makes sense; raises ValueError. Media of more bytes than `pieces_above` have pieces."""
    claims = _claims(told.get(other.CLAIMS, b""))
    recipe = recipe.with_claims(claims)
    row = _row(told[ROW], recipe)
    if row[0] == UNREADABLE and READY not in told:
        return Found(row=row_of(Reading(UNREADABLE, row[4])))
    size = read_count(told.get(READY, b""))
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
