"""What a sound chain still has to say: notes, lists beside it, derived exhibits (chain.md, entries.md)."""

from typing import Any

import msgspec
import pytest

from hashing.items import Outcome
from manifests import bodies
from manifests.derivations import check_derivations
from manifests.digest import identity
from manifests.shapes import Authority, MediaCheck, Noticed, SealReading
from manifests.verify import verify_chain
from tests.manifests.telling import judge, long_chain
from tests.manifests.test_compare import file, special
from tests.vectors.pen import (
    CASE,
    EXHIBIT,
    OWNER,
    SIGNED_PAPER,
    Pen,
    redact,
    release_to,
    trusted,
    verification,
)
from tests.vectors.people import GRACE, JANE, JOSEPH, LAB, PETER

# --- notes -----------------------------------------------------------------


def test_a_seal_read_is_compared_with_the_seals_of_the_chain() -> None:
    pen = Pen()
    pen.seize(JANE)
    pen.write(JANE, bodies.Seal(number="S-1"))
    pen.release(JANE, LAB, seals=("S-1",))

    def received(seal: SealReading | None) -> list[tuple[str, str]]:
        one = pen.copy()
        one.receive(PETER, seal=seal)
        return judge(one)

    assert received(SealReading(observed="S-1", expected=("S-1",))) == []
    assert received(SealReading(observed="S-9", expected=("S-1",))) == [("seal-differs", "0004-receipt")]
    assert received(SealReading(observed="S-9")) == [("seal-differs", "0004-receipt")]
    assert received(SealReading(expected=("S-1",))) == [("seal-not-read", "0004-receipt")]
    assert received(SealReading()) == [("seal-not-read", "0004-receipt")]
    assert received(None) == [("seal-not-read", "0004-receipt")]


def test_what_a_chain_says_of_itself() -> None:
    pen = Pen()
    pen.seize(JANE)
    first = pen.head.digest
    pen.write(JANE, bodies.Correction(corrects=first, position=1, statement="the phone was blue"))
    known = Noticed(code="content-extra", subject=EXHIBIT, text="3 items")
    pen.write(JANE, release_to(LAB, despite=(known,)))
    pen.recall(GRACE, "refused")
    order = Authority(kind="order", number="1")
    takeover = bodies.Takeover(holder="Jane Wanjiku", service_no="112233", because="absent")
    pen.write(GRACE, takeover, (JOSEPH,), authority=order)
    assert judge(pen) == [
        ("corrected", "0002-correction"), ("released-despite", "0003-release"), ("refusal-missing", "0004-recall"),
        ("taken-over", "0005-takeover"),
    ]  # fmt: skip


def test_where_an_exhibit_stands_in_the_end() -> None:
    pen = Pen()
    pen.seize(JANE)
    assert judge(pen) == []
    pen.write(
        JANE,
        bodies.HandedOutside(to=OWNER, purpose="x", paper=SIGNED_PAPER, answer_by="2026-12-04T09:00:00+03:00"),
    )
    assert judge(pen) == [("held-outside", "")]
    pen.write(JOSEPH, bodies.TakenBack(handed=pen.head.digest, paper=SIGNED_PAPER))
    pen.write(JOSEPH, bodies.Void(because="opened by mistake"))
    assert judge(pen) == [("ended", "")]


def test_a_bag_that_was_never_measured_is_a_note() -> None:
    report = verify_chain(long_chain().chain_files(), trusted())
    assert [f.code for f in report.findings] == ["physical-exhibit"]


# --- lists beside a manifest -----------------------------------------------


ITEMS = (file("a"), file("b", b"x" * 9), special("link", Outcome.LINK))
LIST, PIECES = "0002-manifest.entries.jsonl", "0002-manifest.pieces.jsonl"


def measured(**changed: Any) -> Pen:
    pen = Pen()
    pen.seize(JANE)
    pen.measure(JANE, *ITEMS, **changed)
    return pen


def with_list(edit: Any, name: str = LIST) -> Pen:
    """The measured chain with its list edited, perhaps under another name."""
    pen = measured()
    lines = pen.sidecars.pop(LIST).splitlines(keepends=True)
    pen.sidecars[name] = b"".join(edit(lines))
    return pen


NOT_ALL = ("not-measured-at-sealing", "0002-manifest")


def test_lists_that_fit() -> None:
    assert set(measured().sidecars) == {LIST, PIECES}
    assert judge(measured()) == [NOT_ALL]


def test_a_list_that_is_not_there() -> None:
    pen = measured()
    del pen.sidecars[LIST]
    assert judge(pen) == [("entries-missing", "0002-manifest"), NOT_ALL]


def test_a_list_of_pieces_that_is_not_there() -> None:
    """Undecided like a missing list of entries, and told apart from it."""
    pen = measured()
    del pen.sidecars[PIECES]
    assert judge(pen) == [("entries-missing", "0002-manifest"), NOT_ALL]
    del pen.sidecars[LIST]
    found = verify_chain(pen.chain_files(lists=lambda name: None), trusted()).findings
    missing = [f.text for f in found if f.code == "entries-missing"]
    assert missing == ["", f"the list of pieces, {PIECES}"]


def test_a_list_that_was_changed_and_one_that_is_not_there_are_both_said() -> None:
    pen = with_list(lambda lines: lines[:-1])
    del pen.sidecars[PIECES]
    assert judge(pen) == [("entries-changed", "0002-manifest"), ("entries-missing", "0002-manifest"), NOT_ALL]


@pytest.mark.parametrize(
    "edit",
    [lambda lines: lines[:-1], lambda lines: [lines[1], lines[0], lines[2]], lambda lines: [*lines, lines[0]],
     lambda lines: [b"x\n"], lambda lines: [b"".join(lines)[:-1]]],
    ids=["shorter", "reordered", "longer", "another", "cut off"],
)  # fmt: skip
def test_a_list_that_is_not_the_one_bound(edit: Any) -> None:
    assert judge(with_list(edit)) == [("entries-changed", "0002-manifest"), NOT_ALL]


def test_pieces_that_are_not_the_ones_bound() -> None:
    pen = measured()
    pen.sidecars[PIECES] = pen.sidecars[PIECES].replace(b'"offset":4', b'"offset":5')
    assert judge(pen) == [("entries-changed", "0002-manifest"), NOT_ALL]


@pytest.mark.parametrize("name", ["0002-manifest.disclosed.jsonl", LIST])
def test_a_redacted_list_is_said_to_be_one_whatever_its_name(name: str) -> None:
    for edit in (
        lambda lines: [redact(lines[0]), *lines[1:]],
        lambda lines: [redact(x, leaf_only=True) for x in lines],
    ):
        assert judge(with_list(edit, name)) == [("redacted", "0002-manifest"), NOT_ALL]


def test_a_whole_list_under_the_name_of_a_redacted_one_withholds_nothing() -> None:
    assert judge(with_list(lambda lines: lines, "0002-manifest.disclosed.jsonl")) == [NOT_ALL]


@pytest.mark.parametrize(
    "changed",
    [
        {"measured": 3, "not_measured": ()},
        {"not_measured": (bodies.NotMeasured(outcome="fifo", count=1),)},
        {"bytes": 0},
        {"bytes": 1 << 40},
    ],
    ids=[
        "a link called measured",
        "a link called FIFO",
        "fewer bytes",
        "more bytes",
    ],
)
def test_a_manifest_cannot_count_otherwise_than_its_list(changed: dict[str, Any]) -> None:
    assert ("entries-changed", "0002-manifest") in judge(measured(**changed))


def test_bytes_are_counted_as_far_as_they_are_shown() -> None:
    """Of a list in which sizes are withheld no more can be said than that it does not hold too much."""
    for size, found in ((1 << 40, ("redacted", "0002-manifest")), (0, ("entries-changed", "0002-manifest"))):
        pen = measured(bytes=size)
        lines = pen.sidecars[LIST].splitlines(keepends=True)
        pen.sidecars[LIST] = b"".join([redact(lines[0], leaf_only=True), *lines[1:]])
        assert judge(pen) == [found, NOT_ALL]


ALL_READ = MediaCheck(how="measured", items=2, bytes=14)


def test_contents_owed_are_undecided_until_they_are_verified() -> None:
    pen = measured()
    pen.release(JANE, LAB, media=ALL_READ)
    pen.receive(PETER, media=MediaCheck(how="later"))
    assert ("contents-owed", "") in judge(pen)
    manifest = pen.written[1][0].digest
    pen.write(PETER, verification(manifests=(manifest,), media=ALL_READ))
    assert judge(pen) == [NOT_ALL]


@pytest.mark.parametrize("how", ["not-read", "later"])
def test_a_receipt_that_did_not_measure_what_was_measured_owes_it(how: str) -> None:
    """Whatever word it has for that."""
    pen = measured()
    manifest = pen.head.digest
    pen.write(JANE, verification(manifests=(manifest,), media=ALL_READ))
    pen.release(JANE, LAB, media=ALL_READ)
    relied = {"verification": pen.written[2][0].digest} if how == "relied-on" else {}
    pen.receive(PETER, media=MediaCheck(how=how, **relied))
    assert judge(pen) == [NOT_ALL, ("contents-owed", "")]


def test_a_verification_that_found_a_difference_settles_nothing() -> None:
    pen = measured()
    manifest = pen.head.digest
    pen.release(JANE, LAB, media=ALL_READ)
    pen.receive(PETER, media=MediaCheck(how="later"))
    changed = Noticed(code="content-changed", subject=EXHIBIT, text="1 items")
    bad = MediaCheck(how="measured", items=2, bytes=9, findings=(changed,))
    pen.write(PETER, verification(manifests=(manifest,), verdict="REFUTED", media=bad))
    assert judge(pen) == [NOT_ALL, ("contents-owed", "")]


# --- derived exhibits (C7) -------------------------------------------------


CHILD = f"LAB:{CASE}/EX-1-COPY"


def family(named: str = CHILD, how: str = "image", parent_record: str | None = None) -> tuple[Pen, Pen]:
    """A parent in the laboratory, and the exhibit derived from it there."""
    parent = Pen()
    parent.seize(JANE)
    parent.release(JANE, LAB)
    parent.receive(PETER)
    parent.write(PETER, bodies.Derived(child=named, how=how, description="bit copy"))
    child = Pen(chain=CHILD, root=LAB.fingerprint, now=parent.now)
    body = bodies.Derivation(
        how="image", parent=EXHIBIT, parent_record=parent_record or parent.head.digest, description="bit copy"
    )
    child.write(PETER, body)
    return parent, child


def relations(*pens: Pen) -> list[str]:
    reports = tuple(verify_chain(pen.chain_files(), trusted()) for pen in pens)
    found = list(check_derivations(reports))
    assert all(finding.subject == CHILD for finding in found)
    return [finding.code for finding in found]


def test_parent_and_child_name_each_other() -> None:
    parent, child = family()
    assert relations(parent, child) == relations(child, parent) == []


def test_a_parent_that_is_not_at_hand_is_undecided() -> None:
    assert relations(family()[1]) == ["parent-missing"]


@pytest.mark.parametrize(
    "told_otherwise",
    [{"named": CHILD + "-2"}, {"how": "selection"}, {"parent_record": identity(b"no record")}],
    ids=["another child", "made otherwise", "another record"],
)
def test_a_child_its_parent_does_not_name(told_otherwise: dict[str, str]) -> None:
    assert relations(*family(**told_otherwise)) == ["derivation-mismatch"]


def test_a_parents_record_of_another_kind_names_no_child() -> None:
    parent, _ = family()
    other = family(parent_record=parent.written[0][0].digest)
    assert relations(*other) == ["derivation-mismatch"]


@pytest.mark.parametrize("other_parent", [False, True], ids=["seized", "derived from another"])
def test_a_child_that_does_not_say_what_its_parent_says(other_parent: bool) -> None:
    """Seized by itself, or made from something else: the record that names it is what does not fit."""
    parent, honest = family()
    child = Pen(chain=CHILD, root=LAB.fingerprint, now=parent.now)
    if other_parent:
        body = honest.head.body
        assert isinstance(body, bodies.Derivation)
        child.write(PETER, msgspec.structs.replace(body, parent=EXHIBIT + "-B"))
    else:
        child.seize(PETER)
    reports = tuple(verify_chain(pen.chain_files(), trusted()) for pen in (parent, child))
    found = [(f.code, f.subject) for f in check_derivations(reports)]
    assert ("derivation-mismatch", f"{EXHIBIT} 0004-derived") in found
    assert list(check_derivations(reports[:1])) == []
