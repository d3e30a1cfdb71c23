"""`custody log`: who held it when, on whose signature, and every gap."""

from typing import Annotated

import typer

from custody.commands.options import session, verb

app = verb()


@app.command()
def log(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="CASE[/EXHIBIT]", help="a case or an exhibit")],
) -> None:
    """Who held it when, on whose signature, and every gap.

    \b
    custody log KBR-2026-0042/EX-1
    """
    from custody.acts import exhibits
    from custody.render import json, text
    from manifests.errors import UsageError
    from manifests.names import parse_name

    me = session(ctx)
    desk = me.desk()
    if parse_name(target).exhibit:
        chains = [exhibits.chain_of(desk, target)]
    else:
        case = exhibits.case_of(desk, target)
        chains = [case] * desk.register.has(case) + list(desk.register.exhibits(case))
    reports = [desk.read(chain) for chain in chains if desk.register.has(chain)]
    if not reports:
        raise UsageError(f"there is no {target} in {desk.name}", "see what is here: custody status")
    value = {
        "format": "custody/log/1",
        "chains": [json.chain(r) for r in reports],
        "findings": [json.finding(f) for r in reports for f in r.findings],
    }
    me.put(text.log(reports), value)
