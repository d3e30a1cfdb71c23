"""Hand-overs to and from people without a key, on a signed paper (docs/spec/chain.md, C8)."""

from custody.acts import exhibits
from custody.acts.desk import Desk, Written
from custody.acts.exhibits import Circumstances
from manifests import bodies
from manifests.errors import NotAllowedError
from manifests.shapes import Outsider, Paper, SealReading


def hand_out(
    desk: Desk, chain: str, to: Outsider, purpose: str, paper: Paper, answer_by: str | None, how: Circumstances
) -> Written:
    """Record that a person without a key took the exhibit; the same paper twice is written once."""
    state = desk.state(chain)
    handed = state.outside.body if state.outside else None
    if state.outside and isinstance(handed, bodies.HandedOutside) and (handed.to, handed.paper) == (to, paper):
        return Written(record=state.outside, already=True)
    until = exhibits.answer_by(desk, answer_by)
    body = bodies.HandedOutside(to=to, purpose=purpose, paper=paper, answer_by=until, seals=state.seals)
    return exhibits.one(desk, chain, body, how)


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
