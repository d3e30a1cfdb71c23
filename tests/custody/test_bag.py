"""BagIt bags: ours pass an outside checker, the suite is judged as it says, hostile ones do no harm."""

import hashlib
import os
import shutil
import signal
import socket
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import bagit
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custody.edges import bag, bag_reading
from custody.edges.bag import BagError, BagReport, check, check_tags, original_name, payload_name
from manifests.errors import EnvironmentFault

INFO = {"Bagging-Date": "2026-11-20", "Source-Organization": "KIBRA"}
SUITE = Path(__file__).parents[3] / "shared" / "data" / "bagit"

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


def seal_tags(folder: Path) -> None:
    """What a hostile courier does after changing something: make the tag manifest anew."""
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "fetch.txt")
        if (folder / name).is_file()
    ]
    (folder / "tagmanifest-sha256.txt").write_text("".join(lines))


def found(report: BagReport) -> set[tuple[str, str]]:
    return {(problem.kind, problem.path) for problem in report.problems}


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
    assert check(folder).problems == ()
    stored = {path.relative_to(folder / "data") for path in (folder / "data").rglob("*") if path.is_file()}
    assert {original_name(str(path)) for path in stored} == set(ODD_NAMES)


def test_an_empty_payload_is_a_bag(tmp_path: Path) -> None:
    put(tmp_path, "custody/report.txt")
    bag.write(tmp_path, info=INFO, payload={})
    assert (tmp_path / "data").is_dir()
    assert bagit.Bag(str(tmp_path)).validate()
    assert check(tmp_path) == BagReport(problems=(), warnings=())


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


def test_each_kind_of_damage_is_named(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag", [b"changed", b"grown", b"missing", b"renamed", b"sound"])
    (folder / "data/changed").write_bytes(b"CHANGED")
    (folder / "data/grown").write_bytes(b"grown and more")
    (folder / "data/missing").unlink()
    (folder / "data/renamed").rename(folder / "data/other")
    assert found(check(folder)) == {
        ("changed", "data/changed"),
        ("changed", "data/grown"),
        ("missing", "data/missing"),
        ("missing", "data/renamed"),
        ("extra", "data/other"),
    }


def test_the_payload_is_not_read_where_only_tags_are_judged(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag")
    (folder / "data/one.txt").write_bytes(b"ONE.TXT")
    assert check_tags(folder).problems == ()
    assert found(check(folder)) == {("changed", "data/one.txt")}
    (folder / "data/one.txt").unlink()
    assert ("missing", "data/one.txt") in found(check_tags(folder))


@pytest.mark.parametrize("judge", [check, check_tags])
def test_a_changed_tag_file_is_named(tmp_path: Path, judge: Callable[[Path], BagReport]) -> None:
    folder = make(tmp_path / "bag")
    record = "custody/chains/KIBRA/CASE/EX-1/0001-seizure.json"
    (folder / record).write_bytes(b"[]\n")
    assert found(judge(folder)) == {("changed", record)}
    (folder / record).unlink()
    assert found(judge(folder)) == {("missing", record)}


def test_every_changed_byte_of_the_tag_files_is_found(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag")
    for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt"):
        sound = (folder / name).read_bytes()
        for position in range(len(sound)):
            (folder / name).write_bytes(
                sound[:position] + bytes([sound[position] ^ 1 << position % 8]) + sound[position + 1 :]
            )
            assert check_tags(folder).problems, (name, position)
        (folder / name).write_bytes(sound)
    assert check_tags(folder).problems == ()


# Hostile bags


def test_links_and_special_files_are_problems_and_never_opened(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag")
    os.mkfifo(tmp_path / "fifo")  # opening it would block for ever
    os.mkfifo(folder / "data/fifo")
    (folder / "data/to-file").symlink_to(tmp_path / "fifo")
    (folder / "data/to-folder").symlink_to("/etc")
    (folder / "data/dangling").symlink_to("nowhere")
    assert found(check(folder)) == {
        ("special", "data/fifo"),
        ("link", "data/to-file"),
        ("link", "data/to-folder"),
        ("link", "data/dangling"),
    }


@pytest.mark.parametrize("name", ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "data", "custody"])
def test_no_part_of_a_bag_may_be_elsewhere(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path / "bag")
    (folder / name).rename(tmp_path / "bag-elsewhere")
    (folder / name).symlink_to(tmp_path / "bag-elsewhere")
    assert bagit.Bag(str(folder)).is_valid()  # the library follows it: hence we look first
    assert ("link", name) in found(check(folder))


def test_a_folder_beside_the_bag_is_outside(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag")
    digest = put(tmp_path, "bag-2/secret")
    with open(folder / "tagmanifest-sha256.txt", "a") as file:
        file.write(f"{digest}  ../bag-2/secret\n")
    assert bagit.Bag(str(folder)).is_valid()  # the library reads it
    assert found(check(folder)) == {("escape", "../bag-2/secret")}


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "data/../../x",
        "/etc/passwd",
        "~/x",
        "~root/x",
        "C:\\x",
        "\\\\host\\x",
        "data\\..\\..\\x",
        "x\r/../..",
    ],
)
@pytest.mark.parametrize("name", ["manifest-sha256.txt", "tagmanifest-sha256.txt", "fetch.txt"])
def test_paths_that_lead_outside_are_problems(tmp_path: Path, name: str, path: str) -> None:
    folder = make(tmp_path / "bag")
    before = "https://localhost/x -" if name == "fetch.txt" else "0" * 64
    with open(folder / name, "a", newline="") as file:
        file.write(f"{before}  {path}\n")
    assert {kind for kind, _ in found(check(folder))} & {"escape", "malformed"}


def test_nothing_is_fetched(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag")
    (folder / "fetch.txt").write_text(
        "https://localhost/one - data/one.txt\nhttps://localhost/two 7 data/sub/two.txt\n"
    )
    (folder / "data/one.txt").unlink()
    (folder / "bag-info.txt").unlink()
    seal_tags(folder)
    assert found(check(folder)) == {("fetch", "data/one.txt")}
    assert not (folder / "data/one.txt").exists()


def test_names_that_are_not_utf_8_can_be_shown(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag")
    with open(os.fsencode(folder) + b"/data/\xff\n", "wb"):
        pass
    (problem,) = check(folder).problems
    assert (problem.kind, problem.path) == ("extra", "data/\\xff\n")
    problem.path.encode()


@pytest.mark.parametrize(
    "label", ["zlib", "hex", "rot13", "idna", "utf-7", "undefined", "unicode_escape", "x" * 41, "../a"]
)
def test_only_plain_encodings_are_decoded(tmp_path: Path, label: str) -> None:
    folder = make(tmp_path / "bag")
    (folder / "bagit.txt").write_text(f"BagIt-Version: 1.0\nTag-File-Character-Encoding: {label}\n")
    assert found(check(folder)) == {("malformed", "bagit.txt")}


@pytest.mark.parametrize("oxum", ["", "x", "1", "1.", ".", "-1.2", "9" * 5000 + ".2", "17.2", "18.3"])
def test_a_payload_oxum_that_is_none_is_a_problem(tmp_path: Path, oxum: str) -> None:
    folder = make(tmp_path / "bag")
    (folder / "bag-info.txt").write_text(f"Payload-Oxum: {oxum}\n")
    seal_tags(folder)
    assert check(folder).problems


def test_too_much_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make(tmp_path / "bag")
    manifest = folder / "manifest-sha256.txt"
    sound = manifest.read_bytes()
    os.truncate(manifest, 1 << 40)  # a sparse file: it takes no space
    assert found(check(folder)) == {("too-large", "manifest-sha256.txt")}
    manifest.write_bytes(sound + b"0" * 20_000)
    assert found(check(folder)) == {("too-large", "manifest-sha256.txt")}
    manifest.write_bytes(sound)
    monkeypatch.setattr(bag_reading, "MAX_FILES", 3)
    assert found(check(folder)) == {("too-large", "")}
    monkeypatch.setattr(bag_reading, "MAX_FILES", 100)
    manifest.write_bytes(sound + b"\n" * 100)
    assert found(check(folder)) == {("too-large", "manifest-sha256.txt")}


def test_folders_too_deep_are_refused(tmp_path: Path) -> None:
    folder = make(tmp_path / "bag")
    os.makedirs(folder / "data" / "/".join("d" * 250))
    assert found(check(folder)) == {("too-large", "")}


def test_what_is_no_folder_is_no_bag(tmp_path: Path) -> None:
    put(tmp_path, "file")
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(BagError, match="not a folder"):
            check(path)
    assert found(check(tmp_path)) == {("missing", "bagit.txt")}


lines = st.sampled_from(
    [
        "data/one.txt",
        "data/sub/two.txt",
        "../x",
        "bagit.txt",
        "0" * 64,
        "\t",
        "  ",
        "%0a",
        "%25",
        "\n",
        "\r",
        ":",
        "*",
    ]
) | st.text(max_size=8)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt", "fetch.txt"]),
    content=st.lists(lines, max_size=12).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass"))
    | st.binary(max_size=80),
    keep=st.booleans(),
    sealed=st.booleans(),
)
def test_whatever_a_tag_file_holds_is_judged(
    tmp_path: Path, name: str, content: bytes, keep: bool, sealed: bool
) -> None:
    folder = tmp_path / "bag"
    shutil.rmtree(folder, ignore_errors=True)
    make(folder)
    before = (folder / name).read_bytes() if keep and (folder / name).exists() else b""
    (folder / name).write_bytes(before + content)
    if sealed:
        seal_tags(folder)
    assert isinstance(check(folder), BagReport)


# The conformance suite of the Library of Congress


def suite(*kinds: str) -> list[Path]:
    return [path for kind in kinds for path in sorted(SUITE.glob(f"*/{kind}/*")) if path.is_dir()]


def of_suite(*kinds: str) -> pytest.MarkDecorator:
    """One test a bag; one that is skipped, with the reason, where the suite is absent."""
    absent = pytest.param(SUITE, marks=pytest.mark.skip(reason="the BagIt suite is not on this machine"))
    return pytest.mark.parametrize(
        "folder",
        suite(*kinds) or [absent],
        ids=lambda path: str(path.relative_to(SUITE)) if path != SUITE else "absent",
    )


@of_suite("valid")
def test_the_suite_calls_it_valid(folder: Path) -> None:
    assert check(folder).problems == ()


@of_suite("invalid", "linux-only", "windows-only")
def test_the_suite_calls_it_invalid(folder: Path) -> None:
    """What is invalid on one system is invalid here on all: packages travel."""
    assert check(folder).problems


@of_suite("warning")
def test_the_suite_warns_of_it(folder: Path, tmp_path: Path) -> None:
    """One deviation: `special-system-files` lists a .DS_Store that the copy at hand does not hold.

    What a system makes by itself can be evidence, so its loss is a problem here; with the file back, it is
    the warning that the suite asks for.
    """
    if folder.name == "special-system-files" and not (folder / "data/.DS_Store").exists():
        assert found(check(folder)) == {("missing", "data/.DS_Store")}
        folder = Path(shutil.copytree(folder, tmp_path / "bag"))
        put(folder, "data/.DS_Store", b"")
    report = check(folder)
    assert report.problems == ()
    assert report.warnings
