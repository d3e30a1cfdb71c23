"""An audit by workers behind a real dask scheduler: what they find, what dies, what lies, and what the record says."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.custody.cluster import Cluster, lying, wait_for
from tests.custody.station import COMMAND, World
from tests.custody.stored import audit, later, name, recorded, store, stored, verdicts

pytest.importorskip("distributed", reason="the package distributed is not installed")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at through /proc")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two honest workers, for tests that leave them alive."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield cluster.start(2)
    finally:
        cluster.stop()


@pytest.fixture
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Cluster]]:
    """Start a cluster of one's own, to be broken."""
    made: list[Cluster] = []

    def started(workers: int, failures: int = 3, **more: object) -> Cluster:
        made.append(Cluster(tmp_path_factory.mktemp("cluster"), failures=failures))
        return made[-1].start(workers, **more)  # type: ignore[arg-type]

    yield started
    for each in made:
        each.stop()


@pytest.fixture
def full(world: World) -> World:
    """Two exhibits in the store; the first has some hundred files, and large ones."""
    folder = store(world) / name(1)
    for number in range(600):
        place = folder / f"{number % 7}" / "deeper"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:03}").write_text(f"file {number}\n" * number)
    (folder / b"\xff not UTF-8".decode("utf-8", "surrogateescape")).write_bytes(b"x")
    (folder / "large").write_bytes(os.urandom(1 << 20) * 150)
    (folder / "link").symlink_to("large")
    (folder / "nothing").mkdir()
    world.sealed(name(1), str(folder), "--no-describe", "--digest", "md5")
    stored(world, 2)
    return world


def test_workers_find_what_is_there_and_the_record_says_whose_word_it_is(full: World, shared: Cluster) -> None:
    answer = audit(full, "--engine", shared.address)
    assert (answer.status, verdicts(answer)) == (0, {"1": "CONFIRMED", "2": "CONFIRMED"}), answer
    assert (answer.json["workers"], answer.json["engine"]) == (2, shared.address)
    assert "the word of 2 workers" in answer.json["rests_on"][0]
    body = full.kibra.body("0003-verification.json", name(1))["body"]
    assert body["read_by"] == {"engine": "dask", "count": 2}
    report = full.kibra("--json", "verify", name(1), "--records-only", before=later())
    assert (report.status, "read-elsewhere" in report.codes) == (0, True)
    assert "by 2 workers of dask" in full.kibra.ok("log", name(1), before=later()).said


def test_a_release_relies_on_no_word_of_workers(full: World, shared: Cluster) -> None:
    assert audit(full, "--engine", shared.address, "--every", "0", days=0).status == 0
    words = ("release", name(1), "--to", "LAB", "--purpose", "x", "--media-apart", "--out", "usb")
    full.kibra.refused(*words, says="must be checked before they leave", status=2)
    full.kibra.ok("verify", name(1), "--media", str(store(full) / name(1)), "--record")
    full.kibra.ok(*words)


@pytest.mark.parametrize("quick", [(), ("--quick",)])
def test_damage_is_found_and_located(full: World, shared: Cluster, quick: tuple[str, ...]) -> None:
    with (store(full) / name(1) / "large").open("r+b") as file:
        file.seek(100 << 20)
        file.write(b"!")
    (store(full) / name(1) / "3" / "deeper" / "003").unlink()
    (store(full) / name(1) / "3" / "deeper" / "010").write_text("file 10\n" * 9 + "file 11\n")
    answer = audit(full, "--engine", shared.address, *quick)
    assert (answer.status, verdicts(answer)) == (3, {"1": "REFUTED", "2": "CONFIRMED"})
    found = {(f["code"], f["facts"].get("item")) for f in answer.json["exhibits"][0]["findings"]}
    assert found == {
        ("content-changed", "large"), ("content-missing", "3/deeper/003"), ("content-changed", "3/deeper/010")
    }  # fmt: skip
    large = next(f for f in answer.json["exhibits"][0]["findings"] if f["facts"].get("item") == "large")
    assert f"differs within bytes {100 << 20} to {(104 << 20) - 1}" in large["text"]
    assert recorded(full, 1) == ["REFUTED"]


def test_the_store_may_have_another_name_there(full: World, shared: Cluster) -> None:
    (full.path / "mounted").mkdir()
    store(full).rename(full.path / "mounted" / "there")
    store(full).mkdir()
    for number in (1, 2):  # here only the names, as the workers could not see these
        (store(full) / name(number)).parent.mkdir(exist_ok=True)
        subprocess.run(
            ["cp", "-a", full.path / "mounted" / "there" / name(number), store(full) / name(number)], check=True
        )
    (store(full) / name(2) / "number").write_bytes(b"!" * (store(full) / name(2) / "number").stat().st_size)
    there = str(full.path / "mounted" / "there")
    answer = audit(full, "--engine", shared.address, "--store-as", there)
    assert (answer.status, verdicts(answer)) == (0, {"1": "CONFIRMED", "2": "CONFIRMED"})
    wrong = audit(full, "--engine", shared.address, "--store-as", "/no/such/store", days=300)
    assert wrong.status == 6
    assert "does not reach '/no/such/store'" in wrong.err
    assert "--store-as" in wrong.err


def test_a_rate_is_kept_by_workers_too(full: World, shared: Cluster) -> None:
    """No timing: the same answer comes when tasks are held back and large files paced."""
    answer = audit(full, "--engine", shared.address, "--limit-rate", "400M", "--quick")
    assert (answer.status, verdicts(answer)) == (0, {"1": "CONFIRMED", "2": "CONFIRMED"})


# --- what dies ------------------------------------------------------------------


class Running:
    """The installed command at work, every exhibit due."""

    def __init__(self, world: World, cluster: Cluster, *words: str) -> None:
        asked = ("audit", str(store(world)), "--every", "0", "--engine", cluster.address, *words)
        whole = world.kibra.words(("--json", *asked), None, True)
        self.process = subprocess.Popen([str(COMMAND), *whole], cwd=world.path, env=world.env, start_new_session=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip

    def client(self) -> int:
        """The process that speaks with the scheduler, once there is one."""
        found: list[int] = []

        def look() -> bool:
            found[:] = [pid for pid in _children(self.process.pid) if b"hashing.spread.client" in _read(pid, "cmdline")]
            return bool(found)

        wait_for(look)
        return found[0]

    def ended(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err


def _children(pid: int) -> list[int]:
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
        told = [Path(f"/proc/{pid}/task/{task}/children").read_text() for task in tasks]
    except OSError:
        return []
    return [int(each) for one in told for each in one.split()]


def _read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""


def _connected(cluster: Cluster) -> Callable[[], bool]:
    """Whether a client has reached the scheduler."""
    return lambda: "Client" in cluster._log("scheduler")


def test_a_worker_killed_in_the_middle_loses_nothing(full: World, start: Callable[..., Cluster]) -> None:
    """One of two workers holds still with the tasks it was given; then it dies, and the other does them."""
    cluster = start(2)
    os.kill(cluster.workers[0].pid, signal.SIGSTOP)
    running = Running(full, cluster)
    wait_for(_connected(cluster))
    wait_for(lambda: _idle(running.process.pid))
    assert running.process.poll() is None, running.ended()
    assert recorded(full, 1) == []
    os.kill(cluster.workers[0].pid, signal.SIGKILL)
    status, out, err = running.ended()
    assert status == 0, out + err
    assert recorded(full, 1) == recorded(full, 2) == ["CONFIRMED"]


def _idle(pid: int) -> bool:
    """Whether a process has used no time for a second."""
    import time

    def used() -> list[bytes]:
        return _read(pid, "stat").split()[13:15]

    before = used()
    time.sleep(1)
    return used() == before


@pytest.mark.parametrize("whom", ["scheduler", "client", "all workers"])
def test_what_cannot_go_on_says_so_and_is_gone_on_with(full: World, start: Callable[..., Cluster], whom: str) -> None:
    cluster = start(1)
    os.kill(cluster.workers[0].pid, signal.SIGSTOP)
    running = Running(full, cluster)
    client = running.client()
    wait_for(_connected(cluster))
    wait_for(lambda: _idle(running.process.pid))  # all is given out
    if whom == "scheduler":
        cluster.scheduler.kill()
    elif whom == "client":
        os.kill(client, signal.SIGKILL)
    else:
        cluster.scheduler.terminate()
        cluster.workers[0].kill()
    status, out, err = running.ended()
    assert status == 6, out + err
    assert "the workers cannot be used" in err
    assert "the same command goes on with what is still due" in err
    assert recorded(full, 1) == []
    assert full.kibra("--json", "verify", "--records-only").json["records"] == "CONFIRMED"
    answer = audit(full)
    assert (answer.status, verdicts(answer)) == (0, {"1": "CONFIRMED", "2": "CONFIRMED"})


def test_killed_with_its_client(full: World, start: Callable[..., Cluster]) -> None:
    """SIGKILL of the audit itself: the process that speaks for it ends, and the workers stay for the next."""
    cluster = start(1)
    os.kill(cluster.workers[0].pid, signal.SIGSTOP)
    running = Running(full, cluster)
    client = running.client()
    wait_for(_connected(cluster))
    running.process.kill()
    running.ended()
    wait_for(lambda: not _read(client, "cmdline"))
    os.kill(cluster.workers[0].pid, signal.SIGCONT)
    assert Running(full, cluster).ended()[0] == 0
    assert recorded(full, 1) == recorded(full, 2) == ["CONFIRMED"]


def test_an_interrupt_ends_it_at_once(full: World, start: Callable[..., Cluster]) -> None:
    cluster = start(1)
    os.kill(cluster.workers[0].pid, signal.SIGSTOP)
    running = Running(full, cluster)
    running.client()
    wait_for(_connected(cluster))
    wait_for(lambda: _idle(running.process.pid))
    os.kill(running.process.pid, signal.SIGINT)
    status, _, err = running.ended()
    assert (status, "what was recorded stays" in err) == (130, True), err
    assert recorded(full, 1) == []


# --- what lies ------------------------------------------------------------------

DIES_OF_ONE = """
def answer(read, names):
    if any(name.endswith(b"013") for name in names):
        os.kill(os.getpid(), signal.SIGKILL)
    return read()
"""
FAILS_AT_ONE = """
def answer(read, names):
    if any(name.endswith(b"013") for name in names):
        raise MemoryError("no room")
    return read()
"""
NONSENSE = """
def answer(read, names):
    body = read()
    if any(name.endswith(b"013") for name in names):
        return body[:-1] + b"!!"
    return body
"""
TOO_LONG = """
def answer(read, names):
    return b"x" * (1 << 24)
"""
NO_BYTES = """
def answer(read, names):
    return [read()]
"""
RUNS_CODE = """
class Evil:
    def __reduce__(self):
        tried = ["os.close(os.open({path!r}, os.O_CREAT | os.O_WRONLY))",
                 "os.posix_spawn('/bin/touch', ['touch', {path!r} + '2'], {{}})",
                 "open({key!r}, 'rb').read(); open({path!r} + '3', 'w')",
                 "os.kill(os.getppid(), 9)"]
        return exec, ("import os\\n" + "".join(f"try:\\n {{one}}\\nexcept OSError: pass\\n" for one in tried),)
def answer(read, names):
    return Evil()
"""


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        (DIES_OF_ONE, "the workers that read it stopped"),
        (FAILS_AT_ONE, "the worker that read it failed"),
        (NONSENSE, "the worker that read it sent an invalid response"),
    ],
)
def test_one_file_that_goes_wrong_costs_itself_only(
    full: World, start: Callable[..., Cluster], tmp_path: Path, lie: str, reason: str
) -> None:
    """It is tried alone, and is then undecided; everything beside it in its task is read."""
    cluster = start(2, code=lying(tmp_path / "lying", lie), nanny=True, failures=0)
    answer = audit(full, "--engine", cluster.address)
    assert (answer.status, verdicts(answer)) == (4, {"1": "UNDETERMINED", "2": "CONFIRMED"}), answer
    (finding,) = answer.json["exhibits"][0]["findings"]
    assert (finding["code"], finding["facts"]["item"]) == ("content-unreadable", "6/deeper/013")
    assert reason in finding["text"]


@pytest.mark.parametrize("lie", [TOO_LONG, NO_BYTES])
def test_answers_that_are_none(full: World, start: Callable[..., Cluster], tmp_path: Path, lie: str) -> None:
    cluster = start(1, code=lying(tmp_path / "lying", lie))
    answer = audit(full, "--engine", cluster.address)
    assert answer.status in (4, 6), answer
    assert "CONFIRMED" not in verdicts(answer).values() if answer.status == 4 else "invalid response" in answer.err
    assert "internal error" not in answer.err


def _landlock() -> int:
    libc = ctypes.CDLL(None)
    return max(0, libc.syscall(444, None, 0, 1))


@pytest.mark.skipif(_landlock() < 6, reason="this kernel's Landlock limits too little")
def test_code_that_a_worker_sends_can_do_nothing_here(
    full: World, start: Callable[..., Cluster], tmp_path: Path
) -> None:
    """It runs in the process that speaks with the scheduler, and there it writes, starts, reads and ends nothing."""
    path = str(tmp_path / "written by evidence")
    key = str(next((full.kibra.path / "people").glob("*.key")))
    cluster = start(1, code=lying(tmp_path / "lying", RUNS_CODE.format(path=path, key=key)))
    answer = audit(full, "--engine", cluster.address)
    assert answer.status in (4, 6), answer
    assert not list(tmp_path.glob("written*"))
    assert "internal error" not in answer.err


def test_the_process_that_speaks_for_us_has_nothing_of_ours(full: World, start: Callable[..., Cluster]) -> None:
    cluster = start(1)
    os.kill(cluster.workers[0].pid, signal.SIGSTOP)
    running = Running(full, cluster)
    client = running.client()
    wait_for(_connected(cluster))
    environment = {line.split(b"=")[0] for line in _read(client, "environ").split(b"\0") if line}
    assert environment <= {b"LD_LIBRARY_PATH", b"DYLD_LIBRARY_PATH"}
    status = _read(client, "status").decode().split()
    assert status[status.index("NoNewPrivs:") + 1] == "1"
    assert int(status[status.index("CapEff:") + 1], 16) == 0
    opened = {os.readlink(f"/proc/{client}/fd/{fd}") for fd in os.listdir(f"/proc/{client}/fd")}
    assert not [path for path in opened if path.startswith((str(full.path), str(full.kibra.path)))]
    running.process.kill()
    running.ended()
