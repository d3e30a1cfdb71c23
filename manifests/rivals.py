"""What contradicts a chain and is kept apart from it: who is to blame, and what it means (docs/spec/chain.md, C1, C6).

Evidence of wrongdoing by one person is never booked on another's exhibit: only a record that the chain's own rules
would let stand at that place contradicts the chain. Each is judged by the state of the branch that it stands in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from manifests import bodies, chain
from manifests.chain import ChainState, OrderViolated
from manifests.findings import Finding, Severity
from manifests.report import VerifiedRecord

Key = tuple[str, str]
"""A record and its signature, by their identities: what the next record binds."""


@dataclass(kw_only=True)
class Branches:
    """The chain and what contradicts it, as one tree."""

    chain: str
    done: Sequence[VerifiedRecord]
    states: dict[Key, ChainState]
    """Where the exhibit stands after each record that may stand, in the chain or in a branch."""
    standing: list[VerifiedRecord] = field(default_factory=list)
    """The rivals that may stand where they say."""
    strays: list[tuple[VerifiedRecord, str]] = field(default_factory=list)
    """Those that may not, and why."""

    def findings(self) -> Iterator[Finding]:
        """What the rivals mean for the exhibit."""
        for rival, why in self.strays:
            yield from self._stray(rival, why)
        for rival in self.standing:
            here = next((v for v in self.done if v.record.position == rival.record.position), None)
            if here is not None and here.record.envelope.previous == rival.record.envelope.previous:
                yield from self._against(here, rival)
        if self._unfinished:
            text = "a settlement is here and is not carried out: custody settle with the same file does that"
            yield Finding(code="commit-unfinished", subject=self.chain, text=text)

    @property
    def set_aside(self) -> tuple[VerifiedRecord, ...]:
        """The records that a settlement let fall, and those behind them: the ledger may have their lines (G5)."""
        fallen = {falls_in(body) for body in self._settlements([*self.done, *self.standing])}
        found: list[VerifiedRecord] = []
        for rival in self.standing:
            before = rival.record.envelope.previous
            behind = before is not None and any(before.record == each.record.digest for each in found)
            if rival.record.digest in fallen or behind:
                found.append(rival)
        return tuple(found)

    @property
    def _unfinished(self) -> bool:
        """Whether a settlement by others lies in a branch, and this chain is still the other one."""
        done = {body.agreement for body in self._settlements(self.done)}
        return any(body.agreement not in done for body in self._settlements(self.standing))

    def _settlements(self, among: Iterable[VerifiedRecord]) -> Iterator[bodies.Settlement]:
        yield from (v.record.body for v in among if isinstance(v.record.body, bodies.Settlement))

    def _explanation(self, rival: VerifiedRecord) -> bodies.StrayExplained | None:
        """What a supervisor, other than who signed it, says that a rival is."""
        said = [v.record.body for v in self.done if v.actor.person != rival.actor.person]
        found = [b for b in said if isinstance(b, bodies.StrayExplained) and b.record == rival.record.digest]
        return found[-1] if found else None

    def _stray(self, rival: VerifiedRecord, why: str) -> Iterator[Finding]:
        said = self._explanation(rival)
        text = f"{rival.record.kind} by {rival.actor}: {why}" + _in_words(said)
        yield _finding("stray-record", self.chain, rival, text)
        for doubt in doubts_about(rival) if said is None else ():
            yield _finding(doubt.code, self.chain, rival, doubt.text)

    def _against(self, here: VerifiedRecord, rival: VerifiedRecord) -> Iterator[Finding]:
        said = self._explanation(rival)
        code = self._code(here, rival, said)
        if code is not None:
            text = f"{here.record.kind} by {here.actor}; {rival.record.kind} by {rival.actor}" + _in_words(said)
            yield _finding(code, self.chain, rival, text, here)

    def _code(self, here: VerifiedRecord, rival: VerifiedRecord, said: bodies.StrayExplained | None) -> str | None:
        if answers_one_release(here, rival):
            pair = {here.record.digest, rival.record.digest}
            settlements = self._settlements([*self.done, *self.standing])
            settled = any({body.receipt, body.recall} == pair for body in settlements)
            return None if settled else "hand-over-contested"
        if here.record.position == 1 and here.actor.register_id != rival.actor.register_id:
            return "name-collision"
        return "fork" if said is None else "fork-explained"


def judge_rivals(
    chain_id: str, done: Sequence[VerifiedRecord], states: dict[Key, ChainState], rivals: Iterable[VerifiedRecord]
) -> Branches:
    """Sort what contradicts a chain into what may stand there and what may not.

    `rivals` are records with sound signatures. A record of the chain itself, kept apart once more, is none.
    """
    found = Branches(chain=chain_id, done=done, states=dict(states))
    unique = {key_of(rival): rival for rival in rivals if key_of(rival) not in states}
    for key, rival in sorted(unique.items(), key=lambda each: each[1].record.position):
        try:
            found.states[key] = _place(found.states, rival)
        except OrderViolated as err:
            found.strays.append((rival, err.message))
        else:
            found.standing.append(rival)
    return found


def _place(states: dict[Key, ChainState], rival: VerifiedRecord) -> ChainState:
    """The state after a rival, in the branch that it stands in; raises OrderViolated where it may not stand."""
    record, actor = rival.record, rival.actor
    bad = next((f for f in rival.findings if f.severity is Severity.REFUTES), None) or next(doubts_about(rival), None)
    if bad is not None:
        raise OrderViolated(f"{bad.meaning.text}: {bad.text}")
    if not actor.known:
        raise OrderViolated("signed under a root that is not trusted here")
    before = record.envelope.previous
    if before is None:
        if actor.root != record.envelope.chain.root:
            raise OrderViolated("the chain names another root than its opener's")
        return chain.begin(record, actor)
    state = states.get((before.record, before.signature))
    if state is None:
        raise OrderViolated("it follows no record that is here")
    if record.body is None and actor.register_id != state.pen:
        raise OrderViolated("a record of a later version, by a register without the pen")
    return chain.follow(state, record, actor)


def doubts_about(rival: VerifiedRecord) -> Iterator[Finding]:
    """What makes it open whether the signer of a rival was entitled to sign at all."""
    yield from (each for each in rival.findings if each.code == "certificate-revoked")


def answers_one_release(one: VerifiedRecord, other: VerifiedRecord) -> bool:
    """Whether the two are a receipt and a recall of the same release, which contest each other (C6)."""
    pair = {type(v.record.body): v.record.body for v in (one, other)}
    receipt, recall = pair.get(bodies.Receipt), pair.get(bodies.Recall)
    if not isinstance(receipt, bodies.Receipt) or not isinstance(recall, bodies.Recall):
        return False
    return receipt.release == recall.release and one.record.envelope.previous == other.record.envelope.previous


def falls_in(body: bodies.Settlement | bodies.SettlementAgreed) -> str:
    """The identity of the answer that does not stand."""
    return body.recall if body.stands == "receipt" else body.receipt


def key_of(opened: VerifiedRecord) -> Key:
    return opened.record.digest, opened.signature


def _in_words(said: bodies.StrayExplained | None) -> str:
    return f"; explained: {said.what}: {said.statement}" if said else ""


def _finding(code: str, chain_id: str, rival: VerifiedRecord, text: str, here: VerifiedRecord | None = None) -> Finding:
    facts = {"rival": rival.record.digest} | ({"here": here.record.digest} if here else {})
    return Finding(code=code, subject=f"{chain_id} {rival.record.position:04d}", text=text, facts=facts)
