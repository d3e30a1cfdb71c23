"""Numbered seals, what they stand for, and what corrections and withdrawals change of it (C9, C10, C16).

`manifests.chain` asks before a record follows, and keeps what comes back.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from manifests import bodies
from manifests.errors import OrderViolated
from manifests.records import Record
from manifests.shapes import MediaCheck
from manifests.times import parse


@dataclass(frozen=True, kw_only=True)
class Bag:
    """One seal as the chain knows it; `number` is the corrected one where a correction named it."""

    record: str
    """Identity of the `seal` record."""
    position: int
    number: str
    stated: str
    """The number as that record has it."""
    corrected_by: int | None = None
    """The position of the last correction of the number."""
    is_on: bool = True
    is_doubtful: bool = False
    """It was read otherwise, or not read, at a hand-over since it was put on, or one person alone corrected it."""


Bags = tuple[Bag, ...]


def plain_number(number: str) -> str:
    """What counts of a seal's number: not case, nor blanks, nor hyphens and dashes."""
    folded = unicodedata.normalize("NFKC", number).casefold()
    kept = "".join(c for c in folded if not (c.isspace() or c == "\u2212" or unicodedata.category(c) in ("Pd", "Cf")))
    return kept or number  # of nothing but hyphens, all count


def written_as(number: str, seals: Iterable[str]) -> str | None:
    """How a seal of this number is written among some seals; None where it is none of them."""
    plain = plain_number(number)
    return next((each for each in seals if plain_number(each) == plain), None)


def is_same(one: str | None, other: str | None) -> bool:
    """Whether two numbers, as people write them, are one."""
    return one is not None and other is not None and plain_number(one) == plain_number(other)


def numbers(bags: Bags) -> tuple[str, ...]:
    """The numbers that are on now."""
    return tuple(bag.number for bag in bags if bag.is_on)


def put_on(bags: Bags, record: Record) -> Bags:
    """After a `seal` record."""
    seal = record.body
    assert isinstance(seal, bodies.Seal)
    new = Bag(record=record.digest, position=record.position, number=seal.number, stated=seal.number)
    return (*(take_off(bags, seal.replaces) if seal.replaces is not None else bags), new)


def take_off(bags: Bags, number: str | None) -> Bags:
    """After one was broken or replaced."""
    return tuple(replace(bag, is_on=False) if bag.is_on and is_same(bag.number, number) else bag for bag in bags)


def read_as(bags: Bags, observed: str | None) -> Bags:
    """After a hand-over at which one number was read, or none: every other seal has not been seen."""
    return tuple(replace(bag, is_doubtful=bag.is_doubtful or not is_same(bag.number, observed)) for bag in bags)


def check_correction(record: Record, digests: tuple[str, ...], bags: Bags = ()) -> None:
    """Raise OrderViolated where a correction names no record of its chain, or states what that cannot have (C16)."""
    body = record.body
    if not isinstance(body, bodies.Correction):
        return
    if digests[body.position - 1 : body.position] != (body.corrects,):
        raise OrderViolated("a correction names a record of the same chain, by number and identity")
    if body.clock is not None and parse(body.clock) > parse(record.envelope.recorded_at):
        raise OrderViolated("a correction says that the time was one that is yet to come")
    if body.seal is None:
        return
    bag = next((each for each in bags if each.record == body.corrects), None)
    if bag is None:
        raise OrderViolated(f"record {body.position} puts no seal on, so it has no number to correct")
    if body.seal == bag.number or (
        bag.is_on and written_as(body.seal, numbers(tuple(b for b in bags if b is not bag)))
    ):
        raise OrderViolated(f"the seal {body.seal} is on already")


def correct(bags: Bags, record: Record) -> Bags:
    """After a correction of a seal's number."""
    body = record.body
    assert isinstance(body, bodies.Correction)
    if body.seal is None:
        return bags
    alone = not record.envelope.witnesses
    return tuple(
        replace(bag, number=body.seal, corrected_by=record.position, is_doubtful=bag.is_doubtful or alone)
        if bag.record == body.corrects else bag
        for bag in bags
    )  # fmt: skip


def check_unread(bags: Bags, measured_at: int | None, record: Record) -> None:
    """Raise OrderViolated where contents go unread under a seal that does not stand for them (C10).

    `measured_at` is the record for which they were last read; None where nothing was ever measured.
    """
    media = getattr(record.body, "media", None)
    if not isinstance(media, MediaCheck):
        return
    if (media.how == "seal-intact") != (media.seal is not None):
        raise OrderViolated("a seal is named where contents were not read under one, and only there")
    if media.how == "seal-intact":
        if isinstance(record.body, bodies.Verification) or measured_at is None:
            raise OrderViolated(f"a {record.kind} cannot rest on a seal alone here", "check the contents: --media DIR")
        check_intact(bags, measured_at, media.seal)


def check_intact(bags: Bags, measured_at: int, number: str | None) -> None:
    """Raise OrderViolated where this seal is not on, or was not put on after the last reading and read ever since."""
    bag = next((each for each in bags if each.is_on and is_same(each.number, number)), None)
    if bag is None:
        raise OrderViolated(f"no seal {number} is on: contents cannot go unread under it")
    if bag.position < measured_at:
        raise OrderViolated(
            f"the seal {number} was put on before the contents were last read, in record {measured_at}",
            "put a new seal on, or check the contents: --media DIR",
        )
    if bag.is_doubtful:
        raise OrderViolated(
            f"the seal {number} was not read as that at every hand-over, or one person alone corrected its number",
            "check the contents: --media DIR",
        )


def check_same_seal(release: bodies.Release, receipt: bodies.Receipt) -> None:
    """Raise OrderViolated where a receipt rests on a seal that it did not read, or the release does not rest on."""
    if receipt.media.how != "seal-intact":
        return
    observed = receipt.seal.observed if receipt.seal else None
    seal = receipt.media.seal
    if release.media.how != "seal-intact" or release.media.seal != seal or not is_same(observed, seal):
        raise OrderViolated("the receipt rests on a seal that it has not read, or that the release does not rest on")


def check_withdrawal(manifests: tuple[Record, ...], record: Record) -> None:
    """Raise OrderViolated where a withdrawal names no manifest that stands, another register's, or has no witness."""
    body = record.body
    assert isinstance(body, bodies.ManifestWithdrawal)
    named = next((m for m in manifests if (m.digest, m.position) == (body.manifest, body.position)), None)
    if named is None:
        raise OrderViolated("a withdrawal names a manifest of the same chain that stands, by number and identity")
    if named.envelope.by.register_id != record.envelope.by.register_id:
        raise OrderViolated(
            f"record {named.position} was sealed in {named.envelope.by.register}: only that register withdraws it",
            "release the exhibit back to that agency, and say what is wrong",
        )
    if not record.envelope.witnesses:
        raise OrderViolated("a manifest is withdrawn with a witness", "name one: --witness SERVICE_NO")
