"""What the process that reads a log answers, as bytes: rows of statements, and at the end what the log says of itself.

Taken apart without trust: the process that made it has parsed a hostile file. Everything has its length before it
and a bound; what makes no sense raises InvalidLogAnswer, and the whole answer is dropped.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hashing.claims.saying import MOST_FACTS, MOST_LETTERS, MOST_WORDS, SCOPES, TOOLS, WORDS, Statement
from hashing.claims.summary import Summary
from hashing.digests import ALGORITHMS, SIZES
from hashing.sandbox.fields import pack_texts, read_texts

ASK, STATEMENTS, FILES, END = b"?", b"S", b"F", b"E"
"""To it, with the log's descriptor. From it: statements about images; about files; what the log says of itself, after
which nothing comes."""
MOST_FRAME = 2 * 1024 * 1024
"""Bytes of one answer."""
ENOUGH = 128 * 1024
"""Bytes of rows that are sent together."""

_ROW = struct.Struct("!BBIH")
"""Numbers of scope and algorithm; length of the name and one more, or nothing; length of the words."""
_MOST_NAME = 256 * 1024
_KEY = re.compile(r"[a-z0-9-]{1,80}")
_COUNT = "(?:0|[1-9][0-9]{0,14})"
_COUNTS = re.compile(rf"{_COUNT}(?: {_COUNT}){{{len(WORDS) - 1}}}")


class InvalidLogAnswer(ValueError):
    """The answer is not what an honest process sends."""


def pack_row(statement: Statement) -> bytes:
    """One statement as it is sent."""
    scope, algorithm, value, name, where = statement
    near = where.encode("utf-8", "replace")
    named = 0 if name is None else len(name) + 1
    head = _ROW.pack(SCOPES.index(scope), ALGORITHMS.index(algorithm), named, len(near))
    return head + bytes.fromhex(value) + (name or b"") + near


def unpack_rows(body: bytes) -> Iterator[Statement]:
    """The statements of one answer; raises InvalidLogAnswer."""
    at, end = 0, len(body)
    while at < end:
        try:
            scope, algorithm, named, words = _ROW.unpack_from(body, at)
            algorithm = ALGORITHMS[algorithm]
            scope = SCOPES[scope]
        except (struct.error, IndexError):
            raise InvalidLogAnswer from None
        name_at = at + _ROW.size + SIZES[algorithm]
        words_at = name_at + max(0, named - 1)
        digest = body[at + _ROW.size : name_at].hex()
        at = words_at + words
        if at > end or named > _MOST_NAME + 1:
            raise InvalidLogAnswer
        name = body[name_at:words_at] if named else None
        yield Statement(scope, algorithm, digest, name, _text(body[words_at:at], MOST_WORDS))


def pack_summary(summary: Summary) -> bytes:
    """What a log says of itself, as it is sent."""
    counts = summary.left
    texts = [summary.tool, summary.version or "", summary.unread or ""]
    texts.append(" ".join(str(counts.get(word, 0)) for word in WORDS))
    for key, value in summary.facts.items():
        texts += [key, value]
    return pack_texts(texts)


class Told(NamedTuple):
    """What a log says of itself."""

    tool: str
    version: str | None
    unread: str | None
    left: dict[str, int]
    """How much of what was not read, by the words of hashing.claims.saying."""
    facts: dict[str, str]


def unpack_summary(body: bytes) -> Told:
    """What a log says of itself; raises InvalidLogAnswer."""
    try:
        texts = read_texts(body, MOST_LETTERS)
    except ValueError:
        raise InvalidLogAnswer from None
    if len(texts) < 4 or len(texts) % 2 or len(texts) > 4 + 2 * MOST_FACTS or texts[0] not in TOOLS:
        raise InvalidLogAnswer
    tool, version, unread, counts = texts[:4]
    left = _counts(counts)
    if bool(left) != bool(unread):
        raise InvalidLogAnswer
    return Told(tool, version or None, unread or None, left, _facts(texts[4:]))


def _counts(text: str) -> dict[str, int]:
    if not _COUNTS.fullmatch(text):
        raise InvalidLogAnswer
    return {word: int(count) for word, count in zip(WORDS, text.split(" "), strict=True) if count != "0"}


def _facts(texts: Sequence[str]) -> dict[str, str]:
    facts = dict(zip(texts[::2], texts[1::2], strict=True))
    if len(facts) * 2 != len(texts) or not all(_KEY.fullmatch(key) for key in facts):
        raise InvalidLogAnswer
    return facts


def _text(encoded: bytes, most: int) -> str:
    """Text of at most so many characters; raises InvalidLogAnswer."""
    try:
        text = encoded.decode()
    except UnicodeDecodeError:
        raise InvalidLogAnswer from None
    if len(text) > most:
        raise InvalidLogAnswer
    return text
