# ruff: noqa: PTH113, PTH117, PTH118
"""Areas that a disk hides from the computer: the host protected area and the device configuration overlay.

Reads what hdparm says about them; never tells a disk to show or change them. What the disk, or a bridge before
it, does not tell is "not known" with the reason, never "none".
"""

import os
import re
import subprocess
from dataclasses import dataclass

_PATIENCE = 30.0
"""Seconds for each question; a disk that is failing can be slow to answer."""
MOST_SAID = 8192
"""Characters of hdparm's answer that are read."""
_QUESTIONS = {"hpa": "-N", "dco": "--dco-identify"}
_VISIBLE = re.compile(r"max sectors\s*=\s*(\d{1,20})/(\d{1,20})(?:\((\d{1,20})\?\))?(?:,\s*([^\n]{0,80}))?")
_REAL = re.compile(r"Real max sectors:\s*(\d{1,20})")
_COMPLAINT = re.compile(r"((?:HDIO_DRIVE_CMD\([a-z_]{1,40}\)|READ_NATIVE_MAX_ADDRESS(?:_EXT)?|SG_IO:) [^\n]{0,120})")
_NOT_SAID = "not known: hdparm was not asked"


@dataclass(frozen=True, kw_only=True, slots=True)
class HiddenArea:
    """What is known about one hidden area."""

    sectors: int | None = None
    """How many sectors it hides; None where that is not known."""
    text: str = _NOT_SAID


@dataclass(frozen=True, kw_only=True, slots=True)
class Hidden:
    """Both areas; `native` is the number of sectors that the disk admits to without its protected area."""

    hpa: HiddenArea = HiddenArea()
    dco: HiddenArea = HiddenArea()
    native: int | None = None

    @property
    def sectors(self) -> int | None:
        """Sectors that are certainly hidden; None where one of the areas is not known and the other hides none."""
        known = [area.sectors for area in (self.hpa, self.dco) if area.sectors is not None]
        return sum(known) if len(known) == 2 or any(known) else None


def unknown(reason: str) -> Hidden:
    """Both areas, not known for one reason."""
    area = HiddenArea(text=f"not known: {reason}")
    return Hidden(hpa=area, dco=area)


def read_hidden(hpa: str, dco: str) -> Hidden:
    """Both areas, from what `hdparm -N` and `hdparm --dco-identify` said."""
    area, native = read_hpa(hpa)
    return Hidden(hpa=area, dco=read_dco(dco, native), native=native)


def read_hpa(said: str) -> tuple[HiddenArea, int | None]:
    """The host protected area, and the number of sectors with it, from what `hdparm -N` said."""
    found = _VISIBLE.search(said[:MOST_SAID])
    if found is None:
        return HiddenArea(text=f"not known: {_complaint(said)}"), None
    visible, native, guess, verdict = int(found[1]), int(found[2]), found[3], found[4] or ""
    words = f"{visible} of {native} sectors visible"
    if guess or "invalid" in verdict or native < visible or native == 0:
        return HiddenArea(text=f"not known: the disk answers {words}, which cannot be"), None
    if native == visible:
        return HiddenArea(sectors=0, text=f"none: {words}"), native
    return HiddenArea(sectors=native - visible, text=f"{_sectors(native - visible)} hidden: {words}"), native


def read_dco(said: str, native: int | None) -> HiddenArea:
    """The configuration overlay, from what `hdparm --dco-identify` said, beside the sectors the disk admits to."""
    found = _REAL.search(said[:MOST_SAID])
    if found is None:
        return HiddenArea(text=f"not known: {_complaint(said)}")
    real = int(found[1])
    if "Checksum FAILED" in said[:MOST_SAID]:
        return HiddenArea(text="not known: the checksum of the disk's answer is wrong")
    if native is None:
        return HiddenArea(
            text=f"not known: the disk was made with {real} sectors, and how many it admits to is not known"
        )
    if real < native:
        return HiddenArea(text=f"not known: the disk answers {real} sectors and admits to {native}, which cannot be")
    words = f"the disk was made with {real} sectors and admits to {native}"
    hidden = real - native
    return HiddenArea(sectors=hidden, text=f"{_sectors(hidden)} hidden: {words}" if hidden else f"none: {words}")


def _sectors(number: int) -> str:
    return f"{number} sector{'' if number == 1 else 's'}"


def _complaint(said: str) -> str:
    """Why there is no answer, in hdparm's words where it has some."""
    found = _COMPLAINT.search(said[:MOST_SAID])
    if found is None:
        return "the disk does not answer"
    words = "".join(letter if letter.isprintable() else "?" for letter in " ".join(found[1].split()))
    return f"the disk does not answer ({words})"


def find_hdparm() -> str:
    """The absolute path of hdparm, or nothing; never from the current folder, which may be evidence."""
    for folder in (*os.get_exec_path(), "/usr/sbin", "/sbin"):
        path = os.path.join(folder, "hdparm")
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""


def ask_hdparm(descriptor: int) -> dict[str, str]:
    """What hdparm says about the device behind a descriptor: `hpa` and `dco`, or `reason` why it was not asked.

    It gets the descriptor, not the name, so it cannot meet another device; it opens it for reading only.
    """
    path = find_hdparm()
    if not path:
        return {"reason": "hdparm is not installed"}
    if os.geteuid() != 0:
        return {"reason": "hdparm answers to root only"}
    try:
        return {area: _said([path, option], descriptor) for area, option in _QUESTIONS.items()}
    except subprocess.TimeoutExpired:
        return {"reason": f"hdparm: no answer in {_PATIENCE:g} s"}
    except OSError as error:
        return {"reason": f"hdparm does not run: {os.strerror(error.errno or 0).lower()}"}


def _said(command: list[str], descriptor: int) -> str:
    """What it printed, on either stream; raises OSError or TimeoutExpired."""
    done = subprocess.run(
        [*command, f"/proc/self/fd/{descriptor}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(descriptor,),
        cwd="/",
        env={"LC_ALL": "C"},
        timeout=_PATIENCE,
        check=False,
    )
    return done.stdout.decode("ascii", "replace")[:MOST_SAID]
