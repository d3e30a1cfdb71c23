"""The closed words: each table in one place, kept by the verifier, and said in the specification (record.md, R8)."""

import re
from pathlib import Path
from typing import Any

import pytest

from custody.acts import exhibits, release
from manifests import bodies, records, shapes
from manifests.digest import identity
from manifests.errors import RefutedError
from manifests.shapes import MediaCheck
from tests import generate
from tests.manifests.acting import MANIFEST
from tests.manifests.telling import judge
from tests.vectors.pen import A_LEDGER, EXHIBIT, NOT_MEASURED, SEIZURE, Pen, release_to, signed, verification
from tests.vectors.people import JANE, LAB

DIGEST = identity(b"x")
WORDS: dict[str, tuple[tuple[str, ...], bodies.Body, str]] = {
    "Seizure.how": (shapes.HOW_SEIZED, SEIZURE, '"how": "seized"'),
    "Derivation.how": (
        shapes.HOW_DERIVED,
        bodies.Derivation(how="image", parent=EXHIBIT, parent_record=DIGEST, description="x"),
        '"how": "image"',
    ),
    "Derived.how": (
        shapes.HOW_DERIVED, bodies.Derived(child=EXHIBIT, how="image", description="x"), '"how": "image"',
    ),
    "Manifest.scope": (shapes.SCOPES, MANIFEST, '"scope": "files"'),
    "Recall.because": (
        shapes.RECALL_REASONS, bodies.Recall(release=DIGEST, because="lost"), '"because": "lost"',
    ),
    "StrayExplained.what": (
        shapes.WHAT_RIVALS_ARE,
        bodies.StrayExplained(record=DIGEST, position=1, found="fork", what="mistake", statement="x"),
        '"what": "mistake"',
    ),
    "StrayExplained.found": (
        shapes.RIVAL_FINDINGS,
        bodies.StrayExplained(record=DIGEST, position=1, found="fork", what="mistake", statement="x"),
        '"found": "fork"',
    ),
    "Settlement.stands": (
        shapes.ANSWERS,
        bodies.Settlement(
            release=DIGEST, position=1, receipt=DIGEST, recall=DIGEST, stands="receipt", agreement=DIGEST
        ),
        '"stands": "receipt"',
    ),
    "Takeover.because": (
        shapes.TAKEOVER_REASONS, bodies.Takeover(holder="x", service_no="1", because="dead"), '"because": "dead"',
    ),
    "ManifestWithdrawal.because": (
        shapes.WHY_WITHDRAWN,
        bodies.ManifestWithdrawal(manifest=DIGEST, position=2, because="incomplete", statement="x"),
        '"because": "incomplete"',
    ),
    "PersonRevoked.because": (
        shapes.WHY_REVOKED,
        bodies.PersonRevoked(service_no="1", certificate=DIGEST, because="left"),
        '"because": "left"',
    ),
    "AnchorTrusted.compared": (
        shapes.HOW_COMPARED,
        bodies.AnchorTrusted(agency="x", code="LAB", root=DIGEST, root_certificate="AA==", compared="typed"),
        '"compared": "typed"',
    ),
    "Verification.verdict": (
        shapes.VERDICTS,
        verification(manifests=(), verdict="CONFIRMED", media=NOT_MEASURED),
        '"verdict": "CONFIRMED"',
    ),
    "Verification.media.how": (
        shapes.HOW_CHECKED,
        verification(manifests=(), verdict="CONFIRMED", media=MediaCheck(how="measured")),
        '"how": "measured"',
    ),
    "Receipt.media.how": (
        shapes.HOW_CHECKED,
        bodies.Receipt(release=DIGEST, media=MediaCheck(how="measured"), ledger=A_LEDGER),
        '"how": "measured"',
    ),
    "Release.media.how": (
        shapes.HOW_CHECKED, release_to(LAB, media=MediaCheck(how="measured")), '"how": "measured"',
    ),
}  # fmt: skip


def said(field: str, word: str) -> bytes:
    """A record with this word in that field, as JSON spells it."""
    _, body, place = WORDS[field]
    data = Pen().draft(JANE, body).data
    assert data.count(place.encode()) == 1
    return data.replace(place.encode(), f'{place.split(":")[0]}: "{word}"'.encode())


@pytest.mark.parametrize("field", WORDS)
def test_each_word_of_the_table_is_one(field: str) -> None:
    for word in WORDS[field][0]:
        assert records.read(said(field, word)).data == said(field, word)


@pytest.mark.parametrize("field", WORDS)
def test_any_other_word_makes_a_record_malformed(field: str) -> None:
    first = WORDS[field][0][0]
    for word in ("", "borrowed", first.swapcase(), first + "s", first[1:], first + "\\n", " " + first, "x|" + first):
        with pytest.raises(RefutedError) as caught:
            records.read(said(field, word))
        assert caught.value.code == "record-malformed", word


def test_a_chain_with_another_word_is_refuted_for_that() -> None:
    pen = Pen()
    first = pen.seize(JANE)
    from dataclasses import replace

    data = said("Seizure.how", "found")
    pen.written[0] = (first, replace(signed(replace(first, data=data), JANE), record=data))
    assert judge(pen) == [("record-malformed", "0001-seizure")]


def test_the_acts_ask_the_same_tables() -> None:
    assert exhibits.HOW_SEIZED is shapes.HOW_SEIZED
    assert exhibits.HOW_DERIVED is shapes.HOW_DERIVED
    assert exhibits.TAKEOVER_REASONS is shapes.TAKEOVER_REASONS
    assert release.RECALL_REASONS is shapes.RECALL_REASONS


@pytest.mark.parametrize(
    ("verb", "option", "words"),
    [
        ("seize", "how", shapes.HOW_SEIZED),
        ("derive", "how", shapes.HOW_DERIVED),
        ("recall", "because", shapes.RECALL_REASONS),
        ("explain", "what", shapes.WHAT_RIVALS_ARE),
        ("takeover", "because", shapes.TAKEOVER_REASONS),
    ],
)
def test_each_command_says_the_words_it_takes(verb: str, option: str, words: tuple[str, ...]) -> None:
    command: Any = dict(generate.commands())[verb]
    (told,) = [parameter.help for parameter in command.params if parameter.name == option]
    assert told == ", ".join(words)


# --- the specification -------------------------------------------------------

R8 = (Path(__file__).parents[2] / "docs" / "spec" / "record.md").read_text().split("## R8 ")[1]


def rows(heading: str) -> dict[str, list[str]]:
    """The first two columns of the table under these column headings: words by what stands first."""
    table = R8.split(f"| {heading} |")[1].split("\n\n")[0]
    found = re.findall(r"^\| (.+?) \| (.*?) \|$", table, re.MULTILINE)
    return {first.strip("`"): re.findall(r"`([^`]+)`", second) for first, second in found if "---" not in first}


def test_the_specification_says_each_word_and_no_other() -> None:
    told = rows("field | one of")
    assert {field: tuple(words) for field, words in told.items()} == {
        "Seizure.how": shapes.HOW_SEIZED,
        "Derivation.how, Derived.how": shapes.HOW_DERIVED,
        "Manifest.scope": shapes.SCOPES,
        "media.how": shapes.HOW_CHECKED,
        "Recall.because": shapes.RECALL_REASONS,
        "Settlement.stands, SettlementAgreed.stands": shapes.ANSWERS,
        "StrayExplained.found": shapes.RIVAL_FINDINGS,
        "StrayExplained.what": shapes.WHAT_RIVALS_ARE,
        "Takeover.because": shapes.TAKEOVER_REASONS,
        "AnchorTrusted.compared": shapes.HOW_COMPARED,
        "Verification.verdict, records_verdict, media_verdict": shapes.VERDICTS,
        "ManifestWithdrawal.because": shapes.WHY_WITHDRAWN,
        "PersonRevoked.because": shapes.WHY_REVOKED,
    }


def test_the_specification_says_what_each_event_needs() -> None:
    told = rows("word | needs")
    assert {word: tuple(needed) for word, needed in told.items()} == bodies.EVENT_WORDS
