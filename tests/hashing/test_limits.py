"""What the describer's process can no longer do."""

import ctypes
import json
import os
import subprocess
import sys

import pytest

from .conftest import python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these limits are Linux's")

PROBE = """
import json, os, resource, socket, sys
from hashing.sandbox import limits
mine = os.getppid()
limits.apply(mine)
def tried(action):
    try:
        action()
    except MemoryError:
        return "no memory"
    except OSError as error:
        return error.strerror
    return "done"
def connect():
    with socket.socket() as line:
        line.settimeout(2)
        line.connect(("127.0.0.1", int(sys.argv[2])))
folder = sys.argv[1]
status = open("/proc/self/status").read().split()
print(json.dumps({
    "limits": [resource.getrlimit(getattr(resource, "RLIMIT_" + name))[0] for name in ("FSIZE", "CORE", "NOFILE")],
    "memory": tried(lambda: bytearray(2 * 1024**3)),
    "no new privileges": status[status.index("NoNewPrivs:") + 1],
    "read": tried(lambda: open(folder + "/file").read()),
    "make": tried(lambda: open(folder + "/new", "w")),
    "truncate": tried(lambda: os.truncate(folder + "/file", 0)),
    "remove": tried(lambda: os.unlink(folder + "/file")),
    "connect": tried(connect),
    "signal": tried(lambda: os.kill(mine, 0)),
    "memory of others": tried(lambda: open(f"/proc/{mine}/mem", "rb")),
    "reopen": tried(lambda: open(f"/proc/{os.getpid()}/fd/{os.open(folder + '/file', 0)}").read()),
}))
"""


def landlock():
    """The version of Landlock here, 0 for none."""
    libc = ctypes.CDLL(None)
    return max(0, libc.syscall(444, None, 0, 1))


@pytest.fixture
def probed(tmp_path):
    import socket

    (tmp_path / "file").write_text("x")
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = python(PROBE, str(tmp_path), str(server.getsockname()[1]))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_resources(probed):
    assert probed["limits"] == [0, 0, 64]
    assert probed["memory"] == "no memory"
    assert probed["no new privileges"] == "1"


def test_evidence_can_still_be_read(probed):
    assert probed["read"] == probed["reopen"] == "done"


@pytest.mark.skipif(landlock() < 3, reason="no Landlock here")
def test_nothing_can_be_written(probed, tmp_path):
    assert probed["make"] == probed["truncate"] == probed["remove"] == "Permission denied"
    assert (tmp_path / "file").read_text() == "x"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(landlock() < 6, reason="no Landlock that knows signals here")
def test_nobody_can_be_signalled_or_looked_into(probed):
    assert probed["signal"] == "Operation not permitted"
    assert probed["memory of others"] == "Permission denied"


def test_there_is_no_network(probed):
    can = subprocess.run(["unshare", "-n" if os.geteuid() == 0 else "-rn", "true"], check=False, capture_output=True)
    if can.returncode and landlock() < 4:
        pytest.skip("no network namespaces here")
    assert probed["connect"] != "done"


def test_root_keeps_only_the_power_to_read():
    if os.geteuid():
        pytest.skip("only root has powers to give up")
    code = """
import os
from hashing.sandbox import limits
limits.apply(os.getppid())
print([line.split()[1] for line in open("/proc/self/status") if line.startswith(("CapEff", "CapPrm", "CapBnd"))])
"""
    assert python(code).stdout.strip() == str(["0" * 15 + "4"] * 3)


def test_a_parent_that_is_already_gone_ends_it():
    code = "from hashing.sandbox import limits; limits.apply(1); print('still here')"
    done = python(code)
    assert (done.returncode, done.stdout) == (1, "")
