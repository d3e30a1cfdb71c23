"""The paths a user names, and the names under which their contents are listed (spec E6)."""

import os

import pytest

from hashing.errors import HashingError, IsALink, NoName, NotFound, NothingGiven, SameName
from hashing.sources import Source, sources_from


def test_one_folder_gives_names_relative_to_it(tmp_path):
    (tmp_path / "card").mkdir()
    for way in (f"{tmp_path}/card", f"{tmp_path}/card/", f"{tmp_path}/card///"):
        assert sources_from([way]) == (Source(None, f"{tmp_path}/card"),)


def test_one_file_gives_its_base_name(tmp_path):
    (tmp_path / "disk.dd").touch()
    assert sources_from([tmp_path / "disk.dd"]) == (Source(b"disk.dd", f"{tmp_path}/disk.dd"),)


def test_several_are_sorted_by_the_bytes_of_their_names(tmp_path):
    for name in ("b", "B", "é", "a-"):
        (tmp_path / name).mkdir()
    (tmp_path / "a").touch()
    given = [tmp_path / name for name in ("b", "é", "a-", "B", "a")]
    assert [source.label for source in sources_from(given)] == [b"B", b"a", b"a-", b"b", "é".encode()]


def test_equal_names_are_refused(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder / "DCIM").mkdir(parents=True)
    with pytest.raises(SameName, match="'DCIM'"):
        sources_from([tmp_path / "one" / "DCIM", f"{tmp_path}/two/DCIM/"])


def test_a_link_is_refused_and_its_target_named(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for way in (f"{tmp_path}/link", f"{tmp_path}/link/"):
        with pytest.raises(IsALink) as caught:
            sources_from([way])
        assert caught.value.target == "real"
        assert any("'real'" in hint for hint in caught.value.hints)


def test_a_link_above_is_the_users_own_choice(tmp_path):
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    assert sources_from([tmp_path / "link" / "inner"])[0].path == f"{tmp_path}/link/inner"


@pytest.mark.parametrize("path", ["missing", "missing/inner", "", "zero\0byte", "x" * 5000])
def test_missing(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound):
        sources_from([path])


def test_dots_have_the_names_of_their_folders(tmp_path, monkeypatch):
    (tmp_path / "here" / "inner").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "here" / "inner")
    assert sources_from(["."]) == (Source(None, "."),)
    assert [source.label for source in sources_from(["..", "../../other", "."])] == [b"here", b"inner", b"other"]


def test_the_root_has_no_name(tmp_path):
    assert sources_from(["/"]) == (Source(None, "/"),)
    with pytest.raises(NoName):
        sources_from(["/", tmp_path])


def test_nothing():
    with pytest.raises(NothingGiven):
        sources_from([])


def test_a_name_that_is_not_utf8(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(path)
    assert sources_from([os.fsdecode(path)])[0].label is None
    (tmp_path / "a").touch()
    assert [s.label for s in sources_from([os.fsdecode(path), tmp_path / "a"])] == [b"a", b"\xff"]


def test_messages_show_hostile_names_inert(tmp_path):
    name = "a\x1b[2J\nhint: all is well\u202e"
    with pytest.raises(HashingError) as caught:
        sources_from([tmp_path / name])
    assert str(caught.value).isprintable()
