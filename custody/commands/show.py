"""`custody show`: what an exhibit is, and its original digests."""

import sys
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

    Names of items are shown only when asked for. The list that --digest prints is read by `sha256sum -c`; what it
    leaves out is told on stderr.

    \b
    custody show KBR-2026-0042/EX-2
    custody show KBR-2026-0042/EX-2 --item 17
    custody show KBR-2026-0042/EX-2 --digest sha256 > original.sha256
    """
    from custody.acts import exhibits
    from custody.render import json, text

    me = session(ctx)
    desk = me.desk()
    chain = exhibits.chain_of(desk, exhibit)
    desk.state(chain)
    report = desk.read(chain)
    if item is not None or digest is not None:
        _items(me, desk, report, item, digest)
        return
    me.put(text.show(report), json.show(report))


def _items(me: Any, desk: Any, report: Any, item: int | None, digest: str | None) -> None:
    """Items straight from the checked lists, one after another."""
    from collections import Counter

    from custody.acts.contents import sealed_lists
    from custody.render import digest_lists, items
    from manifests.errors import UsageError

    for manifest in report.state.withdrawn:
        me.say(f"note: manifest no. {manifest.position} was withdrawn: what it lists is not shown here")
    if digest is not None:
        _check_made(report, digest)
    chain, lists = desk.register.chain(report.id), digest_lists.for_stdout()
    out = getattr(sys.stdout, "buffer", None)  # none where a play captures what is said
    shown, left_out = 0, Counter[str]()
    for manifest in report.state.manifests:
        for entry in sealed_lists(chain, [manifest])[0].entries:
            if item is not None and (entry.public is None or entry.public.item != item):
                continue
            line: bytes | str = items.entry_json(entry, manifest.position).encode()
            if not me.json and digest is not None:
                line = items.digest_line(entry, digest, lists)
            elif not me.json:
                line = items.entry_text(entry, manifest.position).encode()
            if isinstance(line, str):
                left_out[line] += 1
                continue
            shown += 1
            out.write(line) if out else sys.stdout.write(line.decode(errors="backslashreplace"))
    sys.stdout.flush()
    if out:
        out.flush()
    for why, count in left_out.items():
        sys.stderr.write(f"custody: not in this list: {count} {'item' if count == 1 else 'items'}, {why}\n")
    if not shown:
        nothing = "no such item in the manifests" if not left_out else "no item has such a digest"
        raise UsageError(nothing, f"see: custody show {report.id}")


def _check_made(report: Any, digest: str) -> None:
    """Raise UsageError for an algorithm that is none, or that no manifest has used."""
    from hashing.digests import check
    from manifests.errors import UsageError

    check(digest)
    made = dict.fromkeys(name for manifest in report.state.manifests for name in manifest.body.algorithms)
    if digest not in made:
        there = f"there is: {', '.join(made)}" if made else f"nothing was measured: custody show {report.id}"
        raise UsageError(f"no {digest} was made of {report.id}", there)
