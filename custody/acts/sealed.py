"""What was sealed of an exhibit, as its chain and the lists beside it have it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from custody.acts.contents import Engine, sealed_lists, used_algorithms
from hashing.measure import Plan, measure
from manifests import bodies
from manifests.errors import RefutedError
from manifests.records import Record
from manifests.verify import ChainFiles


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """What was sealed of an exhibit; with no manifests, nothing was."""

    chain: ChainFiles
    manifests: tuple[Record, ...] = ()
    engine: Engine = measure
    """What reads files."""

    def plan(self, *, quick: bool) -> Plan:
        """How to measure once more: with the algorithms that were used; nothing is described."""
        return Plan(algorithms=used_algorithms(self.manifests), quick=quick)

    @property
    def has_device(self) -> bool:
        """Whether a disk or card itself was sealed."""
        return any(self._of_devices())

    @property
    def is_device(self) -> bool:
        """Whether nothing else was sealed."""
        return self.has_device and all(self._of_devices())

    def _of_devices(self) -> list[bool]:
        return [isinstance(m.body, bodies.Manifest) and m.body.scope == "media" for m in self.manifests]

    def parts_of(self, first: bytes) -> Iterator[bytes]:
        """The names of the parts of the image that begins with a file, as the lists have them; none of damaged ones."""
        with suppress(RefutedError):
            for each in sealed_lists(self.chain, self.manifests):
                parts: dict[int, bytes] = {}
                for entry in each.entries:
                    if entry.public is None or entry.path is None:
                        continue
                    if entry.public.decoded is None:
                        parts |= {entry.public.item: entry.path} if b"/" not in entry.path else {}
                    elif parts.get(entry.public.segments[0]) == first:
                        yield from (parts[number] for number in entry.public.segments if number in parts)
