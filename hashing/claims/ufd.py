"""Reads a `.ufd`, the text that UFED and its kin put beside the extraction of a phone: sections of KEY=VALUE.

How its lines are mapped, and why:

- `NAME=DIGEST` under `[SHA256]`, `[SHA1]`, `[SHA512]` or `[MD5]` is of the bytes of the file NAME as stored: file.
  Of a zip in several parts (`.z01`, `.zip`) it is of all parts in a row, under the name of the last: who compares
  must look whether there are parts.
- `[Hash]` holds a value that only its maker can check; it is left alone.

Facts are taken from a list; a password that stands in the file (`BackupPassword`) is never among them. Names get
slashes.
"""

import re
from collections.abc import Iterable, Iterator

from hashing.claims.lines import ALGORITHMS, like_a_digest, text_of
from hashing.claims.saying import FILE, UFD, Fact, LeftOut, LogTool, Said, Statement, Why, fits, slashed

SECTION = re.compile(r"\[([A-Za-z0-9][A-Za-z0-9 _-]{0,60})\]")
KNOWN_SECTIONS = {"general", "deviceinfo", "dumps", "filedump", "sha256", "sha1", "sha512", "md5"} | {
    "extractionstatus",
    "crimecase",
}
_ENTRY = re.compile(r"([^=]+)=(.*)")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_FIELDS = {
    "general": "AcquisitionTool ConnectionType Date Device EndTime ExtractionMethod ExtractionNameFromXML "
    "ExtractionSoftwareVersion ExtractionType FullName IsEncrypted IsEncryptedBySystem IsPartialData MachineName "
    "Model UfdVer UnitId UserName Vendor Version GUID",
    "deviceinfo": "Chipset IMEI IMEI1 IMEI2 ICCID IMSI MSISDN Model OS SecurityPatchLevel Serial SerialNumber Vendor",
    "extractionstatus": "ExtractionStatus",
    "dumps": "FileDump",
}
_LISTED = {section: frozenset(names.lower().split()) for section, names in _FIELDS.items()}
_OURS = {"date": "started", "end-time": "finished", "file-dump": "image"}
_OF_THE_CASE = {"case-identifier": "case-number", "evidence-number": "evidence-number", "examiner-name": "examiner"}
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+")
_MOST_KEY = 40
_SECRET = re.compile(r"pass|pin|secret|key", re.IGNORECASE)


def read(lines: Iterable[bytes]) -> Iterator[Said]:
    """What the file says."""
    yield LogTool(UFD)
    section = ""
    for line in lines:
        text = text_of(line).strip()
        if found := SECTION.fullmatch(text):
            section = plain_section(found[1])
        elif section in ALGORITHMS:
            yield from _digest(ALGORITHMS[section], text, line)
        elif (entry := _ENTRY.fullmatch(text)) and _is_listed(section, entry[1].strip()):
            yield from _fact(section, entry[1].strip(), entry[2].strip())
        elif like_a_digest(line):
            yield LeftOut(Why.NOT_UNDERSTOOD)


def plain_section(name: str) -> str:
    """A section's name without what differs between versions: `[Extraction Status]`, `[ExtractionStatus]`."""
    return name.replace(" ", "").lower()


def _digest(algorithm: str, text: str, line: bytes) -> Iterator[Said]:
    """A name, which may hold the sign, and behind the last sign the digest."""
    name, _, digest = (part.strip() for part in text.rpartition("="))
    if name and fits(algorithm, digest) and _HEXADECIMAL.fullmatch(digest):
        yield Statement(FILE, algorithm, digest.lower(), slashed(name), f"[{algorithm.upper()}]")
    elif text:
        yield LeftOut(Why.NOT_UNDERSTOOD if like_a_digest(line) else Why.OTHER_LINES)


def _is_listed(section: str, name: str) -> bool:
    if section == "crimecase":
        return _SECRET.search(name) is None
    return name.lower() in _LISTED.get(section, ())


def _fact(section: str, name: str, value: str) -> Iterator[Said]:
    key = _WORD.sub("-", name[:_MOST_KEY]).strip("-").lower()
    if section == "deviceinfo":
        yield Fact("device-" + key, value)
    elif section == "crimecase":
        yield Fact(_OF_THE_CASE.get(key, "case-" + key), value)
    else:
        yield Fact(_OURS.get(key, key), value)
    if section == "general" and key in ("version", "extraction-software-version") and value[:1].isdigit():
        yield LogTool(UFD, value)
