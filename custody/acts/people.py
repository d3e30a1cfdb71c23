"""Who works in a register: enrolling, renewing, revoking, passphrases, and the agency's key (C11, S6, S8).

Each act that opens the agency's key brings its revocation list up to the journal.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from custody.acts.agency_key import (
    RECOVERY,
    Issuer,
    NewPassphrase,
    administrators,
    agency_key_path,
    check_administrator,
    enrolment,
    has_agency_key,
    make_certificate,
    open_issuer,
    open_with_sheet,
    recovery_key_path,
    recovery_subject,
    sealed_files,
)
from custody.acts.anchors import agency_card, keep_lists, known_registers
from custody.acts.desk import Desk, Draft, Written
from custody.acts.revoking import next_list
from custody.edges import files, keys, workspaces
from custody.edges.keys import Signer
from custody.edges.register import check_owner
from manifests import bodies, cards, certificates
from manifests.cards import OfficerCard, b64, unb64
from manifests.certificates import Subject
from manifests.digest import identity
from manifests.errors import CustodyError, NotAllowedError, UsageError
from manifests.names import check_part
from manifests.revocation import make_list
from manifests.times import parse


@dataclass(frozen=True, kw_only=True)
class Because:
    """Why a certificate is revoked, and since when it is not good."""

    reason: str = "superseded"
    since: str | None = None
    note: str | None = None


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
    if issuer is None:
        check_administrator(desk)
    person = _enrolled(desk, service_no)
    because = because or Because()
    old = certificates.read_officer(unb64(person.certificate_der))
    subject = changed(old)
    if "administrator" not in subject.roles:
        _check_not_last(desk, person)
    issuer = issuer or open_issuer(desk)
    own = identity(issuer.signer.certificate) == person.certificate
    says_why = because.reason != "superseded" or because.since is not None
    if own and says_why and "administrator" not in subject.roles:
        raise NotAllowedError(
            "the key that ends here signs that it ends, and no reason after it",
            "another administrator does it; or: leave the reason out",
        )
    phrase = new_passphrase(f"{subject.rank} {subject.name}")
    written = [_issue(desk, issuer, subject, phrase, replaces=person.certificate)]
    if says_why:
        signer = desk.opened_keys[desk.people[service_no].certificate] if own else issuer.signer
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
        for path in () if _is_enrolled(desk, body.certificate) else made:
            files.remove(path)
        raise
    desk.opened_keys[body.certificate] = keys.signer(certificate, key)
    return written


def _is_enrolled(desk: Desk, certificate: str) -> bool:
    """Whether the record was written all the same: then the key must not go."""
    desk.forget()
    with suppress(CustodyError):
        return any(each.certificate == certificate for each in desk.people.values())
    return False


def _end_keys(desk: Desk, person: bodies.PersonEnrolled) -> None:
    """What a certificate that ended had in `people/` goes, but for the certificate."""
    for path in (agency_key_path, recovery_key_path):
        files.remove(path(desk, person.certificate))
    files.remove(desk.key_path(person.certificate))


# --- revoking ----------------------------------------------------------------------------


def revoke(desk: Desk, service_no: str, because: Because) -> Written:
    """Write into the journal that an officer's key is no longer good, and sign the agency's list with it."""
    check_administrator(desk)
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
    files.remove(agency_key_path(desk, person.certificate))
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


def _bring_list_up_to_journal(desk: Desk, issuer: Issuer) -> None:
    wanted = next_list(desk)
    if wanted is not None:
        keep_lists(desk, [make_list(desk.own_root, issuer.root_key, wanted)])


# --- passphrases, recovery, cards ---------------------------------------------------------


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
    issuer = open_with_sheet(desk)
    if subject.service_no in desk.people:
        return renew(desk, subject.service_no, lambda old: subject, new_passphrase, because, issuer)
    written = [_issue(desk, issuer, subject, new_passphrase(f"{subject.rank} {subject.name}"))]
    _bring_list_up_to_journal(desk, issuer)
    return written


def officer_card(desk: Desk, service_no: str, name: str) -> OfficerCard:
    """What an officer carries to a further register of that name; the key stays encrypted."""
    check_part(name, "register name")
    register, known = f"{desk.code}/{name}", known_registers(desk)
    if register.casefold() in (each.casefold() for each in known):
        raise NotAllowedError(
            f"{register} is known already: it exists, or a card was made for it",
            "each register has a name of its own; known: " + ", ".join(known),
        )
    person, card = desk.officer(service_no), agency_card(desk)
    return OfficerCard(
        format=cards.OFFICER_CARD,
        card=card,
        register=register,
        certificate=person.certificate_der,
        key=b64(files.read(desk.key_path(person.certificate))),
    )


def note_register(desk: Desk, register: str) -> None:
    """Note the name that a card was made for, so that it is given once."""
    check_owner(desk.register)
    names = "".join(f"{each}\n" for each in (*known_registers(desk), register))
    workspaces.replace(desk.register.known_registers, names.encode())
