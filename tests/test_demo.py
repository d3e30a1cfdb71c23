"""`custody demo` as its user meets it: a process of its own, with a home of its own, watched by strace."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from custody.commands import demo_files, demo_photos
from custody.commands.demo_stage import DemoFailed, DemoPerson, Stage, abridged, typed_line

CUSTODY = Path(sys.executable).with_name("custody")
PHOTO = "DCIM/100DEMO/IMG_0008.JPG"
NAMES = (
    b"plain.txt", b"a=b", b"Foo::Bar.3pm", b"line\nbreak.jpg", b"\xff\xfe.bin", b"x[bold].jpg", b"\x1b[31mred.png",
    "e\u0301.txt".encode(), "\u202egpj.exe".encode(), ("\u00fc" * 120).encode(), b"trailing.", b"-if",
)  # fmt: skip
CHANGES = (
    "open,openat,openat2,creat,truncate,ftruncate,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,"
    "symlinkat,mkdir,mkdirat,rmdir,chmod,fchmod,fchmodat,chown,fchown,fchownat,lchown,utimensat,mknod,mknodat,"
    "setxattr,lsetxattr,fsetxattr,removexattr"
)


def _environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    kept["PATH"] = f"{CUSTODY.parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return kept | {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}


def _run(where: Path, *words: str | bytes, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    home = where / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [*before, str(CUSTODY), *words], cwd=where, env=_environment(home), capture_output=True, text=True, timeout=300
    )


def _tree(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a folder: kind, content, and what the file system notes of it, but for times of reading."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted([folder, *folder.rglob("*")]):
        stat = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""
        facts = (stat.st_mode, stat.st_uid, stat.st_gid, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        found[str(path)] = (content, *facts, stat.st_ino, stat.st_nlink)
    return found


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A whole demo in the current folder, on the files it makes."""
    where = tmp_path_factory.mktemp("demo")
    return where, _run(where, "demo")


def test_it_confirms_then_refutes_and_names_the_file(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, done = played
    assert (done.returncode, done.stderr) == (0, "")
    verdicts = re.findall(r"^(CONFIRMED|REFUTED|UNDETERMINED)$", done.stdout, re.MULTILINE)
    assert verdicts == ["CONFIRMED", "CONFIRMED", "CONFIRMED", "REFUTED", "REFUTED"]
    first, second = done.stdout.split("\nREFUTED\n")[1:]
    assert f"content-changed: the content is not what was sealed\n      KIBRA:KBR-2026-0042/EX-2  {PHOTO}" in first
    assert "signature-broken" in second
    assert "KIBRA:KBR-2026-0042/EX-1 0001-seizure" in second


def test_it_speaks_to_each_person_in_80_columns(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, done = played
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
    assert "\x1b" not in done.stdout
    for who in ("Station officer: ", "Examiner: ", "Clerk: "):
        assert f"\n{who}" in done.stdout
    assert "for this demo only" in " ".join(done.stdout.split())


def test_what_is_left_out_is_in_the_transcript(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    where, done = played
    transcript = (where / "custody-demo" / "transcript.txt").read_text(encoding="utf-8")
    assert "lines left out here; they are in transcript.txt]" in done.stdout
    assert "left out here" not in transcript
    typed = [line for line in done.stdout.splitlines() if line.startswith("$ ")]
    assert typed == [line for line in transcript.splitlines() if line.startswith("$ ")]


def test_it_writes_nothing_outside_its_folder(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    where, _ = played
    assert sorted(path.name for path in where.iterdir()) == ["custody-demo", "home"]
    assert list((where / "home").iterdir()) == []
    assert (where / "custody-demo" / "settings" / "custody" / "pins").is_file()


def test_the_commands_to_try_next_work(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    where, done = played
    lines = done.stdout[done.stdout.index("\n  cd ") :]
    script = "set -e\n" + lines
    tried = subprocess.run(
        ["bash", "-c", script], env=_environment(where / "home"), capture_output=True, text=True, timeout=60
    )
    assert (tried.returncode, tried.stderr) == (0, "")
    assert tried.stdout.startswith("CONFIRMED\n")
    assert f"  {PHOTO}\n" in tried.stdout
    assert "HOW TO CHECK THIS PACKAGE" in tried.stdout


def test_what_was_altered_is_put_back(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder = played[0] / "custody-demo"
    carried = folder / "at-court" / "data" / "KIBRA" / "KBR-2026-0042" / "EX-2"
    made = {path.relative_to(folder / "evidence/card"): path for path in (folder / "evidence/card").rglob("*.*")}
    assert len(made) == demo_files.PHOTOS + 3
    for name, path in made.items():
        assert path.read_bytes() == (carried / name).read_bytes()


def test_exiftool_reads_the_photographs(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    photos = played[0] / "custody-demo/evidence/card/DCIM/100DEMO"
    said = subprocess.run(
        ["exiftool", "-j", "-Make", "-Model", "-DateTimeOriginal", "-ImageSize", "-Warning", "-Error", str(photos)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(said.stdout)
    assert len(found) == demo_files.PHOTOS
    first = min(found, key=lambda each: each["SourceFile"])
    assert {name: value for name, value in first.items() if name != "SourceFile"} == {
        "Make": "Example Optics", "Model": "Demo Camera 1", "DateTimeOriginal": "2026:11:19 16:27:00",
        "ImageSize": "384x256",
    }  # fmt: skip


def test_exiftool_s_answer_stands_in_the_manifest(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    assert "\n  EXIF:Make: Example Optics\n" in played[1].stdout


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str], bool, bool]:
    """A demo on given evidence with hostile names, traced where strace is; and whether the evidence is as it was."""
    where = tmp_path_factory.mktemp("given").resolve()
    _hostile(where / "evidence" / "inner")
    before = _tree(where / "evidence")
    follow = bool(shutil.which("strace")) and _may_trace()
    watch = ("strace", "-f", "-y", "-qq", "-s", "4096", "-e", f"trace={CHANGES}", "-o", str(where / "trace"))
    done = _run(where, "demo", "new/played", "--evidence", "evidence", before=watch if follow else ())
    return where, done, follow, _tree(where / "evidence") == before


def _hostile(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / os.fsdecode(name)).write_bytes(b"content of " + name)
    (folder / "image.E01").write_bytes(b"EVF\t\r\n\xff\0" + bytes(17 * 1024 * 1024))
    (folder / "link").symlink_to("/nowhere")
    os.mkfifo(folder / "fifo")
    (folder / "empty").touch()
    (folder / "nothing").mkdir()


def _may_trace() -> bool:
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode == 0


def test_it_plays_on_evidence_that_is_given(
    traced: tuple[Path, subprocess.CompletedProcess[str], bool, bool],
) -> None:
    where, done, _, unchanged = traced
    assert (done.returncode, done.stderr) == (0, "")
    verdicts = re.findall(r"^(CONFIRMED|REFUTED|UNDETERMINED)$", done.stdout, re.MULTILINE)
    assert verdicts == ["CONFIRMED", "CONFIRMED", "REFUTED", "REFUTED"]
    altered = re.search(r"byte [\d,]+ of (.*?) was 0x", " ".join(done.stdout.split()))
    assert altered is not None
    assert altered[1] in done.stdout.split("\nREFUTED\n")[1]
    assert "\x1b" not in done.stdout
    assert unchanged
    assert sorted(path.name for path in where.iterdir() if path.name != "trace") == ["evidence", "home", "new"]
    assert list((where / "home").iterdir()) == []


def test_evidence_is_never_opened_for_writing(
    traced: tuple[Path, subprocess.CompletedProcess[str], bool, bool],
) -> None:
    where, _, follow, _ = traced
    if not follow:
        pytest.skip("strace is not installed, or may not trace here")
    calls = list(_calls(where / "trace"))
    touching = [call for call in calls if f"{where}/evidence" in call]
    assert sum('"plain.txt"' in call for call in touching) >= 3
    writing = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)")
    assert [call for call in touching if not call.startswith("open") or writing.search(call)] == []
    opened = [call for call in calls if writing.search(call) and " = -1 " not in call]
    home = f"<{where}/new/played"
    assert [call for call in opened if home not in call and "</dev/" not in call] == []


def _calls(trace: Path) -> Iterator[str]:
    """Each system call in one line, those too that strace wrote in two parts."""
    begun: dict[str, str] = {}
    for line in trace.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        process, _, call = line.partition(" ")
        if call.endswith(" <unfinished ...>"):
            begun[process] = call.lstrip().removesuffix(" <unfinished ...>")
        else:
            yield begun.pop(process, "") + re.sub(r"^<\.\.\. \w+ resumed>", "", call.lstrip())


def test_what_came_in_a_package_is_found_there_under_its_own_names(
    traced: tuple[Path, subprocess.CompletedProcess[str], bool, bool],
) -> None:
    played = traced[0] / "new" / "played"
    exhibit = "KBR-2026-0042/EX-2"
    names = {path.name for path in (played / "at-lab" / "data" / "KIBRA" / exhibit).rglob("*=*")}
    assert {"a=3Db", "Foo=3A=3ABar.3pm", "=FF=FE.bin"} <= names
    for media in ("at-lab", f"at-lab/data/KIBRA/{exhibit}", "at-court"):
        done = subprocess.run(
            [str(CUSTODY), "-C", "lab", "verify", exhibit, "--media", media], cwd=played, capture_output=True,
            env=_environment(traced[0] / "home") | {"XDG_CONFIG_HOME": str(played / "settings")}, text=True,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_inside_the_evidence_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "a").write_text("a")
    done = _run(tmp_path, "demo", "evidence/played", "--evidence", "evidence")
    assert done.returncode == 2
    assert "lies within the evidence" in done.stderr
    assert not (tmp_path / "evidence" / "played").exists()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    done = _run(tmp_path, "demo", ".")
    assert (done.returncode, "is there already" in done.stderr) == (5, True)
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]


def test_a_step_with_another_exit_status_fails(tmp_path: Path) -> None:
    stage = Stage(folder=tmp_path, command_line=lambda words, standalone_mode: 5, shown=False)
    clerk = DemoPerson(title="Clerk", register="court")
    with pytest.raises(DemoFailed, match="the exit status should be 0, and is 5"):
        stage.does(clerk, "verify")
    assert [(step.exit, step.expected) for step in stage.steps] == [(5, 0)]


def test_a_step_that_does_not_say_what_it_should_fails(tmp_path: Path) -> None:
    def answer(words: list[str], standalone_mode: bool) -> int:
        sys.stdout.write("REFUTED\n  content-changed: a long na\n  me.jpg\n")
        return 3

    stage = Stage(folder=tmp_path, command_line=answer, shown=False)
    clerk = DemoPerson(title="Clerk", register="court")
    stage.does(clerk, "verify", expect=3, says=("REFUTED", "long name.jpg"))
    with pytest.raises(DemoFailed, match=r"the answer should say 'other\.jpg'"):
        stage.does(clerk, "verify", expect=3, says=("other.jpg",))


def test_a_command_leaves_the_settings_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    stage = Stage(folder=tmp_path, command_line=lambda words, standalone_mode: seen.append(_settings()), shown=False)
    for mine in ("/mine", None):
        monkeypatch.setenv("XDG_CONFIG_HOME", mine) if mine else monkeypatch.delenv("XDG_CONFIG_HOME")
        stage.does(DemoPerson(title="Clerk", register="court"), "status")
        assert (seen[-1], _settings()) == ((str(tmp_path / "settings"), str(tmp_path)), (mine, os.getcwd()))


def _settings() -> tuple[str | None, str]:
    return os.environ.get("XDG_CONFIG_HOME"), os.getcwd()


def test_a_long_answer_keeps_what_matters() -> None:
    parts = ["REFUTED", *("part\n" * 9 for _ in range(3)), "What differs\n  this", "Notes\n  that"]
    answer = "\n\n".join(parts) + "\n"
    assert abridged("short\n", ()) == "short\n"
    shown = abridged(answer, ("What differs",))
    assert re.fullmatch(
        r"REFUTED\n\n\[\.\.\. \d+ lines left out [^\]]+]\n\nWhat differs\n  this\n\n\[\.\.\. 2 lines [^\]]+]\n", shown
    )
    assert abridged(answer, ()).endswith("Notes\n  that\n")


def test_a_long_command_is_folded_as_a_shell_reads_it() -> None:
    words = ("custody", "-C", "station", "seize", "CASE/EX-1", "--description", "a 'thing' " * 8, "--power", "off")
    typed = typed_line(words)
    assert len(typed.splitlines()) > 1
    read = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {typed.removeprefix('$ ')}"], capture_output=True, check=True, text=True
    )
    assert tuple(read.stdout.split("\0")[:-1]) == words


def test_the_photographs_are_whole_jpegs() -> None:
    one, other = (demo_photos.photograph(number, "2026:11:19 16:20:00") for number in (1, 2))
    assert one != other
    assert one[:2] + one[-2:] == b"\xff\xd8\xff\xd9"
    at, markers = 2, []
    while markers[-1:] != [0xDA]:
        markers.append(one[at + 1])
        at += 2 + int.from_bytes(one[at + 2 : at + 4], "big")
    assert markers == [0xE1, 0xDB, 0xC0, 0xC4, 0xC4, 0xDA]
    assert re.search(rb"\xff[^\0]", one[at:-2]) is None


def test_the_disk_image_is_fat16_and_in_pieces() -> None:
    disk = demo_files.disk()
    assert len(disk) == 20 * 1024 * 1024
    assert (disk[54:62], disk[510:512]) == (b"FAT16   ", b"\x55\xaa")
    root = (1 + 2 * 40) * 512
    assert [disk[root + at : root + at + 11] for at in (0, 32, 64)] == [b"DEMO DISK  ", b"README  TXT", b"LIST    TXT"]
    first = root + 512 * 32
    assert disk[first : first + 23] == b"This disk was made for "
