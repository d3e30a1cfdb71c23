"""`custody hash`: the digests of files, and nothing else. Writes no record and needs no register."""

import os
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
_HASHDEEP = ("md5", "sha1", "sha256")  # what hashdeep itself can check, in its order
_ESCAPES = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r"}


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

    Names are relative to a folder given alone: run `sha256sum -c LIST` from there, or `hashdeep -r -l -a -k LIST *`.
    What could not be measured is told on stderr, and the exit status is then 4.

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
    watched = _Watched(quiet=bool(getattr(ctx.obj, "quiet", False)), as_json=as_json)
    with _progress(ctx.obj) as told, open(sys.stdout.fileno(), "wb", buffering=_PORTION, closefd=False) as out:
        if write is None:
            with closing(digests(sources, plan, told)) as found:
                out.writelines(_as_sums(found, watched))
        else:
            with closing(measure(sources, plan, told)) as items:
                out.writelines(write(watched.measured(items)))
    if watched.failed:
        raise typer.Exit(NOT_ALL_MEASURED)


def _writer(form: str, algorithms: tuple[str, ...]) -> Callable[[Iterable["Item"]], Iterator[bytes]] | None:
    """What turns items into bytes, None for sha256sum's lines, which need only digests.

    Raises UsageError where form and digests do not go together.
    """
    from manifests.errors import UsageError

    if form == "json":
        return _as_json
    if form == "hashdeep":
        if unknown := set(algorithms) - set(_HASHDEEP):
            raise UsageError(f"hashdeep knows no {', '.join(sorted(unknown))}", "--format json takes every digest")
        return lambda items: _as_hashdeep(items, [known for known in _HASHDEEP if known in algorithms])
    if form != "sha256sum":
        raise UsageError(f"no format {form}", "sha256sum, hashdeep or json")
    if len(algorithms) > 1:
        raise UsageError("sha256sum lists have one digest a line", "--format hashdeep or --format json for several")
    return None


def _progress(options: Any) -> Any:
    """The progress bar, unless the result itself goes to the same terminal."""
    return nullcontext() if options is None or sys.stdout.isatty() else options.progress("Measuring")


class _Watched:
    """Tells and remembers what was not measured."""

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        self._quiet = quiet
        self._as_json = as_json
        self.failed = False

    def measured(self, items: Iterable["Item"]) -> Iterator["Item"]:
        """The measured items; for JSON, which says itself what was not measured, all."""
        from hashing.items import Outcome

        for item in items:
            if item.outcome is not Outcome.MEASURED:
                self.note(item)
            if self._as_json or item.outcome is Outcome.MEASURED:
                yield item

    def note(self, item: "Item") -> None:
        """An item that was not measured."""
        from hashing.items import Outcome

        grave = item.outcome in (Outcome.UNREADABLE, Outcome.CHANGED, Outcome.PARTIAL)
        self.failed |= grave
        if not self._as_json and (grave or not self._quiet):
            _warn(item)


def _warn(item: "Item") -> None:
    from custody.render.safe import safe

    sys.stderr.write(f"custody: {safe(item.name)}: {item.outcome.value}: {safe(item.reason or '')}\n")


def _as_sums(found: Iterable["tuple[bytes, bytes] | Item"], watched: _Watched) -> Iterator[bytes]:
    """Lines that `sha256sum -c` accepts, names escaped as coreutils does."""
    from hashing.items import Item

    shown = _shown()
    for each in found:
        if isinstance(each, Item):
            watched.note(each)
            continue
        name, digest = each
        written = _escaped(name)
        mark = "" if written is name else "\\"
        yield f"{mark}{digest.hex()}  ".encode() + (shown(written) if shown else written) + b"\n"


def _as_hashdeep(items: Iterable["Item"], algorithms: list[str]) -> Iterator[bytes]:
    """A list that hashdeep's audit reads; its form has no escapes, so ours are those of coreutils."""
    shown = _shown()
    columns = ",".join(("size", *algorithms, "filename"))
    yield f"%%%% HASHDEEP-1.0\n%%%% {columns}\n## custody hash: names are relative to what was given\n##\n".encode()
    for item in items:
        digests = ",".join(item.digests[algorithm] for algorithm in algorithms)
        name = _escaped(item.name)
        yield b"%d,%b,%b\n" % (item.size or 0, digests.encode(), shown(name) if shown else name)


def _as_json(items: Iterable["Item"]) -> Iterator[bytes]:
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


def _escaped(name: bytes) -> bytes:
    """The same object where nothing is to be escaped."""
    if b"\\" in name or b"\n" in name or b"\r" in name:
        return b"".join(_ESCAPES.get(bytes((letter,)), bytes((letter,))) for letter in name)
    return name


def _shown() -> Callable[[bytes], bytes] | None:
    """Names go into files and pipes as they are (None), and inert onto a terminal."""
    if not sys.stdout.isatty():
        return None
    from custody.render.safe import safe

    return lambda name: os.fsencode(safe(name))
