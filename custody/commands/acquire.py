"""`custody acquire`: image a disk or card into a new exhibit, and seal both."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import (
    Access,
    At,
    Authority,
    Clock,
    Exhibit,
    Place,
    Reason,
    Retries,
    Witness,
    Writable,
    circumstances,
    session,
    verb,
)

app = verb()
_UNITS = {"": 1, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@app.command()
def acquire(
    ctx: typer.Context,
    exhibit: Exhibit,
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="the disk or card, like /dev/sdb")],
    into: Annotated[str | None, typer.Option(metavar="CASE/NEW", help="the exhibit that the image will be")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="a new folder for the image")] = None,
    form: Annotated[str, typer.Option("--format", metavar="raw|split", help="one file, or parts")] = "raw",
    part_size: Annotated[str, typer.Option(metavar="SIZE", help="of one part, like 2G")] = "2G",
    digest: Annotated[list[str] | None, typer.Option(help="beside sha256: md5, sha1, sha512, sha3-256, blake3")] = None,
    description: Annotated[str | None, typer.Option(help="what the image is; no child's name")] = None,
    acquisition: Annotated[Path | None, typer.Option(metavar="FACTS.toml", help="facts beside those found")] = None,
    note: Annotated[str | None, typer.Option()] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on with an imaging that was interrupted")] = False,
    accept_writable: Writable = None,
    retries: Retries = 2,
    access: Access = "sudo",
    at: At = None,
    place: Place = None,
    reason: Reason = None,
    authority: Authority = None,
    witness: Witness = None,
    clock: Clock = None,
) -> None:
    """Image a disk or card while digesting it once, read the image back, open an exhibit for it, and seal both.

    The device is only read. What cannot be read counts as zeros and is listed; the image is then called partial. An
    interrupted imaging goes on with --resume: what is written already is read back first.

    \b
    custody acquire KBR-2026-0042/EX-2 /dev/sdb --into KBR-2026-0042/EX-2-IMG \\
        --out /cases/EX-2-IMG --digest md5 --acquisition facts.toml
    """
    from custody.acts import exhibits
    from custody.acts.acquire import Acquiring
    from custody.acts.contents import Contents
    from custody.acts.devices import SealedDevice

    me = session(ctx)
    ask = me.questions()
    name = ask.text("--into", "Which exhibit will the image be? CASE/EXHIBIT", into)
    folder = ask.text("--out", "Which new folder will it lie in?", str(out) if out else None)
    what = ask.text("--description", "What is it? Do not write a child's name", description)
    ask.done()
    desk = me.desk()
    contents = Contents(
        paths=(),
        algorithms=("sha256", *dict.fromkeys(d for d in digest or () if d != "sha256")),
        acquisition=exhibits.read_facts(str(acquisition)) if acquisition else None,
        note=note,
    )
    asked = Acquiring(
        source=exhibits.chain_of(desk, exhibit),
        into=name,
        device=SealedDevice(
            path=device, access=tuple(access.split()), retries=retries, accept_writable=accept_writable
        ),
        out=Path(folder),
        part=_part(form, part_size),
        description=what,
        contents=contents,
        resume=resume,
    )
    me.confirm_as(desk, [f"{device} -> {folder}: {name}, an image of {exhibit}"])
    me.recorded(_acquired(me, desk, asked, circumstances(at, place, reason, authority, witness, clock)), desk)


def _acquired(me: Any, desk: Any, asked: Any, how: Any) -> Any:
    from custody.acts.acquire import acquire as act

    with me.progress("imaging") as progress:
        return act(desk, asked, how=how, progress=progress, notice=me.say)


def _part(form: str, written: str) -> int:
    """Bytes of one file; 0 for one file."""
    from manifests.errors import UsageError

    if form not in ("raw", "split"):
        raise UsageError(f"not a format: {form}", "raw, or split; other formats: make them with the tool that does")
    if form == "raw":
        return 0
    found = re.fullmatch(r"([0-9]{1,12})([MGT]?)", written)
    if not found or not int(found[1]):
        raise UsageError(f"not a size: {written}", "like 700M or 2G")
    return int(found[1]) * _UNITS[found[2]]
