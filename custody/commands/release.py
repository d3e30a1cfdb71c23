"""`custody release`: hand over."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import (  # fmt: skip
    Access,
    At,
    Authority,
    Clock,
    Condition,
    Media,
    Place,
    Reason,
    Witness,
    circumstances,
    media_of,
    numbers_of,
    outgoing,
    session,
    verb,
)

app = verb()


@app.command()
def release(
    ctx: typer.Context,
    exhibit: Annotated[list[str], typer.Argument(metavar="CASE/EXHIBIT...")],
    to: Annotated[str | None, typer.Option(metavar="CODE", help="another agency")] = None,
    to_officer: Annotated[str | None, typer.Option(metavar="SERVICE_NO", help="a colleague in this register")] = None,
    to_person: Annotated[str | None, typer.Option(metavar="NAME", help="somebody without a key, on paper")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="that person's identity document")] = None,
    paper: Annotated[str | None, typer.Option(metavar="SCAN", help="the signed paper; only its digest is kept")] = None,
    purpose: Annotated[str | None, typer.Option(help="what for")] = None,
    courier: Annotated[str | None, typer.Option(help="who carries it")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="where to put the package; never inside the register")
    ] = None,
    media: Media = None,
    access: Access = "sudo",
    media_apart: Annotated[bool, typer.Option("--media-apart", help="the media travel apart from the package")] = False,
    seal_intact: Annotated[
        list[str] | None,
        typer.Option(metavar="[CASE/EXHIBIT=]SEAL", help="a bag that stays shut: contents not read again"),
    ] = None,
    despite: Annotated[list[str] | None, typer.Option(metavar="CODE", help="release with this known defect")] = None,
    answer_by: Annotated[str | None, typer.Option(help="until when an answer is expected; 14 days")] = None,
    condition: Condition = None,
    at: At = None,
    place: Place = None,
    reason: Reason = None,
    authority: Authority = None,
    witness: Witness = None,
    clock: Clock = None,
) -> None:
    """Hand over: everything is checked, a release is signed, and a package is made for the other side.

    \b
    custody release KBR-2026-0042/EX-1 --to LAB --purpose "extraction" \\
        --courier "CPL Otieno"
    custody release KBR-2026-0042/EX-2 --to LAB --purpose examination \\
        --media /mnt/card --out /media/usb
    custody release KBR-2026-0042/EX-1 --to-officer 445566 \\
        --purpose "to the exhibit store"
    custody release KBR-2026-0042/EX-2 --to LAB --purpose examination \\
        --seal-intact B-000124
    """
    from custody.acts import exhibits
    from custody.acts.release import Handing
    from custody.acts.release import release as hand_over
    from custody.render.package_text import texts

    me = session(ctx)
    desk = me.desk()
    ask = me.questions()
    whom = _whom(ask, to, to_officer, to_person)
    what_for = ask.text("--purpose", "What for?", purpose)
    scan = ask.text("--paper", "A scan of the signed paper", paper) if to_person else ""
    ask.done()
    chains = tuple(dict.fromkeys(exhibits.chain_of(desk, name) for name in exhibit))
    how = circumstances(at, place, reason, authority, witness, clock, many=len(chains) > 1)
    leaving = [] if to_person or to_officer else _leaving(desk, chains)
    me.confirm_as(desk, [f"{', '.join(exhibit)} to {whom}: {what_for}", *leaving])
    if to_person is not None:
        me.recorded(_on_paper(desk, chains, (to_person, id_), scan, what_for, answer_by, how), desk)
        return
    handing = Handing(
        exhibits=chains, purpose=what_for, to_code=None if to_officer else whom, to_officer=to_officer, courier=courier,
        condition=condition, answer_by=answer_by, media=media_of(desk, media, list(chains)),
        access=tuple(access.split()), apart=media_apart, intact=numbers_of(desk, seal_intact, list(chains)),
        despite=tuple(despite or ()),
    )  # fmt: skip
    with outgoing(desk, out) as folder, me.progress("checking") as progress:
        done = hand_over(desk, replace(handing, out=folder), how, texts=texts, progress=progress)
    me.recorded(list(done.written), desk, package=done.package)


def _leaving(desk: Any, chains: tuple[str, ...]) -> list[str]:
    """Every case and chain that leaves with a package, in words."""
    from custody.acts.packing import with_parents

    lines = []
    for chain in with_parents(desk, chains):
        case, count = chain.id.split("/")[0], len(chain.records)
        if chain.id in chains:
            lines.append(f"leaves: {chain.id} of the case {case}, {count} records with their lists and logs")
        else:
            lines.append(f"leaves too: {chain.id} of the case {case}, {count} records with all that they say; no names")
    return lines


def _whom(ask: Any, *given: str | None) -> str:
    """The one addressee: an agency, an officer or a person."""
    from manifests.errors import UsageError

    named = [each for each in given if each]
    if len(named) > 1:
        raise UsageError("to whom?", "name one of --to CODE, --to-officer SERVICE_NO, --to-person NAME")
    return str(ask.text("--to", "To which agency (its code)?", named[0] if named else None))


def _on_paper(
    desk: Any,
    chains: tuple[str, ...],
    person: tuple[str, str | None],
    paper: str,
    purpose: str,
    answer_by: str | None,
    how: Any,
) -> list[Any]:
    from custody.acts import exhibits
    from custody.acts.on_paper import hand_out
    from manifests.shapes import Outsider

    to, scan = Outsider(name=person[0], id=person[1]), exhibits.paper(paper)
    return hand_out(desk, chains, to, purpose, scan, answer_by, how)
