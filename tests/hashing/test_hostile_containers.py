"""Containers made to exhaust whoever decodes them: each costs its own media at most, and little memory and time."""

import hashlib
import os
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from hashing.items import Item, Outcome
from hashing.measure import Plan, measure
from hashing.media.asking import Found, ImageReaderProcess
from hashing.media.decoding import Decoding
from hashing.media.medium import MOST_RANGES
from hashing.reading import Recipe
from hashing.sources import sources_from
from tests.hashing.conftest import python
from tests.hashing.containers import ZEROS, checked, descriptor, ex01, ex01_of, header, image, named_parts

SMALL = image([ZEROS] * 32)


def inside(folder: Path, container: bytes) -> Item:
    """The media inside a container."""
    (folder / "a.E01").write_bytes(container)
    (found,) = [item for item in measure(sources_from([str(folder)]), Plan(decode=True)) if item.decoded]
    return found


def pointing(section: bytes, to: int) -> bytes:
    """The small image, in which a section names another one as the next; to -1: itself."""
    at = SMALL.index(section + bytes(16 - len(section)))
    (size,) = struct.unpack_from("<Q", SMALL, at + 24)
    return SMALL[:at] + descriptor(section, at if to < 0 else to, size) + SMALL[at + 76 :]


def counting(entries: int) -> bytes:
    """The small image, whose tables state so many entries."""
    head = checked(struct.pack("<I4xQ4x", entries, 0))
    hurt = bytearray(SMALL)
    for name in (b"table", b"table2"):
        at = hurt.index(name + bytes(16 - len(name))) + 76
        hurt[at : at + len(head)] = head
    return bytes(hurt)


def test_a_container_of_ours_is_one(tmp_path: Path) -> None:
    found = inside(tmp_path, SMALL)
    assert (found.outcome, found.size) == (Outcome.MEASURED, 1 << 20)


def test_an_ex01_of_ours_is_one(tmp_path: Path) -> None:
    content = bytes(range(256)) * 512
    (tmp_path / "a.Ex01").write_bytes(ex01(content))
    (found,) = [item for item in measure(sources_from([str(tmp_path)]), Plan(decode=True)) if item.decoded]
    assert found.digests == {name: hashlib.new(name, content).hexdigest() for name in ("sha256", "md5")}
    assert found.claimed == {"md5": found.digests["md5"]}


@pytest.mark.parametrize(("entries", "outcome"), [(1000, Outcome.MEASURED), (100_000, Outcome.UNREADABLE)])
def test_an_ex01_whose_chunks_are_all_one(tmp_path: Path, entries: int, outcome: Outcome) -> None:
    """A table may name one chunk again and again; more of that than a container can honestly hold is not decoded."""
    chunk = zlib.compress(bytes(32768))
    (tmp_path / "a.Ex01").write_bytes(ex01_of(chunk, [(0, len(chunk))] * entries, sectors=64 * entries))
    (found,) = [item for item in measure(sources_from([str(tmp_path)]), Plan(decode=True)) if item.decoded]
    assert found.outcome is outcome


@pytest.mark.parametrize("sectors", [1 << 22, 1 << 51, (1 << 64) - 1])
def test_more_media_than_so_small_a_container_can_hold(tmp_path: Path, sectors: int) -> None:
    found = inside(tmp_path, image([ZEROS] * 32, sectors=sectors))
    assert found.outcome is Outcome.UNREADABLE
    assert found.reason == "it states more bytes than so small a container can hold"


@pytest.mark.parametrize(
    "container",
    [
        pytest.param(pointing(b"done", 13), id="the last section names the first"),
        pytest.param(pointing(b"sectors", 13), id="a section names the first"),
        pytest.param(pointing(b"table", -1), id="a section names itself"),
        pytest.param(pointing(b"volume", 1 << 62), id="a section names none"),
        pytest.param(counting((1 << 31) - 1), id="a table of two thousand million"),
        pytest.param(image([ZEROS] * 32, more=[(b"odd", b"")] * 50_000), id="50,000 sections"),
        pytest.param(image([ZEROS] * 32, more=header() * 5000), id="5,000 headers"),
        pytest.param(image([ZEROS], per_chunk=1 << 31), id="a chunk of a terabyte"),
    ],
)  # fmt: skip
def test_loops_and_crowds_of_sections_come_to_an_end(tmp_path: Path, container: bytes) -> None:
    """Read or not: what was read is right, and what was not is told."""
    found = inside(tmp_path, container)
    if found.outcome is Outcome.MEASURED:
        assert found.digests == inside(tmp_path, SMALL).digests
    else:
        assert found.outcome in (Outcome.PARTIAL, Outcome.UNREADABLE)
        assert found.reason


def test_ten_thousand_broken_chunks(tmp_path: Path) -> None:
    """Each costs a look at its neighbours, not at all others: else a few megabytes would take an hour."""
    chunk = zlib.compress(bytes(512))
    found = inside(tmp_path, image([chunk, b""] * 12_000, per_chunk=1))
    assert found.outcome is Outcome.PARTIAL
    assert MOST_RANGES - 1000 <= len(found.unreadable) <= MOST_RANGES
    assert sum(length for _, length in found.unreadable) >= 12_000 * 512


def in_parts(folder: Path, count: int) -> None:
    """An image in so many parts."""
    for suffix, content in named_parts(count).items():
        (folder / f"a.{suffix}").write_bytes(content)


def test_more_parts_than_descriptors_are_usual(tmp_path: Path) -> None:
    in_parts(tmp_path, 1100)
    code = """
import resource
from hashing.measure import Plan, measure
from hashing.reading import Recipe
from hashing.sources import sources_from
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
print([(i.outcome.value, i.size) for i in measure(sources_from(sys.argv[1:]), Plan(decode=True)) if i.decoded])
"""
    resource = pytest.importorskip("resource")
    if 0 < resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 4096:
        pytest.skip("this system gives a process few descriptors")
    assert python(code, str(tmp_path)).stdout.strip() == str([("measured", 1100 * 32768)])


def test_more_parts_than_descriptors_cost_that_image_only(tmp_path: Path) -> None:
    """Everything beside it is read all the same, and no descriptor stays open."""
    in_parts(tmp_path, 700)
    for number in range(40):
        (tmp_path / "z" / str(number)).mkdir(parents=True)
        (tmp_path / "z" / str(number) / "file").write_text("x")
    code = """
import os, resource
from hashing.measure import Plan, measure
from hashing.reading import Recipe
from hashing.sources import sources_from
resource.setrlimit(resource.RLIMIT_NOFILE, (600, 600))
before = len(os.listdir("/proc/self/fd"))
items = list(measure(sources_from(sys.argv[1:]), Plan(decode=True)))
assert len(os.listdir("/proc/self/fd")) == before
print(len(items), [(i.outcome.value, i.reason) for i in items if i.outcome.value != "measured"])
"""
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("this system does not list descriptors")
    assert python(code, str(tmp_path)).stdout.strip() == "741 [('unreadable', 'too many open files')]"


def overwrite_and_set_times_back(part: Path) -> None:
    times = os.stat(part)
    with open(part, "r+b") as file:
        file.write(b"E")
    os.utime(part, ns=(times.st_atime_ns, times.st_mtime_ns))


def replace_by_a_copy(part: Path) -> None:
    part.with_name("copy").write_bytes(part.read_bytes())
    os.replace(part.with_name("copy"), part)


def replace_by_a_link(part: Path) -> None:
    part.rename(part.with_name("else"))
    part.symlink_to("else")


def replace_by_a_fifo(part: Path) -> None:
    part.unlink()
    os.mkfifo(part)


CHANGES = [overwrite_and_set_times_back, replace_by_a_copy, replace_by_a_link, replace_by_a_fifo, Path.unlink]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("when", ["before it is decoded", "after it was decoded"])
def test_media_are_those_of_the_container_that_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object], when: str
) -> None:
    """Else a record would bind one container's bytes and another's media."""
    part = tmp_path / "a.E01"
    part.write_bytes(SMALL)
    time.sleep(0.05)  # so long that a change shows in the time of change
    start, found, pending = Decoding.start, ImageReaderProcess.found, [change]

    def change_then_start(self: Decoding, recipe: Recipe) -> None:
        while pending:
            pending.pop()(part)
        start(self, recipe)

    def find_then_change(self: ImageReaderProcess, tell: Callable[[int], None]) -> Found:
        told = found(self, tell)
        pending.pop()(part)
        return told

    if when.startswith("before"):
        monkeypatch.setattr(Decoding, "start", change_then_start)
    else:
        monkeypatch.setattr(ImageReaderProcess, "found", find_then_change)
    (media,) = [item for item in measure(sources_from([str(tmp_path)]), Plan(decode=True)) if item.decoded]
    assert media.outcome in (Outcome.CHANGED, Outcome.UNREADABLE)
    assert when.startswith("before") or media.outcome is Outcome.CHANGED
    assert media.reason
