"""A task for a worker elsewhere: files to read, or a range of pieces of one; how it is sent, and what may come back.

Pure: bytes in, values out. What comes back is a worker's word and was carried by others: it is taken apart without
trust, and whatever does not fit the task is InvalidTaskAnswer.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from hashing.reading import CHANGED, MARKS, MEASURED, UNREADABLE, Reading, Recipe
from hashing.sandbox.framing import COUNT
from hashing.sizes import PIECE_SIZE, PIECES_ABOVE
from hashing.wire import Form, Row, row_of

FORMAT = 1
"""Raised when a worker of another version could misunderstand a task."""
MOST_FILES, MOST_BYTES = 256, 64 * 1024 * 1024
"""Of one task; a larger file is a task alone."""
RANGE = MOST_BYTES // PIECE_SIZE
"""Pieces of a large file in one task."""
_DIGEST = 32
_REASON = 300
"""Bytes of a worker's reason."""
_ROOM = 64
"""Bytes a row may need beside what its task decides."""
_HEAD = struct.Struct("!QQQQ")


class InvalidTaskAnswer(Exception):
    """What came back is no answer to the task."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What the tasks of one measuring have in common."""

    root: str
    """A folder as the workers see it; below it no link is followed."""
    below: bytes
    """Where in the root the names of the tasks begin; empty for the root itself."""
    algorithms: tuple[str, ...]
    quick: bool = False
    rate: int = 0
    """Bytes a second for one large file, 0 for any number."""

    def recipe(self, cores: int = 1) -> Recipe:
        """What to make of whole files."""
        return Recipe(self.algorithms, pieces=True, quick=self.quick, cores=cores)

    def pack(self) -> bytes:
        """As it is sent to the process that speaks with the scheduler."""
        below = self.below.decode("latin-1")
        return json.dumps([self.root, below, self.algorithms, self.quick, self.rate]).encode()

    @classmethod
    def unpack(cls, data: bytes) -> "Setting":
        """The inverse of pack, for a sender that is trusted."""
        root, below, algorithms, quick, rate = json.loads(data)
        return cls(root=root, below=below.encode("latin-1"), algorithms=tuple(algorithms), quick=quick, rate=rate)


PARTS = Recipe((), pieces=True, quick=True, cores=1, marks=True)
"""By this the answer about a range of pieces is written: the pieces' digests, and by what a change would show."""


@dataclass(frozen=True, slots=True)
class Task:
    """Files to read whole, or with `count` some pieces of one."""

    names: tuple[bytes, ...]
    """Relative to the setting's place; no zero byte, never empty."""
    sizes: tuple[int, ...]
    """Bytes as listed here; 0 where that could not be found out."""
    first: int = 0
    count: int = 0
    """Pieces of the only file, by number; a count of 0: whole files."""

    @property
    def length(self) -> int:
        """Bytes there are to read."""
        if not self.count:
            return sum(self.sizes)
        return min(self.sizes[0] - self.first * PIECE_SIZE, self.count * PIECE_SIZE)

    def pack(self, number: int) -> bytes:
        """As it is sent under a number."""
        size = self.sizes[0] if self.count else 0
        return _HEAD.pack(number, size, self.first, self.count) + b"\0".join(self.names)

    @property
    def most_answer(self) -> int:
        """Bytes of the longest answer that could be one."""
        row = 512 + _REASON + _ROOM
        pieces = self.count or sum(-(-size // PIECE_SIZE) for size in self.sizes)
        return COUNT.size + len(self.names) * (row + _DIGEST) + pieces * _DIGEST


def unpack_task(body: bytes) -> tuple[int, tuple[int, int, int], list[bytes]]:
    """Number, size, first piece and count of pieces (0: whole files), and names of a task, from a trusted sender."""
    number, size, first, count = _HEAD.unpack_from(body)
    return number, (size, first, count), body[_HEAD.size :].split(b"\0")


def split(names: Sequence[bytes], sizes: Sequence[int], *, quick: bool) -> list[list[Task]]:
    """Tasks for files in order: each list is one task for several files, or all the ranges of one large file."""
    made: list[list[Task]] = []
    start = total = 0
    for place, size in enumerate(sizes):
        ranged = quick and size > PIECES_ABOVE
        if start < place and (ranged or place - start >= MOST_FILES or total + size > MOST_BYTES):
            made.append([Task(tuple(names[start:place]), tuple(sizes[start:place]))])
            start, total = place, 0
        total += size
        if ranged:
            made.append(_ranges(names[place], size))
            start, total = place + 1, 0
    if start < len(names):
        made.append([Task(tuple(names[start:]), tuple(sizes[start:]))])
    return made


def _ranges(name: bytes, size: int) -> list[Task]:
    """The tasks for all pieces of one file."""
    pieces = -(-size // PIECE_SIZE)
    return [Task((name,), (size,), at, min(RANGE, pieces - at)) for at in range(0, pieces, RANGE)]


def singles(task: Task) -> list[Task]:
    """The same files, each in a task alone."""
    return [Task((name,), (size,)) for name, size in zip(task.names, task.sizes, strict=True)]


def rows_of(body: bytes, task: Task, setting: Setting) -> list[Row]:
    """What a worker found of each file of a task; raises InvalidTaskAnswer."""
    recipe = PARTS if task.count else setting.recipe()
    try:
        if len(body) < COUNT.size or COUNT.unpack_from(body)[0] != len(task.names):
            raise InvalidTaskAnswer
        rows = Form(recipe).unpack(body)
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        raise InvalidTaskAnswer from error
    if len(rows) != len(task.names) or not all(_fits(row, task, recipe) for row in rows):
        raise InvalidTaskAnswer
    return rows


def _fits(row: Row, task: Task, recipe: Recipe) -> bool:
    """Whether a row can be the answer about a file of a task."""
    outcome, size, _, digests, reason, pieces, description, marks = row
    if description is not None or len(reason.encode()) > _REASON or bool(reason) != (outcome != MEASURED):
        return False
    if outcome == UNREADABLE:
        return size == -1 and not digests and not pieces and not marks
    if outcome not in (MEASURED, CHANGED) or not 0 <= size < 1 << 63:
        return False
    if task.count:
        return outcome == CHANGED or (len(marks) == MARKS.size and len(pieces) == task.count * _DIGEST)
    by_pieces = recipe.quick and size > PIECES_ABOVE
    told = -(-size // PIECE_SIZE) * _DIGEST if size > PIECES_ABOVE else 0
    whole = len(digests) == (0 if by_pieces else recipe.stride) and len(pieces) == told
    return whole or (outcome == CHANGED and len(digests) in (0, recipe.stride))


def put_together(rows: Sequence[Row], size: int) -> Row:
    """The row of a large file from those of all its ranges, each read by whoever had time."""
    worst = next((row for row in rows if row[0] == UNREADABLE), None) or next(
        (row for row in rows if row[0] == CHANGED), None
    )
    if worst is not None:
        return worst[0], worst[1], worst[2], b"", worst[4], b"", None, b""
    seen = {MARKS.unpack(row[7])[1:] for row in rows}  # but for the device, which each computer numbers by itself
    if len(seen) != 1 or any(row[1] != size for row in rows):
        return row_of(Reading(CHANGED, "it was not the same while its parts were read", size=size))
    return MEASURED, size, rows[0][2], b"", "", b"".join(row[5] for row in rows), None, b""
