"""Who works in a register: enrolling, renewing, revoking, passphrases, and the agency's key (C11, S6, S8).

The agency's key lies in its first register once for each administrator, under that person's passphrase, and once
under the code of the recovery sheet. Each act that opens it brings the revocation list up to the journal.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from custody.acts.anchors import agency_card, keep_lists
from custody.acts.desk import Desk, Draft, Written
from custody.acts.revoking import next_list
from custody.edges import files, keys
from custody.edges.keys import Signer
from custody.edges.register import check_owner
from manifests import bodies, cards, certificates
from manifests.cards import OfficerCard, b64, unb64
from manifests.certificates import Subject
from manifests.digest import identity
from manifests.errors import NotAllowedError, RefutedError, UsageError
from manifests.revocation import make_list
from manifests.times import parse
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


@dataclass(frozen=True, kw_only=True)
class Because:
    """Why a certificate is revoked, and since when it is not good."""

    reason: str = "superseded"
    since: str | None = None
    note: str | None = None


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


# --- the agency's key -----------------------------------------------------------------


def has_agency_key(desk: Desk) -> bool:
    """Whether this is the register that can make certificates and lists."""
    return any(desk.register.people.glob("root.*.key"))


def agency_key_path(desk: Desk, certificate: str) -> Path:
    """Where the copy of the agency's key lies that opens for whoever has this certificate."""
    return desk.key_path(certificate).with_name(f"root.{desk.key_path(certificate).name}")


def _recovery_key_path(desk: Desk, certificate: str) -> Path:
    """Where the recovery sheet's own key lies: not where an officer's would, so it signs nothing by itself."""
    return desk.key_path(certificate).with_name(f"recovery.{desk.key_path(certificate).name}")


def open_issuer(desk: Desk) -> Issuer:
    """Ask the administrator at this desk for the passphrase, once, and open both keys; raises NotAllowedError."""
    check_owner(desk.register)
    me = desk.me()
    if "administrator" not in me.roles:
        raise NotAllowedError("records about people and roots need an administrator", "see: custody people list")
    path = agency_key_path(desk, me.certificate)
    if not has_agency_key(desk):
        raise NotAllowedError(
            f"the root key of {desk.code} is not in this register",
            "enrol officers in the agency's first register, then carry their card here",
        )
    if not path.exists():
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


# --- enrolling and renewing -------------------------------------------------------------


def enrol(desk: Desk, subject: Subject, new_passphrase: NewPassphrase) -> Written:
    """Give an officer a key and a certificate under the agency's root, and write it into the journal."""
    if subject.service_no in desk.people or subject.service_no == RECOVERY:
        raise NotAllowedError(
            f"{subject.service_no} is enrolled already",
            "see: custody people list",
            "another rank, role or key for the same person: custody people renew",
        )
    issuer = open_issuer(desk)
    written = _issue(desk, issuer, subject, new_passphrase(f"{subject.rank} {subject.name}"))
    _bring_list_up_to_journal(desk, issuer)
    return written


def renew(
    desk: Desk, service_no: str, changed: Callable[[Subject], Subject], new_passphrase: NewPassphrase,
    because: Because | None = None, issuer: Issuer | None = None,
) -> list[Written]:  # fmt: skip
    """Give an enrolled person another certificate and key; the old one ends with the same record.

    Where the old key was not merely replaced, a second record says why and since when it was not good.
    """
    person = _enrolled(desk, service_no)
    because = because or Because()
    old = certificates.read_officer(unb64(person.certificate_der))
    subject = changed(old)
    if "administrator" not in subject.roles:
        _check_not_last(desk, person)
    issuer = issuer or open_issuer(desk)
    phrase = new_passphrase(f"{subject.rank} {subject.name}")
    written = [_issue(desk, issuer, subject, phrase, replaces=person.certificate)]
    if because.reason != "superseded" or because.since is not None:
        signer = desk.opened_keys.get(desk.people[service_no].certificate, issuer.signer)
        written.append(_write_revocation(desk, person, because, signer))
    _end_keys(desk, person)
    _bring_list_up_to_journal(desk, issuer)
    return written


def _enrolled(desk: Desk, service_no: str) -> bodies.PersonEnrolled:
    person = desk.people.get(service_no)
    if person is None or service_no == RECOVERY:
        raise NotAllowedError(f"{service_no} is not enrolled here", "see: custody people list")
    return person


def _issue(desk: Desk, issuer: Issuer, subject: Subject, secret: str, replaces: str | None = None) -> Written:
    """A new key under a new secret, its certificate, and the record: all of them, or nothing."""
    keys.check_passphrase(secret)
    key = keys.new_key()
    certificate = make_certificate(subject, key, desk.own_root, issuer.root_key, desk.now())
    body = enrolment(certificate, replaces)
    sealed = sealed_files(certificate, key, issuer.root_key, secret)
    made = {desk.register.people / name: data for name, data in sealed.items()}
    try:
        for path, data in made.items():
            files.write_new(path, data)
        written = desk.write([Draft(chain=desk.name, body=body)], issuer.signer)[0]
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise
    desk.opened_keys[body.certificate] = keys.signer(certificate, key)
    return written


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


def _end_keys(desk: Desk, person: bodies.PersonEnrolled) -> None:
    """What a certificate that ended had in `people/` goes, but for the certificate."""
    for path in (agency_key_path, _recovery_key_path):
        path(desk, person.certificate).unlink(missing_ok=True)
    desk.key_path(person.certificate).unlink(missing_ok=True)


# --- revoking ----------------------------------------------------------------------------


def revoke(desk: Desk, service_no: str, because: Because) -> Written:
    """Write into the journal that an officer's key is no longer good, and sign the agency's list with it."""
    person = desk.people.get(service_no)
    if person is None:
        return _revoked_before(desk, service_no)
    _check_not_last(desk, person)
    if not has_agency_key(desk):
        desk.notices.append(
            f"other agencies learn of it from the list that only the first register of {desk.code} can sign: "
            f"there, custody people revoke {service_no}"
        )
        return _write_revocation(desk, person, because, desk.unlock(desk.me()))
    issuer = open_issuer(desk)
    written = _write_revocation(desk, person, because, issuer.signer)
    agency_key_path(desk, person.certificate).unlink(missing_ok=True)
    _bring_list_up_to_journal(desk, issuer)
    return written


def _revoked_before(desk: Desk, service_no: str) -> Written:
    """The record of a revocation whose list was not signed, which is done now."""
    said = [
        v.record
        for v in desk.journal.records
        if isinstance(v.record.body, bodies.PersonRevoked) and v.record.body.service_no == service_no
    ]
    if not said or not has_agency_key(desk) or next_list(desk) is None:
        raise NotAllowedError(f"{service_no} is not enrolled here", "see: custody people list")
    _bring_list_up_to_journal(desk, open_issuer(desk))
    return Written(record=said[-1], already=True)


def _write_revocation(desk: Desk, person: bodies.PersonEnrolled, because: Because, signer: Signer) -> Written:
    if because.since is not None and parse(because.since) > desk.now():
        raise UsageError(f"{because.since} is in the future", "say since when the key is not good, at the latest now")
    body = bodies.PersonRevoked(
        service_no=person.service_no, certificate=person.certificate, because=because.reason, since=because.since,
        note=because.note,
    )  # fmt: skip
    return desk.write([Draft(chain=desk.name, body=body)], signer)[0]


def _check_not_last(desk: Desk, person: bodies.PersonEnrolled) -> None:
    """Raise where nobody could enrol anybody any more."""
    if "administrator" in person.roles and all(p.service_no == person.service_no for p in administrators(desk)):
        raise NotAllowedError(
            f"{person.rank} {person.name} is the last administrator with a key here",
            "enrol or renew another as administrator first",
            "a new key, rank or name for the same person: custody people renew",
            "if nobody has a key any more: custody people recover",
        )


def administrators(desk: Desk) -> list[bodies.PersonEnrolled]:
    """Who can enrol others here: an administrator with a key, and with the agency's where that is here."""
    whole = has_agency_key(desk)
    return [
        p
        for p in desk.people.values()
        if "administrator" in p.roles
        and desk.key_path(p.certificate).exists()
        and (not whole or agency_key_path(desk, p.certificate).exists())
    ]


def _bring_list_up_to_journal(desk: Desk, issuer: Issuer) -> None:
    wanted = next_list(desk)
    if wanted is not None:
        keep_lists(desk, [make_list(desk.own_root, issuer.root_key, wanted)])


# --- passphrases, recovery, cards ---------------------------------------------------------


def change_passphrase(desk: Desk, new_passphrase: NewPassphrase) -> bodies.PersonEnrolled:
    """Put the key of whoever is at this desk under a new passphrase, and their copy of the agency's key."""
    check_owner(desk.register)
    me = desk.me()
    own, agency = desk.key_path(me.certificate), agency_key_path(desk, me.certificate)
    if agency.exists():
        key, root_key = _open_both(desk, files.read(own), files.read(agency), _whose(me))
    else:
        key, root_key = desk.passphrase(_whose(me), lambda phrase: keys.decrypt(files.read(own), phrase)), None
    phrase = new_passphrase(f"{me.rank} {me.name}")
    keys.check_passphrase(phrase)
    if root_key is not None:
        files.replace(agency, keys.encrypt(root_key, phrase))
    files.replace(own, keys.encrypt(key, phrase))
    return me


def make_recovery_sheet(desk: Desk, code: str) -> Written:
    """Enrol a recovery sheet with this code; the one before it ends."""
    issuer = open_issuer(desk)
    before = desk.people.get(RECOVERY)
    secret = keys.read_recovery_code(code)
    subject = recovery_subject(desk.own.agency, desk.code)
    written = _issue(desk, issuer, subject, secret, replaces=before.certificate if before else None)
    if before is not None:
        _end_keys(desk, before)
    _bring_list_up_to_journal(desk, issuer)
    return written


def recover(desk: Desk, subject: Subject, new_passphrase: NewPassphrase, because: Because) -> list[Written]:
    """Make a person an administrator with a new key, on the strength of the recovery sheet alone."""
    issuer = _open_with_sheet(desk)
    if subject.service_no in desk.people:
        return renew(desk, subject.service_no, lambda old: subject, new_passphrase, because, issuer)
    written = [_issue(desk, issuer, subject, new_passphrase(f"{subject.rank} {subject.name}"))]
    _bring_list_up_to_journal(desk, issuer)
    return written


def _open_with_sheet(desk: Desk) -> Issuer:
    check_owner(desk.register)
    person = desk.people.get(RECOVERY)
    own = _recovery_key_path(desk, person.certificate) if person else None
    if person is None or own is None or not own.exists():
        raise NotAllowedError(
            "no recovery sheet opens this register", "an administrator makes one: custody people recovery-sheet"
        )
    agency = files.read(agency_key_path(desk, person.certificate))

    def attempt(code: str) -> tuple[Any, Any]:
        secret = keys.read_recovery_code(code)
        return keys.decrypt(files.read(own), secret), keys.decrypt(agency, secret)

    key, root_key = desk.passphrase(f"the recovery sheet of {desk.own.agency} (its code)", attempt)
    return Issuer(signer=keys.signer(unb64(person.certificate_der), key), root_key=root_key)


def officer_card(desk: Desk, service_no: str) -> OfficerCard:
    """What an officer carries to a further register; the key stays encrypted."""
    person = desk.officer(service_no)
    return OfficerCard(
        format=cards.OFFICER_CARD,
        card=agency_card(desk),
        certificate=person.certificate_der,
        key=b64(files.read(desk.key_path(person.certificate))),
    )
