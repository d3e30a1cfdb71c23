"""`custody receive`: take over."""

from pathlib import Path
from typing import Annotated

import typer

from custody.commands.options import (  # fmt: skip
    Access,
    At,
    Clock,
    Condition,
    Media,
    Place,
    Reason,
    Witness,
    circumstances,
    media_of,
    session,
    verb,
)

app = verb()


@app.command()
def receive(
    ctx: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="PACKAGE|CASE/EXHIBIT", help="a package, or what a colleague released")
    ],
    media: Media = None,
    access: Access = "sudo",
    accept: Annotated[list[str] | None, typer.Option(metavar="EX", help="accept this exhibit")] = None,
    refuse: Annotated[list[str] | None, typer.Option(metavar="EX:REASON", help="refuse this exhibit")] = None,
    contents_later: Annotated[bool, typer.Option("--contents-later", help="promise to check the contents")] = False,
    receipt: Annotated[Path | None, typer.Option(metavar="FILE", help="write the reply into this new file")] = None,
    seal: Annotated[
        list[str] | None, typer.Option(metavar="[CASE/EXHIBIT=]NUMBER", help="the seal as you read it")
    ] = None,
    condition: Condition = None,
    back: Annotated[bool, typer.Option("--back", help="take back what a person had on paper")] = False,
    paper: Annotated[str | None, typer.Option(metavar="SCAN", help="with --back: the signed paper")] = None,
    at: At = None,
    place: Place = None,
    reason: Reason = None,
    witness: Witness = None,
    clock: Clock = None,
) -> None:
    """Take over: everything is checked first, then you sign. The reply goes back to the sender.

    \b
    custody receive ./KBR-2026-0042_EX-1_to_LAB --seal B-000123 \\
        --receipt reply.json
    custody receive KBR-2026-0042/EX-1
    """
    from custody.commands import receiving

    me = session(ctx)
    how = circumstances(at, place, reason, None, witness, clock)
    desk = me.desk()
    if back:
        receiving.take_back(me, desk, target, paper, condition, seal[0] if seal else None, how)
        return
    package, chains = receiving.opened(desk, target)
    look = receiving.looking(media_of(desk, media, chains), access, contents_later)
    with receiving.copied(desk, package) as came:
        with me.progress("checking") as progress:
            offered = receiving.look(desk, came, chains, look, progress)
        read = receiving.seals(me, offered, seal)
        receiving.tell(me, offered, package)
        answers = receiving.answers(offered, accept, refuse, read, condition)
        receiving.finish(me, desk, came, offered, answers, how, receipt)
