"""`custody people`: who works in this register."""

import errno
from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import Clock, session, verbs

app = verbs("Who works in this register.")

Name = Annotated[str | None, typer.Option("--name", help="full name")]
Rank = Annotated[str | None, typer.Option("--rank")]
Roles = Annotated[list[str] | None, typer.Option("--role", help="officer, supervisor, administrator")]
NewPassphrase = Annotated[
    Path | None, typer.Option("--new-passphrase-file", help="a file with the new passphrase of whose key it is")
]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="from when on the key is not good")]
Note = Annotated[str | None, typer.Option("--note", help="what else there is to say")]
Sheet = Annotated[Path | None, typer.Option("--recovery-sheet", metavar="FILE", help="write the sheet to a new file")]


@app.command()
def enrol(
    ctx: typer.Context,
    name: Name = None,
    rank: Rank = None,
    service_no: Annotated[str | None, typer.Option(help="service number")] = None,
    role: Roles = None,
    new_passphrase_file: NewPassphrase = None,
    clock: Clock = None,
) -> None:
    """Give an officer a key of their own. The officer types the new passphrase, nobody else.

    \b
    custody people enrol --name "Ali Hassan" --rank CPL --service-no 445566
    """
    from custody.acts import people

    me = session(ctx)
    desk = me.desk(clock=clock)
    subject = _subject(me, desk, name, rank, service_no, _roles(role) or ("officer",))
    me.recorded([people.enrol(desk, subject, _secret(me, new_passphrase_file))], desk)


@app.command()
def renew(
    ctx: typer.Context,
    service_no: Annotated[str, typer.Argument()],
    name: Name = None,
    rank: Rank = None,
    role: Roles = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="WHY", help="as in revoke; superseded")] = None,
    since: Since = None,
    note: Note = None,
    new_passphrase_file: NewPassphrase = None,
    clock: Clock = None,
) -> None:
    """Give an enrolled officer a new key and certificate: promoted, renamed, run out, or the old key is lost.

    What is not named stays as it is. The officer types the new passphrase. The old key ends.

    \b
    custody people renew 445566 --rank SGT --role officer --role supervisor
    custody people renew 445566 --reason key-lost --since "2026-11-20 14:05"
    """
    from dataclasses import replace

    from custody.acts import people

    me = session(ctx)
    roles, because = _roles(role), _because(reason or "superseded", since, note)
    given: dict[str, Any] = {"name": name, "rank": rank, "roles": roles}
    given = {key: value for key, value in given.items() if value}
    desk = me.desk(clock=clock)
    me.confirm_as(desk, [f"{service_no} gets a new key and certificate; the old key ends: {because.reason}"])
    fresh = _secret(me, new_passphrase_file)
    me.recorded(people.renew(desk, service_no, lambda old: replace(old, **given), fresh, because), desk)


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """Who is enrolled, and whether the key is here.

    \b
    custody people list
    """
    from custody.acts.agency_key import RECOVERY
    from custody.edges import files
    from custody.render.safe import safe

    me = session(ctx)
    desk = me.desk()
    rows = [
        {
            "service_no": p.service_no,
            "name": p.name,
            "rank": p.rank,
            "roles": list(p.roles),
            "key_here": files.is_file(desk.key_path(p.certificate)),
        }
        for p in desk.people.values()
    ]
    lines = [
        safe(f"{p.service_no}  {p.rank} {p.name}  {', '.join(p.roles)}")
        + ("" if row["key_here"] or p.service_no == RECOVERY else "  (no key here)")
        for p, row in zip(desk.people.values(), rows, strict=True)
    ]
    me.put("\n".join(lines), {"format": "custody/people/1", "people": rows})


@app.command()
def revoke(
    ctx: typer.Context,
    service_no: Annotated[str, typer.Argument()],
    reason: Annotated[str | None, typer.Option("--reason", metavar="WHY", help="see below")] = None,
    since: Since = None,
    note: Note = None,
    clock: Clock = None,
) -> None:
    """An officer signs no longer. The agency's revocation list says so to others: give them a new card.

    WHY: key-compromised, key-lost, left, dismissed, superseded, enrolled-by-mistake.

    \b
    custody people revoke 445566 --reason key-lost --since "2026-11-20 14:05"
    """
    from custody.acts import people

    me = session(ctx)
    ask = me.questions()
    why = ask.text("--reason", "Why (key-compromised, key-lost, left, dismissed, enrolled-by-mistake)?", reason)
    ask.done()
    because = _because(why, since, note)
    desk = me.desk(clock=clock)
    me.confirm_as(desk, [f"{service_no} signs no longer: {why}" + (f", not good since {since}" if since else "")])
    me.recorded([people.revoke(desk, service_no, because)], desk)


@app.command()
def passphrase(ctx: typer.Context, new_passphrase_file: NewPassphrase = None) -> None:
    """Change your passphrase in this register. Nothing is signed; copies of the key elsewhere keep the old one.

    \b
    custody --as 445566 people passphrase
    """
    from custody.acts.agency_key import change_passphrase
    from custody.render.safe import safe

    me = session(ctx)
    person = change_passphrase(me.desk(), _secret(me, new_passphrase_file))
    told = f"{person.rank} {person.name} ({person.service_no}) has a new passphrase in this register"
    me.put(safe(told), {"format": "custody/passphrase/1", "service_no": person.service_no})


@app.command("recovery-sheet")
def recovery_sheet(ctx: typer.Context, out: Sheet = None, clock: Clock = None) -> None:
    """Make a new recovery sheet: the code that opens the agency's key when no administrator can. The old one ends.

    It is shown once, on the terminal, or written to a new file for the printer. Seal it in an envelope.

    \b
    custody people recovery-sheet
    """
    from custody.acts import people
    from custody.commands.recovery import new_sheet

    me = session(ctx)
    desk = me.desk(clock=clock)
    with new_sheet(me, out, desk.register.path, f"{desk.own.agency} ({desk.code})") as code:
        written = people.make_recovery_sheet(desk, code)
    me.recorded([written], desk)


@app.command()
def recover(
    ctx: typer.Context,
    name: Name = None,
    rank: Rank = None,
    service_no: Annotated[str | None, typer.Option(help="service number")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="WHY", help="why the old key ends")] = "key-lost",
    since: Since = None,
    note: Note = None,
    new_passphrase_file: NewPassphrase = None,
    clock: Clock = None,
) -> None:
    """With the recovery sheet: make a person an administrator with a new key, when no administrator has one.

    The tool asks for the sheet's code as it asks for a passphrase. Make a new sheet afterwards.

    \b
    custody people recover --name "Jane Wanjiku" --rank PC --service-no 112233
    """
    from custody.acts import people
    from manifests.certificates import ROLES

    me = session(ctx)
    desk = me.desk(clock=clock)
    subject = _subject(me, desk, name, rank, service_no, ROLES)
    me.confirm([f"{subject.service_no} becomes an administrator with a new key"], "the recovery sheet")
    because = _because(reason, since, note)
    me.recorded(people.recover(desk, subject, _secret(me, new_passphrase_file), because), desk)
    me.say("note: the sheet's code was opened: make a new one, custody people recovery-sheet")


@app.command()
def card(
    ctx: typer.Context,
    service_no: Annotated[str, typer.Argument()],
    out: Annotated[Path, typer.Option(help="write the card into this new file")],
    register: Annotated[str | None, typer.Option("--for", metavar="NAME", help="what that register is called")] = None,
) -> None:
    """An officer's card for a further register of the agency. The key in it stays under its passphrase.

    Each register has a name of its own, which this one notes. A card is made once for a name.

    \b
    custody people card 112233 --for field-2 --out wanjiku.card
    """
    from custody.acts.people import note_register, officer_card
    from custody.edges import workspaces
    from manifests import strict

    me = session(ctx)
    ask = me.questions()
    name = ask.text("--for", "The further register's name, like field-2", register)
    ask.done()
    if out.exists():
        raise FileExistsError(errno.EEXIST, "there already", str(out))
    desk = me.desk()
    made = officer_card(desk, service_no, name)
    workspaces.write_whole(out, strict.pretty(made))
    note_register(desk, made.register)
    me.put(f"officer card: {out}", {"format": "custody/file/1", "file": str(out)})


def _subject(
    me: Any, desk: Any, name: str | None, rank: str | None, service_no: str | None, roles: tuple[str, ...]
) -> Any:
    """Whom a new certificate names; what is missing is asked."""
    from manifests.certificates import Subject

    ask = me.questions()
    subject = Subject(
        name=ask.text("--name", "The officer's full name", name),
        rank=ask.text("--rank", "Rank", rank),
        service_no=ask.text("--service-no", "Service number", service_no),
        agency=desk.own.agency,
        code=desk.code,
        roles=roles,
    )
    ask.done()
    return subject


def _roles(given: list[str] | None) -> tuple[str, ...]:
    from manifests.certificates import ROLES
    from manifests.errors import UsageError

    if unknown := [role for role in given or () if role not in ROLES]:
        raise UsageError(f"no such role: {unknown[0]}", "one of " + ", ".join(ROLES))
    return tuple(role for role in ROLES if role in (given or ()))


def _secret(me: Any, file: Path | None) -> Any:
    """How the new passphrase is asked for: never out of the files of whoever signs."""
    from dataclasses import replace

    return replace(me, passphrase_files=(file,) if file else ()).new_passphrase


def _because(why: str, since: str | None, note: str | None) -> Any:
    from custody.acts.exhibits import moment
    from custody.acts.people import Because
    from manifests.errors import UsageError
    from manifests.shapes import WHY_REVOKED

    if why not in WHY_REVOKED:
        raise UsageError(f"no such reason: {why}", "one of " + ", ".join(WHY_REVOKED), "in your words: --note TEXT")
    return Because(reason=why, since=moment(since) if since else None, note=note)
