"""Reports as plain text for a terminal of 80 columns, a file, or a printer."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from custody.render import logs, story
from custody.render.safe import safe
from manifests import bodies
from manifests.chain import ChainState
from manifests.findings import Finding, Severity
from manifests.names import chain_type
from manifests.report import ChainReport, CopyTally, Report, VerifiedRecord
from manifests.seals import Bag
from manifests.verdict import Verdict

WIDTH = 80
SHOWN_RECORDS, SHOWN_FINDINGS, SHOWN_ALIKE = 14, 12, 3
_TWO = ("first", "second")
_NEVER_READ = ("unreadable", "changed-while-read")
_WORDS = {Severity.REFUTES: "REFUTES", Severity.UNDECIDED: "OPEN", Severity.NOTE: "note"}


def wrapped(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> str:
    """Text folded at `width`, never cut."""
    return textwrap.fill(
        text, width, initial_indent=first, subsequent_indent=rest if rest is not None else " " * len(first),
        break_long_words=True, break_on_hyphens=False,
    )  # fmt: skip


def verify(report: Report) -> str:
    """The answer to `verify` in one screen: verdict, what differs, who held it, what was not checked, on what."""
    parts = ["\n".join(_head(report))]
    grave = [f for f in report.findings if f.severity is not Severity.NOTE]
    notes = [f for f in report.findings if f.severity is Severity.NOTE]
    parts += _section("What differs", findings_lines(grave))
    exhibits = [c for c in report.chains if chain_type(c.id) == "exhibit"]
    parts += ["\n".join(chain_lines(chain, shown=_room(len(exhibits)))) for chain in exhibits]
    parts += _section("Notes", findings_lines(notes))
    parts += _section("Not checked", [wrapped(safe(line), "  ", "    ") for line in report.not_checked])
    parts += _section("This rests on", [wrapped(safe(line), "  ", "    ") for line in report.rests_on])
    return "\n\n".join(parts) + "\n"


def _room(exhibits: int) -> int:
    return max(3, SHOWN_RECORDS // max(1, exhibits))


def _section(title: str, lines: Iterable[str]) -> list[str]:
    body = "\n".join(lines)
    return [f"{title}\n{body}"] if body else []


def _head(report: Report) -> Iterator[str]:
    only = "  (records only: the media were not looked at)" if report.records_only else ""
    yield f"{report.verdict}{only}"
    yield wrapped(_sentence(report), "  ")
    yield wrapped(safe(report.target), "  ")
    if report.copies and not report.chains:
        yield from (wrapped(_copy(each), f"  {name:<8} ") for name, each in zip(_TWO, report.copies, strict=True))
        return
    chains = len(report.chains)
    counted = f"{story.count(report.record_count, 'record')} in {story.count(chains, 'chain')}"
    yield f"  records  {report.records_verdict:<13} {counted}"
    yield f"  media    {_media(report)}"
    yield from (wrapped(_copy(each), "  copy     ") for each in report.copies)


def _sentence(report: Report) -> str:
    """The verdict in one sentence that says no more than was checked."""
    if report.copies and not report.chains:
        return _of_two({finding.code for finding in report.findings})
    if report.verdict is Verdict.REFUTED:
        return "Something is not what the records say. See: What differs."
    if report.verdict is Verdict.UNDETERMINED:
        return "Nothing refutes it, but something is not decided. See: What differs."
    if report.media and not report.records_only:
        return _of_contents(report)
    if any(chain.alone for chain in report.chains):
        return "The records here are signed. Their chains are not here: their order was not checked."
    return "Every record is signed, and in order. No contents were compared."


def _of_contents(report: Report) -> str:
    """What was compared is sound: says no more than that, where something never was measured."""
    compared = {digest for tally in report.media for digest in tally.manifests}
    sealed = [m.body for chain in report.chains if chain.state for m in chain.state.manifests if m.digest in compared]
    never = sum(
        each.count for body in sealed if isinstance(body, bodies.Manifest) for each in body.not_measured
        if each.outcome in _NEVER_READ
    )  # fmt: skip
    if not never:
        return "The contents are what was sealed; every record is signed, and in order."
    told = f"{story.count(never, 'item')} could not be read when sealed, and nothing is known of what they held"
    return f"What was measured is what was sealed; {told}. Every record is signed, and in order."


def _of_two(codes: set[str]) -> str:
    """What there is to say of two copies without records."""
    if "copies-same" in codes:
        told = "are alike"
    else:
        told = "are not alike" if "copies-differ" in codes else "could not be compared as a whole"
    return f"The two copies {told}. Without a record nothing says that either is right."


def _media(report: Report) -> str:
    if report.media_verdict is None:
        return f"{'-':<13} {_no_media(report)}"
    items, size = sum(m.items for m in report.media), sum(m.bytes for m in report.media)
    of = f" of {story.count(len(report.media), 'exhibit')}" if len(report.media) > 1 else ""
    read = f"{story.count(items, 'item')}{of}, {story.size(size)}" if report.media else "not read"
    quick = " by their pieces" if any(m.quick for m in report.media) else ""
    return f"{'not checked' if report.records_only else report.media_verdict:<13} {read}{quick}"


def _no_media(report: Report) -> str:
    """Why nothing is said of contents: as much as the records that were read show, and no more."""
    exhibits = [chain for chain in report.chains if chain_type(chain.id) == "exhibit"]
    if any(chain.alone for chain in report.chains):
        return "not looked at: a record alone does not show which contents there are"
    if not exhibits:
        return "no exhibit was verified"
    if any(chain.state is None for chain in exhibits):
        return "not known: not all records can be followed"
    return "no contents were ever measured"


def _copy(each: CopyTally) -> str:
    """A second copy: whether anything was found against it."""
    judged = "" if each.as_sealed is None else "as sealed" if each.as_sealed else "see: Notes"
    quick = " by their pieces" if each.quick else ""
    where = safe(", ".join(each.paths))
    read = f"{story.count(each.items, 'item')}, {story.size(each.bytes)}{quick}, in {where}"
    return f"{judged:<13} {read}" if judged else read


def chain_lines(chain: ChainReport, shown: int = 1000) -> Iterator[str]:
    """An exhibit's story: what it is, every record, and where it stands."""
    yield wrapped(f"{chain.id}  {_what(chain)}", "", "  ")
    if not chain.records:
        yield "  none of its records can be followed"
    hidden = max(0, len(chain.records) - shown)
    if hidden:  # how it began is always shown
        hidden += 1
        yield record_line(chain.records[0])
        yield f"  ... {hidden - 1} records after it, not shown here"
    for opened in chain.records[hidden:]:
        yield record_line(opened)
        yield from corrected(chain, opened.record.position, " " * 7)
    if chain.state is not None:
        doubtful = any(f.severity is Severity.REFUTES for f in chain.findings)
        yield wrapped(("as far as it can be read: " if doubtful else "") + standing(chain.state), "  => ")


def corrected(chain: ChainReport, position: int, indent: str) -> Iterator[str]:
    """What later records say of one that they correct, to stand beside it (C16)."""
    for record in chain.corrections(position):
        yield wrapped(story.correction(record), indent, indent + "  ")


def _what(chain: ChainReport) -> str:
    first = chain.records[0].record.body if chain.records else None
    return safe(first.description) if isinstance(first, bodies.Seizure | bodies.Derivation) else ""


def record_line(opened: VerifiedRecord) -> str:
    """One record: number, time, kind, who signed, what it says."""
    envelope = opened.record.envelope
    told = story.tell(opened.record)
    signed = story.person(envelope.by)
    witnessed = "".join(f", witness {story.person(w)}" for w in envelope.witnesses)
    line = f"{opened.record.kind}, {signed}{witnessed}" + (f": {told}" if told else "")
    return wrapped(line, f"  {opened.record.position:>3}  {story.when(envelope.occurred_at)}  ", " " * 7)


def standing(state: ChainState) -> str:
    """Where an exhibit stands now."""
    holder = safe(str(state.holder))
    if state.situation == "released" and state.release is not None:
        to: Any = state.release.body
        whom = to.to.agency + (f" officer {safe(to.to.service_no)}" if to.to.service_no else "")
        return f"on the way from {holder} to {whom} since {story.when(state.release.envelope.occurred_at)}"
    if state.situation == "outside" and state.outside is not None:
        handed: Any = state.outside.body
        return (
            f"held outside by {safe(handed.to.name)}, on paper, since {story.when(state.outside.envelope.occurred_at)}"
        )
    if state.ended:
        return f"{state.ended}, {story.when(state.head.envelope.occurred_at)}"
    seals = f"; seal {', '.join(map(_seal, on))}" if (on := [bag for bag in state.bags if bag.is_on]) else ""
    owed = "; contents still to be checked" if state.owed else ""
    return f"held by {holder} in {state.register}{seals}{owed}"


def _seal(bag: Bag) -> str:
    """A seal's number; a corrected one with what it was put on as."""
    return safe(bag.number) + (f" (not {safe(bag.stated)}: no. {bag.corrected_by})" if bag.corrected_by else "")


def findings_lines(findings: list[Finding]) -> Iterator[str]:
    """Findings, alike ones together, the first of each shown."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.code, []).append(finding)
    for code, alike in list(groups.items())[:SHOWN_FINDINGS]:
        yield wrapped(f"{_WORDS[alike[0].severity]}  {code}: {alike[0].meaning.text}", "  ", "    ")
        many = len(alike) if alike[0].severity is Severity.REFUTES and len(alike) <= 8 else SHOWN_ALIKE
        for finding in alike[:many]:
            yield wrapped(safe(finding.subject) + (f"  {safe(finding.text)}" if finding.text else ""), "      ")
        if len(alike) > many:
            yield f"      and {len(alike) - many} more: custody --json verify ..."
    if len(groups) > SHOWN_FINDINGS:
        yield f"  and {len(groups) - SHOWN_FINDINGS} more kinds: custody --json verify ..."


def log(chains: Iterable[ChainReport]) -> str:
    """Every record of some chains, and every gap."""
    parts = []
    for chain in chains:
        lines = list(chain_lines(chain))
        lines += list(findings_lines([f for f in chain.findings if f.severity is not Severity.NOTE]))
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def show(chain: ChainReport) -> str:
    """What an exhibit is: identity, seals, holder, each manifest's date and digests."""
    lines = [wrapped(f"{chain.id}  {_what(chain)}", "", "  ")]
    lines += [wrapped(standing(chain.state), "  => ")] if chain.state else []
    for opened in chain.records:
        body = opened.record.body
        if isinstance(body, bodies.Seizure):
            lines += _circumstances(opened)
            lines += _facts(body, ("how", "make", "model", "serial", "owner", "condition", "power"))
            lines += [f"  {'imei':<12} {safe(', '.join(body.imei))}"] if body.imei else []
        if isinstance(body, bodies.Manifest):
            lines += list(_manifest(opened, body, list(corrected(chain, opened.record.position, "    "))))
        else:
            lines += [wrapped(f"no. {opened.record.position} {line}", "  ", "    ")
                      for line in map(story.correction, chain.corrections(opened.record.position))]  # fmt: skip
    return "\n".join(lines) + "\n"


def _circumstances(opened: VerifiedRecord) -> list[str]:
    """Place, authority and photographs of a seizure."""
    envelope, body = opened.record.envelope, opened.record.body
    named = [("place", envelope.place)]
    if (authority := envelope.authority) is not None:
        issued = " ".join(part for part in (authority.issued_by, authority.issued_on) if part)
        named.append(("authority", f"{authority.kind} {authority.number}" + (f", {issued}" if issued else "")))
    photos = body.photos if isinstance(body, bodies.Seizure) else ()
    lines = [f"  {name:<12} {safe(value)}" for name, value in named if value]
    return lines + [wrapped(f"{safe(p.name)} {p.sha256}", f"  {'photo':<12} ") for p in photos]


def _facts(body: Any, names: tuple[str, ...]) -> list[str]:
    return [f"  {name:<12} {safe(value)}" for name in names if (value := getattr(body, name))]


def _manifest(opened: VerifiedRecord, body: bodies.Manifest, said: list[str]) -> Iterator[str]:
    """A manifest, and before its digests what later records say of it."""
    envelope = opened.record.envelope
    yield f"  manifest no. {opened.record.position}, {story.when(envelope.occurred_at)}, {story.person(envelope.by)}"
    yield from said
    yield f"    scope        {safe(body.scope)}; digests {', '.join(body.algorithms)}"
    yield f"    items        {body.items}, {body.measured} measured, {story.size(body.bytes)}"
    if body.resumed_at:
        runs = f"begun {story.when(body.started_at)}, resumed {', '.join(map(story.when, body.resumed_at))}"
        yield wrapped(f"runs         {runs}; what one had measured, the next did not read again", "    ", " " * 17)
    if body.decoded:
        yield f"    inside       {story.count(body.decoded.images, 'image')} decoded, {story.size(body.decoded.bytes)}"
    yield f"    merkle root  {body.entries.root}"
    yield f"    list         {body.entries.sha256}"
    yield from (f"    {line}" for line in logs.lines(opened.record))
    for section, facts in body.acquisition.items():
        for field, value in facts.items():
            yield wrapped(f"{safe(section)} {safe(field)}: {safe(value)}", "    ", "      ")
    if body.not_stated:
        yield wrapped("not stated: " + ", ".join(safe(each) for each in body.not_stated), "    ", "      ")


def status(rows: list[dict[str, Any]], register: str, code: str, now: str) -> str:
    """What is here, on the way, waiting and due."""
    parts = []
    waiting = [r for r in rows if r["situation"] == "released" and r["to_agency"] == code and r["register"] != register]
    held = [r for r in rows if r["situation"] == "held" and r["register"] == register]
    away = [r for r in rows if r["situation"] == "released" and r["register"] == register]
    outside = [r for r in rows if r["situation"] == "outside"]
    gone = [r for r in rows if r["register"] != register and r not in waiting]
    parts += _section("Held here", (_held(r) for r in held))
    parts += _section("Waiting to be received here", (f"  {r['id']}  from {r['register']}" for r in waiting))
    parts += _section("On the way", (_away(r, now) for r in away))
    parts += _section("Held outside, on paper", (_away(r, now) for r in outside))
    parts += _section("Handed to others", (f"  {r['id']}  {r['register']}: {safe(r['holder'])}" for r in gone))
    owed = [f"  {r['id']}  received, contents still to be checked" for r in held if r["owed"]]
    parts += _section("Due", owed)
    return (
        f"{register}\n\n" + ("\n\n".join(parts) or "  nothing here yet: custody case open, then custody seize") + "\n"
    )


def _held(row: dict[str, Any]) -> str:
    seals = f"  seal {safe(row['seals'])}" if row["seals"] else ""
    return wrapped(f"{row['id']}  {safe(row['holder'])}{seals}", "  ")


def _away(row: dict[str, Any], now: str) -> str:
    late = "  LATE" if row["answer_by"] and row["answer_by"][:10] < now[:10] else ""
    since = f"since {story.when(row['since'])}, answer by {row['answer_by'][:10]}{late}"
    return wrapped(f"{row['id']}  to {safe(row['to_agency'])} {since}", "  ")
