"""Records that say what cannot be so, or is not plausible (docs/spec/statements.md)."""

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from manifests import bodies
from manifests.cards import b64
from manifests.digest import identity
from manifests.shapes import Authority, LedgerHead, MediaCheck, Noticed, Paper, SealReading, Workers
from tests.vectors.confirming import CHILD, ORDER, family, seized
from tests.vectors.pen import A_LEDGER, EXHIBIT, OWNER, SEIZURE, SIGNED_PAPER, Pen
from tests.vectors.people import COURT, GRACE, JANE, JOSEPH, LAB, PETER, Officer
from tests.vectors.things import ALL_READ, MEDIA, item, logged, measured
from tests.vectors.vector import BAG, Books, Files, Vector, on, package

CODE = "statement-contradicted"
OWED, IN_TRANSIT = ("contents-owed", EXHIBIT), ("in-transit", EXHIBIT)
NONE = MediaCheck(how="none")
EXTRA = Noticed(code="content-extra", subject=EXHIBIT, text="1 items")
EMPTY_PAPER = Paper(name="receipt.pdf", sha256=identity(b""), size=0)
TO_REPAIR: dict[str, Any] = {"to": OWNER, "purpose": "repair", "answer_by": "2026-12-04T09:00:00+03:00"}
NIGHT = "2026-11-20T03:00:00+03:00"
"""Before anything happened."""


@dataclass
class Case:
    """A chain whose last record is the one in question."""

    what: str
    pen: Pen
    says: tuple[tuple[str, str], ...] = ()
    code: str = CODE
    media: Files = field(default_factory=dict)
    records_only: bool = False

    def vector(self, *, counts: bool) -> Vector:
        """As a package; `counts`: the last record has the finding `code`."""
        last = self.pen.files[-1].name.removesuffix(".json")
        options = {"records_only": True} if self.records_only else {}
        said = (*self.says, (self.code, on(last))) if counts else self.says
        return Vector(what=self.what, files=package(self.pen, media=self.media), says=said, options=options)


def last(pen: Pen, signer: Officer, body: bodies.Body, *witnesses: Officer, **changed: Any) -> Pen:
    """The chain with one more record."""
    pen.write(signer, body, witnesses, **changed)
    return pen


def sealed(*numbers: str) -> Pen:
    """Seized, with numbered seals."""
    pen = seized()
    for number in numbers:
        pen.write(JANE, bodies.Seal(number=number))
    return pen


def verified(by: Officer = JANE, **changed: Any) -> Pen:
    """Measured, and then compared whole, or as `changed` says."""
    pen = measured()
    return last(pen, by, verification(pen, **changed))


def verification(pen: Pen, **changed: Any) -> bodies.Verification:
    """A verification that read all three files and found nothing."""
    named = tuple(record.digest for record, _ in pen.written if isinstance(record.body, bodies.Manifest))
    facts = {"manifests": named, "verdict": "CONFIRMED", "media": ALL_READ, **changed}
    read = facts["media"].how in ("measured", "pieces")
    verdicts = {"records_verdict": "CONFIRMED" if read else facts["verdict"]}
    verdicts |= {"media_verdict": facts["verdict"]} if read else {}
    return bodies.Verification(**{**verdicts, **facts})


def relying(pen: Pen, on_record: int, media: MediaCheck = ALL_READ, by: Officer = JANE) -> Pen:
    """A release that relies on a record of its chain."""
    digest = pen.written[on_record - 1][0].digest
    pen.release(by, LAB, media=msgspec.structs.replace(media, how="relied-on", verification=digest))
    return pen


def released(pen: Pen, **changed: Any) -> Pen:
    pen.release(JANE, LAB, **changed)
    return pen


def received(pen: Pen, **changed: Any) -> Pen:
    pen.receive(PETER, **changed)
    return pen


def handed(pen: Pen, **changed: Any) -> Pen:
    return last(pen, JANE, bodies.HandedOutside(**{**TO_REPAIR, "paper": SIGNED_PAPER, **changed}))


def taken_back(pen: Pen, **changed: Any) -> Pen:
    body = bodies.TakenBack(handed=pen.head.digest, paper=SIGNED_PAPER, **changed)
    return last(pen, JANE, body)


# --- refuted -----------------------------------------------------------------------


def about_contents() -> dict[str, Case]:
    """What releases, receipts and verifications say of contents."""
    twice = measured()
    twice.measure(JANE, item("later.txt", b"more"))
    first_only = verification(twice, manifests=(twice.written[1][0].digest,))
    doubt = {"media": msgspec.structs.replace(ALL_READ, findings=(EXTRA,)), "verdict": "UNDETERMINED"}
    some = MediaCheck(how="measured", items=2, bytes=20)
    both = measured()
    both.measure(JANE, item("later.txt", b"more"))
    elsewhere = msgspec.structs.replace(EXTRA, subject=CHILD)
    workers = Workers(engine="dask", count=4)
    return {
        "relies-on-the-seizure": Case(
            "A release relies on the seizure as its verification.", relying(measured(), 1)
        ),
        "relies-on-another-person": Case(
            "A release relies on the verification of a colleague.", relying(verified(JOSEPH), 3)
        ),
        "relies-on-part": Case(
            "A release relies on a verification of one of two manifests.", relying(last(twice, JANE, first_only), 4)
        ),
        "relies-on-a-doubt": Case(
            "A release relies on a verification that did not confirm.", relying(verified(**doubt), 3)
        ),
        "relies-on-workers": Case(
            "A release relies on what other computers read.", relying(verified(read_by=workers), 3),
            says=(("read-elsewhere", on("0003-verification")),),
        ),
        "relies-on-more-than-was-read": Case(
            "A release relies on a verification, and says that it read more.",
            relying(verified(), 3, MediaCheck(how="measured", items=9, bytes=900)),
        ),
        "released-never-measured": Case(
            "A release says that contents were never measured; the chain has a manifest.", released(measured()),
        ),
        "released-measured-nothing": Case(
            "A release says that all was compared, 0 items of 0 bytes.",
            released(measured(), media=MediaCheck(how="measured", items=0, bytes=0)),
        ),
        "released-less-than-all": Case(
            "A release says that two of three files were all.", released(measured(), media=some)
        ),
        "released-compared-with-nothing": Case(
            "A release says that contents were compared; nothing was ever measured.",
            released(seized(), media=ALL_READ), says=(BAG,),
        ),
        "released-and-not-said": Case(
            "A release found a file that was never sealed, and does not say that it is made in spite of it.",
            released(measured(), media=msgspec.structs.replace(ALL_READ, findings=(EXTRA,))),
        ),
        "released-not-read-and-counted": Case(
            "A release says that contents were not read, and how many.",
            released(measured(), media=msgspec.structs.replace(ALL_READ, how="not-read")),
        ),
        "found-in-another-exhibit": Case(
            "What was found in the contents is said of another exhibit.",
            verified(verdict="UNDETERMINED", media=msgspec.structs.replace(ALL_READ, findings=(elsewhere,))),
        ),
        "received-never-measured": Case(
            "A receipt says that contents were never measured; the chain has a manifest.",
            received(released(measured(), media=ALL_READ)), says=(IN_TRANSIT,),
        ),
        "received-less-than-all": Case(
            "A receipt says that two of three files were all.",
            received(released(measured(), media=ALL_READ), media=some), says=(IN_TRANSIT,),
        ),
        "verified-nothing": Case(
            "A verification says that all is as sealed, and read 0 items.",
            verified(media=MediaCheck(how="measured", items=0, bytes=0)),
        ),
        "verified-one-of-two-manifests": Case(
            "A verification names two manifests, and read fewer items than the larger one has.",
            last(both, JANE, verification(both, media=some)),
        ),
        "verified-against-nothing": Case(
            "A verification says that it compared contents, and with no manifest.", verified(manifests=()),
        ),
        "verified-and-owed": Case(
            "A verification says that it will be made later.",
            verified(manifests=(), media=MediaCheck(how="later")),
        ),
        "verified-never-measured": Case(
            "A verification says that contents were never measured; the chain has a manifest.",
            verified(manifests=(), media=NONE),
        ),
        "verdict-better-than-the-findings": Case(
            "A verification found a changed file, and says CONFIRMED.",
            verified(media=msgspec.structs.replace(
                ALL_READ, findings=(Noticed(code="content-changed", subject=EXHIBIT, text="1 items"),)
            )),
        ),
        "verdict-undecided-and-refuted": Case(
            "A verification found a missing file, and says UNDETERMINED.",
            verified(verdict="UNDETERMINED", media=msgspec.structs.replace(
                ALL_READ, findings=(Noticed(code="content-missing", subject=EXHIBIT, text="1 items"),)
            )),
        ),
        "read-by-no-worker": Case(
            "A verification was read by 0 workers.", verified(read_by=Workers(engine="dask", count=0))
        ),
    }  # fmt: skip


def about_manifests() -> dict[str, Case]:
    """What manifests say of themselves; none of them is looked at further."""
    bound: tuple[bodies.BoundLog, ...] = logged().facts()["logs"]
    facts: dict[str, Any] = {"acquisition": {"cable": {"make": "none"}}, "not_stated": ("cable.make",)}
    fewer = {**logged().facts(), "logs": (msgspec.structs.replace(bound[0], claims=2),)}
    return {
        "manifest-does-not-add-up": Case("A manifest has 4 items, and measured 3 of them.", measured(items=4), (BAG,)),
        "manifest-counts-twice": Case(
            "A manifest counts what was measured among what was not.",
            measured(measured=2, not_measured=(bodies.NotMeasured(outcome="measured", count=1),)),
            (BAG,),
        ),
        "manifest-of-images-in-nothing": Case(
            "A manifest has the media of more images than it has files.",
            measured(decoded=bodies.Decoded(images=3, bytes=5)),
            (BAG,),
        ),
        "manifest-bytes-of-nothing": Case(
            "A manifest measured nothing, and counts bytes.",
            measured(measured=0, not_measured=(bodies.NotMeasured(outcome="unreadable", count=3),)),
            (BAG,),
        ),
        "manifest-without-sha-256": Case(
            "A manifest says that its items have MD5 only.", measured(algorithms=("md5",)), (BAG,)
        ),
        "manifest-stated-and-not": Case("A fact is stated, and called not stated.", measured(**facts), (BAG,)),
        "manifest-log-does-not-add-up": Case(
            "Of 2 claims in a log, 3 are the same.", measured(logged=logged(), **fewer), (BAG,)
        ),
    }  # fmt: skip


def about_hand_overs() -> dict[str, Case]:
    """What is said when an exhibit changes hands."""
    other_paper = msgspec.structs.replace(SIGNED_PAPER, size=18)
    ghost = JANE.person(register="KIBRA/ghost")
    by_ghost = last(seized(), JANE, bodies.Seal(number="S-1"), by=ghost)
    opens_ghost = Pen()
    opens_ghost.write(JANE, SEIZURE, (JOSEPH,), by=ghost)
    refusal = identity(b"a refusal")
    recalled = released(seized())
    recalled.write(JANE, bodies.Recall(release=recalled.head.digest, because="lost", refusal=refusal))
    with_code = Noticed(code="chain-broken", subject=EXHIBIT, text="x")
    to_self = seized()
    to_self.release(JANE, JANE)
    of_lab = seized()
    of_lab.release(JANE, PETER)
    dead = bodies.Takeover(holder="Jane Wanjiku", service_no="112233", because="dead")
    read = SealReading(observed="S-7", expected=("S-7",))
    in_bag = (BAG, IN_TRANSIT)
    return {
        "released-without-its-seal": Case(
            "A release names no seal; one is on.", released(sealed("S-1")), says=(BAG,)
        ),
        "released-with-another-seal": Case(
            "A release names a seal that is not on.", released(sealed("S-1"), seals=("S-2",)), says=(BAG,)
        ),
        "released-with-a-broken-seal": Case(
            "A release names a seal that was broken.",
            released(
                last(sealed("S-1"), JANE, bodies.Event(word="seal-broken", seal="S-1", condition="torn")),
                seals=("S-1",),
            ),
            says=(BAG,),
        ),
        "released-with-an-empty-ledger": Case(
            "A release carries the head of an empty ledger.",
            released(seized(), ledger=LedgerHead(size=0, root=identity(b""))), says=(BAG,),
        ),
        "released-with-a-short-ledger": Case(
            "A release carries a ledger too short for the records of its own chain.",
            released(sealed("S-1"), seals=("S-1",), ledger=LedgerHead(size=3, root=A_LEDGER.root)), says=(BAG,),
        ),
        "received-with-an-empty-ledger": Case(
            "A receipt carries the head of an empty ledger.",
            received(released(seized()), ledger=LedgerHead(size=0, root=identity(b""))), says=in_bag,
        ),
        "received-expecting-another-seal": Case(
            "A receipt says that another seal was expected than the one released.",
            received(released(sealed("S-1"), seals=("S-1",)), seal=read), says=in_bag,
        ),
        "recalled-with-a-refusal": Case("A recall says lost, and names a refusal.", recalled, says=in_bag),
        "handed-out-without-its-seal": Case(
            "Handed out on paper without naming the seal that is on.", handed(sealed("S-1")), says=(BAG,)
        ),
        "handed-out-on-an-empty-paper": Case(
            "The signed paper of a hand-over is empty.", handed(seized(), paper=EMPTY_PAPER), says=(BAG,)
        ),
        "paper-of-two-sizes": Case(
            "One paper has two sizes.",
            last(handed(seized()), JANE, bodies.TakenBack(handed=handed(seized()).head.digest, paper=other_paper)),
            says=(BAG, ("held-outside", EXHIBIT)),
        ),
        "taken-back-expecting-another-seal": Case(
            "Taken back, expecting another seal than the one handed out.",
            taken_back(handed(sealed("S-1"), seals=("S-1",)), seal=read), says=(BAG, ("held-outside", EXHIBIT)),
        ),
        "taken-over-from-the-dead-witness": Case(
            "A supervisor takes over from a dead holder, who is the witness.", last(seized(), GRACE, dead, JANE),
            says=(BAG,),
        ),
        "register-of-two-names": Case("One register writes under two names.", by_ghost, says=(BAG,)),
        "register-of-two-names-witness": Case(
            "The witness's register is the signer's, under another name.", opens_ghost
        ),
        "order-violated_despite-a-broken-chain": Case(
            "A release is made in spite of a broken chain.", released(seized(), despite=(with_code,)),
            says=(BAG,), code="order-violated",
        ),
        "order-violated_released-to-an-officer-elsewhere": Case(
            "A release names one officer of another agency.", of_lab, says=(BAG,), code="order-violated"
        ),
        "same-person_released-to-oneself": Case(
            "Released to the one who releases it.", to_self, says=(BAG,), code="same-person"
        ),
    }  # fmt: skip


def about_other_kinds() -> dict[str, Case]:
    twice, _ = (family()[1], 0)
    twice.write(PETER, bodies.Derived(child=CHILD, how="copy", description="again"))
    two = verified()
    two.write(JANE, verification(two, media=ALL_READ))
    older, seizure = two.written[2][0].digest, seized()
    seizure.write(JANE, bodies.Disposal(method="shredded", last_verification=seizure.head.digest), (JOSEPH,),
                  authority=ORDER)  # fmt: skip
    empty = Pen()
    empty.write(JANE, msgspec.structs.replace(SEIZURE, photos=(msgspec.structs.replace(EMPTY_PAPER, size=9),)))
    itself = Pen()
    itself.write(
        JANE, bodies.Derivation(how="copy", parent=EXHIBIT, parent_record=identity(b"x"), description="x")
    )  # fmt: skip
    elsewhere = bodies.Disposal(method="shredded", last_verification=identity(b"elsewhere"))
    witnesses = Pen()
    witnesses.write(JANE, SEIZURE, (JOSEPH, JOSEPH))
    return {
        "disposed-of-after-the-seizure": Case(
            "A disposal calls the seizure its last verification.", seizure, says=(BAG,)
        ),
        "disposed-of-after-an-older-one": Case(
            "A disposal calls the last but one verification the last.",
            last(two, JANE, bodies.Disposal(method="shredded", last_verification=older), JOSEPH, authority=ORDER),
            records_only=True,
        ),
        "order-violated_disposed-of-after-another-exhibit": Case(
            "A disposal names a verification that is not in its chain.",
            last(seized(), JANE, elsewhere, JOSEPH, authority=ORDER), says=(BAG,), code="order-violated",
        ),
        "order-violated_derived-twice": Case(
            "One exhibit is derived twice.", twice, says=(BAG,), code="order-violated"
        ),
        "derived-into-a-case": Case(
            "What was derived is called a case.",
            last(seized(), JANE, bodies.Derived(child="KIBRA:KBR-2026-0042", how="copy", description="x")),
            says=(BAG,),
        ),
        "order-violated_derivation-of-itself": Case(
            "An exhibit says that it comes from itself.", itself, code="order-violated"
        ),
        "photograph-of-nothing": Case("A photograph of 9 bytes has the digest of nothing.", empty),
        "same-person_two-witnesses": Case(
            "Two witnesses are one person.", witnesses, code="same-person"
        ),
    }  # fmt: skip


def families() -> dict[str, Vector]:
    """Parent and child that tell it otherwise."""
    child, parent = family()
    other = Pen(chain=CHILD, root=LAB.fingerprint, now=child.now)
    first = child.head.body
    assert isinstance(first, bodies.Derivation)
    other.write(PETER, msgspec.structs.replace(first, description="the accounts only"))
    return {
        "derivation-mismatch_other-description": Vector(
            what="The derived exhibit is described otherwise than in its parent's chain.",
            files=package(other, parent),
            says=(BAG, ("physical-exhibit", CHILD), ("derivation-mismatch", CHILD)),
        ),
    }


def journals() -> dict[str, Vector]:
    """A journal's records, held against the certificates in them."""
    named = bodies.AnchorTrusted(
        agency="Another Court", code="COURT", root=COURT.fingerprint, root_certificate=b64(COURT.certificate),
        compared="typed",
    )  # fmt: skip
    nothing = bodies.RegisterRestored(lost=A_LEDGER, now=A_LEDGER)
    return {
        f"{CODE}_root-of-another-name": _journal("A root is trusted under another name than its own.", named),
        f"{CODE}_restored-and-nothing-lost": _journal(
            "A register is said to be put back, and nothing was lost.", nothing, JOSEPH
        ),
    }


def _journal(what: str, body: bodies.Body, *witnesses: Officer) -> Vector:
    books = Books()
    journal = books.chains["KIBRA/desk"]
    books.note(journal.write(JANE, body, witnesses), journal)
    last_name = journal.files[-1].name.removesuffix(".json")
    return Vector(what=what, files=books.files(), says=((CODE, f"KIBRA/desk {last_name}"),))


def refuted() -> dict[str, Vector]:
    contents = {name: replace(case, records_only=True) for name, case in about_contents().items()}
    cases = contents | about_manifests() | about_hand_overs() | about_other_kinds()
    named = {name if "_" in name else f"{CODE}_{name}": case.vector(counts=True) for name, case in cases.items()}
    return named | families() | journals()


# --- undetermined ------------------------------------------------------------------


def untimely() -> dict[str, Case]:
    """Times that are not plausible and that nobody explains."""
    in_lab = received(released(seized()))
    came = in_lab.head.envelope.occurred_at
    late_order = Authority(kind="order", number="E7/2027", issued_on="2027-01-08")
    recalled = released(seized())
    recalled.recall(JANE, "expired")
    return {
        "before-the-seizure": Case(
            "An event years before the seizure.",
            last(seized(), JANE, bodies.Event(word="incident", description="wet"),
                 occurred_at="2019-01-01T09:00:00+03:00"), says=(BAG,),
        ),
        "before-it-came": Case(
            f"The laboratory examined it in the night; it came at {came}.",
            last(in_lab, PETER, bodies.Event(word="examination-start", purpose="x"), occurred_at=NIGHT), says=(BAG,),
        ),
        "received-before-released": Case(
            "Received hours before it was released.", last(
                released(seized()), PETER,
                bodies.Receipt(release=released(seized()).head.digest, media=NONE, ledger=A_LEDGER),
                occurred_at=NIGHT,
            ), says=(BAG,),
        ),
        "taken-back-before-handed-out": Case(
            "Taken back hours before it was handed out.", last(
                handed(seized()), JANE, bodies.TakenBack(handed=handed(seized()).head.digest, paper=SIGNED_PAPER),
                occurred_at=NIGHT,
            ), says=(BAG,),
        ),
        "answer-before-the-release": Case(
            "An answer is expected before the release.", released(seized(), answer_by=NIGHT),
            says=(BAG, IN_TRANSIT),
        ),
        "paper-answer-before-the-hand-over": Case(
            "An exhibit on paper is expected back before it is handed out.", handed(seized(), answer_by=NIGHT),
            says=(BAG, ("held-outside", EXHIBIT)),
        ),
        "due-before-it-went": Case(
            "Checked out, to be back the day before.",
            last(seized(), JANE, bodies.Event(word="checkout", purpose="x", due="2026-11-19")), says=(BAG,),
        ),
        "expired-early": Case("Called expired two weeks before the answer was due.", recalled, says=(BAG,)),
        "order-after-the-return": Case(
            "Returned under an order of seven weeks later.",
            last(seized(), JANE, bodies.Return(to=OWNER, paper=SIGNED_PAPER), JOSEPH, authority=late_order),
            says=(BAG, ("ended", EXHIBIT), ("authority-later", on("0002-return"))),
        ),
        "measured-before-the-seizure": Case(
            "A manifest was begun before the seizure.", measured(started_at=NIGHT), media=MEDIA
        ),
        "measured-backwards": Case(
            "A manifest was finished before it was begun.", measured(started_at="2026-11-20T10:00:00+03:00"),
            media=MEDIA,
        ),
        "measured-after-it-was-recorded": Case(
            "A manifest was finished hours after it was recorded.",
            measured(finished_at="2026-11-20T19:00:00+03:00"), media=MEDIA,
        ),
        "resumed-after-the-end": Case(
            "A manifest was resumed after it was finished.", measured(resumed_at=("2026-11-20T19:00:00+03:00",)),
            says=(("resumed", on("0002-manifest")),), media=MEDIA,
        ),
    }  # fmt: skip


def undetermined() -> dict[str, Vector]:
    code = "time-contradictory"
    found = {}
    for name, case in untimely().items():
        found[f"{code}_{name}"] = replace(case, code=code).vector(counts=True)
    unsaid = Case(
        "A receipt does not say which seal was expected, and another was read.",
        received(released(sealed("S-1"), seals=("S-1",)), seal=SealReading(observed="S-7")), (BAG,), "seal-differs",
    )  # fmt: skip
    found["seal-differs_expected-not-said"] = unsaid.vector(counts=True)
    return found
