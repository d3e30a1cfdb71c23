"""Reads an image back from its medium, and compares it with the stream that was written.

A file that holds the whole image is compared by the BLAKE3 digests of its pieces, on all cores: it then has the
digests of the stream. Parts are digested themselves, and what they hold together is compared with the stream.
"""

import os

from hashing.errors import ImageFails
from hashing.imaging.parts import part_names
from hashing.items import PIECES_ABOVE, Item, Outcome
from hashing.measure import Plan, measure
from hashing.media.decoding import media_name
from hashing.progress import Listener
from hashing.sources import sources_from

_ADVICE = "do not use it: its medium does not keep what is written to it, or somebody wrote to it meanwhile"


def read_back(
    folder: str,
    stem: str,
    part: int,
    stream: Item,
    algorithms: tuple[str, ...],
    progress: Listener | None = None,
) -> list[Item]:
    """The items of an image in a folder of its own; what holds the whole of it bears the stream's unreadable ranges.

    `stream`: the device as it was read, with its pieces; `part`: bytes of one file, 0 for a single one. Raises
    ImageFails where the medium does not hold what was read, or holds more.
    """
    files = [os.fsencode(name) for name in part_names(stem, stream.size or 0, part)]
    expected = files if len(files) == 1 else [*files, media_name(files)]
    plan = Plan(algorithms=algorithms, quick=not part, decode=bool(part))
    items = list(measure(sources_from([folder]), plan, progress))
    if [item.name for item in items] != expected:
        raise ImageFails(f"beside it lies something else in {folder}", _ADVICE)
    if not all(item.outcome is Outcome.MEASURED for item in items) or not _same(items[-1], stream):
        raise ImageFails("what was read back is not what was written", _ADVICE)
    return [*items[:-1], _with(items[-1], stream)]


def _same(whole: Item, stream: Item) -> bool:
    """Whether a file or the media of all parts is the stream that was written."""
    if whole.size != stream.size:
        return False
    if whole.digests:
        return whole.digests == stream.digests
    return bool(whole.pieces) and whole.pieces == stream.pieces


def _with(whole: Item, stream: Item) -> Item:
    """What holds the whole image, with the stream's digests, which are its own, and with what it lacks."""
    return whole._replace(
        outcome=stream.outcome,
        reason=stream.reason,
        digests=stream.digests,
        pieces=stream.pieces if (stream.size or 0) > PIECES_ABOVE else None,
        unreadable=stream.unreadable,
    )
