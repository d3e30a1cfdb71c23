"""Whether a computer and a register are fit for the work: what `doctor` looks at."""

import base64
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from custody.acts.desk import Desk
from custody.edges import clock, workspaces
from custody.edges.pins import Pins
from hashing.describe.answers import Answer, unpack
from hashing.describe.asking import Describer, find_exiftool

LITTLE_ROOM = 1 << 30
_LIMIT = 20.0
"""Seconds to describe the picture in."""
_PICTURE = base64.b64decode("R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=")
"""One point wide and high."""
_PICTURE_TYPE = "image/gif"
_NO_TYPES = "media types will be recorded as not examined"
_NO_METADATA = "metadata will be recorded as not examined"
Fit = tuple[str, bool | None, str]
"""What was looked at; whether it is fit (None: worth knowing); in words."""


def look(desk: Desk | None) -> list[Fit]:
    """Everything there is to say."""
    return [*_computer(), *_tools(), *(_register(desk) if desk else _no_register())]


def _computer() -> Iterator[Fit]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield "python", sys.version_info >= (3, 11), version
    yield "custody", True, f"{clock.tool().version}, libraries {clock.tool().libraries}"
    now = clock.now()
    yield "clock", now.year >= 2026, f"{now.isoformat()}: compare it with a watch or a telephone"
    pins = Pins.usual()
    yield "pins", True, f"{len(pins.all())} registers in {pins.path}"


def _tools() -> Iterator[Fit]:
    """libmagic and exiftool, asked as evidence is: by the limited process, about a picture that we made."""
    media_type, why, metadata = _described()
    found = media_type == _PICTURE_TYPE
    yield "libmagic", found or None, f"works ({media_type})" if found else f"not usable: {why}; {_NO_TYPES}"
    path = find_exiftool()
    works = metadata.get("File:FileType") == "GIF"
    told = path if works else f"not usable: {why}; {_NO_METADATA}" if path else f"not installed: {_NO_METADATA}"
    yield "exiftool", works or None, told


def _described() -> Answer:
    with tempfile.TemporaryFile() as picture:
        picture.write(_PICTURE)
        picture.flush()
        describer = Describer(find_exiftool(), _LIMIT)
        try:
            return unpack(describer.describe(picture.fileno()))
        finally:
            describer.close()


def _no_register() -> Iterator[Fit]:
    yield "register", None, "none here: custody init"


def _register(desk: Desk) -> Iterator[Fit]:
    path = desk.register.path
    room = shutil.disk_usage(path).free
    yield "register", True, f"{desk.name} in {path}"
    yield "room", room > LITTLE_ROOM, f"{room >> 20} MB free"
    yield "vouched", desk.vouched or None, "pinned on this computer" if desk.pin else "only by its own folder"
    yield from _permissions(path)
    yield from _books(desk)
    if others := workspaces.foreign(path / "tmp"):
        text = f"{len(others)} in tmp of other computers: when nobody works there, take them away by hand"
        yield "unfinished work", None, text


def _books(desk: Desk) -> Iterator[Fit]:
    """The ledger against the records, as `verify` and the next act see them."""
    standing = desk.books.standing(desk.seen_head())
    if standing.damage is not None:
        found = standing.damage
        yield "commits", False, f"{found.code}: {found.subject}: {found.text}; look at it: custody verify"
    elif standing.findings:
        yield "commits", None, "an act was interrupted; the next one completes it"
    else:
        yield "commits", True, "no act was interrupted"


def _permissions(path: Path) -> Iterator[Fit]:
    mode = path.stat().st_mode & 0o077
    yield (
        "permissions",
        mode == 0,
        "only for its owner" if mode == 0 else f"others can look in (mode {mode:o})",
    )
