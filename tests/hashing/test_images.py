"""Disk images: which files are one, what is inside, and what hostile containers may do."""

import hashlib
import os
import random
import shutil
import struct
import zlib
from pathlib import Path

import pytest

from hashing.items import Item, Outcome
from hashing.measure import Plan, measure
from hashing.media.naming import EWF, SPLIT, image_of, images_among
from hashing.sources import sources_from

IMAGES = Path(__file__).parents[3] / "shared" / "data" / "images"
EXT2 = "a6c2f0e39afe6c6ab432ca5465349fcefe8dc944398e97b2d957d3f89dbb5d80"
EXT2_MD5 = "196066add11fb71c4c49cf1bb50d6d24"
needs_images = pytest.mark.skipif(not IMAGES.is_dir(), reason="the shared images are not here")


def inside(*paths: Path, **facts: object) -> dict[str, Item]:
    """The media inside images, by the name in the list."""
    plan = Plan(decode=True, **facts)  # type: ignore[arg-type]
    return {i.name.decode(): i for i in measure(sources_from([str(p) for p in paths]), plan) if i.decoded}


@pytest.mark.parametrize(
    ("first", "more", "kind", "count"),
    [
        ("a.E01", ["a.E02"], EWF, 2),
        ("a.E01", [f"a.E{n:02d}" for n in range(2, 100)] + ["a.EAA", "a.EAB"], EWF, 101),
        ("a.e01", ["a.e02", "a.E03"], EWF, 2),
        ("a.Ex01", ["a.Ex02", "a.E02"], EWF, 2),
        ("a.001", ["a.002", "a.003"], SPLIT, 3),
        ("a.000", ["a.001"], SPLIT, 2),
        ("a.0001", ["a.0002", "a.0003"], SPLIT, 3),
        ("a.01", ["a.02"], SPLIT, 2),
        ("a.1", ["a.2", *(f"a.{n}" for n in range(3, 12))], SPLIT, 11),
        ("a.001", [f"a.{n:03d}" for n in range(2, 1003)], SPLIT, 1002),
        ("a.dd.aa", ["a.dd.ab", "a.dd.ac"], SPLIT, 3),
        ("a.AAA", ["a.AAB"], SPLIT, 2),
    ],
)
def test_parts_by_their_names(first: str, more: list[str], kind: str, count: int) -> None:
    here = frozenset(name.encode() for name in (first, *more))
    image = image_of(first.encode(), here)
    assert image is not None
    assert (image.kind, len(image.names), image.names[0], image.missing) == (kind, count, first.encode(), ())


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["a.001", "a.002", "a.004", "a.005"], ["a.003"]),
        (["a.002", "a.003"], ["a.001"]),
        (["a.000", "a.003"], ["a.001", "a.002"]),
        (["a.aa", "a.ac"], ["a.ab"]),
        (["a.E01", "a.E02", "a.E04"], ["a.E03"]),
        (["a.E02"], ["a.E01"]),
        ([f"a.E{n:02d}" for n in range(1, 100)] + ["a.EAB"], ["a.EAA"]),
    ],
)
def test_a_part_that_is_not_there_is_named(names: list[str], missing: list[str]) -> None:
    (image,) = images_among([name.encode() for name in names])
    assert [name.decode() for name in image.names] == names
    assert [name.decode() for name in image.missing] == missing
    assert missing[0][2:] in image.lack


@pytest.mark.parametrize(
    "names",
    [["a.exe", "a.EXE"], ["a.1"], ["a.120", "a.121"], ["a.ab", "a.ac"], ["ls.1", "cp.1"], ["a.001", "b.002"],
     ["a.000001", "a.999999"], ["2024.01.05", "2024.02.17"]],
)  # fmt: skip
def test_names_that_are_no_parts(names: list[str]) -> None:
    assert images_among([name.encode() for name in names]) == []


def test_raw_parts_with_a_hole_are_not_read_as_a_whole(tmp_path: Path) -> None:
    """Not as the parts before the hole either; and whoever names the first names those behind the hole."""
    for number in (1, 2, 4, 5):
        (tmp_path / f"card.{number:03d}").write_bytes(bytes([number]) * (1 << 20))
    for paths in ([tmp_path], [tmp_path / "card.001"]):
        items = list(measure(sources_from([str(p) for p in paths]), Plan(decode=True)))
        assert [i.name for i in items[:-1]] == [b"card.001", b"card.002", b"card.004", b"card.005"]
        media = items[-1]
        assert (media.name, media.outcome, media.digests) == (b"card.005/[media]", Outcome.UNREADABLE, {})
        assert media.segments == (1, 2, 3, 4)
        assert "part 003 of the image not there" in (media.reason or "")


@pytest.mark.parametrize("name", ["a.E0", "a.txt", "E01", "a.001", "a.jpg", "a", "a.L01"])
def test_what_is_no_first_part(name: str) -> None:
    assert image_of(name.encode(), frozenset({name.encode()})) is None


def test_a_second_first_part_belongs_to_the_one_before() -> None:
    assert image_of(b"a.001", frozenset({b"a.000", b"a.001", b"a.002"})) is None


@needs_images
def test_every_image_gives_the_published_digests() -> None:
    found = inside(IMAGES, algorithms=("sha256", "md5"))
    assert {name: (i.digests["sha256"], i.digests["md5"], i.size) for name, i in found.items() if "ext2" in name} == {
        f"ext2.{name}/[media]": (EXT2, EXT2_MD5, 4194304) for name in ("E01", "split.E02", "splitraw.001")
    }
    assert found["image.E01/[media]"].digests["md5"] == "3ebb0b7dcd6b5fcd59a0020625d70994"
    assert (
        found["image.E01/[media]"].digests["sha256"] == hashlib.sha256((IMAGES / "image.dd").read_bytes()).hexdigest()
    )


@needs_images
def test_the_container_states_digests_and_case_fields() -> None:
    item = inside(IMAGES / "ext2.E01")["ext2.E01/[media]"]
    assert item.claimed == {"md5": EXT2_MD5}
    assert item.digests == {"sha256": EXT2, "md5": EXT2_MD5}  # computed too, so that the two can be compared
    assert item.description is not None
    assert item.description.metadata["ewf:examiner_name"] == "examiner"


@needs_images
def test_the_first_part_stands_for_all() -> None:
    for name in ("ext2.split.E01", "ext2.splitraw.000"):
        (item,) = inside(IMAGES / name).values()
        assert (item.digests["sha256"], item.segments) == (EXT2, (1, 2))


@needs_images
def test_the_numbers_of_the_parts_are_those_of_their_items(tmp_path: Path) -> None:
    deep = tmp_path / "b" / "deep"
    deep.mkdir(parents=True)
    for name in ("a.txt", "b/c.txt", "b/deep/ext2.split.E01.txt", "z"):
        (tmp_path / name).write_text(name)
    for name in ("ext2.split.E01", "ext2.split.E02"):
        shutil.copy(IMAGES / name, deep)
    items = list(measure(sources_from([str(tmp_path)]), Plan(decode=True)))
    (media,) = [item for item in items if item.decoded]
    assert [items[n - 1].name for n in media.segments] == [b"b/deep/ext2.split.E01", b"b/deep/ext2.split.E02"]
    assert items.index(media) == media.segments[-1]


@needs_images
def test_a_part_that_is_missing(tmp_path: Path) -> None:
    shutil.copy(IMAGES / "ext2.split.E01", tmp_path)
    (item,) = inside(tmp_path).values()
    assert item.outcome is Outcome.PARTIAL
    assert "could not be read" in (item.reason or "")
    ((offset, length),) = item.unreadable
    assert offset + length == item.size == 4194304


def test_a_name_alone_makes_no_image(tmp_path: Path) -> None:
    (tmp_path / "a.E01").write_bytes(b"not an image")
    (tmp_path / "b.001").write_bytes(bytes(1 << 20))
    (tmp_path / "b.002").write_bytes(bytes((1 << 20) + 512))
    os.mkfifo(tmp_path / "c.E01")
    assert inside(tmp_path) == {}


@needs_images
def test_what_only_begins_like_an_image_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.E01").write_bytes((IMAGES / "ext2.E01").read_bytes()[:600])
    (item,) = inside(tmp_path).values()
    assert (item.outcome, item.digests) == (Outcome.UNREADABLE, {})
    assert "libewf" in (item.reason or "")


@needs_images
def test_damaged_containers_cost_their_media_only(tmp_path: Path) -> None:
    """Never another digest under a sound outcome without the claim that gives it away; the campaign does 300."""
    data = (IMAGES / "ext2.E01").read_bytes()
    chance = random.Random(5)
    for number in range(24):
        hurt = bytearray(data)
        if number % 4 == 3:
            del hurt[chance.randrange(len(hurt)) :]
        else:
            hurt[chance.randrange(len(hurt))] ^= 1 << chance.randrange(8)
        (tmp_path / f"{number:02d}.E01").write_bytes(hurt)
    for item in inside(tmp_path).values():
        if item.outcome is Outcome.MEASURED and item.digests["sha256"] != EXT2:
            assert item.claimed.get("md5") != item.digests.get("md5")
        assert item.outcome in (Outcome.MEASURED, Outcome.PARTIAL, Outcome.UNREADABLE)


def _section(name: bytes, after: int, body: bytes) -> bytes:
    head = struct.pack("<16sQQ40x", name, after, 76 + len(body))
    return head + struct.pack("<I", zlib.adler32(head)) + body


def with_errors(container: bytes, *errors: tuple[int, int]) -> bytes:
    """A container of one part with an `error2` section before its last section, as an acquisition tool writes it."""
    at, last = 13, 13
    while True:
        after = struct.unpack_from("<Q", container, at + 16)[0]
        if after <= at:
            break
        last, at = at, after
    assert container[at : at + 4] == b"done" and last < at
    head = struct.pack("<I512x", len(errors))
    entries = b"".join(struct.pack("<II", *each) for each in errors)
    body = head + struct.pack("<I", zlib.adler32(head)) + entries + struct.pack("<I", zlib.adler32(entries))
    done = at + 76 + len(body)
    return container[:at] + _section(b"error2", done, body) + _section(b"done", done, b"")


@needs_images
def test_a_container_that_states_what_could_not_be_read(tmp_path: Path) -> None:
    """The media are what they are; the gaps stand beside them."""
    whole = (IMAGES / "ext2.E01").read_bytes()
    for name, errors in {
        "a.E01": ((8, 65), (100, 1)),
        "b.E01": ((8, 10), (12, 4), (8191, 100), (9000, 1)),
        "c.E01": (),
    }.items():
        (tmp_path / name).write_bytes(with_errors(whole, *errors))
    damaged = with_errors(whole, (8, 65))
    place = damaged.index(b"error2") + 76
    (tmp_path / "d.E01").write_bytes(damaged[:place] + b"\xff" + damaged[place + 1 :])
    found = {name[0]: item for name, item in inside(tmp_path).items()}
    assert {found[name].digests["sha256"] for name in "abc"} == {EXT2}
    assert found["a"].gaps == ((8 * 512, 65 * 512), (100 * 512, 512))
    assert found["b"].gaps == ((8 * 512, 10 * 512), (8191 * 512, 512))
    assert found["c"].gaps == found["d"].gaps == ()
