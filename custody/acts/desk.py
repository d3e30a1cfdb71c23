"""The desk: a register opened for one person's work: unlocking keys, signing, writing.

Every act goes through `Desk.write`: read the chain, ask its rules, sign in memory, commit.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from custody.acts import time_check
from custody.acts.examination import ExaminedRegister, refuse_damage
from custody.edges import clock, files, keys
from custody.edges.commit import Prepared, Writer, writing
from custody.edges.keys import Signer
from custody.edges.pins import Pin
from custody.edges.register import check_owner
from manifests import bodies, records, seals, verify
from manifests.certificates import read_officer
from manifests.chain import Actor
from manifests.digest import identity
from manifests.errors import CustodyError, NotAllowedError, RefutedError, UsageError
from manifests.moments import implausible_times
from manifests.records import ChainPlace, Previous, Record
from manifests.report import ChainReport, VerifiedRecord
from manifests.shapes import Authority, LedgerHead, Person
from manifests.times import parse, text

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
class Desk(ExaminedRegister):
    """A register opened for work; `passphrase` is how secrets are asked for, `as_officer` a service number."""

    passphrase: Passphrase
    as_officer: str | None = None
    clock_reason: str | None = None
    """Why this computer's time is not later than that of the records before."""
    on_commit: Callable[["Desk", list[Record]], None] | None = None
    notices: list[str] = field(default_factory=list)
    recorded: list[Record] = field(default_factory=list)
    """What was committed at this desk."""
    unsure: bool = False
    """Whether something may have been committed without our knowing: it was interrupted, or the disk is silent."""
    opened_keys: dict[str, Signer] = field(default_factory=dict, repr=False)
    """By certificate: one act asks each person once, whatever the number of exhibits."""

    def me(self) -> bodies.PersonEnrolled:
        """Who signs: `--as`, or the only one with a key here; raises UsageError, NotAllowedError."""
        if self.as_officer is not None:
            return self.officer(self.as_officer)
        here = [p for p in self.people.values() if files.is_file(self.key_path(p.certificate))]
        if len(here) != 1:
            known = ", ".join(f"{p.service_no} ({p.rank} {p.name})" for p in here) or "nobody"
            raise UsageError("who signs?", f"name yourself: custody --as SERVICE_NO ...; here: {known}")
        return here[0]

    def officer(self, service_no: str) -> bodies.PersonEnrolled:
        """An enrolled person with a key here; raises NotAllowedError."""
        person = self.people.get(service_no)
        if person is None or not files.is_file(self.key_path(person.certificate)):
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
            register_id=self.opened.digest,
            certificate=identity(signer.certificate),
        )

    def actor(self, signer: Signer) -> Actor:
        """The signer as the chain's rules know them."""
        return verify.actor_of(self.person(signer), signer.certificate, self.trust)

    @contextmanager
    def writing(self, answers: frozenset[str] = frozenset()) -> Iterator[Writer]:
        """Hold the register's lock; the chains are read again inside it. `answers` as in `write`."""
        with writing(self.register, self.seen_head(), answers) as writer:
            self.forget()
            self.has_lock = True
            try:
                yield writer
            finally:
                self.has_lock = False

    def finish_interrupted(self) -> None:
        """Put right what an interrupted act left, before others look: it is no defect of any exhibit."""
        with self.writing():
            pass

    def write(
        self,
        drafts: Iterable[Draft],
        signer: Signer,
        witnesses: tuple[Signer, ...] = (),
        *,
        take_in: Callable[[Writer], list[Record]] = lambda writer: [],
        answers: frozenset[str] = frozenset(),
    ) -> list[Written]:
        """Sign and commit records, all or as many as the disk took; a repeat of the last is not written twice.

        `take_in` commits what came from outside first, under the same lock; drafts are asked for after that. `answers`
        are codes of refuting findings that these very records answer. Raises NotAllowedError (also OrderViolated)
        before anything is written if the register is damaged, or if any of them may not follow.
        """
        with self.writing(answers) as writer:
            refuse_damage(self.examine(()), self.name, answers)
            taken = take_in(writer)
            if taken:
                self.forget()
            made = [self._prepare(draft, signer, witnesses, answers) for draft in drafts]
            self._commit(writer, taken, [prepared for prepared, _ in made if prepared is not None])
        return [written for _, written in made]

    def _commit(self, writer: Writer, taken: list[Record], made: list[Prepared]) -> None:
        """Commit all, or as many as the disk takes; what is committed is known whatever comes after."""
        done = list(taken)
        try:
            for prepared in made:
                self.unsure = True
                writer.commit(prepared)
                done.append(prepared.opened.record)
                self.unsure = False
        except (OSError, CustodyError) as err:
            self.unsure = isinstance(err, files.FlushFailed)
            raise
        finally:
            self.committed(done)

    def _prepare(
        self, draft: Draft, signer: Signer, witnesses: tuple[Signer, ...], answers: frozenset[str]
    ) -> tuple[Prepared | None, Written]:
        report = self.sound(draft.chain, answers) if self.register.has(draft.chain) else None
        last = report.records[-1] if report and report.records else None
        if last and _repeated(draft, last.record, self.person(signer)):
            return None, Written(record=last.record, already=True)
        record = self._build(draft, signer, witnesses, last)
        self._check_order(record, report, self.actor(signer))
        made = sign_record(record, signer, witnesses, self.now())
        opened = verify.open_record(made, record.chain, self.trust)
        sidecars = {f"{records.file_name(record)[:-5]}{k}": v for k, v in draft.sidecars.items()}
        return Prepared(opened=opened, files=made, sidecars=sidecars), Written(record=record)

    def rehearse(self, draft: Draft, report: ChainReport, signer: Signer, witnesses: tuple[Signer, ...]) -> None:
        """Raise what would keep a draft from following a chain that is not taken in yet.

        Taking it in adds lines to the ledger, of which a receipt carries the head.
        """
        record = self._build(_with_lines(draft, len(report.records)), signer, witnesses, report.records[-1])
        self._check_order(record, report, self.actor(signer))

    def _check_order(self, record: Record, report: ChainReport | None, actor: Actor) -> None:
        if report is None or report.state is None:
            seals.check_correction(record, tuple(v.record.digest for v in report.records) if report else ())
        opener = report.records[0].actor.root if report and report.records else None
        verify.next_state((report.journal or report.state) if report else None, record, actor, opener)
        for doubt in implausible_times(report.state if report else None, record):
            raise NotAllowedError(
                f"{record.kind}: {doubt}",
                "check the times you gave, and this computer's clock; if they are right, say why: --clock 'REASON'",
            )

    def _build(
        self, draft: Draft, signer: Signer, witnesses: tuple[Signer, ...], last: VerifiedRecord | None
    ) -> Record:
        recorded = self.now()
        occurred = draft.occurred_at or text(recorded)
        explained = draft.clock or self.clock_reason
        if parse(occurred) > recorded:
            raise UsageError(f"{occurred} is in the future", "check --at, and this computer's clock")
        if explained is None:
            self._check_clock(recorded, last, (signer, *witnesses))
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

    def _check_clock(self, now: datetime, last: VerifiedRecord | None, signers: tuple[Signer, ...]) -> None:
        """Hold this computer's time against all that is at hand; what is only odd is told."""
        time_check.check_certificates(now, (each.certificate for each in signers))
        seen = [*time_check.of_register(self), *([time_check.of_record(last.record, self.code)] if last else [])]
        odd = time_check.check_seen(now, seen)
        if odd is not None and odd not in self.notices:
            self.notices.append(odd)

    def committed(self, written: list[Record]) -> None:
        """Once committed: the pin moves forward, the index follows. Neither is an authority."""
        self.forget()
        self.recorded += written
        if not written:
            return
        try:
            # A ledger put back never lowers the pin, unless a signed record says so (G7).
            if self.pin is not None and (self.extends(self.pin.head) or self.pin.head in self.lost_heads()):
                head = self.ledger_head()
                journal = self.pin.journal if any(self.journal_cut()) else self.journal_head()
                seen = text(self.now())
                self.pins.put(
                    Pin(register=self.opened.digest, root=self.pin.root, head=head, journal=journal, seen=seen)
                )
            if self.on_commit is not None:
                self.on_commit(self, written)
        except OSError as err:
            self.notices.append(f"recorded; but a note about it could not be kept: {err}")


def _with_lines(draft: Draft, more: int) -> Draft:
    """A draft as it will be once the ledger has more lines."""
    if not isinstance(draft.body, bodies.Receipt):
        return draft
    head = draft.body.ledger
    longer = LedgerHead(size=head.size + more, root=head.root)
    return replace(draft, body=msgspec.structs.replace(draft.body, ledger=longer))


def sign_record(record: Record, signer: Signer, witnesses: tuple[Signer, ...], moment: datetime) -> verify.RecordFiles:
    """A record with its signatures, as files."""
    return verify.RecordFiles(
        name=records.file_name(record),
        record=record.data,
        signature=signer.sign(record.data, moment),
        witnesses=tuple(witness.sign(record.data, moment) for witness in witnesses),
    )


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
