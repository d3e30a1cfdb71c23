"""Writers ask what a verifier would find of a statement, before they sign (docs/spec/statements.md)."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from custody.acts import exhibits
from custody.acts import release as releasing
from custody.acts.exhibits import Circumstances
from custody.render.package_text import texts
from manifests import bodies
from manifests.chain import OrderViolated
from manifests.errors import NotAllowedError
from manifests.shapes import Authority, LedgerHead, MediaCheck, Outsider
from manifests.verdict import Verdict
from tests.scene import House, Scene

LONG_AGO = "2019-01-01T09:00:00+03:00"
EVENT = bodies.Event(word="incident", description="wet")


def count(house: House, name: str) -> int:
    return len(list(house.files(name).glob("*.p7s")))


def test_what_occurred_before_the_seizure_needs_a_reason(scene: Scene) -> None:
    station = scene.station
    station.seize("EX-1")
    before = count(station, "EX-1")
    with pytest.raises(NotAllowedError, match="before KIBRA/desk had the exhibit") as caught:
        station.write("EX-1", EVENT, Circumstances(at=LONG_AGO))
    assert "--clock" in caught.value.hints[0]
    assert count(station, "EX-1") == before
    station.write("EX-1", EVENT, Circumstances(at=LONG_AGO, clock="seen before it was seized"))
    assert station.verify("EX-1").verdict is Verdict.CONFIRMED


def test_what_is_due_before_it_went_is_refused(scene: Scene) -> None:
    station = scene.station
    station.seize("EX-1")
    with pytest.raises(NotAllowedError, match="due on 2026-11-19"):
        station.note("EX-1", "checkout", purpose="x", due="2026-11-19")
    station.note("EX-1", "checkout", purpose="x", due="2026-11-20")
    assert station.verify("EX-1").verdict is Verdict.CONFIRMED


def test_an_answer_expected_before_the_release_is_refused_and_nothing_is_left(scene: Scene, tmp_path: Path) -> None:
    station = scene.station
    station.enrol("Joseph Mwangi", "445566")
    station.seize("EX-1")
    handing = releasing.Handing(
        exhibits=(station.chain("EX-1"),), purpose="x", to_officer="445566", answer_by="2026-11-01 09:00", out=tmp_path
    )
    with pytest.raises(NotAllowedError, match="an answer is expected by"):
        releasing.release(station.desk(), handing, Circumstances(), texts=texts)
    assert station.state("EX-1").situation == "held"


def test_an_order_dated_after_the_return_is_refused(scene: Scene) -> None:
    station = scene.station
    station.enrol("Joseph Mwangi", "445566")
    station.seize("EX-1")
    late = Authority(kind="order", number="E7/2027", ref="late", issued_on="2027-01-08")
    body = bodies.Return(to=Outsider(name="Mary Njeri"))
    draft = exhibits.draft(station.desk(), station.chain("EX-1"), body, Circumstances())
    dated = replace(draft, authority=late)
    desk = station.desk()
    opened = exhibits.hands(desk, Circumstances(witnesses=("445566",)))
    with pytest.raises(NotAllowedError, match="dated 2027-01-08"):
        desk.write([dated], opened.signer, opened.witnesses)


def test_a_release_that_lies_about_contents_is_not_signed(scene: Scene, tmp_path: Path) -> None:
    """No command makes such a body; whoever writes one by hand is asked the same rules."""
    station = scene.station
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.txt").write_bytes(b"x")
    station.enrol("Joseph Mwangi", "445566")
    station.seize("EX-1")
    station.seal("EX-1", tmp_path / "media")
    desk = station.desk()
    to = bodies.Addressee(agency="KIBRA", root=desk.state(station.chain("EX-1")).root, service_no="445566")
    true = bodies.Release(
        to=to, purpose="x", answer_by="2026-12-01T09:00:00+03:00", ledger=desk.ledger_head(),
        media=MediaCheck(how="measured", items=1, bytes=1),
    )  # fmt: skip
    first = desk.read(station.chain("EX-1")).records[0].record.digest
    untrue = {
        "never measured": {"media": MediaCheck(how="none")},
        "is a seizure": {"media": MediaCheck(how="relied-on", items=1, bytes=1, verification=first)},
        "the chain has none": {"seals": ("S-1",)},
        "cannot have those": {"ledger": LedgerHead(size=1, root=true.ledger.root)},
    }
    for words, changed in untrue.items():
        with pytest.raises(OrderViolated, match=words) as caught:
            station.write("EX-1", msgspec.structs.replace(true, **changed))
        assert caught.value.code == "statement-contradicted"
    assert station.state("EX-1").situation == "held"
    station.write("EX-1", true)
    assert station.state("EX-1").situation == "released"
