"""`custody explain`: say, as a supervisor, what a record in quarantine is."""

from typing import Annotated

import typer

from custody.commands.options import At, Clock, Exhibit, Reason, Witness, circumstances, session, verb

app = verb()


@app.command()
def explain(
    ctx: typer.Context,
    exhibit: Exhibit,
    record: Annotated[
        list[str] | None, typer.Option(metavar="IDENTITY", help="the record, as its file in quarantine is named")
    ] = None,
    what: Annotated[
        str | None,
        typer.Option(metavar="WHAT", help="mistake, second-copy, name-used-twice, not-entitled, key-misused"),
    ] = None,
    statement: Annotated[str | None, typer.Option(help="how it came about")] = None,
    at: At = None,
    reason: Reason = None,
    witness: Witness = None,
    clock: Clock = None,
) -> None:
    """Say what a record is that contradicts the chain and is kept apart. Both stay; every report shows both.

    \b
    custody --as 900100 explain KBR-2026-0042/EX-1 --record 9f86d081884c7d65 \\
        --what second-copy --statement "signed in the copy of 3 March"
    """
    from custody.acts import exhibits
    from custody.acts.explain import explain as say
    from manifests.shapes import WHAT_RIVALS_ARE

    me = session(ctx)
    ask = me.questions()
    which = record or [ask.text("--record", "Which record?", None)]
    word = ask.text("--what", f"What is it ({', '.join(WHAT_RIVALS_ARE)})?", what)
    words = ask.text("--statement", "How did it come about?", statement)
    ask.done()
    desk = me.desk()
    chain = exhibits.chain_of(desk, exhibit)
    me.confirm_as(desk, [f"{exhibit}: {each}: {word}: {words}" for each in which])
    how = circumstances(at, None, reason, None, witness, clock)
    me.recorded([say(desk, chain, each, word, words, how) for each in which], desk)
