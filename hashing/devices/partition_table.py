"""A partition table as values, and what can be said of where its partitions lie."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Read = Callable[[int, int], bytes]
"""So many bytes from an offset; fewer only at the end. Raises OSError."""
MOST_REMARKS = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Partition:
    """One entry, in sectors of the table."""

    number: int
    first: int
    sectors: int
    type: str
    """`0x83` in an MBR, a UUID in a GPT."""
    meaning: str
    """What the type stands for, or nothing."""
    name: str = ""
    """What a GPT calls it."""

    @property
    def last(self) -> int:
        return self.first + self.sectors - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A partition table."""

    scheme: str
    """`gpt`, `mbr`, `none`, or `not known`."""
    reason: str = ""
    """Why there is none, or none is known."""
    sector: int = 512
    """Bytes of one sector, by which the table counts."""
    identifier: str = ""
    """The disk's own identifier in its table."""
    partitions: tuple[Partition, ...] = ()
    remarks: tuple[str, ...] = ()
    """What in it does not hold."""


class Damaged(Exception):
    """A structure that is not what it should be; the message says why."""


def not_known(reason: str) -> Table:
    """No table, for a reason."""
    return Table(scheme="not known", reason=reason)


def placed(partitions: Sequence[Partition], sectors: int) -> list[str]:
    """Remarks about partitions that leave the disk or lie over each other."""
    remarks = [
        f"partition {each.number} ends {each.last + 1 - sectors} sectors behind the end of the device"
        for each in partitions
        if each.last >= sectors
    ]
    ordered = sorted(partitions, key=lambda each: (each.first, each.number))
    furthest = None
    for each in ordered:
        if furthest and each.first <= furthest.last:
            remarks.append(f"partitions {furthest.number} and {each.number} overlap")
        if furthest is None or each.last > furthest.last:
            furthest = each
    return remarks[:MOST_REMARKS]
