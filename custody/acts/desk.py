"""The desk: a register opened for one person's work: unlocking keys, signing, writing.

Every act goes through `Desk.write`: read the chain, ask its rules, sign in memory, commit.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from custody.acts.trusted import TrustedRegister
from custody.edges import clock, files, keys
from custody.edges.commit import Prepared, Writer, writing
from custody.edges.keys import Signer
from custody.edges.pins import Pin
from custody.edges.register import check_owner
from manifests import bodies, chain, records, verify
from manifests.certificates import read_officer
from manifests.chain import Actor, ChainState
from manifests.digest import identity
from manifests.errors import NotAllowedError, RefutedError, UsageError
from manifests.names import chain_type
from manifests.records import ChainPlace, Previous, Record
from manifests.report import ChainReport, VerifiedRecord
from manifests.shapes import Authority, Person
from manifests.times import parse, text
from manifests.verify import CLOCK_SLACK

Passphrase = Callable[[str, Callable[[str], Any]], Any]
"""Given whose key it is and a function that tries a passphrase, returns what that function returns."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A record to be written: everything but what the chain and the signer decide."""

    chain: str
    body: bodies.Body
    occurred_at: str | None = None
    place: str | None = None
    reason: str | None = None
    authority: Authority | None = None
    clock: str | None = None
    act: str | None = None
    sidecars: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Written:
    """A record of this act: new, or (`already`) written before with the same facts."""

    record: Record
    already: bool = False


@dataclass(kw_only=True)
class Desk(TrustedRegister):
    """A register opened for work; `passphrase` is how secrets are asked for, `as_officer` a service number."""

    passphrase: Passphrase
    as_officer: str | None = None
    clock_reason: str | None = None
    """Why this computer's time is not later than that of the records before."""
    on_commit: Callable[["Desk", list[Record]], None] | None = None
    notices: list[str] = field(default_factory=list)
    opened_keys: dict[str, Signer] = field(default_factory=dict, repr=False)
    """By certificate: one act asks each person once, whatever the number of exhibits."""

    def me(self) -> bodies.PersonEnrolled:
        """Who signs: `--as`, or the only one with a key here; raises UsageError, NotAllowedError."""
        if self.as_officer is not None:
            return self.officer(self.as_officer)
        here = [p for p in self.people.values() if self.key_path(p.certificate).exists()]
        if len(here) != 1:
            known = ", ".join(f"{p.service_no} ({p.rank} {p.name})" for p in here) or "nobody"
            raise UsageError("who signs?", f"name yourself: custody --as SERVICE_NO ...; here: {known}")
        return here[0]

    def officer(self, service_no: str) -> bodies.PersonEnrolled:
        """An enrolled person with a key here; raises NotAllowedError."""
        person = self.people.get(service_no)
        if person is None or not self.key_path(person.certificate).exists():
            raise NotAllowedError(
                f"no officer {service_no} with a key in {self.name}",
                "see who is enrolled: custody people list",
            )
        return person

    def unlock(self, person: bodies.PersonEnrolled) -> Signer:
        """Ask for the passphrase and open the person's key, once; refuses a register of another user."""
        check_owner(self.register)
        if person.certificate not in self.opened_keys:
            self.opened_keys[person.certificate] = self._open_key(person)
        return self.opened_keys[person.certificate]

    def _open_key(self, person: bodies.PersonEnrolled) -> Signer:
        certificate = files.read(self.certificate_path(person.certificate))
        if identity(certificate) != person.certificate:
            raise NotAllowedError(f"the certificate of {person.name} here is not the one enrolled")
        sealed = files.read(self.key_path(person.certificate))
        whose = f"{person.rank} {person.name} ({person.service_no})"
        key = self.passphrase(whose, lambda phrase: keys.decrypt(sealed, phrase))
        return keys.signer(certificate, key)

    def person(self, signer: Signer) -> Person:
        """The signer as records name them."""
        told = read_officer(signer.certificate)
        return Person(
            name=told.name,
            rank=told.rank,
            service_no=told.service_no,
            agency=told.code,
            register=self.name,
            certificate=identity(signer.certificate),
        )

    def actor(self, signer: Signer) -> Actor:
        """The signer as the chain's rules know them."""
        return verify.actor_of(self.person(signer), signer.certificate, self.trust)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Hold the register's lock; the chains are read again inside it."""
        with writing(self.register) as writer:
            self.forget()
            yield writer

    def write(self, drafts: Iterable[Draft], signer: Signer, witnesses: tuple[Signer, ...] = ()) -> list[Written]:
        """Sign and commit records, all or as many as the disk took; a repeat of the last is not written twice.

        Raises NotAllowedError (also OrderViolated) before anything is written if any of them may not follow.
        """
        with self.writing() as writer:
            made = [self._prepare(draft, signer, witnesses) for draft in drafts]
            for prepared, _ in made:
                if prepared is not None:
                    writer.commit(prepared)
            self.committed([written.record for prepared, written in made if prepared is not None])
        return [written for _, written in made]

    def _prepare(self, draft: Draft, signer: Signer, witnesses: tuple[Signer, ...]) -> tuple[Prepared | None, Written]:
        report = self.sound(draft.chain) if self.register.has(draft.chain) else None
        last = report.records[-1] if report and report.records else None
        if last and _repeated(draft, last.record, self.person(signer)):
            return None, Written(record=last.record, already=True)
        record = self._build(draft, signer, witnesses, last)
        self._check_order(record, report.state if report else None, self.actor(signer))
        moment = self.now()
        prepared = Prepared(
            record=record,
            signature=signer.sign(record.data, moment),
            witnesses=tuple(w.sign(record.data, moment) for w in witnesses),
            sidecars={f"{records.file_name(record)[:-5]}{k}": v for k, v in draft.sidecars.items()},
        )
        return prepared, Written(record=record)

    def rehearse(self, draft: Draft, report: ChainReport, signer: Signer, witnesses: tuple[Signer, ...]) -> None:
        """Raise what would keep a draft from following a chain that is not taken in yet."""
        record = self._build(draft, signer, witnesses, report.records[-1])
        self._check_order(record, report.state, self.actor(signer))

    def _check_order(self, record: Record, state: ChainState | None, actor: Actor) -> None:
        if chain_type(record.chain) != "exhibit":
            chain.check_administrative(record, actor)
        elif state is None:
            chain.begin(record, actor)
        else:
            chain.follow(state, record, actor)

    def _build(
        self, draft: Draft, signer: Signer, witnesses: tuple[Signer, ...], last: VerifiedRecord | None
    ) -> Record:
        recorded = self.now()
        occurred = draft.occurred_at or text(recorded)
        explained = draft.clock or self.clock_reason
        self._check_clock(explained, recorded, occurred, last)
        place = ChainPlace(
            id=draft.chain,
            position=last.record.position + 1 if last else 1,
            root=last.record.envelope.chain.root if last else identity(self.own_root),
        )
        with in_plain_words():
            return records.build(
                draft.body,
                chain=place,
                previous=Previous(record=last.record.digest, signature=last.signature) if last else None,
                nonce=secrets.token_hex(16),
                act=draft.act,
                occurred_at=occurred,
                recorded_at=text(recorded),
                clock=explained,
                by=self.person(signer),
                witnesses=tuple(self.person(w) for w in witnesses),
                place=draft.place,
                reason=draft.reason,
                authority=draft.authority,
                tool=clock.tool(),
            )

    def _check_clock(
        self, explained: str | None, recorded: datetime, occurred: str, last: VerifiedRecord | None
    ) -> None:
        if parse(occurred) > recorded:
            raise UsageError(f"{occurred} is in the future", "check --at, and this computer's clock")
        if last is None or explained is not None:
            return
        before = last.record.envelope
        slack = CLOCK_SLACK if before.by.agency != self.code else timedelta(0)
        if recorded + slack < parse(before.recorded_at):
            raise NotAllowedError(
                f"this computer's clock ({text(recorded)}) is before the last record ({before.recorded_at})",
                "set the clock right; if it is right, say why: --clock 'REASON'",
            )

    def committed(self, written: list[Record]) -> None:
        """Once committed: the pin moves forward, the index follows. Neither is an authority."""
        self.forget()
        if not written:
            return
        try:
            if self.pin is not None and self.extends(self.pin.head):  # a ledger put back never lowers the pin
                head = self.ledger_head()
                journal = self.pin.journal if any(self.journal_cut()) else self.journal_head()
                self.pins.put(Pin(register=self.opened.digest, root=self.pin.root, head=head, journal=journal))
            if self.on_commit is not None:
                self.on_commit(self, written)
        except OSError as err:
            self.notices.append(f"recorded; but a note about it could not be kept: {err}")


@contextmanager
def in_plain_words() -> Iterator[None]:
    """What a person wrote and a record cannot hold is a UsageError that names the field."""
    try:
        yield
    except UnicodeEncodeError as err:
        raise UsageError("a text holds bytes that are no letters (not UTF-8)", "type it again") from err
    except RefutedError as err:
        rule, _, where = err.message.partition(" - at `")
        name = where.rstrip("`").split(".")[-1].partition("[")[0]
        told = f"{name.replace('_', '-')}: {_rule(rule)}" if name else err.message
        raise UsageError(told, "say it otherwise") from err


def _rule(told: str) -> str:
    """The rule of a field that was broken, in words."""
    if r"\x1f" in told:  # the pattern of shapes.Text
        return "it holds a control character (a tab, a line end, an arrow key), which cannot be signed"
    if "length <=" in told:
        return f"at most {told.rpartition(' ')[2]} characters"
    if "length >=" in told:
        return "must not be empty"
    if "[0-9]{4}-[0-9]{2}-[0-9]{2}" in told:
        return "a day is written like 2026-11-20"
    return "letters, digits, '.', '_' and '-' only, at most 64"


def _repeated(draft: Draft, last: Record, person: Person) -> Record | None:
    """The chain's last record, if this draft would only say it again."""
    envelope = last.envelope
    said = (last.body, envelope.place, envelope.reason, envelope.authority, envelope.by.service_no)
    now = (draft.body, draft.place, draft.reason, draft.authority, person.service_no)
    same_time = draft.occurred_at is None or draft.occurred_at == envelope.occurred_at
    return last if said == now and same_time else None
