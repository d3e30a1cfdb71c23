"""The rows of docs/benchmarks.md on images and devices: E01, quick verification, acquiring, describing many files.

Rows about devices need root and losetup; where something is missing the row says so instead of a figure.
"""

import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import CUSTODY, GIB, Row, big_file, compare, peak_memory, register, seconds

from custody.commands.demo_photos import photograph

ONE_CORE = ["taskset", "-c", "0"]


def rows(folder: Path, rounds: int, size: int, count: int) -> tuple[list[Row], list[str], list[str]]:
    """The rows, the lines on memory, and those on the machine's own limits."""
    work = register(folder)
    image = big_file(folder, size)
    limits = machine(image)
    found = quick(work, image, rounds)
    memory: list[str] = []
    if shutil.which("dc3dd") and shutil.which("losetup") and os.geteuid() == 0:
        found += acquiring(work, image, folder, rounds, memory)
    image.unlink()
    made = e01(folder, size // 2)
    if made:
        found += evidence_file(work, made, rounds)
        memory.append(_memory("seal of an E01, 1 GiB of media", _seal(work, made)))
        made.unlink()
    found += described(work, folder, rounds, count)
    return found, memory, limits


def quick(work: list[str], image: Path, rounds: int) -> list[Row]:
    """Re-checking the pieces of a raw image."""
    seconds([*work, "seal", "B-1/EX-1", str(image), "--no-describe"])
    ours = [*work, "verify", "B-1/EX-1", "--media", str(image), "--quick"]
    theirs = ["openssl", "dgst", "-sha256", str(image)]
    return [compare("raw 2 GiB, verify --quick", "at most 0.6 x openssl", ours, theirs, rounds)]


# --- E01 --------------------------------------------------------------------------


def e01(folder: Path, size: int) -> Path | None:
    """An E01 of so many bytes, half of which compress, made by ewfacquire; None where it is not installed."""
    if not shutil.which("ewfacquire"):
        return None
    raw = folder / "media.raw"
    with raw.open("wb") as file:
        for number in range(size >> 20):
            file.write(os.urandom(1 << 20) if number % 2 else bytes([number % 251]) * (1 << 20))
    options = [
        "-u",
        "-q",
        "-f",
        "encase6",
        "-c",
        "deflate:fast",
        "-S",
        "7EiB",
        "-b",
        "64",
        "-m",
        "fixed",
        "-M",
        "physical",
    ]
    about = ["-C", "bench", "-D", "bench", "-E", "1", "-e", "bench", "-N", "none"]
    seconds(["ewfacquire", *options, *about, "-t", str(folder / "media"), str(raw)])
    raw.unlink()
    return folder / "media.E01"


def evidence_file(work: list[str], image: Path, rounds: int) -> list[Row]:
    """Container and media of an E01, SHA-256 and MD5 of both, beside a tool that digests the media alone."""
    ours = [CUSTODY, "hash", "--decode", "--format", "json", "--digest", "sha256", "--digest", "md5", str(image)]
    theirs = ["ewfverify", "-q", "-d", "sha256", str(image)]
    label = "E01 with 1 GiB of media: container and media, SHA-256 + MD5"
    return [
        compare(label, "at most 1 x ewfverify", ours, theirs, rounds),
        compare(f"{label}, two cores beside one", "at least 1.5 x faster",
                ours, [*ONE_CORE, *ours], rounds, faster=True),
        compare("the same sealed: key opened, pieces and claims too", "", _seal(work, image), theirs, rounds),
    ]  # fmt: skip


def _seal(work: list[str], path: Path) -> list[str]:
    return [*work, "seal", "B-1/EX-2", str(path), "--no-describe", "--digest", "md5"]


# --- devices ------------------------------------------------------------------------


def acquiring(work: list[str], image: Path, folder: Path, rounds: int, memory: list[str]) -> list[Row]:
    """A device imaged and digested, as dc3dd does it; and acquired, which also reads back, signs and seals."""
    times: list[tuple[float, float, float]] = []
    with _half(image) as half, _loop(half) as device:
        there = folder / "theirs.dd"
        theirs = ["dc3dd", f"if={device}", f"of={there}", "hash=sha256", "hash=md5", f"log={folder / 'log'}"]
        imaged = [sys.executable, "-c", IMAGE_ALONE, device, str(folder / "ours")]
        for number in range(rounds + 1):
            (folder / "ours").mkdir()
            alone = _timed(imaged, lambda: _clear(folder))
            whole = _timed(_acquire(work, folder, Path(device), number), lambda: _clear(folder))
            times += [(alone, whole, _timed(theirs, there.unlink))][: 1 if number else 0]
        memory.append(_memory("acquire, 1 GiB", _acquire(work, folder, Path(device), rounds + 1)))
        _clear(folder)
    what = ("device of 1 GiB: imaged, SHA-256 + MD5", "the same acquired: read back, signed and sealed too")
    return [
        _row(what[0], "at least 3 x faster than dc3dd", [(alone, other) for alone, _, other in times]),
        _row(what[1], "", [(whole, other) for _, whole, other in times]),
    ]


IMAGE_ALONE = """
import os, sys
from hashing.access import obtain
from hashing.imaging.asking import ImageOrder, image
from hashing.imaging.reached import Reached
from hashing.reading import Recipe
with obtain(sys.argv[1]) as opened:
    recipe = Recipe(("sha256", "md5"), pieces=True, quick=False, cores=2)
    folder = os.open(sys.argv[2], os.O_RDONLY)
    order = ImageOrder(device=opened.descriptor, folder=folder, stem="image", recipe=recipe, sector=512, retries=0,
                       part=0, before=Reached())
    found = image(order, lambda count: None, lambda step: None)
    assert found.row[0] == "measured", found
"""


def _row(what: str, asked: str, pairs: list[tuple[float, float]]) -> Row:
    ratio = statistics.median(theirs / ours for ours, theirs in pairs)
    ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
    sys.stderr.write(f"{what}: {ratio:.2f} x faster; {ours:.3f} s against {theirs:.3f} s\n")
    return Row(what, asked, f"{ratio:.2f} x faster", ours, theirs, "dc3dd")


def _acquire(work: list[str], folder: Path, device: Path, number: int) -> list[str]:
    return [*work, "acquire", "B-1/EX-3", str(device), "--into", f"B-1/IMG-{number}", "--out", str(folder / "ours"),
            "--digest", "md5", "--description", "bench"]  # fmt: skip


def _clear(folder: Path) -> None:
    shutil.rmtree(folder / "ours")


def _timed(command: list[str], afterwards: Callable[[], object]) -> float:
    os.sync()
    took = seconds(command)
    afterwards()
    return took


@contextmanager
def _half(image: Path) -> Iterator[Path]:
    """A file of 1 GiB, or of half of what there is."""
    half = image.with_name("half.dd")
    with image.open("rb") as source, half.open("wb") as target:
        left = min(GIB, image.stat().st_size // 2)
        while left:
            left -= target.write(source.read(min(left, 1 << 22)))
    yield half
    half.unlink()


@contextmanager
def _loop(file: Path) -> Iterator[str]:
    command = ["losetup", "--read-only", "--find", "--show", str(file)]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    try:
        yield made.stdout.strip()
    finally:
        subprocess.run(["losetup", "--detach", made.stdout.strip()], check=True)


# --- many files -----------------------------------------------------------------------


def described(work: list[str], folder: Path, rounds: int, count: int) -> list[Row]:
    """Small files with media types, the pictures among them with metadata."""
    place = folder / "many"
    picture = photograph(1, "2026:11:20 10:00:00")
    for number in range(count):
        inside = place / f"{number // 500:04d}"
        inside.mkdir(parents=True, exist_ok=True)
        name, data = (f"{number}.jpg", picture) if number % 10 == 0 else (f"{number}.txt", b"text %d\n" % number * 40)
        (inside / name).write_bytes(data)
    ours = [*work, "seal", "B-1/EX-2", str(place)]
    what = f"sealing {count} small files, described, two cores beside one"
    return [compare(what, "at least 1.8 x faster", ours, [*ONE_CORE, *ours], max(1, rounds // 2), faster=True)]


# --- memory, and the machine ------------------------------------------------------------


def _memory(what: str, command: list[str]) -> str:
    took, largest, total = peak_memory(command)
    sys.stderr.write(f"{what}: largest process {largest:.0f} MiB\n")
    return f"| {what} | {took:.1f} s | {largest:.0f} MiB | {total:.0f} MiB |"


def machine(image: Path) -> list[str]:
    """What this machine can do at most: digests of what is in memory already, and reading its disk."""
    block = os.urandom(4 << 20)
    lines = []
    for name in ("sha256", "md5"):
        begun = time.perf_counter()
        digest = hashlib.new(name)
        for _ in range(64):
            digest.update(block)
        lines.append(f"| {name} of what is in memory, one core | {256 / (time.perf_counter() - begun):.0f} MiB/s |")
    lines.append(f"| two processes that digest, beside one after the other | {_two_at_once(image):.2f} x |")
    begun = time.perf_counter()
    subprocess.run(["dd", f"if={image}", "of=/dev/null", "bs=4M", "iflag=direct"], check=True, capture_output=True)
    speed = image.stat().st_size / (1 << 20) / (time.perf_counter() - begun)
    return [*lines, f"| reading the disk, past the cache | {speed:.0f} MiB/s |"]


def _two_at_once(image: Path) -> float:
    """How many times faster two digests of a file are made at once than in turn."""
    command = ["openssl", "dgst", "-sha256", str(image)]
    in_turn = seconds(command) + seconds(command)
    begun = time.perf_counter()
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    for each in both:
        each.wait()
    return in_turn / (time.perf_counter() - begun)
