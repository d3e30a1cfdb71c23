"""A register read under what is trusted: its journal, its people, its anchors, its chains. Nothing is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from custody.edges import clock, files
from custody.edges.books import read_leaves
from custody.edges.pins import Pin, Pins
from custody.edges.register import Register
from manifests import bodies, ledger, records, verify
from manifests.cards import unb64
from manifests.digest import identity
from manifests.errors import NotAllowedError, UndeterminedError, UsageError
from manifests.findings import Finding, Severity
from manifests.journal import JournalState
from manifests.journal_bodies import JournalPlace
from manifests.records import Record
from manifests.report import ChainReport
from manifests.shapes import LedgerHead
from manifests.trust import Anchor, Trust, newest_lists
from manifests.verify import verify_chain


@dataclass(kw_only=True)
class TrustedRegister:
    """A register, with what this computer and the person vouch for."""

    register: Register
    pins: Pins = field(default_factory=Pins.usual)
    now: Callable[[], datetime] = clock.now
    anchors: tuple[Anchor, ...] = ()

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
        if body is None:
            told = "the journal begins with a record of a format or kind that this version does not know"
            raise UndeterminedError(told, "verify it with the version of custody that wrote it")
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

    @property
    def journal_state(self) -> JournalState:
        """Where the register stands after the last sound record of its journal; raises NotAllowedError."""
        state = self.journal.journal
        if state is None:
            bad = next((f for f in self.journal.findings if f.severity is Severity.REFUTES), None)
            raise NotAllowedError(
                f"the journal of {self.name} is damaged: {bad.text if bad else 'its beginning is not known'}",
                f"look at it: custody verify {self.register.path}",
            )
        return state

    def journal_head(self) -> JournalPlace | None:
        """The journal's last record that is sound."""
        last = self.journal.records[-1].record if self.journal.records else None
        return JournalPlace(position=last.position, record=last.digest) if last else None

    def journal_cut(self) -> Iterator[Finding]:
        """Whether the journal, which decides who is trusted, lacks what this computer has seen in it (G7)."""
        seen = self.pin.journal if self.pin else None
        here = {(v.record.position, v.record.digest) for v in self.journal.records}
        if seen and (seen.position, seen.record) not in here and seen not in self.lost_journals():
            text = f"this computer has seen record {seen.position}, which is not there or not sound"
            yield Finding(code="ledger-shorter", subject=self.name, text=text)

    def seen_head(self) -> LedgerHead | None:
        """What this computer has seen of the ledger, unless a signed record says that it is lost."""
        return self.pin.head if self.pin and self.pin.head not in self.lost_heads() else None

    @property
    def restorations(self) -> tuple[Record, ...]:
        """The journal's records that say that this register was put back."""
        state = self.journal.journal
        return state.restorations if state else ()

    def lost_heads(self) -> set[LedgerHead]:
        """What this computer saw of the ledger, and a signed record says is lost (G7)."""
        return {record.body.lost for record in self.restorations if isinstance(record.body, bodies.RegisterRestored)}

    def lost_journals(self) -> set[JournalPlace]:
        """The same of the journal."""
        restored = [r.body for r in self.restorations if isinstance(r.body, bodies.RegisterRestored)]
        return {body.lost_journal for body in restored if body.lost_journal is not None}

    def last_restoration(self) -> str | None:
        """The last of these records."""
        return self.restorations[-1].digest if self.restorations else None

    def _own_anchor(self) -> Anchor:
        given = [a for a in self.anchors if a.fingerprint == identity(self.own_root)]
        source = "pinned on this computer" if self.pin else "only this register itself"
        return given[0] if given else Anchor(
            code=self.code, agency=self.own.agency, root=self.own_root, source=source
        )  # fmt: skip

    def _lists(self, anchors: tuple[Anchor, ...]) -> dict[str, Any]:
        folder = self.register.lists
        found = [name for name, _ in files.names(folder) if name.endswith(".crl")]
        return newest_lists(anchors, [files.read(folder / name) for name in found])

    @cached_property
    def trust(self) -> Trust:
        """Anchors: the register's own root, what its journal trusts, and what was given for this time."""
        anchors = {a.fingerprint: a for a in self._journal_anchors()}
        anchors |= {a.fingerprint: a for a in self.anchors}
        anchors.setdefault(identity(self.own_root), self._own_anchor())
        kept = tuple(anchors.values())
        return Trust(anchors=kept, now=self.now(), lists=self._lists(kept))

    def _journal_anchors(self) -> Iterator[Anchor]:
        state = self.journal.journal  # a journal that is damaged trusts nobody, and its findings say so
        for each in state.roots if state else ():
            body = each.body
            source = f"journal record {each.position} of {self.name}"
            root = unb64(body.root_certificate)
            yield Anchor(code=body.code, agency=body.agency, root=root, source=source, until=each.until)

    # --- who works here --------------------------------------------------

    @cached_property
    def people(self) -> dict[str, bodies.PersonEnrolled]:
        """Who is enrolled and not revoked, by service number."""
        return {number: each.body for number, each in self.journal_state.people.items()}

    def key_path(self, certificate: str) -> Path:
        return self.register.people / f"{certificate.removeprefix('sha256:')[:32]}.key"

    def certificate_path(self, certificate: str) -> Path:
        return self.key_path(certificate).with_suffix(".crt")

    # --- reading ---------------------------------------------------------

    def read(self, chain_id: str, *, lists: bool = False) -> ChainReport:
        """A chain as it is here, checked."""
        found = self.register.chain(chain_id)
        return verify_chain(found if lists else replace(found, lists=verify.no_lists), self.trust)

    def forget(self) -> None:
        """Drop what was read, because the files may have changed since."""
        for name in ("journal", "trust", "people", "pin", "books", "heads", "parents"):
            self.__dict__.pop(name, None)

    def ledger_head(self) -> LedgerHead:
        """Size and root of the ledger now."""
        return ledger.head(self._ledger_lines())

    def extends(self, head: LedgerHead) -> bool:
        """Whether the ledger begins with what somebody has seen of it."""
        return ledger.head(self._ledger_lines()[: head.size]) == head

    def _ledger_lines(self) -> list[bytes]:
        return ledger.split(read_leaves(self.register))[0]
