"""The three verdicts, and which of two is the worse."""

from enum import StrEnum


class Verdict(StrEnum):
    """Of records, of media, or of both."""

    CONFIRMED = "CONFIRMED"
    UNDETERMINED = "UNDETERMINED"
    REFUTED = "REFUTED"


_BADNESS = {Verdict.CONFIRMED: 0, Verdict.UNDETERMINED: 1, Verdict.REFUTED: 2}


def worse(one: Verdict, other: Verdict) -> Verdict:
    """The worse of two verdicts."""
    return max(one, other, key=_BADNESS.__getitem__)
