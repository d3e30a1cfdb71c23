"""What is due, from chains written in memory: the rule alone, without a register or a store."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from manifests import bodies
from manifests.audit import AGAIN, Audited, AuditReport, Candidate, Survey, candidate
from manifests.shapes import MediaCheck, Noticed
from manifests.verdict import Verdict
from manifests.verify import verify_chain
from tests.vectors.pen import EXHIBIT, Pen, trusted, verification
from tests.vectors.people import JANE, KIBRA, LAB, PETER
from tests.vectors.things import item

DESK = "KIBRA/desk"
EVERY = timedelta(days=90)


def sealed(pen: Pen | None = None) -> Pen:
    pen = pen or Pen()
    if not pen.written:
        pen.seize(JANE)
    pen.measure(JANE, item(f"{len(pen.written)}.txt", b"seven b"))
    return pen


def read_whole(pen: Pen, manifests: tuple[str, ...]) -> MediaCheck:
    """All that some manifests of a chain list, read."""
    found = [r.body for r, _ in pen.written if isinstance(r.body, bodies.Manifest) and r.digest in manifests]
    return MediaCheck(how="measured", items=sum(b.items for b in found), bytes=sum(b.bytes for b in found))


def verified(pen: Pen, verdict: str = "CONFIRMED", **changed: Any) -> None:
    every = tuple(r.digest for r, _ in pen.written if isinstance(r.body, bodies.Manifest))
    manifests = changed.get("manifests", every)
    facts: dict[str, Any] = {"manifests": manifests, "verdict": verdict, "media": read_whole(pen, manifests)}
    pen.write(JANE, verification(**{**facts, **changed}))


def of(pen: Pen) -> Candidate:
    found = candidate(verify_chain(pen.chain_files(), trusted(KIBRA, LAB, now=pen.now)), DESK)
    assert found is not None
    return found


def due(pen: Pen, after: timedelta, since: datetime) -> bool:
    return of(pen).is_due(since + after, EVERY)


SHORT, LONG = EVERY - timedelta(minutes=1), EVERY + timedelta(minutes=1)


def test_since_it_was_sealed() -> None:
    pen = Pen()
    pen.seize(JANE)
    at = pen.now
    sealed(pen)
    assert (due(pen, SHORT, at), due(pen, EVERY, at), due(pen, LONG, at)) == (False, True, True)
    assert (of(pen).standing, of(pen).held, of(pen).bytes, of(pen).position) == ("held here", True, 7, 2)


def test_since_it_was_confirmed() -> None:
    pen = sealed()
    pen.now += timedelta(days=50)
    at = pen.now
    verified(pen)
    assert (due(pen, SHORT, at), due(pen, LONG, at)) == (False, True)
    assert (of(pen).position, of(pen).found) == (3, Verdict.CONFIRMED)


@pytest.mark.parametrize(
    "changed",
    [
        {"media": MediaCheck(how="not-read"), "manifests": ()},
        {"verdict": "UNDETERMINED"},
        {"verdict": "REFUTED", "media": MediaCheck(how="measured", items=1, bytes=7, findings=(
            Noticed(code="content-changed", subject=EXHIBIT, text="1 items"),))},
    ],
)  # fmt: skip
def test_what_read_nothing_or_confirmed_nothing_does_not_count(changed: dict[str, Any]) -> None:
    pen = Pen()
    pen.seize(JANE)
    first = pen.now
    sealed(pen)
    pen.now += timedelta(days=80)
    verified(pen, **changed)
    pen.now += AGAIN
    assert due(pen, LONG, first)
    assert not due(pen, SHORT, first)


def test_what_was_not_confirmed_is_left_for_a_day() -> None:
    pen = sealed()
    pen.now += timedelta(days=200)
    at = pen.now
    verified(pen, "REFUTED")
    one = of(pen)
    hour = timedelta(hours=1)
    assert [one.is_due(at + after, EVERY) for after in (hour, AGAIN - hour, AGAIN)] == [False, False, True]
    assert [one.is_known_bad(at + after) for after in (hour, AGAIN - hour, AGAIN)] == [True, True, False]
    assert one.is_due(at + hour, timedelta(0))


def test_each_manifest_counts_by_itself() -> None:
    """Contents sealed later make nothing younger that was sealed before."""
    pen = Pen()
    pen.seize(JANE)
    first = pen.now
    sealed(pen)
    pen.now += timedelta(days=60)
    sealed(pen)
    assert (due(pen, SHORT, first), due(pen, LONG, first)) == (False, True)
    at = pen.now
    verified(pen)
    assert (due(pen, SHORT, at), due(pen, LONG, at)) == (False, True)
    pen.now += timedelta(days=10)
    only = pen.written[1][0].digest
    verified(pen, manifests=(only,))
    assert due(pen, LONG, at)


def test_a_time_that_lies_ahead_says_nothing() -> None:
    pen = sealed()
    pen.now += timedelta(days=50)
    verified(pen)
    assert of(pen).is_due(pen.now - timedelta(days=1), EVERY)


def test_a_device_lies_in_no_store() -> None:
    pen = Pen()
    pen.seize(JANE)
    pen.measure(JANE, item("device", b"sectors"), scope="media")
    assert of(pen).device
    sealed(pen)
    at = pen.now
    pen.now += timedelta(days=80)
    verified(pen, manifests=(pen.written[1][0].digest,))  # the device alone
    one = of(pen)
    assert (one.device, one.position, one.bytes, one.is_due(at + LONG, EVERY)) == (False, 3, 7, True)


def test_never_measured_is_no_candidate() -> None:
    pen = Pen()
    pen.seize(JANE)
    assert candidate(verify_chain(pen.chain_files(), trusted(now=pen.now)), DESK) is None


def test_who_has_it() -> None:
    pen = sealed()
    pen.release(JANE, LAB, media=read_whole(pen, (pen.head.digest,)))
    assert (of(pen).held, of(pen).standing) == (False, "released")
    pen.receive(PETER, media=read_whole(pen, (pen.written[1][0].digest,)))
    assert (of(pen).held, of(pen).standing) == (False, "held in LAB/bench")


def test_a_damaged_chain_is_always_due() -> None:
    pen = sealed()
    verified(pen)
    record, files = pen.written[1]
    pen.written[1] = record, type(files)(name=files.name, record=files.record + b" ", signature=files.signature)
    one = of(pen)
    assert (one.damaged, one.device, one.is_due(pen.now, EVERY)) == (True, False, True)


def candidates(*days: int | None) -> list[Candidate]:
    times = [None if day is None else f"2026-01-{day:02}T00:00:00Z" for day in days]
    return [
        Candidate(exhibit=f"K:C/EX-{n}", standing="held here", held=True, confirmed_at=at, read_at=at)
        for n, at in enumerate(times)
    ]


def test_the_oldest_first_and_the_never_read_before_all() -> None:
    found = sorted(candidates(9, 3, None, 3, 5), key=lambda one: one.order)
    assert [one.exhibit[-1] for one in found] == ["2", "1", "3", "4", "0"]


def report(*verdicts: str, **survey: Any) -> Verdict:
    audited = tuple(Audited(exhibit=f"{n}", verdict=Verdict(v), findings=()) for n, v in enumerate(verdicts))
    facts: dict[str, Any] = {"register": DESK, "store": "/s", "days": 90, "made_at": "2026-01-20T00:00:00Z"}
    return AuditReport(survey=Survey(**facts | survey), finished_at="x", engine="local", audited=audited).verdict


def test_the_worst_counts() -> None:
    (old,) = candidates(1)
    (young,) = candidates(19)
    late = Candidate(exhibit="x", standing="held here", held=True, confirmed_at="2025-01-01T00:00:00Z", read_at=None)
    assert report("CONFIRMED", "CONFIRMED") is Verdict.CONFIRMED
    assert report("CONFIRMED", "UNDETERMINED", "REFUTED") is Verdict.REFUTED
    assert report("CONFIRMED", "UNDETERMINED") is Verdict.UNDETERMINED
    assert report(not_due=3) is Verdict.CONFIRMED
    assert report() is Verdict.UNDETERMINED
    assert report("CONFIRMED", unknown=("a",)) is Verdict.UNDETERMINED
    assert report("CONFIRMED", ignored=("a",)) is Verdict.CONFIRMED
    assert report("CONFIRMED", absent=(late,)) is Verdict.UNDETERMINED
    assert report("CONFIRMED", absent=(young, old)) is Verdict.CONFIRMED
    bad = Candidate(exhibit="b", standing="", held=True, confirmed_at=None, read_at="x", found=Verdict.REFUTED)
    assert report("CONFIRMED", known_bad=(bad,)) is Verdict.REFUTED
