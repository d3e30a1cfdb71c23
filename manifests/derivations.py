"""Whether exhibits of one family, or of one hand-over, are what they say of each other (chain C7, package K6)."""

from collections.abc import Iterator

from manifests import bodies, records
from manifests.findings import Finding
from manifests.report import ChainReport


def check_derivations(chains: tuple[ChainReport, ...]) -> Iterator[Finding]:
    """Whether parents and derived exhibits name each other, both ways (C7)."""
    by_id = {report.id: report for report in chains}
    for report in chains:
        yield from _children(report, by_id)
        body = report.records[0].record.body if report.records else None
        if not isinstance(body, bodies.Derivation):
            continue
        parent = by_id.get(body.parent)
        if parent is None:
            yield Finding(code="parent-missing", subject=report.id, text=body.parent)
        elif not _names_child(parent, body, report.id):
            text = f"{body.parent} has no record that names it"
            yield Finding(code="derivation-mismatch", subject=report.id, text=text)


def check_carried(chains: tuple[ChainReport, ...]) -> Iterator[Finding]:
    """Whether the exhibits that were released together came together (K6)."""
    here = {report.id for report in chains}
    for report in chains:
        release = report.state.release.body if report.state and report.state.release else None
        for exhibit in release.act_exhibits if isinstance(release, bodies.Release) else ():
            if exhibit not in here:
                text = f"released together with {report.id}"
                facts = {"with": report.id}
                yield Finding(code="exhibit-not-carried", subject=exhibit, text=text, facts=facts)


def _children(parent: ChainReport, by_id: dict[str, ChainReport]) -> Iterator[Finding]:
    """Whether each exhibit that a chain calls derived from it says so too, where it is at hand."""
    for opened in parent.records:
        body = opened.record.body
        child = by_id.get(body.child) if isinstance(body, bodies.Derived) else None
        first = child.records[0].record if child and child.records else None
        if first is None or child is None or first.body is None:
            continue
        if not isinstance(first.body, bodies.Derivation) or first.body.parent != parent.id:
            about = f"{parent.id} {records.file_name(opened.record).removesuffix('.json')}"
            yield Finding(code="derivation-mismatch", subject=about, text=f"{child.id} does not say so")


def _names_child(parent: ChainReport, body: bodies.Derivation, child: str) -> bool:
    return any(
        isinstance(v.record.body, bodies.Derived)
        and v.record.digest == body.parent_record
        and (v.record.body.child, v.record.body.how, v.record.body.description) == (child, body.how, body.description)
        for v in parent.records
    )
