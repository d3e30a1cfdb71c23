"""An audit for a terminal and as JSON: what is due, what was found, what was not looked at."""

from collections.abc import Iterator
from typing import Any

from custody.render import json, story, text
from custody.render.safe import safe
from manifests.audit import Audited, AuditReport, Candidate, Survey
from manifests.verdict import Verdict

_SHOWN = 40
"""Lines of one section; JSON has all."""


def due(survey: Survey) -> str:
    """What would be read, the oldest first, and what would not."""
    total = story.size(sum(one.bytes for one in survey.due))
    head = [f"{safe(survey.register)}, store {safe(survey.store)}"]
    head.append(f"  due      {story.count(len(survey.due), 'exhibit')}, {total}")
    head.append(f"  not due  {survey.not_due}: read and confirmed within {story.count(survey.days, 'day')}")
    parts = ["\n".join(text.wrapped(line, "", "  ") for line in head)]
    parts += _section("Due, in this order", [_due(one) for one in survey.due])
    return "\n\n".join([*parts, *_beside(survey)]) + "\n"


def _due(one: Candidate) -> str:
    last = f"last read {one.read_at[:10]}, no. {one.position}" if one.read_at else "not known when it was last read"
    if one.damaged:
        last = "its chain is damaged"
    elif one.found is not Verdict.CONFIRMED:
        last += f", {one.found}"
    return f"{one.exhibit}  {last}; {story.size(one.bytes)}"


def one(result: Audited) -> str:
    """What came of one exhibit, in one line."""
    read = f"{story.count(result.items, 'item')}, {story.size(result.bytes)} in {result.seconds:.1f} s"
    written = f"no. {result.record.position}" if result.record else f"not recorded: {safe(result.not_recorded or '')}"
    return f"{result.verdict}  {result.exhibit}  {read}; {written}"


def report(made: AuditReport) -> str:
    """The whole answer: verdict, every exhibit, what differs, what was not looked at, what it rests on."""
    parts = ["\n".join(_head(made))]
    parts += _section("Read now", [one(each) for each in made.audited])
    grave = [finding for each in made.audited for finding in each.findings]
    parts += ["What differs\n" + "\n".join(text.findings_lines(grave))] if grave else []
    parts += _section("Still due: the time was over", list(made.left))
    parts += _beside(made.survey)
    parts += _section("This rests on", list(rests_on(made)))
    lines = [story.paper_line(each.record) for each in made.audited if each.record]
    return "\n\n".join(parts) + "\n" + ("\n" + "\n".join(lines) + "\n" if lines else "")


def _head(made: AuditReport) -> Iterator[str]:
    survey = made.survey
    yield f"{made.verdict}"
    yield text.wrapped(f"{safe(survey.register)}, store {safe(survey.store)}", "  ")
    items, size = sum(each.items for each in made.audited), sum(each.bytes for each in made.audited)
    quick = ", large files by their pieces" if made.quick else ""
    exhibits = story.count(len(made.audited), "exhibit")
    yield f"  read     {exhibits}, {story.count(items, 'item')}, {story.size(size)}{quick}"
    yield f"  not due  {survey.not_due}: read and confirmed within {story.count(survey.days, 'day')}"


def rests_on(made: AuditReport) -> Iterator[str]:
    """What the answer rests on, beside the records."""
    if made.workers is None:
        yield "digests: made by this computer"
    else:
        yield f"digests: the word of {story.count(made.workers, 'worker')} of {made.engine}, and of all between"
    yield "what is not due: the signed records that say so; not read now"


def _beside(survey: Survey) -> list[str]:
    """What was not read, and why."""
    bad = [f"{each.exhibit}  {each.found}, no. {each.position}, {each.read_at}" for each in survey.known_bad]
    gone = [f"{each.exhibit}  {'DUE, ' if survey.is_late(each) else ''}{each.problem}" for each in survey.absent]
    others = [f"{each.exhibit}  {each.standing}" for each in survey.others]
    return [
        *_section("Read within the last day, and not confirmed", bad),
        *_section("Sealed, held here, and not in the store", gone),
        *_section(
            "Sealed as a disk or card itself: verify it with --media DEVICE", [e.exhibit for e in survey.devices]
        ),
        *_section("In the store, and not held here: never recorded, read only with --others", others),
        *_section("In the store, and not sealed under such a name here", list(survey.unknown)),
        *_section("Also there, and not looked at", list(survey.ignored)),
    ]


def _section(title: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    shown = [text.wrapped(safe(line), "  ", "    ") for line in lines[:_SHOWN]]
    more = [f"  and {len(lines) - _SHOWN} more: --json"] if len(lines) > _SHOWN else []
    return ["\n".join([title, *shown, *more])]


def due_value(survey: Survey) -> dict[str, Any]:
    """`custody/audit-due/1`."""
    return {"format": "custody/audit-due/1", **_survey(survey)}


def value(made: AuditReport) -> dict[str, Any]:
    """`custody/audit/1`."""
    return {
        "format": "custody/audit/1",
        "verdict": made.verdict.value,
        **_survey(made.survey),
        "finished_at": made.finished_at,
        "engine": made.engine,
        "workers": made.workers,
        "quick": made.quick,
        "rate": made.rate or None,
        "exhibits": [_audited(each) for each in made.audited],
        "left": list(made.left),
        "rests_on": list(rests_on(made)),
    }


def _survey(survey: Survey) -> dict[str, Any]:
    return {
        "register": survey.register,
        "store": survey.store,
        "days": survey.days,
        "made_at": survey.made_at,
        "due": [_candidate(each) for each in survey.due],
        "not_due": survey.not_due,
        "known_bad": [_candidate(each) for each in survey.known_bad],
        "absent": [_candidate(e) | {"due": survey.is_late(e), "problem": e.problem} for e in survey.absent],
        "devices": [each.exhibit for each in survey.devices],
        "not_held_here": [_candidate(each) for each in survey.others],
        "unknown": list(survey.unknown),
        "ignored": list(survey.ignored),
    }


def _candidate(each: Candidate) -> dict[str, Any]:
    return {
        "exhibit": each.exhibit,
        "standing": each.standing,
        "place": each.place,
        "bytes": each.bytes,
        "damaged": each.damaged,
        "confirmed_at": each.confirmed_at,
        "read_at": each.read_at,
        "found": each.found.value if each.read_at else None,
        "position": each.position,
    }


def _audited(each: Audited) -> dict[str, Any]:
    return {
        "exhibit": each.exhibit,
        "verdict": each.verdict.value,
        "items": each.items,
        "bytes": each.bytes,
        "seconds": each.seconds,
        "findings": [json.finding(finding) for finding in each.findings],
        "record": json.record(each.record) if each.record else None,
        "not_recorded": each.not_recorded,
    }


def confirming(survey: Survey, others: bool) -> list[str]:
    """What is about to be signed, in words."""
    recorded = [each for each in survey.due if each.held and not each.damaged]
    lines = [f"read {story.size(sum(e.bytes for e in survey.due))}, and sign a verification of each exhibit:"]
    lines += [f"{each.exhibit}" for each in recorded[:_SHOWN]]
    lines += [f"and {len(recorded) - _SHOWN} more"] if len(recorded) > _SHOWN else []
    return lines + (["and read, without a record, what is not held here"] if others else [])
