"""The names of chains: journal `CODE/REGISTER`, case `CODE:CASE`, exhibit `CODE:CASE/EXHIBIT` (R3, R5)."""

import re
from dataclasses import dataclass
from typing import Annotated

import msgspec

from manifests.errors import UsageError

PART = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}"
# `$` alone would let a last line feed pass.
Name = Annotated[str, msgspec.Meta(pattern=rf"^{PART}$(?!\n)", max_length=64)]
ChainId = Annotated[str, msgspec.Meta(pattern=rf"^({PART}/{PART}|{PART}:{PART}(/{PART})?)$(?!\n)", max_length=194)]
_NAME = re.compile(rf"(?:({PART}):)?({PART})(?:/({PART}))?")


@dataclass(frozen=True, kw_only=True)
class Named:
    """A case or an exhibit as a person names it; `code` is absent where it was left out."""

    code: str | None
    case: str
    exhibit: str | None

    def chain(self, code: str) -> str:
        """The chain's id, with `code` where the person named no agency."""
        case = f"{self.code or code}:{self.case}"
        return f"{case}/{self.exhibit}" if self.exhibit else case


def parse_name(text: str) -> Named:
    """Read `CASE`, `CASE/EXHIBIT` or `CODE:CASE/EXHIBIT`; raises UsageError."""
    found = _NAME.fullmatch(text)
    if not found:
        raise UsageError(
            f"not a name of a case or exhibit: {text[:80]}",
            "use CASE or CASE/EXHIBIT, like KBR-2026-0042/EX-1: letters, digits, '.', '_' and '-' only",
        )
    return Named(code=found[1], case=found[2], exhibit=found[3])


def exhibit_name(text: str) -> Named:
    """Read a name that must be an exhibit's; raises UsageError."""
    named = parse_name(text)
    if named.exhibit is None:
        raise UsageError(f"{text} names a case", "name the exhibit too: CASE/EXHIBIT, like KBR-2026-0042/EX-1")
    return named


def check_part(text: str, what: str) -> str:
    """One part of a name (a code, a register, a case); raises UsageError that names `what`."""
    if not re.fullmatch(PART, text):
        raise UsageError(f"not a {what}: {text[:80]}", "use letters, digits, '.', '_' and '-', at most 64")
    return text


def chain_type(chain: str) -> str:
    """`journal`, `case` or `exhibit`, from the form of a chain's id."""
    if ":" not in chain:
        return "journal"
    return "exhibit" if "/" in chain else "case"


def is_part(text: str) -> bool:
    """Whether a text can be a case, an exhibit, a code or a register."""
    return re.fullmatch(PART, text) is not None


def is_register_of(text: str, code: str) -> bool:
    """Whether a text can be the name of a register of the agency with this code."""
    return re.fullmatch(f"{re.escape(code)}/{PART}", text) is not None
