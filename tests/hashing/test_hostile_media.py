"""Files changed at random: measured exactly, described or told why not, judged rightly. `make campaign` tries more."""

import shutil
from pathlib import Path

import pytest

from tests.campaign.mutating import mutation
from tests.hashing.hostile import (
    EXIF,
    IMAGES,
    MOST_MEMORY,
    image_items,
    items_by_folder,
    measured_apart,
    right_finding,
    sound,
)

SEED = "ordinary"
FILES = ("Canon.jpg", "PDF.pdf", "PNG.png", "QuickTime.mov", "FlashPix.ppt", "XMP.svg", "ZIP.zip", "MXF.mxf")
SPLIT = ("ext2.split.E01", "ext2.split.E02")


@pytest.mark.skipif(not EXIF.is_dir(), reason="the shared files are not here")
def test_files_changed_at_random(tmp_path: Path) -> None:
    evidence, scratch = tmp_path / "evidence", tmp_path / "scratch"
    evidence.mkdir()
    scratch.mkdir()
    given = {f"{name}-{number}": mutation("any", SEED, EXIF / name, number) for name in FILES for number in range(6)}
    for name, content in given.items():
        (evidence / name).write_bytes(content)
    told = measured_apart(evidence, scratch)
    assert told.entries.keys() == given.keys()
    for name, content in given.items():
        sound(told.entries[name], content)
    assert told.memory < MOST_MEMORY


@pytest.mark.skipif(not IMAGES.is_dir(), reason="the shared images are not here")
def test_images_changed_at_random(tmp_path: Path) -> None:
    """What is cut off here was zeros: digests are the same, and still the media are not."""
    for name in SPLIT:
        (tmp_path / "sound").mkdir(exist_ok=True)
        shutil.copyfile(IMAGES / name, tmp_path / "sound" / name)
    sealed = image_items(tmp_path / "sound")
    for number in range(4):
        for kind, name in (("flip", SPLIT[0]), ("cut", SPLIT[1])):
            folder = tmp_path / "changed" / f"{kind}-{number}"
            shutil.copytree(tmp_path / "sound", folder)
            (folder / name).write_bytes(mutation(kind, SEED, IMAGES / name, number))
    kinds = {right_finding(sealed, now) for now in items_by_folder(tmp_path / "changed").values()}
    assert {"the same media", "partly readable"} < kinds


@pytest.mark.skipif(not EXIF.is_dir(), reason="the shared files are not here")
def test_a_mutation_can_be_made_again() -> None:
    for kind, path in (("any", EXIF / "Canon.jpg"), ("flip", IMAGES / "ext2.E01"), ("cut", IMAGES / "ext2.E01")):
        one, same, other = (mutation(kind, SEED, path, number) for number in (1, 1, 2))
        assert one == same != other
        assert path.read_bytes() not in (one, other)
