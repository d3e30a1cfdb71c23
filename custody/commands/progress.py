"""A progress bar on a terminal's stderr: items, bytes, rate, time left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hashing.measure import Progress


@contextmanager
def shown(label: str) -> Iterator[Callable[[Progress], None]]:
    """A bar while the block runs, and what updates it."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=20), DownloadColumn(),
        TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def told(at: Progress) -> None:
            bar.update(task, completed=at.bytes, total=at.total_bytes, description=f"{label} {at.items} items")

        yield told
