"""`custody acknowledge`: take back the answer to a hand-over."""

from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import Clock, session, verb

app = verb()


@app.command()
def acknowledge(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the reply of the other side")],
    clock: Clock = None,
) -> None:
    """Take the receipt, or the refusal, into the register. A refusal is answered by a recall, which you sign.

    \b
    custody acknowledge KBR-2026-0042_EX-1_reply_of_LAB.json
    """
    from custody.acts.acknowledge import acknowledge as take_answer
    from custody.commands.session import named_file
    from manifests import cards

    me = session(ctx)
    desk = me.desk(clock=clock)
    data = named_file(file, cards.MAX_REPLY)
    done = take_answer(desk, data, lambda refused: _agreed(me, desk, refused))
    written = [*done.receipts, *(_recall(desk, data, refused) for refused in done.refusals)]
    if done.apart:
        if written and not me.json:
            me.recorded(written, desk)
        for each in done.apart[1:]:
            me.say(each.error().message)
        raise done.apart[0].error()
    me.recorded(written, desk)


def _agreed(me: Any, desk: Any, refused: Any) -> None:
    """Show a refusal, ask, and open the key that will sign the recall."""
    from custody.render.safe import safe

    refusal, body = refused
    for each in body.differences:
        me.say(f"  {safe(each.code)}: {safe(each.text)}")
    me.confirm_as(desk, [f"{body.exhibit} was refused: {refusal.envelope.reason}", "it comes back to you"])
    desk.unlock(desk.me())


def _recall(desk: Any, data: bytes, refused: Any) -> Any:
    from custody.acts.acknowledge import refusal_sidecars
    from custody.acts.exhibits import Circumstances
    from custody.acts.release import recall

    refusal, body = refused
    with refusal_sidecars(desk, data, refusal) as sidecars:
        how = Circumstances(reason=refusal.envelope.reason)
        return recall(desk, body.exhibit, "refused", how, refusal=refusal.digest, sidecars=sidecars)
