"""A process that may hold a secret leaves no image of its memory (docs/threat-model.md)."""

import functools

_PR_SET_DUMPABLE = 4


@functools.cache
def forbid_dumps() -> None:
    """From now on a crash leaves no image of this process, and no other process of this user may look into it.

    The limit alone does not count where the system hands images to a program; the flag does. Programs that are
    started from here are not concerned: each begins with a flag of its own.
    """
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):  # no such limits on this system
        pass
    try:
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    except (ImportError, OSError, TypeError, AttributeError):  # no such call on this system
        return
