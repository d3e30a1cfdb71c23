"""Records: one spelling each, for every kind; nothing but RefutedError for anything else (record.md)."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifests import bodies, records, strict
from manifests.bodies import BODIES
from manifests.digest import identity
from manifests.errors import RefutedError
from manifests.shapes import Authority
from tests.manifests.drawing import values
from tests.vectors.pen import SEIZURE, TOOL, Pen, release_to
from tests.vectors.people import JANE, LAB

SUITE = Path(__file__).parents[3] / "shared" / "data" / "json-test-suite"
SPEC = Path(__file__).parents[2] / "docs" / "spec" / "record.md"


def written() -> bytes:
    """A record with nearly every field of the envelope."""
    pen = Pen()
    pen.seize(JANE)
    return pen.draft(
        JANE, release_to(LAB), act="ab" * 16, clock="the clock was wrong", place="Kibra", reason="an example",
        authority=Authority(kind="warrant", number="E123/2026", issued_on="2026-11-19"),
    ).data  # fmt: skip


def seizure() -> bytes:
    return Pen().draft(JANE, SEIZURE).data


def refused(data: bytes) -> str:
    with pytest.raises(RefutedError) as caught:
        records.read(data)
    assert caught.value.code == "record-malformed"
    return caught.value.message


def test_the_example_of_the_specification_is_a_record() -> None:
    """All but the shortened identities, which are filled up here."""
    example = SPEC.read_text().split("## R1")[0].split("# Record")[1]
    data = "\n".join(line.removeprefix("    ") for line in example.strip("\n").splitlines())
    whole = re.sub(r"sha256:([0-9a-f]{4})\.\.\.", lambda found: f"sha256:{found[1] * 16}", data.strip() + "\n")
    read = records.read(whole.encode())
    assert (read.kind, read.position, read.chain) == ("seizure", 1, "KIBRA:KBR-2026-0042/EX-1")
    assert read.digest == identity(whole.encode())


@pytest.mark.parametrize("kind", BODIES)
@settings(max_examples=15)
@given(data=st.data())
def test_every_body_of_every_kind_reads_back(kind: str, data: st.DataObject) -> None:
    body = data.draw(values(BODIES[kind]))
    record = Pen().draft(JANE, body)
    again = records.read(record.data)
    assert (again.body, again.kind, again.data) == (body, kind, record.data)
    assert records.build(body, **_fields(again.envelope)).data == record.data


@settings(max_examples=15)
@given(st.data())
def test_every_envelope_reads_back(data: st.DataObject) -> None:
    drawn = {f.name: values(f.type) for f in msgspec.structs.fields(records.Envelope) if f.type is not msgspec.Raw}
    fields = {name: data.draw(each) for name, each in drawn.items() if name not in ("format", "kind")}
    fields["recorded_at"] = fields["occurred_at"]
    place = fields["chain"]
    fields["chain"] = msgspec.structs.replace(place, position=2 if fields["previous"] else 1)
    opens = not fields["previous"] and ":" not in place.id
    named = {"register_id": None if opens else identity(b"a journal")}
    fields["by"] = msgspec.structs.replace(fields["by"], **named)
    fields["witnesses"] = tuple(msgspec.structs.replace(each, **named) for each in fields["witnesses"])
    record = records.build(SEIZURE, **fields)
    assert _fields(records.read(record.data).envelope) == fields


def _fields(envelope: records.Envelope) -> dict[str, Any]:
    return {
        name: getattr(envelope, name) for name in envelope.__struct_fields__ if name not in ("format", "kind", "body")
    }


def test_fields_stand_in_the_order_of_the_specification() -> None:
    table = re.findall(r"^\| `(\w[^|]*)` \|", SPEC.read_text().split("## R3")[1].split("## R4")[0], re.MULTILINE)
    named = [word.strip("` ").split(".")[0] for row in table for word in row.split(",")]
    assert list(dict.fromkeys(named)) == list(records.Envelope.__struct_fields__)


# --- every other spelling ----------------------------------------------------


def test_no_byte_of_a_record_can_be_any_other_and_still_say_the_same() -> None:
    """Each byte changed in three ways: refused, or a different record with a different identity."""
    data = written()
    first = records.read(data)
    for place in range(len(data)):
        for other in (data[place] ^ 1, data[place] ^ 0x20, 0):
            changed = data[:place] + bytes([other]) + data[place + 1 :]
            try:
                read = records.read(changed)
            except RefutedError:
                continue
            assert read.digest != first.digest
            assert (read.envelope, read.body) != (first.envelope, first.body)


def test_every_key_twice_is_refused_at_each_depth() -> None:
    lines = written().splitlines(keepends=True)
    keyed = [at for at, line in enumerate(lines) if re.match(rb'\s*"\w+": [^{\[]', line)]
    assert len(keyed) > 30
    for at in keyed:
        comma = lines[at].rstrip(b"\n").removesuffix(b",") + b",\n"
        refused(b"".join([*lines[:at], comma, *lines[at:]]))


def test_every_two_neighbouring_lines_exchanged_are_refused() -> None:
    lines = written().splitlines(keepends=True)
    for at in range(len(lines) - 1):
        exchanged = b"".join([*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]])
        if exchanged != written():
            refused(exchanged)


def test_every_line_left_out_is_refused_unless_it_was_optional() -> None:
    lines = written().splitlines(keepends=True)
    optional = {b"act", b"clock", b"place", b"reason", b"issued_on"}
    for at, line in enumerate(lines):
        left = b"".join([*lines[:at], *lines[at + 1 :]])
        if line.split(b'"')[1:2] and line.split(b'"')[1] in optional and line.endswith(b",\n"):
            assert records.read(left).digest != identity(written())
        else:
            refused(left)


def test_an_unknown_field_is_refused_in_every_object() -> None:
    data = written()
    openings = [found.end() for found in re.finditer(rb"\{\n( +)", data)]
    assert len(openings) > 5
    for at in openings:
        indent = data[:at].rsplit(b"\n", 1)[1]
        refused(data[:at] + b'"added": 1,\n' + indent + data[at:])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"\n", b"\r\n", id="CRLF"),
        pytest.param(b"{\n", b"\xef\xbb\xbf{\n", id="a byte order mark"),
        pytest.param(b"}\n", b"}\n\n", id="a trailing line feed"),
        pytest.param(b"}\n", b"}\n\0", id="a trailing zero"),
        pytest.param(b"}\n", b"}", id="no final line feed"),
        pytest.param(b'"Jane', b'"\\u004aane', id="an escape that is not needed"),
        pytest.param(b'"place": "', b'"place": null, "reason": "', id="null"),
        pytest.param(b'"position": 2', b'"position": 2.0', id="a fraction"),
        pytest.param(b'"position": 2', b'"position": 2e0', id="an exponent"),
        pytest.param(b'"position": 2', b'"position": -2', id="a negative number"),
        pytest.param(b'"position": 2', b'"position": -0', id="minus zero"),
        pytest.param(b'"position": 2', b'"position": 10000000', id="a position too high"),
        pytest.param(b'"position": 2', b'"position": 0', id="position nought"),
        pytest.param(b'"position": 2', b'"position": ' + b"2" * 400, id="a huge number"),
        pytest.param(b'"kind": "release"', b'"kind": "release\\n"', id="a line feed after a name"),
        pytest.param(b"EX-1", b"../EX-1", id="a path for a name"),
        pytest.param(b"EX-1", b"EX-1\\n", id="a line feed after a chain's id"),
        pytest.param(b'"nonce": "', b'"nonce": "0', id="a nonce of 33 digits"),
        pytest.param(b"sha256:", b"SHA256:", id="a digest otherwise written"),
    ],
)
def test_other_spellings_are_refused(old: bytes, new: bytes) -> None:
    data = written()
    at = data.rindex(old) if old.endswith(b"}\n") else data.index(old)
    changed = data.replace(old, new) if old == b"\n" else data[:at] + new + data[at + len(old) :]
    assert changed != data
    refused(changed)


@pytest.mark.parametrize("field", ["occurred_at", "recorded_at", "answer_by", "issued_on"])
@pytest.mark.parametrize("bad", ["2026-02-30", "2026-13-01", "2026-00-10", "0000-01-01"])
def test_no_record_has_a_day_that_no_calendar_has(field: str, bad: str) -> None:
    """The calendar decides for every time and day of a record, not only for its own two."""
    data = written()
    changed = re.sub(rf'"{field}": "[0-9-]{{10}}'.encode(), f'"{field}": "{bad}'.encode(), data)
    assert changed != data
    assert "no such" in refused(changed)


def test_recorded_before_it_occurred_is_refused() -> None:
    changed = re.sub(rb'"recorded_at": "[^"]+"', b'"recorded_at": "2026-11-20T08:59:59+03:00"', written())
    assert "before it occurred" in refused(changed)


def test_only_the_first_record_has_none_before_it() -> None:
    without = re.sub(rb'  "previous": \{.*?\},\n', b"", written(), flags=re.DOTALL)
    assert "only the first" in refused(without)
    assert "only the first" in refused(seizure().replace(b'"position": 1', b'"position": 2'))


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"body":'])
def test_deep_nesting_is_refused(opening: bytes) -> None:
    deep = opening * 5000
    assert "nested deeper" in refused(deep)
    assert "nested deeper" in refused(seizure().replace(b'"seized"', deep))


def test_a_record_of_more_than_a_mebibyte_is_refused() -> None:
    text = '"' + "a" * 4000 + '"'
    many = ",\n".join([f"      {text}"] * 300)
    body = seizure().replace(b'"description"', f'"imei": [\n{many}\n    ],\n    "description"'.encode())
    assert "longer than" in refused(body)


# --- kinds and formats that are not known here -------------------------------


def later_kind(body: bytes) -> bytes:
    data = seizure().replace(b'"kind": "seizure"', b'"kind": "later-kind"')
    start, end = data.index(b'"body": ') + 8, data.index(b',\n  "tool"')
    return data[:start] + body + data[end:]


def test_an_unknown_kind_is_read_without_its_body() -> None:
    read = records.read(later_kind(b'{\n    "a": [\n      1,\n      "x"\n    ]\n  }'))
    assert (read.kind, read.body) == ("later-kind", None)


def test_an_unknown_format_is_read_without_its_body() -> None:
    read = records.read(seizure().replace(b"custody/record/1", b"custody/record/2"))
    assert (read.kind, read.body) == ("seizure", None)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{\n    "a": 1,\n    "a": 1\n  }', id="a key twice"),
        pytest.param(b'{\n    "a": "\xff"\n  }', id="not UTF-8"),
        pytest.param(b'{\n    "a": "\xed\xa0\x80"\n  }', id="half a surrogate pair"),
        pytest.param(b'{\n    "\xff": 1\n  }', id="a key that is not UTF-8"),
        pytest.param(b'{\n    "a": 1.5\n  }', id="a fraction"),
        pytest.param(b'{\n    "a": 1e999\n  }', id="an exponent"),
        pytest.param(b'{\n    "a": -0\n  }', id="minus zero"),
        pytest.param(b'{\n    "a": "\\u0041"\n  }', id="an escape that is not needed"),
        pytest.param(b'{"a":1}', id="another layout"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'"text"', id="a text"),
    ],
)
def test_even_an_unknown_kind_has_one_meaning(body: bytes) -> None:
    refused(later_kind(body))


# --- the public JSON suite ---------------------------------------------------


def suite(letter: str) -> list[Any]:
    found = sorted(SUITE.glob(f"{letter}_*.json"))
    reason = f"no JSON suite at {SUITE}"
    return [pytest.param(path, id=path.stem) for path in found] or [
        pytest.param(None, id=letter, marks=pytest.mark.skip(reason=reason))
    ]


def everywhere(data: bytes) -> list[bytes]:
    """A file of the suite as a whole record, as a body, as the body of an unknown kind, as a value, as a line."""
    record = seizure()
    start, end = record.index(b'"body": ') + 8, record.index(b',\n  "tool"')
    as_body = record[:start] + data + record[end:]
    return [data, as_body, later_kind(data), record.replace(b'"seized"', data)]


@pytest.mark.parametrize("path", suite("n"))
def test_what_no_parser_may_accept_is_no_record(path: Path) -> None:
    for data in everywhere(path.read_bytes()):
        refused(data)
    with pytest.raises(RefutedError):
        strict.read_compact(path.read_bytes(), dict[str, Any])


@pytest.mark.parametrize("path", suite("i"))
def test_what_parsers_disagree_about_never_crashes(path: Path) -> None:
    for data in everywhere(path.read_bytes()):
        refused(data)


@pytest.mark.parametrize("path", suite("y"))
def test_what_every_parser_accepts_is_no_record_either(path: Path) -> None:
    refused(path.read_bytes())


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_our_own_error(data: bytes) -> None:
    for each in everywhere(data):
        try:
            records.read(each)
        except RefutedError:
            continue


def test_names_of_files_come_from_position_and_kind() -> None:
    pen = Pen()
    assert records.file_name(pen.seize(JANE)) == "0001-seizure.json"
    far = records.ChainPlace(id=pen.chain, position=12345, root=pen.root)
    assert records.file_name(pen.draft(JANE, release_to(LAB), chain=far)) == "12345-release.json"
    assert records.read(seizure()).envelope.tool == TOOL


def test_the_words_of_events_name_fields_that_exist() -> None:
    for word, needed in bodies.EVENT_WORDS.items():
        assert set(needed) <= set(bodies.Event.__struct_fields__), word
