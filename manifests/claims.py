"""The list of what the logs of other tools claim, and whether it fits entries and manifest (docs/spec/claims.md).

Read in one pass beside the list of entries: a million claims need no more memory than ten.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from manifests import bodies, strict
from manifests.digest import PREFIX
from manifests.entry import READ, Entry, Hexadecimal, Public
from manifests.errors import RefutedError
from manifests.findings import Finding
from manifests.names import Name
from manifests.shapes import Closed, one_of

SAME, DIFFERS, NOT_CHECKED = RESULTS = ("same", "differs", "not-checked")
SOURCE, DECODED, STORED, FILE = SCOPES = ("source-device", "decoded-media", "stored-image", "file")
NOT_USED, NOT_MEASURED, NOT_KNOWN = WITH_ITEM = ("algorithm-not-used", "not-measured", "algorithm-not-known")
"""Reasons that name the item."""
REASONS = {
    NOT_USED: "no digest by that algorithm was made",
    NOT_MEASURED: "could not be measured",
    NOT_KNOWN: "the list names no algorithm, and no line of it fits the one that its digests look like",
    "no-item": "nothing that was sealed is what they are about",
    "several-items": "they may be about several items",
    "not-decoded": "the media were not decoded",
    "files-only": "the image holds files and no media",
    "several-parts": "of a zip in several parts",
}
"""Each reason, and what it says to a person."""
UNREAD = {
    "broken": "the log could not be read to its end",
    "not-understood": "lines with digests were not understood",
    "other-lines": "other lines were not understood",
    "parts": "digests of parts of the data are not compared",
    "other-algorithm": "digests by other algorithms are not compared",
    "too-long": "lines of more than 64 KiB were left out",
    "too-many": "more statements were left out",
}
_OTHER = "for a reason that is not known here"
_SHOWN_RANGES = 5
MOST_NAMED = 20
"""Claims of one log that differ and are named each."""


WHERE = re.compile(r"(line|fileobject) [0-9]{1,15}(, [0-9]{1,3} digits)?")
"""Where in a log a claim stands: never with words of the log."""
Where = Annotated[str, msgspec.Meta(pattern=rf"^{WHERE.pattern}$(?!\n)")]


class Claim(Closed, frozen=True, kw_only=True):
    """One line of the list (L4)."""

    log: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    item: Annotated[int, msgspec.Meta(ge=1, le=(1 << 53) - 1)] | None = None
    scope: Annotated[str, one_of(SCOPES)]
    algorithm: Name
    value: Hexadecimal
    result: Annotated[str, one_of(RESULTS)]
    reason: Name | None = None
    where: Where | None = None


def print_line(claim: Claim) -> bytes:
    """The line of a claim, with its line feed."""
    return strict.compact(claim) + b"\n"


def read_line(line: bytes) -> Claim:
    """One line of the list, without its line feed; raises RefutedError."""
    claim = strict.read_compact(line, Claim)
    if (claim.reason is not None) != (claim.result == NOT_CHECKED):
        raise _bad("a claim has a reason exactly where it was not checked")
    if (claim.item is not None) != (claim.result != NOT_CHECKED or claim.reason in WITH_ITEM):
        raise _bad("a claim names an item exactly where its result says something of one")
    return claim


def _bad(text: str) -> RefutedError:
    return RefutedError(f"the list of claims: {text}", code="entries-changed")


def check_list(lines: Iterable[bytes], bound: bodies.Bound) -> Iterator[Claim]:
    """The claims of a list, in order; raises RefutedError at its end, or before, if it is not the one bound."""
    digest, count, last = hashlib.sha256(), 0, (0, 0)
    for line in lines:
        digest.update(line)
        count += 1
        if not line.endswith(b"\n"):
            raise _bad("it ends in the middle of a line")
        claim = read_line(line[:-1])
        here = (claim.item or 0, claim.log)
        if here < last:
            raise _bad("its lines are not in order")
        last = here
        yield claim
    if PREFIX + digest.hexdigest() != bound.sha256 or count != bound.count:
        raise _bad("it is not the one that the manifest binds")


class Beside:
    """A list of claims read beside the list of entries: `entry` for each entry in order, then `end`.

    `error` is what is wrong with it, if anything is; the list of entries is read on all the same.
    """

    def __init__(self, lines: Iterable[bytes], body: bodies.Manifest, bound: bodies.Bound) -> None:
        self._claims = check_list(lines, bound)
        self._logs = body.logs
        self._next: Claim | None = None
        self._counts: Counter[tuple[int, str]] = Counter()
        self.error: RefutedError | None = None
        self.reasons: dict[int, Counter[str]] = {}
        """By number of the log."""
        self.apart: Counter[int] = Counter()
        """By number of the log: claims of items of which nothing is shown."""
        self.named: list[tuple[Claim, str]] = []
        """Claims that differ, and the digest that was made; of each log MOST_NAMED."""

    def entry(self, number: int, entry: Entry) -> None:
        """Judge the claims about one item."""
        try:
            while not self.error and (claim := self._peek()) is not None and (claim.item or 0) <= number:
                self._next = None
                self._take(claim, entry.public)
        except RefutedError as err:
            self.error = err

    def end(self, *, alone: bool = False) -> None:
        """Read what is left, and compare the counts; `alone`: there was no list of entries to read it beside."""
        try:
            while not self.error and (claim := self._peek()) is not None:
                self._next = None
                if claim.item is not None and not alone:
                    raise _bad(f"it names item {claim.item}, which is not there")
                self._take(claim, None)
            if not self.error:
                self._check_counts()
        except RefutedError as err:
            self.error = err

    def _peek(self) -> Claim | None:
        if self._next is None:
            self._next = next(self._claims, None)
        return self._next

    def _take(self, claim: Claim, public: Public | None) -> None:
        """Count one claim, and hold it against the entry of its item, where that is shown."""
        if claim.log > len(self._logs):
            raise _bad(f"there is no log {claim.log}")
        self._counts[claim.log, claim.result] += 1
        if claim.reason is not None:
            reason = claim.reason if claim.reason in REASONS else _OTHER
            self.reasons.setdefault(claim.log, Counter())[reason] += 1
        if claim.item is not None and public is None:
            self.apart[claim.log] += 1
        if public is not None and claim.item is not None and not _fits(claim, public):
            raise _bad(f"what it says of item {claim.item} is not what the list of entries says")
        if claim.result == DIFFERS and self._counts[claim.log, DIFFERS] <= MOST_NAMED:
            self.named.append((claim, public.digests.get(claim.algorithm, "") if public else ""))

    def _check_counts(self) -> None:
        for number, log in enumerate(self._logs, start=1):
            told = (log.same, log.differs, log.not_checked)
            if told != tuple(self._counts[number, result] for result in RESULTS) or sum(told) != log.claims:
                raise _bad(f"the manifest counts other claims of log {number}")


def _fits(claim: Claim, public: Public) -> bool:
    """Whether an entry says what a claim says of it (L5)."""
    read = public.outcome in READ
    if claim.scope != SOURCE and (public.decoded is not None) != (claim.scope == DECODED):
        return False
    if claim.reason == NOT_MEASURED:
        return not read
    made = public.digests.get(claim.algorithm)
    if claim.reason == NOT_USED:
        return read and made is None
    if claim.reason == NOT_KNOWN:
        return read and made is not None and made != claim.value
    return read and made is not None and (made == claim.value) == (claim.result == SAME)


def check_log(chunks: Iterable[bytes], bound: bodies.BoundLog) -> str | None:
    """What is wrong with the bytes of a log, in words; None where it is the one bound."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        if size > bound.bytes:
            return f"it has more than {bound.bytes} bytes"
    if size != bound.bytes:
        return f"it has {size} bytes, not {bound.bytes}"
    return None if PREFIX + digest.hexdigest() == bound.sha256 else "it has another digest"


# --- what a verification says of it ------------------------------------------


def findings(body: bodies.Manifest, about: str, beside: Beside | None) -> Iterator[Finding]:
    """What differs and what was not checked; `beside` is absent where the list is not at hand, or not the one bound."""
    for claim, made in beside.named if beside else ():
        text = f"{named(body, claim.log)}, {claim.scope}: {claim.algorithm} {claim.value}"
        where = f" ({claim.where})" if claim.where else ""
        text += f"{where}; item {claim.item} has {made or 'another'}"
        yield Finding(code="claim-differs", subject=about, text=text)
    for number, log in enumerate(body.logs, start=1):
        more = log.differs - min(log.differs, MOST_NAMED if beside else 0)
        if more:
            words = f"and {more} more claims" if beside else f"{more} claims differ"
            yield Finding(code="claim-differs", subject=about, text=f"{named(body, number)}: {words}")
        if log.bad_sectors:
            yield Finding(code="gaps-stated", subject=about, text=f"{named(body, number)}: {_gaps(log)}")
        for text in _unchecked(log, beside, number):
            yield Finding(code="claim-unchecked", subject=about, text=f"{named(body, number)}: {text}")


def _gaps(log: bodies.BoundLog) -> str:
    """How many sectors a log states as not read, and the first few of them."""
    shown = ", ".join(f"{first} to {first + number - 1}" for first, number in log.bad_ranges[:_SHOWN_RANGES])
    more = " and more" if len(log.bad_ranges) > _SHOWN_RANGES else ""
    return f"{log.bad_sectors} sectors not read while acquiring" + (f" ({shown}{more})" if shown else "")


def _unchecked(log: bodies.BoundLog, beside: Beside | None, number: int) -> Iterator[str]:
    if not log.claims:
        yield "no digest in it was understood as a claim"
    if log.not_checked:
        reasons = beside.reasons.get(number, Counter()) if beside else Counter()
        why = "; ".join(f"{count}: {REASONS.get(reason, reason)}" for reason, count in reasons.most_common())
        yield f"{log.not_checked} of {log.claims} claims not checked" + (f" ({why})" if why else "")
    if beside and beside.apart[number]:
        yield f"{beside.apart[number]} claims are about items that are not shown here"
    if log.unread:
        left = "; ".join(f"{each.count}: {UNREAD.get(each.why, each.why)}" for each in log.unread)
        yield f"not read as claims ({left})"


def named(body: bodies.Manifest, number: int) -> str:
    """How a finding names a log."""
    return f"log {number} ({body.logs[number - 1].tool})"
