"""`custody doctor`: is this computer fit for the work?"""

import typer

from custody.commands.options import session, verb

app = verb()


@app.command()
def doctor(ctx: typer.Context) -> None:
    """Look at this computer: Python, libraries, exiftool, libmagic, clock, room, the register around us.

    \b
    custody doctor
    """
    from custody.acts.fitness import look
    from manifests.errors import UsageError

    me = session(ctx)
    try:
        desk = me.desk()
    except UsageError:
        desk = None
    found = look(desk)
    words = {True: "ok", False: "BAD", None: "note"}
    lines = [f"{words[fit]:<5} {name:<12} {text}" for name, fit, text in found]
    rows = [{"name": name, "fit": fit, "text": text} for name, fit, text in found]
    me.put("\n".join(lines), {"format": "custody/doctor/1", "found": rows})
    raise typer.Exit(6 if any(fit is False for _, fit, _ in found) else 0)
