"""BagIt bags (RFC 8493): the folder in which a package travels, written, and looked at again.

A bag's manifests find accidents on the way. Whoever carries a bag can make them anew, so nothing here vouches
for a record: only signatures do.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from custody.edges.bag_names import BagError, original_name, payload_name
from custody.edges.bag_walk import MAX_DEPTH, reason, walk_bag
from manifests.errors import EnvironmentFault

__all__ = ["BagError", "is_whole", "original_name", "payload_name", "write"]

_MANIFEST, _TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
_OURS = ("bagit.txt", "bag-info.txt", _MANIFEST)
# No control character, line separator or half of a surrogate pair gets into bag-info.txt.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def write(folder: Path, *, info: Mapping[str, str], payload: Mapping[str, str]) -> None:
    """Make a folder that already holds `data/` and its other tag files into a bag (RFC 8493, 2).

    `info` goes into bag-info.txt and names the `Bagging-Date`. `payload` maps each stored path (`data/...`,
    named by `payload_name`) to its SHA-256. Raises BagError where the folder holds anything else, or a name
    is unfit; EnvironmentFault where the disk refuses. What was written by then stays: the caller removes it.
    """
    try:
        sizes = _sizes(folder)
        _refuse_unfit(sizes, info, payload)
        (folder / "data").mkdir(mode=0o700, exist_ok=True)
        oxum = {"Payload-Oxum": f"{sum(sizes[path] for path in payload)}.{len(payload)}"}
        _create(folder / "bagit.txt", ["BagIt-Version: 1.0", "Tag-File-Character-Encoding: UTF-8"])
        _create(folder / "bag-info.txt", _info_lines({**info, **oxum}))
        _create(folder / _MANIFEST, _manifest_lines(payload))
        tags = [path for path in [*sizes, *_OURS] if not path.startswith("data/")]
        _create(folder / _TAG_MANIFEST, _manifest_lines({path: _kept_digest(folder / path) for path in tags}))
        for inner in {parent for path in tags for parent in Path(path).parents}:
            _sync(folder / inner)
    except OSError as err:
        raise EnvironmentFault(f"the package cannot be written: {reason(err)}", "check the space left") from err


def is_whole(folder: Path) -> bool:
    """Whether a bag that `write` made holds what its manifests say, every file read; nothing is followed."""
    try:
        digests = {}
        for entry in walk_bag(folder):
            if not entry.is_file():
                return False
            with open(entry.open(), "rb", buffering=0) as file:
                digests[entry.path] = hashlib.file_digest(file, "sha256").hexdigest()
        stated = [(folder / name).read_text(encoding="utf-8").splitlines() for name in (_MANIFEST, _TAG_MANIFEST)]
    except (OSError, UnicodeDecodeError):
        return False
    payload = {path: digest for path, digest in digests.items() if path.startswith("data/")}
    tags = {path: digest for path, digest in digests.items() if path not in payload and path != _TAG_MANIFEST}
    return stated == [list(_manifest_lines(payload)), list(_manifest_lines(tags))]


def _manifest_lines(digests: Mapping[str, str]) -> Iterator[str]:
    """A manifest (RFC 8493, 2.1.3)."""
    return (f"{digests[path]}  {path}" for path in sorted(digests))


def _sizes(folder: Path) -> dict[str, int]:
    """The files in a folder by path; raises BagError for what cannot be in a bag."""
    sizes = {}
    for entry in walk_bag(folder):
        original_name(entry.path)
        if not entry.is_file() or entry.path.count("/") > MAX_DEPTH:
            raise BagError(entry.path, f"is a link or no file, or more than {MAX_DEPTH} folders deep")
        sizes[entry.path] = entry.status.st_size
    return sizes


def _refuse_unfit(sizes: Mapping[str, int], info: Mapping[str, str], payload: Mapping[str, str]) -> None:
    """Raise BagError unless exactly the payload is there, with its digests, and `info` can be written."""
    for path in sizes.keys() - payload.keys():
        if path.startswith("data/"):
            raise BagError(path, "is in the package, and nothing is known of it")
    for path, digest in payload.items():
        if path not in sizes or not path.startswith("data/"):
            raise BagError(path, "is not a file in the package")
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise BagError(path, "has no SHA-256")
    if "Bagging-Date" not in info or not all(re.fullmatch("[A-Za-z-]+", label) for label in info):
        raise BagError("bag-info.txt", "needs a Bagging-Date, and labels of letters and hyphens")


def _info_lines(info: Mapping[str, str]) -> Iterator[str]:
    """bag-info.txt (RFC 8493, 2.2.2): one line a value, so that no value can pretend to be another label."""
    for label, value in info.items():
        yield f"{label}: {' '.join(_UNPRINTABLE.sub(' ', value).split())}"


def _create(path: Path, lines: Iterable[str]) -> None:
    """Write a new file, mode 0600, down to the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(descriptor)


def _kept_digest(path: Path) -> str:
    """The SHA-256 of a file, once it is on the disk."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
