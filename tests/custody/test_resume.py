"""A sealing that is interrupted and resumed: the same digests, a record that says so, and nothing taken unchecked."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from custody.commands.demo_photos import photograph
from custody.edges import files
from custody.edges.locks import try_lock
from tests.custody.acts_to_break import ACTS, prepared, steps, whole
from tests.custody.breaking import break_at
from tests.custody.station import CASE, EX, Before, World

COUNT = 300
OTHER = f"{CASE}/EX-2"
WORDS = ("seal", EX, "evidence", "--no-describe")
RESUME = (*WORDS, "--resume")


@pytest.fixture
def begun(world: World) -> World:
    """Two exhibits seized, and evidence of some hundred files."""
    for number in range(COUNT):
        folder = world.path / "evidence" / f"{number % 5}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:03}").write_text(f"file {number}\n" * number)
    with open(world.path / "evidence" / "large", "wb") as file:
        file.truncate(20 << 20)
    (world.path / "evidence" / "link").symlink_to("large")
    world.seized()
    world.seized(OTHER)
    time.sleep(0.02)
    return world


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _interrupt() -> None:
    raise KeyboardInterrupt


def _full() -> None:
    raise OSError(28, os.strerror(28))


def stopped_after(items: int, how: Callable[[], None] = _die) -> Before:
    """For `before`: end the sealing when so many items are listed."""

    def before() -> None:
        from custody.edges import unfinished
        from manifests.entries import EntryWriter

        unfinished._WRITE_EVERY = 0  # what was kept is known to the system at once
        add = EntryWriter.add

        def counted(self: EntryWriter, item: Any) -> None:
            if self.items == items:
                how()
            add(self, item)

        EntryWriter.add = counted  # type: ignore[method-assign]

    return before


def left(world: World) -> list[str]:
    return sorted(path.name for path in (world.kibra.path / "unfinished").iterdir())


def working_file(world: World) -> Path:
    return world.kibra.path / "unfinished" / f"KIBRA~{EX.replace('/', '~')}~items"


def listed(world: World, exhibit: str = EX) -> list[dict[str, Any]]:
    """The list of an exhibit's manifest without its salts."""
    (path,) = world.kibra.chain(exhibit).glob("*.entries.jsonl")
    return [{key: value for key, value in json.loads(line).items() if key != "salt"}
            for line in path.read_bytes().splitlines()]  # fmt: skip


def manifest(world: World, exhibit: str = EX) -> dict[str, Any]:
    found: dict[str, Any] = world.kibra.body("0002-manifest.json", exhibit)["body"]
    return found


def confirmed(world: World) -> set[str]:
    """The records and the media are sound; the codes of what was noted."""
    report = world.kibra.verify(EX, "--media", "evidence")
    assert (report.status, report.json["verdict"]) == (0, "CONFIRMED"), report
    return report.codes


@pytest.mark.parametrize(("how", "status"), [(_die, -9), (_interrupt, 130), (_full, 6)])
@pytest.mark.parametrize("items", [1, 64, 200, COUNT + 1])
def test_stopped_and_resumed(begun: World, how: Callable[[], None], status: int, items: int) -> None:
    stopped = begun.kibra(*WORDS, before=stopped_after(items, how))
    assert stopped.status == status
    assert ("--resume" in stopped.err) == (how is not _die)
    assert left(begun) == [working_file(begun).name]
    assert working_file(begun).stat().st_mode & 0o777 == 0o600
    assert working_file(begun).parent.stat().st_mode & 0o777 == 0o700
    assert "in 2 runs" in begun.kibra.ok(*RESUME).out
    assert left(begun) == []
    body = manifest(begun)
    assert len(body["resumed_at"]) == 1
    assert body["started_at"] <= body["resumed_at"][0] <= body["finished_at"]
    assert "resumed" in confirmed(begun)
    shown = begun.kibra.ok("show", EX).out
    assert "runs         begun" in shown
    begun.kibra.ok("seal", OTHER, "evidence", "--no-describe")
    assert listed(begun) == listed(begun, OTHER)
    assert (manifest(begun)["bytes"], manifest(begun)["pieces"]) == (
        manifest(begun, OTHER)["bytes"], manifest(begun, OTHER)["pieces"],
    )  # fmt: skip
    assert "resumed_at" not in manifest(begun, OTHER)


def test_descriptions_are_taken_along(begun: World) -> None:
    """Media types and metadata of what was described before, and of the rest."""
    for name in ("0-first.jpg", "z-last.jpg"):
        (begun.path / "evidence" / name).write_bytes(photograph(len(name), "2026:11:19 16:20:00"))
    time.sleep(0.02)
    words = ("seal", EX, "evidence", "--digest", "md5")
    assert begun.kibra(*words, before=stopped_after(100)).status == -9
    begun.kibra.ok(*words, "--resume")
    begun.kibra.ok("seal", OTHER, "evidence", "--digest", "md5")
    assert listed(begun) == listed(begun, OTHER)
    metadata = {line["private"]["path"]: line["private"].get("metadata") for line in listed(begun)}
    if shutil.which("exiftool"):
        assert metadata["0-first.jpg"]["EXIF:DateTimeOriginal"] == "2026:11:19 16:20:00"
        assert metadata["z-last.jpg"]["EXIF:DateTimeOriginal"] == "2026:11:19 16:20:00"


def test_stopped_twice(begun: World) -> None:
    assert begun.kibra(*WORDS, before=stopped_after(50)).status == -9
    assert begun.kibra(*RESUME, before=stopped_after(20)).status == -9  # has less than the first: that stays
    assert len(working_file(begun).read_bytes().splitlines()) == 1 + 50
    assert begun.kibra(*RESUME, before=stopped_after(200, _interrupt)).status == 130
    assert len(working_file(begun).read_bytes().splitlines()) == 1 + 200
    begun.kibra.ok(*RESUME)
    assert len(manifest(begun)["resumed_at"]) == 2  # the second resumption left nothing that was used
    confirmed(begun)


def test_without_resume_it_begins_anew(begun: World) -> None:
    assert begun.kibra(*WORDS, before=stopped_after(100)).status == -9
    answer = begun.kibra.ok(*WORDS)
    assert "was left unfinished after 100 items" in answer.said
    assert "hint: this one begins anew" in answer.said
    assert "resumed_at" not in manifest(begun)
    assert "resumed" not in confirmed(begun)
    assert left(begun) == []


def test_what_was_left_stays_until_as_much_is_measured_again(begun: World) -> None:
    assert begun.kibra(*WORDS, before=stopped_after(100)).status == -9
    assert begun.kibra(*WORDS, before=stopped_after(99)).status == -9
    assert len(working_file(begun).read_bytes().splitlines()) == 1 + 100
    assert begun.kibra(*WORDS, before=stopped_after(101)).status == -9
    assert len(working_file(begun).read_bytes().splitlines()) == 1 + 101
    begun.kibra.ok(*RESUME)
    assert left(begun) == []
    confirmed(begun)


def test_a_file_changed_between_is_read_anew(begun: World) -> None:
    assert begun.kibra(*WORDS, before=stopped_after(200)).status == -9
    changed = begun.path / "evidence/1/001"
    times = changed.stat()
    changed.write_text("FILE 1\n")  # as long as before, and under the same time
    os.utime(changed, ns=(times.st_atime_ns, times.st_mtime_ns))
    (begun.path / "evidence/0/000").unlink()
    (begun.path / "evidence/0/0000").write_text("new")
    begun.kibra.ok(*RESUME)
    confirmed(begun)
    names = [line["private"]["path"] for line in listed(begun)]
    assert "0/0000" in names
    assert "0/000" not in names


def test_an_attack_on_the_evidence_between_does_not_show_but_for_the_media(begun: World) -> None:
    """What the note says: marks were compared, contents were not. A verification that reads them refutes."""
    assert begun.kibra(*WORDS, before=stopped_after(200)).status == -9
    lines = working_file(begun).read_bytes().splitlines(keepends=True)
    _forge(working_file(begun), lines)
    begun.kibra.ok(*RESUME)
    report = begun.kibra.verify(EX, "--media", "evidence")
    assert (report.status, {"resumed", "content-changed"} <= report.codes) == (3, True), report


def _forge(path: Path, lines: list[bytes]) -> None:
    """Another digest in one line, with every check made right again, as whoever can write the register could."""
    import hashlib

    check = b""
    with path.open("wb") as file:
        for number, line in enumerate(lines):
            body = line[17:-1]
            if number == 5:
                digest = json.loads(body)[4]["sha256"].encode()
                body = body.replace(digest, b"0" * 64)
            check = hashlib.sha256(check + body).hexdigest()[:16].encode()
            file.write(check + b" " + body + b"\n")


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_what_is_taken_is_not_opened(begun: World, tmp_path: Path) -> None:
    assert begun.kibra(*WORDS, before=stopped_after(200)).status == -9
    words = begun.kibra.words(RESUME, None, True)
    trace = tmp_path / "trace"
    from tests.custody.station import COMMAND

    subprocess.run(
        ["strace", "-f", "-e", "trace=openat", "-s", "200", "-o", str(trace), str(COMMAND), *words],
        cwd=begun.path, env=begun.env, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    opened = trace.read_text()
    names = [line["private"]["path"] for line in listed(begun) if line["public"]["outcome"] == "measured"]
    told = [f'"{name.rpartition("/")[2]}", O_RDONLY|O_NONBLOCK' in opened for name in names]
    assert told == [False] * 200 + [True] * (COUNT + 1 - 200)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("seal", EX, "evidence", "--resume"), "descriptions"),
        ((*RESUME, "--digest", "md5"), "digests"),
        ((*RESUME, "--stored-image"), "scope"),
        (("seal", EX, "evidence/1", "--no-describe", "--resume"), "paths"),
    ],
)
def test_asked_otherwise_it_is_refused(begun: World, words: tuple[str, ...], what: str) -> None:
    assert begun.kibra(*WORDS, before=stopped_after(100)).status == -9
    begun.kibra.refused(*words, says=f"was begun with other {what}")
    assert begun.kibra.kinds() == ["seizure"]
    begun.kibra.ok(*RESUME)
    confirmed(begun)


def test_nothing_to_resume(begun: World) -> None:
    """Who asks to go on where there is nothing to go on with, is told so, and begins."""
    begun.kibra.refused("seal", EX, "--bag", "B-1", "--resume", says="--resume goes on with measuring", status=2)
    assert begun.kibra(*WORDS, before=stopped_after(0)).status == -9
    sealed = begun.kibra.ok(*RESUME)
    assert f"nothing of KIBRA:{EX} was left half-sealed: the sealing begins anew" in sealed.err
    assert "resumed_at" not in manifest(begun)
    assert left(begun) == []


def test_one_exhibit_says_nothing_about_another(begun: World) -> None:
    assert begun.kibra(*WORDS, before=stopped_after(100)).status == -9
    sealed = begun.kibra.ok("seal", OTHER, "evidence", "--no-describe", "--resume")
    assert f"nothing of KIBRA:{OTHER} was left half-sealed" in sealed.err
    assert left(begun) == [working_file(begun).name]
    begun.kibra.ok(*RESUME)
    assert listed(begun) == listed(begun, OTHER)


@pytest.mark.parametrize("cut", [1, 2, 17, 100])
def test_a_torn_last_line_is_cut(begun: World, cut: int) -> None:
    assert begun.kibra(*WORDS, before=stopped_after(100)).status == -9
    with working_file(begun).open("r+b") as file:
        file.truncate(working_file(begun).stat().st_size - cut)
    begun.kibra.ok(*RESUME)
    confirmed(begun)
    assert left(begun) == []


def _one_letter(data: bytes) -> bytes:
    return data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]


def _zeros(data: bytes) -> bytes:
    return data[:4096] + bytes(4096) + data[8192:]


def _a_line_less(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join(lines[:50] + lines[51:])


def _a_line_twice(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join([*lines, lines[-1]])


def _another_head(data: bytes) -> bytes:
    return data.replace(b"custody/unfinished/1", b"custody/unfinished/2", 1)


@pytest.mark.parametrize("damage", [_one_letter, _zeros, _a_line_less, _a_line_twice, _another_head])
def test_a_damaged_file_is_put_aside(begun: World, damage: Callable[[bytes], bytes]) -> None:
    assert begun.kibra(*WORDS, before=stopped_after(100)).status == -9
    path = working_file(begun)
    path.write_bytes(damage(path.read_bytes()))
    begun.kibra.refused(*RESUME, says="cannot be read", status=6, all_but=("kibra/unfinished",))
    assert left(begun) == [f"{path.name}~damaged"]
    begun.kibra.ok(*WORDS)
    assert "resumed" not in confirmed(begun)


def test_a_damaged_file_keeps_nobody_from_beginning_anew(begun: World) -> None:
    assert begun.kibra(*WORDS, before=stopped_after(100)).status == -9
    path = working_file(begun)
    path.write_bytes(_one_letter(path.read_bytes()))
    assert "cannot be read" in begun.kibra.ok(*WORDS).said
    confirmed(begun)


def test_one_process_at_a_time(begun: World) -> None:
    assert begun.kibra(*WORDS, before=stopped_after(100)).status == -9
    with files.ordinary(working_file(begun), write=True) as held:
        assert try_lock(held.fileno())
        for words in (WORDS, RESUME):
            begun.kibra.refused(*words, says="is being worked on by another process", all_but=("kibra/tmp",))
    begun.kibra.ok(*RESUME)


def test_sealed_before_and_interrupted_then(begun: World) -> None:
    """The second manifest of an exhibit, resumed; unchanged contents are not bound twice, resumed or not."""
    begun.kibra.ok(*WORDS)
    (begun.path / "evidence" / "more").write_text("more")
    assert begun.kibra(*WORDS, before=stopped_after(100)).status == -9
    begun.kibra.ok(*RESUME, "--also")
    assert begun.kibra.kinds() == ["seizure", "manifest", "manifest"]
    assert begun.kibra(*WORDS, before=stopped_after(100)).status == -9
    assert "already recorded" in begun.kibra.ok(*RESUME).out
    assert left(begun) == []


def test_killed_at_every_step_and_resumed(origin: World, tmp_path: Path) -> None:
    """Whatever was left: with --resume, or where that finds nothing without it, everything is whole in the end."""
    act = ACTS["seal"]
    world = prepared(origin, act, tmp_path / "world")
    number = len(steps(world, act, tmp_path / "counted"))
    for step in range(1, number + 1):
        here = prepared(origin, act, tmp_path / str(step))
        assert here.kibra(*act.words, before=break_at(step, "killed")).status == -9
        resumed = here.kibra(*act.words, "--resume")
        if resumed.status == 5:
            assert "was left unfinished" in resumed.err
            here.kibra.ok(*act.words)
        else:
            assert resumed.status == 0, resumed
        here.kibra.ok("case", "open", "NEXT-1", "--title", "the next writer")
        here.kibra.sound()
        whole(here, act)
        shutil.rmtree(here.path)
