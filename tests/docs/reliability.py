"""The page about reliability: the two catalogues as tables, and how many there are of what."""

from collections.abc import Iterable
from pathlib import Path

from tests.attacks.attack import Attack
from tests.attacks.catalogue import ATTACKS
from tests.honest.catalogue import SITUATIONS
from tests.honest.situation import CONFIRMED, Situation

TEMPLATE = Path(__file__).parent / "reliability.template.md"


def reliability_page() -> str:
    """The template with numbers and tables in it."""
    undetected = [each for each in ATTACKS if each.undetected]
    detected = [each for each in ATTACKS if not each.undetected]
    harmless = [each for each in detected if each.verdict == CONFIRMED]
    at_once = [each for each in SITUATIONS if each.verdict == CONFIRMED]
    parts: dict[str, object] = {
        "attacks": len(ATTACKS), "undetected": len(undetected), "harmless": len(harmless),
        "refuted": sum(each.verdict == "REFUTED" for each in detected),
        "undetermined": sum(each.verdict == "UNDETERMINED" for each in detected),
        "refused": sum(each.verdict is None for each in detected),
        "situations": len(SITUATIONS), "at_once": len(at_once), "way_out": len(SITUATIONS) - len(at_once),
        "attack_tables": "\n\n".join(_attacks(by, detected) for by in dict.fromkeys(each.by for each in detected)),
        "undetected_table": _table("what is done|by|why it cannot be seen", map(_undetected_row, undetected)),
        "situation_table": _table("what happens|answer|what to do|then", map(_situation_row, SITUATIONS)),
    }  # fmt: skip
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", str(part))
    return text


def _table(head: str, rows: Iterable[str]) -> str:
    names = head.split("|")
    return "\n".join([f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}", *rows])


def _attacks(by: str, attacks: list[Attack]) -> str:
    rows = [f"| {each.does} | {_end(each)} |" for each in attacks if each.by == by]
    return f"### By {by}: {len(rows)}\n\n" + _table("what is done|what comes of it", rows)


def _end(attack: Attack) -> str:
    if attack.verdict is None:
        return "refused"
    found = ", ".join(f"`{each}`" for each in attack.says)
    return f"{attack.verdict}: {found}" if found else attack.verdict


def _undetected_row(attack: Attack) -> str:
    return f"| {attack.does} | {attack.by} | {attack.undetected.rstrip('.,:')} |"


def _situation_row(situation: Situation) -> str:
    if situation.verdict == CONFIRMED:
        return f"| {situation.happens} | CONFIRMED | | |"
    page = situation.way_out.removeprefix("docs/")
    return f"| {situation.happens} | {situation.verdict} | [{Path(page).stem}]({page}) | {situation.then} |"
