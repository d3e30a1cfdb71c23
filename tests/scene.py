"""A scene for long stories: a station (KIBRA), a laboratory (LAB) and a court (COURT), on one settable clock.

Every step goes through the real acts of `custody/acts`, with real keys, files and packages below one folder.
All people are invented. Only the cost of scrypt is lowered, so that a story takes seconds.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from custody.acts import acknowledge as acknowledging
from custody.acts import anchors, bags, begin, cases, contents, examine, exhibits, importing, people
from custody.acts import logs as taking
from custody.acts import receive as receiving
from custody.acts import release as releasing
from custody.acts.desk import Desk, Written
from custody.acts.exhibits import Circumstances
from custody.edges.package import Package
from custody.edges.pins import Pins
from custody.edges.register import Register
from custody.render.package_text import texts
from manifests import bodies, strict
from manifests.certificates import Subject
from manifests.report import Report
from manifests.trust import Anchor

CASE = "KBR-2026-0042"
NAIROBI = timezone(timedelta(hours=3))
MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=NAIROBI)
PASSPHRASE = "three invented words"
NO_CIRCUMSTANCES = Circumstances()


@dataclass(frozen=True, kw_only=True)
class Cast:
    """One agency as the story needs it."""

    code: str
    agency: str
    register: str
    officer: str
    rank: str
    service_no: str


STATION = Cast(
    code="KIBRA", agency="Kibra Police Station", register="desk", officer="Jane Wanjiku", rank="PC", service_no="112233"
)
LABORATORY = Cast(
    code="LAB", agency="Invented Forensic Laboratory", register="bench", officer="Peter Otieno", rank="Examiner",
    service_no="L-77",
)  # fmt: skip
COURT = Cast(
    code="COURT", agency="Invented Law Court", register="registry", officer="Amina Hassan", rank="Clerk",
    service_no="C-5",
)  # fmt: skip


def released_in(package: Package) -> list[str]:
    """The exhibits that a package hands over; the others came along as their parents."""
    last = {chain: package.chain(chain).records[-1].name for chain in package.chains()}
    return [chain for chain, name in last.items() if name.endswith("-release.json")]


def tell(whose: str, attempt: Any) -> Any:
    """Everybody in the scene has one passphrase."""
    return attempt(PASSPHRASE)


@dataclass
class House:
    """An agency in the scene: one register, its pins, and the acts that its people do."""

    scene: "Scene"
    cast: Cast
    path: Path
    pins: Pins

    @property
    def register(self) -> Register:
        return Register(self.path)

    def desk(self, who: str | None = None, anchors: tuple[Anchor, ...] = ()) -> Desk:
        """The register opened afresh for `who` (a service number), at the scene's time."""
        return Desk(
            register=self.register,
            passphrase=tell,
            as_officer=who or self.cast.service_no,
            pins=self.pins,
            now=lambda: self.scene.now,
            anchors=anchors,
        )

    def enrol(self, name: str, service_no: str, *, rank: str = "CPL", roles: tuple[str, ...] = ("officer",)) -> str:
        """A further person of the agency, with a key in this register."""
        subject = Subject(
            name=name, rank=rank, service_no=service_no, agency=self.cast.agency, code=self.cast.code, roles=roles
        )
        people.enrol(self.desk(), subject, lambda whose: PASSPHRASE)
        return service_no

    def card(self) -> Path:
        """The agency's card as a file."""
        path = self.scene.path / f"{self.cast.code}.card.json"
        path.write_bytes(strict.pretty(anchors.agency_card(self.desk())))
        return path

    def trust(self, other: "House") -> None:
        """Take in another agency's card, compared as it should be."""
        anchors.trust_card(self.desk(), anchors.agency_card(other.desk()), "typed")

    def open_case(self, name: str = CASE) -> Written:
        return cases.open_case(self.desk(), name, bodies.CaseOpened(title="a theft at a market"))

    def seize(self, name: str, description: str = "black phone, cracked glass", who: str | None = None) -> Written:
        """Open the case where it is not open yet, and seize an exhibit."""
        if not self.register.has(f"{self.cast.code}:{CASE}"):
            self.open_case()
        how = Circumstances(place="Kibra market, stall 14", authority="warrant:E123/2026")
        body = bodies.Seizure(how="seized", description=description)
        return exhibits.seize(self.desk(who), f"{CASE}/{name}", body, how)

    def seal(self, name: str, *paths: Path, **wanted: Any) -> Written:
        """Measure contents into a manifest of the exhibit."""
        asked = contents.Contents(paths=tuple(map(str, paths)), **{"describe": False, "also": True, **wanted})
        return contents.seal_contents(self.desk(), self.chain(name), asked, how=NO_CIRCUMSTANCES)

    def seal_with(self, name: str, path: Path, *logs: Path) -> Written:
        """Contents sealed with logs of other tools."""
        desk = self.desk()
        with contents.working_folder(desk) as work, taking.taken(tuple(map(str, logs)), work) as found:
            asked = contents.Contents(paths=(str(path),), describe=False, also=True)
            asked = taking.with_logs(asked, found, lambda told: None)
            return contents.seal_contents(desk, self.chain(name), asked, how=NO_CIRCUMSTANCES)

    def bag(self, name: str, number: str, replaces: str | None = None) -> Written:
        """Put a numbered seal on the exhibit."""
        body = bodies.Seal(number=number, replaces=replaces)
        return bags.seal_bag(self.desk(), self.chain(name), body, NO_CIRCUMSTANCES, may_share=bool)

    def note(self, name: str, word: str, who: str | None = None, **facts: Any) -> Written:
        """Write an event."""
        return exhibits.event(self.desk(who), self.chain(name), bodies.Event(word=word, **facts), NO_CIRCUMSTANCES)

    def write(self, name: str, body: bodies.Body, how: Circumstances = NO_CIRCUMSTANCES, who: str | None = None) -> Any:
        """Write any one record into an exhibit's chain."""
        return exhibits.one(self.desk(who), self.chain(name), body, how)

    def derive(self, child: str, parent: str, how: str = "image") -> list[Written]:
        """Open an exhibit derived from another."""
        return exhibits.derive(self.desk(), f"{CASE}/{child}", self.chain(parent), how, "bit copy", NO_CIRCUMSTANCES)

    def release(
        self, *names: str, to: "House | str", media: dict[str, tuple[Path, ...]] | None = None, apart: bool = False,
        who: str | None = None, despite: tuple[str, ...] = (),
    ) -> Package:  # fmt: skip
        """Release exhibits to another agency (a package), or to an officer of this register (a service number)."""
        out = self.scene.path / f"out-{self.scene.count()}"
        out.mkdir()
        desk = self.desk(who)
        handing = releasing.Handing(
            exhibits=tuple(map(self.chain, names)),
            purpose="examination",
            to_code=to.cast.code if isinstance(to, House) else None,
            to_officer=to if isinstance(to, str) else None,
            media={self.chain(name): tuple(map(str, paths)) for name, paths in (media or {}).items()},
            apart=apart,
            despite=despite,
            out=out,
        )
        done = releasing.release(desk, handing, NO_CIRCUMSTANCES, texts=texts)
        return Package(done.package or out)

    def look(self, package: Package | None, *names: str, media: dict[str, tuple[Path, ...]] | None = None,
             later: bool = False, who: str | None = None) -> list[receiving.Offered]:  # fmt: skip
        """What a receiver sees of what is offered, before anything is written."""
        desk = self.desk(who)
        with self._copied(desk, package) as copied:
            return self._look(desk, package, copied, names, media, later)

    def _copied(self, desk: Desk, package: Package | None) -> AbstractContextManager[importing.Copied | None]:
        return nullcontext() if package is None else importing.copied_package(desk, package)

    def _look(
        self, desk: Desk, package: Package | None, copied: importing.Copied | None, names: tuple[str, ...],
        media: dict[str, tuple[Path, ...]] | None, later: bool,
    ) -> list[receiving.Offered]:  # fmt: skip
        chains = [self.chain(name) for name in names] if package is None else released_in(package)
        found = {self.chain(name): tuple(map(str, paths)) for name, paths in (media or {}).items()}
        return receiving.look(desk, copied, chains, receiving.OfferOptions(media=found, later=later), None)

    def receive(self, package: Package | None, *names: str, media: dict[str, tuple[Path, ...]] | None = None,
                later: bool = False, refuse: str | None = None, seal: str | None = None,
                who: str | None = None) -> bytes | None:  # fmt: skip
        """Receive or refuse everything that is offered; the reply for the sender."""
        desk = self.desk(who)
        with self._copied(desk, package) as copied:
            offered = self._look(desk, package, copied, names, media, later)
            said = receiving.Answer(accept=refuse is None, reason=refuse, seal=seal)
            given = {each.chain: said for each in offered}
            return receiving.answer(desk, copied, offered, given, NO_CIRCUMSTANCES).reply

    def acknowledge(self, reply: bytes | None) -> acknowledging.Acknowledged:
        assert reply is not None
        return acknowledging.acknowledge(self.desk(), reply, lambda refused: None)

    def recall(self, name: str, because: str = "never-sent", who: str | None = None,
               reply: bytes | None = None) -> Written:  # fmt: skip
        """Recall a release; one that was refused, with the refusal in `reply`."""
        desk, chain = self.desk(who), self.chain(name)
        if reply is None:
            return releasing.recall(desk, chain, because, NO_CIRCUMSTANCES)
        refusal = acknowledging.acknowledge(desk, reply, lambda refused: None).refusals[0][0]
        with acknowledging.refusal_sidecars(desk, reply, refusal) as beside:
            return releasing.recall(desk, chain, because, NO_CIRCUMSTANCES, refusal=refusal.digest, sidecars=beside)

    def verify(self, *names: str, media: dict[str, tuple[Path, ...]] | None = None, records_only: bool = False,
               quick: bool = False, code: str | None = None) -> Report:  # fmt: skip
        """Verify some exhibits, or the whole register with its journal and ledger."""
        desk = self.desk()
        here = self.register
        chains = [self.chain(name) for name in names] or [desk.name, *here.cases(), *here.exhibits()]
        paths = {self.chain(name): tuple(map(str, found)) for name, found in (media or {}).items()}
        looking = examine.VerifyOptions(media=paths, records_only=records_only, quick=quick, code=code)
        return examine.in_register(desk, "the register", chains, looking)

    def check(self, package: Package, **wanted: Any) -> Report:
        """Verify a package under what this agency trusts."""
        return examine.in_package(package, self.desk().trust, examine.VerifyOptions(**wanted))

    def chain(self, name: str) -> str:
        """The chain id of `EX-1`, wherever it was opened, or of a whole id."""
        if ":" in name:
            return name
        return exhibits.chain_of(self.desk(), f"{CASE}/{name}")

    def files(self, name: str) -> Path:
        """The folder with an exhibit's records."""
        return self.register.folder(self.chain(name))

    def state(self, name: str) -> Any:
        return self.desk().state(self.chain(name))


@dataclass
class Scene:
    """The whole scene; `now` is every clock in it."""

    path: Path
    monkeypatch: pytest.MonkeyPatch
    now: datetime = MORNING
    houses: dict[str, House] = field(default_factory=dict)
    _count: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    def __post_init__(self) -> None:
        self.monkeypatch.setattr("custody.edges.keys.SCRYPT_N", 1 << 4)
        self.monkeypatch.setattr("custody.edges.clock.now", lambda: self.now)

    def count(self) -> int:
        return next(self._count)

    def later(self, **ahead: float) -> None:
        """Let time pass: `later(hours=2)`."""
        self.now += timedelta(**ahead)

    def house(self, cast: Cast) -> House:
        """An agency, whose register is made the first time it is asked for."""
        if cast.code not in self.houses:
            self.houses[cast.code] = self._make(cast)
        return self.houses[cast.code]

    def _make(self, cast: Cast) -> House:
        made = House(scene=self, cast=cast, path=self.path / cast.code, pins=Pins(self.path / f"{cast.code}.pins"))
        opening = begin.Opening(
            path=made.path, agency=cast.agency, code=cast.code, register=cast.register, officer=cast.officer,
            rank=cast.rank, service_no=cast.service_no,
        )  # fmt: skip
        begin.init(opening, lambda whose: PASSPHRASE, made.pins)
        return made

    @property
    def station(self) -> House:
        return self.house(STATION)

    @property
    def laboratory(self) -> House:
        return self.house(LABORATORY)

    @property
    def court(self) -> House:
        return self.house(COURT)

    def circumstances(self, **facts: Any) -> Circumstances:
        """When, where, why and before whom an act is done."""
        return Circumstances(**facts)

    def acquainted(self, *houses: House) -> None:
        """Each of these agencies trusts each other one."""
        for one in houses:
            for other in houses:
                if one is not other:
                    one.trust(other)

    def media(self, name: str, files: dict[str, bytes] | None = None) -> Path:
        """A folder of evidence: three small invented files unless others are given."""
        folder = self.path / f"media-{name}"
        invented = {"DCIM/IMG_0001.JPG": b"\xff\xd8 not a picture", "DCIM/IMG_0002.JPG": b"\xff\xd8", "notes.txt": b"x"}
        for where, data in (files if files is not None else invented).items():
            (folder / where).parent.mkdir(parents=True, exist_ok=True)
            (folder / where).write_bytes(data)
        return folder


def codes(report: Report) -> set[str]:
    """The codes of all findings but the notes that every report has."""
    return {finding.code for finding in report.findings} - {"time-unproven", "physical-exhibit"}
