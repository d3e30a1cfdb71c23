"""Every command in docs/sop/ is typed as it stands, and gives what its page says."""

import os
import re
import select
import signal
import time
from pathlib import Path

import pytest

from tests.docs import procedures
from tests.docs.procedures import World
from tests.docs.stories import ALL, NOT_HERE, SOPS, Stories


@pytest.mark.parametrize("number", ALL)
def test_a_procedure_does_what_its_page_says(stories: Stories, number: str) -> None:
    stories.want(SOPS)  # all of them side by side
    if number in NOT_HERE:
        pytest.skip("it is practised on a loop device, and none can be made here")
    _, seen = stories.end(number)
    for each in seen:
        step = each.step
        assert each.status == step.status, f"{step}\n{step.commands}\n{each.output}"
        missing = procedures.differs(step.expected, each.output) if step.expected is not None else None
        assert missing is None, f"{step}: not seen: {missing}\n{each.output}"
    assert len(seen) == len(SOPS[number].steps)


@pytest.mark.parametrize("number", ALL)
def test_a_page_has_the_parts_that_every_page_has(number: str) -> None:
    text = ALL[number].path.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    for part in ("Before you start", "Steps", "Exit status", "When it goes wrong"):
        assert part in headings
    assert "**Who does it:**" in text
    assert "admissible" not in text


def test_every_page_is_listed() -> None:
    listed = (procedures.ROOT / "docs" / "sop" / "README.md").read_text(encoding="utf-8")
    assert [p.path.name for p in ALL.values() if f"({p.path.name})" not in listed] == []


def test_what_is_not_seen_is_noticed() -> None:
    assert procedures.differs(["held by PC ... in KIBRA"], "held by PC Wanjiku in KIBRA\n") is None
    assert procedures.differs(["one", "...", "three"], "one\ntwo\nthree\n") is None
    assert procedures.differs(["one", "..."], "one\n") is None
    assert procedures.differs(["one", "three"], "one\ntwo\nthree\n") == "three"
    assert procedures.differs(["one"], "one\ntwo\n") is not None
    assert procedures.differs(["CONFIRMED", "..."], "REFUTED\n") == "CONFIRMED"


# --- on a real terminal --------------------------------------------------

_QUESTIONS = (
    (re.compile(rb"(New passphrase for .*|The same again|Passphrase of .*): $"), procedures.PASSPHRASE),
    (re.compile(rb"Sign as .*\? \[y/N\]: $"), "y"),
)
_TYPED = re.compile(rb"Type the last 8 digits the agency told you: $")
_ASKED_FOR = 60.0


@pytest.mark.parametrize("number", ["02", "04"])
def test_a_procedure_typed_on_a_terminal_works_as_well(stories: Stories, number: str, tmp_path: Path) -> None:
    procedure = SOPS[number]
    assert procedure.continues is not None
    world = stories.end(procedure.continues)[0].copy(tmp_path / "typed")
    asked = 0
    for step in procedure.steps[: _ENOUGH[number]]:
        status, screen, questions = _typed(world, step)
        assert status == step.status, f"{step}\n{screen}"
        asked += questions
        if "agency card" in step.commands:
            _overheard(world, screen)
    assert asked >= _ENOUGH[number]


_ENOUGH = {"02": 5, "04": 3}


def _typed(world: World, step: procedures.Step) -> tuple[int, str, int]:
    """Type one step on a terminal without the stand-in; its exit status, the screen, how often it asked."""
    import pty

    register = _register(world, step.place)
    script = world.path / ".typed"
    script.write_text(f"cd {register}\n{step.commands}")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(world.home(step.place))
        os.execvpe("bash", ["bash", "-e", str(script)], world.environment(step.place, hands=False) | {"TERM": "dumb"})
    try:
        screen, asked = _converse(world, terminal)
        _, status = os.waitpid(child, 0)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    finally:
        os.close(terminal)
    return os.waitstatus_to_exitcode(status), screen.decode(errors="replace"), asked


def _register(world: World, place: str) -> str:
    """The register at one computer, where there is one: an officer works inside it."""
    found = sorted(path.parent for path in world.home(place).glob("*/journal"))
    return str(found[0]) if found else str(world.home(place))


def _converse(world: World, terminal: int) -> tuple[bytes, int]:
    """Answer what is asked until the terminal closes."""
    screen, asked, last = b"", 0, time.monotonic()
    while time.monotonic() - last < _ASKED_FOR:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            data = os.read(terminal, 4096)
        except OSError:  # the other side has gone
            return screen, asked
        if not data:
            return screen, asked
        screen, last = screen + data, time.monotonic()
        answer = _answer(world, screen)
        if answer is not None:
            os.write(terminal, answer.encode() + b"\n")
            screen, asked = screen + b"\n", asked + 1
    raise AssertionError(f"nothing more came:\n{screen.decode(errors='replace')}")


def _answer(world: World, screen: bytes) -> str | None:
    line = screen.replace(b"\r", b"").rsplit(b"\n", 1)[-1]
    for question, answer in _QUESTIONS:
        if question.search(line):
            return answer
    if _TYPED.search(line):
        return _told_by_telephone(world, screen)
    return None


def _overheard(world: World, screen: str) -> None:
    """Keep what the officer at the other end has on their own screen."""
    for code, fingerprint in re.findall(r"^([A-Z]+)  .*\nfingerprint (.*)$", screen.replace("\r", ""), re.MULTILINE):
        (world.path / "telephone" / code).write_text(fingerprint + "\n")


def _told_by_telephone(world: World, screen: bytes) -> str:
    """The last eight digits, as the officer at the other end reads them aloud."""
    agency = re.findall(rb"^([A-Z]+)  \S.*\r?$", screen, re.MULTILINE)[-1].decode()
    return (world.path / "telephone" / agency).read_text().strip()[-8:]
