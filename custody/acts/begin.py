"""Opening a register, its people, and the agencies it trusts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from custody.acts.desk import Desk, Draft, Written, sign_record
from custody.edges import clock, files, keys
from custody.edges.commit import Prepared, Writer
from custody.edges.pins import Pin, Pins
from custody.edges.register import Register, is_register
from manifests import bodies, cards, certificates, records, verify
from manifests.cards import Card, OfficerCard, b64, unb64
from manifests.certificates import ROLES, Agency, Subject
from manifests.digest import identity
from manifests.errors import EnvironmentFault, NotAllowedError, RefutedError, UsageError
from manifests.names import check_part
from manifests.records import ChainPlace
from manifests.shapes import WHY_REVOKED, Person
from manifests.times import text
from manifests.trust import Anchor, Trust, doubts, newest_lists

NewPassphrase = Callable[[str], str]
"""Given whose key it will be, returns a new passphrase."""


_NOT_ONE = ("signer-unknown", "signer-mismatch", "certificate-bad")


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What `init` needs to know; a second register of an agency comes with an officer card instead."""

    path: Path
    agency: str
    code: str
    register: str
    officer: str
    rank: str
    service_no: str


@dataclass(frozen=True, kw_only=True)
class _Founding:
    """Certificates and keys of a register that is about to exist."""

    root: bytes
    officer: bytes
    crl: bytes
    officer_key: bytes
    root_key: bytes | None
    signer: keys.Signer


def init(opening: Opening, new_passphrase: NewPassphrase, pins: Pins | None = None) -> Register:
    """Make a register with its own agency root, and enrol its first officer with every role."""
    for value, what in ((opening.code, "code"), (opening.register, "register name")):
        check_part(value, what)
    passphrase = new_passphrase(f"{opening.rank} {opening.officer}")
    keys.check_passphrase(passphrase)
    root_key, key, now = keys.new_key(), keys.new_key(), clock.now()
    root = certificates.make_root(Agency(name=opening.agency, code=opening.code), root_key, now)
    officer = _checked(certificates.make_officer(_subject(opening), key.public_key(), root, root_key, now), root, now)
    founding = _Founding(
        root=root,
        officer=officer,
        crl=certificates.make_list(root, root_key, now, number=1),
        officer_key=keys.encrypt(key, passphrase),
        root_key=keys.encrypt(root_key, passphrase),
        signer=keys.signer(officer, key),
    )
    return _found(opening.path, opening.register, founding, now, pins or Pins.usual())


def init_from_card(
    path: Path,
    register: str,
    data: bytes,
    unlock: Callable[[str, Callable[[str], Any]], Any],
    pins: Pins | None = None,
) -> Register:
    """Make a further register of an agency from an officer card (K5)."""
    check_part(register, "register name")
    card = cards.read_officer_card(data)
    certificate, sealed = unb64(card.certificate), unb64(card.key)
    told = certificates.read_officer(certificate)
    if "administrator" not in told.roles:
        raise NotAllowedError(f"{told.rank} {told.name} is no administrator", "a register is opened by one who is")
    anchor = cards.anchor(card.card, "the card")
    bad = [d for d in doubts(Trust(anchors=(anchor,), now=clock.now()), certificate, clock.now()) if d.code in _NOT_ONE]
    if bad:
        raise RefutedError(f"the officer card is not of one piece: {bad[0].text}", code=bad[0].code)
    key = unlock(f"{told.rank} {told.name}", lambda phrase: keys.decrypt(sealed, phrase))
    founding = _Founding(
        root=unb64(card.card.root),
        officer=certificate,
        crl=unb64(card.card.crl),
        officer_key=sealed,
        root_key=None,
        signer=keys.signer(certificate, key),
    )
    return _found(path, register, founding, clock.now(), pins or Pins.usual())


def _checked(certificate: bytes, root: bytes, now: datetime) -> bytes:
    """A new certificate, once every verifier would take it: some names pass here and fail in RFC 5280's comparison."""
    code = certificates.read_agency(root).code
    anchor = Anchor(code=code, agency="", root=root, source="")
    bad = [d for d in doubts(Trust(anchors=(anchor,), now=now), certificate, now) if d.code == "certificate-bad"]
    if bad:
        raise UsageError(
            f"these names cannot stand in a certificate: {bad[0].text}", "write each name in letters of one script"
        )
    return certificate


def _subject(opening: Opening) -> Subject:
    return Subject(
        name=opening.officer,
        rank=opening.rank,
        service_no=opening.service_no,
        agency=opening.agency,
        code=opening.code,
        roles=ROLES,
    )


def _found(path: Path, name: str, founding: _Founding, now: datetime, pins: Pins) -> Register:
    """Build the folder under another name and give it its own at the end: whole, or not at all."""
    path = path.absolute()
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        what = "is a register already" if is_register(path) else "exists and is not empty"
        raise NotAllowedError(f"{path} {what}", "choose another folder")
    work = path.with_name(f".{path.name}.making")
    try:
        _clear(work)
        files.make_folders(work)
        register = Register(work)
        _write_people(register, founding)
        _first_records(register, name, founding, now)
        made = Desk(register=register, passphrase=_no_passphrase, pins=pins)
        head, journal = made.ledger_head(), made.journal_head()
        pins.put(Pin(register=made.opened.digest, root=identity(founding.root), head=head, journal=journal))
        if path.exists():
            path.rmdir()
        work.rename(path)
        files.fsync_folder(path.parent)
    except BaseException as err:
        _clear(work)
        if isinstance(err, OSError):
            where = f" ({err.filename})" if err.filename else ""
            told = f"cannot make {path}: {err.strerror or err}{where}"
            raise EnvironmentFault(told, "nothing was left behind") from err
        raise
    return Register(path)


def _no_passphrase(whose: str, attempt: Any) -> Any:
    raise UsageError(f"the key of {whose} is not needed here")


def _clear(work: Path) -> None:
    import shutil

    if work.exists():
        shutil.rmtree(work)


def _write_people(register: Register, founding: _Founding) -> None:
    code = certificates.read_agency(founding.root).code
    stem = identity(founding.officer).removeprefix("sha256:")[:32]
    for folder in ("journal", "cases", "ledger", "people", "crls", "quarantine", "tmp", "unfinished"):
        files.make_folders(register.path / folder)
    files.write_new(register.people / f"{stem}.crt", founding.officer)
    files.write_new(register.people / f"{stem}.key", founding.officer_key)
    files.write_new(register.people / "root.crt", founding.root)
    files.write_new(register.lists / f"{code}.crl", founding.crl)
    if founding.root_key is not None:
        files.write_new(register.people / "root.key", founding.root_key)


def _first_records(register: Register, name: str, founding: _Founding, now: datetime) -> None:
    agency, subject = certificates.read_agency(founding.root), certificates.read_officer(founding.officer)
    writer, chain = Writer(register), f"{agency.code}/{name}"
    anchor = Anchor(code=agency.code, agency=agency.name, root=founding.root, source="")
    trust = Trust(anchors=(anchor,), now=now, lists=newest_lists((anchor,), [founding.crl]))
    opening: bodies.Body = bodies.RegisterOpened(
        agency=agency.name, code=agency.code, register=name, root_certificate=b64(founding.root)
    )
    by = Person(
        name=subject.name, rank=subject.rank, service_no=subject.service_no, agency=subject.code,
        register=chain, certificate=identity(founding.officer),
    )  # fmt: skip
    previous, state = None, None
    for position, body in enumerate((opening, enrolment(founding.officer)), start=1):
        place = ChainPlace(id=chain, position=position, root=identity(founding.root))
        record = records.build(
            body, chain=place, previous=previous, nonce=_nonce(), occurred_at=text(now),
            recorded_at=text(now), by=by, tool=clock.tool(),
        )  # fmt: skip
        made = sign_record(record, founding.signer, (), now)
        opened = verify.open_record(made, chain, trust)
        state = verify.next_state(state, record, opened.actor, identity(founding.root))
        writer.commit(Prepared(opened=opened, files=made))
        previous = records.Previous(record=record.digest, signature=opened.signature)
        by = msgspec.structs.replace(by, register_id=record.digest)


def _nonce() -> str:
    import secrets

    return secrets.token_hex(16)


def enrolment(certificate: bytes) -> bodies.PersonEnrolled:
    """The body that enrols whom a certificate names."""
    told = certificates.read_officer(certificate)
    return bodies.PersonEnrolled(
        name=told.name,
        rank=told.rank,
        service_no=told.service_no,
        roles=told.roles,
        certificate=identity(certificate),
        certificate_der=b64(certificate),
    )


def enrol(desk: Desk, subject: Subject, new_passphrase: NewPassphrase) -> Written:
    """Give an officer a key and a certificate under the agency's root, and write it into the journal."""
    if subject.service_no in desk.people:
        raise NotAllowedError(f"{subject.service_no} is enrolled already", "see: custody people list")
    root_key, signer = _root_key(desk), desk.unlock(desk.me())
    passphrase = new_passphrase(f"{subject.rank} {subject.name}")
    keys.check_passphrase(passphrase)
    key = keys.new_key()
    made_now = certificates.make_officer(subject, key.public_key(), desk.own_root, root_key, desk.now())
    certificate = _checked(made_now, desk.own_root, desk.now())
    body = enrolment(certificate)
    made = (desk.certificate_path(body.certificate), desk.key_path(body.certificate))
    try:
        files.write_new(made[0], certificate)
        files.write_new(made[1], keys.encrypt(key, passphrase))
        return desk.write([Draft(chain=desk.name, body=body)], signer)[0]
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise


def _root_key(desk: Desk) -> Any:
    path = desk.register.people / "root.key"
    if not path.exists():
        raise NotAllowedError(
            f"the root key of {desk.code} is not in this register",
            "enrol officers in the agency's first register, then carry their card here",
        )
    return desk.passphrase(f"root of {desk.own.agency}", lambda phrase: keys.decrypt(files.read(path), phrase))


def revoke(desk: Desk, service_no: str, because: str, note: str | None = None) -> Written:
    """Write into the journal that an officer's key is no longer good here."""
    if because not in WHY_REVOKED:
        raise UsageError(f"not a reason to revoke: {because}", "one of " + ", ".join(WHY_REVOKED))
    person = desk.people.get(service_no)
    if person is None:
        raise NotAllowedError(f"{service_no} is not enrolled here", "see: custody people list")
    body = bodies.PersonRevoked(service_no=service_no, certificate=person.certificate, because=because, note=note)
    return desk.write([Draft(chain=desk.name, body=body)], desk.unlock(desk.me()))[0]


def agency_card(desk: Desk) -> Card:
    """The agency's card, with the newest revocation list here."""
    crl = files.read_if_there(desk.register.lists / f"{desk.code}.crl")
    if crl is None:
        raise EnvironmentFault("the agency's revocation list is not in this register")
    return Card(
        format=cards.CARD,
        agency=desk.own.agency,
        code=desk.code,
        root=b64(desk.own_root),
        registers=(desk.name,),
        crl=b64(crl),
    )


def officer_card(desk: Desk, service_no: str) -> OfficerCard:
    """What an officer carries to open a further register; the key stays encrypted."""
    person = desk.officer(service_no)
    return OfficerCard(
        format=cards.OFFICER_CARD,
        card=agency_card(desk),
        certificate=b64(files.read(desk.certificate_path(person.certificate))),
        key=b64(files.read(desk.key_path(person.certificate))),
    )


def trust_card(desk: Desk, card: Card, compared: str) -> Written | None:
    """Trust another agency's card; the card of this register's own agency pins it on this computer (None)."""
    root = unb64(card.root)
    if identity(root) == identity(desk.own_root):
        seen = desk.pin or Pin(
            register=desk.opened.digest, root=identity(root), head=desk.ledger_head(), journal=desk.journal_head()
        )
        desk.pins.put(msgspec.structs.replace(seen, root=identity(root)))
        return None
    for anchor in desk.trust.anchors:
        if anchor.code == card.code and anchor.fingerprint != identity(root):
            raise NotAllowedError(
                f"another root is trusted for {card.code} already: {anchor.fingerprint}",
                "two agencies cannot share a code; ask them, and remove the old one: custody trust remove",
            )
    body = bodies.AnchorTrusted(
        agency=card.agency, code=card.code, root=identity(root), root_certificate=card.root, compared=compared
    )
    said = [v.record for v in desk.journal.records if getattr(v.record.body, "root", None) == identity(root)]
    if said and any(a.fingerprint == identity(root) for a in desk.trust.anchors):
        written = Written(record=said[-1], already=True)
    else:
        written = desk.write([Draft(chain=desk.name, body=body)], desk.unlock(desk.me()))[0]
    _keep_list(desk, card)
    return written


def _keep_list(desk: Desk, card: Card) -> None:
    """Keep the card's revocation list where it is newer than the one here; its owner's register only."""
    new = certificates.read_list(unb64(card.crl), unb64(card.root))
    path = desk.register.lists / f"{card.code}.crl"
    old = files.read_if_there(path)
    if old is None or certificates.read_list(old, unb64(card.root)).number < new.number:
        files.replace(path, unb64(card.crl))


def distrust(desk: Desk, code: str) -> Written:
    """Stop trusting another agency's root."""
    anchor = next((a for a in desk.trust.anchors if a.code == code and a.root != desk.own_root), None)
    if anchor is None:
        raise NotAllowedError(f"no other agency with the code {code} is trusted here", "see: custody trust list")
    body = bodies.AnchorRemoved(code=code, root=anchor.fingerprint)
    return desk.write([Draft(chain=desk.name, body=body)], desk.unlock(desk.me()))[0]
