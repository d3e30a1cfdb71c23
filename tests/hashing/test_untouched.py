"""Evidence is read and nothing else: by the system calls that are made, and by what is left behind."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from .conftest import SHARED, START

READING = {"openat", "open", "stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2"}
READING |= {"readlink", "readlinkat", "getcwd", "chdir", "execve", "statfs"}

PROGRAM = """
import sys
from hashing import copying, measure, sources
found = sources.sources_from(sys.argv[1:2])
for plan in (measure.Plan(describe=True), measure.Plan(quick=True)):
    assert list(measure.measure(found, plan))
assert list(copying.copy(found, sys.argv[2], measure.Plan()))
"""


@pytest.fixture
def evidence(tmp_path):
    top = tmp_path / "evidence"
    (top / "inner" / "empty").mkdir(parents=True)
    for number in range(40):
        (top / f"{number}").write_bytes(bytes(number * 100))
    with open(top / "inner" / "large", "wb") as file:
        file.truncate(18 * 1024 * 1024)
    (top / "link").symlink_to("/etc/passwd")
    os.mkfifo(top / "fifo")
    for name in ("Canon.jpg", "PDF.pdf", "QuickTime.mov", "DjVu.djvu"):
        if (SHARED / "exif" / name).exists():
            shutil.copy(SHARED / "exif" / name, top / "inner" / name)
    return top


def arguments(evidence, into):
    return [sys.executable, "-I", "-c", START + PROGRAM, str(evidence), str(into)]


def test_everything_stays_as_it_was(evidence, tmp_path):
    paths = [*evidence.rglob("*"), evidence]
    for path in paths:  # after the listing, which itself touches the folders
        os.utime(path, (1_000_000_000, 1_000_000_000), follow_symlinks=False)
    before = [state(path) for path in paths]
    subprocess.run(arguments(evidence, tmp_path / "copy"), check=True)
    assert [state(path) for path in paths] == before


def state(path):
    """All that the system says of it; but for when a link was read, which reading where it points sets (E5)."""
    told = os.lstat(path)
    seen = [told.st_mode, told.st_ino, told.st_nlink, told.st_uid, told.st_gid, told.st_size, told.st_mtime_ns]
    return [*seen, told.st_ctime_ns, 0 if path.is_symlink() else told.st_atime_ns]


def test_evidence_is_only_ever_opened_for_reading(evidence, tmp_path):
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "-y", "-qq", "-e", "trace=%file", "-o", str(trace)]
    if shutil.which("strace") is None or subprocess.run([*strace, "true"], check=False, capture_output=True).returncode:
        pytest.skip("strace is not installed, or may not trace")
    subprocess.run([*strace, *arguments(evidence, tmp_path / "copy")], check=True)
    opened = 0
    for line in trace.read_text(errors="replace").splitlines():
        # A relative name shows its folder: openat(5</evidence/inner>, "large", ...) = 6</evidence/inner/large>
        if str(evidence) not in line or "execve(" in line.split(" ", 1)[1][:10]:
            continue
        call = re.match(r"\d+ +(\w+)\(", line)
        if call is None:
            assert "resumed>" in line, line
            continue
        assert call[1] in READING, line
        if call[1] in ("open", "openat"):
            opened += 1
            assert "O_RDONLY" in line or "O_PATH" in line, line
            assert not re.search("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND", line), line
            assert "O_NOFOLLOW" in line or "/proc/" in line or "O_PATH" in line, line
            assert "fifo" not in line, line
    assert opened > 80
