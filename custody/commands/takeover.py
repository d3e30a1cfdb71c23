"""`custody takeover`: take an exhibit from a holder who cannot release it."""

from typing import Annotated

import typer

from custody.commands.options import At, Clock, Exhibit, Place, Reason, Witness, circumstances, session, verb

app = verb()


@app.command()
def takeover(
    ctx: typer.Context,
    exhibit: Exhibit,
    because: Annotated[str | None, typer.Option(help="dead, dismissed, key-lost, absent")] = None,
    reason: Reason = None,
    witness: Witness = None,
    place: Place = None,
    at: At = None,
    clock: Clock = None,
) -> None:
    """A supervisor, with a witness, becomes the holder. Every report will show it.

    \b
    custody --as 900100 takeover KBR-2026-0042/EX-1 --because key-lost \\
        --witness 445566 --reason "laptop stolen"
    """
    from custody.acts import exhibits
    from manifests.shapes import TAKEOVER_REASONS

    me = session(ctx)
    ask = me.questions()
    why = ask.text("--because", f"Why ({', '.join(TAKEOVER_REASONS)})?", because)
    ask.done()
    desk = me.desk()
    me.confirm_as(desk, [f"{exhibit}: take over, {why}"])
    how = circumstances(at, place, reason, None, witness, clock)
    me.recorded([exhibits.take_over(desk, exhibits.chain_of(desk, exhibit), why, how)], desk)
