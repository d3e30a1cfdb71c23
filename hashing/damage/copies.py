"""Asks the comparing process about two copies of an item, and takes its answers apart without trust.

A process that stops, stalls or sends an invalid response costs that item's answer only; the next one gets another.
"""

import json
from collections.abc import Callable, Sequence

from hashing.damage import comparing
from hashing.damage.opening import OpenedItem
from hashing.damage.saying import HELD, OTHER, STATES, Compared, Part
from hashing.damage.spans import MOST, Span
from hashing.errors import CannotStart
from hashing.sandbox.fields import read_count, read_counts
from hashing.sandbox.process import Deadline, LimitedProcess, ProcessFailed
from hashing.wire import BYTES

STALLED = 120.0
"""Seconds without a word after which it counts as hanging."""

Tell = Callable[[int], None]
_MESSAGES = {BYTES: 8, **dict.fromkeys((comparing.STATES, comparing.SPANS, comparing.FAILED), 1 << 20)}


class Comparer:
    """Compares items of two copies, one after another."""

    def __init__(self, tell: Tell = lambda count: None) -> None:
        """`tell` hears of bytes read."""
        self._process: LimitedProcess | None = None
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
            self._process = self._process or LimitedProcess("hashing.damage.comparing", [], _MESSAGES)
            self._process.send(
                comparing.ORDER, json.dumps(order).encode(), [*first.descriptors, *second.descriptors]
            )  # fmt: skip
            return self._answer(self._process, parts)
        except CannotStart as error:
            return Compared(failed=error.message)
        except ProcessFailed as error:
            self._process = None
            return Compared(failed=error.message)

    def close(self) -> None:
        """End the process; safe to repeat."""
        if self._process:
            self._process.end()
        self._process = None

    def _answer(self, process: LimitedProcess, parts: Sequence[Part]) -> Compared:
        """What it answers to one order; raises ProcessFailed."""
        states, read, most = "", 0, sum(part.span[1] for part in parts)
        while True:
            kind, untrusted_body = process.receive(Deadline(STALLED))
            with process.checking():
                if kind == comparing.FAILED:
                    return Compared(failed=untrusted_body.decode("utf-8", "replace")[:300] or "no reason given")
                if kind == comparing.SPANS:
                    return _checked(states, untrusted_body, parts)
                if kind == comparing.STATES:
                    states += untrusted_body.decode("ascii")
                    if len(states) > len(parts) or not set(states) <= set(STATES):
                        raise ValueError("not states")
                    continue
                count = read_count(untrusted_body)
                read += count
                if not count or read > most:
                    raise ValueError("more than there is")
            self._tell(count)


def _checked(states: str, body: bytes, parts: Sequence[Part]) -> Compared:
    """The answer, once it makes sense; raises ValueError."""
    if len(states) != len(parts):
        raise ValueError("not a state for each span")
    differing, *numbers = read_counts(body)
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
