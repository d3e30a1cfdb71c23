"""The stage of `demo`: runs commands as a person types them, shows what they answer, and checks it.

Knows nothing of the story that is played on it.
"""

import io
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from custody.commands.boundary import run
from custody.render.safe import safe
from custody.render.text import WIDTH, wrapped

SHOWN = 16
"""Lines of an answer that are shown whole; of a longer one, the parts that matter."""
TRANSCRIPT = "transcript.txt"
SETTINGS = "settings"


class DemoFailed(Exception):
    """A step did not answer as it should; composed for a person."""


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """One of the people in the story, and the folder of their register."""

    title: str
    register: str

    @property
    def passphrase(self) -> str:
        return f"passphrases/{self.register}.txt"


@dataclass(frozen=True, kw_only=True)
class DemoStep:
    """One command that was run."""

    by: str
    command: tuple[str, ...]
    exit: int
    expected: int
    output: str


@dataclass
class Stage:
    """Where the demo plays: every command runs in `folder`, with settings of its own."""

    folder: Path
    command_line: Callable[..., Any]
    """The application itself, as `cli.py` runs it."""
    shown: bool = True
    steps: list[DemoStep] = field(default_factory=list)

    # --- telling ---------------------------------------------------------

    def chapter(self, title: str) -> None:
        """A new part of the story."""
        self._tell(f"\n{title}\n{'-' * len(title)}\n", bold=True)

    def says(self, who: DemoPerson | None, text: str) -> None:
        """What it means, for the person who runs it or for everybody."""
        self._tell(wrapped(f"{who.title}: {text}" if who else text) + "\n\n")

    def plain(self, text: str) -> None:
        """Lines that are folded already."""
        self._tell(text + "\n")

    def _tell(self, text: str, *, bold: bool = False, whole: str | None = None) -> None:
        """To the person, and to the transcript, which gets the unabridged text where there is one."""
        with (self.folder / TRANSCRIPT).open("a", encoding="utf-8") as file:
            file.write(text if whole is None else whole)
        if self.shown:
            sys.stdout.write(f"\x1b[1m{text}\x1b[0m" if bold and _styled() else text)
            sys.stdout.flush()

    # --- acting ----------------------------------------------------------

    def does(
        self, who: DemoPerson, *words: str, signs: bool = False, expect: int = 0,
        says: tuple[str, ...] = (), keep: tuple[str, ...] = (), again: bool = False, means: str = "",
    ) -> str:  # fmt: skip
        """Run `custody -C REGISTER WORDS`, show it, and return its answer; raises DemoFailed.

        `says` must stand in the answer; `keep` names the sections of a long one that are shown; the answer of
        a command that is much like the one before (`again`) is not shown.
        """
        typed = [*words, *(("--passphrase-file", who.passphrase) if signs else ())]
        typed = typed if words[0] == "init" else ["-C", who.register, *typed]
        command = ("custody", *typed)
        self._tell(typed_line(command) + "\n", bold=True)
        status, output = self._run(typed)
        self.steps.append(DemoStep(by=who.title, command=command, exit=status, expected=expect, output=output))
        wrong = _wrong(status, expect, output, says)
        ending = f"(exit status {status})\n\n"
        short = output if wrong else _left_out(output) if again else abridged(output, keep)
        shown = wrong or status or words[0] == "verify"
        self._tell(_folded(short) + (ending if shown else "\n"), whole=_folded(output) + ending)
        if wrong:
            raise DemoFailed(wrong)
        if means:
            self.says(who, means)
        return output

    def files(self, tool: str, source: str, target: str) -> None:
        """Copy (`cp`) a file or move (`mv`) a folder inside the demo's folder, shown as it is typed."""
        import shutil

        self._tell(typed_line((tool, source, target)) + "\n\n", bold=True)
        if tool == "cp":
            shutil.copyfile(self.folder / source, self.folder / target, follow_symlinks=False)
        else:
            (self.folder / source).rename(self.folder / target)

    def _run(self, typed: list[str]) -> tuple[int, str]:
        """Exit status and answer of one command, run as the command line runs it."""
        said = io.StringIO()
        with chdir(self.folder), settings(self.folder), redirect_stdout(said), redirect_stderr(said):
            status = run(self.command_line, typed)
        if status == 130:
            raise KeyboardInterrupt
        return status, said.getvalue()

    def report(self) -> list[dict[str, Any]]:
        """Every step, for a program."""
        return [asdict(step) for step in self.steps]


@contextmanager
def settings(folder: Path) -> Iterator[None]:
    """Keep pins in the demo's own folder while a command runs: the user's settings stay as they are."""
    before = os.environ.get("XDG_CONFIG_HOME")
    os.environ["XDG_CONFIG_HOME"] = str(folder / SETTINGS)
    try:
        yield
    finally:
        del os.environ["XDG_CONFIG_HOME"]
        if before is not None:
            os.environ["XDG_CONFIG_HOME"] = before


def _styled() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def typed_line(words: tuple[str, ...]) -> str:
    """A command as it is typed, over several lines where it is long; it can be pasted into a shell."""
    lines, line = [], "$"
    for unit in _units(words):
        if len(line) + 1 + len(unit) > WIDTH - 2 and line != "$":
            lines.append(line + " \\")
            line = "   "
        line += f" {unit}"
    return "\n".join([*lines, line])


def _units(words: tuple[str, ...]) -> list[str]:
    """The words as a shell wants them, an option and its value kept together."""
    units: list[str] = []
    for word in words:
        quoted = safe(shlex.quote(word))
        if units and units[-1].startswith("-") and " " not in units[-1] and not word.startswith("-"):
            units[-1] += f" {quoted}"
        else:
            units.append(quoted)
    return units


def _folded(output: str) -> str:
    """An answer in lines of at most 80 columns."""
    lines = output.rstrip("\n").split("\n") if output.strip() else []
    return "".join((line if len(line) <= WIDTH else wrapped(line, rest="    ")) + "\n" for line in lines)


def abridged(output: str, keep: tuple[str, ...]) -> str:
    """A long answer without the parts that say little here: its first part stays, and those named, or the last."""
    if output.count("\n") <= SHOWN:
        return output
    parts = re.split(r"\n\n+", output.strip("\n"))
    kept = [
        part if at == 0 or (part.startswith(keep) if keep else at == len(parts) - 1) else None
        for at, part in enumerate(parts)
    ]
    shown: list[str] = []
    for at, part in enumerate(kept):
        if part is not None:
            shown.append(part)
        elif at == 0 or kept[at - 1] is not None:
            gone = next((n for n, later in enumerate(kept[at:]) if later is not None), len(kept) - at)
            shown.append(_left_out("\n".join(parts[at : at + gone])))
    return "\n\n".join(shown) + "\n"


def _left_out(text: str) -> str:
    lines = len(text.strip("\n").split("\n"))
    return f"[... {lines} lines left out here; they are in {TRANSCRIPT}]"


def _wrong(status: int, expected: int, output: str, says: tuple[str, ...]) -> str:
    """What is not as it should be; empty where all is."""
    if status != expected:
        return f"the exit status should be {expected}, and is {status}"
    flat = "".join(output.split())
    missing = [text for text in says if "".join(text.split()) not in flat]
    return f"the answer should say {safe(missing[0])!r}" if missing else ""
