"""The lists that lie beside a manifest: their names, and whether they are the ones it binds (docs/spec/entries.md).

It compares a list with its manifest; `manifests.entries` reads lines, `manifests.compare` compares media.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from manifests import bodies, claims, entries, records
from manifests.errors import RefutedError
from manifests.findings import Finding
from manifests.records import Record

Lines = Callable[[str], Iterable[bytes] | None]
"""The lines of a list beside a record, by file name; None where it is not at hand."""


SeenEntry = Callable[[int, entries.Entry], None]


def no_lists(name: str) -> None:
    """For chains whose lists are not to be looked at."""
    return


def list_names(record: Record) -> dict[str, str]:
    """The lists a record binds: what they are, and the file names they have beside it."""
    if not isinstance(record.body, bodies.Manifest):
        return {}
    stem = records.file_name(record).removesuffix(".json")
    names = {"entries": f"{stem}.entries.jsonl"}
    names |= {"pieces": f"{stem}.pieces.jsonl"} if record.body.pieces else {}
    names |= {"claims": f"{stem}.claims.jsonl"} if record.body.claims else {}
    return names | {f"log {n}": f"{stem}.{n}.log" for n in range(1, len(record.body.logs) + 1)}


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
    found = whole if whole is not None else lists(disclosed_name(names["entries"]))
    first, found = _peek(found)
    if first.startswith(b'{"leaf":'):
        yield from _bare(lists, names, found, body, about)
        return
    if body.claims is None and not body.logs:
        yield from _entries(found, body, about)
    else:
        yield from _with_logs(lists, names, found, body, about)
    if body.pieces is not None:
        yield from _pieces(lists(names["pieces"]), body.pieces, names["pieces"], about)


def print_bare(line: bytes) -> bytes:
    """A line of a list with all withheld but its leaf, with its line feed (E1); raises RefutedError."""
    return b'{"leaf":"%b"}\n' % entries.read_line(line.removesuffix(b"\n")).leaf.hex().encode()


def _peek(lines: Iterable[bytes] | None) -> tuple[bytes, Iterable[bytes] | None]:
    """The first line, and all of them; nothing where there are none."""
    if lines is None:
        return b"", None
    all_lines = iter(lines)
    first = next(all_lines, None)
    return (b"", ()) if first is None else (first, itertools.chain([first], all_lines))


def _bare(
    lists: Lines, names: dict[str, str], found: Iterable[bytes] | None, body: bodies.Manifest, about: str
) -> Iterator[Finding]:
    """A list of bare leaves, as a parent's travels (K6): what else the manifest binds is withheld with it."""
    shown = 0

    def count(number: int, entry: entries.Entry) -> None:
        nonlocal shown
        shown += entry.public is not None

    yield from _entries(found, body, about, count)
    missing = [name for what, name in names.items() if what != "entries" and lists(name) is None]
    if shown and missing:
        yield Finding(code="entries-missing", subject=about, text=", ".join(missing))


def _with_logs(
    lists: Lines, names: dict[str, str], lines: Iterable[bytes] | None, body: bodies.Manifest, about: str
) -> Iterator[Finding]:
    """The list of entries, and beside it what other tools claim (claims.md, L5 and L6)."""
    there = lists(names["claims"]) if body.claims is not None else None
    beside = claims.Beside(there, body, body.claims) if there is not None and body.claims else None
    of_entries = list(_entries(lines, body, about, beside.entry if beside else _nothing))
    yield from of_entries
    if beside:
        beside.end(alone=any(each.code.startswith("entries-") for each in of_entries))
    if (body.claims is None) != (not body.logs):
        yield Finding(code="entries-changed", subject=about, text="logs are bound without their claims, or the reverse")
    elif beside is None:
        yield Finding(code="entries-missing", subject=about, text=f"the list of claims, {names['claims']}")
    elif beside.error:
        yield Finding(code="entries-changed", subject=about, text=beside.error.message)
    sound = beside if beside and not beside.error else None
    yield from claims.findings(body, about, sound)
    withheld = sound is not None and any(each.code == "redacted" for each in of_entries)
    for number, log in enumerate(body.logs, start=1):
        yield from _log(lists(names[f"log {number}"]), log, (claims.named(body, number), about), withheld=withheld)


def _log(
    chunks: Iterable[bytes] | None, bound: bodies.BoundLog, of: tuple[str, str], *, withheld: bool
) -> Iterator[Finding]:
    """Whether a log is the one bound; `of`: its name and what the finding is about."""
    name, about = of
    if chunks is None:
        yield Finding(code="redacted" if withheld else "log-missing", subject=about, text=name)
    elif wrong := claims.check_log(chunks, bound):
        yield Finding(code="log-changed", subject=about, text=f"{name}: {wrong}")


def _nothing(number: int, entry: entries.Entry) -> None:
    """For manifests without logs."""


def _entries(
    lines: Iterable[bytes] | None, body: bodies.Manifest, about: str, seen: SeenEntry = _nothing
) -> Iterator[Finding]:
    if lines is None:
        yield Finding(code="entries-missing", subject=about)
        return
    of_containers: list[Finding] = []
    try:
        if withheld := _check_list(lines, body, lambda public: of_containers.extend(_claimed(public, about)), seen):
            yield Finding(code="redacted", subject=about, text=f"{withheld} of {body.items} items")
        yield from of_containers
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


def _check_list(
    lines: Iterable[bytes], body: bodies.Manifest, seen_media: Callable[[entries.Public], None], seen_entry: SeenEntry
) -> int:
    """In how many lines of the list something is withheld; raises RefutedError where it is not the one bound.

    `seen_media` is told of the media inside images, `seen_entry` of each entry by its number.
    """
    seen: Counter[str | None] = Counter()
    sizes = {False: 0, True: 0}
    withheld = 0
    for number, entry in enumerate(entries.check_list(lines, body.entries), start=1):
        seen_entry(number, entry)
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
