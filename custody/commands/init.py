"""`custody init`: make a register."""

from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import session, verb

app = verb()


@app.command()
def init(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new folder for the register")],
    agency: Annotated[str | None, typer.Option(help="the agency's full name")] = None,
    code: Annotated[str | None, typer.Option(help="its short code, like KIBRA")] = None,
    register: Annotated[str | None, typer.Option(help="an agency's first register: its name, if not desk")] = None,
    officer: Annotated[str | None, typer.Option(help="the first officer's full name")] = None,
    rank: Annotated[str | None, typer.Option(help="the officer's rank")] = None,
    service_no: Annotated[str | None, typer.Option(help="the officer's service number")] = None,
    card: Annotated[Path | None, typer.Option(help="an officer card: a further register of that agency")] = None,
    recovery_sheet: Annotated[
        Path | None, typer.Option("--recovery-sheet", metavar="FILE", help="write the recovery sheet to a new file")
    ] = None,
) -> None:
    """Make a register, its agency's root certificate, the first officer's key, and a recovery sheet.

    The sheet's code is shown once on a terminal, or written to a file for the printer; without either there is none,
    until custody people recovery-sheet makes one. A further register has the name on its card.

    \b
    custody init kibra --agency "Kibera Police Station" --code KIBRA \\
        --officer "Jane Wanjiku" --rank PC --service-no 112233
    custody init field --card wanjiku.card
    """
    from custody.acts import begin
    from custody.commands.session import named_file

    me = session(ctx)
    if card is not None:
        made = begin.init_from_card(folder, register, named_file(card), me.passphrase, clock_reason=me.clock)
    else:
        ask = me.questions()
        opening = begin.Opening(
            path=folder,
            agency=ask.text("--agency", "The agency's full name", agency),
            code=ask.text("--code", "Its short code", code),
            register=register or "desk",
            officer=ask.text("--officer", "Your full name", officer),
            rank=ask.text("--rank", "Your rank", rank),
            service_no=ask.text("--service-no", "Your service number", service_no),
            clock=me.clock,
        )
        ask.done()
        made = _first(me, opening, recovery_sheet)
    text = f"register made: {made.path}\nnext: cd {made.path}, then: custody case open CASE --title TITLE"
    me.put(text, {"format": "custody/register/1", "path": str(made.path), "register": made.journal_id})


def _first(me: Any, opening: Any, sheet: Path | None) -> Any:
    """An agency's first register, with a recovery sheet where one can be shown or written."""
    from custody.acts import begin
    from custody.commands.recovery import new_sheet

    if sheet is None and not me.terminal:
        made = begin.init(opening, me.new_passphrase)
        me.say("note: no recovery sheet was made: custody people recovery-sheet")
        return made
    with new_sheet(me, sheet, opening.path, f"{opening.agency} ({opening.code})") as code:
        return begin.init(opening, me.new_passphrase, recovery_code=code)
