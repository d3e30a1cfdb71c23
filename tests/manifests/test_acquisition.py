"""Which facts of an acquisition are asked for, and which are missing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from manifests.acquisition import BY_NAME, METHODS, QUESTIONS, asked, method_of, missing
from manifests.names import PART


def full(method: str, answer: str = "none") -> dict[str, dict[str, str]]:
    """Every question of a method answered."""
    facts: dict[str, dict[str, str]] = {}
    for question in asked(method):
        facts.setdefault(question.section, {})[question.field] = answer
    facts["acquisition"]["method"] = method
    return facts


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("answer", ["none", "not known", "nobody", "x"])
def test_an_answer_is_an_answer(method: str, answer: str) -> None:
    assert missing(full(method, answer)) == ()


@pytest.mark.parametrize("method", METHODS)
def test_each_fact_that_is_left_out_is_missed(method: str) -> None:
    for question in asked(method):
        facts = full(method)
        del facts[question.section][question.field]
        assert missing(facts, method) == (question.name,)
        for nothing in ("", " \n"):
            facts[question.section][question.field] = nothing
            assert missing(facts, method) == (question.name,)


@pytest.mark.parametrize("method", METHODS)
def test_every_device_in_the_path_is_asked_about(method: str) -> None:
    """Objections in court turn on the one that was left out."""
    sections = {question.section for question in asked(method)}
    path = {"source", "cable", "reader", "workstation", "output"} | ({"write_blocker"} if method != "phone" else set())
    assert path <= sections
    for section in ("source", "workstation"):
        assert {f"{section}.{field}" for field in ("make", "model", "serial")} <= {q.name for q in asked(method)}


def test_each_method_asks_for_what_only_it_has() -> None:
    names = {method: {question.name for question in asked(method)} for method in METHODS}
    for field in ("imei", "sim", "isolation", "power", "colour"):
        assert [method for method in METHODS if f"source.{field}" in names[method]] == ["phone"]
    assert [method for method in METHODS if "tool.version" in names[method]] == ["image", "phone"]
    assert [method for method in METHODS if "source.sector_size" in names[method]] == ["image", "device"]
    assert "write_blocker.serial" not in names["phone"]


def test_without_a_method_everything_is_asked_for() -> None:
    assert missing({}) == tuple(question.name for question in QUESTIONS)
    assert missing({"acquisition": {"method": "magic"}}) == missing({})
    assert "acquisition.method" in missing({"acquisition": {"method": "magic"}}, "phone")


def test_what_is_stated_goes_before_what_is_supposed() -> None:
    facts = {"acquisition": {"method": "phone"}}
    assert method_of(facts) == "phone"
    assert missing(facts, "device") == missing(facts)


def test_the_names_can_stand_in_a_record() -> None:
    assert len(BY_NAME) == len(QUESTIONS)
    for question in QUESTIONS:
        assert re.fullmatch(PART, question.section) and re.fullmatch(PART, question.field)
        assert question.text and question.methods
        assert set(question.methods) <= set(METHODS)


words = some.text(max_size=12)


@given(some.dictionaries(words, some.dictionaries(words, words, max_size=3), max_size=3))
def test_any_facts_can_be_judged(facts: dict[str, dict[str, str]]) -> None:
    found = missing(facts)
    assert len(set(found)) == len(found)
    assert set(found) <= set(BY_NAME)
