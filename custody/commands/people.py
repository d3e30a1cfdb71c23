"""`custody people`: who works in this register."""

from pathlib import Path
from typing import Annotated

import typer

from custody.commands.options import Clock, session, verbs

app = verbs("Who works in this register.")


@app.command()
def enrol(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option(help="full name")] = None,
    rank: Annotated[str | None, typer.Option()] = None,
    service_no: Annotated[str | None, typer.Option(help="service number")] = None,
    role: Annotated[list[str] | None, typer.Option(help="officer, supervisor, administrator")] = None,
    new_passphrase_file: Annotated[Path | None, typer.Option(help="a file with the new officer's passphrase")] = None,
    clock: Clock = None,
) -> None:
    """Give an officer a key of their own. The officer types the new passphrase, nobody else.

    \b
    custody people enrol --name "Ali Hassan" --rank CPL --service-no 445566
    """
    from dataclasses import replace

    from custody.acts.begin import enrol as enrol_officer
    from manifests.certificates import ROLES, Subject
    from manifests.errors import UsageError

    me = session(ctx)
    ask = me.questions()
    roles = tuple(role or ("officer",))
    if unknown := [r for r in roles if r not in ROLES]:
        raise UsageError(f"no such role: {unknown[0]}", "one of " + ", ".join(ROLES))
    desk = me.desk(clock=clock)
    subject = Subject(
        name=ask.text("--name", "The officer's full name", name),
        rank=ask.text("--rank", "Rank", rank),
        service_no=ask.text("--service-no", "Service number", service_no),
        agency=desk.own.agency,
        code=desk.code,
        roles=roles,
    )
    ask.done()
    fresh = replace(me, passphrase_files=(new_passphrase_file,) if new_passphrase_file else ())
    me.recorded([enrol_officer(desk, subject, fresh.new_passphrase)], desk)


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """Who is enrolled, and whether the key is here.

    \b
    custody people list
    """
    from custody.render.safe import safe

    me = session(ctx)
    desk = me.desk()
    rows = [
        {
            "service_no": p.service_no,
            "name": p.name,
            "rank": p.rank,
            "roles": list(p.roles),
            "key_here": desk.key_path(p.certificate).exists(),
        }
        for p in desk.people.values()
    ]
    lines = [
        safe(f"{p.service_no}  {p.rank} {p.name}  {', '.join(p.roles)}")
        + ("" if row["key_here"] else "  (no key here)")
        for p, row in zip(desk.people.values(), rows, strict=True)
    ]
    me.put("\n".join(lines), {"format": "custody/people/1", "people": rows})


@app.command()
def revoke(
    ctx: typer.Context,
    service_no: Annotated[str, typer.Argument()],
    because: Annotated[
        str | None,
        typer.Option(help="why: key-compromised, key-lost, left, dismissed, superseded or enrolled-by-mistake"),
    ] = None,
    note: Annotated[str | None, typer.Option(help="what else there is to say")] = None,
    clock: Clock = None,
) -> None:
    """An officer signs here no longer.

    \b
    custody people revoke 445566 --because left --note "transferred to Mombasa"
    """
    from custody.acts.begin import revoke as revoke_officer
    from manifests.shapes import WHY_REVOKED

    me = session(ctx)
    ask = me.questions()
    why = ask.text("--because", f"Why ({', '.join(WHY_REVOKED)})?", because)
    ask.done()
    desk = me.desk(clock=clock)
    me.confirm_as(desk, [f"{service_no} signs here no longer: {why}"])
    me.recorded([revoke_officer(desk, service_no, why, note)], desk)


@app.command()
def card(
    ctx: typer.Context,
    service_no: Annotated[str, typer.Argument()],
    out: Annotated[Path, typer.Option(help="write the card into this new file")],
) -> None:
    """An officer's card for a further register of the agency. The key in it stays under its passphrase.

    \b
    custody people card 112233 --out wanjiku.card
    """
    from custody.acts.begin import officer_card
    from custody.edges import files
    from manifests import strict

    me = session(ctx)
    files.write_whole(out, strict.pretty(officer_card(me.desk(), service_no)))
    me.put(f"officer card: {out}", {"format": "custody/file/1", "file": str(out)})
