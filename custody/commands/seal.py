"""`custody seal`: measure contents into a manifest, or put a numbered seal on."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import (
    Access,
    At,
    Clock,
    Condition,
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


@app.command()
def seal(
    ctx: typer.Context,
    exhibit: Exhibit,
    path: Annotated[list[str] | None, typer.Argument(metavar="PATH...", help="the contents to measure")] = None,
    digest: Annotated[list[str] | None, typer.Option(help="beside sha256: md5, sha1, sha512, sha3-256, blake3")] = None,
    no_describe: Annotated[bool, typer.Option("--no-describe", help="no media types, no metadata")] = False,
    no_decode: Annotated[bool, typer.Option("--no-decode", help="not the media inside disk images")] = False,
    stored_image: Annotated[bool, typer.Option("--stored-image", help="the paths are an image as stored")] = False,
    acquisition: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="how it was acquired: FACTS.toml; or another tool's log")
    ] = None,
    note: Annotated[str | None, typer.Option()] = None,
    accept_writable: Writable = None,
    retries: Retries = 2,
    access: Access = "sudo",
    resume: Annotated[bool, typer.Option("--resume", help="go on with a sealing that was interrupted")] = False,
    bag: Annotated[str | None, typer.Option(metavar="NUMBER", help="put this numbered seal on instead")] = None,
    replaces: Annotated[str | None, typer.Option(metavar="OLD", help="the seal it takes the place of")] = None,
    shared: Annotated[bool, typer.Option("--shared", help="the bag holds other exhibits of the case too")] = False,
    also: Annotated[bool, typer.Option("--also", help="further contents of an exhibit that has a manifest")] = False,
    condition: Condition = None,
    at: At = None,
    place: Place = None,
    reason: Reason = None,
    witness: Witness = None,
    clock: Clock = None,
) -> None:
    """Measure contents and sign the list, or put a numbered seal on. Contents are read, never changed or shown.

    Of a disk image (E01, Ex01, .001 parts) the parts are measured, and the media inside. Name its first part. A disk
    or card itself is read as a device, from its first sector to its last.

    \b
    custody seal KBR-2026-0042/EX-2 /mnt/card
    custody seal KBR-2026-0042/EX-1-IMG /cases/phone.E01 --digest md5
    custody seal KBR-2026-0042/EX-2 /dev/sdb --acquisition facts.toml
    custody seal KBR-2026-0042/EX-1-IMG /cases/stick.E01 \\
        --acquisition facts.toml --acquisition stick.info
    custody seal KBR-2026-0042/EX-1 --bag B-000123
    """
    from custody.acts import exhibits
    from hashing.sources import is_device
    from manifests import bodies
    from manifests.errors import UsageError

    me = session(ctx)
    if bool(path) == bool(bag):
        raise UsageError("seal what?", "name the contents to measure, or --bag NUMBER for a physical seal")
    for each in path or ():
        _check_there(exhibit, each)
    desk = me.desk()
    chain = exhibits.chain_of(desk, exhibit)
    how = circumstances(at, place, reason, None, witness, clock)
    if bag and resume:
        raise UsageError("--resume goes on with measuring contents", "leave it out: a numbered seal is put on at once")
    if bag:
        body = bodies.Seal(number=bag, replaces=replaces, condition=condition)
        me.recorded([_bag(me, desk, chain, body, shared, how)], desk)
        return
    from custody.acts.contents import Contents

    facts, logs = exhibits.facts_and_logs(acquisition or ())
    contents = Contents(
        paths=tuple(path or ()),
        algorithms=("sha256", *dict.fromkeys(d for d in digest or () if d != "sha256")),
        describe=not no_describe,
        decode=not no_decode,
        scope="stored-image" if stored_image else "files",
        acquisition=exhibits.read_facts(facts) if facts else None,
        note=note,
        also=also or _asked_again(me, desk, chain),
    )
    of_device = any(is_device(each) for each in contents.paths)
    if of_device and resume:
        raise UsageError("the reading of a device cannot be resumed", "leave --resume out; or see: custody acquire")
    options = (access, retries, accept_writable) if of_device else None
    me.recorded([_contents(me, desk, chain, contents, logs, how, resume, options)], desk)


def _check_there(exhibit: str, path: str) -> None:
    """Raise UsageError for contents that are not there; a word that could be a seal's number says so."""
    from manifests.errors import UsageError

    if os.path.lexists(path):
        return
    if "/" in path:
        raise UsageError(f"there is no {path}", "name the folder, file or device to measure")
    hint = f"a bag's number goes behind --bag: custody seal {exhibit} --bag {path}"
    raise UsageError(f"there is no {path} here; a bag's number goes behind --bag", hint, "or name what to measure")


def _contents(
    me: Any, desk: Any, chain: str, contents: Any, logs: tuple[str, ...], how: Any, resume: bool,
    options: tuple[str, int, str | None] | None,
) -> Any:  # fmt: skip
    """Read the logs, then measure; `options` are those of a device."""
    from custody.acts.contents import seal_contents, working_folder
    from custody.acts.logs import taken
    from custody.acts.sealable import with_logs

    with working_folder(desk) as work, taken(logs, work) as found:
        contents = with_logs(contents, found, me.say)
        if options is not None:
            return _device(me, desk, chain, contents, options, how)
        with me.progress("measuring") as progress:
            return seal_contents(desk, chain, contents, how=how, progress=progress, resume=resume, notice=me.say)


def _device(me: Any, desk: Any, chain: str, contents: Any, options: tuple[str, int, str | None], how: Any) -> Any:
    from custody.acts.devices import SealedDevice, seal_device
    from manifests.errors import UsageError

    if len(contents.paths) > 1:
        raise UsageError("a device is sealed alone", "one exhibit, one device")
    access, retries, writable = options
    device = SealedDevice(
        path=contents.paths[0], access=tuple(access.split()), retries=retries, accept_writable=writable
    )
    with me.progress("reading") as progress:
        return seal_device(desk, chain, contents, device, how=how, progress=progress, notice=me.say)


def _asked_again(me: Any, desk: Any, chain: str) -> bool:
    """On a terminal: whether contents are meant that no manifest of this exhibit has yet (C16)."""
    state = desk.state(chain)
    if not state.manifests or not me.terminal or me.yes or me.json:
        return False
    me.say(f"{chain} has a manifest already, no. {state.manifests[-1].position}: all its manifests will be compared.")
    return bool(typer.confirm("If these are other contents, add a further manifest?", err=True))


def _bag(me: Any, desk: Any, chain: str, body: Any, shared: bool, how: Any) -> Any:
    from custody.acts.bags import seal_bag

    def may_share(others: list[str]) -> bool:
        if shared or not me.terminal or me.yes or me.json:
            return shared
        return bool(typer.confirm(f"{', '.join(others)} carries {body.number} too. Do they lie in one bag?", err=True))

    me.confirm_as(desk, [f"{chain}: seal {body.number}" + (f" in place of {body.replaces}" if body.replaces else "")])
    return seal_bag(desk, chain, body, how, may_share=may_share)
