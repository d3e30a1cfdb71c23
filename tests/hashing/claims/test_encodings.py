"""A log says the same in every encoding that its tool writes, and in pieces of any size."""

import codecs
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing.claims.lines import Lines, text_of
from hashing.claims.saying import MOST_LINE
from hashing.claims.xml_bytes import Mender, bytes_of

from .judging import NAMES, heard, sample

UTF16 = [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE]


def recoded(log, mark):
    text = log.decode("utf-8-sig")
    return mark + text.encode("utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be")


def said(log):
    found = heard(log)
    return found.statements, found.files, found.summary.facts, found.summary.unread, found.summary.tool


@pytest.mark.parametrize("mark", UTF16)
@pytest.mark.parametrize("name", NAMES)
def test_utf_16(name, mark):
    assert said(recoded(sample(name), mark)) == said(sample(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_mark_before_utf_8(name):
    assert said(codecs.BOM_UTF8 + sample(name).removeprefix(codecs.BOM_UTF8)) == said(sample(name))


def test_the_western_code_page():
    log = sample("ftk-e01.txt").decode("utf-8-sig").replace("Jane", "Zoë").replace("stick.E01", "stück.E01")
    found = heard(log.encode("cp1252"))
    assert found.summary.version == "4.7.1.2"
    assert found.summary.facts["examiner"] == "Zoë Example"
    assert found.statements[2].name == "D:/Cases/7/stück.E01".encode()


def test_a_latin_1_document():
    document = (
        "<?xml version='1.0' encoding='ISO-8859-1'?><dfxml><fileobject><filename>é</filename>{}</fileobject></dfxml>"
    )
    digest = f"<hashdigest type='MD5'>{'0' * 32}</hashdigest>"
    assert heard(document.format(digest).encode("latin-1")).files[0].name == "é".encode()


def test_an_unknown_encoding_of_xml():
    found = heard(b"<?xml version='1.0' encoding='made-up-9'?><dfxml/>")
    assert found.summary.unread


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 7, 300])
def test_pieces(name, size):
    log = sample(name)
    assert said([log[at : at + size] for at in range(0, len(log), size)]) == said(log)


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_lines_do_not_depend_on_pieces(data, cuts):
    data = data.replace(b"a", b"\n").replace(b"b", b"\r")
    places = [0, *sorted(cut for cut in cuts if cut <= len(data)), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    *whole, last = data.split(b"\n")
    assert list(Lines(pieces)) == [line.removesuffix(b"\r") for line in (*whole, *([last] if last else []))]


@pytest.mark.parametrize("size", [1000, MOST_LINE, MOST_LINE + 1, 10 * MOST_LINE, 1 << 30])
def test_lines_that_are_too_long_are_counted_and_cost_no_other(size):
    data = b"first\n" + b"x" * (MOST_LINE + 1) + b"\nsecond\n" + b"y" * (5 * MOST_LINE) + b"\n" + b"z" * MOST_LINE
    lines = Lines(data[at : at + size] for at in range(0, len(data), size))
    assert list(lines) == [b"first", b"", b"second", b"", b"z" * MOST_LINE]
    assert lines.too_long == 2


def test_a_line_that_is_too_long_is_said():
    digest = b"0" * 32
    found = heard(digest + b"  a\n" + digest + b"  " + b"b" * MOST_LINE + b"\n" + digest + b"  c\n")
    assert [one.name for one in found.files] == [b"a", b"c"]
    assert found.summary.unread == "1 line of more than 64 KiB was left out"


@given(st.binary(max_size=200))
def test_any_line_is_some_text(line):
    text_of(line).encode()


@given(st.lists(st.binary(max_size=30), max_size=5))
def test_bytes_that_are_not_xml_come_back(pieces):
    mender = Mender()
    mended = b"".join([*(mender.mend(piece) for piece in pieces), mender.mend(b"", last=True)])
    assert bytes_of(mended.decode()) == b"".join(pieces)


NAME = st.one_of(
    st.binary(min_size=1, max_size=30),
    st.text(min_size=1, max_size=9).map(lambda text: text.encode("utf-8", "replace")),
)


def slashed(name):
    """What becomes of a name that looks like one of Windows."""
    of_windows = re.match(rb"[A-Za-z]:\\|\\\\", name)
    return name.replace(b"\\", b"/") if of_windows else name


@given(NAME.filter(lambda name: not {*b"\r<&"} & {*name} and b"]]>" not in name))
def test_any_name_passes_through_xml(name):
    document = b"<dfxml><fileobject><filename>%s</filename><hashdigest type='MD5'>%s</hashdigest></fileobject></dfxml>"
    (found,) = heard(document % (name, b"0" * 32)).files
    assert found.name == slashed(name)


@given(NAME.filter(lambda name: b"\n" not in name and not name.endswith(b"\r")))
def test_any_name_passes_through_a_list(name):
    (found,) = heard(b"0" * 32 + b"  " + name + b"\n").files
    assert found.name == slashed(name)
