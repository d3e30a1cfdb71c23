"""The media inside an image as an item of the list: started early, beside the reading of its parts, taken in order."""

import errno
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress

from hashing.errors import CannotStart
from hashing.items import Description, Item, Outcome, Pieces
from hashing.media.asking import Found, ImageReaderProcess, ReadOrder, Tell
from hashing.media.naming import MEDIA
from hashing.opening import mishap_of
from hashing.reading import LOST, MEASURED, PARTIAL, UNREADABLE, Reading, Recipe, marks_of
from hashing.sizes import PIECE_SIZE
from hashing.sources import Source
from hashing.walking import Container, walk
from hashing.wire import row_of

_OUTCOMES = {
    MEASURED: Outcome.MEASURED,
    PARTIAL: Outcome.PARTIAL,
    UNREADABLE: Outcome.UNREADABLE,
    LOST: Outcome.CHANGED,
}
_CHANGED = "a part of it was written to, or its name or owner changed, while it was read"
_BESIDE = 512
"""Descriptors that everything else may need at the same time."""


def media_name(listed: Sequence[bytes]) -> bytes:
    """The name in the list of the media inside parts that are listed so."""
    return listed[-1] + b"/" + MEDIA


class Decoding:
    """The media inside one image."""

    under_way = 0
    """How many are being decoded; more than one at a time helps nobody."""

    def __init__(self, container: Container) -> None:
        """The folder is kept open until the end. To be made before the parts are read for their own digests."""
        self._folder = container.folder.again()
        self._container = container
        self._before = self._marks()
        self._descriptors: list[int] = []
        self._reader: ImageReaderProcess | None = None
        self._failure = container.lack

    def start(self, recipe: Recipe) -> None:
        """Begin to read, unless that has been done."""
        if self._reader or self._failure:
            return
        try:
            _make_room(len(self._container.names))
            for name in self._container.names:
                self._descriptors.append(self._folder.open_file(name))
                if not stat.S_ISREG(os.fstat(self._descriptors[-1]).st_mode):
                    raise CannotStart("a part of it was no longer a file when it was opened")
            order = ReadOrder(kind=self._container.kind, descriptors=self._descriptors, recipe=recipe)
            self._reader = ImageReaderProcess(order)
        except OSError as error:
            self._failure = mishap_of(error)
        except CannotStart as error:
            self._failure = error.message
        else:
            Decoding.under_way += 1
            return
        self._close_parts()

    def item(self, recipe: Recipe, tell: Tell) -> Item:
        """Wait for the end; the item."""
        self.start(recipe)
        found = self._reader.found(tell) if self._reader else Found(row=row_of(Reading(UNREADABLE, self._failure)))
        if found.row[0] in (MEASURED, PARTIAL) and not self._kept_still():
            found = Found(row=row_of(Reading(LOST, _CHANGED)))
        self.close()
        about = self._container
        return item_of(media_name(about.listed), found, recipe, kind=about.kind, segments=about.numbers)

    def _kept_still(self) -> bool:
        """Whether what was decoded is what the parts' own digests are of: no part changed between."""
        return [marks_of(os.fstat(each)) for each in self._descriptors] == self._before == self._marks()

    def _marks(self) -> list[bytes]:
        """By what a later change of each part would show; nothing where that cannot be found out."""
        with suppress(OSError):
            return [marks_of(self._folder.status(name)) for name in self._container.names]
        return []

    def close(self) -> None:
        """End what was started; safe to repeat."""
        if self._reader:
            self._reader.close()
            self._reader = None
            Decoding.under_way -= 1
        self._close_parts()
        self._folder.close()

    def _close_parts(self) -> None:
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()


def _make_room(parts: int) -> None:
    """Let this process hold so many descriptors more: a disk in parts may need thousands. Raises OSError.

    Other evidence that is being read must not want for descriptors because of them.
    """
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted, unlimited = parts + _BESIDE, resource.RLIM_INFINITY
    if soft == unlimited or soft >= wanted:
        return
    if hard != unlimited and hard < wanted:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def item_of(name: bytes, found: Found, recipe: Recipe, *, kind: str | None, segments: tuple[int, ...] = ()) -> Item:
    """What was found of a medium, as an item; `kind` is the format it was decoded from."""
    outcome, size, modified, digests, reason, pieces, _, _ = found.row
    facts = dict(found.facts)
    return Item(
        name=name,
        outcome=_OUTCOMES[outcome],
        reason=reason or None,
        size=None if size < 0 else size,
        digests=recipe.with_claims(found.claims).named(digests) if digests else {},
        modified=modified,
        pieces=Pieces(size=PIECE_SIZE, digests=pieces) if pieces else None,
        description=Description(media_type=None, metadata=facts, not_examined=None) if facts else None,
        decoded=kind,
        segments=segments,
        claimed=dict(found.claims),
        unreadable=tuple((each.offset, each.length) for each in found.unreadable),
        gaps=tuple((each.offset, each.length) for each in found.gaps) if kind is not None else (),
    )


def decode_again(
    sources: Sequence[Source], name: bytes, recipe: Recipe, tell: Tell, original: Callable[[bytes], bytes] = bytes
) -> Item | None:
    """The media inside one image below the sources, by their name in the list; None where there is no such image.

    `original` gives the name that a stored one stands for.
    """
    for found in walk(sources, images=True):
        if isinstance(found, Container) and media_name([original(found.listed[-1])]) == name:
            return Decoding(found).item(recipe, tell)
    return None
