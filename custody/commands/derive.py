"""`custody derive`: open an exhibit made from another."""

from typing import Annotated

import typer

from custody.commands.options import At, Authority, Clock, Exhibit, Place, Reason, Witness, circumstances, session, verb

app = verb()


@app.command()
def derive(
    ctx: typer.Context,
    exhibit: Exhibit,
    source: Annotated[str | None, typer.Option("--from", metavar="CASE/EXHIBIT", help="what it was made from")] = None,
    how: Annotated[str | None, typer.Option(help="image, extraction, working-copy, copy, selection, report")] = None,
    description: Annotated[str | None, typer.Option(help="what it is; no child's name")] = None,
    at: At = None,
    place: Place = None,
    reason: Reason = None,
    authority: Authority = None,
    witness: Witness = None,
    clock: Clock = None,
) -> None:
    """Open an exhibit made from another: both chains name each other. Seal its contents next.

    \b
    custody derive KBR-2026-0042/EX-1-IMG --from KBR-2026-0042/EX-1 --how image \\
        --description "physical image of the phone"
    """
    from custody.acts import exhibits
    from manifests.shapes import HOW_DERIVED

    me = session(ctx)
    ask = me.questions()
    origin = ask.text("--from", "From which exhibit was it made?", source)
    made = ask.text("--how", f"How ({', '.join(HOW_DERIVED)})?", how)
    what = ask.text("--description", "What is it? Do not write a child's name", description)
    ask.done()
    desk = me.desk()
    me.confirm_as(desk, [f"{exhibit}: {made} of {origin}: {what}"])
    given = circumstances(at, place, reason, authority, witness, clock)
    me.recorded(exhibits.derive(desk, exhibit, origin, made, what, given), desk)
