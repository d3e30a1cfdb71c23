"""BagIt bags: ours pass an outside checker, and any damage to one is noticed."""

import hashlib
import os
import signal
import socket
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import bagit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.edges import bag
from custody.edges.bag import BagError, original_name, payload_name
from manifests.errors import EnvironmentFault

INFO = {"Bagging-Date": "2026-11-20", "Source-Organization": "KIBRA"}

ODD_NAMES = [
    b"IMG_0007.JPG",
    b"DCIM/100/IMG 0007.JPG",
    b"100%.txt",
    b"%41%0A%25.txt",
    b"a=b.txt",
    b"a=41.txt",
    b"one\ntwo\nthree\nfour.txt",
    b"x\n-if\nsystem('touch pwned')\n",
    b"cr\rlf\r\n.txt",
    b"\xff\xfe not utf-8.txt",
    "Núñez".encode(),
    unicodedata.normalize("NFD", "Núñez").encode(),
    "=\u0307 composes with an escape".encode(),
    "line\u2028separator\x85.txt".encode(),
    b"trailing blank ",
    "trailing wide blank\u3000".encode(),
    b"trailing dot.",
    b" leading blank",
    b"~root",
    b"*star",
    b"#comment",
    b"-rf",
    b"C:\\Windows\\x.exe",
    b"\x1b]0;title\x07.txt",
    "\u202egpj.exe".encode(),
    b"n" * 255,
    b"\n" * 255,
    "é".encode() * 127 + b"\n",
    b"Thumbs.db",
]


@pytest.fixture(autouse=True)
def no_network_and_no_hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Any attempt to reach a network fails, and so does a test that hangs."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a network was asked, or the test hangs")

    monkeypatch.setattr(socket, "socket", refuse)
    signal.signal(signal.SIGALRM, refuse)
    signal.alarm(60)
    yield
    signal.alarm(0)


def put(folder: Path, path: str, content: bytes = b"content") -> str:
    """Write a file into a folder; its SHA-256."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def make(folder: Path, names: list[bytes] | None = None) -> Path:
    """A bag of ours, with a tag folder."""
    folder.mkdir()
    (folder / "data").mkdir()
    put(folder, "custody/chains/KIBRA/CASE/EX-1/0001-seizure.json", b"{}\n")
    stored = {f"data/{payload_name(name)}": name for name in names or [b"one.txt", b"sub/two.txt"]}
    bag.write(folder, info=INFO, payload={path: put(folder, path, name) for path, name in stored.items()})
    return folder


# Names


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_a_name_comes_back(name: bytes) -> None:
    assert original_name(payload_name(name)) == name


component = st.binary(min_size=1, max_size=300).filter(lambda b: b not in (b".", b"..") and not set(b) & {0, 47})
texts = st.text(min_size=1, max_size=120).map(lambda t: t.encode("utf-8", "surrogatepass"))


@given(st.lists(component | texts.filter(lambda b: b not in (b".", b"..") and not set(b) & {0, 47}), min_size=1))
def test_any_name_is_stored_under_one_that_needs_no_care(parts: list[bytes]) -> None:
    name = b"/".join(parts)
    stored = payload_name(name)
    assert original_name(stored) == name
    assert unicodedata.normalize("NFC", stored) == stored
    assert not set(stored) & set('\n\r%*:<>?"\\|\x7f\x85\u2028\u2029')
    for part in stored.split("/"):
        assert 0 < len(part.encode()) <= 255
        assert part not in (".", "..")
        assert part.rstrip(". \t") == part and len(part.splitlines()) == 1


@given(st.text(max_size=40) | st.text(alphabet="=/.2FEa0", max_size=12))
def test_one_name_is_stored_in_one_way(stored: str) -> None:
    try:
        name = original_name(stored)
    except BagError:
        return
    assert payload_name(name) == stored
    assert not set(name.split(b"/")) & {b"", b".", b".."}


@pytest.mark.parametrize("name", [b"", b"/etc/passwd", b"a//b", b"a/", b".", b"..", b"a/../../b", b"a\0b"], ids=ascii)
def test_what_is_no_relative_path_has_no_name_in_a_bag(name: bytes) -> None:
    with pytest.raises(BagError):
        payload_name(name)


# Ours, by an outside checker and by ourselves


def test_odd_names_pass_an_outside_checker(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag", ODD_NAMES)
    assert bagit.Bag(str(folder)).validate()
    assert bag.is_whole(folder)
    stored = {path.relative_to(folder / "data") for path in (folder / "data").rglob("*") if path.is_file()}
    assert {original_name(str(path)) for path in stored} == set(ODD_NAMES)


def test_an_empty_payload_is_a_bag(tmp_path: Path) -> None:
    put(tmp_path, "custody/report.txt")
    bag.write(tmp_path, info=INFO, payload={})
    assert (tmp_path / "data").is_dir()
    assert bagit.Bag(str(tmp_path)).validate()
    assert bag.is_whole(tmp_path)


def test_what_is_written_says_what_is_there(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag")
    digest = hashlib.sha256(b"one.txt").hexdigest()
    assert (folder / "bagit.txt").read_text() == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert (folder / "manifest-sha256.txt").read_text().splitlines()[0] == f"{digest}  data/one.txt"
    info = (folder / "bag-info.txt").read_text()
    assert info == "Bagging-Date: 2026-11-20\nSource-Organization: KIBRA\nPayload-Oxum: 18.2\n"
    tags = [line.split("  ")[1] for line in (folder / "tagmanifest-sha256.txt").read_text().splitlines()]
    record = "custody/chains/KIBRA/CASE/EX-1/0001-seizure.json"
    assert tags == ["bag-info.txt", "bagit.txt", record, "manifest-sha256.txt"]
    for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("value", ["a\nPayload-Oxum: 0.0", "a\r\n b", "a\u2028Bag-Count: 1", "a\x85b", "\ud800", "  "])
def test_no_value_pretends_to_be_another_label(tmp_path: Path, value: str) -> None:
    bag.write(tmp_path, info={**INFO, "Contact-Name": value}, payload={})
    written = bagit.Bag(str(tmp_path))
    assert written.validate()
    assert set(written.info) == {*INFO, "Contact-Name", "Payload-Oxum"}
    assert written.info["Payload-Oxum"] == "0.0"


def test_what_does_not_fit_is_not_written(tmp_path: Path) -> None:
    digest = put(tmp_path, "data/one.txt")
    attempts: list[tuple[dict[str, str], dict[str, str]]] = [
        (INFO, {}),
        (INFO, {"data/one.txt": digest, "data/two.txt": digest}),
        (INFO, {"data/one.txt": digest, "../one.txt": digest}),
        (INFO, {"data/one.txt": "md5"}),
        ({}, {"data/one.txt": digest}),
        ({**INFO, "a:b": "c"}, {"data/one.txt": digest}),
    ]
    for info, payload in attempts:
        with pytest.raises(BagError):
            bag.write(tmp_path, info=info, payload=payload)
    put(tmp_path, "data/two%.txt")
    with pytest.raises(BagError, match="two%"):
        bag.write(tmp_path, info=INFO, payload={"data/one.txt": digest, "data/two%.txt": digest})
    assert sorted(os.listdir(tmp_path)) == ["data"]


def test_a_bag_is_not_written_over(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    payload = {f"data/{name}": hashlib.sha256(name.encode()).hexdigest() for name in ("one.txt", "sub/two.txt")}
    with pytest.raises(EnvironmentFault):
        bag.write(folder, info=INFO, payload=payload)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_link_is_not_packed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(BagError, match="link"):
        bag.write(tmp_path, info=INFO, payload={})


# What happens on the way


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "data/one.txt").write_bytes(b"ONE.TXT"),
        lambda folder: (folder / "data/one.txt").write_bytes(b"one.txt and more"),
        lambda folder: (folder / "data/one.txt").unlink(),
        lambda folder: (folder / "data/one.txt").rename(folder / "data/two.txt"),
        lambda folder: put(folder, "data/three.txt"),
        lambda folder: put(folder, "custody/three.json"),
        lambda folder: (folder / "custody/chains/KIBRA/CASE/EX-1/0001-seizure.json").write_bytes(b"[]\n"),
        lambda folder: (folder / "tagmanifest-sha256.txt").unlink(),
        lambda folder: (folder / "tagmanifest-sha256.txt").write_bytes(b"\xff"),
        lambda folder: (folder / "data/link").symlink_to("one.txt"),
        lambda folder: (folder / "data/link").symlink_to("/etc"),
        lambda folder: os.mkfifo(folder / "data/fifo"),  # opening it would block for ever
    ],
)
def test_any_damage_is_noticed(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    folder = make(tmp_path / "bag")
    assert bag.is_whole(folder)
    damage(folder)
    assert not bag.is_whole(folder)


def test_every_changed_byte_of_the_tag_files_is_noticed(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag")
    for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"):
        sound = (folder / name).read_bytes()
        for at in range(len(sound)):
            (folder / name).write_bytes(sound[:at] + bytes([sound[at] ^ 1 << at % 8]) + sound[at + 1 :])
            assert not bag.is_whole(folder), (name, at)
        (folder / name).write_bytes(sound)
    assert bag.is_whole(folder)


@pytest.mark.parametrize("name", ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "data", "custody"])
def test_no_part_of_a_bag_may_be_elsewhere(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path / "bag")
    (folder / name).rename(tmp_path / "bag-elsewhere")
    (folder / name).symlink_to(tmp_path / "bag-elsewhere")
    assert bagit.Bag(str(folder)).is_valid()  # the library follows it
    assert not bag.is_whole(folder)
