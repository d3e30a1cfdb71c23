"""The small documents that travel beside records: agency card, officer card, reply (docs/spec/package.md)."""

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated

import msgspec

from manifests import strict
from manifests.certificates import check_root, read_agency, validity
from manifests.digest import identity
from manifests.errors import RefutedError, UsageError
from manifests.names import ChainId, Name
from manifests.revocation import read_list
from manifests.shapes import Closed, Text
from manifests.trust import Anchor

CARD, OFFICER_CARD, REPLY = "custody/card/1", "custody/officer-card/1", "custody/reply/1"
MAX_REPLY = 64 << 20
Base64 = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/]*={0,2}$(?!\n)")]


class Card(Closed, frozen=True, kw_only=True):
    """What an agency shows of itself (K4); `root` and `crl` are base64 of DER."""

    format: Text
    agency: Text
    code: Name
    root: Base64
    registers: tuple[ChainId, ...] = ()
    crl: Base64


class OfficerCard(Closed, frozen=True, kw_only=True):
    """What an officer carries to a second register of the agency (K5); the key is still encrypted."""

    format: Text
    card: Card
    register: ChainId
    """What the further register will be called."""
    certificate: Base64
    key: Base64


class ReplyFile(Closed, frozen=True, kw_only=True):
    name: Text
    content: Base64


class Reply(Closed, frozen=True, kw_only=True):
    """What a receiver gives back (K3): files by name, as they lie in a package's `custody/`."""

    format: Text
    files: tuple[ReplyFile, ...]


# What a file of ours is called, and the verb for it.
_KINDS = {
    CARD: ("an agency card", "trust it: custody trust add FILE"),
    OFFICER_CARD: ("an officer card", "make a further register with it: custody init DIR --card FILE"),
    REPLY: ("a reply", "take it in: custody acknowledge FILE"),
    "custody/record/1": ("a record", "check it: custody verify ./FILE"),
}
_FORMAT = re.compile(rb'\s*\{\s*"format"\s*:\s*"(custody/[a-z-]+/[0-9]+)"')


def kind_of(data: bytes) -> tuple[str, str]:
    """What a file says it is, in words, and what to do with it."""
    said = _FORMAT.match(data[:200])
    other = ("a file that custody does not make, or one that is damaged", "look into it: custody inspect FILE")
    return _KINDS.get(said[1].decode(), other) if said else other


def _expect(data: bytes, wanted: str) -> None:
    """Raise UsageError where a file does not even say that it is what was wanted."""
    what, way = kind_of(data)
    if what != _KINDS[wanted][0]:
        raise UsageError(f"this is {what}; not {_KINDS[wanted][0]}", way)


def b64(data: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(data).decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes of base64 in its one spelling; raises RefutedError."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as err:
        raise RefutedError("a field is not base64") from err
    if b64(data) != text:
        raise RefutedError("a field is not spelled as base64 spells it")
    return data


def read_card(data: bytes) -> Card:
    """Read an agency card; raises RefutedError, or UsageError where it is something else."""
    _expect(data, CARD)
    card = strict.read_pretty(data, Card)
    check_root(unb64(card.root))
    agency = read_agency(unb64(card.root))
    if (agency.name, agency.code) != (card.agency, card.code):
        raise RefutedError(f"the card says {card.agency}, its root {agency.name}", code="certificate-bad")
    return card


def check_whole(card: Card, now: datetime) -> None:
    """Raise RefutedError where a card is not of one piece: root in its time, and a list that this root signed."""
    root = unb64(card.root)
    read_list(unb64(card.crl), root)
    start, end = validity(root)
    if not start <= now <= end:
        raise RefutedError(
            f"the root of {card.code} is valid from {start:%Y-%m-%d} to {end:%Y-%m-%d}, not now",
            "compare this computer's clock with a watch; then ask the agency for its new card",
            code="certificate-bad",
        )


def fingerprint(card: Card) -> str:
    """What two people compare before they trust a card."""
    return identity(unb64(card.root))


def anchor(card: Card, source: str) -> Anchor:
    """The anchor a card makes once somebody decided to trust it."""
    return Anchor(code=card.code, agency=card.agency, root=unb64(card.root), source=source)


def read_officer_card(data: bytes) -> OfficerCard:
    """Read an officer card; raises RefutedError, or UsageError where it is something else."""
    _expect(data, OFFICER_CARD)
    return strict.read_pretty(data, OfficerCard)


def read_reply(data: bytes) -> dict[str, bytes]:
    """The files of a reply by name; raises RefutedError."""
    _expect(data, REPLY)
    reply = strict.read_pretty(data, Reply, MAX_REPLY)
    found = {each.name: unb64(each.content) for each in reply.files}
    if len(found) != len(reply.files):
        raise RefutedError("one name stands twice in the reply")
    return found


def print_reply(files: dict[str, bytes]) -> bytes:
    """The bytes of a reply."""
    listed = tuple(ReplyFile(name=name, content=b64(data)) for name, data in sorted(files.items()))
    return strict.pretty(Reply(format=REPLY, files=listed))
