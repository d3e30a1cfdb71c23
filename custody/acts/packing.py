"""What goes into a package beside the media: chains with their parents, cards, pages to read (K1)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from custody.acts.anchors import agency_card, other_card
from custody.acts.desk import Desk
from custody.edges import bag
from custody.edges.package import Making, Package, is_package
from manifests import bodies, strict
from manifests.cards import Card
from manifests.digest import identity
from manifests.report import ChainReport
from manifests.verify import ChainFiles, no_lists, verify_chain

Texts = Callable[[list[ChainReport]], dict[str, str]]
"""Writes the readable files of a package, by name, from its chains."""


def fill(desk: Desk, package: Making, exhibits: tuple[str, ...], texts: Texts) -> None:
    """Put records, cards and instructions into the package, from committed records only."""
    chains = _with_parents(desk, exhibits)
    reports = [verify_chain(chain, desk.trust) for chain in chains]
    for chain in chains:
        package.add_chain(desk.register.folder(chain.id), chain.id, [record.name for record in chain.records])
    for name, card in _cards(desk, reports).items():
        package.add(f"cards/{name}.card.json", strict.pretty(card))
    for name, content in texts(reports).items():
        package.add(name, content.encode())


def is_made(desk: Desk, target: Path, exhibits: tuple[str, ...]) -> bool:
    """Whether a package is there already: whole, and with the very records of these exhibits."""
    if not is_package(target):
        return False
    package, chains = Package(target), _with_parents(desk, exhibits)
    same = all(package.chain(each.id).records == each.records for each in chains)
    return same and sorted(package.chains()) == sorted(c.id for c in chains) and not bag.check(target).problems


def _with_parents(desk: Desk, chains: tuple[str, ...]) -> list[ChainFiles]:
    """The exhibits' chains, and those they were derived from up to the record that names the child (C7)."""
    found: dict[str, int] = {}
    waiting = [(chain, len(desk.register.chain(chain).records)) for chain in chains]
    while waiting:
        chain, size = waiting.pop(0)
        if size <= found.get(chain, 0):
            continue
        found[chain] = size
        first = desk.read(chain).records[:1]
        body = first[0].record.body if first else None
        if isinstance(body, bodies.Derivation):
            named = [v.record.position for v in desk.read(body.parent).records if v.record.digest == body.parent_record]
            waiting += [(body.parent, position) for position in named]
    whole = [desk.register.chain(chain) for chain in found]
    return [replace(each, records=each.records[: found[each.id]], lists=no_lists) for each in whole]


def _cards(desk: Desk, reports: list[ChainReport]) -> dict[str, Card]:
    """A card for each agency that signed: a help for whoever has none, never a reason to trust."""
    signed = {v.actor.root for report in reports for v in report.records} - {identity(desk.own_root)}
    found = {desk.code: agency_card(desk)}
    for anchor in desk.trust.anchors:
        card = other_card(desk, anchor) if anchor.fingerprint in signed else None
        if card is not None:
            found[anchor.code if anchor.live else f"{anchor.code}.until-{anchor.until:%Y%m%d%H%M%S}"] = card
    return found
