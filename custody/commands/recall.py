"""`custody recall`: take back what was released and not received."""

from typing import Annotated

import typer

from custody.commands.options import At, Clock, Exhibit, Reason, Witness, circumstances, session, verb

app = verb()


@app.command()
def recall(
    ctx: typer.Context,
    exhibit: Exhibit,
    because: Annotated[
        str | None, typer.Option(metavar="WHY", help="refused, never-sent, returned, lost, expired")
    ] = None,
    at: At = None,
    reason: Reason = None,
    witness: Witness = None,
    clock: Clock = None,
) -> None:
    """Take back what was released and not received.

    \b
    custody recall KBR-2026-0042/EX-1 --because never-sent
    """
    from custody.acts import exhibits
    from custody.acts.release import recall as take
    from manifests.shapes import RECALL_REASONS

    me = session(ctx)
    ask = me.questions()
    why = ask.text("--because", f"Why ({', '.join(RECALL_REASONS)})?", because)
    ask.done()
    desk = me.desk()
    me.confirm_as(desk, [f"{exhibit}: recall, {why}"])
    how = circumstances(at, None, reason, None, witness, clock)
    me.recorded([take(desk, exhibits.chain_of(desk, exhibit), why, how)], desk)
