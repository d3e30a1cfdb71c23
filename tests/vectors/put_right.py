"""What honest people put right by a later record, and how far: manifests, seals, clocks, restored registers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from manifests import bodies
from manifests.digest import identity
from manifests.ledger import head
from manifests.shapes import MediaCheck, SealReading
from manifests.times import text
from tests.vectors.confirming import seized
from tests.vectors.pen import EXHIBIT, START, Pen, verification
from tests.vectors.people import GRACE, JANE, JOSEPH, KIBRA, LAB, LUCY, PETER, Officer, Wanted, officer
from tests.vectors.things import ALL_READ, MEDIA, item, measured
from tests.vectors.vector import BAG, Books, Vector, on, package

FLAT, FAR = datetime(2020, 1, 1, 3, tzinfo=UTC), datetime(2031, 5, 1, 9, tzinfo=UTC)
SHUT = MediaCheck(how="seal-intact", seal="S-1")
READ = SealReading(observed="S-1", expected=("S-1",))


def withdrawal(pen: Pen, **changed: Any) -> bodies.ManifestWithdrawal:
    """Of the manifest that is record 2."""
    facts: dict[str, Any] = {
        "manifest": pen.written[1][0].digest, "position": 2, "because": "wrong-contents",
        "statement": "the folder of another exhibit",
    }  # fmt: skip
    return bodies.ManifestWithdrawal(**{**facts, **changed})


def wrong_folder() -> Pen:
    pen = seized()
    pen.measure(JANE, item("holiday.txt", b"nothing of this"))
    return pen


def shut(*, broken: bool = False, early: bool = False) -> Pen:
    """Measured, and bagged after that; or `broken` open since, or bagged too early."""
    if early:
        pen = seized()
        pen.write(JANE, bodies.Seal(number="S-1"))
        pen.measure(JANE, *(item(name, data) for name, data in MEDIA.items()))
        return pen
    pen = measured()
    pen.write(JANE, bodies.Seal(number="S-1"))
    if broken:
        pen.write(JANE, bodies.Event(word="seal-broken", seal="S-1", condition="cut open"))
    return pen


def handed_shut(**receipt: Any) -> Pen:
    pen = shut()
    pen.release(JANE, LAB, seals=("S-1",), media=SHUT)
    pen.receive(PETER, **{"media": SHUT, "seal": READ, **receipt})
    return pen


def at_another_time(pen: Pen, moment: datetime, signer: Officer = JANE, **envelope: Any) -> Pen:
    """An event that is signed by a wrong clock; after it the pen goes on with the right one."""
    right = pen.now
    pen.now = moment
    pen.write(signer, bodies.Event(word="incident", description="fell down"), **envelope)
    pen.now = right + timedelta(minutes=5)
    return pen


def corrected(pen: Pen, **changed: Any) -> Pen:
    """A correction of the last record, which may say its time or its seal's number."""
    facts = {"corrects": pen.head.digest, "position": pen.head.position, "statement": "as it was"}
    pen.write(JANE, bodies.Correction(**{**facts, **changed}), clock="set right again" if "clock" in changed else None)
    return pen


# --- confirmed -----------------------------------------------------------------------


def confirmed() -> dict[str, Vector]:
    withdrawn = wrong_folder()
    withdrawn.write(JANE, withdrawal(withdrawn), (JOSEPH,))
    withdrawn.measure(JANE, *(item(name, data) for name, data in MEDIA.items()))
    renumbered = seized()
    renumbered.write(JANE, bodies.Seal(number="S-7"))
    corrected(renumbered, seal="S-1")
    renumbered.release(JANE, LAB, seals=("S-1",))
    renumbered.receive(PETER, seal=READ)
    unread = "contents-not-reread"
    return {
        "manifest-withdrawn_wrong-folder": Vector(
            what="A manifest of the wrong folder was withdrawn, with a witness; the right one is compared.",
            files=package(withdrawn, media=MEDIA), says=(("manifest-withdrawn", on("0003-manifest-withdrawal")),),
        ),
        "contents-not-reread_seal-intact": Vector(
            what="A measured bag was handed on unopened under a seal put on after the reading.",
            files=package(handed_shut(), media=MEDIA),
            says=((unread, on("0004-release")), (unread, on("0005-receipt"))),
        ),
        "corrected_seal-number": Vector(
            what="A seal's number was corrected, and the right one was read at the receipt.",
            files=package(renumbered), says=(BAG, ("corrected", on("0003-correction"))),
        ),
        "clock-explained_flat-battery-at-the-first-record": Vector(
            what="Signed before the certificate began, with the reason; a later record has a sound time.",
            files=package(_flat()), says=(BAG, ("clock-explained", on("0001-seizure"))),
        ),
        "clock-explained_by-a-correction": Vector(
            what="A clock was five years ahead unnoticed; a later correction says what the time was.",
            files=package(corrected(_ahead(), clock=text(START + timedelta(minutes=5)))),
            says=(BAG, ("clock-explained", on("0002-event")), ("clock-explained", on("0003-correction")),
                  ("corrected", on("0003-correction"))),
        ),
    }  # fmt: skip


def _flat(*, goes_on: bool = True) -> Pen:
    pen = Pen(now=FLAT)
    pen.seize(JANE, clock="the battery was flat")
    pen.now = START
    if goes_on:
        pen.write(JANE, bodies.Seal(number="S-1"))
    return pen


def _ahead() -> Pen:
    return at_another_time(seized(), FAR)


# --- refuted -------------------------------------------------------------------------


def refuted() -> dict[str, Vector]:
    found = {
        f"order-violated_{name}": each for name, each in (_withdrawals() | _under_seals() | _corrections()).items()
    }
    pen = measured()
    pen.write(JANE, replace_verdict(pen))
    found["statement-contradicted_verification-of-two-verdicts"] = Vector(
        what="A verification says CONFIRMED, and that its records are REFUTED.", files=package(pen, media=MEDIA),
        says=(("statement-contradicted", on("0003-verification")),),
    )  # fmt: skip
    return found


def replace_verdict(pen: Pen) -> bodies.Verification:
    media = ALL_READ
    return verification(manifests=(pen.head.digest,), media=media, records_verdict="REFUTED")


def violated(pen: Pen, what: str, name: str, *also: tuple[str, str]) -> Vector:
    """A chain whose last record may not follow; `also`: what is said of those before it."""
    has = any(isinstance(record.body, bodies.Manifest) for record, _ in pen.written)
    says = (("order-violated", on(name)), *also, *(() if has else (BAG,)))
    return Vector(what=what, files=package(pen, media=MEDIA if has else None), says=says)


def _withdrawals() -> dict[str, Vector]:
    name = "0003-manifest-withdrawal"
    alone, stranger, other, again = measured(), measured(), measured(), measured()
    alone.write(JANE, withdrawal(alone))
    stranger.write(JOSEPH, withdrawal(stranger), (GRACE,))
    other.write(JANE, withdrawal(other, manifest=identity(b"elsewhere")), (JOSEPH,))
    again.release(JANE, LAB, media=ALL_READ)
    again.receive(PETER, media=ALL_READ)
    again.write(PETER, withdrawal(again), (LUCY,))
    return {
        "withdrawn-by-one-person-alone": violated(alone, "A manifest was withdrawn without a witness.", name),
        "withdrawn-by-neither-holder-nor-supervisor": violated(
            stranger, "A manifest was withdrawn by somebody who neither holds the exhibit nor is a supervisor.", name
        ),
        "withdrawn-what-is-no-manifest": violated(other, "The withdrawal names no manifest of the chain.", name),
        "withdrawn-by-the-receiver": violated(
            again, "Who received the exhibit withdrew what was sealed elsewhere.", "0005-manifest-withdrawal"
        ),
    }


def _under_seals() -> dict[str, Vector]:
    none, broken, early = measured(), shut(broken=True), shut(early=True)
    for pen in (none, broken, early):
        pen.release(JANE, LAB, seals=("S-1",) if pen is early else (), media=SHUT)
    otherwise = handed_shut(seal=replace_observed("S-2"))
    unasked = shut()
    unasked.release(JANE, LAB, seals=("S-1",), media=ALL_READ)
    unasked.receive(PETER, media=SHUT, seal=READ)
    renamed = shut()
    corrected(renamed, seal="S-9")
    renamed.release(JANE, LAB, seals=("S-9",), media=MediaCheck(how="seal-intact", seal="S-9"))
    return {
        "unread-without-a-seal": violated(none, "Contents went unread, and no seal was on.", "0003-release"),
        "unread-under-a-broken-seal": violated(broken, "Contents went unread under a broken seal.", "0005-release"),
        "unread-under-an-older-seal": violated(
            early, "Contents went unread under a seal that was on before they were read.", "0004-release"
        ),
        "unread-and-another-seal-read": violated(
            otherwise,
            "The receipt rests on a seal, and another was read.",
            "0005-receipt",
            ("in-transit", EXHIBIT),
            ("contents-not-reread", on("0004-release")),
        ),
        "unread-where-the-release-was-not": violated(
            unasked,
            "The receipt rests on a seal, and the release does not.",
            "0005-receipt",
            ("in-transit", EXHIBIT),
        ),
        "unread-under-a-number-that-one-person-corrected": violated(
            renamed,
            "Contents went unread under a seal whose number one person alone had corrected.",
            "0005-release",
            ("corrected", on("0004-correction")),
        ),
    }


def replace_observed(number: str) -> SealReading:
    return SealReading(observed=number, expected=("S-1",))


def _corrections() -> dict[str, Vector]:
    no_seal = corrected(seized(), seal="S-9")
    to_come = corrected(_now(), clock="2026-12-24T09:00:00+03:00")
    return {
        "correction-of-a-seal-that-is-none": violated(
            no_seal, "A correction gives a seal's number to a seizure.", "0002-correction"
        ),
        "correction-to-a-time-to-come": violated(
            to_come, "A correction says that the time was one after its own.", "0003-correction"
        ),
    }


def _now() -> Pen:
    return at_another_time(seized(), START + timedelta(minutes=5))


# --- undetermined --------------------------------------------------------------------


def undecided() -> dict[str, Vector]:
    too_late = Pen()
    ended = officer(KIBRA, "Ruth Wambui", "CPL", "550055", 5500, wanted=Wanted(end=datetime(2026, 6, 1, tzinfo=UTC)))
    too_late.seize(ended, clock="the clock was wrong")
    too_late.write(JANE, bodies.Event(word="incident", description="fell down"))
    elsewhere = corrected(_ahead(), clock="2026-01-02T09:00:00+03:00")
    return {
        "certificate-expired_explained-and-nothing-after": Vector(
            what="Signed before the certificate began, with the reason; no later record shows when.",
            files=package(_flat(goes_on=False)),
            says=(BAG, ("certificate-expired", on("0001-seizure")), ("clock-explained", on("0001-seizure"))),
        ),
        "certificate-expired_explained-and-goes-on-too-late": Vector(
            what="A key that had ended blames the clock; what follows is after its end too.",
            files=package(too_late),
            says=(BAG, ("certificate-expired", on("0001-seizure")), ("clock-explained", on("0001-seizure"))),
        ),
        "time-contradictory_corrected-to-a-time-before-the-chain": Vector(
            what="A correction says that the time was one before the record that came before.",
            files=package(elsewhere),
            says=(BAG, ("time-contradictory", on("0002-event")), ("clock-explained", on("0002-event")),
                  ("clock-explained", on("0003-correction")), ("corrected", on("0003-correction"))),
        ),
        "restored_whole-register-with-the-pin-of-before": _restored(),
        "restored_two-ledgers-of-one-size": _two_ledgers(),
    }  # fmt: skip


def _restored() -> Vector:
    books = Books()
    books.seized()
    lost = head([*books.lines, b"0" * 64 + b" " + b"1" * 64])
    journal = books.pen("KIBRA/desk")
    body = bodies.RegisterRestored(lost=lost, now=books.head(), note="disk failed; backup of Monday")
    books.note(journal.write(JANE, body, (JOSEPH,)), journal)
    about = ("KIBRA/desk", "KIBRA:KBR-2026-0042", EXHIBIT)
    return Vector(
        what="The register was put back from a backup, and its administrator says so with a witness.",
        files=books.files(pinned=lost), says=(BAG, *(("restored", each) for each in about)),
    )  # fmt: skip


def _two_ledgers() -> Vector:
    """One package with two exhibits: the second was released after the register had been put back."""
    pen, other = seized(), Pen(chain=EXHIBIT.replace("EX-1", "EX-2"))
    other.seize(JANE)
    pen.release(JANE, LAB, ledger=head([b"one", b"two"]))
    other.release(JANE, LAB, ledger=head([b"another", b"two"]), restored=identity(b"a restoration"))
    return Vector(
        what="Two releases of one register carry two ledgers of one size; the later one says that it was put back.",
        files=package(pen, other),
        says=(BAG, ("physical-exhibit", other.chain), ("in-transit", EXHIBIT), ("in-transit", other.chain),
              ("restored", f"{other.chain} 0002")),
    )  # fmt: skip
