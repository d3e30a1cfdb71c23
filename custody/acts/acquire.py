"""Acquiring: a device is imaged and digested in one reading, read back, and bound with the exhibit it came from.

The register is written by whoever signs, never as root; only opening the device may need more rights (decision 0012).
Until it is complete and read back, the image lies in a folder whose name ends with `.unfinished`.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from custody.acts import exhibits
from custody.acts.contents import (
    Contents,
    Report,
    Times,
    check_outside,
    check_stated,
    listed,
    manifest_of,
    sidecars_of,
    working_folder,
)
from custody.acts.desk import Desk, Written
from custody.acts.devices import Facts, Notice, SealedDevice, facts_after, facts_before, of_device, opened
from custody.acts.exhibits import Circumstances, Hands
from custody.edges import clock, files
from custody.edges.imaging import Journal, absolute, begin
from hashing.devices.opening import Opened
from hashing.imaging.asking import ImageOrder, image
from hashing.imaging.parts import MOST_PARTS, part_names
from hashing.imaging.reading_back import read_back
from hashing.items import PIECES_ABOVE, Item
from hashing.measure import Plan, recipe_of
from hashing.media.decoding import item_of
from hashing.media.device import NAME, check_read
from hashing.progress import adding
from hashing.sizes import PIECE_SIZE
from manifests import bodies
from manifests.errors import EnvironmentFault, NotAllowedError, UsageError
from manifests.imaging import Wanted
from manifests.names import exhibit_name
from manifests.times import text

PART = 2 << 30
"""Bytes of one part, if nothing else is asked for: any file system takes it."""
_SPARE = 64 << 20
_HOW = "image"


@dataclass(frozen=True, kw_only=True)
class Acquiring:
    """What to image, into which exhibit and folder, and in which form."""

    source: str
    """The chain of the exhibit that the device is."""
    into: str
    """The name of the new exhibit."""
    device: SealedDevice
    out: Path
    part: int
    """Bytes of one file; 0 for a single one."""
    description: str
    contents: Contents
    """Digests, stated facts, note; its paths are not used."""
    resume: bool = False

    @property
    def folder(self) -> Path:
        """Where the image lies until it is complete."""
        return self.out.with_name(self.out.name + ".unfinished")

    @property
    def stem(self) -> str:
        """Of the names of the files."""
        named = exhibit_name(self.into)
        return f"{named.case}_{named.exhibit}"


def acquire(
    desk: Desk, asked: Acquiring, *, how: Circumstances, progress: Report = None, notice: Notice = lambda told: None
) -> list[Written]:
    """Image a device into a new exhibit; the records of the source, of the derivation and of the image.

    Raises NotAllowedError, UsageError or EnvironmentFault before anything is read; DeviceChanged, DeviceFails or
    ImageFails while reading. What was imaged by then stays, to be gone on with.
    """
    check_outside(desk, [str(asked.out)])
    child = exhibit_name(asked.into).chain(desk.code)
    with opened(asked.device) as device:
        _check_parts(asked, device.facts.size)
        facts = facts_before(_with_output(asked, device.facts.size), asked.device, device.facts, notice)
        contents = of_device(asked.contents, facts)
        check_stated(contents)
        keys = exhibits.hands(desk, how)
        _check_order(desk, asked, child, how, keys)
        journal = begin(
            desk.register, _wanted(asked, child, device), text(desk.now()), resume=asked.resume, notice=notice
        )
        with _folder(asked), journal as under_way:
            stream = _imaged(asked, device, under_way, progress)
            items = _kept(asked, stream, progress)
            facts = facts_after(facts, stream, asked.device)
            contents = replace(contents, acquisition=facts)
            times = Times(started_at=under_way.begun.started_at, resumed_at=under_way.begun.resumed_at)
            return _recorded(desk, asked, child, (stream, items), contents, times, how, keys)


# --- before anything is read ---------------------------------------------------


def _check_parts(asked: Acquiring, size: int) -> None:
    """Raise UsageError for parts that cannot be, EnvironmentFault where there is no room for them."""
    if asked.part % PIECE_SIZE:
        raise UsageError("a part is a whole number of 4 MiB", "like --part-size 2G")
    if asked.part and len(part_names("", size, asked.part)) > MOST_PARTS:
        raise UsageError(f"more than {MOST_PARTS} parts", "make them larger: --part-size 20G")
    if not asked.out.parent.is_dir():
        raise EnvironmentFault(f"no such folder: {asked.out.parent}", "make it first")
    there = sum(each.stat().st_size for each in asked.folder.iterdir()) if asked.folder.is_dir() else 0
    free = shutil.disk_usage(asked.out.parent).free
    if free < size - there + _SPARE and not asked.out.exists():
        raise EnvironmentFault(
            f"{asked.out.parent} has {free} bytes free, and the image needs {size}", "name another with --out"
        )


def _check_order(desk: Desk, asked: Acquiring, child: str, how: Circumstances, keys: Hands) -> None:
    """Raise NotAllowedError where the records could not be written at the end."""
    state = desk.state(asked.source)
    if state.situation != "held":
        raise NotAllowedError(f"{asked.source} is {state.situation}: it cannot be imaged now")
    named = exhibits.check_derivable(desk, child, asked.source, _derived(asked, child))
    if desk.register.has(child) and desk.state(child).manifests:
        raise NotAllowedError(f"{child} has contents already", "use another name for the image")
    if named is None:  # else an interrupted run has written that record
        ready = exhibits.draft(desk, asked.source, _derived(asked, child), how)
        desk.rehearse(ready, desk.sound(asked.source), keys.signer, keys.witnesses)


def _derived(asked: Acquiring, child: str) -> bodies.Derived:
    return bodies.Derived(child=child, how=_HOW, description=asked.description)


def _wanted(asked: Acquiring, child: str, device: Opened) -> Wanted:
    return Wanted(
        source=asked.source,
        into=child,
        serial=device.facts.words.serial or "",
        size=device.facts.size,
        sector=device.facts.sector,
        folder=absolute(asked.out),
        part=asked.part,
        algorithms=asked.contents.algorithms,
        tool=clock.tool(),
    )


def _with_output(asked: Acquiring, size: int) -> Facts:
    """The stated facts, and what is written."""
    count = len(part_names("", size, asked.part))
    each = f", each of {asked.part} bytes but the last" if count > 1 else ""
    output = {"format": "split raw" if asked.part else "raw", "segments": f"{count}{each}"}
    stated = asked.contents.acquisition or {}
    return {**stated, "output": {**output, **stated.get("output", {})}}


@contextmanager
def _folder(asked: Acquiring) -> Iterator[None]:
    """The folder to write into: a new one, or the one that is gone on with; away again if nothing came into it."""
    if asked.resume and not asked.folder.is_dir() and not asked.out.is_dir():
        raise NotAllowedError(f"{asked.folder} is not there", "nothing can be gone on with: leave out --resume")
    if not asked.resume:
        _make_folder(asked)
    try:
        yield
    except BaseException:
        if asked.folder.is_dir() and not any(asked.folder.iterdir()):
            asked.folder.rmdir()
        raise


def _make_folder(asked: Acquiring) -> None:
    if asked.out.exists():
        raise FileExistsError(errno.EEXIST, "there already", str(asked.out))
    try:
        asked.folder.mkdir(mode=0o700)
    except FileExistsError as err:
        raise NotAllowedError(
            f"{asked.folder} holds an image that was left unfinished",
            "go on with it: --resume; or name another folder with --out",
        ) from err


# --- reading, and reading back -------------------------------------------------


def _imaged(asked: Acquiring, device: Opened, journal: Journal, progress: Report) -> Item:
    """Image the device from where the journal says, and check that it was one device throughout."""
    recipe = recipe_of(Plan(algorithms=asked.contents.algorithms))
    path = asked.folder if asked.folder.is_dir() else asked.out
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        order = ImageOrder(
            device=device.descriptor,
            folder=folder,
            stem=asked.stem,
            recipe=recipe,
            sector=device.facts.sector,
            retries=asked.device.retries,
            part=asked.part,
            before=journal.before,
        )
        found = image(order, adding(progress, total=device.facts.size), journal.step)
    finally:
        os.close(folder)
    check_read(device, found)
    return item_of(NAME, found, recipe, kind=None)


def _kept(asked: Acquiring, stream: Item, progress: Report) -> list[Item]:
    """The items of the image, read back, in its final folder."""
    folder = asked.folder if asked.folder.is_dir() else asked.out
    items = read_back(str(folder), asked.stem, asked.part, stream, asked.contents.algorithms, _reading_back(progress))
    if folder != asked.out:
        asked.folder.rename(asked.out)
        files.fsync_folder(asked.out.parent)
    return items


def _reading_back(progress: Report) -> Report:
    """What tells of reading back as a stage of its own."""
    return None if progress is None else lambda at: progress(replace(at, stage="reading back"))


# --- the records -----------------------------------------------------------------


def _recorded(
    desk: Desk,
    asked: Acquiring,
    child: str,
    found: tuple[Item, list[Item]],
    contents: Contents,
    times: Times,
    how: Circumstances,
    keys: Hands,
) -> list[Written]:
    """Write what is not written yet: the device's manifest, the derivation, the image's manifest."""
    stream, items = found
    small = (stream.size or 0) <= PIECES_ABOVE
    source = [stream._replace(pieces=None) if small else stream]
    written = [_manifest(desk, asked.source, source, contents, times, how, keys)]
    written += exhibits.derive(desk, asked.into, asked.source, _HOW, asked.description, how)
    stored = replace(contents, scope="stored-image", not_described="made by this tool from the device")
    return [*written, _manifest(desk, child, items, stored, times, how, keys)]


def _manifest(
    desk: Desk, chain: str, items: list[Item], contents: Contents, times: Times, how: Circumstances, keys: Hands
) -> Written:
    """Bind items in a manifest of a chain, unless a run before this one has done so."""
    manifests = desk.state(chain).manifests
    for record in manifests:
        body = record.body
        if isinstance(body, bodies.Manifest) and (body.scope, body.started_at) == (contents.scope, times.started_at):
            return Written(record=record, already=True)
    with working_folder(desk) as work:
        writer, _, lists = listed(chain, items, [], work / "list")
        body = manifest_of(contents, writer, times, text(desk.now()))
        ready = replace(exhibits.draft(desk, chain, body, how), sidecars=sidecars_of(body, lists))
        return desk.write([ready], keys.signer, keys.witnesses)[0]
