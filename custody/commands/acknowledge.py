"""`custody acknowledge`: take back the answer to a hand-over."""

from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import session, verb

app = verb()


@app.command()
def acknowledge(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the reply of the other side")],
) -> None:
    """Take the receipt, or the refusal, into the register. A refusal is answered by a recall, which you sign.

    \b
    custody acknowledge KBR-2026-0042_EX-1_reply_of_LAB.json
    """
    from custody.acts.acknowledge import acknowledge as take_answer
    from custody.edges import files
    from manifests import cards
    from manifests.errors import UndeterminedError

    me = session(ctx)
    desk = me.desk()
    data = files.read(file, cards.MAX_REPLY)
    done = take_answer(desk, data)
    written = list(done.receipts)
    for refusal, body in done.refusals:
        written.append(_recall(me, desk, data, refusal, body))
    if done.contested:
        raise UndeterminedError(
            f"{', '.join(done.contested)}: the reply contradicts what is here; it is kept in quarantine",
            "talk to the other agency; custody verify shows both",
            code="hand-over-contested",
        )
    me.recorded(written, desk)


def _recall(me: Any, desk: Any, data: bytes, refusal: Any, body: Any) -> Any:
    from custody.acts.acknowledge import refusal_sidecars
    from custody.acts.exhibits import Circumstances
    from custody.acts.release import recall
    from custody.render.safe import safe

    for each in body.differences:
        me.say(f"  {safe(each.code)}: {safe(each.text)}")
    me.confirm_as(desk, [f"{body.exhibit} was refused: {refusal.envelope.reason}", "it comes back to you"])
    with refusal_sidecars(desk, data, refusal) as sidecars:
        how = Circumstances(reason=refusal.envelope.reason)
        return recall(desk, body.exhibit, "refused", how, refusal=refusal.digest, sidecars=sidecars)
