"""Numbers of seals, compared as people write them (chain.md, C9)."""

import pytest

from manifests.seals import plain_number, written_as


@pytest.mark.parametrize(
    "written",
    [
        "b-000203",
        "B000203",
        " B 000 203 ",
        "B\u2010000203",
        "B\u2013000203",
        "b\u2212000203",
        "B\u00ad000203",
        "Ｂ-０００２０３",
    ],
)
def test_what_is_the_same_number_to_a_person(written: str) -> None:
    assert written_as(written, ["A-1", "B-000203"]) == "B-000203"


@pytest.mark.parametrize(
    "written", ["B-203", "B-0000203", "B-000204", "8-000203", "B-00O203", "B-000203a", "", "B.000203"]
)
def test_what_is_another(written: str) -> None:
    assert written_as(written, ["A-1", "B-000203"]) is None


def test_of_nothing_but_hyphens_all_count() -> None:
    assert plain_number("--") != plain_number("-")
    assert written_as("-", ["", "--"]) is None
