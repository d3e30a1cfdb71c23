"""What a computer says about itself, and what it does not know."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from custody.edges import kernel_clock, workstation
from custody.edges.workstation import Places, collect, own_code
from manifests.bodies import Manifest

ROOT = Path(__file__).parents[2]


def test_this_computer_says_something_and_it_can_stand_in_a_record() -> None:
    import msgspec

    facts = collect()
    assert {"hostname", "system", "kernel"} <= facts["workstation"].keys()
    assert {"time", "zone", "synchronised", "error"} <= facts["clock"].keys()
    assert {"custody", "custody_code", "libraries", "python", "python_program"} <= facts["software"].keys()
    shape = next(field.type for field in msgspec.structs.fields(Manifest) if field.name == "acquisition")
    msgspec.convert(facts, shape)
    assert all(value.isprintable() for section in facts.values() for value in section.values())


def test_our_own_code_has_the_digest_that_anybody_can_make() -> None:
    """The command that docs/spec/acquisition.md gives."""
    command = "find cli.py custody hashing manifests -name '*.py' | LC_ALL=C sort | xargs sha256sum | sha256sum"
    made = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert own_code().startswith(f"sha256:{made.stdout.split()[0]} over ")
    assert command.replace("|", "\\|") in (ROOT / "docs/spec/acquisition.md").read_text()


def test_the_programs_have_the_digests_of_their_files() -> None:
    software = collect()["software"]
    checked = 0
    for name, value in software.items():
        if name.endswith(("_program", "_library")):
            digest, _, path = value.partition(" ")
            assert digest == f"sha256:{hashlib.sha256(Path(path).read_bytes()).hexdigest()}", name
            checked += 1
    assert checked
    assert software["python_program"].endswith(str(Path(sys.executable).resolve()))
    import ssl

    assert software["openssl_python"] == ssl.OPENSSL_VERSION


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(
        maker=tmp_path / "dmi", board=tmp_path / "board", release=tmp_path / "os-release",
        processor=tmp_path / "cpuinfo", zone=tmp_path / "zoneinfo/Africa/Nairobi",
    )  # fmt: skip
    for folder in (made.maker, made.board, made.zone.parent):
        folder.mkdir(parents=True)
    return made


def test_what_the_maker_wrote(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    (places.maker / "sys_vendor").write_text("Dell Inc.\n")
    (places.maker / "product_name").write_text("Precision 3660\n")
    (places.maker / "product_serial").write_text("7XKQ2\n")
    places.release.write_text('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
    places.processor.write_text("processor\t: 0\nmodel name\t: Example  CPU 9\n")
    monkeypatch.delenv("TZ", raising=False)
    facts = collect(places)
    told = facts["workstation"]
    assert (told["make"], told["model"], told["serial"]) == ("Dell Inc.", "Precision 3660", "7XKQ2")
    assert told["system"] == "Debian GNU/Linux 12 (bookworm)"
    assert told["processor"].startswith("Example CPU 9, ")
    assert facts["clock"]["zone"].endswith("(Africa/Nairobi)")


def test_what_nobody_wrote_is_left_out(places: Places) -> None:
    for name, text in (
        ("sys_vendor", "To Be Filled By O.E.M."),
        ("product_name", "Default string"),
        ("product_serial", "0"),
    ):
        (places.maker / name).write_text(text)
    told = collect(places)["workstation"]
    assert {"make", "model", "serial"}.isdisjoint(told)
    assert told["system"].startswith("Linux" if sys.platform == "linux" else "")


def test_a_board_without_a_maker_s_table(places: Places) -> None:
    (places.board / "model").write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    (places.board / "serial-number").write_bytes(b"10000000abcd\0")
    told = collect(places)["workstation"]
    assert (told["model"], told["serial"]) == ("Raspberry Pi 4 Model B Rev 1.4", "10000000abcd")


def test_words_without_end_are_cut(places: Places) -> None:
    (places.maker / "product_name").write_bytes(b"\xff\n" + b"x" * 5000)
    places.release.write_bytes(b"\xff\xfe\x00" * 100)
    told = collect(places)["workstation"]
    assert told["model"].startswith("\\xff xxx") and len(told["model"]) == workstation.MOST_TEXT


# --- the clock ----------------------------------------------------------------


@pytest.mark.parametrize(("answer", "status", "error", "synchronised", "seconds"), [
    (0, 0x2001, 312_000, True, 0.312), (5, 0x40, 16_000_000, False, 16.0), (0, 0x40, 1, False, 1e-06),
    (5, 0x0, 2_000_000, False, 2.0), (1, 0x11, 5_000, True, 0.005),
])  # fmt: skip
def test_what_the_kernel_s_answer_means(
    answer: int, status: int, error: int, synchronised: bool, seconds: float
) -> None:
    found = kernel_clock.judged(answer, status, error)
    assert (found.synchronised, found.error) == (synchronised, seconds)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked")
def test_the_kernel_itself_is_asked() -> None:
    """Beside Python's own word for it: adjtimex answers, and its numbers are in their bounds."""
    found = kernel_clock.kernel_state()
    assert found is not None
    assert 0 <= found.error <= 1_000_000
    told = collect()["clock"]
    assert told["synchronised"] == ("yes, the kernel says" if found.synchronised else "no, the kernel says")


def test_a_system_that_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert kernel_clock.kernel_state() is None
    told = collect()["clock"]
    assert (told["synchronised"], told["error"]) == ("not known", "not known")
