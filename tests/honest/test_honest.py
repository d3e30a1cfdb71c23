"""The catalogue of honest but awkward situations: none is refuted, and each that is undecided has a way out."""

from pathlib import Path

import pytest

from tests.attacks.attack import outcome
from tests.custody.station import World
from tests.honest.catalogue import SITUATIONS
from tests.honest.situation import CONFIRMED, Situation

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_it_is_never_refuted_and_has_a_way_out(
    situation: Situation, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custody.edges.keys.SCRYPT_N", 1 << 4)
    answers = list(situation.play(world))
    ends = [outcome(answer) for answer in answers]
    (verdict, codes), (then, still) = ends[0], ends[-1]
    told = [(each, sorted(found)) for each, found in ends]
    assert "REFUTED" not in {each for each, _ in ends}, told
    assert (verdict, codes & set(situation.says)) == (situation.verdict, set(situation.says)), told
    assert (then, still & set(situation.still)) == (situation.then, set(situation.still)), told
    assert situation.verdict == CONFIRMED or (len(answers) > 1 and (ROOT / situation.way_out).is_file())
