"""Vectors about what contradicts a chain, refusals, and settlements (docs/spec/chain.md, C1, C2, C5, C6, C13)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from manifests import bodies
from manifests.digest import identity
from manifests.verify import RecordFiles
from tests.vectors.pen import EXHIBIT, Pen
from tests.vectors.people import COURT, GRACE, JANE, JOSEPH, LAB, LUCY, PETER, Officer
from tests.vectors.vector import BAG, Books, Files, Vector, enrolled, on, package, place, record_files

INCIDENT = bodies.Event(word="incident", description="another story")
ON_THE_WAY = ("in-transit", EXHIBIT)


def apart(records: Iterable[RecordFiles]) -> Files:
    """Records as they lie in a register's quarantine, their identities in their names."""
    found: Files = {}
    for each in records:
        stem, tag = each.name.removesuffix(".json"), identity(each.record)[7:23]
        found |= record_files(
            f"register/quarantine/cases/{place(EXHIBIT)}", [replace(each, name=f"{stem}.{tag}.json")]
        )  # fmt: skip
    return found


def _with(books: Books, what: str, rivals: Iterable[RecordFiles], *says: tuple[str, str]) -> Vector:
    books.rivals = apart(rivals)
    return Vector(what=what, files=books.files(), says=(BAG, *says))


def bagged() -> tuple[Books, Pen]:
    """A register with one exhibit in a bag; and the pen as it was before the bag."""
    books = Books()
    pen = books.seized()
    before = pen.copy()
    books.note(pen.write(JANE, bodies.Seal(number="S-1")), pen)
    return books, before


def answered(books: Books) -> tuple[Pen, Pen]:
    """A release that the laboratory received and the station recalled: the register's chain, and the laboratory's."""
    pen = books.seized()
    books.note(pen.release(JANE, LAB, ledger=books.head()), pen)
    other = pen.copy()
    other.receive(PETER)
    books.note(pen.recall(JANE), pen)
    return pen, other


# --- what contradicts a chain -----------------------------------------------------


def _stray(who: Officer, what: str) -> Vector:
    books, before = bagged()
    before.write(who, INCIDENT)
    return _with(books, what, before.files[1:], ("stray-record", on("0002")))


def _stray_receipt() -> Vector:
    """Released to the court, recalled, and "received" by the laboratory."""
    books = Books()
    pen = books.seized()
    books.note(pen.release(JANE, COURT, ledger=books.head()), pen)
    other = pen.copy()
    other.receive(PETER)
    books.note(pen.recall(JANE), pen)
    what = "A receipt by another agency than the one released to."
    return _with(books, what, other.files[2:], ("stray-record", on("0003")))


def _stray_behind_a_rival() -> Vector:
    books = Books()
    _, other = answered(books)
    other.write(JANE, INCIDENT)
    return _with(
        books, "A receipt contests the recall; behind it stands a record by who had no pen there any more.",
        other.files[2:], ("hand-over-contested", on("0003")), ("stray-record", on("0004")),
    )  # fmt: skip


def _stray_explained() -> Vector:
    books, before = bagged()
    before.write(PETER, INCIDENT)
    _explain(books, before.files[1], found="stray-record", what="not-entitled")
    return _with(
        books, "A record that cannot stand here, and a supervisor has said what it is.", before.files[1:],
        ("stray-record", on("0002")), ("stray-record", on("0003-stray-explained")),
    )  # fmt: skip


def _enrol(books: Books) -> None:
    """Enrol the supervisor."""
    journal = books.chains["KIBRA/desk"]
    books.note(journal.write(JANE, enrolled(GRACE)), journal)


def _explain(books: Books, rival: RecordFiles, who: Officer = GRACE, **changed: Any) -> None:
    facts = {
        "record": identity(rival.record), "position": 2, "found": "fork", "what": "second-copy",
        "statement": "signed in an old copy of the register",
    }  # fmt: skip
    _enrol(books)
    pen = books.pen()
    books.note(pen.write(who, bodies.StrayExplained(**{**facts, **changed})), pen)


def _fork(*, who: Officer = JANE) -> tuple[Books, Pen]:
    books, before = bagged()
    before.write(who, INCIDENT)
    return books, before


def _fork_behind_the_first() -> Vector:
    books, before = _fork()
    before.release(JANE, COURT)
    return _with(books, "Another history of two records: one fork.", before.files[1:], ("fork", on("0002")))


def _fork_explained() -> Vector:
    books, before = _fork()
    _explain(books, before.files[1])
    return _with(
        books, "Two records claim one position, and a supervisor has said why.", before.files[1:],
        ("fork-explained", on("0002")), ("fork-explained", on("0003-stray-explained")),
    )  # fmt: skip


def _fork_explained_by_its_signer() -> Vector:
    books, before = _fork(who=GRACE)
    _explain(books, before.files[1])
    return _with(
        books, "The supervisor who signed a rival explains it.", before.files[1:],
        ("fork", on("0002")), ("fork-explained", on("0003-stray-explained")),
    )  # fmt: skip


def _explained_by_an_officer() -> Vector:
    pen = Pen()
    pen.seize(JANE)
    body = bodies.StrayExplained(
        record=identity(b"x"), position=1, found="fork", what="mistake", statement="x",
    )  # fmt: skip
    pen.write(JOSEPH, body)
    return Vector(
        what="An officer who is no supervisor says what a record is.",
        files=package(pen), says=(BAG, ("order-violated", on("0002-stray-explained"))),
    )  # fmt: skip


def _name_collision() -> Vector:
    books, _ = bagged()
    field = replace(JOSEPH, register="KIBRA/field")
    other = Pen()
    other.seize(field, place="elsewhere")
    other.write(field, INCIDENT)
    return _with(
        books, "Another register of the agency opened an exhibit of this name.", other.files,
        ("name-collision", on("0001")),
    )  # fmt: skip


def _unsigned_rival() -> Vector:
    books, before = _fork()
    return _with(books, "A rival without a signature is nobody's word.", [replace(before.files[1], signature=None)])


# --- settlements --------------------------------------------------------------------


def agreement(who: Officer, **facts: Any) -> RecordFiles:
    """An agreement, as if it stood second in the journal of its signer's register."""
    opened = Pen()
    opened.seize(JANE)
    journal = Pen(chain=who.register, written=opened.written)
    journal.write(who, bodies.SettlementAgreed(**{"exhibit": EXHIBIT, "position": 2, "stands": "receipt", **facts}))
    return journal.files[-1]


def settled(pen: Pen, other: Pen, agrees: Officer = GRACE, signs: Officer = PETER, **changed: Any) -> Pen:
    """The chain of whoever's answer stands, with the settlement; `other` holds the other answer."""
    here, there = pen.written[2][0], other.written[2][0]
    stands = here.kind
    receipt, recall = (here, there) if stands == "receipt" else (there, here)
    facts = {"release": pen.written[1][0].digest, "receipt": receipt.digest, "recall": recall.digest, "stands": stands}
    agreed = agreement(agrees, **{**facts, **changed})
    pen.write(signs, bodies.Settlement(**facts, position=2, agreement=identity(agreed.record)))
    pen.sidecars["0004-settlement.agreement.json"] = agreed.record
    pen.sidecars["0004-settlement.agreement.json.p7s"] = agreed.signature or b""
    return pen


def _settled_package(**changed: Any) -> Pen:
    pen, other = answered(Books())
    return settled(other, pen, **changed)


def _settled_here() -> Vector:
    """The station's recall stands; the laboratory's receipt, and its agreement, came to the station."""
    books = Books()
    pen, other = answered(books)
    _enrol(books)
    settled(pen, other, PETER, GRACE)
    books.note(pen.head, pen)
    return _with(
        books, "A receipt and a recall of one release; both agencies settled that the recall stands.",
        other.files[2:], ("settled", on("0004-settlement")),
    )  # fmt: skip


def _set_aside() -> Vector:
    """The station gave way: its recall lies in quarantine, and its line in the ledger."""
    books = Books()
    pen, other = answered(books)
    recall = pen.files[2:]
    books.chains[EXHIBIT] = settled(other, pen)
    for record, files in other.written[2:]:
        alone = Pen(written=[(record, files)])
        books.note(record, alone)
    return _with(
        books, "A recall that a settlement let fall: it lies in quarantine, and its line stays in the ledger.",
        recall, ("settled", on("0004-settlement")),
    )  # fmt: skip


def _set_aside_without_settlement() -> Vector:
    books, _ = bagged()
    pen = books.pen()
    moved = pen.files[1:]
    del pen.written[1:]
    return _with(
        books, "The last record was moved into quarantine, and no settlement let it fall.", moved,
        ("ledger-inconsistent", "ledger/leaves"),
    )  # fmt: skip


def _not_carried_out() -> Vector:
    books = Books()
    pen, other = answered(books)
    settled(other, pen)
    return _with(
        books, "The laboratory's settlement came, and this register did not set its recall aside yet.",
        other.files[2:], ("commit-unfinished", EXHIBIT),
    )  # fmt: skip


def _without(pen: Pen, *names: str) -> Files:
    pen.sidecars = {name: data for name, data in pen.sidecars.items() if name not in names}
    return package(pen)


def _changed(pen: Pen, name: str) -> Files:
    pen.sidecars[name] = pen.sidecars[name].replace(b"EX-1", b"EX-7")
    return package(pen)


# --- refusals -------------------------------------------------------------------------


def refused(signer: Officer = PETER, **changed: Any) -> Pen:
    """Released, refused and recalled, with the refusal beside the recall."""
    pen = Pen()
    pen.seize(JANE)
    journal = Pen(chain=signer.register, written=list(pen.written))
    pen.release(JANE, LAB)
    facts = {"exhibit": EXHIBIT, "release": pen.head.digest, "position": 2}
    journal.write(signer, bodies.Refusal(**{**facts, **changed}))
    pen.write(JANE, bodies.Recall(release=pen.head.digest, because="refused", refusal=journal.head.digest))
    pen.sidecars["0003-recall.refusal.json"] = journal.files[-1].record
    pen.sidecars["0003-recall.refusal.json.p7s"] = journal.files[-1].signature or b""
    return pen


def _recall(because: str, **changed: Any) -> Pen:
    pen = Pen()
    pen.seize(JANE)
    pen.release(JANE, LAB)
    pen.write(JANE, bodies.Recall(release=pen.head.digest, because=because, **changed))
    return pen


def _refusal(what: str, code: str, pen: Pen | Files) -> Vector:
    files = pen if isinstance(pen, dict) else package(pen)
    return Vector(what=what, files=files, says=(BAG, (code, on("0003-recall"))))


def _agreement(what: str, code: str, pen: Pen | Files) -> Vector:
    files = pen if isinstance(pen, dict) else package(pen)
    return Vector(what=what, files=files, says=(BAG, (code, on("0004-settlement"))))


def confirmed() -> dict[str, Vector]:
    return {
        "stray-record_by-another-agency": _stray(PETER, "An agency that never had the exhibit signed a record of it."),
        "stray-record_by-another-register": _stray(
            replace(JOSEPH, register="KIBRA/field"), "Another register of the agency wrote in this one's chain."
        ),
        "stray-record_receipt-of-another": _stray_receipt(),
        "stray-record_explained": _stray_explained(),
        "none_unsigned-rival": _unsigned_rival(),
        "refused_and-recalled": _refusal("Refused by its addressee, and recalled by its holder.", "refused", refused()),
        "settled_recall-stands": _settled_here(),
        "settled_receipt-stands": _agreement("A settlement with the agreement.", "settled", _settled_package()),
        "settled_record-set-aside": _set_aside(),
    }


def refuted() -> dict[str, Vector]:
    named = _recall("lost", refusal=identity(b"x"))
    return {
        "fork_of-two-records": _fork_behind_the_first(),
        "fork_explained-by-its-signer": _fork_explained_by_its_signer(),
        "order-violated_explained-by-an-officer": _explained_by_an_officer(),
        "order-violated_settled-by-an-officer": _agreement(
            "A settlement by an officer who is no supervisor.", "order-violated", _settled_package(signs=LUCY)
        ),
        "order-violated_settled-by-the-other-side": _agreement(
            "A settlement by the side without the pen.", "order-violated", _settled_package(signs=GRACE, agrees=PETER)
        ),
        "ledger-inconsistent_moved-into-quarantine": _set_aside_without_settlement(),
        "statement-contradicted_lost-and-refused": Vector(
            what="A recall that says lost and names a refusal.", files=package(named),
            says=(BAG, ON_THE_WAY, ("statement-contradicted", on("0003-recall"))),
        ),
        "statement-contradicted_refusal-of-another-release": _refusal(
            "The refusal beside a recall is of another release.", "statement-contradicted",
            refused(release=identity(b"x")),
        ),
        "statement-contradicted_refusal-by-the-releaser": _refusal(
            "The refusal beside a recall is the releaser's own.", "statement-contradicted", refused(GRACE)
        ),
        "entries-changed_refusal": _refusal(
            "The refusal beside a recall is not the one named.", "entries-changed",
            _changed(refused(), "0003-recall.refusal.json"),
        ),
        "statement-contradicted_agreed-to-another-settlement": _agreement(
            "The other agency agreed that the other answer stands.", "statement-contradicted",
            _settled_package(stands="recall"),
        ),
        "statement-contradicted_agreed-by-an-officer": _agreement(
            "The agreement is by an officer who is no supervisor.", "statement-contradicted",
            _settled_package(agrees=JOSEPH),
        ),
        "statement-contradicted_agreed-by-the-same-side": _agreement(
            "The agreement is by the side whose answer stands.", "statement-contradicted",
            _settled_package(agrees=replace(PETER, register="LAB/annex")),
        ),
        "entries-changed_agreement": _agreement(
            "The agreement beside a settlement is not the one named.", "entries-changed",
            _changed(_settled_package(), "0004-settlement.agreement.json"),
        ),
    }  # fmt: skip


def undecided() -> dict[str, Vector]:
    return {
        "fork-explained_by-a-supervisor": _fork_explained(),
        "name-collision_two-registers": _name_collision(),
        "hand-over-contested_and-a-stray-behind": _stray_behind_a_rival(),
        "hand-over-contested_agreement-missing": _agreement(
            "A settlement whose agreement is not at hand.", "hand-over-contested",
            _without(_settled_package(), "0004-settlement.agreement.json"),
        ),
        "commit-unfinished_settlement": _not_carried_out(),
        "refusal-missing_not-named": _refusal("A recall says refused, and names no refusal.", "refusal-missing",
                                              _recall("refused")),
        "refusal-missing_not-there": _refusal(
            "A recall names a refusal that is not at hand.", "refusal-missing",
            _without(refused(), "0003-recall.refusal.json"),
        ),
        "refusal-missing_without-its-signature": _refusal(
            "A recall has the refusal beside it without its signature.", "refusal-missing",
            _without(refused(), "0003-recall.refusal.json.p7s"),
        ),
    }  # fmt: skip
