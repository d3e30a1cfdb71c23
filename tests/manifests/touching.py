"""A register with a story in it, and copies to tamper with, judged by `custody.acts.examine` with the pin in place."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from custody.acts import exhibits
from custody.edges import keys
from custody.edges.commit import Prepared
from custody.edges.package import Package
from manifests import bodies, ledger, records
from manifests.digest import identity
from manifests.errors import CustodyError, RefutedError, UndeterminedError
from manifests.verdict import Verdict
from manifests.verify import RecordFiles, open_record
from tests.scene import CASE, PASSPHRASE, House, Scene, codes
from tests.vectors.pen import Pen
from tests.vectors.people import Officer

CONFIRMED, REFUTED, UNDETERMINED = Verdict.CONFIRMED, Verdict.REFUTED, Verdict.UNDETERMINED
PHONE, CARD = f"KIBRA:{CASE}/EX-1", f"KIBRA:{CASE}/EX-2"


@dataclass
class Story:
    """A phone in a bag and a memory card, seized with a witness, the card measured; both released to the laboratory."""

    scene: Scene
    media: Path
    package: Package


def tell(scene: Scene) -> Story:
    station = scene.station
    scene.acquainted(station, scene.laboratory)
    witness = station.enrol("Joseph Mwangi", "445566")
    media = scene.media("EX-2")
    station.open_case()
    for name in ("EX-1", "EX-2"):
        scene.later(minutes=5)
        how = exhibits.Circumstances(place="Kibra market", authority="warrant:E123/2026", witnesses=(witness,))
        exhibits.seize(station.desk(), f"{CASE}/{name}", bodies.Seizure(how="seized", description="as found"), how)
    station.bag("EX-1", "S-1")
    station.seal("EX-2", media)
    scene.later(hours=1)
    package = station.release("EX-1", "EX-2", to=scene.laboratory, media={"EX-2": (media,)})
    return Story(scene=scene, media=media, package=package)


def copied(story: Story, folder: Path) -> House:
    """The station with a copy of its register, under the same pins."""
    station = story.scene.station
    shutil.copytree(station.path, folder / "KIBRA")
    return replace(station, path=folder / "KIBRA")


Judgement = tuple[Verdict, set[str]]


def judged(house: House, *names: str, media: Path | None = None, records_only: bool = False) -> Judgement:
    """Verdict and codes on some exhibits of a register, or on all of it; an error of ours counts as its own verdict."""
    paths: dict[str, tuple[Path, ...]] | None = {CARD: (media,)} if media else None
    try:
        report = house.verify(*names, media=paths, records_only=records_only)
    except RefutedError as err:
        return REFUTED, {err.code}
    except UndeterminedError as err:
        return UNDETERMINED, {err.code}
    except CustodyError as err:
        return UNDETERMINED, {type(err).__name__}
    return report.verdict, codes(report) - {"in-transit", "seal-not-read"}


def whole(house: House, media: Path) -> Judgement:
    """The whole register with the card's media."""
    return judged(house, media=media)


def each_byte(path: Path, step: int = 1, start: int = 0) -> Iterator[int]:
    """Change every `step`th byte of a file in turn to another value; the file is as before in the end."""
    data = path.read_bytes()
    try:
        for place in range(start, len(data), step):
            other = data[place] ^ (0x01 if data[place] != 0x0B else 0x03)
            path.write_bytes(data[:place] + bytes([other]) + data[place + 1 :])
            yield place
    finally:
        path.write_bytes(data)


def officer_of(house: House, service_no: str | None = None) -> Officer:
    """A person of the agency with the key opened: what a corrupt insider has."""
    desk = house.desk()
    person = desk.people[service_no or house.cast.service_no]
    key = keys.decrypt(desk.key_path(person.certificate).read_bytes(), PASSPHRASE)
    return Officer(
        name=person.name, rank=person.rank, service_no=person.service_no, code=house.cast.code, register=desk.name,
        register_id=desk.opened.digest,
        certificate=desk.certificate_path(person.certificate).read_bytes(), private=key,
    )  # fmt: skip


def rewrite_ledger(house: House) -> None:
    """Make the ledger anew from the records that are there now: old lines first, in their order, then new ones."""
    lines = []
    for path in sorted(house.path.rglob("*.json")):
        if path.with_name(path.name + ".p7s").exists():
            signature = path.with_name(path.name + ".p7s").read_bytes()
            lines.append(ledger.line(identity(path.read_bytes()), identity(signature)))
    old = ledger.split(house.register.leaves.read_bytes())[0]
    kept = [line for line in old if line in lines]
    new = [line for line in lines if line not in old]
    house.register.leaves.write_bytes(b"".join(line + b"\n" for line in kept + new))


def record(house: House, start: str, exhibit: str = PHONE) -> Path:
    """The file of a record, by the beginning of its name."""
    (found,) = house.files(exhibit).glob(f"{start}*.json")
    return found


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def prepared(house: House, files: RecordFiles, chain: str) -> Prepared:
    """A record as an act hands it to the writer."""
    return Prepared(opened=open_record(files, chain, house.desk().trust), files=files)


def put(folder: Path, files: RecordFiles) -> None:
    """Put a record with its signature into a folder."""
    (folder / files.name).write_bytes(files.record)
    (folder / f"{files.name}.p7s").write_bytes(files.signature or b"")


def continued(house: House, chain: str, root: bytes, upto: int | None = None) -> Pen:
    """A pen that goes on after the first records of a chain."""
    pen = Pen(chain=chain, root=identity(root), now=house.scene.now)
    for each in house.register.chain(chain).records[:upto]:
        pen.written.append((records.read(each.record), each))
    return pen


def reopened(house: House, upto: int) -> Pen:
    """A pen that goes on after the first records of the phone."""
    return continued(house, PHONE, house.desk().own_root, upto)
