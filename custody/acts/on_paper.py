"""Hand-overs to and from people without a key, on a signed paper (docs/spec/chain.md, C8)."""

from custody.acts import exhibits
from custody.acts.desk import Desk, Written
from custody.acts.exhibits import Circumstances
from manifests import bodies
from manifests.errors import NotAllowedError
from manifests.shapes import Outsider, Paper, SealReading


def hand_out(
    desk: Desk,
    chains: tuple[str, ...],
    to: Outsider,
    purpose: str,
    paper: Paper,
    answer_by: str | None,
    how: Circumstances,
) -> list[Written]:
    """Record that a person without a key took exhibits, all or none; the same paper twice is written once."""
    states = [desk.state(chain) for chain in chains]
    done: dict[str, Written] = {}
    for state in states:
        handed = state.outside.body if state.outside else None
        if state.outside and isinstance(handed, bodies.HandedOutside) and (handed.to, handed.paper) == (to, paper):
            done[state.id] = Written(record=state.outside, already=True)
    until = exhibits.answer_by(desk, answer_by)
    drafts = [
        exhibits.draft(
            desk,
            state.id,
            bodies.HandedOutside(to=to, purpose=purpose, paper=paper, answer_by=until, seals=state.seals),
            how,
        )
        for state in states
        if state.id not in done
    ]
    if drafts:
        done |= {written.record.chain: written for written in exhibits.write(desk, drafts, how)}
    return [done[chain] for chain in chains]


def take_back(
    desk: Desk, chain: str, paper: Paper, condition: str | None, seal: str | None, how: Circumstances
) -> Written:
    """Record that the exhibit came back; the same paper twice is written once."""
    state = desk.state(chain)
    last = state.head.body
    if isinstance(last, bodies.TakenBack) and last.paper == paper:
        return Written(record=state.head, already=True)
    if state.outside is None or not isinstance(state.outside.body, bodies.HandedOutside):
        raise NotAllowedError(f"{chain} is not held outside", f"see: custody log {chain}")
    expected = state.outside.body.seals
    reading = SealReading(observed=seal, expected=expected) if expected or seal else None
    body = bodies.TakenBack(handed=state.outside.digest, paper=paper, seal=reading, condition=condition)
    return exhibits.one(desk, chain, body, how)
