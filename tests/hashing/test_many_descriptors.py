"""Every conversation with a process of ours goes on above 1,023 descriptors: an image of so many parts needs them."""

import hashlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from hashing.claims.reading import read_log
from hashing.damage.copies import Comparer
from hashing.damage.files import lying_in
from hashing.damage.opening import OpenedItem
from hashing.damage.saying import HELD, Part
from hashing.describe.asking import Describer, find_exiftool
from hashing.devices.looking import table_of
from hashing.media.asking import ImageReaderProcess, ReadOrder
from hashing.media.kinds import RAW
from hashing.reading import MEASURED, Recipe
from hashing.sandbox.process import Deadline, LimitedProcess, ProcessFailed

MANY = 1200


@pytest.fixture
def crowded() -> Iterator[None]:
    """A process that holds more than a thousand descriptors, so that every further one has a large number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * MANY:
        pytest.skip("so many descriptors are not allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * MANY), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(MANY)]
    yield
    for each in held:
        os.close(each)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("crowded")
def test_a_partition_table(tmp_path: Path) -> None:
    (tmp_path / "disk").write_bytes(bytes(1 << 20))
    with open(tmp_path / "disk", "rb") as disk:
        assert disk.fileno() > 1023
        assert table_of(disk.fileno(), 1 << 20, 512).scheme == "none"


@pytest.mark.usefixtures("crowded")
def test_what_all_of_them_stand_on() -> None:
    """Of the conversations that need a device or a scheduler: one that stops is noticed, and said how."""
    for name in ("imaging.process", "spread.client"):
        process = LimitedProcess(f"hashing.{name}", [], {}, name="it")
        with pytest.raises(ProcessFailed, match=r"it stopped \(exit status 1\)"):
            process.receive(Deadline(20))


@pytest.mark.usefixtures("crowded")
def test_every_conversation(tmp_path: Path) -> None:
    data = bytes(range(256)) * 1024
    (tmp_path / "one").write_bytes(data)
    (tmp_path / "other").write_bytes(data[:100] + b"?" + data[101:])
    (tmp_path / "log").write_text(f"{hashlib.sha256(data).hexdigest()}  one\n")
    one, other, log = (os.open(tmp_path / name, os.O_RDONLY) for name in ("one", "other", "log"))
    assert min(one, other, log) > 1023
    try:
        recipe = Recipe(("sha256",), pieces=True, quick=False, cores=2)
        found = ImageReaderProcess(ReadOrder(kind=RAW, descriptors=[one], recipe=recipe)).found(lambda _: None)
        assert (found.row[0], found.row[3]) == (MEASURED, hashlib.sha256(data).digest())
        lying = lying_in(OpenedItem(kind=RAW, descriptors=(one,)), [(0, 512)])
        assert "invalid" not in lying.left, lying
        assert len(read_log(log).files) == 1
        comparer = Comparer(lambda _: None)
        try:
            part = Part(span=(0, len(data)), sealed=hashlib.sha256(data).hexdigest(),
                        measured=hashlib.sha256((tmp_path / "other").read_bytes()).hexdigest())  # fmt: skip
            items = (OpenedItem(kind=RAW, descriptors=(other,)), OpenedItem(kind=RAW, descriptors=(one,)))
            told = comparer.compare(*items, (part,), "sha256", ())
            assert (told.failed, told.states, told.spans) == ("", HELD, ((100, 1),))
        finally:
            comparer.close()
        describer = Describer(find_exiftool(), 20.0)
        try:
            assert describer.describe(one)
        finally:
            describer.close()
    finally:
        for each in (one, other, log):
            os.close(each)
