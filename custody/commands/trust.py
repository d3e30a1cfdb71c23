"""`custody trust`: which other agencies are trusted here."""

from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import Clock, session, verbs

app = verbs("Which other agencies are trusted here.")


@app.command()
def add(
    ctx: typer.Context,
    card: Annotated[Path, typer.Argument(help="the agency's card")],
    fingerprint: Annotated[str | None, typer.Option(help="as the agency told it: all of it, or its end")] = None,
    clock: Clock = None,
) -> None:
    """Trust another agency, once its fingerprint was compared. An agency's own card pins its register here.

    \b
    custody trust add lab.card.json --fingerprint sha256:1f0c...
    """
    from custody.acts.anchors import trust_card

    me = session(ctx)
    read = _compared(me, card, fingerprint)
    desk = me.desk(clock=clock)
    written = trust_card(desk, read, "option" if fingerprint else "typed")
    if written is None:
        me.put(f"{desk.name} is pinned on this computer", {"format": "custody/act/1", "records": []})
    else:
        me.recorded([written], desk)


@app.command()
def replace(
    ctx: typer.Context,
    card: Annotated[Path, typer.Argument(help="the agency's new card")],
    fingerprint: Annotated[str | None, typer.Option(help="as the agency told it: all of it, or its end")] = None,
    clock: Clock = None,
) -> None:
    """An agency made a new root: trust that for what is signed from now on, and the old one for what is older.

    Where the old root's key was lost to somebody else, do not replace it: remove it.

    \b
    custody trust replace lab-2051.card.json --fingerprint sha256:77ab...
    """
    from custody.acts.anchors import replace_root

    me = session(ctx)
    read = _compared(me, card, fingerprint)
    desk = me.desk(clock=clock)
    me.recorded([replace_root(desk, read, "option" if fingerprint else "typed")], desk)


def _compared(me: Any, card: Path, fingerprint: str | None) -> Any:
    """A card whose fingerprint is the one that the agency told."""
    from custody.commands.session import named_file
    from custody.render.safe import safe
    from manifests import cards
    from manifests.errors import NotAllowedError

    read = cards.read_card(named_file(card))
    shown = cards.fingerprint(read)
    me.say(f"{read.code}  {safe(read.agency)}\nfingerprint {shown}")
    ask = me.questions()
    told = ask.text("--fingerprint", "Type the last 8 digits the agency told you", fingerprint)
    ask.done()
    plain = told.strip().lower().removeprefix("sha256:")
    if len(plain) < 8 or not shown.endswith(plain):
        raise NotAllowedError(
            "the fingerprint is another one: not trusted", "ask the agency again; the card may be forged"
        )
    return read


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """The agencies trusted here, and why.

    \b
    custody trust list
    """
    from custody.render.safe import safe
    from manifests.times import text

    me = session(ctx)
    anchors = me.desk().trust.anchors
    until = [text(a.until) if a.until else None for a in anchors]
    lines = [
        f"{a.code}  {safe(a.agency)}\n  {a.fingerprint}\n  {safe(a.source)}"
        + (f"\n  replaced: only for what was signed before {end}" if end else "")
        for a, end in zip(anchors, until, strict=True)
    ]
    rows = [
        {"code": a.code, "agency": a.agency, "fingerprint": a.fingerprint, "source": a.source, "until": end}
        for a, end in zip(anchors, until, strict=True)
    ]
    me.put("\n".join(lines), {"format": "custody/anchors/1", "anchors": rows})


@app.command()
def remove(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(help="the agency's code")],
    clock: Clock = None,
) -> None:
    """Trust an agency no longer.

    \b
    custody trust remove LAB
    """
    from custody.acts.anchors import distrust

    me = session(ctx)
    desk = me.desk(clock=clock)
    me.recorded(distrust(desk, code), desk)
