"""What a vector is: the files of one case with one fault, and what a verifier must say of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from manifests import bodies, ledger, strict
from manifests.cards import CARD, Card, b64
from manifests.digest import identity
from manifests.ledger import head, line
from manifests.records import Record
from manifests.times import text
from manifests.verify import RecordFiles
from tests.vectors.pen import CASE, EXHIBIT, NOW, START, Pen
from tests.vectors.people import COURT, DESK, JANE, JOSEPH, KIBRA, LAB, Officer, Root

Files = dict[str, bytes]
FORMAT = "custody/vector/1"


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One case; the verdict is the folder it lies in."""

    what: str
    """In one sentence."""
    files: Files
    """By path in the vector's folder: `package/`, `register/`, or a package with the register that it is judged in."""
    says: tuple[tuple[str, str], ...] = ()
    """Code and subject of each finding but `time-unproven`, which every report has."""
    anchors: tuple[str, ...] = ("KIBRA", "LAB", "COURT")
    at: datetime = NOW
    """The moment of the verification."""
    options: dict[str, Any] = field(default_factory=dict)
    """`records_only`, `code`: as on the command line; `only`: the one exhibit of a register that is verified;
    `against`: a folder with a second copy of the contents."""

    @property
    def target(self) -> str:
        return "package" if any(name.startswith("package/") for name in self.files) else "register"

    @property
    def is_inside_register(self) -> bool:
        """Whether a register brings the trust, its own or the one around the package."""
        return any(name.startswith("register/") for name in self.files)

    def expected(self, verdict: str) -> bytes:
        """The bytes of `expected.json`."""
        told = {
            "format": FORMAT, "what": self.what, "target": self.target, "at": text(self.at),
            "anchors": [f"../../anchors/{code}.card.json" for code in self.anchors if not self.is_inside_register],
            "options": self.options, "verdict": verdict.upper(), "findings": sorted(map(list, self.says)),
        }  # fmt: skip
        return (json.dumps(told, indent=2) + "\n").encode()


def on(record: str = "", chain: str = EXHIBIT) -> str:
    """The subject of a finding: a record of a chain, or the chain."""
    return f"{chain} {record}".strip()


BAG = ("physical-exhibit", EXHIBIT)


def card(root: Root, crl: bytes | None = None) -> bytes:
    """An agency's card."""
    return strict.pretty(
        Card(
            format=CARD, agency=root.agency, code=root.code, root=b64(root.certificate),
            registers=(f"{root.code}/desk",), crl=b64(crl if crl is not None else root.revocations()),
        )
    )  # fmt: skip


def anchors() -> Files:
    """The cards that all vectors share."""
    return {f"anchors/{root.code}.card.json": card(root) for root in (KIBRA, LAB, COURT)}


def record_files(folder: str, records: Iterable[RecordFiles]) -> Files:
    """Records with their signatures, as they lie in a folder."""
    found: Files = {}
    for each in records:
        found[f"{folder}/{each.name}"] = each.record
        if each.signature is not None:
            found[f"{folder}/{each.name}.p7s"] = each.signature
        for number, witness in enumerate(each.witnesses, start=1):
            found[f"{folder}/{each.name}.w{number}.p7s"] = witness
    return found


def place(chain: str) -> str:
    return chain.replace(":", "/")


def package(*pens: Pen, media: Files | None = None, cards: Files | None = None) -> Files:
    """A package with these chains, and the media of the first exhibit; an empty `data/` would be lost on the way."""
    found: Files = {"package/bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"}
    listed = []
    for name, data in sorted((media or {}).items()):
        path = f"data/{place(pens[0].chain)}/{name}"
        found[f"package/{path}"] = data
        listed.append(f"{identity(data)[7:]}  {path}\n")
    found["package/manifest-sha256.txt"] = "".join(listed).encode()
    for pen in pens:
        folder = f"package/custody/chains/{place(pen.chain)}"
        found |= record_files(folder, pen.files)
        found |= {f"{folder}/{name}": data for name, data in pen.sidecars.items()}
    return found | {f"package/custody/cards/{name}": data for name, data in (cards or {}).items()}


def changed(pen: Pen, position: int, **facts: Any) -> Pen:
    """The same chain with something of one record's files changed."""
    other = pen.copy()
    record, files = other.written[position - 1]
    other.written[position - 1] = (record, replace(files, **facts))
    return other


def without(pen: Pen, position: int) -> Pen:
    """The same chain without one record."""
    other = pen.copy()
    del other.written[position - 1]
    return other


# --- registers --------------------------------------------------------------------


@dataclass
class Books:
    """A register of the station in memory: its chains, and its ledger in the order of writing."""

    chains: dict[str, Pen] = field(default_factory=dict)
    lines: list[bytes] = field(default_factory=list)
    rivals: Files = field(default_factory=dict)

    def __post_init__(self) -> None:
        journal = self.pen("KIBRA/desk")
        opened = bodies.RegisterOpened(
            agency=KIBRA.agency, code="KIBRA", register="desk", root_certificate=b64(KIBRA.certificate)
        )
        self.note(journal.write(JANE, opened), journal)
        assert journal.head.digest == DESK, journal.head.digest
        for officer in (JANE, JOSEPH):
            self.note(journal.write(JANE, enrolled(officer)), journal)
        trusted = bodies.AnchorTrusted(
            agency=LAB.agency, code="LAB", root=LAB.fingerprint, root_certificate=b64(LAB.certificate), compared="typed"
        )
        self.note(journal.write(JANE, trusted), journal)
        case = self.pen(f"KIBRA:{CASE}")
        self.note(case.write(JANE, bodies.CaseOpened(title="a theft at a market")), case)

    def pen(self, chain: str = EXHIBIT) -> Pen:
        """The pen of one of the register's chains."""
        start = START if chain == "KIBRA/desk" else START + timedelta(hours=1)
        return self.chains.setdefault(chain, Pen(chain=chain, now=start))

    def note(self, record: Record, pen: Pen) -> Record:
        """Append the ledger's line of what was written last."""
        self.lines.append(line(record.digest, identity(pen.files[-1].signature or b"")))
        return record

    def head(self) -> Any:
        return head(self.lines)

    def files(self, *, pinned: Any = None, leaves: bytes | None = None) -> Files:
        """The register and the pins; `pinned` is another head than its own, False for no pin."""
        found: Files = {"register/crls/KIBRA.crl": KIBRA.revocations(), "register/crls/LAB.crl": LAB.revocations()}
        for chain, pen in self.chains.items():
            folder = "register/journal" if chain == "KIBRA/desk" else f"register/cases/{place(chain)}"
            found |= record_files(folder, pen.files)
            found |= {f"{folder}/{name}": data for name, data in pen.sidecars.items()}
        found["register/ledger/leaves"] = leaves if leaves is not None else b"".join(x + b"\n" for x in self.lines)
        if pinned is not False:
            found["pins"] = self._pins(pinned or self.head())
        return found | self.rivals

    def _pins(self, seen: Any) -> bytes:
        first = self.chains["KIBRA/desk"].written[0][0]
        pin = {"register": first.digest, "root": KIBRA.fingerprint, "head": seen}
        return strict.pretty({"format": "custody/pins/1", "pins": [pin]})

    def seized(self) -> Pen:
        """A register with one exhibit seized."""
        pen = self.pen()
        self.note(pen.seize(JANE), pen)
        return pen


def enrolled(officer: Officer) -> bodies.PersonEnrolled:
    from manifests.certificates import read_officer

    told = read_officer(officer.certificate)
    return bodies.PersonEnrolled(
        name=told.name, rank=told.rank, service_no=told.service_no, roles=told.roles,
        certificate=identity(officer.certificate), certificate_der=b64(officer.certificate),
    )  # fmt: skip


def whole_lines(data: bytes) -> list[bytes]:
    """The lines of a ledger."""
    return ledger.split(data)[0]
