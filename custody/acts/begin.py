"""Opening a register: an agency's first, or a further one from an officer card (docs/spec/package.md, K5)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from custody.acts.agency_key import NewPassphrase, enrolment, make_certificate, recovery_subject, sealed_files, stem
from custody.acts.desk import Desk
from custody.edges import clock, files, keys
from custody.edges.commit import Prepared, Writer
from custody.edges.pins import Pin, Pins
from custody.edges.register import Register, is_register
from manifests import bodies, cards, certificates, records
from manifests.cards import b64, unb64
from manifests.certificates import ROLES, Agency, Subject
from manifests.digest import identity
from manifests.errors import EnvironmentFault, NotAllowedError, RefutedError, UsageError
from manifests.names import check_part
from manifests.records import ChainPlace
from manifests.revocation import RevocationList, make_list
from manifests.shapes import Person
from manifests.times import text
from manifests.trust import Trust, doubts

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
    signer: keys.Signer
    sealed: dict[str, bytes]
    """What lies in `people/`, by name."""
    recovery: bytes | None = None
    """The certificate of the recovery sheet."""


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
        signer=keys.signer(certificate, key),
        sealed={f"{stem(certificate)}.crt": certificate, f"{stem(certificate)}.key": sealed},
    )
    return _found(path, register, founding, clock.now(), pins or Pins.usual())


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
    for folder in ("journal", "cases", "ledger", "people", "crls", "quarantine", "tmp", "unfinished"):
        files.make_folders(register.path / folder)
    for name, data in founding.sealed.items():
        files.write_new(register.people / name, data)
    files.write_new(register.people / "root.crt", founding.root)
    files.write_new(register.list_path(identity(founding.root)), founding.crl)


def _first_records(register: Register, name: str, founding: _Founding, now: datetime) -> None:
    agency, told = certificates.read_agency(founding.root), certificates.read_officer(founding.officer)
    writer, chain = Writer(register), f"{agency.code}/{name}"
    by = Person(
        name=told.name, rank=told.rank, service_no=told.service_no, agency=told.code,
        register=chain, certificate=identity(founding.officer),
    )  # fmt: skip
    opened: bodies.Body = bodies.RegisterOpened(
        agency=agency.name, code=agency.code, register=name, root_certificate=b64(founding.root)
    )
    previous = None
    for position, body in enumerate((opened, enrolment(founding.officer)), start=1):
        place = ChainPlace(id=chain, position=position, root=identity(founding.root))
        record = records.build(
            body, chain=place, previous=previous, nonce=_nonce(), occurred_at=text(now),
            recorded_at=text(now), by=by, tool=clock.tool(),
        )  # fmt: skip
        signature = founding.signer.sign(record.data, now)
        writer.commit(Prepared(record=record, signature=signature))
        previous = records.Previous(record=record.digest, signature=identity(signature))


def _nonce() -> str:
    import secrets

    return secrets.token_hex(16)
