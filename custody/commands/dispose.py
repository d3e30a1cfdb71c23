"""`custody dispose`: dispose of an exhibit, for good."""

from typing import Annotated

import typer

from custody.commands.options import At, Authority, Clock, Exhibit, Place, Reason, Witness, circumstances, session, verb

app = verb()


@app.command()
def dispose(
    ctx: typer.Context,
    exhibit: Exhibit,
    method: Annotated[str | None, typer.Option(help="how it is destroyed or disposed of")] = None,
    authority: Authority = None,
    witness: Witness = None,
    place: Place = None,
    reason: Reason = None,
    at: At = None,
    clock: Clock = None,
) -> None:
    """Dispose of an exhibit. Its chain ends here; a court's order and a witness are needed. The records stay.

    \b
    custody dispose KBR-2026-0042/EX-3 --method "drive shredded" \\
        --authority court-order:MISC-9/2026 --witness 445566
    """
    from custody.acts import exhibits
    from manifests import bodies

    me = session(ctx)
    ask = me.questions()
    means = ask.text("--method", "How is it disposed of?", method)
    order = ask.text("--authority", "On what authority (KIND:NUMBER)?", authority)
    seen = ask.text("--witness", "Service number of the witness", ", ".join(witness or ()))
    ask.done()
    desk = me.desk()
    me.confirm_as(desk, [f"{exhibit}: dispose, {means}, for good"])
    how = circumstances(at, place, reason, order, witness or [seen], clock)
    chain = exhibits.chain_of(desk, exhibit)
    body = bodies.Disposal(method=means, last_verification=exhibits.last_verification(desk, chain))
    me.recorded([exhibits.end(desk, chain, body, how)], desk)
