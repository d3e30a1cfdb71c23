"""Asks the limited process which files lie in some bytes of a medium, and takes its answer apart without trust."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hashing.damage import looking
from hashing.damage.opening import OpenedItem
from hashing.damage.saying import KINDS, MOST_FOUND, NAMED, DamagePlace, Lying
from hashing.damage.spans import Span, total
from hashing.errors import CannotStart
from hashing.sandbox.fields import check_list, check_number, check_object, check_text, read_object
from hashing.sandbox.process import INVALID, Deadline, LimitedProcess, ProcessFailed

SECONDS = 30.0
"""That looking at one medium may take."""
_SPARE = 10.0
"""Seconds more until the process is ended from outside."""
_MOST_PLACES = 4 * MOST_FOUND
_MOST_TEXT = 1100
_MOST_NUMBER = 1 << 32
_MESSAGES = {looking.SOFAR: 1 << 20, looking.ALL: 1 << 20}


def lying_in(item: OpenedItem, spans: Sequence[Span], seconds: float = SECONDS) -> Lying:
    """What lies in some bytes of an open item; never raises for what it holds or what the process does."""
    order = {"kind": item.kind, "sector": item.sector, "spans": list(spans), "seconds": seconds}
    order["descriptors"] = len(item.descriptors)
    try:
        process = LimitedProcess("hashing.damage.looking", [], _MESSAGES, name="the process that looked")
    except CannotStart as error:
        return Lying(left=error.message)
    sofar, deadline = Lying(), Deadline(seconds + _SPARE)
    process.send(looking.ORDER, json.dumps(order).encode(), item.descriptors)
    try:
        kind = looking.SOFAR
        while kind != looking.ALL:
            kind, untrusted_body = process.receive(deadline)
            with process.checking():
                sofar = unpacked(untrusted_body, total(spans))
        return sofar
    except ProcessFailed as error:
        sofar = Lying() if error.how == INVALID else sofar
        return replace(sofar, left="; ".join(each for each in (sofar.left, error.message) if each))
    finally:
        process.end()


def unpacked(body: bytes, most: int) -> Lying:
    """An answer about so many bytes at most, taken apart without trust; raises ValueError."""
    told = read_object(body, ("found", "more", "systems", "left"))
    return Lying(
        found=tuple(_place(each, most) for each in check_list(told["found"], _MOST_PLACES)),
        more=check_number(told["more"], _MOST_NUMBER),
        systems=tuple(check_text(each, _MOST_TEXT) for each in check_list(told["systems"], _MOST_PLACES)),
        left=check_text(told["left"], _MOST_TEXT),
    )


def _place(value: Any, most: int) -> DamagePlace:
    told = check_object(value, ("kind", "volume", "path", "size"))
    if told["kind"] not in KINDS:
        raise ValueError("not a place")
    if told["path"] and told["kind"] not in NAMED:
        raise ValueError("a name where there can be none")
    return DamagePlace(
        kind=told["kind"],
        volume=check_number(told["volume"], _MOST_NUMBER),
        path=check_text(told["path"], _MOST_TEXT),
        size=check_number(told["size"], most * _MOST_PLACES),
    )
