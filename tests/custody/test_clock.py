"""A computer whose clock is wrong: noticed before it signs, said why, and answered in the end (record.md, R4)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.custody.station import CASE, EX, Answer, World, opening

OTHER = f"{CASE}/EX-2"
FACTS = ("--description", "a phone", "--place", "x", "--authority", "warrant:1")
FELL = ("incident", "--description", "fell down")
WHY = ("--clock", "battery was flat")


def at(moment: datetime | timedelta) -> Callable[[], None]:
    """For a command: this computer's clock shows another time."""

    def before() -> None:
        from custody.edges import clock

        ahead = moment if isinstance(moment, timedelta) else moment - datetime.now()

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + ahead

        clock.datetime = Shifted  # type: ignore[misc]

    return before


FLAT, FAR, DAY = datetime(2020, 1, 1, 3), datetime(2041, 1, 1), timedelta(days=1)


def codes(answer: Answer, exhibit: str = EX) -> set[str]:
    return {f["code"] for f in answer.json["findings"] if exhibit in f["subject"]}


# --- behind --------------------------------------------------------------------------


def test_a_flat_battery_is_noticed_at_the_first_record_of_a_chain(world: World) -> None:
    refused = world.kibra.refused("seize", EX, *FACTS, says="before the certificate of", before=at(FLAT))
    assert "--clock 'REASON'" in refused.err


def test_a_flat_battery_with_a_reason_ends_confirmed(world: World) -> None:
    world.kibra.ok("seize", EX, *FACTS, *WHY, before=at(FLAT))
    found = world.kibra.verify(EX)
    assert (found.status, "certificate-expired" in codes(found)) == (4, True)
    world.kibra.ok("event", EX, *FELL)
    found = world.kibra.verify(EX)
    assert found.status == 0, found
    assert codes(found) >= {"clock-explained"}
    package = world.released()
    received = world.lab.verify(str(package))
    assert received.json["verdict"] == "CONFIRMED", received


@pytest.mark.parametrize(
    "words",
    [
        ("trust", "remove", "COURT"),
        ("case", "open", "KBR-2026-0099", "--title", "x"),
        ("case", "refer", CASE, "--dci", "1"),
        ("seize", OTHER, *FACTS),
        ("event", EX, *FELL),
    ],
    ids=" ".join,
)
def test_every_kind_of_record_is_held_against_what_this_computer_signed_last(
    world: World, words: tuple[str, ...]
) -> None:
    world.seized()
    world.kibra.ok("event", EX, "incident", "--description", "a noise", before=at(10 * DAY))
    world.kibra.refused(*words, says="this computer's clock", before=at(5 * DAY))
    world.kibra.ok(*words, before=at(11 * DAY))


def test_the_ledger_knows_without_a_pin(world: World) -> None:
    """On a second computer, or with the settings lost: the last line of the ledger is a time that has been."""
    world.seized()
    elsewhere = {"XDG_CONFIG_HOME": str(world.path / "no-pins")}
    world.kibra.ok("event", EX, *FELL, before=at(10 * DAY), env=elsewhere)
    world.kibra.refused("seize", OTHER, *FACTS, says="the last record", before=at(5 * DAY), env=elsewhere)


def test_the_pin_knows_when_the_register_was_put_back(world: World) -> None:
    import shutil

    world.seized()
    shutil.copytree(world.kibra.path, world.path / "backup")
    world.kibra.ok("event", EX, *FELL, before=at(10 * DAY))
    shutil.rmtree(world.kibra.path)
    shutil.copytree(world.path / "backup", world.kibra.path)
    words = ("restored", "--reason", "disk failed", "--witness", "445566")
    world.kibra.refused(*words, says="what was last signed on this computer", before=at(5 * DAY))
    world.kibra.ok(*words, before=at(11 * DAY))


def test_a_register_is_not_begun_before_this_version_was_made(world: World) -> None:
    words = ("--passphrase-file", str(world.secret("31")), "init", "runda", *opening())
    refused = world.run(*words, before=at(FLAT))
    assert refused.status == 5, refused
    assert "the day on which this version of custody was made" in refused.said
    assert not (world.path / "runda").exists()
    begun = world.run(*words, *WHY, before=at(FLAT))
    assert begun.status == 0, begun


def test_a_register_is_not_begun_before_what_this_computer_signed(world: World) -> None:
    world.seized()
    world.kibra.ok("event", EX, *FELL, before=at(10 * DAY))
    words = ("--passphrase-file", str(world.secret("31")), "init", "runda", *opening())
    assert "what was last signed on this computer" in world.run(*words, before=at(5 * DAY)).said


# --- ahead ---------------------------------------------------------------------------


def test_a_register_that_rested_for_months_is_only_told(world: World) -> None:
    world.seized()
    done = world.kibra.ok("event", EX, *FELL, before=at(150 * DAY))
    assert "150 days after" in done.said
    assert "is its clock right?" in done.said
    assert world.kibra("--json", "verify", EX, before=at(150 * DAY)).json["verdict"] == "CONFIRMED"


def test_a_clock_behind_the_end_of_the_certificate_is_refused(world: World) -> None:
    world.seized()
    refused = world.kibra.refused("event", EX, *FELL, says="after the certificate of", before=at(FAR))
    assert "custody people renew" in refused.err


def test_a_clock_that_was_ahead_unnoticed_is_answered_by_a_correction(world: World) -> None:
    world.seized()
    world.kibra.ok("event", EX, *FELL, before=at(900 * DAY))
    found = world.kibra.verify(EX)
    assert (found.status, "time-contradictory" in codes(found)) == (4, True)
    world.kibra.refused("event", EX, "incident", "--description", "a noise", says="set the clock right")
    was = f"{datetime.now():%Y-%m-%d %H:%M:%S}"
    words = ("correct", EX, "2", "--statement", "the year was set wrong", "--clock-was", was)
    world.kibra.ok(*words, "--clock", "set right again")
    found = world.kibra.verify(EX)
    assert found.status == 0, found
    assert "record 3 says that it was" in found.said
    world.kibra.ok("seize", OTHER, *FACTS)  # nothing else is held up
    world.kibra.ok("event", EX, "incident", "--description", "a noise")
    assert world.kibra.verify("--records-only").json["verdict"] == "CONFIRMED"
    assert "CORRECTED by no. 3" in world.kibra.ok("log", EX).said


def test_a_journal_and_a_case_are_corrected_too(world: World) -> None:
    world.kibra.ok("trust", "remove", "COURT", before=at(900 * DAY))
    world.kibra.ok("case", "refer", CASE, "--dci", "1", "--clock", "x", before=at(900 * DAY))
    assert world.kibra.verify("--records-only").status == 4
    last = len(list((world.kibra.path / "journal").glob("*.json")))
    was = ("--clock-was", f"{datetime.now():%Y-%m-%d %H:%M:%S}", "--clock", "set right", "--statement", "wrong year")
    world.kibra.refused("correct", "KIBRA/desk", last, *was, by="445566", says="administrator")
    world.kibra.ok("correct", "KIBRA/desk", last, *was)
    world.kibra.ok("correct", CASE, 2, *was)
    assert world.kibra.verify("--records-only").json["verdict"] == "CONFIRMED"


def test_the_time_that_a_correction_states_lies_between_its_neighbours(world: World) -> None:
    world.seized()
    world.kibra.ok("event", EX, *FELL, before=at(900 * DAY))
    words = ("correct", EX, "2", "--statement", "x", *WHY)
    world.kibra.ok(*words, "--clock-was", "2020-01-01 09:00")
    assert world.kibra.verify(EX).status == 4
    world.kibra.refused(*words, "--clock-was", "2099-01-01 09:00", says="yet to come")
