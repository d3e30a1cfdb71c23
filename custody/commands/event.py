"""`custody event`: note what happened to an exhibit."""

from typing import Annotated

import typer

from custody.commands.options import (  # fmt: skip
    At,
    Authority,
    Clock,
    Condition,
    Exhibit,
    Place,
    Reason,
    Witness,
    circumstances,
    session,
    verb,
)

app = verb()


@app.command()
def event(
    ctx: typer.Context,
    exhibit: Exhibit,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="like register-intake, checkout, court-production")],
    description: Annotated[str | None, typer.Option()] = None,
    store: Annotated[str | None, typer.Option(help="where it is kept")] = None,
    register_no: Annotated[str | None, typer.Option(help="number in the exhibit register")] = None,
    purpose: Annotated[str | None, typer.Option()] = None,
    counterparty: Annotated[str | None, typer.Option(help="who else took part")] = None,
    due: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    condition: Condition = None,
    seal: Annotated[str | None, typer.Option(help="the seal's number")] = None,
    court: Annotated[str | None, typer.Option()] = None,
    case_no: Annotated[str | None, typer.Option()] = None,
    exhibit_mark: Annotated[str | None, typer.Option()] = None,
    document: Annotated[str | None, typer.Option(help="a document; only its digest is kept")] = None,
    at: At = None,
    place: Place = None,
    reason: Reason = None,
    authority: Authority = None,
    witness: Witness = None,
    clock: Clock = None,
) -> None:
    """Note what happened to an exhibit. A wrong KIND lists the words there are.

    \b
    custody event KBR-2026-0042/EX-1 register-intake --register-no 88/2026 \\
        --store "locker 3"
    custody event KBR-2026-0042/EX-1 seal-broken --seal B-000123 \\
        --condition intact --reason "to image it"
    """
    from custody.acts import exhibits
    from manifests import bodies
    from manifests.shapes import Outsider

    me = session(ctx)
    desk = me.desk()
    body = bodies.Event(
        word=kind,
        store=store,
        register_no=register_no,
        purpose=purpose,
        counterparty=Outsider(name=counterparty) if counterparty else None,
        due=due,
        condition=condition,
        seal=seal,
        court=court,
        case_no=case_no,
        exhibit_mark=exhibit_mark,
        document=exhibits.paper(document) if document else None,
        description=description,
    )
    how = circumstances(at, place, reason, authority, witness, clock)
    me.confirm_as(desk, [f"{exhibit}: {kind}"])
    me.recorded([exhibits.event(desk, exhibits.chain_of(desk, exhibit), body, how)], desk)
