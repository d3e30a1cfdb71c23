"""Two copies of an item compared by the real process: exact bytes, checked digests, and what the process may do."""

import hashlib
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from blake3 import blake3

from hashing.damage.copies import Comparer, _checked
from hashing.damage.opening import OpenedItem, opened_item
from hashing.damage.saying import Compared, Part
from hashing.damage.spans import MOST
from hashing.media.kinds import EWF, RAW, SPLIT
from hashing.sandbox.framing import COUNT
from hashing.sizes import PIECE_SIZE
from hashing.sources import sources_from

from ..conftest import children, wait_for

IMAGES = Path(__file__).parents[4] / "shared" / "data" / "images"
needs_images = pytest.mark.skipif(not IMAGES.is_dir(), reason="the shared images are not here")


@pytest.fixture
def comparer() -> Iterator[Comparer]:
    made = Comparer()
    yield made
    made.close()


def compare(
    comparer: Comparer, one: Sequence[Path], other: Sequence[Path], parts: Sequence[Part], digest: str = "blake3",
    kinds: tuple[str, str] = (RAW, RAW), masked: Sequence[tuple[int, int]] = (),
) -> Compared:  # fmt: skip
    with ExitStack() as stack:
        items = []
        for kind, paths in zip(kinds, (one, other), strict=True):
            files = [stack.enter_context(path.open("rb")) for path in paths]
            items.append(OpenedItem(kind=kind, descriptors=tuple(file.fileno() for file in files)))
        return comparer.compare(items[0], items[1], parts, digest, masked)


def pieces(sealed: bytes, now: bytes, *numbers: int) -> list[Part]:
    """Parts for some pieces of two contents."""
    cut = [(number * PIECE_SIZE, (number + 1) * PIECE_SIZE) for number in numbers]
    return [
        Part(
            span=(a, min(b, max(len(sealed), len(now))) - a), sealed=blake3(sealed[a:b]).hexdigest(),
            measured=blake3(now[a:b]).hexdigest(),
        )
        for a, b in cut
    ]  # fmt: skip


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path, bytes]:
    """A sealed content, here in two files."""
    data = hashlib.shake_128(b"card").digest(3 * PIECE_SIZE + 12_345)
    for name in ("one", "other"):
        (tmp_path / name).write_bytes(data)
    return tmp_path / "one", tmp_path / "other", data


def hurt(path: Path, *edits: tuple[int, bytes]) -> bytes:
    with path.open("r+b") as file:
        for at, data in edits:
            file.seek(at)
            file.write(data)
    return path.read_bytes()


def test_exact_bytes_where_the_copy_is_what_was_sealed(comparer: Comparer, two: tuple[Path, Path, bytes]) -> None:
    one, other, data = two
    edges = (PIECE_SIZE - 1, bytes([data[PIECE_SIZE - 1] ^ 1, data[PIECE_SIZE] ^ 1]))
    now = hurt(one, edges, (9_000_000, bytes([data[9_000_000] ^ 255])))
    told = compare(comparer, [one], [other], pieces(data, now, 0, 1, 2))
    assert told == Compared(states="hhh", spans=((PIECE_SIZE - 1, 2), (9_000_000, 1)), differing=3)


def test_each_piece_has_its_own_state(comparer: Comparer, two: tuple[Path, Path, bytes]) -> None:
    """Held, neither and apart, neither and alike: only what the copy holds is named by bytes."""
    one, other, data = two
    now = hurt(one, (5, b"first"), (PIECE_SIZE + 5, b"first"), (2 * PIECE_SIZE + 5, b"both"))
    hurt(other, (PIECE_SIZE + 9, b"other"), (2 * PIECE_SIZE + 5, b"both"))
    told = compare(comparer, [one], [other], pieces(data, now, 0, 1, 2))
    assert (told.states, told.spans) == ("hoa", ((5, 5),))
    told = compare(comparer, [one], [other], pieces(data, now, 1, 2))
    assert (told.states, told.spans) == ("oa", ((PIECE_SIZE + 5, 9),))


def test_what_changed_since_it_was_measured_names_no_bytes(comparer: Comparer, two: tuple[Path, Path, bytes]) -> None:
    one, other, data = two
    now = hurt(one, (7, b"damage"))
    hurt(one, (70, b"and more of it, later"))
    assert compare(comparer, [one], [other], pieces(data, now, 0)) == Compared(states="c")
    hurt(one, (0, data[:100]))
    assert compare(comparer, [one], [other], pieces(data, now, 0)) == Compared(states="c"), "sound again: changed too"


def test_one_that_is_shorter_or_longer(comparer: Comparer, two: tuple[Path, Path, bytes]) -> None:
    one, other, data = two
    os.truncate(one, 2 * PIECE_SIZE + 100)
    told = compare(comparer, [one], [other], pieces(data, data[: 2 * PIECE_SIZE + 100], 2, 3))
    rest = len(data) - 2 * PIECE_SIZE - 100
    assert told == Compared(states="hh", spans=((2 * PIECE_SIZE + 100, rest),), differing=rest)
    one.write_bytes(data + b"more")
    told = compare(comparer, [one], [other], pieces(data, data + b"more", 3))
    assert told == Compared(states="h", spans=((len(data), 4),), differing=4)


def test_masked_ranges_count_as_zeros_in_both(comparer: Comparer, two: tuple[Path, Path, bytes]) -> None:
    one, other, data = two
    masked = (512, 1024)
    zeros = data[:512] + bytes(1024) + data[1536:]
    now = hurt(one, (600, b"under the mask"), (5000, b"beside it"))
    now = now[:512] + bytes(1024) + now[1536:]
    told = compare(comparer, [one], [other], pieces(zeros, now, 0), masked=[masked])
    assert (told.states, told.spans) == ("h", ((5000, 9),))


@needs_images
def test_media_are_compared_whatever_holds_them(comparer: Comparer, tmp_path: Path) -> None:
    """A raw image with an E01 of it; parts of one with an E01 in two parts; and a damaged one."""
    whole = Part(span=(0, 102400), sealed="", measured="")
    dd, e01 = [IMAGES / "image.dd"], [IMAGES / "image.E01"]
    assert compare(comparer, dd, e01, [whole], "sha256", (RAW, EWF)) == Compared(states="h")
    large = Part(span=(0, 4194304), sealed="", measured="")
    raw, split = ([IMAGES / f"ext2.{name}" for name in names] for names in (
        ("splitraw.000", "splitraw.001"), ("split.E01", "split.E02"),
    ))  # fmt: skip
    assert compare(comparer, raw, split, [large], "sha256", (SPLIT, EWF)) == Compared(states="h")
    damaged = tmp_path / "image.dd"
    damaged.write_bytes(dd[0].read_bytes())
    hurt(damaged, (22 * 1024, b"XX"))
    told = compare(comparer, [damaged], e01, [whole], "sha256", (RAW, EWF))
    assert (told.spans, told.differing) == (((22 * 1024, 2),), 2)


def test_what_is_no_container_has_a_reason(comparer: Comparer, two: tuple[Path, Path, bytes]) -> None:
    one, other, data = two
    told = compare(comparer, [one], [other], pieces(data, data, 0), kinds=(RAW, EWF))
    assert told.failed.startswith("the second copy: ")
    assert compare(comparer, [one], [other], [Part(span=(0, 10), sealed="", measured="")]).states == "h"


def test_damage_far_apart_in_a_sparse_file(comparer: Comparer, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for path in (one, other):
        with path.open("wb") as file:
            file.truncate(1000 * PIECE_SIZE)
    for number in range(0, 1000, 50):
        hurt_at = number * PIECE_SIZE + number
        with one.open("r+b") as file:
            file.seek(hurt_at)
            file.write(b"x")
    zeros = blake3(bytes(PIECE_SIZE)).hexdigest()
    parts = [Part(span=(n * PIECE_SIZE, PIECE_SIZE), sealed=zeros, measured="") for n in range(0, 1000, 50)]
    told = compare(comparer, [one], [other], parts)
    assert (told.states, told.differing) == ("h" * 20, 20)
    assert told.spans == tuple((n * PIECE_SIZE + n, 1) for n in range(0, 1000, 50))


def test_a_process_that_ends_costs_one_answer(two: tuple[Path, Path, bytes], tmp_path: Path) -> None:
    huge = [tmp_path / "huge", tmp_path / "too"]
    for path in huge:
        with path.open("wb") as file:
            file.truncate(64 << 30)
    before, found = set(children(os.getpid())), []
    told = threading.Event()
    comparer = Comparer(lambda _: told.set())
    whole = Part(span=(0, 64 << 30), sealed="", measured="")
    thread = threading.Thread(target=lambda: found.append(compare(comparer, huge[:1], huge[1:], [whole])))
    thread.start()
    assert wait_for(told.is_set)
    (process,) = set(children(os.getpid())) - before
    os.kill(process, signal.SIGKILL)
    thread.join(20)
    assert found[0].failed == "the process that read it stopped (signal 9)"
    one, other, data = two
    assert compare(comparer, [one], [other], pieces(data, hurt(one, (5, b"x")), 0)).states == "h"
    comparer.close()
    assert not set(children(os.getpid())) - before


# --- an answer is taken apart without trust ------------------------------

PARTS = [Part(span=(0, 100), sealed="", measured=""), Part(span=(200, 100), sealed="", measured="")]


def answer(differing: int, *spans: tuple[int, int]) -> bytes:
    return b"".join(COUNT.pack(number) for number in (differing, *(n for each in spans for n in each)))


def test_an_answer_is_taken_as_it_is_meant() -> None:
    assert _checked("hh", answer(7, (5, 5), (250, 2)), PARTS).spans == ((5, 5), (250, 2))


@pytest.mark.parametrize(
    ("states", "body"),
    [
        ("hh", answer(8, (5, 5), (250, 2))),
        ("hh", answer(0, (5, 5))),
        ("hh", answer(5, (5, 5), (3, 2))),
        ("hh", answer(5, (5, 5), (7, 2))),
        ("hh", answer(1, (5, 0))),
        ("hh", answer(5, (298, 5))),
        ("oh", answer(5, (5, 5))),
        ("aa", answer(5, (5, 5))),
        ("hh", answer(1, (1 << 63, 5))),
        ("hh", answer(2 * MOST, *((n * 2, 1) for n in range(MOST + 1)))),
        ("hh", answer(5) + b"x"),
        ("hh", answer(5, (5, 5))[:-8]),
        ("hh", b""),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(states: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        _checked(states, body, PARTS)


# --- opening by the name in the list -------------------------------------


def opened(name: bytes, *paths: Path) -> bytes:
    with opened_item(sources_from(paths), name) as item:
        return b"".join(os.pread(each, 1 << 20, 0) for each in item.descriptors)


def test_items_are_opened_by_their_names_in_the_list(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "deep"
    deep.mkdir(parents=True)
    (deep / "f").write_bytes(b"deep")
    (tmp_path / "a" / "f").write_bytes(b"a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "f").write_bytes(b"b")
    assert opened(b"deep/f", tmp_path / "a") == b"deep"
    assert opened(b"a/deep/f", tmp_path / "a", tmp_path / "b") == b"deep"
    assert opened(b"b/f", tmp_path / "a", tmp_path / "b") == b"b"
    assert opened(b"f", tmp_path / "a" / "f") == b"a"
    assert opened(os.fsencode(tmp_path.name) + b"/b/f", tmp_path, deep / "f") == b"b"


def test_nothing_but_a_file_below_the_source_is_opened(tmp_path: Path) -> None:
    top = tmp_path / "top"
    (top / "in").mkdir(parents=True)
    (tmp_path / "out").write_bytes(b"outside")
    (top / "link").symlink_to(tmp_path / "out")
    (top / "way").symlink_to(tmp_path)
    os.mkfifo(top / "pipe")
    for name in (
        b"link",
        b"way/out",
        b"pipe",
        b"in",
        b"../out",
        b"in/../../out",
        b"none",
        b"in/none",
        b"",
        b"/etc/passwd",
    ):
        with pytest.raises(OSError, match=r".*"):
            opened(name, top)
    with pytest.raises(FileNotFoundError):
        opened(b"in/[media]", top)


@needs_images
def test_the_media_of_an_image_are_all_its_parts(tmp_path: Path) -> None:
    for name in ("ext2.split.E01", "ext2.split.E02"):
        (tmp_path / name).write_bytes((IMAGES / name).read_bytes())
    with opened_item(sources_from([tmp_path]), b"ext2.split.E02/[media]") as item:
        assert (item.kind, len(item.descriptors)) == (EWF, 2)
    with opened_item(sources_from([tmp_path]), b"ext2.split.E02") as item:
        assert (item.kind, len(item.descriptors)) == (RAW, 1)
    with pytest.raises(FileNotFoundError):
        opened(b"ext2.split.E01/[media]", tmp_path)
