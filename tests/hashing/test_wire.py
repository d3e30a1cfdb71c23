"""What is packed unpacks to the same, and nothing else is believed."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing.describe import answers
from hashing.reading import Recipe
from hashing.wire import Form, pack_job, unpack_job

NAME = st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name and b"/" not in name)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
ROW = st.tuples(
    st.sampled_from(["measured", "changed-while-read", "unreadable"]),
    st.integers(-1, 2**62),
    st.none() | st.integers(-(10**9) * 10**9, 20 * 10**18),  # nanoseconds beyond 64 bits exist on real disks
    st.sampled_from([b"", b"d" * 32]),
    TEXT,
    st.binary(max_size=64),
    st.none() | st.binary(max_size=50),
)
MARKS = st.sampled_from([b"", bytes(range(48))])
PLAIN = Recipe(("sha256",), pieces=True, quick=False, cores=1)
MARKED = Recipe(("sha256",), pieces=True, quick=False, cores=1, marks=True)


@given(st.lists(st.lists(NAME, min_size=1, max_size=5), min_size=1, max_size=5))
def test_jobs(runs):
    assert unpack_job(pack_job(runs)) == runs


@given(st.lists(ROW, max_size=8))
def test_rows(rows):
    rows = [(*row, b"") for row in rows]
    assert Form(PLAIN).unpack(Form(PLAIN).pack(rows)) == rows


@given(st.lists(st.tuples(ROW, MARKS), max_size=8))
def test_rows_with_marks(pairs):
    rows = [(*row, marks) for row, marks in pairs]
    assert Form(MARKED).unpack(Form(MARKED).pack(rows)) == rows


@given(st.none() | TEXT.filter(bool), st.none() | TEXT.filter(bool), st.dictionaries(TEXT, TEXT, max_size=10))
def test_answers(media_type, not_examined, metadata):
    assert answers.unpack(answers.pack(media_type, not_examined, metadata)) == (media_type, not_examined, metadata)


@given(st.binary(max_size=300))
def test_answers_that_make_no_sense_harm_nobody(packed):
    media_type, not_examined, metadata = answers.unpack(packed)
    for text in (media_type or "", not_examined or "", *metadata, *metadata.values()):
        text.encode()


def test_answers_are_cut_to_size():
    packed = answers.pack("image/jpeg", None, {"EXIF:Make": "x" * 5000, "EXIF:Model": "\ud800"})
    metadata = answers.unpack(packed)[2]
    assert metadata["EXIF:Make"] == "x" * 999 + "…"
    assert metadata["EXIF:Model"] == "?"
    many = answers.unpack(answers.pack("image/jpeg", None, {str(number): "x" for number in range(500)}))[2]
    assert len(many) == answers.MOST_TAGS
    assert answers.unpack(bytes(answers.MOST_BYTES + 1))[1]


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_no_text_is_longer_than_a_record_can_hold(place):
    """A list with such a text could be sealed, and never be read again."""
    texts = [b"image/jpeg", b"exiftool: File format error", b"EXIF:Make", b"Tecno"]
    texts[place] = b"x" * 5000
    said = answers.unpack(b"".join(struct.pack("!H", len(each)) + each for each in texts))
    assert said == (None, "the describer's answer made no sense", {})
    told = answers.unpack(answers.pack(*(each.decode() for each in texts[:2]), {texts[2].decode(): texts[3].decode()}))
    assert sorted(map(len, (told[0], told[1], *told[2].popitem())))[-1] == answers.MOST_LETTERS
