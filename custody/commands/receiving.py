"""The conversation of `receive`: what was found, what the receiver sees, accept or refuse."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from custody.acts import exhibits, on_paper
from custody.acts.importing import Copied, copied_package
from custody.acts.receive import Answer, Offered, OfferOptions, answer, look, refused_before
from custody.commands.options import is_path, outgoing
from custody.edges import files, workspaces
from custody.edges.package import Package, open_package
from custody.render import story, text
from manifests import cards
from manifests.errors import NotAllowedError, UndeterminedError, UsageError
from manifests.findings import Severity
from manifests.seals import written_as
from manifests.verdict import Verdict

__all__ = ["answers", "copied", "finish", "look", "looking", "opened", "seals", "take_back", "tell"]


def opened(desk: Any, target: str) -> tuple[Package | None, list[str]]:
    """The package and its exhibits that are offered, or the exhibit released inside this register."""
    if not is_path(target) and not Path(target).is_dir():
        chain = exhibits.chain_of(desk, target)
        desk.state(chain)
        return None, [chain]
    if not Path(target).exists():
        raise UsageError(f"no such package: {target}", "a package is a folder; a name without / is an exhibit's")
    package = open_package(Path(target))
    offered = _offered(package)
    if not offered:
        raise UndeterminedError(
            f"nothing is offered in {target}: no exhibit's records lie in it", f"look at it: custody verify {target}"
        )
    return package, offered


def copied(desk: Any, package: Package | None) -> AbstractContextManager[Copied | None]:
    """The package's records as copied into the register's workspace; nothing inside one register."""
    return copied_package(desk, package) if package is not None else nullcontext()


def _offered(package: Package) -> list[str]:
    """The exhibits whose chain ends in a release or its answer; the rest came as parents."""
    found = []
    for chain in package.chains():
        names = [r.name for r in package.chain(chain).records]
        if names and names[-1].endswith("-release.json"):
            found.append(chain)
    return found or package.chains()


def looking(media: dict[str, tuple[str, ...]], access: str, later: bool) -> OfferOptions:
    """How to look at the media."""
    return OfferOptions(media=media, later=later, access=tuple(access.split()))


def tell(me: Any, offered: list[Offered], package: Package | None) -> None:
    """Show what was found, before anything is asked."""
    for each in offered:
        if each.report is not None:
            me.say("\n".join(text.chain_lines(each.report, shown=6)))
        grave = [f for f in each.findings if f.severity is not Severity.NOTE]
        for line in [*text.findings_lines(grave), *(each.apart.lines() if each.apart else ())]:
            me.say(line)
        me.say(f"  {each.verdict}  {story.media(each.media)}\n")


def seals(me: Any, offered: list[Offered], given: list[str] | None) -> dict[str, str]:
    """Each exhibit's seal as the receiver read it; asked on a terminal, before anything shows the expected one."""
    read = dict(_seal(_names(offered), offered, each) for each in given or ())
    for each in offered:
        if each.chain not in read and (number := _ask_seal(me, each)) is not None:
            read[each.chain] = number
    return read


def _names(offered: list[Offered]) -> dict[str, str]:
    """What a person may call each exhibit: its whole name, or the part of it that no other has."""
    found: dict[str, list[str]] = {}
    for chain in (o.chain for o in offered):
        for name in {chain, chain.split(":", 1)[1], chain.split("/")[-1]}:
            found.setdefault(name, []).append(chain)
    return {name: chains[0] for name, chains in found.items() if len(chains) == 1}


def answers(
    offered: list[Offered],
    accept: list[str] | None,
    refuse: list[str] | None,
    read: dict[str, str],
    condition: str | None,
) -> dict[str, Answer]:
    """One answer an exhibit; a doubtful one is accepted only by name."""
    names = _names(offered)
    refused = dict(_refused(names, each) for each in refuse or ())
    accepted = {_known(names, each) for each in accept or ()}
    if both := accepted & refused.keys():
        raise UsageError(f"{min(both)} is accepted and refused", "say one of the two")
    found = {}
    for each in offered:
        if each.chain in refused:
            found[each.chain] = Answer(
                accept=False, reason=refused[each.chain], seal=read.get(each.chain), condition=condition
            )
            continue
        if each.verdict is not Verdict.CONFIRMED and each.chain not in accepted and each.answered is None:
            _must_choose(each)
        if each.chain not in accepted and each.answered is None:
            _same_seal(each, read.get(each.chain))
        found[each.chain] = Answer(accept=True, seal=read.get(each.chain), condition=condition)
    return found


def _same_seal(each: Offered, number: str | None) -> None:
    """Refuse to accept another seal than the one released, unless the exhibit is named (C9)."""
    release: Any = each.state.release.body if each.state and each.state.release else None
    if release is None or number is None or not release.seals or written_as(number, release.seals):
        return
    name = each.chain.split(":", 1)[1]
    raise NotAllowedError(
        f"{each.chain}: seal read {number}, expected {', '.join(release.seals)}",
        "read it again",
        f"refuse it: --refuse {name}:REASON",
        f"or accept it as it is, on the record: --accept {name}",
    )


def _must_choose(each: Offered) -> None:
    first = next(f for f in each.findings if f.severity is not Severity.NOTE)
    name = each.chain.split(":", 1)[1]
    raise NotAllowedError(
        f"{each.chain} is {each.verdict}: {first.code}: {first.meaning.text} ({first.text or first.subject})",
        f"refuse it: --refuse {name}:REASON",
        *([] if each.broken else [f"or accept it as it is, on the record: --accept {name}"]),
    )


def _known(names: dict[str, str], name: str) -> str:
    if name not in names:
        raise UsageError(f"{name} is not offered here", "offered: " + ", ".join(sorted(set(names.values()))))
    return names[name]


def _refused(names: dict[str, str], written: str) -> tuple[str, str]:
    for name in sorted(names, key=len, reverse=True):
        if written.startswith(name + ":") and len(written) > len(name) + 1:
            return names[name], written[len(name) + 1 :]
    raise UsageError(f"not a refusal: {written[:80]}", "write EXHIBIT:REASON, like EX-1:'seal torn'")


def _seal(names: dict[str, str], offered: list[Offered], written: str) -> tuple[str, str]:
    name, equals, number = written.partition("=")
    if equals and name in names:
        return names[name], number
    if len(offered) != 1:
        raise UsageError(f"whose seal is {written[:40]}?", "say it: --seal CASE/EXHIBIT=NUMBER")
    return offered[0].chain, written


def _ask_seal(me: Any, each: Offered) -> str | None:
    """On a terminal, the seal as read, asked before the expected one is shown."""
    if each.answered is not None or not me.terminal or me.yes or me.json:
        return None
    from custody.commands.session import prompt

    release: Any = each.state.release.body if each.state and each.state.release else None
    expects = release is not None and bool(release.seals)
    what = f"{each.chain}, {_described(each)}"
    while True:
        words = "if it bears none, type: none" if expects else "empty: none"
        number = prompt(f"{what}: seal number as you read it ({words})", default="", show_default=False)
        if number or not expects:
            return None if number.lower() in ("", "none") else number
        me.say("The records say that it bears a seal. Look at it, and type the number.")


def _described(each: Offered) -> str:
    """What an exhibit is, in the words of its first record."""
    first = each.report.records[0].record.body if each.report and each.report.records else None
    return getattr(first, "description", "exhibit")


_ROOM = 1 << 16
"""For the answer to one exhibit, kept on the medium before it is signed."""


def finish(
    me: Any,
    desk: Any,
    came: Copied | None,
    offered: list[Offered],
    given: dict[str, Answer],
    how: Any,
    out: Path | None,
) -> None:
    """Sign, and write the reply."""
    if out is not None:
        exhibits.check_room(out.absolute().parent)
        if out.exists() and not all(each.answered or refused_before(desk, each) for each in offered):
            raise NotAllowedError(f"{out} is there already", "name another file: --receipt FILE")
    words = [
        f"{c}: {'accept' if a.accept else 'refuse'}" + (f", seal {a.seal}" if a.seal else "") for c, a in given.items()
    ]
    me.confirm_as(desk, words)
    if came is None:
        me.recorded(list(answer(desk, came, offered, given, how).written), desk)
        return
    room = _ROOM * len(offered)
    with outgoing(desk) as folder, workspaces.reserved_beside(out or folder / "reply", room) as write_reply:
        done = answer(desk, came, offered, given, how)
        assert done.reply is not None
        path = out or _free_name(folder, offered, desk.code, done.reply)
        write_reply(path, done.reply)
    me.recorded(list(done.written), desk, reply=path)


def _free_name(folder: Path, offered: list[Offered], code: str, reply: bytes) -> Path:
    """In a folder, under a name that is free or holds this very reply."""
    stem = offered[0].chain.split(":", 1)[1].replace("/", "_") + f"_reply_of_{code}"
    paths = [folder / f"{stem}.json", *(folder / f"{stem}_{i}.json" for i in range(2, 1000))]
    return next((path for path in paths if not path.exists() or _is_written(path, reply)), paths[-1])


def _is_written(path: Path, reply: bytes) -> bool:
    return path.is_file() and files.read(path, cards.MAX_REPLY) == reply


def take_back(
    me: Any, desk: Any, target: str, paper: str | None, condition: str | None, seal: str | None, how: Any
) -> None:
    """Take back what a person without a key had."""
    if paper is None:
        raise UsageError("the signed paper of the return is needed", "--paper SCAN")
    chain = exhibits.chain_of(desk, target)
    me.confirm_as(desk, [f"{chain}: taken back, on paper"])
    me.recorded([on_paper.take_back(desk, chain, exhibits.paper(paper), condition, seal, how)], desk)
