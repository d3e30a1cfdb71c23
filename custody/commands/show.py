"""`custody show`: what an exhibit is, and its original digests."""

from typing import Annotated, Any

import typer

from custody.commands.options import Exhibit, session, verb

app = verb()


@app.command()
def show(
    ctx: typer.Context,
    exhibit: Exhibit,
    item: Annotated[int | None, typer.Option(metavar="N", help="one item of the manifests, by its number")] = None,
    digest: Annotated[
        str | None, typer.Option(metavar="ALG", help="every item's digest, as sha256sum writes it")
    ] = None,
) -> None:
    """What an exhibit is: identity, seals, holder, each manifest's date and digests.

    Names of items are shown only when asked for.

    \b
    custody show KBR-2026-0042/EX-2
    custody show KBR-2026-0042/EX-2 --item 17
    custody show KBR-2026-0042/EX-2 --digest sha256 > original.sha256
    """
    from custody.acts import exhibits
    from custody.render import json, text
    from manifests import bodies

    me = session(ctx)
    desk = me.desk()
    chain = exhibits.chain_of(desk, exhibit)
    desk.state(chain)
    report = desk.read(chain)
    if item is not None or digest is not None:
        _items(me, desk, report, item, digest)
        return
    manifests = [
        json.opened(v) | json.corrected(report, v.record.position) | {"manifest": json.plain(v.record.body)}
        for v in report.records
        if isinstance(v.record.body, bodies.Manifest)
    ]
    value = {"format": "custody/exhibit/1", **json.chain(report), "manifests": manifests}
    me.put(text.show(report), value)


def _items(me: Any, desk: Any, report: Any, item: int | None, digest: str | None) -> None:
    """Items straight from the checked lists, one after another."""
    import sys

    from custody.acts.contents import sealed_lists
    from custody.render import items
    from manifests.errors import UsageError

    chain = desk.register.chain(report.id)
    found = 0
    for manifest in report.state.withdrawn:
        me.say(f"note: manifest no. {manifest.position} was withdrawn: what it lists is not shown here")
    for manifest in report.state.manifests:
        for entry in sealed_lists(chain, [manifest])[0].entries:
            if item is not None and (entry.public is None or entry.public.item != item):
                continue
            found += 1
            line = items.digest_line(entry, digest) if digest else items.entry_text(entry, manifest.position)
            sys.stdout.write(items.entry_json(entry, manifest.position) if me.json else line)
    if not found:
        raise UsageError("no such item in the manifests", f"see: custody show {report.id}")
