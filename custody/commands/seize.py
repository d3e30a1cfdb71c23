"""`custody seize`: open an exhibit."""

from typing import Annotated, Any

import typer

from custody.commands.options import (
    At,
    Authority,
    Clock,
    Condition,
    Place,
    Reason,
    Witness,
    circumstances,
    session,
    verb,
)

app = verb()


@app.command()
def seize(
    ctx: typer.Context,
    exhibit: Annotated[str, typer.Argument(metavar="CASE/EXHIBIT", help="CASE alone asks exhibit by exhibit")],
    description: Annotated[str | None, typer.Option(help="what it is; no child's name")] = None,
    place: Place = None,
    authority: Authority = None,
    how: Annotated[str, typer.Option(help="seized, surrendered, supplied, received-online")] = "seized",
    make: Annotated[str | None, typer.Option()] = None,
    model: Annotated[str | None, typer.Option()] = None,
    serial: Annotated[str | None, typer.Option()] = None,
    imei: Annotated[list[str] | None, typer.Option()] = None,
    owner: Annotated[str | None, typer.Option()] = None,
    condition: Condition = None,
    power: Annotated[str | None, typer.Option(help="on, off, locked ...")] = None,
    photo: Annotated[list[str] | None, typer.Option(help="a photograph; only its digest is kept")] = None,
    at: At = None,
    reason: Reason = None,
    witness: Witness = None,
    clock: Clock = None,
) -> None:
    """Open an exhibit: what was taken, where, on whose authority. Do not write a child's name.

    \b
    custody seize KBR-2026-0042/EX-1 --description "black phone, cracked glass" \\
        --place "Kibra market, stall 14" --authority warrant:E123/2026 \\
        --imei 356938035643809
    """
    from dataclasses import replace

    from custody.acts import exhibits
    from manifests import bodies

    me = session(ctx)
    desk = me.desk()
    facts: dict[str, Any] = {"make": make, "model": model, "serial": serial, "owner": owner, "power": power}
    facts |= {"condition": condition, "imei": tuple(imei or ()), "how": how}
    facts["photos"] = tuple(exhibits.paper(path) for path in photo or ())
    names = [exhibit] if "/" in exhibit else _asked(me, exhibit)
    act = circumstances(at, None, reason, None, witness, clock, many=len(names) > 1)
    for name in names:
        ask = me.questions()
        what = ask.text("--description", f"{name}: what is it? Do not write a child's name", description)
        where = ask.text("--place", f"{name}: where was it taken?", place)
        whose = ask.text("--authority", f"{name}: on what authority (KIND:NUMBER)?", authority)
        ask.done()
        me.confirm_as(desk, [f"{name}: {what}", f"taken at {where}, authority {whose}"])
        body = bodies.Seizure(description=what, **facts)
        me.recorded([exhibits.seize(desk, name, body, replace(act, place=where, authority=whose))], desk)


def _asked(me: Any, case: str) -> list[str]:
    """The exhibits of a case, asked for one after another."""
    from custody.commands.session import prompt
    from manifests.errors import UsageError

    if not me.terminal:
        raise UsageError(f"which exhibit of {case}?", f"name it: {case}/EX-1")
    names = []
    while word := prompt("Exhibit (empty to end)", default="", show_default=False):
        names.append(f"{case}/{word}")
    return names
