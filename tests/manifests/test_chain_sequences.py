"""The whole machine of a chain: every sequence of acts to length 5 over three agencies (chain.md, C3)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from manifests import bodies
from manifests.chain import ChainState, OrderViolated
from manifests.digest import identity
from tests.manifests.acting import EVENT, OUTSIDE, actor, after, seized
from tests.vectors.pen import A_LEDGER, NOT_MEASURED, SIGNED_PAPER, Pen, release_to
from tests.vectors.people import AMINA, COURT, GRACE, JANE, JOSEPH, KIBRA, LAB, PETER, Officer, Root


@dataclass(frozen=True)
class Oracle:
    """Where an exhibit is, told a second time and as plainly as possible."""

    holder: Officer
    place: str = "held"
    to: Root | Officer | None = None


CREW = (JANE, JOSEPH, PETER, AMINA)
SUPERVISORS = {JANE}
ACTS: dict[str, Root | Officer | None] = {
    "event": None, "release to LAB": LAB, "release to COURT": COURT, "release to KIBRA": KIBRA,
    "release to JOSEPH": JOSEPH, "receipt": None, "recall": None, "outside": None, "back": None, "takeover": None,
    "void": None,
}  # fmt: skip


def expected(was: Oracle, act: str, who: Officer) -> Oracle | None:
    """What should become of it; None where the act may not follow."""
    pen, holds = who.code == was.holder.code, who is was.holder
    if was.place == "released":
        assert was.to is not None
        named = who is was.to if isinstance(was.to, Officer) else who.code == was.to.code
        if act == "receipt" and named and not holds:
            return Oracle(who)
        return Oracle(was.holder) if act == "recall" and pen and (holds or who in SUPERVISORS) else None
    takes_over = act == "takeover" and pen and who in SUPERVISORS and not holds
    if was.place == "outside":
        return Oracle(who) if takes_over or (act == "back" and pen) else None
    if was.place == "void":
        return None
    if act.startswith("release"):
        to = ACTS[act]
        elsewhere = isinstance(to, Officer) and (to is who or to.code != who.code)
        return Oracle(was.holder, "released", to) if holds and not elsewhere else None
    if act in ("outside", "void"):
        return Oracle(was.holder, act) if holds else None
    if act == "event":
        return was if pen else None
    return Oracle(who) if takes_over else None


def body_of(act: str, state: ChainState) -> bodies.Body:
    """The body of an act that answers whatever there is to answer."""
    if act.startswith("release"):
        to = ACTS[act]
        assert to is not None
        return release_to(to)
    open_release = state.release.digest if state.release else identity(b"no release")
    handed = state.outside.digest if state.outside else identity(b"nothing outside")
    made: dict[str, bodies.Body] = {
        "event": EVENT,
        "receipt": bodies.Receipt(release=open_release, media=NOT_MEASURED, ledger=A_LEDGER),
        "recall": bodies.Recall(release=open_release, because="lost"),
        "outside": OUTSIDE,
        "back": bodies.TakenBack(handed=handed, paper=SIGNED_PAPER),
        "takeover": bodies.Takeover(holder=state.holder.name, service_no=state.holder.service_no, because="dead"),
        "void": bodies.Void(because="x"),
    }
    return made[act]


def tries(state: ChainState, was: Oracle) -> Iterator[tuple[ChainState, Oracle]]:
    """Every act by everybody: taken exactly where the oracle says so, and otherwise without a trace."""
    for act in ACTS:
        body = body_of(act, state)
        for who in CREW:
            wanted = expected(was, act, who)
            before = replace(state)
            try:
                now = after(state, body, who, witnesses=(GRACE.person(),))
            except OrderViolated:
                assert wanted is None, (was, act, who.name)
                assert state == before
                continue
            assert wanted is not None, (was, act, who.name)
            yield now, wanted


def one_holder(state: ChainState, was: Oracle) -> None:
    """Exactly one holder, a named person with the pen; and the exhibit is in one situation only."""
    assert state.holder in [actor(each) for each in CREW]
    assert state.holder == actor(was.holder)
    assert state.register == was.holder.register
    assert (state.release is not None, state.outside is not None, state.ended is not None) == (
        was.place == "released", was.place == "outside", was.place == "void",
    )  # fmt: skip


def test_every_sequence_of_five_acts_leaves_exactly_one_holder() -> None:
    level = [(seized(), Oracle(JANE))]
    sizes = []
    for _ in range(5):
        level = [reached for state, was in level for reached in tries(state, was)]
        for state, was in level:
            one_holder(state, was)
        sizes.append(len(level))
    assert sizes[0] == 8
    assert sizes[4] > 1000


def test_a_long_story_rests_on_the_same_rules() -> None:
    """The same chain through signatures and verification: the state is the one the rules give."""
    from manifests.verify import verify_chain
    from tests.vectors.pen import trusted

    pen = Pen()
    pen.seize(JANE)
    pen.release(JANE, LAB)
    pen.receive(PETER)
    pen.release(PETER, COURT)
    pen.recall(PETER)
    pen.release(PETER, COURT)
    pen.receive(AMINA)
    report = verify_chain(pen.chain_files(), trusted())
    assert report.state is not None
    assert (report.state.holder.name, report.state.position) == ("Amina Hassan", 7)
    assert {finding.code for finding in report.findings} == {"physical-exhibit"}
