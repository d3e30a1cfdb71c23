"""What an awkward situation is: honest people, a world of their own, and what the installed command says of it.

A situation is played by a generator. Each answer that it yields is a verification; between the first and the last
lies the way out, where one is needed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.attacks.kit import judge as judge
from tests.custody.station import Answer, World

CONFIRMED, UNDETERMINED = "CONFIRMED", "UNDETERMINED"
Play = Callable[[World], Iterator[Answer]]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One situation and how it must end."""

    name: str
    happens: str
    """In one sentence."""
    play: Play
    verdict: str = CONFIRMED
    """What verify must say at first; REFUTED never."""
    says: tuple[str, ...] = ()
    """Codes that must be among those findings."""
    way_out: str = ""
    """The page that says what to do, where the first verdict is not CONFIRMED."""
    then: str = CONFIRMED
    """What verify must say when the way out was played to its end."""
    still: tuple[str, ...] = ()
    """Codes that must be among the findings then."""


SITUATIONS: list[Situation] = []


def honest(**facts: Any) -> Callable[[Play], Play]:
    """Enter a function into the catalogue, under its own name unless another is given."""

    def enter(play: Play) -> Play:
        SITUATIONS.append(Situation(**{"name": play.__name__, "play": play} | facts))
        return play

    return enter


def at(moment: datetime | timedelta) -> Callable[[], None]:
    """For a command: this computer's clock shows another time."""

    def before() -> None:
        from custody.edges import clock

        ahead = moment if isinstance(moment, timedelta) else moment - datetime.now()

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + ahead

        clock.datetime = Shifted  # type: ignore[misc]

    return before
