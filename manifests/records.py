"""Records: the envelope, and reading it under the rule that it must encode to the same bytes.

It does not check signatures (`manifests.cms`) nor order (`manifests.chain`). Spec: docs/spec/record.md.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from manifests import strict
from manifests.bodies import BODIES, Body
from manifests.digest import Digest, identity
from manifests.errors import RefutedError
from manifests.names import ChainId, Name, chain_type
from manifests.shapes import Authority, Closed, Person, Text
from manifests.times import Time, check_dates, parse

FORMAT = "custody/record/1"


class ChainPlace(Closed, frozen=True, kw_only=True):
    """Where a record stands: chain, position from 1, and the root of the agency that opened the chain."""

    id: ChainId
    position: Annotated[int, msgspec.Meta(ge=1, le=9_999_999)]
    root: Digest


class Previous(Closed, frozen=True, kw_only=True):
    """The record before, and its signature file."""

    record: Digest
    signature: Digest


class Tool(Closed, frozen=True, kw_only=True):
    """What wrote the record; `libraries` is the identity of the sorted list of installed distributions."""

    name: Text
    version: Text
    python: Text
    libraries: Digest


class Envelope(Closed, frozen=True, kw_only=True):
    """A record whose body is still raw."""

    format: Text
    kind: Name
    chain: ChainPlace
    previous: Previous | None = None
    nonce: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
    act: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)] | None = None
    occurred_at: Time
    recorded_at: Time
    clock: Text | None = None
    by: Person
    witnesses: tuple[Person, ...] = ()
    place: Text | None = None
    reason: Text | None = None
    authority: Authority | None = None
    body: msgspec.Raw
    tool: Tool
    after: Digest | None = None


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record as read: envelope, typed body (None where the kind is unknown), its bytes and identity."""

    envelope: Envelope
    body: Body | None
    data: bytes
    digest: Digest

    @property
    def kind(self) -> str:
        return self.envelope.kind

    @property
    def position(self) -> int:
        return self.envelope.chain.position

    @property
    def chain(self) -> str:
        return self.envelope.chain.id


def build(body: Body, **fields: Any) -> Record:
    """A new record around `body`; `fields` are the envelope's other fields."""
    kind = KIND_OF[type(body)]
    envelope = Envelope(format=FORMAT, kind=kind, body=msgspec.Raw(strict.compact(body)), **fields)
    return read(strict.pretty(envelope))


def read(data: bytes) -> Record:
    """Read a record's bytes; raises RefutedError for anything but the one right spelling (R1, R2)."""
    envelope = strict.read_pretty(data, Envelope)
    shape = BODIES.get(envelope.kind) if envelope.format == FORMAT else None
    body = _read_body(envelope, shape or dict[str, Any], data)
    _check_times(envelope, body)
    _check_place(envelope)
    return Record(envelope=envelope, body=body if shape else None, data=data, digest=identity(data))


def _read_body(envelope: Envelope, shape: Any, data: bytes) -> Any:
    """The body under the encode-again rule; one of an unknown kind is at least an object with one meaning."""
    body = strict.decode(envelope.body, shape)
    again = msgspec.structs.replace(envelope, body=msgspec.Raw(strict.compact(body)))
    if strict.pretty(again) != data:
        raise RefutedError("does not read back to the same bytes")
    return body


def _check_times(envelope: Envelope, body: Any) -> None:
    check_dates(envelope)
    if isinstance(body, msgspec.Struct):
        check_dates(body)
    if parse(envelope.recorded_at) < parse(envelope.occurred_at):
        raise RefutedError("recorded before it occurred")


def _check_place(envelope: Envelope) -> None:
    if (envelope.chain.position == 1) != (envelope.previous is None):
        raise RefutedError("only the first record of a chain stands without one before it")
    opens = envelope.chain.position == 1 and chain_type(envelope.chain.id) == "journal"
    if any((person.register_id is None) != opens for person in (envelope.by, *envelope.witnesses)):
        raise RefutedError("each person names a register by its id, but for the record that opens the register")


def file_name(record: Record) -> str:
    """`0001-seizure.json`: position and kind (docs/spec/register.md, G2)."""
    return f"{record.position:04d}-{record.kind}.json"


KIND_OF: dict[type, str] = {shape: kind for kind, shape in BODIES.items()}
