"""What this computer is, and with which tools it works: the facts that can be had without asking anybody.

Texts of the maker (DMI) and of the system's own files are shown inert like everything else. What cannot be had
is left out, so that it is asked for; a clock's state that cannot be had is "not known", because nobody can tell it
later.
"""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from custody.edges import clock, files
from custody.edges.kernel_clock import kernel_state
from hashing.describe.asking import find_exiftool
from hashing.devices.hidden import find_hdparm

Facts = dict[str, dict[str, str]]
"""Section, field, value: the shape of a manifest's `acquisition`."""
NOT_KNOWN = "not known"
MOST_TEXT = 300
_PATIENCE = 20.0
_NO_MAKER = {"", "none", "default string", "to be filled by o.e.m.", "system manufacturer", "system product name",
             "system serial number", "not specified", "0", "0123456789", "unknown"}  # fmt: skip


@dataclass(frozen=True)
class Places:
    """Where a system keeps what it knows about itself."""

    maker: Path = Path("/sys/class/dmi/id")
    board: Path = Path("/proc/device-tree")
    release: Path = Path("/etc/os-release")
    processor: Path = Path("/proc/cpuinfo")
    zone: Path = Path("/etc/localtime")


USUAL = Places()


def collect(places: Places = USUAL) -> Facts:
    """Everything that is known here, by section."""
    return {
        "workstation": {name: value for name, value in _computer(places) if value},
        "clock": dict(_clock(places)),
        "software": {name: value for name, value in _software() if value},
    }


# --- the computer -------------------------------------------------------------


def _computer(places: Places) -> Iterator[tuple[str, str]]:
    yield "hostname", _line(platform.node())
    yield "make", _maker(places.maker / "sys_vendor")
    yield "model", _maker(places.maker / "product_name") or _maker(places.board / "model")
    yield "serial", _maker(places.maker / "product_serial") or _maker(places.board / "serial-number")
    yield "system", _system(places)
    yield "kernel", _line(f"{platform.system()} {platform.release()} {platform.machine()}")
    yield "processor", _processor(places)


def _maker(path: Path) -> str:
    """A text that the maker wrote, unless it is what makers write who wrote nothing."""
    text = _line(_read(path))
    return "" if text.lower() in _NO_MAKER else text


def _system(places: Places) -> str:
    """The name that the system gives itself."""
    found = re.search(r"^PRETTY_NAME=[\"']?([^\"'\n]*)", _read(places.release), re.MULTILINE)
    return _line(found[1]) if found else _line(f"{platform.system()} {platform.version()}")


def _processor(places: Places) -> str:
    found = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+)$", _read(places.processor), re.MULTILINE)
    count = os.cpu_count() or 0
    name = _line(found[1]) if found else _line(platform.processor())
    return f"{name}, {count} cores" if name and count else name


# --- its clock ----------------------------------------------------------------


def _clock(places: Places) -> Iterator[tuple[str, str]]:
    now = clock.now()
    yield "time", now.isoformat()
    yield "zone", _zone(now.strftime("%z"), now.tzname() or "", places)
    state = kernel_state()
    if state is None:
        yield "synchronised", NOT_KNOWN
        yield "error", NOT_KNOWN
        return
    yield "synchronised", "yes, the kernel says" if state.synchronised else "no, the kernel says"
    yield "error", f"at most {state.error:.3f} s, the kernel estimates" if state.synchronised else NOT_KNOWN


def _zone(offset: str, name: str, places: Places) -> str:
    """`+03:00 EAT (Africa/Nairobi)`, as far as it is known."""
    _, _, region = os.path.realpath(places.zone).partition("/zoneinfo/")
    told = f"{offset[:3]}:{offset[3:5]} {_line(name)}"
    return f"{told} ({_line(region)})" if region and "TZ" not in os.environ else told


# --- its tools ----------------------------------------------------------------


def _software() -> Iterator[tuple[str, str]]:
    """Each tool by version, and by the digest of the file that runs."""
    yield "custody", clock.tool().version
    yield "custody_code", own_code()
    yield "libraries", clock.tool().libraries
    yield "python", f"{platform.python_implementation()} {platform.python_version()}"
    yield "python_program", _program(os.path.realpath(sys.executable)) if sys.executable else ""
    yield from _exiftool()
    yield from _hdparm()
    yield from _library("libmagic", ("pylibmagic", "python-magic"), "pylibmagic", "libmagic.so.1")
    yield from _library("libewf", ("libewf-python",), "pyewf")
    yield from _openssl()


def own_code() -> str:
    """SHA-256 over a line `DIGEST  PATH` for each of our own files in sorted order, as sha256sum writes them."""
    import hashlib

    root = Path(__file__).parents[2]
    names = sorted(
        path.relative_to(root).as_posix()
        for package in ("custody", "hashing", "manifests")
        for path in (root / package).rglob("*.py")
    )
    lines = "".join(f"{_digest(root / name)}  {name}\n" for name in sorted(["cli.py", *names]))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()} over {lines.count(chr(10))} files"


def _exiftool() -> Iterator[tuple[str, str]]:
    """Its version, which it says itself, and its script."""
    path = find_exiftool()
    if not path:
        yield "exiftool", "not installed"
        return
    yield "exiftool", _version([path, "-config", os.devnull, "-ver"])
    yield "exiftool_program", _program(os.path.realpath(path))


def _hdparm() -> Iterator[tuple[str, str]]:
    path = find_hdparm()
    if path:
        yield "hdparm", _version([path, "-V"])
        yield "hdparm_program", _program(os.path.realpath(path))


def _version(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return NOT_KNOWN
    return _line(done.stdout.decode("utf-8", "backslashreplace")) or NOT_KNOWN


def _library(name: str, distributions: tuple[str, ...], module: str, inside: str = "") -> Iterator[tuple[str, str]]:
    """The versions of the packages that bring a library along, and the digest of the library; loads nothing."""
    from importlib import metadata, util

    versions = []
    for each in distributions:
        try:
            versions.append(f"{each} {metadata.version(each)}")
        except metadata.PackageNotFoundError:
            continue
    yield name, ", ".join(versions) or "not installed"
    found = util.find_spec(module)
    if versions and found and found.origin:
        yield f"{name}_library", _program(str(Path(found.origin).parent / inside) if inside else found.origin)


def _openssl() -> Iterator[tuple[str, str]]:
    """There are two: one hashes, one signs."""
    import ssl

    yield "openssl_python", ssl.OPENSSL_VERSION
    try:
        from cryptography.hazmat.backends.openssl.backend import backend
    except ImportError:
        return
    yield "openssl_cryptography", backend.openssl_version_text()


def _program(path: str) -> str:
    """A file's digest and path, or the path alone where it cannot be read."""
    digest = _digest(Path(path))
    return f"sha256:{digest} {_line(path)}" if digest else _line(path)


def _digest(path: Path) -> str:
    import hashlib

    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _read(path: Path) -> str:
    """The beginning of a small file, or nothing."""
    try:
        with path.open("rb") as file:
            return file.read(files.MAX_SMALL).decode("utf-8", "backslashreplace")
    except OSError:
        return ""


def _line(text: str) -> str:
    """One line without zero bytes, cut to MOST_TEXT."""
    return " ".join(text.replace("\0", " ").split())[:MOST_TEXT]
