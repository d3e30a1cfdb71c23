"""Verification of whole chains: what is said of each defect, and about which record (chain.md, record.md)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hashing.items import Outcome
from manifests import bodies
from manifests.digest import identity
from manifests.findings import Verdict
from manifests.report import ChainReport, Report
from manifests.shapes import Authority, MediaCheck, Noticed, SealReading
from manifests.trust import Trust
from manifests.verify import ChainFiles, RecordFiles, check_derivations, verify_chain
from tests.manifests.test_compare import file, special
from tests.vectors.pen import (
    CASE,
    EXHIBIT,
    NOT_MEASURED,
    OWNER,
    SEIZURE,
    SIGNED_PAPER,
    Pen,
    redact,
    release_to,
    sign,
    signed,
    trusted,
)
from tests.vectors.people import AMINA, COURT, EVE, GRACE, JANE, JOSEPH, KIBRA, LAB, LUCY, PETER, STRANGER, officer


def told(report: ChainReport) -> list[tuple[str, str]]:
    """Code and record of each finding, without what is said of every bag."""
    return [(f.code, f.subject.removeprefix(EXHIBIT).strip()) for f in report.findings if f.code != "physical-exhibit"]


def judge(pen: Pen, under: Trust | None = None, **changed: Any) -> list[tuple[str, str]]:
    return told(verify_chain(pen.chain_files(**changed), under or trusted()))


def long_chain() -> Pen:
    """From the station to the laboratory to the court: six records, three agencies."""
    pen = Pen()
    pen.seize(JANE)
    pen.write(JOSEPH, bodies.Seal(number="S-1"))
    pen.release(JANE, LAB, seals=("S-1",))
    pen.receive(PETER, seal=SealReading(observed="S-1", expected=("S-1",)))
    pen.release(PETER, COURT, seals=("S-1",))
    pen.receive(AMINA, seal=SealReading(observed="S-1", expected=("S-1",)))
    return pen


def with_record(pen: Pen, place: int, **changed: Any) -> tuple[RecordFiles, ...]:
    """The chain's files with one record's file changed."""
    return tuple(replace(each, **changed) if at == place else each for at, each in enumerate(pen.files, start=1))


def test_an_honest_chain_leaves_nothing_to_say() -> None:
    report = verify_chain(long_chain().chain_files(), trusted())
    assert told(report) == []
    assert [v.actor.name for v in report.records] == [
        "Jane Wanjiku", "Joseph Mwangi", "Jane Wanjiku", "Peter Otieno", "Peter Otieno", "Amina Hassan",
    ]  # fmt: skip
    assert report.state is not None
    assert report.state.holder.agency == "COURT"


def test_with_one_anchor_only_the_others_are_unknown_and_nothing_else() -> None:
    assert judge(long_chain(), trusted(KIBRA)) == [
        ("signer-unknown", "0004-receipt"),
        ("signer-unknown", "0005-release"),
        ("signer-unknown", "0006-receipt"),
    ]


def test_without_any_anchor_everybody_is_unknown_and_nothing_else() -> None:
    found = judge(long_chain(), Trust(anchors=(), now=trusted().now))
    assert {code for code, _ in found} == {"signer-unknown"}
    assert len(found) == 6


# --- one record by itself ------------------------------------------------------


def test_a_signature_that_is_not_there() -> None:
    found = judge(long_chain(), records=with_record(long_chain(), 2, signature=None))
    assert found == [("signature-missing", "0002-seal")]


@pytest.mark.parametrize("signature", [b"", b"not a signature", long_chain().files[0].signature])
def test_a_signature_that_does_not_fit(signature: bytes) -> None:
    found = judge(long_chain(), records=with_record(long_chain(), 2, signature=signature))
    assert found == [("signature-broken", "0002-seal")]


def test_a_record_that_is_none() -> None:
    found = judge(long_chain(), records=with_record(long_chain(), 4, record=b"{}\n"))
    assert found == [("record-malformed", "0004-receipt"), ("in-transit", "")]


@pytest.mark.parametrize("name", ["0002-event.json", "0003-seal.json", "0002-seal.json.json"])
def test_a_file_that_does_not_say_what_it_is(name: str) -> None:
    found = judge(long_chain(), records=with_record(long_chain(), 2, name=name))
    assert found == [("file-misnamed", name.removesuffix(".json"))]


def test_a_record_of_another_chain() -> None:
    other = Pen(chain=f"KIBRA:{CASE}/EX-2")
    other.seize(JANE)
    found = judge(long_chain(), records=(other.files[0], *long_chain().files[1:]))
    assert found == [("file-misnamed", "0001-seizure")]


def test_a_stranger_who_signs_as_somebody_else() -> None:
    """The signature is made again with another key, under a root with the same names."""
    pen = long_chain()
    data = pen.files[1].record
    for stranger, code in ((EVE, "signer-mismatch"), (PETER, "signer-mismatch")):
        found = judge(pen, records=with_record(pen, 2, signature=sign(data, stranger)))
        assert found == [(code, "0002-seal")]


def test_a_stranger_who_says_so_is_unknown() -> None:
    pen = Pen(root=STRANGER.fingerprint)
    pen.seize(EVE)
    assert judge(pen) == [("signer-unknown", "0001-seizure")]


def test_a_chain_of_a_stranger_that_names_a_trusted_root() -> None:
    pen = Pen()
    pen.seize(EVE)
    assert judge(pen) == [("signer-unknown", "0001-seizure")]


def test_a_chain_that_names_another_root_than_its_openers() -> None:
    pen = Pen(root=LAB.fingerprint)
    pen.seize(JANE)
    assert judge(pen) == [("signer-mismatch", "0001-seizure")]


# --- witnesses -----------------------------------------------------------------


def witnessed(*witnesses: Any) -> Pen:
    pen = Pen()
    pen.write(JANE, SEIZURE, witnesses)
    return pen


def test_a_witness_signs_the_same_bytes() -> None:
    assert judge(witnessed(JOSEPH, GRACE)) == []


@pytest.mark.parametrize("kept", [0, 1])
def test_a_witness_who_is_named_and_did_not_sign(kept: int) -> None:
    pen = witnessed(JOSEPH, GRACE)
    left = pen.files[0].witnesses[:kept]
    assert judge(pen, records=with_record(pen, 1, witnesses=left)) == [("signature-missing", "0001-seizure")]


def test_a_signature_of_a_witness_who_is_not_named() -> None:
    pen = witnessed(JOSEPH)
    more = (*pen.files[0].witnesses, sign(pen.files[0].record, GRACE))
    assert judge(pen, records=with_record(pen, 1, witnesses=more)) == [("signature-missing", "0001-seizure")]


def test_a_witness_who_is_somebody_else() -> None:
    pen = witnessed(JOSEPH)
    other = (sign(pen.files[0].record, GRACE),)
    assert judge(pen, records=with_record(pen, 1, witnesses=other)) == [("signer-mismatch", "0001-seizure")]
    exchanged = tuple(reversed(witnessed(JOSEPH, GRACE).files[0].witnesses))
    both = witnessed(JOSEPH, GRACE)
    assert judge(both, records=with_record(both, 1, witnesses=exchanged)) == [("signer-mismatch", "0001-seizure")]


def test_a_broken_signature_of_a_witness() -> None:
    pen = witnessed(JOSEPH)
    assert judge(pen, records=with_record(pen, 1, witnesses=(b"x",))) == [("signature-broken", "0001-seizure")]


def test_nobody_witnesses_his_own_act() -> None:
    assert judge(witnessed(JANE)) == [("same-person", "0001-seizure")]
    assert judge(witnessed(JOSEPH, JOSEPH)) == [("same-person", "0001-seizure")]
    promoted = officer(KIBRA, "Jane Wanjiku", "IP", "112233", 1444)
    assert judge(witnessed(promoted)) == [("same-person", "0001-seizure")]


def test_one_key_does_not_sign_for_two() -> None:
    """Another name and number, but the same key in the certificate."""
    double = officer(KIBRA, "Ruth Wambui", "CPL", "550055", JANE.private)
    assert judge(witnessed(double)) == [("same-person", "0001-seizure")]


def test_an_unknown_witness_is_undecided() -> None:
    assert judge(witnessed(PETER), trusted(KIBRA)) == [("signer-unknown", "0001-seizure")]


# --- the line -------------------------------------------------------------------


@pytest.mark.parametrize("place", [2, 3, 4, 5])
def test_a_record_taken_out_of_the_middle(place: int) -> None:
    files = long_chain().files
    found = judge(long_chain(), records=files[: place - 1] + files[place:])
    assert found[0] == ("chain-broken", files[place].name.removesuffix(".json"))


def test_the_first_record_taken_away() -> None:
    assert judge(long_chain(), records=long_chain().files[1:]) == [("chain-broken", "0002-seal")]


def test_a_record_taken_from_the_end_is_not_seen_in_the_chain_alone() -> None:
    """That is what heads are for (G5, G7): the report says up to where it goes."""
    assert judge(long_chain(), records=long_chain().files[:-1]) == [("in-transit", "")]


def test_two_records_exchanged() -> None:
    files = long_chain().files
    found = judge(long_chain(), records=(files[0], files[2], files[1], *files[3:]))
    assert found == [("chain-broken", "0003-release")]


def test_a_record_twice() -> None:
    files = long_chain().files
    found = judge(long_chain(), records=(*files[:2], files[1], *files[2:]))
    assert found == [("fork", "0002-seal")]


def test_two_records_with_one_number() -> None:
    pen, other = long_chain(), Pen()
    other.seize(JANE)
    other.write(JOSEPH, bodies.Event(word="incident", description="another"))
    files = pen.files
    found = judge(pen, records=(*files[:2], other.files[1], *files[2:]))
    assert found == [("fork", "0002-event")]


def test_a_record_renumbered() -> None:
    """Number and file name changed: the signature no longer fits."""
    files = long_chain().files
    data = files[1].record.replace(b'"position": 2', b'"position": 3')
    other = replace(files[1], name="0003-seal.json", record=data)
    found = judge(long_chain(), records=(files[0], other, *files[2:]))
    assert found == [("signature-broken", "0003-seal")]


def test_a_record_signed_again_breaks_the_link_to_it() -> None:
    """The same bytes under a second signature of the same officer: the next record names the first one."""
    pen = long_chain()
    again = sign(pen.files[1].record, JOSEPH, pen.now)
    found = judge(pen, records=with_record(pen, 2, signature=again))
    assert ("chain-broken", "0003-release") in found


def test_a_record_of_another_story_with_the_same_beginning() -> None:
    one, other = Pen(), Pen()
    for pen, number in ((one, "S-1"), (other, "S-2")):
        pen.seize(JANE)
        pen.write(JANE, bodies.Seal(number=number))
        pen.write(JANE, bodies.Event(word="incident", description="x"))
    found = judge(one, records=(*one.files[:2], other.files[2]))
    assert found == [("chain-broken", "0003-event")]


def test_the_root_of_the_chain_cannot_change_on_the_way() -> None:
    pen = Pen()
    pen.seize(JANE)
    pen.root = LAB.fingerprint
    pen.write(JANE, bodies.Seal(number="S-1"))
    assert judge(pen) == [("chain-broken", "0002-seal")]


def test_an_act_that_may_not_follow() -> None:
    pen = Pen()
    pen.seize(JANE)
    pen.release(JOSEPH, LAB)
    assert judge(pen) == [("order-violated", "0002-release")]


def test_one_person_on_both_sides() -> None:
    pen = Pen()
    pen.seize(JANE)
    pen.release(JANE, KIBRA)
    pen.receive(JANE)
    assert judge(pen) == [("same-person", "0003-receipt"), ("in-transit", "")]


def test_nothing_after_a_defect_is_vouched_for() -> None:
    report = verify_chain(long_chain().chain_files(records=with_record(long_chain(), 3, signature=None)), trusted())
    assert [v.record.position for v in report.records] == [1, 2]
    assert report.state is not None
    assert report.state.position == 2


# --- what contradicts a chain (C1, C6) -------------------------------------------


def contested() -> tuple[Pen, Pen]:
    """One release, received by the laboratory and recalled by the station."""
    one = Pen()
    one.seize(JANE)
    one.release(JANE, LAB)
    other = one.copy()
    one.receive(PETER)
    other.recall(JANE)
    return one, other


def test_a_receipt_and_a_recall_of_one_release_are_contested() -> None:
    one, other = contested()
    assert judge(one, rivals=other.files[2:]) == [("hand-over-contested", "0003")]
    assert judge(other, rivals=one.files[2:]) == [("hand-over-contested", "0003")]


def test_any_other_two_records_at_one_position_are_a_fork() -> None:
    one, _ = contested()
    other = Pen()
    other.seize(JANE)
    other.release(JANE, COURT)
    assert judge(one, rivals=other.files[1:]) == [("fork", "0002")]


def test_a_receipt_and_a_recall_of_two_releases_are_a_fork() -> None:
    one, _ = contested()
    other = Pen()
    other.seize(JANE)
    other.release(JANE, COURT)
    other.recall(JANE)
    assert judge(one, rivals=other.files[2:]) == [("fork", "0003")]


def test_two_receipts_are_a_fork() -> None:
    one, _ = contested()
    other = Pen()
    other.seize(JANE)
    other.release(JANE, LAB)
    other.receive(LUCY)
    assert judge(one, rivals=other.files[2:]) == [("fork", "0003")]


def test_a_rival_counts_only_with_a_sound_signature_under_a_trusted_root() -> None:
    one, other = contested()
    unsigned = replace(other.files[2], signature=None)
    foreign = Pen()
    foreign.write(EVE, SEIZURE, place="elsewhere")
    for rival in (unsigned, replace(other.files[2], record=b"x"), foreign.files[0], one.files[2]):
        assert judge(one, rivals=(rival,)) == []


# --- times (R4) --------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "codes"), [(0, []), (120, []), (-120, []), (121, ["time-contradictory"]),
                                                (-121, ["time-contradictory"])])  # fmt: skip
def test_the_signatures_time_is_near_the_records(seconds: int, codes: list[str]) -> None:
    pen = Pen()
    pen.write(JANE, SEIZURE, signing_time=pen.now + timedelta(seconds=seconds))
    assert [code for code, _ in judge(pen)] == codes


@pytest.mark.parametrize(
    ("who", "back", "changed", "code"),
    [
        (JANE, 0, {}, None),
        (JANE, 1, {}, "time-contradictory"),
        (JANE, 1, {"clock": "the battery was dead"}, "clock-explained"),
        (JOSEPH, 300, {}, "time-contradictory"),
    ],
    ids=["the same second", "a second back", "a second back, explained", "five minutes back"],
)
def test_time_goes_forward_inside_an_agency(who: Any, back: int, changed: dict[str, Any], code: str | None) -> None:
    pen = Pen()
    start = pen.now
    pen.seize(JANE)
    pen.now = start - timedelta(seconds=back)
    pen.write(who, bodies.Seal(number="S-1"), **changed)
    assert judge(pen) == ([(code, "0002-seal")] if code else [])


@pytest.mark.parametrize(("back", "code"), [(300, "clock-differs"), (301, "time-contradictory")])
def test_two_agencies_clocks_may_differ_by_five_minutes(back: int, code: str) -> None:
    pen = Pen()
    pen.seize(JANE)
    released = pen.now
    pen.release(JANE, LAB)
    pen.now = released - timedelta(seconds=back)
    pen.receive(PETER)
    assert judge(pen) == [(code, "0003-receipt")]


def test_a_clock_in_another_zone_is_the_same_clock() -> None:
    from datetime import UTC

    pen = Pen()
    pen.seize(JANE)
    pen.now = pen.now.astimezone(UTC)
    pen.write(JANE, bodies.Seal(number="S-1"))
    assert judge(pen) == []


# --- later versions -------------------------------------------------------------------


def of_a_later_version(pen: Pen, old: bytes, new: bytes, who: Any) -> None:
    """Write and sign an event, changed as a later version might write it."""
    from manifests import records

    draft = pen.draft(who, bodies.Event(word="incident", description="x"))
    record = records.read(draft.data.replace(old, new))
    pen.add(record, signed(record, who, moment=pen.now))


def test_a_kind_of_a_later_version_is_undecided_and_the_chain_goes_on() -> None:
    pen = Pen()
    pen.seize(JANE)
    of_a_later_version(pen, b'"kind": "event"', b'"kind": "time-renewal"', JANE)
    pen.release(JANE, LAB)
    assert judge(pen) == [("format-unknown", "0002-time-renewal"), ("in-transit", "")]


def test_a_kind_of_a_later_version_cannot_change_the_holder() -> None:
    pen = Pen()
    pen.seize(JANE)
    of_a_later_version(pen, b'"kind": "event"', b'"kind": "gift"', PETER)
    pen.write(PETER, bodies.Seal(number="S-1"))
    assert judge(pen) == [("format-unknown", "0002-gift"), ("order-violated", "0003-seal")]


@pytest.mark.parametrize(
    "changed",
    [{"after": identity(b"a token")}, {"by": JANE.person(second_certificate=identity(b"x"))}],
    ids=["after", "second_certificate"],
)
def test_a_reserved_field_is_undecided(changed: dict[str, Any]) -> None:
    pen = Pen()
    pen.write(JANE, SEIZURE, **changed)
    assert judge(pen) == [("format-unknown", "0001-seizure")]


# --- notes --------------------------------------------------------------------------------


def test_a_seal_read_is_compared_with_the_seals_of_the_chain() -> None:
    """Not with what the receiver says was expected."""
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
    assert received(SealReading(observed="S-9", expected=("S-9",))) == [("seal-differs", "0004-receipt")]
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
        ("corrected", "0002-correction"), ("released-despite", "0003-release"), ("refused", "0004-recall"),
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


# --- lists beside a manifest ---------------------------------------------------------------

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
        {"items": 4},
        {"items": 4, "measured": 3},
        {"not_measured": (bodies.NotMeasured(outcome="fifo", count=1),)},
        {"not_measured": (bodies.NotMeasured(outcome="measured", count=1),)},
    ],
    ids=["a link called measured", "one item more", "one more measured", "a link called FIFO", "measured named twice"],
)
def test_a_manifest_cannot_count_otherwise_than_its_list(changed: dict[str, Any]) -> None:
    assert ("entries-changed", "0002-manifest") in judge(measured(**changed))


def test_contents_owed_are_undecided_until_they_are_verified() -> None:
    pen = measured()
    pen.release(JANE, LAB)
    pen.receive(PETER, media=MediaCheck(how="later"))
    assert ("contents-owed", "") in judge(pen)
    manifest = pen.written[1][0].digest
    pen.write(PETER, bodies.Verification(manifests=(manifest,), verdict="CONFIRMED", media=MediaCheck(how="measured")))
    assert judge(pen) == [NOT_ALL]


# --- derived exhibits (C7) -------------------------------------------------------------------

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


# --- journals (C11) ----------------------------------------------------------------------------


def journal() -> Pen:
    pen = Pen(chain="KIBRA/desk")
    opened = bodies.RegisterOpened(agency="Kibra", code="KIBRA", register="desk", root_certificate="AA==")
    pen.write(JANE, opened)
    return pen


ANCHOR = bodies.AnchorTrusted(
    agency="x", code="LAB", root=identity(b""), root_certificate="AA==", compared="typed"
)  # fmt: skip


@pytest.mark.parametrize("who", [EVE, JOSEPH, PETER], ids=["a stranger", "no administrator", "another agency"])
def test_nobody_plants_an_anchor_in_a_journal(who: Any) -> None:
    """Under the register's own root alone, as a register reads its journal: the record is not taken."""
    pen = journal()
    pen.write(who, ANCHOR)
    report = verify_chain(ChainFiles(id="KIBRA/desk", records=pen.files), trusted(KIBRA))
    assert [f.code for f in report.findings if f.code != "signer-unknown"] == ["order-violated"]
    assert [v.record.kind for v in report.records] == ["register-opened"]


def test_an_administrator_does() -> None:
    pen = journal()
    pen.write(JANE, ANCHOR)
    report = verify_chain(ChainFiles(id="KIBRA/desk", records=pen.files), trusted(KIBRA))
    assert (report.findings, len(report.records)) == ((), 2)


# --- verdicts of reports -----------------------------------------------------------------------------


def report_of(*pens: Pen, **changed: Any) -> Report:
    chains = tuple(verify_chain(pen.chain_files(**changed), trusted()) for pen in pens)
    findings = tuple(f for chain in chains for f in chain.findings)
    return Report(target="x", made_at="2026-12-01T09:00:00Z", chains=chains, findings=findings, rests_on=())


def test_a_sound_chain_is_confirmed() -> None:
    report = report_of(long_chain())
    assert (report.records_verdict, report.media_verdict, report.verdict) == (
        Verdict.CONFIRMED,
        None,
        Verdict.CONFIRMED,
    )


def test_a_broken_only_record_is_refuted_though_none_is_sound() -> None:
    pen = Pen()
    pen.seize(JANE)
    report = report_of(pen, records=with_record(pen, 1, signature=None))
    assert (report.record_count, report.verdict) == (0, Verdict.REFUTED)


def test_no_record_at_all_is_undetermined() -> None:
    assert report_of().verdict is Verdict.UNDETERMINED
    assert report_of(Pen()).verdict is Verdict.UNDETERMINED


def test_a_promise_about_contents_is_never_confirmed() -> None:
    """Even where the exhibit has no manifest: an undecided finding is an undecided verdict."""
    pen = Pen()
    pen.seize(JANE)
    pen.release(JANE, LAB)
    pen.receive(PETER, media=MediaCheck(how="later"))
    report = report_of(pen)
    assert (report.media_verdict, report.verdict) == (Verdict.UNDETERMINED, Verdict.UNDETERMINED)


def test_a_receipt_that_looked_at_nothing_is_enough_for_a_bag() -> None:
    pen = Pen()
    pen.seize(JANE)
    pen.release(JANE, LAB)
    pen.receive(PETER, media=NOT_MEASURED)
    assert report_of(pen).verdict is Verdict.CONFIRMED
