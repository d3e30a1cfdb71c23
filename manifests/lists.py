"""The lists that lie beside a manifest: their names, and whether they are the ones it binds (docs/spec/entries.md).

It compares a list with its manifest; `manifests.entries` reads lines, `manifests.compare` compares media.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from manifests import bodies, claims, entries, records
from manifests.damage import bytes_in
from manifests.entry import READ, Entry, Public
from manifests.errors import RefutedError
from manifests.findings import Finding
from manifests.pieces import PiecesOf, check_pieces
from manifests.records import Record

Lines = Callable[[str], Iterable[bytes] | None]
"""The lines of a list beside a record, by file name; None where it is not at hand."""


SeenEntry = Callable[[int, Entry], None]


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
    beside = _Beside(about=about, body=body, pieces=lists(names["pieces"]) if body.pieces is not None else ())
    if body.claims is None and not body.logs:
        told = list(_entries(found, beside))
    else:
        told = list(_with_logs(lists, names, found, beside))
    yield from told
    if any(each.code == "entries-changed" for each in told):
        beside.forget()
    yield from beside.said(lists(names["pieces"]) if body.pieces is not None else None, names.get("pieces", ""))


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
    """A list of bare leaves, as a parent's travels (K6): what else the manifest binds is withheld with it, and what the
    manifest itself says of other tools' claims is not (L6).
    """
    shown = 0

    def count(number: int, entry: Entry) -> None:
        nonlocal shown
        shown += entry.public is not None

    yield from _entries(found, _Beside(about=about, body=body, pieces=()), count)
    yield from claims.findings(body, about, None)
    missing = [name for what, name in names.items() if what != "entries" and lists(name) is None]
    if shown and missing:
        yield Finding(code="entries-missing", subject=about, text=", ".join(missing))


@dataclass(kw_only=True)
class _Beside:
    """What a list of entries is read beside; errors of the pieces do not stop the reading of the entries."""

    about: str
    body: bodies.Manifest
    pieces: Iterable[bytes] | None
    """The lines of the list of pieces; None where it is not at hand."""
    _of: PiecesOf | None = None
    _error: RefutedError | None = None
    _done: bool = False

    def hold(self, public: Public) -> None:
        """Hold an entry against its pieces."""
        if self._of is None:
            bound, lines = self.body.pieces, self.pieces
            listed = None if lines is None else check_pieces(lines, bound) if bound is not None else iter(())
            self._of = PiecesOf(pieces=listed)
        try:
            if self._error is None:
                self._of.of(public)
        except RefutedError as err:
            self._error = err

    def end(self) -> None:
        """Nothing is left behind the last entry."""
        try:
            if self._error is None and self._of is not None:
                self._of.end(self.body.entries.count)
        except RefutedError as err:
            self._error = err
        self._done = self._of is not None

    def forget(self) -> None:
        """The entries are not those that were bound, so they say nothing of pieces."""
        self._error, self._done = None, False

    def said(self, lines: Iterable[bytes] | None, name: str) -> Iterator[Finding]:
        """What is wrong with the pieces; by themselves, where no whole list of entries was read beside them."""
        error = self._error
        if self.pieces is None:
            yield Finding(code="entries-missing", subject=self.about, text=f"the list of pieces, {name}")
        elif error is None and not self._done and lines is not None and self.body.pieces is not None:
            error = _wrong(lines, self.body.pieces)
        if error is not None:
            yield Finding(code="entries-changed", subject=self.about, text=error.message)


def _wrong(lines: Iterable[bytes], bound: bodies.Bound) -> RefutedError | None:
    """What is wrong with a list of pieces by itself."""
    try:
        for _ in check_pieces(lines, bound):
            pass
    except RefutedError as err:
        return err
    return None


def _with_logs(lists: Lines, names: dict[str, str], lines: Iterable[bytes] | None, of: _Beside) -> Iterator[Finding]:
    """The list of entries, and beside it what other tools claim (claims.md, L5 and L6)."""
    body, about = of.body, of.about
    there = lists(names["claims"]) if body.claims is not None else None
    beside = claims.Beside(there, body, body.claims) if there is not None and body.claims else None
    of_entries = list(_entries(lines, of, beside.entry if beside else _nothing))
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


def _nothing(number: int, entry: Entry) -> None:
    """For manifests without logs."""


def _entries(lines: Iterable[bytes] | None, of: _Beside, seen: SeenEntry = _nothing) -> Iterator[Finding]:
    body, about = of.body, of.about
    if lines is None:
        yield Finding(code="entries-missing", subject=about)
        return
    of_containers: list[Finding] = []
    try:
        if withheld := _check_list(lines, of, lambda public: of_containers.extend(_claimed(public, about)), seen):
            yield Finding(code="redacted", subject=about, text=f"{withheld} of {body.items} items")
        yield from of_containers
    except RefutedError as err:
        yield Finding(code="entries-changed", subject=about, text=err.message)


def _claimed(public: Public, about: str) -> Iterator[Finding]:
    """What an image's container states of its media: digests, beside those measured (M5), and gaps (M3)."""
    if public.gaps:
        text = f"item {public.item}: its container states {bytes_in(public.gaps)} as not read"
        yield Finding(code="gaps-stated", subject=about, text=text)
    for algorithm, value in public.claimed.items():
        measured = public.digests.get(algorithm)
        if measured != value:
            text = f"item {public.item}: its container states {algorithm} {value}"
            yield Finding(code="claim-differs" if measured else "claim-unchecked", subject=about, text=text)


def _check_list(
    lines: Iterable[bytes], of: _Beside, seen_media: Callable[[Public], None], seen_entry: SeenEntry
) -> int:
    """In how many lines of the list something is withheld; raises RefutedError where it is not the one bound.

    `seen_media` is told of the media inside images, `seen_entry` of each entry by its number.
    """
    body = of.body
    seen: Counter[str | None] = Counter()
    sizes = {False: 0, True: 0}
    withheld = 0
    for number, entry in enumerate(entries.check_list(lines, body.entries), start=1):
        seen_entry(number, entry)
        withheld += entry.private is None
        public = entry.public
        seen[public.outcome if public else None] += 1
        if public and public.outcome in READ:
            sizes[public.decoded is not None] += public.size or 0
        if public:
            of.hold(public)
        if public and public.decoded:
            seen_media(public)
    of.end()
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
