"""Reads the hash log of dcfldd (`hashlog=`, `md5log=` and so on, or what it prints) in its usual form.

How its lines are mapped, and why:

- `Total (md5):` was made of the data that dcfldd read: source-device. With `conv=` and `hashconv=after` it would be of
  changed data; the log does not say so, and nobody acquires that way.
- `0 - 2097152:` is a window, a part of the data: counted, never compared.
- `Total: Match` is what `vf=` found: a fact.

A log in a form of one's own (`hashformat=`) cannot be known from another text: its digests are not understood.
"""

import re
from collections.abc import Iterable, Iterator

from hashing.claims.lines import ALGORITHMS, like_a_digest, text_of
from hashing.claims.saying import DCFLDD, SOURCE, Fact, LeftOut, LogTool, Said, Statement, Why, fits, words

TOTAL = re.compile(r"Total \((md5|sha1|sha256|sha384|sha512)\): ([0-9A-Fa-f]+)")
WINDOW = re.compile(r"([0-9]{1,20}) - ([0-9]{1,20}): ([0-9A-Fa-f]{32,128})")
_MATCH = re.compile(r"Total: (Match|Mismatch)")


def read(lines: Iterable[bytes]) -> Iterator[Said]:
    """What the log says."""
    yield LogTool(DCFLDD)
    for line in lines:
        text = text_of(line).strip()
        if total := TOTAL.fullmatch(text):
            yield _total(total[1], total[2].lower(), text)
        elif window := WINDOW.fullmatch(text):
            yield Fact("hash-window", str(int(window[2]) - int(window[1])))
            yield LeftOut(Why.PARTS)
        elif match := _MATCH.fullmatch(text):
            yield Fact("verification", match[1])
        elif like_a_digest(line):
            yield LeftOut(Why.NOT_UNDERSTOOD)


def _total(name: str, digest: str, text: str) -> Said:
    algorithm = ALGORITHMS.get(name)
    if algorithm is None:
        return LeftOut(Why.OTHER_ALGORITHM)
    if not fits(algorithm, digest):
        return LeftOut(Why.NOT_UNDERSTOOD)
    return Statement(SOURCE, algorithm, digest, None, words(text))
