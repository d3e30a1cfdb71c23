"""Taking in what others wrote: extending, older, forked, repeated, hostile (docs/spec/chain.md, C13; package.md)."""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.custody.station import CASE, EX, World, tree


def test_a_lost_reply_is_made_again(world: World) -> None:
    package = world.sent()
    world.lab.ok("receive", package, "--receipt", "first.json")
    first = (world.path / "first.json").read_bytes()
    (world.path / "first.json").unlink()
    again = world.lab.again("receive", package, "--receipt", "again.json", all_but=("again.json",))
    assert "no. 4" in again.out
    assert (world.path / "again.json").read_bytes() == first

    world.lab.ok("event", EX, "access-view", "--description", "looked at it")  # life goes on before the loss is known
    world.lab.again("receive", package, "--receipt", "later.json", all_but=("later.json",))
    assert (world.path / "later.json").read_bytes() == first
    world.kibra.ok("acknowledge", "later.json")


def test_a_reply_is_never_written_over_a_file(world: World) -> None:
    package = world.sent()
    (world.path / "taken.json").write_text("keep me")
    world.lab.refused("receive", package, "--receipt", "taken.json", says="is there already")
    world.lab.refused("receive", package, "--receipt", "nowhere/reply.json", status=6, says="no such folder")
    one = world.lab.ok("--json", "receive", package).json["reply"]
    (world.path / one).write_text("something else")
    two = world.lab.ok("--json", "receive", package).json["reply"]
    assert (one, two) == (f"{CASE}_EX-1_reply_of_LAB.json", f"{CASE}_EX-1_reply_of_LAB_2.json")


def test_an_acknowledgement_twice(world: World) -> None:
    package = world.sent()
    world.lab.ok("receive", package, "--receipt", "yes.json")
    world.kibra.ok("acknowledge", "yes.json")
    again = world.kibra.again("acknowledge", "yes.json", passphrases=False)
    assert "no. 4: receipt already recorded" in again.out


@pytest.mark.parametrize("name", ["nothing.txt", "../../escaped.json", "journal/0002-person-enrolled.json"])
def test_a_reply_that_answers_nothing_is_not_taken_for_an_answer(world: World, name: str) -> None:
    world.sent()
    files = [] if name == "nothing.txt" else [{"name": name, "content": "e30="}]
    (world.path / "odd.json").write_text(json.dumps({"format": "custody/reply/1", "files": files}, indent=2) + "\n")
    world.kibra.refused("acknowledge", "odd.json", says="there is no receipt and no refusal in this reply", status=2)


def test_a_refusal_acknowledged_twice(world: World) -> None:
    package = world.sent()
    world.lab.ok("receive", package, "--refuse", "EX-1:torn", "--receipt", "no.json")
    world.kibra.ok("acknowledge", "no.json")
    again = world.kibra.again("acknowledge", "no.json")
    assert "no. 4: recall already recorded" in again.out


def test_a_release_again_makes_the_package_again(world: World) -> None:
    package = world.sent()
    leaves = world.kibra.leaves()
    words = ("release", EX, "--to", "LAB", "--purpose", "extraction", "--media", world.media, "--out")
    assert str(package) in world.kibra.again(*words, world.path / "usb", passphrases=False).out
    (package / "data/KIBRA" / EX / "a note.txt").write_text("damaged meanwhile")
    world.kibra.refused(*words, world.path / "usb", says="is there already")
    shutil.rmtree(package)
    world.kibra.ok(*words, world.path / "usb")
    (world.path / "new").mkdir()
    again = world.kibra.ok(*words, world.path / "new")
    assert "no. 3: release already recorded" in again.out
    assert world.kibra.leaves() == leaves
    old = {k: v for k, v in tree(package).items() if "data" in k or "chains" in k}
    assert old == {k: v for k, v in tree(world.path / "new" / package.name).items() if "data" in k or "chains" in k}
    world.lab.ok("receive", world.path / "new" / package.name)


def test_an_older_chain_changes_nothing(world: World) -> None:
    """A package that was refused and sent anew: the old one comes again, after the new one was received."""
    old = world.sent()
    world.lab.ok("receive", old, "--refuse", "EX-1:torn", "--receipt", "no.json")
    world.kibra.ok("acknowledge", "no.json")
    new = world.released(out="second", more=("--media", str(world.media)))
    world.lab.ok("receive", new, "--receipt", "yes.json")
    world.lab.refused("receive", old, says="what came is older than what is here, 3 of 6 records: nothing done")
    world.kibra.ok("acknowledge", "yes.json")
    world.kibra.refused("receive", new, says="is older than what is here")
    world.lab.sound()


def test_a_chain_that_comes_home_extends_what_is_here(world: World) -> None:
    world.handed_over()
    world.lab.ok("event", EX, "examination-end", "--description", "done")
    words = ("release", EX, "--to", "KIBRA", "--purpose", "return", "--media", world.media, "--out", world.path / "usb")
    package = Path(world.lab.ok("--json", *words).json["package"])
    before = {name: (world.kibra.chain() / name).read_bytes() for name in world.kibra.names()}
    world.kibra.ok("receive", package, "--receipt", "home.json")
    world.lab.ok("acknowledge", "home.json")
    assert world.kibra.kinds() == ["seizure", "manifest", "release", "receipt", "event", "release", "receipt"]
    assert all((world.kibra.chain() / name).read_bytes() == data for name, data in before.items())
    assert world.kibra.state()["holder"]["name"] == "Jane Wanjiku"
    for office in (world.kibra, world.lab):
        office.sound()
        assert office.verify(EX, "--media", world.media).status == 0


def test_an_incoming_chain_that_forks_is_kept_apart_and_refutes(world: World) -> None:
    """KIBRA's register is put back from an old copy, and its officer writes another history: LAB has both."""
    backup = world.path / "backup"
    world.seized()
    shutil.copytree(world.kibra.path, backup)
    shutil.copytree(world.path / "settings", world.path / "other")
    first = world.released()
    world.lab.ok("receive", first)
    shutil.rmtree(world.kibra.path)
    shutil.copytree(backup, world.kibra.path)
    shutil.rmtree(backup)
    rolled = world.kibra.verify("--records-only")
    assert (rolled.status, "ledger-shorter" in rolled.codes) == (3, True)  # this computer remembers

    # A computer that has seen nothing since the backup was made.
    elsewhere = World(world.path, {"XDG_CONFIG_HOME": str(world.path / "other")})
    elsewhere.kibra.ok("seal", EX, "--bag", "B-7")
    second = elsewhere.released(out="second")
    leaves, names = world.lab.leaves(), world.lab.names()
    told = world.lab("receive", second, "--accept", EX)
    assert (told.status, "0002-seal.json contradicts what is here" in told.said) == (5, True), told
    assert "kept in quarantine: 0003 release by PC Jane Wanjiku" in told.said
    assert (world.lab.leaves(), world.lab.names()) == (leaves, names)
    kept = sorted(p.name[:9] for p in (world.lab.path / "quarantine/cases/KIBRA" / EX).glob("*.json"))
    assert kept == ["0002-seal", "0003-rele"]  # all that came, not only the first
    report = world.lab.verify(EX)
    forks = [f for f in report.json["findings"] if f["code"] == "fork"]
    assert (report.status, report.json["verdict"], len(forks)) == (3, "REFUTED", 1), report
    assert "Jane Wanjiku" in forks[0]["text"]
    world.lab("receive", second, "--accept", EX)
    assert len(list((world.lab.path / "quarantine").rglob("*.json"))) == 2  # each kept once


def test_two_ledgers_of_one_register_are_noticed_by_who_received_both(world: World) -> None:
    """Two histories of one length, each sound by itself: the heads in the two releases cannot both be true."""
    world.seized()
    world.seized(f"{CASE}/EX-2")
    backup = shutil.copytree(world.kibra.path, world.path / "backup")
    shutil.copytree(world.path / "settings", world.path / "other")
    world.kibra.ok("seal", EX, "--bag", "B-1")
    world.lab.ok("receive", world.released())
    world.lab.sound()
    shutil.rmtree(world.kibra.path)
    shutil.move(backup, world.kibra.path)
    elsewhere = World(world.path, {"XDG_CONFIG_HOME": str(world.path / "other")})
    elsewhere.kibra.ok("seal", f"{CASE}/EX-2", "--bag", "B-2")
    second = elsewhere.released(f"{CASE}/EX-2")
    told = world.lab("receive", second)
    assert (told.status, "ledger-inconsistent" in told.err) == (5, True), told
    world.lab.sound()
    report = world.lab.verify(second, "--records-only")
    (found,) = [f for f in report.json["findings"] if f["code"] == "ledger-inconsistent"]
    assert (report.status, found["subject"]) == (3, f"KIBRA:{CASE}/EX-2 0003"), report
    assert f"KIBRA:{EX} 0003" in found["text"]
    assert "two different ledgers of 10 lines" in found["text"]


def test_a_register_put_back_stays_noticed(world: World) -> None:
    """No act is signed after a roll-back, and what this computer remembers does not become less."""
    world.seized()
    backup = shutil.copytree(world.kibra.path, world.path / "backup")
    world.kibra.ok("seal", EX, "--bag", "B-1")
    shutil.rmtree(world.kibra.path)
    shutil.move(backup, world.kibra.path)
    for number in range(3):
        report = world.kibra.verify("--records-only")
        assert (report.status, "ledger-shorter" in report.codes) == (3, True), report
        world.kibra.refused("event", EX, "access-view", "--description", f"look {number}", says="longer or other")
    assert "ledger-shorter" in world.kibra.verify("--records-only").codes


def test_a_parent_that_goes_elsewhere_does_not_hold_up_its_child(world: World) -> None:
    """The phone goes back to the station, then its image to the court: the phone's release is not the court's."""
    child = f"{CASE}/EX-1-IMG"
    world.lab.ok("receive", world.sent_in_a_bag())
    world.lab.ok("derive", child, "--from", EX, "--how", "image", "--description", "an image")
    world.lab.ok("release", EX, "--to", "KIBRA", "--purpose", "return", "--out", "usb")
    words = ("release", child, "--to", "COURT", "--purpose", "hearing", "--out", world.path / "usb")
    package = Path(world.lab.ok("--json", *words).json["package"])
    world.court.ok("receive", package, "--receipt", "court.json")
    assert world.court.kinds(EX)[-1] == "derived"
    assert world.court.state(child)["holder"]["name"] == "Ruth Njeri"
    world.lab.ok("acknowledge", "court.json")
    world.court.sound()


def test_verifying_needs_only_the_cards_one_has(world: World) -> None:
    """A chain over three agencies, checked with one card: undecided about the others, never refuted."""
    world.handed_over()
    words = ("release", EX, "--to", "COURT", "--purpose", "x", "--media", world.media, "--out", world.path / "usb")
    package = str(Path(world.lab.ok("--json", *words).json["package"]))
    cards = [["--anchor", str(office.card)] for office in (world.kibra, world.lab)]
    for some in cards:
        report = world.outside("--json", "verify", package, *some)
        assert (report.status, "signer-unknown" in report.codes) == (4, True), report
    both = world.outside("--json", "verify", package, *cards[0], *cards[1])
    assert (both.status, both.json["verdict"]) == (0, "CONFIRMED"), both


# --- a package on the way -----------------------------------------------------


def _other(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def _last_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


ON_THE_WAY: dict[str, tuple[Callable[[Path], object], str, int]] = {
    "a record changed": (lambda c: _other(c / "0001-seizure.json", b"black", b"white"), "signature-broken", 3),
    "a signature changed": (lambda c: _last_bit(c / "0002-manifest.json.p7s"), "signature-broken", 3),
    "a signature missing": (lambda c: (c / "0001-seizure.json.p7s").unlink(), "signature-missing", 3),
    "a record missing": (lambda c: [p.unlink() for p in c.glob("0002-manifest.json*")], "chain-broken", 3),
    "the list changed": (lambda c: _other(c / "0002-manifest.entries.jsonl", b"a note", b"note"), "entries-changed", 3),
    "the list missing": (lambda c: (c / "0002-manifest.entries.jsonl").unlink(), "entries-missing", 4),
    "a record misnamed": (lambda c: (c / "0001-seizure.json").rename(c / "0001-release.json"), "file-misnamed", 3),
}  # fmt: skip


@pytest.mark.parametrize("case", ON_THE_WAY)
def test_records_damaged_on_the_way(world: World, case: str) -> None:
    damage, code, status = ON_THE_WAY[case]
    package = world.sent()
    damage(package / "custody/chains/KIBRA" / EX)
    report = world.lab.verify(package)
    assert (report.status, code in report.codes) == (status, True), report
    with world.unchanged():
        told = world.lab("receive", package)
    assert (told.status, code in told.said) == (5, True), told
    assert f"refuse it: --refuse {EX}:REASON" in told.said
    accepted = world.lab("receive", package, "--accept", EX)
    if status == 3:
        assert accepted.status == 5, accepted
        no = world.lab.ok("receive", package, "--refuse", "EX-1:damaged", "--receipt", "no.json")
        assert "refusal recorded" in no.out
        world.kibra.ok("acknowledge", "no.json")
        assert world.kibra.state()["situation"] == "held"


def test_a_stray_file_in_a_bag_is_told_and_not_taken(world: World) -> None:
    package = world.sent()
    (package / "autorun.inf").write_text("x")
    (package / "custody/chains/KIBRA" / EX / "0009-event.json.bak").write_text("x")
    report = world.lab.verify(package)
    assert report.status == 0, report
    world.lab.ok("receive", package)
    assert not list(world.lab.path.rglob("*.bak"))


def test_links_in_a_package_are_not_followed(world: World) -> None:
    package = world.sent()
    record = package / "custody/chains/KIBRA" / EX / "0001-seizure.json"
    elsewhere = world.path / "elsewhere.json"
    record.rename(elsewhere)
    record.symlink_to(elsewhere)
    told = world.lab("receive", package)
    assert told.status in (5, 6), told
    assert "internal error" not in told.err
    assert not world.lab.chain().exists()


def test_not_a_package(world: World) -> None:
    empty = world.path / "empty"
    empty.mkdir()
    world.lab.refused("receive", empty, status=2, says="an empty folder; not a package")
    world.lab.refused("receive", "./nowhere", status=2, says="no such package")
    world.lab.refused("receive", f"{CASE}/EX-77", says="there is no exhibit")
    world.lab.refused("receive", CASE, status=2, says="names a case")


# --- hostile replies ----------------------------------------------------------


def _reply(world: World, change: Any) -> str:
    """LAB's reply, with its files changed by `change`, as a new file."""
    package = world.sent()
    world.lab.ok("receive", package, "--receipt", "reply.json")
    read = json.loads((world.path / "reply.json").read_bytes())
    files = {each["name"]: base64.b64decode(each["content"]) for each in read["files"]}
    files = change(files)
    read["files"] = [{"name": k, "content": base64.b64encode(v).decode()} for k, v in sorted(files.items())]
    (world.path / "hostile.json").write_text(json.dumps(read, indent=2) + "\n")
    return "hostile.json"


def _moved(to: str) -> Any:
    def change(files: dict[str, bytes]) -> dict[str, bytes]:
        return {name.replace(f"chains/KIBRA/{EX}", to, 1): data for name, data in files.items()}

    return change


@pytest.mark.parametrize(
    "to", [f"chains/{place}" for place in ("../../..", ".././journal", "KIBRA/../..", "KIBRA/a", "/x/y", "K/C/E/x")]
)
def test_a_reply_whose_names_lead_elsewhere(world: World, to: str) -> None:
    hostile = _reply(world, _moved(to))
    told = world.kibra.refused("acknowledge", hostile, status=3, says="no record can have this name")
    assert "ask the other side" in told.err


def test_a_reply_with_a_record_of_no_name(world: World) -> None:
    def change(files: dict[str, bytes]) -> dict[str, bytes]:
        return files | {f"chains/KIBRA/{EX}/x.json": b"{}"}

    world.kibra.refused("acknowledge", _reply(world, change), status=3, says="no record can have this name")


def test_a_reply_with_a_broken_receipt(world: World) -> None:
    name = f"chains/KIBRA/{EX}/0004-receipt.json"
    for what in (name, f"{name}.p7s"):

        def change(files: dict[str, bytes], what: str = what) -> dict[str, bytes]:
            return files | {what: files[what].replace(b"LAB", b"BAL")}

        if what == name:
            hostile = _reply(world, change)
            world.kibra.refused("acknowledge", hostile, status=3, says="cannot be taken in: signature-broken")


def test_a_reply_without_its_signature(world: World) -> None:
    def change(files: dict[str, bytes]) -> dict[str, bytes]:
        return {name: data for name, data in files.items() if not name.endswith(".p7s")}

    world.kibra.refused("acknowledge", _reply(world, change), status=3, says="the signature file is not there")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"format": "custody/reply/1"}', b"[" * 100_000, None])
def test_something_else_than_a_reply(world: World, content: bytes | None) -> None:
    if content is None:
        content = world.lab.card.read_bytes()
    (world.path / "odd.json").write_bytes(content)
    for words in (("acknowledge", "odd.json"), ("verify", "./odd.json")):
        with world.unchanged():
            told = world.kibra(*words)
        assert told.status in (2, 3), told
        assert "internal error" not in told.err
