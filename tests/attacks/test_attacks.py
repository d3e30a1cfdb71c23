"""The catalogue of attacks: each is played on a register or package of its own, and ends as the threat model says."""

from pathlib import Path

import pytest

from tests.attacks.attack import Attack, outcome
from tests.attacks.catalogue import ATTACKS
from tests.custody.station import World

THREATS = Path(__file__).parents[2] / "docs" / "threat-model.md"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_it_ends_as_the_threat_model_says(attack: Attack, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.edges.keys.SCRYPT_N", 1 << 4)
    answer = attack.play(world)
    if attack.verdict is None:
        assert answer.status in (3, 4, 5, 6) or (answer.status == 2 and attack.refused), answer
        assert attack.refused in answer.said, answer
        return
    verdict, codes = outcome(answer)
    assert (verdict, codes & set(attack.says)) == (attack.verdict, set(attack.says)), sorted(codes)


def test_what_cannot_be_detected_stands_in_the_threat_model() -> None:
    page = " ".join(THREATS.read_text().replace("*", "").split())
    assert [each.name for each in ATTACKS if each.undetected and each.undetected not in page] == []
    assert all(each.verdict != "CONFIRMED" or each.undetected or each.says for each in ATTACKS)
