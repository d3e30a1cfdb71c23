"""`custody void`: end an exhibit that was opened by mistake."""

from typing import Annotated

import typer

from custody.commands.options import At, Clock, Exhibit, circumstances, session, verb

app = verb()


@app.command()
def void(
    ctx: typer.Context,
    exhibit: Exhibit,
    because: Annotated[str | None, typer.Option(help="what the mistake was")] = None,
    at: At = None,
    clock: Clock = None,
) -> None:
    """End an exhibit that was opened by mistake. Its number is not used again.

    \b
    custody void KBR-2026-0042/EX-9 --because "typed twice: see EX-8"
    """
    from custody.acts import exhibits
    from manifests import bodies

    me = session(ctx)
    ask = me.questions()
    why = ask.text("--because", "What was the mistake?", because)
    ask.done()
    desk = me.desk()
    me.confirm_as(desk, [f"{exhibit}: void: {why}"])
    how = circumstances(at, None, None, None, None, clock)
    me.recorded([exhibits.end(desk, exhibits.chain_of(desk, exhibit), bodies.Void(because=why), how)], desk)
