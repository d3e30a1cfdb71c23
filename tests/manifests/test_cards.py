"""Agency cards, officer cards and replies (package.md, K3 to K5)."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from manifests import cards, strict
from manifests.cards import Card, OfficerCard, b64
from manifests.errors import RefutedError, UsageError
from tests.manifests.drawing import STEADY
from tests.vectors import people
from tests.vectors.pen import NOW
from tests.vectors.people import JANE, KIBRA, LAB, root

CARD = Card(
    format=cards.CARD, agency=KIBRA.agency, code="KIBRA", root=b64(KIBRA.certificate), registers=("KIBRA/desk",),
    crl=b64(KIBRA.revocations()),
)  # fmt: skip
OFFICER = OfficerCard(
    format=cards.OFFICER_CARD, card=CARD, register="KIBRA/field-2", certificate=b64(JANE.certificate),
    key=b64(b"sealed"),
)  # fmt: skip


def other(**changed: Any) -> bytes:
    return strict.pretty(msgspec.structs.replace(CARD, **changed))


def test_a_card_reads_back() -> None:
    assert cards.read_card(strict.pretty(CARD)) == CARD
    assert cards.fingerprint(CARD) == KIBRA.fingerprint
    anchor = cards.anchor(CARD, "--anchor")
    assert (anchor.code, anchor.fingerprint, anchor.agency) == ("KIBRA", KIBRA.fingerprint, KIBRA.agency)


@pytest.mark.parametrize(
    "changed",
    [
        {"code": "LAB"},
        {"agency": "Another Station"},
        {"root": b64(LAB.certificate)},
        {"root": b64(b"no certificate")},
        {"root": b64(JANE.certificate)},
    ],
    ids=["another code", "another name", "another root", "no certificate", "an officer's certificate"],
)
def test_a_card_says_of_itself_what_its_root_says(changed: dict[str, str]) -> None:
    with pytest.raises(RefutedError) as caught:
        cards.read_card(other(**changed))
    assert caught.value.code == "certificate-bad"


def test_a_root_that_may_not_issue_others_is_none() -> None:
    plain = root(KIBRA.agency, "KIBRA", 777, ca=False)
    with pytest.raises(RefutedError, match="no root"):
        cards.read_card(other(root=b64(plain.certificate)))


def test_one_kind_of_document_is_not_another() -> None:
    """What it is, and the verb for it, are said; nothing is called refuted."""
    made = {
        "an agency card": (cards.read_card, strict.pretty(CARD), "custody trust add"),
        "an officer card": (cards.read_officer_card, strict.pretty(OFFICER), "custody init"),
        "a reply": (cards.read_reply, cards.print_reply({}), "custody acknowledge"),
    }
    others = {
        "a record": (b'{\n  "format": "custody/record/1",', "custody verify"),
        "a file that custody does not make": (b"Dear Sir", "custody inspect"),
        "a file that custody does not make, or": (other(format="custody/card/2"), "custody inspect"),
    }
    for kind, (read, _, _) in made.items():
        told = {what: (data, way) for what, (_, data, way) in made.items() if what != kind} | others
        for what, (data, way) in told.items():
            with pytest.raises(UsageError, match=f"this is {what}.*; not {kind}") as caught:
                read(data)  # type: ignore[operator]  # one of three readers
            assert way in caught.value.hints[0]


def test_a_damaged_document_of_the_kind_that_was_wanted_is_refused_as_such() -> None:
    for read, data in ((cards.read_card, strict.pretty(CARD)), (cards.read_officer_card, strict.pretty(OFFICER)),
                       (cards.read_reply, cards.print_reply({"a": b"b"}))):  # fmt: skip
        with pytest.raises(RefutedError):
            read(data[:-5])


def test_a_card_is_whole_only_with_a_list_of_its_own_root_and_in_its_time() -> None:
    cards.check_whole(CARD, NOW)
    lists = (LAB.revocations(), b"", b"no list", KIBRA.revocations(part=(x509.DeltaCRLIndicator(1), True)))
    for foreign in lists:
        with pytest.raises(RefutedError, match="list") as caught:
            cards.check_whole(msgspec.structs.replace(CARD, crl=b64(foreign)), NOW)
        assert caught.value.code == "certificate-bad"
    for moment in (people.OPENED - timedelta(seconds=1), people.ROOT_CLOSES + timedelta(seconds=1)):
        with pytest.raises(RefutedError, match="not now"):
            cards.check_whole(CARD, moment)


@given(st.dictionaries(STEADY, st.binary(max_size=50), max_size=4))
def test_a_reply_reads_back(files: dict[str, bytes]) -> None:
    assert cards.read_reply(cards.print_reply(files)) == files


def test_a_name_twice_in_a_reply_is_refused() -> None:
    twice = (cards.ReplyFile(name="a", content=""), cards.ReplyFile(name="a", content=""))
    with pytest.raises(RefutedError, match="twice"):
        cards.read_reply(strict.pretty(cards.Reply(format=cards.REPLY, files=twice)))


@pytest.mark.parametrize("content", ["=", "A", "AAA", "AAAA=", "A===", "QQ==\n", "Q Q="])
def test_what_is_not_base64_is_refused(content: str) -> None:
    one = (cards.ReplyFile(name="a", content=content),)
    with pytest.raises(RefutedError):
        cards.read_reply(strict.pretty(cards.Reply(format=cards.REPLY, files=one)))


def test_a_reply_may_be_larger_than_a_record_but_not_without_end() -> None:
    large = {"a": b"\0" * (2 << 20)}
    assert cards.read_reply(cards.print_reply(large)) == large
    with pytest.raises(RefutedError, match="longer than"):
        cards.read_reply(cards.print_reply({}).ljust(cards.MAX_REPLY + 1))


@pytest.mark.parametrize("read", [cards.read_card, cards.read_officer_card, cards.read_reply])
@given(data=st.binary(max_size=200))
def test_no_bytes_raise_anything_but_our_own_errors(read: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises((RefutedError, UsageError)):
        read(data)


def test_every_byte_of_a_card_changed_is_refused_or_shows_another_card() -> None:
    """A card is not signed: what differs in it must differ in what two people compare, or in what it says."""
    data = strict.pretty(CARD)
    for place in range(len(data)):
        try:
            read = cards.read_card(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        except (RefutedError, UsageError):
            continue
        assert read != CARD
        same_root = base64.b64decode(read.root) == KIBRA.certificate
        assert same_root == (cards.fingerprint(read) == KIBRA.fingerprint)
