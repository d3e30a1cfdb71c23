"""This computer's time, held against everything at hand before something is signed (docs/spec/record.md, R4).

Behind what has been seen, or outside a signer's certificate: refused, unless somebody says why. Far ahead of what has
been seen is only told: a register may rest for months.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from custody.acts.examination import ExaminedRegister
from custody.edges.pins import Pins
from custody.edges.register import read_record
from manifests import certificates, ledger, records
from manifests.certificates import read_officer
from manifests.errors import NotAllowedError, RefutedError
from manifests.records import Record
from manifests.times import parse, text
from manifests.verify import AHEAD_SLACK, CLOCK_SLACK
from manifests.version import BUILT

SAY_WHY = "if it cannot be set right now, say why on the record: --clock 'REASON'"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A time that has been, and how it is known."""

    at: datetime
    what: str
    slack: timedelta = timedelta(0)


def built() -> Seen:
    """The day on which this version was made."""
    return Seen(at=parse(BUILT), what="the day on which this version of custody was made")


def of_pins(pins: Pins) -> Iterator[Seen]:
    """What this computer has seen of any register."""
    for pin in pins.all():
        if pin.seen is not None:
            yield Seen(at=parse(pin.seen), what="what was last signed on this computer", slack=CLOCK_SLACK)


def of_record(record: Record, agency: str) -> Seen:
    """When a record was written down; two agencies' clocks may differ a little."""
    envelope = record.envelope
    other = envelope.by.agency != agency
    return Seen(
        at=parse(envelope.recorded_at),
        what=f"the last record, {record.chain} no. {record.position}",
        slack=CLOCK_SLACK if other else timedelta(0),
    )


def of_register(desk: ExaminedRegister) -> Iterator[Seen]:
    """What is known in a register before any chain is looked at: the tool, the pin, the last line of the ledger."""
    yield built()
    if desk.pin is not None and desk.pin.seen is not None:
        yield Seen(at=parse(desk.pin.seen), what="what was last signed on this computer", slack=CLOCK_SLACK)
    lines = ledger.split(desk.books.ledger)[0]
    subject = desk.books.files.get(lines[-1]) if lines else None
    if subject is not None:
        chain, _, name = subject.rpartition(" ")
        with suppress(RefutedError):  # a damaged record stops the act elsewhere
            last = records.read(read_record(desk.register.folder(chain), f"{name}.json").record)
            yield replace(of_record(last, desk.code), slack=CLOCK_SLACK)  # a clock may be set right by minutes


def check_seen(now: datetime, seen: Iterable[Seen]) -> str | None:
    """What to tell of a clock that is far ahead; raises NotAllowedError where it is behind what has been."""
    newest: Seen | None = None
    for each in seen:
        if now + each.slack < each.at:
            raise NotAllowedError(
                f"this computer's clock ({text(now)}) is before {each.what} ({text(each.at)})",
                "set the clock right",
                SAY_WHY,
            )
        newest = each if newest is None or each.at > newest.at else newest
    if newest is None or now - newest.at <= AHEAD_SLACK:
        return None
    days = (now - newest.at).days
    return f"this computer says {text(now)}, {days} days after {newest.what}: is its clock right?"


def check_certificates(now: datetime, signers: Iterable[bytes]) -> None:
    """Raise NotAllowedError where a signature now would lie outside a certificate's time."""
    for certificate in signers:
        start, end = certificates.validity(certificate)
        who = read_officer(certificate)
        name = f"{who.rank} {who.name}"
        if now < start:
            raise NotAllowedError(
                f"this computer's clock ({text(now)}) is before the certificate of {name} began ({text(start)})",
                "set the clock right",
                SAY_WHY,
            )
        if now > end:
            raise NotAllowedError(
                f"this computer's clock ({text(now)}) is after the certificate of {name} ended ({text(end)})",
                f"where the clock is right, {name} needs a new certificate: custody people renew",
                "where it is wrong, set it right",
                SAY_WHY,
            )


def check_beginning(now: datetime, certificate: bytes, pins: Pins) -> None:
    """Raise NotAllowedError where a register would begin at a time that cannot be right."""
    check_certificates(now, (certificate,))
    check_seen(now, (built(), *of_pins(pins)))
