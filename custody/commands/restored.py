"""`custody restored`: say that this register was put back from a backup."""

import typer

from custody.commands.options import Clock, Reason, Witness, circumstances, session, verb

app = verb()


@app.command()
def restored(ctx: typer.Context, reason: Reason = None, witness: Witness = None, clock: Clock = None) -> None:
    """Say that this register was put back from a backup, so that work can go on in it.

    An administrator signs, with a witness. What this computer had seen and what is left is taken from here by itself.
    Every later answer about what was there before says "restored", and is UNDETERMINED: later records may be missing.
    First get back what others have: the packages and replies that were sent.

    \b
    custody restored --reason "disk failed; backup of Monday evening" \\
        --witness 445566
    """
    from custody.acts.restoring import restore

    me = session(ctx)
    ask = me.questions()
    why = ask.text("--reason", "What happened, and of when is the backup?", reason)
    ask.done()
    desk = me.desk()
    me.confirm_as(desk, [f"{desk.name}: put back from a backup: {why}"])
    me.recorded([restore(desk, circumstances(None, None, why, None, witness, clock))], desk)
