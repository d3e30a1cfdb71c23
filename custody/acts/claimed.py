"""What becomes of the claims of other tools: which item each is about, and whether it is so (docs/spec/claims.md, L2).

The claims of a log are words: nothing of them but scope, algorithm, value and the number of a line is kept.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

from custody.edges import files
from custody.edges.matching import NOTHING, SEVERAL, Known, Matching
from hashing.claims.reading import Log
from hashing.claims.saying import UFD, Statement
from manifests.bodies import Bound
from manifests.claims import (
    DECODED,
    DIFFERS,
    FILE,
    NOT_CHECKED,
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
_OTHER_OF_64 = ("blake3", "sha3-256")
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


def judge(logs: Iterable[Log], names: Matching, *, device: bool) -> list[Counts]:
    """Judge every claim, and keep its line with `names`; the counts, log by log."""
    every = list(logs)
    images = _Images(frozenset(stem for log in every for stem in _asked(log)))
    if any(log.statements for log in every):
        images.look(names, device=device)
    counts = []
    for number, log in enumerate(every, start=1):
        names.resolve(number, (one.name for one in log.files if one.name))
        found = Counts()
        names.keep(_rows(number, log, names, images, found))
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
    number: int, log: Log, names: Matching, images: "_Images", found: Counts
) -> Iterator[tuple[int, int, int, bytes]]:
    """The lines of one log, each with its place."""
    for place, said in enumerate(chain(log.statements, log.files)):
        about = _file(number, log, said, names) if said.scope == FILE else images.about(log, said)
        claim = _claim(number, said, about)
        if claim.result == SAME:
            found.same += 1
        elif claim.result == DIFFERS:
            found.differs += 1
        else:
            found.not_checked += 1
        yield claim.item or NOTHING, number, place, print_line(claim)


def _claim(number: int, said: Statement, about: Known | str) -> Claim:
    """What becomes of a claim about an item, or about none for a reason."""
    algorithm, item, reason = said.algorithm, None, None
    result = NOT_CHECKED
    if isinstance(about, str):
        reason = about
    else:
        item = about.item
        algorithm, result = _compared(said, about)
        if result == NOT_CHECKED:
            reason = NOT_USED if about.read else NOT_MEASURED
    where = said.where if WHERE.fullmatch(said.where) else None
    return Claim(
        log=number, item=item, scope=said.scope, algorithm=algorithm, value=said.value, result=result, reason=reason,
        where=where,
    )  # fmt: skip


def _compared(said: Statement, about: Known) -> tuple[str, str]:
    """Under which algorithm, and with which result; 64 digits without a name may be of another than SHA-256."""
    if not about.read:
        return said.algorithm, NOT_CHECKED
    if said.where.endswith("64 digits"):
        for other in _OTHER_OF_64:
            if about.digests.get(other) == said.value:
                return other, SAME
    made = about.digests.get(said.algorithm)
    if made is None:
        return said.algorithm, NOT_CHECKED
    return said.algorithm, SAME if made == said.value else DIFFERS


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
