"""What an attack is, and how one is played: on a world of its own, judged by the installed command."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.custody.station import Answer, World

CONFIRMED, UNDETERMINED, REFUTED = "CONFIRMED", "UNDETERMINED", "REFUTED"
INSIDER, ADMINISTRATOR, COURIER, AGENCY, FOLDER = (
    "an officer with a key", "an administrator", "a courier", "another agency", "whoever can write the folder",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One attack and what must come of it."""

    name: str
    by: str
    does: str
    """In one sentence."""
    play: Callable[[World], Answer]
    """Plays it, and returns what verify says, or the act that must be refused."""
    verdict: str | None = None
    """What verify must say; None where an act must be refused instead."""
    says: tuple[str, ...] = ()
    """Codes that must be among the findings."""
    refused: str = ""
    """Words of the refusal, where an act must be refused."""
    undetected: str = ""
    """Why it cannot be detected: a sentence that stands in the threat model."""


ATTACKS: list[Attack] = []


def attack(**facts: object) -> Callable[[Callable[[World], Answer]], Callable[[World], Answer]]:
    """Enter a function into the catalogue, under its own name unless another is given."""

    def enter(play: Callable[[World], Answer]) -> Callable[[World], Answer]:
        ATTACKS.append(Attack(**{"name": play.__name__, "play": play} | facts))  # type: ignore[arg-type]
        return play

    return enter


def outcome(answer: Answer) -> tuple[str, set[str]]:
    """Verdict and codes of a report."""
    report = answer.json
    return report["verdict"], {each["code"] for each in report["findings"]}
