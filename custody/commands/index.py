"""`custody index rebuild`: build the index again."""

import typer

from custody.commands.options import session, verbs

app = verbs("Build the index again.")


@app.callback()
def index() -> None:
    """The index is only a help for screens: the files are the truth."""


@app.command()
def rebuild(ctx: typer.Context) -> None:
    """Throw the index away and build it again from the files.

    \b
    custody index rebuild
    """
    from custody.commands.session import indexed_exhibits

    me = session(ctx)
    rows = indexed_exhibits(me.desk(), again=True)
    me.put(f"index built: {len(rows)} exhibits", {"format": "custody/index/1", "exhibits": len(rows)})
