"""Which agencies are trusted here: their cards, their roots, and the newest revocation list of each (K4, S5, S6)."""

from collections.abc import Iterable

import msgspec

from custody.acts.desk import Desk, Draft, Written
from custody.edges import files
from custody.edges.pins import Pin
from custody.edges.register import check_owner
from manifests import bodies, cards, cms
from manifests.cards import Card, b64, unb64
from manifests.digest import identity
from manifests.errors import EnvironmentFault, NotAllowedError
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
        registers=(desk.name,),
        crl=b64(crl),
    )


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
            files.replace(path, best[0])
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
        written = _trusted(desk, card) or _write_trust(desk, card, compared)
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


def _write_trust(desk: Desk, card: Card, compared: str) -> Written:
    _check_single(desk, card)
    body = bodies.AnchorTrusted(
        agency=card.agency, code=card.code, root=identity(unb64(card.root)), root_certificate=card.root,
        compared=compared,
    )  # fmt: skip
    return desk.write([Draft(chain=desk.name, body=body)], desk.unlock(desk.me()))[0]


def _check_single(desk: Desk, card: Card) -> None:
    """One code, one live root; one root key, one root (S5)."""
    if card.code == desk.code:
        raise NotAllowedError(
            f"{card.code} is this register's own code, and the card shows another root",
            "two agencies cannot share a code: ask who made the card, it may be forged",
        )
    root = unb64(card.root)
    for anchor in desk.trust.anchors:
        if anchor.code == card.code and anchor.live and anchor.root != root:
            raise NotAllowedError(
                f"another root is trusted for {card.code} already: {anchor.fingerprint}",
                "ask the agency: if it made a new root, custody trust replace CARD keeps the old one for what is old",
                "if two agencies share a code, one of them must choose another",
            )
        if anchor.root != root and cms.public_key(anchor.root) == cms.public_key(root):
            raise NotAllowedError(
                f"this root has the key of another that is known here: {anchor.fingerprint}",
                "a new root has a new key: ask the agency for another card",
            )


def distrust(desk: Desk, code: str) -> Written:
    """Stop trusting another agency's root."""
    anchor = next((a for a in desk.trust.anchors if a.code == code and a.root != desk.own_root), None)
    if anchor is None:
        raise NotAllowedError(f"no other agency with the code {code} is trusted here", "see: custody trust list")
    body = bodies.AnchorRemoved(code=code, root=anchor.fingerprint)
    return desk.write([Draft(chain=desk.name, body=body)], desk.unlock(desk.me()))[0]
