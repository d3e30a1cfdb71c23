"""Contents that are not what was sealed: each defect its own finding, and the right file named."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.custody.station import CASE, EX, World

ONE, TWO, NOTE = "DCIM/100/IMG_0001.JPG", "DCIM/100/IMG_0002.JPG", "a note.txt"


def _changed(media: Path) -> None:
    data = bytearray((media / ONE).read_bytes())
    data[-3] ^= 1
    (media / ONE).write_bytes(data)


def _truncated(media: Path) -> None:
    os.truncate(media / NOTE, 10)


def _renamed(media: Path) -> None:
    (media / ONE).rename(media / "DCIM/100/img_0001.jpg")


def _replaced(media: Path) -> None:
    (media / TWO).write_bytes(b"x" * (media / TWO).stat().st_size)


def _swapped(media: Path) -> None:
    one, two = (media / ONE).read_bytes(), (media / TWO).read_bytes()
    (media / ONE).write_bytes(two)
    (media / TWO).write_bytes(one)


def _linked(media: Path) -> None:
    target = media.parent / "target"
    (media / ONE).rename(target)
    (media / ONE).symlink_to(target)


def _emptied(media: Path) -> None:
    os.truncate(media / ONE, 0)


def _folder(media: Path) -> None:
    (media / NOTE).unlink()
    (media / NOTE).mkdir()


def _added(media: Path) -> None:
    (media / "DCIM/extra.jpg").write_bytes(b"planted")


def _gone_and_added(media: Path) -> None:
    (media / ONE).unlink()
    _added(media)


# name: (what is done, exit status of verify, {finding code: files named})
DEFECTS: dict[str, tuple[Callable[[Path], None], int, dict[str, set[str]]]] = {
    "nothing": (lambda media: None, 0, {}),
    "one bit changed": (_changed, 3, {"content-changed": {ONE}}),
    "truncated": (_truncated, 3, {"content-changed": {NOTE}}),
    "emptied": (_emptied, 3, {"content-changed": {ONE}}),
    "replaced": (_replaced, 3, {"content-changed": {TWO}}),
    "two swapped": (_swapped, 3, {"content-changed": {ONE, TWO}}),
    "missing": (lambda media: (media / ONE).unlink(), 3, {"content-missing": {ONE}}),
    "extra": (_added, 4, {"content-extra": {"DCIM/extra.jpg"}}),
    "renamed": (_renamed, 4, {"content-renamed": {"DCIM/100/img_0001.jpg"}}),
    "a link in its place": (_linked, 3, {"content-changed": {ONE}}),
    "a folder in its place": (_folder, 3, {"content-changed": {NOTE}}),
    "missing and extra": (
        _gone_and_added, 3,
        {"content-missing": {ONE}, "content-extra": {"DCIM/extra.jpg"}},
    ),
}  # fmt: skip


def _named(answer: object) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in answer.json["findings"]:  # type: ignore[attr-defined]
        if finding["severity"] != "note":
            found.setdefault(finding["code"], set()).add(finding["facts"].get("item", ""))
    return found


@pytest.mark.parametrize("case", DEFECTS)
def test_media_in_the_hands_of_their_holder(world: World, case: str) -> None:
    damage, status, expected = DEFECTS[case]
    world.sealed()
    damage(world.media)
    with world.unchanged():
        report = world.kibra.verify(EX, "--media", world.media)
    assert (report.status, _named(report)) == (status, expected), report
    shown = world.kibra("verify", EX, "--media", world.media).out
    for names in expected.values():
        assert all(name in " ".join(shown.split()) for name in names)
    if expected:
        code = next(iter(expected))
        release = ("release", EX, "--to", "LAB", "--purpose", "x", "--media", world.media, "--out", world.path / "usb")
        told = world.kibra.refused(*release, says="cannot be released")
        assert any(code in told.said for code in expected), (code, told)


@pytest.mark.parametrize("case", [name for name in DEFECTS if name != "nothing"])
def test_media_inside_a_package(world: World, case: str) -> None:
    damage, status, expected = DEFECTS[case]
    package = world.sent()
    damage(package / "data/KIBRA" / EX)
    if damage is _linked:  # what it points to lies in the package too, and is nobody's
        here = f"data/KIBRA/{EX}"
        expected = {
            **expected, "link-in-package": {f"{here}/{ONE}"}, "content-extra": {"data/KIBRA/KBR-2026-0042/target"}
        }  # fmt: skip
    report = world.lab.verify(package)
    assert report.status == status, report
    assert _named(report) == expected
    told = world.lab.refused("receive", package, says=f"is {'REFUTED' if status == 3 else 'UNDETERMINED'}")
    assert f"--accept {EX}" in told.err  # the records are sound: the receiver may take it as it is, on the record
    world.lab.ok("receive", package, "--accept", EX)
    noted = world.lab.body("0004-receipt.json")["body"]["media"]["findings"]
    assert {each["code"] for each in noted} == set(expected)
    assert not any(name in str(noted) for names in expected.values() for name in names)


def test_every_file_of_an_exhibit_can_be_the_one_that_is_named(world: World) -> None:
    world.sealed()
    for path in sorted(p for p in world.media.rglob("*") if p.is_file() and p.stat().st_size):
        data = path.read_bytes()
        path.write_bytes(bytes([data[0] ^ 0x80]) + data[1:])
        report = world.kibra.verify(EX, "--media", world.media)
        assert _named(report) == {"content-changed": {str(path.relative_to(world.media))}}
        path.write_bytes(data)
    assert world.kibra.verify(EX, "--media", world.media).status == 0


def test_damage_in_a_large_file_is_located(world: World) -> None:
    large = world.path / "large"
    large.mkdir()
    (large / "disk.img").write_bytes(os.urandom(1 << 20) * 20)
    world.sealed(EX, str(large), "--no-describe")
    with (large / "disk.img").open("r+b") as file:
        file.seek(9 << 20)
        file.write(b"\0" * 7)
    report = world.kibra.verify(EX, "--media", large)
    assert report.status == 3
    assert f"bytes {8 << 20} to {(12 << 20) - 1}" in report.out
    quick = world.kibra.verify(EX, "--media", large, "--quick")
    assert (quick.status, f"bytes {8 << 20} to {(12 << 20) - 1}" in quick.out) == (3, True)


def test_without_the_list_of_pieces_nothing_is_confirmed(world: World) -> None:
    """A full check still compares every file; a quick one has nothing to compare a large file with."""
    large = world.path / "large"
    large.mkdir()
    (large / "disk.img").write_bytes(os.urandom(1 << 20) * 20)
    world.sealed(EX, str(large), "--no-describe")
    assert world.kibra.verify(EX, "--media", large, "--quick").status == 0
    (world.kibra.chain() / "0002-manifest.pieces.jsonl").unlink()
    quick = world.kibra.verify(EX, "--media", large, "--quick")
    assert (quick.status, _named(quick)) == (4, {"entries-missing": {""}, "content-unreadable": {"disk.img"}}), quick
    whole = world.kibra.verify(EX, "--media", large)
    assert (whole.status, _named(whole), whole.json["checked"]["media"][0]["items"]) == (
        4,
        {"entries-missing": {""}},
        1,
    )
    with (large / "disk.img").open("r+b") as file:
        file.write(b"\0" * 7)
    assert world.kibra.verify(EX, "--media", large).status == 3


def test_the_whole_folder_is_somewhere_else(world: World) -> None:
    world.sealed()
    report = world.kibra.verify(EX, "--media", world.path / "nowhere")
    assert (report.status, "internal error" in report.err) in ((2, False), (6, False), (3, False)), report
    (world.path / "bare").mkdir()
    bare = world.kibra.verify(EX, "--media", world.path / "bare")
    assert (bare.status, len(_named(bare)["content-missing"])) == (3, 6)


def test_media_of_the_wrong_exhibit(world: World) -> None:
    other = world.path / "other"
    other.mkdir()
    (other / "b.txt").write_text("b")
    world.sealed()
    world.sealed(f"{CASE}/EX-2", str(other), "--no-describe")
    swapped = world.kibra.verify("--media", f"{EX}={other}", "--media", f"{CASE}/EX-2={world.media}")
    assert swapped.status == 3
    subjects = {f["subject"] for f in swapped.json["findings"] if f["code"] == "content-missing"}
    assert subjects == {f"KIBRA:{EX}", f"KIBRA:{CASE}/EX-2"}
    right = world.kibra.verify("--media", f"{EX}={world.media}", "--media", f"{CASE}/EX-2={other}")
    assert right.status == 0, right
    world.kibra.refused("verify", "--media", other, status=2, says="whose media are")


def test_nothing_is_bound_twice(world: World) -> None:
    """Sealing again what did not change writes nothing; what did change is a new manifest, and both count."""
    world.sealed()
    world.kibra.again("seal", EX, world.media, "--no-describe")
    (world.media / "later.txt").write_text("found later")
    world.kibra.ok("seal", EX, world.media, "--no-describe", "--also")
    assert world.kibra.kinds() == ["seizure", "manifest", "manifest"]
    assert world.kibra.verify(EX, "--media", world.media).status == 0
    (world.media / "later.txt").unlink()
    assert world.kibra.verify(EX, "--media", world.media).status == 3


def test_what_cannot_be_measured_is_told(world: World) -> None:
    (world.media / "link").symlink_to("a note.txt")
    os.mkfifo(world.media / "pipe")
    (world.media / "hollow").mkdir()
    world.sealed()
    counted = world.kibra.body("0002-manifest.json")["body"]
    assert counted["items"] - counted["measured"] == 3
    assert {each["outcome"] for each in counted["not_measured"]} == {"link", "fifo", "empty-folder"}
    report = world.kibra.verify(EX, "--media", world.media)
    assert (report.status, "not-measured-at-sealing" in report.codes) == (0, True)
    package = world.released(more=("--media", str(world.media)))
    carried = world.lab.verify(package)
    assert (carried.status, "not-carried" in carried.codes) == (0, True), carried


def test_an_empty_folder_is_nothing_to_seal(world: World) -> None:
    world.seized()
    (world.path / "void").mkdir()
    world.kibra.refused("seal", EX, world.path / "void", status=2, says="nothing to measure")
    world.kibra.refused("seal", EX, world.path / "nowhere", status=2, says="nowhere")


def test_evidence_and_register_are_kept_apart(world: World) -> None:
    world.seized()
    world.kibra.refused("seal", EX, world.kibra.path / "cases", status=2, says="lie inside one another")
    world.kibra.refused("seal", EX, world.path, status=2, says="lie inside one another")


def test_two_paths_of_one_name(world: World) -> None:
    (world.path / "x" / "media").mkdir(parents=True)
    (world.path / "x" / "media" / "f").write_text("f")
    world.seized()
    world.kibra.refused("seal", EX, world.media, world.path / "x" / "media", status=2, says="media")
