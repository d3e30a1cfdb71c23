"""What a record binds may be put back beside it at any time, without trust: it is bound (docs/spec/chain.md, C14)."""

from collections.abc import Iterator
from pathlib import Path

from custody.acts.desk import Desk
from custody.edges import files
from custody.edges.books import read_leaves
from custody.edges.commit import workspace
from custody.edges.package import Package, is_package
from custody.edges.register import Register, is_register, read_chain
from manifests import bodies, cms, entries, ledger, verify
from manifests.digest import PREFIX, identity
from manifests.enclosed import enclosed_in
from manifests.errors import RefutedError, UsageError
from manifests.records import Record
from manifests.verify import ChainFiles, RecordFiles, disclosed_name, list_names


def mend(desk: Desk, path: Path) -> list[str]:
    """Put back what the ledger and the records here bind, from a package or a copy of the register; the names.

    Nothing is signed and nobody is trusted: what is put back has the very bytes that are bound. Raises UsageError.
    """
    lines = set(ledger.split(read_leaves(desk.register))[0])
    done: list[str] = []
    with workspace(desk.register) as work, desk.writing() as writer:
        for chain in _chains_at(path):
            copied = work / identity(chain.id.encode())[7:23]
            files.make_folders(copied)
            for each in chain.records:
                wanted = dict(_copy_bound(desk, chain, each, copied, lines))
                done += [f"{chain.id} {name}" for name in writer.put_back(chain.id, wanted)]
        desk.forget()
    return done


def _chains_at(path: Path) -> Iterator[ChainFiles]:
    """The chains of a package or of a copy of the register."""
    if is_package(path):
        package = Package(path)
        for chain in package.chains():
            yield package.chain(chain)
    elif is_register(path):
        other = Register(path)
        for chain in (other.journal_id, *other.cases(), *other.exhibits()):
            yield read_chain(other.folder(chain), chain)
    else:
        raise UsageError(f"{path} is neither a package nor a register", "name what holds the files that are missing")


def _copy_bound(
    desk: Desk, chain: ChainFiles, each: RecordFiles, copied: Path, lines: set[bytes]
) -> Iterator[tuple[str, Path]]:
    """What of a record's files is bound here, copied: the record where the ledger has its line, and what it binds."""
    if ledger.line(identity(each.record), identity(each.signature or b"")) not in lines:
        return
    try:
        opened = verify.open_record(each, chain.id, desk.trust)
    except RefutedError:  # it lies in another place than its own
        return
    for name, data in record_parts(each).items():
        files.write_new(copied / name, data)
        if name in (each.name, f"{each.name}.p7s") or not _is_signed(desk, chain.id, each, name):
            yield name, copied / name
    for name in names_beside(opened.record):
        if not copy_beside(chain, name, copied):
            continue
        here = desk.register.folder(chain.id) / name
        if is_bound(opened.record, name, copied) and not (name.endswith(".disclosed.jsonl") and here.exists()):
            yield name, copied / name


def copy_beside(chain: ChainFiles, name: str, folder: Path) -> bool:
    """Copy what lies beside a chain's records under a name into a folder; whether there was anything."""
    chunks = chain.lists(name)
    if chunks is None:
        return False
    with files.create(folder / name) as file:
        file.writelines(chunks)
        file.flush()
        files.fsync(file.fileno())
    return True


def _is_signed(desk: Desk, chain: str, each: RecordFiles, name: str) -> bool:
    """Whether a witness's signature here is sound: no line binds its bytes, so it is not exchanged."""
    here = files.read_if_there(desk.register.folder(chain) / name)
    try:
        return here is not None and bool(cms.check(each.record, here))
    except RefutedError:
        return False


def record_parts(each: RecordFiles) -> dict[str, bytes]:
    """The files of a record with its signatures, by name."""
    parts = {each.name: each.record}
    parts |= {f"{each.name}.p7s": each.signature} if each.signature is not None else {}
    return parts | {f"{each.name}.w{i}.p7s": w for i, w in enumerate(each.witnesses, start=1)}


def names_beside(record: Record) -> list[str]:
    """What may lie beside a record: the lists and logs that it binds, the record that it encloses."""
    names = [*list_names(record).values()]
    names += [disclosed_name(name) for name in names if name.endswith(".entries.jsonl")]
    enclosed = enclosed_in(record)
    return [*names, *(enclosed.names if enclosed else ())]


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
        return PREFIX + files.digest(path)
    except FileNotFoundError:
        return None


def _matches_tree(path: Path, bound: bodies.BoundTree) -> bool:
    try:
        for _ in entries.check_list(files.lines(path) or (), bound):
            pass
    except RefutedError:
        return False
    return True
