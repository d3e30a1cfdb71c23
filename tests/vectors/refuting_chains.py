"""The cases that must be refuted for what stands around a record: the chain, contents, the register."""

from collections.abc import Callable

import msgspec

from hashing.items import Outcome
from manifests import bodies, strict
from manifests.cards import b64
from manifests.digest import identity
from manifests.ledger import head
from manifests.pieces import Piece
from manifests.shapes import LedgerHead, MediaCheck
from tests.vectors import people
from tests.vectors.confirming import CHILD, family, seized, three_agencies
from tests.vectors.disputes import apart
from tests.vectors.pen import EXHIBIT, OWNER, SEIZURE, Pen, sign, verification
from tests.vectors.people import COURT, EVE, GRACE, JANE, JOSEPH, KIBRA, LAB, PETER, Officer, officer
from tests.vectors.refuting_records import FIRST, SECOND, two
from tests.vectors.things import MEDIA, measured, special
from tests.vectors.vector import BAG, Books, Vector, changed, enrolled, on, package, without

# --- the chain -------------------------------------------------------------


def chains() -> dict[str, Vector]:
    resigned = changed(three_agencies(), 2, signature=sign(three_agencies().files[1].record, JOSEPH))
    other_root = seized()
    other_root.root = LAB.fingerprint
    other_root.write(JOSEPH, bodies.Seal(number="S-1"))
    fork, rival = two(), seized()
    rival.write(JANE, bodies.Event(word="incident", description="another story"))
    fork.written.insert(1, rival.written[1])
    return {
        "chain-broken_record-taken-out": Vector(
            what="A record is missing in the middle.", files=package(without(three_agencies(), 2)),
            says=(BAG, ("chain-broken", on("0003-release"))),
        ),
        "chain-broken_first-record-taken-away": Vector(
            what="The first record is missing.", files=package(without(two(), 1)), says=(("chain-broken", SECOND),),
        ),
        "chain-broken_signature-made-again": Vector(
            what="A record was signed a second time; the next one names the first signature.", files=package(resigned),
            says=(BAG, ("chain-broken", on("0003-release")), ("time-contradictory", SECOND)),
        ),
        "chain-broken_root-changes": Vector(
            what="The second record names another root.", files=package(other_root),
            says=(BAG, ("chain-broken", SECOND)),
        ),
        "fork_two-records-2": Vector(
            what="Two records have the number 2.", files=package(fork), says=(BAG, ("fork", SECOND)),
        ),
        "derivation-mismatch_other-child": _mismatched_family(),
        "derivation-mismatch_child-was-seized": _adopted(),
    }  # fmt: skip


def _adopted() -> Vector:
    """The parent's record claims an exhibit that says of itself that it was seized."""
    _, parent = family()
    child = Pen(chain=CHILD, root=LAB.fingerprint, now=parent.now)
    child.seize(PETER)
    return Vector(
        what="One exhibit says that another was derived from it; that one was seized.", files=package(child, parent),
        says=(BAG, ("physical-exhibit", CHILD), ("derivation-mismatch", on("0004-derived"))),
    )  # fmt: skip


def _mismatched_family() -> Vector:
    child, parent = family()
    other = Pen(chain=CHILD + "-2", root=LAB.fingerprint, now=parent.now)
    first = child.head.body
    assert isinstance(first, bodies.Derivation)
    other.write(PETER, first)
    return Vector(
        what="The exhibit names a record of its parent that names another exhibit.", files=package(other, parent),
        says=(BAG, ("physical-exhibit", other.chain), ("derivation-mismatch", other.chain)),
    )  # fmt: skip


def acts() -> dict[str, Vector]:
    """Acts that may not follow, or not by this person."""
    not_holder, after_end, wrong, outside = seized(), seized(), seized(), seized()
    not_holder.release(JOSEPH, LAB)
    after_end.write(JANE, bodies.Void(because="opened by mistake"))
    after_end.write(JANE, bodies.Seal(number="S-1"))
    wrong.release(JANE, COURT)
    wrong.receive(PETER)
    outside.write(PETER, bodies.Seal(number="S-1"))
    alone = seized()
    alone.write(JANE, bodies.Return(to=OWNER))
    in_transit = (BAG, ("in-transit", EXHIBIT))
    return {
        "order-violated_not-the-holder": violated(not_holder, "Released by a colleague.", "0002-release"),
        "order-violated_after-the-end": violated(
            after_end, "Sealed after it was void.", "0003-seal", BAG, ("ended", EXHIBIT)
        ),
        "order-violated_not-the-addressee": violated(
            wrong, "Released to the court, received by the laboratory.", "0003-receipt", *in_transit
        ),
        "order-violated_without-the-pen": violated(outside, "Sealed by an agency that does not hold it.", "0002-seal"),
        "order-violated_return-without-witness": violated(alone, "Returned without a witness.", "0002-return"),
        **said_wrongly(),
        "same-person_both-sides": _one_person(),
        "same-person_one-key": _one_key(),
        "same-person_witness": _own_witness(),
    }


def said_wrongly() -> dict[str, Vector]:
    """Records that name what the chain does not have."""
    bodies_: dict[str, tuple[str, Officer, tuple[Officer, ...], bodies.Body, str]] = {
        "seal-that-is-not-on": (
            "A seal takes the place of one that is not on.", JANE, (), bodies.Seal(number="S-2", replaces="S-9"),
            "0002-seal",
        ),
        "seal-broken-that-is-not-on": (
            "A seal is broken that is not on.", JANE, (),
            bodies.Event(word="seal-broken", seal="S-9", condition="torn"), "0002-event",
        ),
        "seal-not-given-by-its-digits": (
            "A seal is broken whose number differs in one digit.", JANE, (),
            bodies.Event(word="seal-broken", seal="S-10", condition="torn"), "0002-event",
        ),
        "event-without-its-facts": (
            "A copy was made, and for whom is not said.", JANE, (),
            bodies.Event(word="copy-made", purpose="the defence"), "0002-event",
        ),
        "correction-of-another-number": (
            "The correction names record 1 by its identity and another by its number.", JANE, (),
            bodies.Correction(corrects=seized().head.digest, position=2, statement="x"), "0002-correction",
        ),
        "verification-of-another-exhibit": (
            "The verification names a manifest that is not in the chain.", JANE, (),
            verification(
                manifests=(identity(b"elsewhere"),), verdict="CONFIRMED", media=MediaCheck(how="measured")
            ),
            "0002-verification",
        ),
        "takeover-from-another": (
            "The takeover names somebody who does not hold it.", GRACE, (JOSEPH,),
            bodies.Takeover(holder="Joseph Mwangi", service_no="445566", because="absent"), "0002-takeover",
        ),
        "derived-from-itself": (
            "The exhibit is derived from itself.", JANE, (),
            bodies.Derived(child=EXHIBIT, how="copy", description="x"), "0002-derived",
        ),
    }  # fmt: skip
    found = {}
    for name, (what, who, witnesses, body, record) in bodies_.items():
        pen = seized()
        pen.write(who, body, witnesses)
        found[f"order-violated_{name}"] = violated(pen, what, record)
    return found


def violated(pen: Pen, what: str, record: str, *said: tuple[str, str]) -> Vector:
    return Vector(what=what, files=package(pen), says=(*(said or (BAG,)), ("order-violated", on(record))))


def _one_person() -> Vector:
    pen = seized()
    pen.release(JANE, KIBRA)
    pen.receive(JANE)
    return Vector(
        what="Released and received by one person.", files=package(pen),
        says=(BAG, ("in-transit", EXHIBIT), ("same-person", on("0003-receipt"))),
    )  # fmt: skip


def _one_key() -> Vector:
    pen = seized()
    pen.release(JANE, LAB)
    pen.receive(officer(LAB, "Ruth Wambui", "Examiner", "L-99", JANE.private, "bench"))
    return Vector(
        what="Released and received with one key under two names.", files=package(pen),
        says=(BAG, ("in-transit", EXHIBIT), ("same-person", on("0003-receipt"))),
    )  # fmt: skip


def _own_witness() -> Vector:
    pen = Pen()
    pen.write(JANE, SEIZURE, (JANE,))
    return Vector(what="The signer is named as a witness.", files=package(pen), says=(("same-person", FIRST),))


# --- contents --------------------------------------------------------------


LIST = "0002-manifest.entries.jsonl"
MANIFEST = on("0002-manifest")


def listed(edit: Callable[[list[bytes]], list[bytes]], what: str) -> Vector:
    """The entry list is not the one that was signed; only the records are asked for."""
    pen = measured()
    pen.sidecars[LIST] = b"".join(edit(pen.sidecars[LIST].splitlines(keepends=True)))
    says = (("entries-changed", MANIFEST),)
    return Vector(what=what, files=package(pen), says=says, options={"records_only": True})


def contents() -> dict[str, Vector]:
    flipped = {**MEDIA, "notes.txt": b"milk\nbroad\n"}
    short = {**MEDIA, "notes.txt": b"milk\n"}
    gone = {name: data for name, data in MEDIA.items() if name != "notes.txt"}
    miscounted = measured(special("shortcut", Outcome.LINK), measured=4, not_measured=())
    both = measured()
    both.sidecars[LIST] = both.sidecars[LIST].replace(b"notes", b"votes")
    return {
        "content-changed_one-letter": media(flipped, "content-changed", "One letter of a file is another."),
        "content-changed_cut-off": media(short, "content-changed", "A file is shorter."),
        "content-missing_file": media(gone, "content-missing", "A file is missing."),
        "entries-changed_line-taken-out": listed(lambda lines: lines[1:], "A line of the list is missing."),
        "entries-changed_reordered": listed(lambda x: [x[1], x[0], x[2]], "Two lines of the list are exchanged."),
        "entries-changed_name": listed(
            lambda lines: [line.replace(b"notes", b"votes") for line in lines], "A name in the list is another."
        ),
        "entries-changed_line-cut-off": listed(lambda x: [*x[:2], x[2][:-9]], "The list ends inside a line."),
        "entries-changed_bytes-miscounted": Vector(
            what="The manifest counts fewer bytes than its list.", files=package(measured(bytes=5)),
            says=(("entries-changed", MANIFEST),), options={"records_only": True},
        ),
        "entries-changed_pieces-of-nothing": _no_pieces(),
        "entries-changed_miscounted": Vector(
            what="The manifest calls a link measured; its list does not.", files=package(miscounted),
            says=(("entries-changed", MANIFEST),), options={"records_only": True},
        ),
    }  # fmt: skip


def _no_pieces() -> Vector:
    """Signed so: a quick check would vouch for all that lies behind the first 4 MiB, and read none of it."""
    line = strict.compact(Piece(item=4, offset=0, length=1 << 40, blake3="0" * 64)) + b"\n"
    pen = measured(pieces=bodies.Bound(sha256=identity(line), count=1))
    pen.sidecars["0002-manifest.pieces.jsonl"] = line
    return Vector(
        what="A list of pieces calls a whole disk one piece.", files=package(pen),
        says=(("entries-changed", MANIFEST),), options={"records_only": True},
    )  # fmt: skip


def media(files: dict[str, bytes], code: str, what: str) -> Vector:
    return Vector(what=what, files=package(measured(), media=files), says=((code, EXHIBIT),))


# --- registers -------------------------------------------------------------


def registers() -> dict[str, Vector]:
    return {
        "ledger-inconsistent_line-without-record": _lost_record(),
        "ledger-inconsistent_records-without-lines": _lost_lines(),
        "ledger-inconsistent_head-of-a-release": _other_head(),
        "ledger-inconsistent_journal-cut-at-its-end": _cut_journal(),
        "ledger-shorter_rolled-back": _rolled_back(),
        "fork_released-twice": _released_twice(),
        "fork_package-against-register": _brought_back(),
        "statement-contradicted_another-rank": _promoted(),
        "order-violated_planted-anchor": _planted_anchor(),
        "record-malformed_anchor-of-another-root": _other_anchor(),
        "code-mismatch_paper": _no_such_code("AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA", "whole"),
        "code-mismatch_paper-sixteen-letters": _no_such_code("AAAA-AAAA-AAAA-AAAA", "first 16 letters of a"),
    }  # fmt: skip


def _no_such_code(code: str, what: str) -> Vector:
    books = Books()
    books.seized()
    return Vector(
        what=f"One exhibit of a register is named, and a {what} code that no record of the register has.",
        files=books.files(), says=(BAG, ("code-mismatch", ".")), options={"code": code, "only": EXHIBIT},
    )  # fmt: skip


def _lost_record() -> Vector:
    books = Books()
    pen = books.seized()
    books.note(pen.write(JOSEPH, bodies.Seal(number="S-1")), pen)
    books.chains[EXHIBIT] = without(pen, 2)
    return Vector(
        what="The last record is gone; its line in the ledger is still there.",
        files=books.files(), says=(BAG, ("ledger-inconsistent", "ledger/leaves")),
    )  # fmt: skip


def _lost_lines() -> Vector:
    books = Books()
    pen = books.seized()
    books.note(pen.write(JOSEPH, bodies.Seal(number="S-1")), pen)
    leaves = b"".join(line + b"\n" for line in books.lines[:-2])
    return Vector(
        what="Two records have no line in the ledger.",
        files=books.files(pinned=head(books.lines[:-2]), leaves=leaves),
        says=(BAG, ("ledger-inconsistent", on("0001-seizure")), ("ledger-inconsistent", SECOND)),
    )  # fmt: skip


def _other_head() -> Vector:
    books = Books()
    pen = books.seized()
    books.note(pen.release(JANE, LAB, ledger=LedgerHead(size=6, root=identity(b"another ledger"))), pen)
    return Vector(
        what="A release carries the head of another ledger.", files=books.files(),
        says=(BAG, ("in-transit", EXHIBIT), ("ledger-inconsistent", "ledger/leaves")),
    )  # fmt: skip


def _rolled_back() -> Vector:
    books = Books()
    books.seized()
    seen = LedgerHead(size=9, root=books.head().root)
    return Vector(
        what="This computer has seen a longer ledger.",
        files=books.files(pinned=seen), says=(BAG, ("ledger-shorter", "ledger/leaves")),
    )  # fmt: skip


def _released_twice() -> Vector:
    """The release to the court was signed in a copy of the register; it came back and lies in quarantine."""
    books = Books()
    pen = books.seized()
    other = pen.copy()
    other.release(JANE, COURT)
    books.note(pen.release(JANE, LAB, ledger=books.head()), pen)
    books.rivals = apart(other.files[1:])
    return Vector(
        what="Released to two agencies, from two copies of one register.", files=books.files(),
        says=(BAG, ("in-transit", EXHIBIT), ("fork", f"{EXHIBIT} 0002")),
    )  # fmt: skip


def _brought_back() -> Vector:
    """Sound in itself; the register in which it is verified has another record 2."""
    books = Books()
    pen = books.seized()
    other = pen.copy()
    other.release(JANE, COURT, ledger=books.head())
    books.note(pen.write(JANE, bodies.Seal(number="S-1")), pen)
    return Vector(
        what="A package contradicts the register in which it is verified.", files=package(other) | books.files(),
        says=(BAG, ("in-transit", EXHIBIT), ("fork", f"{EXHIBIT} 0002")),
    )  # fmt: skip


def _promoted() -> Vector:
    books = Books()
    journal = books.chains["KIBRA/desk"]
    told = msgspec.structs.replace(enrolled(GRACE), rank="SSP")
    books.note(journal.write(JANE, told), journal)
    return Vector(
        what="The journal enrols an officer under another rank than the certificate in the record.",
        files=books.files(), says=(("statement-contradicted", "KIBRA/desk 0005-person-enrolled"),),
    )  # fmt: skip


def _planted_anchor() -> Vector:
    """A stranger who calls himself administrator of the station writes into its journal."""
    books = Books()
    journal = books.chains["KIBRA/desk"]
    planted = bodies.AnchorTrusted(
        agency="x", code="COURT", root=people.STRANGER.fingerprint,
        root_certificate=b64(people.STRANGER.certificate), compared="typed",
    )  # fmt: skip
    books.note(journal.write(EVE, planted), journal)
    return Vector(
        what="A stranger wrote a record into the journal that trusts his own root.", files=books.files(),
        says=(("order-violated", "KIBRA/desk 0005-anchor-trusted"),),
    )  # fmt: skip


def _other_anchor() -> Vector:
    """The fingerprint that was compared is one, the root that would be trusted another."""
    books = Books()
    journal = books.chains["KIBRA/desk"]
    anchor = bodies.AnchorTrusted(
        agency="x", code="COURT", root=COURT.fingerprint,
        root_certificate=b64(people.STRANGER.certificate), compared="typed",
    )  # fmt: skip
    books.note(journal.write(JANE, anchor), journal)
    return Vector(
        what="A journal record names one root and holds another's certificate.", files=books.files(),
        says=(("record-malformed", "KIBRA/desk 0005-anchor-trusted"),),
    )  # fmt: skip


def _cut_journal() -> Vector:
    books = Books()
    books.seized()
    journal = books.chains["KIBRA/desk"]
    books.chains["KIBRA/desk"] = without(journal, len(journal.written))
    return Vector(
        what="The journal's last record is gone, the ledger has its line, and only one exhibit is verified.",
        files=books.files(), says=(BAG, ("ledger-inconsistent", "ledger/leaves")), options={"only": EXHIBIT},
    )  # fmt: skip


def vectors() -> dict[str, Vector]:
    parts = (chains(), acts(), contents(), registers())
    return {name: vector for part in parts for name, vector in part.items()}
