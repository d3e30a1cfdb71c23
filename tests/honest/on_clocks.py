"""Clocks and zones: a flat battery, a wrong year, summer time, three agencies on three continents."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.custody.station import CASE, EX, Answer, World
from tests.honest.situation import UNDETERMINED, at, honest, judge

FACTS = ("--description", "a phone", "--place", "the market", "--authority", "warrant:E1/2026")
CLOCK_PAGE = "docs/sop/31-the-clock-was-wrong.md"
DAY = timedelta(days=1)
FELL = ("incident", "--description", "fell down")


@honest(
    happens="The battery is flat: the computer says 2020. It is noticed before signing, and a reason is given.",
    verdict=UNDETERMINED, says=("certificate-expired",), way_out=CLOCK_PAGE, still=("clock-explained",),
)  # fmt: skip
def a_flat_battery(world: World) -> Iterator[Answer]:
    flat = at(datetime(2020, 1, 1, 3))
    world.kibra.refused("seize", EX, *FACTS, says="--clock", before=flat)
    world.kibra.ok("seize", EX, *FACTS, "--clock", "the battery was flat", before=flat)
    yield judge(world, world.kibra, EX)
    world.kibra.ok("event", EX, *FELL)
    yield judge(world, world.kibra, EX)


@honest(
    happens="The year was set wrong, two years ahead, and nobody noticed at once.",
    verdict=UNDETERMINED, says=("time-contradictory",), way_out=CLOCK_PAGE, still=("clock-explained",),
)  # fmt: skip
def two_years_ahead(world: World) -> Iterator[Answer]:
    world.seized()
    world.kibra.ok("event", EX, *FELL, before=at(900 * DAY))
    yield judge(world, world.kibra, EX)
    was = f"{datetime.now():%Y-%m-%d %H:%M:%S}"
    words = ("correct", EX, "2", "--statement", "the year was set wrong", "--clock-was", was)
    world.kibra.ok(*words, "--clock", "set right again")
    yield judge(world, world.kibra, EX)


@honest(happens="The laboratory's clock is three minutes behind the station's.", says=("clock-differs",))
def three_minutes_between_agencies(world: World) -> Iterator[Answer]:
    world.seized()
    words = ("release", EX, "--to", "LAB", "--purpose", "x", "--out", "usb")
    package = world.kibra.ok("--json", *words, before=at(timedelta(minutes=3))).json["package"]
    world.lab.ok("receive", package, "--receipt", "r.json")
    yield judge(world, world.lab, EX, "--records-only")


@honest(happens="The clock is an hour behind the last record, and the officer says why.", says=("clock-explained",))
def an_hour_behind(world: World) -> Iterator[Answer]:
    world.kibra.ok("seize", EX, *FACTS, before=at(timedelta(hours=2)))
    words = ("event", EX, *FELL)
    world.kibra.refused(*words, says="--clock", before=at(timedelta(hours=1)))
    world.kibra.ok(*words, "--clock", "the clock was set by radio", before=at(timedelta(hours=1)))
    yield judge(world, world.kibra, EX)


@honest(happens="Station, laboratory and court work in three time zones, one of them three quarters of an hour off.")
def three_time_zones(world: World) -> Iterator[Answer]:
    world.kibra.ok("seize", EX, *FACTS, env={"TZ": "Africa/Nairobi"})
    package = world.released()
    world.lab.ok("receive", package, "--receipt", "r.json", env={"TZ": "America/New_York"})
    words = ("release", EX, "--to", "COURT", "--purpose", "trial", "--out", "usb")
    onward = world.lab.ok("--json", *words, env={"TZ": "Asia/Kathmandu"}).json["package"]
    world.court.ok("receive", onward, "--receipt", "c.json", env={"TZ": "Asia/Kathmandu"})
    yield judge(world, world.court, EX)


@honest(happens="The officer's laptop is carried west between two records: the wall clock goes back eight hours.")
def the_wall_clock_goes_back(world: World) -> Iterator[Answer]:
    world.kibra.ok("seize", EX, *FACTS, env={"TZ": "Asia/Tokyo"})
    world.kibra.ok("event", EX, *FELL, env={"TZ": "America/Los_Angeles"})
    yield judge(world, world.kibra, EX)


@honest(happens="It happened in the hour that summer time gives twice.")
def the_hour_that_comes_twice(world: World) -> Iterator[Answer]:
    world.kibra.ok("seize", EX, *FACTS, "--at", "2026-10-25 02:30", "--reason", "x", env={"TZ": "Europe/Berlin"})
    world.kibra.ok("event", EX, *FELL, env={"TZ": "Europe/Berlin"})
    yield judge(world, world.kibra, EX)


@honest(happens="A seizure is entered the day after.")
def a_late_entry(world: World) -> Iterator[Answer]:
    yesterday = f"{datetime.now() - DAY:%Y-%m-%d %H:%M}"
    world.kibra.ok("seize", EX, *FACTS, "--at", yesterday, "--reason", "no computer at the market")
    yield judge(world, world.kibra, EX)


@honest(happens="The register rests for five months, and then goes on.")
def five_months_of_rest(world: World) -> Iterator[Answer]:
    world.kibra.ok("seize", EX, *FACTS)
    yield judge(world, world.kibra, EX)
    world.kibra.ok("event", EX, *FELL, before=at(150 * DAY))
    yield world.kibra("--json", "verify", EX, before=at(150 * DAY))


@honest(happens="An act that nobody can place is entered for another exhibit at the same minute.")
def two_exhibits_in_one_minute(world: World) -> Iterator[Answer]:
    for number in (1, 2, 3):
        world.kibra.ok("seize", f"{CASE}/EX-{number}", *FACTS)
    yield judge(world, world.kibra)
