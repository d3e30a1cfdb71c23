"""The media of the vectors: three small files, and a chain that has them measured."""

import hashlib
from typing import Any

from hashing.items import PIECE_SIZE, Item, Outcome, Pieces
from manifests.claims import Claim
from manifests.compare import key
from manifests.shapes import MediaCheck
from tests.vectors.pen import Logged, Pen
from tests.vectors.people import JANE

MEDIA = {"DCIM/IMG_0001.JPG": b"not a picture", "DCIM/IMG_0002.JPG": b"nor this", "notes.txt": b"milk\nbread\n"}
ALL_READ = MediaCheck(how="measured", items=len(MEDIA), bytes=sum(map(len, MEDIA.values())))
"""What a record says that compared all of them."""
WITH_IMAGE = {**MEDIA, "image.E01": b"a container"}


def item(name: str, data: bytes, **other: Any) -> Item:
    """A file as measuring finds it."""
    facts: dict[str, Any] = {
        "name": name.encode(), "outcome": Outcome.MEASURED, "reason": None, "size": len(data),
        "digests": {"sha256": hashlib.sha256(data).hexdigest()}, "modified": 1_790_000_000_000_000_000,
        "pieces": None, "description": None,
    }  # fmt: skip
    return Item(**{**facts, **other})


def special(name: str, outcome: Outcome) -> Item:
    """Something that is no file."""
    target = hashlib.sha256(b"../elsewhere").hexdigest() if outcome is Outcome.LINK else None
    return item(name, b"", outcome=outcome, reason="not opened", size=None, digests={}, target=target)


def large(name: str, data: bytes) -> Item:
    """A file as a large one is measured: with the digest of its one piece."""
    from blake3 import blake3

    return item(name, data, pieces=Pieces(size=PIECE_SIZE, digests=blake3(data).digest()))


def image(data: bytes, **other: Any) -> list[Item]:
    """A container of one part, and the media said to be inside it; `other` are the media's facts."""
    inside = item("image.E01/[media]", data, decoded="ewf", segments=(len(MEDIA),), **other)
    return [item("image.E01", b"a container"), inside]


LOG = b"%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n"


def claim(item_: int | None, value: str, result: str = "same", **other: Any) -> Claim:
    """What a list of digests claims of a file."""
    facts: dict[str, Any] = {
        "log": 1, "item": item_, "scope": "file", "algorithm": "sha256", "value": value, "result": result
    }  # fmt: skip
    return Claim(**{**facts, **other})


def logged(*claims: Claim, **other: Any) -> Logged:
    """One log of hashdeep; without claims of its own, those of all media."""
    same = tuple(claim(n, hashlib.sha256(data).hexdigest()) for n, data in enumerate(MEDIA.values(), start=1))
    return Logged(**{"logs": (LOG,), "claims": claims or same, **other})


def measured(*more: Item, **changed: Any) -> Pen:
    """An exhibit seized and measured."""
    pen = Pen()
    pen.seize(JANE)
    items = [*(item(name, data) for name, data in MEDIA.items()), *more]
    pen.measure(JANE, *sorted(items, key=lambda each: key(each.name)), **changed)
    return pen
