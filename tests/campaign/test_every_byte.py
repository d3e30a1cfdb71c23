"""Every single byte of a register changed in turn, verified through `custody.acts.examine`: 0 CONFIRMED."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.manifests.touching import (
    CARD,
    CONFIRMED,
    PHONE,
    REFUTED,
    UNDETERMINED,
    Story,
    copied,
    each_byte,
    judged,
    tell,
)
from tests.scene import House, Scene


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A station with a story in its register."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        story: Story = tell(Scene(tmp_path_factory.mktemp("story"), monkeypatch))
        yield copied(story, tmp_path_factory.mktemp("copy"))


def verdicts(house: House, path: Path, *names: str) -> Counter[object]:
    """How often each verdict was given, one for each byte of a file."""
    return Counter(judged(house, *names, records_only=True)[0] for _ in each_byte(path))


@pytest.mark.parametrize("suffix", ["", ".p7s", ".w1.p7s"])
def test_of_a_record_and_its_signatures(station: House, suffix: str) -> None:
    path = station.files(PHONE) / f"0001-seizure.json{suffix}"
    assert verdicts(station, path, PHONE) == {REFUTED: path.stat().st_size}


def test_of_an_entry_list(station: House) -> None:
    path = station.files(CARD) / "0002-manifest.entries.jsonl"
    assert verdicts(station, path, CARD) == {REFUTED: path.stat().st_size}


def test_of_a_log_and_of_its_claims(station: House, tmp_path: Path) -> None:
    """An exhibit sealed with a log of another tool: one claim is the same, one differs."""
    (tmp_path / "card").mkdir()
    for name in ("one", "two"):
        (tmp_path / "card" / name).write_text(name)
    (tmp_path / "card.ufd").write_text(f"[SHA256]\none={sha256(b'one').hexdigest()}\ntwo={'ab' * 32}\n")
    station.seize("EX-9")
    station.seal_with("EX-9", tmp_path / "card", tmp_path / "card.ufd")
    chain = station.chain("EX-9")
    assert judged(station, chain) == (UNDETERMINED, {"claim-differs", "media-not-read"})
    beside = sorted(path for path in station.files(chain).iterdir() if path.name.startswith("0002-manifest."))
    assert [path.name.partition(".")[2] for path in beside] == [
        "1.log", "claims.jsonl", "entries.jsonl", "json", "json.p7s"
    ]  # fmt: skip
    for path in beside:
        assert verdicts(station, path, chain) == {REFUTED: path.stat().st_size}, path.name


def test_of_the_ledger(station: House) -> None:
    path = station.register.leaves
    assert verdicts(station, path) == {REFUTED: path.stat().st_size}
    assert verdicts(station, path, PHONE) == {REFUTED: path.stat().st_size}


def test_of_the_journal(station: House) -> None:
    """Where its first record no longer is the one that is pinned, nothing is confirmed either."""
    for path in sorted((station.path / "journal").iterdir()):
        assert verdicts(station, path)[CONFIRMED] == 0, path.name


def test_of_the_pins(station: House) -> None:
    assert verdicts(station, station.pins.path, PHONE)[CONFIRMED] == 0


def test_of_the_revocation_list(station: House) -> None:
    """All but the one byte that says how many bits of its signature's last byte are unused: it means the same."""
    assert verdicts(station, station.register.lists / "KIBRA.crl", PHONE)[CONFIRMED] <= 1
