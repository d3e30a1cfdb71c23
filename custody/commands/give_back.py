"""`custody return`: give an exhibit back to its owner, for good."""

from typing import Annotated

import typer

from custody.commands.options import At, Authority, Clock, Exhibit, Place, Reason, Witness, circumstances, session, verb

app = verb()


@app.command("return")
def give_back(
    ctx: typer.Context,
    exhibit: Exhibit,
    to_person: Annotated[str | None, typer.Option(metavar="NAME", help="who takes it")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="that person's identity document")] = None,
    paper: Annotated[str | None, typer.Option(metavar="SCAN", help="the signed paper; only its digest is kept")] = None,
    excluded: Annotated[str | None, typer.Option(help="what is kept back, and why")] = None,
    authority: Authority = None,
    witness: Witness = None,
    place: Place = None,
    reason: Reason = None,
    at: At = None,
    clock: Clock = None,
) -> None:
    """Give an exhibit back to its owner. Its chain ends here; a court's order and a witness are needed.

    \b
    custody return KBR-2026-0042/EX-2 --to-person "Asha Juma" --id 12345678 \\
        --authority court-order:MISC-9/2026 --witness 445566
    """
    from custody.acts import exhibits
    from manifests import bodies
    from manifests.shapes import Outsider

    me = session(ctx)
    ask = me.questions()
    whom = ask.text("--to-person", "Who takes it?", to_person)
    order = ask.text("--authority", "On what authority (KIND:NUMBER)?", authority)
    seen = ask.text("--witness", "Service number of the witness", ", ".join(witness or ()))
    ask.done()
    desk = me.desk()
    me.confirm_as(desk, [f"{exhibit}: return to {whom}, for good"])
    scan = exhibits.paper(paper) if paper else None
    body = bodies.Return(to=Outsider(name=whom, id=id_), paper=scan, excluded=excluded)
    how = circumstances(at, place, reason, order, witness or [seen], clock)
    me.recorded([exhibits.end(desk, exhibits.chain_of(desk, exhibit), body, how)], desk)
