"""Which names are the parts of one disk image, and in which order: by names and sizes alone (docs/spec/media.md, M1).

A fixed rule, so that sealing, verifying and reading a list find the same. Nothing here touches a disk.
"""

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

EWF, SPLIT = "ewf", "split-raw"
FORMATS = (EWF, SPLIT)
"""What media inside stored files may be decoded from."""
MEDIA = b"[media]"
"""What the media inside an image are listed as, below the image's last part."""
SECTOR = 512
SMALLEST_PART = 1 << 20
_MOST_MISSING = 1000
"""Parts that may lack before names are no longer taken for those of one image."""
_NAMED = 3
_NUMBERED = re.compile(rb"(.+)\.([0-9]{1,6})", re.DOTALL)
_EWF = re.compile(rb"(.+)\.([eE][xX]?)([0-9]{2})", re.DOTALL)
_LETTERED = re.compile(rb"(.+)\.([a-z]{2,4}|[A-Z]{2,4})", re.DOTALL)
LAST_NUMBERED = (b".E99", b".e99", b".Ex99", b".ex99", b".EX99")
FIRST_LETTERS = (b".aa", b".aaa", b".aaaa", b".AA", b".AAA", b".AAAA")


@dataclass(frozen=True, slots=True)
class Image:
    """The parts of one image, in order."""

    kind: str
    names: tuple[bytes, ...]
    missing: tuple[bytes, ...] = ()
    """Parts before the last that are not there: then the media inside cannot be read as a whole."""

    @property
    def lack(self) -> str:
        """Why the media cannot be read, in words; nothing where all parts are there."""
        if not self.missing:
            return ""
        more = f" and {len(self.missing) - _NAMED} more" if len(self.missing) > _NAMED else ""
        named = ", ".join(name.rpartition(b".")[2].decode("ascii") for name in self.missing[:_NAMED])
        return f"{'part' if len(self.missing) == 1 else 'parts'} {named}{more} of the image not there"


def images_among(names: Collection[bytes]) -> list[Image]:
    """The images whose parts are among the names of regular files of one folder."""
    numbered: dict[bytes, set[bytes]] = {}
    encase: dict[tuple[bytes, bytes], set[bytes]] = {}
    stems: set[bytes] = set()
    for name in names:
        if name[-1:].isdigit():
            if found := _NUMBERED.fullmatch(name):
                numbered.setdefault(found[1], set()).add(found[2])
            elif found := _EWF.fullmatch(name):
                encase.setdefault((found[1], found[2]), set()).add(found[2] + found[3])
        elif name.endswith(FIRST_LETTERS):
            stems.add(name.rpartition(b".")[0])
    images = [image for stem, suffixes in numbered.items() for image in _numbered(stem, suffixes)]
    images += [_encase(stem, letters, suffixes, names) for (stem, letters), suffixes in encase.items()]
    if stems:
        images += _lettered(stems, names)
    return sorted(images, key=lambda image: image.names)


def image_of(first: bytes, names: Iterable[bytes]) -> Image | None:
    """The image that begins with a file, by names alone; None where the name is not a first part's."""
    before = first.rpartition(b".")[0] + b"."
    near = frozenset(name for name in names if name.startswith(before))
    return next((image for image in images_among(near) if image.names[0] == first), None)


def may_begin(name: str) -> bool:
    """Whether a name could be that of an image's first part."""
    encoded = name.encode("utf-8", "surrogateescape")
    return name[-1:].isdigit() or encoded.endswith(FIRST_LETTERS)


def are_alike(sizes: Sequence[int]) -> bool:
    """Whether parts of these sizes are those of a raw image: of one size, in whole sectors; the last may be shorter."""
    first = sizes[0]
    return (
        first >= SMALLEST_PART
        and first % SECTOR == 0
        and all(size == first for size in sizes[:-1])
        and 0 < sizes[-1] <= first
    )


def _numbered(stem: bytes, suffixes: set[bytes]) -> Iterator[Image]:
    """Raw parts counted in digits, from 0 or 1: 1, 01, 001 and so on; behind 999 comes 1000."""
    widths = {len(each) for each in suffixes if len(each) > 1 and each.startswith(b"0")}
    widths |= {1} if suffixes & {b"0", b"1"} else set()
    left = set(suffixes)
    for width in sorted(widths, reverse=True):
        mine = {int(each): each for each in left if b"%0*d" % (width, int(each)) == each}
        left -= set(mine.values())
        start = 0 if 0 in mine else 1
        yield from _raw(stem, mine, (b"%0*d" % (width, n) for n in range(start, max(mine, default=0) + 1)))


def _lettered(stems: set[bytes], names: Iterable[bytes]) -> Iterator[Image]:
    """Raw parts counted in letters: aa, ab and so on."""
    found: dict[tuple[bytes, int, bool], dict[int, bytes]] = {}
    for name in names:
        parts = _LETTERED.fullmatch(name)
        if parts and parts[1] in stems:
            place = sum((letter - 97) * 26**n for n, letter in enumerate(reversed(parts[2].lower())))
            found.setdefault((parts[1], len(parts[2]), parts[2].islower()), {})[place] = parts[2]
    for (stem, width, small), mine in found.items():
        alphabet = bytes(range(97, 123)) if small else bytes(range(65, 91))
        wanted = (bytes(each) for each in itertools.product(alphabet, repeat=width))
        yield from _raw(stem, mine, itertools.islice(wanted, max(mine) + 1)) if 0 in mine else ()


def _raw(stem: bytes, mine: dict[int, bytes], wanted: Iterator[bytes]) -> Iterator[Image]:
    if len(mine) < 2 or max(mine) > len(mine) + _MOST_MISSING:
        return
    yield _image(SPLIT, stem, set(mine.values()), wanted)


def _image(kind: str, stem: bytes, there: Collection[bytes], wanted: Iterable[bytes]) -> Image:
    """The image of the suffixes that are there, up to the last of them, in the order in which they are wanted."""
    present: list[bytes] = []
    missing: list[bytes] = []
    lacking: list[bytes] = []
    for suffix in wanted:
        if suffix in there:
            missing += lacking
            lacking = []
            present.append(stem + b"." + suffix)
        elif len(missing) + len(lacking) < _MOST_MISSING:
            lacking.append(stem + b"." + suffix)
    return Image(kind, tuple(present), tuple(missing))


def _encase(stem: bytes, letters: bytes, numbered: set[bytes], names: Collection[bytes]) -> Image:
    """E01 to E99, EAA to ZZZ; Ex01, ExAA, EyAA likewise; small letters where the first has them."""
    there = set(numbered)
    wanted: Iterable[bytes] = (letters + b"%02d" % number for number in range(1, 100))
    if letters + b"99" in there:
        behind = list(_behind_99(letters))
        there |= {suffix for suffix in behind if stem + b"." + suffix in names}
        wanted = itertools.chain(wanted, behind)
    return _image(EWF, stem, there, wanted)


def _behind_99(letters: bytes) -> Iterator[bytes]:
    small = letters.islower()
    alphabet = bytes(range(97, 123)) if small else bytes(range(65, 91))
    start, end = letters[-1], (b"z" if small or len(letters) == 2 else b"Z")[0]
    for leading in range(start, end + 1):
        for one, two in itertools.product(alphabet, repeat=2):
            yield letters[:-1] + bytes((leading, one, two))
