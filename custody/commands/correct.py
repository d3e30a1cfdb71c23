"""`custody correct`: state what is right about an earlier record."""

from typing import Annotated

import typer

from custody.commands.options import At, Clock, Exhibit, Reason, circumstances, session, verb

app = verb()


@app.command()
def correct(
    ctx: typer.Context,
    exhibit: Exhibit,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="the record's number, as in the log")],
    statement: Annotated[str | None, typer.Option(help="what is right")] = None,
    reason: Reason = None,
    at: At = None,
    clock: Clock = None,
) -> None:
    """State what is right about an earlier record, which stays as it is.

    \b
    custody correct KBR-2026-0042/EX-1 1 \\
        --statement "the glass is whole; a film on it is cracked"
    """
    from custody.acts import exhibits

    me = session(ctx)
    ask = me.questions()
    right = ask.text("--statement", "What is right?", statement)
    ask.done()
    desk = me.desk()
    me.confirm_as(desk, [f"{exhibit}: correct no. {number}: {right}"])
    how = circumstances(at, None, reason, None, None, clock)
    me.recorded([exhibits.correct(desk, exhibits.chain_of(desk, exhibit), number, right, how)], desk)
