"""The agency's key in its first register: for whom it opens, and the certificates that are made with it (S3, S8).

It lies there once for each administrator, under that person's passphrase, and once under the code of the recovery
sheet. The sheet is enrolled like a person, so that what is signed with it is signed by somebody the journal knows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from custody.acts.desk import Desk
from custody.edges import files, keys, workspaces
from custody.edges.keys import Signer
from custody.edges.register import check_owner
from manifests import bodies, certificates
from manifests.cards import b64, unb64
from manifests.certificates import Subject
from manifests.digest import identity
from manifests.errors import NotAllowedError, UsageError
from manifests.trust import Anchor, Trust, doubts

NewPassphrase = Callable[[str], str]
"""Given whose key it will be, returns a new passphrase."""
RECOVERY = "RECOVERY"
"""The service number of the recovery sheet, which is enrolled like a person."""


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Who may enrol: somebody who signs, and the agency's root key."""

    signer: Signer
    root_key: Any = field(repr=False)


# --- certificates ------------------------------------------------------------------


def enrolment(certificate: bytes, replaces: str | None = None) -> bodies.PersonEnrolled:
    """The body that enrols whom a certificate names."""
    subject = certificates.read_officer(certificate)
    return bodies.PersonEnrolled(
        name=subject.name, rank=subject.rank, service_no=subject.service_no, roles=subject.roles,
        certificate=identity(certificate), certificate_der=b64(certificate), replaces=replaces,
    )  # fmt: skip


def make_certificate(subject: Subject, key: Any, root: bytes, root_key: Any, now: datetime) -> bytes:
    """A new certificate, once every verifier would take it: some names pass here and fail in RFC 5280's comparison."""
    certificate = certificates.make_officer(subject, key.public_key(), root, root_key, now)
    anchor = Anchor(code=subject.code, agency="", root=root, source="")
    bad = [d for d in doubts(Trust(anchors=(anchor,), now=now), certificate, now) if d.code == "certificate-bad"]
    if bad:
        raise UsageError(
            f"these names cannot stand in a certificate: {bad[0].text}", "write each name in letters of one script"
        )
    return certificate


def recovery_subject(agency: str, code: str) -> Subject:
    """Whom the certificate of the recovery sheet names."""
    return Subject(
        name="Recovery sheet", rank="Sealed envelope", service_no=RECOVERY, agency=agency, code=code,
        roles=("administrator",),
    )  # fmt: skip


def sealed_files(certificate: bytes, key: Any, root_key: Any, secret: str) -> dict[str, bytes]:
    """What lies in `people/` for a certificate, by name: itself, its key, and the agency's for an administrator."""
    subject, name = certificates.read_officer(certificate), stem(certificate)
    own = f"recovery.{name}.key" if subject.service_no == RECOVERY else f"{name}.key"
    found = {f"{name}.crt": certificate, own: keys.encrypt(key, secret)}
    if "administrator" in subject.roles:
        found[f"root.{name}.key"] = keys.encrypt(root_key, secret)
    return found


def stem(certificate: bytes) -> str:
    """What the files in `people/` that belong to a certificate are called after."""
    return identity(certificate).removeprefix("sha256:")[:32]


# --- for whom it opens ------------------------------


def has_agency_key(desk: Desk) -> bool:
    """Whether this is the register that can make certificates and lists."""
    return any(n.startswith("root.") and n.endswith(".key") for n, _ in files.names(desk.register.people))


def agency_key_path(desk: Desk, certificate: str) -> Path:
    """Where the copy of the agency's key lies that opens for whoever has this certificate."""
    return desk.key_path(certificate).with_name(f"root.{desk.key_path(certificate).name}")


def recovery_key_path(desk: Desk, certificate: str) -> Path:
    """Where the recovery sheet's own key lies: not where an officer's would, so it signs nothing by itself."""
    return desk.key_path(certificate).with_name(f"recovery.{desk.key_path(certificate).name}")


def check_administrator(desk: Desk) -> bodies.PersonEnrolled:
    """Who is at this desk; raises NotAllowedError, before anything is asked, where they may not enrol or revoke."""
    me = desk.me()
    if "administrator" not in me.roles:
        raise NotAllowedError("records about people and roots need an administrator", "see: custody people list")
    return me


def open_issuer(desk: Desk) -> Issuer:
    """Ask the administrator at this desk for the passphrase, once, and open both keys; raises NotAllowedError."""
    check_owner(desk.register)
    me = check_administrator(desk)
    path = agency_key_path(desk, me.certificate)
    if not has_agency_key(desk):
        raise NotAllowedError(
            f"the root key of {desk.code} is not in this register",
            "enrol officers in the agency's first register, then carry their card here",
        )
    if not files.is_file(path):
        raise NotAllowedError(
            f"the root key of {desk.code} does not open for {me.rank} {me.name}",
            "an administrator for whom it opens renews you: custody people renew SERVICE_NO --role administrator",
            "or open it with the recovery sheet: custody people recover",
        )
    signer_key, root_key = _open_both(desk, files.read(desk.key_path(me.certificate)), files.read(path), _whose(me))
    return Issuer(signer=keys.signer(files.read(desk.certificate_path(me.certificate)), signer_key), root_key=root_key)


def _whose(person: bodies.PersonEnrolled) -> str:
    return f"{person.rank} {person.name} ({person.service_no})"


def _open_both(desk: Desk, own: bytes, agency: bytes, whose: str) -> tuple[Any, Any]:
    """A person's key and the agency's under one passphrase; under two where a change of it was interrupted."""

    def attempt(phrase: str) -> tuple[Any, Any]:
        key = keys.decrypt(own, phrase)
        try:
            return key, keys.decrypt(agency, phrase)
        except NotAllowedError:
            return key, None

    key, root_key = desk.passphrase(whose, attempt)
    if root_key is None:
        other = f"the agency's key for {whose}: the passphrase before or after the last change"
        root_key = desk.passphrase(other, lambda phrase: keys.decrypt(agency, phrase))
    return key, root_key


def open_with_sheet(desk: Desk) -> Issuer:
    check_owner(desk.register)
    person = desk.people.get(RECOVERY)
    own = recovery_key_path(desk, person.certificate) if person else None
    if person is None or own is None or not files.is_file(own):
        raise NotAllowedError(
            "no recovery sheet opens this register", "an administrator makes one: custody people recovery-sheet"
        )
    agency = files.read(agency_key_path(desk, person.certificate))

    def attempt(code: str) -> tuple[Any, Any]:
        secret = keys.read_recovery_code(code)
        return keys.decrypt(files.read(own), secret), keys.decrypt(agency, secret)

    key, root_key = desk.passphrase(f"the recovery sheet of {desk.own.agency} (its code)", attempt)
    return Issuer(signer=keys.signer(unb64(person.certificate_der), key), root_key=root_key)


def change_passphrase(desk: Desk, new_passphrase: NewPassphrase) -> bodies.PersonEnrolled:
    """Put the key of whoever is at this desk under a new passphrase, and their copy of the agency's key."""
    check_owner(desk.register)
    me = desk.me()
    own, agency = desk.key_path(me.certificate), agency_key_path(desk, me.certificate)
    if files.is_file(agency):
        key, root_key = _open_both(desk, files.read(own), files.read(agency), _whose(me))
    else:
        key, root_key = desk.passphrase(_whose(me), lambda phrase: keys.decrypt(files.read(own), phrase)), None
    phrase = new_passphrase(f"{me.rank} {me.name}")
    keys.check_passphrase(phrase)
    if root_key is not None:
        workspaces.replace(agency, keys.encrypt(root_key, phrase))
    workspaces.replace(own, keys.encrypt(key, phrase))
    return me


def administrators(desk: Desk) -> list[bodies.PersonEnrolled]:
    """Who can enrol others here: an administrator with a key, and with the agency's where that is here."""
    whole = has_agency_key(desk)
    return [
        p
        for p in desk.people.values()
        if "administrator" in p.roles
        and files.is_file(desk.key_path(p.certificate))
        and (not whole or files.is_file(agency_key_path(desk, p.certificate)))
    ]
