"""Names for files in a bag: any name from evidence, as one that every BagIt tool and file system reads alike.

RFC 8493 (2.1.3) writes `%`, CR and LF in manifests with percent signs. Most tools do half of it or nothing,
and the bagit library also splits lines and cuts names at other white space. So such names never reach a
manifest: the file itself is stored under a name that needs no care. Most names stay as they are.
"""

import re
import unicodedata

from manifests.errors import RefutedError

LONGEST = 255
"""Bytes of one component that every file system takes."""

# What a manifest, a terminal, FAT or NTFS cannot hold; bytes that are not UTF-8; a last dot or blank.
_CARE = re.compile('[\x00-\x1f"%*:<=>?\\\\|\x7f-\x9f\u2028\u2029\udc80-\udcff]|[\\s.]\\Z')
# What Windows takes for a device, with any ending.
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?=\.|\Z)",
    re.IGNORECASE,
)
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_UNIT = re.compile("=..|.", re.DOTALL)
_ESCAPED = re.compile(rb"=([0-9A-F]{2})")


class BagError(RefutedError):
    """A bag, or a name for one, that is not what it should be."""

    def __init__(self, path: str, message: str, *hints: str) -> None:
        super().__init__(f"{path!a}: {message}" if path else message, *hints)
        self.path = path


def payload_name(name: bytes) -> str:
    """A relative path as it is stored below `data/`; raises BagError for one that is not relative and plain.

    Bytes that need care become `=` and two hexadecimal digits, as in quoted-printable (RFC 2045, 6.7). So
    does all that is not ASCII in a name that Unicode would compose anew. A component over 255 bytes goes on
    in a subfolder, after a last `=`.
    """
    return "/".join(_component(part) for part in name.split(b"/"))


def original_name(name: str) -> bytes:
    """The path that `payload_name` made `name` of; raises BagError for what it would never make.

    The result is still a name from evidence: it is not a place to write to.
    """
    try:
        data = name.replace("=/", "").encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as err:
        raise BagError(name, "is not a name that a bag can hold") from err
    original = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), data)
    if payload_name(original) != name:
        raise BagError(name, "is not written as this tool writes names in a bag")
    return original


def _component(name: bytes) -> str:
    if name in (b"", b".", b"..") or b"\0" in name:
        raise BagError(name.decode("utf-8", "backslashreplace"), "is not a name of a file")
    text = _CARE.sub(_escape, name.decode("utf-8", "surrogateescape"))
    if _DEVICE.match(text):
        text = f"={ord(text[0]):02X}{text[1:]}"
    if unicodedata.normalize("NFC", text) != text:
        text = _NOT_ASCII.sub(_escape, text)
    return text if len(text.encode()) <= LONGEST else "=/".join(_pieces(text))


def _escape(found: re.Match[str]) -> str:
    return "".join(f"={byte:02X}" for byte in found[0].encode("utf-8", "surrogateescape"))


def _pieces(text: str) -> list[str]:
    """A long component in pieces, none of them cut within a character or an escape."""
    pieces, size = [""], 0
    for unit in _UNIT.findall(text):
        size += len(unit.encode())
        if size > LONGEST - 1:
            pieces.append("")
            size = len(unit.encode())
        pieces[-1] += unit
    return pieces
