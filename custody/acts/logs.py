"""The logs of other tools that are given with contents: copied, read, and held against what was measured.

A log is copied first and then read from the copy, by a process of its own: what is bound is what was read. Which
item a claim is about, and what becomes of it, is decided in `custody.acts.claimed`.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from custody.acts import claimed
from custody.edges import files
from custody.edges.matching import Matching, matching
from hashing.claims.gaps import gaps_stated
from hashing.claims.reading import Log, read_log
from hashing.claims.saying import MOST_LOG, UNKNOWN
from hashing.items import Item
from hashing.opening import Folder, reason_of
from hashing.reading import MEASURED, Reader, Recipe
from manifests import bodies
from manifests.digest import PREFIX
from manifests.errors import EnvironmentFault, UsageError

MOST_LOGS = 100
UNDERSTOOD = (
    "understood are the logs of FTK Imager, Guymager, ewfacquire, ewfverify, ewfexport, dc3dd, dcfldd, hashdeep and "
    "md5deep, lists as sha256sum writes them, DFXML, and .ufd files"
)
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+_-]{0,39}")


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A log as it was given."""

    copy: Path
    sha256: str
    size: int
    log: Log
    algorithm: str | None
    """What its name says that its digests are."""

    def bound(self, counts: claimed.Counts) -> bodies.BoundLog:
        """What a manifest binds of it."""
        version, gaps = self.log.version or "", gaps_stated(self.log.facts)
        return bodies.BoundLog(
            sha256=self.sha256,
            bytes=self.size,
            tool=self.log.tool,
            version=version if _VERSION.fullmatch(version) else None,
            claims=counts.same + counts.differs + counts.not_checked,
            same=counts.same,
            differs=counts.differs,
            not_checked=counts.not_checked,
            unread=tuple(bodies.Unread(why=why, count=count) for why, count in self.log.left.items()),
            bad_sectors=gaps.sectors if gaps else None,
            bad_ranges=gaps.ranges if gaps else (),
        )


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a manifest binds of all logs, and the files beside it by suffix."""

    logs: tuple[bodies.BoundLog, ...]
    claims: bodies.Bound
    sidecars: dict[str, Path]


class Logs:
    """Logs that were taken, and what is known of the items they may be about."""

    def __init__(self, taken: tuple[Taken, ...], names: Matching, work: Path) -> None:
        self.taken = taken
        self._names = names
        self._work = work

    @property
    def digests(self) -> tuple[str, ...]:
        """The identities of the logs, in order."""
        return tuple(each.sha256 for each in self.taken)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """What must be made so that all claims can be checked."""
        used = {one.algorithm: None for each in self.taken for one in chain(each.log.statements, each.log.files)}
        return tuple(used)

    def watched(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items, noted on the way."""
        return self._names.watched(items)

    def judged(self, *, device: bool = False) -> Judged:
        """Hold all claims against the items that were watched; `device`: those are a device itself."""
        counts = claimed.judge([(each.log, each.algorithm) for each in self.taken], self._names, device=device)
        path = self._work / "claims.jsonl"
        bound = claimed.write(self._names, _new(path))
        copies = {f".{number}.log": each.copy for number, each in enumerate(self.taken, start=1)}
        return Judged(
            logs=tuple(each.bound(count) for each, count in zip(self.taken, counts, strict=True)),
            claims=bound,
            sidecars={**copies, ".claims.jsonl": path},
        )


@contextmanager
def taken(paths: tuple[str, ...], work: Path) -> Iterator[Logs | None]:
    """The logs at some paths, copied into `work`; None where there are none. Raises UsageError for what is no log."""
    if not paths:
        yield None
        return
    if len(paths) > MOST_LOGS:
        raise UsageError(f"{len(paths)} logs are too many", f"at most {MOST_LOGS} with one manifest")
    with ExitStack() as stack:
        found: list[Taken] = []
        for number, path in enumerate(paths, start=1):
            one = _taken(path, work / f"{number}.log")
            stack.callback(one.log.files.close)
            if any(one.sha256 == other.sha256 for other in found):
                raise UsageError(f"{path} was given twice", "name each log once")
            found.append(one)
        yield Logs(tuple(found), stack.enter_context(matching(work / "names.db")), work)


def _taken(path: str, copy: Path) -> Taken:
    """Copy one log, and read the copy."""
    sha256, size = _copied(path, copy)
    with files.ordinary(copy) as file:
        log = read_log(file.fileno())
    if log.tool == UNKNOWN:
        log.files.close()
        raise UsageError(
            f"no claims can be read from {path}: {log.unread}",
            UNDERSTOOD,
            "leave it out here, or seal it with the contents",
        )
    return Taken(copy=copy, sha256=sha256, size=size, log=log, algorithm=claimed.named_algorithm(path))


def _copied(path: str, copy: Path) -> tuple[str, int]:
    """Copy an ordinary file that keeps still; its identity and size."""
    descriptor = _opened(path)
    try:
        if os.fstat(descriptor).st_size > MOST_LOG:
            raise UsageError(f"{path} is larger than {MOST_LOG >> 20} MiB", "seal it with the contents instead")
        with _new(copy) as target:
            reader = Reader(Recipe(("sha256",), pieces=False, quick=False, cores=1))
            reading = reader.read(descriptor, lambda _: None, copy_to=_ClaimWriter(target))
            target.flush()
            files.fsync(target.fileno())
    except OSError as err:
        raise EnvironmentFault(f"{path} cannot be copied into the register: {reason_of(err)}", "make room") from err
    finally:
        os.close(descriptor)
    if reading.outcome != MEASURED:
        raise EnvironmentFault(f"{path} cannot be taken: {reading.reason}", "let it rest, then do it again")
    return PREFIX + reading.digests[0].hex(), reading.size


def _opened(path: str) -> int:
    """A descriptor of an ordinary file; raises UsageError for anything else."""
    import stat

    try:
        folder = Folder.above(path)
        try:
            descriptor = folder.open_file(os.fsencode(Path(path).name))
        finally:
            folder.close()
    except FileNotFoundError as err:
        raise UsageError(f"no such file: {path}") from err
    except OSError as err:
        why = "it is a link: name the file itself" if Path(path).is_symlink() else reason_of(err)
        raise UsageError(f"{path} cannot be read: {why}") from err
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError(f"{path} is not an ordinary file", UNDERSTOOD)
    return descriptor


class _ClaimWriter:
    """Takes the bytes of a log and writes them to its copy."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target

    def update(self, data: memoryview, /) -> None:
        self._target.write(data)


def _new(path: Path) -> BinaryIO:
    return files.create(path)
