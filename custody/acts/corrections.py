"""What is put right by a later record: corrections, and manifests that are not of their exhibit (C16)."""

from dataclasses import dataclass

from custody.acts import exhibits
from custody.acts.desk import Desk, Written
from custody.acts.exhibits import Circumstances, moment
from manifests import bodies
from manifests.errors import NotAllowedError, UsageError
from manifests.names import chain_type, parse_name
from manifests.shapes import WHY_WITHDRAWN


@dataclass(frozen=True, kw_only=True)
class Right:
    """What is right about an earlier record."""

    statement: str
    seal: str | None = None
    """The number of the seal that the record put on."""
    clock: str | None = None
    """What the time really was, as a person types it."""


def chain_named(desk: Desk, name: str) -> str:
    """The chain of an exhibit, a case or the register itself."""
    if name == desk.name:
        return name
    return exhibits.chain_of(desk, name) if parse_name(name).exhibit else exhibits.case_of(desk, name)


def correct(desk: Desk, chain: str, position: int, right: Right, how: Circumstances) -> Written:
    """State what is right about an earlier record, which stays as it is; the same twice is written once."""
    if not desk.register.has(chain):
        raise UsageError(f"there is no {chain} here", "see what is here: custody status")
    report = desk.sound(chain)
    found = [v.record for v in report.records if v.record.position == position]
    if not found:
        raise UsageError(f"{chain} has no record {position}", f"see them: custody log {chain.split(':', 1)[-1]}")
    body = bodies.Correction(
        corrects=found[0].digest,
        position=position,
        statement=right.statement,
        seal=right.seal,
        clock=moment(right.clock) if right.clock is not None else None,
    )
    if right.seal is not None and not isinstance(found[0].body, bodies.Seal):
        raise UsageError(
            f"record {position} puts no seal on", f"name the one that does: custody log {chain.split(':', 1)[-1]}"
        )
    if report.records[-1].record.body == body:
        return Written(record=report.records[-1].record, already=True)
    if chain_type(chain) == "exhibit":
        return exhibits.one(desk, chain, body, how)
    return exhibits.write(desk, [exhibits.draft(desk, chain, body, how)], how)[0]


def withdraw(desk: Desk, chain: str, position: int, because: str, statement: str, how: Circumstances) -> Written:
    """Withdraw a manifest that is not of the exhibit's contents; the same twice is written once."""
    if because not in WHY_WITHDRAWN:
        raise UsageError(f"not a reason to withdraw: {because}", "one of " + ", ".join(WHY_WITHDRAWN))
    state = desk.state(chain)
    named = next((m for m in (*state.manifests, *state.withdrawn) if m.position == position), None)
    if named is None:
        known = ", ".join(str(m.position) for m in state.manifests) or "none"
        raise UsageError(f"record {position} of {chain} is no manifest", f"manifests of it: {known}")
    body = bodies.ManifestWithdrawal(manifest=named.digest, position=position, because=because, statement=statement)
    same = [v.record for v in desk.sound(chain).records if v.record.body == body]
    if same:
        return Written(record=same[-1], already=True)
    if named in state.withdrawn:
        raise NotAllowedError(f"record {position} is withdrawn already", f"see: custody log {chain.split(':', 1)[1]}")
    return exhibits.one(desk, chain, body, how)
