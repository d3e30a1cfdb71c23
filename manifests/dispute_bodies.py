"""The bodies of records that settle a hand-over, or say what a contradicting record is (docs/spec/record.md, R6)."""

from typing import Annotated

from manifests.digest import Digest
from manifests.names import ChainId
from manifests.shapes import ANSWERS, RIVAL_FINDINGS, WHAT_RIVALS_ARE, Closed, Count, Text, one_of


class SettlementAgreed(Closed, frozen=True, kw_only=True):
    """In the journal of the agency whose record falls (C6)."""

    exhibit: ChainId
    release: Digest
    position: Count
    """Where the release stands in the exhibit's chain."""
    receipt: Digest
    recall: Digest
    stands: Annotated[str, one_of(ANSWERS)]


class Settlement(Closed, frozen=True, kw_only=True):
    """In the exhibit's chain, behind the answer that stands (C6)."""

    release: Digest
    position: Count
    receipt: Digest
    recall: Digest
    stands: Annotated[str, one_of(ANSWERS)]
    agreement: Digest
    """The `settlement-agreed` record of the other agency."""


class StrayExplained(Closed, frozen=True, kw_only=True):
    """What a record is that contradicts the chain and is kept apart from it (C13)."""

    record: Digest
    position: Count
    """The position that it claims."""
    found: Annotated[str, one_of(RIVAL_FINDINGS)]
    """The finding about it when this was written."""
    what: Annotated[str, one_of(WHAT_RIVALS_ARE)]
    statement: Text
