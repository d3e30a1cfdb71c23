"""`custody withdraw`: a manifest that was made of something else."""

from typing import Annotated

import typer

from custody.commands.options import At, Clock, Exhibit, Reason, Witness, circumstances, session, verb

app = verb()


@app.command()
def withdraw(
    ctx: typer.Context,
    exhibit: Exhibit,
    manifest: Annotated[int | None, typer.Option(metavar="NUMBER", help="the manifest's number, as in the log")] = None,
    because: Annotated[str | None, typer.Option(help="wrong-contents, other-exhibit, incomplete, sealed-twice")] = None,
    statement: Annotated[str | None, typer.Option(help="what was measured in its place")] = None,
    reason: Reason = None,
    witness: Witness = None,
    at: At = None,
    clock: Clock = None,
) -> None:
    """Withdraw a manifest that is not of this exhibit: it is not compared any more. Every report will show it.

    The holder or a supervisor signs, with a witness, in the register that sealed it.

    \b
    custody withdraw KBR-2026-0042/EX-2 --manifest 2 \\
        --because wrong-contents --statement "the folder of EX-3" \\
        --witness 445566
    """
    from custody.acts import corrections, exhibits
    from manifests.shapes import WHY_WITHDRAWN

    me = session(ctx)
    ask = me.questions()
    number = ask.text("--manifest", "The manifest's number?", str(manifest) if manifest is not None else None)
    why = ask.text("--because", f"Why ({', '.join(WHY_WITHDRAWN)})?", because)
    what = ask.text("--statement", "What was measured in its place?", statement)
    ask.done()
    desk = me.desk()
    me.confirm_as(desk, [f"{exhibit}: withdraw manifest no. {number}, {why}: {what}"])
    how = circumstances(at, None, reason, None, witness, clock)
    position = int(number) if number.isdecimal() else -1
    me.recorded([corrections.withdraw(desk, exhibits.chain_of(desk, exhibit), position, why, what, how)], desk)
