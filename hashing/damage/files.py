"""Asks the limited process which files lie in some bytes of a medium, and takes its answer apart without trust."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hashing.damage import looking
from hashing.damage.opening import OpenedItem
from hashing.damage.saying import KINDS, MOST_FOUND, NAMED, Lying, Place
from hashing.damage.spans import Span, total
from hashing.damage.talking import Asked
from hashing.errors import CannotStart

SECONDS = 30.0
"""That looking at one medium may take."""
_SPARE = 10.0
"""Seconds more until the process is ended from outside."""
_MOST_PLACES = 4 * MOST_FOUND
_MOST_TEXT = 1100
_MOST_NUMBER = 1 << 32


def lying_in(item: OpenedItem, spans: Sequence[Span], seconds: float = SECONDS) -> Lying:
    """What lies in some bytes of an open item; never raises for what it holds or what the process does."""
    order = {"kind": item.kind, "sector": item.sector, "spans": list(spans), "seconds": seconds}
    try:
        asked = Asked("hashing.damage.looking")
    except CannotStart as error:
        return Lying(left=error.message)
    sofar, why = Lying(), ""
    try:
        asked.order(order, item.descriptors)
        for kind, body in asked.answers(seconds + _SPARE, whole=True):
            sofar = unpacked(body, total(spans))
            if kind == looking.ALL:
                return sofar
    except TimeoutError:
        why = f"the process that looked was ended after {seconds + _SPARE:g} s"
    except (OSError, EOFError):
        why = f"the process that looked stopped ({asked.end()})"
    except ValueError:
        sofar, why = Lying(), "the process that looked talked nonsense"
    finally:
        asked.end()
    return replace(sofar, left="; ".join(each for each in (sofar.left, why) if each))


def unpacked(body: bytes, most: int) -> Lying:
    """An answer about so many bytes at most, taken apart without trust; raises ValueError."""
    try:
        told = json.loads(body)
        if told.keys() != {"found", "more", "systems", "left"} or len(told["found"]) > _MOST_PLACES:
            raise ValueError("not an answer")
        return Lying(
            found=tuple(_place(each, most) for each in told["found"]),
            more=_number(told["more"], _MOST_NUMBER),
            systems=tuple(_text(each) for each in told["systems"][:_MOST_PLACES]),
            left=_text(told["left"]),
        )
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("not an answer") from error


def _place(told: Any, most: int) -> Place:
    if told.keys() != {"kind", "volume", "path", "size"} or told["kind"] not in KINDS:
        raise ValueError("not a place")
    if told["path"] and told["kind"] not in NAMED:
        raise ValueError("a name where there can be none")
    return Place(
        kind=told["kind"],
        volume=_number(told["volume"], _MOST_NUMBER),
        path=_text(told["path"]),
        size=_number(told["size"], most * _MOST_PLACES),
    )


def _number(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError("not a number in its bounds")
    return value


def _text(value: Any) -> str:
    """A text of valid Unicode; raises ValueError (UnicodeEncodeError is one)."""
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        raise ValueError("not a text")
    value.encode()
    return value
