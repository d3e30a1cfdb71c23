"""One record in one line, in the officer's words; every string that is not ours goes through `safe`."""

from collections.abc import Callable
from typing import Any

from custody.render.safe import safe
from manifests import bodies
from manifests.paper import paper_code
from manifests.records import Record
from manifests.shapes import MediaCheck, Person

_HOW = {
    "measured": "contents measured",
    "pieces": "contents measured by their pieces",
    "relied-on": "contents measured before",
    "later": "contents not checked yet",
    "none": "no contents measured",
    "not-read": "contents not read",
    "seal-intact": "contents not read again, seal intact",
}


def size(number: int) -> str:
    """Bytes for a person: 1.2 GB."""
    value, unit = float(number), "bytes"
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{number} bytes" if unit == "bytes" else f"{value:.1f} {unit}"


def count(number: int, word: str) -> str:
    """1 item, 2 items."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def person(by: Person) -> str:
    """PC Jane Wanjiku (KIBRA 112233)."""
    return safe(f"{by.rank} {by.name} ({by.agency} {by.service_no})")


def when(moment: str) -> str:
    """A record's time for a person: 2026-11-20 14:05 +03:00."""
    date, clock = moment[:10], moment[11:16]
    return f"{date} {clock} {'UTC' if moment.endswith('Z') else moment[19:]}"


def paper_line(record: Record) -> str:
    """The line for the paper register."""
    return f"Write in the OB: {record.chain} no. {record.position}  {paper_code(record.digest)}"


def media(check: MediaCheck) -> str:
    """What was done about contents."""
    words = _HOW.get(check.how, safe(check.how)) + (f": {safe(check.seal)}" if check.seal else "")
    if check.items is not None:
        words += f", {count(check.items, 'item')}"
    return words + (f", {count(len(check.findings), 'finding')}" if check.findings else "")


def correction(record: Record) -> str:
    """What a later record says of the one that it corrects or withdraws."""
    body = record.body
    if isinstance(body, bodies.ManifestWithdrawal):
        return f"WITHDRAWN by no. {record.position}, {body.because}: {safe(body.statement)}"
    if not isinstance(body, bodies.Correction):
        return ""
    seal = f"; the seal is {safe(body.seal)}" if body.seal else ""
    clock = f"; it was {when(body.clock)}" if body.clock else ""
    return f"CORRECTED by no. {record.position}: {safe(body.statement)}{seal}{clock}"


def tell(record: Record) -> str:
    """What a record says, in one line."""
    known = _TELL.get(type(record.body))
    words = known(record.body) if known and record.body is not None else ""
    reason = f" ({safe(record.envelope.reason)})" if record.envelope.reason else ""
    return f"{words}{reason}"


def _seizure(body: bodies.Seizure) -> str:
    known = (("make", body.make), ("model", body.model), ("serial", body.serial), ("IMEI", ", ".join(body.imei)))
    facts = "".join(f"; {name} {safe(value)}" for name, value in known if value)
    return f"{safe(body.how)}: {safe(body.description)}{facts}"


def _release(body: bodies.Release) -> str:
    to = f"to {body.to.agency}" + (f" officer {safe(body.to.service_no)}" if body.to.service_no else "")
    courier = f", by {safe(body.courier)}" if body.courier else ""
    return f"{to}{courier}: {safe(body.purpose)}; {media(body.media)}"


def _receipt(body: bodies.Receipt) -> str:
    seal = f"; seal {safe(body.seal.observed)}" if body.seal and body.seal.observed else ""
    condition = f"; {safe(body.condition)}" if body.condition else ""
    return media(body.media) + seal + condition


def _event(body: bodies.Event) -> str:
    facts = [
        body.description,
        body.purpose,
        body.store,
        body.court,
        body.case_no,
        body.register_no,
        body.exhibit_mark,
    ]
    facts += [
        f"seal {body.seal}" if body.seal else None,
        body.condition,
        body.counterparty.name if body.counterparty else None,
    ]
    return f"{body.word}: " + safe("; ".join(fact for fact in facts if fact))


_TELL: dict[type, Callable[[Any], str]] = {
    bodies.RegisterOpened: lambda b: f"{safe(b.agency)}, {b.code}",
    bodies.PersonEnrolled: lambda b: (
        f"{safe(b.rank)} {safe(b.name)} ({safe(b.service_no)}): {', '.join(b.roles)}"
        + ("; a new certificate of the same person" if b.replaces else "")
    ),
    bodies.PersonRevoked: lambda b: (
        f"{safe(b.service_no)}: {b.because}"
        + (f", not good since {b.since}" if b.since else "")
        + (f" ({safe(b.note)})" if b.note else "")
    ),
    bodies.AnchorTrusted: lambda b: (
        f"{b.code} {safe(b.agency)}" + (", in place of the root before" if b.replaces else "")
    ),
    bodies.AnchorRemoved: lambda b: b.code,
    bodies.Refusal: lambda b: f"{b.exhibit} no. {b.position}; {count(len(b.differences), 'difference')}",
    bodies.CaseOpened: lambda b: safe(b.title),
    bodies.CaseReferred: lambda b: safe(", ".join(f"{f} {v}" for f in b.__struct_fields__ if (v := getattr(b, f)))),
    bodies.AuthorityRecorded: lambda b: safe(f"{b.authority.ref}: {b.authority.kind} {b.authority.number}"),
    bodies.Seizure: _seizure,
    bodies.Derivation: lambda b: f"{safe(b.how)} of {b.parent}: {safe(b.description)}",
    bodies.Derived: lambda b: f"{safe(b.how)} {b.child}",
    bodies.Manifest: lambda b: f"{count(b.items, 'item')}, {size(b.bytes)}" + (
        f"; {b.items - b.measured} not measured" if b.items > b.measured else "") + (
        f"; in {len(b.resumed_at) + 1} runs" if b.resumed_at else ""),
    bodies.ManifestWithdrawal: lambda b: f"of no. {b.position}, {b.because}: {safe(b.statement)}",
    bodies.RegisterRestored: lambda b: f"put back with {b.now.size} of {b.lost.size} lines",
    bodies.Seal: lambda b: f"bag {safe(b.number)}" + (f" in place of {safe(b.replaces)}" if b.replaces else "") + (
        f", together with {', '.join(b.shared_with)}" if b.shared_with else ""),
    bodies.Event: _event,
    bodies.Verification: lambda b: f"{safe(b.verdict)}; {media(b.media)}" + (
        f", by {count(b.read_by.count, 'worker')} of {safe(b.read_by.engine)}" if b.read_by else ""),
    bodies.Release: _release,
    bodies.Receipt: _receipt,
    bodies.Recall: lambda b: safe(b.because),
    bodies.HandedOutside: lambda b: f"to {safe(b.to.name)}, on paper: {safe(b.purpose)}",
    bodies.TakenBack: lambda b: "on paper" + (f"; {safe(b.condition)}" if b.condition else ""),
    bodies.Takeover: lambda b: f"from {safe(b.holder)}: {safe(b.because)}",
    bodies.Return: lambda b: f"to {safe(b.to.name)}",
    bodies.Disposal: lambda b: safe(b.method),
    bodies.Void: lambda b: safe(b.because),
    bodies.Correction: lambda b: f"of no. {b.position}: {safe(b.statement)}" + (
        f"; the seal is {safe(b.seal)}" if b.seal else "") + (f"; it was {when(b.clock)}" if b.clock else ""),
    bodies.SettlementAgreed: lambda b: f"{b.exhibit} no. {b.position}: the {b.stands} stands",
    bodies.Settlement: lambda b: f"of the release at no. {b.position}: the {b.stands} stands",
    bodies.StrayExplained: lambda b: f"no. {b.position} in quarantine: {b.what}: {safe(b.statement)}",
}  # fmt: skip
