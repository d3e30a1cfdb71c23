"""Which agencies are trusted here: their cards, their roots, and the newest revocation list of each (K4, S5, S6)."""

from collections.abc import Iterable

import msgspec

from custody.acts.desk import Desk, Draft, Written
from custody.edges import files, workspaces
from custody.edges.pins import Pin
from custody.edges.register import check_owner
from manifests import bodies, cards, cms
from manifests.cards import Card, b64, unb64
from manifests.digest import identity
from manifests.errors import EnvironmentFault, NotAllowedError
from manifests.names import is_register_of
from manifests.revocation import newest
from manifests.trust import Anchor


def agency_card(desk: Desk) -> Card:
    """The agency's card, with the newest revocation list here."""
    crl = files.read_if_there(desk.register.list_path(identity(desk.own_root)))
    if crl is None:
        raise EnvironmentFault(
            "the agency's revocation list is not in this register",
            "take it from a card of the agency that you trust: custody trust add CARD",
        )
    return Card(
        format=cards.CARD,
        agency=desk.own.agency,
        code=desk.code,
        root=b64(desk.own_root),
        registers=known_registers(desk),
        crl=b64(crl),
    )


def known_registers(desk: Desk) -> tuple[str, ...]:
    """This register, and those of the agency that a card was made for, or that its own card named (K4)."""
    noted = (files.read_if_there(desk.register.known_registers) or b"").decode(errors="replace").split()
    return tuple(dict.fromkeys((desk.name, *(name for name in noted if is_register_of(name, desk.code)))))


def other_card(desk: Desk, anchor: Anchor) -> Card | None:
    """The card of another agency as far as it is known here; None where its list is not."""
    crl = files.read_if_there(desk.register.list_path(anchor.fingerprint))
    if crl is None:
        return None
    return Card(format=cards.CARD, agency=anchor.agency, code=anchor.code, root=b64(anchor.root), crl=b64(crl))


def keep_lists(desk: Desk, lists: Iterable[bytes]) -> None:
    """Keep of each root that is trusted here the newest list there is, of these and the one kept before (S6)."""
    check_owner(desk.register)
    came = list(lists)
    for anchor in desk.trust.anchors:
        path = desk.register.list_path(anchor.fingerprint)
        here = files.read_if_there(path)
        best = newest(anchor.root, [here, *came] if here is not None else came)
        if best is not None and best[0] != here:
            workspaces.replace(path, best[0])
    desk.forget()


def trust_card(desk: Desk, card: Card, compared: str) -> Written | None:
    """Trust another agency's card; the card of this register's own agency pins it on this computer (None).

    All of the card is checked before anything is written.
    """
    cards.check_whole(card, desk.now())
    root = unb64(card.root)
    written = None
    if root == desk.own_root:
        _pin(desk)
    else:
        written = _trusted(desk, card)
        if written is None:
            _check_single(desk, card)
            written = _write_trust(desk, card, compared)
    keep_lists(desk, [unb64(card.crl)])
    return written


def _pin(desk: Desk) -> None:
    root = identity(desk.own_root)
    seen = desk.pin or Pin(register=desk.opened.digest, root=root, head=desk.ledger_head(), journal=desk.journal_head())
    desk.pins.put(msgspec.structs.replace(seen, root=root))


def _trusted(desk: Desk, card: Card) -> Written | None:
    """The journal's record that trusts this root already."""
    root = identity(unb64(card.root))
    said = [v.record for v in desk.journal.records if getattr(v.record.body, "root", None) == root]
    trusted = any(a.fingerprint == root and a.live for a in desk.trust.anchors)
    return Written(record=said[-1], already=True) if said and trusted else None


def _write_trust(desk: Desk, card: Card, compared: str, replaces: str | None = None) -> Written:
    body = bodies.AnchorTrusted(
        agency=card.agency, code=card.code, root=identity(unb64(card.root)), root_certificate=card.root,
        compared=compared, replaces=replaces,
    )  # fmt: skip
    return desk.write([Draft(chain=desk.name, body=body)], desk.unlock(desk.me()))[0]


def _check_single(desk: Desk, card: Card) -> None:
    """One code, one live root; one root key, one root (S5)."""
    live = _live(desk, card)
    if live is not None and live.root != unb64(card.root):
        raise NotAllowedError(
            f"another root is trusted for {card.code} already: {live.fingerprint}",
            "ask the agency: if it made a new root, custody trust replace CARD keeps the old one for what is old",
            "two agencies cannot share a code: if it is another agency, one of the two must choose a new one",
        )
    _check_key(desk, card)


def _live(desk: Desk, card: Card) -> Anchor | None:
    """The other agency's root as it is trusted now; raises NotAllowedError for a card of the register's own code."""
    if card.code == desk.code:
        raise NotAllowedError(
            f"{card.code} is this register's own code, and the card shows another root",
            "two agencies cannot share a code: ask who made the card, it may be forged",
        )
    return desk.trust.live_anchor(card.code)


def _check_key(desk: Desk, card: Card) -> None:
    root = unb64(card.root)
    for anchor in desk.trust.anchors:
        if anchor.root != root and cms.public_key(anchor.root) == cms.public_key(root):
            raise NotAllowedError(
                f"this root has the key of another that is known here: {anchor.fingerprint}",
                "a new root has a new key: ask the agency for another card",
            )


def replace_root(desk: Desk, card: Card, compared: str) -> Written:
    """Trust the new root of an agency for what is signed from now on; its old one stays for what is older (S5)."""
    cards.check_whole(card, desk.now())
    live, root = _live(desk, card), identity(unb64(card.root))
    if live is None:
        raise NotAllowedError(f"no root is trusted for {card.code}", "trust its first one: custody trust add CARD")
    written = _trusted(desk, card)
    if written is None:
        if any(a.fingerprint == root for a in desk.trust.anchors):
            raise NotAllowedError(f"{root} was replaced by another root", "see: custody trust list")
        _check_key(desk, card)
        written = _write_trust(desk, card, compared, replaces=live.fingerprint)
    keep_lists(desk, [unb64(card.crl)])
    return written


def distrust(desk: Desk, code: str) -> list[Written]:
    """Stop trusting another agency: all its roots, those too that were replaced."""
    roots = [a for a in desk.trust.anchors if a.code == code and a.root != desk.own_root]
    if not roots:
        raise NotAllowedError(f"no other agency with the code {code} is trusted here", "see: custody trust list")
    drafts = [Draft(chain=desk.name, body=bodies.AnchorRemoved(code=code, root=a.fingerprint)) for a in roots]
    signer = desk.unlock(desk.me())
    return [desk.write([draft], signer)[0] for draft in drafts]
