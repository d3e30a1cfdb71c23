"""A line of progress on a terminal's stderr: items, bytes, rate, time left, and what comes after measuring."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hashing.measure import Progress


@contextmanager
def shown(label: str) -> Iterator["Callable[[Progress], None]"]:
    """What tells of progress while the block runs; the line appears at the first word, so that questions come first."""
    line = _Line(label)
    try:
        yield line.told
    finally:
        line.close()


class _Line:
    def __init__(self, label: str) -> None:
        self._label = label
        self._bar: Any = None
        self._task: Any = None

    def told(self, at: "Progress") -> None:
        if self._bar is None:
            self._start(self._words(at))
        if at.stage:
            self._bar.update(self._task, description=at.stage, completed=at.bytes or None, total=at.total_bytes)
        else:
            self._bar.update(self._task, description=self._words(at), completed=at.bytes, total=at.total_bytes)

    def _words(self, at: "Progress") -> str:
        """12 of 300 items; while the total is being counted: 12 items, counting."""
        if at.total_items is None:
            return f"{self._label} {at.items} items, counting"
        return f"{self._label} {at.items} of {at.total_items} items"

    def _start(self, words: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
        from rich.progress import Progress as Bar

        columns = (
            TextColumn("{task.description}"), BarColumn(bar_width=10), DownloadColumn(),
            TransferSpeedColumn(), TimeRemainingColumn(),
        )  # fmt: skip
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._bar.start()
        self._task = self._bar.add_task(words, total=None)

    def close(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.stop()
