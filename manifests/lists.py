"""The lists that lie beside a manifest: their names, and whether they are the ones it binds (docs/spec/entries.md).

It compares a list with its manifest; `manifests.entries` reads lines, `manifests.compare` compares media.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from manifests import bodies, entries, records
from manifests.errors import RefutedError
from manifests.findings import Finding
from manifests.records import Record

Lines = Callable[[str], Iterable[bytes] | None]
"""The lines of a list beside a record, by file name; None where it is not at hand."""


def no_lists(name: str) -> None:
    """For chains whose lists are not to be looked at."""
    return


def list_names(record: Record) -> dict[str, str]:
    """The lists a record binds: what they are, and the file names they have beside it."""
    if not isinstance(record.body, bodies.Manifest):
        return {}
    stem = records.file_name(record).removesuffix(".json")
    names = {"entries": f"{stem}.entries.jsonl"}
    return names | ({"pieces": f"{stem}.pieces.jsonl"} if record.body.pieces else {})


def disclosed_name(name: str) -> str:
    """The name of a list in which something is withheld (E4)."""
    return name.replace(".entries.jsonl", ".disclosed.jsonl")


def check_lists(lists: Lines, record: Record, about: str) -> Iterator[Finding]:
    """Whether the lists that a manifest binds are there, and are the ones bound (E4, E5, E7)."""
    body = record.body
    if lists is no_lists or not isinstance(body, bodies.Manifest):
        return
    names = list_names(record)
    whole = lists(names["entries"])
    yield from _entries(whole if whole is not None else lists(disclosed_name(names["entries"])), body, about)
    if body.pieces is not None:
        yield from _pieces(lists(names["pieces"]), body.pieces, names["pieces"], about)


def _entries(lines: Iterable[bytes] | None, body: bodies.Manifest, about: str) -> Iterator[Finding]:
    if lines is None:
        yield Finding(code="entries-missing", subject=about)
        return
    claims: list[Finding] = []
    try:
        if withheld := _check_list(lines, body, lambda public: claims.extend(_claimed(public, about))):
            yield Finding(code="redacted", subject=about, text=f"{withheld} of {body.items} items")
        yield from claims
    except RefutedError as err:
        yield Finding(code="entries-changed", subject=about, text=err.message)


def _pieces(lines: Iterable[bytes] | None, bound: bodies.Bound, name: str, about: str) -> Iterator[Finding]:
    if lines is None:
        yield Finding(code="entries-missing", subject=about, text=f"the list of pieces, {name}")
        return
    try:
        for _ in entries.check_pieces(lines, bound):
            pass
    except RefutedError as err:
        yield Finding(code="entries-changed", subject=about, text=err.message)


def _claimed(public: entries.Public, about: str) -> Iterator[Finding]:
    """The digests that an image's container states of its media, beside those measured (M5)."""
    for algorithm, value in public.claimed.items():
        measured = public.digests.get(algorithm)
        if measured != value:
            text = f"item {public.item}: its container states {algorithm} {value}"
            yield Finding(code="claim-differs" if measured else "claim-unchecked", subject=about, text=text)


def _check_list(lines: Iterable[bytes], body: bodies.Manifest, seen_media: Callable[[entries.Public], None]) -> int:
    """In how many lines of the list something is withheld; raises RefutedError where it is not the one bound.

    `seen_media` is told of the media inside images.
    """
    seen: Counter[str | None] = Counter()
    sizes = {False: 0, True: 0}
    withheld = 0
    for entry in entries.check_list(lines, body.entries):
        withheld += entry.private is None
        public = entry.public
        seen[public.outcome if public else None] += 1
        if public and public.outcome in entries.READ:
            sizes[public.decoded is not None] += public.size or 0
        if public and public.decoded:
            seen_media(public)
    _check_counts(body, seen, sizes)
    return withheld


def _check_counts(body: bodies.Manifest, seen: Counter[str | None], sizes: dict[bool, int]) -> None:
    """The manifest counts what its list holds (E5); what is wholly withheld cannot be counted."""
    outcomes = {"measured": body.measured} | {each.outcome: each.count for each in body.not_measured}
    told = sum(outcomes.values())
    if told != body.items or told != body.entries.count or len(outcomes) != len(body.not_measured) + 1:
        raise RefutedError("the manifest's own numbers do not add up")
    if not seen[None] and any(seen[outcome] != count for outcome, count in outcomes.items()):
        raise RefutedError("the manifest counts other outcomes than its list holds")
    told_sizes = {False: body.bytes, True: body.decoded.bytes if body.decoded else 0}
    for kind, size in sizes.items():
        if size > told_sizes[kind] or (size != told_sizes[kind] and not seen[None]):
            raise RefutedError("the manifest counts other bytes than its list holds")
