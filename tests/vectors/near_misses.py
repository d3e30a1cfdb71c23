"""The honest records that come nearest to saying what cannot be so (docs/spec/statements.md): all are confirmed."""

from datetime import timedelta

import msgspec

from hashing.items import Outcome
from manifests import bodies
from manifests.shapes import Authority, LedgerHead, MediaCheck, Outsider, SealReading
from tests.vectors.confirming import CHILD, ORDER, family, seized
from tests.vectors.pen import A_LEDGER, EXHIBIT, OWNER, SEIZURE, SIGNED_PAPER, START, Pen
from tests.vectors.people import GRACE, JANE, JOSEPH, KIBRA, PETER
from tests.vectors.stating import (
    EXTRA,
    IN_TRANSIT,
    NIGHT,
    Case,
    handed,
    last,
    received,
    released,
    relying,
    sealed,
    taken_back,
    verification,
    verified,
)
from tests.vectors.things import ALL_READ, MEDIA, item, measured, special
from tests.vectors.vector import BAG, Vector, on


def honest_contents() -> dict[str, Case]:
    """Near what may not be said of contents."""
    partial = measured(
        item("card.dd", b"card" + bytes(1020), outcome=Outcome.PARTIAL, reason="x", unreadable=((4, 508),))
    )
    with_card = {**MEDIA, "card.dd": b"card" + bytes(1020)}
    link = measured(special("shortcut", Outcome.LINK))
    unread = verified(manifests=(), media=MediaCheck(how="not-read"))
    doubted = measured()
    found = {"media": msgspec.structs.replace(ALL_READ, findings=(EXTRA,)), "verdict": "UNDETERMINED"}
    doubted.write(JANE, verification(doubted, **found))
    worse = verified(verdict="UNDETERMINED")
    twice = measured()
    twice.measure(JANE, item("later.txt", b"more"))
    twice.write(JANE, verification(twice, media=MediaCheck(how="measured", items=4, bytes=36)))
    hidden = msgspec.structs.replace(ALL_READ, findings=(EXTRA,))
    return {
        "relied-on-own-reading": Case(
            "A release relies on the releaser's own verification of an hour ago.", relying(verified(), 3),
            says=(IN_TRANSIT,), media=MEDIA,
        ),
        "released-with-a-partial-item": Case(
            "A release compared all, and one item of it is partial.",
            released(partial, media=MediaCheck(how="measured", items=4, bytes=1056)),
            says=(IN_TRANSIT, ("sealed-partial", on("0002-manifest"))), media=with_card,
        ),
        "released-with-a-link": Case(
            "A release compared all; a link was listed, and is none of it.", released(link, media=ALL_READ),
            says=(IN_TRANSIT, ("not-measured-at-sealing", on("0002-manifest")), ("not-carried", EXHIBIT)),
            media=MEDIA,
        ),
        "verified-without-reading": Case(
            "A verification of the records alone.", unread, media=MEDIA
        ),
        "verified-with-a-doubt": Case(
            "A verification found an extra file; later it was gone.", doubted, media=MEDIA
        ),
        "verdict-worse-than-the-findings": Case(
            "A verification found nothing in the contents, and something elsewhere.", worse, media=MEDIA
        ),
        "verified-two-manifests": Case(
            "A verification compared two manifests at once.", twice, media={**MEDIA, "later.txt": b"more"}
        ),
        "released-despite-what-was-found": Case(
            "A release found an extra file, and says that it is made in spite of it.",
            released(measured(), media=hidden, despite=(EXTRA,)),
            says=(IN_TRANSIT, ("released-despite", on("0003-release"))), media=MEDIA,
        ),
    }  # fmt: skip


def honest_hand_overs() -> dict[str, Case]:
    """Near what may not be said of a hand-over."""
    swapped = sealed("S-1", "S-2")
    swapped.write(JANE, bodies.Seal(number="S-3", replaces="S-1"))
    expected = ("S-3", "S-2")
    lost_key = bodies.Takeover(holder="Jane Wanjiku", service_no="112233", because="key-lost")
    to_colleague = seized()
    to_colleague.release(JANE, JOSEPH)
    to_colleague.receive(JOSEPH)
    same = seized()
    same.release(JANE, KIBRA)
    same.receive(JOSEPH)
    one_paper = taken_back(handed(seized()))
    return {
        "seals-in-another-order": Case(
            "Seals named in another order than they were put on.",
            received(released(swapped, seals=expected), seal=SealReading(observed="S-3", expected=expected)),
            says=(BAG,),
        ),
        "ledger-just-long-enough": Case(
            "The first hand-over of a new register: its ledger has four lines.",
            released(seized(), ledger=LedgerHead(size=4, root=A_LEDGER.root)), says=(BAG, IN_TRANSIT),
        ),
        "to-one-officer": Case("Released to one officer of the register.", to_colleague, says=(BAG,)),
        "to-the-own-agency": Case("Released to the agency's own other officers.", same, says=(BAG,)),
        "one-paper-twice": Case("One paper signed at both hand-overs.", one_paper, says=(BAG,)),
        "taken-over_from-a-witness-who-lost-the-key": Case(
            "A supervisor takes over from one who lost the key, and who is the witness with a new one.",
            last(seized(), GRACE, lost_key, JANE), says=(BAG, ("taken-over", on("0002-takeover"))),
        ),
    }  # fmt: skip


def honest_times() -> dict[str, Case]:
    """Near what is not plausible."""
    in_lab = received(released(seized()))
    old = in_lab.head.envelope.occurred_at
    order = Authority(kind="order", number="E7/2026", issued_on="2026-11-20")
    warrant = Authority(kind="warrant", number="E9/2026", issued_on="2026-11-21")
    urgent = Pen(now=START + timedelta(days=2))
    urgent.write(JANE, SEIZURE, authority=warrant, occurred_at="2026-11-20T08:00:00+03:00")
    expired = released(seized(), answer_by="2026-11-25T09:00:00+03:00")
    expired.now += timedelta(days=6)
    expired.recall(JANE, "expired")
    explained = "the clock was set after its battery died"
    late = seized()
    late.now += timedelta(days=3)
    return {
        "late-entry": Case(
            "A seal put on right after the seizure is recorded three days later.",
            last(late, JANE, bodies.Seal(number="S-1"), occurred_at="2026-11-20T09:02:00+03:00"), says=(BAG,),
        ),
        "a-minute-before-the-seizure": Case(
            "A seal that was put on, by the clock on the wall, two minutes before the seizure.",
            last(seized(), JANE, bodies.Seal(number="S-1"), occurred_at="2026-11-20T08:58:00+03:00"), says=(BAG,),
        ),
        "clock-explained_before-the-seizure": Case(
            "An event from before the seizure, with the reason.",
            last(seized(), JANE, bodies.Event(word="incident", description="wet"), occurred_at=NIGHT,
                 clock="seen at the scene, before the phone was seized"),
            says=(BAG, ("clock-explained", on("0002-event"))),
        ),
        "in-the-laboratory-at-once": Case(
            "Examined in the minute in which it came.",
            last(in_lab, PETER, bodies.Event(word="examination-start", purpose="x"), occurred_at=old), says=(BAG,),
        ),
        "due-the-same-day": Case(
            "Checked out, to be back the same day.",
            last(seized(), JANE, bodies.Event(word="checkout", purpose="x", due="2026-11-20")), says=(BAG,),
        ),
        "order-of-the-same-day": Case(
            "Returned under an order of the same day.",
            last(seized(), JANE, bodies.Return(to=OWNER), JOSEPH, authority=order),
            says=(BAG, ("ended", EXHIBIT)),
        ),
        "authority-later_seized-without-a-warrant": Case(
            "Seized in haste; the warrant came a day later, before it was recorded.", urgent,
            says=(BAG, ("authority-later", on("0001-seizure"))),
        ),
        "expired": Case("Recalled as expired after the answer was due.", expired, says=(BAG,)),
        "clock-set-back-while-measuring": Case(
            "The clock was set right by four minutes while files were measured.",
            measured(started_at="2026-11-20T09:08:00+03:00"), media=MEDIA,
        ),
        "clock-explained_measured-with-a-dead-battery": Case(
            "The clock stood in another year when measuring began, and the record says so.",
            _measured_by_a_dead_clock(explained), says=(("clock-explained", on("0002-manifest")),), media=MEDIA,
        ),
    }  # fmt: skip


def _measured_by_a_dead_clock(reason: str) -> Pen:
    pen = seized()
    body = measured(started_at="2020-01-01T00:00:00+03:00")
    manifest = body.head.body
    assert manifest is not None
    pen.write(JANE, manifest, clock=reason)
    pen.sidecars = body.sidecars
    return pen


def honest_others() -> dict[str, Case]:
    owner = Outsider(name="Mary Njeri", id="ID 00000000")
    imeis = ("490154203237518", "49-015420-323751-8", "4901542032375180", "49015420323751")
    good, odd = Pen(), Pen()
    good.write(JANE, msgspec.structs.replace(SEIZURE, imei=imeis))
    odd.write(JANE, msgspec.structs.replace(SEIZURE, imei=("490154203237519", "on the box")))
    disposal = verified()
    disposal.write(JANE, bodies.Disposal(method="wiped", last_verification=disposal.head.digest), (JOSEPH,),
                   authority=ORDER)  # fmt: skip
    no_reading = verified()
    no_reading.write(JANE, bodies.Disposal(method="wiped"), (JOSEPH,), authority=ORDER)
    two_copies = family()[1]
    two_copies.write(PETER, bodies.Derived(child=CHILD + "-2", how="image", description="bit copy"))
    ended = ("ended", EXHIBIT)
    return {
        "imei": Case("IMEIs as people write them.", good, says=(BAG,)),
        "imei-unusual_check-digit": Case(
            "An IMEI with another check digit, and something that is none.", odd,
            says=(BAG, ("imei-unusual", on("0001-seizure"))),
        ),
        "ended_disposed-of": Case("Disposed of after its last verification.", disposal, says=(ended,), media=MEDIA),
        "ended_disposed-of-unread": Case(
            "Disposed of; which verification was the last is not said.", no_reading, says=(ended,), media=MEDIA
        ),
        "two-copies": Case("Two copies of one exhibit, described alike.", two_copies, says=(BAG,)),
        "corrected_correction": Case(
            "A correction is corrected.", _corrected(),
            says=(BAG, ("corrected", on("0002-correction")), ("corrected", on("0003-correction"))),
        ),
        "returned-to-a-person-named-twice": Case(
            "Handed out on paper, taken back, and returned to the same person for good.",
            last(taken_back(handed(seized())), JANE, bodies.Return(to=owner, paper=SIGNED_PAPER), JOSEPH,
                 authority=ORDER), says=(BAG, ended),
        ),
    }  # fmt: skip


def _corrected() -> Pen:
    pen = seized()
    pen.write(JANE, bodies.Correction(corrects=pen.head.digest, position=1, statement="it is blue"))
    pen.write(JANE, bodies.Correction(corrects=pen.head.digest, position=2, statement="it is black after all"))
    return pen


def confirmed() -> dict[str, Vector]:
    cases = honest_contents() | honest_hand_overs() | honest_times() | honest_others()
    return {name if "_" in name else f"none_{name}": case.vector(counts=False) for name, case in cases.items()}
