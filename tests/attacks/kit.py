"""What an attacker has: write access to a folder, keys that were kept or stolen, and no scruples.

Records are forged apart from the acts of `custody`: with the officer's own key, whatever the rules say.
"""

import json
import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from custody.edges import clock, keys
from custody.edges.register import Register
from manifests import bodies, ledger, records
from manifests.certificates import read_officer
from manifests.digest import identity
from manifests.records import Record
from manifests.shapes import LedgerHead
from manifests.verify import RecordFiles
from tests.custody.station import EX, Answer, Office, World
from tests.vectors.pen import Pen, signed
from tests.vectors.people import Officer

CASE = EX.split("/")[0]


def register_id(office: Office) -> str:
    """The identity of a register's first journal record."""
    (first,) = (office.path / "journal").glob("0001-*.json")
    return identity(first.read_bytes())


def key_of(office: Office, service_no: str) -> Officer:
    """An officer of a register with the key opened; also one who is no longer enrolled."""
    for path in (office.path / "people").glob("*.crt"):
        if path.name == "root.crt":
            continue
        subject = read_officer(path.read_bytes())
        if subject.service_no == service_no:
            private = keys.decrypt(path.with_suffix(".key").read_bytes(), office.people[service_no])
            return Officer(
                name=subject.name, rank=subject.rank, service_no=service_no, code=subject.code,
                register=register_name(office), register_id=register_id(office), certificate=path.read_bytes(),
                private=private,
            )  # fmt: skip
    raise AssertionError(f"no certificate of {service_no} in {office.name}")


def register_name(office: Office) -> str:
    (first,) = (office.path / "journal").glob("0001-*.json")
    name: str = json.loads(first.read_bytes())["chain"]["id"]
    return name


@dataclass
class Forger:
    """Somebody with a key, who writes where and what the rules forbid."""

    office: Office
    officer: Officer
    register: str = ""
    register_id: str = ""
    now: datetime = field(default_factory=clock.now)

    def __post_init__(self) -> None:
        self.register = self.register or register_name(self.office)
        self.register_id = self.register_id or register_id(self.office)

    def pen(self, chain: str, upto: int | None = None) -> Pen:
        """A pen that goes on after the first records of a chain, as they lie in the register."""
        first = Register(self.office.path).chain(chain).records[:upto]
        (opened,) = (self.office.path / "journal").glob("0001-*.json")
        pen = Pen(chain=chain, root=json.loads(opened.read_bytes())["chain"]["root"], now=self.now)
        for each in first:
            pen.written.append((records.read(each.record), each))
        if first:
            pen.root = pen.head.envelope.chain.root
        return pen

    def write(
        self, pen: Pen, body: bodies.Body, witnesses: tuple[Officer, ...] = (), at: datetime | None = None, **more: Any
    ) -> RecordFiles:
        """Sign the next record, in the name of this register unless `by` says otherwise; nothing is stored yet."""
        pen.now = at or self.now
        officer = replace(self.officer, register=self.register, register_id=self.register_id)
        record = pen.draft(officer, body, witnesses, **more)
        made = signed(record, officer, witnesses, pen.now)
        pen.add(record, made)
        return made

    def plant(self, pen: Pen, *, line: bool = True, office: Office | None = None) -> Path:
        """Put the last record of a pen into the register's folder, with its line in the ledger."""
        office = office or self.office
        record, made = pen.written[-1]
        folder = Register(office.path).folder(pen.chain)
        put(folder, made)
        if line:
            append_line(office, record, made)
        return folder / made.name


def put(folder: Path, made: RecordFiles) -> None:
    """A record with its signatures as files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / made.name).write_bytes(made.record)
    (folder / f"{made.name}.p7s").write_bytes(made.signature or b"")
    for number, witness in enumerate(made.witnesses, start=1):
        (folder / f"{made.name}.w{number}.p7s").write_bytes(witness)


def append_line(office: Office, record: Record, made: RecordFiles) -> None:
    with (office.path / "ledger" / "leaves").open("ab") as file:
        file.write(ledger.line(record.digest, identity(made.signature or b"")) + b"\n")


def rewrite_ledger(office: Office) -> None:
    """Lines of the records that are there now: old ones first, in their order, then new ones."""
    lines = []
    for path in sorted(office.path.glob("journal/*.json")) + sorted(office.path.glob("cases/**/*.json")):
        signature = path.with_name(path.name + ".p7s")
        if signature.exists() and path.name[:4].isdigit() and ".refusal" not in path.name:
            lines.append(ledger.line(identity(path.read_bytes()), identity(signature.read_bytes())))
    leaves = office.path / "ledger" / "leaves"
    old = leaves.read_bytes().splitlines()
    kept = [each for each in old if each in lines]
    leaves.write_bytes(b"".join(each + b"\n" for each in kept + [each for each in lines if each not in old]))


def take_away(office: Office, start: str, exhibit: str = EX, *, line: bool = False) -> None:
    """Remove a record with all that lies beside it; `line`: its line in the ledger too."""
    folder = office.chain(exhibit) if start[:4].isdigit() else office.path
    for path in folder.glob(f"{start}*"):
        path.unlink()
    if line:
        rewrite_ledger(office)


def head(office: Office) -> LedgerHead:
    return ledger.head(office.leaves())


def keep_copy(office: Office) -> Path:
    """A copy of a register as it is now, beside the world's registers."""
    target = office.world.path / f"copy-{len(list(office.world.path.glob('copy-*')))}"
    return Path(shutil.copytree(office.path, target))


def fork(office: Office) -> Office:
    """A copy of a register on another computer, which remembers what this one does."""
    number = len(list(office.world.path.glob("fork-*")))
    shutil.copytree(office.path, office.world.path / f"fork-{number}")
    settings = office.world.path / f"settings-{number}"
    shutil.copytree(office.world.path / "settings", settings)
    world = World(office.world.path, {"XDG_CONFIG_HOME": str(settings)})
    return Office(world, f"fork-{number}", office.people, office.code)


def put_back(office: Office, copy: Path) -> None:
    """An older copy in the place of the register."""
    shutil.rmtree(office.path)
    shutil.copytree(copy, office.path)


def forget_pins(world: World) -> None:
    """As on another computer: nothing is remembered."""
    shutil.rmtree(world.path / "settings", ignore_errors=True)


def rebuild_bag(package: Path) -> None:
    """Make a bag's manifests fit its files, as any courier can."""
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        (package / name).unlink(missing_ok=True)
    lines = [f"{_sha256(p)}  {p.relative_to(package)}\n" for p in sorted((package / "data").rglob("*")) if p.is_file()]
    (package / "manifest-sha256.txt").write_text("".join(lines))
    tags = [p for p in sorted(package.rglob("*")) if p.is_file() and p.relative_to(package).parts[0] != "data"]
    listed = [f"{_sha256(p)}  {p.relative_to(package)}\n" for p in tags]
    (package / "tagmanifest-sha256.txt").write_text("".join(listed))


def _sha256(path: Path) -> str:
    return identity(path.read_bytes()).removeprefix("sha256:")


def revoke(office: Office, service_no: str, why: str = "dismissed") -> None:
    office.ok("people", "revoke", service_no, "--reason", why)


def second_register(world: World, name: str = "field-2") -> Office:
    """A further register of the station, on a card of its first officer."""
    card = world.path / "officer.card"
    world.kibra.ok("people", "card", "112233", "--for", name, "--out", card)
    secret = str(world.secret("112233"))
    made = world.run("--passphrase-file", secret, "init", str(world.path / name), "--card", str(card))
    assert made.status == 0, made
    return Office(world, name, {"112233": world.kibra.people["112233"]}, "KIBRA")


def later(**ahead: float) -> datetime:
    return clock.now() + timedelta(**ahead)


def judge(world: World, office: Office | None, *words: str | Path) -> Answer:
    """What `verify` says, by the command as it is installed."""
    where = ["-C", str(office.path)] if office else []
    return world.start(*where, "--json", "verify", *map(str, words))
