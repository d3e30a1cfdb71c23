"""The list of claims of other tools: its lines, and whether it fits entries and manifest (claims.md, L3 to L6)."""

import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing.claims.saying import SCOPES, WORDS
from hashing.items import Outcome
from manifests import bodies, claims, strict
from manifests.claims import REASONS, RESULTS, UNREAD, WITH_ITEM, Claim, print_line, read_line
from manifests.digest import identity
from manifests.errors import RefutedError
from manifests.verify import verify_chain
from tests.manifests.telling import judge
from tests.vectors.pen import Logged, Pen, redact, trusted
from tests.vectors.things import MEDIA, claim, image, logged, measured, special

LIST, CLAIMS, LOG = "0002-manifest.entries.jsonl", "0002-manifest.claims.jsonl", "0002-manifest.1.log"
MANIFEST = "0002-manifest"
WRONG = "ab" * 32
DIGESTS = [hashlib.sha256(data).hexdigest() for data in MEDIA.values()]
CLAIM = st.builds(
    Claim,
    log=st.integers(1, 3),
    item=st.none() | st.integers(1, 5),
    scope=st.sampled_from(SCOPES),
    algorithm=st.sampled_from(["sha256", "md5", "whirlpool"]),
    value=st.sampled_from([*DIGESTS, WRONG]),
    result=st.sampled_from(RESULTS),
    reason=st.none() | st.sampled_from([*REASONS, "later"]),
    where=st.none() | st.sampled_from(["line 1", "line 12, 64 digits", "fileobject 3"]),
)


def texts(pen: Pen, code: str) -> list[str]:
    """What the findings of a code say."""
    return [f.text for f in verify_chain(pen.chain_files(), trusted()).findings if f.code == code]


# --- lines -------------------------------------------------------------------


@given(CLAIM)
def test_a_line_reads_back_or_is_refused_by_what_it_says(each: Claim) -> None:
    names_item = each.result != "not-checked" or each.reason in WITH_ITEM
    sound = (each.reason is not None) == (each.result == "not-checked") and (each.item is not None) == names_item
    line = print_line(each)[:-1]
    if sound:
        assert read_line(line) == each
    else:
        with pytest.raises(RefutedError, match="the list of claims"):
            read_line(line)


@given(st.binary(max_size=200) | CLAIM.map(lambda each: print_line(each)[:-1] + b" "))
def test_what_is_no_line_is_refused_and_nothing_else_is_raised(line: bytes) -> None:
    with pytest.raises(RefutedError):
        read_line(line)


@pytest.mark.parametrize(
    "change",
    [
        {"where": "line 17 of the log of Jane"}, {"where": "line 17\n"}, {"where": "[SHA256]"}, {"log": 0},
        {"item": 0}, {"scope": "disk"}, {"result": "equal"}, {"value": "AB" * 32}, {"value": ""}, {"name": "a.jpg"},
    ],
)  # fmt: skip
def test_a_field_holds_only_what_it_may(change: dict[str, Any]) -> None:
    """Above all no words of a log: they may be names."""
    told = {"log": 1, "item": 1, "scope": "file", "algorithm": "md5", "value": "ab" * 16, "result": "same"}
    assert read_line(strict.compact(told))
    with pytest.raises(RefutedError):
        read_line(strict.compact(told | change))


def test_the_words_of_logs_and_of_records_are_the_same() -> None:
    """What reading a log can leave out, a record can say."""
    assert set(UNREAD) == set(WORDS)
    assert set(claims.SCOPES) == set(SCOPES)


# --- beside entries and manifest ------------------------------------------------


def test_claims_that_are_the_same_leave_nothing_to_say() -> None:
    assert judge(measured(logged=logged())) == []


@given(st.lists(CLAIM, max_size=6), st.booleans())
def test_whatever_a_list_claims_only_what_is_so_is_confirmed(found: list[Claim], ordered: bool) -> None:
    """Against three files with a SHA-256: no list of claims is believed that says something else of them."""
    found = sorted(found, key=lambda each: (each.item or 0, each.log)) if ordered else found
    report = verify_chain(
        measured(logged=Logged(logs=(b"a", b"b", b"c"), claims=tuple(found))).chain_files(), trusted()
    )
    refuted = [f for f in report.findings if f.code == "entries-changed"]
    in_order = found == sorted(found, key=lambda each: (each.item or 0, each.log))
    assert bool(refuted) != (in_order and all(map(_is_so, found))), found
    differing = [f for f in report.findings if f.code == "claim-differs"]
    assert bool(differing) == any(each.result == "differs" for each in found)


def _is_so(each: Claim) -> bool:
    """By hand, what test_whatever_a_list_claims asks by the code."""
    if each.result == "not-checked" and each.reason not in WITH_ITEM:
        return each.reason is not None and each.item is None
    if each.item not in (1, 2, 3) or each.scope == "decoded-media":
        return False
    if each.result == "not-checked":
        return each.reason == "algorithm-not-used" and each.algorithm != "sha256"
    equal = each.algorithm == "sha256" and each.value == DIGESTS[each.item - 1]
    return each.reason is None and each.algorithm == "sha256" and equal == (each.result == "same")


def test_a_claim_that_differs_is_named_with_its_log_and_never_with_a_name() -> None:
    pen = measured(logged=logged(claim(1, WRONG, "differs", where="line 6")))
    assert judge(pen) == [("claim-differs", MANIFEST)]
    assert texts(pen, "claim-differs") == [
        f"log 1 (hashdeep), file: sha256 {WRONG} (line 6); item 1 has {DIGESTS[0]}"
    ]  # fmt: skip


def test_of_many_claims_that_differ_twenty_are_named() -> None:
    many = tuple(claim(1, f"{number:064x}", "differs") for number in range(50))
    found = texts(measured(logged=Logged(logs=(b"x",), claims=many)), "claim-differs")
    assert len(found) == 21
    assert found[-1] == "log 1 (hashdeep): and 30 more claims"


def test_of_many_claims_that_were_not_checked_one_finding_counts_all() -> None:
    nowhere = [claim(None, WRONG, "not-checked", reason="no-item")] * 30
    several = [claim(None, WRONG, "not-checked", reason="several-items")] * 5
    unread = (bodies.Unread(why="not-understood", count=7), bodies.Unread(why="broken", count=1))
    pen = measured(logged=Logged(logs=(b"x",), claims=(*nowhere, *several), unread=unread))
    assert judge(pen) == [("claim-unchecked", MANIFEST)] * 2
    assert texts(pen, "claim-unchecked") == [
        "log 1 (hashdeep): 35 of 35 claims not checked (30: nothing that was sealed is what they are about; "
        "5: they may be about several items)",
        "log 1 (hashdeep): not read as claims (7: lines with digests were not understood; "
        "1: the log could not be read to its end)",
    ]


def test_a_log_that_claims_nothing_says_so() -> None:
    assert texts(measured(logged=Logged(logs=(b"x",), claims=())), "claim-unchecked") == [
        "log 1 (hashdeep): no digest in it was understood as a claim"
    ]


def test_reasons_that_are_not_known_cost_no_memory_and_are_counted() -> None:
    each = [claim(None, WRONG, "not-checked", reason=f"later-{number}") for number in range(9)]
    (found,) = texts(measured(logged=Logged(logs=(b"x",), claims=tuple(each))), "claim-unchecked")
    assert "9: for a reason that is not known here" in found


def test_media_are_held_against_media() -> None:
    made = hashlib.sha256(b"media").hexdigest()
    for scope, item, sound in (
        ("decoded-media", 4, True), ("source-device", 4, True), ("stored-image", 4, False), ("file", 4, False),
        ("decoded-media", 3, False), ("source-device", 3, True), ("stored-image", 3, True),
    ):  # fmt: skip
        value = made if item == 4 else hashlib.sha256(b"a container").hexdigest()
        pen = measured(*image(b"media"), logged=logged(claim(item, value, scope=scope)))
        assert ("entries-changed", MANIFEST) not in judge(pen) if sound else ("entries-changed", MANIFEST) in judge(pen)


def test_an_item_that_was_not_measured_is_the_reason() -> None:
    link = special("shortcut", Outcome.LINK)
    was_not = claim(4, WRONG, "not-checked", reason="not-measured")
    assert ("entries-changed", MANIFEST) not in judge(measured(link, logged=logged(was_not)))
    was = claim(1, WRONG, "not-checked", reason="not-measured")
    assert ("entries-changed", MANIFEST) in judge(measured(link, logged=logged(was)))


# --- changed, missing, withheld ---------------------------------------------------


def test_each_byte_of_a_log_and_of_its_claims_counts() -> None:
    pen = measured(logged=logged(claim(1, WRONG, "differs", where="line 6"), *logged().claims[1:]))
    for name, code in ((LOG, "log-changed"), (CLAIMS, "entries-changed")):
        data = pen.sidecars[name]
        for place in range(len(data)):
            changed = pen.copy()
            changed.sidecars[name] = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            assert (code, MANIFEST) in judge(changed), (name, place)


@pytest.mark.parametrize("edit", [lambda d: d[:-1], lambda d: d + b"\n", lambda d: d + d, lambda d: b""])
@pytest.mark.parametrize(("name", "code"), [(LOG, "log-changed"), (CLAIMS, "entries-changed")])
def test_a_log_or_list_that_is_cut_or_longer(name: str, code: str, edit: Any) -> None:
    pen = measured(logged=logged())
    pen.sidecars[name] = edit(pen.sidecars[name])
    assert (code, MANIFEST) in judge(pen)


def test_what_is_not_at_hand_is_undecided() -> None:
    for name, code in ((LOG, "log-missing"), (CLAIMS, "entries-missing"), (LIST, "entries-missing")):
        pen = measured(logged=logged())
        del pen.sidecars[name]
        assert judge(pen)[0] == (code, MANIFEST)


def test_without_its_entries_a_list_of_claims_is_still_the_one_bound() -> None:
    pen = measured(logged=logged())
    del pen.sidecars[LIST]
    assert judge(pen) == [("entries-missing", MANIFEST), ("claim-unchecked", MANIFEST)]
    assert texts(pen, "claim-unchecked") == ["log 1 (hashdeep): 3 claims are about items that are not shown here"]
    pen.sidecars[CLAIMS] = pen.sidecars[CLAIMS].replace(b'"item":2', b'"item":1')
    assert ("entries-changed", MANIFEST) in judge(pen)


def test_a_log_may_be_withheld_where_names_are_and_its_claims_are_there() -> None:
    pen = measured(logged=logged())
    lines = pen.sidecars[LIST].splitlines(keepends=True)
    pen.sidecars[LIST] = b"".join([redact(lines[0]), redact(lines[1], leaf_only=True), lines[2]])
    unshown = ("claim-unchecked", MANIFEST)
    assert judge(pen) == [("redacted", MANIFEST), unshown]
    del pen.sidecars[LOG]
    assert judge(pen) == [("redacted", MANIFEST), unshown, ("redacted", MANIFEST)]
    del pen.sidecars[CLAIMS]
    assert judge(pen) == [("redacted", MANIFEST), ("entries-missing", MANIFEST), ("log-missing", MANIFEST)]


def test_withholding_hides_no_claim_that_differs() -> None:
    pen = measured(logged=logged(claim(1, WRONG, "differs"), *logged().claims[1:]))
    lines = pen.sidecars[LIST].splitlines(keepends=True)
    pen.sidecars[LIST] = b"".join(redact(line, leaf_only=True) for line in lines)
    for gone in (LOG, CLAIMS):
        del pen.sidecars[gone]
        assert ("claim-differs", MANIFEST) in judge(pen)


@pytest.mark.parametrize(
    "changed",
    [
        {"logs": ()},
        {"claims": None},
        {"claims": bodies.Bound(sha256=identity(b""), count=3)},
    ],
)
def test_a_manifest_cannot_say_otherwise_of_its_logs(changed: dict[str, Any]) -> None:
    assert ("entries-changed", MANIFEST) in judge(measured(logged=logged(), **changed))


@pytest.mark.parametrize("field", ["claims", "same", "differs", "not_checked", "bytes"])
def test_a_manifest_cannot_count_otherwise_than_its_list_of_claims(field: str) -> None:
    facts = logged().facts()
    (log,) = facts["logs"]
    told = strict.decode(strict.compact({**_fields(log), field: getattr(log, field) + 1}), bodies.BoundLog)
    codes = {code for code, _ in judge(measured(logged=logged(), logs=(told,)))}
    assert codes == {"log-changed" if field == "bytes" else "statement-contradicted"}


def test_a_manifest_counts_the_results_that_its_list_of_claims_has() -> None:
    (log,) = logged().facts()["logs"]
    told = msgspec.structs.replace(log, same=log.same - 1, not_checked=1)
    assert ("entries-changed", MANIFEST) in judge(measured(logged=logged(), logs=(told,)))


def test_a_list_of_claims_has_as_many_as_the_logs() -> None:
    bound = msgspec.structs.replace(logged().facts()["claims"], count=2)
    assert ("statement-contradicted", MANIFEST) in judge(measured(logged=logged(), claims=bound))


def _fields(log: bodies.BoundLog) -> dict[str, Any]:
    return {name: getattr(log, name) for name in log.__struct_fields__ if getattr(log, name) is not None}
