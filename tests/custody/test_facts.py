"""`custody facts`: collected, asked for, written, sealed."""

import re
import stat
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from custody.acts.facts import of_device
from custody.render.facts import quoted, toml
from custody.render.safe import safe
from hashing.devices.facts import DeviceFacts, Words
from hashing.devices.hidden import Hidden, HiddenArea
from hashing.devices.partition_table import Partition, Table
from manifests.acquisition import asked
from tests.custody.station import EX, World
from tests.hashing.loops import blank, loop, sfdisk
from tests.test_cli import Terminal

MIB = 1 << 20


def test_it_needs_no_register_and_lists_what_is_missing(world: World) -> None:
    told = world.outside("--json", "facts", "--method", "image")
    assert told.status == 0, told
    answer = told.json
    assert (answer["format"], answer["method"], answer["file"]) == ("custody/facts/1", "image", None)
    assert answer["facts"]["software"]["custody"]
    names = [each["name"] for each in answer["missing"]]
    assert "write_blocker.serial" in names and "tool.version" in names
    assert all(each["question"] for each in answer["missing"])
    shown = world.outside("facts", "--method", "image")
    assert shown.out.count("\n  ") > len(names)
    assert f"Not stated yet, for an image that another tool made of a disk or card: {len(names)}" in shown.said
    assert all(name in shown.out for name in names)
    assert max(map(len, shown.out.splitlines())) <= 80


def test_the_file_is_sealed_as_it_was_filled_in(world: World) -> None:
    out = world.path / "facts.toml"
    world.kibra.ok("facts", "--method", "files", "--out", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    text = out.read_text()
    assert '# make = ""' in text
    assert "## Which write blocker was used?" in text
    tomllib.loads(text)
    filled = re.sub(r'^# ([a-z0-9_]+) = ""$', r'\1 = "none"', text, flags=re.MULTILINE)
    out.write_text(filled)
    assert world.kibra.ok("--json", "facts", "--known", out).json["missing"] == []
    world.seized()
    world.kibra.ok("seal", EX, "media", "--no-describe", "--acquisition", out)
    sealed = world.kibra.body("0002-manifest.json")["body"]["acquisition"]
    assert sealed["write_blocker"] == dict.fromkeys(("make", "model", "serial", "firmware", "tested"), "none")
    assert sealed["acquisition"]["method"] == "files"
    assert sealed["software"]["custody_code"].startswith("sha256:")


def test_a_file_as_it_is_written_can_be_sealed_too(world: World) -> None:
    out = world.path / "facts.toml"
    world.kibra.ok("facts", "--method", "phone", "--out", out)
    world.seized()
    world.kibra.ok("seal", EX, "media", "--no-describe", "--acquisition", out)
    assert world.kibra.body("0002-manifest.json")["body"]["acquisition"]["acquisition"] == {"method": "phone"}


def test_nothing_is_written_over(world: World) -> None:
    out = world.path / "facts.toml"
    out.write_text("mine")
    world.kibra.refused("facts", "--out", out, says="is there already")
    assert out.read_text() == "mine"
    world.kibra.refused("facts", "--out", world.path / "no/facts.toml", status=2, says="no such folder")


def test_what_was_stated_stays(world: World) -> None:
    known = world.path / "known.toml"
    known.write_text(
        "[workstation]\nhostname = 'LAB-PC-3'\nserial = '7XKQ2'\n[acquisition]\nmethod = 'device'\n[own]\nfact = 5\n"
        "[clock]\ntime = '2026-11-20T14:05:00+03:00'\n"
    )
    told = world.kibra.ok("--json", "facts", "--known", known)
    facts = told.json["facts"]
    assert (facts["workstation"]["hostname"], facts["own"]["fact"]) == ("LAB-PC-3", "5")
    assert facts["clock"]["time"] == "2026-11-20T14:05:00+03:00"
    (contradicted,) = told.json["contradicted"]
    assert contradicted.startswith("workstation.hostname is stated as 'LAB-PC-3', and found to be ")
    assert contradicted in told.said
    assert "workstation.serial" not in {each["name"] for each in told.json["missing"]}
    world.kibra.refused(
        "facts", "--known", known, "--method", "phone", status=2, says="the method that was stated: device"
    )
    world.kibra.refused("facts", "--known", world.path / "no.toml", status=2, says="no such file")


def test_another_computer_did_it(world: World) -> None:
    told = world.kibra.ok("--json", "facts", "--elsewhere", "--method", "image").json
    assert told["facts"] == {"acquisition": {"method": "image"}}
    assert [each["name"] for each in told["missing"]] == [q.name for q in asked("image")][1:]


def test_what_cannot_be_asked_for(world: World) -> None:
    world.kibra.refused("facts", "--method", "magic", status=2, says="not a method: magic")
    world.kibra.refused("facts", "--ask", status=2, says="there is nobody to ask")
    world.kibra.refused("facts", "--device", "/nowhere", status=2, says="cannot find '/nowhere'")
    world.kibra.refused("facts", "--device", "/dev/null", status=2, says="no block device: it is a character device")


@pytest.mark.skipif(sys.platform != "linux", reason="devices are read on Linux")
def test_a_device_and_its_facts(world: World, tmp_path: Path) -> None:
    image = blank(tmp_path / "image", 8 * MIB)
    sfdisk(image, "label: gpt\nstart=2048,size=4096,type=L,name=photos\n")
    with loop(image, "--read-only") as node:
        told = world.kibra.ok("--json", "facts", "--method", "device", "--device", node).json
    facts, missing = told["facts"], {each["name"] for each in told["missing"]}
    assert facts["source"]["capacity"] == "8388608 bytes (as it says itself)"
    assert facts["source"]["read_only"] == "yes: this system refused to write to it"
    assert facts["source"]["interface"] == "virtual"
    assert facts["source"]["device"].startswith(f"{node}, number 7:")
    assert facts["source"]["hidden_areas"] == (
        "HPA: not known: no ATA disk (virtual). DCO: not known: no ATA disk (virtual)"
    )
    assert facts["partitions"]["table"].startswith("gpt, identifier ")
    assert facts["partitions"]["partition_1"].startswith("sectors 2048 to 6143, 4096 in all, type 0fc63daf")
    assert "source.serial" in missing and "source.capacity" not in missing


def test_somebody_asks_at_the_keyboard(world: World) -> None:
    screen = Terminal(world, "facts", "--elsewhere", "--ask", "--method", "files", "--out", "asked.toml")
    screen.sees("an empty answer".capitalize()).sees("acquisition.authority: On what authority?").types(
        "warrant E1/2026"
    )
    screen.sees("acquisition.extent").types("")
    screen.sees("acquisition.left_out").types('"quoted" \\ and señal')
    screen.sees("acquisition.witness").types(".")
    status, _ = screen.ends()
    assert status == 0
    written = tomllib.loads((world.path / "asked.toml").read_text())
    assert written["acquisition"] == {
        "method": "files", "authority": "warrant E1/2026", "left_out": '"quoted" \\ and señal',
    }  # fmt: skip


def test_whoever_breaks_off_leaves_nothing(world: World) -> None:
    screen = Terminal(world, "facts", "--ask", "--out", "asked.toml")
    screen.sees("acquisition.method").presses(b"\x03")
    assert screen.ends(pressing=b"\x03")[0] == 130
    assert not (world.path / "asked.toml").exists()


# --- what a device says, in words ---------------------------------------------


def _device(**more: object) -> DeviceFacts:
    given: dict[str, object] = {
        "named": "/dev/sdb", "node": "/dev/sdb", "number": "8:16", "size": 1000, "sector": 512, "physical_sector": 4096,
        "read_only": True, "words": Words(disk="sdb", bus="ata", disk_read_only=True), "table": Table(scheme="none"),
    }  # fmt: skip
    return DeviceFacts(**given | more)  # type: ignore[arg-type]


def test_a_disk_that_hides_something() -> None:
    hidden = Hidden(hpa=HiddenArea(sectors=5, text="5 sectors hidden: x"), dco=HiddenArea(sectors=0, text="none: y"))
    source = of_device(_device(hidden=hidden))["source"]
    assert source["hidden_areas"] == "HPA: 5 sectors hidden: x. DCO: none: y"
    assert source["sector_size"] == "512 bytes; the medium itself writes 4096 at once"


@pytest.mark.parametrize(("read_only", "disk", "partition", "words"), [
    (False, False, None, "no: this system could have written to it"),
    (True, True, None, "yes: this system refused"),
    (True, False, 1, "the partition yes, its disk no"),
    (True, None, 1, "the partition yes, its disk no"),
    (True, True, 1, "yes: this system refused"),
    (False, True, 1, "no: this system could"),
])  # fmt: skip
def test_read_only_is_said_of_partition_and_disk(
    read_only: bool, disk: bool | None, partition: int | None, words: str
) -> None:
    device = _device(read_only=read_only, words=Words(disk="sdb", partition=partition, start=512, disk_read_only=disk))
    source = of_device(device)["source"]
    assert source["read_only"].startswith(words)
    assert ("part" in source) == (partition is not None)


def test_partitions_without_end_and_with_hostile_names() -> None:
    entry = {"first": 5, "sectors": 6, "type": "0x83", "meaning": "Linux"}
    many = tuple(Partition(number=n, name="\x1b[2J'", **entry) for n in range(1, 1001))  # type: ignore[arg-type]
    told = of_device(_device(table=Table(scheme="gpt", partitions=many, remarks=("a", "b"))))["partitions"]
    assert len(told) == 131
    assert told["more"] == "872 further partitions are not listed"
    assert (told["remarks"], "\x1b" in told["partition_1"]) == ("a; b", False)


# --- TOML ---------------------------------------------------------------------


@given(some.text(alphabet=some.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_from_the_file(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}")["a"] == text
    assert safe(quoted(text)) == quoted(text)


@given(
    some.dictionaries(
        some.text(min_size=1, max_size=9), some.dictionaries(some.text(max_size=9), some.text(), max_size=3), max_size=3
    )
)
def test_any_facts_come_back_from_the_file(facts: dict[str, dict[str, str]]) -> None:
    def whole(text: str) -> str:
        return "".join("�" if 0xD800 <= ord(letter) < 0xE000 else letter for letter in text)

    clean = {whole(s): {whole(k): whole(v) for k, v in fields.items()} for s, fields in facts.items()}
    read = tomllib.loads(toml(clean, [q.name for q in asked("phone")]))
    assert {section: fields for section, fields in read.items() if fields} == {s: f for s, f in clean.items() if f}


def test_half_letters_become_whole() -> None:
    assert quoted("a\udc80b") == '"a\\uFFFDb"'
