"""What a command has of the person at the keyboard: options, secrets, questions, progress, the answer."""

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from custody.edges.memory import forbid_dumps
from custody.render.safe import safe
from manifests.errors import CustodyError, EnvironmentFault, NotAllowedError, UsageError

if TYPE_CHECKING:
    from custody.acts.desk import Desk, Written
    from hashing.measure import Progress
    from manifests.records import Record
    from manifests.trust import Anchor

TRIES = 3


@dataclass(frozen=True)
class Session:
    """The global options, and how to talk."""

    register: Path | None = None
    as_officer: str | None = None
    passphrase_files: tuple[Path, ...] = ()
    json: bool = False
    quiet: bool = False
    yes: bool = False
    clock: str | None = None
    """Why this computer's time is not later than what has been."""
    desks: "list[Desk]" = field(default_factory=list)
    """Where this command works, and may sign."""
    asked: list[str] = field(default_factory=list)
    """Whose secrets were asked for."""

    @property
    def terminal(self) -> bool:
        """Whether somebody can be asked."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    def desk(self, anchors: "tuple[Anchor, ...]" = (), clock: str | None = None) -> "Desk":
        """The register that -C names, or that lies here or above; `clock` explains its time."""
        from custody.acts.desk import Desk
        from custody.edges.register import find_register

        found = find_register(self.register or Path.cwd())
        desk = Desk(
            register=found,
            passphrase=self.passphrase,
            as_officer=self.as_officer,
            anchors=anchors,
            on_commit=indexed,
            clock_reason=clock or self.clock,
        )
        self.desks.append(desk)
        return desk

    def outcome(self) -> str:
        """Whether anything was signed, for whoever has to know after a failure."""
        done = [f"{r.chain} no. {r.position} ({r.kind})" for desk in self.desks for r in desk.recorded]
        if any(desk.unsure for desk in self.desks):
            return "it may be signed, or not: look before you do it again: custody verify"
        if done:
            more = f", and {len(done) - 3} more" if len(done) > 3 else ""
            return f"signed: {', '.join(done[:3])}{more} recorded; the same command again signs nothing twice"
        return "not signed: nothing was recorded"

    # --- secrets ---------------------------------------------------------

    def passphrase(self, whose: str, attempt: Callable[[str], Any]) -> Any:
        """Try the passphrase files, then ask; raises NotAllowedError."""
        forbid_dumps()
        self.asked.append(whose)
        wrong: NotAllowedError | None = None
        for path in self.passphrase_files:
            try:
                return attempt(_first_line(path))
            except NotAllowedError as err:
                wrong = err
        for _ in range(TRIES if self.terminal else 0):
            try:
                return attempt(getpass.getpass(f"Passphrase of {safe(whose)}: ", sys.stderr))
            except NotAllowedError as err:
                wrong = err
                sys.stderr.write("That is not the passphrase.\n")
        if wrong is not None:
            raise wrong
        raise UsageError(f"the passphrase of {whose} is needed", "--passphrase-file FILE, or run it on a terminal")

    def new_passphrase(self, whose: str) -> str:
        """A new passphrase: from the first file, or asked for twice."""
        forbid_dumps()
        if self.passphrase_files:
            return _first_line(self.passphrase_files[0])
        if not self.terminal:
            raise UsageError("a new passphrase is needed", "--passphrase-file FILE, or run it on a terminal")
        one = getpass.getpass(f"New passphrase for {safe(whose)} (8 characters or more): ", sys.stderr)
        if getpass.getpass("The same again: ", sys.stderr) != one:
            raise UsageError("the two are not the same", "try again")
        return one

    # --- questions -------------------------------------------------------

    def questions(self) -> "Questions":
        return Questions(self)

    def confirm(self, lines: list[str], who: str) -> None:
        """Show what will be signed, and ask; without a terminal, or with --yes, go on."""
        if self.yes or self.json or not self.terminal:
            return
        for line in lines:
            sys.stderr.write(f"  {safe(line)}\n")
        if not typer.confirm(f"Sign as {safe(who)}?", err=True):
            raise NotAllowedError("not signed: nothing was written")

    def confirm_as(self, desk: "Desk", lines: list[str]) -> None:
        """As `confirm`, for whoever signs at this desk."""
        me = desk.me()
        self.confirm(lines, f"{me.rank} {me.name}")

    # --- answers ---------------------------------------------------------

    def say(self, text: str) -> None:
        """Conversation: to stderr."""
        if not self.quiet:
            sys.stderr.write(_inert(text) + "\n")

    def put(self, text: str, value: Any) -> None:
        """The result: text for a person, one JSON object for a program."""
        if self.json:
            from custody.render.json import dumps

            text = dumps(value)
        sys.stdout.write(_inert(text.removesuffix("\n")) + "\n")

    def recorded(self, written: "list[Written]", desk: "Desk | None" = None, **more: Any) -> None:
        """What was written, and the line for the paper register."""
        from custody.render import json, logs, story

        lines = []
        for each in written:
            record = each.record
            how = "already recorded" if each.already else "recorded"
            told = story.tell(record)
            lines.append(f"{record.chain} no. {record.position}: {record.kind} {how}" + (f": {told}" if told else ""))
        lines += [f"  {line}" for each in written for line in logs.lines(each.record)]
        lines += [story.paper_line(each.record) for each in written]
        lines += [f"{name}: {value}" for name, value in more.items() if value is not None]
        value = {
            "format": "custody/act/1",
            "records": [json.record(w.record) | {"already": w.already} | json.logs(w.record) for w in written],
            **{name: str(v) for name, v in more.items() if v is not None},
        }
        self.put("\n".join(safe(line) for line in lines), value)
        for notice in [*_not_stated(written), *(desk.notices if desk else ())]:
            self.say(f"note: {safe(notice)}")

    @contextmanager
    def progress(self, label: str) -> "Iterator[Callable[[Progress], None] | None]":
        """A progress bar with rate and time left on a terminal's stderr, else nothing."""
        if self.quiet or not sys.stderr.isatty():
            yield None
            return
        from custody.commands.progress import shown

        with shown(label) as told:
            yield told


@dataclass
class Questions:
    """Collects what is still missing: asked in order on a terminal, listed at once elsewhere."""

    session: Session

    def __post_init__(self) -> None:
        self._missing: list[str] = []

    def text(self, option: str, question: str, value: str | None) -> str:
        """A text that must be there."""
        if value:
            return value
        if self.session.terminal and not self.session.json:
            return prompt(question)
        self._missing.append(option)
        return ""

    def done(self) -> None:
        """Raise UsageError with all that is missing."""
        if self._missing:
            raise UsageError("missing: " + ", ".join(self._missing), "add them, or run it on a terminal to be asked")


def prompt(question: str, **options: Any) -> str:
    """What a person types on the terminal; arrow keys move in the line, and are not part of it."""
    with suppress(ImportError):
        import readline  # noqa: F401  from then on `input` edits its line
    return str(typer.prompt(safe(question), err=True, **options)).strip()


def _not_stated(written: "list[Written]") -> list[str]:
    """What a court will ask about an acquisition and nobody has stated, counted once for all records of an act."""
    missing = {name for each in written if not each.already for name in getattr(each.record.body, "not_stated", ())}
    if not missing:
        return []
    return [f"{len(missing)} facts that a court may ask for are not stated; custody facts --ask asks for them"]


def _inert(text: str) -> str:
    """The law of terminal output once more, for what a line above forgot."""
    return "\n".join(safe(line) for line in text.split("\n"))


def named_file(path: Path, limit: int = 1 << 20) -> bytes:
    """A small file that a person named; raises UsageError where there is none."""
    from custody.edges import files

    try:
        return files.read(path, limit)
    except FileNotFoundError as err:
        raise UsageError(f"no such file: {path}") from err


def _first_line(path: Path) -> str:
    from custody.edges import files

    try:
        data = files.read(path)
    except FileNotFoundError as err:
        raise EnvironmentFault(f"no passphrase file {path}") from err
    try:
        return data.split(b"\n", 1)[0].rstrip(b"\r").decode()
    except UnicodeDecodeError as err:
        raise EnvironmentFault(f"the passphrase file {path} is not text") from err


def indexed(desk: "Desk", written: "list[Record]") -> None:
    """Let the index follow a commit; a broken index is thrown away, never an error of the act."""
    import sqlite3

    from custody.edges.index import Index
    from manifests.names import chain_type

    index = Index(desk.register.path / "index.db")
    size = desk.ledger_head().size
    try:
        if not index.is_current(size - len(written)):
            return
        chains = {r.chain for r in written if chain_type(r.chain) == "exhibit"}
        index.put([desk.read(chain) for chain in chains], size)
    except (sqlite3.Error, CustodyError):
        index.clear()


def indexed_exhibits(desk: "Desk", *, again: bool = False) -> list[dict[str, Any]]:
    """One row an exhibit, from the index; built anew where it is missing, old or asked for.

    Where it cannot be written or is in somebody else's hands, straight from the files.
    """
    import sqlite3

    from custody.edges.index import Index, row
    from custody.edges.register import check_owner

    index = Index(desk.register.path / "index.db")
    size = desk.ledger_head().size
    try:
        if again or not index.is_current(size):
            check_owner(desk.register)
            index.clear()
            index.put((desk.read(chain) for chain in desk.register.exhibits()), size)
        return index.exhibits()
    except (sqlite3.Error, OSError, NotAllowedError):
        reports = [desk.read(chain) for chain in desk.register.exhibits()]
        return [row(report) for report in reports if report.state is not None]
