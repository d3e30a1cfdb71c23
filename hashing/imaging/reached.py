"""How far an image lay on its medium when that was last made sure of. Values only."""

from dataclasses import dataclass

from hashing.media.medium import Range, note
from hashing.sizes import PIECE_SIZE

_PIECE = 32


@dataclass(kw_only=True)
class Reached:
    """How far an image lies on its medium."""

    at: int = 0
    """Bytes."""
    pieces: bytes = b""
    """BLAKE3 of each 4 MiB before, 32 bytes a piece."""
    unreadable: tuple[tuple[int, int], ...] = ()
    """Offset and length, in bytes, of what could not be read before."""

    @property
    def sound(self) -> bool:
        """Whether this is a point that can be gone back to."""
        return len(self.pieces) == -(-self.at // PIECE_SIZE) * _PIECE

    def and_then(self, more: "Reached") -> "Reached":
        """This point and the step after it."""
        ranges = [Range(*each) for each in self.unreadable]
        for each in more.unreadable:
            note(ranges, Range(*each))
        unreadable = tuple((each.offset, each.length) for each in ranges)
        return Reached(at=more.at, pieces=self.pieces + more.pieces, unreadable=unreadable)
