"""The small shapes that envelope and bodies share, and the closed words that they may hold (record.md, R8)."""

import re
from typing import Annotated

import msgspec

from manifests.digest import Digest
from manifests.names import ChainId, Name
from manifests.times import Day
from manifests.verdict import Verdict

STEERING = "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069"
"""What no text may hold (R5): it would move a cursor, end a line or turn a word round."""
MOST_LETTERS = 4000
"""Of one text."""
# `$` alone would let a last line feed pass.
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_LETTERS, pattern=rf"^[^{STEERING}]*$(?!\n)")]
Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 53) - 1)]

HOW_SEIZED = ("seized", "surrendered", "supplied", "received-online")
HOW_DERIVED = ("image", "extraction", "working-copy", "copy", "selection", "report")
SCOPES = ("files", "stored-image", "media")
HOW_CHECKED = ("measured", "pieces", "relied-on", "later", "none", "not-read", "seal-intact")
RECALL_REASONS = ("refused", "never-sent", "returned", "lost", "expired")
TAKEOVER_REASONS = ("dead", "dismissed", "key-lost", "absent")
WHY_WITHDRAWN = ("wrong-contents", "other-exhibit", "incomplete", "sealed-twice")
WHY_REVOKED = ("key-compromised", "key-lost", "left", "dismissed", "superseded", "enrolled-by-mistake")
HOW_COMPARED = ("typed", "option")
ANSWERS = ("receipt", "recall")
RIVAL_FINDINGS = ("fork", "name-collision", "stray-record")
WHAT_RIVALS_ARE = ("mistake", "second-copy", "name-used-twice", "not-entitled", "key-misused")
_STEERING = re.compile(f"[{STEERING}]")
VERDICTS = tuple(verdict.value for verdict in Verdict)


def inert(text: str) -> str:
    """A text of evidence as a record may hold it: what no text may hold is escaped."""
    return _STEERING.sub(lambda found: ascii(found[0])[1:-1], text)


def one_of(words: tuple[str, ...]) -> msgspec.Meta:
    """What a field is annotated with that holds one of these words and nothing else."""
    # `$` alone would let a last line feed pass.
    return msgspec.Meta(pattern=rf"^({'|'.join(words)})$(?!\n)", extra_json_schema={"enum": list(words)})


class Closed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A closed shape: unknown fields are refused, unset ones left out."""


class Person(Closed, frozen=True, kw_only=True):
    """Who signs; each field is checked against the certificate (S4)."""

    name: Text
    rank: Text
    service_no: Text
    agency: Name
    register: ChainId
    register_id: Digest | None = None
    """Identity of the register's first journal record; only that record itself has none (R3)."""
    certificate: Digest
    second_certificate: Digest | None = None


class Authority(Closed, frozen=True, kw_only=True):
    """The lawful authority for an act; `ref` is the case's own word for it, `scan` a paper's identity."""

    kind: Text
    number: Text
    ref: Name | None = None
    issued_by: Text | None = None
    issued_on: Day | None = None
    scan: Digest | None = None


class Paper(Closed, frozen=True, kw_only=True):
    """A document or photograph kept beside the records, by its identity; its own name is not evidence."""

    name: Text
    sha256: Digest
    size: Count


class Outsider(Closed, frozen=True, kw_only=True):
    """A person without a key here: an owner, a courier, a chemist."""

    name: Text
    id: Text | None = None


class Noticed(Closed, frozen=True, kw_only=True):
    """A finding as one record carries it: code, subject, plain text."""

    code: Name
    subject: Text
    text: Text


class SealReading(Closed, frozen=True, kw_only=True):
    """A seal at a hand-over: the number as read, and the one the records expect."""

    observed: Text | None = None
    expected: tuple[Text, ...] = ()


class MediaCheck(Closed, frozen=True, kw_only=True):
    """What was done about contents at a hand-over or verification.

    `how`: measured (now), pieces (now, large files by their pieces only), relied-on (a `verification` record not too
    old), later (owed), none (never measured), not-read (not this time), seal-intact (not opened: `seal` was put on
    after the last reading, and is whole).
    """

    how: Annotated[str, one_of(HOW_CHECKED)]
    items: Count | None = None
    bytes: Count | None = None
    findings: tuple[Noticed, ...] = ()
    verification: Digest | None = None
    seal: Text | None = None


class Workers(Closed, frozen=True, kw_only=True):
    """Other computers that read media for the signer: the digests of a verification rest on their word (U6)."""

    engine: Name
    count: Count
    """The most at once, as their scheduler says."""


class LedgerHead(Closed, frozen=True, kw_only=True):
    """Size and Merkle root of a register's ledger (G5)."""

    size: Count
    root: Digest
