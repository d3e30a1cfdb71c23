"""`custody verify`: is this what was seized, and who held it?"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from custody.commands.options import Access, Against, Clock, Media, is_path, media_of, session, verb

app = verb()
_STATUS = {"CONFIRMED": 0, "REFUTED": 3, "UNDETERMINED": 4}


@app.command()
def verify(
    ctx: typer.Context,
    target: Annotated[
        str | None, typer.Argument(metavar="TARGET", help="case, exhibit, package, register, record, reply; a copy")
    ] = None,
    media: Media = None,
    against: Against = None,
    anchor: Annotated[list[str] | None, typer.Option(metavar="CARD", help="an agency card you trust")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="large files by their BLAKE3 pieces, on all cores")] = False,
    decode: Annotated[bool, typer.Option("--decode", help="decode the media inside images again")] = False,
    records_only: Annotated[bool, typer.Option("--records-only", help="do not look at the media")] = False,
    code: Annotated[
        str | None,
        typer.Option("--code", metavar="C", help="the code in the paper register, 26 letters or 16"),
    ] = None,
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
    custody verify KBR-2026-0042/EX-2 --media /mnt/card --against /mnt/copy
    custody verify ./KBR-2026-0042_EX-1_to_LAB --anchor kibra.card.json
    custody verify ./one --against ./other
    """
    from custody.acts import examine
    from custody.render import json, text
    from manifests.paper import read_code

    me = session(ctx)
    if code is not None:
        read_code(code)  # a code that is none says so before anything is read
    cards = tuple(anchor or ())
    anchors = examine.anchors_from(cards)
    with me.progress("verifying") as progress:
        asked = VerifyRequest(
            media=media, against=against, quick=quick, decode=decode, records_only=records_only, code=code,
            access=access,
        )  # fmt: skip
        report, desk = _examined(me, target, asked, anchors, cards, progress)
    shown, value = text.verify(report), json.report(report)
    if record:
        report, shown, value = _record(me, desk, target, report, clock)
    me.put(shown, value)
    raise typer.Exit(_STATUS[report.verdict.value])


@dataclass(frozen=True, kw_only=True)
class VerifyRequest:
    """The options that say what to look at."""

    media: list[str] | None
    against: list[str] | None
    quick: bool
    decode: bool
    records_only: bool
    code: str | None
    access: str

    def looking(self, desk: Any, chains: list[str]) -> Any:
        """The same for some exhibits, each by its chain."""
        from custody.acts import examine

        return examine.VerifyOptions(
            media=media_of(desk, self.media, chains), against=media_of(desk, self.against, chains, "--against"),
            quick=self.quick, decode=self.decode, records_only=self.records_only, code=self.code,
            access=tuple(self.access.split()),
        )  # fmt: skip


def _examined(
    me: Any, target: str | None, asked: VerifyRequest, anchors: Any, cards: tuple[str, ...], progress: Any
) -> Any:
    from custody.acts import examine

    if target is not None and (is_path(target) or _is_package(target)):
        if asked.against and _is_plain(Path(target)):
            return _two_copies(target, asked, progress), None
        near = _near(me, anchors)
        desk = near if near is not None and near.vouched else None
        trust = desk.trust if desk else examine.outside_trust(anchors, cards)
        look = _by_chain(Path(target), asked)
        report = _path(Path(target), me, (trust, desk), look, anchors, progress)
        return _told_near(near, desk, report, Path(target)), desk
    desk = me.desk(anchors)
    chains = _chains(desk, target)
    look = asked.looking(desk, [c for c in chains if "/" in c and ":" in c])
    return examine.in_register(desk, target or desk.name, chains, look, progress), desk


def _is_plain(path: Path) -> bool:
    """Whether a path is neither a register nor a package, so that it can be one of two copies."""
    from custody.edges.register import is_register

    return not is_register(path) and not _is_package(str(path))


def _two_copies(target: str, asked: VerifyRequest, progress: Any) -> Any:
    from custody.acts.two_copies import compare_two
    from manifests.errors import UsageError

    if asked.media or asked.code or asked.records_only:
        raise UsageError("without records, two copies are all there is", "custody verify ./one --against ./other")
    others = asked.against or []
    if len(others) != 1:
        raise UsageError("one copy is compared with one other", "custody verify ./one --against ./other")
    return compare_two(target, others[0], tuple(asked.access.split()), quick=asked.quick, progress=progress)


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


def _path(path: Path, me: Any, under: tuple[Any, Any], look: Any, anchors: Any, progress: Any) -> Any:
    """Verify what lies at a path, `under` some trust and the register that has it, if one does."""
    from dataclasses import replace

    from custody.acts import examine
    from custody.edges.package import Package, is_package
    from custody.edges.register import RECORD_NAME, is_register
    from manifests.errors import UsageError

    trust, near = under
    if is_register(path):
        desk = replace(me, register=path).desk(anchors)
        return examine.in_register(desk, str(path), _chains(desk, None), look, progress)
    if is_package(path):
        return examine.in_package(Package(path), trust, look, near, progress)
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


def _by_chain(path: Path, asked: VerifyRequest) -> Any:
    """What to look at in a package, by its exhibits; of anything else none can be named by a path."""
    from custody.edges.package import Package, is_package
    from manifests.errors import UsageError

    if is_package(path):
        return asked.looking(None, Package(path).chains())
    if asked.against:
        raise UsageError(f"whose copy is it? {path} is a register", "name the exhibit: verify CASE/EXHIBIT ...")
    return replace(asked, media=None).looking(None, [])


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
