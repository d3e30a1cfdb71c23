"""A disk or card itself: opened with the rights it needs, refused while it can be written to, sealed, compared.

Which facts a court asks about a device stands in docs/spec/acquisition.md, how one is read in docs/spec/media.md (M7).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from custody.acts.contents import (
    Contents,
    Report,
    Times,
    check_further,
    check_stated,
    compared_with,
    listed,
    manifest_of,
    sealed_lists,
    sidecars_of,
    used_algorithms,
    working_folder,
)
from custody.acts.desk import Desk, Written
from custody.acts.exhibits import Circumstances, draft, hands
from custody.acts.facts import gather
from hashing.access import COMMAND, obtain
from hashing.devices.facts import DeviceFacts
from hashing.devices.opening import Opened
from hashing.items import Item
from hashing.measure import Plan, recipe_of
from hashing.media.device import NAME, RETRIES, is_writable, read_device
from hashing.progress import adding
from manifests.entry import READ
from manifests.errors import NotAllowedError, RefutedError
from manifests.records import Record
from manifests.times import text
from manifests.verify import ChainFiles

Facts = dict[str, dict[str, str]]
Notice = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class SealedDevice:
    """A device to read, and how."""

    path: str
    access: tuple[str, ...] = COMMAND
    retries: int = RETRIES
    accept_writable: str | None = None
    """Why it is read although this system could write to it."""


@contextmanager
def opened(device: SealedDevice) -> Iterator[Opened]:
    """The device open for reading; raises NotAllowedError where it could be written to and no reason is given."""
    with obtain(device.path, device.access) as found:
        if is_writable(found.facts) and not device.accept_writable:
            raise NotAllowedError(
                f"{device.path} can be written to",
                f"use a write blocker, or switch writing off: blockdev --setro {found.facts.node}",
                "if it must be read as it is, say why: --accept-writable REASON",
            )
        yield found


def facts_before(stated: Facts | None, device: SealedDevice, facts: DeviceFacts, notice: Notice) -> Facts:
    """What is known before reading: of the device, of this computer, and what was stated; contradictions are told."""
    found = gather(stated or {}, method="device", here=True, device=facts)
    for line in found.contradicted:
        notice(f"note: {line}")
    source = dict(found.facts.get("source", {}))
    if is_writable(facts) and device.accept_writable:
        source["accepted_writable"] = device.accept_writable
    return {**found.facts, "source": source}


def facts_after(facts: Facts, item: Item, device: SealedDevice) -> Facts:
    """The same, and what reading showed; raises nothing, for a changed device has been refused by then."""
    same = "the same number, serial number, size, sector size and count of media, and as read-only as before"
    errors = "none"
    if item.unreadable:
        unread = sum(length for _, length in item.unreadable)
        errors = (
            f"{unread} bytes in {len(item.unreadable)} places could not be read, each sector tried"
            f" {1 + device.retries} times; they count as zeros, and the list names them"
        )
    acquisition = {"errors": errors, **facts.get("acquisition", {})}
    if item.unreadable:
        acquisition["errors"] = errors if acquisition["errors"] == errors else f"{errors}. {acquisition['errors']}"
    return {**facts, "acquisition": acquisition, "source": {**facts["source"], "after": same}}


def seal_device(
    desk: Desk,
    chain: str,
    contents: Contents,
    device: SealedDevice,
    *,
    how: Circumstances,
    progress: Report = None,
    notice: Notice = lambda told: None,
) -> Written:
    """Read a device and bind its digests in a manifest of its exhibit; each reading is an act of its own.

    Raises NotAllowedError before anything is read, DeviceChanged where it was not one device throughout.
    """
    state = desk.state(chain)
    if state.situation != "held":
        raise NotAllowedError(f"{chain} is {state.situation}: its contents cannot be sealed now")
    check_further(state, contents)
    with opened(device) as found:
        facts = facts_before(contents.acquisition, device, found.facts, notice)
        asked = of_device(contents, facts)
        check_stated(asked)
        keys = hands(desk, how)
        with working_folder(desk) as work:
            times = Times(started_at=text(desk.now()))
            item = measured(found, contents.algorithms, device, progress)
            asked = replace(asked, acquisition=facts_after(facts, item, device))
            items = contents.logs.watched([item]) if contents.logs else [item]
            writer, _, lists = listed(chain, items, [], work / "list")
            judged = contents.logs.judged(device=True) if contents.logs else None
            body = manifest_of(asked, writer, times, text(desk.now()), judged)
            ready = replace(draft(desk, chain, body, how), sidecars=sidecars_of(body, lists, judged))
            return desk.write([ready], keys.signer, keys.witnesses)[0]


def of_device(contents: Contents, facts: Facts) -> Contents:
    """What a manifest of a device says beside its list."""
    why = "a device is not described"
    return replace(contents, scope="media", describe=False, not_described=why, acquisition=facts)


def measured(
    found: Opened,
    algorithms: tuple[str, ...],
    device: SealedDevice,
    progress: Report,
    masked: tuple[tuple[int, int], ...] = (),
) -> Item:
    """Read an open device to its end, telling of progress."""
    recipe = recipe_of(Plan(algorithms=algorithms))
    tell = adding(progress, total=found.facts.size)
    return read_device(found, recipe, tell, retries=device.retries, masked=masked)


def read_again(
    chain: ChainFiles, manifests: tuple[Record, ...], device: SealedDevice, progress: Report = None
) -> Iterator[Item]:
    """Read a device to compare it with its manifests: what could not be read when it was sealed counts as zeros again.

    Reads only; a device that can be written to is compared all the same, for nothing is recorded of it.
    """
    masked = _sealed_ranges(chain, manifests)
    with obtain(device.path, device.access) as found:
        yield measured(found, used_algorithms(manifests), device, progress, masked)


def _sealed_ranges(chain: ChainFiles, manifests: tuple[Record, ...]) -> tuple[tuple[int, int], ...]:
    """What could not be read of the device when it was sealed last; nothing where its list is not the one bound."""
    found: tuple[tuple[int, int], ...] = ()
    try:
        for sealed in sealed_lists(chain, compared_with(manifests, device=True)):
            for entry in sealed.entries:
                if entry.path == NAME and entry.public and entry.public.outcome in READ:
                    found = entry.public.unreadable
    except RefutedError:  # the comparison will say so
        return ()
    return found
