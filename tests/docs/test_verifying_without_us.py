"""docs/verifying-without-us.md: openssl and sha256sum confirm a chain through three agencies, and see each change."""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.docs import procedures
from tests.docs.procedures import Seen, Step, World
from tests.docs.stories import Stories

PAGE = procedures.read(procedures.ROOT / "docs" / "verifying-without-us.md")
PACKAGE = "KBR-2026-0042_EX-2_to_LAB"
CHAIN = "custody/chains/KIBRA/KBR-2026-0042/EX-2"
DATA = "data/KIBRA/KBR-2026-0042/EX-2"
_TO_THE_COURT = """
custody -C ~/lab release KIBRA:KBR-2026-0042/EX-2 --to COURT --purpose "production in court" --out ~/usb \\
    --media ~/usb/KBR-2026-0042_EX-1_and_1_more_to_LAB/data/KIBRA/KBR-2026-0042/EX-2
"""
_TO_THE_EXPERT = """
custody -C ~/court receive ~/usb/KBR-2026-0042_EX-2_to_COURT --seal B-000124 --receipt ~/usb/reply-court.json
custody -C ~/court release KIBRA:KBR-2026-0042/EX-2 --to LAB --purpose "examination for the defence" --out ~/usb \\
    --media ~/usb/KBR-2026-0042_EX-2_to_COURT/data/KIBRA/KBR-2026-0042/EX-2
"""


@pytest.fixture(scope="module")
def three_agencies(stories: Stories, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The exhibit went from the station to the laboratory (page 08), to the court, and on to the expert."""
    world = stories.end("08")[0].copy(tmp_path_factory.mktemp("expert") / "world")
    for place, commands in (("laboratory", _TO_THE_COURT), ("court", _TO_THE_EXPERT)):
        step = Step(page="three agencies", line=0, place=place, commands=commands)
        (seen,) = world.run(replace(PAGE, steps=(step,)))
        assert seen.status == 0, seen.output
    return world


def expert(three_agencies: World, path: Path) -> World:
    """A computer without the tool: the package on the stick, and what each agency said on the telephone."""
    world = World.new(path)
    (world.path / "hands" / "custody").unlink()
    shutil.copytree(three_agencies.path / "usb" / PACKAGE, world.path / "usb" / PACKAGE)
    told = [(code, (three_agencies.path / "telephone" / code).read_text()) for code in ("KIBRA", "LAB", "COURT")]
    lines = [f"{fingerprint.strip().removeprefix('sha256:')}  {code}.der\n" for code, fingerprint in told]
    (world.home("station") / "told.sha256").write_text("".join(lines))
    return world


def test_the_page_confirms_a_chain_through_three_agencies(three_agencies: World, tmp_path: Path) -> None:
    seen = expert(three_agencies, tmp_path / "world").run(PAGE)
    for each in seen:
        assert each.status == 0, f"{each.step}\n{each.output}"
        missing = procedures.differs(each.step.expected, each.output) if each.step.expected is not None else None
        assert missing is None, f"{each.step}: not seen: {missing}\n{each.output}"
    assert len(seen) == len(PAGE.steps)


def _one_byte(name: str) -> Callable[[Path], None]:
    """Another byte in the middle of a file."""

    def change(package: Path) -> None:
        data = bytearray((package / name).read_bytes())
        data[len(data) // 2] ^= 1
        (package / name).write_bytes(data)

    return change


def _drop_a_record(package: Path) -> None:
    for path in (package / CHAIN).glob("0003-seal*"):
        path.unlink()


def _drop_and_close_the_gap(package: Path) -> None:
    """Take a record out, and give the later ones its number."""
    _drop_a_record(package)
    for path in sorted((package / CHAIN).glob("000[4-8]-*")):
        path.rename(path.with_name(f"000{int(path.name[3]) - 1}{path.name[4:]}"))


def _exchange_signatures(package: Path) -> None:
    shutil.copyfile(package / CHAIN / "0006-release.json.p7s", package / CHAIN / "0005-receipt.json.p7s")


def _exchange_contents(package: Path) -> None:
    one, other = (package / DATA / "DCIM" / f"IMG_000{i}.JPG" for i in (1, 2))
    swap = one.with_name("swap")
    one.rename(swap)
    other.rename(one)
    swap.rename(other)


def _one_file_more(package: Path) -> None:
    (package / DATA / "planted.txt").write_text("never sealed")


def _line_from_another_card(name: str) -> Callable[[Path], None]:
    """Another agency's root, or list, in the card of the laboratory."""

    def change(package: Path) -> None:
        cards = [(package / "custody" / "cards" / f"{code}.card.json") for code in ("LAB", "COURT")]
        mine, others = (path.read_text().split("\n") for path in cards)
        (foreign,) = (line for line in others if line.startswith(f'  "{name}"'))
        cards[0].write_text("\n".join(foreign if line.startswith(f'  "{name}"') else line for line in mine))

    return change


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a byte of the seizure": (_one_byte(f"{CHAIN}/0001-seizure.json"), "BAD  0001-seizure.json: signature"),
    "a byte of a receipt": (_one_byte(f"{CHAIN}/0007-receipt.json"), "BAD  0007-receipt.json"),
    "a byte of a signature": (_one_byte(f"{CHAIN}/0004-release.json.p7s"), "BAD  0004-release.json"),
    "a byte of the list": (_one_byte(f"{CHAIN}/0002-manifest.entries.jsonl"), "BAD  0002-manifest.json: the list"),
    "a byte of a file": (_one_byte(f"{DATA}/notes/monday.txt"), "notes/monday.txt: FAILED"),
    "a signature of another record": (_exchange_signatures, "BAD  0005-receipt.json: signature"),
    "a record taken out": (_drop_a_record, "BAD  0004-release.json: position"),
    "a record taken out, the gap closed": (_drop_and_close_the_gap, "BAD  0003-release.json: position"),
    "two files exchanged": (_exchange_contents, "DCIM/IMG_0001.JPG: FAILED"),
    "a file more": (_one_file_more, ""),
    "another root in a card": (_line_from_another_card("root"), "LAB.der: FAILED"),
    "another agency's list of revoked certificates": (_line_from_another_card("crl"), "BAD  LAB"),
}


@pytest.fixture(scope="module")
def last_seen(three_agencies: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """Where the page stopped after each change; two at a time."""
    base = tmp_path_factory.mktemp("changed")

    def judge(number: int, name: str) -> Seen:
        world = expert(three_agencies, base / str(number))
        CHANGES[name][0](world.path / "usb" / PACKAGE)
        return world.run(PAGE)[-1]

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(CHANGES, pool.map(judge, range(len(CHANGES)), CHANGES), strict=True))


@pytest.mark.parametrize("name", CHANGES)
def test_the_page_sees_one_change(last_seen: dict[str, Seen], name: str) -> None:
    last = last_seen[name]
    assert last.status != 0, f"not noticed\n{last.output}"
    assert CHANGES[name][1] in last.output


def test_nothing_of_ours_is_used() -> None:
    """The page names no program of ours, and no language but the shell's."""
    typed = "".join(step.commands for step in PAGE.steps)
    words = set(typed.replace("/", " ").replace('"', " ").split())
    assert words.isdisjoint({"python", "python3", "pip", "perl"})
    assert not any(line.lstrip().startswith("custody ") for line in typed.splitlines())
    assert os.path.basename(PAGE.path) == "verifying-without-us.md"


def test_a_step_that_fails_is_not_passed_over(tmp_path: Path) -> None:
    world = World.new(tmp_path / "world")
    step = Step(page="", line=0, place="station", commands="false\necho on\n")
    seen: list[Seen] = world.run(replace(PAGE, steps=(step,)))
    assert (seen[0].status, seen[0].output) == (1, "on\n")
