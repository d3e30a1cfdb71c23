"""Opening a register: an agency's first, or a further one from an officer card (docs/spec/package.md, K5)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from custody.acts import time_check
from custody.acts.agency_key import NewPassphrase, enrolment, make_certificate, recovery_subject, sealed_files, stem
from custody.acts.desk import Desk, sign_record
from custody.edges import clock, files, keys, workspaces
from custody.edges.commit import Prepared, Writer
from custody.edges.pins import Pin, Pins
from custody.edges.register import OWN_FOLDERS, Register, is_register
from manifests import bodies, cards, certificates, records, verify
from manifests.cards import OfficerCard, b64, unb64
from manifests.certificates import ROLES, Agency, Subject
from manifests.digest import identity
from manifests.errors import EnvironmentFault, NotAllowedError, RefutedError, UsageError
from manifests.names import check_part, is_register_of
from manifests.records import ChainPlace
from manifests.revocation import RevocationList, make_list
from manifests.shapes import Person
from manifests.times import text
from manifests.trust import Anchor, Trust, doubts, newest_lists

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
    clock: str | None = None
    """Why this computer's time may be wrong."""


@dataclass(frozen=True, kw_only=True)
class _Founding:
    """Certificates and keys of a register that is about to exist."""

    root: bytes
    officer: bytes
    crl: bytes
    signer: keys.Signer
    sealed: dict[str, bytes]
    """What lies in `people/`, by name."""
    recovery: bytes | None = None
    """The certificate of the recovery sheet."""
    clock: str | None = None


def init(
    opening: Opening, new_passphrase: NewPassphrase, pins: Pins | None = None, recovery_code: str | None = None
) -> Register:
    """Make a register with its own agency root, and enrol its first officer with every role, and a recovery sheet."""
    for value, what in ((opening.code, "code"), (opening.register, "register name")):
        check_part(value, what)
    passphrase = new_passphrase(f"{opening.rank} {opening.officer}")
    keys.check_passphrase(passphrase)
    root_key, key, now = keys.new_key(), keys.new_key(), clock.now()
    root = certificates.make_root(Agency(name=opening.agency, code=opening.code), root_key, now)
    officer = make_certificate(_subject(opening), key, root, root_key, now)
    sealed = sealed_files(officer, key, root_key, passphrase)
    recovery = None
    if recovery_code is not None:
        spare = keys.new_key()
        recovery = make_certificate(recovery_subject(opening.agency, opening.code), spare, root, root_key, now)
        sealed |= sealed_files(recovery, spare, root_key, keys.read_recovery_code(recovery_code))
    founding = _Founding(
        root=root,
        officer=officer,
        crl=make_list(root, root_key, RevocationList(number=1, made=now)),
        signer=keys.signer(officer, key),
        sealed=sealed,
        recovery=recovery,
        clock=opening.clock,
    )
    return _found(opening.path, opening.register, founding, now, pins or Pins.usual())


def init_from_card(
    path: Path,
    register: str | None,
    data: bytes,
    unlock: Callable[[str, Callable[[str], Any]], Any],
    pins: Pins | None = None,
    clock_reason: str | None = None,
) -> Register:
    """Make a further register of an agency from an officer card, which names it (K5)."""
    card = cards.read_officer_card(data)
    _check_name(card, register)
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
        signer=keys.signer(certificate, key),
        sealed={
            f"{stem(certificate)}.crt": certificate,
            f"{stem(certificate)}.key": sealed,
            "registers": "".join(f"{each}\n" for each in card.card.registers).encode(),
        },
        clock=clock_reason,
    )
    return _found(path, card.register.partition("/")[2], founding, clock.now(), pins or Pins.usual())


def _check_name(card: OfficerCard, register: str | None) -> None:
    """Two registers of one name are two ledgers that contradict each other (G5)."""
    if register is not None and f"{card.card.code}/{register}" != card.register:
        raise NotAllowedError(
            f"the card was made for {card.register}", "leave --register out, or have another card made: people card"
        )
    if card.register in card.card.registers or not is_register_of(card.register, card.card.code):
        raise RefutedError(f"the card names {card.register}, which is no new register of {card.card.code}")


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
    if founding.clock is None:
        time_check.check_beginning(now, founding.officer, pins)
    try:
        with workspaces.making_beside(path) as work:
            register = Register(work)
            _write_people(register, founding)
            _first_records(register, name, founding, now)
            made = Desk(register=register, passphrase=_no_passphrase, pins=pins)
            head, journal = made.ledger_head(), made.journal_head()
            root, seen = identity(founding.root), text(now)
            pins.put(Pin(register=made.opened.digest, root=root, head=head, journal=journal, seen=seen))
            if path.exists():
                path.rmdir()
            workspaces.give_name(work, path)
    except OSError as err:
        where = f" ({err.filename})" if err.filename else ""
        told = f"cannot make {path}: {err.strerror or err}{where}"
        raise EnvironmentFault(told, "nothing was left behind") from err
    return Register(path)


def _no_passphrase(whose: str, attempt: Any) -> Any:
    raise UsageError(f"the key of {whose} is not needed here")


def _write_people(register: Register, founding: _Founding) -> None:
    for folder in OWN_FOLDERS:
        files.make_folders(register.path / folder)
    for name, data in founding.sealed.items():
        files.write_new(register.people / name, data)
    files.write_new(register.people / "root.crt", founding.root)
    files.write_new(register.list_path(identity(founding.root)), founding.crl)


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
    enrolled = filter(None, (founding.officer, founding.recovery))
    previous, state = None, None
    for position, body in enumerate((opening, *map(enrolment, enrolled)), start=1):
        place = ChainPlace(id=chain, position=position, root=identity(founding.root))
        record = records.build(
            body, chain=place, previous=previous, nonce=secrets.token_hex(16), occurred_at=text(now),
            recorded_at=text(now), by=by, tool=clock.tool(), clock=founding.clock,
        )  # fmt: skip
        made = sign_record(record, founding.signer, (), now)
        opened = verify.open_record(made, chain, trust)
        state = verify.next_state(state, record, opened.actor, identity(founding.root))
        writer.commit(Prepared(opened=opened, files=made))
        previous = records.Previous(record=record.digest, signature=opened.signature)
        by = msgspec.structs.replace(by, register_id=by.register_id or record.digest)
