"""Measures hostile files the way a sealing does, and judges what was said of them by what is known beforehand."""

import hashlib
import os
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hashing.describe import tags
from hashing.describe.answers import MOST_LETTERS, MOST_TAGS
from hashing.items import Item, Outcome
from hashing.measure import Plan, measure
from hashing.sources import sources_from
from manifests.compare import SealedList, compare
from manifests.entries import check_list, print_line, read_line
from manifests.entry import Entry
from manifests.findings import verdict
from manifests.verdict import Verdict
from tests.vectors.pen import Listing

from .conftest import SHARED, START, descendants

EXHIBIT = "KIBRA:KBR-2026-0042/EX-1"
EXIF, IMAGES = SHARED / "exif", SHARED / "images"
MOST_MEMORY = 250 << 20
"""Bytes that the main process may hold, whatever it measures."""

KINDS = ("hashing.worker", "hashing.describe.describer", "hashing.media.process", "exiftool")
"""What the processes are known by that are started to measure."""

_MEASURE = """
from hashing.measure import Plan, measure
from hashing.sources import sources_from
from manifests.entries import print_line
plan = Plan(describe=True, decode=True, marks=True)
for number, item in enumerate(measure(sources_from([sys.argv[1]]), plan), 1):
    sys.stdout.buffer.write(print_line(item, number, bytes(32))[0] + b"\\n")
status = open("/proc/self/status").read().split()
sys.stderr.write(status[status.index("VmHWM:") + 1])
"""


@dataclass(frozen=True)
class Told:
    """What a process of its own said of a folder: its list, by name, and the most bytes of memory it held."""

    entries: Mapping[str, Entry]
    memory: int


def measured_apart(folder: Path, scratch: Path, *, longest: float = 120) -> Told:
    """Measure and describe a folder as `seal` does, in a new process; fails if that crashes or hangs.

    `scratch` is its working and temporary folder, in which it must leave nothing.
    """
    before = state(folder)
    env = {"PATH": os.environ["PATH"], "TMPDIR": str(scratch), "HOME": str(scratch)}
    code = [sys.executable, "-I", "-c", START + _MEASURE, str(folder)]
    done = subprocess.run(code, cwd=scratch, env=env, capture_output=True, timeout=longest)
    assert done.returncode == 0, done.stderr.decode()
    assert os.listdir(scratch) == [], "something was written"
    assert state(folder) == before, "evidence was changed"
    entries = [read_line(line) for line in done.stdout.splitlines()]
    found = {(entry.path or b"").decode(): entry for entry in entries}
    assert len(found) == len(entries)
    return Told(entries=found, memory=int(done.stderr) << 10)


def state(folder: Path) -> dict[str, tuple[int, ...]]:
    """What a file system says of everything below a folder, but for times of access."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        s = path.lstat()
        found[str(path)] = (s.st_mode, s.st_ino, s.st_nlink, s.st_size, s.st_mtime_ns, s.st_ctime_ns)
    return found


def sound(entry: Entry, content: bytes) -> str:
    """Fail unless a file was measured and its description is one; what became of describing it."""
    public, private = entry.public, entry.private
    assert public is not None
    assert private is not None
    assert (public.outcome, public.reason, public.size) == ("measured", None, len(content))
    assert public.digests == {"sha256": hashlib.sha256(content).hexdigest()}
    assert public.media_type or public.not_examined, "neither a description nor a reason"
    assert len(private.metadata) <= MOST_TAGS
    for tag, text in private.metadata.items():
        assert tags.is_listed(tag), tag
        assert len(text) <= MOST_LETTERS
        assert not [letter for letter in text if unicodedata.category(letter) == "Cs"], "no Unicode"
    return public.not_examined or "described"


@contextmanager
def peaks() -> Iterator[dict[str, int]]:
    """The most memory that each kind of process started meanwhile was seen to hold, in MiB; looked at often."""
    found: dict[str, int] = {}
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.03):
            for process in descendants(os.getpid()):
                with suppress(OSError, ValueError):
                    command = Path(f"/proc/{process}/cmdline").read_text()
                    status = Path(f"/proc/{process}/status").read_text().split()
                    kind = next((each for each in KINDS if each in command), "main")
                    found[kind] = max(found.get(kind, 0), int(status[status.index("VmHWM:") + 1]) >> 10)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        done.set()
        looking.join()


# --- disk images -----------------------------------------------------------------


def image_items(folder: Path) -> list[Item]:
    """The items of a folder with one image in it."""
    return list(measure(sources_from([str(folder)]), Plan(decode=True)))


def items_by_folder(folder: Path) -> dict[str, list[Item]]:
    """The items of a folder of numbered folders, each with an image in it, under the names they have there.

    All are read and decoded in one run, which is faster; the numbers of segments are those of that run.
    """
    found: dict[str, list[Item]] = {}
    for item in measure(sources_from([str(folder)]), Plan(decode=True)):
        number, _, name = item.name.partition(b"/")
        found.setdefault(number.decode(), []).append(item._replace(name=name))
    return found


def codes(sealed: Iterable[Item], now: Iterable[Item]) -> set[str]:
    """The findings on an image that was sealed as `sealed`, and verified when it is as `now`."""
    listing = Listing(1)
    for item in sealed:
        listing.writer.add(item)
    lines = bytes(listing.entries).splitlines(keepends=True)
    lists = [SealedList(entries=check_list(lines, listing.writer.entries()), pieces=iter(()))]
    stored = [item for item in now if not item.decoded]
    media = {item.name: item for item in now if item.decoded}
    findings = compare(EXHIBIT, lists, stored, decode=media.get).findings
    assert verdict(findings) is not Verdict.CONFIRMED
    return {finding.code for finding in findings}


def right_finding(sealed: list[Item], now: list[Item]) -> str:
    """Fail unless a changed container is judged as media.md says (M4, M5); what became of its media."""
    (before,) = [item for item in sealed if item.decoded]
    media = next((item for item in now if item.decoded), None)
    found = codes(sealed, now)
    if media is None or media.outcome in (Outcome.UNREADABLE, Outcome.PARTIAL):
        assert found == {"content-changed", "content-unreadable"}
        kind = "partly readable" if media and media.outcome is Outcome.PARTIAL else "not decodable"
    elif media.digests["sha256"] == before.digests["sha256"]:
        assert (found, media.outcome) == ({"container-changed"}, Outcome.MEASURED)
        kind = "the same media"
    else:
        assert (found, media.outcome) == ({"content-changed", "media-changed"}, Outcome.MEASURED)
        assert media.claimed, "other media, and nothing that gives it away"
        assert any(media.digests[name] != value for name, value in media.claimed.items())
        kind = "other media"
    if media is not None:
        read_line(print_line(media._replace(segments=(1,)), 9, bytes(32))[0])
    return kind
