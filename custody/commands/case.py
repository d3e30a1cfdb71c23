"""`custody case`: open, list and refer cases."""

from typing import Annotated

import typer

from custody.commands.options import Clock, session, verbs

app = verbs("Open, list and refer cases.")
Case = Annotated[str, typer.Argument(metavar="CASE", help="like KBR-2026-0042")]


@app.command("open")
def open_(
    ctx: typer.Context,
    case: Case,
    title: Annotated[str | None, typer.Option(help="what it is about; no child's name")] = None,
    offence: Annotated[str | None, typer.Option(help="section and law")] = None,
    ob: Annotated[str | None, typer.Option("--ob", help="occurrence book number")] = None,
    station: Annotated[str | None, typer.Option()] = None,
    clock: Clock = None,
) -> None:
    """Open a case. Do not write a child's name.

    \b
    custody case open KBR-2026-0042 --title "online grooming, market phone" \\
        --ob 12/20/11/2026
    """
    from custody.acts import cases
    from manifests import bodies

    me = session(ctx)
    ask = me.questions()
    what = ask.text("--title", "What is the case about? Do not write a child's name", title)
    ask.done()
    desk = me.desk(clock=clock)
    body = bodies.CaseOpened(title=what, offence=offence, ob_number=ob, station=station)
    me.recorded([cases.open_case(desk, case, body)], desk)


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """The cases in this register, with how many exhibits each has.

    \b
    custody case list
    """
    from custody.render.safe import safe
    from manifests import bodies

    me = session(ctx)
    desk = me.desk()
    rows = []
    for chain in desk.register.cases():
        report = desk.read(chain)
        first = report.records[0].record.body if report.records else None
        title = first.title if isinstance(first, bodies.CaseOpened) else "(another agency's case)"
        rows.append({"case": chain, "title": title, "exhibits": len(list(desk.register.exhibits(chain)))})
    lines = [f"{r['case']}  {safe(str(r['title']))}  {r['exhibits']} exhibits" for r in rows]
    me.put("\n".join(lines) or "no cases yet", {"format": "custody/cases/1", "cases": rows})


@app.command()
def show(ctx: typer.Context, case: Case) -> None:
    """A case: its records, and its exhibits.

    \b
    custody case show KBR-2026-0042
    """
    from custody.acts import exhibits
    from custody.render import json, text

    me = session(ctx)
    desk = me.desk()
    chain = exhibits.case_of(desk, case)
    chains = ([chain] if desk.register.has(chain) else []) + list(desk.register.exhibits(chain))
    reports = [desk.read(each) for each in chains]
    me.put(text.log(reports), {"format": "custody/case/1", "chains": [json.chain(r) for r in reports]})


@app.command()
def refer(
    ctx: typer.Context,
    case: Case,
    ob: Annotated[str | None, typer.Option("--ob", help="occurrence book number")] = None,
    dci: Annotated[str | None, typer.Option("--dci", help="DCI reference")] = None,
    odpp: Annotated[str | None, typer.Option("--odpp", help="prosecution file number")] = None,
    court_case: Annotated[str | None, typer.Option("--court-case", help="court case number")] = None,
    exhibit_register: Annotated[str | None, typer.Option("--exhibit-register", help="exhibit register number")] = None,
    clock: Clock = None,
) -> None:
    """Note the numbers that others gave the case.

    \b
    custody case refer KBR-2026-0042 --odpp ODPP/55/2026
    """
    from custody.acts import cases, exhibits
    from manifests import bodies
    from manifests.errors import UsageError

    me = session(ctx)
    if not any((ob, dci, odpp, court_case, exhibit_register)):
        raise UsageError("which number?", "--ob, --dci, --odpp, --court-case or --exhibit-register")
    desk = me.desk(clock=clock)
    body = bodies.CaseReferred(
        ob_number=ob,
        dci_ref=dci,
        odpp_file_no=odpp,
        court_case_no=court_case,
        exhibit_register_no=exhibit_register,
    )
    me.recorded([cases.add_to_case(desk, exhibits.case_of(desk, case), body)], desk)
