"""Whether the kernel's clock is set by a reference, and how wrong it may be. Asks; never sets."""

import ctypes
import sys
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class KernelState:
    """What the kernel says about its own clock."""

    synchronised: bool
    """Whether something sets it by a reference, a time server for instance."""
    error: float
    """Seconds that it may be wrong by, as the kernel estimates; without meaning where it is not synchronised."""


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), up to `status`; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        *((name, ctypes.c_long) for name in ("offset", "freq", "maxerror", "esterror")),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 40),
    )


_NOT_SYNCHRONISED, _NO_TIME = 0x0040, 5  # STA_UNSYNC, TIME_ERROR


def kernel_state() -> KernelState | None:
    """The state of the kernel's clock; None where the system cannot be asked."""
    if sys.platform != "linux":
        return None
    told = _Timex(modes=0)
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.byref(told))
    except (OSError, AttributeError):
        return None
    return None if answer < 0 else judged(answer, told.status, told.maxerror)


def judged(answer: int, status: int, error: int) -> KernelState:
    """What adjtimex's answer means; `error` in microseconds."""
    synchronised = answer != _NO_TIME and not status & _NOT_SYNCHRONISED
    return KernelState(synchronised=synchronised, error=error / 1_000_000)
