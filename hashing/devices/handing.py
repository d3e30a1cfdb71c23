"""The side with rights: opens one device for reading, and hands the descriptor over. Runs as root, so does little.

Started by hashing/access.py through `sudo` or the like, with a socket as its standard input. It opens, asks
hdparm where the disk is an ATA disk, sends, and ends. It reads no byte of the device, writes nothing, and knows
nothing of registers or keys.
"""

import json
import socket
import struct
import sys
from contextlib import suppress

from hashing.devices import hidden, node
from hashing.devices.kernel import words_of
from hashing.devices.opening import not_asked
from hashing.errors import HashingError

LENGTH = struct.Struct("!I")
"""Before the answer: its length. The descriptor comes with these bytes, or none does."""


def main(path: str) -> None:
    """Hand over the device that a path stands for, or say why not."""
    try:
        line = socket.socket(fileno=0)
    except OSError:
        sys.exit("the command put something else in place of our socket: does it record what its programs read?")
    try:
        descriptor = node.open_node(node.real_node(path))
    except HashingError as error:
        _send(line, {"refused": error.message}, [])
        return
    _send(line, _said(descriptor), [descriptor])


def _said(descriptor: int) -> dict[str, str]:
    """What only root can ask: hdparm's answers, or why it was not asked."""
    reason = not_asked(words_of(node.number_of(descriptor)))
    return {"reason": reason} if reason else hidden.ask_hdparm(descriptor)


def _send(line: socket.socket, told: dict[str, str], descriptors: list[int]) -> None:
    answer = json.dumps(told).encode()
    with suppress(OSError):  # whoever asked has given up
        socket.send_fds(line, [LENGTH.pack(len(answer))], descriptors)
        line.sendall(answer)
