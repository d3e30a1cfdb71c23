"""Comparing media with what was sealed: the right file named, by the right code (entries.md, E4 to E7)."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashing.items import Item, Outcome, Pieces
from manifests import compare as comparing
from manifests import comparison
from manifests.compare import Comparison, SealedList, compare, key
from manifests.entries import check_list
from manifests.errors import RefutedError
from manifests.pieces import check_pieces
from tests.vectors.pen import Listing, redact

EX = "KIBRA:KBR-2026-0042/EX-1"
PIECE = 4


def file(name: str | bytes, data: bytes = b"hello", *, quick: bool = False, **other: Any) -> Item:
    """A file as measuring finds it; with pieces of four bytes where it has more."""
    pieces = None
    if len(data) > PIECE:
        cut = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
        pieces = Pieces(size=PIECE, digests=b"".join(hashlib.sha256(each).digest() for each in cut))
    facts: dict[str, Any] = {
        "name": name.encode() if isinstance(name, str) else name, "outcome": Outcome.MEASURED, "reason": None,
        "size": len(data), "digests": {} if quick else {"sha256": hashlib.sha256(data).hexdigest()}, "modified": 0,
        "pieces": pieces, "description": None,
    }  # fmt: skip
    return Item(**{**facts, **other})


def special(name: str, outcome: Outcome) -> Item:
    target = "0" * 64 if outcome is Outcome.LINK else None
    return file(name, outcome=outcome, reason="in words", size=None, digests={}, pieces=None, target=target)


def in_order(items: list[Item]) -> list[Item]:
    return sorted(items, key=lambda each: key(each.name))


def sealed(*items: Item, edit: Any = None, pieces: bool = True) -> SealedList:
    """A list of these items, checked against what a manifest binds of it."""
    made = Listing(1)
    for each in in_order(list(items)):
        made.writer.add(each)
    lines = bytes(made.entries).splitlines(keepends=True)
    bound = made.writer.pieces()
    listed: Iterator[Any] | None = iter(()) if pieces else None
    if bound is not None and pieces:
        listed = check_pieces(bytes(made.pieces).splitlines(keepends=True), bound)
    return SealedList(entries=check_list(edit(lines) if edit else lines, made.writer.entries()), pieces=listed)


def judged(lists: list[SealedList], items: list[Item], **how: Any) -> Comparison:
    return compare(EX, lists, in_order(items), **how)


def told(result: Comparison) -> list[tuple[str, str]]:
    """Code and item of each finding, in order of the code."""
    assert all(finding.subject == EX for finding in result.findings)
    return sorted((finding.code, finding.facts.get("item", "")) for finding in result.findings)


THREE = [file("DCIM/1.jpg", b"one"), file("DCIM/2.jpg", b"two"), file("notes.txt", b"three words")]


def test_what_is_as_it_was_gives_no_finding() -> None:
    result = judged([sealed(*THREE)], THREE)
    assert (result.findings, result.items, result.size) == ([], 3, 17)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(THREE[1:], [("content-missing", "DCIM/1.jpg")], id="missing"),
        pytest.param(THREE[:2], [("content-missing", "notes.txt")], id="the last one missing"),
        pytest.param([], [("content-missing", each.name.decode()) for each in THREE], id="all missing"),
        pytest.param([*THREE, file("DCIM/3.jpg", b"new")], [("content-extra", "DCIM/3.jpg")], id="extra"),
        pytest.param([*THREE, file("copy.jpg", b"one")], [("content-extra", "copy.jpg")], id="a copy beside"),
        pytest.param([*THREE[1:], file("DCIM/9.jpg", b"one")], [("content-renamed", "DCIM/9.jpg")], id="renamed"),
        pytest.param([*THREE[1:], file("DCIM/1.jpg", b"ONE")], [("content-changed", "DCIM/1.jpg")], id="changed"),
        pytest.param([*THREE[1:], file("DCIM/1.jpg", b"on")], [("content-changed", "DCIM/1.jpg")], id="truncated"),
        pytest.param([*THREE[1:], file("DCIM/1.jpg", b"")], [("content-changed", "DCIM/1.jpg")], id="emptied"),
        pytest.param([*THREE[1:], file("DCIM/1.jpg", b"one more")], [("content-changed", "DCIM/1.jpg")], id="longer"),
        pytest.param([*THREE[1:], file("DCIM/1.jpg", b"two")], [("content-changed", "DCIM/1.jpg")],
                     id="replaced by another's content"),
        pytest.param([file("DCIM/1.jpg", b"two"), file("DCIM/2.jpg", b"one"), THREE[2]],
                     [("content-changed", "DCIM/1.jpg"), ("content-changed", "DCIM/2.jpg")], id="two exchanged"),
        pytest.param([*THREE[1:], file("dcim/1.jpg", b"one")], [("content-renamed", "dcim/1.jpg")], id="in capitals"),
        pytest.param([*THREE[1:], special("DCIM/1.jpg", Outcome.LINK)], [("content-changed", "DCIM/1.jpg")],
                     id="replaced by a link"),
        pytest.param([*THREE[1:], special("DCIM/1.jpg", Outcome.UNREADABLE)], [("content-unreadable", "DCIM/1.jpg")],
                     id="unreadable"),
        pytest.param([*THREE[1:], special("DCIM/1.jpg", Outcome.CHANGED)], [("changed-while-read", "DCIM/1.jpg")],
                     id="changed while read"),
        pytest.param([*THREE, special("door", Outcome.FIFO)], [("content-extra", "door")], id="an extra FIFO"),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_named(now: list[Item], expected: list[tuple[str, str]]) -> None:
    assert told(judged([sealed(*THREE)], now)) == expected


def test_the_words_say_what_is_different() -> None:
    result = judged([sealed(*THREE)], [file("DCIM/1.jpg", b"on"), file("DCIM/2.jpg", b"TWO"), THREE[2]])
    assert [finding.text for finding in result.findings] == [
        "DCIM/1.jpg: 3 bytes sealed, 2 now",
        "DCIM/2.jpg: same length, other content",
    ]
    moved = judged([sealed(*THREE)], [*THREE[:2], file("moved.txt", b"three words")])
    assert moved.findings[0].text == "moved.txt: sealed as notes.txt"


# --- what was not measured when it was sealed --------------------------------


@pytest.mark.parametrize("outcome", [Outcome.LINK, Outcome.FIFO, Outcome.SOCKET, Outcome.DEVICE, Outcome.EMPTY_FOLDER])
def test_what_is_no_file_must_still_be_there(outcome: Outcome) -> None:
    odd = special("odd", outcome)
    assert told(judged([sealed(*THREE, odd)], [*THREE, odd])) == []
    gone = "folder-missing" if outcome is Outcome.EMPTY_FOLDER else "content-missing"
    assert told(judged([sealed(*THREE, odd)], THREE)) == [(gone, "odd")]
    assert told(judged([sealed(*THREE, odd)], [*THREE, file("odd")])) == [("content-changed", "odd")]
    assert told(judged([sealed(*THREE, odd)], THREE, copied=True)) == [("not-carried", "odd")]


def test_a_link_that_points_elsewhere() -> None:
    link = special("odd", Outcome.LINK)
    elsewhere = link._replace(target="1" * 64)
    assert told(judged([sealed(*THREE, link)], [*THREE, elsewhere])) == [("content-changed", "odd")]
    moved = [*THREE, elsewhere._replace(name=b"other")]
    assert told(judged([sealed(*THREE, link)], moved)) == [("content-extra", "other"), ("content-missing", "odd")]


@pytest.mark.parametrize("name", ["", "a/"])
def test_an_empty_folder_with_litter_in_it_is_there(name: str) -> None:
    """What a system puts into it is named for itself, and the folder is not called lost."""
    empty = special(f"{name}odd", Outcome.EMPTY_FOLDER)
    litter = file(f"{name}odd/Thumbs.db")
    assert told(judged([sealed(*THREE, empty)], [*THREE, litter])) == [("content-extra", f"{name}odd/Thumbs.db")]
    beside = file(f"{name}odd.txt")
    assert ("folder-missing", f"{name}odd") in told(judged([sealed(*THREE, empty)], [*THREE, beside]))
    whole = special(".", Outcome.EMPTY_FOLDER)
    assert told(judged([sealed(whole)], [file("Thumbs.db")])) == [("content-extra", "Thumbs.db")]


NFC, NFD = "caf\u00e9", "cafe\u0301"


@pytest.mark.parametrize("outcome", [Outcome.MEASURED, Outcome.LINK, Outcome.EMPTY_FOLDER])
@pytest.mark.parametrize(("then", "now"), [(NFC, NFD), (NFD, NFC)])
def test_a_name_that_is_composed_otherwise_is_a_note(outcome: Outcome, then: str, now: str) -> None:
    made = file if outcome is Outcome.MEASURED else lambda name: special(name, outcome)
    result = judged([sealed(*THREE, made(f"a/{then}"))], [*THREE, made(f"a/{now}")])
    assert told(result) == [("name-recomposed", f"a/{now}")]
    assert told(judged([sealed(file(then), file("other"))], [file(now)])) == [
        ("content-missing", "other"), ("name-recomposed", now),
    ]  # fmt: skip
    changed = told(judged([sealed(file(then, b"1"))], [file(now, b"2")]))
    assert changed == [("content-extra", now), ("content-missing", then)]


@pytest.mark.parametrize("outcome", [Outcome.UNREADABLE, Outcome.CHANGED])
def test_what_could_not_be_read_then_says_nothing_now(outcome: Outcome) -> None:
    assert told(judged([sealed(*THREE, special("bad", outcome))], [*THREE, file("bad")])) == []


def test_a_missing_file_is_missing_from_a_copy_too() -> None:
    assert told(judged([sealed(*THREE)], THREE[1:], copied=True)) == [("content-missing", "DCIM/1.jpg")]


# --- several lists -----------------------------------------------------------


def test_two_manifests_together_list_the_whole() -> None:
    first, second = sealed(*THREE[:2]), sealed(*THREE[2:], file("new"))
    assert told(judged([first, second], [*THREE, file("new")])) == []


def test_each_manifest_is_compared() -> None:
    """A file that two manifests list with two contents cannot fit both."""
    then, later = sealed(file("a", b"1"), file("b")), sealed(file("a", b"2"))
    assert told(judged([then, later], [file("a", b"2"), file("b")])) == [("content-changed", "a")]
    then, later = sealed(file("a", b"1"), file("b")), sealed(file("a", b"2"))
    assert told(judged([then, later], [file("b")])) == [("content-missing", "a"), ("content-missing", "a")]


def test_without_any_list_everything_is_extra() -> None:
    assert [code for code, _ in told(judged([], THREE))] == ["content-extra"] * 3


# --- names -------------------------------------------------------------------


def test_a_name_that_is_not_utf8_is_shown_escaped() -> None:
    result = judged([sealed(file(b"caf\xe9"))], [])
    assert told(result) == [("content-missing", "caf\\xe9")]


def test_items_stand_depth_first() -> None:
    names = ["a", "a/b", "a/b/c", "a.txt", "a0", "A"]
    assert sorted(names, key=lambda name: key(name.encode())) == ["A", "a", "a/b", "a/b/c", "a.txt", "a0"]


def test_withheld_names_are_never_confirmed() -> None:
    hidden = sealed(*THREE, edit=lambda lines: [redact(lines[0]), redact(lines[1], leaf_only=True), lines[2]])
    assert told(judged([hidden], THREE)) == [
        ("content-extra", "DCIM/1.jpg"),
        ("content-extra", "DCIM/2.jpg"),
        ("names-withheld", ""),
    ]
    everything = sealed(*THREE, edit=lambda lines: [redact(line, leaf_only=True) for line in lines])
    assert told(judged([everything], [])) == [("names-withheld", "")]


def test_a_list_that_is_not_the_one_bound_passes_no_comparison() -> None:
    for edit in (lambda lines: lines[:-1], lambda lines: [*lines, lines[0]], lambda lines: [lines[1], *lines[1:]]):
        with pytest.raises(RefutedError):
            judged([sealed(*THREE, edit=edit)], THREE)


# --- pieces ------------------------------------------------------------------

LONG = b"0123456789abcdefghij"


@pytest.mark.parametrize("quick", [False, True])
def test_pieces_say_where(quick: bool) -> None:
    other = LONG[:5] + b"X" + LONG[6:]
    result = judged([sealed(file("disk.img", LONG))], [file("disk.img", other, quick=quick)])
    assert [finding.text for finding in result.findings] == ["disk.img: differs within bytes 4 to 7"]
    assert told(result) == [("content-changed", "disk.img")]


def test_a_quick_check_of_a_large_file_rests_on_its_pieces() -> None:
    assert told(judged([sealed(file("disk.img", LONG))], [file("disk.img", LONG, quick=True)])) == []
    without = sealed(file("disk.img", LONG), pieces=False)
    assert told(judged([without], [file("disk.img", LONG, quick=True)])) == [("content-unreadable", "disk.img")]


@pytest.mark.parametrize("now", [LONG[:16], LONG[:-1], LONG + b"k", LONG + b"klmn"])
def test_a_quick_check_sees_another_length(now: bytes) -> None:
    result = judged([sealed(file("disk.img", LONG))], [file("disk.img", now, quick=True)])
    assert told(result) == [("content-changed", "disk.img")]


def test_the_pieces_of_the_right_file_are_taken() -> None:
    files = [file("a", LONG), file("b", b"x"), file("c", LONG[::-1]), file("d", LONG)]
    changed = [*files[:2], file("c", b"Y" + LONG[::-1][1:], quick=True), files[3]]
    assert [f.text for f in judged([sealed(*files)], changed).findings] == ["c: differs within bytes 0 to 3"]


# --- what cannot be read any more (media.md, M4 and M8) -----------------------

PARTLY: dict[str, Any] = {"outcome": Outcome.PARTIAL, "reason": "4 bytes could not be read", "unreadable": ((8, 4),)}
ZEROS = LONG[:8] + bytes(4) + LONG[12:]


def test_a_piece_that_differs_beside_one_that_cannot_be_read_is_not_hidden_by_it() -> None:
    lists = lambda: [sealed(file("device", LONG))]  # noqa: E731
    assert told(judged(lists(), [file("device", ZEROS, **PARTLY)])) == [("content-unreadable", "device")]
    result = judged(lists(), [file("device", LONG[:4] + b"XXXX" + ZEROS[8:], **PARTLY)])
    assert [(each.code, each.text) for each in result.findings] == [
        ("content-changed", "device: differs within bytes 4 to 7")
    ]


@pytest.mark.parametrize(
    ("content", "now", "code"),
    [
        pytest.param(ZEROS, ZEROS, "content-unreadable", id="zeros where zeros were sealed"),
        pytest.param(LONG, ZEROS, "content-unreadable", id="zeros where something else was sealed"),
        pytest.param(ZEROS, b"XXXX" + ZEROS[4:], "media-changed", id="another piece differs"),
    ],
)
def test_media_that_cannot_be_read_whole_are_not_the_same(content: bytes, now: bytes, code: str) -> None:
    """A container cut off where its media end in zeros would else hold "the same" media."""
    container = file("a.E01", b"in")
    inside = file("a.E01/[media]", content, decoded="ewf", segments=(1,))
    hurt = file("a.E01/[media]", now, decoded="ewf", segments=(1,), **PARTLY)
    result = judged([sealed(container, inside)], [file("a.E01", b"i")], decode=lambda name: hurt)
    assert told(result) == [("content-changed", "a.E01"), (code, "a.E01/[media]")]
    sealed_so = [sealed(container, inside._replace(**PARTLY))]
    if now == content:
        assert told(judged(sealed_so, [file("a.E01", b"i")], decode=lambda name: hurt)) == [
            ("container-changed", "a.E01")
        ]


# --- many --------------------------------------------------------------------


def test_many_extra_files_do_not_refute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the first ones they are counted, under their own code."""
    monkeypatch.setattr(comparing, "MAX_FINDINGS", 3)
    monkeypatch.setattr(comparison, "MAX_FINDINGS", 3)
    result = judged([sealed(*THREE)], [*THREE, *(file(f"new-{n}") for n in range(10))])
    assert Counter(finding.code for finding in result.findings) == {"content-extra": 4}
    assert result.findings[-1].text == "and 7 more"


def test_many_harmless_findings_do_not_hide_a_grave_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MAX_FINDINGS", 3)
    monkeypatch.setattr(comparison, "MAX_FINDINGS", 3)
    now = [*(special(f"DCIM/0-{n}", Outcome.UNREADABLE) for n in range(10)), *THREE[1:], file("DCIM/1.jpg", b"ONE")]
    assert ("content-changed", "DCIM/1.jpg") in told(judged([sealed(*THREE)], now))


# --- against a plain dictionary ----------------------------------------------

NAMES = st.lists(st.sampled_from("abA0."), min_size=1, max_size=3).map("/".join)
MEDIA = st.dictionaries(NAMES, st.sampled_from([b"", b"1", b"2", b"3", LONG]), max_size=7)


@settings(max_examples=300)
@given(st.lists(MEDIA, max_size=3), MEDIA)
def test_it_says_what_a_comparison_of_dictionaries_says(then: list[dict[str, bytes]], now: dict[str, bytes]) -> None:
    lists = [sealed(*(file(name, data) for name, data in each.items())) for each in then]
    result = judged(lists, [file(name, data) for name, data in now.items()])
    changed = Counter(name for each in then for name in each.keys() & now.keys() if each[name] != now[name])
    missing = [(name, each[name]) for each in then for name in each.keys() - now.keys()]
    extra = [(name, data) for name, data in now.items() if name not in set(chain(*then))]
    renamed = sum((Counter(data for _, data in missing) & Counter(data for _, data in extra)).values())
    found = Counter(finding.code for finding in result.findings)
    assert found["content-changed"] == sum(changed.values())
    assert Counter(item for code, item in told(result) if code == "content-changed") == changed
    assert found["content-renamed"] == renamed
    assert found["content-missing"] == len(missing) - renamed
    assert found["content-extra"] == len(extra) - renamed
    named = {item for code, item in told(result) if code in ("content-extra", "content-renamed")}
    assert named == {name for name, _ in extra}
    assert (result.items, result.size) == (len(now), sum(map(len, now.values())))


# --- what a closer look begins with ------------------------------------------


def blake(data: bytes) -> str:
    """The digest of a piece, as `file` makes it."""
    return hashlib.sha256(data).hexdigest()


def test_a_damaged_item_is_kept_for_a_closer_look() -> None:
    result = judged([sealed(file("a", b"0123456789")), sealed(file("b", b"x"))], [file("a", b"0123X56X89")])
    changed, missing = result.troubles
    assert result.findings[changed.finding].facts["item"] == "a"
    assert (changed.pieces, changed.whole, changed.readable) == (((4, 4),), False, True)
    (part,) = changed.parts
    assert (part.span, part.sealed, part.measured) == ((4, 4), blake(b"4567"), blake(b"X56X"))
    assert (result.findings[missing.finding].code, missing.parts) == ("content-missing", ())
    assert result.named == {b"a": "content-changed", b"b": "content-missing"}


def test_small_items_are_looked_at_as_a_whole() -> None:
    result = judged([sealed(file("a", b"one"))], [file("a", b"ONES")])
    (part,) = result.troubles[0].parts
    assert (part.span, part.sealed, part.measured) == ((0, 4), blake(b"one"), blake(b"ONES"))
    assert (result.troubles[0].whole, result.troubles[0].pieces) == (True, ())


def test_a_longer_item_is_read_as_its_last_piece_was() -> None:
    result = judged([sealed(file("a", b"0123456"))], [file("a", b"0123456more")])
    (part,) = result.troubles[0].parts
    assert (part.span, part.sealed, part.measured) == ((4, 4), blake(b"456"), blake(b"456m"))


def test_no_more_pieces_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = [sealed(file("a", b"0123456789"), file("b", b"0123456789"))]
    monkeypatch.setattr(comparing, "Comparison", lambda **facts: Comparison(**facts, room=3))
    found = judged(lists, [file("a", b"X123X567X9"), file("b", b"X123X567X9")])
    assert [len(trouble.parts) for trouble in found.troubles] == [3, 0]
    assert [trouble.pieces for trouble in found.troubles] == [((0, 10),), ((0, 10),)]


def test_bad_sectors_are_looked_at_by_the_pieces_they_touch() -> None:
    card = file("card", b"0123456789ab", outcome=Outcome.MEASURED)
    now = file("card", b"0123\0\0\0\x0089ab", outcome=Outcome.PARTIAL, reason="bad", unreadable=((4, 4),))
    result = judged([sealed(card)], [now])
    (trouble,) = result.troubles
    assert result.findings[0].code == "content-unreadable"
    assert (trouble.unread, trouble.pieces, [part.span for part in trouble.parts]) == (True, ((4, 4),), [(4, 4)])


@pytest.mark.parametrize("now", ["the same", "other", "unreadable", "none"])
def test_media_are_decoded_again_where_that_is_asked_for(now: str) -> None:
    """Although the container is the same: the list may be signed, and wrong all the same (M4)."""
    container = file("a.E01", b"in")
    inside = file("a.E01/[media]", LONG, decoded="ewf", segments=(1,))
    found = {
        "the same": inside, "other": inside._replace(digests={"sha256": "0" * 64}), "none": None,
        "unreadable": special("a.E01/[media]", Outcome.UNREADABLE),
    }[now]  # fmt: skip
    asked: list[bytes] = []

    def decode(name: bytes) -> Item | None:
        asked.append(name)
        return found

    once = judged([sealed(container, inside)], [container], decode=decode)
    assert (told(once), asked, once.undecoded) == ([], [], 1)
    again = judged([sealed(container, inside)], [container], decode=decode, decode_all=True)
    codes = {"the same": [], "other": ["media-changed"]}.get(now, ["content-unreadable"])
    assert ([code for code, _ in told(again)], len(asked), again.undecoded) == (codes, 1, 0)
