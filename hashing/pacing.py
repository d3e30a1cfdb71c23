"""Keeps reading at so many bytes a second on average, by telling how long to wait after what was read.

Time that passes without reading is not saved up for a burst. Arithmetic only, but for `Pace.wait`.
"""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST = 0.02
"""Seconds that a wait is worth; shorter ones add up to it."""


class Pace:
    """One allowance for everything that is read through it."""

    __slots__ = ("_now", "_paid", "_rate")

    def __init__(self, rate: int, now: "Callable[[], float]" = time.monotonic) -> None:
        """`rate`: bytes a second, 0 for any number; `now`: a clock in seconds."""
        self._rate = rate
        self._now = now
        self._paid = 0.0
        """When all that was spent so far has been waited for."""

    def spend(self, count: int) -> None:
        """Note that so many bytes are read, or are about to be."""
        if self._rate:
            self._paid = max(self._paid, self._now()) + count / self._rate

    def delay(self) -> float:
        """Seconds until more may be read."""
        return max(0.0, self._paid - self._now()) if self._rate else 0.0

    def wait(self) -> None:
        """Wait until more may be read."""
        delay = self.delay()
        if delay >= _LEAST:
            time.sleep(delay)
