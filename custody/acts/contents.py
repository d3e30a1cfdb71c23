"""Contents: measuring them into a manifest, and comparing media with what was sealed."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from custody.acts.desk import Desk, Written
from custody.acts.exhibits import Circumstances, draft, hands
from custody.acts.sealable import Contents as Contents
from custody.acts.sealable import check_further as check_further
from custody.acts.sealable import check_outside as check_outside
from custody.acts.sealable import check_stated as check_stated
from custody.edges import clock, files
from custody.edges.commit import workspace
from custody.edges.unfinished import SealingRun, begin
from hashing.digests import ALGORITHMS
from hashing.items import Item
from hashing.measure import Plan, Progress, measure
from hashing.sources import Source, sources_from
from manifests import bodies, entries
from manifests.acquisition import missing
from manifests.compare import Comparison, Decode, SealedList, compare
from manifests.entries import EntryWriter
from manifests.errors import NotAllowedError, RefutedError, UsageError
from manifests.findings import Finding, Severity
from manifests.pieces import check_pieces
from manifests.records import Record
from manifests.report import MediaTally
from manifests.shapes import MediaCheck, Noticed
from manifests.times import text
from manifests.unfinished import SealingRequest
from manifests.verify import ChainFiles, disclosed_name, list_names

if TYPE_CHECKING:
    from custody.acts.logs import Judged

Report = Callable[[Progress], None] | None
_NOTHING = {"empty-folder", "fifo", "socket", "device", "other"}
"""Outcomes of what holds nothing that could be measured."""


@dataclass(frozen=True, kw_only=True)
class Times:
    """When measuring began, and when it was taken up again."""

    started_at: str
    resumed_at: tuple[str, ...] = ()


@contextmanager
def working_folder(desk: Desk) -> Iterator[Path]:
    with workspace(desk.register) as path:
        yield path


def seal_contents(
    desk: Desk,
    chain: str,
    contents: Contents,
    *,
    how: Circumstances,
    progress: Report = None,
    resume: bool = False,
    notice: Callable[[str], None] = lambda told: None,
) -> Written:
    """Measure contents and bind them in a manifest; contents already bound unchanged are not bound twice.

    `resume` goes on with a sealing that was interrupted; `notice` is told at once of one that is begun anew.
    Raises NotAllowedError before anything is read if a manifest may not follow.
    """
    state = desk.state(chain)
    if state.situation != "held":
        raise NotAllowedError(f"{chain} is {state.situation}: its contents cannot be sealed now")
    check_outside(desk, contents.paths)
    check_stated(contents)
    opened = hands(desk, how)
    asked = _asked(chain, contents)
    with (
        working_folder(desk) as work,
        begin(desk.register, asked, text(desk.now()), resume=resume, notice=notice) as run,
    ):
        sealed = sealed_lists(desk.register.chain(chain), state.manifests[-1:])
        writer, comparison, sidecars = _measured(chain, contents, sealed, work, run, progress)
        if state.manifests and _same(state.manifests[-1], contents, comparison):
            return Written(record=state.manifests[-1], already=True)
        check_further(state, contents)
        if progress is not None:
            progress(Progress(items=writer.items, bytes=writer.bytes, stage="signing"))
        judged = contents.logs.judged() if contents.logs else None
        body = manifest_of(contents, writer, run, text(desk.now()), judged)
        ready = replace(draft(desk, chain, body, how), sidecars=sidecars_of(body, sidecars, judged))
        return desk.write([ready], opened.signer, opened.witnesses)[0]


def sidecars_of(body: bodies.Manifest, lists: dict[str, Path], judged: "Judged | None" = None) -> dict[str, Path]:
    """The lists that a manifest binds, of those that were written, and the logs with their claims."""
    kept = {suffix: path for suffix, path in lists.items() if suffix != ".pieces.jsonl" or body.pieces is not None}
    return kept | (judged.sidecars if judged else {})


def _asked(chain: str, contents: Contents) -> SealingRequest:
    """What a sealing must have in common with the one that it goes on with."""
    return SealingRequest(
        chain=chain,
        paths=tuple(os.fsencode(Path(path).absolute()) for path in contents.paths),
        algorithms=contents.algorithms,
        describe=contents.describe,
        scope=contents.scope,
        tool=clock.tool(),
    )


def _measured(
    chain: str, contents: Contents, sealed: list[SealedList], work: Path, run: SealingRun, progress: Report
) -> tuple[EntryWriter, Comparison, dict[str, Path]]:
    """Measure into list files in `work`, comparing with the last manifest on the way."""
    plan = Plan(algorithms=contents.algorithms, describe=contents.describe, decode=contents.decode, marks=True)
    with closing(measure(sources_from(contents.paths), plan, progress, run.known())) as items:
        watched = contents.logs.watched(items) if contents.logs else items
        return listed(chain, watched, sealed, work / "list", run.keep)


def listed(
    chain: str,
    items: Iterable[Item],
    sealed: list[SealedList],
    stem: Path,
    keep: Callable[[Item], None] = lambda item: None,
) -> tuple[EntryWriter, Comparison, dict[str, Path]]:
    """Write the list files of some items under a stem, comparing with the last manifest on the way."""
    sidecars = {suffix: stem.with_name(stem.name + suffix) for suffix in (".entries.jsonl", ".pieces.jsonl")}
    with _new_file(sidecars[".entries.jsonl"]) as lines, _new_file(sidecars[".pieces.jsonl"]) as pieces:
        writer = EntryWriter(lines.write, pieces.write, lambda: os.urandom(32))

        def seen(item: Item) -> None:
            writer.add(item)
            keep(item)

        comparison = compare(chain, sealed, items, seen=seen)
        for file in (lines, pieces):
            file.flush()
            files.fsync(file.fileno())
    return writer, comparison, sidecars


def _new_file(path: Path) -> BinaryIO:
    return files.create(path)


def _same(last: Record, contents: Contents, comparison: Comparison) -> bool:
    body = last.body
    assert isinstance(body, bodies.Manifest)
    logs = contents.logs.digests if contents.logs else ()
    asked = (contents.scope, contents.algorithms, contents.acquisition or {}, contents.note, logs)
    bound = tuple(each.sha256 for each in body.logs)
    return not comparison.findings and asked == (body.scope, body.algorithms, body.acquisition, body.note, bound)


def manifest_of(
    contents: Contents, writer: EntryWriter, run: SealingRun | Times, finished: str, judged: "Judged | None" = None
) -> bodies.Manifest:
    """What a manifest says of the items that were written; raises UsageError where none was measured."""
    if not writer.measured and {each.outcome for each in writer.not_measured()} <= _NOTHING:
        raise UsageError("there is nothing to measure in " + ", ".join(contents.paths))
    return bodies.Manifest(
        scope=contents.scope,
        algorithms=contents.algorithms,
        items=writer.items,
        measured=writer.measured,
        bytes=writer.bytes,
        started_at=run.started_at,
        finished_at=finished,
        resumed_at=run.resumed_at,
        not_measured=writer.not_measured(),
        not_described=None if contents.describe else contents.not_described,
        entries=writer.entries(),
        pieces=writer.pieces(),
        decoded=writer.decoded(),
        logs=judged.logs if judged else (),
        claims=judged.claims if judged else None,
        acquisition=contents.acquisition or {},
        not_stated=missing(contents.acquisition) if contents.acquisition else (),
        note=contents.note,
    )


def sealed_lists(chain: ChainFiles, manifests: Iterable[Record]) -> list[SealedList]:
    """The lists of some manifests, ready to be merged; raises RefutedError while read if not the ones bound."""
    found = []
    for record in manifests:
        body = record.body
        assert isinstance(body, bodies.Manifest)
        names = list_names(record)
        lines = chain.lists(names["entries"]) or chain.lists(disclosed_name(names["entries"]))
        if lines is None:
            raise RefutedError(f"the list of record {record.position} is not here", code="entries-missing")
        pieces = chain.lists(names["pieces"]) if body.pieces else ()
        checked = None if pieces is None else check_pieces(pieces, body.pieces) if body.pieces else iter(())
        found.append(SealedList(entries=entries.check_list(lines, body.entries), pieces=checked))
    return found


def compared_with(manifests: tuple[Record, ...], *, device: bool = False) -> tuple[Record, ...]:
    """Those of an exhibit's manifests that can be held against a device, or against anything else; all if none can.

    A device holds no files by name, and files are no device (M8).
    """
    return tuple(m for m in manifests if (m.body.scope == "media") == device) or manifests  # type: ignore[union-attr]


def check_media(
    chain: ChainFiles,
    manifests: tuple[Record, ...],
    items: Iterable[Item],
    *,
    quick: bool = False,
    copied: bool = False,
    decode: Decode | None = None,
    decode_all: bool = False,
    device: bool = False,
    look: Callable[[Comparison], None] = lambda result: None,
) -> tuple[MediaTally, list[Finding]]:
    """Compare measured items with the manifests of an exhibit that fit; a damaged list becomes a finding.

    `copied` media are those of a package: ordinary files only. `decode` measures the media inside an image whose
    container differs, or inside each (`decode_all`). `look` may look closer at what was found. Where nothing could be
    compared, and nothing else was found, that is a finding (E5).
    """
    fitting = compared_with(manifests, device=device)
    try:
        lists = sealed_lists(chain, fitting)
        result = compare(chain.id, lists, items, copied=copied, decode=decode, decode_all=decode_all)
        look(result)
    except RefutedError as err:
        code = err.code if err.code in ("entries-missing", "entries-changed") else "entries-changed"
        tally = MediaTally(exhibit=chain.id, items=0, bytes=0, quick=quick, manifests=_digests(fitting))
        return tally, [Finding(code=code, subject=chain.id, text=err.message)]
    tally = MediaTally(
        exhibit=chain.id, items=result.items, bytes=result.size, quick=quick, manifests=_digests(fitting),
        undecoded=result.undecoded,
    )  # fmt: skip
    nothing = not result.compared and all(each.severity is Severity.NOTE for each in result.findings)
    unread = Finding(code="media-not-read", subject=chain.id, text="nothing that was sealed could be compared")
    return tally, [*result.findings, *([unread] if nothing else [])]


def _digests(manifests: tuple[Record, ...]) -> tuple[str, ...]:
    return tuple(each.digest for each in manifests)


Engine = Callable[[Sequence[Source], Plan, Report], Iterator[Item]]
"""What reads: hashing.measure, or something that gives the same items."""


def used_algorithms(manifests: tuple[Record, ...]) -> tuple[str, ...]:
    """SHA-256, which every list has, and what else the manifests used and this version knows."""
    used = {name: None for m in manifests for name in m.body.algorithms}  # type: ignore[union-attr]
    return ("sha256", *(name for name in used if name in ALGORITHMS and name != "sha256"))


def media_check(tally: MediaTally, findings: Iterable[Finding]) -> MediaCheck:
    """What a record says of a comparison: counts, and findings without names from evidence."""
    how = "pieces" if tally.quick else "measured"
    return MediaCheck(how=how, items=tally.items, bytes=tally.bytes, findings=noticed(tally.exhibit, findings))


def noticed(exhibit: str, findings: Iterable[Finding]) -> tuple[Noticed, ...]:
    """Findings as a record has them: counted by code, without names from evidence."""
    counted = Counter(finding.code for finding in findings)
    return tuple(Noticed(code=code, subject=exhibit, text=f"{n} items") for code, n in counted.items())
