"""`custody verify`: is this what was seized, and who held it?"""

from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import Access, Clock, Media, is_path, media_of, session, verb

app = verb()
_STATUS = {"CONFIRMED": 0, "REFUTED": 3, "UNDETERMINED": 4}


@app.command()
def verify(
    ctx: typer.Context,
    target: Annotated[
        str | None, typer.Argument(metavar="TARGET", help="case, exhibit, package, register, record, reply")
    ] = None,
    media: Media = None,
    anchor: Annotated[list[str] | None, typer.Option(metavar="CARD", help="an agency card you trust")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="large files by their BLAKE3 pieces, on all cores")] = False,
    records_only: Annotated[bool, typer.Option("--records-only", help="do not look at the media")] = False,
    code: Annotated[str | None, typer.Option("--code", metavar="C", help="the code in the paper register")] = None,
    record: Annotated[
        bool, typer.Option("--record", help="sign what was found as a verification of the exhibit")
    ] = False,
    access: Access = "sudo",
    clock: Clock = None,
) -> None:
    """Verify records and media, and say what it rests on. Nothing is written, unless --record.

    A path starts with /, ./ or ../; all else is a name in the register. Without TARGET: the whole register.

    \b
    custody verify KBR-2026-0042/EX-2 --media /mnt/card
    custody verify ./KBR-2026-0042_EX-1_to_LAB --anchor kibra.card.json
    """
    from custody.acts import examine
    from custody.render import json, text

    me = session(ctx)
    cards = tuple(anchor or ())
    anchors = examine.anchors_from(cards)
    with me.progress("verifying") as progress:
        report, desk = _examined(me, target, media, anchors, cards, quick, records_only, code, access, progress)
    shown, value = text.verify(report), json.report(report)
    if record:
        report, shown, value = _record(me, desk, target, report, clock)
    me.put(shown, value)
    raise typer.Exit(_STATUS[report.verdict.value])


def _examined(
    me: Any, target: str | None, media: Any, anchors: Any, cards: tuple[str, ...],
    quick: bool, records_only: bool, code: str | None, access: str, progress: Any,
) -> Any:  # fmt: skip
    from custody.acts import examine

    if target is not None and (is_path(target) or _is_package(target)):
        near = _near(me, anchors)
        desk = near if near is not None and near.vouched else None
        trust = desk.trust if desk else examine.outside_trust(anchors, cards)
        look = examine.Looking(
            media=_by_chain(Path(target), media), quick=quick, records_only=records_only, code=code,
            access=tuple(access.split()),
        )  # fmt: skip
        report = _path(Path(target), me, trust, look, anchors, progress)
        return _told_near(near, desk, report, Path(target)), desk
    desk = me.desk(anchors)
    chains = _chains(desk, target)
    look = examine.Looking(
        media=media_of(desk, media, [c for c in chains if "/" in c and ":" in c]),
        quick=quick, records_only=records_only, code=code, access=tuple(access.split()),
    )  # fmt: skip
    return examine.in_register(desk, target or desk.name, chains, look, progress), desk


def _is_package(target: str) -> bool:
    from custody.edges.package import is_package

    return is_package(Path(target))


def _near(me: Any, anchors: Any) -> Any:
    """The register around us, where there is one: its trust holds for packages too."""
    from manifests.errors import UsageError

    try:
        return me.desk(anchors)
    except UsageError:
        if me.register is not None:
            raise
        return None


def _told_near(near: Any, desk: Any, report: Any, path: Path) -> Any:
    """The report, with what the register around us adds to it: doubts, or why nothing of it is trusted."""
    from dataclasses import replace

    from custody.acts import examine
    from custody.edges.register import is_register

    if near is None or is_register(path):
        return report
    if desk is not None:
        return examine.under(desk, report)
    told = f"what {near.name} trusts: no pin and no --anchor vouches for that register"
    return replace(report, not_checked=(*report.not_checked, told))


def _path(path: Path, me: Any, trust: Any, look: Any, anchors: Any, progress: Any) -> Any:
    from dataclasses import replace

    from custody.acts import examine
    from custody.edges.package import Package, is_package
    from custody.edges.register import RECORD_NAME, is_register
    from manifests.errors import UsageError

    if is_register(path):
        desk = replace(me, register=path).desk(anchors)
        return examine.in_register(desk, str(path), _chains(desk, None), look, progress)
    if is_package(path):
        return examine.in_package(Package(path), trust, look, progress=progress)
    if path.is_file() and RECORD_NAME.fullmatch(path.name):
        return examine.in_file(path, trust, look)
    if path.is_file():
        return examine.in_reply(path, trust, look)
    raise UsageError(f"{path} is no register, package, record or reply", "see: custody verify --help")


def _chains(desk: Any, target: str | None) -> list[str]:
    from custody.acts import exhibits
    from manifests.errors import UsageError
    from manifests.names import parse_name

    if target is None:
        return [desk.name, *desk.register.cases(), *desk.register.exhibits()]
    if parse_name(target).exhibit:
        found = [exhibits.chain_of(desk, target)]
    else:
        case = exhibits.case_of(desk, target)
        found = [case] * desk.register.has(case) + list(desk.register.exhibits(case))
    if not any(desk.register.has(chain) for chain in found):
        raise UsageError(f"there is no {target} in {desk.name}", "see what is here: custody status")
    return found


def _by_chain(path: Path, media: Any) -> dict[str, tuple[str, ...]]:
    from custody.edges.package import Package, is_package

    return media_of(None, media, Package(path).chains()) if is_package(path) else {}


def _record(me: Any, desk: Any, target: str | None, report: Any, clock: str | None) -> Any:
    """Sign what was found; the settled report, and its text and JSON with the record named."""
    from custody.acts import exhibits
    from custody.acts.examine import record_verification, settled
    from custody.render import json, story, text
    from manifests.errors import UsageError

    if desk is None or target is None or is_path(target) or "/" not in target:
        raise UsageError("--record signs the verification of one exhibit of this register")
    desk.clock_reason = clock
    chain = exhibits.chain_of(desk, target)
    report = settled(desk, chain, report)
    made = record_verification(desk, chain, report).record
    lines = f"{made.chain} no. {made.position}: verification recorded\n{story.paper_line(made)}\n"
    return report, f"{text.verify(report)}\n{lines}", json.report(report) | {"recorded": json.record(made)}
