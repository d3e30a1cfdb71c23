"""What a list says of the media inside images, held against the entries before it (docs/spec/media.md, M1 and M2)."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hashing.media.naming import FIRST_LETTERS, LAST_NUMBERED, MEDIA, SPLIT, are_alike, images_among
from manifests.errors import RefutedError

if TYPE_CHECKING:
    from manifests.entry import Entry, Public

_COUNTED = re.compile(rb"\.(?:[0-9]{1,6}|[eE][xX]?[0-9]{2})\Z")


class _Part(NamedTuple):
    name: bytes
    size: int | None
    read: bool


@dataclass(kw_only=True)
class _Folder:
    """The files of one folder that may be parts of an image, by number."""

    way: list[bytes]
    parts: dict[int, _Part] = field(default_factory=dict)
    stems: set[bytes] = field(default_factory=set)
    """Of images whose parts are counted in letters, or go on so behind E99."""


class ImageRules:
    """Asked of every entry of a list, in order; remembers no more than the files that may be parts of an image."""

    def __init__(self, read: tuple[str, ...]) -> None:
        """`read`: the outcomes of what was read."""
        self._read = read
        self._folders: list[_Folder] = []
        self._withheld = False

    def check(self, entry: "Entry") -> None:
        """Raise RefutedError where an entry says of an image what the entries before it contradict."""
        public = entry.public
        if public is None or entry.private is None:
            self._withheld = True
        if public is None:
            return
        if public.decoded is not None:
            self._media(public, entry.path)
        elif entry.path is not None:
            self._stored(public, entry.path)

    def _stored(self, public: "Public", path: bytes) -> None:
        *way, name = path.split(b"/")
        folder = self._folder(way)
        stem = name.rpartition(b".")[0]
        counted = _COUNTED.search(name) is not None
        if name.endswith((*FIRST_LETTERS, *LAST_NUMBERED)):
            folder.stems.add(stem)
        if counted or stem in folder.stems:
            folder.parts[public.item] = _Part(name, public.size, public.outcome in self._read)

    def _folder(self, way: list[bytes]) -> _Folder:
        """The folder at the end of a way; those that the list has left are forgotten."""
        while self._folders and self._folders[-1].way != way[: len(self._folders[-1].way)]:
            self._folders.pop()
        if not self._folders or self._folders[-1].way != way:
            self._folders.append(_Folder(way=way))
        return self._folders[-1]

    def _media(self, public: "Public", path: bytes | None) -> None:
        ordered = all(one < other for one, other in zip(public.segments, public.segments[1:], strict=False))
        if not ordered or public.segments[-1] != public.item - 1:
            raise _wrong(public, "do not stand behind the parts that are named, in order")
        if path is None:
            return
        *way, last, inside = (b"", *path.split(b"/"))
        parts = self._folder(way[1:]).parts
        if any(number not in parts for number in public.segments):
            if self._withheld:
                return
            raise _wrong(public, "are said to lie in what is no part of an image")
        found = [parts[number] for number in public.segments]
        if inside != MEDIA or last != found[-1].name:
            raise _wrong(public, "have not the name of the last part")
        self._form(public, found)

    def _form(self, public: "Public", found: list[_Part]) -> None:
        """Whether parts are those of one image of the format that is named, and were read where the media were."""
        names = tuple(part.name for part in found)
        images = [image for image in images_among(names) if (image.kind, image.names) == (public.decoded, names)]
        if not images or (images[0].kind == SPLIT and not are_alike([part.size or 0 for part in found])):
            raise _wrong(public, f"cannot be {public.decoded}: their parts form no such image")
        if public.outcome in self._read and (images[0].missing or not all(part.read for part in found)):
            raise _wrong(public, "were read, and not all of their parts")


def _wrong(public: "Public", what: str) -> RefutedError:
    return RefutedError(f"the media that item {public.item} is said to be {what}", code="entries-changed")
