"""Which files lie in some bytes: real file systems, read by the real process; and what hostile ones may do."""

import os
import random
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from hashing.damage import allocation
from hashing.damage.files import lying_in, unpacked
from hashing.damage.opening import OpenedItem
from hashing.damage.saying import Lying
from hashing.media.kinds import EWF, RAW

from ..disks import CLUSTER, DATA, ROOT, Fat, ext, place

IMAGES = Path(__file__).parents[4] / "shared" / "data" / "images"
needs_images = pytest.mark.skipif(not IMAGES.is_dir(), reason="the shared images are not here")
PICTURE = os.urandom(5 * CLUSTER + 700)


def lying(path: Path, *spans: tuple[int, int], kind: str = RAW, seconds: float = 30.0) -> Lying:
    """What lies in some bytes of an image."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return lying_in(OpenedItem(kind=kind, descriptors=(descriptor,)), spans, seconds)
    finally:
        os.close(descriptor)


def named(found: Lying) -> set[tuple[str, str, int]]:
    """Kind, path and bytes of each place."""
    assert found.left == ""
    return {(each.kind, each.path, each.size) for each in found.found}


@pytest.fixture
def fat(tmp_path: Path) -> tuple[Path, dict[str, int]]:
    """A card with a picture, a note and a deleted picture."""
    disk = Fat()
    first = {
        "picture": disk.add(b"IMG_0001.JPG", PICTURE),
        "note": disk.add(b"NOTES.TXT", b"milk"),
        "gone": disk.add(b"IMG_0002.JPG", PICTURE[:CLUSTER], deleted=True),
    }
    (tmp_path / "card.dd").write_bytes(disk.data)
    return tmp_path / "card.dd", first


def test_a_file_is_named_by_its_blocks(fat: tuple[Path, dict[str, int]]) -> None:
    card, first = fat
    start = place(first["picture"])
    found = lying(card, (start + CLUSTER, 7), (start + 3 * CLUSTER, 100))
    assert named(found) == {("file", "IMG_0001.JPG", 107)}
    assert found.systems == ("FAT16",)


def test_every_kind_of_place_is_told_apart(fat: tuple[Path, dict[str, int]]) -> None:
    card, first = fat
    end = place(first["picture"]) + 5 * CLUSTER
    assert named(lying(card, (end + 600, 200))) == {("file", "IMG_0001.JPG", 100), ("slack", "IMG_0001.JPG", 100)}
    assert named(lying(card, (place(first["gone"]) + 5, 3))) == {("deleted", "_MG_0002.JPG", 3)}
    assert named(lying(card, (0, 512))) == {("structures", "$MBR", 512)}
    assert named(lying(card, (4 * 512, 10))) == {("structures", "$FAT1", 10)}
    assert named(lying(card, (512, 512))) == {("structures", "", 512)}
    assert named(lying(card, (DATA - ROOT * 32 + 40, 4))) == {("folder", "", 4)}
    assert named(lying(card, (place(60), 4096))) == {("free", "", 4096)}


def test_all_bytes_of_an_image_are_accounted_for(fat: tuple[Path, dict[str, int]]) -> None:
    card, _ = fat
    size = card.stat().st_size
    found = lying(card, (0, size))
    assert sum(each.size for each in found.found) == size
    beyond = lying(card, (size - 10, 500))
    assert sum(each.size for each in beyond.found) == 10, "what is behind the end lies nowhere"


def test_the_files_of_an_ext_system(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "DCIM"
    folder.mkdir(parents=True)
    (folder / "IMG_0001.JPG").write_bytes(PICTURE)
    (folder / "link").symlink_to("IMG_0001.JPG")
    image = ext(tmp_path / "card.dd", tmp_path / "in")
    start = image.read_bytes().index(PICTURE)
    found = lying(image, (start + 5000, 3))
    assert (named(found), found.systems) == ({("file", "DCIM/IMG_0001.JPG", 3)}, ("ext4",))
    assert named(lying(image, (1024, 8))) == {("structures", "", 8)}
    assert named(lying(image, (start + len(PICTURE) + 10, 4))) == {("slack", "DCIM/IMG_0001.JPG", 4)}
    whole = lying(image, (0, image.stat().st_size))
    assert sum(each.size for each in whole.found) == image.stat().st_size


def test_partitions_are_told_apart(tmp_path: Path) -> None:
    disk = Fat()
    first = disk.add(b"IMG_0001.JPG", PICTURE)
    table = bytearray(1 << 20)
    for at, (start, count, kind) in enumerate([(2048, len(disk.data) // 512, 0x06), (81920, 2048, 0x83)]):
        struct.pack_into("<B3xB3xII", table, 446 + 16 * at, 0, kind, start, count)
    table[510:512] = b"\x55\xaa"
    image = tmp_path / "disk.dd"
    image.write_bytes(table + disk.data + bytes(40 << 20))
    found = lying(image, (100, 4), ((1 << 20) + place(first), 9), (81920 * 512 + 5, 6), (50 << 20, 7))
    assert [(each.kind, each.volume, each.path, each.size) for each in found.found] == [
        ("file", 1, "IMG_0001.JPG", 9),
        ("unread", 2, "", 6),
        ("outside", 0, "", 11),
    ]
    assert found.systems == ("FAT16 in partition 1",)


@needs_images
def test_the_media_inside_a_container_are_looked_at(tmp_path: Path) -> None:
    stored, inside = (lying(IMAGES / f"image.{end}", (0, 102400), kind=k) for end, k in (("dd", RAW), ("E01", EWF)))
    assert named(stored) == named(inside)
    assert ("file", "passwords.txt", 116) in named(inside)
    assert ("free", "", 74 * 1024) in named(inside), "as dumpe2fs counts them"


def test_no_file_system_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "noise"
    path.write_bytes(os.urandom(1 << 20))
    found = lying(path, (4096, 512))
    assert (named(found), found.systems) == ({("unread", "", 512)}, ())
    path.write_bytes(b"")
    assert lying(path, (0, 1)).found == ()


def test_a_name_may_hold_anything(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    names = [b"\x1b[2J\x1b]0;title\x07", b"\xff\xfe", "‮txt.exe".encode(), b"a\nREFUTED", b"x" * 255]
    for name in names:
        (folder / os.fsdecode(name)).write_bytes(os.urandom(3000))
    image = ext(tmp_path / "card.dd", folder)
    found = {each.path for each in lying(image, (0, image.stat().st_size)).found if each.kind == "file"}
    assert found == {name.decode("utf-8", "backslashreplace") for name in names}


def test_many_files_are_counted_and_the_first_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number:03}").write_bytes(b"x" * 900)
    image = ext(tmp_path / "card.dd", folder)
    found = lying(image, (0, image.stat().st_size))
    kept = [each for each in found.found if each.kind in ("file", "slack")]
    assert len(kept) < 100
    assert len(kept) + found.more == 600, "each file, and the rest of its block"


# --- hostile -------------------------------------------------------------


def test_folders_inside_themselves_end(tmp_path: Path) -> None:
    """A folder that is its own child, on a FAT: every path ends."""
    disk = Fat()
    cluster = disk.add(b"LOOP", b"x")
    at = DATA - ROOT * 32
    disk.data[at + 11] = 0x10
    entry = bytes(disk.data[at : at + 32])
    disk.data[place(cluster) : place(cluster) + 64] = entry + b"OTHER      " + entry[11:]
    path = tmp_path / "loop.dd"
    path.write_bytes(disk.data)
    found = lying(path, (place(cluster), 512))
    assert {each.kind for each in found.found} <= {"folder", "deleted", "structures", "not-known"}


def test_time_runs_out_and_what_was_found_stays(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(2000):
        (folder / f"{number:04}").write_bytes(b"x")
    image = ext(tmp_path / "card.dd", folder, "48M")
    found = lying(image, (0, image.stat().st_size), seconds=0.001)
    assert "it was ended after 0.001 s" in found.left


def test_flipped_bits_cost_the_answer_only(fat: tuple[Path, dict[str, int]], tmp_path: Path) -> None:
    """A crash, a hang or nonsense is an answer with a reason; the campaign flips many more."""
    card, first = fat
    sound, chance = card.read_bytes(), random.Random(7)
    path = tmp_path / "hurt.dd"
    for _ in range(12):
        hurt = bytearray(sound)
        for _ in range(40):
            hurt[chance.randrange(place(first["picture"]))] ^= 1 << chance.randrange(8)
        path.write_bytes(hurt)
        found = lying(path, (place(first["picture"]), 5000), seconds=5)
        assert isinstance(found, Lying)
        assert sum(each.size for each in found.found) <= 5000 * 40


ANSWER = b'{"found":[{"kind":"file","volume":0,"path":"a","size":5}],"more":0,"systems":["ext4"],"left":""}'


def test_an_answer_is_taken_as_it_is_meant() -> None:
    (only,) = unpacked(ANSWER, 10).found
    assert (only.kind, only.path, only.size) == ("file", "a", 5)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"kind":"file"', b'"kind":"verdict"'),
        (b'"size":5', b'"size":-1'),
        (b'"size":5', b'"size":5.0'),
        (b'"size":5', b'"size":true'),
        (b'"size":5', b'"size":99999999999999999999'),
        (b'"path":"a"', b'"path":7'),
        (b'"path":"a"', b'"path":"' + b"a" * 2000 + b'"'),
        (b'"path":"a"', b'"path":"\\ud800"'),
        (b'"kind":"file"', b'"kind":"free"'),
        (b'"more":0', b'"more":"many"'),
        (b'"systems":["ext4"]', b'"systems":[["ext4"]]'),
        (b'"systems":["ext4"]', b'"systems":7'),
        (b'"left":""', b'"left":null'),
        (b'"left":""', b'"left":"","verdict":"CONFIRMED"'),
        (b'"found":[', b'"found":[' + b"[" * 100_000),
        (b"}", b""),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(ValueError):
        unpacked(ANSWER.replace(old, new, 1), 10)


# --- which blocks are in use ---------------------------------------------


WAYS = ((), ("-O", "^flex_bg"), ("-O", "^metadata_csum,^64bit"), ("-O", "^sparse_super,^resize_inode"))


@pytest.mark.parametrize("options", WAYS)
def test_free_blocks_are_those_that_dumpe2fs_names(tmp_path: Path, options: tuple[str, ...]) -> None:
    tool = shutil.which("dumpe2fs", path=os.environ["PATH"] + ":/sbin:/usr/sbin")
    if tool is None:
        pytest.skip("dumpe2fs is not installed")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "file").write_bytes(os.urandom(70_000))
    image = ext(tmp_path / "a.img", folder, "100M", *options)
    told = subprocess.run([tool, str(image)], capture_output=True, text=True, check=True).stdout
    free = {
        block
        for line in re.findall(r"^  Free blocks: (.*)$", told, re.MULTILINE)
        for part in filter(None, line.split(", "))
        for block in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1)
    }
    data = image.read_bytes()
    in_use = allocation.ext(lambda offset, length: data[offset : offset + length])
    assert {block for block in range(len(data) // 1024) if not in_use(block)} == free
    assert len(free) > 50_000


@pytest.mark.parametrize(
    ("words", "name", "maps"),
    [(("mkntfs", "-q", "-F", "-f"), "NTFS", "$Bitmap"), (("mkfs.exfat",), "exFAT", "$ALLOC_BITMAP")],
)
def test_file_systems_that_keep_a_map_of_bits(tmp_path: Path, words: tuple[str, ...], name: str, maps: str) -> None:
    tool = shutil.which(words[0], path=os.environ["PATH"] + ":/sbin:/usr/sbin")
    if tool is None:
        pytest.skip(f"{words[0]} is not installed")
    path = tmp_path / "a.img"
    path.write_bytes(bytes(24 << 20))
    subprocess.run([tool, *words[1:], str(path)], check=True, capture_output=True)
    found = lying(path, (0, 24 << 20))
    sizes = {kind: sum(each.size for each in found.found if each.kind == kind) for kind in ("free", "structures")}
    assert (found.systems, found.left) == ((name,), "")
    assert maps in {each.path for each in found.found}
    assert sizes["free"] > sizes["structures"] > 0
    assert sum(each.size for each in found.found) == 24 << 20


@pytest.mark.parametrize("bits", [12, 16, 32])
def test_a_fat_of_each_width_is_read_as_it_is_made(tmp_path: Path, bits: int) -> None:
    tool = shutil.which("mkfs.vfat", path=os.environ["PATH"] + ":/sbin:/usr/sbin")
    if tool is None:
        pytest.skip("mkfs.vfat is not installed")
    path = tmp_path / "fat.img"
    with path.open("wb") as file:
        file.truncate({12: 4, 16: 24, 32: 80}[bits] << 20)
    subprocess.run([tool, "-F", str(bits), "-s", "2", str(path)], check=True, capture_output=True)
    data = path.read_bytes()
    in_use = allocation.fat(lambda offset, length: data[offset : offset + length])
    used = [block for block in range(len(data) // 512 - 8) if in_use(block)]
    assert used == list(range(len(used))), "tables at the beginning, and of FAT32 the root folder"
    assert not in_use(len(used))


@pytest.mark.parametrize("make", [allocation.fat, allocation.ext])
def test_tables_that_make_no_sense_are_not_known(make: object) -> None:
    for data in (b"", bytes(4096), b"\xff" * 4096):
        with pytest.raises(allocation.Unknown):
            make(lambda offset, length, data=data: data[offset : offset + length])  # type: ignore[operator]
