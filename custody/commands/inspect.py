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
    custody inspect lab.card.json
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
    fingerprint = _fingerprint(data)
    if fingerprint is not None:
        more += f"\n\nfingerprint {fingerprint}\ncompare it with what the agency tells you, by telephone or on paper"
    value = {
        "format": "custody/inspected/1",
        "checked": False,
        "warning": WARNING,
        "text": shown,
        "fingerprint": fingerprint,
    }
    me.put(f"{WARNING}\n\n{shown}{more}\n\n{WARNING}", value)


def _fingerprint(data: bytes) -> str | None:
    """What two people compare, where the file is an agency card that can be read."""
    from manifests import cards
    from manifests.errors import CustodyError

    try:
        return cards.fingerprint(cards.read_card(data))
    except CustodyError:
        return None
