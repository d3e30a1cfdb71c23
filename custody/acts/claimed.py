"""What becomes of the claims of other tools: which item each is about, and whether it is so (docs/spec/claims.md, L2).

The claims of a log are words: nothing of them but scope, algorithm, value and the number of a line is kept.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

from custody.edges import files
from custody.edges.matching import NOTHING, SEVERAL, Known, Matching
from hashing.claims.reading import Log
from hashing.claims.saying import UFD, Statement
from hashing.digests import SIZES
from manifests.bodies import Bound
from manifests.claims import (
    DECODED,
    DIFFERS,
    FILE,
    NOT_CHECKED,
    NOT_KNOWN,
    NOT_MEASURED,
    NOT_USED,
    SAME,
    SOURCE,
    STORED,
    WHERE,
    Claim,
    print_line,
)
from manifests.digest import PREFIX

_RAW = re.compile(rb"\.(?:dd|raw|img|bin|[0-9]{3})$", re.IGNORECASE)
_CHOSEN_FILES = re.compile(rb"\.(?:ad1|l01|lx01)$", re.IGNORECASE)
_GUESSED = {32: ("md5",), 40: ("sha1",), 64: ("sha256", "blake3", "sha3-256"), 128: ("sha512",)}
"""What a list that names no algorithm may mean by a number of digits; the first is what it is read as."""
_SAID = {"md5": "md5", "sha1": "sha1", "sha-1": "sha1", "sha256": "sha256", "sha-256": "sha256", "sha512": "sha512",
         "sha-512": "sha512"}  # fmt: skip
_SAYS_OTHER = re.compile("sha-?3|sha512-|b2|b3|blake|whirlpool|tiger|ripemd|rmd")
_KINDS = {SOURCE: ("medium", "raw", "device"), DECODED: ("medium",), STORED: ("raw",)}
"""What a claim about an image may be about, by its scope."""
_ENOUGH = 2
"""Items that may be meant: a third changes nothing."""


@dataclass(kw_only=True)
class Counts:
    """How many claims of a log have each result."""

    same: int = 0
    differs: int = 0
    not_checked: int = 0


def named_algorithm(path: str) -> str | None:
    """The algorithm that the name of a list says: card.md5, SHA256SUMS; None where it says none, or another one."""
    name = path.rpartition("/")[2].lower()
    said = [known for word, known in _SAID.items() if word in name]
    return said[0] if len(said) == 1 and not _SAYS_OTHER.search(name) else None


def judge(logs: Iterable[tuple[Log, str | None]], names: Matching, *, device: bool) -> list[Counts]:
    """Judge every claim, and keep its line with `names`; the counts, log by log.

    Beside each log: the algorithm that its name says, for lines that say none.
    """
    given = list(logs)
    every = [log for log, _ in given]
    images = _Images(frozenset(stem for log in every for stem in _asked(log)))
    if any(log.statements for log in every):
        images.look(names, device=device)
    counts = []
    for number, (log, algorithm) in enumerate(given, start=1):
        names.resolve(number, (one.name for one in log.files if one.name))
        found = Counts()
        meant = _algorithms_meant(number, log, names)
        if algorithm is not None:
            meant.setdefault(2 * SIZES[algorithm], algorithm)
        names.keep(_rows(number, log, names, images, found, meant))
        counts.append(found)
    return counts


def write(names: Matching, target: BinaryIO) -> Bound:
    """Write the list of all claims; what a manifest binds of it."""
    digest, count = hashlib.sha256(), 0
    with target:
        for line in names.lines():
            digest.update(line)
            target.write(line)
            count += 1
        target.flush()
        files.fsync(target.fileno())
    return Bound(sha256=PREFIX + digest.hexdigest(), count=count)


def _rows(
    number: int, log: Log, names: Matching, images: "_Images", found: Counts, meant: dict[int, str]
) -> Iterator[tuple[int, int, int, bytes]]:
    """The lines of one log, each with its place."""
    for place, said in enumerate(chain(log.statements, log.files)):
        about = _file(number, log, said, names) if said.scope == FILE else images.about(log, said)
        claim = _claim(number, said, about, meant)
        if claim.result == SAME:
            found.same += 1
        elif claim.result == DIFFERS:
            found.differs += 1
        else:
            found.not_checked += 1
        yield claim.item or NOTHING, number, place, print_line(claim)


def _algorithms_meant(number: int, log: Log, names: Matching) -> dict[int, str]:
    """By number of digits, the algorithm by which most claims of a log fit that name none; without it, none fits."""
    fits: Counter[tuple[int, str]] = Counter()
    for said in log.files:
        if said.where.endswith(" digits") and isinstance(about := _file(number, log, said, names), Known):
            fits.update((len(said.value), name) for name in _fitting(said, about))
    return {digits: name for (digits, name), _ in reversed(fits.most_common())}


def _fitting(said: Statement, about: Known) -> Iterator[str]:
    """The algorithms under which a claim that names none is so."""
    if about.read:
        yield from (name for name in _GUESSED[len(said.value)] if about.digests.get(name) == said.value)


def _claim(number: int, said: Statement, about: Known | str, meant: dict[int, str]) -> Claim:
    """What becomes of a claim about an item, or about none for a reason."""
    algorithm, item, reason = said.algorithm, None, None
    result = NOT_CHECKED
    if isinstance(about, str):
        reason = about
    else:
        item = about.item
        algorithm, result, reason = _compared(said, about, meant)
    where = said.where if WHERE.fullmatch(said.where) else None
    return Claim(
        log=number, item=item, scope=said.scope, algorithm=algorithm, value=said.value, result=result, reason=reason,
        where=where,
    )  # fmt: skip


def _compared(said: Statement, about: Known, meant: dict[int, str]) -> tuple[str, str, str | None]:
    """Under which algorithm, with which result, and why it has none (docs/spec/claims.md, L2)."""
    algorithm = said.algorithm
    if not about.read:
        return algorithm, NOT_CHECKED, NOT_MEASURED
    if said.where.endswith(" digits"):
        if fitting := next(_fitting(said, about), None):
            return fitting, SAME, None
        algorithm = meant.get(len(said.value), algorithm)
    made = about.digests.get(algorithm)
    if made is None:
        return algorithm, NOT_CHECKED, NOT_USED
    if said.where.endswith(" digits") and len(said.value) not in meant:
        return algorithm, NOT_CHECKED, NOT_KNOWN
    return algorithm, *((SAME, None) if made == said.value else (DIFFERS, None))


def _file(number: int, log: Log, said: Statement, names: Matching) -> Known | str:
    """The item that a name is, or why none."""
    item = names.named(number, said.name) if said.name else NOTHING
    if item in (NOTHING, SEVERAL):
        return "no-item" if item == NOTHING else "several-items"
    known = names.known(item)
    if log.tool == UFD and known.name[-4:].lower() == b".zip":
        first = known.name[:-4]
        if names.has(first + b".z01") or names.has(first + b".Z01"):
            return "several-parts"
    return known


# --- images and the media inside -------------------------------------------------


def _stems(name: bytes) -> frozenset[bytes]:
    """What an image is called: the last component, with and without its last extension, in small letters."""
    last = name.rpartition(b"/")[2].lower()
    return frozenset((last, last.rpartition(b".")[0] or last))


def _names_of(log: Log) -> Iterator[bytes]:
    """What a log calls its images."""
    yield from (one.name for one in log.statements if one.name and one.scope != SOURCE)
    for key in ("image", "first-segment"):
        if key in log.facts:
            yield log.facts[key].replace("\\", "/").encode("utf-8", "surrogatepass")


def _asked(log: Log) -> Iterator[bytes]:
    for name in _names_of(log):
        yield from _stems(name)


def _only_name(log: Log) -> frozenset[bytes]:
    """What the one image of a log is called; nothing where it names several, or none."""
    every = [_stems(name) for name in _names_of(log)]
    return frozenset.intersection(*every) if every else frozenset()


@dataclass
class _Images:
    """The items that a claim about an image may mean, as far as somebody asks for them."""

    asked: frozenset[bytes]
    """What the logs call their images."""
    by_name: dict[tuple[str, bytes], list[Known]] = field(default_factory=dict)
    every: dict[str, list[Known]] = field(default_factory=dict)

    def look(self, names: Matching, *, device: bool) -> None:
        """Go through all items; `device`: they are a device itself."""
        parts: set[int] = set()
        for known in names.every(decoded=True):
            parts.update(known.segments)
            of_parts = (names.known(number).name for number in known.segments)
            self._add("medium", known, frozenset().union(*(_stems(name) for name in of_parts)))
        for known in names.every(decoded=False):
            if device:
                self._add("device", known, frozenset())
            elif known.item not in parts and _RAW.search(known.name):
                self._add("raw", known, _stems(known.name))

    def _add(self, kind: str, known: Known, stems: frozenset[bytes]) -> None:
        lists = [self.every.setdefault(kind, [])]
        lists += [self.by_name.setdefault((kind, stem), []) for stem in stems & self.asked]
        for one in lists:
            if len(one) < _ENOUGH:
                one.append(known)

    def about(self, log: Log, said: Statement) -> Known | str:
        """The item that a claim is about, or why none."""
        own = said.name if said.scope != SOURCE else None
        called = _stems(own) if own else _only_name(log)
        if said.scope == DECODED and any(_CHOSEN_FILES.search(name) for name in ([own] if own else _names_of(log))):
            return "files-only"
        kinds = _KINDS[said.scope]
        named = {k.item: k for kind in kinds for stem in called for k in self.by_name.get((kind, stem), ())}
        found = named or {k.item: k for kind in kinds for k in self.every.get(kind, ())}
        if len(found) > 1:
            return "several-items"
        return next(iter(found.values()), "no-item" if said.scope == STORED else "not-decoded")
