"""A process with limits that parses one log, which may be hostile, and tells what it says.

Gets an open descriptor, never a name. Holds no key, has no environment, may write nothing and reach nobody, and is
killed by whoever asked when it takes too long.
"""

from collections.abc import Iterable, Iterator

from hashing.claims.frames import END, ENOUGH, FILES, STATEMENTS, pack_row, pack_summary
from hashing.claims.parsing import read
from hashing.claims.saying import FILE, MOST_LOG, MOST_STATEMENTS, Broken, LeftOut, Said, Statement, Why
from hashing.claims.summary import Summary
from hashing.opening import read_into_at, reason_of
from hashing.sandbox.channel import Channel
from hashing.sandbox.serve import serve

_PIECE = 256 * 1024


def main(descriptor: str, parent: str) -> None:
    """Answer about one log."""
    serve(descriptor, parent, _answer)


def _answer(channel: Channel) -> None:
    channel.receive()
    Answering(channel).answer(pieces(channel.receive_descriptors(1)[0]))


def pieces(descriptor: int) -> Iterator[bytes]:
    """The bytes of a log from its start; raises OSError."""
    buffer = memoryview(bytearray(_PIECE))
    at = 0
    while at < MOST_LOG and (length := read_into_at(descriptor, buffer, at)):
        yield bytes(buffer[:length])
        at += length


class Answering:
    """Sends what a log says while it is read: rows in portions, the summary at the end."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._summary = Summary()
        self._rows: dict[bytes, list[bytes]] = {STATEMENTS: [], FILES: []}
        self._sizes = {STATEMENTS: 0, FILES: 0}
        self._statements = 0

    def answer(self, chunks: Iterable[bytes]) -> None:
        """Read to the end, and say so."""
        try:
            for said in read(chunks):
                self._take(said)
        except OSError as error:
            self._summary.take(Broken(f"it could not be read to its end: {reason_of(error)}"))
        for kind in self._rows:
            self._send_rows(kind)
        self._channel.send(END, pack_summary(self._summary))

    def _take(self, said: Said) -> None:
        if not isinstance(said, Statement):
            self._summary.take(said)
            return
        kind = FILES if said.scope == FILE else STATEMENTS
        if kind == STATEMENTS and self._statements >= MOST_STATEMENTS:
            self._summary.take(LeftOut(Why.TOO_MANY))
            return
        self._statements += kind == STATEMENTS
        row = pack_row(said)
        self._rows[kind].append(row)
        self._sizes[kind] += len(row)
        if self._sizes[kind] >= ENOUGH:
            self._send_rows(kind)

    def _send_rows(self, kind: bytes) -> None:
        if self._rows[kind]:
            self._channel.send(kind, b"".join(self._rows[kind]))
            self._rows[kind], self._sizes[kind] = [], 0
