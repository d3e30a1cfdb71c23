"""Saying, signed by a supervisor, what a record in quarantine is (docs/spec/chain.md, C13)."""

from custody.acts import exhibits
from custody.acts.desk import Desk, Written
from custody.acts.exhibits import Circumstances, draft
from manifests import bodies
from manifests.digest import PREFIX
from manifests.errors import NotAllowedError, UsageError
from manifests.findings import Finding
from manifests.report import ChainReport
from manifests.shapes import RIVAL_FINDINGS, WHAT_RIVALS_ARE

SHORTEST = 8
"""How many digits of an identity a person types at least."""


def explain(desk: Desk, chain: str, record: str, what: str, statement: str, how: Circumstances) -> Written:
    """Sign what one record in quarantine is; the same twice is written once."""
    if what not in WHAT_RIVALS_ARE:
        raise UsageError(f"not a word for it: {what}", "one of " + ", ".join(WHAT_RIVALS_ARE))
    report = desk.read(chain)
    found = _about(report, record)
    digest, position = found.facts["rival"], int(found.subject.rsplit(" ", 1)[1])
    for opened in report.records:
        said = opened.record.body
        if isinstance(said, bodies.StrayExplained) and (said.record, said.what, said.statement) == (
            digest, what, statement,
        ):  # fmt: skip
            return Written(record=opened.record, already=True)
    body = bodies.StrayExplained(
        record=digest, position=position, found=_code(found), what=what, statement=statement
    )  # fmt: skip
    opened_keys = exhibits.hands(desk, how)
    answers = frozenset({"fork"})
    return desk.write([draft(desk, chain, body, how)], opened_keys.signer, opened_keys.witnesses, answers=answers)[0]


def _about(report: ChainReport, record: str) -> Finding:
    """The finding about the one record in quarantine whose identity begins so; raises NotAllowedError, UsageError."""
    digits = record.removeprefix(PREFIX).lower()
    if len(digits) < SHORTEST:
        raise UsageError(
            f"too short for an identity: {record[:80]}", f"at least {SHORTEST} digits, from the file's name"
        )
    rivals = [f for f in report.findings if "rival" in f.facts]
    found = {f.facts["rival"]: f for f in rivals if f.facts["rival"].removeprefix(PREFIX).startswith(digits)}
    if len(found) != 1:
        known = ", ".join(sorted({f.facts["rival"].removeprefix(PREFIX)[:16] for f in rivals})) or "none"
        raise NotAllowedError(f"no record {record[:80]} is kept apart from {report.id}", f"there are: {known}")
    return next(iter(found.values()))


def _code(found: Finding) -> str:
    """What the record was found to be, before anybody explained it."""
    if found.code == "hand-over-contested":
        raise NotAllowedError("a contested hand-over is not explained away", "settle it: custody settle")
    code = "fork" if found.code == "fork-explained" else found.code
    return code if code in RIVAL_FINDINGS else "stray-record"
