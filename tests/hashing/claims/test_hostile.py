"""Logs that were cut, damaged or made up to mislead: nothing raises, nothing hangs, no digest is invented or lost."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing.claims import dc3dd, dcfldd, dfxml, ewf, ftk, guymager, hashdeep, lists, ufd
from hashing.claims.saying import MOST_LINE, MOST_WORDS, SCOPES, Statement
from hashing.digests import ALGORITHMS, SIZES

from .judging import heard, sample

ONE_OF_EACH = [
    "ftk-e01.txt",
    "guymager-stick.info",
    "ewfacquire.txt",
    "ewfverify.txt",
    "dc3dd.hlog",
    "dcfldd.log",
    "hashdeep.txt",
    "sha256sum.txt",
    "sha256sum-tag.txt",
    "hashdeep.xml",
    "ufed.ufd",
]
READERS = {
    "ftk": ftk.read,
    "guymager": guymager.read,
    "ewf": ewf.read,
    "dc3dd": dc3dd.read,
    "dcfldd": dcfldd.read,
    "hashdeep": hashdeep.read,
    "lists": lists.read,
    "ufd": ufd.read,
    "dfxml": dfxml.read,
}
MD5, SHA1, OTHER = "0123456789abcdef" * 2, "f" * 40, "e" * 64
PHRASES = [
    *(
        MD5,
        SHA1,
        OTHER,
        "--",
        "N/A",
        "a" * 31,
        "\n",
        " ",
        "  ",
        "\t",
        ": ",
        "=",
        ",",
        "`x'",
        "\\",
        "\r",
        "\0",
        "é",
        "\udcff",
    ),
    *(
        "MD5 checksum: ",
        " : verified",
        "[Computed Hashes]",
        "Image Verification Results:",
        "Segment list:",
        "x.001",
        "x.E01",
    ),
    *("Information for X:", "The following sector(s) on the source drive could not be read:", "1 through 2"),
    *("MD5 hash", " verified image", " verified source", "====", "Generated image files and their MD5 hashes"),
    *(
        "MD5 hash calculated over data:\t\t",
        "MD5 hash stored in file:\t\t",
        "ewfverify 20140813",
        "ewfacquire 20140813",
    ),
    *(
        "dc3dd 7.2.646 started at x",
        "input results for device `",
        "output results for files `",
        "':",
        " (md5)",
        ", sectors 0 - 1",
    ),
    *("Total (md5): ", "0 - 9: ", "%%%% HASHDEEP-1.0", "%%%% size,md5,sha256,filename", "1,", "## "),
    *("MD5 (", ") = ", " *", "[SHA256]", "[General]", "Version=", "[DeviceInfo]"),
    *(
        "<dfxml>",
        "<fileobject>",
        "<filename>",
        "</filename>",
        "<hashdigest type='MD5'>",
        "</hashdigest>",
        "</fileobject>",
    ),
    *("</dfxml>", "<byte_run>", "</byte_run>", "<!DOCTYPE x>", "<!--", "<![CDATA[", "&amp;", "&x;", "&#0;"),
]
BABBLE = st.lists(st.sampled_from(PHRASES), max_size=25).map(
    lambda phrases: "".join(phrases).encode("utf-8", "surrogateescape")
)


def pairs(found):
    return {(one.algorithm, one.value) for one in (*found.statements, *found.files)}


def check(said):
    """What every claim must be, whoever made the log."""
    for one in said:
        if isinstance(one, Statement):
            assert one.scope in SCOPES
            assert one.algorithm in ALGORITHMS
            assert re.fullmatch("[0-9a-f]+", one.value)
            assert len(one.value) == 2 * SIZES[one.algorithm]
            assert one.name is None or one.name
            assert len(one.where) <= MOST_WORDS


@pytest.mark.parametrize("name", READERS)
@given(log=BABBLE | st.binary(max_size=300))
def test_any_reader_takes_anything(name, log):
    check(READERS[name]([log] if name == "dfxml" else log.split(b"\n")))


@given(BABBLE | st.binary(max_size=300))
def test_anything_is_read(log):
    found = heard(log)
    check((*found.statements, *found.files))


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_every_truncation(name):
    whole = sample(name)
    claimed = pairs(heard(whole))
    for length in range(len(whole)):
        assert pairs(heard(whole[:length])) <= claimed, length


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_bytes_flipped(name):
    chance = random.Random(name)
    whole = sample(name)
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 1, 1, 5, 50])):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        found = heard(bytes(damaged))
        check((*found.statements, *found.files))


@pytest.mark.parametrize("name", [name for name in ONE_OF_EACH if not name.endswith("xml")])
def test_a_line_with_a_digest_is_never_lost(name):
    """Wherever it stands it is claimed, kept among the facts, or counted."""
    whole = sample(name)
    lines = whole.split(b"\n")
    expected = heard(whole).summary.unread or ""
    for place in range(1, len(lines)):
        found = heard(b"\n".join([*lines[:place], b"surprise " + MD5.encode(), *lines[place:]]))
        kept = MD5 in str(found.summary.facts) or ("md5", MD5) in pairs(found)
        assert kept or (found.summary.unread != expected and "understood" in (found.summary.unread or "")), place


@pytest.mark.parametrize("place", ["</creator>", "<fileobject>", "</fileobject>", "<metadata>"])
def test_an_element_with_a_digest_is_never_lost(place):
    document = sample("hashdeep.xml").decode()
    found = heard(document.replace(place, f"{place}<surprise>{MD5}</surprise>", 1).encode())
    assert found.summary.unread == "1 line with a digest was not understood"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ('<!DOCTYPE d SYSTEM "file:///etc/passwd"><dfxml/>', "it declares a document type (DTD), which is refused"),
        ('<!DOCTYPE d [<!ENTITY x SYSTEM "http://example.org/">]><dfxml>&x;</dfxml>', "it declares a document type"),
        ("<dfxml>" + "<a>" * 100, "its elements are nested too deeply"),
        ("<dfxml><fileobject><filename>" + "a" * (MOST_LINE + 1), "a text in it is longer than 64 KiB"),
        ("<dfxml>&undeclared;</dfxml>", "it is not well-formed XML from line 1 on; what follows was not read"),
        ("<dfxml><a></b></dfxml>", "it is not well-formed XML from line 1 on"),
        ("<dfxml>", "it is not well-formed XML from line 1 on"),
    ],
)
def test_xml_that_is_refused(document, reason):
    assert heard(document.encode()).summary.unread.startswith(reason)


def test_what_stands_before_the_end_of_xml_is_kept():
    found = heard(sample("hashdeep.xml").replace(b"<rusage>", b"<rusage"))
    assert len(found.files) == 6
    assert re.match(r"it is not well-formed XML from line \d+ on; what follows was not read", found.summary.unread)


def test_a_document_type_inside_another_encoding():
    document = "\ufeff<!DOCTYPE d [<!ENTITY x 'y'>]><dfxml>&x;</dfxml>"
    assert heard(document.encode("utf-16-le")).summary.unread.startswith("it declares a document type")
