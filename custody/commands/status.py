"""`custody status`: what is here, on the way, waiting and due."""

import typer

from custody.commands.options import session, verb

app = verb()


@app.command()
def status(ctx: typer.Context) -> None:
    """What this register holds, what is on the way and since when, what waits for it, what is due.

    \b
    custody status
    """
    from custody.commands.session import indexed_exhibits
    from custody.edges import clock
    from custody.render import text
    from manifests import times

    me = session(ctx)
    desk = me.desk()
    rows = indexed_exhibits(desk)
    now = times.text(clock.now())
    me.put(text.status(rows, desk.name, desk.code, now), {"format": "custody/status/1", "exhibits": rows})
