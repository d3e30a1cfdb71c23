"""Whoever contradicts a chain: what is kept of it, what it means, and the signed ways out (docs/spec/chain.md)."""

import base64
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.custody.station import EX, Office, World

PLACE = f"cases/KIBRA/{EX}"
CHAIN = f"KIBRA:{EX}"


def reply_of(files: dict[str, bytes], path: Path) -> str:
    """A reply with these files in it."""
    listed = [{"name": k, "content": base64.b64encode(v).decode()} for k, v in sorted(files.items())]
    path.write_text(json.dumps({"format": "custody/reply/1", "files": listed}, indent=2) + "\n")
    return path.name


def files_of(path: Path) -> dict[str, bytes]:
    read = json.loads(path.read_bytes())
    return {each["name"]: base64.b64decode(each["content"]) for each in read["files"]}


def written_by(office: Office, who: str, folder: Path, upto: int, body: Any, **said: Any) -> dict[str, bytes]:
    """A record of KIBRA's exhibit by somebody of an office, behind the first records in a folder, as a reply has it."""
    from custody.acts.desk import Desk, sign_record
    from custody.acts.importing import record_parts
    from custody.edges.pins import Pins
    from custody.edges.register import Register, read_chain
    from manifests import records
    from manifests.digest import identity
    from manifests.records import Previous

    secret = office.people[who]
    desk = Desk(
        register=Register(office.path), pins=Pins(office.world.path / "settings/custody/pins"), as_officer=who,
        passphrase=lambda whose, attempt: attempt(secret),
    )  # fmt: skip
    signer = desk.unlock(desk.me())
    last = read_chain(folder, CHAIN).records[upto - 1]
    before = records.read(last.record)
    place = before.envelope.chain
    place = type(place)(id=place.id, position=place.position + 1, root=place.root)
    now = said.pop("at", None) or before.envelope.recorded_at
    record = records.build(
        body, chain=place, previous=Previous(record=before.digest, signature=identity(last.signature or b"")),
        nonce=os.urandom(16).hex(), occurred_at=now, recorded_at=now, by=desk.person(signer),
        tool=before.envelope.tool, **said,
    )  # fmt: skip
    from manifests.times import parse

    made = sign_record(record, signer, (), parse(now))
    return {f"chains/KIBRA/{EX}/{name}": data for name, data in record_parts(made).items()}


def incident() -> Any:
    from manifests import bodies

    return bodies.Event(word="incident", description="the seal was torn")


def kept(office: Office) -> list[str]:
    """The records in quarantine, without their identities."""
    folder = office.path / "quarantine" / PLACE
    return sorted(path.name.split(".")[0] for path in folder.glob("*.json")) if folder.is_dir() else []


# --- who has no pen -----------------------------------------------------------


def test_a_clerk_of_another_agency_refutes_nothing(world: World) -> None:
    """COURT's clerk, who never had the exhibit, signs an event as its second record and sends that as a reply."""
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1")
    hostile = reply_of(written_by(world.court, "31", world.kibra.chain(), 1, incident()), world.path / "odd.json")
    told = world.kibra("acknowledge", hostile)
    assert (told.status, "it is kept in quarantine" in told.said, "Ruth Njeri" in told.said) == (5, True, True), told
    assert kept(world.kibra) == ["0002-event"]
    for words in ((EX,), ()):
        report = world.kibra.sound(*words)
        assert "stray-record" in report.codes
        assert "fork" not in report.codes
    world.lab.ok("receive", world.released())
    with world.unchanged():
        assert world.kibra("acknowledge", hostile).status == 5
    assert "stray-record" in world.kibra.sound(EX).codes


def test_the_same_in_a_package(world: World) -> None:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package)
    folder = package / "custody/chains/KIBRA" / EX
    stray = written_by(world.court, "31", folder, 1, incident())
    for path in [*folder.glob("0002-*"), *folder.glob("0003-*")]:
        path.unlink()
    for name, data in stray.items():
        (folder / Path(name).name).write_bytes(data)
    told = world.lab("receive", package, "--accept", EX)
    assert told.status == 5, told
    assert "stray-record" in world.lab.sound(EX).codes


def test_a_stray_is_explained_by_a_supervisor_with_the_pen(world: World) -> None:
    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1")
    hostile = reply_of(written_by(world.court, "31", world.kibra.chain(), 1, incident()), world.path / "odd.json")
    world.kibra("acknowledge", hostile)
    (path,) = (world.kibra.path / "quarantine" / PLACE).glob("*.json")
    which = path.name.split(".")[1]
    words = ("explain", EX, "--record", which, "--what", "not-entitled", "--statement", "COURT never had it")
    world.kibra.refused(*words, says="is signed by a supervisor", by="445566")
    world.kibra.refused(*words[:3], "0" * 16, *words[4:], says="is kept apart", by="900100")
    world.kibra.refused(*words[:3], "12", *words[4:], says="too short", status=2, by="900100")
    world.kibra.refused(*words[:5], "bad-luck", *words[6:], says="not a word for it", status=2, by="900100")
    world.kibra.ok(*words, by="900100")
    world.kibra.again(*words, by="900100")
    report = world.kibra.sound(EX)
    texts = [f["text"] for f in report.json["findings"] if f["code"] == "stray-record"]
    assert any("explained: not-entitled: COURT never had it" in text for text in texts), texts
    world.lab.ok("receive", world.released())
    assert "COURT never had it" in world.lab.ok("log", EX).out


def forked(world: World) -> str:
    """A real fork: KIBRA's own officer released to LAB, and in a copy to COURT, whose receipt comes back."""
    world.seized()
    shutil.copytree(world.kibra.path, world.path / "copy")
    (world.path / "usb").mkdir(exist_ok=True)
    shutil.copytree(world.path / "settings", world.path / "other")
    other = World(world.path, {"XDG_CONFIG_HOME": str(world.path / "other")})
    asked = ("--json", "release", EX, "--to", "COURT", "--purpose", "x", "--out", world.path / "usb")
    words = world.kibra.words(asked, None, passphrases=True)[2:]
    made = other.run("-C", str(world.path / "copy"), *words)
    assert made.status == 0, made
    world.kibra.ok("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "usb")
    world.court.ok("receive", json.loads(made.out)["package"], "--receipt", "court.json")
    return "court.json"


def test_a_real_fork_refutes_until_it_is_explained_and_is_never_forgotten(world: World) -> None:
    told = world.kibra("acknowledge", forked(world))
    assert (told.status, "two different records claim one position" in told.said) == (3, True), told
    assert "custody explain" in told.said
    assert kept(world.kibra) == ["0002-release", "0003-receipt"]
    report = world.kibra.verify(EX, "--records-only")
    assert (report.status, "fork" in report.codes) == (3, True)
    world.kibra.refused("recall", EX, "--because", "never-sent", says="two different records claim one position")
    (path,) = (world.kibra.path / "quarantine" / PLACE).glob("0002-release.*.json")
    words = ("--record", path.name.split(".")[1], "--what", "second-copy", "--statement", "signed in an old copy")
    world.kibra.refused("explain", EX, *words, says="released and not yet answered", by="900100")


def test_an_explained_fork_is_undecided_and_the_exhibit_moves_on(world: World) -> None:
    world.seized()
    folder = shutil.copytree(world.kibra.chain(), world.path / "chain")
    world.kibra.ok("seal", EX, "--bag", "B-1")
    hostile = reply_of(written_by(world.kibra, "112233", folder, 1, incident()), world.path / "odd.json")
    assert world.kibra("acknowledge", hostile).status == 3
    world.kibra.refused("release", EX, "--to", "LAB", "--purpose", "x", "--out", "usb", says="claim one position")
    (path,) = (world.kibra.path / "quarantine" / PLACE).glob("0002-event.*.json")
    words = ("--record", path.name.split(".")[1], "--what", "second-copy", "--statement", "signed in an old copy")
    world.kibra.ok("explain", EX, *words, by="900100")
    report = world.kibra.verify(EX, "--records-only")
    assert (report.status, report.json["records"]) == (4, "UNDETERMINED")
    assert "fork-explained" in report.codes
    assert "fork" not in report.codes
    package = world.released(more=("--despite", "fork-explained"))
    there = world.lab.verify(package, "--records-only")
    assert (there.status, "fork-explained" in there.codes) == (4, True)
    world.lab.ok("receive", package, "--accept", EX)


# --- quarantine -----------------------------------------------------------------


def recalled(world: World) -> str:
    """Released, received, and recalled: LAB's receipt is on its way."""
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--receipt", world.path / "reply.json")
    world.kibra.ok("recall", EX, "--because", "lost")
    return "reply.json"


@pytest.mark.parametrize("content", [b"{}", b"", b"\xff", b"{" * 1000])
def test_three_bytes_do_not_take_the_place_of_the_receipt(world: World, content: bytes) -> None:
    receipt = recalled(world)
    hostile = reply_of({f"chains/KIBRA/{EX}/0004-receipt.json": content}, world.path / "hostile.json")
    told = world.kibra.refused("acknowledge", hostile, says="is not kept", status=3)
    assert "kept in quarantine" not in told.said
    assert world.kibra("acknowledge", receipt).status == 4
    assert kept(world.kibra) == ["0004-receipt"]
    report = world.kibra.verify(EX, "--records-only")
    assert (report.status, "hand-over-contested" in report.codes) == (4, True)


def test_whoever_plants_a_file_there_does_not_keep_the_receipt_out(world: World) -> None:
    """The officer who wants the receipt gone knows its name in quarantine."""
    receipt = recalled(world)
    folder = world.kibra.path / "quarantine" / PLACE
    folder.mkdir(parents=True)
    from manifests.digest import identity

    data = files_of(world.path / receipt)[f"chains/KIBRA/{EX}/0004-receipt.json"]
    name = f"0004-receipt.{identity(data)[7:23]}.json"
    for planted in (name, f"{name}.p7s", "0004-receipt.json"):
        (folder / planted).write_bytes(b"{}")
    told = world.kibra("acknowledge", receipt)
    assert (told.status, "is kept in quarantine" in told.said) == (4, True), told
    assert "hand-over-contested" in world.kibra.verify(EX, "--records-only").codes
    with world.unchanged():
        assert world.kibra("acknowledge", receipt).status == 4


def test_what_cannot_be_written_is_not_called_kept(world: World) -> None:
    receipt = recalled(world)
    folder = world.kibra.path / "quarantine"
    folder.mkdir(exist_ok=True)
    (folder / "cases").write_bytes(b"")
    told = world.kibra("acknowledge", receipt)
    assert told.status != 0
    assert "kept in quarantine" not in told.said.replace("not kept", "")


def test_a_sender_cannot_fill_the_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one person sixteen strays are kept, and what could stand is kept beside them."""
    from custody.acts import quarantine

    world.seized()
    world.kibra.ok("seal", EX, "--bag", "B-1")
    before = lambda: setattr(quarantine, "MAX_STRAYS", 2)  # noqa: E731
    for number in range(3):
        hostile = reply_of(written_by(world.court, "31", world.kibra.chain(), 1, incident()), world.path / "odd.json")
        told = world.kibra("acknowledge", hostile, before=before)
        assert ("which is the most" in told.said) == (number == 2), told
    assert kept(world.kibra) == ["0002-event"] * 2


# --- settled (C6) ------------------------------------------------------------------


def contested(world: World) -> None:
    assert world.kibra("acknowledge", recalled(world)).status == 4


def test_a_contested_hand_over_is_settled_the_receipt_stands(world: World) -> None:
    contested(world)
    leaves = world.kibra.leaves()
    world.kibra.refused("settle", EX, "--reply", "agreed.json", says="needs a supervisor", by="445566")
    world.kibra.ok("settle", EX, "--reason", "it had arrived", "--reply", "agreed.json", by="900100")
    again = world.kibra("settle", EX, "--reply", "agreed.json", by="900100")
    assert (again.status, "already recorded" in again.out) == (0, True), again
    words = ("settle", EX, "agreed.json", "--reply", "settled.json")
    world.lab.refused(*words, says="is signed by a supervisor", by="7002", all_but=("lab/quarantine",))
    world.lab.ok("settle", EX, "agreed.json", "--reply", "settled.json")
    world.lab.again("settle", EX, "agreed.json", "--reply", "settled.json")
    assert "settled" in world.lab.sound().codes
    world.kibra.ok("settle", EX, "settled.json")
    world.kibra.again("settle", EX, "settled.json")
    assert world.kibra.kinds() == ["seizure", "seal", "release", "receipt", "settlement.agreement", "settlement"]
    assert world.kibra.leaves()[: len(leaves)] == leaves
    assert world.kibra.state()["holder"]["name"] == "Mary Achieng"
    for words in ((EX,), ()):
        report = world.kibra.sound(*words)
        assert "settled" in report.codes
        assert "hand-over-contested" not in report.codes
    assert "0004-recall" in kept(world.kibra)
    words = ("release", EX, "--to", "COURT", "--purpose", "x", "--out", world.path / "usb")
    package = json.loads(world.lab.ok("--json", *words).out)["package"]
    assert "settled" in world.court.verify(package, "--records-only").codes
    world.court.ok("receive", package)


def test_a_contested_hand_over_is_settled_the_recall_stands(world: World) -> None:
    contested(world)
    second = world.path / "recall.json"
    reply_of(
        {f"chains/KIBRA/{EX}/{p.name}": p.read_bytes() for p in world.kibra.chain().glob("0004-recall*")}, second
    )  # fmt: skip
    assert world.lab("acknowledge", "recall.json").status == 4
    world.lab.ok("settle", EX, "--reply", "agreed.json")
    world.kibra.ok("settle", EX, "agreed.json", "--reply", "settled.json", by="900100")
    world.lab.ok("settle", EX, "settled.json")
    for office in (world.kibra, world.lab):
        report = office.sound()
        assert "settled" in report.codes
        assert "hand-over-contested" not in report.codes
        assert office.state()["holder"]["name"] == "Jane Wanjiku"
    world.lab.ok("receive", world.released(out="second"))
    world.lab.sound()


def test_both_cannot_give_way(world: World) -> None:
    contested(world)
    world.kibra.ok("settle", EX, "--reply", "agreed.json", by="900100")
    world.court.refused("settle", CHAIN, "agreed.json", says="no contested hand-over")
    world.kibra.refused("settle", EX, "agreed.json", says="stands", by="900100")
    world.kibra.refused("settle", EX, "reply.json", says="no settlement in it answers")


def test_nothing_is_settled_that_is_not_contested(world: World) -> None:
    world.handed_over()
    world.kibra.refused("settle", EX, says="has no contested hand-over", by="900100")


def test_a_record_moved_away_without_a_settlement_is_missed(world: World) -> None:
    """An insider moves the last event into quarantine, under the name that it would have there."""
    from manifests.digest import identity

    world.seized()
    world.kibra.ok("event", EX, "incident", "--description", "the seal was torn")
    folder = world.kibra.path / "quarantine" / PLACE
    folder.mkdir(parents=True)
    name = "0002-event.json"
    tag = identity((world.kibra.chain() / name).read_bytes())[7:23]
    for path in sorted(world.kibra.chain().glob("0002-event*")):
        path.rename(folder / path.name.replace("0002-event", f"0002-event.{tag}"))
    report = world.kibra.verify(EX, "--records-only")
    assert (report.status, "ledger-inconsistent" in report.codes) == (3, True), report


def dying(number: int, log: Path) -> Callable[[], None]:
    """Before a command: let it die at the n-th time that it writes, links, moves away or appends something."""

    def before() -> None:
        from custody.edges import commit, files

        count = [0]

        def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
            def each(*args: Any, **more: Any) -> Any:
                count[0] += 1
                log.write_text(str(count[0]))
                if count[0] == number:
                    os._exit(137)
                return call(*args, **more)

            return each

        files.write_new = guarded(files.write_new)
        files.link_new = guarded(files.link_new)
        commit.Writer._append = guarded(commit.Writer._append)  # type: ignore[method-assign]
        Path.unlink = guarded(Path.unlink)  # type: ignore[method-assign]

    return before


def test_killed_at_any_step_it_is_done_not_begun_or_completed_by_doing_it_again(world: World) -> None:
    contested(world)
    world.kibra.ok("settle", EX, "--reply", "agreed.json", by="900100")
    world.lab.ok("settle", EX, "agreed.json", "--reply", "settled.json")
    backup = shutil.copytree(world.kibra.path, world.path / "before")
    log, pins = world.path / "count", world.path / "settings/custody/pins"
    seen = pins.read_bytes()
    world.kibra.ok("settle", EX, "settled.json", before=dying(0, log))
    steps = int(log.read_text())
    assert steps > 10
    for number in range(1, steps + 1, 2):
        shutil.rmtree(world.kibra.path)
        shutil.copytree(backup, world.kibra.path)
        pins.write_bytes(seen)
        killed = world.kibra("settle", EX, "settled.json", before=dying(number, log))
        assert killed.status == 137, killed
        between = world.kibra.verify(EX, "--records-only")
        assert between.status in (0, 4), (
            number,
            [(f["code"], f["subject"], f["text"]) for f in between.json["findings"]],
        )
        world.kibra.ok("settle", EX, "settled.json")
        report = world.kibra.sound()
        assert "settled" in report.codes, (number, report)
        assert world.kibra.kinds()[3:] == ["receipt", "settlement.agreement", "settlement"]


# --- one release, one answer (C5) ----------------------------------------------------


def test_a_register_that_refused_and_received_contradicts_itself(world: World) -> None:
    """The refusal is signed first, in a copy of the register that is put back afterwards together with the receipt."""
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--receipt", "yes.json")
    from manifests import bodies, records

    release = records.read((world.lab.chain() / "0003-release.json").read_bytes())
    from custody.acts.desk import Desk, Draft
    from custody.edges.pins import Pins
    from custody.edges.register import Register

    desk = Desk(
        register=Register(world.lab.path), pins=Pins(world.path / "settings/custody/pins"), as_officer="7001",
        passphrase=lambda whose, attempt: attempt(world.lab.people["7001"]),
    )  # fmt: skip
    body = bodies.Refusal(exhibit=CHAIN, release=release.digest, position=3)
    desk.write([Draft(chain=desk.name, body=body, reason="torn")], desk.unlock(desk.me()))
    report = world.lab.verify(EX, "--records-only")
    assert (report.status, "statement-contradicted" in report.codes) == (3, True), report


def test_a_recall_says_refused_only_with_the_refusal(world: World) -> None:
    world.sent_in_a_bag()
    told = world.kibra.refused("recall", EX, "--because", "refused", says="answered with the refusal itself")
    assert "custody acknowledge" in told.err
    world.kibra.refused("recall", EX, "--because", "expired", says="the answer was expected by")


def test_the_refusal_travels_with_the_recall(world: World) -> None:
    package = world.sent_in_a_bag()
    world.lab.ok("receive", package, "--refuse", "EX-1:torn", "--receipt", "no.json")
    world.kibra.ok("acknowledge", "no.json")
    assert "refused" in world.kibra.sound(EX).codes
    second = world.released(out="second")
    assert "refused" in world.court.verify(second, "--records-only").codes
    (second / "custody/chains/KIBRA" / EX / "0004-recall.refusal.json").unlink()
    assert "refusal-missing" in world.court.verify(second, "--records-only").codes


# --- one name, two registers (C2) ------------------------------------------------------


def test_two_registers_of_one_agency_with_one_name_for_two_exhibits(world: World) -> None:
    """The second register's package is refused, and the first's exhibit is undecided, not refuted, on both sides."""
    world.sent_in_a_bag()
    world.lab.ok("receive", sorted((world.path / "usb").iterdir())[0])
    jane = world.kibra.people["112233"]
    field = Office(world, "field", {"112233": jane}, "KIBRA")
    world.kibra.ok("people", "card", "112233", "--for", "field", "--out", "jane.card")
    words = ("init", str(field.path), "--card", "jane.card")
    made = world.run("--passphrase-file", str(world.secret("112233")), *words)
    assert made.status == 0, made
    fingerprint = world.lab.ok("--json", "agency", "card").json["fingerprint"]
    field.ok("trust", "add", world.lab.card, "--fingerprint", fingerprint)
    field.ok("case", "open", EX.split("/")[0], "--title", "another phone")
    field.ok("seize", EX, "--description", "red phone", "--place", "Kibra market", "--authority", "warrant:E2/2026")
    (world.path / "second").mkdir()
    words = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", world.path / "second")
    package = field.ok("--json", *words).json["package"]
    seen = world.lab.verify(package, "--records-only")
    assert (seen.status, "name-collision" in seen.codes, "fork" in seen.codes) == (4, True, False), seen
    assert world.lab("receive", package, "--accept", EX).status == 5
    report = world.lab.verify(EX, "--records-only")
    assert (report.status, "name-collision" in report.codes, "fork" in report.codes) == (4, True, False), report
    assert kept(world.lab) == ["0001-seizure", "0002-release"]
