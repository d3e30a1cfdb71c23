"""Two copies of which no record is at hand: compared with each other, without trusting either.

docs/spec/damage.md, D5.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from custody.acts.apart import check_apart
from custody.acts.contents import Report
from custody.acts.locating import Closer, look_closer
from custody.acts.media_source import FileSource, MediaSource, MediumSource
from custody.acts.sealed import Sealed
from custody.edges import clock
from hashing.items import Item, Outcome
from hashing.sources import is_device, sources_from
from manifests import report as reports
from manifests.copies import compare_copies
from manifests.errors import UsageError
from manifests.findings import Finding
from manifests.report import CopyTally, sort_findings
from manifests.times import text
from manifests.verify import ChainFiles

_NOTHING = Sealed(chain=ChainFiles(id="", records=()))
_MEDIUM = b"contents"
"""What a single file, device or image is listed as: its own name may differ between the copies."""


@dataclass(kw_only=True)
class _Counted:
    """What one copy holds."""

    where: MediaSource
    items: int = 0
    bytes: int = 0

    def add(self, item: Item) -> None:
        if item.outcome in (Outcome.MEASURED, Outcome.PARTIAL):
            self.items, self.bytes = self.items + 1, self.bytes + (item.size or 0)


def compare_two(
    one: str, other: str, access: tuple[str, ...], *, quick: bool, progress: Report = None
) -> reports.Report:
    """Compare two copies; raises UsageError where they are the same, or a folder is to be compared with a file."""
    check_apart((one,), (other,))
    copies = [_Counted(where=each) for each in _places(one, other, access)]
    first, second = (copy.where for copy in copies)
    streams = [copy.where.items(quick=quick, progress=progress) for copy in copies]
    result = compare_copies(one, streams[0], streams[1], lambda number, item: copies[number].add(item))
    closer = Closer(first=first, second=second, judged=None, sealed=False)
    look_closer(result, result.findings, closer, progress)
    tallies = tuple(
        CopyTally(exhibit="", paths=copy.where.paths, items=copy.items, bytes=copy.bytes, quick=quick)
        for copy in copies
    )
    return reports.Report(
        target=one,
        made_at=text(clock.now()),
        chains=(),
        findings=sort_findings([*result.findings, Finding(code="nothing-found", subject=one)]),
        rests_on=(),
        copies=tallies,
    )


def _places(one: str, other: str, access: tuple[str, ...]) -> Iterator[MediaSource]:
    for path in (one, other):
        if not is_device(path):
            sources_from((path,))  # a name that is mistyped is told before hours are spent
    folders = [Path(path).is_dir() for path in (one, other)]
    if folders[0] != folders[1]:
        raise UsageError(f"{one} and {other} are a folder and a file", "name two folders, or two files or devices")
    for path in (one, other):
        if folders[0]:
            yield FileSource(paths=(path,), sealed=_NOTHING)
        else:
            yield MediumSource(path=path, name=_MEDIUM, sealed=_NOTHING, access=access if is_device(path) else ())
