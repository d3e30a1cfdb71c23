"""Attacks by an officer with a key of the own: statements that the exhibit's own chain contradicts.

Each is signed soundly, bound to the record before, and has its line in the ledger: only what it says is false.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from manifests import bodies
from manifests.digest import identity
from manifests.shapes import Authority, LedgerHead, MediaCheck, Noticed, SealReading
from manifests.times import text
from tests.attacks.attack import AGENCY, INSIDER, REFUTED, UNDETERMINED, attack
from tests.attacks.kit import CASE, Forger, head, judge, key_of, later
from tests.attacks.stages import staged
from tests.custody.station import EX, Answer, Office, World
from tests.vectors.pen import NOT_MEASURED, Pen

ORDER = Authority(kind="court-order", number="E9/2026")
CONTRADICTED, ORDER_VIOLATED = ("statement-contradicted",), ("order-violated",)
Body = Callable[[World, Pen], bodies.Body]


def sealed(world: World) -> None:
    world.sealed()


@staged
def in_a_bag(world: World) -> None:
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1")


def on_the_way(world: World) -> None:
    world.sent_in_a_bag()


@staged
def void(world: World) -> None:
    world.seized()
    world.kibra.ok("void", EX, "--because", "typed twice")


def root(office: Office) -> str:
    return identity((office.path / "people" / "root.crt").read_bytes())


def giving(world: World, **changed: Any) -> bodies.Release:
    """A release to LAB, as it should be but for what is named."""
    facts: dict[str, Any] = {
        "to": bodies.Addressee(agency="LAB", root=root(world.lab)), "purpose": "examination",
        "answer_by": text(later(days=14)), "media": NOT_MEASURED, "ledger": head(world.kibra),
    }  # fmt: skip
    return bodies.Release(**{**facts, **changed})


def taking(world: World, pen: Pen, office: Office | None = None, **changed: Any) -> bodies.Receipt:
    facts: dict[str, Any] = {
        "release": pen.head.digest, "media": NOT_MEASURED, "ledger": head(office or world.lab),
        "seal": SealReading(observed="B-1", expected=("B-1",)),
    }  # fmt: skip
    return bodies.Receipt(**{**facts, **changed})


def measured(pen: Pen, verdict: str = "CONFIRMED", **media: Any) -> bodies.Verification:
    sealing = next(each for each, _ in pen.written if each.kind == "manifest")
    facts: dict[str, Any] = {"how": "measured", "items": 6, "bytes": 5} | media
    return bodies.Verification(
        manifests=(sealing.digest,), verdict=verdict, records_verdict="CONFIRMED", media_verdict=verdict,
        media=MediaCheck(**facts),
    )  # fmt: skip


def states(
    name: str, does: str, body: Body, *, begin: Callable[[World], None] = World.seized, says: tuple[str, ...],
    verdict: str = REFUTED, by: str = "112233", of: str = "kibra", witnesses: tuple[str, ...] = (),
    **envelope: Any,
) -> None:  # fmt: skip
    """Enter a statement: who signs it, with which witnesses, and what it says."""

    def play(world: World) -> Answer:
        begin(world)
        office: Office = getattr(world, of)
        forger = Forger(office=office, officer=key_of(office, by))
        pen = Forger(office=world.kibra, officer=forger.officer).pen(f"KIBRA:{EX}")
        seen = tuple(key_of(office, each) for each in witnesses)
        more = {key: value() if callable(value) else value for key, value in envelope.items()}
        forger.write(pen, body(world, pen), seen, **more)
        forger.plant(pen, office=world.kibra)
        return judge(world, world.kibra, EX, "--records-only")

    attack(name=name, by=INSIDER if of == "kibra" else AGENCY, does=does, verdict=verdict, says=says)(play)


def years_ago() -> str:
    return text(later(days=-900))


def _time(moment: datetime) -> str:
    return text(moment)


states(
    "a_release_that_relies_on_the_seizure", "releases, and relies on the seizure as if it were a verification",
    lambda world, pen: giving(world, media=MediaCheck(how="relied-on", verification=pen.written[0][0].digest)),
    begin=sealed, says=CONTRADICTED,
)  # fmt: skip
states(
    "a_release_with_seals_that_are_not_on", "releases under a seal that nobody put on",
    lambda world, pen: giving(world, seals=("B-9",)), begin=in_a_bag, says=CONTRADICTED,
)  # fmt: skip
states(
    "a_release_that_forgets_the_seal", "releases a sealed bag and names no seal",
    lambda world, pen: giving(world), begin=in_a_bag, says=CONTRADICTED,
)  # fmt: skip
states(
    "a_release_of_contents_never_measured", "releases what was measured, and says that it never was",
    lambda world, pen: giving(world), begin=sealed, says=CONTRADICTED,
)  # fmt: skip
states(
    "an_event_before_the_seizure", "notes an event that happened years before the exhibit was seized",
    lambda world, pen: bodies.Event(word="access-view", description="looked at"),
    verdict=UNDETERMINED, says=("time-contradictory",), occurred_at=years_ago,
)  # fmt: skip
states(
    "a_verification_of_nothing", "signs that the contents were measured and confirmed: nought items",
    lambda world, pen: measured(pen, items=0, bytes=0), begin=sealed, says=CONTRADICTED,
)  # fmt: skip
states(
    "a_verification_better_than_it_found", "signs CONFIRMED over a file that was found changed",
    lambda world, pen: measured(
        pen, findings=(Noticed(code="content-changed", subject=f"KIBRA:{EX}", text="a note.txt"),)
    ),
    begin=sealed, says=CONTRADICTED,
)  # fmt: skip
states(
    "a_release_that_hides_what_it_found", "finds a file changed, and releases without saying so",
    lambda world, pen: giving(world, media=MediaCheck(
        how="measured", items=6, bytes=5,
        findings=(Noticed(code="content-changed", subject=f"KIBRA:{EX}", text="a note.txt"),),
    )),
    begin=sealed, says=CONTRADICTED,
)  # fmt: skip
states(
    "a_release_despite_a_fork", "releases in spite of what may never be overridden",
    lambda world, pen: giving(world, despite=(Noticed(code="fork", subject=EX, text="two histories"),)),
    says=ORDER_VIOLATED,
)  # fmt: skip
states(
    "a_release_with_an_empty_ledger", "releases, and says that the ledger has no line yet",
    lambda world, pen: giving(world, ledger=LedgerHead(size=0, root=identity(b""))), says=CONTRADICTED,
)  # fmt: skip
states(
    "a_release_with_an_invented_ledger", "releases with an invented head of the ledger",
    lambda world, pen: giving(world, ledger=LedgerHead(size=head(world.kibra).size, root=identity(b"invented"))),
    says=("ledger-inconsistent",),
)  # fmt: skip
states(
    "a_release_by_who_does_not_hold_it", "releases an exhibit that a colleague holds",
    lambda world, pen: giving(world), by="445566", says=ORDER_VIOLATED,
)  # fmt: skip
states(
    "a_release_to_himself", "releases to himself, under his own number",
    lambda world, pen: giving(world, to=bodies.Addressee(agency="KIBRA", root=root(world.kibra), service_no="112233")),
    says=("same-person",),
)  # fmt: skip
states(
    "a_receipt_by_who_was_not_asked", "the court signs for what was released to the laboratory",
    lambda world, pen: taking(world, pen, world.court), begin=on_the_way, of="court", by="31", says=ORDER_VIOLATED,
)  # fmt: skip
states(
    "a_receipt_by_the_releaser", "signs for what he himself released to the laboratory",
    lambda world, pen: taking(world, pen, world.kibra), begin=on_the_way, says=("same-person",),
)  # fmt: skip
states(
    "a_receipt_that_expects_another_seal", "the laboratory signs for another seal, as if it were expected",
    lambda world, pen: taking(world, pen, seal=SealReading(observed="B-7", expected=("B-7",))),
    begin=on_the_way, of="lab", by="7001", says=CONTRADICTED,
)  # fmt: skip
states(
    "a_receipt_of_another_seal", "the laboratory signs for a bag with another seal",
    lambda world, pen: taking(world, pen, seal=SealReading(observed="B-7", expected=("B-1",))),
    begin=on_the_way, of="lab", by="7001", verdict=UNDETERMINED, says=("seal-differs",),
)  # fmt: skip
states(
    "a_receipt_of_another_release", "the laboratory signs for a release that does not exist",
    lambda world, pen: taking(world, pen, release=identity(b"no release")),
    begin=on_the_way, of="lab", by="7001", says=ORDER_VIOLATED,
)  # fmt: skip
states(
    "a_recall_that_invents_a_refusal", "takes back what is on the way, and says that it was refused",
    lambda world, pen: bodies.Recall(release=pen.head.digest, because="refused"),
    begin=on_the_way, verdict=UNDETERMINED, says=("refusal-missing",),
)  # fmt: skip
states(
    "a_recall_before_its_time", "takes back what is on the way as expired, fourteen days early",
    lambda world, pen: bodies.Recall(release=pen.head.digest, because="expired"),
    begin=on_the_way, verdict=UNDETERMINED, says=("time-contradictory",),
)  # fmt: skip
states(
    "a_takeover_from_who_does_not_hold_it", "a supervisor takes over from somebody who never held it",
    lambda world, pen: bodies.Takeover(holder="Ali Hassan", service_no="445566", because="absent"),
    by="900100", witnesses=("445566",), says=ORDER_VIOLATED,
)  # fmt: skip
states(
    "a_takeover_by_an_officer", "takes over without being a supervisor",
    lambda world, pen: bodies.Takeover(holder="Jane Wanjiku", service_no="112233", because="absent"),
    by="445566", witnesses=("900100",), says=ORDER_VIOLATED,
)  # fmt: skip
states(
    "a_takeover_from_the_dead_who_witnesses_it", "takes over from a holder who is dead, and who signs as the witness",
    lambda world, pen: bodies.Takeover(holder="Jane Wanjiku", service_no="112233", because="dead"),
    by="900100", witnesses=("112233",), says=CONTRADICTED,
)  # fmt: skip
states(
    "a_disposal_without_a_witness", "disposes of an exhibit alone",
    lambda world, pen: bodies.Disposal(method="burnt"), says=ORDER_VIOLATED, authority=ORDER,
)  # fmt: skip
states(
    "a_disposal_without_an_order", "disposes of an exhibit without an order of a court",
    lambda world, pen: bodies.Disposal(method="burnt"), witnesses=("445566",), says=ORDER_VIOLATED,
)  # fmt: skip
states(
    "a_disposal_that_was_verified_by_the_seizure", "disposes of an exhibit, last verified by its seizure",
    lambda world, pen: bodies.Disposal(method="burnt", last_verification=pen.written[0][0].digest),
    witnesses=("445566",), says=CONTRADICTED, authority=ORDER,
)  # fmt: skip
states(
    "a_disposal_witnessed_by_its_signer", "disposes of an exhibit, and is the own witness",
    lambda world, pen: bodies.Disposal(method="burnt"), witnesses=("112233",), says=("same-person",), authority=ORDER,
)  # fmt: skip
states(
    "two_witnesses_who_are_one", "disposes of an exhibit before two witnesses, who are one",
    lambda world, pen: bodies.Disposal(method="burnt"), witnesses=("445566", "445566"), says=("same-person",),
    authority=ORDER,
)  # fmt: skip
states(
    "a_correction_of_what_is_not_there", "corrects a record that does not exist",
    lambda world, pen: bodies.Correction(corrects=identity(b"nothing"), position=9, statement="it was otherwise"),
    says=ORDER_VIOLATED,
)  # fmt: skip
states(
    "a_seal_broken_that_was_not_on", "breaks a seal that nobody put on",
    lambda world, pen: bodies.Event(word="seal-broken", seal="B-9", condition="intact"),
    begin=in_a_bag, says=ORDER_VIOLATED,
)  # fmt: skip
states(
    "seized_a_second_time", "seizes the same exhibit once more, as its second record",
    lambda world, pen: bodies.Seizure(how="seized", description="another phone"), says=ORDER_VIOLATED,
)  # fmt: skip
states(
    "derived_from_itself", "derives an exhibit from itself",
    lambda world, pen: bodies.Derived(child=f"KIBRA:{EX}", how="copy", description="a copy"), says=ORDER_VIOLATED,
)  # fmt: skip
states(
    "an_event_after_the_end", "goes on with an exhibit that was declared void",
    lambda world, pen: bodies.Event(word="incident", description="found again"), begin=void, says=ORDER_VIOLATED,
)  # fmt: skip


@attack(
    by=INSIDER, does="corrects, in one exhibit, the record of another", verdict=REFUTED, says=("order-violated",)
)  # fmt: skip
def a_correction_of_another_exhibit(world: World) -> Answer:
    world.seized()
    world.seized(f"{CASE}/EX-2")
    forger = Forger(office=world.kibra, officer=key_of(world.kibra, "112233"))
    other = forger.pen(f"KIBRA:{CASE}/EX-2").head.digest
    pen = forger.pen(f"KIBRA:{EX}")
    forger.write(pen, bodies.Correction(corrects=other, position=1, statement="it was otherwise"))
    forger.plant(pen)
    return judge(world, world.kibra, EX)


@attack(
    by=INSIDER, does="signs for a register of another name with this register's identity", verdict=REFUTED,
    says=("statement-contradicted",),
)  # fmt: skip
def a_register_under_another_name(world: World) -> Answer:
    world.seized()
    forger = Forger(office=world.kibra, officer=key_of(world.kibra, "112233"), register="KIBRA/ghost")
    pen = forger.pen(f"KIBRA:{EX}")
    forger.write(pen, bodies.Event(word="incident", description="invented"))
    forger.plant(pen)
    return judge(world, world.kibra, EX)


@attack(by=INSIDER, does="describes the exhibit falsely", verdict="CONFIRMED",
        undetected="That a person told the truth, or that the content is true.")  # fmt: skip
def a_false_description(world: World) -> Answer:
    world.kibra.ok("seize", EX, "--description", "a white phone, and it was black", "--place", "here",
                   "--authority", "warrant:E1/2026")  # fmt: skip
    return judge(world, world.kibra, EX)
