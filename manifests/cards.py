"""The small documents that travel beside records: agency card, officer card, reply (docs/spec/package.md)."""

import base64
import binascii
from typing import Annotated

import msgspec

from manifests import strict
from manifests.certificates import check_root, read_agency
from manifests.digest import identity
from manifests.errors import RefutedError, UsageError
from manifests.names import ChainId, Name
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
    certificate: Base64
    key: Base64


class ReplyFile(Closed, frozen=True, kw_only=True):
    name: Text
    content: Base64


class Reply(Closed, frozen=True, kw_only=True):
    """What a receiver gives back (K3): files by name, as they lie in a package's `custody/`."""

    format: Text
    files: tuple[ReplyFile, ...]


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
    card = strict.read_pretty(data, Card)
    if card.format != CARD:
        raise UsageError("this is not an agency card")
    check_root(unb64(card.root))
    agency = read_agency(unb64(card.root))
    if (agency.name, agency.code) != (card.agency, card.code):
        raise RefutedError(f"the card says {card.agency}, its root {agency.name}", code="certificate-bad")
    return card


def fingerprint(card: Card) -> str:
    """What two people compare before they trust a card."""
    return identity(unb64(card.root))


def anchor(card: Card, source: str) -> Anchor:
    """The anchor a card makes once somebody decided to trust it."""
    return Anchor(code=card.code, agency=card.agency, root=unb64(card.root), source=source)


def read_officer_card(data: bytes) -> OfficerCard:
    """Read an officer card; raises RefutedError, or UsageError where it is something else."""
    card = strict.read_pretty(data, OfficerCard)
    if card.format != OFFICER_CARD:
        raise UsageError("this is not an officer card")
    return card


def read_reply(data: bytes) -> dict[str, bytes]:
    """The files of a reply by name; raises RefutedError."""
    reply = strict.read_pretty(data, Reply, MAX_REPLY)
    if reply.format != REPLY:
        raise UsageError("this is not a reply")
    found = {each.name: unb64(each.content) for each in reply.files}
    if len(found) != len(reply.files):
        raise RefutedError("one name stands twice in the reply")
    return found


def print_reply(files: dict[str, bytes]) -> bytes:
    """The bytes of a reply."""
    listed = tuple(ReplyFile(name=name, content=b64(data)) for name, data in sorted(files.items()))
    return strict.pretty(Reply(format=REPLY, files=listed))
