"""`custody demo`: see the whole chain played, on files made for it or on real ones."""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from custody.commands.options import session, verb

if TYPE_CHECKING:
    from custody.commands.demo_stage import DemoFailed
    from custody.commands.demo_story import Story

app = verb()
USUAL = "custody-demo"


@app.command()
def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="a new folder for it; ./custody-demo if left out")
    ] = None,
    evidence: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="play on these files, which are only read")
    ] = None,
) -> None:
    """Play station, laboratory and court in a new folder: every command, its answer, and what it means.

    Without DIR the folder is custody-demo in the current folder, or a new one in the temporary folder where
    that cannot be. Nothing outside it is written. Exit status 1: a step did not go as it should.

    \b
    custody demo
    custody demo /tmp/played --evidence ~/photographs --evidence ~/disk.E01
    """
    from custody.commands.demo_stage import DemoFailed, Stage
    from custody.commands.demo_story import Story

    me = session(ctx)
    paths = tuple(str(path.absolute()) for path in evidence or ())
    home = _new_folder(folder, paths)
    stage = Stage(folder=home, command_line=ctx.find_root().command, shown=not (me.json or me.quiet))
    story = Story(stage, paths)
    failed: DemoFailed | None = None
    try:
        story.play()
    except DemoFailed as err:
        failed = err
    _finish(me, story, failed)
    raise typer.Exit(1 if failed else 0)


def _finish(me: Any, story: "Story", failed: "DemoFailed | None") -> None:
    """The end, good or bad; one object for a program, a few lines with --quiet."""
    from custody.render.safe import safe

    stage = story.stage
    if failed:
        sys.stderr.write(f"custody: the demo failed at step {len(stage.steps)}: {failed}\n")
        sys.stderr.write(f"hint: see what came before in {safe(str(stage.folder / 'transcript.txt'))}\n")
    value = {
        "format": "custody/demo/1",
        "ok": failed is None,
        "folder": str(stage.folder),
        "altered": story.altered,
        "steps": stage.report(),
        "next": [] if failed else story.next_lines(),
    }
    if me.json or (me.quiet and not failed):
        me.put("\n".join(["all went as it should", *story.next_lines()]), value)


def _new_folder(named: Path | None, evidence: tuple[str, ...]) -> Path:
    """The demo's own folder, new or empty, apart from the evidence and from any register; raises UsageError."""
    from hashing.sources import sources_from
    from manifests.errors import NotAllowedError, UsageError

    if evidence:
        sources_from(evidence)
    home = (named or _free(Path.cwd(), evidence)).absolute()
    if _touches(home, evidence):
        raise UsageError(
            f"{home} lies within the evidence or within a register", "name another folder: custody demo DIR"
        )
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise NotAllowedError(f"{home} is there already", "name a new folder: custody demo DIR")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


def _free(here: Path, evidence: tuple[str, ...]) -> Path:
    """A free name in the current folder, or a new folder in the temporary folder."""
    import os

    if not os.access(here, os.W_OK) or _touches(here / USUAL, evidence):
        return Path(tempfile.mkdtemp(prefix=f"{USUAL}-"))
    names = (here / (USUAL if n == 1 else f"{USUAL}-{n}") for n in range(1, 1000))
    return next(path for path in names if not path.exists())


def _touches(home: Path, evidence: tuple[str, ...]) -> bool:
    """Whether a folder lies within the evidence, or the evidence within it, or it lies within a register."""
    from custody.edges.register import is_register

    real = home.resolve()
    given = [Path(path).resolve() for path in evidence]
    nested = any(real == path or real in path.parents or path in real.parents for path in given)
    return nested or any(is_register(parent) for parent in (real, *real.parents))
