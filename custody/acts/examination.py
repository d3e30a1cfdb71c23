"""The one examination: is this sound, as far as this computer knows?

Every verdict on a chain of a register comes from here, for `verify` and for every act that signs:

1. the chain itself, with what lies beside it and what contradicts it; the chains it was derived from likewise;
2. whether parents and derived exhibits name each other;
3. the ledger against every record file of the register, the heads that records carry, this computer's pin;
4. whether signers and witnesses were people of the register when they signed;
5. the journal, which decides all of that;
6. whether the register ever received the chain, and whether it was put back from a backup.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from custody.acts import ledgers
from custody.acts.ledgers import KnownHead
from custody.acts.trusted import TrustedRegister
from custody.edges.books import Books, read_books, read_locked_books
from custody.edges.register import rival_names
from manifests import bodies, derivations, records, verify
from manifests.chain import ChainState
from manifests.errors import NotAllowedError, RefutedError
from manifests.findings import Finding, Severity
from manifests.names import chain_type
from manifests.people import judge_people
from manifests.report import ChainReport, VerifiedRecord
from manifests.trust import Trust
from manifests.verify import ChainFiles, verify_chain

_NOTHING: Mapping[str, ChainFiles] = {}


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What is known of some chains: each as read, their ancestors too, and all findings."""

    chains: tuple[ChainReport, ...]
    """Those asked for first, in their order, then the chains they come from."""
    findings: tuple[Finding, ...]

    @property
    def refuting(self) -> Finding | None:
        """The first finding that refutes."""
        return next((each for each in self.findings if each.severity is Severity.REFUTES), None)


@dataclass(kw_only=True)
class ExaminedRegister(TrustedRegister):
    """A register of which one can ask whether what lies in it is sound."""

    has_lock: bool = False
    """Whether this process writes in it now, and so need not wait for who does."""

    @cached_property
    def books(self) -> Books:
        return read_locked_books(self.register) if self.has_lock else read_books(self.register)

    @cached_property
    def heads(self) -> tuple[KnownHead, ...]:
        return tuple(ledgers.known_heads(self.register))

    def examine(
        self,
        chains: Sequence[str],
        *,
        lists: bool = True,
        incoming: Mapping[str, ChainFiles] = _NOTHING,
        trust: Trust | None = None,
    ) -> Examination:
        """Examine some chains; without `lists` what a manifest binds beside it is not read.

        `incoming` are chains that came from outside, joined to ours: each is examined as if it lay here. `trust` may
        know newer revocation lists than the register.
        """
        reports = [self._read(chain, lists, incoming, trust) for chain in self._with_ancestors(chains, incoming)]
        found = [finding for report in reports for finding in report.findings]
        found += [] if self.vouched else [Finding(code="anchor-only-own", subject=self.name)]
        found += derivations.check_derivations(tuple(reports))
        found += ledgers.check_books(self, self.books, reports, self._set_aside(reports))
        found += ledgers.find_two_histories(reports, self.heads if incoming else ())
        found += self._judge(reports, incoming)
        found += self.journal_findings(told=self.name in chains)
        return Examination(chains=tuple(reports), findings=tuple(found))

    def _read(
        self, chain: str, lists: bool, incoming: Mapping[str, ChainFiles] = _NOTHING, trust: Trust | None = None
    ) -> ChainReport:
        found = incoming[chain] if chain in incoming else self.register.chain(chain)
        whole = found if lists else replace(found, lists=verify.no_lists)
        return self.weigh_rivals(verify_chain(whole, trust or self.trust, self._shown_before))

    def _shown_before(self, opened: VerifiedRecord, certificate: str) -> datetime | None:
        """What the ledger shows of when a record was signed: not behind the end of a key, it was before that (S6)."""
        state = self.journal.journal
        enrolment = state.enrolment(certificate) if state else None
        if enrolment is None or enrolment.ending is None:
            return None
        ending, order = enrolment.ending, ledgers.order_in(self.books, (opened, *self.journal.records))
        if order.is_after(opened.record.digest, ending.record) is not False:
            return None
        return ending.since if order.shows_before(opened.record, certificate, ending.since) else ending.at

    def read(self, chain_id: str, *, lists: bool = False) -> ChainReport:
        """A chain as it is here, checked."""
        return self._read(chain_id, lists)

    def weigh_rivals(self, report: ChainReport) -> ChainReport:
        """A report in which rivals signed by nobody of this register, though in its name, are strays (C1)."""
        state = self.journal.journal if report.rivals else None
        if state is None:
            return report
        order = ledgers.order_in(self.books, (*report.records, *self.journal.records))
        strangers = {}
        for rival in report.rivals:
            for found in judge_people(state, [replace(report, records=(rival,))], order):
                strangers[rival.record.digest] = f"{rival.record.kind} by {rival.actor}: {found.meaning.text}"
        kept = tuple(v for v in report.rivals if v.record.digest not in strangers)
        findings = tuple(_as_stray(each, strangers) for each in report.findings)
        return replace(report, rivals=kept, findings=findings)

    def _set_aside(self, reports: Sequence[ChainReport]) -> dict[bytes, str]:
        """The ledger's lines of records that a settlement let fall, wherever they are (G5)."""
        if not self.books.missing:
            return {}
        known = {report.id: report for report in reports}
        apart = [chain for chain in self.register.exhibits() if rival_names(self.register.rivals_folder(chain))]
        found = [known.get(chain) or self._read(chain, lists=False) for chain in apart]
        return {
            ledgers.line_of(v): f"quarantine/{report.id} {v.record.position:04d}"
            for report in found
            for v in report.set_aside
        }

    def _with_ancestors(self, chains: Sequence[str], incoming: Mapping[str, ChainFiles]) -> list[str]:
        """The chains asked for, and those that they were derived from."""
        done = list(dict.fromkeys(chains))
        for chain in done:  # grows while it is gone through
            if chain_type(chain) != "exhibit":
                continue
            parent = parent_of(incoming[chain]) if chain in incoming else self._parent(chain)
            if parent and parent not in done and (parent in incoming or self.register.has(parent)):
                done.append(parent)
        return done

    @cached_property
    def parents(self) -> dict[str, str]:
        """The exhibits here that were derived from another, and from which."""
        found = {chain: self._parent(chain) for chain in self.register.exhibits()}
        return {chain: parent for chain, parent in found.items() if parent is not None}

    def _parent(self, chain: str) -> str | None:
        return parent_of(self.register.chain(chain))

    def _judge(self, reports: list[ChainReport], incoming: Mapping[str, ChainFiles]) -> Iterator[Finding]:
        state = self.journal.journal
        if state is None:
            return
        order = ledgers.order_in(self.books, (v for report in (*reports, self.journal) for v in report.records))
        yield from judge_people(state, reports, order)
        for report in reports:
            own = report.id in incoming or chain_type(report.id) == "journal" or self._is_received(report)
            if report.records and not own:
                yield Finding(code="not-received", subject=report.id, text=f"no record of it is by {self.name}")
            yield from self._restored(report, order.lines)
            yield from self._answered_twice(report)

    def _answered_twice(self, report: ChainReport) -> Iterator[Finding]:
        """Whether this register refused in its journal what it received in the chain (C5)."""
        refused = {b.release for v in self.journal.records if isinstance(b := v.record.body, bodies.Refusal)}
        for opened in report.records:
            body, by = opened.record.body, opened.record.envelope.by
            if isinstance(body, bodies.Receipt) and body.release in refused and by.register_id == self.opened.digest:
                about = f"{report.id} {records.file_name(opened.record).removesuffix('.json')}"
                text = f"{self.name} refused this release in its journal"
                yield Finding(code="statement-contradicted", subject=about, text=text)

    def _is_received(self, report: ChainReport) -> bool:
        """Whether this register wrote in a chain, or in one that comes from it."""
        if self._writes_in(report):
            return True
        family = [report.id]
        for each in family:  # grows while it is gone through
            family += [c for c, parent in self.parents.items() if parent == each and c not in family]
        return any(self._writes_in(self._read(chain, lists=False)) for chain in family[1:])

    def _writes_in(self, report: ChainReport) -> bool:
        records = [*report.records, *report.set_aside]
        return any(v.record.envelope.by.register_id == self.opened.digest for v in records)

    def _restored(self, report: ChainReport, lines: dict[str, int]) -> Iterator[Finding]:
        """Whether later records of a chain may have been lost when the register was put back (G7)."""
        state = self.journal.journal
        for record in state.restorations if state else ():
            body = record.body
            first = report.records[0].record.digest if report.records else ""
            assert isinstance(body, bodies.RegisterRestored)
            if lines.get(first, 0) < lines.get(record.digest, 0):
                text = f"on {record.envelope.recorded_at}: {body.lost.size} lines were seen, {body.now.size} were left"
                yield Finding(code="restored", subject=report.id, text=text)

    def journal_findings(self, *, told: bool = False) -> Iterator[Finding]:
        """What is wrong with the journal, which decides who is trusted, whatever is verified (G7).

        Also a record in it that is not understood: it may take trust away. `told`: but for what its chain says itself.
        """
        yield from self.journal_cut()
        if not told:
            yield from (each for each in self.journal.findings if each.severity is not Severity.NOTE)

    def sound(self, chain: str, allowed: frozenset[str] = frozenset()) -> ChainReport:
        """A chain that may be extended; raises NotAllowedError where something refutes it, or nobody here knows how
        it begins. `allowed` are codes that the record to come answers.
        """
        found = self.examine([chain], lists=False)
        refuse_damage(found, chain, allowed)
        report = found.chains[0]
        if report.records and report.records[0].record.body is None:
            raise NotAllowedError(
                f"{chain} begins with a record of a later version of custody, which is not understood here",
                "go on with the version that wrote it",
            )
        return report

    def state(self, chain: str) -> ChainState:
        """Where an exhibit stands; raises NotAllowedError where there is none, or it is damaged."""
        state = self.sound(chain).state
        if state is None:
            raise NotAllowedError(
                f"there is no exhibit {chain} here",
                "see what is here: custody status",
                "begin it: custody seize",
            )
        return state


def _as_stray(finding: Finding, strangers: dict[str, str]) -> Finding:
    why = strangers.get(finding.facts.get("rival", ""))
    return finding if why is None else replace(finding, code="stray-record", text=why)


def refuse_damage(found: Examination, what: str, allowed: frozenset[str] = frozenset()) -> None:
    """Raise NotAllowedError where something refutes what was examined, but for the codes that are allowed."""
    bad = next((f for f in found.findings if f.severity is Severity.REFUTES and f.code not in allowed), None)
    if bad is not None:
        raise NotAllowedError(
            f"{what} is damaged: {bad.meaning.text} ({bad.subject}: {bad.text})",
            f"look at it first: custody verify{' ' + what if ':' in what else ''}",
            *(["where it was put back from a backup: custody restored"] if bad.code == "ledger-shorter" else []),
        )


def parent_of(chain: ChainFiles) -> str | None:
    """The exhibit that a chain says it was derived from."""
    try:
        body = records.read(chain.records[0].record).body if chain.records else None
    except RefutedError:
        return None
    return body.parent if isinstance(body, bodies.Derivation) else None
