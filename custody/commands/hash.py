"""`custody hash`: the digests of files, and nothing else. Writes no record and needs no register."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hashing.items import Item

app = typer.Typer()

NOT_ALL_MEASURED = 4
_PORTION = 64 * 1024
"""Bytes written at once: a line at a time would wake whoever reads them for each."""


@app.command()
def hash(
    ctx: typer.Context,
    path: Annotated[list[str], typer.Argument(metavar="PATH...", help="files and folders")],
    digest: Annotated[
        list[str] | None, typer.Option(metavar="ALG", help="sha256 (the default), md5, sha1, sha512, sha3-256, blake3")
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORM", help="sha256sum, hashdeep or json")] = "sha256sum",
    pieces: Annotated[bool, typer.Option("--pieces", help="BLAKE3 of each 4 MiB piece too; json only")] = False,
    decode: Annotated[bool, typer.Option("--decode", help="the media inside disk images too; json only")] = False,
) -> None:
    """Print the digests of files. Evidence is read, never changed or shown; links are not followed.

    Names are relative to a folder given alone: from there run `sha256sum -c LIST`, or `hashdeep -r -l -a -k LIST .`
    What could not be measured, or not be listed, is told on stderr, and the exit status is then 4. So it is where
    nothing was measured at all. Links and empty folders in a folder are told, and do not count.

    \b
    custody hash /mnt/card > card.sha256
    custody hash --format hashdeep --digest md5 --digest sha1 --digest sha256 /mnt/card
    custody hash --decode --format json --digest sha256 --digest md5 phone.E01
    """
    from hashing.measure import Plan, digests, measure
    from hashing.sources import sources_from
    from manifests.errors import UsageError

    algorithms = tuple(dict.fromkeys(digest or ("sha256",)))
    as_json = form == "json" or bool(getattr(ctx.obj, "json", False))
    write = _writer("json" if as_json else form, algorithms)
    if decode and not as_json:
        raise UsageError("media inside an image are no file that a list could name", "add --format json")
    sources, plan = sources_from(path), Plan(algorithms=algorithms, pieces=pieces, decode=decode)
    quiet = bool(getattr(ctx.obj, "quiet", False))
    watched = _Watched(quiet=quiet, as_json=as_json, named=frozenset(_named(source) for source in sources))
    with _progress(ctx.obj) as told, open(sys.stdout.fileno(), "wb", buffering=_PORTION, closefd=False) as out:
        if write is None:
            with closing(digests(sources, plan, told)) as found:
                out.writelines(_as_sums(found, watched))
        else:
            with closing(measure(sources, plan, told)) as items:
                out.writelines(write(watched.measured(items), watched))
    if not watched.count:
        sys.stderr.write("custody: nothing was measured\n")
    if watched.failed or not watched.count:
        raise typer.Exit(NOT_ALL_MEASURED)


def _named(source: Any) -> bytes:
    """What an item that is itself one of the paths given is called."""
    return bytes(source.label) if source.label is not None else b"."


def _writer(form: str, algorithms: tuple[str, ...]) -> Callable[[Iterable["Item"], "_Watched"], Iterator[bytes]] | None:
    """What turns items into bytes, None for sha256sum's lines, which need only digests.

    Raises UsageError where form and digests do not go together.
    """
    from manifests.errors import UsageError

    if form == "json":
        return _as_json
    if form == "hashdeep":
        from custody.render.digest_lists import HASHDEEP

        if unknown := set(algorithms) - set(HASHDEEP):
            raise UsageError(f"hashdeep knows no {', '.join(sorted(unknown))}", "--format json takes every digest")
        columns = [known for known in HASHDEEP if known in algorithms]
        return lambda items, watched: _as_hashdeep(items, watched, columns)
    if form != "sha256sum":
        raise UsageError(f"no format {form}", "sha256sum, hashdeep or json")
    if len(algorithms) > 1:
        raise UsageError("sha256sum lists have one digest a line", "--format hashdeep or --format json for several")
    return None


def _progress(options: Any) -> Any:
    """The progress bar, unless the result itself goes to the same terminal."""
    return nullcontext() if options is None or sys.stdout.isatty() else options.progress("Measuring")


class _Watched:
    """Tells and remembers what was not measured, or not listed."""

    def __init__(self, *, quiet: bool, as_json: bool, named: frozenset[bytes]) -> None:
        """`named`: what is listed under these names was given itself, and not found in a folder."""
        self._quiet = quiet
        self._as_json = as_json
        self._named = named
        self.failed = False
        self.count = 0
        """Items measured."""

    def measured(self, items: Iterable["Item"]) -> Iterator["Item"]:
        """The measured items; for JSON, which says itself what was not measured, all."""
        from hashing.items import Outcome

        for item in items:
            if item.outcome is Outcome.MEASURED:
                self.count += 1
            else:
                self.note(item)
            if self._as_json or item.outcome is Outcome.MEASURED:
                yield item

    def note(self, item: "Item") -> None:
        """An item that was not measured."""
        from hashing.items import Outcome

        harmless = item.outcome in (Outcome.LINK, Outcome.EMPTY_FOLDER) and item.name not in self._named
        self.failed |= not harmless
        if not self._as_json and not (harmless and self._quiet):
            _warn(item.name, f"{item.outcome.value}: {item.reason or ''}")

    def leave_out(self, name: bytes, why: str) -> None:
        """An item that was measured and cannot stand in the list."""
        self.failed = True
        _warn(name, why)


def _warn(name: bytes, text: str) -> None:
    from custody.render.safe import safe

    sys.stderr.write(f"custody: {safe(name)}: {safe(text)}\n")


def _as_sums(found: Iterable["tuple[bytes, bytes] | Item"], watched: _Watched) -> Iterator[bytes]:
    """Lines that `sha256sum -c` accepts."""
    from custody.render.digest_lists import for_stdout
    from hashing.items import Item

    lists = for_stdout()
    for each in found:
        if isinstance(each, Item):
            watched.note(each)
            continue
        watched.count += 1
        yield lists.sum_line(each[0], each[1].hex())


def _as_hashdeep(items: Iterable["Item"], watched: _Watched, algorithms: list[str]) -> Iterator[bytes]:
    """A list that hashdeep's audit reads."""
    from custody.render.digest_lists import UNFIT, for_stdout

    lists = for_stdout()
    yield lists.hashdeep_head(algorithms)
    for item in items:
        line = lists.hashdeep_line(item.name, item.size or 0, item.digests, algorithms)
        if not line:
            watched.leave_out(item.name, UNFIT)
        yield line


def _as_json(items: Iterable["Item"], _: _Watched) -> Iterator[bytes]:
    """One object, an item a line, written as it grows."""
    import json

    between = b'{"format": "custody/hash/1", "items": ['
    for item in items:
        yield between + b"\n" + json.dumps(_plain(item)).encode()
        between = b","
    yield (b"" if between == b"," else between) + b"\n]}\n"


def _plain(item: "Item") -> dict[str, Any]:
    """An item as JSON has it; a name that is not UTF-8 in base64."""
    from base64 import b64encode

    try:
        name = {"path": item.name.decode()}
    except UnicodeDecodeError:
        name = {"path_b64": b64encode(item.name).decode()}
    told = {"outcome": item.outcome.value, "reason": item.reason, "size": item.size, "digests": dict(item.digests),
            "decoded": item.decoded, "claimed": dict(item.claimed), "unreadable": item.unreadable or None}  # fmt: skip
    return name | {key: value for key, value in told.items() if value not in (None, {})}
