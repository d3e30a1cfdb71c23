"""Measures speed and memory beside what one would use instead, and writes docs/benchmarks.md.

Whole processes, start-up included, on a warm cache, in turn (A B A B ...): the median of the ratios pair by pair.
Nothing here passes or fails: it prints the figure asked for beside the figure measured.
"""

import argparse
import contextlib
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CUSTODY = str(Path(sys.executable).parent / "custody")
PASSPHRASE = "bench passphrase"
GIB = 1 << 30


@dataclass(frozen=True)
class Row:
    """One line of the table: what, asked for, measured, and the two median times in seconds."""

    what: str
    asked: str
    ratio: str
    ours: float
    theirs: float
    other: str


def seconds(command: list[str], **options: object) -> float:
    """The wall time of one whole process; its output is thrown away, its failure is ours."""
    begun = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise SystemExit(f"{command[:4]} failed ({done.returncode}): {done.stderr[-300:]!r}")
    return time.perf_counter() - begun


def paired(ours: list[str], theirs: list[str], rounds: int) -> tuple[float, float, float]:
    """Median times of both, and the median of ours/theirs pair by pair, after one uncounted round."""
    pairs = []
    for number in range(rounds + 1):
        pair = seconds(ours), seconds(theirs)
        if number:
            pairs.append(pair)
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def compare(what: str, asked: str, ours: list[str], theirs: list[str], rounds: int, *, faster: bool = False) -> Row:
    """One row; with `faster` the ratio is how many times faster we are."""
    a, b, ratio = paired(ours, theirs, rounds)
    shown = f"{statistics.median([b / a]):.2f} x faster" if faster else f"{ratio:.2f} x"
    row = Row(what, asked, shown, a, b, Path(theirs[0]).name)
    sys.stderr.write(f"{what}: {shown} (asked: {asked}); {a:.3f} s against {b:.3f} s\n")
    return row


def big_file(folder: Path, size: int) -> Path:
    """One file of random bytes, in the cache."""
    path = folder / "image.dd"
    block = os.urandom(1 << 20)
    with path.open("wb") as file:
        for number in range(size >> 20):
            file.write(number.to_bytes(8, "big") + block[8:])
    return path


def small_files(folder: Path, count: int) -> Path:
    """Many files of 0.5 to 64 KiB, 500 a folder, made the same at every run."""
    chosen = random.Random(7)
    data = os.urandom(1 << 17)
    for number in range(count):
        place = folder / f"{number // 500:04d}"
        place.mkdir(parents=True, exist_ok=True)
        size = int(512 * (128 ** chosen.random()))
        start = chosen.randrange(1 << 16)
        (place / f"IMG_{number:06d}.dat").write_bytes(data[start : start + size])
    return folder


def speeds(folder: Path, rounds: int, size: int, count: int) -> list[Row]:
    """The rows on hashing."""
    image = str(big_file(folder, size))
    many = str(small_files(folder / "many", count))
    sha, three = ["--digest", "sha256"], ["--digest", "md5", "--digest", "sha1", "--digest", "sha256"]
    label = f"{size / GIB:g} GiB"
    return [
        compare(f"{label}, SHA-256", "at most 1.15 x openssl", [CUSTODY, "hash", *sha, image],
                ["openssl", "dgst", "-sha256", image], rounds),
        compare(f"{label}, SHA-256 and BLAKE3 pieces", "at most 1.35 x openssl",
                [CUSTODY, "hash", *sha, "--pieces", "--format", "json", image],
                ["openssl", "dgst", "-sha256", image], rounds),
        compare(f"{label}, MD5 + SHA-1 + SHA-256", "at least 5 x faster than hashdeep",
                [CUSTODY, "hash", *three, "--format", "hashdeep", image],
                ["hashdeep", "-c", "md5,sha1,sha256", image], max(2, rounds // 2), faster=True),
        compare(f"{label}, MD5 + SHA-1 + SHA-256", "at least 1.5 x faster than rhash",
                [CUSTODY, "hash", *three, "--format", "hashdeep", image],
                ["rhash", "--md5", "--sha1", "--sha256", image], max(2, rounds // 2), faster=True),
        compare(f"{count} small files, SHA-256", "at least 4 x faster than hashdeep",
                [CUSTODY, "hash", *sha, many], ["hashdeep", "-r", "-c", "sha256", many], rounds, faster=True),
        compare(f"{count} small files, SHA-256", "faster than rhash",
                [CUSTODY, "hash", *sha, many], ["rhash", "-r", "--sha256", many], rounds, faster=True),
    ]  # fmt: skip


def register(folder: Path) -> list[str]:
    """A register with one exhibit, and the command line that works in it."""
    secret = folder / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    place = folder / "register"
    start = [CUSTODY, "--passphrase-file", str(secret), "--yes"]
    seconds([*start, "init", str(place), "--agency", "Bench Police", "--code", "BENCH", "--officer", "Ben Mark",
             "--rank", "PC", "--service-no", "1"])  # fmt: skip
    work = [*start, "-C", str(place)]
    seconds([*work, "case", "open", "B-1", "--title", "bench"])
    for number in (1, 2, 3):
        seconds([*work, "seize", f"B-1/EX-{number}", "--description", "files", "--place", "desk",
                 "--authority", "consent:1"])  # fmt: skip
    return work


def start_up(folder: Path, rounds: int) -> list[Row]:
    """The rows on start-up and on a chain of 30 records."""
    work = register(folder)
    for number in range(29):
        seconds([*work, "event", "B-1/EX-1", "access-view", "--description", f"look {number}"])
    typer = [sys.executable, "-c", "import typer"]
    verify = [*work, "verify", "B-1/EX-1", "--records-only"]
    return [
        compare("custody --version", "at most 1.5 x import typer", [CUSTODY, "--version"], typer, 4 * rounds),
        compare("custody verify, 30 records", "under 8 x import typer", verify, typer, 4 * rounds),
        compare(
            "custody verify, 30 records", "under 8 x custody --version", verify, [CUSTODY, "--version"], 4 * rounds
        ),
    ]


def auditing(folder: Path, rounds: int, size: int) -> list[Row]:
    """The row on an audit by dask workers, each with one thread on one core: the same store by one and by two."""
    work = register(folder)
    store = middling_files(folder / "store" / "B-1" / "EX-2", size)
    seconds([*work, "seal", "B-1/EX-2", str(store), "--no-describe"])
    with contextlib.ExitStack() as running:
        engines = [running.enter_context(cluster(folder, count)) for count in (2, 1)]
        commands = [[*work, "--json", "audit", str(folder / "store"), "--every", "0", "--engine", e] for e in engines]
        pairs = [(reading(commands[0]), reading(commands[1])) for _ in range(rounds + 1)][1:]
    ours, theirs = statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
    what = f"audit of {size / GIB:g} GiB in files of 1 to 16 MiB, two dask workers"
    ratio = f"{statistics.median(b / a for a, b in pairs):.2f} x faster"
    row = Row(what, "at least 1.8 x faster than one", ratio, ours, theirs, "one worker")
    sys.stderr.write(f"{row.what}: {row.ratio} (asked: {row.asked}); {ours:.3f} s against {theirs:.3f} s\n")
    return [row]


def middling_files(folder: Path, size: int) -> Path:
    """Files of 1 to 16 MiB, in the cache, the same sizes at every run."""
    chosen, data, total = random.Random(5), os.urandom(32 << 20), 0
    folder.mkdir(parents=True)
    while total < size:
        length, start = chosen.randrange(1 << 20, 16 << 20), chosen.randrange(16 << 20)
        (folder / f"{total:012d}.dat").write_bytes(data[start : start + length])
        total += length
    return folder


def reading(command: list[str]) -> float:
    """The seconds that an audit says it read for: without its start, the passphrase, and signing."""
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        raise SystemExit(f"the audit failed ({done.returncode}): {done.stderr[-300:]!r}")
    return float(sum(each["seconds"] for each in json.loads(done.stdout)["exhibits"]))


@contextlib.contextmanager
def cluster(folder: Path, count: int) -> Iterator[str]:
    """A dask scheduler with so many workers of one thread, each on a core of its own; its engine's name."""
    dask, told = str(Path(sys.executable).parent / "dask"), folder / f"scheduler-{count}.json"
    words = [[dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)]]
    for number in range(count):
        core = sorted(os.sched_getaffinity(0))[number % len(os.sched_getaffinity(0))]
        local = str(folder / f"local-{count}-{number}")
        words.append(["taskset", "-c", str(core), dask, "worker", "--scheduler-file", str(told), "--nthreads", "1",
                      "--no-dashboard", "--no-nanny", "--local-directory", local])  # fmt: skip
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen(each, **quiet) for each in words]  # type: ignore[call-overload]
    try:
        while not told.exists() or not told.stat().st_size:
            time.sleep(0.1)
        time.sleep(5)  # all workers have come
        yield str(json.loads(told.read_bytes())["address"]).replace("tcp://", "dask://")
    finally:
        for process in processes:
            process.kill()
            process.wait()


def peak_memory(command: list[str]) -> tuple[float, float, float]:
    """Seconds, the largest single process and the largest sum over all (MiB of resident memory, sampled)."""
    largest, total = 0, 0
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    stop = threading.Event()

    def watch() -> None:
        nonlocal largest, total
        while not stop.wait(0.05):
            sizes = [_resident(pid) for pid in _family(process.pid)]
            largest, total = max([largest, *sizes]), max(total, sum(sizes))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, told = process.communicate()
    stop.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"sealing failed: {told[-300:]!r}")
    return time.perf_counter() - begun, largest / 1024, total / 1024


def _family(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        try:
            for task in Path(f"/proc/{each}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _resident(pid: int) -> int:
    """The highest resident size of a process so far, KiB."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass  # it has just ended
    return 0


def sealing(folder: Path, counts: tuple[int, int]) -> list[str]:
    """The lines on memory while sealing many files."""
    work, lines, seen = register(folder), [], []
    for number, count in enumerate(counts, start=2):
        place = small_files(folder / f"seal{count}", count)
        took, largest, total = peak_memory([*work, "seal", f"B-1/EX-{number}", str(place)])
        seen.append(largest)
        lines.append(f"| {count} | {took:.1f} s | {largest:.0f} MiB | {total:.0f} MiB |")
        sys.stderr.write(lines[-1] + "\n")
        shutil.rmtree(place)
    lines.append(f"\nThe largest process: {seen[1] / seen[0]:.2f} x that with {counts[0]} files.")
    return lines


def page(rows: list[Row], memory: list[str], limits: list[str]) -> str:
    """docs/benchmarks.md."""
    made = [
        "# Benchmarks",
        "",
        "Made by `make bench`; nothing here is written by hand. Whole processes with their start-up, on a warm cache,",
        "in turn in one run; the ratio is the median of the pairs. Times are of one machine; ratios travel.",
        "",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}, {_openssl()}.",
        "",
        "| what | asked for | measured | custody | beside it |",
        "| --- | --- | --- | --- | --- |",
    ]
    for r in rows:
        made.append(f"| {r.what} | {r.asked} | {r.ratio} | {r.ours:.3f} s | {r.other} {r.theirs:.3f} s |")
    made += [
        "",
        "MD5 of one stream cannot be spread over cores: the row with three digests takes as long as its MD5 alone.",
        "The row with small files has start-up in it, and one system call after another for each file: open, look,",
        "read, look again, close. The row on the audit is the time that the audit itself states for reading and",
        "comparing, without its start, the passphrase and signing. Each worker has one thread and one core; scheduler,",
        "client and comparing share the same cores.",
        "",
        "An E01 is read twice over: its container and its media, each by two digests. The tool beside it digests the",
        "media alone. dc3dd reads and writes; `acquire` also reads the image back from its medium, opens the key,",
        "signs and seals. In the rows on two cores the process that keeps the order and writes the lists shares them.",
        "MD5 of the stream sets the least that imaging can take: see its speed in the last table.",
        "",
        "## Memory while sealing",
        "",
        "Asked for: the largest process under 200 MiB for 200,000 files, and within 10 % of that for 20,000. Sizes",
        "are resident memory at its highest; the sum counts shared pages once a process. The largest process is the",
        "one that opens the key: scrypt alone takes 128 MiB.",
        "",
        "| what | time | largest process | sum of all |",
        "| --- | --- | --- | --- |",
    ]
    limit = ["", "## What this machine can do at most", "", "| what | at most |", "| --- | --- |"]
    return "\n".join(made + memory + limit + limits) + "\n"


def _openssl() -> str:
    return (
        subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout.split(" (")[0].strip()
    )


def main() -> None:
    """Run everything, or with --small a short version that writes nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="small sizes, nothing written")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    size, count, counts = (64 << 20, 2000, (500, 2000)) if asked.small else (2 * GIB, 50_000, (20_000, 200_000))
    with tempfile.TemporaryDirectory(prefix="custody-bench-") as name:
        folder = Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "settings")
        for part in ("speed", "start", "media", "audit", "seal"):
            (folder / part).mkdir()
        rows = speeds(folder / "speed", asked.rounds, size, count)
        shutil.rmtree(folder / "speed")
        rows += start_up(folder / "start", asked.rounds)
        from media import rows as media  # which needs this module

        more, beside, limits = media(folder / "media", asked.rounds, size, count)
        shutil.rmtree(folder / "media")
        more += auditing(folder / "audit", asked.rounds, size)
        shutil.rmtree(folder / "audit")
        written = page(rows + more, [*beside, *sealing(folder / "seal", counts)], limits)
    sys.stdout.write(written)
    if not asked.small:
        (ROOT / "docs" / "benchmarks.md").write_text(written)


if __name__ == "__main__":
    main()
