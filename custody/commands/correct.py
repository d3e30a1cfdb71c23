"""`custody correct`: state what is right about an earlier record."""

from typing import Annotated

import typer

from custody.commands.options import At, Clock, Reason, Witness, circumstances, session, verb

app = verb()


@app.command()
def correct(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="CASE[/EXHIBIT]", help="an exhibit, a case, or the register")],
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="the record's number, as in the log")],
    statement: Annotated[str | None, typer.Option(help="what is right")] = None,
    seal_number: Annotated[
        str | None, typer.Option(metavar="RIGHT", help="the right number, where NUMBER put a seal on")
    ] = None,
    clock_was: Annotated[
        str | None, typer.Option(metavar="TIME", help="what the time really was, where the clock was wrong")
    ] = None,
    reason: Reason = None,
    witness: Witness = None,
    at: At = None,
    clock: Clock = None,
) -> None:
    """State what is right about an earlier record, which stays as it is.

    \b
    custody correct KBR-2026-0042/EX-1 1 \\
        --statement "the glass is whole; a film on it is cracked"
    custody correct KBR-2026-0042/EX-1 2 --seal-number B-000132 \\
        --statement "read wrong at the market" --witness 445566
    """
    from custody.acts import corrections

    me = session(ctx)
    ask = me.questions()
    right = ask.text("--statement", "What is right?", statement)
    ask.done()
    desk = me.desk()
    more = f", seal {seal_number}" * bool(seal_number) + f", it was {clock_was}" * bool(clock_was)
    me.confirm_as(desk, [f"{target}: correct no. {number}: {right}{more}"])
    how = circumstances(at, None, reason, None, witness, clock)
    said = corrections.Right(statement=right, seal=seal_number, clock=clock_was)
    me.recorded([corrections.correct(desk, corrections.chain_named(desk, target), number, said, how)], desk)
