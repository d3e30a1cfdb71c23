"""Names of cases, exhibits and chains (record.md, R3 and R5)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import names, strict
from manifests.errors import RefutedError, UsageError

PARTS = st.from_regex(rf"{names.PART}\Z", fullmatch=True)


def accepted(text: str, shape: Any) -> bool:
    try:
        return bool(strict.decode(strict.compact(text), shape))
    except RefutedError:
        return False


@given(PARTS, PARTS, PARTS)
def test_a_name_reads_as_it_is_written(code: str, case: str, exhibit: str) -> None:
    whole = names.parse_name(f"{code}:{case}/{exhibit}")
    assert (whole.code, whole.case, whole.exhibit) == (code, case, exhibit)
    assert whole.chain("OTHER") == f"{code}:{case}/{exhibit}"
    short = names.parse_name(f"{case}/{exhibit}")
    assert short.chain(code) == f"{code}:{case}/{exhibit}"
    assert names.parse_name(case).chain(code) == f"{code}:{case}"
    for chain in (f"{code}:{case}/{exhibit}", f"{code}:{case}", f"{code}/{case}"):
        assert accepted(chain, names.ChainId)


BAD_PARTS = ["", ".", "..", ".hidden", "-x", "a b", "a\n", "\n", "a/b", "a:b", "é", "a\0", "a\\b", "a" * 65, "x\u202e"]


@pytest.mark.parametrize("bad", BAD_PARTS)
def test_what_is_no_name_is_refused_everywhere(bad: str) -> None:
    assert not accepted(bad, names.Name)
    for chain in (f"{bad}/desk", f"{bad}:case", f"K:{bad}", f"K:{bad}/EX-1"):
        assert not accepted(chain, names.ChainId) or "/" in bad or ":" in bad
    with pytest.raises(UsageError):
        names.check_part(bad, "code")


@pytest.mark.parametrize(
    "bad", ["", "/", "case/", "/EX-1", "K:", ":case", "a/b/c", "K:a:b", "../EX-1", "a//b", "a/b\n"]
)
def test_what_names_no_exhibit_is_refused(bad: str) -> None:
    with pytest.raises(UsageError):
        names.parse_name(bad)
    assert not accepted(f"K:{bad}" if bad else bad, names.ChainId)


def test_an_exhibit_is_more_than_a_case() -> None:
    with pytest.raises(UsageError, match="names a case"):
        names.exhibit_name("KBR-2026-0042")


@pytest.mark.parametrize(
    ("chain", "kind"), [("KIBRA/desk", "journal"), ("KIBRA:KBR-1", "case"), ("KIBRA:KBR-1/EX-1", "exhibit")]
)
def test_the_form_of_an_id_says_what_it_is(chain: str, kind: str) -> None:
    assert names.chain_type(chain) == kind


@given(st.text(max_size=40))
def test_no_text_raises_anything_but_our_own_error(text: str) -> None:
    try:
        found = names.parse_name(text)
    except UsageError:
        return
    assert found.chain("K").endswith(text.split(":")[-1])
