"""The generated pages are what the code says, and what they point at exists."""

import json
import re
from pathlib import Path

import pytest

from manifests.findings import TABLE
from tests import generate

ROOT = Path(__file__).parent.parent.parent
SPEC = ROOT / "docs" / "spec"


def test_the_generated_pages_are_what_the_code_says() -> None:
    assert generate.differences() == [], "write them again: make docs"


def test_a_page_that_was_changed_by_hand_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TABLE, "fork", TABLE["in-transit"])
    assert "docs/spec/codes.md is not what the code says" in generate.differences()


@pytest.mark.parametrize("code", TABLE)
def test_each_finding_has_a_clause_in_the_specification(code: str) -> None:
    clause = TABLE[code].clause
    headings = re.findall(r"^## (\w+) ", "\n".join(p.read_text() for p in SPEC.glob("*.md")), re.MULTILINE)
    assert headings.count(clause) == 1


def test_each_json_object_is_documented() -> None:
    """A `format` that some command writes stands in the page of the command line."""
    sources = [
        ROOT / "cli.py",
        *(p for name in ("custody", "manifests", "hashing") for p in (ROOT / name).rglob("*.py")),
    ]
    written = {found for path in sources for found in re.findall(r'"(custody/[a-z-]+/\d)', path.read_text())}
    known = set(re.findall(r"custody/[a-z-]+/\d", (ROOT / "docs" / "cli.md").read_text()))
    assert written - known - NOT_DOCUMENTS == set()
    assert known - written == set()


NOT_DOCUMENTS = {"custody/entry/1", "custody/entry-private/1"}  # what leaves are salted with: entries.md, E3


def test_each_command_says_its_exit_status_and_shows_an_example() -> None:
    for name, command in generate.commands():
        assert "Exit status: 0" in command.epilog, name
        assert "\b\ncustody" in command.help, name


def test_the_schemas_point_only_at_what_is_there() -> None:
    names = {path.name for path in (SPEC / "schema").glob("*.json")}
    for path in (SPEC / "schema").glob("*.json"):
        value = json.loads(path.read_text())
        for reference in _references(value):
            file, _, inner = reference.partition("#/$defs/")
            assert not file or file in names, reference
            assert not inner or inner in value["$defs"], reference


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [each for inner in value.values() for each in _references(inner)]
    return [each for inner in value for each in _references(inner)] if isinstance(value, list) else []


def test_every_link_in_the_documents_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = []
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_test_that_the_documents_name_exists() -> None:
    """What the threat model says is shown by a test is shown by one that is there."""
    named = set()
    for page in (ROOT / "docs").rglob("*.md"):
        named |= set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page.read_text()))
    gone = [f"{path}::{test}" for path, test in named if not _has_test(ROOT / path, test)]
    assert named
    assert gone == []


def _has_test(path: Path, test: str) -> bool:
    return path.exists() and (not test or f"def {test}(" in path.read_text())
