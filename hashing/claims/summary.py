"""Gathers what a log says of itself, beside its digests: the tool, the facts, and what was left out."""

from collections import Counter

from hashing.claims.saying import (
    BROKEN,
    MOST_FACTS,
    MOST_LETTERS,
    UNKNOWN,
    Broken,
    Fact,
    LeftOut,
    LogTool,
    Why,
    shortened,
)


class Summary:
    """Grows with what is said; bounded whatever that is."""

    def __init__(self) -> None:
        self.tool = UNKNOWN
        self.version: str | None = None
        self.facts: dict[str, str] = {}
        self._broken: list[str] = []
        self._left: Counter[Why] = Counter()

    def take(self, said: LogTool | Fact | LeftOut | Broken) -> None:
        """Enter one thing that was said; of tools, versions and facts the first counts."""
        match said:
            case LogTool(name, version):
                self.tool = name if self.tool == UNKNOWN else self.tool
                if name == self.tool and self.version is None and version:
                    self.version = shortened(version, MOST_LETTERS)
            case Fact(key, value):
                if value and key not in self.facts and len(self.facts) < MOST_FACTS:
                    self.facts[key] = shortened(value, MOST_LETTERS)
            case LeftOut(why, number):
                self._left[why] += number
            case Broken(reason):
                self._broken.append(reason)

    @property
    def unread(self) -> str | None:
        """What was left out or could not be read, in words; None where there is nothing to say."""
        counted = [f"{count} {why.value[count > 1]}" for why in Why if (count := self._left[why])]
        return shortened("; ".join([*self._broken, *counted]), MOST_LETTERS) or None

    @property
    def left(self) -> dict[str, int]:
        """The same as numbers, each under its word; BROKEN where the log, or its rest, could not be read."""
        broken = {BROKEN: len(self._broken)} if self._broken else {}
        return broken | {why.word: count for why in Why if (count := self._left[why])}
