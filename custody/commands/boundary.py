"""The one error boundary: every error becomes plain words, a next step, and an exit status."""

import contextlib
import errno
import gc
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

EXIT_STATUS = (
    "Exit status: 0 confirmed or done, 1 internal error, 2 usage, 3 refuted, 4 undetermined, "
    "5 refused (out of order, would overwrite, not the holder), 6 environment, 130 interrupted. "
    "Any other is a failure."
)
_GLOBAL_FLAGS = {"--json", "--quiet", "--yes"}
_GLOBAL_VALUES = {"-C", "--as", "--passphrase-file", "--clock"}


LOOKING = frozenset("verify audit show status log facts hash inspect index doctor demo init list card export".split())
"""Verbs that sign nothing unless they ask for a secret, or say it themselves."""


class Interrupted(Exception):
    """Ctrl-C on its way to the boundary: the command-line library would turn it into a number, and say nothing."""


class NobodyReads(Exception):
    """The same of a result that nobody takes."""


def finished(command: Any, name: str, epilog: str) -> Any:
    """A loaded verb with its name, the exit status at the foot of its help pages, and Ctrl-C told to the boundary."""
    command.name = name
    command.epilog = epilog
    command.invoke = _interruptible(command.invoke)
    for inner in getattr(command, "commands", {}).values():
        inner.epilog = epilog
    return command


def _interruptible(invoke: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def invoked(context: Any) -> Any:
        try:
            answer = invoke(context)
            sys.stdout.flush()
            return answer
        except BrokenPipeError as err:
            raise NobodyReads from err
        except KeyboardInterrupt as err:
            _note_outcome(context, err)
            raise Interrupted from err
        except Exception as err:
            _note_outcome(context, err)
            raise

    return invoked


def _note_outcome(context: Any, err: BaseException) -> None:
    """Let a failure of a command that signs say whether it had signed."""
    from manifests.errors import UsageError

    session = context.find_root().obj
    verb = context.command.name
    if session is None or hasattr(err, "format_message") or isinstance(err, UsageError):
        return
    done = any(desk.recorded or desk.unsure for desk in session.desks)
    inner = context.invoked_subcommand or verb
    if done or session.asked or not ({verb, inner} & LOOKING):
        err.add_note(session.outcome())


def hoisted(arguments: list[str]) -> list[str]:
    """Global options first, wherever a person wrote them before `--`."""
    front: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return front + rest + [word, *waiting]
        attached = word.startswith(("--as=", "--passphrase-file=", "--clock=")) or (word[:2] == "-C" and len(word) > 2)
        if word in _GLOBAL_FLAGS or attached:
            front.append(word)
        elif word in _GLOBAL_VALUES and waiting:
            front += [word, waiting.pop(0)]
        else:
            rest.append(word)
    return front + rest


def run(app: Any, arguments: list[str]) -> int:
    """Run the command line and return its exit status."""
    import typer

    words = hoisted(arguments)
    as_json = "--json" in words[: words.index("--") if "--" in words else None]
    for stream in (sys.stdout, sys.stderr):  # a terminal that cannot show a letter gets its number
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        answer = app(words, standalone_mode=False)
        sys.stdout.flush()
        return answer if isinstance(answer, int) else 0
    except (Interrupted, KeyboardInterrupt, EOFError, typer.Abort) as err:
        return _told(130, "interrupted: nothing more was done", _notes(err), as_json)
    except (NobodyReads, BrokenPipeError):
        return _end_quietly()
    except Exception as err:  # noqa: BLE001  the boundary: nothing may pass it
        if hasattr(err, "format_message"):  # what the command-line library says of the words typed
            return _usage(err, as_json)
        return _other(err, as_json)


def leave(status: int) -> NoReturn:
    """End the process, which need not first look through all that was imported for cycles to free."""
    gc.freeze()
    sys.exit(status)


def _end_quietly() -> int:
    """Nobody reads the result any more: end as other tools do, by the signal that says so."""
    _give_up_stdout()
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    return 1


def _give_up_stdout() -> None:
    """Nobody takes the result: what is left of it must not fail once more on the way out."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(err: Any, as_json: bool) -> int:
    """What the command-line library says, in our prose; a verb with verbs of its own shows its help."""
    context = getattr(err, "ctx", None)
    if type(err).__name__ == "NoArgsIsHelpError":
        err.show()
        return 2
    text = err.format_message().rstrip(".")
    hints = (f"see: {context.command_path} --help",) if context else ()
    return _told(2, text[:1].lower() + text[1:], hints, as_json)


def _other(err: Exception, as_json: bool) -> int:
    from hashing.errors import HashingError, SurroundingsFail
    from manifests import errors

    families: tuple[tuple[type[Exception], int], ...] = (
        (errors.UsageError, 2),
        (errors.RefutedError, 3),
        (errors.UndeterminedError, 4),
        (errors.NotAllowedError, 5),
        (errors.EnvironmentFault, 6),
        (SurroundingsFail, 6),
        (HashingError, 2),
    )
    for family, status in families:
        if isinstance(err, family):
            return _told(status, str(err), (*getattr(err, "hints", ()), *_notes(err)), as_json)
    if isinstance(err, FileExistsError):
        hint = "move it away, or name another file; nothing is ever written over"
        return _told(5, f"{err.filename2 or err.filename or 'the file'} is there already", (hint,), as_json)
    if isinstance(err, OSError):
        try:
            sys.stdout.flush()
        except OSError:  # it was the result itself that could not be written
            _give_up_stdout()
        hints = (*_notes(err), "mend it, then do the step again")
        return _told(6, _disk(err), hints, as_json)
    where = traceback.extract_tb(err.__traceback__)[-1]
    place = f"{os.path.basename(where.filename)}:{where.lineno}"  # noqa: PTH119
    text = f"internal error ({type(err).__name__} in {place}): a fault of this tool, not of the evidence"
    return _told(1, text, ("report it with what you typed; the register is as it was",), as_json)


def _notes(err: BaseException) -> tuple[str, ...]:
    """What the act that was under way added to an error: how to go on."""
    return tuple(getattr(err, "__notes__", getattr(err.__cause__, "__notes__", ())))


def _disk(err: OSError) -> str:
    words = {
        errno.ENOSPC: "the disk is full",
        errno.EROFS: "the disk is read-only",
        errno.EACCES: "not permitted",
    }
    what = words.get(err.errno or 0, err.strerror or "the computer refused")
    return f"{what}: {err.filename}" if err.filename else what


def _told(status: int, message: str, hints: tuple[str, ...], as_json: bool) -> int:
    from custody.render.safe import safe

    for line in message.splitlines() or [""]:
        sys.stderr.write(f"custody: {safe(line)}\n")
    for hint in hints:
        sys.stderr.write(f"hint: {safe(hint)}\n")
    if as_json:
        import json

        told = {"format": "custody/error/1", "exit": status, "message": message, "hints": list(hints)}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    return status
