"""Numbered seals on exhibits (docs/spec/chain.md, C9)."""

from collections.abc import Callable

import msgspec

from custody.acts.desk import Desk, Written
from custody.acts.exhibits import Circumstances, one
from custody.edges.register import record_names
from manifests import bodies, seals
from manifests.chain import ChainState
from manifests.errors import NotAllowedError, UsageError
from manifests.seals import written_as
from manifests.shapes import MediaCheck


def seal_bag(
    desk: Desk, chain: str, body: bodies.Seal, how: Circumstances, *, may_share: Callable[[list[str]], bool]
) -> Written:
    """Put a numbered seal on an exhibit, or another in its place.

    `may_share` is asked where other exhibits of the case carry the number.
    """
    report = desk.sound(chain)
    on = desk.state(chain).seals
    said = (body.number, body.replaces, body.condition)
    same = [
        v.record for v in report.records
        if isinstance(b := v.record.body, bodies.Seal) and (b.number, b.replaces, b.condition) == said
    ]  # fmt: skip
    if same and written_as(body.number, on) is not None:
        return Written(record=same[-1], already=True)
    if written_as(body.number, on) is not None:
        raise NotAllowedError(f"the seal {body.number} is on {chain} already", "see it: custody show")
    if body.replaces is not None and written_as(body.replaces, on) is None:
        raise NotAllowedError(f"{chain} has no seal {body.replaces}", f"seals on it: {', '.join(on) or 'none'}")
    others = _carrying(desk, chain, body.number)
    if others and not may_share(others):
        raise NotAllowedError(
            f"{', '.join(others)} carries the seal {body.number} already",
            "read the number on the bag again",
            "where they lie in one bag, say so: --shared",
        )
    return one(desk, chain, msgspec.structs.replace(body, shared_with=tuple(others)), how)


def _carrying(desk: Desk, chain: str, number: str) -> list[str]:
    """The other exhibits of the same case that carry a seal of this number now."""
    found = []
    for other in desk.register.exhibits(chain.split("/")[0]):
        names = record_names(desk.register.folder(other)) if other != chain else []
        if any(name.endswith(("-seal.json", "-correction.json")) for name in names):
            state = desk.read(other).state
            found += [other] if state is not None and written_as(number, state.seals) is not None else []
    return found


def unread_under(state: ChainState, number: str, paths: tuple[str, ...] | None) -> MediaCheck:
    """What a release says of contents that stay in their bag; raises where the seal does not stand for them (C10)."""
    name = state.id.split(":", 1)[1]
    if paths:
        raise UsageError(f"{name}: contents are read, or stay under their seal", "--media DIR, or --seal-intact NUMBER")
    if state.owed:
        raise NotAllowedError(
            f"the contents of {state.id} are owed: no seal stands for them",
            f"check them: custody verify {name} --media DIR --record",
        )
    seals.check_intact(state.bags, state.measured_at, number)
    return MediaCheck(how="seal-intact", seal=number)
