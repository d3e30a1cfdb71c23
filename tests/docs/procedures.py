"""Reads the commands out of a page of docs/ and runs them as they stand, on computers that are folders.

The conventions are those of docs/sop/README.md. It judges nothing: it gives back what was seen.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PASSPHRASE = "correct horse battery staple"
FIRST_COMPUTER = "station"
_HANDS = Path(__file__).with_name("hands.sh")
_LIGHT = "from custody.edges import keys; keys.SCRYPT_N = 1 << 4; import cli; cli.main()"
"""The command, where it makes a key: opening a key as dear as a real one takes longer than all else of an act."""
_FENCE = re.compile(r"^```(\w*)$")
_STATUS = re.compile(r"^Exit status: (\d+)")
_PLACE = re.compile(r"^# at the (\w+)$")
_CONTINUES = re.compile(r"^\*\*Continues:\*\* \[(\d\d)\]", re.MULTILINE)


@dataclass(kw_only=True)
class Step:
    """One block of commands: where it is typed, and what the page says will be seen."""

    page: str
    line: int
    place: str
    commands: str
    expected: list[str] | None = None
    status: int = 0

    def __str__(self) -> str:
        return f"{self.page}:{self.line}, at the {self.place}"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a step gave: stdout and stderr as they came, and the exit status of each command that failed."""

    step: Step
    output: str
    status: int


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """One page: the page whose end it begins at, and its steps."""

    path: Path
    continues: str | None
    steps: tuple[Step, ...]

    @property
    def number(self) -> str:
        return self.path.name[:2]


def read(path: Path) -> Procedure:
    """The steps of a page."""
    text = path.read_text(encoding="utf-8")
    found = _CONTINUES.search(text)
    return Procedure(path=path, continues=found[1] if found else None, steps=tuple(_steps(path.name, text)))


def _steps(page: str, text: str) -> list[Step]:
    steps: list[Step] = []
    place, language, block, start = FIRST_COMPUTER, "", [], 0
    inside = False
    for number, line in enumerate(text.split("\n"), start=1):
        fence = _FENCE.match(line)
        if fence and not inside:
            inside, language, block, start = True, fence[1], [], number + 1
        elif line == "```" and inside:
            inside = False
            if language == "sh":
                named = _PLACE.match(block[0]) if block else None
                place = named[1] if named else place
                steps.append(Step(page=page, line=start, place=place, commands="\n".join(block) + "\n"))
            elif language == "text" and steps:
                steps[-1].expected = block
        elif inside:
            block.append(line)
        elif steps and (told := _STATUS.match(line)):
            steps[-1].status = int(told[1])
    return steps


def differs(expected: list[str], output: str) -> str | None:
    """The first line that was expected and not seen there; None where all fits.

    `...` stands for anything that is left out, be it a word or many lines. Blank lines do not count.
    """
    expected = [line for line in expected if line.strip()]
    seen = "".join(f"{line.rstrip()}\n" for line in output.split("\n") if line.strip())
    if re.fullmatch(_pattern(expected), seen, re.DOTALL):
        return None
    for count in range(1, len(expected) + 1):
        if not re.match(_pattern(expected[:count]), seen, re.DOTALL):
            return expected[count - 1]
    return "(nothing more)"


def _pattern(lines: list[str]) -> str:
    text = "".join("..." if line.strip() == "..." else f"{line.rstrip()}\n" for line in lines)
    return ".*?".join(re.escape(part) for part in text.split("..."))


@dataclass
class World:
    """Some computers side by side, the stick that is carried between them, and a telephone."""

    path: Path
    _shells: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)

    @staticmethod
    def new(path: Path) -> "World":
        """An empty world: nobody has a register yet."""
        for name in ("usb", "telephone"):
            (path / name).mkdir(parents=True)
        (path / "passphrase").write_text(PASSPHRASE + "\n")
        hands = path / "hands" / "custody"
        hands.parent.mkdir()
        shutil.copyfile(_HANDS, hands)
        hands.chmod(stat.S_IRWXU)
        return World(path)

    def copy(self, path: Path) -> "World":
        """The same world once more, to go on in."""
        shutil.copytree(self.path, path, symlinks=True)
        return World(path)

    def home(self, place: str) -> Path:
        """The home folder at one computer, where the stick shows as `usb`."""
        home = self.path / place
        if not home.exists():
            home.mkdir()
            (home / "usb").symlink_to("../usb")
        return home

    def environment(self, place: str, *, hands: bool = True) -> dict[str, str]:
        """What a terminal at one computer has: no network names, its own home, `custody` on PATH."""
        tools = Path(sys.executable).parent
        path = [str(self.path / "hands")] * hands + [str(tools), os.environ["PATH"]]
        return {
            "HOME": str(self.home(place)),
            "XDG_CONFIG_HOME": str(self.home(place) / ".config"),
            "PATH": ":".join(path),
            "TZ": "EAT-3",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "80",
            "CUSTODY": str(tools / "custody"),
            "PYTHON": sys.executable,
            "LIGHT": _LIGHT,
            "WORLD": str(self.path),
        }

    def run(self, procedure: Procedure) -> list[Seen]:
        """Type all steps, each at its computer, until one does not end as the page says."""
        seen = []
        try:
            for step in procedure.steps:
                seen.append(self._type(step))
                if seen[-1].status != step.status:
                    break
        finally:
            self.close()
        return seen

    def _type(self, step: Step) -> Seen:
        shell = self._shells.get(step.place) or self._open(step.place)
        assert shell.stdin and shell.stdout
        commands, output = self.path / ".commands", self.path / ".output"
        commands.write_text(step.commands)
        shell.stdin.write(f". '{commands}' > '{output}' 2>&1 < /dev/null; tell\n")
        shell.stdin.flush()
        status = shell.stdout.readline().strip()
        return Seen(step=step, output=output.read_text(errors="replace"), status=int(status or 255))

    def _open(self, place: str) -> "subprocess.Popen[str]":
        """A shell at one computer: it stays open from step to step, like the officer's terminal."""
        shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self.home(place),
            env=self.environment(place),
        )
        assert shell.stdin
        # A step's status is that of the first command that failed, else 0.
        shell.stdin.write("failed=0; trap 'case $failed in 0) failed=$?;; esac' ERR\n")
        shell.stdin.write("tell() { echo $failed; failed=0; }\n")
        self._shells[place] = shell
        return shell

    def close(self) -> None:
        """Close every terminal."""
        for shell in self._shells.values():
            if shell.stdin:
                shell.stdin.close()
            shell.wait(timeout=30)
        self._shells.clear()
