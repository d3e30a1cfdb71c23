"""`custody audit`: read a whole store of sealed media again, what is due first, and sign each result."""

from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import Clock, session, verb

app = verb()
_STATUS = {"CONFIRMED": 0, "REFUTED": 3, "UNDETERMINED": 4}


@app.command()
def audit(
    ctx: typer.Context,
    store: Annotated[Path, typer.Argument(metavar="STORE", help="the folder with CASE/EXHIBIT in it")],
    every: Annotated[int, typer.Option("--every", metavar="DAYS", help="due after so many days; 90 if left out")] = 90,
    due: Annotated[
        bool, typer.Option("--due", "--dry-run", help="only list what is due; read and sign nothing")
    ] = False,
    hours: Annotated[float | None, typer.Option("--for", metavar="HOURS", help="begin no exhibit after that")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="the same, like 06:00")] = None,
    limit_rate: Annotated[str | None, typer.Option(metavar="RATE", help="bytes a second on average, like 50M")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="large files by their BLAKE3 pieces")] = False,
    others: Annotated[bool, typer.Option("--others", help="also read what is not held here, without a record")] = False,
    mapping: Annotated[
        Path | None, typer.Option("--map", metavar="FILE.toml", help="where some exhibits lie instead")
    ] = None,
    engine: Annotated[str, typer.Option(metavar="ENGINE", help="who reads: local, or dask://HOST:PORT")] = "local",
    store_as: Annotated[str | None, typer.Option(metavar="DIR", help="the store as dask's workers name it")] = None,
    clock: Clock = None,
) -> None:
    """Read sealed media again and sign what was found, each exhibit at once: the oldest reading first.

    What was done is kept in the chains. A run that was stopped, in whatever way, is gone on with by the same command.

    \b
    custody audit /srv/evidence --due
    custody audit /srv/evidence --until 06:00 --limit-rate 100M
    custody audit /srv/evidence --quick --engine dask://10.0.0.5:8786
    """
    from custody.acts import audit as acts
    from custody.acts.engines import rate_of
    from custody.render import audit as shown
    from manifests.errors import UsageError

    me = session(ctx)
    if not 0 <= every <= 36500:
        raise UsageError(f"not a number of days: {every}", "like --every 90; --every 0 for all")
    rate = rate_of(limit_rate)
    desk = me.desk(clock=clock)
    stop = acts.deadline(desk.now(), hours, until)
    with me.progress("auditing") as progress:
        survey = acts.survey(desk, acts.store_at(desk, store, mapping), every, progress=progress)
    if due:
        me.put(shown.due(survey), shown.due_value(survey))
        return
    reading = acts.AuditReading(until=stop, quick=quick, others=others)
    report = _read(me, desk, survey, reading, (engine, store_as, rate))
    me.put(shown.report(report), shown.value(report))
    raise typer.Exit(_STATUS[report.verdict.value])


def _read(me: Any, desk: Any, survey: Any, reading: Any, how: tuple[str, str | None, int]) -> Any:
    """Read and sign; the report. Each result is told at once."""
    from dataclasses import replace

    from custody.acts import audit as acts
    from custody.acts.engines import chosen
    from custody.render import audit as shown
    from manifests.audit import AuditReport
    from manifests.times import text

    engine, there, rate = how
    audited = []
    with chosen(engine, store=str(Path(survey.store).absolute()), there=there, rate=rate) as found:
        reading = replace(reading, engine=found.engine, workers=found.workers)
        if survey.due:
            me.confirm_as(desk, shown.confirming(survey, reading.others))
        with me.progress("auditing") as progress:
            run = acts.AuditRun(desk=desk, survey=survey, reading=reading, progress=progress)
            for result in run.results():
                audited.append(result)
                me.say(shown.one(result))
        workers = found.workers()
    return AuditReport(
        survey=survey, finished_at=text(desk.now()), engine=found.name, workers=workers.count if workers else None,
        quick=reading.quick, rate=rate, audited=tuple(audited), left=run.left,
    )  # fmt: skip
