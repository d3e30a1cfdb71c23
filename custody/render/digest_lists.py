"""Lists of digests as other tools read them: `sha256sum -c`, and the audit of hashdeep. One writer for all verbs.

Names are data: they go into files and pipes byte for byte, as far as the form can hold them, and inert onto a
terminal.
"""

import os
import sys
from collections.abc import Iterable, Mapping

from custody.render.safe import safe

HASHDEEP = ("md5", "sha1", "sha256")
"""What hashdeep itself can check, in its order."""
UNFIT = "measured, but no list of hashdeep can hold a name with a line break in it, or a carriage return at its end"
_ESCAPES = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r"}


class DigestLists:
    """Lines for one stream."""

    def __init__(self, *, terminal: bool) -> None:
        self._terminal = terminal

    def sum_line(self, name: bytes, digest: str) -> bytes:
        """A line that `sha256sum -c` and its like accept, the name escaped as coreutils does."""
        written = _escaped(name)
        mark = b"" if written is name else b"\\"
        return b"%b%b  %b\n" % (mark, digest.encode(), self._shown(written))

    def hashdeep_head(self, algorithms: Iterable[str]) -> bytes:
        """What a list of hashdeep begins with."""
        columns = ",".join(("size", *algorithms, "filename"))
        return (
            f"%%%% HASHDEEP-1.0\n%%%% {columns}\n## custody hash: names are relative to what was given\n##\n".encode()
        )

    def hashdeep_line(self, name: bytes, size: int, digests: Mapping[str, str], algorithms: Iterable[str]) -> bytes:
        """A line for hashdeep, which knows no escapes; empty where its form cannot hold the name."""
        if b"\n" in name or name.endswith(b"\r"):
            return b""
        made = ",".join(digests[algorithm] for algorithm in algorithms)
        return b"%d,%b,./%b\n" % (size, made.encode(), self._shown(name))

    def _shown(self, name: bytes) -> bytes:
        return os.fsencode(safe(name)) if self._terminal else name


def for_stdout() -> DigestLists:
    """Lines for this program's stdout."""
    return DigestLists(terminal=sys.stdout.isatty())


def _escaped(name: bytes) -> bytes:
    """The same object where nothing is to be escaped."""
    if b"\\" in name or b"\n" in name or b"\r" in name:
        return b"".join(_ESCAPES.get(bytes((letter,)), bytes((letter,))) for letter in name)
    return name
