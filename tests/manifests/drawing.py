"""Drawing any value of a closed shape, for property tests: every field, set or not, within what the shape allows."""

import types
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from manifests.shapes import STEERING
from manifests.times import Day, Time
from manifests.times import text as written

_OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=_OFFSETS).map(written)
BIDI = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
STEADY = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=BIDI), min_size=1, max_size=12)
"""Texts that a person may write in a record: nothing in them steers a terminal (R2)."""
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


def values(shape: Any) -> st.SearchStrategy[Any]:
    """Any value of a shape."""
    if shape is Time:
        return TIMES
    if shape is Day:
        return st.dates(min_value=date(2, 1, 1)).map(date.isoformat)
    origin, arguments = get_origin(shape), get_args(shape)
    if origin is Annotated:
        return _limited(arguments[0], arguments[1])
    if origin in (Union, types.UnionType):
        return st.one_of([st.none() if each is type(None) else values(each) for each in arguments])
    if origin is tuple and Ellipsis not in arguments:
        return st.tuples(*map(values, arguments))
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=2)
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
        return st.builds(shape, **{f.name: values(f.type) for f in msgspec.structs.fields(shape)})
    if shape is str:
        return TEXTS
    raise NotImplementedError(shape)


def _limited(kind: Any, limits: msgspec.Meta) -> st.SearchStrategy[Any]:
    if kind is int:
        return st.integers(limits.ge, limits.le)  # type: ignore[arg-type]  # both are whole numbers here
    if limits.pattern is None:
        return TEXTS
    if STEERING in limits.pattern:
        return STEADY
    return st.from_regex(limits.pattern.replace(r"$(?!\n)", r"\Z").removesuffix("$"), fullmatch=True)
