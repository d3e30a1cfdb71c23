"""`custody facts`: what a court will ask about an acquisition, collected, asked for, and written to a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import Access, session, verb

app = verb()


@app.command()
def facts(
    ctx: typer.Context,
    method: Annotated[str | None, typer.Option(metavar="METHOD", help="files, image, phone or device")] = None,
    device: Annotated[str | None, typer.Option(metavar="DEV", help="the exhibit, like /dev/sdb")] = None,
    access: Access = "sudo",
    known: Annotated[Path | None, typer.Option(metavar="FACTS.toml", help="facts stated before; they stay")] = None,
    elsewhere: Annotated[bool, typer.Option("--elsewhere", help="it was done on another computer")] = False,
    ask: Annotated[bool, typer.Option("--ask", help="ask for what is missing")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FACTS.toml", help="write a new file, for seal")] = None,
) -> None:
    """Collect what is known about this computer and a device, and list what a court will ask beside it.

    Signs nothing, needs no register, and only reads. The file goes to `seal --acquisition`.

    \b
    custody facts --method device --device /dev/sdb --out facts.toml
    custody facts --known facts.toml
    """
    from custody.acts.facts import Gathered, answered, gather
    from custody.render import facts as shown
    from manifests.acquisition import method_of

    me = session(ctx)
    stated = _stated(known)
    found = gather(stated, method=method, here=not elsewhere, device=_device(device, access))
    if ask:
        found = Gathered(facts=answered(found.facts, _answers(me, found)), method=method)
    if out:
        _write(out, shown.toml(found.facts, found.missing))
    for line in found.contradicted:
        me.say(f"note: {line}")
    chosen = method_of(found.facts) or method
    text = shown.text(found.facts, found.missing, chosen) + (f"\nwritten: {out}\n" if out else "")
    me.put(text, _value(found, chosen, out))


def _value(found: Any, method: str | None, out: Path | None) -> dict[str, Any]:
    from manifests.acquisition import BY_NAME

    return {
        "format": "custody/facts/1",
        "method": method,
        "facts": found.facts,
        "missing": [{"name": name, "question": BY_NAME[name].text} for name in found.missing],
        "contradicted": list(found.contradicted),
        "file": str(out) if out else None,
    }


def _stated(path: Path | None) -> dict[str, dict[str, str]]:
    from custody.acts.exhibits import read_facts

    return read_facts(str(path)) if path else {}


def _device(path: str | None, access: str) -> Any:
    """What a device is; it is closed again."""
    if path is None:
        return None
    from hashing.access import obtain

    with obtain(path, tuple(access.split())) as opened:
        return opened.facts


def _answers(me: Any, found: Any) -> Iterator[tuple[str, str]]:
    """What the person at the keyboard answers; nothing leaves a question open, a full stop ends them."""
    from custody.commands.session import prompt
    from manifests.acquisition import BY_NAME
    from manifests.errors import UsageError

    if not me.terminal or me.json:
        raise UsageError("there is nobody to ask", "leave --ask out, and write into the file that --out makes")
    me.say("An empty answer leaves a question open, a full stop ends them. Do not write a child's name.")
    for name in found.missing:
        answer = prompt(f"{name}: {BY_NAME[name].text}", default="", show_default=False)
        if answer == ".":
            return
        yield name, answer.encode("utf-8", "backslashreplace").decode()


def _write(path: Path, text: str) -> None:
    """A new file for its owner only; never over another."""
    from custody.edges import files
    from manifests.errors import UsageError

    try:
        files.write_new(path, text.encode())
    except FileNotFoundError as err:
        raise UsageError(f"no such folder: {path.parent}") from err
