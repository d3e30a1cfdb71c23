"""Lists that break their own rules, signed by an officer with the own key; and what lies in a package beside them."""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from hashing.items import Item, Outcome
from hashing.merkle import root_of
from manifests import bodies, strict
from manifests.digest import identity
from manifests.entries import commitment, leaf
from manifests.pieces import Piece
from manifests.shapes import MediaCheck
from tests.vectors.confirming import seized
from tests.vectors.pen import CASE, EXHIBIT, Listing, Logged, Pen, verification
from tests.vectors.people import JANE, LAB, PETER
from tests.vectors.things import ALL_READ, MEDIA, WITH_IMAGE, image, item, large, logged, measured, special
from tests.vectors.vector import BAG, Vector, on, package

LIST, PIECES = "0002-manifest.entries.jsonl", "0002-manifest.pieces.jsonl"
MANIFEST = on("0002-manifest")
CHANGED = (("entries-changed", MANIFEST),)
ONLY = {"records_only": True}
A, B = b"what the list says", b"what the pieces say"


def confirmed() -> dict[str, Vector]:
    composed, otherwise = "caf\u00e9.txt", "cafe=CC=81.txt"
    return {
        "gaps-stated_by-a-container": Vector(
            what="An image's container states a range of its media that could not be read when it was made.",
            files=package(measured(*image(b"media", gaps=((1, 3),))), media=WITH_IMAGE),
            says=(("gaps-stated", MANIFEST),),
        ),
        "gaps-stated_by-a-log": Vector(
            what="The log of another tool states sectors that could not be read.",
            files=package(measured(logged=_Gaps(**vars(logged()))), media=MEDIA), says=(("gaps-stated", MANIFEST),),
        ),
        "name-recomposed_by-a-file-system": Vector(
            what="A file lies in the package under the same name, a letter of which is composed otherwise.",
            files=package(measured(item(composed, b"coffee")), media={**MEDIA, otherwise: b"coffee"}),
            says=(("name-recomposed", EXHIBIT),),
        ),
        "none_large-item-with-pieces": Vector(
            what="An item has pieces, and its entry names the root over them.",
            files=package(measured(large("zz.img", A)), media={**MEDIA, "zz.img": A}),
        ),
    }  # fmt: skip


class _Gaps(Logged):
    """One log that states gaps."""

    def _bound(self, number: int, log: bytes) -> bodies.BoundLog:
        return msgspec.structs.replace(super()._bound(number, log), bad_sectors=16, bad_ranges=((1024, 8), (1500, 8)))


def undecided() -> dict[str, Vector]:
    sealed, plain = package(measured(), media=MEDIA), package(seized())
    owed = measured()
    manifest = owed.head.digest
    owed.release(JANE, LAB, media=ALL_READ)
    owed.receive(PETER, media=MediaCheck(how="later"))
    quick = msgspec.structs.replace(ALL_READ, how="pieces")
    owed.write(PETER, verification(manifests=(manifest,), media=quick))
    return {
        "content-extra_of-no-exhibit": Vector(
            what="A file lies beside the exhibits.", files=sealed | {"package/data/planted.jpg": b"planted"},
            says=(("content-extra", "."),),
        ),
        "content-extra_in-no-case": Vector(
            what="A file lies in a folder that no exhibit can be named by.",
            files=sealed | {f"package/data/KIBRA/{CASE}/EX 1/planted.jpg": b"planted"}, says=(("content-extra", "."),),
        ),
        "content-extra_nothing-was-sealed": Vector(
            what="Contents lie with an exhibit of which nothing was sealed.",
            files=plain | {f"package/data/KIBRA/{CASE}/EX-1/planted.jpg": b"planted"},
            says=(BAG, ("content-extra", EXHIBIT)),
        ),
        "contents-owed_read-by-their-pieces": Vector(
            what="The promise to check the contents was kept by their pieces only.", files=package(owed, media=MEDIA),
            says=(("contents-owed", EXHIBIT),),
        ),
    }  # fmt: skip


def refuted() -> dict[str, Vector]:
    guilty = item("guilty.jpg", b"never there", decoded="ewf", segments=(2,))
    inside = item("notes.txt/[media]", b"never there", decoded="ewf", segments=(3,))
    other = item("image.E01/[media]", b"media", decoded="vhd", segments=(3,))
    moved = item("image.E01/inside", b"media", decoded="ewf", segments=(3,))
    elsewhere = item("image.E01/[media]", b"media", decoded="ewf", segments=(1,))
    return {
        "entries-changed_media-of-no-image": broken("A file is said to be the media inside a photograph.", guilty),
        "entries-changed_media-inside-a-text": broken("Media are said to lie inside a text file.", inside),
        "entries-changed_media-of-no-format": broken(
            "Media are decoded from a format that is not known.", item("image.E01", b"a container"), other
        ),
        "entries-changed_media-under-another-name": broken(
            "Media have not the name of the last part.", item("image.E01", b"a container"), moved
        ),
        "entries-changed_media-of-another-item": broken(
            "Media do not stand behind the part that holds them.", item("image.E01", b"a container"), elsewhere
        ),
        "entries-changed_media-over-a-hole": _over_a_hole(),
        "entries-changed_digest-of-what-was-not-read": forged(
            "An item that could not be read has a digest.", special("zz", Outcome.UNREADABLE),
            lambda line: line.replace(b'opened"', b'opened","digests":{"sha256":"%b"}' % DIGEST),
        ),
        "entries-changed_link-without-its-target": forged(
            "A link does not say where it points to.", special("zz", Outcome.LINK),
            lambda line: line.replace(b'"target":"%b",' % TARGET, b"").replace(b',"target":"%b"' % TARGET, b""),
        ),
        "entries-changed_pieces-of-another-file": _pieces(B),
        "entries-changed_pieces-of-no-item": _pieces(A, number=5),
    }  # fmt: skip


DIGEST = hashlib.sha256(b"never read").hexdigest().encode()
TARGET = hashlib.sha256(b"../elsewhere").hexdigest().encode()


def broken(what: str, *more: Item) -> Vector:
    return Vector(what=what, files=package(measured(*more)), says=CHANGED, options=ONLY)


def _over_a_hole() -> Vector:
    size = 1 << 20
    facts: dict[str, Any] = {"size": size}
    parts = [item(f"zz.{number:03d}", b"", **facts) for number in (1, 3)]
    media = item("zz.003/[media]", b"", decoded="split-raw", segments=(4, 5), size=2 * size)
    return broken("Media were read although a part before the last is not there.", *parts, media)


def forged(what: str, odd: Item, edit: Callable[[bytes], bytes]) -> Vector:
    """A list with its last line edited, and bound as it then is."""
    made = Listing(2)
    items = [*(item(name, data) for name, data in MEDIA.items()), odd]
    for each in items:
        made.writer.add(each)
    lines = bytes(made.entries).splitlines(keepends=True)
    changed = edit(lines[-1])
    assert changed != lines[-1]
    lines[-1] = changed
    root = root_of(map(_leaf, lines)).hex()
    bound = bodies.BoundTree(sha256=identity(b"".join(lines)), count=len(lines), root=root)
    pen = measured(odd, entries=bound)
    pen.sidecars[LIST] = b"".join(lines)
    says = (*CHANGED, ("not-measured-at-sealing", MANIFEST))
    return Vector(what=what, files=package(pen), says=says, options=ONLY)


def _leaf(line: bytes) -> bytes:
    """The leaf of a line, whatever it says (E3)."""
    public, rest = line[len(b'{"public":') : -2].split(b',"private":')
    private, salt = rest.split(b',"salt":"')
    return leaf(commitment(bytes.fromhex(salt[:64].decode()), private), public)


def _pieces(of: bytes, number: int = 4) -> Vector:
    """The digest in the list is of one file, and the pieces beside it are of another."""
    from blake3 import blake3

    digest = blake3(of).hexdigest()
    line = strict.compact(Piece(item=number, offset=0, length=len(A), blake3=digest)) + b"\n"
    pen: Pen = measured(large("zz.img", A), pieces=bodies.Bound(sha256=identity(line), count=1))
    pen.sidecars[PIECES] = line
    what = "The pieces are of another file than the one whose digest is listed."
    what = what if number == 4 else "There are pieces of an item that is not there, and none of the one that has them."
    return Vector(what=what, files=package(pen), says=CHANGED, options=ONLY)
