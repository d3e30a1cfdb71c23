"""Who signs and where an exhibit stands: what the rules of a chain (`manifests.chain`) speak of."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import overload

from manifests import seals
from manifests.actors import Actor as Actor
from manifests.errors import OrderViolated as OrderViolated
from manifests.records import Record


def contradicted(message: str, *hints: str, code: str = "statement-contradicted") -> OrderViolated:
    """What is raised where a statement cannot be true."""
    return OrderViolated(message, *hints, code=code)


class RecordsSoFar(Sequence[Record]):
    """The records up to some point of a chain: each further point shares those before it, so that a long chain costs
    no more for each record than a short one."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._shared = list(records)
        self._size = len(self._shared)

    def followed_by(self, record: Record) -> "RecordsSoFar":
        """The same and one more."""
        if len(self._shared) > self._size:  # another record has followed here already
            return RecordsSoFar((*self, record))
        more = RecordsSoFar()
        self._shared.append(record)
        more._shared, more._size = self._shared, self._size + 1
        return more

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Record]: ...
    def __getitem__(self, at: int | slice) -> Record | Sequence[Record]:
        if isinstance(at, slice):
            return [self._shared[each] for each in range(*at.indices(self._size))]
        return self._shared[range(self._size)[at]]

    def __iter__(self) -> Iterator[Record]:
        return islice(self._shared, self._size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordsSoFar) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, kw_only=True)
class ChainState:
    """Where an exhibit stands after its last record."""

    id: str
    root: str
    head: Record
    holder: Actor
    since: str
    """When the register with the pen came by it, as that record says (`occurred_at`)."""
    bags: seals.Bags = ()
    manifests: tuple[Record, ...] = ()
    withdrawn: tuple[Record, ...] = ()
    """Manifests that are compared no more (C16)."""
    measured_at: int = 0
    """The last record for which contents were read."""
    release: Record | None = None
    outside: Record | None = None
    ended: str | None = None
    owed: bool = False
    taken_over: bool = False
    records: RecordsSoFar = field(default_factory=RecordsSoFar)
    """All so far, the first at index 0."""

    @property
    def position(self) -> int:
        return self.head.position

    @property
    def seals(self) -> tuple[str, ...]:
        """The numbers of the seals that are on, as corrected."""
        return seals.numbers(self.bags)

    @property
    def register(self) -> str:
        """The name of the register with the pen."""
        return self.holder.register

    @property
    def pen(self) -> str | None:
        """The id of the register with the pen."""
        return self.holder.register_id

    @property
    def situation(self) -> str:
        """held, released, outside, or how it ended."""
        if self.ended:
            return self.ended
        return "released" if self.release else "outside" if self.outside else "held"

    @property
    def digests(self) -> tuple[str, ...]:
        """The identities of all records so far."""
        return tuple(each.digest for each in self.records)

    def record(self, digest: str) -> Record | None:
        """The record with this identity, looked for from the end."""
        return next((each for each in reversed(self.records) if each.digest == digest), None)
