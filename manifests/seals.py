"""Numbers of seals, compared as people write them (docs/spec/chain.md, C9)."""

import unicodedata
from collections.abc import Iterable


def plain_number(number: str) -> str:
    """What counts of a seal's number: not case, nor blanks, nor hyphens and dashes."""
    folded = unicodedata.normalize("NFKC", number).casefold()
    kept = "".join(c for c in folded if not (c.isspace() or c == "\u2212" or unicodedata.category(c) in ("Pd", "Cf")))
    return kept or number  # of nothing but hyphens, all count


def written_as(number: str, seals: Iterable[str]) -> str | None:
    """How a seal of this number is written among some seals; None where it is none of them."""
    plain = plain_number(number)
    return next((each for each in seals if plain_number(each) == plain), None)
