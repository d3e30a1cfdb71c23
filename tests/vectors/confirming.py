"""The cases that must be confirmed: honest ones, and one for each note."""

from datetime import timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from hashing.items import Outcome
from manifests import bodies
from manifests.paper import paper_code
from manifests.shapes import Authority, MediaCheck, Noticed, SealReading, Workers
from tests.vectors.pen import CASE, EXHIBIT, OWNER, SEIZURE, SIGNED_PAPER, Pen, redact, release_to, verification
from tests.vectors.people import (
    AMINA,
    COURT,
    GRACE,
    JANE,
    JOSEPH,
    KIBRA,
    LAB,
    PETER,
    Officer,
    key,
    officer,
    rsa_3072,
)
from tests.vectors.things import ALL_READ, MEDIA, WITH_IMAGE, image, item, measured, special
from tests.vectors.vector import BAG, Books, Vector, on, package

ORDER = Authority(kind="order", number="E7/2027")
CHILD = f"LAB:{CASE}/EX-1-COPY"


def seized(by: Officer = JANE) -> Pen:
    pen = Pen()
    pen.seize(by)
    return pen


def three_agencies() -> Pen:
    """Station, laboratory and court, with a witness and a seal."""
    pen = Pen()
    pen.write(JANE, SEIZURE, (JOSEPH,), place="Kibra market, stall 14", authority=Authority(kind="warrant", number="1"))
    pen.write(JOSEPH, bodies.Seal(number="S-1"))
    read = SealReading(observed="S-1", expected=("S-1",))
    pen.release(JANE, LAB, seals=("S-1",))
    pen.receive(PETER, seal=read)
    pen.release(PETER, COURT, seals=("S-1",))
    pen.receive(AMINA, seal=read)
    return pen


def family() -> tuple[Pen, Pen]:
    """A copy made in the laboratory, and the exhibit it was made from."""
    parent = seized()
    parent.release(JANE, LAB)
    parent.receive(PETER)
    parent.write(PETER, bodies.Derived(child=CHILD, how="image", description="bit copy"))
    child = Pen(chain=CHILD, root=LAB.fingerprint, now=parent.now)
    body = bodies.Derivation(how="image", parent=EXHIBIT, parent_record=parent.head.digest, description="bit copy")
    child.write(PETER, body)
    return child, parent


def honest() -> dict[str, Vector]:
    child, parent = family()
    ruth = officer(KIBRA, "Ruth Wambui", "CPL", "384384", key(1384, ec.SECP384R1()))
    rose = officer(KIBRA, "Rose Atieno", "CPL", "307230", rsa_3072())
    books = Books()
    books.seized()
    code = paper_code(seized().head.digest)
    return {
        "none_three-agencies": Vector(
            what="Seized with a witness, sealed, received by a laboratory, received by a court.",
            files=package(three_agencies()), says=(BAG,),
        ),
        "none_contents-inside": Vector(
            what="Three files, measured, and lying in the package as they were sealed.",
            files=package(measured(), media=MEDIA), anchors=("KIBRA",),
        ),
        "none_digest-of-a-later-version": Vector(
            what="A file has a further digest, of an algorithm that is not known here; the known ones are compared.",
            files=package(_with_another_digest(), media={**MEDIA, "zz.txt": b"x"}), anchors=("KIBRA",),
        ),
        "none_derived-exhibit": Vector(
            what="A copy made in the laboratory; its chain and its parent's name each other.",
            files=package(child, parent), says=(BAG, ("physical-exhibit", CHILD)),
        ),
        "none_p-384": Vector(what="Signed with ECDSA P-384.", files=package(seized(ruth)), says=(BAG,)),
        "none_rsa-3072": Vector(what="Signed with RSA of 3072 bits.", files=package(seized(rose)), says=(BAG,)),
        "none_code-on-paper": Vector(
            what="The code on paper is that of the first record; blanks and a 0 for an O do not count.",
            files=package(seized()), says=(BAG,), options={"code": code.replace("-", " ").lower().replace("o", "0")},
        ),
        "none_code-of-sixteen-letters": Vector(
            what="The first 16 letters of the code.", files=package(seized()), says=(BAG,), options={"code": code[:19]},
        ),
        "none_register": Vector(
            what="A whole register with journal, case, exhibit, ledger and pin.", files=books.files(), says=(BAG,),
        ),
    }  # fmt: skip


def _with_another_digest() -> Pen:
    one = item("zz.txt", b"x")
    more = one._replace(digests={**one.digests, "k12": "5e" * 32})
    return measured(more, algorithms=("sha256", "k12"))


def noted() -> dict[str, Vector]:
    """One case for each note about records."""
    return {
        "physical-exhibit_bag": Vector(
            what="A phone in a bag that nobody measured.", files=package(seized()), says=(BAG,)
        ),
        "in-transit_released": _in_transit(),
        "held-outside_on-paper": _held_outside(),
        "ended_returned": _ended(),
        "taken-over_by-a-supervisor": _taken_over(),
        "corrected_by-a-later-record": _corrected(),
        "released-despite_an-extra-file": _despite(),
        "seal-not-read_at-the-receipt": _seal_not_read(),
        "seal-spelled-otherwise_at-the-receipt": _seal_spelled_otherwise(),
        "clock-explained_dead-battery": _clock_explained(),
        "clock-differs_two-agencies": _clock_differs(),
        "received-since_package": _received_since(),
    }


def _in_transit() -> Vector:
    pen = seized()
    pen.release(JANE, LAB)
    return Vector(what="Released, and not yet received.", files=package(pen), says=(BAG, ("in-transit", EXHIBIT)))


def _received_since() -> Vector:
    books = Books()
    pen = books.seized()
    books.note(pen.release(JANE, LAB, ledger=books.head()), pen)
    came = pen.copy()
    books.note(pen.receive(PETER), pen)
    return Vector(
        what="A package, verified in the register that sent it, which has the receipt since.",
        files=package(came) | books.files(), says=(BAG, ("in-transit", EXHIBIT), ("received-since", EXHIBIT)),
    )  # fmt: skip


def _held_outside() -> Vector:
    pen = seized()
    handed = bodies.HandedOutside(to=OWNER, purpose="repair", paper=SIGNED_PAPER, answer_by="2026-12-04T09:00:00+03:00")
    pen.write(JANE, handed)
    return Vector(
        what="With a person who has no key, on a signed paper.",
        files=package(pen), says=(BAG, ("held-outside", EXHIBIT)),
    )  # fmt: skip


def _ended() -> Vector:
    pen = seized()
    pen.write(JANE, bodies.Return(to=OWNER, paper=SIGNED_PAPER), (JOSEPH,), authority=ORDER)
    return Vector(what="Returned to its owner.", files=package(pen), says=(BAG, ("ended", EXHIBIT)))


def _taken_over() -> Vector:
    pen = seized()
    body = bodies.Takeover(holder="Jane Wanjiku", service_no="112233", because="absent")
    pen.write(GRACE, body, (JOSEPH,))
    return Vector(
        what="Taken over from its holder by a supervisor, with a witness.",
        files=package(pen), says=(BAG, ("taken-over", on("0002-takeover"))),
    )  # fmt: skip


def _corrected() -> Vector:
    pen = seized()
    pen.write(JOSEPH, bodies.Correction(corrects=pen.head.digest, position=1, statement="the phone is dark blue"))
    return Vector(
        what="A later record corrects the first one, which stays as it is.",
        files=package(pen), says=(BAG, ("corrected", on("0002-correction"))),
    )  # fmt: skip


def _despite() -> Vector:
    pen = seized()
    known = Noticed(code="content-extra", subject=EXHIBIT, text="there, but never sealed")
    pen.write(JANE, release_to(LAB, despite=(known,)))
    return Vector(
        what="Released in spite of a known defect, which the release names.", files=package(pen),
        says=(BAG, ("in-transit", EXHIBIT), ("released-despite", on("0002-release"))),
    )  # fmt: skip


def _seal_not_read() -> Vector:
    pen = seized()
    pen.write(JANE, bodies.Seal(number="S-1"))
    pen.release(JANE, LAB, seals=("S-1",))
    pen.receive(PETER)
    return Vector(
        what="Received without reading the seal that the chain expects.",
        files=package(pen), says=(BAG, ("seal-not-read", on("0004-receipt"))),
    )  # fmt: skip


def _seal_spelled_otherwise() -> Vector:
    pen = seized()
    pen.write(JANE, bodies.Seal(number="B-000203"))
    pen.write(JANE, bodies.Event(word="seal-broken", seal="b 000203", condition="cut to look inside"))
    pen.write(JANE, bodies.Seal(number="B-000204"))
    pen.write(JANE, bodies.Seal(number="B-000205", replaces="b000204"))
    pen.release(JANE, LAB, seals=("B-000205",))
    pen.receive(PETER, seal=SealReading(observed="b000205", expected=("B-000205",)))
    return Vector(
        what="A seal's number in small letters and without its hyphen, when it is broken, replaced and read.",
        files=package(pen), says=(BAG, ("seal-spelled-otherwise", on("0007-receipt"))),
    )  # fmt: skip


def _clock_explained() -> Vector:
    pen = seized()
    pen.now -= timedelta(days=3)
    pen.write(JANE, bodies.Seal(number="S-1"), clock="the clock was set after its battery died")
    return Vector(
        what="Recorded before the record that it follows, with the reason.",
        files=package(pen), says=(BAG, ("clock-explained", on("0002-seal"))),
    )  # fmt: skip


def _clock_differs() -> Vector:
    pen = seized()
    released = pen.now
    pen.release(JANE, LAB)
    pen.now = released - timedelta(seconds=90)
    pen.receive(PETER)
    return Vector(
        what="The laboratory's clock is a minute and a half behind the station's.",
        files=package(pen), says=(BAG, ("clock-differs", on("0003-receipt"))),
    )  # fmt: skip


def about_contents() -> dict[str, Vector]:
    """One case for each note about media."""
    link = ("not-measured-at-sealing", on("0002-manifest"))
    with_link = measured(special("shortcut", Outcome.LINK))
    damaged_data = b"card" + bytes(1020)
    damaged = item(
        "card.dd", damaged_data, outcome=Outcome.PARTIAL, reason="could not be read", unreadable=((4, 508), (1000, 24))
    )
    in_runs = measured(started_at="2026-11-20T09:01:00+03:00", resumed_at=("2026-11-20T09:03:00+03:00",))
    hidden = measured()
    name = "0002-manifest.entries.jsonl"
    lines = hidden.sidecars.pop(name).splitlines(keepends=True)
    hidden.sidecars["0002-manifest.disclosed.jsonl"] = redact(lines[0]) + redact(lines[1], leaf_only=True) + lines[2]
    later = measured()
    later.release(JANE, LAB, media=ALL_READ)
    later.receive(PETER, media=MediaCheck(how="later"))
    checked = verification(manifests=(later.written[1][0].digest,), media=ALL_READ)
    later.write(PETER, checked)
    elsewhere = measured()
    of_workers = {"manifests": (elsewhere.head.digest,), "read_by": Workers(engine="dask", count=4)}
    elsewhere.write(JANE, msgspec.structs.replace(checked, **of_workers))
    return {
        "not-carried_link": Vector(
            what="A link was listed when the files were sealed; a package does not carry it.",
            files=package(with_link, media=MEDIA), says=(link, ("not-carried", EXHIBIT)),
        ),
        "none_media-inside-an-image": Vector(
            what="The media inside an image were measured too; the container is what was sealed.",
            files=package(measured(*image(b"media")), media=WITH_IMAGE),
        ),
        "claim-unchecked_of-a-container": Vector(
            what="An image's container states a digest that was not measured.",
            files=package(measured(*image(b"media", claimed={"md5": "ab" * 16})), media=WITH_IMAGE),
            says=(("claim-unchecked", on("0002-manifest")),),
        ),
        "sealed-partial_two-ranges": Vector(
            what="Two ranges of an image could not be read when it was made; they count as zeros.",
            files=package(measured(damaged), media={**MEDIA, "card.dd": damaged_data}),
            says=(("sealed-partial", on("0002-manifest")),),
        ),
        "facts-not-stated_two": Vector(
            what="Two facts of the acquisition were not stated.",
            files=package(measured(not_stated=("cable.make", "write-blocker.serial")), media=MEDIA),
            says=(("facts-not-stated", on("0002-manifest")),),
        ),
        "resumed_once": Vector(
            what="Measuring was interrupted and resumed: the manifest says so.",
            files=package(in_runs, media=MEDIA),
            says=(("resumed", on("0002-manifest")),),
        ),
        "read-elsewhere_by-workers": Vector(
            what="An audit read the files by workers of another computer, as the record says.",
            files=package(elsewhere, media=MEDIA), says=(("read-elsewhere", on("0003-verification")),),
        ),
        "not-measured-at-sealing_link": Vector(
            what="A link was listed when the files were sealed; only the records are asked for.",
            files=package(with_link), says=(link,), options={"records_only": True},
        ),
        "redacted_names-withheld": Vector(
            what="A list that withholds names has the root and count that were signed.",
            files=package(hidden), says=(("redacted", on("0002-manifest")),), options={"records_only": True},
        ),
        "none_contents-checked-later": Vector(
            what="Received with a promise to check the contents, which was kept.", files=package(later, media=MEDIA),
        ),
    }  # fmt: skip


def against_a_copy() -> dict[str, Vector]:
    """A second copy beside the contents, which are what was sealed."""
    beside = {f"copy/{name}": data for name, data in MEDIA.items()}
    return {
        "none_second-copy": Vector(
            what="A second copy is what was sealed too.",
            files=package(measured(), media=MEDIA) | beside, options={"against": "copy"},
        ),
        "copy-differs_one-file": Vector(
            what="The contents are what was sealed; one file of the second copy is not.",
            files=package(measured(), media=MEDIA) | {**beside, "copy/notes.txt": b"milk\nbeer\n"},
            says=(("copy-differs", EXHIBIT),), options={"against": "copy"},
        ),
    }  # fmt: skip


def vectors() -> dict[str, Vector]:
    return honest() | noted() | about_contents() | against_a_copy()
