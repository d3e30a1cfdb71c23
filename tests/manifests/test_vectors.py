"""The vectors: made again byte for byte, judged as they say, and one for every code there is."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from custody.acts import examine
from custody.acts.desk import Desk
from custody.edges.package import Package
from custody.edges.pins import Pins
from custody.edges.register import Register
from manifests.findings import TABLE
from manifests.report import Report
from manifests.verdict import Verdict
from tests.scene import tell
from tests.vectors import make, pen

FOLDERS = sorted(str(path.parent.relative_to(make.HERE)) for path in make.HERE.rglob("expected.json"))
ALWAYS = {"time-unproven"}
"""In every report, so not in each `expected.json`."""
COMPARED = "tests/manifests/test_compare.py", "test_one_thing_wrong_is_named"
IMAGES = "tests/custody/test_images.py", "test_container_and_media_are_judged_apart"
COPIES = "tests/custody/test_copies.py"
PACKAGES = "tests/custody/test_what_lies_in_a_package.py"
WITHOUT_A_VECTOR = {
    "changed-while-read": COMPARED,
    "content-unreadable": COMPARED,
    "container-changed": IMAGES,
    "media-changed": IMAGES,
    "folder-missing": (PACKAGES, "test_what_an_honest_copy_does_refutes_nothing"),
    "link-in-package": (PACKAGES, "test_a_folder_that_is_a_link"),
    "copy-not-checked": (COPIES, "test_a_copy_that_cannot_be_read_is_a_note"),
    "copies-differ": (COPIES, "test_two_copies_without_records"),
    "copies-same": (COPIES, "test_two_copies_without_records"),
}
"""They need a file that changes, one that cannot be read, a link, an empty folder, a real image, or no records."""


def judged(folder: Path, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Report:
    """The report on a vector, at its moment, under its anchors."""
    monkeypatch.setattr("custody.edges.clock.now", lambda: datetime.fromisoformat(told["at"]))
    options = dict(told["options"])
    only = options.pop("only", None)
    if copy := options.pop("against", None):
        options["against"] = {pen.EXHIBIT: (str(folder / copy),)}
    looking = examine.VerifyOptions(**options)
    if told["target"] == "package" and not (folder / "register").is_dir():
        cards = [str(folder / name) for name in told["anchors"]] + [str(p) for p in (folder / "anchors").glob("*.json")]
        trust = examine.outside_trust(examine.anchors_from(cards), cards)
        return examine.in_package(Package(folder / "package"), trust, looking)
    desk = Desk(
        register=Register(folder / "register"), passphrase=tell, pins=Pins(folder / "pins"),
        now=lambda: datetime.fromisoformat(told["at"]),
    )  # fmt: skip
    if told["target"] == "package":
        return examine.under(desk, examine.in_package(Package(folder / "package"), desk.trust, looking, desk))
    chains = [desk.name, *desk.register.cases(), *desk.register.exhibits()]
    return examine.in_register(desk, "the register", [only] if only else chains, looking)


@pytest.mark.parametrize("name", FOLDERS)
def test_it_is_judged_as_it_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make.HERE / name
    told = json.loads((folder / "expected.json").read_bytes())
    report = judged(folder, told, monkeypatch)
    found = {(f.code, "." if f.subject == report.target else f.subject) for f in report.findings}
    assert {each for each in found if each[0] not in ALWAYS} == set(map(tuple, told["findings"]))
    assert report.verdict is Verdict(told["verdict"])


@pytest.mark.parametrize("name", FOLDERS)
def test_it_is_named_after_what_it_shows(name: str) -> None:
    verdict, case = name.split("/")
    told = json.loads((make.HERE / name / "expected.json").read_bytes())
    code = case.split("_")[0]
    assert told["verdict"] == verdict.upper()
    assert code == "none" or code in {each[0] for each in told["findings"]}
    grave = {code for code, _ in told["findings"] if TABLE[code].severity.value == "refutes"}
    assert len(grave) <= 2, "one fault a vector; a second code only where one fault shows twice"


def test_they_are_made_again_byte_for_byte() -> None:
    made, there = make.files(), make.stored()
    assert sorted(made) == sorted(there)
    assert [name for name in made if made[name] != there[name]] == []


def test_they_are_small() -> None:
    assert sum(map(len, make.stored().values())) < 4_000_000


def test_every_code_has_a_vector_or_a_test() -> None:
    shown = ALWAYS | {code for name in FOLDERS for code, _ in _findings(name)}
    assert shown <= set(TABLE)
    assert set(TABLE) - shown == set(WITHOUT_A_VECTOR)


def _findings(name: str) -> list[list[str]]:
    told: list[list[str]] = json.loads((make.HERE / name / "expected.json").read_bytes())["findings"]
    return told


@pytest.mark.parametrize("code", WITHOUT_A_VECTOR)
def test_what_has_no_vector_has_the_test_that_is_named(code: str) -> None:
    where, name = WITHOUT_A_VECTOR[code]
    source = (make.HERE.parents[1] / where).read_text()
    assert f"def {name}(" in source
    assert f'"{code}"' in source
