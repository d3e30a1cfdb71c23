"""A device handed over by a process with rights: by real sudo, and by impostors."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hashing import access
from hashing.access import obtain, obtain_through
from hashing.errors import AccessFails, DeviceDenied, NotADevice, NotFound

from .conftest import ROOT
from .loops import blank, loop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="devices are read on Linux")
MIB = 1 << 20
PLAIN = ("env",)
"""A command that gives no rights: enough for a test that has them."""


@pytest.fixture
def device(tmp_path: Path) -> Iterator[str]:
    with loop(blank(tmp_path / "image", MIB)) as node:
        yield node


def test_who_may_open_it_needs_no_command(device: str) -> None:
    with obtain(device, command=("no-such-command",)) as opened:
        assert opened.facts.size == MIB


def test_a_device_comes_by_way_of_a_command(device: str, tmp_path: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    (tmp_path / "link").symlink_to(device)
    with obtain_through(str(tmp_path / "link"), PLAIN) as opened:
        facts = opened.facts
        assert (facts.named, facts.node, facts.size) == (str(tmp_path / "link"), device, MIB)
        assert facts.hidden.hpa.text == "not known: no ATA disk (virtual)"
        assert os.pread(opened.descriptor, 3, 0) == bytes(3)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.pwrite(opened.descriptor, b"x", 0)
        assert not os.get_inheritable(opened.descriptor)
    assert set(os.listdir("/proc/self/fd")) == before


def test_what_is_no_device_starts_nothing(tmp_path: Path) -> None:
    canary = tmp_path / "started"
    command = _script(tmp_path, f"open({str(canary)!r}, 'w')")
    with pytest.raises(NotADevice):
        obtain("/dev/null", command)
    with pytest.raises(NotFound):
        obtain_through(str(tmp_path / "nothing"), command)
    assert not canary.exists()


def test_without_a_command_the_refusal_stays(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    def denied(path: str) -> None:
        raise DeviceDenied(path)

    monkeypatch.setattr(access, "open_device", denied)
    with pytest.raises(DeviceDenied):
        obtain(device, command=())


# --- impostors ----------------------------------------------------------------


def _script(folder: Path, code: str) -> tuple[str, str]:
    """A command that runs this code instead of what it is given; `line` is the socket, `node` the device."""
    path = folder / "impostor.py"
    path.write_text(
        "import json, os, socket, struct, sys, time\n"
        "line = socket.socket(fileno=0)\n"
        "node = sys.argv[-1]\n"
        "def send(told, *descriptors):\n"
        "    data = told if isinstance(told, bytes) else json.dumps(told).encode()\n"
        "    socket.send_fds(line, [struct.pack('!I', len(data)) + data], descriptors)\n"
        f"{code}\n"
    )
    return sys.executable, str(path)


IMPOSTORS = {
    "an open door": ("send({}, os.open(node, os.O_RDWR))", "what came could be written to"),
    "write only": ("send({}, os.open(node, os.O_WRONLY))", "what came could be written to"),
    "a file": ("send({}, os.open(__file__, os.O_RDONLY))", "what came is no block device"),
    "a character device": ("send({}, os.open('/dev/null', os.O_RDONLY))", "what came is no block device"),
    "a folder": ("send({}, os.open('/', os.O_RDONLY))", "what came is no block device"),
    "nothing": ("send({})", "an answer came, and no device with it"),
    "a refusal": ("send({'refused': 'no'})", ": no"),
    "a refusal with a device": ("send({'refused': 'no'}, os.open(node, os.O_RDONLY))", "a device and a refusal"),
    "nonsense": ("send(b'xyz', os.open(node, os.O_RDONLY))", "sent an invalid response"),
    "a list": ("send([], os.open(node, os.O_RDONLY))", "sent an invalid response"),
    "other fields": ("send({'more': 'x'}, os.open(node, os.O_RDONLY))", "sent an invalid response"),
    "numbers": ("send({'hpa': 5}, os.open(node, os.O_RDONLY))", "sent an invalid response"),
    "too much": ("send({'hpa': 'x' * 9000}, os.open(node, os.O_RDONLY))", "sent an invalid response"),
    "far too much": ("send(b'x' * 100000, os.open(node, os.O_RDONLY))", "sent an invalid response"),
    "too deep": ("send(b'[' * 30000, os.open(node, os.O_RDONLY))", "sent an invalid response"),
    "half an answer": ("line.send(struct.pack('!I', 10) + b'{')", "refused, or failed (exit status 0)"),
    "half a length": ("line.send(b'x')", "refused, or failed (exit status 0)"),
    "silence": ("sys.exit(7)", "refused, or failed (exit status 7)"),
}


@pytest.mark.parametrize("kind", IMPOSTORS)
def test_what_is_handed_over_is_checked(device: str, tmp_path: Path, kind: str) -> None:
    code, words = IMPOSTORS[kind]
    before = set(os.listdir("/proc/self/fd"))
    with pytest.raises(AccessFails) as told:
        obtain_through(device, _script(tmp_path, code))
    assert words in told.value.message
    assert set(os.listdir("/proc/self/fd")) == before


def test_another_device_is_noticed(device: str, tmp_path: Path) -> None:
    with loop(blank(tmp_path / "other", MIB)) as other:
        code = f"send({{}}, os.open({other!r}, os.O_RDONLY))"
        with pytest.raises(AccessFails, match="what came is another device"):
            obtain_through(device, _script(tmp_path, code))


def test_one_device_is_kept_of_several(device: str, tmp_path: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    code = "send({'reason': 'x'}, *(os.open(node, os.O_RDONLY) for _ in range(5)))"
    with obtain_through(device, _script(tmp_path, code)) as opened:
        assert len(set(os.listdir("/proc/self/fd")) - before) == 1
        assert opened.facts.size == MIB


def test_a_command_that_hangs_is_given_up_and_ended(device: str, tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'process')!r}, 'w').write(str(os.getpid()))\ntime.sleep(1000)"
    with pytest.raises(AccessFails, match=r"gave no answer in 1\.5 s"):
        obtain_through(device, _script(tmp_path, code), patience=1.5)
    assert not Path("/proc", (tmp_path / "process").read_text()).exists()


def test_a_command_that_is_not_there_or_does_not_run(device: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"no program")
    broken.chmod(0o755)
    with pytest.raises(AccessFails, match="there is no no-such-command here"):
        obtain_through(device, ("no-such-command",))
    with pytest.raises(AccessFails, match="does not run: exec format error"):
        obtain_through(device, (str(broken),))


def test_a_command_is_never_taken_from_the_current_folder(
    device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "sudo"
    planted.write_text("#!/bin/sh\ntouch planted-ran\n")
    planted.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AccessFails, match="there is no sudo here"):
        obtain_through(device, ("sudo",))
    monkeypatch.setenv("PATH", ".:")
    with pytest.raises(AccessFails, match="there is no sudo here"):
        obtain_through(device, ("sudo",))
    assert sorted(os.listdir(tmp_path)) == ["image", "sudo"]


def test_a_command_that_takes_the_socket_away_is_told_of(
    device: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "import subprocess\nsys.exit(subprocess.run(sys.argv[1:], stdin=subprocess.PIPE).returncode)"
    with pytest.raises(AccessFails, match="refused, or failed"):
        obtain_through(device, _script(tmp_path, code))
    assert "something else in place of our socket" in capfd.readouterr().err


# --- sudo itself --------------------------------------------------------------

ASKING = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from hashing.access import obtain
from hashing.devices.opening import identity_now, open_device
from hashing.devices.facts import same
from hashing.errors import HashingError
try:
    open_device(sys.argv[2])
    directly = "opened"
except HashingError as error:
    directly = type(error).__name__
try:
    with obtain(sys.argv[2]) as opened:
        facts = opened.facts
        print(json.dumps({
            "directly": directly, "user": os.geteuid(), "size": facts.size, "scheme": facts.table.scheme,
            "why": facts.table.reason, "bytes": os.pread(opened.descriptor, 5, 4096).decode(),
            "same": same(facts.identity, identity_now(opened.descriptor)), "hpa": facts.hidden.hpa.text,
        }))
except HashingError as error:
    print(json.dumps({"directly": directly, "error": str(error)}))
"""
NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "env")
"""`env`, because setpriv itself starts what comes after it with more rights."""


def _as_nobody(sudoers: Path, node: str) -> "dict[str, object]":
    """What somebody without rights gets, where sudo has these settings: they hold for this one process only."""
    import json

    for tool in ("sudo", "unshare", "setpriv", "mount"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    python = next((each for each in (sys.executable, "/usr/bin/python3") if _usable(each)), None)
    if python is None:
        pytest.skip("nobody can run no Python that reads this project")
    words = (python, "-I", "-c", ASKING, str(ROOT), node)
    inner = 'mount --bind "$1" /etc/sudoers && shift && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", inner, "sh", str(sudoers), *NOBODY, *words],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, start_new_session=True, timeout=100,
    )  # fmt: skip
    if not done.stdout and "unshare" in done.stderr + "mount:" and "not permitted" in done.stderr:
        pytest.skip("no mount namespaces here")
    assert done.stdout, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def _usable(python: str) -> bool:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import hashing.access; assert sys.version_info >= (3, 11)"
    return subprocess.run([*NOBODY, python, "-I", "-c", code], capture_output=True).returncode == 0


def _sudoers(folder: Path, *lines: str) -> Path:
    path = folder / "sudoers"
    path.write_text("\n".join(("Defaults env_reset", *lines, "")))
    path.chmod(0o440)
    return path


@pytest.mark.parametrize("terminal", ["Defaults use_pty", "Defaults !use_pty"])
def test_sudo_hands_a_device_to_somebody_without_rights(tmp_path: Path, terminal: str) -> None:
    image = blank(tmp_path / "image", MIB)
    with image.open("r+b") as file:
        file.seek(4096)
        file.write(b"bytes")
    with loop(image) as node:
        told = _as_nobody(_sudoers(tmp_path, terminal, "nobody ALL=(root) NOPASSWD: ALL"), node)
    assert told == {
        "directly": "DeviceDenied", "user": 65534, "size": MIB, "scheme": "none", "bytes": "bytes", "same": "",
        "why": "the first sector does not bear the mark of a table", "hpa": "not known: no ATA disk (virtual)",
    }  # fmt: skip


def test_sudo_refuses_whom_it_does_not_know(tmp_path: Path) -> None:
    with loop(blank(tmp_path / "image", MIB)) as node:
        told = _as_nobody(_sudoers(tmp_path, "root ALL=(ALL) ALL"), node)
    assert told["directly"] == "DeviceDenied"
    assert told["error"] == f"no access to '{node}': sudo refused, or failed (exit status 1)"
