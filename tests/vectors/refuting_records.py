"""The cases that must be refuted for one record: its spelling, its signature, its signer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from asn1crypto import core
from cryptography.hazmat.primitives.asymmetric import ed25519

from manifests import bodies
from manifests.verify import RecordFiles
from tests.vectors import forging, people
from tests.vectors.confirming import seized
from tests.vectors.forging import Form, print_signature
from tests.vectors.pen import CASE, SEIZURE, START, Pen, sign, signed
from tests.vectors.people import EVE, JANE, JOSEPH, KIBRA, LAB, Wanted, officer
from tests.vectors.vector import BAG, Vector, changed, on, package

FIRST, SECOND = on("0001-seizure"), on("0002-seal")


def two() -> Pen:
    """A seizure and a seal."""
    pen = seized()
    pen.write(JOSEPH, bodies.Seal(number="S-1"))
    return pen


# --- the record ------------------------------------------------------------


SPELLINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "duplicate-key": ("A key stands twice.", lambda d: d.replace(b'  "nonce"', b'  "kind": "seizure",\n  "nonce"')),
    "unknown-field": ("A field that the schema does not know.", lambda d: d.replace(b'  "by"', b'  "to": "",\n  "by"')),
    "field-order": (
        "Two fields stand in another order.",
        lambda d: d.replace(b'  "format": "custody/record/1",\n  "kind": "seizure",\n', b'  "kind": "seizure",\n'
                            b'  "format": "custody/record/1",\n'),
    ),
    "escape": ("A letter is written as an escape.", lambda d: d.replace(b'"Jane', b'"\\u004aane')),
    "null": ("An unset field is written as null.", lambda d: d.replace(b'  "body"', b'  "place": null,\n  "body"')),
    "fraction": ("A whole number is written as a fraction.", lambda d: d.replace(b'"position": 1', b'"position": 1.0')),
    "exponent": ("A number is written with an exponent.", lambda d: d.replace(b'"position": 1', b'"position": 1e0')),
    "minus-zero": ("A number is minus zero.", lambda d: d.replace(b'"position": 1', b'"position": -0')),
    "crlf": ("Lines end as on another system.", lambda d: d.replace(b"\n", b"\r\n")),
    "byte-order-mark": ("A byte order mark stands before it.", lambda d: b"\xef\xbb\xbf" + d),
    "trailing-byte": ("A blank stands after it.", lambda d: d + b" "),
    "no-last-line-feed": ("The last line feed is missing.", lambda d: d[:-1]),
    "not-utf-8": ("A byte that is not UTF-8.", lambda d: d.replace(b"Jane Wanjiku", b"Jane \xff", 1)),
    "no-such-day": ("A day that no calendar has.", lambda d: d.replace(b"2026-11-20T", b"2026-02-30T")),
    "other-word": ("A word that the table does not have.", lambda d: d.replace(b'"how": "seized"', b'"how": "found"')),
    "deep": ("Nested deeper than 16 levels.", lambda d: d.replace(b'"seized"', b"[" * 20 + b"]" * 20)),
    "control-character-in-a-text": (
        "A description ends in what an arrow key sends.", lambda d: d.replace(b'glass"', b'glass\\u001b[D"'),
    ),
    "line-end-in-a-text": ("A line end stands after a text.", lambda d: d.replace(b'glass"', b'glass\\n"')),
    "text-turned-round": (
        "A text turns the direction of writing.", lambda d: d.replace(b'glass"', "\u202eglass\"".encode()),
    ),
    "line-feed-in-a-name": ("A line feed stands after a name.", lambda d: d.replace(b': "KIBRA"', b': "KIBRA\\n"')),
}  # fmt: skip


def spellings() -> dict[str, Vector]:
    """Records in another spelling, each with a signature over these very bytes."""
    found = {}
    for name, (what, edit) in SPELLINGS.items():
        pen = seized()
        data = edit(pen.head.data)
        files = RecordFiles(name="0001-seizure.json", record=data, signature=sign(data, JANE))
        pen.written[0] = (pen.head, files)
        found[f"record-malformed_{name}"] = Vector(what=what, files=package(pen), says=(("record-malformed", FIRST),))
    return found


def files_and_names() -> dict[str, Vector]:
    other = Pen(chain=f"KIBRA:{CASE}/EX-2")
    other.seize(JANE)
    strayed = seized()
    strayed.written[0] = other.written[0]
    return {
        "file-misnamed_kind": Vector(
            what="The file's name says another kind.", files=package(changed(two(), 2, name="0002-event.json")),
            says=(BAG, ("file-misnamed", on("0002-event"))),
        ),
        "file-misnamed_other-exhibit": Vector(
            what="The record of another exhibit lies in the folder.", files=package(strayed),
            says=(("file-misnamed", FIRST),),
        ),
    }  # fmt: skip


# --- the signature ---------------------------------------------------------


FORMS: dict[str, tuple[str, Form]] = {
    "extra-certificate": ("A second certificate lies in it.", Form(extra_certificates=(JOSEPH.certificate,))),
    "unsigned-attribute": (
        "An unsigned attribute was added.",
        Form(unsigned=(forging.attribute("1.3.6.1.4.1.99999.7", core.OctetString(b"anything")),)),
    ),
    "high-s": ("The other of the two values of s.", Form(value=forging.high)),
    "content-inside": ("The record lies inside, too.", Form(content=b"the record")),
    "no-signing-time": ("No signing time is signed.", Form(drop_signed=("signing_time",))),
    "sha-512": ("Another digest than SHA-256.", Form(digest="sha512")),
    "two-signers": ("Two signers.", Form(signers=2)),
    "null-parameters": ("NULL beside the digest algorithm.", Form(null_parameters=True)),
}


def signatures() -> dict[str, Vector]:
    found = {}
    for name, (what, form) in FORMS.items():
        pen = two()
        files = pen.files[1]
        bad = print_signature(files.record, JOSEPH if name != "extra-certificate" else JANE, START, form)
        found[f"signature-broken_{name}"] = _second(changed(pen, 2, signature=bad), "signature-broken", what)
    pen = two()
    whole = pen.files[1].signature or b""
    edits = {
        "trailing-byte": ("A byte stands after it.", whole + b"\0"),
        "cut-off": ("Its last byte is missing.", whole[:-1]),
        "indefinite-length": ("BER instead of DER around it.", b"\x30\x80" + whole[4:] + b"\0\0"),
        "other-record": ("It is the signature of the record before.", pen.files[0].signature or b""),
        "empty": ("It is empty.", b""),
    }
    for name, (what, bad) in edits.items():
        found[f"signature-broken_{name}"] = _second(changed(two(), 2, signature=bad), "signature-broken", what)
    return found | _keys()


def _second(pen: Pen, code: str, what: str) -> Vector:
    """Something is wrong with the second record."""
    return Vector(what=what, files=package(pen), says=(BAG, (code, SECOND)))


def _keys() -> dict[str, Vector]:
    """Signed with kinds of keys that are not allowed."""
    kinds: dict[str, Any] = {
        "rsa-2048": people.rsa_2048(),
        "ed25519": ed25519.Ed25519PrivateKey.from_private_bytes(b"\1" * 32),
    }
    found = {}
    for name, private in kinds.items():
        weak = officer(KIBRA, "Ruth Wambui", "CPL", "550055", private)
        record = Pen().draft(weak, SEIZURE)
        pen = seized()
        bad = print_signature(record.data, weak, START)
        pen.written[0] = (record, RecordFiles(name="0001-seizure.json", record=record.data, signature=bad))
        found[f"signature-broken_{name}"] = Vector(
            what=f"Signed with {name.upper()}, which is not allowed.",
            files=package(pen), says=(("signature-broken", FIRST),),
        )  # fmt: skip
    return found


def missing() -> dict[str, Vector]:
    witnessed = Pen()
    witnessed.write(JANE, SEIZURE, (JOSEPH,))
    return {
        "signature-missing_of-a-record": _second(
            changed(two(), 2, signature=None), "signature-missing", "The signature file is not there."
        ),
        "signature-missing_of-a-witness": Vector(
            what="A witness is named and did not sign.", files=package(changed(witnessed, 1, witnesses=())),
            says=(("signature-missing", FIRST),),
        ),
    }  # fmt: skip


# --- the signer ------------------------------------------------------------


def mismatch(pen: Pen, what: str) -> Vector:
    return Vector(what=what, files=package(pen), says=(("signer-mismatch", FIRST),))


def named(**facts: Any) -> Pen:
    """A seizure that Jane signed, and that names somebody a little else."""
    pen = Pen()
    record = pen.draft(JANE, SEIZURE, by=JANE.person(**facts))
    pen.add(record, signed(record, JANE))
    return pen


def signers() -> dict[str, Vector]:
    again = seized()
    double = officer(KIBRA, "Jane Wanjiku", "PC", "112234", JANE.private)
    exchanged = print_signature(again.head.data, JANE, START, Form(certificate=double.certificate))
    stranger = print_signature(again.head.data, EVE, START)
    strayed = officer(LAB, "Ruth Wambui", "CPL", "550055", 5501, wanted=Wanted(code="KIBRA"))
    of_lab = Pen(root=LAB.fingerprint)
    of_lab.seize(strayed)
    foreign_root = Pen(root=LAB.fingerprint)
    foreign_root.seize(JANE)
    return {
        "signer-mismatch_other-certificate-same-key": mismatch(
            changed(again, 1, signature=exchanged), "Another certificate on the same key was put in."
        ),
        "signer-mismatch_stranger-signs-again": mismatch(
            changed(again, 1, signature=stranger), "A stranger with the same names signed the same record."
        ),
        "signer-mismatch_name": mismatch(named(name="Joan Wanjiku"), "The record says another name."),
        "signer-mismatch_register": mismatch(named(register="LAB/desk"), "The record says another agency's register."),
        "signer-mismatch_root-of-the-chain": mismatch(foreign_root, "The chain names another root than its opener's."),
        "signer-mismatch_code": Vector(
            what="The laboratory's root signed for somebody of the station.",
            files=package(of_lab), says=(BAG, ("signer-mismatch", FIRST)),
        ),
    }  # fmt: skip


def certificates() -> dict[str, Vector]:
    bad: dict[str, tuple[str, dict[str, Any]]] = {
        "may-issue-others": ("An officer's certificate that may issue others.", {"ca": True}),
        "not-for-signatures": ("A certificate for encryption.", {"usage": ("key_encipherment",)}),
        "unknown-critical": ("A critical extension that nobody knows.", {"unknown_critical": True}),
    }
    found = {}
    for name, (what, facts) in bad.items():
        pen = seized(officer(KIBRA, "Ruth Wambui", "CPL", "550055", 5500, wanted=Wanted(**facts)))
        found[f"certificate-bad_{name}"] = Vector(what=what, files=package(pen), says=(BAG, ("certificate-bad", FIRST)))
    expired = Wanted(ca=True, end=datetime(2026, 6, 1, tzinfo=UTC))
    pen = seized(officer(KIBRA, "Ruth Wambui", "CPL", "550055", 5500, wanted=expired))
    found["certificate-bad_and-expired"] = Vector(
        what="It has expired, and could never have been an officer's.", files=package(pen),
        says=(BAG, ("certificate-bad", FIRST), ("certificate-expired", FIRST)),
    )  # fmt: skip
    return found


def vectors() -> dict[str, Vector]:
    parts = (spellings(), files_and_names(), signatures(), missing(), signers(), certificates())
    return {name: vector for part in parts for name, vector in part.items()}
