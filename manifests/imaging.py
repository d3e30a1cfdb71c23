"""The lines of an imaging that is not finished yet: what was asked, and how far the image lay on its medium (G9).

Like those of a sealing (manifests/unfinished.py): each line under a check over all before it, nothing signed. What an
image holds is decided by reading it again, never by these lines alone.
"""

from collections.abc import Iterable, Iterator

from hashing.imaging.reached import Reached
from hashing.sizes import PIECE_SIZE
from manifests import strict
from manifests.errors import RefutedError
from manifests.names import ChainId
from manifests.records import Tool
from manifests.shapes import Closed, Count, Text
from manifests.times import Time
from manifests.unfinished import bodies

FORMAT = "custody/imaging/1"


class Wanted(Closed, frozen=True, kw_only=True):
    """What was to be imaged, from what into what: only the same may go on."""

    source: ChainId
    into: ChainId
    serial: str
    """The device's serial number as it says itself, or nothing."""
    size: Count
    """Bytes."""
    sector: Count
    folder: bytes
    """Where the image will lie, absolute."""
    part: Count
    """Bytes of one file; 0 for a single one."""
    algorithms: tuple[Text, ...]
    tool: Tool


class Begun(Closed, frozen=True, kw_only=True):
    """The first line."""

    format: Text
    wanted: Wanted
    started_at: Time
    resumed_at: tuple[Time, ...] = ()


class ImagingStep(Closed, frozen=True, kw_only=True):
    """A further point that can be gone back to: bytes before it; since the last one pieces and unreadable ranges."""

    at: Count
    pieces: bytes
    unreadable: tuple[tuple[Count, Count], ...] = ()


def read(lines: Iterable[bytes]) -> Iterator[Begun | ImagingStep]:
    """The first line, if there is one, and the steps; a torn last line is none. Raises RefutedError for damage."""
    for number, body in enumerate(bodies(lines), start=1):
        if number > 1:
            yield strict.decode(body, ImagingStep)
            continue
        begun = strict.decode(body, Begun)
        if begun.format != FORMAT:
            raise RefutedError(f"not of the format {FORMAT}")
        yield begun


def reached(steps: Iterable[ImagingStep], size: int) -> Reached:
    """How far an image of so many bytes is by its steps; raises RefutedError where they contradict themselves."""
    at = Reached()
    for step in steps:
        at = at.and_then(Reached(at=step.at, pieces=step.pieces, unreadable=step.unreadable))
    whole = at.at == size or at.at % PIECE_SIZE == 0
    if at.at > size or not whole or not at.sound or any(sum(each) > at.at for each in at.unreadable):
        raise RefutedError("how far the image was does not add up")
    return at
