"""What hashing can refuse. Each error carries its facts and composes its own message.

Names from evidence stand in messages only as `repr` prints them, so that they cannot steer a terminal.
What could not be read about an *item* is never an error: it is an Item with an outcome and a reason.
"""

import os


def shown(name: bytes | str) -> str:
    """A name in quotes, with everything unprintable escaped."""
    return repr(os.fsdecode(name))


class HashingError(Exception):
    """Root of the family; `hints` say what to do next."""

    def __init__(self, message: str, *hints: str) -> None:
        super().__init__(message)
        self.message = message
        self.hints = hints


class UnknownAlgorithm(HashingError):
    """A digest was asked for that this package does not make."""

    def __init__(self, algorithm: str, known: tuple[str, ...]) -> None:
        super().__init__(f"unknown digest algorithm {algorithm!r}", f"known are {', '.join(known)}")
        self.algorithm = algorithm


class SameName(HashingError):
    """Two paths given together would have the same name in the list."""

    def __init__(self, name: bytes) -> None:
        super().__init__(
            f"two of the paths have the same name {shown(name)}",
            "give the folder that holds both, or measure them one at a time",
        )
        self.name = name


class NoName(HashingError):
    """A path such as / has no last component to be listed under."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{shown(path)} has no name of its own", "give it alone, not with other paths")
        self.path = path


class ImageElsewhere(HashingError):
    """A disk image was named together with paths of other folders, and the order of their parts would be lost."""

    def __init__(self, path: str) -> None:
        super().__init__(
            "a disk image and paths of other folders cannot be measured together",
            "name the image alone, or the one folder that holds everything",
        )
        self.path = path


class NotFound(HashingError):
    """A path given by the user cannot be found or looked at."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"cannot find {shown(path)}: {reason}", "check the spelling, and that the medium is connected")
        self.path = path
        self.reason = reason


class IsALink(HashingError):
    """A path given by the user is itself a symbolic link, and links are not followed."""

    def __init__(self, path: str, target: str) -> None:
        super().__init__(f"{shown(path)} is a symbolic link", f"name what it points to: {shown(target)}")
        self.path = path
        self.target = target


class NothingGiven(HashingError):
    """No path was given at all."""

    def __init__(self) -> None:
        super().__init__("no path to measure", "name a file or a folder")


class WrongProof(HashingError):
    """A Merkle proof does not show what it claims to show (RFC 9162 section 2.1)."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} proof refused: {why}")
        self.what = what
        self.why = why


class SurroundingsFail(HashingError):
    """Root of those that lie with the computer and its media, not with what was asked."""


class CannotStart(SurroundingsFail):
    """The processes that read evidence do not run."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot start a process to read with: {reason}", "check memory, and the limits on processes")
        self.reason = reason


class NotAnEngine(HashingError):
    """What is to read was named in a way that is not known."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no engine is named {shown(name)}", "local, dask://HOST:PORT or tls://HOST:PORT")
        self.name = name


class EngineFails(SurroundingsFail):
    """The workers elsewhere, or what lies between them and us, do not do what they should."""

    def __init__(self, reason: str, *hints: str) -> None:
        super().__init__(f"the workers cannot be used: {reason}", *hints)
        self.reason = reason


class CopyDiffers(SurroundingsFail):
    """What was read back from a copy is not what was written."""

    def __init__(self, name: bytes, where: str) -> None:
        super().__init__(
            f"the copy of {shown(name)} differs from what was read",
            f"do not use {shown(where)}: its medium does not keep what is written to it",
        )
        self.name = name
        self.where = where


class CopyFailed(SurroundingsFail):
    """A copy could not be written: no space, no permission, a name the target cannot hold."""

    def __init__(self, name: bytes, reason: str, *hints: str) -> None:
        super().__init__(f"cannot write the copy of {shown(name)}: {reason}", *hints)
        self.name = name
        self.reason = reason


class TargetNotEmpty(HashingError):
    """Copies are written into a new, empty folder only."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{shown(path)} is not an empty folder", "name a folder that is new or empty")
        self.path = path


class NoDevices(HashingError):
    """Devices were asked for on a system whose devices we cannot ask about themselves."""

    def __init__(self, system: str) -> None:
        super().__init__(
            f"devices can be read on Linux only, and this is {system}",
            "make an image with another tool, and seal that: custody seal --stored-image",
        )
        self.system = system


class NotADevice(HashingError):
    """A path given as a device names something else."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{shown(path)} is no block device: it is {what}", "see what is connected: lsblk")
        self.path = path
        self.what = what


class DeviceDenied(SurroundingsFail):
    """The device is there, and this user may not read it."""

    def __init__(self, path: str) -> None:
        super().__init__(f"not permitted to read {shown(path)}", "devices are opened by way of a command such as sudo")
        self.path = path


class DeviceFails(SurroundingsFail):
    """The device is there, and does not answer."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{shown(path)} does not answer: {reason}", "check the cable, the write blocker and the power")
        self.path = path
        self.reason = reason


class DeviceChanged(SurroundingsFail):
    """The device was pulled out, swapped, resized or opened for writing while it was read."""

    def __init__(self, path: str, how: str) -> None:
        super().__init__(
            f"{shown(path)} is not the device it was: {how}",
            "nothing of it was recorded; connect it firmly, and begin again",
        )
        self.path = path
        self.how = how


class ImageFails(SurroundingsFail):
    """The image of a device cannot be written, or is not what was written."""

    def __init__(self, reason: str, *hints: str) -> None:
        super().__init__(f"the image cannot be made: {reason}", *hints)
        self.reason = reason


class ImageChanged(ImageFails):
    """What was written of an image before an interruption is not there any more as it was."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "begin anew into another folder: another --out, and no --resume")


class AccessFails(SurroundingsFail):
    """The process that was to open a device for us did not, or handed over something else."""

    def __init__(self, path: str, reason: str, *hints: str) -> None:
        super().__init__(f"no access to {shown(path)}: {reason}", *hints)
        self.path = path
        self.reason = reason
