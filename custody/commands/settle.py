"""`custody settle`: end a contested hand-over, with the other agency."""

from pathlib import Path
from typing import Annotated

import typer

from custody.commands.options import At, Clock, Exhibit, Reason, Witness, circumstances, session, verb

app = verb()


@app.command()
def settle(
    ctx: typer.Context,
    exhibit: Exhibit,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="what the other side sent")] = None,
    reply: Annotated[Path | None, typer.Option(metavar="FILE", help="write the reply into this new file")] = None,
    at: At = None,
    reason: Reason = None,
    witness: Witness = None,
    clock: Clock = None,
) -> None:
    """End a contested hand-over. Without a file: your own answer gives way, and you sign that.

    The other side signs the settlement with your file; its reply, taken in here, ends it. Supervisors sign.

    \b
    custody --as 900100 settle KBR-2026-0042/EX-1 --reason "it had arrived" \\
        --reply agreed.json
    custody --as L-90 settle KBR-2026-0042/EX-1 agreed.json --reply settled.json
    custody settle KBR-2026-0042/EX-1 settled.json
    """
    from custody.acts import exhibits
    from custody.acts import settle as acts
    from custody.commands.session import named_file
    from custody.edges import workspaces
    from manifests import cards
    from manifests.errors import NotAllowedError

    me = session(ctx)
    desk = me.desk(clock=clock)
    chain = exhibits.chain_of(desk, exhibit)
    how = circumstances(at, None, reason, None, witness, clock)
    data = named_file(file, cards.MAX_REPLY) if file is not None else None
    if data is not None and not acts.is_agreement(data):
        me.recorded(list(acts.conclude(desk, chain, data).written), desk)
        return
    path = reply or Path(f"{chain.split(':', 1)[1].replace('/', '_')}_settlement_of_{desk.code}.json")
    exhibits.check_room(path.absolute().parent)
    words = "the answer of this register gives way" if data is None else "the answer of this register stands"
    me.confirm_as(desk, [f"{chain}: {words}"])
    done = acts.agree(desk, chain, how) if data is None else acts.settle(desk, chain, data, how)
    if done.reply is not None:
        try:
            workspaces.write_whole(path, done.reply)
        except FileExistsError as err:
            hint = "the same command with another --reply FILE makes it again"
            raise NotAllowedError(f"signed and recorded, but {path} is there already", hint) from err
    me.recorded(list(done.written), desk, reply=path)
