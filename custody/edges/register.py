"""The register on disk: where things lie, and reading them (docs/spec/register.md). Writing is `commit`.

It is opened once, as a folder (G10): whatever is read or written below it goes through `files` and follows no link.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from custody.edges import files
from custody.edges.rooted import LinkInRegister, open_root
from manifests.cms import MAX_BYTES as MAX_SIGNATURE
from manifests.errors import NotAllowedError, UsageError
from manifests.names import PART, chain_type
from manifests.verify import ChainFiles, RecordFiles

RECORD_NAME = re.compile(r"([0-9]{4,7})-([a-z][a-z-]*)\.json")
RIVAL_NAME = re.compile(r"(([0-9]{4,7})-[a-z][a-z-]*)\.[0-9a-f]{16}(?:[0-9a-f]{48})?\.json")
"""A record in quarantine has its identity in its name (C13)."""
_PART = re.compile(PART)


@dataclass(frozen=True)
class Register:
    """A register's folder."""

    path: Path

    def __post_init__(self) -> None:
        open_root(self.path)

    @property
    def leaves(self) -> Path:
        return self.path / "ledger" / "leaves"

    @property
    def people(self) -> Path:
        return self.path / "people"

    @property
    def known_registers(self) -> Path:
        """The names of the agency's other registers, one a line: only to keep a name from being given twice."""
        return self.path / "people" / "registers"

    @property
    def lists(self) -> Path:
        return self.path / "crls"

    def list_path(self, root: str) -> Path:
        """Where the newest revocation list of a root is kept, by the root's fingerprint."""
        return self.lists / f"{root.removeprefix('sha256:')}.crl"

    @property
    def journal_id(self) -> str:
        """The journal's chain id; raises UsageError where the register is empty."""
        names = [name for name in record_names(self.path / "journal") if name.startswith("0001-")]
        if not names:
            raise UsageError(f"no journal in {self.path}")
        from manifests import records

        return records.read(files.read(self.path / "journal" / names[0])).chain

    def folder(self, chain: str) -> Path:
        """Where a chain's files lie."""
        if chain_type(chain) == "journal":
            return self.path / "journal"
        code, rest = chain.split(":", 1)
        return self.path.joinpath("cases", code, *rest.split("/"))

    def rivals_folder(self, chain: str) -> Path:
        """Where what contradicted a chain is kept."""
        return self.path / "quarantine" / self.folder(chain).relative_to(self.path)

    def cases(self) -> Iterator[str]:
        """The ids of all cases here."""
        for code in _folders(self.path / "cases"):
            for case in _folders(code):
                yield f"{code.name}:{case.name}"

    def exhibits(self, case: str | None = None) -> Iterator[str]:
        """The ids of all exhibits here, or of one case's."""
        for each in [case] if case else self.cases():
            for folder in _folders(self.folder(each)):
                yield f"{each}/{folder.name}"

    def has(self, chain: str) -> bool:
        """Whether a chain has a first record here."""
        return any(True for _ in record_names(self.folder(chain)))

    def count(self) -> int:
        """How many records are here, by their names alone."""
        chains = (self.folder(chain) for chain in (*self.cases(), *self.exhibits()))
        return sum(len(record_names(folder)) for folder in (self.path / "journal", *chains))

    def chain(self, chain: str) -> ChainFiles:
        """A chain's files, with what contradicts it."""
        return read_chain(self.folder(chain), chain, self.rivals_folder(chain))


def _folders(path: Path) -> list[Path]:
    """The folders in a folder that have a name's form; raises LinkInRegister for a link of such a name."""
    found = [(path / name, kind) for name, kind in files.names(path) if _PART.fullmatch(name)]
    for folder, kind in found:
        if kind == files.LINK:
            raise LinkInRegister(folder)
    return [folder for folder, kind in found if kind == files.FOLDER]


def record_names(folder: Path) -> list[str]:
    """The names of a chain's records, by position."""
    found = [m for name, _ in files.names(folder) if (m := RECORD_NAME.fullmatch(name))]
    return [m[0] for m in sorted(found, key=lambda m: (int(m[1]), m[0]))]


def rival_names(folder: Path) -> list[str]:
    """The names of the records kept in a chain's quarantine, by position."""
    found = [m for name, _ in files.names(folder) if (m := RIVAL_NAME.fullmatch(name))]
    return [m[0] for m in sorted(found, key=lambda m: (int(m[2]), m[0]))]


def read_rival(folder: Path, name: str) -> RecordFiles:
    """A record in quarantine, under the name that it has in a chain."""
    named = RIVAL_NAME.fullmatch(name)
    assert named is not None
    return replace(read_record(folder, name), name=f"{named[1]}.json")


def read_chain(folder: Path, chain: str, rivals: Path | None = None) -> ChainFiles:
    """A chain from any folder laid out like a register's: a register, or a package."""

    def lists(name: str) -> Iterable[bytes] | None:
        return files.lines(folder / name)

    against = tuple(read_rival(rivals, name) for name in rival_names(rivals)) if rivals else ()
    records = tuple(read_record(folder, name) for name in record_names(folder))
    return ChainFiles(id=chain, records=records, rivals=against, lists=lists)


def read_record(folder: Path, name: str) -> RecordFiles:
    """One record with its signatures."""
    witnesses: list[bytes] = []
    while (one := files.read_if_there(folder / f"{name}.w{len(witnesses) + 1}.p7s", MAX_SIGNATURE)) is not None:
        witnesses.append(one)
    return RecordFiles(
        name=name,
        record=files.read(folder / name),
        signature=files.read_if_there(folder / f"{name}.p7s", MAX_SIGNATURE),
        witnesses=tuple(witnesses),
    )


OWN_FOLDERS = ("journal", "cases", "ledger", "people", "crls", "quarantine", "tmp", "unfinished")
_OWN_FILES = ("ledger/leaves", "ledger/lock", "index.db", "index.db-journal")


def is_register(path: Path) -> bool:
    """Whether a folder looks like a register."""
    return all(os.path.lexists(path / name) for name in ("journal", "ledger"))


def refuse_links(register: Register) -> None:
    """Raise LinkInRegister where a place of the register's own is a link; chains are looked at when they are read."""
    for name in (*OWN_FOLDERS, *_OWN_FILES):
        files.is_folder(register.path / name)


def find_register(start: Path) -> Register:
    """The register at `start` or in a folder above it; raises UsageError."""
    here = start.resolve()
    for folder in (here, *here.parents):
        if is_register(folder):
            found = Register(folder)
            refuse_links(found)
            return found
    raise UsageError(
        f"no register in {start} or above it",
        "go to the register's folder, name it with -C FOLDER, or make one with: custody init",
    )


def check_owner(register: Register) -> None:
    """Refuse to write as another user than the register's owner (G6)."""
    if hasattr(os, "geteuid") and (owner := register.path.stat().st_uid) != os.geteuid():
        raise NotAllowedError(
            f"the register belongs to another user of this computer (number {owner})",
            "log in as that user; a register is never written as anybody else",
        )
