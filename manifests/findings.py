"""Findings: one table of codes, and the verdict that follows from them (docs/spec/findings.md)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from manifests.damage import Damage
from manifests.verdict import Verdict


class Severity(StrEnum):
    REFUTES = "refutes"
    UNDECIDED = "undecided"
    NOTE = "note"


class Area(StrEnum):
    RECORDS = "records"
    MEDIA = "media"


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a code means: area, severity, a sentence for a person, the clause of docs/spec/."""

    area: Area
    severity: Severity
    text: str
    clause: str


def _records(severity: Severity, clause: str, text: str) -> Meaning:
    return Meaning(area=Area.RECORDS, severity=severity, clause=clause, text=text)


def _media(severity: Severity, clause: str, text: str) -> Meaning:
    return Meaning(area=Area.MEDIA, severity=severity, clause=clause, text=text)


_R, _U, _N = Severity.REFUTES, Severity.UNDECIDED, Severity.NOTE

TABLE: dict[str, Meaning] = {
    # what the media are
    "content-changed": _media(_R, "E5", "the content is not what was sealed"),
    "content-missing": _media(_R, "E5", "sealed, but not there"),
    "content-extra": _media(_U, "E5", "there, but never sealed"),
    "folder-missing": _media(_U, "E5", "an empty folder that was sealed is not there"),
    "name-recomposed": _media(_N, "E6", "the same name, its letters composed otherwise, as some file systems do"),
    "link-in-package": _media(_U, "K2", "a link lies in the package; nothing was followed"),
    "gaps-stated": _media(_N, "M3", "a container or a log states ranges that could not be read"),
    "content-renamed": _media(_U, "E6", "the sealed content lies under another name"),
    "content-unreadable": _media(_U, "E5", "could not be read now, so not checked"),
    "changed-while-read": _media(_U, "E5", "changed while it was being read, so not checked"),
    "media-not-read": _media(_U, "E8", "the contents were not compared with the manifest"),
    "contents-owed": _media(_U, "C3", "received with a promise to check the contents later; not yet done"),
    "entries-missing": _media(_U, "E4", "the list of what was measured is not at hand"),
    "names-withheld": _media(_U, "E1", "names or digests are withheld, so this item was not compared"),
    "media-changed": _media(_R, "M4", "the media inside an image are not what was sealed"),
    "container-changed": _media(_U, "M4", "an image's container is not what was sealed; the media inside are the same"),
    "sealed-partial": _media(_N, "M3", "sealed with ranges that could not be read; nothing is said about those"),
    "claim-differs": _media(_U, "M5", "another tool states another digest than the one measured here"),
    "claim-unchecked": _media(_N, "M5", "another tool states a digest that could not be checked here"),
    "log-missing": _media(_U, "L5", "the log of another tool that the record binds is not at hand"),
    "facts-not-stated": _media(_N, "A4", "facts of the acquisition that a court may ask for were not stated"),
    "not-measured-at-sealing": _media(_N, "E5", "listed when sealed, but could not be measured then"),
    "resumed": _media(_N, "E9", "measured in several runs: what one had measured, the next did not read again"),
    "read-elsewhere": _media(_N, "U6", "read by other computers: the digests rest on their word"),
    "not-carried": _media(_N, "E5", "listed when sealed, but of a kind that a package does not carry"),
    "physical-exhibit": _media(_N, "C9", "physical exhibit, contents never measured"),
    "copy-differs": _media(_N, "D2", "the second copy is not what was sealed; the verdict is on the first"),
    "copy-not-checked": _media(_N, "D2", "of the second copy this could not be compared; the verdict is on the first"),
    "copies-differ": _media(_U, "D5", "two copies differ, and nothing says which of them is right"),
    "copies-same": _media(_N, "D5", "two copies are alike, and nothing says that they are right"),
    "manifest-withdrawn": _media(_N, "C16", "a manifest was withdrawn by a signed record, and is not compared"),
    "contents-not-reread": _media(_N, "C10", "handed over unopened, contents not read again"),
    "redacted": _media(_N, "E4", "a list that withholds names matches the sealed one"),
    # what the records are
    "record-malformed": _records(_R, "R2", "not a well-formed record"),
    "file-misnamed": _records(_R, "G2", "the file's name does not say what the record is"),
    "signature-missing": _records(_R, "S1", "a signature that must be there is not"),
    "signature-broken": _records(_R, "S2", "the signature does not fit the record"),
    "signer-mismatch": _records(_R, "S4", "signed by somebody else than the record says"),
    "signer-unknown": _records(_U, "S5", "signed under a root that is not trusted here"),
    "signer-not-enrolled": _records(_U, "C11", "signed by somebody who was not enrolled in this register then"),
    "statement-contradicted": _records(_R, "C15", "a certificate or the chain itself contradicts what the record says"),
    "not-received": _records(_U, "G10", "this register has no record in it, nor in anything that comes from it"),
    "restored": _records(_U, "G7", "the register was put back from a backup: later records may be missing"),
    "older-than-here": _records(_U, "C13", "what was verified is older than what this register has"),
    "certificate-bad": _records(_R, "S3", "the signer's certificate is not valid"),
    "certificate-expired": _records(_U, "S7", "signed outside the certificate's time, or judged after it"),
    "certificate-revoked": _records(_U, "S6", "the certificate was revoked, and the time of signing is not proven"),
    "revoked-later": _records(_N, "S6", "the certificate was revoked, after it had signed this"),
    "revocation-unknown": _records(_U, "S6", "it is not known whether the certificate was revoked"),
    "anchor-only-own": _records(_U, "S5", "this register vouches only for itself: nothing outside it is trusted"),
    "chain-broken": _records(_R, "C1", "a record does not follow the one before it"),
    "fork": _records(_R, "C1", "two different records claim one position"),
    "order-violated": _records(_R, "C3", "this act may not follow the one before it, or not by this person"),
    "same-person": _records(_R, "C4", "the same person or key gives and receives"),
    "fork-explained": _records(_U, "C13", "two records claim one position, and a supervisor has said why"),
    "name-collision": _records(_U, "C2", "two registers of one agency opened an exhibit of one name"),
    "stray-record": _records(_N, "C13", "a record that cannot stand here was sent, and is kept apart"),
    "settled": _records(_N, "C6", "a contested hand-over was settled by both agencies"),
    "hand-over-contested": _records(_U, "C6", "one agency says received, the other says taken back"),
    "derivation-mismatch": _records(_R, "C7", "parent and derived exhibit do not name each other"),
    "parent-missing": _records(_U, "C7", "the chain of the exhibit this was derived from is not at hand"),
    "exhibit-not-carried": _records(_U, "K6", "released together with another exhibit, and not in this package"),
    "received-since": _records(_N, "C13", "received since: this is as it was sent, and later records are here"),
    "in-transit": _records(_N, "C4", "released, and not yet received"),
    "held-outside": _records(_N, "C8", "held by a person without a key, on paper"),
    "taken-over": _records(_N, "C8", "taken over from its holder by a supervisor"),
    "ended": _records(_N, "C3", "returned, disposed of or void: nothing more can happen to it"),
    "seal-differs": _records(_U, "C9", "the seal read is not the seal recorded"),
    "seal-spelled-otherwise": _records(_N, "C9", "the seal's number was written otherwise than when it was put on"),
    "seal-not-read": _records(_N, "C9", "received without reading the seal that the records expect"),
    "released-despite": _records(_N, "C10", "released in spite of known defects"),
    "refused": _records(_N, "C5", "refused by its addressee"),
    "refusal-missing": _records(_U, "C5", "a recall says refused, and the refusal is not at hand"),
    "corrected": _records(_N, "R6", "corrected by a later record"),
    "entries-changed": _records(_R, "E4", "a list beside the record is not the one it binds"),
    "log-changed": _records(_R, "L5", "the log of another tool beside the record is not the one it binds"),
    "ledger-inconsistent": _records(_R, "G5", "ledger and records do not agree"),
    "ledger-shorter": _records(_R, "G7", "the register's ledger was longer or other when this computer last saw it"),
    "commit-unfinished": _records(_U, "G4", "an act was interrupted here; the next act in this register completes it"),
    "time-contradictory": _records(_U, "R4", "times contradict each other"),
    "clock-differs": _records(_N, "R4", "the clocks of two agencies differ a little"),
    "clock-explained": _records(_N, "R4", "a time is explained by the person who signed"),
    "time-unproven": _records(_N, "S7", "times are what the signers say; no time stamp proves them"),
    "authority-later": _records(_N, "C15", "the authority is dated later than the act"),
    "imei-unusual": _records(_N, "C15", "this has not the form of an IMEI"),
    "code-mismatch": _records(_R, "R7", "no record of what was named has the code on paper"),
    "code-unknown": _records(_U, "R7", "the code on paper is that of no record looked at"),
    "format-unknown": _records(_U, "R2", "written by a later version; not understood here"),
    "nothing-found": _records(_U, "R1", "there is no record here"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One judgement about one subject; `facts` say what was seen, for a person and for a program."""

    code: str
    subject: str
    text: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    damage: Damage | None = None
    """Where in the subject, as far as it was looked at."""

    @property
    def meaning(self) -> Meaning:
        return TABLE[self.code]

    @property
    def severity(self) -> Severity:
        return self.meaning.severity


# A defect of these kinds may never be overridden by a release (C10).
NEVER_DESPITE = frozenset({
    "record-malformed", "file-misnamed", "signature-missing", "signature-broken", "signer-mismatch",
    "certificate-bad", "chain-broken", "fork", "order-violated", "same-person", "hand-over-contested",
    "statement-contradicted", "derivation-mismatch", "entries-changed", "log-changed", "ledger-inconsistent",
    "ledger-shorter",
})  # fmt: skip


def verdict(findings: Iterable[Finding]) -> Verdict:
    """Any refuting finding refutes; else any undecided one leaves it open; else it is confirmed."""
    severities = {finding.severity for finding in findings}
    if Severity.REFUTES in severities:
        return Verdict.REFUTED
    return Verdict.UNDETERMINED if Severity.UNDECIDED in severities else Verdict.CONFIRMED
