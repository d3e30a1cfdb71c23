"""The cases that must stay undetermined: nothing refutes them, and something keeps them from being confirmed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from manifests import bodies, records
from manifests.digest import identity
from manifests.ledger import head
from manifests.paper import paper_code
from manifests.shapes import MediaCheck, SealReading
from tests.vectors.confirming import CHILD, family, seized, three_agencies
from tests.vectors.disputes import apart
from tests.vectors.pen import CASE, EXHIBIT, SEIZURE, START, Pen, redact, release_to, sign, signed
from tests.vectors.people import EVE, GRACE, JANE, JOSEPH, KIBRA, LAB, PETER, STRANGER, Officer, Wanted, officer
from tests.vectors.things import ALL_READ, MEDIA, WITH_IMAGE, image, large, measured
from tests.vectors.vector import BAG, Books, Vector, card, changed, on, package

FIRST = on("0001-seizure")


def by(signer: Officer, code: str, what: str, **other: Any) -> Vector:
    """A seizure by somebody who leaves a doubt."""
    return Vector(what=what, files=package(seized(signer)), says=(BAG, (code, FIRST)), **other)


def ruth(**facts: Any) -> Officer:
    """An officer of the station whose certificate is made otherwise."""
    return officer(KIBRA, "Ruth Wambui", "CPL", "550055", 5500, wanted=Wanted(**facts))


def about_signers() -> dict[str, Vector]:
    stranger = Pen(root=STRANGER.fingerprint)
    stranger.seize(EVE)
    last = (("signer-unknown", on(name)) for name in ("0004-receipt", "0005-release", "0006-receipt"))
    everybody = (("signer-unknown", on(files.name.removesuffix(".json"))) for files in three_agencies().files)
    return {
        "signer-unknown_stranger": Vector(
            what="Signed under a root that calls itself as the station's does.", files=package(stranger),
            says=(BAG, ("signer-unknown", FIRST)),
        ),
        "signer-unknown_one-anchor-of-three": Vector(
            what="Sound in itself; only the station's card is at hand.", files=package(three_agencies()),
            anchors=("KIBRA",), says=(BAG, *last),
        ),
        "signer-unknown_no-anchor": Vector(
            what="Sound in itself; no card at all is at hand.", files=package(three_agencies()), anchors=(),
            says=(BAG, *everybody),
        ),
        "certificate-expired_signed-after": by(
            ruth(end=datetime(2026, 6, 1, tzinfo=UTC)), "certificate-expired", "Signed after the certificate's end."
        ),
        "certificate-expired_signed-before": by(
            ruth(start=datetime(2026, 12, 1, tzinfo=UTC)), "certificate-expired",
            "Signed before the certificate's beginning.",
        ),
        "certificate-expired_judged-after": by(
            JANE, "certificate-expired", "Signed in time, judged after the certificate's end.",
            at=datetime(2037, 1, 1, tzinfo=UTC),
        ),
        "certificate-revoked_listed": Vector(
            what="The newest list, which travels with the package, has the signer on it.",
            files=package(seized(), cards={"KIBRA.card.json": card(KIBRA, KIBRA.revocations(JANE, number=2))}),
            says=(BAG, ("certificate-revoked", FIRST)),
        ),
    }  # fmt: skip


def without_lists() -> dict[str, Vector]:
    """No list of the signer's agency is at hand: the anchors bring another root's, or none that can be read."""
    foreign, unreadable = card(KIBRA, LAB.revocations()), card(KIBRA, b"no list")
    return {
        "revocation-unknown_list-of-another-root": _own_anchor(foreign, "The card brings the list of another root."),
        "revocation-unknown_no-list": _own_anchor(unreadable, "The card brings no list that can be read."),
    }


def _own_anchor(own: bytes, what: str) -> Vector:
    files = package(seized()) | {"anchors/KIBRA.card.json": own}
    return Vector(what=what, files=files, anchors=(), says=(BAG, ("revocation-unknown", FIRST)))


def about_chains() -> dict[str, Vector]:
    differs = seized()
    differs.write(JANE, bodies.Seal(number="S-1"))
    differs.release(JANE, LAB, seals=("S-1",))
    differs.receive(PETER, seal=SealReading(observed="S-7", expected=("S-1",)))
    return {
        "seal-differs_at-the-receipt": Vector(
            what="The receiver read another seal than the one on the exhibit.",
            files=package(differs), says=(BAG, ("seal-differs", on("0004-receipt"))),
        ),
        "parent-missing_not-in-the-package": Vector(
            what="A derived exhibit travels without the chain it comes from.", files=package(family()[0]),
            says=(("physical-exhibit", CHILD), ("parent-missing", CHILD)),
        ),
        "time-contradictory_signing-time": _signed_late(),
        "time-contradictory_before-the-last": _went_back(),
        "time-contradictory_witness-signed-later": _signed_by_a_late_witness(),
        "time-contradictory_after-the-check": _signed_in_the_future(),
        "nothing-found_one-of-two-exhibits": Vector(
            what="A second exhibit has a folder, and no record is left in it.",
            files=package(seized()) | {f"package/custody/chains/KIBRA/{CASE}/EX-2/README": b"empty\n"},
            says=(BAG, ("nothing-found", f"KIBRA:{CASE}/EX-2")),
        ),
        "nothing-found_no-records": Vector(
            what="A package without any record.", files=package() | {"package/custody/chains/README": b"empty\n"},
            says=(("nothing-found", "."),),
        ),
    }  # fmt: skip


def _signed_late() -> Vector:
    pen = Pen()
    pen.write(JANE, SEIZURE, signing_time=pen.now + timedelta(seconds=121))
    return Vector(
        what="The signature's time is 121 seconds after the record's.",
        files=package(pen), says=(BAG, ("time-contradictory", FIRST)),
    )  # fmt: skip


def _signed_by_a_late_witness() -> Vector:
    pen = Pen()
    record = pen.write(JANE, SEIZURE, (JOSEPH,))
    late = sign(record.data, JOSEPH, pen.now + timedelta(days=7))
    return Vector(
        what="The witness signed a week later.",
        files=package(changed(pen, 1, witnesses=(late,))), says=(BAG, ("time-contradictory", FIRST)),
    )  # fmt: skip


def _signed_in_the_future() -> Vector:
    return Vector(
        what="Signed five days after it is checked.", files=package(seized()), at=START - timedelta(days=5),
        says=(BAG, ("time-contradictory", FIRST)),
    )  # fmt: skip


def _went_back() -> Vector:
    pen = seized()
    pen.now -= timedelta(hours=1)
    pen.write(JANE, bodies.Seal(number="S-1"))
    return Vector(
        what="Recorded before the record that it follows, without a reason.",
        files=package(pen), says=(BAG, ("time-contradictory", on("0002-seal"))),
    )  # fmt: skip


def later_versions() -> dict[str, Vector]:
    return {
        "format-unknown_kind": _later(b'"kind": "seal"', b'"kind": "time-renewal"', "0002-time-renewal"),
        "format-unknown_format": _later(b"custody/record/1", b"custody/record/2", "0002-seal"),
        "format-unknown_reserved-field": _reserved(),
        "format-unknown_first-record": _later_first(),
        "format-unknown_first-record-of-a-case": _later_case(),
    }


def as_later(pen: Pen, body: bodies.Body, old: bytes, new: bytes) -> records.Record:
    """The next record, as a later version might write it."""
    record = records.read(pen.draft(JANE, body).data.replace(old, new))
    return pen.add(record, signed(record, JANE, moment=pen.now))


def _later_first() -> Vector:
    """Nobody knows who holds it then, and nobody judges what follows: not even a release by another person."""
    pen = Pen()
    as_later(pen, SEIZURE, b'"kind": "seizure"', b'"kind": "merger"')
    pen.release(JOSEPH, LAB)
    return Vector(
        what="The chain begins with a record of a later version.",
        files=package(pen), says=(("format-unknown", on("0001-merger")),),
    )  # fmt: skip


def _later_case() -> Vector:
    books, case = Books(), Pen(chain=f"KIBRA:{CASE}")
    as_later(case, bodies.CaseOpened(title="a theft at a market"), b'"kind": "case-opened"', b'"kind": "case-joined"')
    books.chains[case.chain] = case
    books.lines.pop()
    books.note(case.head, case)
    books.note(case.write(JOSEPH, bodies.CaseReferred(ob_number="OB 1")), case)
    books.seized()
    return Vector(
        what="The case was opened by a later version.",
        files=books.files(), says=(BAG, ("format-unknown", on("0001-case-joined", case.chain))),
    )  # fmt: skip


def _later(old: bytes, new: bytes, name: str) -> Vector:
    pen = seized()
    as_later(pen, bodies.Seal(number="S-1"), old, new)
    return Vector(
        what=f"A record of a later version: {new.decode()}.",
        files=package(pen), says=(BAG, ("format-unknown", on(name))),
    )  # fmt: skip


def _reserved() -> Vector:
    pen = Pen()
    pen.write(JANE, SEIZURE, after=identity(b"a time stamp"))
    return Vector(
        what="The field `after`, which is reserved, is set.",
        files=package(pen), says=(BAG, ("format-unknown", FIRST)),
    )  # fmt: skip


LIST = "0002-manifest.entries.jsonl"


def about_media() -> dict[str, Vector]:
    extra, renamed = {**MEDIA, "planted.txt": b"planted"}, dict(MEDIA)
    renamed["n.txt"] = renamed.pop("notes.txt")
    missing, hidden, owed = measured(), measured(), measured()
    del missing.sidecars[LIST]
    lines = hidden.sidecars.pop(LIST).splitlines(keepends=True)
    hidden.sidecars["0002-manifest.disclosed.jsonl"] = b"".join([*lines[:2], redact(lines[2])])
    owed.release(JANE, LAB, media=ALL_READ)
    owed.receive(PETER, media=MediaCheck(how="later"))
    unread, without_pieces = measured(), measured(large("zz.img", b"a small image"))
    unread.release(JANE, LAB, media=ALL_READ)
    unread.receive(PETER, media=MediaCheck(how="not-read"))
    del without_pieces.sidecars["0002-manifest.pieces.jsonl"]
    return {
        "content-extra_file-put-in": Vector(
            what="A file lies in the package that was never sealed.",
            files=package(measured(), media=extra), says=(("content-extra", EXHIBIT),),
        ),
        "content-extra_without-records": Vector(
            what="Contents of a second exhibit lie in the package, and no record of it.",
            files=package(measured(), media=MEDIA) | {f"package/data/KIBRA/{CASE}/EX-2/a.jpg": b"planted"},
            says=(("content-extra", f"KIBRA:{CASE}/EX-2"),),
        ),
        "content-renamed_file": Vector(
            what="A sealed file lies under another name.",
            files=package(measured(), media=renamed), says=(("content-renamed", EXHIBIT),),
        ),
        "media-not-read_not-in-the-package": Vector(
            what="The contents travel apart.", files=package(measured()), says=(("media-not-read", EXHIBIT),),
        ),
        "contents-owed_receipt": Vector(
            what="Received with a promise to check the contents, not yet kept.",
            files=package(owed, media=MEDIA), says=(("contents-owed", EXHIBIT),),
        ),
        "entries-missing_list-taken-away": Vector(
            what="The entry list is not there.", files=package(missing, media=MEDIA),
            says=(("entries-missing", on("0002-manifest")), ("entries-missing", EXHIBIT)),
        ),
        "contents-owed_receipt-that-read-nothing": Vector(
            what="Received; the contents were not read, and nobody promised to.",
            files=package(unread, media=MEDIA), says=(("contents-owed", EXHIBIT),),
        ),
        "entries-missing_pieces-taken-away": Vector(
            what="The list of pieces is not there.",
            files=package(without_pieces, media={**MEDIA, "zz.img": b"a small image"}),
            says=(("entries-missing", on("0002-manifest")),),
        ),
        "claim-differs_of-a-container": Vector(
            what="An image's container states another digest of its media than the one measured.",
            files=package(measured(*image(b"media", claimed={"sha256": "ab" * 32})), media=WITH_IMAGE),
            says=(("claim-differs", on("0002-manifest")),),
        ),
        "names-withheld_one-of-three": Vector(
            what="One name is withheld, so that file cannot be compared.",
            files=package(hidden, media={k: v for k, v in MEDIA.items() if k != "notes.txt"}),
            says=(("names-withheld", EXHIBIT), ("redacted", on("0002-manifest"))),
        ),
    }  # fmt: skip


def about_registers() -> dict[str, Vector]:
    plain, torn, waiting = Books(), Books(), Books()
    for books in (plain, torn, waiting):
        books.seized()
    whole = b"".join(line + b"\n" for line in torn.lines)
    return {
        "anchor-only-own_no-pin": Vector(
            what="Nothing outside the register vouches for its root.",
            files=plain.files(pinned=False), says=(BAG, ("anchor-only-own", "KIBRA/desk")),
        ),
        "commit-unfinished_torn-line": Vector(
            what="The ledger ends in the middle of a line.",
            files=torn.files(leaves=whole + b"0123"), says=(BAG, ("commit-unfinished", "ledger/leaves")),
        ),
        "commit-unfinished_record-without-line": Vector(
            what="The last record is not in the ledger yet.",
            files=waiting.files(pinned=head(waiting.lines[:-1]), leaves=whole[:-130]),
            says=(BAG, ("commit-unfinished", on("0001-seizure"))),
        ),
        "signer-not-enrolled_in-this-register": _not_enrolled(),
        "not-received_a-chain-of-another-agency": _not_received(),
        "older-than-here_package": _older(),
        "restored_from-a-backup": _restored(),
        "hand-over-contested_receipt-and-recall": contested(),
        "exhibit-not-carried_taken-out-on-the-way": _taken_out(),
        **_codes(),
    }  # fmt: skip


def _codes() -> dict[str, Vector]:
    """Codes that are of no record that was looked at, and yet refute nothing."""
    books = Books()
    code = paper_code(books.seized().head.digest)
    other = paper_code(books.chains[f"KIBRA:{CASE}"].head.digest)
    slip = ("B" if code[0] == "A" else "A") + code[1:-1] + ("B" if code[-1] == "A" else "A")
    in_register = {
        "slip-of-the-pen": ("Two letters of the code are wrong.", slip),
        "of-another-chain": ("The code is that of the case's record, and only the exhibit is verified.", other),
        "of-another-chain-sixteen-letters": ("The same, of which 16 letters were written down.", other[:19]),
    }
    found = {
        f"code-unknown_{name}": Vector(
            what=what, files=books.files(), says=(BAG, ("code-unknown", ".")),
            options={"code": written, "only": EXHIBIT},
        )
        for name, (what, written) in in_register.items()
    }  # fmt: skip
    found["code-unknown_package"] = Vector(
        what="A package, which may lack the record that has the code.", files=package(seized()),
        says=(BAG, ("code-unknown", ".")), options={"code": "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA"},
    )  # fmt: skip
    return found


def _taken_out() -> Vector:
    """Two exhibits were released together, and one came."""
    other, pen = f"{EXHIBIT}-4", Pen()
    pen.seize(JANE)
    pen.write(JANE, release_to(LAB, act_exhibits=(other,)))
    return Vector(
        what="A release names another exhibit of its act, which is not in the package.", files=package(pen),
        says=(BAG, ("in-transit", EXHIBIT), ("exhibit-not-carried", other)),
    )  # fmt: skip


def _not_enrolled() -> Vector:
    books, pen = Books(), Pen()
    books.chains[EXHIBIT] = pen
    books.note(pen.seize(GRACE), pen)
    return Vector(
        what="Signed in this register by an officer of the agency who is not enrolled in it.",
        files=books.files(), says=(BAG, ("signer-not-enrolled", FIRST)),
    )  # fmt: skip


def _not_received() -> Vector:
    """Sound in itself, and put into the register's folder and ledger: nobody here ever received it."""
    books, chain = Books(), "LAB:L-2026-0007/EX-1"
    pen = books.chains[chain] = Pen(chain=chain, root=LAB.fingerprint)
    books.note(pen.seize(PETER), pen)
    return Vector(
        what="A chain of another agency, in which nobody of this register has signed anything.",
        files=books.files(), says=(("not-received", chain), ("physical-exhibit", chain)),
    )  # fmt: skip


def _older() -> Vector:
    books = Books()
    pen = books.seized()
    came = pen.copy()
    books.note(pen.write(JANE, bodies.Seal(number="S-1")), pen)
    return Vector(
        what="A package with fewer records of the exhibit than the register has in which it is verified.",
        files=package(came) | books.files(), says=(BAG, ("older-than-here", EXHIBIT)),
    )  # fmt: skip


def _restored() -> Vector:
    """Nothing is missing in the folder as it is: only the signed record says what was there once."""
    books = Books()
    books.seized()
    journal = books.chains["KIBRA/desk"]
    lost = head([*books.lines, b"a line that is lost"])
    body = bodies.RegisterRestored(lost=lost, now=books.head(), note="the disk failed")
    books.note(journal.write(JANE, body, (JOSEPH,)), journal)
    return Vector(
        what="The register was put back from a backup after the exhibit was seized.",
        files=books.files(), says=(BAG, ("restored", EXHIBIT)), options={"only": EXHIBIT},
    )  # fmt: skip


def contested() -> Vector:
    """The station recalled what the laboratory received; the laboratory's receipt lies in quarantine."""
    books = Books()
    pen = books.seized()
    books.note(pen.release(JANE, LAB, ledger=books.head()), pen)
    other = pen.copy()
    other.receive(PETER)
    books.note(pen.recall(JANE), pen)
    books.rivals = apart(other.files[2:])
    return Vector(
        what="A receipt and a recall of one release.",
        files=books.files(), says=(BAG, ("hand-over-contested", f"{EXHIBIT} 0003")),
    )  # fmt: skip


def vectors() -> dict[str, Vector]:
    parts = (about_signers(), without_lists(), about_chains(), later_versions(), about_media(), about_registers())
    return {name: vector for part in parts for name, vector in part.items()}
