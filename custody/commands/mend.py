"""`custody mend`: put back what is missing or damaged, and bound."""

from pathlib import Path
from typing import Annotated

import typer

from custody.commands.options import session, verb

app = verb()


@app.command()
def mend(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="PACKAGE|REGISTER", help="what still holds the files")],
) -> None:
    """Put back records, signatures, lists and logs that are missing or damaged here, from a package or a backup.

    Only files whose very bytes are bound here are taken: by the ledger, or by a record. Nothing is signed.

    \b
    custody mend ./KBR-2026-0042_EX-1_to_LAB
    custody mend /media/backup/register
    """
    from custody.acts.mending import mend as put_back

    me = session(ctx)
    desk = me.desk()
    names = put_back(desk, source)
    lines = [f"put back: {name}" for name in names] or ["nothing here is missing that this holds"]
    me.put("\n".join([*lines, "look at all of it: custody verify"]), {"format": "custody/mend/1", "put_back": names})
