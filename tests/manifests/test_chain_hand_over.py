"""The rules of a chain: hand-over, outside the tool, seals, journals and cases (chain.md, C4 to C12)."""

from collections.abc import Callable

import msgspec
import pytest

from manifests import bodies, chain, journal
from manifests.chain import ChainState, OrderViolated
from manifests.digest import identity
from manifests.records import ChainPlace, Record
from manifests.shapes import MediaCheck
from tests.manifests.acting import (
    EVENT,
    MANIFEST,
    OUTSIDE,
    ROLES,
    TAKEOVER,
    WITNESSED,
    actor,
    after,
    answer,
    recall,
    record,
    released,
    seized,
    violates,
)
from tests.vectors.pen import A_LEDGER, CASE, EXHIBIT, NOT_MEASURED, SEIZURE, SIGNED_PAPER, release_to, verification
from tests.vectors.people import AMINA, COURT, EVE, GRACE, JANE, JOSEPH, KIBRA, LAB, LUCY, PETER, Officer
from tests.vectors.vector import Books

# --- C4: release and receipt -----------------------------------------------


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
    other = bodies.Receipt(release=identity(b"another release"), media=NOT_MEASURED, ledger=A_LEDGER)
    assert "answers another release" in violates(released(), other, PETER)
    assert "answers another release" in violates(
        released(), bodies.Recall(release=identity(b"x"), because="lost"), JANE
    )


def test_nothing_is_received_that_was_not_released() -> None:
    assert "is held" in violates(seized(), answer(seized()), PETER)
    state = after(released(), answer(released()), PETER)
    assert "is held" in violates(state, answer(released()), LUCY)


# --- C5: recall ------------------------------------------------------------


def test_a_recall_gives_the_exhibit_back_to_the_releaser() -> None:
    for who in (JANE, GRACE):
        state = after(released(), recall(released()), who)
        assert (state.holder, state.situation) == (actor(JANE), "held")
    assert "only" in violates(released(), recall(released()), JOSEPH)
    violates(released(), recall(released()), PETER)


# --- C8: outside the tool --------------------------------------------------


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


@pytest.mark.parametrize("other", [{"holder": "Joseph Mwangi"}, {"service_no": "445566"}], ids=["name", "number"])
def test_a_takeover_names_the_holder_it_takes_from(other: dict[str, str]) -> None:
    """A report repeats what it names."""
    takeover = msgspec.structs.replace(TAKEOVER, **other)
    assert "holds" in violates(seized(), takeover, GRACE, **WITNESSED)


# --- C9: seals, and contents owed (C3) -------------------------------------


def test_seals_come_replace_each_other_and_are_broken() -> None:
    state = after(after(seized(), bodies.Seal(number="S-1"), JANE), bodies.Seal(number="S-2"), JOSEPH)
    assert state.seals == ("S-1", "S-2")
    state = after(state, bodies.Seal(number="S-3", replaces="S-1"), JANE)
    assert state.seals == ("S-2", "S-3")
    state = after(state, bodies.Event(word="seal-broken", seal="S-2", condition="torn"), JANE)
    assert state.seals == ("S-3",)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (bodies.Seal(number="S-1"), "is on"),
        (bodies.Seal(number="S-1", replaces="S-1"), "is on"),
        (bodies.Seal(number="S-2", replaces="S-9"), "has no seal S-9"),
        (bodies.Event(word="seal-broken", seal="S-9", condition="torn"), "has no seal S-9"),
    ],
    ids=["put on twice", "in place of itself", "in place of one that is not on", "one broken that is not on"],
)
def test_only_what_is_on_is_replaced_or_broken(body: bodies.Body, says: str) -> None:
    assert says in violates(after(seized(), bodies.Seal(number="S-1"), JANE), body, JANE)


def test_contents_owed_are_settled_by_a_verification_of_the_whole() -> None:
    read = MediaCheck(how="measured", items=0, bytes=0)
    state = after(after(seized(), MANIFEST, JANE), release_to(LAB, media=read), JANE)
    first = state.manifests[0].digest
    state = after(state, answer(state, media=MediaCheck(how="later")), PETER)
    assert state.owed
    second = after(state, MANIFEST, PETER)
    assert second.owed

    def verified(state: ChainState, media: MediaCheck, *manifests: str) -> ChainState:
        return after(state, verification(manifests=manifests, media=media), LUCY)

    assert verified(state, MediaCheck(how="not-read")).owed
    assert not verified(state, read, first).owed
    assert verified(second, read, first).owed


# --- C11 and C12: journals and cases ---------------------------------------


def written(chain_id: str, position: int, body: bodies.Body, who: Officer) -> Record:
    place = ChainPlace(id=chain_id, position=position, root=KIBRA.fingerprint)
    return record(None, body, who, chain=place)


OPENED = bodies.RegisterOpened(agency="Kibra Police Station", code="KIBRA", register="desk", root_certificate="AA==")
ENROLLED = bodies.PersonEnrolled(
    name="x", rank="PC", service_no="1", roles=("officer",), certificate=identity(b""), certificate_der="AA=="
)
TRUSTED = bodies.AnchorTrusted(agency="x", code="LAB", root=identity(b"\0"), root_certificate="AA==", compared="typed")
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
    journal.check_administrative(written(chain_id, position, body, who), actor(who), actor(JANE).root)


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
        journal.check_administrative(written(chain_id, position, body, who), actor(who), actor(JANE).root)
    assert caught.value.code == "order-violated"


def opened_journal() -> journal.JournalState:
    """A journal with all that the vectors' register has in it."""
    first, *others = [record for record, _ in Books().chains["KIBRA/desk"].written]
    state = journal.begin(first, actor(JANE))
    for each in others:
        state = journal.follow(state, each, actor(JANE))
    return state


@pytest.mark.parametrize("certificate", ["AQ==", "not base64!", "AA=A", "AA== "])
def test_an_anchor_is_named_by_its_own_root(certificate: str) -> None:
    state = opened_journal()
    renewed = bodies.AnchorTrusted(
        agency=COURT.agency, code="XCOURT", root=COURT.fingerprint, root_certificate=certificate, compared="typed"
    )
    place = ChainPlace(id="KIBRA/desk", position=state.position + 1, root=KIBRA.fingerprint)
    with pytest.raises(OrderViolated, match="not the certificate") as caught:
        journal.follow(state, record(None, renewed, JANE, chain=place), actor(JANE))
    assert caught.value.code == "record-malformed"


def test_nobody_under_another_root_writes_in_a_journal() -> None:
    """A stranger's administrator of the same code could otherwise plant an anchor."""
    planted = written("KIBRA/desk", 3, TRUSTED, EVE)
    with pytest.raises(OrderViolated, match="only the agency that opened"):
        journal.check_administrative(planted, actor(EVE, roles=ROLES[JANE]), actor(JANE).root)
