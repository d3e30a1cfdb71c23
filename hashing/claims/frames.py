"""What the process that reads a log answers, as bytes: rows of statements, and at the end what the log says of itself.

Taken apart without trust: the process that made it has parsed a hostile file. Everything has its length before it
and a bound; what makes no sense raises Nonsense, and the whole answer is dropped.
"""

import re
import struct
from collections.abc import Iterator, Sequence

from hashing.claims.saying import MOST_FACTS, MOST_LETTERS, MOST_WORDS, SCOPES, TOOLS, Statement
from hashing.claims.summary import Summary
from hashing.digests import ALGORITHMS, SIZES

FRAME = struct.Struct("!BI")
"""Before each answer: its kind, and its length."""
STATEMENTS, FILES, END = 0, 1, 2
"""Statements about images; about files; what the log says of itself, after which nothing comes."""
MOST_FRAME = 2 * 1024 * 1024
"""Bytes of one answer."""
ENOUGH = 128 * 1024
"""Bytes of rows that are sent together."""

_ROW = struct.Struct("!BBIH")
"""Numbers of scope and algorithm; length of the name and one more, or nothing; length of the words."""
_LENGTH = struct.Struct("!H")
_MOST_NAME = 256 * 1024
_KEY = re.compile(r"[a-z0-9-]{1,80}")


class Nonsense(ValueError):
    """The answer is not what an honest process sends."""


def pack_row(statement: Statement) -> bytes:
    """One statement as it is sent."""
    scope, algorithm, value, name, where = statement
    near = where.encode("utf-8", "replace")
    named = 0 if name is None else len(name) + 1
    head = _ROW.pack(SCOPES.index(scope), ALGORITHMS.index(algorithm), named, len(near))
    return head + bytes.fromhex(value) + (name or b"") + near


def unpack_rows(body: bytes) -> Iterator[Statement]:
    """The statements of one answer; raises Nonsense."""
    at, end = 0, len(body)
    while at < end:
        try:
            scope, algorithm, named, words = _ROW.unpack_from(body, at)
            algorithm = ALGORITHMS[algorithm]
            scope = SCOPES[scope]
        except (struct.error, IndexError):
            raise Nonsense from None
        name_at = at + _ROW.size + SIZES[algorithm]
        words_at = name_at + max(0, named - 1)
        digest = body[at + _ROW.size : name_at].hex()
        at = words_at + words
        if at > end or named > _MOST_NAME + 1:
            raise Nonsense
        name = body[name_at:words_at] if named else None
        yield Statement(scope, algorithm, digest, name, _text(body[words_at:at], MOST_WORDS))


def pack_summary(summary: Summary) -> bytes:
    """What a log says of itself, as it is sent."""
    texts = [summary.tool, summary.version or "", summary.unread or ""]
    for key, value in summary.facts.items():
        texts += [key, value]
    encoded = [text.encode("utf-8", "replace") for text in texts]
    return b"".join(_LENGTH.pack(len(text)) + text for text in encoded)


def unpack_summary(body: bytes) -> tuple[str, str | None, str | None, dict[str, str]]:
    """Tool, version, what was not read, facts; raises Nonsense."""
    texts = list(_texts(body))
    if len(texts) < 3 or len(texts) % 2 == 0 or len(texts) > 3 + 2 * MOST_FACTS or texts[0] not in TOOLS:
        raise Nonsense
    tool, version, unread = texts[:3]
    return tool, version or None, unread or None, _facts(texts[3:])


def _facts(texts: Sequence[str]) -> dict[str, str]:
    facts = dict(zip(texts[::2], texts[1::2], strict=True))
    if len(facts) * 2 != len(texts) or not all(_KEY.fullmatch(key) for key in facts):
        raise Nonsense
    return facts


def _texts(body: bytes) -> Iterator[str]:
    """A row of texts; raises Nonsense."""
    at = 0
    while at < len(body):
        if at + _LENGTH.size > len(body):
            raise Nonsense
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size
        if at + length > len(body):
            raise Nonsense
        yield _text(body[at : at + length], MOST_LETTERS)
        at += length


def _text(encoded: bytes, most: int) -> str:
    """Text of at most so many characters; raises Nonsense."""
    try:
        text = encoded.decode()
    except UnicodeDecodeError:
        raise Nonsense from None
    if len(text) > most:
        raise Nonsense
    return text
