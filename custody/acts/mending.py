"""What a record binds may be put back beside it at any time, without trust: it is bound (docs/spec/chain.md, C14)."""

import hashlib
from pathlib import Path

from custody.edges import files
from manifests import bodies, entries
from manifests.digest import PREFIX
from manifests.enclosed import enclosed_in
from manifests.errors import RefutedError
from manifests.records import Record
from manifests.verify import disclosed_name, list_names


def is_bound(record: Record, name: str, folder: Path) -> bool:
    """Whether the file of that name in a folder is what a record binds under it."""
    body = record.body
    if (enclosed := enclosed_in(record)) is not None:
        return _digest(folder / enclosed.name) == enclosed.digest
    if not isinstance(body, bodies.Manifest):
        return False
    names = list_names(record)
    if name == disclosed_name(names["entries"]):
        return _matches_tree(folder / name, body.entries)
    bound = {names["entries"]: body.entries.sha256}
    bound |= {names["pieces"]: body.pieces.sha256} if body.pieces else {}
    bound |= {names["claims"]: body.claims.sha256} if body.claims else {}
    bound |= {names[f"log {n}"]: log.sha256 for n, log in enumerate(body.logs, start=1)}
    return _digest(folder / name) == bound.get(name)


def _digest(path: Path) -> str | None:
    try:
        with files.ordinary(path) as file:
            return PREFIX + hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _matches_tree(path: Path, bound: bodies.BoundTree) -> bool:
    try:
        for _ in entries.check_list(files.lines(path) or (), bound):
            pass
    except RefutedError:
        return False
    return True
