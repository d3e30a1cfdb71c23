"""What a sound record still has to say: notes, seals read at a hand-over, and where an exhibit stands in the end."""

from collections.abc import Iterator

from manifests import bodies
from manifests.chain import ChainState
from manifests.findings import Finding
from manifests.moments import is_authorised_later
from manifests.records import Record
from manifests.seals import written_as

_NAMED = 5
"""Facts that were not stated, named in a note."""


def remarks(record: Record, before: ChainState | None, about: str) -> Iterator[Finding]:
    """Notes on one record; `before` is where the exhibit stood before it."""
    body = record.body
    if is_authorised_later(record) and record.envelope.authority is not None:
        text = f"dated {record.envelope.authority.issued_on}, the act {record.envelope.occurred_at}"
        yield Finding(code="authority-later", subject=about, text=text)
    for imei in body.imei if isinstance(body, bodies.Seizure) else ():
        if not is_imei(imei):
            yield Finding(code="imei-unusual", subject=about, text=imei)
    if isinstance(body, bodies.Correction):
        yield Finding(code="corrected", subject=about, text=_correction(body, before))
    if isinstance(body, bodies.ManifestWithdrawal):
        text = f"record {body.position}, {body.because}: {body.statement}"
        yield Finding(code="manifest-withdrawn", subject=about, text=text)
    if isinstance(body, bodies.Release | bodies.Receipt) and body.media.how == "seal-intact":
        text = f"contents not re-read, seal {body.media.seal} intact"
        yield Finding(code="contents-not-reread", subject=about, text=text)
    if isinstance(body, bodies.StrayExplained):
        code = "fork-explained" if body.found == "fork" else body.found
        text = f"record {body.position} kept apart: {body.what}: {body.statement}"
        yield Finding(code=code, subject=about, text=text)
    if isinstance(body, bodies.Takeover):
        yield Finding(code="taken-over", subject=about, text=f"from {body.holder}: {body.because}")
    if isinstance(body, bodies.Release):
        for despite in body.despite:
            yield Finding(code="released-despite", subject=about, text=f"{despite.code}: {despite.text}")
    if isinstance(body, bodies.Receipt | bodies.TakenBack):
        yield from _seal(body, before.seals if before else (), about)
    if isinstance(body, bodies.Manifest) and body.resumed_at:
        text = f"begun {body.started_at}, resumed {', '.join(body.resumed_at)}"
        yield Finding(code="resumed", subject=about, text=text)
    if isinstance(body, bodies.Manifest):
        yield from _manifest(body, about)
    if isinstance(body, bodies.Verification) and body.read_by is not None:
        text = f"by {body.read_by.count} workers of {body.read_by.engine}"
        yield Finding(code="read-elsewhere", subject=about, text=text)


def _correction(body: bodies.Correction, before: ChainState | None) -> str:
    """What a correction says, with the seal's number that it changes."""
    bag = next((each for each in before.bags if each.record == body.corrects), None) if before and body.seal else None
    seal = f"seal {body.seal} instead of {bag.number}: " if bag else ""
    clock = f"it was {body.clock}: " if body.clock else ""
    return f"corrects record {body.position}: {seal}{clock}{body.statement}"


def is_imei(written: str) -> bool:
    """Whether this is an IMEI: 15 digits, the last a check digit (Luhn), or 14 or 16 without one."""
    digits = "".join(each for each in written if each not in " -/")
    if not (digits.isascii() and digits.isdigit() and len(digits) in (14, 15, 16)):
        return False
    doubled = (sum(divmod(int(each) * (1 + place % 2), 10)) for place, each in enumerate(digits))
    return len(digits) != 15 or sum(doubled) % 10 == 0


def _manifest(body: bodies.Manifest, about: str) -> Iterator[Finding]:
    for other in body.not_measured:
        code = "sealed-partial" if other.outcome == "partial" else "not-measured-at-sealing"
        yield Finding(code=code, subject=about, text=f"{other.count} {other.outcome}")
    if body.not_stated:
        yield Finding(code="facts-not-stated", subject=about, text=_some(body.not_stated))


def _some(facts: tuple[str, ...]) -> str:
    """The first few, and how many more; the manifest names them all."""
    more = len(facts) - _NAMED
    return ", ".join(facts[:_NAMED]) + (f" and {more} more: custody show names them" if more > 0 else "")


def _seal(body: bodies.Receipt | bodies.TakenBack, on_it: tuple[str, ...], about: str) -> Iterator[Finding]:
    """The seal as read against those that the chain itself says are on the exhibit (C9)."""
    told = body.seal.expected if body.seal else ()
    expected = on_it or told
    if not expected:
        return
    text = ", ".join(expected)
    if body.seal is None or body.seal.observed is None:
        yield Finding(code="seal-not-read", subject=about, text=f"expected {text}")
    elif (written := written_as(body.seal.observed, expected)) is None:
        yield Finding(code="seal-differs", subject=about, text=f"read {body.seal.observed}, expected {text}")
    elif written != body.seal.observed:
        yield Finding(
            code="seal-spelled-otherwise", subject=about, text=f"read {body.seal.observed}, put on as {written}"
        )


def standing(state: ChainState) -> Iterator[Finding]:
    """Where an exhibit stands at the end of its chain."""
    if state.release is not None and isinstance(state.release.body, bodies.Release):
        to = state.release.body.to
        since = state.release.envelope.occurred_at
        text = f"to {to.agency}{' officer ' + to.service_no if to.service_no else ''} since {since}"
        yield Finding(code="in-transit", subject=state.id, text=text)
    elif state.outside is not None and isinstance(state.outside.body, bodies.HandedOutside):
        who = state.outside.body.to.name
        yield Finding(code="held-outside", subject=state.id, text=f"by {who}")
    elif state.ended:
        yield Finding(code="ended", subject=state.id, text=state.ended)
    if state.owed:
        yield Finding(code="contents-owed", subject=state.id)
    if not state.manifests:
        yield Finding(code="physical-exhibit", subject=state.id)
