"""Pins: what this computer remembers of a register, outside the register's folder (G7)."""

import os
from dataclasses import dataclass
from pathlib import Path

from custody.edges import files, workspaces
from manifests import strict
from manifests.digest import Digest
from manifests.errors import EnvironmentFault, RefutedError
from manifests.journal_bodies import JournalPlace
from manifests.shapes import Closed, LedgerHead, Text
from manifests.times import Time


class Pin(Closed, frozen=True, kw_only=True):
    """One register: its journal's first record, the agency's root, the highest ledger head and last journal record."""

    register: Digest
    root: Digest
    head: LedgerHead
    journal: JournalPlace | None = None
    seen: Time | None = None
    """When this computer last signed something in it."""


class _PinFile(Closed, frozen=True, kw_only=True):
    format: Text
    pins: tuple[Pin, ...]


FORMAT = "custody/pins/1"
LOCK_SECONDS = 60


def settings_folder() -> Path:
    """The platform's place for a person's settings."""
    if os.name == "nt" and "APPDATA" in os.environ:
        return Path(os.environ["APPDATA"]) / "custody"
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "custody"


@dataclass(frozen=True)
class Pins:
    """The pin file of the person who runs this."""

    path: Path

    @staticmethod
    def usual() -> "Pins":
        return Pins(settings_folder() / "pins")

    def all(self) -> tuple[Pin, ...]:
        """Every pin; a damaged file is an error, never an empty one."""
        data = files.read_if_there(self.path)
        if data is None:
            return ()
        try:
            read = strict.read_pretty(data, _PinFile)
            if read.format != FORMAT:
                raise RefutedError(f"it says {read.format[:40]}, not {FORMAT}")
            return read.pins
        except RefutedError as err:
            raise EnvironmentFault(
                f"the pin file {self.path} is damaged: {err.message}",
                "move it away and pin the register again with its card: custody trust add CARD",
            ) from err

    def of(self, register: str) -> Pin | None:
        """The pin of one register, by the identity of its journal's first record."""
        return next((pin for pin in self.all() if pin.register == register), None)

    def put(self, pin: Pin) -> None:
        """Remember a register, in place of what was remembered of it; several registers may do so at once."""
        import filelock

        files.make_folders(self.path.parent)
        with filelock.FileLock(self.path.with_name("pins.lock"), timeout=LOCK_SECONDS, mode=0o600):
            others = tuple(each for each in self.all() if each.register != pin.register)
            workspaces.replace(self.path, strict.pretty(_PinFile(format=FORMAT, pins=(*others, pin))))
