"""`custody authority add`: record a warrant, order or consent."""

from pathlib import Path
from typing import Annotated

import typer

from custody.commands.options import Clock, session, verbs

app = verbs("Record a warrant, order or consent.")


@app.callback()
def authority() -> None:
    """Record a warrant, order or consent."""


@app.command()
def add(
    ctx: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE")],
    ref: Annotated[str, typer.Argument(metavar="REF", help="a word of your own for it, like W1")],
    kind: Annotated[str | None, typer.Option(help="warrant, court-order, consent, production-order ...")] = None,
    number: Annotated[str | None, typer.Option(help="its number")] = None,
    issued_by: Annotated[str | None, typer.Option()] = None,
    issued_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    scan: Annotated[Path | None, typer.Option(help="a scan of it; only its digest is kept")] = None,
    clock: Clock = None,
) -> None:
    """Record an authority, so that acts can name it by one word.

    \b
    custody authority add KBR-2026-0042 W1 --kind warrant --number E123/2026 \\
        --issued-by "Kibera Law Courts" --issued-on 2026-11-19
    """
    from custody.acts import cases, exhibits
    from manifests.shapes import Authority

    me = session(ctx)
    ask = me.questions()
    desk = me.desk(clock=clock)
    made = Authority(
        kind=ask.text("--kind", "What is it (warrant, consent ...)?", kind),
        number=ask.text("--number", "Its number", number),
        ref=ref,
        issued_by=issued_by,
        issued_on=issued_on,
        scan=exhibits.paper(str(scan)).sha256 if scan else None,
    )
    ask.done()
    me.recorded([cases.add_authority(desk, exhibits.case_of(desk, case), made)], desk)
