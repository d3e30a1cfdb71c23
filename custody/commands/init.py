"""`custody init`: make a register."""

from pathlib import Path
from typing import Annotated

import typer

from custody.commands.options import session, verb

app = verb()


@app.command()
def init(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new folder for the register")],
    agency: Annotated[str | None, typer.Option(help="the agency's full name")] = None,
    code: Annotated[str | None, typer.Option(help="its short code, like KIBRA")] = None,
    register: Annotated[str, typer.Option(help="this register's name")] = "desk",
    officer: Annotated[str | None, typer.Option(help="the first officer's full name")] = None,
    rank: Annotated[str | None, typer.Option(help="the officer's rank")] = None,
    service_no: Annotated[str | None, typer.Option(help="the officer's service number")] = None,
    card: Annotated[Path | None, typer.Option(help="an officer card: a further register of that agency")] = None,
) -> None:
    """Make a register, its agency's root certificate, and the first officer's key.

    \b
    custody init kibra --agency "Kibera Police Station" --code KIBRA \\
        --officer "Jane Wanjiku" --rank PC --service-no 112233
    custody init field --register field-2 --card wanjiku.card
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
            register=register,
            officer=ask.text("--officer", "Your full name", officer),
            rank=ask.text("--rank", "Your rank", rank),
            service_no=ask.text("--service-no", "Your service number", service_no),
            clock=me.clock,
        )
        ask.done()
        made = begin.init(opening, me.new_passphrase)
    text = f"register made: {made.path}\nnext: cd {made.path}, then: custody case open CASE --title TITLE"
    me.put(text, {"format": "custody/register/1", "path": str(made.path), "register": made.journal_id})
