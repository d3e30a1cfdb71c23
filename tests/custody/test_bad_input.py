"""What is typed wrong: plain words, the right exit status, nothing written."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.custody.station import CASE, EX, Before, World, opening

FACTS = ("--description", "a phone", "--place", "here", "--authority", "consent:1")


def seize(**other: str) -> list[str]:
    given = {"description": "a phone", "place": "here", "authority": "consent:1"} | other
    return ["seize", EX, *(part for name, value in given.items() for part in (f"--{name}", value))]


# --- texts --------------------------------------------------------------------


@pytest.mark.parametrize("field", ["description", "place", "reason", "condition", "make", "serial", "clock"])
def test_a_text_that_is_too_long(world: World, field: str) -> None:
    told = world.kibra.refused(*seize(**{field: "x" * 10_000}), status=2, says=f"{field}: at most 4000 characters")
    assert "hint: " in told.err
    world.kibra.ok(*seize(**{field: "x" * 4_000}))
    world.kibra.sound()


@pytest.mark.parametrize("field", ["description", "place", "authority"])
def test_a_text_that_is_empty_is_missing(world: World, field: str) -> None:
    world.kibra.refused(*seize(**{field: ""}), status=2, says=f"missing: --{field}")


@pytest.mark.parametrize("field", ["reason", "condition", "make", "owner"])
def test_an_empty_text_of_choice(world: World, field: str) -> None:
    world.kibra.refused(*seize(**{field: ""}), status=2, says=f"{field}: must not be empty")


@pytest.mark.parametrize("authority", ["W1", ":", "warrant:", ":E1", "no-such-word"])
def test_an_authority_that_is_none(world: World, authority: str) -> None:
    world.kibra.refused(*seize(authority=authority), status=2, says="authority")


def test_an_authority_of_the_case(world: World) -> None:
    add = ("authority", "add", CASE, "W1", "--kind", "warrant", "--number", "E1/2026", "--issued-on", "2026-11-19")
    world.kibra.ok(*add)
    world.kibra.again(*add)
    world.kibra.refused(*add[:-1], "2026-11-20", says="W1 is taken")
    world.kibra.refused(*add[:3], "W 2", *add[4:], status=2, says="ref: letters, digits")
    world.kibra.refused(*add[:3], "W3", *add[4:-1], "tomorrow", status=2, says="issued-on: a day is written like")
    world.kibra.refused(*add[:3], "W3", *add[4:-1], "2026-02-30", status=2, says="2026-02-30")
    world.kibra.ok(*seize(authority="W1"))
    assert world.kibra.body("0001-seizure.json")["authority"]["number"] == "E1/2026"


@pytest.mark.parametrize("bad", ["EX 1", "../x", "K/EX/1", "", "-x", ".x", "é", "x" * 65, "K/\n", "K:/x", "a:b:c/d"])
def test_names_that_are_none(world: World, bad: str) -> None:
    for words in (("show", bad), ("seize", bad, *FACTS), ("case", "open", bad, "--title", "x"), ("log", bad)):
        with world.unchanged():
            told = world.kibra(*words)
        assert told.status == 2, (words, told)
        assert "internal error" not in told.err


def test_bytes_that_are_no_letters(world: World) -> None:
    bad = b"caf\xe9".decode("utf-8", "surrogateescape")
    world.kibra.refused(*seize(description=bad), status=2, says="not UTF-8")
    world.kibra.refused("case", "open", "C-9", "--title", bad, status=2, says="not UTF-8")
    told = world.kibra("seal", EX, bad)
    assert (told.status, "internal error" in told.err) == (2, False), told


def test_choices_that_there_are_not(world: World) -> None:
    world.kibra.refused(*seize(how="stolen"), status=2, says="not a way to come by an exhibit")
    world.seized()
    world.kibra.refused("event", EX, "party", status=2, says="no such event: party")
    world.kibra.refused("event", EX, "checkout", status=2, says="checkout also needs --purpose, --due")
    world.kibra.refused("event", EX, "checkout", "--purpose", "x", "--due", "soon", status=2, says="due: a day is")
    world.kibra.refused("seal", EX, "media", "--digest", "crc32", status=2, says="unknown digest algorithm")
    world.kibra.refused("correct", EX, "7", "--statement", "x", status=2, says="has no record 7")
    derive = ("derive", f"{CASE}/EX-2", "--from", EX, "--description", "x", "--how")
    world.kibra.refused(*derive, "magic", status=2, says="not a way to derive")
    world.kibra.refused("derive", EX, *derive[2:], "copy", status=2, says="from itself")
    world.kibra.refused("people", "enrol", "--role", "king", status=2, says="no such role")
    world.kibra.refused("show", EX, "--item", "99", status=2, says="no such item")


def test_the_facts_of_an_acquisition(world: World) -> None:
    facts = world.path / "facts.toml"
    world.seized()
    seal = ("seal", EX, "media", "--no-describe", "--acquisition", facts)
    world.kibra.refused(*seal, status=2, says="no such file")
    for text, says in (
        ("not toml at all = = =", "cannot be read as TOML"),
        ("make = 'Dell'", "stands in a section"),
        ("[a]\nb = [1, 2]", "is not one value"),
        ("[a]\nb = ''", "must not be empty"),
        ("['a b']\nc = '1'", "letters, digits"),
        ("[a]\nb = '" + "x" * 5000 + "'", "at most 4000 characters"),
    ):
        facts.write_text(text)
        world.kibra.refused(*seal, status=2, says=says)
    facts.write_bytes(b"\xff\xfe")
    world.kibra.refused(*seal, status=2, says="cannot be read as TOML")
    facts.write_text("[workstation]\nmake = 'Dell'\n[medium]\nsectors = 1000\n")
    world.kibra.ok(*seal)
    assert world.kibra.body("0002-manifest.json")["body"]["acquisition"]["medium"] == {"sectors": "1000"}


@pytest.mark.parametrize("option", ["--name", "--rank", "--service-no"])
@pytest.mark.parametrize("value", ["x" * 10_000, "x" * 65, "a\nb", "\x1b[31mred", "caf\udce9"])
def test_a_person_that_no_certificate_can_name(world: World, option: str, value: str) -> None:
    given = {"--name": "N N", "--rank": "PC", "--service-no": "9"} | {option: value}
    words = [part for pair in given.items() for part in pair]
    enrol = ("people", "enrol", *words, "--new-passphrase-file", world.secret("31"))
    world.kibra.refused(*enrol, status=2, says="cannot stand in a certificate")
    init = opening(officer=given["--name"], rank=given["--rank"], service_no=given["--service-no"])
    with world.unchanged():
        told = world.run("--passphrase-file", str(world.secret("31")), "init", "new", *init)
    assert (told.status, "internal error" in told.err) == (2, False), told


@pytest.mark.parametrize(("option", "value"), [
    ("agency", "x" * 10_000), ("agency", "a\nb"), ("code", "A B"), ("code", "../A"), ("code", "x" * 65),
    ("register", "a/b"), ("register", "-a"),
])  # fmt: skip
def test_an_agency_that_cannot_be(world: World, option: str, value: str) -> None:
    with world.unchanged():
        told = world.run("--passphrase-file", str(world.secret("31")), "init", "new", *opening(**{option: value}))
    assert (told.status, "internal error" in told.err) == (2, False), told


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe\xff\xfe\xff\xfe\xff\xfe\n"])
def test_a_new_passphrase_that_is_none(world: World, content: bytes) -> None:
    (world.path / "pw").write_bytes(content)
    with world.unchanged():
        told = world.run("--passphrase-file", "pw", "init", "new", *opening())
    assert (told.status, "passphrase" in told.err) == (6 if b"\xff" in content else 2, True), told


def test_init_in_a_folder_with_something_in_it(world: World) -> None:
    there = {"media": "exists and is not empty", "kibra": "is a register already", "media/empty": "exists"}
    for name, says in there.items():
        with world.unchanged():
            told = world.run("--passphrase-file", str(world.secret("31")), "init", name, *opening())
        assert (told.status, says in told.said) == (5, True), told


def test_cards_that_are_none(world: World) -> None:
    import json

    card = world.lab.card.read_bytes()
    other = json.loads(card) | {"agency": "Another Agency"}
    odd = {
        "a forged name": json.dumps(other, indent=2).encode() + b"\n",
        "two line feeds": card + b"\n",
        "cut": card[:100],
        "nothing": b"",
        "a picture": b"\xff\xd8\xff\xe0JFIF",
        "a record": (world.kibra.path / "journal/0001-register-opened.json").read_bytes(),
    }
    for what, data in odd.items():
        path = world.path / f"{what}.json"
        path.write_bytes(data)
        for words in (("trust", "add", path, "--fingerprint", "0" * 64), ("verify", "--anchor", path)):
            with world.unchanged():
                told = world.kibra(*words)
            assert (told.status in (2, 3), "internal error" in told.err) == (True, False), (what, told)
        init = world.run("--passphrase-file", str(world.secret("31")), "init", "new", "--card", str(path))
        assert (init.status in (2, 3), (world.path / "new").exists()) == (True, False), (what, init)
    world.kibra.refused("trust", "add", "nowhere.json", "--fingerprint", "0" * 64, status=2, says="no such file")


# --- time ---------------------------------------------------------------------


@pytest.mark.parametrize("at", [
    "tomorrow", "2026-13-01", "2026-02-30 10:00", "25:00", "", " ", "0", "2026-11-20T14:05:00+99:00",
    "2026-11-20T14:05:00+03:00:30", "9" * 5000, "now",
])  # fmt: skip
def test_a_time_that_is_none(world: World, at: str) -> None:
    with world.unchanged():
        told = world.kibra(*seize(), "--at", at)
    assert (told.status, "internal error" in told.err) == (2, False), told
    assert "write it like 2026-11-20 14:05" in told.err or "time" in told.err


@pytest.mark.parametrize("at", ["0001-01-01", "0001-01-01 00:00", "1601-01-01T00:00:00+14:00"])
def test_a_time_long_ago_is_a_time(world: World, at: str) -> None:
    told = world.kibra(*seize(), "--at", at)
    assert (told.status in (0, 2), "internal error" in told.err) == (True, False), told


def test_the_future(world: World) -> None:
    ahead = (datetime.now().astimezone() + timedelta(hours=1)).isoformat(timespec="minutes")
    for at in ("9999-12-31", "2999-01-01 10:00", ahead):
        world.kibra.refused(*seize(), "--at", at, status=2, says="is in the future")


def test_a_time_as_people_type_it(world: World) -> None:
    world.kibra.ok(*seize(), "--at", "2026-01-02 03:04", env={"TZ": "Africa/Nairobi"})
    assert world.kibra.body("0001-seizure.json")["occurred_at"] == "2026-01-02T03:04:00+03:00"


def moved(**by: float) -> Before:
    """For `before`: this computer's clock stands elsewhere."""

    def before() -> None:
        from custody.edges import clock

        class Elsewhere(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return datetime.now() + timedelta(**by)

        clock.datetime = Elsewhere  # type: ignore[misc]

    return before


def test_a_clock_set_back(world: World) -> None:
    world.seized()
    back = moved(days=-2)
    seal = ("seal", EX, "--bag", "B-1")
    told = world.kibra.refused(*seal, before=back, says="is before the last record")
    assert "--clock 'REASON'" in told.err
    world.kibra.ok(*seal, "--clock", "the battery was flat", before=back)
    report = world.kibra.verify(EX, "--records-only")
    assert "clock-explained" in report.codes
    assert report.status in (0, 4), report


@pytest.mark.parametrize("words", [
    ("case", "refer", CASE, "--ob", "1"), ("authority", "add", CASE, "W", "--kind", "warrant", "--number", "1"),
    ("trust", "remove", "COURT"), ("people", "revoke", "445566", "--reason", "left"),
    ("people", "enrol", "--name", "N", "--rank", "PC", "--service-no", "8", "--new-passphrase-file", "secrets/31"),
])  # fmt: skip
def test_every_record_can_explain_its_clock(world: World, words: tuple[str, ...]) -> None:
    back = moved(days=-2)
    world.kibra.refused(*words, before=back, says="is before the last record")
    world.kibra.ok(*words, "--clock", "the battery was flat", before=back)


def test_clocks_of_two_agencies_may_differ_a_little(world: World) -> None:
    package = world.sent_in_a_bag()
    told = world.lab.refused("receive", package, before=moved(minutes=-30), says="is before the last record")
    assert told.status == 5
    world.lab.ok("receive", package, before=moved(minutes=-3))
    assert "clock-differs" in world.lab.verify(EX, "--records-only").codes


def test_a_computer_whose_clock_is_years_ahead(world: World) -> None:
    """The certificate has ended by that clock: undecided, never refuted, and told."""
    world.seized()
    report = world.kibra.verify(EX, "--records-only", before=moved(days=365 * 12))
    assert (report.status, "certificate-expired" in report.codes) == (4, True), report
    before = world.kibra.verify(EX, "--records-only", before=moved(days=-365 * 3))
    assert before.status in (0, 4), before


def test_the_code_of_the_paper_register(world: World) -> None:
    made = world.kibra.ok("--json", *seize()).json["records"][0]["code"]
    assert len(made.replace("-", "")) == 26
    for code in (made, made.lower(), made.replace("-", " "), made.replace("-", "")):
        report = world.kibra.verify(EX, "--records-only", "--code", code)
        assert (report.status, "26 letters compared" in " ".join(report.json["rests_on"])) == (0, True), report
    report = world.kibra.verify(EX, "--records-only", "--code", made[:19])
    assert (report.status, "only 16 letters" in " ".join(report.json["rests_on"])) == (0, True), report
    for code in ("AAAA-AAAA-AAAA-AAAA", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA"):
        report = world.kibra.verify(EX, "--records-only", "--code", code)
        assert (report.status, "code-mismatch" in report.codes) == (3, True), (code, report)


def test_a_code_that_is_none_is_a_usage_error(world: World) -> None:
    told = world.kibra.ok(*seize()).out
    line = next(line for line in told.splitlines() if line.startswith("Write in the OB"))
    code = line.split()[-1]
    for wrong in ("", " ", "7F3K", code[:-1], code + "A", code[:20] + "99" + code[22:], line, "sha256:" + "0" * 64):
        world.kibra.refused("verify", EX, "--records-only", "--code", wrong, status=2, says="code")


def test_a_code_of_another_record_does_not_refute(world: World) -> None:
    """A slip of the pen, a record of another chain here, one that is not in the package: nothing was made anew."""
    package = world.sent_in_a_bag()
    words = ("seize", f"{CASE}/EX-7", "--description", "a card", "--place", "here", "--authority", "warrant:E1/2026")
    last = world.kibra.ok("--json", *words).json["records"][0]["code"]
    report = world.kibra.verify(EX, "--records-only", "--code", last)
    assert (report.status, {"code-unknown"} <= report.codes) == (4, True), report
    assert "EX-7" in report.out
    slip = ("B" if last[0] == "A" else "A") + last[1:]
    report = world.kibra.verify(f"{CASE}/EX-7", "--records-only", "--code", slip)
    assert (report.status, {"code-unknown"} <= report.codes, "1 of 26 letters" in report.out) == (4, True, True), report
    report = world.lab.verify(package, "--code", last)
    assert (report.status, {"code-unknown"} <= report.codes) == (4, True), report


STEERING = ("\x1b[D", "\t", "\n", "\r", "\x01", "\x7f", "\x9b31m", "\u2028", "\u202e", "\u2066")


@pytest.mark.parametrize("field", ["description", "place", "reason", "condition", "make", "serial"])
def test_what_steers_a_terminal_is_not_signed(world: World, field: str) -> None:
    for steering in STEERING:
        told = world.kibra.refused(*seize(**{field: f"a{steering}"}), status=2, says=f"{field}: it holds a control")
        assert "hint: " in told.err


def test_control_characters_in_other_texts_are_not_signed(world: World) -> None:
    world.seized()
    bad = "x\x1b[D"
    (world.path / f"photo{bad}.jpg").write_bytes(b"x")
    for words in (
        ("event", EX, "incident", "--description", bad), ("seal", EX, "--bag", bad),
        ("seal", EX, "media", "--note", bad),
        ("case", "open", "CASE-9", "--title", bad), ("correct", EX, "1", "--statement", bad),
        ("seize", f"{CASE}/EX-8", "--description", "x", "--place", "x", "--authority", f"consent:{bad}"),
        ("seize", f"{CASE}/EX-8", "--description", "x", "--place", "x", "--authority", "consent:1", "--photo",
         world.path / f"photo{bad}.jpg"),
    ):  # fmt: skip
        world.kibra.refused(*words, status=2, says="control character")


def test_a_register_whose_names_hold_control_characters_is_not_made(world: World) -> None:
    for field in ("--agency", "--officer", "--rank"):
        words = {"--agency": "X", "--code": "X", "--officer": "X", "--rank": "X", "--service-no": "1"} | {
            field: "X\x1b[D"
        }
        answer = world.run("--passphrase-file", str(world.secret("112233")), "init", "new",
                           *(part for pair in words.items() for part in pair))  # fmt: skip
        assert (answer.status, (world.path / "new").exists()) == (2, False), answer


def test_a_bag_number_where_contents_belong(world: World) -> None:
    world.seized()
    world.kibra.refused(
        "seal", EX, "B-0005", status=2, says="there is no B-0005 here; a bag's number goes behind --bag"
    )
    world.kibra.refused("seal", EX, "media", "B-0005", status=2, says="there is no B-0005 here")
    told = world.kibra.refused("seal", EX, "./nowhere", status=2, says="there is no ./nowhere")
    assert "--bag" not in told.err


def test_seal_numbers_are_compared_as_people_write_them(world: World) -> None:
    package = world.sent_in_a_bag(seal="B-000203")
    world.lab.ok("receive", package, "--seal", "b 000203", "--receipt", world.path / "r.json")
    report = world.lab.verify(EX, "--records-only")
    assert (report.status, "seal-spelled-otherwise" in report.codes, "seal-differs" in report.codes) == (0, True, False)
    assert "b 000203" in report.out and "B-000203" in report.out
    world.lab.refused("seal", EX, "--bag", "b000203", says="is on")
    world.lab.ok("seal", EX, "--bag", "B-7", "--replaces", "b000203")


def test_the_beginning_is_always_shown(world: World) -> None:
    world.seized()
    for number in range(20):
        world.kibra.ok("event", EX, "incident", "--description", f"number {number}")
    told = world.kibra("verify", EX, "--records-only").out
    assert "black phone, cracked glass" in told.split("records after it, not shown here")[0].split("records ")[-1]
    assert "   1  " in told
    assert "7 records after it, not shown here" in told
    assert "number 19" in told
    assert len([line for line in told.splitlines() if "incident" in line]) == 13


def test_a_lone_record_shows_no_more_than_it_does(world: World) -> None:
    world.sealed()
    told = world.kibra("verify", f"./kibra/cases/KIBRA/{EX}/0002-manifest.json", "--anchor", world.kibra.card).out
    assert "no contents were ever measured" not in told
    assert "a record alone does not show" in told
    told = world.kibra("verify", CASE, "--records-only").out
    assert "no contents were ever measured" not in told


def test_a_target_that_is_nothing(world: World) -> None:
    for target in (f"{CASE}/EX-9", "OTHER", f"KIBRA:{CASE}/EX-9", "LAB:X"):
        world.kibra.refused("verify", target, status=2, says="there is no")
    for target in ("./nowhere", "/nowhere", "../nowhere"):
        world.kibra.refused("verify", target, status=2, says="no register, package, record or reply")
    (world.path / "letter.txt").write_text("dear sir")
    world.kibra.refused("verify", "./letter.txt", status=2, says="a file that custody does not make")


def test_inspect_says_on_every_screen_that_nothing_was_checked(world: World) -> None:
    world.seized()
    record = world.kibra.chain() / "0001-seizure.json"
    answer = world.kibra.ok("inspect", record)
    lines = [line for line in answer.out.splitlines() if line]
    assert lines[0].startswith("NOT CHECKED") and lines[-1].startswith("NOT CHECKED")
    assert world.kibra.ok("--json", "inspect", record).json["checked"] is False
    world.kibra.refused("inspect", "nowhere", status=2, says="no such file")
    world.kibra.refused("inspect", world.media, status=6, says="not an ordinary file")


def test_a_small_paper_and_a_missing_one(world: World) -> None:
    world.kibra.refused(*seize(), "--photo", "nowhere.jpg", status=2, says="no such file")
    world.kibra.refused(*seize(), "--photo", world.media, status=6, says="not an ordinary file")
    Path(world.path / "photo.jpg").write_bytes(b"x")
    world.kibra.ok(*seize(), "--photo", world.path / "photo.jpg")
    assert world.kibra.body("0001-seizure.json")["body"]["photos"][0]["name"] == "photo.jpg"
