"""Where contents are not what was sealed: what a second copy holds there, and which files lie there.

docs/spec/damage.md. What is found here is added to findings that stand already. It changes a verdict in one case only:
bytes beside bad sectors that are not those that the copy holds, and that were sealed.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace

from custody.acts.contents import Report, check_media
from custody.acts.media_source import MediaSource
from custody.acts.sealed import Sealed
from hashing.damage.copies import Comparer
from hashing.damage.files import lying_in
from hashing.damage.opening import OpenedItem
from hashing.damage.saying import ALIKE, CHANGED, HELD, OTHER, UNREADABLE, Compared, Lying
from hashing.damage.spans import joined, total
from hashing.errors import HashingError
from hashing.items import Item
from hashing.media.device import NAME
from hashing.opening import mishap_of
from hashing.progress import adding
from manifests import damage as words
from manifests.compare import Comparison
from manifests.damage import Damage, Trouble
from manifests.findings import Finding, Severity
from manifests.report import CopyTally, MediaTally

MOST_LOOKED_AT = 20
"""Items whose file systems are looked at, in one exhibit."""
_SECTOR, _SMALLEST = 512, 64 * 1024
_UNCHECKED = ("content-unreadable", "changed-while-read")
_OF_LISTS = ("names-withheld", "entries-missing", "entries-changed")


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What came of one exhibit's contents, and of the second copy of them."""

    tally: MediaTally
    findings: list[Finding]
    copy: CopyTally | None = None


def check(
    sealed: Sealed,
    first: MediaSource,
    second: MediaSource | None,
    *,
    quick: bool,
    decode_all: bool = False,
    progress: Report = None,
) -> Checked:
    """Compare contents with their manifests, a second copy likewise, and look closer at what differs."""
    kept: list[Comparison] = []
    tally, findings = compare_contents(
        sealed, first, quick=quick, decode_all=decode_all, progress=progress, look=kept.append
    )
    judged: Comparison | None = None
    noted: list[Finding] = []
    copy: CopyTally | None = None
    if second is not None:
        judged, noted, copy = _copy(sealed, second, quick, progress)
    for result in kept:
        look_closer(result, findings, Closer(first=first, second=second, judged=judged), progress)
    return Checked(tally=tally, findings=[*findings, *noted], copy=copy)


def compare_contents(
    sealed: Sealed,
    source: MediaSource,
    items: Iterable[Item] | None = None,
    *,
    quick: bool = False,
    decode_all: bool = False,
    progress: Report = None,
    look: Callable[[Comparison], None] = lambda result: None,
) -> tuple[MediaTally, list[Finding]]:
    """Compare contents with the manifests that fit them; the one way in which every act does it.

    `items` are those of the source, where they are measured on the way to somewhere else.
    """
    return check_media(
        sealed.chain, sealed.manifests, source.items(quick=quick, progress=progress) if items is None else items,
        quick=quick, copied=source.copied, decode=source.decode, decode_all=decode_all, device=source.as_device,
        look=look,
    )  # fmt: skip


# --- the second copy -----------------------------------------------------


def _copy(
    sealed: Sealed, second: MediaSource, quick: bool, progress: Report
) -> tuple[Comparison | None, list[Finding], CopyTally]:
    """How a second copy compares with what was sealed, as notes; whatever happens to it is no error."""
    kept: list[Comparison] = []
    exhibit = sealed.chain.id
    try:
        tally, found = compare_contents(sealed, second, quick=quick, progress=progress, look=kept.append)
    except HashingError as err:
        told = Finding(code="copy-not-checked", subject=exhibit, text=err.message)
        return None, [told], CopyTally(exhibit=exhibit, paths=second.paths, items=0, bytes=0, as_sealed=False)
    result = kept[0] if kept else None
    where = {trouble.finding: trouble.pieces for trouble in result.troubles} if result else {}
    noted = [
        replace(_noted(finding), damage=Damage(pieces=where[place]) if where.get(place) else None)
        for place, finding in enumerate(found)
        if finding.severity is not Severity.NOTE and finding.code not in _OF_LISTS
    ]
    copy = CopyTally(
        exhibit=exhibit, paths=second.paths, items=tally.items, bytes=tally.bytes, quick=quick,
        as_sealed=not any(finding.severity is not Severity.NOTE for finding in found),
    )  # fmt: skip
    return result, noted, copy


def _noted(finding: Finding) -> Finding:
    """A finding on the contents of a copy, as a note on the exhibit."""
    code = "copy-not-checked" if finding.code in _UNCHECKED else "copy-differs"
    text = f"{finding.text}: {finding.meaning.text}" if finding.text else finding.meaning.text
    return Finding(code=code, subject=finding.subject, text=text, facts={**finding.facts, "code": finding.code})


# --- a closer look -------------------------------------------------------


def look_closer(result: Comparison, findings: list[Finding], closer: "Closer", progress: Report) -> None:
    """Add to findings what a closer look at each trouble shows."""
    comparer = Comparer(adding(progress, stage="comparing"))
    try:
        for trouble in result.troubles:
            found = closer.look(trouble, comparer)
            told = words.words(found)
            before = findings[trouble.finding]
            between = ": " if before.text == before.facts.get("item") else "; "
            text = f"{before.text}{between}{told}" if told else before.text
            findings[trouble.finding] = replace(before, text=text, damage=found)
            if trouble.unread and found.bytes and found.copy in (words.SEALED, words.IN_PART):
                text = f"{before.facts.get('item', '')}: {told}"
                findings.append(Finding(code="content-changed", subject=before.subject, text=text, facts=before.facts))
    finally:
        comparer.close()


@dataclass(kw_only=True)
class Closer:
    """The two copies, and how the second compares with what was sealed."""

    first: MediaSource
    second: MediaSource | None
    judged: Comparison | None
    """None where the second was not compared with anything."""
    sealed: bool = True
    """Whether there is something sealed; else the two are compared with each other only."""
    looked_at: int = 0

    def look(self, trouble: Trouble, comparer: Comparer) -> Damage:
        """What the copy holds where an item is damaged, and which files lie there."""
        found = Damage(pieces=trouble.pieces, unread=trouble.unread)
        if self.second is not None:
            found = self._with_copy(self.second, trouble, found, comparer)
        return self._with_files(trouble, found)

    def _with_copy(self, second: MediaSource, trouble: Trouble, found: Damage, comparer: Comparer) -> Damage:
        if not trouble.parts:
            return replace(found, copy=self._looked_up(trouble), rest=bool(trouble.pieces))
        with ExitStack() as stack:
            try:
                one = stack.enter_context(self.first.open(trouble.path))
            except (OSError, HashingError):  # it was there when it was measured
                return replace(found, copy=words.CHANGED)
            try:
                other = stack.enter_context(second.open(trouble.path))
            except FileNotFoundError:
                return replace(found, copy=words.MISSING)
            except (OSError, HashingError) as err:
                return replace(found, copy=words.UNREAD, reason=_reason(err))
            if set(one.identities()) & set(other.identities()):
                return replace(found, copy=words.SAME_FILE)
            return self._compared(trouble, found, one, other, comparer)

    def _looked_up(self, trouble: Trouble) -> str | None:
        """What comparing the copy with the manifest has shown of an item; None where that says nothing of it."""
        if self.judged is None:
            return None
        code = self.judged.named.get(trouble.path)
        if code is None:
            unnamed = self.judged.named if trouble.decoded else self.judged.is_cut
            return None if unnamed else words.SEALED
        if code == "content-missing":
            return words.MISSING
        return words.UNREAD if code in _UNCHECKED else words.NOT_SEALED

    def _compared(
        self, trouble: Trouble, found: Damage, one: OpenedItem, other: OpenedItem, comparer: Comparer
    ) -> Damage:
        digest = "sha256" if trouble.whole else "blake3"
        told = comparer.compare(one, other, trouble.parts, digest, trouble.masked)
        if told.failed:
            return replace(found, copy=words.UNREAD, reason=told.failed)
        rest = not trouble.whole and total(trouble.pieces) > sum(part.span[1] for part in trouble.parts)
        held = joined(part.span for part, state in zip(trouble.parts, told.states, strict=True) if state == HELD)
        copy = self._word(trouble, told)
        if copy not in (words.SEALED, words.IN_PART, words.NOT_SEALED, words.DIFFERS):
            return replace(found, copy=copy)
        return replace(
            found, copy=copy, bytes=told.spans, differing=told.differing, rest=rest,
            held=tuple(held) if copy == words.IN_PART else (),
            alike=set(told.states) == {ALIKE} if copy == words.NOT_SEALED else None,
        )  # fmt: skip

    def _word(self, trouble: Trouble, told: Compared) -> str:
        """What the copy holds, as a word of D3."""
        states = set(told.states)
        if not self.sealed:
            return words.DIFFERS if states == {HELD} else words.CHANGED
        expected = self.judged is not None and trouble.path not in self.judged.named and not self.judged.is_cut
        if trouble.decoded and self.judged is not None and self.judged.named:
            expected = False
        if CHANGED in states or (expected and states & {OTHER, ALIKE}):
            return words.CHANGED
        if states == {HELD}:
            return words.SEALED
        if HELD in states:
            return words.IN_PART
        return words.NOT_SEALED if states & {OTHER, ALIKE} else words.UNREAD

    # --- the files in it -------------------------------------------------

    def _with_files(self, trouble: Trouble, found: Damage) -> Damage:
        """The same, with the files that lie in the damaged bytes, where there may be a file system."""
        surely = trouble.decoded or trouble.path == NAME
        maybe = trouble.size >= _SMALLEST and not trouble.size % _SECTOR and not trouble.container
        if not trouble.readable or not (surely or maybe):
            return found
        spans = found.places([part.span for part in trouble.parts])
        if not spans:  # all of it may be damaged
            return found
        if self.looked_at >= MOST_LOOKED_AT:
            left = f"the files in it: {MOST_LOOKED_AT} items were looked at already"
            return replace(found, files=Lying(left=left)) if surely else found
        self.looked_at += 1
        sound = self._is_sound(trouble, found)
        where = self.second if sound and self.second is not None else self.first
        try:
            with where.open(trouble.path) as item:
                lying = lying_in(item, spans)
        except (OSError, HashingError) as err:
            lying = Lying(left=_reason(err))
        if not surely and not lying.systems and all(place.kind == UNREADABLE for place in lying.found):
            return found
        return replace(found, files=lying, read="copy" if sound else "media")

    def _is_sound(self, trouble: Trouble, found: Damage) -> bool:
        """Whether the copy of an item is all that was sealed."""
        if self.judged is None or found.copy != words.SEALED or self.judged.is_cut:
            return False
        return not self.judged.named if trouble.decoded else trouble.path not in self.judged.named


def _reason(err: OSError | HashingError) -> str:
    """Why something could not be opened, in words."""
    return mishap_of(err) if isinstance(err, OSError) else err.message
