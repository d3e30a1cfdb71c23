"""What records say of contents: what was measured, compared, found and relied on (docs/spec/statements.md).

`manifests.statements` asks it; here are manifests, verifications, and `media` of releases and receipts.
"""

from collections.abc import Iterable

from manifests import bodies
from manifests.chain_state import Actor, ChainState, OrderViolated, contradicted
from manifests.findings import TABLE, Finding, verdict
from manifests.records import Record
from manifests.shapes import MediaCheck, Noticed
from manifests.verdict import Verdict, worse

_READ = ("measured", "pieces", "relied-on")
"""Ways of checking contents in which something was read, now or by the verification relied on."""


def check_media(state: ChainState, record: Record, media: MediaCheck) -> None:
    """What is said of a check fits the way of checking, and the manifests of the exhibit."""
    _check_media_itself(record, media)
    if media.how == "none" and state.manifests:
        raise contradicted(f"contents are called never measured; record {state.manifests[-1].position} measured them")
    if media.how in _READ and not state.manifests:
        raise contradicted("contents are called compared; the exhibit has no manifest to compare them with")
    if media.how == "measured" and not media.findings:
        kinds = ("media", "other")
        groups = [[m for m in state.manifests if _scope(m) == kind] for kind in kinds]
        least = [_least(group) for group in groups if group]
        _check_amount(media, min(items for items, _ in least), min(size for _, size in least))


def _scope(manifest: Record) -> str:
    """A device holds no files by name, and files are no device: one reading is compared with one of them (M8)."""
    return "media" if getattr(manifest.body, "scope", "") == "media" else "other"


def _check_media_itself(record: Record, media: MediaCheck) -> None:
    counts, read = (media.items is None, media.bytes is None), media.how in _READ
    if counts != (not read, not read):
        raise contradicted(f"what was read, and how much of it, does not go with `{media.how}`")
    if media.findings and not read:
        raise contradicted(f"findings about contents do not go with `{media.how}`: nothing was read")
    if media.how != "relied-on" and media.verification is not None:
        raise contradicted(f"a verification that is relied on does not go with `{media.how}`")
    for each in media.findings:
        if each.subject != record.chain and not each.subject.startswith(record.chain + " "):
            raise contradicted(f"a finding about {each.subject} is no finding about the contents of {record.chain}")


def _least(manifests: Iterable[Record]) -> tuple[int, int]:
    """The fewest items and bytes that are read where all these manifests are compared and nothing is found.

    Media inside an image are not counted; what was measured or partial when it was sealed is (E5).
    """
    items, size = 0, 0
    for each in manifests:
        body = each.body
        if isinstance(body, bodies.Manifest):
            partial = sum(other.count for other in body.not_measured if other.outcome == "partial")
            items = max(items, body.measured + partial - (body.decoded.images if body.decoded else 0))
            size = max(size, body.bytes)
    return items, size


def _check_amount(media: MediaCheck, items: int, size: int) -> None:
    if (media.items or 0) < items or (media.bytes or 0) < size:
        text = f"{media.items} items and {media.bytes} bytes are said to be all; {items} and {size} were sealed"
        raise contradicted(text)


def check_relied_on(state: ChainState, record: Record, media: MediaCheck) -> None:
    """What is relied on is a verification by the same person that read everything and confirmed it (C3)."""
    if media.how != "relied-on":
        return
    if media.verification is None:
        raise OrderViolated(f"this {record.kind} relies on a verification, and does not say which")
    named = state.record(media.verification)
    if named is None:
        raise OrderViolated(f"this {record.kind} relies on a verification that is not in the chain")
    body, by, me = named.body, named.envelope.by, record.envelope.by
    if not isinstance(body, bodies.Verification):
        raise contradicted(f"record {named.position}, which is relied on, is a {named.kind} and no verification")
    if (by.register_id, by.agency, by.service_no) != (me.register_id, me.agency, me.service_no):
        raise contradicted(f"the verification that is relied on is {by.name}'s; who relies on it has read nothing")
    whole = {each.digest for each in state.manifests} <= set(body.manifests)
    if not (whole and body.media.how == "measured" and body.verdict == "CONFIRMED") or body.read_by is not None:
        raise contradicted(
            f"record {named.position}, which is relied on, did not read the whole here and confirm it",
            "compare the contents now: --media DIR",
        )
    if (media.items, media.bytes, media.findings) != (body.media.items, body.media.bytes, body.media.findings):
        raise contradicted(f"what was read is not what record {named.position} says, which is relied on")


def check_verification(state: ChainState, record: Record, actor: Actor) -> None:
    body: bodies.Verification = record.body  # type: ignore[assignment]
    media, read = body.media, body.media.how in _READ
    if media.how in ("relied-on", "later"):
        raise contradicted(f"a verification that says `{media.how}` has verified nothing")
    _check_media_itself(record, media)
    if media.how == "none" and state.manifests:
        raise contradicted(f"contents are called never measured; record {state.manifests[-1].position} measured them")
    if read != bool(body.manifests):
        raise contradicted("a verification names the manifests that it compared contents with, and no others")
    if body.read_by is not None and (not read or body.read_by.count == 0):
        raise contradicted("workers are named, and nothing was read by any")
    told = verdict(known_findings(media.findings))
    if worse(told, Verdict(body.verdict)) is not Verdict(body.verdict):
        raise contradicted(f"its own findings are {told}, its verdict is {body.verdict}")
    if media.how == "measured" and not media.findings:
        _check_amount(media, *_least(m for m in state.manifests if m.digest in body.manifests))


def known_findings(findings: Iterable[Noticed]) -> list[Finding]:
    """The findings that this version knows, as a record carries them."""
    return [Finding(code=each.code, subject=each.subject) for each in findings if each.code in TABLE]


# --- manifests ---------------------------------------------------------------------


def check_manifest(record: Record) -> None:
    body: bodies.Manifest = record.body  # type: ignore[assignment]
    outcomes = [each.outcome for each in body.not_measured]
    counted = body.measured + sum(each.count for each in body.not_measured)
    if counted != body.items or body.items != body.entries.count or len({*outcomes, "measured"}) <= len(outcomes):
        raise contradicted("the manifest's own numbers do not add up")
    read = body.measured + sum(each.count for each in body.not_measured if each.outcome == "partial")
    images = body.decoded.images if body.decoded else 0
    if (body.decoded is not None and images == 0) or images >= max(read, 1) or (body.bytes and not read):
        raise contradicted("the manifest counts more images or bytes than it read items")
    if len(set(body.algorithms)) != len(body.algorithms) or (body.measured and "sha256" not in body.algorithms):
        raise contradicted("every measured item has a SHA-256; the manifest's algorithms say otherwise")
    for number, log in enumerate(body.logs, start=1):
        if log.same + log.differs + log.not_checked != log.claims:
            raise contradicted(f"the numbers of claims of log {number} do not add up")
    if body.claims is not None and body.logs and sum(log.claims for log in body.logs) != body.claims.count:
        raise contradicted("the manifest's logs have other claims than its list")
    stated = {f"{section}.{name}" for section, facts in body.acquisition.items() for name in facts}
    if both := stated & set(body.not_stated):
        raise contradicted(f"{min(both)} is stated, and called not stated")
