"""A long story through three agencies, verified at every stop: what a court's clerk sees in the end."""

import pytest

from manifests import bodies
from manifests.errors import NotAllowedError
from manifests.report import Report
from manifests.verdict import Verdict
from tests.scene import CASE, Scene, codes

COPY = f"LAB:{CASE}/EX-2-COPY"


def holder(report: Report, chain: str) -> str:
    (state,) = [each.state for each in report.chains if each.id == chain]
    assert state is not None
    return state.holder.name


def test_from_the_market_to_the_court(scene: Scene) -> None:
    station, laboratory, court = scene.station, scene.laboratory, scene.court
    scene.acquainted(station, laboratory, court)
    scene.later(minutes=30)

    # Two exhibits at a market stall: a phone in a bag, and a memory card that is measured.
    card = scene.media("EX-2")
    station.seize("EX-1")
    station.seize("EX-2", "memory card, 32 GB")
    station.bag("EX-1", "S-1")
    station.seal("EX-2", card)
    station.note("EX-1", "register-intake", store="A-3", register_no="12/2026")
    report = station.verify(media={"EX-2": (card,)})
    assert (report.verdict, codes(report)) == (Verdict.CONFIRMED, set())

    # The laboratory refuses the phone, whose bag is torn, and takes the card.
    scene.later(hours=2)
    phone = station.release("EX-1", to=laboratory)
    reply = laboratory.receive(phone, refuse="the bag is torn", seal="S-1")
    assert station.acknowledge(reply).refusals
    station.recall("EX-1", "refused", reply=reply)
    package = station.release("EX-2", to=laboratory, media={"EX-2": (card,)})
    scene.later(hours=20)
    station.acknowledge(laboratory.receive(package))
    report = station.verify("EX-1", "EX-2", media={"EX-2": (card,)})
    assert (report.verdict, codes(report)) == (Verdict.CONFIRMED, {"refused"})
    assert holder(report, f"KIBRA:{CASE}/EX-2") == "Peter Otieno"

    # A copy is made there, and goes to the court with the chain it comes from.
    scene.later(days=1)
    laboratory.derive("EX-2-COPY", "EX-2")
    laboratory.seal(COPY, card)
    bundle = laboratory.release(COPY, to=court, media={COPY: (card,)})
    report = court.check(bundle)
    assert (report.verdict, codes(report)) == (Verdict.CONFIRMED, {"in-transit", "redacted"})
    scene.later(days=2)
    laboratory.acknowledge(court.receive(bundle))
    report = court.verify(COPY, media={COPY: (card,)})
    assert (report.verdict, codes(report)) == (Verdict.CONFIRMED, {"redacted"})
    assert holder(report, COPY) == "Amina Hassan"

    # The clerk's copy is altered by one letter: the file is named.
    (card / "notes.txt").write_bytes(b"y")
    report = court.verify(COPY, media={COPY: (card,)})
    assert report.verdict is Verdict.REFUTED
    assert [f.facts["item"] for f in report.findings if f.code == "content-changed"] == ["notes.txt"]


def test_inside_one_register(scene: Scene) -> None:
    """A colleague takes the phone, is dismissed, and a supervisor takes over; an owner has it for a week on paper."""
    station = scene.station
    joseph = station.enrol("Joseph Mwangi", "445566")
    grace = station.enrol("Grace Achieng", "778899", roles=("officer", "supervisor"))
    station.seize("EX-1")
    station.release("EX-1", to=joseph)
    station.receive(None, "EX-1", who=joseph)
    assert station.state("EX-1").holder.name == "Joseph Mwangi"
    witnessed = scene.circumstances(witnesses=(station.cast.service_no,))
    takeover = bodies.Takeover(holder="Joseph Mwangi", service_no=joseph, because="dismissed")
    station.write("EX-1", takeover, witnessed, who=grace)
    report = station.verify("EX-1")
    assert (report.verdict, codes(report)) == (Verdict.CONFIRMED, {"taken-over"})
    assert station.state("EX-1").holder.name == "Grace Achieng"


def test_a_derivation_that_was_interrupted_keeps_its_name(scene: Scene) -> None:
    """The parent's chain names the child already: nothing else may take the name, or both chains would be refuted."""
    station = scene.station
    station.seize("EX-1")
    station.seize("EX-2")
    station.write("EX-1", bodies.Derived(child=f"KIBRA:{CASE}/EX-1-IMG", how="image", description="bit copy"))
    for act in (lambda: station.seize("EX-1-IMG"), lambda: station.derive("EX-1-IMG", "EX-2")):
        with pytest.raises(NotAllowedError, match="was derived from it"):
            act()
    assert not station.register.has(f"KIBRA:{CASE}/EX-1-IMG")
    station.derive("EX-1-IMG", "EX-1")
    assert station.verify().verdict is Verdict.CONFIRMED
