"""The cases about revocation lists: which of them counts, and what it says of a signature (signature.md, S6)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from manifests import bodies
from tests.vectors.confirming import seized
from tests.vectors.pen import START, Pen
from tests.vectors.people import JANE, JOSEPH, KIBRA, LAB, PETER, Officer, Wanted, officer
from tests.vectors.vector import BAG, Vector, card, on, package

FIRST, SECOND = on("0001-seizure"), on("0002-release")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def received() -> Pen:
    """Jane seizes and releases, the laboratory receives ten minutes after the beginning."""
    pen = seized()
    pen.release(JANE, LAB)
    pen.receive(PETER)
    return pen


def and_back() -> Pen:
    """As above; the laboratory releases it back after fifteen minutes, and Jane receives it after twenty."""
    pen = received()
    pen.release(PETER, KIBRA)
    pen.receive(JANE)
    return pen


def with_a_colleague() -> Pen:
    """Jane seizes; Joseph puts a seal on after five minutes."""
    pen = seized()
    pen.write(JOSEPH, bodies.Seal(number="S-1"))
    return pen


def told(what: str, pen: Pen, *says: tuple[str, str], revoked: tuple[Officer, ...] = (JANE,), **facts: Any) -> Vector:
    """A package that brings the station's second list."""
    crl = KIBRA.revocations(*revoked, **{"number": 2, **facts})
    return Vector(what=what, files=package(pen, cards={"KIBRA.card.json": card(KIBRA, crl)}), says=(BAG, *says))


def confirmed() -> dict[str, Vector]:
    later, late = ("revoked-later", FIRST), utc(START + 5 * DAY)
    superseded = x509.ReasonFlags.superseded
    place = [x509.UniformResourceIdentifier("http://invented.example/people.crl")]
    limited = x509.IssuingDistributionPoint(place, None, True, False, None, False, False)
    partial = {"delta": (x509.DeltaCRLIndicator(1), True), "limited": (limited, True), "unknown-part": (UNKNOWN, True)}
    found = {
        f"none_list-{name}": told("A list that speaks of a part only, or that is not understood, is no list.",
                                  seized(), made=utc(START - DAY), part=part)
        for name, part in partial.items()
    }  # fmt: skip
    return found | {
        "none_list-of-another-entry": told(
            "An entry with a critical extension that is not understood: the list is none.", seized(),
            made=utc(START - DAY), entry_part=(UNKNOWN, True),
        ),
        "revoked-later_received-before": told(
            "Revoked days later; the receipt of another agency shows that both records are older.", received(),
            later, ("revoked-later", SECOND), made=late,
        ),
        "revoked-later_received-before-s": told(
            "Revoked days later, not good since a day after the receipt.", received(), later,
            ("revoked-later", SECOND), made=late, since=utc(START + DAY),
        ),
        "revoked-later_a-colleague": told(
            "A colleague whose certificate is on no list signed on top of it before.", with_a_colleague(), later,
            made=late,
        ),
        "revoked-later_superseded": told(
            "The certificate was only replaced, and says itself that it signed before.", seized(), later, made=late,
            reason=superseded,
        ),
    }  # fmt: skip


def refuted() -> dict[str, Vector]:
    purposes = Wanted(purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,))
    ruth = officer(KIBRA, "Ruth Wambui", "CPL", "550055", 5500, wanted=purposes)
    before = [("revoked-later", FIRST), ("revoked-later", SECOND)]
    return {
        "certificate-bad_extended-key-usage": Vector(
            what="The certificate is for logging in only.", files=package(seized(ruth)),
            says=(BAG, ("certificate-bad", FIRST)),
        ),
        "certificate-bad_signed-after-revocation": told(
            "Revoked before the other agency released it, and signed with after that by its own time too.",
            and_back(), *before, ("certificate-bad", on("0005-receipt")), made=utc(START + 14 * MINUTE),
        ),
    }  # fmt: skip


def undecided() -> dict[str, Vector]:
    open_, second = ("certificate-revoked", FIRST), ("certificate-revoked", SECOND)
    late = utc(START + 5 * DAY)
    superseded = x509.ReasonFlags.superseded
    return {
        "certificate-revoked_nobody-shows": told(
            "Its own time is before the revocation; nobody else signed on top of it.", seized(), open_, made=late
        ),
        "certificate-revoked_says-so-itself": told(
            "Its own time is after the revocation; a clock may be wrong.", seized(), open_, made=utc(START - DAY)
        ),
        "certificate-revoked_between-s-and-r": told(
            "Received before the revocation, but after the moment from which the key is not good.", received(), open_,
            second, made=late, since=utc(START + 2 * MINUTE),
        ),
        "certificate-revoked_colleague-revoked-too": told(
            "Whoever signed on top of it is on the list as well.", with_a_colleague(), open_,
            ("certificate-revoked", on("0002-seal")), revoked=(JANE, JOSEPH), made=late,
        ),
        "certificate-revoked_superseded-and-late": told(
            "The certificate was replaced the day before it signed this.", seized(), open_, made=utc(START - DAY),
            reason=superseded,
        ),
        "certificate-revoked_superseded-and-late-by-both-clocks": told(
            "Replaced, and used by mistake after another agency's later record: nobody is betrayed.", and_back(),
            ("revoked-later", FIRST), ("revoked-later", SECOND), ("certificate-revoked", on("0005-receipt")),
            made=utc(START + 14 * MINUTE), reason=superseded,
        ),
        "certificate-revoked_the-younger-of-one-number": told(
            "Two lists bear one number; the one that was made later counts.", seized(), open_, number=1, made=late
        ),
    }  # fmt: skip
