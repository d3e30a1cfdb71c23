"""Takes away from this process what a parser of hostile files, or of what a server sends, does not need.

Resource limits hold wherever there are any. The other steps are Linux's, and each is best effort: where a
kernel does not know it, it is left out, and the process is still a separate one without keys. Must run
before the first thread and before the first hostile byte. What this does not stop: reading other files of
the same user.
"""

import ctypes
import os
import signal
from contextlib import suppress

_MEMORY = 1024 * 1024 * 1024
"""Bytes of address space, for this process and for exiftool each."""
_DESCRIPTORS = 64

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP = 1, 38, 24
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_CAP_DAC_READ_SEARCH = 2
_CAPABILITIES = 64
_CAPABILITY_VERSION = 0x20080522
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # the same numbers on every architecture
_BENEATH, _PORT = 1, 2
"""Kinds of rules: a file or folder and what is below it; a port."""
_EXECUTE, _READ_FILE, _READ_DIR, _CONNECT = 1, 4, 8, 2
_LANDLOCK_WRITES = 0x1FF2
"""WRITE_FILE, and every right to remove or make something (landlock(7)); more recent rights are added by ABI."""


class _Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


class _Port(ctypes.Structure):
    """struct landlock_net_port_attr."""

    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    _fields_ = (("sets", ctypes.c_uint32 * 6),)  # effective, permitted, inheritable, low halves before high ones


def apply(parent: int, descriptors: int = _DESCRIPTORS, *, writes: bool = False) -> None:
    """Apply all that this system knows; `parent` is the process whose end must be ours.

    A process that `writes` parses nothing, and may write into the folder whose descriptor it was given.
    """
    _resources(descriptors, writes)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
    except (OSError, TypeError):
        return
    steps = (_die_with_parent, _no_network, _few_capabilities, _no_new_privileges, _read_only)
    for step in steps[:-1] if writes else steps:
        with suppress(OSError, AttributeError):
            step(libc)
    if os.getppid() != parent:  # it died before we asked to be told
        os._exit(1)


def apply_to_client(parent: int, readable: list[str], port: int, descriptors: int = 256) -> None:
    """The same for a process that speaks with one server: it may still connect to that port, and read those paths."""
    _resources(descriptors, writes=False, memory=4 * _MEMORY)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
    except (OSError, TypeError):
        return
    for step in (_die_with_parent, _no_capabilities, _no_new_privileges):
        with suppress(OSError, AttributeError):
            step(libc)
    with suppress(OSError, AttributeError):
        _landlock(libc, readable, port)
    if os.getppid() != parent:
        os._exit(1)


def _resources(descriptors: int, writes: bool, memory: int = _MEMORY) -> None:
    """Limits of memory, descriptors, written files (none, if it does not write) and core dumps (none)."""
    try:
        import resource
    except ImportError:
        return
    limits = (("AS", memory), ("NOFILE", descriptors), ("CORE", 0), ("FSIZE", 0))
    for name, limit in limits[:-1] if writes else limits:
        with suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))


def _checked(result: int) -> int:
    """The result of a system call; raises OSError."""
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


def _die_with_parent(libc: ctypes.CDLL) -> None:
    """Be killed when the parent dies."""
    _checked(libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))


def _no_network(libc: ctypes.CDLL) -> None:
    """Move into an empty network namespace; whoever is not root needs a user namespace for that.

    Root stays in its own: in a new one it could not open other people's files again.
    """
    _checked(libc.unshare(_CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET))


def _few_capabilities(libc: ctypes.CDLL) -> None:
    """Keep of root's powers only the one to read any file; without the others it cannot trace other processes."""
    _keep(libc, 1 << _CAP_DAC_READ_SEARCH if os.geteuid() == 0 else 0)


def _no_capabilities(libc: ctypes.CDLL) -> None:
    """Keep none of root's powers."""
    _keep(libc, 0)


def _keep(libc: ctypes.CDLL, kept: int) -> None:
    """Keep these capabilities, a bit each, and no other."""
    for capability in range(_CAPABILITIES):
        if not kept >> capability & 1:
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = _CapabilityHeader(_CAPABILITY_VERSION, 0)
    sets = _CapabilitySets((ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0))
    _checked(libc.capset(ctypes.byref(header), ctypes.byref(sets)))


def _no_new_privileges(libc: ctypes.CDLL) -> None:
    """No program started from here gains privileges, whatever bits it carries."""
    _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _read_only(libc: ctypes.CDLL) -> None:
    """By Landlock: write, make and remove nothing anywhere, connect nowhere, signal and trace nobody outside."""
    _landlock(libc, None, None)


def _landlock(libc: ctypes.CDLL, readable: list[str] | None, port: int | None) -> None:
    """As _read_only; read and execute only what lies below some paths (None: anything), connect only to one port."""
    abi = _checked(libc.syscall(_LANDLOCK_CREATE, None, 0, 1))
    rules = _Ruleset(files=_LANDLOCK_WRITES)
    if readable is not None:
        rules.files |= _EXECUTE | _READ_FILE | _READ_DIR
    size = 8
    if abi >= 3:
        rules.files |= 1 << 14  # TRUNCATE
    if abi >= 4:
        rules.network, size = 0b11, 16  # BIND_TCP, CONNECT_TCP
    if abi >= 6:
        rules.scoped, size = 0b11, 24  # abstract sockets, signals
    ruleset = _checked(libc.syscall(_LANDLOCK_CREATE, ctypes.byref(rules), size, 0))
    try:
        for path in readable or ():
            _allow_reading(libc, ruleset, path)
        if port is not None and abi >= 4:
            allowed = _Port(allowed=_CONNECT, port=port)
            _checked(libc.syscall(_LANDLOCK_ADD, ruleset, _PORT, ctypes.byref(allowed), 0))
        _checked(libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow_reading(libc: ctypes.CDLL, ruleset: int, path: str) -> None:
    """Let a file, or all that lies in a folder, be read; what is not there needs no leave."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        inner = _READ_DIR if os.path.isdir(path) else 0  # noqa: PTH112
        allowed = _Beneath(allowed=_READ_FILE | inner, descriptor=descriptor)
        _checked(libc.syscall(_LANDLOCK_ADD, ruleset, _BENEATH, ctypes.byref(allowed), 0))
    finally:
        os.close(descriptor)
