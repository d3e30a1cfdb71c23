"""What is to be measured, and whether it may be, before hours are spent on it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from custody.acts.desk import Desk, in_plain_words
from manifests import strict
from manifests.chain import ChainState
from manifests.errors import NotAllowedError, UsageError
from manifests.names import Name
from manifests.shapes import Text

if TYPE_CHECKING:
    from custody.acts.logs import Logs


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What to measure, and how it was acquired (section, field, value)."""

    paths: tuple[str, ...]
    algorithms: tuple[str, ...] = ("sha256",)
    describe: bool = True
    not_described: str = "not asked for"
    """Why not, where not."""
    scope: str = "files"
    decode: bool = True
    """Measure the media inside disk images too."""
    acquisition: dict[str, dict[str, str]] | None = None
    logs: "Logs | None" = None
    """Logs of other tools, whose claims are held against what is measured."""
    note: str | None = None
    also: bool = False
    """They are further contents of an exhibit that has a manifest."""


def check_further(state: ChainState, contents: Contents) -> None:
    """Raise NotAllowedError for a further manifest that nobody has said is meant: all will be compared (C16)."""
    if state.manifests and not contents.also:
        name, last = state.id.split(":", 1)[1], state.manifests[-1].position
        raise NotAllowedError(
            f"{state.id} has a manifest already, no. {last}, and this is not what that lists",
            f"are these the right contents? compare them: custody verify {name} --media PATH",
            "if they are further contents of this exhibit: the same again with --also --resume",
            f"if no. {last} was made of something else: custody withdraw {name} --manifest {last}",
        )


def check_stated(contents: Contents) -> None:
    """Raise UsageError for facts that a record cannot hold, before hours are spent on measuring."""
    with in_plain_words():
        strict.decode(strict.compact(contents.acquisition or {}), dict[Name, dict[Name, Text]])
        strict.decode(strict.compact([contents.note] if contents.note is not None else []), list[Text])


def check_outside(desk: Desk, paths: Iterable[str]) -> None:
    """Raise UsageError where evidence and the register lie inside one another."""
    inside = desk.register.path.resolve()
    for path in paths:
        here = Path(path).resolve()
        if here == inside or inside in here.parents or here in inside.parents:
            raise UsageError(
                f"{path} and the register lie inside one another",
                "keep evidence outside the register's folder",
            )


def with_logs(contents: Contents, logs: "Logs | None", notice: Callable[[str], None]) -> Contents:
    """What to seal, with logs, and with every digest that they claim; what that adds `notice` is told."""
    if logs is None:
        return contents
    more = tuple(name for name in logs.algorithms if name not in contents.algorithms)
    if more:
        notice(f"note: computed too, because a log claims it: {', '.join(more)}")
    return replace(contents, logs=logs, algorithms=(*contents.algorithms, *more))
