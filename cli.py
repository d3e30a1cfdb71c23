"""The command line: a table of verbs, global options, one error boundary. Imports a verb only when it is called."""

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from custody.commands.boundary import EXIT_STATUS, finished, leave, run

VERBS = {
    "init": "make a register for this agency, or this desk",
    "agency": "show the agency's card to others",
    "trust": "which other agencies are trusted here",
    "people": "who works in this register",
    "case": "open, list and refer cases",
    "authority": "record a warrant, order or consent",
    "seize": "open an exhibit: what was taken, where, on whose authority",
    "seal": "measure contents into a manifest, or put a numbered seal on",
    "acquire": "image a disk or card into a new exhibit, and seal it",
    "derive": "open an exhibit made from another: an image, a selection",
    "event": "note what happened to an exhibit",
    "release": "hand over: sign, and make the package",
    "receive": "take over: check everything, then sign",
    "acknowledge": "take back the receipt or refusal of a hand-over",
    "recall": "take back what was released and not received",
    "settle": "end a contested hand-over, with the other agency",
    "explain": "say, as a supervisor, what a record in quarantine is",
    "takeover": "take an exhibit from a holder who cannot release it",
    "return": "give an exhibit back to its owner, for good",
    "dispose": "dispose of an exhibit, for good",
    "correct": "state what is right about an earlier record",
    "withdraw": "withdraw a manifest that was made of something else",
    "restored": "say that this register was put back from a backup",
    "void": "end an exhibit that was opened by mistake",
    "verify": "is this what was seized, and who held it?",
    "audit": "read a whole store again, what is due, and sign each result",
    "show": "what an exhibit is, and its original digests",
    "status": "what is here, on the way, waiting and due",
    "log": "who held it when, and every gap",
    "facts": "what a court asks about an acquisition: collect, ask, list",
    "hash": "the digests of files, and nothing else",
    "inspect": "look into a file without checking it",
    "mend": "put back what is missing or damaged here, from a package or a backup",
    "index": "build the index again",
    "doctor": "is this computer fit for the work?",
    "demo": "see the whole chain played, on files made for it",
}


class Verbs(TyperGroup):
    """Loads a verb's module when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in VERBS:
            return None
        name = {"return": "give_back"}.get(cmd_name, cmd_name)  # a word that Python keeps for itself
        module = importlib.import_module(f"custody.commands.{name}")
        return finished(typer.main.get_command(module.app), cmd_name, EXIT_STATUS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


app = typer.Typer(cls=Verbs, pretty_exceptions_enable=False, rich_markup_mode=None, epilog=EXIT_STATUS)


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    register: Annotated[Path | None, typer.Option("-C", metavar="REGISTER", help="the register's folder")] = None,
    as_officer: Annotated[str | None, typer.Option("--as", metavar="SERVICE_NO", help="who you are")] = None,
    passphrase_file: Annotated[list[Path] | None, typer.Option(help="a file with a passphrase in it")] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON object as the answer")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress, no remarks")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before signing")] = False,
    clock: Annotated[str | None, typer.Option(metavar="REASON", help="why this computer's time is wrong")] = None,
    version: Annotated[bool, typer.Option("--version")] = False,
) -> None:
    """Chain of custody for digital evidence: seize, seal, hand over, verify."""
    if version:
        from manifests.version import VERSION

        sys.stdout.write(f"custody {VERSION}\n")
        raise typer.Exit
    from custody.commands.session import Session

    ctx.obj = Session(register, as_officer, tuple(passphrase_file or ()), json, quiet, yes, clock)
    if ctx.invoked_subcommand is None:
        from custody.commands.status import status

        status(ctx)


def main() -> None:
    leave(run(app, sys.argv[1:]))
