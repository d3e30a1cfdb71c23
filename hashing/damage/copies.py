"""Asks the comparing process about two copies of an item, and takes its answers apart without trust.

A process that stops, stalls or talks nonsense costs that item's answer only; the next one gets a new process.
"""

from collections.abc import Callable, Sequence

from hashing.damage import comparing
from hashing.damage.opening import OpenedItem
from hashing.damage.saying import HELD, OTHER, STATES, Compared, Part
from hashing.damage.spans import MOST, Span
from hashing.damage.talking import Asked
from hashing.errors import CannotStart
from hashing.wire import BYTES, COUNT

STALLED = 120.0
"""Seconds without a word after which it counts as hanging."""

Tell = Callable[[int], None]


class Comparer:
    """Compares items of two copies, one after another."""

    def __init__(self, tell: Tell = lambda count: None) -> None:
        """`tell` hears of bytes read."""
        self._asked: Asked | None = None
        self._tell = tell

    def compare(
        self,
        first: OpenedItem,
        second: OpenedItem,
        parts: Sequence[Part],
        digest: str,
        masked: Sequence[Span] = (),
    ) -> Compared:
        """Compare the parts of two open items; `masked` counts as zeros in both. Nothing the process does raises."""
        order = {
            "kinds": [first.kind, second.kind],
            "counts": [len(first.descriptors), len(second.descriptors)],
            "sector": max(first.sector, second.sector),
            "masked": list(masked),
            "spans": [[*part.span, part.sealed, part.measured] for part in parts],
            "digest": digest,
        }
        try:
            self._asked = self._asked or Asked("hashing.damage.comparing")
            self._asked.order(order, [*first.descriptors, *second.descriptors])
            return self._taken(self._asked, parts)
        except CannotStart as error:
            return Compared(failed=error.message)
        except TimeoutError:
            return self._lost(f"the process that read it gave no sign of life for {STALLED:g} s")
        except (OSError, EOFError):
            return self._lost("the process that read it stopped")
        except ValueError:
            return self._lost("the process that read it talked nonsense")

    def close(self) -> None:
        """End the process; safe to repeat."""
        if self._asked:
            self._asked.end()
        self._asked = None

    def _lost(self, why: str) -> Compared:
        how = self._asked.end() if self._asked else ""
        self._asked = None
        return Compared(failed=f"{why} ({how})")

    def _taken(self, asked: Asked, parts: Sequence[Part]) -> Compared:
        states, read, most = "", 0, sum(part.span[1] for part in parts)
        for kind, body in asked.answers(STALLED, whole=False):
            if kind == BYTES:
                (count,) = _numbers(body, 1)
                read += count
                if read > most:
                    raise ValueError("more than there is")
                self._tell(count)
            elif kind == comparing.STATES:
                states += body.decode("ascii")
                if len(states) > len(parts) or not set(states) <= set(STATES):
                    raise ValueError("not states")
            elif kind == comparing.FAILED:
                return Compared(failed=body.decode("utf-8", "replace")[:300] or "no reason given")
            elif kind == comparing.SPANS and len(states) == len(parts):
                return _checked(states, body, parts)
            else:
                raise ValueError("not an answer")
        raise EOFError


def _checked(states: str, body: bytes, parts: Sequence[Part]) -> Compared:
    """The answer, once it makes sense; raises ValueError."""
    differing, *numbers = _numbers(body, None)
    spans = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    wanted = HELD if HELD in states else OTHER
    inside = [part.span for part, state in zip(parts, states, strict=True) if state == wanted]
    at = -1
    for offset, length in spans:
        if offset <= at or not length:
            raise ValueError("not in order")
        at = offset + length
    lowest, highest = (inside[0][0], sum(inside[-1])) if inside else (0, 0)
    if len(spans) > MOST or (spans and (spans[0][0] < lowest or at > highest)):
        raise ValueError("outside what was asked")
    if not bool(spans) <= differing <= sum(length for _, length in spans):
        raise ValueError("not so many bytes")
    return Compared(states=states, spans=spans, differing=differing)


def _numbers(body: bytes, count: int | None) -> tuple[int, ...]:
    if len(body) % COUNT.size or (count is not None and len(body) != count * COUNT.size):
        raise ValueError("not numbers")
    return tuple(number for (number,) in COUNT.iter_unpack(body))
