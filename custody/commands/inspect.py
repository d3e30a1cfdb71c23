"""`custody inspect`: look into a file without checking it."""

from pathlib import Path
from typing import Annotated

import typer

from custody.commands.options import session, verb

app = verb()
WARNING = "NOT CHECKED: nothing on this page was verified. To check it: custody verify"


@app.command()
def inspect(ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Show what a record, card, list or reply says, without checking any of it.

    \b
    custody inspect ./0001-seizure.json
    """
    from custody.edges import files
    from custody.render.safe import safe
    from manifests.errors import UsageError

    me = session(ctx)
    try:
        data = files.read(file, 1 << 20)
    except FileNotFoundError as err:
        raise UsageError(f"no such file: {file}") from err
    shown = "\n".join(safe(line) for line in data[: 1 << 20].split(b"\n"))
    more = "\n(only the first megabyte is shown)" if len(data) > 1 << 20 else ""
    value = {"format": "custody/inspected/1", "checked": False, "warning": WARNING, "text": shown}
    me.put(f"{WARNING}\n\n{shown}{more}\n\n{WARNING}", value)
