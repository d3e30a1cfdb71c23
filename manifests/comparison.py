"""What comparing the media of an exhibit comes to: counts, findings, and what is still to be judged.

`manifests.compare` fills it in.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from hashing.items import Item
from manifests.damage import MOST_PARTS, Trouble
from manifests.entry import Public
from manifests.findings import Finding
from manifests.pieces import Piece

MAX_FINDINGS = 1000
Kind = tuple[str, str | None]
"""Outcome, and of a link where it points to."""
Key = tuple[bytes, ...]


def key(path: bytes) -> Key:
    """The order of items: depth first, the names of a folder by their bytes."""
    return tuple(path.split(b"/"))


def shown(path: bytes) -> str:
    """A name from evidence as text; what is not UTF-8 is escaped."""
    return path.decode("utf-8", "backslashreplace")


class Altered(NamedTuple):
    """One item whose content is not what was sealed."""

    path: bytes
    text: str
    sealed: str
    trouble: Trouble


@dataclass(frozen=True, kw_only=True)
class SealedMedia:
    """The media inside an image as sealed, and as measured now where that was done."""

    path: bytes
    sealed: Public
    pieces: tuple[Piece, ...]
    source: int
    now: Item | None


@dataclass(kw_only=True)
class Comparison:
    """Counts and findings of one exhibit's media; of each code at most MAX_FINDINGS are named."""

    exhibit: str
    copied: bool = False
    """Whether the media are a copy, which holds ordinary files only."""
    items: int = 0
    size: int = 0
    """Bytes of the items measured."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many findings each code has, named or not."""
    withheld: int = 0
    findings: list[Finding] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    """What is not what was sealed, for a closer look; one each for some of the findings."""
    named: dict[bytes, str] = field(default_factory=dict)
    """The code of the first finding on each name, as far as they are named."""
    room: int = MOST_PARTS
    """How many pieces may still be kept for a closer look."""
    altered: dict[tuple[int, int], Altered] = field(default_factory=dict)
    """By list and item: what changed, as long as it may turn out to be the container of unchanged media."""
    images: list[SealedMedia] = field(default_factory=list)
    missing: dict[tuple[str, int], list[bytes]] = field(default_factory=dict)
    lost: list[tuple[bytes, Kind]] = field(default_factory=list)
    """What was not read when it was sealed, and is not there."""
    extra: list[tuple[bytes, tuple[str, int] | None, Kind]] = field(default_factory=list)
    compared: int = 0
    """Items whose content was held against what was sealed."""
    decodes_all: bool = False
    """Whether media inside images are decoded also where the container is the same."""
    undecoded: int = 0
    """Images whose media were not decoded again, since the container is the same."""

    @property
    def is_cut(self) -> bool:
        """Whether there are findings that are not named."""
        return any(count > MAX_FINDINGS for count in self.counts.values())

    def add(self, code: str, path: bytes, text: str = "", trouble: Trouble | None = None, **facts: str) -> None:
        """Note a finding about one item, and what a closer look begins with."""
        self.counts[code] += 1
        if self.counts[code] > MAX_FINDINGS:
            return
        name = shown(path)
        self.named.setdefault(path, code)
        if trouble is not None:
            self.troubles.append(trouble._replace(finding=len(self.findings), path=path))
        self.findings.append(
            Finding(
                code=code,
                subject=self.exhibit,
                text=f"{name}: {text}" if text else name,
                facts={"item": name, **facts},
            )
        )

    def close(self) -> None:
        """Say how many findings are not named."""
        for code, count in self.counts.items():
            if count > MAX_FINDINGS:
                more = Finding(code=code, subject=self.exhibit, text=f"and {count - MAX_FINDINGS} more")
                self.findings.append(more)
