"""The rules of a chain: who may do what next (chain.md, C2 to C12)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest

from manifests import bodies, chain
from manifests.chain import Actor, ChainState, OrderViolated
from manifests.digest import identity
from manifests.records import KIND_OF, ChainPlace, Envelope, Previous, Record
from manifests.shapes import Authority, MediaCheck
from tests.vectors.pen import CASE, EXHIBIT, NOT_MEASURED, OWNER, SEIZURE, SIGNED_PAPER, TOOL, Pen, release_to
from tests.vectors.people import AMINA, COURT, EVE, GRACE, JANE, JOSEPH, KIBRA, LAB, LUCY, PETER, Officer, Root

WARRANT = Authority(kind="order", number="E7/2027")
ROLES = {JANE: ("officer", "supervisor", "administrator"), GRACE: ("officer", "supervisor")}


def actor(officer: Officer, **other: Any) -> Actor:
    """Whom a checked certificate names."""
    root = {"KIBRA": KIBRA, "LAB": LAB, "COURT": COURT}[officer.code].fingerprint
    facts: dict[str, Any] = {
        "root": "?KIBRA" if officer is EVE else root, "service_no": officer.service_no, "name": officer.name,
        "rank": officer.rank, "agency": officer.code, "register": officer.register,
        "key": identity(officer.certificate), "roles": ROLES.get(officer, ("officer",)),
    }  # fmt: skip
    return Actor(**{**facts, **other})


def record(state: ChainState | None, body: bodies.Body, who: Officer, **other: Any) -> Record:
    """The next record, without a signature: these rules know nothing of signatures."""
    position = state.position + 1 if state else 1
    before = Previous(record=state.head.digest, signature=identity(b"")) if state else None
    facts: dict[str, Any] = {
        "format": "custody/record/1", "kind": KIND_OF[type(body)], "previous": before, "nonce": "0" * 32,
        "chain": ChainPlace(id=EXHIBIT, position=position, root=KIBRA.fingerprint), "body": msgspec.Raw(b"{}"),
        "occurred_at": "2026-11-20T09:00:00+03:00", "recorded_at": "2026-11-20T09:00:00+03:00",
        "by": who.person(), "tool": TOOL,
    }  # fmt: skip
    digest = identity(f"{position} {before} {body} {who.name}".encode())
    return Record(envelope=Envelope(**{**facts, **other}), body=body, data=b"", digest=digest)


def after(state: ChainState, body: bodies.Body, who: Officer, **other: Any) -> ChainState:
    return chain.follow(state, record(state, body, who, **other), actor(who))


def seized(who: Officer = JANE) -> ChainState:
    return chain.begin(record(None, SEIZURE, who), actor(who))


def released(to: Root | Officer = LAB) -> ChainState:
    return after(seized(), release_to(to), JANE)


def answer(state: ChainState, **other: Any) -> bodies.Receipt:
    return bodies.Receipt(**{"release": state.head.digest, "media": NOT_MEASURED, **other})


def recall(state: ChainState) -> bodies.Recall:
    return bodies.Recall(release=state.head.digest, because="never-sent")


OUTSIDE = bodies.HandedOutside(
    to=OWNER, purpose="repair", paper=SIGNED_PAPER, answer_by="2026-12-04T09:00:00+03:00"
)  # fmt: skip
TAKEOVER = bodies.Takeover(holder="Jane Wanjiku", service_no="112233", because="dead")
EVENT = bodies.Event(word="incident", description="the bag was wet")
WITNESSED: dict[str, Any] = {"authority": WARRANT, "witnesses": (JOSEPH.person(),)}


def violates(state: ChainState, body: bodies.Body, who: Officer, code: str = "order-violated", **other: Any) -> str:
    before = replace(state)
    with pytest.raises(OrderViolated) as caught:
        after(state, body, who, **other)
    assert state == before
    assert caught.value.code == code
    return caught.value.message


# --- C2: first records -------------------------------------------------------


def test_who_seizes_is_the_holder_and_has_the_pen() -> None:
    state = seized()
    assert (state.holder, state.register, state.situation) == (actor(JANE), "KIBRA/desk", "held")


def test_a_chain_is_opened_by_the_agency_it_is_named_after() -> None:
    for who in (PETER, AMINA):
        with pytest.raises(OrderViolated, match="cannot open an exhibit"):
            chain.begin(record(None, SEIZURE, who), actor(who))


@pytest.mark.parametrize("body", [EVENT, release_to(LAB), bodies.Void(because="x"), bodies.CaseOpened(title="x")])
def test_a_chain_begins_with_seizure_or_derivation(body: bodies.Body) -> None:
    with pytest.raises(OrderViolated, match="begins with"):
        chain.begin(record(None, body, JANE), actor(JANE))


def test_nothing_is_seized_twice() -> None:
    violates(seized(), SEIZURE, JANE)
    violates(
        seized(), bodies.Derivation(how="image", parent=EXHIBIT, parent_record=identity(b""), description="x"), JANE
    )


def test_records_of_journals_and_cases_do_not_stand_in_an_exhibits_chain() -> None:
    assert "does not stand" in violates(seized(), bodies.CaseOpened(title="x"), JANE)
    refusal = bodies.Refusal(exhibit=EXHIBIT, release=identity(b""), position=2)
    assert "does not stand" in violates(seized(), refusal, JANE)


# --- C1: the line ------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        {"chain": ChainPlace(id=EXHIBIT, position=3, root=KIBRA.fingerprint)},
        {"chain": ChainPlace(id=EXHIBIT, position=1, root=KIBRA.fingerprint)},
        {"chain": ChainPlace(id=EXHIBIT, position=2, root=LAB.fingerprint)},
        {"previous": Previous(record=identity(b"other"), signature=identity(b""))},
        {"previous": None},
    ],
    ids=["a gap", "the same number", "another root", "another record before", "nothing before"],
)
def test_a_record_follows_the_one_before_it(other: dict[str, Any]) -> None:
    violates(seized(), EVENT, JANE, "chain-broken", **other)


def test_an_unknown_kind_changes_nothing_but_the_head() -> None:
    for state in (seized(), released()):
        later = replace(record(state, EVENT, EVE), body=None)
        then = chain.follow(state, later, actor(EVE))
        assert then == replace(state, head=later, digests=(*state.digests, later.digest))


# --- C3: what may follow -----------------------------------------------------

MANIFEST = bodies.Manifest(
    scope="files", algorithms=("sha256",), items=0, measured=0, bytes=0, started_at="2026-11-20T09:00:00Z",
    finished_at="2026-11-20T09:00:00Z", entries=bodies.BoundTree(sha256=identity(b""), count=0, root="0" * 64),
)  # fmt: skip
ORDINARY: dict[str, bodies.Body] = {
    "manifest": MANIFEST,
    "seal": bodies.Seal(number="S-1"),
    "derived": bodies.Derived(child=EXHIBIT + "-COPY", how="image", description="x"),
    "event": EVENT,
    "verification": bodies.Verification(manifests=(), verdict="CONFIRMED", media=NOT_MEASURED),
    "correction": bodies.Correction(corrects=seized().head.digest, position=1, statement="it was blue"),
}
BY_HOLDER: dict[str, bodies.Body] = {
    "release": release_to(LAB),
    "handed-outside": OUTSIDE,
    "return": bodies.Return(to=OWNER),
    "disposal": bodies.Disposal(method="shredded"),
    "void": bodies.Void(because="opened by mistake"),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_anyone_of_the_register_with_the_pen_may_write_what_is_ordinary(kind: str) -> None:
    for who in (JANE, JOSEPH, GRACE):
        assert after(seized(), ORDINARY[kind], who).holder == actor(JANE)
    for who in (PETER, AMINA):
        assert "is written in KIBRA/desk" in violates(seized(), ORDINARY[kind], who)


@pytest.mark.parametrize("kind", ORDINARY)
def test_the_other_register_of_the_same_agency_has_no_pen(kind: str) -> None:
    away = actor(JANE, register="KIBRA/field-2")
    with pytest.raises(OrderViolated, match="is written in KIBRA/desk"):
        chain.follow(seized(), record(seized(), ORDINARY[kind], JANE), away)


@pytest.mark.parametrize("kind", BY_HOLDER)
def test_only_the_holder_gives_it_away_or_ends_it(kind: str) -> None:
    after(seized(), BY_HOLDER[kind], JANE, **WITNESSED)
    for who in (JOSEPH, GRACE):
        assert "is not the holder" in violates(seized(), BY_HOLDER[kind], who, **WITNESSED)
    assert "is written in" in violates(seized(), BY_HOLDER[kind], PETER, **WITNESSED)


@pytest.mark.parametrize("kind", ["return", "disposal"])
def test_return_and_disposal_need_an_authority_and_a_witness(kind: str) -> None:
    for missing in WITNESSED:
        kept = {name: value for name, value in WITNESSED.items() if name != missing}
        assert "needs an authority and a witness" in violates(seized(), BY_HOLDER[kind], JANE, **kept)


@pytest.mark.parametrize(("kind", "word"), [("return", "returned"), ("disposal", "disposed"), ("void", "void")])
def test_nothing_but_a_correction_follows_an_end(kind: str, word: str) -> None:
    state = after(seized(), BY_HOLDER[kind], JANE, **WITNESSED)
    assert state.situation == word
    after(state, ORDINARY["correction"], JOSEPH)
    for body in (*ORDINARY.values(), *BY_HOLDER.values(), TAKEOVER, answer(state), recall(state)):
        if not isinstance(body, bodies.Correction):
            violates(state, body, JANE, **WITNESSED)


@pytest.mark.parametrize("kind", [*ORDINARY, *BY_HOLDER])
def test_while_released_only_an_answer_follows(kind: str) -> None:
    assert "no " + kind in violates(released(), {**ORDINARY, **BY_HOLDER}[kind], JANE, **WITNESSED)
    violates(released(), TAKEOVER, GRACE, **WITNESSED)


@pytest.mark.parametrize("kind", [*ORDINARY, *BY_HOLDER])
def test_while_held_outside_only_the_way_back_follows(kind: str) -> None:
    state = after(seized(), OUTSIDE, JANE)
    assert "held outside" in violates(state, {**ORDINARY, **BY_HOLDER}[kind], JANE, **WITNESSED)


def test_a_correction_names_a_record_of_the_same_chain() -> None:
    other = bodies.Correction(corrects=identity(b"another chain"), position=1, statement="x")
    assert "of the same chain" in violates(seized(), other, JANE)


def test_an_event_has_a_word_of_the_table() -> None:
    assert "no such event" in violates(seized(), bodies.Event(word="coffee-break"), JANE)


# --- C4: release and receipt -------------------------------------------------


def test_the_addressee_becomes_the_holder_and_has_the_pen() -> None:
    for who in (PETER, LUCY):
        state = after(released(), answer(released()), who)
        assert (state.holder, state.register, state.release) == (actor(who), "LAB/bench", None)
        violates(state, EVENT, JANE)
        violates(state, release_to(COURT), JANE)


def test_nobody_else_receives() -> None:
    assert "was released to LAB, not to COURT" in violates(released(), answer(released()), AMINA)
    assert "was released to LAB, not to KIBRA" in violates(released(), answer(released()), JOSEPH)


def test_a_second_agency_with_the_same_code_does_not_receive() -> None:
    impostor = actor(PETER, root=identity(b"another root called LAB"))
    with pytest.raises(OrderViolated, match="was released to LAB"):
        chain.follow(released(), record(released(), answer(released()), PETER), impostor)


def test_an_addressee_whose_root_is_not_known_here_is_left_undecided() -> None:
    """The order is not what is wrong then: `signer-unknown` says what is (S5)."""
    unknown = actor(PETER, root="?LAB")
    state = chain.follow(released(), record(released(), answer(released()), PETER), unknown)
    assert state.holder == unknown
    with pytest.raises(OrderViolated):
        chain.follow(released(), record(released(), answer(released()), AMINA), actor(AMINA, root="?COURT"))


def test_one_officer_named_is_the_one_who_receives() -> None:
    state = released(JOSEPH)
    assert after(state, answer(state), JOSEPH).holder == actor(JOSEPH)
    assert "to officer 445566" in violates(state, answer(state), GRACE)


def test_nobody_receives_from_himself() -> None:
    violates(released(KIBRA), answer(released(KIBRA)), JANE, "same-person")


@pytest.mark.parametrize(
    "other",
    [
        {"key": actor(JANE).key},
        {"root": actor(JANE).root, "service_no": JANE.service_no},
        {"root": actor(JANE).root, "service_no": JANE.service_no, "name": "Renamed", "key": identity(b"new key")},
    ],
    ids=["the same key", "the same person", "the same person with a new certificate"],
)
def test_one_person_or_one_key_is_not_two(other: dict[str, str]) -> None:
    state = released(LAB)
    with pytest.raises(OrderViolated) as caught:
        chain.follow(state, record(state, answer(state), PETER), actor(PETER, **other))
    assert caught.value.code == "same-person"


def test_an_answer_names_the_release_it_answers() -> None:
    other = bodies.Receipt(release=identity(b"another release"), media=NOT_MEASURED)
    assert "answers another release" in violates(released(), other, PETER)
    assert "answers another release" in violates(
        released(), bodies.Recall(release=identity(b"x"), because="lost"), JANE
    )


def test_nothing_is_received_that_was_not_released() -> None:
    assert "is held" in violates(seized(), answer(seized()), PETER)
    state = after(released(), answer(released()), PETER)
    assert "is held" in violates(state, answer(released()), LUCY)


# --- C5: recall --------------------------------------------------------------


def test_a_recall_gives_the_exhibit_back_to_the_releaser() -> None:
    for who in (JANE, GRACE):
        state = after(released(), recall(released()), who)
        assert (state.holder, state.situation) == (actor(JANE), "held")
    assert "only" in violates(released(), recall(released()), JOSEPH)
    violates(released(), recall(released()), PETER)


# --- C8: outside the tool ----------------------------------------------------


def test_what_was_handed_out_on_paper_comes_back_on_paper() -> None:
    state = after(seized(), OUTSIDE, JANE)
    back = bodies.TakenBack(handed=state.head.digest, paper=SIGNED_PAPER)
    assert state.situation == "outside"
    assert after(state, back, JOSEPH).holder == actor(JOSEPH)
    other = bodies.TakenBack(handed=identity(b"x"), paper=SIGNED_PAPER)
    assert "another hand-over on paper" in violates(state, other, JOSEPH)
    violates(state, back, PETER)
    violates(seized(), back, JOSEPH)


@pytest.mark.parametrize("start", [seized, lambda: after(seized(), OUTSIDE, JANE)], ids=["held", "held outside"])
def test_a_supervisor_takes_over_with_a_witness(start: Callable[[], ChainState]) -> None:
    state = after(start(), TAKEOVER, GRACE, **WITNESSED)
    assert (state.holder, state.situation, state.taken_over) == (actor(GRACE), "held", True)
    assert "supervisor, with a witness" in violates(start(), TAKEOVER, GRACE)
    assert "supervisor, with a witness" in violates(start(), TAKEOVER, JOSEPH, **WITNESSED)
    assert "already holds" in violates(start(), TAKEOVER, JANE, **WITNESSED)
    assert "is written in" in violates(start(), TAKEOVER, PETER, **WITNESSED)


# --- C9: seals, and contents owed (C3) ---------------------------------------


def test_seals_come_replace_each_other_and_are_broken() -> None:
    state = after(after(seized(), bodies.Seal(number="S-1"), JANE), bodies.Seal(number="S-2"), JOSEPH)
    assert state.seals == ("S-1", "S-2")
    state = after(state, bodies.Seal(number="S-3", replaces="S-1"), JANE)
    assert state.seals == ("S-2", "S-3")
    state = after(state, bodies.Event(word="seal-broken", seal="S-2", condition="torn"), JANE)
    assert state.seals == ("S-3",)


def test_contents_owed_are_settled_by_a_verification_of_the_whole() -> None:
    state = after(after(seized(), MANIFEST, JANE), release_to(LAB), JANE)
    first = state.manifests[0].digest
    state = after(state, answer(state, media=MediaCheck(how="later")), PETER)
    assert state.owed

    def verified(how: str, *manifests: str) -> ChainState:
        checked = bodies.Verification(manifests=manifests, verdict="CONFIRMED", media=MediaCheck(how=how))
        return after(state, checked, LUCY)

    assert verified("measured").owed
    assert verified("none", first).owed
    assert not verified("measured", first).owed
    assert after(state, MANIFEST, PETER).owed


# --- C11 and C12: journals and cases -----------------------------------------


def written(chain_id: str, position: int, body: bodies.Body, who: Officer) -> Record:
    place = ChainPlace(id=chain_id, position=position, root=KIBRA.fingerprint)
    return record(None, body, who, chain=place)


OPENED = bodies.RegisterOpened(agency="Kibra Police Station", code="KIBRA", register="desk", root_certificate="AA==")
ENROLLED = bodies.PersonEnrolled(name="x", rank="PC", service_no="1", roles=("officer",), certificate=identity(b""))
TRUSTED = bodies.AnchorTrusted(agency="x", code="LAB", root=identity(b""), root_certificate="AA==", compared="typed")
REFUSED = bodies.Refusal(exhibit=EXHIBIT, release=identity(b""), position=2)


@pytest.mark.parametrize(
    ("chain_id", "position", "body", "who"),
    [
        ("KIBRA/desk", 1, OPENED, JANE),
        ("KIBRA/desk", 2, ENROLLED, JANE),
        ("KIBRA/desk", 3, REFUSED, JOSEPH),
        (f"KIBRA:{CASE}", 1, bodies.CaseOpened(title="x"), JOSEPH),
        (f"KIBRA:{CASE}", 2, bodies.CaseReferred(ob_number="OB 1"), JOSEPH),
    ],
)
def test_journals_and_cases_that_may_be_written(chain_id: str, position: int, body: bodies.Body, who: Officer) -> None:
    chain.check_administrative(written(chain_id, position, body, who), actor(who), actor(JANE))


@pytest.mark.parametrize(
    ("chain_id", "position", "body", "who"),
    [
        pytest.param("KIBRA/desk", 1, ENROLLED, JANE, id="a journal that does not begin with its opening"),
        pytest.param("KIBRA/desk", 2, OPENED, JANE, id="opened twice"),
        pytest.param("KIBRA/desk", 1, OPENED, JOSEPH, id="opened by no administrator"),
        pytest.param("KIBRA/desk", 2, ENROLLED, GRACE, id="enrolled by no administrator"),
        pytest.param("KIBRA/desk", 2, TRUSTED, JOSEPH, id="an anchor trusted by no administrator"),
        pytest.param("KIBRA/desk", 1, bodies.CaseOpened(title="x"), JANE, id="a case in a journal"),
        pytest.param("KIBRA/desk", 2, SEIZURE, JANE, id="a seizure in a journal"),
        pytest.param(f"KIBRA:{CASE}", 1, OPENED, JANE, id="a register in a case"),
        pytest.param(f"KIBRA:{CASE}", 2, bodies.CaseOpened(title="x"), JANE, id="a case opened twice"),
        pytest.param(f"KIBRA:{CASE}", 2, SEIZURE, JANE, id="a seizure in a case"),
        pytest.param("KIBRA/desk", 3, REFUSED, PETER, id="a stranger in a journal"),
        pytest.param(f"KIBRA:{CASE}", 2, bodies.CaseReferred(), PETER, id="a stranger in a case"),
    ],
)
def test_journals_and_cases_that_may_not(chain_id: str, position: int, body: bodies.Body, who: Officer) -> None:
    with pytest.raises(OrderViolated) as caught:
        chain.check_administrative(written(chain_id, position, body, who), actor(who), actor(JANE))
    assert caught.value.code == "order-violated"


def test_nobody_under_another_root_writes_in_a_journal() -> None:
    """A stranger's administrator of the same code could otherwise plant an anchor."""
    planted = written("KIBRA/desk", 3, TRUSTED, EVE)
    with pytest.raises(OrderViolated, match="only the agency that opened"):
        chain.check_administrative(planted, actor(EVE, roles=ROLES[JANE]), actor(JANE))


# --- the whole machine: every sequence of acts to length 5 over three agencies ---


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
        return Oracle(was.holder, "released", ACTS[act]) if holds else None
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
        "receipt": bodies.Receipt(release=open_release, media=NOT_MEASURED),
        "recall": bodies.Recall(release=open_release, because="lost"),
        "outside": OUTSIDE,
        "back": bodies.TakenBack(handed=handed, paper=SIGNED_PAPER),
        "takeover": TAKEOVER,
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
