"""What lies in a package beside what its manifests list: each file belongs to an exhibit, or is extra (K1, K2).

What lies with an exhibit that has manifests is compared with them elsewhere, file by file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from custody.edges.package import Package, exhibit_at
from custody.edges.package_folder import PackageSurvey
from manifests.findings import Finding
from manifests.report import ChainReport
from manifests.trust import Trust
from manifests.verify import no_lists, verify_chain

_NAMED = 20
"""Links, and files of no exhibit, that are named each."""
Named = Mapping[str, tuple[str, ...]]
"""Exhibits whose contents are to be compared elsewhere, by chain."""


def sealed_in(report: ChainReport) -> bool | None:
    """Whether contents of an exhibit were sealed; None where its records do not say."""
    return None if report.state is None else bool(report.state.manifests)


def judge_package(package: Package, known: Mapping[str, bool | None], named: Named) -> list[Finding]:
    """Findings on a package as a whole; `known`: its exhibits, and whether contents of them were sealed."""
    survey, about = package.survey(), str(package.path)
    found = [*_some("link-in-package", about, survey.links), *_strays(about, survey, known, named)]
    if survey.unread:
        text = f"not everything in it could be looked at: {survey.unread}"
        found.append(Finding(code="content-unreadable", subject=about, text=text))
    return found


def beside_offered(package: Package, offered: Iterable[ChainReport], trust: Trust, named: Named) -> list[Finding]:
    """The same for a receiver, who has looked at the exhibits that are offered."""
    known = {report.id: sealed_in(report) for report in offered}
    for chain in package.chains():
        if chain not in known:
            known[chain] = sealed_in(verify_chain(replace(package.chain(chain), lists=no_lists), trust))
    return judge_package(package, known, named)


def _strays(about: str, survey: PackageSurvey, known: Mapping[str, bool | None], named: Named) -> Iterator[Finding]:
    """What lies below `data/`, and no manifest can list it."""
    extra: dict[str, list[str]] = {}
    nowhere: list[str] = []
    for path in survey.payload:
        at = exhibit_at(path)
        if at is None:
            nowhere += [] if path in survey.links else [path]
        elif at[0] not in known or known[at[0]] is False or at[0] in named:
            extra.setdefault(at[0], []).append(at[1])
    yield from _some("content-extra", about, nowhere)
    for chain, names in extra.items():
        yield Finding(code="content-extra", subject=chain, text=_why(chain, names, known, named))


def _why(chain: str, names: list[str], known: Mapping[str, bool | None], named: Named) -> str:
    if chain not in known:
        return "contents, and no record of them"
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    why = "other contents were named to be compared" if chain in named else "nothing was sealed"
    return f"{_shown(names[0])}{more}: {why}"


def _some(code: str, subject: str, paths: Iterable[str]) -> Iterator[Finding]:
    """A finding for each of the first paths, and one for all others."""
    ordered = sorted(paths)
    for path in ordered[:_NAMED]:
        yield Finding(code=code, subject=subject, text=_shown(path), facts={"item": _shown(path)})
    if len(ordered) > _NAMED:
        yield Finding(code=code, subject=subject, text=f"and {len(ordered) - _NAMED} more")


def _shown(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
