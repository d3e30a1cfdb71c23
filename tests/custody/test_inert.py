"""Hostile strings as names of files and as what people type: shown inert everywhere, never run, never a crash."""

import json
import os
import pty
import subprocess
import unicodedata
from pathlib import Path

import pytest

from tests.custody.station import CASE, COMMAND, EX, Answer, World, opening, run_all

DATA = Path(__file__).parents[3] / "shared" / "data" / "blns" / "blns.json"
CANARY = Path("/tmp/blns.fail")
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + b"\x08" * 64 + bytes.fromhex("ffd9")

OWN = [
    "\x1b[31mred\x1b[0m", "\x1b]52;c;aGk=\x07", "\x1b]0;title\x07", "\x9b31m", "\u202etxt.exe",
    "\u2066a\u2069", "a\u200bb", "line\nCONFIRMED", "a\r\nVerdict: CONFIRMED", "x[/].jpg", "[red]x[/red]",
    "[bold]", "x\u2028y", "\x07\x08\x7f", "\ufeff", "$(touch /tmp/blns.fail)", "`touch /tmp/blns.fail`",
    "; touch /tmp/blns.fail", "| touch /tmp/blns.fail", "%s%n%p", "{0}", "-if\nsystem('touch /tmp/blns.fail')",
    "-config", "-@", "-o", "--help", "-", "..", "~", "\\x1b", "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0", "\U000e0041\U000e007f", "\ud7ff\ue000", "é́́", "ﷺ", "อ้้้้",
]  # fmt: skip


PLACES = """
show TEXT
verify TEXT
log TEXT
case open TEXT --title x
case TEXT
seal KBR-2026-0042/EX-1 ./TEXT
seal KBR-2026-0042/EX-1 media --digest TEXT
trust add ./TEXT --fingerprint x
event KBR-2026-0042/EX-1 TEXT
acknowledge ./TEXT
TEXT
receive ./TEXT
release KBR-2026-0042/EX-1 --purpose=x --to=TEXT
inspect ./TEXT
hash ./TEXT
seize KBR-2026-0042/EX-1 --photo=TEXT
correct KBR-2026-0042/EX-1 TEXT
verify --anchor ./TEXT
show KBR-2026-0042/EX-1 --item=TEXT
recall KBR-2026-0042/EX-1 --because=TEXT
"""


def strings() -> list[str]:
    """Our own, and the Big List of Naughty Strings where it lies beside the repository."""
    more = json.loads(DATA.read_bytes()) if DATA.exists() else []
    return list(dict.fromkeys(each for each in (*OWN, *more) if each and "\0" not in each))


def test_the_list_of_naughty_strings_is_there() -> None:
    if not DATA.exists():
        pytest.skip(f"no {DATA}: only our own hostile strings are tried")
    assert len(strings()) > 500


@pytest.fixture(autouse=True)
def canary() -> object:
    """Nothing typed or named may be run."""
    CANARY.unlink(missing_ok=True)
    yield
    assert not CANARY.exists(), "something was executed"


def inert(text: str) -> bool:
    """Whether nothing in it can move a cursor, turn text around or hide it."""
    return all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in text)


def shown(answer: Answer, *, statuses: tuple[int, ...] = (0,), as_json: bool = False) -> Answer:
    """An answer that is inert, and has one of these statuses."""
    assert answer.status in statuses, answer
    assert "internal error" not in answer.err, answer
    assert "Traceback" not in answer.err, answer
    assert inert(answer.out), ascii(answer.out)
    assert inert(answer.err), ascii(answer.err)
    assert not any(line.startswith(("CONFIRMED", "Verdict:")) for line in answer.out.splitlines()[1:])
    if as_json:
        assert answer.out.isascii()
        for line in answer.out.splitlines() if answer.out.startswith('{"manifest"') else [answer.out]:
            json.loads(line)
    return answer


def can_be_signed(text: str) -> bool:
    """Whether a record may hold it: nothing that moves a cursor, ends a line or turns text around (R2)."""
    turns = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return not any(unicodedata.category(c) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(c) in turns for c in text)


def test_what_cannot_be_signed_is_refused_and_changes_nothing(world: World) -> None:
    hostile = [text for text in strings() if not can_be_signed(text)]
    assert len(hostile) > 8
    with world.unchanged():
        acts = [
            world.kibra.words(("seize", EX, f"--description={text}", "--place=x", "--authority=order:1"), None, True)
            for text in hostile
        ]
        for answer in run_all(acts, cwd=world.path, env=world.env):
            assert "cannot be signed" in shown(answer, statuses=(2,)).err


def test_as_field_values(world: World) -> None:
    """Every string in fields of a seizure and of events, then every screen that shows them."""
    given = [text for text in strings() if can_be_signed(text)]
    fields = "description store register-no purpose counterparty condition court case-no exhibit-mark".split()
    seize = ["seize", EX, "--description=" + given[0], "--place=" + given[1], "--authority=kind:" + given[2]]
    facts = ("make", "model", "serial", "owner", "condition", "power")
    seize += [f"--{name}={text}" for name, text in zip(facts, given[3:], strict=False)]
    shown(world.kibra(*seize, *(f"--imei={each}" for each in given)))
    acts = []
    for start in range(0, len(given), len(fields)):
        words = [f"--{name}={value}" for name, value in zip(fields, given[start : start + len(fields)], strict=False)]
        acts.append(world.kibra.words(("event", EX, "incident", "--description=x", *words), None, True))
    for answer in run_all(acts, cwd=world.path, env=world.env):
        shown(answer)
    more = [f"--{name}={text}" for name, text in zip(("courier", "condition", "reason", "place"), given, strict=False)]
    package = world.released(more=tuple(more))
    for name in ("report.txt", "HOW-TO-CHECK.txt"):
        assert inert((package / "custody" / name).read_text())
    assert inert((package / "bag-info.txt").read_text())
    refuse = ("receive", package, f"--refuse=EX-1:{given[0]}{given[7]}", f"--condition={given[4]}")
    shown(world.lab(*refuse, "--receipt", "no.json"))
    shown(world.kibra("acknowledge", "no.json"))
    assert world.kibra.body(f"0{len(acts) + 3:03d}-recall.json")["reason"] == given[0] + given[7]
    _every_screen(world, str(package))
    world.kibra.sound()


def _every_screen(world: World, package: str) -> None:
    record = f"./kibra/cases/KIBRA/{EX}/0001-seizure.json"
    screens = [
        ("log", EX), ("log", CASE), ("show", EX), ("status",), ("verify", EX), ("verify",), ("verify", package),
        ("case", "show", CASE), ("case", "list"), ("people", "list"), ("trust", "list"), ("doctor",),
        ("inspect", record), ("verify", record), ("index", "rebuild"), ("agency", "card"),
    ]  # fmt: skip
    for as_json in (False, True):
        flag = ("--json",) if as_json else ()
        all_words = [world.kibra.words((*flag, *words), None, False) for words in screens]
        for words, answer in zip(screens, run_all(all_words, cwd=world.path, env=world.env), strict=True):
            assert answer.status in (0, 4), (words, answer)
            shown(answer, statuses=(0, 4), as_json=as_json)


@pytest.mark.parametrize("text", OWN)
def test_as_names_of_people_and_agencies(world: World, text: str) -> None:
    """Refused, or shown inert for ever after."""
    secret = str(world.secret("31"))
    words = ["people", "enrol", f"--name={text}", "--rank=PC", "--service-no=8", "--new-passphrase-file", secret]
    if shown(world.kibra(*words), statuses=(0, 2)).status == 0:
        shown(world.kibra("people", "list"))
        shown(world.kibra("--json", "people", "list"), as_json=True)
    if shown(world.run("--passphrase-file", secret, "init", "new", *opening(agency=text)), statuses=(0, 2)).status == 0:
        shown(world.run("-C", "new", "agency", "card", "--out", "new.json"))
        shown(world.run("-C", "new", "verify", "--records-only"))
        shown(world.kibra("trust", "add", "new.json", "--fingerprint", "0" * 64), statuses=(5,))


def test_as_words_typed(world: World) -> None:
    """Each string in one place of a command line or another: an error in plain words, and nothing is written."""
    world.seized()
    places = [line.split() for line in PLACES.strip().splitlines()]
    given = strings()
    typed = [[word.replace("TEXT", text) for word in places[n % len(places)]] for n, text in enumerate(given)]
    words = [world.kibra.words(tuple(each), None, False) for each in typed]
    before = world.kibra.leaves()
    for start in range(0, len(words), 100):
        some = words[start : start + 100]
        for line, answer in zip(some, run_all(some, cwd=world.path, env=world.env), strict=True):
            assert answer.status in (0, 2, 3, 4, 5, 6), (line, answer)
            shown(answer, statuses=(0, 2, 3, 4, 5, 6))
    assert world.kibra.leaves() == before


def test_as_the_register_and_the_officer(world: World) -> None:
    for text in OWN:
        shown(world.run("-C", "./" + text.replace("/", "_"), "status"), statuses=(2, 6))
        shown(world.run("-C", str(world.kibra.path), f"--as={text}", "case", "open", "X", "--title=x"), statuses=(5,))


def _names() -> list[bytes]:
    """Names a file system takes: the strings, and bytes that are no text."""
    texts = [os.fsencode(each.replace("/", "\u2215")) for each in strings() if each not in (".", "..")]
    odd = [bytes((n,)) + b".jpg" for n in (1, 9, 10, 13, 27, 127, 128, 155, 255)]
    odd += [b"\xed\xa0\x80", b"caf\xe9", b"\x9b31m", b"new\nline -if\n.jpg", b"x" * 255, b"\xf0\x9f", b" ", b"end. "]
    return [name for name in dict.fromkeys((*texts, *odd)) if 0 < len(name) <= 255]


@pytest.fixture
def named(world: World) -> list[bytes]:
    """A folder full of hostile names; some files look like pictures, so that exiftool is asked."""
    names = _names()
    base = os.fsencode(world.media / "hostile")
    os.mkdir(base)
    for number, name in enumerate(names):
        with open(os.path.join(base, name), "wb") as file:
            file.write(JPEG + str(number).encode() if number < 60 or number > len(names) - 20 else str(number).encode())
    return names


def test_as_names_of_files(world: World, named: list[bytes]) -> None:
    world.seized()
    shown(world.kibra("seal", EX, str(world.media / "hostile")))
    media = str(world.media / "hostile")
    assert world.kibra.body("0002-manifest.json")["body"]["measured"] == len(named)
    for flag in ((), ("--json",)):
        for words in (("show", EX), ("verify", EX, "--media", media), ("log", EX)):
            shown(world.kibra(*flag, *words), as_json=bool(flag))
    shown(world.kibra("--json", "show", EX, "--digest", "sha256"), as_json=True)  # as text: test_show.py
    some = [world.kibra.words(("show", EX, "--item", number), None, False) for number in range(1, len(named), 7)]
    for answer in run_all(some, cwd=world.path, env=world.env):
        shown(answer)


def test_hostile_names_travel_and_come_back(world: World, named: list[bytes]) -> None:
    """In a package, through a bag checker, at the other side, and out again: the same files under the same names."""
    import bagit

    media = str(world.media / "hostile")
    world.sealed(EX, media, "--no-describe")
    package = world.released(more=("--media", media))
    bagit.Bag(str(package)).validate()
    shown(world.lab("receive", package))
    report = world.lab.verify(EX, "--media", package / "data" / "KIBRA" / EX)
    assert (report.status, report.json["verdict"]) == (0, "CONFIRMED"), report
    listed = (world.lab.chain() / "0002-manifest.entries.jsonl").read_bytes().splitlines()
    assert len(listed) == len(named)


def test_findings_about_hostile_names(world: World, named: list[bytes]) -> None:
    """Every file changed: each is named, inert, in text and in JSON."""
    media = str(world.media / "hostile")
    world.sealed(EX, media, "--no-describe")
    for name in named:
        with open(os.path.join(os.fsencode(media), name), "ab") as file:
            file.write(b"!")
    shown(world.kibra("verify", EX, "--media", media), statuses=(3,))
    report = shown(world.kibra.verify(EX, "--media", media), statuses=(3,), as_json=True)
    items = [f["facts"]["item"] for f in report.json["findings"] if f["code"] == "content-changed"]
    assert len(items) == len(named)
    assert {name.decode("utf-8", "backslashreplace") for name in named} == set(items)
    told = world.kibra("release", EX, "--to", "LAB", "--purpose=x", "--media", media, "--out", "usb")
    shown(told, statuses=(5,))


def test_hash_on_a_terminal(world: World, named: list[bytes]) -> None:
    """Into a pipe names go as they are, for sha256sum; onto a terminal inert."""
    process, screen = pty.fork()
    if process == 0:
        os.execve(COMMAND, ["custody", "hash", str(world.media / "hostile")], world.env)
    data = b""
    while True:
        try:
            part = os.read(screen, 65536)
        except OSError:
            break
        if not part:
            break
        data += part
    _, status = os.waitpid(process, 0)
    os.close(screen)
    assert os.waitstatus_to_exitcode(status) == 0
    text = data.decode().replace("\r\n", "\n")
    assert inert(text), ascii(text)
    assert len([line for line in text.splitlines() if len(line.split("  ")[0].lstrip("\\")) == 64]) == len(named)


def test_sha256sum_understands_the_list(world: World, named: list[bytes]) -> None:
    place = world.media / "hostile"
    listed = subprocess.run([COMMAND, "hash", place], env=world.env, capture_output=True, timeout=60)
    checked = subprocess.run(["sha256sum", "-c", "--quiet"], input=listed.stdout, cwd=place, capture_output=True)
    assert (checked.returncode, checked.stdout) == (0, b""), checked
