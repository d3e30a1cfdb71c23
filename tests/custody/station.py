"""Three agencies on disk and the real command: what the tests of `custody` play with.

`run` forks this process instead of starting an interpreter: the child runs the same `cli.main`, with arguments,
environment, descriptors and an exit status of its own, and ten of them take the time of one start. `start` runs
the installed command itself. Registers are made once, with keys whose scrypt is cheap, and copied for each test.
"""

import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from custody.edges import clock, keys

COMMAND = Path(sys.executable).parent / "custody"
CHEAP = 1 << 4
CASE, EX = "KBR-2026-0042", "KBR-2026-0042/EX-1"
LARGE = 1 << 30
LONGEST = 120
"""Seconds after which a command counts as hanging."""


@dataclass(frozen=True)
class Answer:
    """What a command left: exit status (negative: the signal that ended it), stdout and stderr."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Everything shown, with line breaks of the 80 columns undone."""
        return " ".join((self.out + "\n" + self.err).split())

    @property
    def codes(self) -> set[str]:
        """The codes of a JSON report's findings."""
        return {finding["code"] for finding in self.json["findings"]}

    def __str__(self) -> str:
        return f"exit {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def _load() -> None:
    """Import once, here, what every command would import after its fork."""
    import cli

    for verb in cli.VERBS:
        with suppress(ImportError):
            importlib.import_module(f"custody.commands.{'give_back' if verb == 'return' else verb}")
    for name in LATER:
        importlib.import_module(name)
    clock.tool()  # reads what is installed, once


LATER = (
    "asn1crypto.cms custody.acts.acknowledge custody.acts.anchors custody.acts.begin custody.acts.cases "
    "custody.acts.examine "
    "custody.acts.fitness custody.acts.on_paper custody.acts.receive custody.acts.release custody.edges.index "
    "custody.edges.package custody.render.items custody.render.json custody.render.package_text custody.render.text "
    "cryptography.x509 cryptography.hazmat.primitives.asymmetric.ec cryptography.hazmat.primitives.ciphers "
    "cryptography.hazmat.primitives.padding cryptography.hazmat.primitives.serialization bagit filelock "
    "cryptography.hazmat.backends.openssl.backend custody.commands.session typer._click.decorators hashing.copying "
    "pyhanko_certvalidator sqlite_utils"
).split()
_load()
Before = Callable[[], None] | None


def play(words: list[str], before: Before = None) -> int:
    """In a child of ours: run the command with these words; its exit status."""
    import cli

    keys.SCRYPT_N = CHEAP
    sys.argv = ["custody", *words]
    if before is not None:
        before()
    try:
        cli.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return 0


def run(
    words: list[str],
    *,
    cwd: Path,
    env: dict[str, str],
    stdin: bytes = b"",
    before: Before = None,
    user: int | None = None,
) -> Answer:
    """Run the command in a process of its own, without a terminal; `before` is called in it first."""
    with open(os.devnull, "rb") as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = os.fork()
        if process == 0:
            become(given.fileno(), out.fileno(), err.fileno(), cwd, env, user)
            leave(words, before)
        status = _waited(process)
        out.seek(0)
        err.seek(0)
        return Answer(status, out.read().decode(), err.read().decode())


def run_all(several: list[list[str]], *, cwd: Path, env: dict[str, str]) -> list[Answer]:
    """Run commands one after another in one process, which is faster; each has its own output."""
    with tempfile.TemporaryDirectory() as folder:
        process = os.fork()
        if process == 0:
            with open(os.devnull, "rb") as nothing, open(Path(folder, "all"), "wb") as all_:
                become(nothing.fileno(), all_.fileno(), all_.fileno(), cwd, env, None)
            for number, words in enumerate(several):
                for descriptor, name in ((1, "out"), (2, "err")):
                    os.dup2(os.open(Path(folder, f"{number}.{name}"), os.O_WRONLY | os.O_CREAT), descriptor)
                status = play(words)
                sys.stdout.flush()
                Path(folder, f"{number}.status").write_text(str(status))
            os._exit(0)
        assert _waited(process) == 0
        return [_answer(Path(folder), number) for number in range(len(several))]


def _answer(folder: Path, number: int) -> Answer:
    status, out, err = (Path(folder, f"{number}.{name}").read_text() for name in ("status", "out", "err"))
    return Answer(int(status), out, err)


def become(stdin: int, stdout: int, stderr: int, cwd: Path, env: dict[str, str], user: int | None) -> None:
    """Make this forked child look like a process that a shell started."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, descriptor in enumerate((stdin, stdout, stderr)):
        os.dup2(descriptor, number)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    os.chdir(cwd)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  for the life of the process
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115


def leave(words: list[str], before: Before) -> None:
    status = 99  # a fault that passed the boundary
    try:
        status = play(words, before)
        sys.stdout.flush()
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def _waited(process: int) -> int:
    """Its exit status; a command that hangs is ended and fails the test."""
    for _ in range(LONGEST * 100):
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    raise AssertionError("the command hangs")


def start(words: list[str], *, cwd: Path, env: dict[str, str], **more: Any) -> Answer:
    """Run the installed command, from the start of its interpreter to its end."""
    done = subprocess.run(
        [str(COMMAND), *words], cwd=cwd, env=env, capture_output=True, timeout=LONGEST, start_new_session=True,
        **({"stdin": subprocess.DEVNULL} if "input" not in more else {}), **more,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass(frozen=True, eq=False)
class Office:
    """One register with its people; called with words, it runs the command there."""

    world: "World"
    name: str
    people: dict[str, str]
    """Service numbers and passphrases, the first is who works by default."""
    code: str

    @property
    def path(self) -> Path:
        return self.world.path / self.name

    @property
    def card(self) -> Path:
        return self.world.path / f"{self.code}.card.json"

    def words(self, words: tuple[Any, ...], by: str | None, passphrases: bool) -> list[str]:
        """The whole command line."""
        who = by or next(iter(self.people))
        files = [part for p in self.people if passphrases for part in ("--passphrase-file", str(self.world.secret(p)))]
        return ["-C", str(self.path), "--as", who, *files, *map(str, words)]

    def __call__(self, *words: Any, by: str | None = None, passphrases: bool = True, **more: Any) -> Answer:
        return self.world.run(*self.words(words, by, passphrases), **more)

    def ok(self, *words: Any, **more: Any) -> Answer:
        """Run it, and expect it to be done."""
        answer = self(*words, **more)
        assert answer.status == 0, f"{words}: {answer}"
        return answer

    def again(self, *words: Any, **more: Any) -> Answer:
        """Run it a second time: it says so, and changes nothing."""
        with self.world.unchanged(all_but=more.pop("all_but", ())):
            answer = self.ok(*words, **more)
        assert "already recorded" in answer.out, answer
        return answer

    def refused(self, *words: Any, says: str, status: int = 5, all_but: tuple[str, ...] = (), **more: Any) -> Answer:
        """Run it, and expect a refusal in these words, with a next step, and that nothing was written."""
        with self.world.unchanged(all_but=all_but):
            answer = self(*words, **more)
        assert answer.status == status, f"{words}: {answer}"
        assert says in " ".join(answer.err.split()), answer
        assert "internal error" not in answer.err, answer
        return answer

    def verify(self, *words: Any, **more: Any) -> Answer:
        """A verification as JSON."""
        return self("--json", "verify", *words, **more)

    def sound(self, *words: Any) -> Answer:
        """A verification of the records that must be CONFIRMED."""
        answer = self.verify(*words, "--records-only")
        assert (answer.status, answer.json["records"]) == (0, "CONFIRMED"), answer
        return answer

    def state(self, exhibit: str = EX) -> dict[str, Any]:
        """Where an exhibit stands."""
        found: dict[str, Any] = self.ok("--json", "show", exhibit).json["standing"]
        return found

    def chain(self, exhibit: str = EX, code: str = "KIBRA") -> Path:
        """The folder of an exhibit's chain."""
        return self.path / "cases" / code / exhibit

    def names(self, exhibit: str = EX) -> list[str]:
        """The files of an exhibit's chain."""
        return sorted(path.name for path in self.chain(exhibit).iterdir())

    def kinds(self, exhibit: str = EX) -> list[str]:
        """The kinds of an exhibit's records, in order."""
        return [name[5:-5] for name in self.names(exhibit) if name.endswith(".json") and ".refusal" not in name]

    def body(self, name: str, exhibit: str = EX) -> dict[str, Any]:
        """A whole record as JSON."""
        found: dict[str, Any] = json.loads((self.chain(exhibit) / name).read_bytes())
        return found

    @property
    def fingerprint(self) -> str:
        """That of the agency's root."""
        return str(self.ok("--json", "agency", "card").json["fingerprint"])

    def list_of(self, fingerprint: str) -> Path:
        """The revocation list that is kept here of the root with this fingerprint."""
        return self.path / "crls" / f"{fingerprint.removeprefix('sha256:')}.crl"

    def leaves(self) -> list[bytes]:
        return (self.path / "ledger" / "leaves").read_bytes().splitlines()


@dataclass(frozen=True, eq=False)
class World:
    """A folder with registers, the settings of the person who runs them, passphrase files and evidence."""

    path: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TMPDIR") if name in os.environ}
        return kept | {"XDG_CONFIG_HOME": str(self.path / "settings"), "COLUMNS": "80", "TZ": "UTC"} | self.extra

    @property
    def kibra(self) -> Office:
        people = {"112233": "jane has three words", "445566": "ali has three words", "900100": "grace has three words"}
        return Office(self, "kibra", people, "KIBRA")

    @property
    def lab(self) -> Office:
        return Office(self, "lab", {"7001": "mary has three words", "7002": "peter has three words"}, "LAB")

    @property
    def court(self) -> Office:
        return Office(self, "court", {"31": "clerk has three words"}, "COURT")

    def secret(self, service_no: str) -> Path:
        """The file with a person's passphrase."""
        return self.path / "secrets" / service_no

    @property
    def media(self) -> Path:
        """Contents of an exhibit: six files, a folder in a folder."""
        return self.path / "media"

    def run(self, *words: str, **more: Any) -> Answer:
        """Run the command in this world's folder."""
        return run(list(words), cwd=more.pop("cwd", self.path), env=self.env | more.pop("env", {}), **more)

    def start(self, *words: str, **more: Any) -> Answer:
        """Run the installed command in this world's folder."""
        return start(list(words), cwd=more.pop("cwd", self.path), env=self.env | more.pop("env", {}), **more)

    def outside(self, *words: str, **more: Any) -> Answer:
        """Run the command as somebody without register or settings."""
        (self.path / "elsewhere").mkdir(exist_ok=True)
        env = {"XDG_CONFIG_HOME": str(self.path / "elsewhere" / "settings")}
        return self.run(*words, cwd=self.path / "elsewhere", env=env, **more)

    @contextmanager
    def unchanged(self, all_but: tuple[str, ...] = ()) -> Iterator[None]:
        """Nothing in this folder is made, changed or taken away meanwhile, but an index, or what is named."""
        before = tree(self.path)
        yield
        after = tree(self.path)
        found = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        left = {name for name in found if not name.endswith("/index.db") and not name.startswith(all_but or ("\0",))}
        assert not left, f"changed: {sorted(left)}"

    # --- the story so far, in one call each ---------------------------------

    def seized(self, exhibit: str = EX) -> None:
        facts = ("--description", "black phone, cracked glass", "--place", "Kibra market")
        self.kibra.ok("seize", exhibit, *facts, "--authority", "warrant:E1/2026")

    def sealed(self, exhibit: str = EX, *words: str) -> None:
        self.seized(exhibit)
        self.kibra.ok("seal", exhibit, *(words or (str(self.media), "--no-describe")))

    def released(self, *exhibits: str, to: str = "LAB", out: str = "usb", more: tuple[str, ...] = ()) -> Path:
        """Release exhibits of KIBRA; the package."""
        (self.path / out).mkdir(exist_ok=True)
        names = exhibits or (EX,)
        words = ["release", *names, "--to", to, "--purpose", "extraction", "--out", str(self.path / out), *more]
        return Path(self.kibra.ok("--json", *words).json["package"])

    def sent(self, exhibit: str = EX) -> Path:
        """Seal the media into an exhibit and release it to LAB, with the media inside; the package."""
        self.sealed(exhibit)
        return self.released(exhibit, more=("--media", f"{exhibit}={self.media}"))

    def sent_in_a_bag(self, exhibit: str = EX, seal: str = "B-1") -> Path:
        """Release a bag, never measured, to LAB; the package."""
        self.seized(exhibit)
        self.kibra.ok("seal", exhibit, "--bag", seal)
        return self.released(exhibit)

    def handed_over(self, exhibit: str = EX) -> Path:
        """The whole hand-over of measured media to LAB; the package."""
        package = self.sent(exhibit)
        self.lab.ok("receive", package, "--receipt", self.path / "reply.json")
        self.kibra.ok("acknowledge", self.path / "reply.json")
        return package


def tree(path: Path) -> dict[str, tuple[int, str]]:
    """Every file and folder below a path: mode, and what is in it."""
    found = {}
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            each = Path(folder, name)
            mode = each.lstat().st_mode
            content = os.readlink(each) if each.is_symlink() else ""
            if name in files and not content and each.is_file():
                large = each.stat().st_size > LARGE
                content = str(each.stat().st_mtime_ns) if large else hashlib.sha256(each.read_bytes()).hexdigest()
            found[str(each.relative_to(path))] = (mode, content)
    return found


def make(path: Path) -> World:
    """Make the three registers, with people, an open case and trust in each other."""
    world = World(path)
    for folder in ("secrets", "media", "media/DCIM", "media/DCIM/100", "usb"):
        (path / folder).mkdir()
    for name, data in contents().items():
        (world.media / name).write_bytes(data)
    station = [("Jane Wanjiku", "PC", None), ("Ali Hassan", "CPL", "officer"), ("Grace Otieno", "IP", "supervisor")]
    laboratory = [("Mary Achieng", "Analyst", None), ("Peter Kamau", "Analyst", "officer")]
    agencies: dict[Office, tuple[str, list[tuple[str, str, str | None]]]] = {
        world.kibra: ("Kibera Police Station", station),
        world.lab: ("Government Laboratory", laboratory),
        world.court: ("Kibera Law Courts", [("Ruth Njeri", "Clerk", None)]),
    }
    for office, (agency, people) in agencies.items():
        _found(world, office, agency, people)
    for office in agencies:
        for other in agencies:
            if other is not office:
                _introduce(office, other)
    world.kibra.ok("case", "open", CASE, "--title", "a phone from the market")
    return world


def contents() -> dict[str, bytes]:
    """The media's files by name."""
    names = ("DCIM/100/IMG_0001.JPG", "DCIM/100/IMG_0002.JPG", "DCIM/index.txt", "a note.txt", "empty", "z.bin")
    found = {name: f"the content of {name}\n".encode() * 50 for name in names}
    return found | {"empty": b""}


def _found(world: World, office: Office, agency: str, people: list[tuple[str, str, str | None]]) -> None:
    for service_no, passphrase in office.people.items():
        world.secret(service_no).write_text(passphrase + "\n")
    for (name, rank, role), service_no in zip(people, office.people, strict=True):
        secret = str(world.secret(service_no))
        if role is None:
            words = opening(agency=agency, code=office.code, officer=name, rank=rank, service_no=service_no)
            made = world.run("--passphrase-file", secret, "init", str(office.path), *words)
            assert made.status == 0, made
        else:
            words = ["--name", name, "--rank", rank, "--service-no", service_no, "--role", role]
            office.ok("people", "enrol", *words, "--new-passphrase-file", secret)
    office.ok("agency", "card", "--out", office.card)


def opening(**other: str) -> list[str]:
    """The options of `init` for some agency, or with these in their place."""
    given = {"agency": "Runda", "code": "RUNDA", "officer": "Tom", "rank": "PC", "service_no": "1"} | other
    return [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]


def _introduce(office: Office, other: Office) -> None:
    fingerprint = other.ok("--json", "agency", "card").json["fingerprint"]
    office.ok("trust", "add", other.card, "--fingerprint", fingerprint)


def copy(world: World, path: Path) -> World:
    """The same world in another folder."""
    shutil.copytree(world.path, path, symlinks=True, dirs_exist_ok=True)
    return World(path)


@contextmanager
def counting(module: str, name: str, file: Path) -> Iterator[tuple[Callable[[], None], Callable[[], int]]]:
    """For commands run meanwhile: count the calls of one function of ours."""

    def before() -> None:
        where = importlib.import_module(module)
        original = getattr(where, name)

        def counted(*args: Any, **more: Any) -> Any:
            with file.open("ab") as told:
                told.write(b".")
            return original(*args, **more)

        setattr(where, name, counted)

    file.write_bytes(b"")
    yield before, lambda: file.stat().st_size
