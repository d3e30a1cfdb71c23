"""The lines of entry lists: their shapes, and the salted leaf (entries.md, E1 to E3)."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing.items import Description, Item, Outcome
from manifests.entries import print_line, read_line
from manifests.entry import Entry
from manifests.errors import RefutedError
from tests.manifests.listing import ITEMS, SALT, item

# --- one line ----------------------------------------------------------------


@given(ITEMS, st.integers(1, 10**9))
def test_every_item_reads_back(each: Item, number: int) -> None:
    line, leaf = print_line(each, number, SALT)
    entry = read_line(line)
    assert (entry.leaf, entry.path) == (leaf, each.name)
    assert entry.public is not None
    assert entry.private is not None
    assert (entry.public.item, entry.public.outcome, entry.public.size) == (number, each.outcome.value, each.size)
    assert dict(entry.private.metadata) == dict(each.description.metadata if each.description else {})


@pytest.mark.parametrize("words", ["\x1b[2J", "a\nb", "\u202eexe", "\x9b" * 1000])
def test_words_of_a_parser_are_recorded_inert(words: str) -> None:
    """What a process says that has parsed evidence is no reason not to list it, and steers nothing."""
    described = Description(media_type=words, metadata={}, not_examined=words)
    unread = item(name=b"a", outcome=Outcome.UNREADABLE, reason=words, size=None, digests={}, description=described)
    entry = read_line(print_line(unread, 1, SALT)[0])
    assert entry.public is not None
    for text in (entry.public.reason, entry.public.media_type, entry.public.not_examined):
        assert text
        assert text.isascii()
        assert text.isprintable()


@given(ITEMS)
def test_the_leaf_is_the_formula_of_the_specification(each: Item) -> None:
    """E3 computed here from the text of the line alone, with nothing of ours."""
    line, leaf = print_line(each, 17, SALT)
    inner = line[len(b'{"public":') : line.rindex(b',"salt":"')]
    public, private = _split(inner)
    salt = bytes.fromhex(line[-66:-2].decode())
    commitment = hashlib.sha256(b"custody/entry-private/1" + b"\0" + salt + private).digest()
    assert hashlib.sha256(b"\0" + b"custody/entry/1" + b"\0" + commitment + public).digest() == leaf


def _split(inner: bytes) -> tuple[bytes, bytes]:
    """The bytes of `public` and `private`, cut where both halves are JSON."""
    middle = b',"private":'
    at = -1
    while True:
        at = inner.index(middle, at + 1)
        public, private = inner[:at], inner[at + len(middle) :]
        try:
            json.loads(public), json.loads(private)
        except ValueError:
            continue
        return public, private


def test_a_line_is_as_the_specification_shows_it() -> None:
    jpeg = item(description=Description(media_type="image/jpeg", metadata={"EXIF:Make": "x"}, not_examined=None))
    line, _ = print_line(jpeg, 17, SALT)
    shown = json.loads(line)
    assert list(shown) == ["public", "private", "salt"]
    assert list(shown["public"]) == ["item", "outcome", "size", "digests", "media_type"]
    assert list(shown["private"]) == ["path", "modified", "metadata"]
    assert b" " not in line
    assert shown["salt"] == SALT.hex()


def test_a_name_that_is_not_utf8_is_base64() -> None:
    line, _ = print_line(item(b"caf\xe9.txt"), 1, SALT)
    assert json.loads(line)["private"]["path_b64"] == base64.b64encode(b"caf\xe9.txt").decode()
    assert read_line(line).path == b"caf\xe9.txt"


GOOD = print_line(item(), 1, SALT)[0]
HEX = b"ab" * 32


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(GOOD + b" ", id="a blank after"),
        pytest.param(GOOD.replace(b'":5', b'": 5'), id="a blank inside"),
        pytest.param(GOOD.replace(b'"size":5', b'"size":5,"size":5'), id="a key twice in public"),
        pytest.param(GOOD[:-1] + b',"salt":"' + HEX + b'"}', id="a salt twice"),
        pytest.param(GOOD.replace(b'"path":"DCIM', b'"path":"\\u0044CIM'), id="an escape that is not needed"),
        pytest.param(GOOD.replace(b'"item":1', b'"item":1.0'), id="a fraction"),
        pytest.param(GOOD.replace(b'"item":1', b'"item":-1'), id="a negative number"),
        pytest.param(GOOD.replace(b'"item":1', b'"item":1,"added":1'), id="an unknown field in public"),
        pytest.param(GOOD.replace(b'"path"', b'"added":"","path"'), id="an unknown field in private"),
        pytest.param(GOOD[:-1] + b',"added":1}', id="an unknown field beside"),
        pytest.param(GOOD.replace(b'"private"', b'"Private"'), id="another shape"),
        pytest.param(b'{"public":{},"leaf":"' + HEX + b'"}', id="a mixture of shapes"),
        pytest.param(b'{"commitment":"' + HEX + b'","public":' + GOOD[10 : GOOD.index(b',"private"')] + b"}",
                     id="another order"),
        pytest.param(b'{"leaf":"' + HEX.upper() + b'"}', id="a leaf in capitals"),
        pytest.param(b'{"leaf":"' + HEX[:-2] + b'"}', id="a leaf too short"),
        pytest.param(b'{"leaf":"' + HEX + b'\\n"}', id="a leaf with a line feed"),
        pytest.param(b'{"leaf":null}', id="no leaf"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"", id="an empty line"),
        pytest.param(b"[]", id="a list"),
        pytest.param(GOOD.replace(b'"path":"DCIM/IMG_0007.JPG",', b""), id="no path"),
        pytest.param(GOOD.replace(b'"path":"', b'"path_b64":"eA==","path":"'), id="both kinds of path"),
        pytest.param(GOOD.replace(b'"path":"DCIM/IMG_0007.JPG"', b'"path_b64":"eA=="'), id="UTF-8 in base64"),
        pytest.param(GOOD.replace(b'"path":"DCIM/IMG_0007.JPG"', b'"path_b64":"/w"'), id="base64 cut off"),
        pytest.param(GOOD.replace(b'"path":"DCIM/IMG_0007.JPG"', b'"path_b64":"/x=="'), id="base64 spelled otherwise"),
        pytest.param(GOOD.replace(b'2026-', b'2026-02-30T00:00:00Z","x":"'), id="a field too many in time"),
        pytest.param(GOOD.replace(b"2026-09-21T", b"2026-02-30T"), id="a day that is not"),
        pytest.param(GOOD.replace(b'"size":5,', b""), id="measured without a size"),
        pytest.param(GOOD.replace(b'"sha256"', b'"md5"'), id="measured without a SHA-256"),
        pytest.param(GOOD.replace(GOOD[GOOD.index(b'sha256":"') + 9 :][:64], b"ab" * 16), id="a SHA-256 of 16 bytes"),
    ],
)  # fmt: skip
def test_every_other_line_is_refused(line: bytes) -> None:
    assert line != GOOD
    with pytest.raises(RefutedError):
        read_line(line)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_our_own_error(line: bytes) -> None:
    for each in (line, b'{"leaf":"' + line + b'"}', b'{"public":' + line + b',"commitment":"' + HEX + b'"}'):
        try:
            assert isinstance(read_line(each), Entry)
        except RefutedError:
            continue
