"""Hostile media: every shared file changed a hundred times, every image flipped and cut, archives that lead outside.

`make campaign` runs it: five to ten minutes. A seed is chosen and shown; CUSTODY_SEED=... sets it. What fails is
told with the command that makes the very file again. The short version is in tests/hashing and tests/custody.
"""

import os
import re
import shutil
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.campaign.mutating import VARIABLE, again, chosen_seed, mutation, original
from tests.custody.hostile_archives import (
    ARCHIVES,
    BAGS,
    ESCAPES,
    offered_as_a_document,
    offered_as_a_package,
    sealed_as_files,
    verified_and_received,
)
from tests.custody.station import CASE, World, copy, make
from tests.custody.test_traced import traced
from tests.hashing.bombs import LARGE, TOO_LARGE, TOO_LONG
from tests.hashing.containers import ZEROS, image, named_parts
from tests.hashing.hostile import (
    EXIF,
    IMAGES,
    MOST_MEMORY,
    image_items,
    items_by_folder,
    measured_apart,
    peaks,
    right_finding,
    sound,
)

SEED = chosen_seed()
MUTATIONS, FLIPS, CUTS, SAMPLE = 100, 300, 100, 5
CHANGED = [
    ("ext2.E01",), ("image.E01",), ("image.Ex01",),
    ("ext2.split.E01", "ext2.split.E02"), ("ext2.split.E02", "ext2.split.E01"),
]  # fmt: skip
"""Images: the file that is changed, and the other parts."""
LONGEST = 3600.0
"""Seconds after which a run over thousands of files counts as hanging."""

pytestmark = pytest.mark.skipif(not EXIF.is_dir(), reason="the shared files are not here")


@pytest.fixture(autouse=True)
def told(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Counter[str]]:
    """Counts what became of what; shown with the seed."""
    counts: Counter[str] = Counter()
    yield counts
    with capsys.disabled() if counts else nullcontext():
        print(f"\n{request.node.name}, {VARIABLE}={SEED}: {dict(counts.most_common())}")


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make(tmp_path_factory.mktemp("hostile"))


def test_every_file_changed_a_hundred_times(tmp_path: Path, told: Counter[str]) -> None:
    evidence, scratch = tmp_path / "evidence", tmp_path / "scratch"
    scratch.mkdir()
    originals = sorted(EXIF.iterdir())
    for number in range(MUTATIONS):
        (evidence / f"{number:03}").mkdir(parents=True)
        for path in originals:
            (evidence / f"{number:03}" / path.name).write_bytes(mutation("any", SEED, path, number))
    found = measured_apart(evidence, scratch, longest=LONGEST)
    told["files"] = len(found.entries)
    told["MiB of the main process"] = found.memory >> 20
    assert len(found.entries) == MUTATIONS * len(originals)
    assert found.memory < MOST_MEMORY
    for name, entry in found.entries.items():
        number, _, original = name.partition("/")
        try:
            became = sound(entry, (evidence / name).read_bytes())
        except AssertionError as fault:
            raise AssertionError(again("any", SEED, EXIF / original, int(number))) from fault
        told[re.sub(r"[0-9]+|0x[0-9a-f]+", "N", became)] += 1
    shutil.rmtree(evidence)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_nothing_is_run_and_nothing_is_written(beginning: World, tmp_path: Path, told: Counter[str]) -> None:
    """One of each under strace: exiftool is all that is started, and only the register is opened for writing."""
    world = copy(beginning, tmp_path / "world")
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    for path in (*sorted(EXIF.iterdir()), *(IMAGES / files[0] for files in CHANGED)):
        kind = "any" if path.parent == EXIF else "flip"
        (evidence / path.name).write_bytes(mutation(kind, SEED, path, MUTATIONS))
    world.seized()
    me = ("-C", str(world.kibra.path), "--as", "112233", "--passphrase-file", str(world.secret("112233")))
    lines = traced(world, *me, "seal", f"{CASE}/EX-1", str(evidence), calls="execve,open,openat,openat2,creat,socket")
    started = {m[1] for line in lines if (m := re.search(r'execve\("([^"]+)".*= 0$', line))}
    writes = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|\bcreat\(")
    written = {m[1] for line in lines if writes.search(line) and (m := re.search(r"= [0-9]+<([^>]+)>", line))}
    told["programs"], told["files opened for writing"] = len(started), len(written)
    assert {Path(each).name.rstrip(".0123456789") for each in started} == {"custody", "python", "exiftool"}, started
    ours = (str(world.kibra.path), str(world.path / "settings"), "/dev/null")
    assert [each for each in written if not each.startswith(ours) and "/__pycache__/" not in each] == []
    assert written > {"/dev/null"}, "the trace does not show what is written"
    assert not [line for line in lines if "AF_INET" in line]


@pytest.mark.parametrize("files", CHANGED, ids=lambda files: files[0])
@pytest.mark.parametrize("kind", ["flip", "cut"])
def test_every_image(tmp_path: Path, told: Counter[str], files: tuple[str, ...], kind: str) -> None:
    """One bit other, or cut off: never confirmed, and judged by what is inside."""
    sealed = image_items(_sound(tmp_path / "sound", files))
    for number in range(FLIPS if kind == "flip" else CUTS):
        folder = _sound(tmp_path / "changed" / f"{number:03}", files)
        (folder / files[0]).write_bytes(mutation(kind, SEED, IMAGES / files[0], number))
    found = items_by_folder(tmp_path / "changed")
    assert len(found) == (FLIPS if kind == "flip" else CUTS)
    for name, now in found.items():
        try:
            told[right_finding(sealed, now)] += 1
        except AssertionError as fault:
            raise AssertionError(again(kind, SEED, IMAGES / files[0], int(name))) from fault
    shutil.rmtree(tmp_path / "changed")


def _sound(folder: Path, files: tuple[str, ...]) -> Path:
    """A folder with an image as it was."""
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).write_bytes(original(IMAGES / name))
    return folder


@pytest.mark.parametrize("files", CHANGED, ids=lambda files: files[0])
def test_images_by_the_installed_command(
    beginning: World, tmp_path: Path, told: Counter[str], files: tuple[str, ...]
) -> None:
    """A sample of the same, from the command line: compared with what was sealed, and sealed as it is."""
    world = copy(beginning, tmp_path / "world")
    folder = _sound(world.path / "image", files)
    exhibit = f"{CASE}/EX-1"
    world.sealed(exhibit, str(folder))
    pristine = image_items(folder)
    for number in range(SAMPLE):
        kind = "cut" if number % 2 else "flip"
        (folder / files[0]).write_bytes(mutation(kind, SEED, IMAGES / files[0], number))
        now = image_items(folder)
        became = right_finding(pristine, now)
        told[became] += 1
        remake = again(kind, SEED, IMAGES / files[0], number)
        with world.unchanged():
            _compared(world, exhibit, folder, became, remake)
        differs = any(item.digests.get(name, value) != value for item in now for name, value in item.claimed.items())
        assert differs or became != "other media", remake
        _sealed_anew(world, f"{CASE}/EX-{number + 2}", folder, became, differs, remake)


def _compared(world: World, exhibit: str, folder: Path, became: str, remake: str) -> None:
    """A verification with the changed image: exit status and codes."""
    office = world.kibra
    answer = world.start(*office.words(("--json", "verify", exhibit, "--media", str(folder)), None, False))
    codes = {
        "the same media": (4, {"container-changed"}),
        "other media": (3, {"content-changed", "media-changed"}),
    }.get(became, (3, {"content-changed", "content-unreadable"}))
    media = answer.codes & {"container-changed", "content-changed", "media-changed", "content-unreadable"}
    assert (answer.status, media) == codes, (remake, answer)


def _sealed_anew(world: World, exhibit: str, folder: Path, became: str, differs: bool, remake: str) -> None:
    """Sealed as it is: what its container states of it gives other media away (M5)."""
    office = world.kibra
    world.seized(exhibit)
    answer = world.start(*office.words(("seal", exhibit, str(folder)), None, True))
    assert answer.status == 0, (remake, answer)
    answer = world.start(*office.words(("--json", "verify", exhibit, "--media", str(folder)), None, False))
    expected = {"sealed-partial"} if became == "partly readable" else set()
    expected |= {"claim-differs"} if differs else set()
    assert answer.codes & {"sealed-partial", "claim-differs"} == expected, (remake, answer)
    assert answer.status == (4 if differs else 0), (remake, answer)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_small_files_that_want_to_be_large(tmp_path: Path, told: Counter[str]) -> None:
    """What cannot be described in a gibibyte and twenty seconds is not; the photograph behind them is."""
    evidence, scratch = tmp_path / "evidence", tmp_path / "scratch"
    evidence.mkdir()
    scratch.mkdir()
    for name, made in (TOO_LARGE | TOO_LONG | LARGE).items():
        (evidence / name).write_bytes(made())
    shutil.copyfile(EXIF / "Canon.jpg", evidence / "zz.jpg")
    with peaks() as most:
        found = measured_apart(evidence, scratch, longest=LONGEST)
    became = {name: sound(entry, (evidence / name).read_bytes()) for name, entry in found.entries.items()}
    assert {became[name] for name in TOO_LARGE} == {"exiftool stopped"}
    assert {became[name] for name in TOO_LONG} <= {"exiftool: no answer in 20 s", "exiftool stopped", "described"}
    assert became["zz.jpg"] == "described"
    assert found.memory < MOST_MEMORY
    assert max(most.values()) <= 1024
    told.update(became.values())
    told.update({f"MiB of {kind}": size for kind, size in most.items()})


def test_containers_that_want_to_be_large(tmp_path: Path, told: Counter[str]) -> None:
    """Half a million sections, a hundred thousand broken chunks, ten thousand parts."""
    chunk, size = zlib.compress(bytes(512)), 131_072
    (tmp_path / "sections.E01").write_bytes(image([ZEROS] * 32, more=[(b"odd", b"")] * 500_000))
    (tmp_path / "broken.E01").write_bytes(image([chunk, b""] * (size // 2), per_chunk=1))
    for suffix, content in named_parts(10_000).items():
        (tmp_path / f"parts.{suffix}").write_bytes(content)
    with peaks() as most:
        items = {item.name: item for item in image_items(tmp_path) if item.decoded}
    sections, broken = items[b"sections.E01/[media]"], items[b"broken.E01/[media]"]
    (whole,) = [item for name, item in items.items() if name.startswith(b"parts.")]
    assert (sections.outcome.value, sections.size) == ("measured", 1 << 20)
    assert (broken.outcome.value, broken.size) == ("partial", size * 512)
    assert (whole.outcome.value, whole.size) == ("measured", 10_000 * 32768)
    assert most["hashing.media.process"] <= 1024
    told.update({f"MiB of {kind}": size for kind, size in most.items()})


def test_archives_and_bags_that_lead_outside(beginning: World, tmp_path: Path, told: Counter[str]) -> None:
    world = copy(beginning, tmp_path / "world")
    around = set(os.listdir(tmp_path))
    for archive in ARCHIVES:
        offered_as_a_document(world, archive)
    for bag in BAGS:
        offered_as_a_package(world, bag)
    told["archives"], told["bags"] = len(ARCHIVES), len(BAGS)
    told["sealed as files"] = len(list(sealed_as_files(world, [*ARCHIVES, *BAGS], f"{CASE}/EX-9")))
    assert set(os.listdir(tmp_path)) == around


@pytest.mark.parametrize("bag", ESCAPES, ids=lambda bag: f"{bag.parent.name}-{bag.name}")
def test_escapes_in_a_real_package(beginning: World, tmp_path: Path, bag: Path) -> None:
    world = copy(beginning, tmp_path / "world")
    verified_and_received(world, world.sent(), bag)
    assert os.listdir(tmp_path) == ["world"]
