"""Tampering with a package and a reply on the way: what the receiver finds, and never CONFIRMED."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from custody.acts import examine
from custody.edges.package import Package
from manifests.cards import b64, unb64
from manifests.errors import RefutedError, UsageError
from manifests.report import Report
from manifests.verdict import Verdict
from tests.manifests.touching import CARD, CONFIRMED, PHONE, REFUTED, UNDETERMINED, Story, each_byte
from tests.scene import CASE, Scene, codes
from tests.vectors.forging import print_signature
from tests.vectors.people import EVE, STRANGER


@pytest.fixture
def package(story: Story, tmp_path: Path) -> Package:
    """A copy of the package, on its way to the laboratory."""
    shutil.copytree(story.package.path, tmp_path / "package")
    return Package(tmp_path / "package")


def judged(story: Story, package: Package) -> tuple[Verdict, set[str]]:
    """What the laboratory's own verification says."""
    report = story.scene.laboratory.check(package)
    return report.verdict, codes(report) - {"in-transit"}


def named(story: Story, package: Package) -> list[tuple[str, str]]:
    """Code and file of each finding on the media."""
    report = story.scene.laboratory.check(package)
    assert report.records_verdict is CONFIRMED
    return [(f.code, f.facts.get("item", "")) for f in report.findings if f.subject == CARD and f.code != "in-transit"]


def folder(package: Package, chain: str = PHONE) -> Path:
    return package.path / "custody" / "chains" / chain.replace(":", "/")


def media(package: Package) -> Path:
    return package.path / "data" / CARD.replace(":", "/")


def bag_again(package: Package) -> None:
    """What a courier can do: make every manifest of the bag anew."""
    for kind, payload in (("manifest", True), ("tagmanifest", False)):
        lines = []
        for each in sorted(package.path.rglob("*")):
            name = str(each.relative_to(package.path))
            if each.is_file() and name.startswith("data/") == payload and not name.startswith("tagmanifest"):
                lines.append(f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {name}\n")
        (package.path / f"{kind}-sha256.txt").write_text("".join(lines))


def test_before_anybody_touches_it(story: Story, package: Package) -> None:
    assert judged(story, package) == (CONFIRMED, set())
    bag_again(package)
    assert judged(story, package) == (CONFIRMED, set())


@pytest.mark.parametrize("name", ["0001-seizure.json", "0001-seizure.json.p7s", "0001-seizure.json.w1.p7s",
                                  "0003-release.json"])  # fmt: skip
def test_bytes_of_the_records(story: Story, package: Package, name: str) -> None:
    for place in each_byte(folder(package) / name, 37):
        report = story.scene.laboratory.check(package, records_only=True)
        assert report.verdict is REFUTED, place


def test_a_signature_made_again_by_a_stranger(story: Story, package: Package) -> None:
    path = folder(package) / "0002-seal.json"
    path.with_name(path.name + ".p7s").write_bytes(print_signature(path.read_bytes(), EVE, story.scene.now))
    bag_again(package)
    assert judged(story, package) == (REFUTED, {"signer-mismatch"})


def test_a_root_that_travels_with_the_package_is_not_trusted(story: Story, package: Package) -> None:
    """The card in the package is exchanged; outside any register, nothing in the package is trusted."""
    card = package.path / "custody" / "cards" / "KIBRA.card.json"
    changed = json.loads(card.read_bytes()) | {"root": b64(STRANGER.certificate), "crl": b64(STRANGER.revocations())}
    card.write_text(json.dumps(changed, indent=2) + "\n")
    bag_again(package)
    assert judged(story, package) == (CONFIRMED, set())
    report = outside(package)
    assert (report.verdict, codes(report)) == (UNDETERMINED, {"signer-unknown", "in-transit"})


def outside(package: Package, *cards: Path) -> Report:
    paths = [str(card) for card in cards]
    trust = examine.outside_trust(examine.anchors_from(paths), paths)
    return examine.in_package(package, trust, examine.VerifyOptions())


def test_outside_a_register_the_card_named_is_what_counts(story: Story, package: Package) -> None:
    assert outside(package, story.scene.station.card()).verdict is CONFIRMED
    assert outside(package, story.scene.laboratory.card()).verdict is UNDETERMINED


def test_a_record_left_out(story: Story, package: Package) -> None:
    for each in folder(package).glob("0002*"):
        each.unlink()
    bag_again(package)
    assert judged(story, package) == (REFUTED, {"chain-broken"})


def test_all_records_left_out(package: Package) -> None:
    shutil.rmtree(package.path / "custody" / "chains")
    (package.path / "custody" / "chains").mkdir()
    report = outside(package)
    assert (report.verdict, codes(report)) == (UNDETERMINED, {"nothing-found", "content-extra"})


# --- media: the bag's own manifests are made anew each time -----------------------------


def change(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])


def link(path: Path) -> None:
    path.unlink()
    path.symlink_to("DCIM")


PICTURE, NOTES = "DCIM/IMG_0001.JPG", "notes.txt"
EDITS: dict[str, tuple[Callable[[Path], object], tuple[str, str]]] = {
    "one bit changed": (lambda at: change(at / PICTURE), ("content-changed", PICTURE)),
    "cut off": (lambda at: (at / PICTURE).write_bytes(b"\xff"), ("content-changed", PICTURE)),
    "taken away": (lambda at: (at / NOTES).unlink(), ("content-missing", NOTES)),
    "put in": (lambda at: (at / "planted.jpg").write_bytes(b"planted"), ("content-extra", "planted.jpg")),
    "renamed": (lambda at: (at / NOTES).rename(at / "n.txt"), ("content-renamed", "n.txt")),
    "replaced by a link": (lambda at: link(at / NOTES), ("content-changed", NOTES)),
    "all taken away": (lambda at: shutil.rmtree(at), ("media-not-read", "")),
}


@pytest.mark.parametrize("name", EDITS)
def test_evidence_touched_on_the_way(story: Story, package: Package, name: str) -> None:
    edit, expected = EDITS[name]
    edit(media(package))
    bag_again(package)
    assert named(story, package) == [expected]
    assert judged(story, package)[0] is not CONFIRMED


def test_evidence_and_its_list_exchanged_together(story: Story, package: Package) -> None:
    """A courier who also writes the entry list anew: it is not the one that was signed."""
    change(media(package) / "notes.txt")
    (path,) = folder(package, CARD).glob("*.entries.jsonl")
    old, new = (hashlib.sha256(each).hexdigest() for each in (b"x", bytes([ord("x") ^ 1])))
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    bag_again(package)
    assert judged(story, package) == (REFUTED, {"entries-changed"})


def test_two_exhibits_media_exchanged(scene: Scene) -> None:
    station, laboratory = scene.station, scene.laboratory
    scene.acquainted(station, laboratory)
    one, other = scene.media("A", {"a.txt": b"a"}), scene.media("B", {"a.txt": b"b"})
    for name, at in (("EX-1", one), ("EX-2", other)):
        station.seize(name)
        station.seal(name, at)
    package = station.release("EX-1", "EX-2", to=laboratory, media={"EX-1": (one,), "EX-2": (other,)})
    base = package.path / "data" / "KIBRA" / CASE
    (base / "EX-1").rename(base / "x")
    (base / "EX-2").rename(base / "EX-1")
    (base / "x").rename(base / "EX-2")
    bag_again(package)
    report = laboratory.check(package)
    changed = [f.subject for f in report.findings if f.code == "content-changed"]
    assert (report.verdict, changed) == (REFUTED, [PHONE, CARD])


# --- the reply ---------------------------------------------------------------------------


@pytest.fixture
def reply(story: Story, package: Package, tmp_path: Path, scene: Scene) -> Path:
    """What a laboratory gives back, as a file; told anew, because receiving writes."""
    station, laboratory = scene.station, scene.laboratory
    scene.acquainted(station, laboratory)
    station.seize("EX-1")
    answer = laboratory.receive(station.release("EX-1", to=laboratory))
    assert answer is not None
    path = tmp_path / "reply.json"
    path.write_bytes(answer)
    return path


def test_bytes_of_a_reply(reply: Path, scene: Scene) -> None:
    """Changed anywhere, it is refused, or says nothing that is confirmed but the same."""
    trust = scene.station.desk().trust
    assert examine.in_reply(reply, trust, examine.VerifyOptions()).verdict is CONFIRMED
    signed = set(_signed(reply))
    for place in each_byte(reply, 101):
        try:
            report = examine.in_reply(reply, trust, examine.VerifyOptions())
        except (RefutedError, UsageError):
            continue  # damaged, or not even a reply any more
        assert report.verdict is not CONFIRMED or set(_signed(reply)) >= signed, place


def _signed(reply: Path) -> list[bytes]:
    """What in a reply is signed, or signs."""
    files = json.loads(reply.read_bytes())["files"]
    return [unb64(each["content"]) for each in files if each["name"].startswith(("chains/", "journal/"))]
