"""The desk: a register opened for one person's work, with what is trusted, who is enrolled, and signing.

Every act goes through `Desk.write`: read the chain, ask its rules, sign in memory, commit.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from custody.edges import clock, files, keys
from custody.edges.commit import Prepared, Writer, writing
from custody.edges.keys import Signer
from custody.edges.pins import Pin, Pins
from custody.edges.register import Register
from manifests import bodies, chain, ledger, records, verify
from manifests.cards import unb64
from manifests.certificates import read_officer
from manifests.chain import Actor, ChainState
from manifests.digest import identity
from manifests.errors import NotAllowedError, UsageError
from manifests.findings import Severity
from manifests.names import chain_type
from manifests.records import ChainPlace, Previous, Record
from manifests.report import ChainReport, VerifiedRecord
from manifests.shapes import Authority, LedgerHead, Person
from manifests.times import parse, text
from manifests.trust import Anchor, Trust, newest_lists
from manifests.verify import CLOCK_SLACK, verify_chain

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


@dataclass
class Desk:
    """A register opened for work; `passphrase` is how secrets are asked for, `as_officer` a service number."""

    register: Register
    passphrase: Passphrase
    pins: Pins = field(default_factory=Pins.usual)
    now: Callable[[], datetime] = clock.now
    as_officer: str | None = None
    anchors: tuple[Anchor, ...] = ()
    on_commit: Callable[["Desk", list[Record]], None] | None = None
    notices: list[str] = field(default_factory=list)

    # --- what is trusted -------------------------------------------------

    @cached_property
    def opened(self) -> Record:
        """The journal's first record, whose identity is the register's id."""
        first = self.register.chain(self.register.journal_id).records[0]
        return records.read(first.record)

    @cached_property
    def pin(self) -> Pin | None:
        """What this computer remembers of the register."""
        return self.pins.of(self.opened.digest)

    @property
    def own(self) -> bodies.RegisterOpened:
        body = self.opened.body
        if not isinstance(body, bodies.RegisterOpened):
            raise UsageError("the journal does not begin with the opening of a register")
        return body

    @property
    def code(self) -> str:
        """The agency's code."""
        return self.own.code

    @property
    def name(self) -> str:
        """The register's name, like `KIBRA/desk`."""
        return self.opened.chain

    @cached_property
    def own_root(self) -> bytes:
        return unb64(self.own.root_certificate)

    @cached_property
    def vouched(self) -> bool:
        """Whether something outside the folder vouches for the register's own root."""
        own = identity(self.own_root)
        pinned = self.pin is not None and self.pin.root == own
        return pinned or any(anchor.fingerprint == own for anchor in self.anchors)

    @cached_property
    def journal(self) -> ChainReport:
        """The journal, checked under the register's own root."""
        trust = Trust(anchors=(self._own_anchor(),), now=self.now(), lists=self._lists((self._own_anchor(),)))
        return verify_chain(self.register.chain(self.name), trust)

    def _own_anchor(self) -> Anchor:
        given = [a for a in self.anchors if a.fingerprint == identity(self.own_root)]
        source = "pinned on this computer" if self.pin else "only this register itself"
        return given[0] if given else Anchor(
            code=self.code, agency=self.own.agency, root=self.own_root, source=source
        )  # fmt: skip

    def _lists(self, anchors: tuple[Anchor, ...]) -> dict[str, Any]:
        folder = self.register.lists
        found = sorted(folder.glob("*.crl")) if folder.is_dir() else []
        return newest_lists(anchors, [files.read(path) for path in found])

    @cached_property
    def trust(self) -> Trust:
        """Anchors: the register's own root, what its journal trusts, and what was given for this time."""
        anchors = {a.fingerprint: a for a in self._journal_anchors()}
        anchors |= {a.fingerprint: a for a in self.anchors}
        anchors.setdefault(identity(self.own_root), self._own_anchor())
        kept = tuple(anchors.values())
        return Trust(anchors=kept, now=self.now(), lists=self._lists(kept))

    def _journal_anchors(self) -> Iterator[Anchor]:
        removed: set[str] = set()
        found: list[Anchor] = []
        for opened in self.journal.records:
            body = opened.record.body
            if isinstance(body, bodies.AnchorRemoved):
                removed.add(body.root)
            elif isinstance(body, bodies.AnchorTrusted):
                removed.discard(body.root)
                source = f"journal record {opened.record.position} of {self.name}"
                root = unb64(body.root_certificate)
                found.append(Anchor(code=body.code, agency=body.agency, root=root, source=source))
        return (a for a in found if a.fingerprint not in removed)

    # --- who works here --------------------------------------------------

    @cached_property
    def people(self) -> dict[str, bodies.PersonEnrolled]:
        """Who is enrolled and not revoked, by service number."""
        found: dict[str, bodies.PersonEnrolled] = {}
        for opened in self.journal.records:
            body = opened.record.body
            if isinstance(body, bodies.PersonEnrolled):
                found[body.service_no] = body
            elif isinstance(body, bodies.PersonRevoked):
                found.pop(body.service_no, None)
        return found

    def key_path(self, certificate: str) -> Path:
        return self.register.people / f"{certificate.removeprefix('sha256:')[:32]}.key"

    def certificate_path(self, certificate: str) -> Path:
        return self.key_path(certificate).with_suffix(".crt")

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
        """Ask for the passphrase and open the person's key."""
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

    # --- reading and writing ---------------------------------------------

    def read(self, chain_id: str, *, lists: bool = False) -> ChainReport:
        """A chain as it is here, checked."""
        found = self.register.chain(chain_id)
        return verify_chain(found if lists else replace(found, lists=verify.no_lists), self.trust)

    def sound(self, chain_id: str) -> ChainReport:
        """A chain that may be extended; raises NotAllowedError where something refutes it."""
        report = self.read(chain_id)
        bad = next((f for f in report.findings if f.severity is Severity.REFUTES), None)
        if bad is not None:
            raise NotAllowedError(
                f"{chain_id} is damaged: {bad.meaning.text} ({bad.subject}: {bad.text})",
                f"look at it first: custody verify {chain_id}",
            )
        return report

    def state(self, chain_id: str) -> ChainState:
        """Where an exhibit stands; raises NotAllowedError where there is none, or it is damaged."""
        state = self.sound(chain_id).state
        if state is None:
            raise NotAllowedError(
                f"there is no exhibit {chain_id} here", "see what is here: custody status", "begin it: custody seize"
            )
        return state

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Hold the register's lock; the chains are read again inside it."""
        with writing(self.register) as writer:
            self.forget()
            yield writer

    def forget(self) -> None:
        """Drop what was read, because the files may have changed since."""
        for name in ("journal", "trust", "people", "pin"):
            self.__dict__.pop(name, None)

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

    def _prepare(
        self, draft: Draft, signer: Signer, witnesses: tuple[Signer, ...]
    ) -> tuple[Prepared | None, Written]:
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
        self._check_clock(draft, recorded, occurred, last)
        place = ChainPlace(
            id=draft.chain,
            position=last.record.position + 1 if last else 1,
            root=last.record.envelope.chain.root if last else identity(self.own_root),
        )
        return records.build(
            draft.body,
            chain=place,
            previous=Previous(record=last.record.digest, signature=last.signature) if last else None,
            nonce=secrets.token_hex(16),
            act=draft.act,
            occurred_at=occurred,
            recorded_at=text(recorded),
            clock=draft.clock,
            by=self.person(signer),
            witnesses=tuple(self.person(w) for w in witnesses),
            place=draft.place,
            reason=draft.reason,
            authority=draft.authority,
            tool=clock.tool(),
        )

    def _check_clock(
        self, draft: Draft, recorded: datetime, occurred: str, last: VerifiedRecord | None
    ) -> None:
        if parse(occurred) > recorded:
            raise UsageError(f"{occurred} is in the future", "check --at, and this computer's clock")
        if last is None or draft.clock is not None:
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
            if self.pin is not None:
                self.pins.put(Pin(register=self.opened.digest, root=self.pin.root, head=self.ledger_head()))
            if self.on_commit is not None:
                self.on_commit(self, written)
        except OSError as err:
            self.notices.append(f"recorded; but a note about it could not be kept: {err}")

    def ledger_head(self) -> LedgerHead:
        """Size and root of the ledger now."""
        return ledger.head(ledger.split(files.read_if_there(self.register.leaves, 1 << 40) or b"")[0])


def _repeated(draft: Draft, last: Record, person: Person) -> Record | None:
    """The chain's last record, if this draft would only say it again."""
    envelope = last.envelope
    said = (last.body, envelope.place, envelope.reason, envelope.authority, envelope.by.service_no)
    now = (draft.body, draft.place, draft.reason, draft.authority, person.service_no)
    same_time = draft.occurred_at is None or draft.occurred_at == envelope.occurred_at
    return last if said == now and same_time else None
