"""The recovery sheet: shown once on the terminal, or written to a file for the printer; never kept (S8)."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from manifests.errors import UsageError

_SHEET = """\
{code}

RECOVERY SHEET of {whose}

With this code, and the agency's first register or a copy of it, anybody can make
people of the agency, and sign as them. It is there for the day when no
administrator can: the passphrase is forgotten, the person is gone.

1. Copy the code by hand or print this page. Leave no file and no picture of it.
2. Put it into an envelope. Seal it. Two persons sign over the flap.
3. Keep it in the safe: not with the computer, not with a copy of the register.
4. Write in the occurrence book who sealed it, when, and where it lies.

To use it: custody people recover. Afterwards make a new one.
"""


@contextmanager
def new_sheet(me: Any, out: Path | None, register: Path, whose: str) -> Iterator[str]:
    """A new code, for an act that enrols it; the sheet is shown when that is done, or stays in its file."""
    from custody.edges import files, keys
    from custody.render.safe import safe

    if out is None and not me.terminal:
        raise UsageError(
            "a recovery sheet is shown on a terminal, or written to a file",
            "--recovery-sheet FILE, outside the register, for the printer",
        )
    if out is not None and register.resolve() in out.resolve().parents:
        raise UsageError("the recovery sheet must not lie in the register", "name a file elsewhere, on a stick")
    code = keys.new_recovery_code()
    sheet = _SHEET.format(code=code, whose=safe(whose))
    if out is None:
        yield code
        sys.stderr.write(f"\n{sheet}\n")
        return
    _write(out, sheet, files)
    try:
        yield code
    except BaseException:
        files.remove(out)
        raise
    me.say(f"recovery sheet: {out}: print it, then take the file away")


def _write(out: Path, sheet: str, files: Any) -> None:
    try:
        files.write_new(out, sheet.encode())
    except FileNotFoundError as err:
        raise UsageError(f"no such folder: {out.parent}") from err
