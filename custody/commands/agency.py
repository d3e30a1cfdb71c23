"""`custody agency card`: what the agency shows of itself."""

from pathlib import Path
from typing import Annotated

import typer

from custody.commands.options import session, verbs

app = verbs("Show the agency's card to others.")


@app.callback()
def agency() -> None:
    """Show the agency's card to others."""


@app.command()
def card(
    ctx: typer.Context,
    out: Annotated[Path | None, typer.Option(help="write the card into this new file")] = None,
) -> None:
    """The agency's card: root certificate, code, newest revocation list. It is not secret.

    \b
    custody agency card --out kibra.card.json
    """
    from custody.acts.anchors import agency_card
    from custody.edges import workspaces
    from custody.render.safe import safe
    from manifests import cards, strict

    me = session(ctx)
    made = agency_card(me.desk())
    if out is not None:
        workspaces.write_whole(out, strict.pretty(made))
    told: dict[str, str | None] = {"format": "custody/fingerprint/1", "agency": made.agency, "code": made.code}
    told |= {"fingerprint": cards.fingerprint(made), "file": str(out) if out else None}
    lines = [f"{made.code}  {safe(made.agency)}", f"fingerprint {cards.fingerprint(made)}"]
    lines.append("read it to the other agency by telephone, or give it on paper")
    me.put("\n".join(lines + ([f"card: {out}"] if out else [])), told)
