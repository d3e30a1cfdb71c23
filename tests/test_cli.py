"""The command as people meet it: the installed program, on a terminal and without one."""

import json
import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

import cli
from tests.custody.station import CASE, COMMAND, EX, World, copy, make, opening

VERBS = [
    *([verb] for verb in cli.VERBS),
    *(["case", word] for word in ("open", "list", "show", "refer")),
    *(["people", word] for word in ("enrol", "renew", "list", "revoke", "passphrase", "recover", "card")),
    ["people", "recovery-sheet"],
    *(["trust", word] for word in ("add", "list", "remove")),
    ["agency", "card"], ["authority", "add"], ["index", "rebuild"],
]  # fmt: skip


@pytest.fixture(scope="session")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make(tmp_path_factory.mktemp("cli"))


@pytest.fixture
def world(beginning: World, tmp_path: Path) -> World:
    return copy(beginning, tmp_path)


class Terminal:
    """The installed command on a terminal of 80 columns, and who sits at it."""

    def __init__(self, world: World, *words: str) -> None:
        self.shown = ""
        self.process, self.screen = pty.fork()
        if self.process == 0:
            os.chdir(world.path)
            os.execve(COMMAND, ["custody", *words], world.env)
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def sees(self, text: str) -> "Terminal":
        """Wait until a text is on the screen, after what was seen before."""
        end = time.monotonic() + 60
        while text not in self.shown:
            assert time.monotonic() < end, f"waited for {text!r}, saw {self.shown!r}"
            if not self._read():
                raise AssertionError(f"ended before {text!r}: {self.shown!r}")
        self.shown = self.shown.split(text, 1)[1]
        return self

    def types(self, text: str) -> "Terminal":
        """Type a line."""
        os.write(self.screen, text.encode() + b"\n")
        return self

    def presses(self, key: bytes) -> "Terminal":
        os.write(self.screen, key)
        return self

    def _read(self) -> bool:
        if not select.select([self.screen], [], [], 5)[0]:
            return True
        try:
            data = os.read(self.screen, 65536)
        except OSError:  # the other end is closed
            return False
        self.shown += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)

    def ends(self, pressing: bytes = b"") -> tuple[int, str]:
        """Wait for its end; exit status, and what was shown since.

        `pressing`: a key to press again after 5 s of silence: an interrupt that comes just before Python begins to
        read a line waits for that line.
        """
        end = time.monotonic() + 120
        before = self.shown
        while self._read():
            assert time.monotonic() < end, f"it does not end: {self.shown!r}"
            if pressing and self.shown == before:
                os.write(self.screen, pressing)
            before = self.shown
        _, status = os.waitpid(self.process, 0)
        os.close(self.screen)
        return os.waitstatus_to_exitcode(status), self.shown


def at(world: World, *words: str, by: str = "112233", passphrase: bool = False) -> Terminal:
    """The command at KIBRA's desk, on a terminal."""
    files = ["--passphrase-file", str(world.secret(by))] if passphrase else []
    return Terminal(world, "-C", str(world.kibra.path), "--as", by, *files, *words)


# --- help and version ---------------------------------------------------------


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_help_page_ends_with_the_exit_status(world: World, words: list[str]) -> None:
    answer = world.run(*words, "--help")
    assert answer.status == 0, answer
    foot = " ".join(answer.out.split()[-40:])
    assert foot.endswith("130 interrupted. Any other is a failure."), answer
    assert "0 confirmed or done" in foot
    assert max(len(line) for line in answer.out.splitlines()) <= 80


def test_the_front_page(world: World) -> None:
    answer = world.start("--help")
    assert answer.status == 0
    assert all(f"  {verb} " in answer.out for verb in cli.VERBS)
    assert " ".join(answer.out.split()).endswith("Any other is a failure.")


def test_version_is_one_line(world: World) -> None:
    from manifests.version import VERSION

    assert (world.start("--version").out, world.start("--version").status) == (f"custody {VERSION}\n", 0)


@pytest.mark.parametrize("verb", ["case", "people", "trust", "agency", "authority", "index"])
def test_a_verb_with_verbs_of_its_own_shows_them(world: World, verb: str) -> None:
    answer = world.run(verb)
    assert (answer.status, "Commands" in answer.out + answer.err) == (2, True), answer
    assert "Exit status" in answer.out + answer.err


# --- what was typed -----------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["frobnicate"], "no such command 'frobnicate'"),
        (["seal", "--frobnicate"], "no such option"),
        (["case", "frobnicate"], "no such command 'frobnicate'"),
        (["show"], "missing argument 'CASE/EXHIBIT'"),
        (["correct", EX, "one"], "'one' is not a valid"),
        (["show", "KBR/2026/42"], "not a name of a case or exhibit"),
        (["show", "../../etc/passwd"], "not a name of a case or exhibit"),
        (["show", CASE], "names a case"),
        (["log", "-x"], "no such option"),
    ],
)
def test_words_that_are_not_understood(world: World, words: list[str], says: str) -> None:
    with world.unchanged():
        answer = world.kibra(*words)
    assert (answer.status, answer.out) == (2, ""), answer
    lines = answer.err.splitlines()
    assert lines[0].startswith("custody: ")
    assert says in lines[0], answer
    assert not lines[0].endswith(".")
    assert lines[0][9].islower() or not lines[0][9].isalpha() or lines[0][9:].startswith(CASE)
    assert all(line.startswith(("custody: ", "hint: ")) for line in lines)


def test_an_error_as_json(world: World) -> None:
    for words, status in (("seal", EX, "--bag", "B"), 5), (("frobnicate",), 2), (("verify", "X/Y"), 2):
        answer = world.kibra("--json", *words)
        told = answer.json
        assert told.keys() == {"format", "exit", "message", "hints"}
        assert (told["format"], told["exit"], answer.status) == ("custody/error/1", status, status)
        assert answer.err.startswith(f"custody: {told['message']}")
        assert [f"hint: {hint}" for hint in told["hints"]] == answer.err.splitlines()[1:]


MISSING = {
    ("init", "new"): "--agency, --code, --officer, --rank, --service-no",
    ("seize", EX): "--description, --place, --authority",
    ("case", "open", "C-2"): "--title",
    ("authority", "add", CASE, "W1"): "--kind, --number",
    ("derive", f"{CASE}/EX-2"): "--from, --how, --description",
    ("release", EX): "--to, --purpose",
    ("release", EX, "--to-person", "A"): "--purpose, --paper",
    ("recall", EX): "--because",
    ("takeover", EX): "--because",
    ("return", EX): "--to-person, --authority, --witness",
    ("dispose", EX): "--method, --authority, --witness",
    ("void", EX): "--because",
    ("correct", EX, "1"): "--statement",
    ("people", "enrol"): "--name, --rank, --service-no",
    ("people", "revoke", "445566"): "--reason",
}


@pytest.mark.parametrize("words", MISSING, ids=" ".join)
def test_all_that_is_missing_is_listed_at_once(world: World, words: tuple[str, ...]) -> None:
    told = world.kibra.refused(*words, status=2, says=f"missing: {MISSING[words]}")
    assert "hint: add them, or run it on a terminal to be asked" in told.err


def test_seize_without_an_exhibit_and_a_terminal(world: World) -> None:
    world.kibra.refused("seize", CASE, status=2, says="which exhibit of")


@pytest.mark.parametrize("words", [("--to", "LAB", "--to-officer", "445566"), ("--to", "LAB", "--to-person", "A")])
def test_one_addressee(world: World, words: tuple[str, ...]) -> None:
    world.seized()
    world.kibra.refused("release", EX, *words, "--purpose", "x", "--paper", "y", status=2, says="to whom?")


def test_seal_what(world: World) -> None:
    world.seized()
    world.kibra.refused("seal", EX, status=2, says="seal what?")
    world.kibra.refused("seal", EX, "media", "--bag", "B-1", status=2, says="seal what?")


# --- global options -----------------------------------------------------------


def test_global_options_stand_anywhere(world: World) -> None:
    place = str(world.kibra.path)
    secret = str(world.secret("112233"))
    facts = ["--description", "a phone", "--place", "here", "--authority", "consent:1"]
    spread = ["seize", "--as", "112233", f"{CASE}/A", *facts[:2], "--passphrase-file", secret, *facts[2:]]
    spread += ["-C", place, "--json"]
    answer = world.run(*spread)
    assert (answer.status, answer.json["records"][0]["kind"]) == (0, "seizure"), answer
    glued = ["seize", f"{CASE}/B", *facts, f"-C{place}", "--as=112233", f"--passphrase-file={secret}", "--quiet"]
    assert world.run(*glued).status == 0
    for number in range(3):
        words = ["status"]
        words.insert(number % 2, "--json")
        assert world.run("-C", place, *words).json["format"] == "custody/status/1"


def test_after_two_hyphens_all_is_a_name(world: World) -> None:
    answer = world.run("-C", str(world.kibra.path), "show", "--", "--json")
    assert (answer.status, answer.out) == (2, "")
    assert "not a name" in answer.err


def test_custody_alone_is_status(world: World) -> None:
    world.seized()
    bare = world.start(cwd=world.kibra.path)
    assert (bare.status, bare.out) == (0, world.start("status", cwd=world.kibra.path / "cases").out)
    assert f"KIBRA:{EX}" in bare.out
    assert world.run("--json", cwd=world.kibra.path).json["format"] == "custody/status/1"


def test_quiet_says_nothing_but_the_result(world: World) -> None:
    package = str(world.sent_in_a_bag())
    loud = world.lab.ok("receive", package, "--seal", "B-1")
    assert "CONFIRMED" in loud.err
    quiet = world.lab.ok("--quiet", "receive", package, "--seal", "B-1")
    assert quiet.err == ""
    assert "already recorded" in quiet.out


def test_the_installed_command_from_seizure_to_verification(world: World) -> None:
    """A few steps with the real program, where the other tests fork."""
    secret = ["--passphrase-file", str(world.secret("112233")), "--as", "112233"]
    facts = ["--description", "a card", "--place", "here", "--authority", "consent:1"]
    for words in (["seize", EX, *facts], ["seal", EX, "../media"], ["verify", EX, "--media", "../media"]):
        answer = world.start(*words, *secret, cwd=world.kibra.path)
        assert answer.status == 0, answer
    (world.media / "a note.txt").write_text("another")
    answer = world.start("--json", "verify", EX, "--media", "../media", cwd=world.kibra.path)
    assert (answer.status, answer.json["verdict"], "content-changed" in answer.codes) == (3, "REFUTED", True)


# --- what takes the result ----------------------------------------------------


def test_a_full_standard_output_is_told(world: World) -> None:
    world.seized()
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [COMMAND, "-C", world.kibra.path, "log", EX], env=world.env, stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    assert (done.returncode, b"the disk is full" in done.stderr) == (6, True), done
    assert b"Traceback" not in done.stderr


def test_a_reader_that_goes_away(world: World) -> None:
    world.seized()
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [COMMAND, "-C", world.kibra.path, "log", EX], env=world.env, stdout=writing, stderr=subprocess.PIPE, timeout=60
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_of_few_letters(world: World, encoding: str) -> None:
    words = ("--description", "téléphone 電話", "--place", "Kibéra", "--authority", "consent:1")
    world.kibra.ok("seize", EX, *words)
    answer = subprocess.run(
        [COMMAND, "-C", world.kibra.path, "log", EX], env=world.env | {"PYTHONIOENCODING": encoding},
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert answer.returncode == 0, answer
    seen = {"utf-8": "電話", "latin-1": "\\u96fb\\u8a71", "ascii": "t\\xe9l"}[encoding]
    assert seen in answer.stdout.decode(encoding)


# --- on a terminal ------------------------------------------------------------


def test_what_is_missing_is_asked_in_order_then_a_summary(world: World) -> None:
    screen = at(world, "seize", EX)
    screen.sees("what is it? Do not write a child's name").types("black phone")
    screen.sees("where was it taken?").types("Kibra market")
    screen.sees("on what authority (KIND:NUMBER)?").types("warrant:E1/2026")
    screen.sees(f"{EX}: black phone").sees("taken at Kibra market, authority warrant:E1/2026")
    screen.sees("Sign as PC Jane Wanjiku? [y/N]").types("y")
    screen.sees("Passphrase of PC Jane Wanjiku (112233):").types("jane has three words")
    status, shown = screen.ends()
    assert (status, "Write in the OB" in shown) == (0, True), shown
    assert "jane has three words" not in shown
    assert world.kibra.body("0001-seizure.json")["place"] == "Kibra market"


@pytest.mark.parametrize("answer", ["n", "", "what?"])
def test_no_is_no(world: World, answer: str) -> None:
    facts = ("--description", "x", "--place", "y", "--authority", "a:b")
    with world.unchanged():
        screen = at(world, "seize", EX, *facts, passphrase=True)
        screen.sees("Sign as PC Jane Wanjiku? [y/N]").types(answer)
        if answer == "what?":
            screen.sees("[y/N]").types("n")
        status, shown = screen.ends()
    assert (status, "not signed: nothing was written" in shown) == (5, True), shown


def test_yes_skips_the_question(world: World) -> None:
    facts = ("--description", "x", "--place", "y", "--authority", "a:b")
    status, shown = at(world, "--yes", "seize", EX, *facts, passphrase=True).ends()
    assert (status, "Sign as" in shown) == (0, False), shown


def test_three_wrong_passphrases(world: World) -> None:
    world.seized()
    with world.unchanged():
        screen = at(world, "--yes", "seal", EX, "--bag", "B-1")
        for _ in range(3):
            screen.sees("Passphrase of PC Jane Wanjiku (112233):").types("not the words")
            screen.sees("That is not the passphrase.")
        status, shown = screen.ends()
    assert (status, "the passphrase does not open this key" in shown) == (5, True), shown
    assert "hint: " in shown


def test_the_second_try(world: World) -> None:
    world.seized()
    screen = at(world, "--yes", "seal", EX, "--bag", "B-1")
    screen.sees("Passphrase").types("jane has three wrods").sees("not the passphrase")
    screen.sees("Passphrase").types("jane has three words")
    assert screen.ends()[0] == 0


@pytest.mark.parametrize("where", ["question", "summary", "passphrase"])
@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["ctrl-c", "end of input"])
def test_going_away_at_a_question(world: World, where: str, key: bytes) -> None:
    facts = () if where == "question" else ("--description", "x", "--place", "y", "--authority", "a:b")
    with world.unchanged():
        screen = at(world, *(("--yes",) if where == "passphrase" else ()), "seize", EX, *facts)
        screen.sees({"question": "what is it?", "summary": "[y/N]", "passphrase": "Passphrase of"}[where])
        time.sleep(0.2)  # the prompt stands; now it reads
        status, shown = screen.presses(key).ends()
    assert status == 130, shown
    assert "internal error" not in shown
    assert "Traceback" not in shown


def test_ctrl_c_while_measuring(world: World) -> None:
    """A large file is being read; what was begun is given up, and nothing is recorded; it can be resumed."""
    world.seized()
    with (world.media / "large").open("wb") as large:
        large.truncate(64 << 30)  # sparse: minutes of reading
    with world.unchanged(all_but=("kibra/unfinished",)):
        screen = at(world, "seal", EX, str(world.media), "--no-describe", passphrase=True)
        screen.sees("measuring 5 of 7 items")
        os.kill(screen.process, signal.SIGINT)
        status, shown = screen.ends()
    assert status == 130, shown
    assert "interrupted" in shown
    assert "--resume" in shown
    assert world.kibra.sound().status == 0


def test_ten_bags_one_passphrase(world: World) -> None:
    """`seize CASE` asks exhibit by exhibit, and for the passphrase once."""
    screen = at(world, "--yes", "seize", CASE, "--place", "market", "--authority", "warrant:1")
    for number in range(10):
        screen.sees("Exhibit (empty to end)").types(f"EX-{number}")
    screen.sees("Exhibit (empty to end)").types("")
    for number in range(10):
        screen.sees(f"{CASE}/EX-{number}: what is it?").types(f"bag {number}")
        if number == 0:
            screen.sees("Passphrase of").types("jane has three words")
    status, shown = screen.ends()
    assert (status, "Passphrase" in shown) == (0, False), shown
    acts = {world.kibra.body("0001-seizure.json", f"{CASE}/EX-{n}")["act"] for n in range(10)}
    assert len(acts) == 1
    world.kibra.sound()


def test_a_new_passphrase_is_asked_twice(world: World) -> None:
    words = ["init", "runda", *opening()]
    screen = Terminal(world, *words)
    screen.sees("New passphrase for PC Tom").types("three words here").sees("The same again").types("three words there")
    status, shown = screen.ends()
    assert (status, "the two are not the same" in shown) == (2, True), shown
    screen = Terminal(world, *words)
    screen.sees("New passphrase").types("short").sees("again").types("short")
    status, shown = screen.ends()
    assert (status, "8 characters or more" in shown, (world.path / "runda").exists()) == (2, True, False), shown
    screen = Terminal(world, *words)
    screen.sees("New passphrase").types("three words here").sees("again").types("three words here")
    assert screen.ends()[0] == 0
    made = (world.path / "runda" / "people").glob("*.key")
    assert all(b"three words" not in path.read_bytes() for path in made)


def test_the_seal_is_asked_before_the_expected_one_is_shown(world: World) -> None:
    package = str(world.sent_in_a_bag(seal="B-000777"))
    secret = ("--passphrase-file", str(world.secret("7001")))
    screen = Terminal(world, "-C", str(world.lab.path), "--as", "7001", *secret, "receive", package)
    before = len(screen.shown)
    screen.sees("seal number as you read it")
    assert before == 0
    screen.types("B-000777").sees("bag B-000777").sees("[y/N]").types("y")
    status, shown = screen.ends()
    assert status == 0, shown
    assert world.lab.body("0004-receipt.json")["body"]["seal"]["observed"] == "B-000777"


def test_the_expected_seal_does_not_stand_before_the_question(world: World) -> None:
    package = str(world.sent_in_a_bag(seal="B-000777"))
    screen = Terminal(world, "-C", str(world.lab.path), "--as", "7001", "receive", package)
    seen = ""
    while "seal number as you read it" not in screen.shown:
        assert screen._read(), screen.shown
    seen = screen.shown.split("seal number as you read it")[0]
    assert "B-000777" not in seen
    time.sleep(0.2)  # the prompt stands; now it reads
    os.kill(screen.process, signal.SIGINT)
    assert screen.ends()[0] == 130


def test_a_refusal_is_confirmed_before_the_recall_is_signed(world: World) -> None:
    package = str(world.sent_in_a_bag())
    world.lab.ok("receive", package, "--refuse", "EX-1:torn open", "--receipt", "no.json")
    with world.unchanged():
        screen = at(world, "acknowledge", "no.json", passphrase=True)
        status, _ = screen.sees("torn open").sees("[y/N]").types("n").ends()
    assert status == 5
    status, _ = at(world, "acknowledge", "no.json", passphrase=True).sees("[y/N]").types("y").ends()
    assert (status, world.kibra.kinds()[-1]) == (0, "recall")


def test_json_is_never_mixed_with_questions(world: World) -> None:
    with world.unchanged():
        screen = at(world, "--json", "seize", EX, passphrase=True)
        status, shown = screen.ends()
    assert (status, "missing: --description, --place, --authority" in shown) == (2, True), shown
    facts = ("--description", "x", "--place", "y", "--authority", "a:b")
    status, shown = at(world, "--json", "seize", EX, *facts, passphrase=True).ends()
    assert (status, json.loads(shown)["format"]) == (0, "custody/act/1")


def test_a_progress_bar_on_a_terminal_only(world: World) -> None:
    world.seized()
    with (world.media / "large").open("wb") as large:
        large.truncate(300 << 20)
    screen = at(world, "seal", EX, str(world.media), "--no-describe", passphrase=True)
    screen.sees("measuring")
    assert screen.ends()[0] == 0
    assert "verifying" not in world.kibra.verify(EX, "--media", world.media).err
