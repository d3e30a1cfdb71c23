"""What goes into a package beside the media: chains with their parents, cards, pages to read (K1)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from custody.acts.anchors import agency_card, other_card
from custody.acts.desk import Desk
from custody.edges import bag, files
from custody.edges.package import Making, Package, is_package
from manifests import bodies, strict
from manifests.cards import Card
from manifests.digest import identity
from manifests.lists import print_bare
from manifests.records import Record
from manifests.report import ChainReport
from manifests.verify import ChainFiles, disclosed_name, list_names, no_lists, verify_chain

_SPARE, _BLOCK = 1 << 20, 1 << 12
Texts = Callable[[list[ChainReport]], dict[str, str]]
"""Writes the readable files of a package, by name, from its chains."""


def fill(desk: Desk, package: Making, exhibits: tuple[str, ...], texts: Texts) -> None:
    """Put records, cards and instructions into the package, from committed records only."""
    chains = with_parents(desk, exhibits)
    reports = [verify_chain(replace(chain, lists=no_lists), desk.trust) for chain in chains]
    for chain, report in zip(chains, reports, strict=True):
        folder, whole = desk.register.folder(chain.id), chain.id in exhibits
        package.add_chain(folder, chain.id, [record.name for record in chain.records], lists=whole)
        for opened in () if whole else report.records:
            _add_bare_list(package, chain, opened.record)
    for name, card in _cards(desk, reports).items():
        package.add(f"cards/{name}.card.json", strict.pretty(card))
    for name, content in texts(reports).items():
        package.add(name, content.encode())


def size_of(desk: Desk, exhibits: tuple[str, ...], package: Making) -> int:
    """What `fill` and the bag's own files will take at most, with room for the release that is yet to be signed."""
    size = _SPARE + sum(2 * len(name) + 160 for name in package.payload)
    for chain in with_parents(desk, exhibits):
        folder = desk.register.folder(chain.id)
        found = [files.status(folder / name) for name, _ in files.names(folder)]
        size += sum(each.st_size + _BLOCK for each in found if each is not None)
    return size


def _add_bare_list(package: Making, chain: ChainFiles, record: Record) -> None:
    """A parent's list travels as bare leaves: it shows no name, no size and no digest (K6)."""
    name = list_names(record).get("entries")
    lines = (chain.lists(name) or chain.lists(disclosed_name(name))) if name else None
    if name and lines is not None:
        package.add_list(chain.id, disclosed_name(name), map(print_bare, lines))


def is_made(desk: Desk, target: Path, exhibits: tuple[str, ...]) -> bool:
    """Whether a package is there already: whole, and with the very records of these exhibits."""
    if not is_package(target):
        return False
    package, chains = Package(target), with_parents(desk, exhibits)
    same = all(package.chain(each.id).records == each.records for each in chains)
    return same and sorted(package.chains()) == sorted(c.id for c in chains) and bag.is_whole(target)


def with_parents(desk: Desk, chains: tuple[str, ...]) -> list[ChainFiles]:
    """The exhibits' chains, and those they were derived from up to the record that names the child (C7).

    All that leaves in a package, but media and cards.
    """
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
    return [replace(each, records=each.records[: found[each.id]]) for each in whole]


def _cards(desk: Desk, reports: list[ChainReport]) -> dict[str, Card]:
    """A card for each agency that signed: a help for whoever has none, never a reason to trust."""
    signed = {v.actor.root for report in reports for v in report.records} - {identity(desk.own_root)}
    found = {desk.code: agency_card(desk)}
    for anchor in desk.trust.anchors:
        card = other_card(desk, anchor) if anchor.fingerprint in signed else None
        if card is not None:
            found[anchor.code if anchor.live else f"{anchor.code}.until-{anchor.until:%Y%m%d%H%M%S}"] = card
    return found
