"""A process with limits that reads spans of two media, digests them anew, and says where the two differ.

Parses containers (libewf), so it holds no key, no environment and no name, and may write nothing. Serves one order
after another, until the other end of its socket closes.
"""

import json
import os
import time
from typing import Any

from hashing.damage.saying import ALIKE, CHANGED, HELD, OTHER, UNREAD
from hashing.damage.spans import Differences, Span
from hashing.digests import new
from hashing.media.kinds import opened
from hashing.media.medium import CannotOpen, Careful, Medium, MediumLost, Range
from hashing.sandbox.channel import Channel
from hashing.sandbox.framing import COUNT
from hashing.sandbox.serve import MANY_DESCRIPTORS, serve
from hashing.wire import BYTES

ORDER, STATES, SPANS, FAILED = b"?", b"S", b"D", b"F"
"""What to compare; a letter for each span; where the two differ, as differing bytes and pairs; why it failed."""
_PORTION = 1 << 20
_EVERY = 0.1


def main(descriptor: str, parent: str) -> None:
    """Serve orders."""
    serve(descriptor, parent, _compare, descriptors=MANY_DESCRIPTORS)


def _compare(channel: Channel) -> None:
    """One order after another; raises EOFError where no more come."""
    while True:
        order = json.loads(channel.receive()[1])
        Comparing(channel, order, channel.receive_descriptors(sum(order["counts"]))).serve()


class Comparing:
    """One order: two media, and the spans of both to compare."""

    def __init__(self, channel: Channel, order: dict[str, Any], descriptors: list[int]) -> None:
        self._say = channel.send
        self._order = order
        self._descriptors = descriptors
        self._buffers = [memoryview(bytearray(_PORTION)) for _ in range(2)]
        self._told = 0.0
        self._untold = 0

    def serve(self) -> None:
        """Compare, and answer."""
        try:
            found = self._compared([self._medium(number) for number in range(2)])
        except (CannotOpen, MediumLost, ImportError) as error:
            self._say(FAILED, ("libewf is not installed" if isinstance(error, ImportError) else str(error)).encode())
        else:
            self._say(
                SPANS, COUNT.pack(found.differing) + b"".join(COUNT.pack(n) for each in found.spans for n in each)
            )
        finally:
            for each in self._descriptors:
                os.close(each)

    def _medium(self, number: int) -> Medium:
        kind, count = self._order["kinds"][number], self._order["counts"][number]
        start = self._order["counts"][0] if number else 0
        try:
            return opened(kind, self._descriptors[start : start + count], self._order["sector"])
        except CannotOpen as error:
            raise CannotOpen(f"{('the first', 'the second copy')[number]}: {error}") from error

    def _compared(self, media: list[Medium]) -> Differences:
        """Compare all spans, telling the state of each."""
        held, others, any_held = Differences(), Differences(), False
        for offset, length, sealed, measured in self._order["spans"]:
            state, found = self._span(media, (offset, length), sealed, measured)
            self._say(STATES, state.encode())
            if state == HELD:
                any_held = True
                held.take(found)
            elif state == OTHER:
                others.take(found)
        return held if any_held else others

    def _span(self, media: list[Medium], span: Span, sealed: str, measured: str) -> tuple[str, Differences]:
        """The state of one span, and where the two differ in it."""
        masked = [Range(*each) for each in self._order["masked"]]
        readers = [Careful(medium, masked=masked, start=span[0]) for medium in media]
        hashers = [new(self._order["digest"]) for _ in media]
        found, done = Differences(), 0
        while done < span[1]:
            portions = [
                buffer[: reader.fill(buffer[: span[1] - done])]
                for reader, buffer in zip(readers, self._buffers, strict=True)
            ]
            for hasher, portion in zip(hashers, portions, strict=True):
                hasher.update(portion)
            for reader in readers:
                _even(portions, span[0] + done, reader.unreadable)
            found.compare(span[0] + done, portions[0], portions[1])
            got = max(map(len, portions))
            self._tell(got)
            if not got:
                break
            done += got
        one, two = (hasher.digest().hex() for hasher in hashers)
        if measured and one != measured:
            return CHANGED, found
        if two == sealed or not sealed:
            return (HELD if one != sealed or readers[0].unreadable else CHANGED), found
        if _unread(readers[1], masked):
            return UNREAD, found
        return (ALIKE if one == two else OTHER), found

    def _tell(self, count: int) -> None:
        """Report progress, not too often."""
        self._untold += count
        if time.monotonic() - self._told >= _EVERY:
            self._say(BYTES, COUNT.pack(self._untold))
            self._untold, self._told = 0, time.monotonic()


def _even(portions: list[memoryview], offset: int, unreadable: list[Range]) -> None:
    """Make the two alike where one of them could not be read: that is no difference."""
    for each in unreadable:
        start, end = (max(0, min(at - offset, min(map(len, portions)))) for at in (each.offset, each.end))
        portions[1][start:end] = portions[0][start:end]


def _unread(reader: Careful, masked: list[Range]) -> bool:
    """Whether something could not be read that was not left out on purpose."""
    return any(not any(m.offset <= r.offset and r.end <= m.end for m in masked) for r in reader.unreadable)
