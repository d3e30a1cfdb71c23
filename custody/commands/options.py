"""Options that several verbs share, and how names, targets and media are read from them."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from custody.acts.exhibits import Circumstances
from manifests.errors import UsageError

PLAIN: dict[str, Any] = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}


def verb() -> typer.Typer:
    """The frame of a verb."""
    return typer.Typer(**PLAIN)


def verbs(about: str) -> typer.Typer:
    """The frame of a verb that has verbs of its own; alone it shows its help."""
    return typer.Typer(help=about, no_args_is_help=True, **PLAIN)


Exhibit = Annotated[str, typer.Argument(metavar="CASE/EXHIBIT", help="like KBR-2026-0042/EX-1")]
At = Annotated[str | None, typer.Option("--at", help="when it happened, like '2026-11-20 14:05'; now if left out")]
Place = Annotated[str | None, typer.Option("--place", help="where")]
Reason = Annotated[str | None, typer.Option("--reason", help="why")]
Authority = Annotated[str | None, typer.Option("--authority", metavar="REF|KIND:NUMBER", help="like warrant:E123/2026")]
Witness = Annotated[list[str] | None, typer.Option("--witness", metavar="SERVICE_NO", help="signs too")]
Clock = Annotated[str | None, typer.Option("--clock", help="why a time is not later than the one before")]
Condition = Annotated[str | None, typer.Option("--condition", help="how it looks")]
Media = Annotated[list[str] | None, typer.Option("--media", metavar="[CASE/EXHIBIT=]DIR", help="where contents are")]
Against = Annotated[
    list[str] | None, typer.Option("--against", metavar="[CASE/EXHIBIT=]COPY", help="a second copy, trusted no more")
]

Access = Annotated[
    str, typer.Option("--access", metavar="COMMAND", help="opens a device that you may not open; '' for none")
]

Writable = Annotated[
    str | None, typer.Option("--accept-writable", metavar="REASON", help="read a device that can be written to")
]
Retries = Annotated[int, typer.Option("--retries", min=0, max=100, help="further tries for a bad sector")]


def circumstances(
    at: str | None = None,
    place: str | None = None,
    reason: str | None = None,
    authority: str | None = None,
    witness: list[str] | None = None,
    clock: str | None = None,
    *,
    many: bool = False,
) -> Circumstances:
    """The shared options as the acts take them; `many` records of one act bear one number."""
    return Circumstances(
        at=at,
        place=place,
        reason=reason,
        authority=authority,
        clock=clock,
        witnesses=tuple(witness or ()),
        act=secrets.token_hex(16) if many else None,
    )


def session(ctx: typer.Context) -> Any:
    """The session that the root made."""
    from custody.commands.session import Session

    return ctx.obj or Session()


def is_path(target: str) -> bool:
    """Whether a target is a path: only with `/`, `./`, `../` or a drive letter in front."""
    drive = len(target) > 2 and target[0].isalpha() and target[1] == ":" and target[2] in "/\\"
    return target.startswith(("/", "./", "../")) or target in (".", "..") or drive


def media_of(
    desk: Any, given: list[str] | None, chains: list[str], option: str = "--media"
) -> dict[str, tuple[str, ...]]:
    """Where each exhibit's media are: `CASE/EXHIBIT=DIR`, or DIR alone where there is one exhibit."""
    found: dict[str, list[str]] = {}
    by_name = {name: chain for chain in chains for name in (chain, chain.split(":", 1)[1])}
    for each in given or ():
        name, equals, path = each.partition("=")
        if equals and name in by_name:
            found.setdefault(by_name[name], []).append(path)
        elif len(chains) == 1:
            found.setdefault(chains[0], []).append(each)
        else:
            raise UsageError(f"whose media are {each}?", f"say it: {option} CASE/EXHIBIT=DIR")
    return {chain: tuple(paths) for chain, paths in found.items()}


def numbers_of(desk: Any, given: list[str] | None, chains: list[str]) -> dict[str, str]:
    """One seal an exhibit: `CASE/EXHIBIT=NUMBER`, or NUMBER alone where there is one exhibit."""
    found = media_of(desk, given, chains, "--seal-intact")
    if twice := next((chain for chain, numbers in found.items() if len(numbers) > 1), None):
        raise UsageError(f"two seals for {twice}", "name the one that was put on after the contents were last read")
    return {chain: numbers[0] for chain, numbers in found.items()}


@contextmanager
def outgoing(desk: Any, named: Path | None = None) -> Iterator[Path]:
    """Where what leaves is put: as named, else here, or beside the register where here is inside it.

    A folder that was made for it goes again where nothing came of it.
    """
    register = desk.register.path.resolve()
    here = Path.cwd().resolve()
    if named is not None or (here != register and register not in here.parents):
        yield named or Path()
        return
    beside: Path = register.with_name(f"{register.name}-outgoing")
    beside.mkdir(mode=0o700, exist_ok=True)
    try:
        yield beside
    finally:
        with suppress(OSError):  # it holds something
            beside.rmdir()
