"""Gathers the facts of an acquisition: from this computer, from a device, from what was stated before.

Asks nobody and signs nothing. What was stated before is never replaced; where this computer says something else,
both are told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from manifests.acquisition import METHODS, Facts, method_of, missing
from manifests.errors import UsageError
from manifests.shapes import inert

if TYPE_CHECKING:
    from hashing.devices.facts import DeviceFacts
    from hashing.devices.partition_table import Partition, Table

MOST_TEXT = 4000
"""Characters of one fact in a record."""
_MOST_PARTITIONS = 128
_CHANGING = {"clock.time", "clock.error"}
"""What differs each time it is asked for, and so contradicts nothing."""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What is known, what is missing, and where the two sources differ."""

    facts: dict[str, dict[str, str]]
    contradicted: tuple[str, ...] = field(default_factory=tuple)
    """Sentences."""
    method: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """`section.field` of each fact not yet stated."""
        return missing(self.facts, self.method)


def gather(stated: Facts, *, method: str | None, here: bool, device: "DeviceFacts | None" = None) -> Gathered:
    """All facts there are; `here`: this computer is the workstation. Raises UsageError for an unknown method."""
    if method is not None and method not in METHODS:
        raise UsageError(f"not a method: {method}", "one of " + ", ".join(METHODS))
    if method and method_of(stated) not in (None, method):
        raise UsageError(f"{method} is not the method that was stated: {method_of(stated)}")
    found: dict[str, dict[str, str]] = {}
    if method:
        _add(found, {"acquisition": {"method": method}})
    if device is not None:
        _add(found, _inert(of_device(device)))
    if here:
        from custody.edges.workstation import collect

        _add(found, _inert(collect()))
    contradicted = tuple(_contradictions(stated, found))
    _add(found, stated)
    return Gathered(facts=found, contradicted=contradicted, method=method)


def _inert(facts: Facts) -> dict[str, dict[str, str]]:
    """What hardware says of itself, as a record may hold it."""
    return {section: {name: inert(value) for name, value in fields.items()} for section, fields in facts.items()}


def _add(found: dict[str, dict[str, str]], more: Facts) -> None:
    """Add facts; an empty one states nothing."""
    for section, fields in more.items():
        said = {name: value[:MOST_TEXT] for name, value in fields.items() if value.strip()}
        if said:
            found.setdefault(section, {}).update(said)


def _contradictions(stated: Facts, found: Facts) -> Iterator[str]:
    for section, fields in found.items():
        for name, value in fields.items():
            before = stated.get(section, {}).get(name, "").strip()
            if before and before != value and f"{section}.{name}" not in _CHANGING:
                yield f"{section}.{name} is stated as {before!r}, and found to be {value!r}: what was stated is kept"


# --- a device -----------------------------------------------------------------


def of_device(device: "DeviceFacts") -> dict[str, dict[str, str]]:
    """What a device says about itself, as facts of the exhibit."""
    source = {name: value for name, value in _source(device) if value}
    return {"source": source, "partitions": dict(_partitions(device.table))}


def _source(device: "DeviceFacts") -> Iterator[tuple[str, str | None]]:
    words = device.words
    yield "make", _itself(words.vendor)
    yield "model", _itself(words.model)
    yield "serial", _itself(words.serial)
    yield "firmware", words.firmware
    yield "wwn", words.wwn
    yield "capacity", _itself(f"{device.size} bytes")
    yield "sector_size", f"{device.sector} bytes; the medium itself writes {device.physical_sector} at once"
    yield "interface", words.connection or words.bus
    yield "device", f"{device.node}, number {device.number}" + (f" ({words.backing})" if words.backing else "")
    yield "read_only", _read_only(device)
    yield "removable", None if words.removable is None else "yes" if words.removable else "no"
    yield "hidden_areas", f"HPA: {device.hidden.hpa.text}. DCO: {device.hidden.dco.text}"
    if words.partition is not None:
        begins = "" if words.start is None else f", which begins at byte {words.start}"
        yield "part", f"partition {words.partition} of {words.disk}{begins}; the rest of the disk was not read"


def _itself(value: str | None) -> str | None:
    """A fact that the device tells of itself, which what is printed on it need not agree with."""
    return f"{value} (as it says itself)" if value else None


def _read_only(device: "DeviceFacts") -> str:
    if not device.read_only:
        return "no: this system could have written to it"
    disk = device.words.disk_read_only
    if device.words.partition is not None and disk is not True:
        return "the partition yes, its disk no: this system could have written to the disk"
    return "yes: this system refused to write to it"


def _partitions(table: "Table") -> Iterator[tuple[str, str]]:
    if not table.partitions:
        yield "table", f"{table.scheme}: {table.reason}" if table.reason else table.scheme
    else:
        yield "table", f"{table.scheme}, identifier {table.identifier}, sectors of {table.sector} bytes"
    for each in table.partitions[:_MOST_PARTITIONS]:
        yield f"partition_{each.number}", _partition(each)
    if (more := len(table.partitions) - _MOST_PARTITIONS) > 0:
        yield "more", f"{more} further partitions are not listed"
    if table.remarks:
        yield "remarks", "; ".join(table.remarks)


def _partition(each: "Partition") -> str:
    meaning = f" ({each.meaning})" if each.meaning else ""
    name = f", named {each.name!r}" if each.name else ""
    return f"sectors {each.first} to {each.last}, {each.sectors} in all, type {each.type}{meaning}{name}"


def answered(facts: Facts, answers: Iterable[tuple[str, str]]) -> dict[str, dict[str, str]]:
    """The facts with answers to questions, each under its `section.field`."""
    found: dict[str, dict[str, str]] = {}
    _add(found, facts)
    for name, value in answers:
        section, _, part = name.partition(".")
        _add(found, {section: {part: value}})
    return found
