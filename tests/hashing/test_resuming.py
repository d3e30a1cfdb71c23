"""Measuring taken up where it stopped: what bears the same marks is not read again, everything else is."""

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing.items import Outcome
from hashing.measure import Plan, measure
from hashing.reading import MARKS
from hashing.resuming import resumed
from hashing.sandbox.spawn import POSSIBLE
from hashing.sources import sources_from
from hashing.walking import NameRun, unmeasured

pytestmark = pytest.mark.skipif(not POSSIBLE, reason="files bear no marks on this system")
PLAN = Plan(algorithms=("sha256", "md5"), marks=True)
WRONG = {"sha256": "0" * 64, "md5": "0" * 32}


@pytest.fixture
def evidence(tmp_path):
    top = tmp_path / "evidence"
    for number in range(300):
        folder = top / f"{number % 7}" / ("inner" if number % 2 else "")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:03}.txt").write_text(f"file {number}\n" * number)
    with open(top / "large", "wb") as file:
        file.truncate(20 * 1024 * 1024)
    (top / "link").symlink_to("large")
    (top / "empty").mkdir()
    (top / "a.b").write_text("sorted before a/")
    return top


def items_of(top, known=(), plan=PLAN):
    return list(measure(sources_from([top]), plan, None, known))


def with_false_digests(items):
    """Known items whose digests could not have been read, so that whatever is taken from them shows."""
    return [item._replace(digests=WRONG) for item in items if item.marks]


def taken(items):
    return {item.name for item in items if item.digests == WRONG}


def test_marks_are_told_only_where_asked_for(evidence):
    assert {item.marks for item in measure(sources_from([evidence]), Plan())} == {None}
    for item in items_of(evidence):
        assert (len(item.marks or b"") == MARKS.size) == (item.outcome is Outcome.MEASURED)


def test_what_is_unchanged_is_not_read_again(evidence):
    first = items_of(evidence)
    again = items_of(evidence, with_false_digests(first))
    assert taken(again) == {item.name for item in first if item.outcome is Outcome.MEASURED}
    assert items_of(evidence, [item for item in first if item.marks]) == first


@pytest.mark.parametrize("known", [0, 1, 2, 50, 128, 129, 256, 301])
def test_only_what_was_known_is_taken(evidence, known):
    first = items_of(evidence)
    begun = with_false_digests(first)[:known]
    again = items_of(evidence, begun)
    assert taken(again) == {item.name for item in begun}
    assert [item.name for item in again] == [item.name for item in first]
    rest = {item.name: item for item in first}
    assert all(item == rest[item.name] for item in again if item.digests != WRONG)


def overwrite(path):
    times = os.stat(path)
    with open(path, "r+b") as file:
        file.write(b"other")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def replace(path):
    times = os.stat(path)
    other = path.with_name("other")
    other.write_bytes(bytes(times.st_size))
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.replace(other, path)


def touch(path):
    os.utime(path, (1, 1))


def append(path):
    with open(path, "ab") as file:
        file.write(b"more")


def change_rights(path):
    os.chmod(path, 0o640)


@pytest.mark.parametrize("change", [overwrite, replace, touch, append, change_rights])
@pytest.mark.parametrize("name", ["large", "1/inner/001.txt", "6/inner/293.txt"])
def test_what_changed_since_is_read_again(evidence, change, name):
    first = items_of(evidence)
    time.sleep(0.02)
    change(evidence / name)
    again = items_of(evidence, with_false_digests(first))
    assert taken(again) == {item.name for item in first if item.marks} - {name.encode()}
    by_name = {item.name: item for item in again}
    assert by_name[name.encode()] == {item.name: item for item in items_of(evidence)}[name.encode()]


def test_what_is_gone_new_or_of_another_kind(evidence):
    first = items_of(evidence)
    (evidence / "0" / "000.txt").unlink()
    (evidence / "0" / "000.txt").symlink_to("002.txt")
    (evidence / "2" / "002.txt").unlink()
    (evidence / "3" / "inner" / "003.txt").unlink()
    (evidence / "3" / "inner" / "003.txt").mkdir()
    (evidence / "3" / "inner" / "003.txt" / "deep").write_text("x")
    (evidence / "!").write_text("new and first")
    (evidence / "zz").write_text("new and last")
    again = items_of(evidence, with_false_digests(first))
    assert [item.name for item in again] == [item.name for item in items_of(evidence)]
    fresh = {item.name for item in again if item.outcome is Outcome.MEASURED} - taken(again)
    assert fresh == {b"!", b"zz", b"3/inner/003.txt/deep"}


def test_items_without_marks_are_never_taken(evidence):
    first = items_of(evidence, plan=Plan(algorithms=("sha256", "md5")))
    assert not taken(items_of(evidence, [item._replace(digests=WRONG) for item in first]))


def test_several_sources_and_single_files(evidence, tmp_path):
    paths = [evidence / "large", evidence / "1", evidence / "a.b"]
    first = list(measure(sources_from(paths), PLAN))
    again = list(measure(sources_from(paths), PLAN, None, with_false_digests(first)))
    assert taken(again) == {item.name for item in first}


def test_progress_counts_what_was_known(evidence):
    told = []
    first = items_of(evidence)
    list(measure(sources_from([evidence]), PLAN, told.append, [item for item in first if item.marks]))
    assert (told[-1].items, told[-1].bytes) == (len(first), sum(item.size or 0 for item in first))


NAMES = st.lists(st.sampled_from([b"a", b"a!", b"a.", b"b", b"\xff"]), min_size=1, max_size=3).map(b"/".join)


@given(walked=st.sets(NAMES, max_size=12), known=st.sets(NAMES, max_size=12))
def test_the_merge_loses_and_adds_nothing(walked, known):
    """Whatever was known, the walk's names come out once and in order; no file is there, so none bears its marks."""

    class Nowhere:
        def status(self, name):
            raise FileNotFoundError

    def ordered(names):
        return sorted(names, key=lambda name: name.split(b"/"))

    runs = [NameRun(Nowhere(), [name.rpartition(b"/")[2]], [name]) for name in ordered(walked)]
    items = [unmeasured(name, Outcome.MEASURED, "")._replace(marks=b"m") for name in ordered(known)]
    assert [run.listed for run in resumed(iter(runs), items)] == [[name] for name in ordered(walked)]
