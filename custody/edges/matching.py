"""Finds out which item each name in a log is, outside memory (docs/spec/claims.md, L2).

A list of names may hold millions, and so may a seized folder. Both lie in a database beside the list that is being
written, in the order of their names read backwards: there a name stands right before every longer one that ends
with it, so that one pass over both finds all that fit. Nothing leaves the folder, and nothing of it is kept.
"""

import heapq
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from hashing.items import Item
from manifests.entry import READ
from manifests.errors import EnvironmentFault

NOTHING, SEVERAL = 0, -1
"""In the place of the number of an item: none has the name; more than one may."""
MOST_FITTING = 10_000_000
"""Pairs of a name and an item of one log; only made-up ones have more, and what is beyond is nothing's name."""
_MOST_LETTERS = 1 << 30
"""Bytes of all bases of one log, likewise: names of a hundred folders each can be made to fit each other."""
_AT_ONCE = 1000
_MOST_BASES = 20_000
"""Bases that are counted in memory."""
_SCHEMA = """
create table items (item integer primary key, back blob not null, decoded integer, read integer, segments text,
                    digests text);
create index by_name on items (back);
create table names (log integer, back blob, primary key (log, back)) without rowid;
create table found (log integer, back blob, item integer, primary key (log, back)) without rowid;
create table bases (base blob primary key, folders integer, count integer) without rowid;
create table claims (item integer, log integer, place integer, line blob, primary key (item, log, place)) without rowid;
begin;
"""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of an item."""

    item: int
    name: bytes
    decoded: bool
    read: bool
    """Whether it has digests that count."""
    segments: tuple[int, ...]
    digests: dict[str, str]


def backwards(name: bytes) -> bytes:
    """A name with its last component first, each closed by b"/"."""
    return b"/".join(reversed(name.split(b"/"))) + b"/"


def _plain(name: bytes) -> bytes:
    """A name from a log without b"./" before it."""
    while name.startswith(b"./"):
        name = name[2:]
    return name


class Matching:
    """The names of the items of one list, and those in the logs."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._waiting: list[tuple[int, bytes, bool, bool, str, str]] = []
        self._count = 0

    def watched(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items, noted on the way; in the order of the list, from its first."""
        for item in items:
            self._count += 1
            segments = " ".join(map(str, item.segments))
            digests = " ".join(f"{name} {value}" for name, value in item.digests.items())
            read = item.outcome.value in READ
            row = (self._count, backwards(item.name), item.decoded is not None, read, segments, digests)
            self._waiting.append(row)
            if len(self._waiting) >= _AT_ONCE:
                self._flush()
            yield item

    def _flush(self) -> None:
        self._database.executemany("insert into items values (?, ?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()

    # --- names of files -----------------------------------------------------

    def resolve(self, log: int, names: Iterable[bytes]) -> None:
        """Find the items that the names in a log are; ask `named` afterwards."""
        self._flush()
        every = ((log, backwards(_plain(name))) for name in names)
        self._database.executemany("insert or ignore into names values (?, ?)", every)
        base = self._base(log)
        fitting = islice(self._fitting(log), MOST_FITTING)
        if base is None:
            rows = ((log, name, SEVERAL) for _, name, _, _ in fitting)
        else:
            rows = ((log, name, item) for where, name, item, _ in fitting if where == base)
        self._database.executemany("insert or ignore into found values (?, ?, ?)", rows)

    def named(self, log: int, name: bytes) -> int:
        """The number of the item that a name in a log is, NOTHING or SEVERAL."""
        key = (log, backwards(_plain(name)))
        row = self._database.execute("select item from found where log = ? and back = ?", key).fetchone()
        return int(row[0]) if row else NOTHING

    def _base(self, log: int) -> bytes | None:
        """The base under which most names of a log are items; of several the nearest; None where that leaves several.

        b"" too where no name is any.
        """
        counted: Counter[tuple[bytes, int]] = Counter()
        self._database.execute("delete from bases")
        for base, _, _, folders in islice(self._fitting(log), MOST_FITTING):
            counted[base, folders] += 1
            if len(counted) >= _MOST_BASES:
                self._add(counted)
        self._add(counted)
        ranked = "select count, folders, base from bases order by count desc, folders limit 2"
        best = self._database.execute(ranked).fetchall()
        if len(best) == 2 and best[0][:2] == best[1][:2]:
            return None
        return bytes(best[0][2]) if best else b""

    def _add(self, counted: Counter[tuple[bytes, int]]) -> None:
        rows = ((base, folders, count) for (base, folders), count in counted.items())
        self._database.executemany(
            "insert into bases values (?, ?, ?) on conflict (base) do update set count = count + excluded.count", rows
        )
        counted.clear()

    def _fitting(self, log: int) -> Iterator[tuple[bytes, bytes, int, int]]:
        """Base, name, item and number of folders in the base, for each name and each stored item that may be it."""
        items = self._database.execute("select back, 0, item from items where not decoded order by back")
        names = self._database.execute("select back, 1, 0 from names where log = ? order by back", (log,))
        above: list[tuple[bytes, int, int]] = []  # each begins with the one before it
        left = _MOST_LETTERS
        for here in heapq.merge(items, names):
            back, is_name, item = here
            while above and not back.startswith(above[-1][0]):
                above.pop()
            for shorter, other, above_item in above:
                if other != is_name:
                    rest = back[len(shorter) :]
                    if (left := left - len(rest)) < 0:
                        return
                    name = back if is_name else shorter
                    yield _key(rest, taken_off=bool(is_name)), name, item or above_item, rest.count(b"/")
            above.append(here)

    # --- items ---------------------------------------------------------------

    def known(self, number: int) -> Known:
        """What is known of an item."""
        return _known(self._database.execute("select * from items where item = ?", (number,)).fetchone())

    def has(self, name: bytes) -> bool:
        """Whether an item has exactly this name."""
        found = self._database.execute("select 1 from items where back = ?", (backwards(name),))
        return found.fetchone() is not None

    def every(self, *, decoded: bool) -> Iterator[Known]:
        """All decoded media, or all stored items, in order."""
        self._flush()
        rows = self._database.execute("select * from items where decoded = ? order by item", (decoded,))
        return map(_known, rows)

    # --- claims, as lines ---------------------------------------------------

    def keep(self, rows: Iterable[tuple[int, int, int, bytes]]) -> None:
        """Keep lines: number of the item (or NOTHING), of the log, place in the log, line."""
        self._database.executemany("insert into claims values (?, ?, ?, ?)", rows)

    def lines(self) -> Iterator[bytes]:
        """The lines by item, log and place."""
        for (line,) in self._database.execute("select line from claims order by item, log, place"):
            yield bytes(line)


def _key(rest: bytes, *, taken_off: bool) -> bytes:
    """A short name of a base."""
    return blake2b((b"-" if taken_off else b"+") + rest, digest_size=16).digest() if rest else b""


def _known(row: tuple[int, bytes, int, int, str, str]) -> Known:
    item, back, decoded, read, segments, digests = row
    words = digests.split(" ") if digests else []
    return Known(
        item=item,
        name=backwards(back[:-1])[:-1],
        decoded=bool(decoded),
        read=bool(read),
        segments=tuple(int(number) for number in segments.split()),
        digests=dict(zip(words[::2], words[1::2], strict=True)),
    )


@contextmanager
def matching(path: Path) -> Iterator[Matching]:
    """A new database, for as long as the block lasts; raises EnvironmentFault where it cannot be kept."""
    path.touch(mode=0o600, exist_ok=False)
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.execute("pragma journal_mode = off")
        database.execute("pragma synchronous = off")
        database.execute("pragma temp_store = memory")
        database.execute("pragma cache_size = -16384")
        database.executescript(_SCHEMA)
        yield Matching(database)
    except sqlite3.Error as err:
        raise EnvironmentFault(
            f"the names of items cannot be kept for comparing: {err}", "make room, and do it again"
        ) from err
    finally:
        database.close()
        path.unlink(missing_ok=True)
