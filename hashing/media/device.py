"""A disk or card itself, read as a device: one item, and proof that it was one and the same device throughout.

A process with limits reads it (hashing/media/process.py). Bad sectors are tried again, then filled with zeros and
listed; a device that is gone is an error, never a map of zeros.
"""

from collections.abc import Callable, Sequence

from hashing.devices import node
from hashing.devices.facts import DeviceFacts, same
from hashing.devices.opening import Opened, identity_now
from hashing.errors import DeviceChanged, DeviceFails
from hashing.items import Item
from hashing.media.asking import Found, ImageReaderProcess, ReadOrder
from hashing.media.decoding import item_of
from hashing.media.kinds import DEVICE
from hashing.media.medium import Range
from hashing.opening import reason_of
from hashing.reading import LOST, MEASURED, PARTIAL, Recipe

NAME = b"device"
"""What a device is listed as: it has no name of its own that would be the same tomorrow."""
RETRIES = 2
"""Further tries for a sector that cannot be read."""


def read_device(
    opened: Opened,
    recipe: Recipe,
    tell: Callable[[int], None],
    *,
    retries: int = RETRIES,
    masked: Sequence[tuple[int, int]] = (),
) -> Item:
    """Read an open device from its first sector to its last; the item is measured or partial.

    `masked`: offset and length in bytes of what counts as zeros without being read, as a manifest lists it.
    Raises CannotStart, DeviceFails or DeviceChanged.
    """
    ranges = tuple(Range(*each) for each in masked if each[0] + each[1] <= opened.facts.size)
    found = ImageReaderProcess(
        ReadOrder(
            kind=DEVICE, descriptors=[opened.descriptor], recipe=recipe, sector=opened.facts.sector,
            retries=retries, masked=ranges, patience=None,
        )
    ).found(tell)  # fmt: skip
    check_read(opened, found)
    return item_of(NAME, found, recipe, kind=None)


def check_read(opened: Opened, found: Found) -> None:
    """Raise DeviceChanged or DeviceFails unless the device was read to its end, and is still the one it was."""
    facts, (outcome, size, *_), reason = opened.facts, found.row, found.row[4]
    check_same(opened)
    if outcome == LOST:
        raise DeviceChanged(facts.named, reason)
    if outcome not in (MEASURED, PARTIAL):
        raise DeviceFails(facts.named, reason)
    if size != facts.size:
        raise DeviceChanged(facts.named, f"it had {facts.size} bytes, and {size} were read")


def check_same(opened: Opened) -> None:
    """Raise DeviceChanged unless an open device is the one it was, in the same state."""
    facts = opened.facts
    try:
        changed = same(facts.identity, identity_now(opened.descriptor))
        writable = facts.read_only and not node.is_read_only(opened.descriptor)
    except (DeviceFails, OSError) as error:
        raise DeviceChanged(
            facts.named, error.reason if isinstance(error, DeviceFails) else reason_of(error)
        ) from error
    if changed or writable:
        raise DeviceChanged(facts.named, changed or "it was read-only, and no longer is")


def is_writable(facts: DeviceFacts) -> bool:
    """Whether this system could write to the device, or to the disk that it is a part of."""
    return not facts.read_only or (facts.words.partition is not None and facts.words.disk_read_only is False)
