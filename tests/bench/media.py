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

from bench import GIB, Row, big_file, compare, peak_memory, register, seconds

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
    ours = _seal(work, image)
    label = "E01 with 1 GiB of media: container and media, SHA-256 + MD5"
    return [
        compare(label, "as fast as ewfverify", ours, ["ewfverify", "-q", "-d", "sha256", str(image)], rounds),
        compare(f"{label}, two cores beside one", "at least 1.5 x faster",
                ours, [*ONE_CORE, *ours], rounds, faster=True),
    ]  # fmt: skip


def _seal(work: list[str], path: Path) -> list[str]:
    return [*work, "seal", "B-1/EX-2", str(path), "--no-describe", "--digest", "md5"]


# --- devices ------------------------------------------------------------------------


def acquiring(work: list[str], image: Path, folder: Path, rounds: int, memory: list[str]) -> list[Row]:
    """A device imaged, read back and sealed, beside dc3dd, which images and digests only."""
    pairs = []
    with _half(image) as half, _loop(half) as device:
        for number in range(rounds + 1):
            ours = _timed(_acquire(work, folder, Path(device), number), lambda: _clear(folder))
            there = folder / "theirs.dd"
            log = folder / "theirs.log"
            theirs = ["dc3dd", f"if={device}", f"of={there}", "hash=sha256", "hash=md5", f"log={log}"]
            pair = ours, _timed(theirs, there.unlink)
            if number:
                pairs.append(pair)
        memory.append(_memory("acquire, 1 GiB", _acquire(work, folder, Path(device), rounds + 1)))
        _clear(folder)
    ratio = statistics.median(b / a for a, b in pairs)
    a, b = (statistics.median(each) for each in zip(*pairs, strict=True))
    sys.stderr.write(f"acquire: {ratio:.2f} x faster; {a:.3f} s against {b:.3f} s\n")
    what = "device of 1 GiB: acquire, read back and sealed, SHA-256 + MD5"
    return [Row(what, "at least 3 x faster than dc3dd", f"{ratio:.2f} x faster", a, b, "dc3dd")]


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
    begun = time.perf_counter()
    subprocess.run(["dd", f"if={image}", "of=/dev/null", "bs=4M", "iflag=direct"], check=True, capture_output=True)
    speed = image.stat().st_size / (1 << 20) / (time.perf_counter() - begun)
    return [*lines, f"| reading the disk, past the cache | {speed:.0f} MiB/s |"]
