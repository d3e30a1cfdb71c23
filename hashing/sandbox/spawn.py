# ruff: noqa: PTH100, PTH119, PTH120
"""Starts the processes that read and describe evidence: by exec, never by fork, with nothing of ours in them.

The process that starts them may hold a signing key, so they inherit no memory, no environment and no
descriptor but their socket. They find this package by its absolute path, never by the current folder, which
may be evidence.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from socket import SO_SNDBUF, SOL_SOCKET, socket, socketpair

_HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # without these some interpreters cannot start
POSSIBLE = hasattr(os, "killpg") and hasattr(socket, "sendmsg") and bool(sys.executable)
"""Whether descriptors can be sent to a process of ours; otherwise the main process reads by itself."""

_ROOM = 256 * 1024
"""Bytes that can be sent without being read."""
_LAST_WAIT = 5.0
"""Seconds until a killed process is given up."""


def _import_paths() -> list[str]:
    """Where this package and its libraries are: absolute folders only."""
    libraries = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    return list(dict.fromkeys([_HERE, *filter(os.path.isabs, libraries)]))


class SpawnedProcess:
    """A process of ours, and our end of the socket to it."""

    def __init__(self, module: str, arguments: list[str], *, own_group: bool) -> None:
        """Start `module.main(descriptor, *arguments)`; raises OSError.

        With `own_group` an interrupt from the terminal does not reach it, and it ends with all that it
        started.
        """
        code = f"import sys; sys.path += {_import_paths()!a}; import {module} as m; m.main(*sys.argv[1:])"
        self._own_group = own_group
        self.socket, theirs = socketpair()
        with theirs:
            # A whole job must fit, or each side could wait for the other to read.
            self.socket.setsockopt(SOL_SOCKET, SO_SNDBUF, _ROOM)
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", code, str(theirs.fileno()), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                cwd="/",
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                process_group=0 if own_group else None,
            )

    def hang_up(self) -> None:
        """Close its socket, by which it knows that it is no longer needed."""
        self.socket.close()

    def end(self, patience: float = 0.0) -> str:
        """Hang up, kill it if it has not ended after so many seconds, and say how it ended."""
        self.hang_up()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        with suppress(subprocess.TimeoutExpired):
            if self._process.returncode is None:
                self._kill()
            self._process.wait(_LAST_WAIT)
        status = self._process.returncode
        if status is None:  # the system itself waits for a medium that does not answer
            return "it cannot be ended"
        return f"signal {-status}" if status < 0 else f"exit status {status}"

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # it has just ended by itself
            if self._own_group:
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
