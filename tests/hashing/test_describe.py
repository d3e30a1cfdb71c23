"""Describing hostile files: by the real exiftool and libmagic, in a process that can do no harm."""

import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from hashing.copying import copy
from hashing.describe import describer, tags
from hashing.items import Outcome
from hashing.measure import Plan, measure
from hashing.sources import sources_from

from .conftest import descendants, wait_for

EXIFTOOL = shutil.which("exiftool")
needs_exiftool = pytest.mark.skipif(EXIFTOOL is None, reason="exiftool is not installed")
needs_magic = pytest.mark.skipif(describer._load_magic() is None, reason="libmagic is not installed")
pytestmark = needs_magic

# The smallest JPEG: a start, a quantisation table, one grey pixel, an end.
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "01" * 64 + "ffc0000b080001000101011100"
    "ffc40014000100000000000000000000000000000009ffc40014100100000000000000000000000000000000ffda0008010100003f0054"
    "ffd9"
)


@pytest.fixture
def photo(tmp_path):
    """A photograph with a camera, a place, a time and a thumbnail in it."""
    if EXIFTOOL is None:
        pytest.skip("exiftool is not installed")
    path = tmp_path / "photo.jpg"
    path.write_bytes(JPEG)
    (tmp_path / "thumbnail").write_bytes(JPEG)
    written = ["-Make=Tecno", "-Model=Camon 20", "-DateTimeOriginal=2026:10:02 08:11:04", "-OffsetTime=+03:00"]
    written += ["-GPSLatitude=1.2921", "-GPSLatitudeRef=S", "-GPSLongitude=36.8219", "-GPSLongitudeRef=E"]
    written += ["-Artist=nobody is asked for this", f"-ThumbnailImage<={tmp_path / 'thumbnail'}"]
    subprocess.run([EXIFTOOL, "-q", "-overwrite_original", *written, path], check=True)
    (tmp_path / "thumbnail").unlink()
    return path


def described(*paths, **plan):
    return {item.name: item.description for item in measure(sources_from(paths), Plan(describe=True, **plan))}


def fake_exiftool(folder, monkeypatch, script):
    """Something else where exiftool is looked for."""
    folder.mkdir()
    (folder / "exiftool").write_text(script)
    (folder / "exiftool").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_a_photograph(photo):
    found = described(photo)[b"photo.jpg"]
    assert found.media_type == "image/jpeg"
    assert found.not_examined is None
    assert found.metadata["EXIF:Make"] == "Tecno"
    assert found.metadata["EXIF:Model"] == "Camon 20"
    assert found.metadata["EXIF:DateTimeOriginal"] == "2026:10:02 08:11:04"
    assert found.metadata["EXIF:OffsetTime"] == "+03:00"
    assert found.metadata["File:FileType"] == "JPEG"
    assert found.metadata["File:ImageWidth"] == "1"
    assert found.metadata["Composite:GPSLatitude"].startswith("-1.2921")  # south
    assert found.metadata["Composite:GPSLongitude"].startswith("36.8219")
    assert all(tags.is_listed(tag) for tag in found.metadata)
    assert not [tag for tag, text in found.metadata.items() if "Thumbnail" in tag or "nobody" in text]


def test_a_copy_is_described_like_its_original(photo, tmp_path):
    (item,) = copy(sources_from([photo]), tmp_path / "copy", Plan(describe=True))
    assert item.description == described(photo)[b"photo.jpg"]


def test_undescribed_unless_asked(photo, measured):
    assert measured(photo)[b"photo.jpg"].description is None


def test_only_measured_items_are_described(tmp_path):
    (tmp_path / "link").symlink_to("x")
    (tmp_path / "text").write_text("some words\n")
    (tmp_path / "nothing").touch()
    found = described(tmp_path)
    assert found[b"link"] is None
    assert found[b"text"].media_type == "text/plain"
    assert found[b"text"].metadata == {}
    assert found[b"nothing"].media_type is not None


def test_hostile_names_run_nothing(photo, tmp_path):
    canary = tmp_path / "canary"
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    command = f'system("touch {canary}")'.replace("/", "\u2215")  # a name cannot hold a slash
    names = [
        f"x\n-if\n{command}\n.jpg",
        "x\n-if\nsystem('touch canary')\n.jpg",
        "-@",
        "-@ARGS",
        "-execute",
        "-stay_open",
    ]
    names += ["|touch canary", "touch canary|", "-config", "-ver", "%(canary)s", "$(touch canary).jpg", ">canary"]
    for name in names:
        shutil.copy(photo, evidence / name)
    for name, found in described(evidence).items():
        assert found.metadata["EXIF:Make"] == "Tecno", name
        assert found.not_examined is None
    assert not [path for path in tmp_path.rglob("canary*") if path.parent != evidence]
    assert not Path("canary").exists()


def test_hostile_tags_stay_text(photo):
    hostile = "a\nb\x1b[2J{ready}\u202e(Binary data 5 bytes)" + "x" * 3000
    subprocess.run([EXIFTOOL, "-q", "-overwrite_original", "-E", f"-Model={hostile}", photo], check=True)
    text = described(photo)[b"photo.jpg"].metadata["EXIF:Model"]
    assert text.startswith("a\nb\x1b[2J{ready}\u202e")
    assert len(text) == 1000
    assert text.endswith("…")


def test_times_of_access_stay(photo):
    os.utime(photo, (1_000_000_000, 1_000_000_000))  # so long ago that any reading would show
    before = os.stat(photo)
    described(photo)
    after = os.stat(photo)
    assert (before.st_atime_ns, before.st_mtime_ns, before.st_ctime_ns) == (
        after.st_atime_ns,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )


def test_without_exiftool(photo, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "exiftool").mkdir()
    found = described(photo)[b"photo.jpg"]
    assert found.media_type == "image/jpeg"
    assert (found.metadata, found.not_examined) == ({}, "exiftool not installed")


def test_exiftool_in_the_current_folder_is_not_run(photo, tmp_path, monkeypatch):
    fake_exiftool(tmp_path / "evidence", monkeypatch, f"#!/bin/sh\ntouch {tmp_path}/canary\n")
    monkeypatch.chdir(tmp_path / "evidence")
    monkeypatch.setenv("PATH", ".::")
    assert described(photo)[b"photo.jpg"].not_examined == "exiftool not installed"
    assert not (tmp_path / "canary").exists()


def test_exiftool_that_hangs_costs_only_its_description(tmp_path, monkeypatch):
    for name in ("a.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(JPEG)
    (tmp_path / "b.txt").write_text("words")
    fake_exiftool(tmp_path / "bin", monkeypatch, "#!/bin/sh\nexec /bin/sleep 1000\n")
    items = {i.name: i for i in measure(sources_from([tmp_path]), Plan(describe=True, describe_limit=0.7))}
    for name in (b"a.jpg", b"c.jpg"):
        assert items[name].outcome is Outcome.MEASURED
        assert items[name].description.media_type == "image/jpeg"
        assert items[name].description.not_examined == "exiftool gave no answer in 0.7 s"
    assert items[b"b.txt"].description.media_type == "text/plain"
    assert wait_for(lambda: not descendants(os.getpid()), 5)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("#!/bin/sh\nexit 1\n", "exiftool"),
        ("#!/bin/sh\nkill -SEGV $$\n", "exiftool"),
        ("#!/missing\n", "exiftool"),
        ("#!/bin/sh\nwhile read line; do echo nonsense; done\n", "exiftool"),
        ("#!/bin/sh\nwhile :; do echo too much; done\n", "exiftool"),
    ],
)
def test_exiftool_that_fails(tmp_path, monkeypatch, script, why):
    (tmp_path / "a.jpg").write_bytes(JPEG)
    (tmp_path / "b.jpg").write_bytes(JPEG)
    fake_exiftool(tmp_path / "bin", monkeypatch, script)
    found = described(tmp_path / "a.jpg", tmp_path / "b.jpg", describe_limit=0.8)
    for description in found.values():
        assert description.media_type == "image/jpeg"
        assert why in description.not_examined
        assert description.metadata == {}


@pytest.mark.parametrize(
    ("number", "why"), [(signal.SIGKILL, "describer stopped (signal 9)"), (signal.SIGSTOP, "no answer")]
)
def test_a_describer_that_is_struck_costs_one_description(tmp_path, number, why):
    for name in range(200):
        (tmp_path / f"{name:03}").write_text("words\n" * name)
    struck = []

    def strike():
        def describers():
            return [
                pid for pid in descendants(os.getpid()) if b"describer" in Path(f"/proc/{pid}/cmdline").read_bytes()
            ]

        while not struck:
            try:
                for pid in describers():
                    os.kill(pid, number)
                    struck.append(pid)
            except OSError:
                continue

    attacker = threading.Thread(target=strike)
    attacker.start()
    found = described(tmp_path, describe_limit=4.0)
    attacker.join()
    missing = [description for description in found.values() if description.not_examined]
    assert len(found) == 200
    assert len(missing) <= len(struck)
    assert all(why in description.not_examined for description in missing)


def test_a_describer_that_never_runs_is_not_tried_for_ever(tmp_path, monkeypatch):
    from hashing.describe import asking
    from hashing.sandbox import process
    from hashing.sandbox.spawn import SpawnedProcess

    begun = []

    def broken(module, arguments, own_group):
        begun.append(module)
        return SpawnedProcess("hashing.missing", arguments, own_group=own_group)

    monkeypatch.setattr(process, "SpawnedProcess", broken)
    asked = asking.Describer("", 5.0)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    answers = [asked.describe(descriptor) for _ in range(10)]
    os.close(descriptor)
    assert len(begun) == 3
    assert b"describer stopped (exit status 1)" in answers[0]
    assert b"the describer does not run" in answers[-1]


def test_files_that_hang_by_the_thousand_do_not_get_all_of_the_time(tmp_path, monkeypatch):
    from hashing.describe import asking
    from hashing.sandbox import process
    from hashing.sandbox.spawn import SpawnedProcess

    silent = "tests.hashing.media_liars"
    monkeypatch.setattr(
        process, "SpawnedProcess", lambda module, rest, own_group: SpawnedProcess(silent, rest, own_group=own_group)
    )
    asked = asking.Describer("silence", 0.2)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    said = [asking.unpack(asked.describe(descriptor))[1] for _ in range(12)]
    os.close(descriptor)
    assert said == ["the describer gave no answer in 0.2 s"] * 10 + ["the describer gave no answer in 0.02 s"] * 2


@needs_exiftool
def test_all_samples_go_through(shared):
    found = described(shared / "exif")
    assert len(found) > 150
    assert all(description.media_type for description in found.values())
    failed = {d.not_examined for d in found.values() if d.not_examined}
    assert failed <= {"exiftool: Unknown file type", "exiftool: File format error"}
    assert found[b"Canon.jpg"].metadata["MakerNotes:SerialNumber"] == "560018150"
    assert found[b"DjVu.djvu"].metadata == {}
    for description in found.values():
        for tag, text in description.metadata.items():
            assert tags.is_listed(tag)
            assert "Binary data" not in text


@needs_exiftool
def test_damaged_samples_go_through(shared, tmp_path):
    for number, name in enumerate(["Canon.jpg", "Nikon.nef", "PDF.pdf", "QuickTime.mov", "PNG.png", "ExifTool.tif"]):
        content = (
            bytearray((shared / "exif" / name).read_bytes()) if (shared / "exif" / name).exists() else bytearray(JPEG)
        )
        for turn in range(12):
            for place in range(turn, len(content), 97 + 13 * turn):
                content[place] ^= 0xFF >> (turn + number) % 8
            (tmp_path / f"{number}-{turn}").write_bytes(content[: len(content) - turn * 50])
    found = described(tmp_path, describe_limit=10.0)
    assert len(found) == 72
    assert not [d for d in found.values() if d.not_examined and "describer" in d.not_examined]


def test_the_list_of_media_types():
    for asked in ("image/jpeg", "video/mp4", "audio/mpeg", "application/pdf", "application/msword"):
        assert tags.worth_asking(asked)
    for not_asked in (
        "text/plain",
        "application/zip",
        "application/x-executable",
        "image/vnd.djvu",
        "image/vnd.djvu+x",
    ):
        assert not tags.worth_asking(not_asked)
    for dangerous in ("-ee", "-b", "-if", "-p", "-w", "-config"):
        assert dangerous not in tags.OPTIONS
    assert not [tag for tag in tags.TAGS if "Thumbnail" in tag or "Preview" in tag or "*" in tag]
